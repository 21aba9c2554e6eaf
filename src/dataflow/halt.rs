//! [`Halt`]: what stops all workers of a runtime: an overrun of its budget, the end of one of them, or the wish of its owner.
//!
//! Workers look at it between steps. A single step can be long (a join works through all pairs of a key before it looks up), and
//! differential has no way out of one but unwinding; so work inside a step asks now and then whether to leave.

use super::held;
use super::runtime::{Budget, RuntimeError};
use crate::limits::{MEMORY_END_PERCENT, ROWS_PER_LOOK};
use crate::memory::{Memory, resident};
use crate::types::Meter;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Called once where a worker breaks, from its thread.
pub type Alarm = std::sync::Arc<dyn Fn() + Send + Sync>;

/// What a worker unwinds with when it leaves a step because all stop. It is no fault of the worker.
pub struct Stopped;

pub struct Halt {
    iterations: AtomicU32,
    rows: AtomicU64,
    made: AtomicU64,
    /// Values of ranges that may still be looked at.
    values: AtomicI64,
    /// What all workers make.
    meter: Arc<Meter>,
    stopped: AtomicBool,
    /// Who has to know at once that a worker broke, also while nobody waits for it.
    alarm: Mutex<Option<Alarm>>,
    /// The first reason; none for a stop that was asked for.
    why: Mutex<Option<RuntimeError>>,
    /// Rows held by all workers.
    held: AtomicI64,
    /// With so many, memory is looked at again.
    next_look: AtomicI64,
    /// Bytes that the process may come to.
    most_resident: Option<u64>,
    /// The epoch that is being evaluated.
    epoch: AtomicU64,
}

impl Halt {
    pub fn new(budget: Budget) -> Halt {
        Halt {
            iterations: AtomicU32::new(budget.iterations),
            rows: AtomicU64::new(budget.rows),
            made: AtomicU64::new(budget.made),
            values: AtomicI64::new(0),
            meter: Arc::new(Meter::new(budget.made)),
            stopped: AtomicBool::new(false),
            alarm: Mutex::new(None),
            why: Mutex::new(None),
            held: AtomicI64::new(0),
            next_look: AtomicI64::new(ROWS_PER_LOOK),
            most_resident: Memory::of_process().percent(MEMORY_END_PERCENT),
            epoch: AtomicU64::new(0),
        }
    }

    pub fn budget(&self) -> Budget {
        Budget {
            iterations: self.iterations.load(Ordering::Relaxed),
            rows: self.rows.load(Ordering::Relaxed),
            made: self.made.load(Ordering::Relaxed),
        }
    }

    /// Meant for what is submitted after it.
    pub fn set_budget(&self, budget: Budget) {
        self.iterations.store(budget.iterations, Ordering::Relaxed);
        self.rows.store(budget.rows, Ordering::Relaxed);
        self.made.store(budget.made, Ordering::Relaxed);
    }

    /// What this thread makes counts as the workers'.
    pub fn measure_thread(&self) {
        self.meter.clone().measure_thread();
    }

    /// What is made from now on is made for so many epochs together, and each may make as much as it may alone. Of texts there is no memory for
    /// more than two that do.
    pub fn begin_group(&self, epochs: usize) {
        self.meter.begin(self.made.load(Ordering::Relaxed).saturating_mul(epochs.min(2) as u64));
        let values = self.rows.load(Ordering::Relaxed).saturating_mul(epochs as u64);
        self.values.store(i64::try_from(values).unwrap_or(i64::MAX), Ordering::Relaxed);
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

    /// A worker panicked. What it said could hold a value of a record; the panic hook tells the place. Where all stop already it is a matter of
    /// their end, and nobody is alarmed.
    pub fn broke(&self) {
        if self.is_stopped() {
            return;
        }
        self.fail(RuntimeError::Worker("it panicked; the log names the place".to_string()));
        let alarm = self.alarm.lock().unwrap_or_else(|poison| poison.into_inner()).clone();
        alarm.iter().for_each(|alarm| alarm());
    }

    /// A worker that broke before is told of at once.
    pub fn on_break(&self, alarm: Alarm) {
        let mut present = self.alarm.lock().unwrap_or_else(|poison| poison.into_inner());
        *present = Some(alarm.clone());
        drop(present);
        if matches!(self.why(), Some(RuntimeError::Worker(_))) {
            alarm();
        }
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

    /// Adds what this worker holds by now to what all hold, and looks whether all of it is within the budget.
    pub fn account(&self) {
        let by = held::news();
        let held = self.held.fetch_add(by, Ordering::Relaxed) + by;
        let rows = self.rows.load(Ordering::Relaxed);
        if u64::try_from(held).is_ok_and(|held| held > rows) {
            self.fail(RuntimeError::Rows { epoch: self.epoch.load(Ordering::Relaxed), rows });
        }
        if held >= self.next_look.load(Ordering::Relaxed) {
            self.look_at_memory(held);
        }
        if self.meter.is_over() {
            let (epoch, bytes) = (self.epoch.load(Ordering::Relaxed), self.made.load(Ordering::Relaxed));
            self.fail(RuntimeError::Made { epoch, bytes });
        }
    }

    /// Wide rows take more than they are reckoned at: where memory ends before them, so many are too many.
    fn look_at_memory(&self, held: i64) {
        self.next_look.store(held.saturating_add(ROWS_PER_LOOK), Ordering::Relaxed);
        if self.most_resident.zip(resident()).is_some_and(|(most, resident)| resident > most) {
            self.fail(RuntimeError::Rows { epoch: self.epoch.load(Ordering::Relaxed), rows: held.unsigned_abs() });
        }
    }

    /// Values of ranges more were looked at, whether they gave rows or not: as many as there may be rows.
    pub fn looked_at(&self, values: i64) {
        if self.values.fetch_sub(values, Ordering::Relaxed) < values {
            let (epoch, values) = (self.epoch.load(Ordering::Relaxed), self.rows.load(Ordering::Relaxed));
            self.fail(RuntimeError::Values { epoch, values });
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
