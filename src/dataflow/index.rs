//! [`Index`]: the rows of a node as they stand, sorted, so that those of a key are found. Sorted by whole rows, it serves every key that
//! leads the row, and counts of whole rows too: a node needs one, whoever reads it.
//!
//! Rows stand in sorted runs, each at least twice as long as the next: what comes is a run of its own and is merged into its neighbour
//! when that is not much longer. One row costs a few comparisons, a bulk load a few merges, and a key is looked up in a handful of runs.
//! A long merge goes on beside what comes later, a part with each epoch, so that no epoch waits for all of it.

use super::packed::is_before;
use super::rows::{OwnedRow, compare_rows, first_between, near};
use super::run::{Merge, Run};
use super::updates::Delta;
use crate::limits::{MERGED_AT_ONCE, MERGED_PER_ROW, RUN_ROWS};
use crate::types::Word;
use std::cmp::Ordering;
use std::ops::Range;
use std::slice;

/// Rows for each search, up to which a search begins where the one before ended.
const ROWS_PER_SEARCH: usize = 64;

/// Rows in order, no row twice, each with how often it stands (or how many more).
pub trait Sorted {
    fn len(&self) -> usize;
    fn stride(&self) -> usize;
    fn diff(&self, at: usize) -> i64;
    /// The first columns of a row, perhaps put into `room`.
    fn read<'a>(&'a self, at: usize, columns: usize, room: &'a mut OwnedRow) -> &'a [Word];
    /// The first columns of a row against these words.
    fn compare(&self, at: usize, words: &[Word]) -> Ordering;
    /// The first place among these whose row does not come before these words, nor, if the search goes `through` them, begins with them;
    /// or the one behind them.
    #[inline]
    fn first_between(&self, range: Range<usize>, words: &[Word], through: bool) -> usize {
        first_between(range.start, range.end, |at| is_before(self.compare(at, words), through))
    }
}

impl Sorted for Delta {
    fn len(&self) -> usize {
        self.diffs.len()
    }

    fn stride(&self) -> usize {
        self.stride
    }

    #[inline(always)]
    fn diff(&self, at: usize) -> i64 {
        self.diffs[at]
    }

    #[inline(always)]
    fn read<'a>(&'a self, at: usize, columns: usize, _room: &'a mut OwnedRow) -> &'a [Word] {
        &self.row(at)[..columns]
    }

    #[inline(always)]
    fn compare(&self, at: usize, words: &[Word]) -> Ordering {
        compare_rows(&self.row(at)[..words.len()], words)
    }
}

/// A place among the runs.
enum Slot {
    Still(Run),
    /// Two runs, which are read until they are one.
    Merging(Box<Merge>),
}

impl Slot {
    fn runs(&self) -> &[Run] {
        match self {
            Slot::Still(run) => slice::from_ref(run),
            Slot::Merging(merge) => merge.parts(),
        }
    }

    fn len(&self) -> usize {
        self.runs().iter().map(Run::len).sum()
    }

    fn whole(self) -> Run {
        match self {
            Slot::Still(run) => run,
            Slot::Merging(merge) => merge.outcome(),
        }
    }
}

#[derive(Default)]
pub struct Index {
    /// The longest, which is the oldest, first.
    slots: Vec<Slot>,
}

impl Index {
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.slots.iter().flat_map(Slot::runs)
    }

    /// Adds consolidated rows.
    pub fn add(&mut self, rows: &Delta) {
        if rows.is_empty() {
            return;
        }
        let work = rows.len().saturating_mul(MERGED_PER_ROW);
        self.merge_on(work);
        self.slots.push(Slot::Still(Run::of(rows)));
        self.tidy(work);
    }

    /// Is a merge under way?
    pub fn is_merging(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot, Slot::Merging(_)))
    }

    /// Takes each merge that is under way so many rows further.
    pub fn merge_on(&mut self, rows: usize) {
        let mut completed = false;
        for slot in &mut self.slots {
            if let Slot::Merging(merge) = slot {
                merge.work(rows);
                completed |= merge.is_complete();
            }
        }
        if completed {
            self.replace_completed();
            self.tidy(rows);
        }
    }

    #[cold]
    fn replace_completed(&mut self) {
        for at in (0..self.slots.len()).rev() {
            if let Slot::Merging(merge) = &self.slots[at]
                && merge.is_complete()
            {
                let run = self.slots.remove(at).whole();
                self.put(at, run);
            }
        }
    }

    /// Merges neighbours of which the first is not twice as long as the second, from the shortest on. What is more than `work` rows is
    /// only begun.
    fn tidy(&mut self, work: usize) {
        let mut behind = self.slots.len();
        while behind > 1 {
            let at = behind - 2;
            // What a merge will become is looked at when it is complete.
            let waits = matches!(self.slots[at + 1], Slot::Merging(_));
            let (first, second) = (self.slots[at].len(), self.slots[at + 1].len());
            if waits || first >= 2 * second && first + second > RUN_ROWS {
                behind -= 1;
                continue;
            }
            // A first one that is still merging was overtaken by what came.
            let second = self.slots.remove(at + 1).whole();
            let first = self.slots.remove(at).whole();
            let merge = Merge::new([first, second]);
            if merge.len() <= work.max(MERGED_AT_ONCE) {
                self.put(at, merge.outcome());
            } else {
                self.slots.insert(at, Slot::Merging(Box::new(merge)));
            }
            behind = behind.min(self.slots.len());
        }
    }

    fn put(&mut self, at: usize, run: Run) {
        if run.len() > 0 {
            self.slots.insert(at, Slot::Still(run));
        }
    }
}

/// Walks two sorted lists of rows together and visits each pair of ranges that share their first `key` columns.
pub fn matches<A: Sorted, B: Sorted>(a: &A, b: &B, key: usize, mut visit: impl FnMut(Range<usize>, Range<usize>)) {
    let mut room = OwnedRow::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let left = a.read(i, key, &mut room);
        match b.compare(j, left) {
            Ordering::Less => j = find(b, j + 1, a.len() - i, left, false),
            Ordering::Greater => {
                let right = b.read(j, key, &mut room);
                i = find(a, i + 1, b.len() - j, right, false);
            }
            Ordering::Equal => {
                let ends = (end(a, i, left), end(b, j, left));
                visit(i..ends.0, j..ends.1);
                (i, j) = ends;
            }
        }
    }
}

/// Where the rows that begin with `first`, as the one at `from` does, end.
pub fn end<A: Sorted>(rows: &A, from: usize, first: &[Word]) -> usize {
    find(rows, from + 1, rows.len(), first, true)
}

/// The first place from `from` on whose row does not come before these words, nor, if the search goes `through` them, begins with them.
/// Of few searches (`others`) in many rows each halves what is left; of many searches each doubles its steps from where the one before
/// ended.
#[inline]
pub fn find<A: Sorted>(rows: &A, from: usize, others: usize, words: &[Word], through: bool) -> usize {
    let (from, end) = (from.min(rows.len()), rows.len());
    let range = if end - from < others.saturating_mul(ROWS_PER_SEARCH) {
        near(from, end, |at| is_before(rows.compare(at, words), through))
    } else {
        from..end
    };
    rows.first_between(range, words, through)
}

#[cfg(test)]
mod tests {
    use super::super::held::rows_held;
    use super::super::sort::consolidate;
    use super::super::sort::model::Dice;
    use super::*;
    use crate::limits::PLAIN_ROWS;
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
            let row = rows.read(i, rows.stride(), &mut OwnedRow::new()).to_vec();
            *all.entry(row).or_default() += rows.diff(i);
        }
        all.retain(|_, diff| *diff != 0);
    }

    fn check(index: &Index, expected: &BTreeMap<Vec<Word>, i64>, held: i64, hint: &str) {
        let mut all = BTreeMap::new();
        index.runs().for_each(|run| add_to(&mut all, run));
        assert!(&all == expected, "{hint}");
        let later = |pair: &[Slot]| matches!(pair[1], Slot::Merging(_));
        assert!(index.slots.windows(2).all(|pair| later(pair) || pair[0].len() >= 2 * pair[1].len()), "{hint}");
        let written = |slot: &Slot| if matches!(slot, Slot::Merging(_)) { 2 } else { 1 };
        let expected: usize = index.slots.iter().map(|slot| written(slot) * slot.len()).sum();
        assert_eq!(held, expected as i64, "{hint}");
    }

    #[test]
    fn an_index_holds_the_sum_in_few_runs() {
        for seed in 0..60 {
            let mut dice = Dice(seed);
            let before = rows_held();
            let (stride, range) = (dice.roll(4) as usize, 2 + dice.roll(6));
            let (mut index, mut expected) = (Index::default(), BTreeMap::<Vec<Word>, i64>::new());
            for _ in 0..60 {
                let rows = dice.roll(12) as usize;
                let delta = random(&mut dice, stride, rows, range);
                add_to(&mut expected, &delta);
                index.add(&delta);
                check(&index, &expected, rows_held() - before, &format!("seed {seed}"));
            }
        }
    }

    #[test]
    fn a_long_merge_goes_on_beside_what_comes() {
        for seed in 0..2 {
            let mut dice = Dice(seed);
            let before = rows_held();
            let (mut index, mut expected) = (Index::default(), BTreeMap::<Vec<Word>, i64>::new());
            let mut merging = 0;
            for step in 0..500 {
                let rows = if step == 0 { 3 * MERGED_AT_ONCE } else { dice.roll(100) as usize };
                let mut delta = random(&mut dice, 2, rows, 300 << (step / 100));
                if step > 400 {
                    // What stands goes, so that a merge gives less than what comes after it.
                    delta = Delta::new(2, 0);
                    expected.iter().take(10 * rows).for_each(|(row, n)| delta.push(row, (), -n));
                    delta.sorted = true;
                }
                add_to(&mut expected, &delta);
                index.add(&delta);
                merging += usize::from(index.is_merging());
                if step % 8 == 0 {
                    check(&index, &expected, rows_held() - before, &format!("seed {seed} step {step}"));
                }
            }
            assert!(merging > 20, "merges were done at once");
            while index.is_merging() {
                index.merge_on(1_000);
            }
            check(&index, &expected, rows_held() - before, "at rest");
        }
    }

    #[test]
    fn matches_are_all_pairs_of_one_key() {
        for seed in 0..200 {
            let mut dice = Dice(seed);
            let (range, key) = (1 + dice.roll(30), dice.roll(3) as usize);
            // Few against many is looked up in another way than many against many.
            // Rows of every tenth are so many that they are packed.
            let (range, many) = if seed % 10 == 0 { (200, 2 * PLAIN_ROWS) } else { (range, 1 + dice.roll(400) as usize) };
            let sizes = [1 + dice.roll(4) as usize, many];
            let swapped = dice.roll(2) as usize;
            let a = random(&mut dice, 2, sizes[swapped], range);
            let b = random(&mut dice, 3, sizes[1 - swapped], range);
            let (mut found, mut in_runs) = (Vec::new(), Vec::new());
            matches(&a, &b, key, |left, right| left.for_each(|i| right.clone().for_each(|j| found.push((i, j)))));
            let (x, y) = (Run::of(&a), Run::of(&b));
            matches(&x, &y, key, |left, right| left.for_each(|i| right.clone().for_each(|j| in_runs.push((i, j)))));
            assert_eq!(found, in_runs, "seed {seed}");
            let all = (0..a.len()).flat_map(|i| (0..b.len()).map(move |j| (i, j)));
            let expected: Vec<_> = all.filter(|(i, j)| a.row(*i)[..key] == b.row(*j)[..key]).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "seed {seed}");
        }
    }
}
