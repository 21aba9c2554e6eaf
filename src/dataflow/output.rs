//! What leaves the dataflow: one consolidated set of changes per output and epoch, words turned back into values in value order.

use crate::plan::Output;
use crate::types::{Change, Interner, Kind, Row, Word};

/// The change of one output in one epoch: no row twice, no zero.
#[derive(Clone, Debug)]
pub struct OutputDelta {
    pub output: Output,
    pub arity: usize,
    /// `arity` words a row (for arity 0 see `diffs`).
    pub words: Vec<Word>,
    pub diffs: Vec<i64>,
}

impl OutputDelta {
    /// As values, ordered by row: the one order that every answer has. `columns`: kind and whether optional.
    pub fn changes(&self, columns: &[(Kind, bool)], texts: &Interner) -> Vec<Change> {
        let mut changes: Vec<Change> = (0..self.diffs.len())
            .map(|i| {
                let words = &self.words[i * self.arity..(i + 1) * self.arity];
                let values = words.iter().zip(columns).map(|(word, (kind, optional))| texts.decode(*word, *kind, *optional));
                Change { row: Row::new(values.collect()), diff: self.diffs[i] }
            })
            .collect();
        changes.sort();
        changes
    }
}
