//! [`Halt`]: what stops all workers of a runtime: an overrun of its budget, the end of one of them, or the wish of its owner.
//!
//! Workers look at it between steps. A single step can be long (a join works through all pairs of a key before it looks up), and
//! differential has no way out of one but unwinding; so work inside a step asks now and then whether to leave.

use super::held;
use super::runtime::{Budget, RuntimeError};
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};

/// What a worker unwinds with when it leaves a step because all stop. It is no fault of the worker.
pub struct Stopped;

pub struct Halt {
    iterations: AtomicU32,
    rows: AtomicU64,
    stopped: AtomicBool,
    /// The first reason; none for a stop that was asked for.
    why: Mutex<Option<RuntimeError>>,
    /// Rows held by all workers.
    held: AtomicI64,
    /// The epoch that is being evaluated.
    epoch: AtomicU64,
}

impl Halt {
    pub fn new(budget: Budget) -> Halt {
        Halt {
            iterations: AtomicU32::new(budget.iterations),
            rows: AtomicU64::new(budget.rows),
            stopped: AtomicBool::new(false),
            why: Mutex::new(None),
            held: AtomicI64::new(0),
            epoch: AtomicU64::new(0),
        }
    }

    pub fn budget(&self) -> Budget {
        Budget { iterations: self.iterations.load(Ordering::Relaxed), rows: self.rows.load(Ordering::Relaxed) }
    }

    /// Meant for what is submitted after it.
    pub fn set_budget(&self, budget: Budget) {
        self.iterations.store(budget.iterations, Ordering::Relaxed);
        self.rows.store(budget.rows, Ordering::Relaxed);
    }

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

    /// What is held from now on, and what stops, belongs to this epoch.
    pub fn begin(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::Relaxed);
    }

    pub fn too_many_rounds(&self, epoch: u64) {
        self.fail(RuntimeError::Iterations { epoch, rounds: self.budget().iterations });
    }

    /// Adds what this worker holds by now to what all hold.
    pub fn account(&self) {
        let by = held::news();
        let held = self.held.fetch_add(by, Ordering::Relaxed) + by;
        let rows = self.rows.load(Ordering::Relaxed);
        if u64::try_from(held).is_ok_and(|held| held > rows) {
            self.fail(RuntimeError::Rows { epoch: self.epoch.load(Ordering::Relaxed), rows });
        }
    }

    /// Rows held by all workers, as of their last account.
    pub fn held(&self) -> u64 {
        u64::try_from(self.held.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Leaves the step if all are to stop.
    #[inline]
    pub fn leave_if_stopped(&self) {
        if self.is_stopped() {
            resume_unwind(Box::new(Stopped));
        }
    }
}
