//! [`Index`]: the rows of a node as they stand, sorted, so that those of a key are found. Sorted by whole rows, it serves every key that
//! leads the row, and counts of whole rows too: a node needs one, whoever reads it.
//!
//! Rows stand in sorted runs, each at least twice as long as the next: what comes is a run of its own and is merged into its neighbour
//! when that is not much longer. One row costs a few comparisons, a bulk load a few merges, and a key is looked up in a handful of runs.

use super::held::Held;
use super::ints::Ints;
use super::rows::compare_rows;
use super::updates::Delta;
use crate::types::Word;
use std::cmp::Ordering;
use std::ops::Range;

/// Rows for each search, up to which a search begins where the one before ended.
const ROWS_PER_SEARCH: usize = 64;

/// Rows in order, no row twice, each with how often it stands (or how many more).
pub trait Sorted {
    fn len(&self) -> usize;
    fn row(&self, at: usize) -> &[Word];
    fn diff(&self, at: usize) -> i64;
}

impl Sorted for Delta {
    fn len(&self) -> usize {
        self.diffs.len()
    }

    #[inline(always)]
    fn row(&self, at: usize) -> &[Word] {
        &self.words[at * self.stride..(at + 1) * self.stride]
    }

    #[inline(always)]
    fn diff(&self, at: usize) -> i64 {
        self.diffs[at]
    }
}

pub struct Run {
    words: Vec<Word>,
    stride: usize,
    diffs: Ints,
    _held: Held,
}

impl Sorted for Run {
    fn len(&self) -> usize {
        self.diffs.count()
    }

    #[inline(always)]
    fn row(&self, at: usize) -> &[Word] {
        &self.words[at * self.stride..(at + 1) * self.stride]
    }

    #[inline(always)]
    fn diff(&self, at: usize) -> i64 {
        self.diffs.at(at)
    }
}

impl Run {
    fn of(mut rows: Delta) -> Run {
        debug_assert!(rows.sorted, "only consolidated rows are indexed");
        rows.words.shrink_to_fit();
        let mut diffs = Ints::expecting(rows.diffs.len());
        rows.diffs.iter().for_each(|diff| diffs.put(*diff));
        Run { _held: Held::new(rows.diffs.len()), words: rows.words, stride: rows.stride, diffs }
    }

    /// Where the rows of a key are, from `from` on.
    pub fn range_of(&self, key: &[Word], from: usize) -> Range<usize> {
        let start = find(self, from, 1, |row| compare_rows(&row[..key.len()], key).is_lt());
        let there = start < self.len() && self.row(start)[..key.len()] == *key;
        start..if there { end(self, start, key.len()) } else { start }
    }

    fn merged(a: &Run, b: &Run) -> Run {
        let rows = a.len() + b.len();
        let mut out = Merging { words: Vec::with_capacity(rows * a.stride), diffs: Ints::expecting(rows) };
        let (mut i, mut j) = (0, 0);
        while i < a.len() && j < b.len() {
            match compare_rows(a.row(i), b.row(j)) {
                Ordering::Less => {
                    out.push(a.row(i), a.diff(i));
                    i += 1;
                }
                Ordering::Greater => {
                    out.push(b.row(j), b.diff(j));
                    j += 1;
                }
                Ordering::Equal => {
                    out.push(a.row(i), a.diff(i) + b.diff(j));
                    (i, j) = (i + 1, j + 1);
                }
            }
        }
        out.rest(a, i);
        out.rest(b, j);
        out.finish(a.stride)
    }
}

/// A run being written.
struct Merging {
    words: Vec<Word>,
    diffs: Ints,
}

impl Merging {
    #[inline(always)]
    fn push(&mut self, row: &[Word], diff: i64) {
        if diff != 0 {
            self.words.extend_from_slice(row);
            self.diffs.put(diff);
        }
    }

    fn rest(&mut self, run: &Run, from: usize) {
        self.words.extend_from_slice(&run.words[from * run.stride..]);
        (from..run.len()).for_each(|i| self.diffs.put(run.diff(i)));
    }

    fn finish(mut self, stride: usize) -> Run {
        self.words.shrink_to_fit();
        Run { _held: Held::new(self.diffs.count()), words: self.words, stride, diffs: self.diffs }
    }
}

#[derive(Default)]
pub struct Index {
    /// The longest, which is the oldest, first.
    runs: Vec<Run>,
}

impl Index {
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Adds consolidated rows.
    pub fn add(&mut self, rows: Delta) {
        if rows.diffs.is_empty() {
            return;
        }
        self.runs.push(Run::of(rows));
        while let [.., longer, last] = &self.runs[..]
            && longer.len() < 2 * last.len()
        {
            let merged = Run::merged(longer, last);
            self.runs.truncate(self.runs.len() - 2);
            if merged.len() > 0 {
                self.runs.push(merged);
            }
        }
    }
}

/// Walks two sorted lists of rows together and visits each pair of ranges that share their first `key` columns.
pub fn matches<A: Sorted, B: Sorted>(a: &A, b: &B, key: usize, mut visit: impl FnMut(Range<usize>, Range<usize>)) {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (left, right) = (&a.row(i)[..key], &b.row(j)[..key]);
        match compare_rows(left, right) {
            Ordering::Less => i = find(a, i + 1, b.len() - j, |row| compare_rows(&row[..key], right).is_lt()),
            Ordering::Greater => j = find(b, j + 1, a.len() - i, |row| compare_rows(&row[..key], left).is_lt()),
            Ordering::Equal => {
                let ends = (end(a, i, key), end(b, j, key));
                visit(i..ends.0, j..ends.1);
                (i, j) = ends;
            }
        }
    }
}

/// Where the rows that share the first `key` columns with the one at `from` end.
pub fn end<A: Sorted>(rows: &A, from: usize, key: usize) -> usize {
    let first = &rows.row(from)[..key];
    find(rows, from + 1, rows.len(), |row| compare_rows(&row[..key], first).is_le())
}

/// The first place from `from` on that is not before. Of few searches (`others`) in many rows each halves what is left; of many
/// searches each doubles its steps from where the one before ended.
#[inline]
fn find<A: Sorted>(rows: &A, from: usize, others: usize, before: impl Fn(&[Word]) -> bool) -> usize {
    let len = rows.len();
    // All rows below `low` are before; the one at `high` is not, if there is one.
    let (mut low, mut high) = (from.min(len), len);
    if len - low < others.saturating_mul(ROWS_PER_SEARCH) {
        (high, low) = (low, low);
        let mut step = 1;
        while high < len && before(rows.row(high)) {
            low = high + 1;
            high = low + step;
            step *= 2;
        }
        high = high.min(len);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if before(rows.row(middle)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::super::held::rows_held;
    use super::super::sort::consolidate;
    use super::super::sort::model::Dice;
    use super::*;
    use std::collections::BTreeMap;

    fn random(dice: &mut Dice, stride: usize, rows: usize, range: u64) -> Delta {
        let mut delta = Delta::new(stride, 0);
        for _ in 0..rows {
            let row: Vec<Word> = (0..stride).map(|_| dice.roll(range)).collect();
            delta.push(&row, (), dice.roll(3) as i64 - 1);
        }
        consolidate(&mut delta);
        delta
    }

    fn add_to(all: &mut BTreeMap<Vec<Word>, i64>, rows: &impl Sorted) {
        for i in 0..rows.len() {
            *all.entry(rows.row(i).to_vec()).or_default() += rows.diff(i);
        }
        all.retain(|_, diff| *diff != 0);
    }

    #[test]
    fn an_index_holds_the_sum_in_few_runs() {
        for seed in 0..60 {
            let mut dice = Dice(seed);
            let before = rows_held();
            let (stride, range) = (dice.roll(4) as usize, 2 + dice.roll(6));
            let (mut index, mut expected) = (Index::default(), BTreeMap::new());
            for _ in 0..60 {
                let rows = dice.roll(12) as usize;
                let delta = random(&mut dice, stride, rows, range);
                add_to(&mut expected, &delta);
                index.add(delta);
                let mut all = BTreeMap::new();
                index.runs().iter().for_each(|run| add_to(&mut all, run));
                assert_eq!(all, expected, "seed {seed}");
                assert!(index.runs().windows(2).all(|pair| pair[0].len() >= 2 * pair[1].len()), "seed {seed}");
                let held: usize = index.runs().iter().map(|run| run.len()).sum();
                assert_eq!(rows_held() - before, held as i64);
            }
        }
    }

    #[test]
    fn matches_are_all_pairs_of_one_key() {
        for seed in 0..200 {
            let mut dice = Dice(seed);
            let (range, key) = (1 + dice.roll(30), dice.roll(3) as usize);
            // Few against many is looked up in another way than many against many.
            let sizes = [1 + dice.roll(4) as usize, 1 + dice.roll(400) as usize];
            let swapped = dice.roll(2) as usize;
            let a = random(&mut dice, 2, sizes[swapped], range);
            let b = random(&mut dice, 3, sizes[1 - swapped], range);
            let mut found = Vec::new();
            matches(&a, &b, key, |left, right| left.for_each(|i| right.clone().for_each(|j| found.push((i, j)))));
            let all = (0..a.len()).flat_map(|i| (0..b.len()).map(move |j| (i, j)));
            let expected: Vec<_> = all.filter(|(i, j)| a.row(*i)[..key] == b.row(*j)[..key]).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "seed {seed}");
        }
    }
}
