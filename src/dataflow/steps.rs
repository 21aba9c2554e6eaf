//! What the nodes of the outer line do with one epoch: from the changes of what they read and the rows that stood before, their own change.
//!
//! A node's work is proportional to what changed for it and what that meets; what stood before is never gone through.

use super::halt::Halt;
use super::held::Held;
use super::index::{Index, Sorted, end, matches};
use super::shape::{Program, Sides};
use super::sort::consolidate;
use super::updates::Delta;
use crate::expr::Fold;
use crate::limits::{CHUNK_ROWS, PAIRS_PER_LOOK};
use crate::types::{Interner, Word};
use std::ops::Range;

/// A node that is read: its rows as they stood before this epoch, and their change.
#[derive(Clone, Copy)]
pub struct Read<'a> {
    pub before: &'a Index,
    pub change: &'a Delta,
}

/// Pairs of a join, as the rows that are made of them.
pub struct Pairing<'a> {
    program: &'a Program,
    halt: &'a Halt,
    key: usize,
    made: Delta,
    /// Pairs looked at since the budget was.
    pairs: usize,
    /// Rows at which equal ones are added up the next time.
    crowded: usize,
    held: Held,
}

impl<'a> Pairing<'a> {
    /// `key`: how many leading columns both sides share.
    pub fn new(program: &'a Program, key: usize, halt: &'a Halt) -> Self {
        let made = Delta::new(program.stride(), program.key);
        Pairing { program, halt, key, made, pairs: 0, crowded: CHUNK_ROWS, held: Held::default() }
    }

    #[inline]
    fn pair(&mut self, left: &[Word], right: &[Word], diff: i64) {
        self.pairs += 1;
        if self.pairs == PAIRS_PER_LOOK {
            self.look();
        }
        let sides = Sides { key: &left[..self.key], left: &left[self.key..], right: &right[self.key..] };
        if self.program.make(sides, &mut self.made.words) {
            self.made.times.push(());
            self.made.diffs.push(diff);
            if self.made.diffs.len() >= self.crowded {
                self.add_up();
            }
        }
    }

    #[cold]
    fn look(&mut self) {
        self.pairs = 0;
        self.held = Held::new(self.made.diffs.len());
        self.halt.account();
        self.halt.leave_if_stopped();
    }

    #[cold]
    fn add_up(&mut self) {
        self.made.sorted = false;
        consolidate(&mut self.made);
        self.made.sorted = false;
        self.crowded = CHUNK_ROWS.max(2 * self.made.diffs.len());
    }

    fn all<A: Sorted, B: Sorted>(&mut self, left: &A, right: &B) {
        matches(left, right, self.key, |lefts, rights| {
            for i in lefts {
                for j in rights.clone() {
                    self.pair(left.row(i), right.row(j), left.diff(i) * right.diff(j));
                }
            }
        });
    }
}

pub fn join(left: Read, right: Read, mut pairing: Pairing) -> Delta {
    right.before.runs().iter().for_each(|run| pairing.all(left.change, run));
    pairing.all(left.change, right.change);
    left.before.runs().iter().for_each(|run| pairing.all(run, right.change));
    pairing.made
}

/// Rows of `left` whose key `right` does not hold. `right` holds each key once and nothing else.
pub fn anti(left: Read, right: Read, mut pairing: Pairing) -> Delta {
    let found = counts(left.change, right.before, Some(right.change), pairing.key);
    for (i, found) in found.into_iter().enumerate() {
        if found == 0 {
            let row = left.change.row(i);
            pairing.pair(row, &row[..pairing.key], left.change.diff(i));
        }
    }
    for run in left.before.runs() {
        matches(run, right.change, pairing.key, |lefts, rights| {
            let diff: i64 = rights.clone().map(|j| right.change.diff(j)).sum();
            for i in lefts {
                pairing.pair(run.row(i), right.change.row(rights.start), -diff * run.diff(i));
            }
        });
    }
    pairing.made
}

/// How often each of these rows, by its first `key` columns, stands in the others.
fn counts(rows: &Delta, before: &Index, change: Option<&Delta>, key: usize) -> Vec<i64> {
    let mut counts = vec![0; rows.diffs.len()];
    for run in before.runs() {
        count_in(&mut counts, rows, run, key);
    }
    if let Some(change) = change {
        count_in(&mut counts, rows, change, key);
    }
    counts
}

fn count_in(counts: &mut [i64], rows: &Delta, others: &impl Sorted, key: usize) {
    matches(rows, others, key, |mine, theirs| {
        let sum: i64 = theirs.map(|j| others.diff(j)).sum();
        counts[mine].iter_mut().for_each(|count| *count += sum);
    });
}

/// Each row that is there, once.
pub fn distinct(source: Read) -> Delta {
    let rows = source.change;
    let mut made = Delta::new(rows.stride, rows.key);
    for (i, before) in counts(rows, source.before, None, rows.stride).into_iter().enumerate() {
        match (before > 0, before + rows.diffs[i] > 0) {
            (false, true) => made.push(rows.row(i), (), 1),
            (true, false) => made.push(rows.row(i), (), -1),
            _ => {}
        }
    }
    made.sorted = true;
    made
}

/// One row for each key that is there: the fold over what stands in `column` behind the key, or over the number of rows.
pub struct Folding<'a> {
    pub fold: Fold,
    pub column: Option<usize>,
    pub key: usize,
    pub texts: &'a Interner,
    pub halt: &'a Halt,
}

impl Folding<'_> {
    pub fn changes(&self, source: Read) -> Delta {
        let (rows, runs) = (source.change, source.before.runs());
        let mut made = Delta::new(self.key + 1, self.key);
        let mut reached = vec![0; runs.len()];
        let mut from = 0;
        while from < rows.diffs.len() {
            self.halt.leave_if_stopped();
            let to = end(rows, from, self.key);
            let key = &rows.row(from)[..self.key];
            let ranges: Vec<Range<usize>> = runs
                .iter()
                .zip(&mut reached)
                .map(|(run, reached)| {
                    let range = run.range_of(key, *reached);
                    *reached = range.end;
                    range
                })
                .collect();
            let mut group = Group { key: self.key, column: self.column, rows: Vec::new() };
            runs.iter().zip(ranges).for_each(|(run, range)| group.add(run, range));
            let before = self.fold(&mut group);
            group.add(rows, from..to);
            let after = self.fold(&mut group);
            if before != after {
                let mut push = |word: Option<Word>, diff| {
                    if let Some(word) = word {
                        made.words.extend_from_slice(key);
                        made.push(&[word], (), diff);
                    }
                };
                push(before, -1);
                push(after, 1);
            }
            from = to;
        }
        made
    }

    fn fold(&self, group: &mut Group) -> Option<Word> {
        group.add_up();
        let present = || group.rows.iter().filter(|(_, count)| *count > 0).map(|(row, count)| (group.word(row), *count));
        present().next()?;
        self.fold.over(present(), self.texts)
    }
}

/// The rows of one key: what stands behind it, and how often.
struct Group<'a> {
    key: usize,
    column: Option<usize>,
    rows: Vec<(&'a [Word], i64)>,
}

impl<'a> Group<'a> {
    fn add(&mut self, rows: &'a impl Sorted, range: Range<usize>) {
        self.rows.extend(range.map(|i| (&rows.row(i)[self.key..], rows.diff(i))));
    }

    /// Equal rows as one. Runs come in order, so sorting them finds little to do.
    fn add_up(&mut self) {
        self.rows.sort_by(|a, b| a.0.cmp(b.0));
        self.rows.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
    }

    fn word(&self, row: &[Word]) -> Word {
        self.column.map_or(0, |column| row[column])
    }
}
