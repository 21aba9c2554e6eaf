//! [`Source`]: where rows of one import enter a recursion.

use super::arrange::Rows;
use super::updates::{Delta, Updates};
use crate::limits::{CHUNK_ROWS, ROWS_PER_STEP};
use differential_dataflow::AsCollection;
use timely::container::NoopBuilder;
use timely::dataflow::Scope;
use timely::dataflow::operators::core::input::Handle;

pub struct Source {
    handle: Handle<u64, NoopBuilder<Updates<u64>>>,
    key: usize,
}

impl Source {
    pub fn new<'s>(scope: Scope<'s, u64>, key: usize) -> (Source, Rows<'s, u64>) {
        let mut handle = Handle::new_with_builder();
        let stream = handle.to_stream(scope);
        (Source { handle, key }, stream.as_collection())
    }

    /// Promises that no row before `epoch` will come.
    pub fn advance_to(&mut self, epoch: u64) {
        if *self.handle.time() < epoch {
            self.handle.advance_to(epoch);
        }
    }

    /// Sends rows of the epoch it was advanced to. Between large parts `step` is called, so that rows do not pile up.
    pub fn send(&mut self, rows: &Delta, mut step: impl FnMut()) {
        let epoch = *self.handle.time();
        let all = rows.diffs.len();
        for from in (0..all).step_by(CHUNK_ROWS) {
            let range = from..all.min(from + CHUNK_ROWS);
            let mut chunk = Updates {
                words: rows.words[range.start * rows.stride..range.end * rows.stride].to_vec(),
                stride: rows.stride,
                key: self.key,
                times: vec![epoch; range.len()],
                diffs: rows.diffs[range.clone()].to_vec(),
                sorted: rows.sorted,
            };
            self.handle.send_batch(&mut chunk);
            if range.end.is_multiple_of(ROWS_PER_STEP) {
                step();
            }
        }
    }
}
