//! [`Run`]: sorted rows, each with how often it stands. [`Merge`]: two runs on their way to be one, as far at a time as is asked.

use super::held::Held;
use super::index::{Sorted, end, find};
use super::ints::Ints;
use super::resting::Resting;
use super::rows::OwnedRow;
use super::updates::Delta;
use crate::types::Word;
use std::cmp::Ordering;
use std::ops::Range;

pub struct Run {
    rows: Resting,
    diffs: Ints,
    _held: Held,
}

impl Sorted for Run {
    #[inline(always)]
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn stride(&self) -> usize {
        self.rows.stride()
    }

    #[inline(always)]
    fn diff(&self, at: usize) -> i64 {
        self.diffs.at(at)
    }

    #[inline(always)]
    fn read<'a>(&'a self, at: usize, columns: usize, room: &'a mut OwnedRow) -> &'a [Word] {
        self.rows.read(at, columns, room)
    }

    #[inline(always)]
    fn compare(&self, at: usize, words: &[Word]) -> Ordering {
        self.rows.compare(at, words)
    }

    #[inline]
    fn first_between(&self, range: Range<usize>, words: &[Word], through: bool) -> usize {
        self.rows.first_between(range, words, through)
    }
}

impl Run {
    /// Consolidated rows.
    pub fn of(rows: &Delta) -> Run {
        debug_assert!(rows.sorted, "only consolidated rows are indexed");
        let mut diffs = Ints::expecting(rows.diffs.len());
        rows.diffs.iter().for_each(|diff| diffs.put(*diff));
        Run { _held: Held::new(rows.diffs.len()), rows: Resting::of(rows), diffs }
    }

    /// Where the rows of a key are, from `from` on.
    pub fn range_of(&self, key: &[Word], from: usize) -> Range<usize> {
        let start = find(self, from, 1, key, false);
        let there = start < self.len() && self.compare(start, key).is_eq();
        start..if there { end(self, start, key) } else { start }
    }
}

/// What a merge takes over next.
enum Next {
    /// Rows of a part.
    Of(usize, Range<usize>),
    /// The row that comes next in both.
    OfBoth,
}

pub struct Merge {
    parts: [Run; 2],
    /// How far each part is taken over.
    next: [usize; 2],
    /// Are the rows of a part written as those of the outcome?
    alike: [bool; 2],
    rows: Resting,
    diffs: Ints,
    _held: Held,
}

impl Merge {
    pub fn new(parts: [Run; 2]) -> Merge {
        let count = parts[0].len() + parts[1].len();
        let rows = Resting::over(&parts[0].rows, &parts[1].rows);
        let alike = parts.each_ref().map(|part| rows.takes(&part.rows));
        Merge { parts, next: [0; 2], alike, rows, diffs: Ints::expecting(count), _held: Held::new(count) }
    }

    /// What is read until the merge is complete.
    pub fn parts(&self) -> &[Run; 2] {
        &self.parts
    }

    /// Rows of both parts.
    pub fn len(&self) -> usize {
        self.parts[0].len() + self.parts[1].len()
    }

    pub fn is_complete(&self) -> bool {
        self.next == [self.parts[0].len(), self.parts[1].len()]
    }

    /// Takes over so many rows more.
    pub fn work(&mut self, rows: usize) {
        let done = |merge: &Merge| merge.next[0] + merge.next[1];
        let until = done(self).saturating_add(rows);
        while !self.is_complete() && done(self) < until {
            match self.next(until - done(self)) {
                Next::Of(part, range) => self.put(part, range),
                Next::OfBoth => self.put_sum(),
            }
        }
    }

    /// The next rows of one part, as many as come before the other's next one but not more than `most`; or, if they are equal, both.
    fn next(&self, most: usize) -> Next {
        let ([first, second], [i, j]) = (&self.parts, self.next);
        let up_to = |from: usize, to: usize| from..to.min(from.saturating_add(most));
        if i == first.len() {
            return Next::Of(1, up_to(j, second.len()));
        }
        if j == second.len() {
            return Next::Of(0, up_to(i, first.len()));
        }
        let mut room = OwnedRow::new();
        let row = second.read(j, second.stride(), &mut room);
        match first.compare(i, row) {
            Ordering::Less => Next::Of(0, up_to(i, find(first, i + 1, usize::MAX, row, false))),
            Ordering::Greater => {
                let row = first.read(i, first.stride(), &mut room);
                Next::Of(1, up_to(j, find(second, j + 1, usize::MAX, row, false)))
            }
            Ordering::Equal => Next::OfBoth,
        }
    }

    fn put_sum(&mut self) {
        let ([first, second], [i, j]) = (&self.parts, self.next);
        let diff = first.diff(i) + second.diff(j);
        if diff != 0 {
            self.rows.push(first.read(i, first.stride(), &mut OwnedRow::new()));
            self.diffs.put(diff);
        }
        self.next = [i + 1, j + 1];
    }

    fn put(&mut self, part: usize, range: Range<usize>) {
        let run = &self.parts[part];
        range.clone().for_each(|at| self.diffs.put(run.diff(at)));
        self.next[part] = range.end;
        if self.alike[part] {
            self.rows.append(&run.rows, range);
        } else {
            let mut room = OwnedRow::new();
            range.for_each(|at| self.rows.push(run.read(at, run.stride(), &mut room)));
        }
    }

    /// What becomes of them.
    pub fn outcome(mut self) -> Run {
        self.work(usize::MAX);
        self.rows.shrink();
        Run { _held: Held::new(self.rows.len()), rows: self.rows, diffs: self.diffs }
    }
}
