//! [`MemoryMark`]: from a mark on no more records are brought in, long before the system ends the process for its memory.
//!
//! The engine looks after each group. Whoever is turned away looks once more, so that the way is open as soon as there is memory again.

use crate::memory::Memory;
use std::sync::atomic::{AtomicBool, Ordering};

pub struct MemoryMark {
    memory: Memory,
    passed: AtomicBool,
}

impl MemoryMark {
    pub fn new(memory: Memory) -> MemoryMark {
        MemoryMark { memory, passed: AtomicBool::new(false) }
    }

    /// Asks the system, and says so when it has changed.
    pub fn look(&self) {
        let short = self.memory.is_short();
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

    /// Would the mark not be passed with so many bytes more?
    pub fn has_room_for(&self, bytes: u64) -> bool {
        self.memory.has_room_for(bytes)
    }

    pub fn allowed(&self) -> Option<u64> {
        self.memory.allowed()
    }
}
