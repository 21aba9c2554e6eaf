//! [`Source`]: where rows of one relation enter the dataflow, collected into containers.

use super::arrange::Rows;
use super::updates::Updates;
use crate::limits::CHUNK_ROWS;
use crate::types::Word;
use differential_dataflow::AsCollection;
use timely::container::NoopBuilder;
use timely::dataflow::Scope;
use timely::dataflow::operators::core::input::Handle;

pub struct Source {
    handle: Handle<u64, NoopBuilder<Updates<u64>>>,
    waiting: Updates<u64>,
    /// Rows that are sent once, by [`Source::send_own`].
    own: (Vec<Word>, usize),
}

impl Source {
    pub fn new<'s>(scope: Scope<'s, u64>, stride: usize, key: usize) -> (Source, Rows<'s, u64>) {
        Source::with_rows(scope, stride, key, Vec::new(), 0)
    }

    pub fn with_rows<'s>(
        scope: Scope<'s, u64>,
        stride: usize,
        key: usize,
        words: Vec<Word>,
        rows: usize,
    ) -> (Source, Rows<'s, u64>) {
        let mut handle = Handle::new_with_builder();
        let stream = handle.to_stream(scope);
        (Source { handle, waiting: Updates::new(stride, key), own: (words, rows) }, stream.as_collection())
    }

    #[inline]
    pub fn add(&mut self, row: &[Word], epoch: u64, diff: i64) {
        self.waiting.push(row, epoch, diff);
        if self.waiting.len() >= CHUNK_ROWS {
            self.flush();
        }
    }

    pub fn stride(&self) -> usize {
        self.waiting.stride
    }

    pub fn flush(&mut self) {
        if !self.waiting.is_empty() {
            let mut rows = self.waiting.take();
            self.handle.send_batch(&mut rows);
        }
    }

    /// Promises that no row before `epoch` will come.
    pub fn advance_to(&mut self, epoch: u64) {
        self.flush();
        if *self.handle.time() < epoch {
            self.handle.advance_to(epoch);
        }
    }

    /// Sends the rows it was made with.
    pub fn send_own(&mut self, epoch: u64) {
        let (words, rows) = std::mem::take(&mut self.own);
        let stride = self.stride();
        for i in 0..rows {
            self.add(&words[i * stride..(i + 1) * stride], epoch, 1);
        }
        self.flush();
    }
}
