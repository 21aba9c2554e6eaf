//! [`Point`]: named places, one or more in each kind of thread and task, at which a test has the program panic, to see that it is noticed.
//!
//! Promises: passing one that is not armed is one look at a number that stands still. Only a call arms one, and nothing in the program makes
//! it: no argument, no file, no environment. Must not know: who passes, or what follows.

use std::sync::atomic::{AtomicU8, Ordering};

/// Which point panics when it is next passed; 0 is none.
static ARMED: AtomicU8 = AtomicU8::new(0);

macro_rules! points {
    ($($(#[$about:meta])* $name:ident),+ $(,)?) => {
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Point { $($(#[$about])* $name),+ }

        impl Point {
            pub const ALL: &[Point] = &[$(Point::$name),+];
        }
    };
}

points! {
    /// The engine's thread has taken a request.
    Taken,
    /// Entries are with the workers and not yet in the journal.
    Staged,
    /// Entries are in the journal and not yet published.
    Durable,
    /// Halfway through letting readers see an epoch.
    Publishing,
    /// Readers see it, the writer is not answered.
    Published,
    /// The clock is on its way.
    Clock,
    /// The worker that is commanded begins to evaluate.
    Evaluating,
    /// A worker does its share of the recursions.
    Sharing,
    /// One of several threads at one epoch has begun.
    Further,
    /// A task of several threads at one epoch.
    Task,
    /// A worker with nothing to do merges its indexes.
    Resting,
    /// A snapshot is being written.
    Freezing,
    /// A start reads a snapshot ahead.
    ReadingAhead,
    /// A start compares what a snapshot says with what it gives.
    Summing,
    /// A start reads the journal.
    Recovering,
    /// Places of named readers are being written.
    Places,
    /// What is new goes to the rooms of readers.
    Hall,
    /// What is new is written out for readers.
    Telling,
    /// Phases go to the log.
    Phases,
    /// One reader of a stream.
    Reader,
    /// One request.
    Handler,
    /// One long upload.
    Upload,
    /// One look into the agenda.
    Agenda,
    /// One look into the history.
    History,
    /// One connection.
    Connection,
}

/// The next thread that passes this point panics there. For tests that have the process to themselves.
pub fn arm(point: Point) {
    ARMED.store(point as u8 + 1, Ordering::SeqCst);
}

/// No point panics; was the armed one still to be passed?
pub fn disarm() -> bool {
    ARMED.swap(0, Ordering::SeqCst) != 0
}

#[inline]
pub fn pass(point: Point) {
    if ARMED.load(Ordering::Relaxed) == point as u8 + 1 {
        break_at(point);
    }
}

#[cold]
fn break_at(point: Point) {
    // Once: what comes behind it goes its way.
    if ARMED.compare_exchange(point as u8 + 1, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
        panic!("on purpose, at {point:?}");
    }
}
