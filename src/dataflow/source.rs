//! [`Source`]: where rows of one import enter a recursion.

use super::arrange::Rows;
use super::time::{Round, round};
use super::updates::{Delta, Updates};
use crate::limits::{CHUNK_ROWS, ROWS_PER_STEP};
use differential_dataflow::AsCollection;
use timely::container::NoopBuilder;
use timely::dataflow::Scope;
use timely::dataflow::operators::ActivateCapability;
use timely::dataflow::operators::core::unordered_input::{UnorderedHandle, UnorderedInput};

pub struct Source {
    handle: UnorderedHandle<Round, NoopBuilder<Updates<Round>>>,
    /// The right to send rows of an epoch and of later ones.
    right: ActivateCapability<Round>,
    key: usize,
}

impl Source {
    pub fn new<'s>(scope: Scope<'s, Round>, key: usize) -> (Source, Rows<'s, Round>) {
        let ((handle, right), stream) = scope.new_unordered_input();
        (Source { handle, right, key }, stream.as_collection())
    }

    /// Promises that no row before `epoch` will come.
    pub fn advance_to(&mut self, epoch: u64) {
        let start = round(epoch, 0);
        if *self.right.time() < start {
            self.right.downgrade(&start);
        }
    }

    /// Sends rows of the epoch it was advanced to. Between large parts `step` is called, so that rows do not pile up.
    pub fn send(&mut self, rows: &Delta, mut step: impl FnMut()) {
        let start = *self.right.time();
        let all = rows.diffs.len();
        for from in (0..all).step_by(CHUNK_ROWS) {
            let range = from..all.min(from + CHUNK_ROWS);
            let mut chunk = Updates {
                words: rows.words[range.start * rows.stride..range.end * rows.stride].to_vec(),
                stride: rows.stride,
                key: self.key,
                times: vec![start; range.len()],
                diffs: rows.diffs[range.clone()].to_vec(),
                sorted: rows.sorted,
            };
            self.handle.activate().session_with_builder(&self.right).give_container(&mut chunk);
            if range.end.is_multiple_of(ROWS_PER_STEP) {
                step();
            }
        }
    }
}
