//! [`MemoryMark`]: from a mark on no more records are brought in, long before the system ends the process for its memory; and never so many
//! at once that they would use up what there is beyond the mark.
//!
//! The engine looks after each group. Whoever is turned away looks once more, so that the way is open as soon as there is memory again.

use super::queue::Weight;
use crate::limits::{MEMORY_END_PERCENT, MEMORY_MARK_PERCENT, MEMORY_PER_BYTE, MEMORY_PER_LINE, MEMORY_REMOVAL};
use crate::memory::Memory;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub struct MemoryMark {
    memory: Memory,
    passed: AtomicBool,
    /// As of the last look.
    used: AtomicU64,
    /// What is on its way will come to.
    coming: Arc<AtomicU64>,
}

/// Records on their way, until they are answered.
pub struct Coming {
    all: Arc<AtomicU64>,
    bytes: u64,
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl MemoryMark {
    pub fn new(memory: Memory) -> MemoryMark {
        MemoryMark { memory, passed: AtomicBool::new(false), used: AtomicU64::new(0), coming: Arc::default() }
    }

    /// Asks the system, and says so when it has changed.
    pub fn look(&self) {
        let used = self.memory.used().unwrap_or(0);
        self.used.store(used, Ordering::Relaxed);
        let short = self.memory.percent(MEMORY_MARK_PERCENT).is_some_and(|mark| used >= mark);
        match (self.passed.swap(short, Ordering::Relaxed), short) {
            (false, true) => tracing::error!("the memory is full; records are refused, retractions are taken"),
            (true, false) => tracing::info!("there is memory again; records are taken"),
            (true, true) | (false, false) => {}
        }
    }

    pub fn is_passed(&self) -> bool {
        if self.passed.load(Ordering::Relaxed) {
            self.look();
        }
        self.passed.load(Ordering::Relaxed)
    }

    /// So many records more, with those that are on their way already; nothing if there is no memory for what they come to. A single batch
    /// can be larger than all that is left beyond the mark.
    pub fn admit(&self, weight: Weight) -> Option<Coming> {
        if self.is_passed() { None } else { self.reckon(weight, 0) }
    }

    /// The same of a batch that only takes records away. Those get in beyond the mark, too, and small ones always: there will be more memory
    /// after them. A large one can use up what is left before.
    pub fn admit_removal(&self, weight: Weight) -> Option<Coming> {
        self.reckon(weight, MEMORY_REMOVAL)
    }

    /// `always`: what comes to no more than this is let in without a look.
    fn reckon(&self, weight: Weight, always: u64) -> Option<Coming> {
        let (lines, bytes) = (weight.lines as u64, weight.bytes as u64);
        let bytes = lines.saturating_mul(MEMORY_PER_LINE).saturating_add(bytes.saturating_mul(MEMORY_PER_BYTE));
        let before = self.coming.fetch_add(bytes, Ordering::Relaxed);
        let coming = Coming { all: self.coming.clone(), bytes };
        let fits = || {
            let all = self.used.load(Ordering::Relaxed).saturating_add(before).saturating_add(bytes);
            self.memory.percent(MEMORY_END_PERCENT).is_none_or(|end| all < end)
        };
        (bytes <= always || fits() || self.looks_so(fits)).then_some(coming)
    }

    /// After another look at what there is by now.
    fn looks_so(&self, fits: impl Fn() -> bool) -> bool {
        self.look();
        fits()
    }

    /// Would the mark not be passed with so many bytes more?
    pub fn has_room_for(&self, bytes: u64) -> bool {
        self.memory.has_room_for(bytes)
    }

    pub fn allowed(&self) -> Option<u64> {
        self.memory.allowed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn what_is_on_its_way_is_reckoned_until_it_is_answered() {
        let mark = MemoryMark::new(Memory::told(100 * MIB, || Some(50 * MIB)));
        mark.look();
        let lines = |mib: u64| Weight { lines: (mib * MIB / MEMORY_PER_LINE) as usize, bytes: 0 };
        assert!(mark.admit(lines(45)).is_none(), "one that is too large for what is left");
        let first = mark.admit(lines(30)).unwrap();
        assert!(mark.admit(lines(20)).is_none(), "too many at once");
        let second = mark.admit(lines(10)).unwrap();
        drop(first);
        assert!(mark.admit(lines(30)).is_some());
        drop(second);
        assert!(mark.admit(lines(44)).is_some());
        assert!(mark.admit(Weight { lines: 1, bytes: (45 * MIB / MEMORY_PER_BYTE) as usize }).is_none(), "long texts");
        assert_eq!(mark.coming.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn removals_get_in_beyond_the_mark_if_they_are_small_or_there_is_room_for_what_they_come_to() {
        let lines = |bytes: u64| Weight { lines: (bytes / MEMORY_PER_LINE) as usize, bytes: 0 };
        let mark = |used| {
            let mark = MemoryMark::new(Memory::told(100 * MIB, used));
            mark.look();
            mark
        };
        let (passed, most) = (mark(|| Some(90 * MIB)), (MEMORY_END_PERCENT - 90) * MIB);
        assert!(passed.admit(lines(MEMORY_PER_LINE)).is_none());
        assert!(passed.admit_removal(lines(most - MEMORY_PER_LINE)).is_some() && passed.admit_removal(lines(most)).is_none());
        let full = mark(|| Some(99 * MIB));
        assert!(full.admit_removal(lines(MEMORY_REMOVAL)).is_some());
        assert!(full.admit_removal(lines(MEMORY_REMOVAL + MEMORY_PER_LINE)).is_none());
    }
}
