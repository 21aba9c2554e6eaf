//! [`Rows`]: the keys or the values of a batch, flat, one stride for all. [`RowRef`]: one of them, in the order batches are sorted by.
//!
//! The stride is learned from the first row, because differential has no way to hand it in. Rows without columns are counted like all
//! others. The order is that of words, which for text is the order of ids and means nothing: it only has to be total.

use super::held;
use crate::types::Word;
use differential_dataflow::trace::implementations::BatchContainer;
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::ops::Range;

/// A row owned by differential between two steps; few are wider than this.
pub type OwnedRow = SmallVec<[Word; 6]>;

/// `COUNTED` rows count as held; a batch counts its values, not its keys.
pub struct Rows<const COUNTED: bool> {
    words: Vec<Word>,
    stride: usize,
    len: usize,
}

pub type Keys = Rows<false>;
pub type Vals = Rows<true>;

#[derive(Clone, Copy, Debug)]
pub struct RowRef<'a>(pub &'a [Word]);

/// The first place from `from` on that is not before, or `end`: in steps that double, then by halves.
#[inline]
pub fn first_not_before(from: usize, end: usize, before: impl Fn(usize) -> bool) -> usize {
    let near = near(from, end, &before);
    first_between(near.start, near.end, before)
}

/// The first place that is not before lies among these, or is the one behind them: found in steps that double.
#[inline]
pub fn near(from: usize, end: usize, before: impl Fn(usize) -> bool) -> Range<usize> {
    // All rows below `low` are before; the one at `high` is not, if there is one.
    let (mut low, mut high, mut step) = (from, from, 1);
    while high < end && before(high) {
        low = high + 1;
        high = low + step;
        step *= 2;
    }
    low..high.min(end)
}

/// The same by halves alone.
#[inline]
pub fn first_between(mut low: usize, mut high: usize, before: impl Fn(usize) -> bool) -> usize {
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Rows that are gone through column by column while they are in the cache.
const BLOCK: usize = 512;

/// Of each column of flat rows the least and the greatest word; of no rows the greatest there is and 0.
pub fn ranges_of_columns(words: &[Word], stride: usize) -> SmallVec<[(Word, Word); 6]> {
    let mut ranges = SmallVec::from_elem((Word::MAX, 0), stride);
    for block in words.chunks(BLOCK * stride.max(1)) {
        for (column, range) in ranges.iter_mut().enumerate() {
            let words = block[column..].iter().step_by(stride);
            *range = words.fold(*range, |(least, greatest): (Word, Word), word| (least.min(*word), greatest.max(*word)));
        }
    }
    ranges
}

/// Slices of one and two words are compared in place: the general comparison is a call to memcmp and shows in every profile.
#[inline(always)]
pub fn compare_rows(a: &[Word], b: &[Word]) -> Ordering {
    match (a, b) {
        ([a], [b]) => a.cmp(b),
        ([a0, a1], [b0, b1]) => a0.cmp(b0).then_with(|| a1.cmp(b1)),
        _ => a.cmp(b),
    }
}

/// The same for equality. Rows that are compared mostly differ early.
#[inline(always)]
pub fn are_equal(a: &[Word], b: &[Word]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b)
}

impl PartialEq for RowRef<'_> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        are_equal(self.0, other.0)
    }
}

impl Eq for RowRef<'_> {}

impl PartialOrd for RowRef<'_> {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    #[inline(always)]
    fn lt(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            ([a], [b]) => a < b,
            ([a0, a1], [b0, b1]) => a0 < b0 || (a0 == b0 && a1 < b1),
            (a, b) => a < b,
        }
    }
}

impl Ord for RowRef<'_> {
    #[inline(always)]
    fn cmp(&self, other: &Self) -> Ordering {
        compare_rows(self.0, other.0)
    }
}

impl Keys {
    /// Without rows, with room for so many.
    pub fn with_room(stride: usize, rows: usize) -> Keys {
        Rows { words: Vec::with_capacity(stride * rows), stride, len: 0 }
    }

    /// The rows at `range` of others of the same stride.
    pub fn append(&mut self, other: &Keys, range: Range<usize>) {
        debug_assert_eq!(self.stride, other.stride, "one stride for all rows");
        self.words.extend_from_slice(&other.words[range.start * other.stride..range.end * other.stride]);
        self.len += range.len();
    }

    pub fn words(&self) -> &[Word] {
        &self.words
    }
}

impl<const COUNTED: bool> Rows<COUNTED> {
    pub fn stride(&self) -> usize {
        self.stride
    }

    #[inline(always)]
    pub fn push(&mut self, row: &[Word]) {
        if self.len == 0 {
            self.stride = row.len();
        }
        debug_assert_eq!(self.stride, row.len(), "one stride for all rows");
        self.words.extend_from_slice(row);
        self.len += 1;
        if COUNTED {
            held::add(1);
        }
    }

    #[inline(always)]
    pub fn row(&self, at: usize) -> &[Word] {
        &self.words[at * self.stride..(at + 1) * self.stride]
    }

    #[inline(always)]
    pub fn last_row(&self) -> Option<&[Word]> {
        self.len.checked_sub(1).map(|at| self.row(at))
    }

    pub fn reserve_words(&mut self, words: usize) {
        self.words.reserve_exact(words);
    }

    pub fn shrink(&mut self) {
        self.words.shrink_to_fit();
    }
}

impl<const COUNTED: bool> Drop for Rows<COUNTED> {
    fn drop(&mut self) {
        if COUNTED {
            held::add(-(self.len as i64));
        }
    }
}

impl<const COUNTED: bool> BatchContainer for Rows<COUNTED> {
    type Owned = OwnedRow;
    type ReadItem<'a> = RowRef<'a>;

    fn into_owned(item: RowRef<'_>) -> OwnedRow {
        SmallVec::from_slice(item.0)
    }

    #[inline(always)]
    fn push_ref(&mut self, item: RowRef<'_>) {
        self.push(item.0);
    }

    fn push_own(&mut self, item: &OwnedRow) {
        self.push(item);
    }

    fn clear(&mut self) {
        if COUNTED {
            held::add(-(self.len as i64));
        }
        self.words.clear();
        self.len = 0;
    }

    fn with_capacity(_rows: usize) -> Self {
        Rows { words: Vec::new(), stride: 0, len: 0 }
    }

    fn merge_capacity(a: &Self, b: &Self) -> Self {
        Rows { words: Vec::with_capacity(a.words.len() + b.words.len()), stride: a.stride, len: 0 }
    }

    #[inline(always)]
    fn reborrow<'b, 'a: 'b>(item: RowRef<'a>) -> RowRef<'b> {
        item
    }

    #[inline(always)]
    fn index(&self, at: usize) -> RowRef<'_> {
        RowRef(self.row(at))
    }

    /// How many rows from `start` on are before. Mostly it is none or the first: differential's own looks at eight.
    fn advance<F: for<'a> Fn(RowRef<'a>) -> bool>(&self, start: usize, end: usize, before: F) -> usize {
        first_not_before(start, end, |at| before(self.index(at))) - start
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_at_every_stride() {
        for stride in 0..4 {
            let mut rows = Keys::with_capacity(0);
            let row = |i: usize| (0..stride).map(|c| (i * 10 + c) as Word).collect::<Vec<_>>();
            (0..5).for_each(|i| rows.push(&row(i)));
            assert_eq!(rows.len(), 5, "stride {stride}");
            (0..5).for_each(|i| assert_eq!(rows.index(i).0, &row(i)[..]));
            let mut merged = Keys::merge_capacity(&rows, &rows);
            merged.push_ref(rows.index(4));
            merged.push_own(&Keys::into_owned(rows.index(0)));
            assert_eq!((merged.len(), merged.row(0), merged.last_row()), (2, &row(4)[..], Some(&row(0)[..])));
        }
    }

    #[test]
    fn short_rows_are_ordered_as_long_ones() {
        let samples: [Word; 4] = [0, 1, 7, Word::MAX];
        for stride in 1..4u32 {
            let count = samples.len().pow(stride);
            let all: Vec<Vec<Word>> =
                (0..count).map(|n| (0..stride).map(|c| samples[n / samples.len().pow(c) % samples.len()]).collect()).collect();
            for a in &all {
                for b in &all {
                    let (x, y) = (RowRef(a), RowRef(b));
                    assert_eq!(x.cmp(&y), a.cmp(b));
                    assert_eq!((x == y, x < y), (a == b, a < b));
                }
            }
        }
    }

    #[test]
    fn only_values_count_as_held() {
        let before = held::rows_held();
        let (mut keys, mut vals) = (Keys::with_capacity(0), Vals::with_capacity(0));
        (0..3).for_each(|i| {
            keys.push(&[i]);
            vals.push(&[]);
        });
        assert_eq!(held::rows_held() - before, 3);
        vals.clear();
        vals.push(&[]);
        assert_eq!(held::rows_held() - before, 1);
        drop(vals);
        assert_eq!(held::rows_held(), before);
    }
}
