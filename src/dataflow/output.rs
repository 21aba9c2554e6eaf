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

    /// Parts that records and branches of the rows that appear, and of those that go, have as values.
    pub fn parts(&self, columns: &[(Kind, bool)], texts: &Interner) -> [u64; 2] {
        let mut parts = [0u64; 2];
        for (column, (kind, _)) in columns.iter().enumerate().filter(|(_, (kind, _))| kind.is_structured()) {
            for (row, diff) in self.diffs.iter().enumerate() {
                let side = &mut parts[usize::from(*diff < 0)];
                *side = side.saturating_add(texts.parts(self.words[row * self.arity + column], *kind));
            }
        }
        parts
    }
}
