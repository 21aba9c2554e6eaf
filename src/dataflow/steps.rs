//! What the nodes of the outer line do with one epoch: from the changes of what they read and the rows that stood before, their own change.
//!
//! A node's work is proportional to what changed for it and what that meets. What stood before is never gone through. What folds do is in
//! `fold.rs`.

use super::halt::Halt;
use super::held::Held;
use super::index::{Index, Sorted, matches};
use super::rows::OwnedRow;
use super::shape::{Program, Sides};
use super::sort::consolidate;
use super::updates::Delta;
use crate::limits::{CHUNK_ROWS, PAIRS_PER_LOOK};
use crate::types::Word;

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

impl Pairing<'_> {
    pub fn made(self) -> Delta {
        self.made
    }
}

impl<'a> Pairing<'a> {
    /// `key`: how many leading columns both sides share.
    pub fn new(program: &'a Program, key: usize, halt: &'a Halt) -> Self {
        let made = Delta::new(program.stride(), program.key);
        Pairing { program, halt, key, made, pairs: 0, crowded: CHUNK_ROWS, held: Held::default() }
    }

    /// A row that has no other side.
    #[inline]
    pub fn row(&mut self, row: &[Word], diff: i64) {
        self.pair(row, &row[..self.key], diff);
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
        let (mut one, mut other) = (OwnedRow::new(), OwnedRow::new());
        matches(left, right, self.key, |lefts, rights| {
            for i in lefts {
                let row = left.read(i, left.stride(), &mut one);
                for j in rights.clone() {
                    self.pair(row, right.read(j, right.stride(), &mut other), left.diff(i) * right.diff(j));
                }
            }
        });
    }
}

pub fn join(left: Read, right: Read, mut pairing: Pairing) -> Delta {
    right.before.runs().for_each(|run| pairing.all(left.change, run));
    pairing.all(left.change, right.change);
    left.before.runs().for_each(|run| pairing.all(run, right.change));
    pairing.made
}

/// Rows of `left` whose key `right` does not hold. `right` holds each key once and nothing else.
pub fn anti(left: Read, right: Read, mut pairing: Pairing) -> Delta {
    let found = counts(left.change, right.before, Some(right.change), pairing.key);
    for (i, found) in found.into_iter().enumerate() {
        if found == 0 {
            pairing.row(left.change.row(i), left.change.diff(i));
        }
    }
    let mut room = OwnedRow::new();
    for run in left.before.runs() {
        matches(run, right.change, pairing.key, |lefts, rights| {
            let diff: i64 = rights.clone().map(|j| right.change.diff(j)).sum();
            for i in lefts {
                pairing.pair(run.read(i, run.stride(), &mut room), right.change.row(rights.start), -diff * run.diff(i));
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
