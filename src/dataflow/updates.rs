//! [`Updates`]: what flows between operators: rows with their times and diffs, flat, one stride for all.
//!
//! How many leading words are the key is one number per container, so re-keying a collection writes one number per container. This is
//! the data type and what timely and differential ask of it; how it is sorted is in `sort.rs`.

use super::rows::range_of_column;
use super::time::Time;
use crate::types::Word;
use differential_dataflow::collection::containers::{Enter, Leave, Negate, ResultsIn};
use std::ops::Range;
use timely::Accountable;
use timely::bytes::arc::Bytes;
use timely::dataflow::channels::ContainerBytes;
use timely::progress::PathSummary;
use timely::progress::timestamp::Refines;

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

    /// The least and the greatest word of a column.
    pub fn range(&self, column: usize) -> (Word, Word) {
        range_of_column(&self.words, self.stride, column)
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

    /// The same rows and diffs at other times.
    fn at_times<U>(self, times: Vec<U>, sorted: bool) -> Updates<U> {
        Updates { words: self.words, stride: self.stride, key: self.key, times, diffs: self.diffs, sorted }
    }
}

/// Timely counts records in flight by this number, so every operator must keep it exact.
impl<T> Accountable for Updates<T> {
    fn record_count(&self) -> i64 {
        self.diffs.len() as i64
    }
}

impl<T> Negate for Updates<T> {
    fn negate(mut self) -> Self {
        self.diffs.iter_mut().for_each(|diff| *diff = -*diff);
        self
    }
}

impl<Outer: Time, Inner: Time + Refines<Outer>> Enter<Outer, Inner> for Updates<Outer> {
    type InnerContainer = Updates<Inner>;

    fn enter(mut self) -> Updates<Inner> {
        let times = std::mem::take(&mut self.times).into_iter().map(Inner::to_inner).collect();
        let sorted = self.sorted;
        self.at_times(times, sorted)
    }
}

impl<Inner: Time + Refines<Outer>, Outer: Time> Leave<Inner, Outer> for Updates<Inner> {
    type OuterContainer = Updates<Outer>;

    fn leave(mut self) -> Updates<Outer> {
        let times = std::mem::take(&mut self.times).into_iter().map(Refines::to_outer).collect();
        // Two rounds of one row become one time.
        self.at_times(times, false)
    }
}

impl<T: Time> ResultsIn<T::Summary> for Updates<T> {
    fn results_in(mut self, step: &T::Summary) -> Self {
        if let Some(times) = self.times.iter().map(|time| step.results_in(time)).collect() {
            self.times = times;
            return self;
        }
        let mut kept = Updates::new(self.stride, self.key);
        for i in 0..self.len() {
            if let Some(time) = step.results_in(&self.times[i]) {
                kept.push(self.row(i), time, self.diffs[i]);
            }
        }
        kept
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
    use super::super::time::Round;
    use super::*;
    use timely::bytes::arc::BytesMut;
    use timely::order::Product;

    fn sample(stride: usize) -> Updates<Round> {
        let mut updates = Updates::new(stride, stride / 2);
        for i in 0..5u64 {
            let row: Vec<Word> = (0..stride as u64).map(|c| i + c).collect();
            updates.push(&row, Product::new(i, 9), i as i64 - 2);
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

    #[test]
    fn leaving_undoes_entering_and_forgets_the_order() {
        let mut outer: Updates<u64> = Updates::new(1, 1);
        outer.push(&[7], 3, 1);
        outer.sorted = true;
        let inner: Updates<Round> = outer.clone().enter();
        assert!(inner.sorted && inner.times == [Product::new(3, 0)]);
        let back: Updates<u64> = inner.leave();
        assert_eq!((&back.words, &back.times, &back.diffs, back.sorted), (&outer.words, &outer.times, &outer.diffs, false));
    }

    #[test]
    fn a_step_moves_times_and_drops_what_has_none() {
        let mut updates: Updates<Round> = Updates::new(0, 0);
        updates.push(&[], Product::new(1, 4), 1);
        updates.push(&[], Product::new(1, u32::MAX), 1);
        let moved = updates.results_in(&Product::new(0, 1));
        assert_eq!((moved.times, moved.diffs), (vec![Product::new(1, 5)], vec![1]));
    }
}
