//! [`Halt`]: what stops all workers of a runtime: an overrun of its budget, the end of one of them, or the wish of its owner.

use super::runtime::{Budget, RuntimeError};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

pub struct Halt {
    budget: Budget,
    stopped: AtomicBool,
    /// The first reason; none for a stop that was asked for.
    why: Mutex<Option<RuntimeError>>,
    /// Rows held by all workers.
    held: AtomicI64,
}

impl Halt {
    pub fn new(budget: Budget) -> Halt {
        Halt { budget, stopped: AtomicBool::new(false), why: Mutex::new(None), held: AtomicI64::new(0) }
    }

    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Workers look at this between steps.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    pub fn fail(&self, error: RuntimeError) {
        self.why.lock().unwrap_or_else(|poison| poison.into_inner()).get_or_insert(error);
        self.stop();
    }

    pub fn why(&self) -> Option<RuntimeError> {
        self.why.lock().unwrap_or_else(|poison| poison.into_inner()).clone()
    }

    pub fn too_many_rounds(&self, epoch: u64) {
        self.fail(RuntimeError::Iterations { epoch, rounds: self.budget.iterations });
    }

    /// A worker holds so many rows more (or less) than when it last said so.
    pub fn held_changed(&self, by: i64, epoch: u64) {
        let held = self.held.fetch_add(by, Ordering::Relaxed) + by;
        if held > 0 && held as u64 > self.budget.rows {
            self.fail(RuntimeError::Rows { epoch, rows: self.budget.rows });
        }
    }
}
