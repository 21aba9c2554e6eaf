//! [`Updates`]: what flows between operators: rows with their times and diffs, flat, one stride for all.
//!
//! How many leading words are the key is one number per container, so re-keying a collection writes one number per container. This is
//! the data type and what timely and differential ask of it; how it is sorted is in `sort.rs`.

use super::time::Time;
use crate::types::Word;
use std::ops::Range;
use timely::Accountable;
use timely::bytes::arc::Bytes;
use timely::dataflow::channels::ContainerBytes;

#[derive(Clone, Debug)]
pub struct Updates<T> {
    pub words: Vec<Word>,
    pub stride: usize,
    /// How many leading words are the key.
    pub key: usize,
    pub times: Vec<T>,
    pub diffs: Vec<i64>,
    /// Sorted by (row, time), no pair twice, no diff zero.
    pub sorted: bool,
}

/// The change of one node in one epoch.
pub type Delta = Updates<()>;

impl<T> Default for Updates<T> {
    fn default() -> Self {
        Updates { words: Vec::new(), stride: 0, key: 0, times: Vec::new(), diffs: Vec::new(), sorted: false }
    }
}

impl<T> Updates<T> {
    pub fn new(stride: usize, key: usize) -> Self {
        Updates { stride, key, ..Updates::default() }
    }

    pub fn with_capacity(stride: usize, key: usize, rows: usize) -> Self {
        Updates {
            words: Vec::with_capacity(rows * stride),
            stride,
            key,
            times: Vec::with_capacity(rows),
            diffs: Vec::with_capacity(rows),
            sorted: false,
        }
    }

    /// Room for so many rows more than there are.
    pub fn reserve(&mut self, rows: usize) {
        self.words.reserve(rows * self.stride);
        self.times.reserve(rows);
        self.diffs.reserve(rows);
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.diffs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.diffs.is_empty()
    }

    #[inline(always)]
    pub fn row(&self, at: usize) -> &[Word] {
        &self.words[at * self.stride..(at + 1) * self.stride]
    }

    pub fn clear(&mut self) {
        self.words.clear();
        self.times.clear();
        self.diffs.clear();
    }

    /// An empty one of the same form in its place.
    pub fn take(&mut self) -> Self {
        let empty = Updates::new(self.stride, self.key);
        std::mem::replace(self, empty)
    }
}

impl<T: Copy> Updates<T> {
    #[inline(always)]
    pub fn push(&mut self, row: &[Word], time: T, diff: i64) {
        self.words.extend_from_slice(row);
        self.times.push(time);
        self.diffs.push(diff);
    }

    #[inline(always)]
    pub fn push_from(&mut self, other: &Self, at: usize) {
        self.push(other.row(at), other.times[at], other.diffs[at]);
    }

    pub fn pop(&mut self) {
        self.words.truncate(self.words.len() - self.stride);
        self.times.pop();
        self.diffs.pop();
    }

    /// The rows at `range` of another one of the same form.
    pub fn append(&mut self, other: &Self, range: Range<usize>) {
        self.words.extend_from_slice(&other.words[range.start * other.stride..range.end * other.stride]);
        self.times.extend_from_slice(&other.times[range.clone()]);
        self.diffs.extend_from_slice(&other.diffs[range]);
    }

    /// All rows of another one of the same form.
    pub fn merge(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
        } else {
            self.append(&other, 0..other.len());
            self.sorted = false;
        }
    }
}

/// Timely counts records in flight by this number, so every operator must keep it exact.
impl<T> Accountable for Updates<T> {
    fn record_count(&self) -> i64 {
        self.diffs.len() as i64
    }
}

/// Words of the wire form before the rows: stride, key, rows, sorted.
const HEAD: usize = 4;
/// Words of the wire form per row besides the row: diff, epoch, round.
const PER_ROW: usize = 3;

/// Little-endian words: the head, then diff, epoch and round of every row, then the rows. Timely asks for it of every container that is
/// exchanged; threads of one process hand containers over as they are.
impl<T: Time> ContainerBytes for Updates<T> {
    fn from_bytes(bytes: Bytes) -> Self {
        let mut words = bytes.chunks_exact(8).map(|chunk| u64::from_le_bytes(chunk.try_into().expect("chunks are 8 bytes")));
        let mut next = || words.next().expect("the sender wrote as many words as it said");
        let (stride, key, rows, sorted) = (next() as usize, next() as usize, next() as usize, next() == 1);
        let mut read = Updates::with_capacity(stride, key, rows);
        for _ in 0..rows {
            read.diffs.push(next() as i64);
            read.times.push(T::from_parts(next() as i64, next() as i64));
        }
        (0..rows * stride).for_each(|_| read.words.push(next()));
        read.sorted = sorted;
        read
    }

    fn length_in_bytes(&self) -> usize {
        (HEAD + PER_ROW * self.len() + self.words.len()) * 8
    }

    fn into_bytes<W: std::io::Write>(&self, writer: &mut W) {
        let mut bytes = Vec::with_capacity(self.length_in_bytes());
        let mut put = |word: u64| bytes.extend_from_slice(&word.to_le_bytes());
        [self.stride as u64, self.key as u64, self.len() as u64, u64::from(self.sorted)].into_iter().for_each(&mut put);
        for (diff, time) in self.diffs.iter().zip(&self.times) {
            let (epoch, round) = time.parts();
            [*diff as u64, epoch as u64, round as u64].into_iter().for_each(&mut put);
        }
        self.words.iter().copied().for_each(&mut put);
        writer.write_all(&bytes).expect("timely gives a writer with room for length_in_bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::super::time::{Round, round};
    use super::*;
    use timely::bytes::arc::BytesMut;

    fn sample(stride: usize) -> Updates<Round> {
        let mut updates = Updates::new(stride, stride / 2);
        for i in 0..5u64 {
            let row: Vec<Word> = (0..stride as u64).map(|c| i + c).collect();
            updates.push(&row, round(i, 9), i as i64 - 2);
        }
        updates
    }

    fn same(a: &Updates<Round>, b: &Updates<Round>) {
        assert_eq!((&a.words, a.stride, a.key, &a.times, &a.diffs), (&b.words, b.stride, b.key, &b.times, &b.diffs));
    }

    #[test]
    fn the_wire_form_comes_back_and_is_as_long_as_said() {
        for stride in 0..4 {
            let sent = sample(stride);
            let mut bytes = Vec::new();
            sent.into_bytes(&mut bytes);
            assert_eq!(bytes.len(), sent.length_in_bytes());
            same(&Updates::from_bytes(BytesMut::from(bytes).freeze()), &sent);
        }
    }
}
