//! [`Runtime`]: worker threads that evaluate one plan, commanded from outside, parked when idle.

use super::output::OutputDelta;
use crate::plan::Plan;
use crate::types::{Epoch, Interner, RelId, Word};
use std::sync::Arc;

/// What a program may use before it is suspended.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Rounds of a recursive stratum in one epoch.
    pub iterations: u32,
    /// Rows held in all arrangements together.
    pub rows: u64,
}

/// Net changes of one input relation in one epoch: a `+1` is a row that was absent, a `-1` one that was present.
#[derive(Clone, Debug, Default)]
pub struct InputChanges {
    pub relation: Option<RelId>,
    /// As many words a row as the relation has columns.
    pub words: Vec<Word>,
    pub diffs: Vec<i64>,
}

/// Every output that changed in one epoch.
#[derive(Clone, Debug)]
pub struct EpochDelta {
    pub epoch: Epoch,
    pub outputs: Vec<OutputDelta>,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuntimeError {
    /// A recursion ran longer than its budget; the program must be suspended.
    #[error("recursion passed {rounds} rounds in epoch {epoch}")]
    Iterations { epoch: u64, rounds: u32 },
    #[error("the program holds more than {rows} rows (epoch {epoch})")]
    Rows { epoch: u64, rows: u64 },
    /// A worker thread is gone; nothing it says later counts.
    #[error("a worker stopped: {0}")]
    Worker(String),
}

/// A running plan.
pub struct Runtime {
    _plan: Arc<Plan>,
}

impl Runtime {
    /// Starts `workers` threads (at least one).
    pub fn start(plan: Arc<Plan>, arities: Vec<usize>, texts: Arc<Interner>, workers: usize, budget: Budget) -> Runtime {
        let _ = (arities, texts, workers, budget);
        Runtime { _plan: plan }
    }

    /// Hands in the changes of one epoch and returns at once. Epochs go up; one without changes may be left out.
    pub fn submit(&mut self, epoch: Epoch, changes: Vec<InputChanges>) {
        let _ = (epoch, changes);
        todo!("written by the dataflow part")
    }

    /// Waits until everything up to and including `epoch` is evaluated; every delta not yet given out, in order of epochs. Epochs in
    /// which no output changed are left out.
    pub fn wait(&mut self, epoch: Epoch) -> Result<Vec<EpochDelta>, RuntimeError> {
        let _ = epoch;
        todo!("written by the dataflow part")
    }
}
