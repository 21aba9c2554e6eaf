//! [`Meter`]: how much the threads of one evaluation make of texts and structured values, in bytes, and how much they may. Both are kept for
//! as long as the process lives, so that a recursion that makes a longer text in each round would take all memory.
//!
//! Who makes something when no more may be made gets a stand-in; whoever set the limit has to look, and to throw away what came of it. What
//! is read from outside is not made.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub struct Meter {
    made: AtomicU64,
    most: AtomicU64,
}

thread_local! {
    static OF_THREAD: RefCell<Option<Arc<Meter>>> = const { RefCell::new(None) };
}

impl Meter {
    pub fn new(most: u64) -> Meter {
        Meter { made: AtomicU64::new(0), most: AtomicU64::new(most) }
    }

    /// From now on so much may be made.
    pub fn begin(&self, most: u64) {
        self.most.store(most, Ordering::Relaxed);
        self.made.store(0, Ordering::Relaxed);
    }

    /// Was more wanted than may be?
    pub fn is_over(&self) -> bool {
        self.made.load(Ordering::Relaxed) > self.most.load(Ordering::Relaxed)
    }

    /// What this thread makes counts here.
    pub fn measure_thread(self: Arc<Meter>) {
        OF_THREAD.set(Some(self));
    }
}

/// May this thread make so much more? It counts as made, so that a refusal is noticed.
pub(super) fn take(bytes: usize) -> bool {
    OF_THREAD.with_borrow(|meter| {
        meter.as_ref().is_none_or(|meter| {
            let before = meter.made.fetch_add(bytes as u64, Ordering::Relaxed);
            before.saturating_add(bytes as u64) <= meter.most.load(Ordering::Relaxed)
        })
    })
}

/// Is there room for so much more? If not, that is noticed as if it had been made.
pub fn has_room(bytes: usize) -> bool {
    OF_THREAD.with_borrow(|meter| {
        meter.as_ref().is_none_or(|meter| {
            let most = meter.most.load(Ordering::Relaxed);
            let fits = meter.made.load(Ordering::Relaxed).saturating_add(bytes as u64) <= most;
            if !fits {
                meter.made.store(most.saturating_add(1), Ordering::Relaxed);
            }
            fits
        })
    })
}

/// What comes of it if it makes no more than so much.
pub fn within<T>(most: u64, make: impl FnOnce() -> T) -> Option<T> {
    let meter = Arc::new(Meter::new(most));
    let before = OF_THREAD.replace(Some(meter.clone()));
    let result = make();
    OF_THREAD.set(before);
    (!meter.is_over()).then_some(result)
}

#[cfg(test)]
mod tests {
    use super::super::{Interner, Kind, NIL, Shape};
    use super::*;

    #[test]
    fn what_is_new_counts_until_no_more_fits() {
        let texts = Interner::new();
        let known = texts.intern("known");
        assert_eq!(within(0, || texts.make("known")), Some(known));
        assert_eq!(within(0, || texts.make("new")), None);
        assert_eq!(texts.lookup("new"), None);
        assert!(within(1_000, || texts.make("new")).is_some());
        assert_eq!(within(10, || has_room(11)), None);
        assert_eq!(within(10, || has_room(10)), Some(true));
        let shape = texts.shape(&Shape { branch: None, kinds: [Kind::Record].into() });
        assert_eq!(within(0, || texts.make_built(shape, &[NIL])), None);
        let one = texts.build(shape, &[NIL]);
        assert_eq!(within(0, || texts.make_built(shape, &[NIL])), Some(one));
        assert!(has_room(usize::MAX), "a thread without a meter may make anything");
    }
}
