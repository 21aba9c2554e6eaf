//! [`Folding`]: one row for each key that is there, the fold over its rows.
//!
//! A result is kept from epoch to epoch and taken on by what changes: a count by one, a sum by what is added, the least by what is less.
//! So a change costs what changed, however many rows its key has. Only where the change does not say what the result becomes are rows of
//! the key read: the least row that is left when the least one goes, and all of them for sums of floats, whose order decides their last
//! digit, and when the least text goes, since rows are not in the order of texts. Inside a recursion groups are folded anew (`reduce.rs`):
//! there they follow from what stands outside.

use super::halt::Halt;
use super::index::{Index, Sorted, end};
use super::rows::OwnedRow;
use super::run::Run;
use super::steps::Read;
use super::updates::Delta;
use crate::expr::{Fold, Next, Side};
use crate::limits::PAIRS_PER_LOOK;
use crate::types::{Interner, Word};
use smallvec::SmallVec;
use std::ops::Range;

/// A fold, and what it gave.
pub struct Folding {
    pub fold: Fold,
    /// What is folded stands in this column behind the key; without one, rows are counted.
    column: Option<usize>,
    /// Each key that is there, with its result; as often as it has rows, if that must be known.
    pub results: Index,
}

impl Folding {
    pub fn new(fold: Fold, column: Option<usize>) -> Folding {
        Folding { fold, column, results: Index::default() }
    }

    /// What changes of the results, by the first `key` columns of the rows.
    pub fn changes(&mut self, source: Read, key: usize, texts: &Interner, halt: &Halt) -> Delta {
        let rows = source.change;
        let (mut made, mut kept) = (Delta::new(key + 1, key), Delta::new(key + 1, key));
        let (mut results, mut stood) = (Passing::through(&self.results), Passing::through(source.before));
        let mut from = 0;
        while from < rows.len() {
            halt.leave_if_stopped();
            let of = &rows.row(from)[..key];
            let to = end(rows, from, of);
            let before = result(results.rows_of(of), key);
            let values = (from..to).map(|at| (self.column.map_or(0, |column| rows.row(at)[key + column]), rows.diff(at)));
            let after = match self.fold.after(before, values.clone(), texts) {
                Next::Is(word) => word,
                Next::Look => {
                    let mut group = self.group(halt);
                    stood.rows_of(of).for_each(|(run, range)| group.add(run, self.worth_reading(run, range, of, before), key));
                    group.add(rows, from..to, key);
                    self.look(group, texts)
                }
            };
            if self.fold.keeps_count() {
                let count = before.map_or(0, |(_, count)| count) + values.map(|(_, n)| n).sum::<i64>();
                push(&mut kept, of, before, after.map(|word| (word, count)));
            }
            push(&mut made, of, before.map(|(word, _)| (word, 1)), after.map(|word| (word, 1)));
            from = to;
        }
        (made.sorted, kept.sorted) = (true, true);
        self.results.add(if self.fold.keeps_count() { &kept } else { &made });
        made
    }

    /// On which side of its rows the result is found.
    fn side(&self) -> Option<Side> {
        self.fold.side().filter(|_| self.column == Some(0))
    }

    fn group<'a>(&self, halt: &'a Halt) -> Group<'a> {
        Group { parts: SmallVec::new(), column: self.column, side: self.side().unwrap_or(Side::First), seen: 0, halt }
    }

    /// The rows of a key among which the result may be. Beyond the last result no row is left, only what has not been merged yet.
    fn worth_reading(&self, run: &Run, range: Range<usize>, key: &[Word], before: Option<(Word, i64)>) -> Range<usize> {
        let (Some(side), Some((word, _))) = (self.side(), before) else { return range };
        let mut last = OwnedRow::from_slice(key);
        last.push(word);
        let at = run.first_between(range.clone(), &last, side == Side::Last);
        match side {
            Side::First => at..range.end,
            Side::Last => range.start..at,
        }
    }

    /// The result over the rows themselves.
    fn look(&self, group: Group<'_>, texts: &Interner) -> Option<Word> {
        let mut group = group.peekable();
        let first = group.peek().map(|(word, _)| *word)?;
        if self.side().is_some() { Some(first) } else { self.fold.over(group, texts) }
    }
}

/// What becomes of a word that stood so often, in order.
fn push(made: &mut Delta, key: &[Word], before: Option<(Word, i64)>, after: Option<(Word, i64)>) {
    let mut put = |word: Word, diff: i64| {
        if diff != 0 {
            made.words.extend_from_slice(key);
            made.push(&[word], (), diff);
        }
    };
    match (before, after) {
        (Some((old, n)), Some((new, m))) if old == new => put(old, m - n),
        (Some((old, n)), Some((new, m))) if old > new => {
            put(new, m);
            put(old, -n);
        }
        (before, after) => {
            before.into_iter().for_each(|(old, n)| put(old, -n));
            after.into_iter().for_each(|(new, m)| put(new, m));
        }
    }
}

/// Runs that are gone through key by key.
pub(super) struct Passing<'a>(Vec<(&'a Run, usize)>);

impl<'a> Passing<'a> {
    pub fn through(index: &'a Index) -> Passing<'a> {
        Passing(index.runs().map(|run| (run, 0)).collect())
    }

    /// Where the rows of a key stand, which comes behind those asked for before.
    pub fn rows_of(&mut self, key: &[Word]) -> impl Iterator<Item = (&'a Run, Range<usize>)> {
        self.0.iter_mut().filter_map(move |(run, reached)| {
            let range = run.range_of(key, *reached);
            *reached = range.start;
            (!range.is_empty()).then_some((*run, range))
        })
    }
}

/// The word behind a key that is there once all runs are added up, and how often it stands.
fn result<'a>(parts: impl Iterator<Item = (&'a Run, Range<usize>)>, key: usize) -> Option<(Word, i64)> {
    let mut words: SmallVec<[(Word, i64); 4]> = SmallVec::new();
    let mut room = OwnedRow::new();
    for (run, range) in parts {
        for at in range {
            let word = run.read(at, run.stride(), &mut room)[key];
            match words.iter_mut().find(|(other, _)| *other == word) {
                Some((_, count)) => *count += run.diff(at),
                None => words.push((word, run.diff(at))),
            }
        }
    }
    words.into_iter().find(|(_, count)| *count > 0)
}

/// The rows of a key in order, from one side on: the word that is folded, and how often the row stands.
struct Group<'a> {
    parts: SmallVec<[Part<'a>; 8]>,
    column: Option<usize>,
    side: Side,
    seen: usize,
    halt: &'a Halt,
}

/// Rows of a key that stand in one place, and the next of them without the key.
struct Part<'a> {
    rows: &'a dyn Sorted,
    range: Range<usize>,
    key: usize,
    head: OwnedRow,
    diff: i64,
}

impl<'a> Group<'a> {
    fn add(&mut self, rows: &'a dyn Sorted, range: Range<usize>, key: usize) {
        let mut part = Part { rows, range, key, head: OwnedRow::new(), diff: 0 };
        if part.go_on(self.side) {
            self.parts.push(part);
        }
    }

    /// The next row among all parts, which go on behind it, and how often it stands in all.
    fn step(&mut self) -> Option<(OwnedRow, i64)> {
        let heads = self.parts.iter().map(|part| &part.head);
        let next = match self.side {
            Side::First => heads.min(),
            Side::Last => heads.max(),
        };
        let (next, side) = (next?.clone(), self.side);
        let mut count = 0;
        self.parts.retain(|part| {
            if part.head != next {
                return true;
            }
            count += part.diff;
            part.go_on(side)
        });
        Some((next, count))
    }
}

impl Iterator for Group<'_> {
    type Item = (Word, i64);

    fn next(&mut self) -> Option<(Word, i64)> {
        loop {
            self.seen += 1;
            if self.seen.is_multiple_of(PAIRS_PER_LOOK) {
                self.halt.leave_if_stopped();
            }
            let (row, count) = self.step()?;
            if count > 0 {
                return Some((self.column.map_or(0, |column| row[column]), count));
            }
        }
    }
}

impl Part<'_> {
    /// Is there another row?
    fn go_on(&mut self, side: Side) -> bool {
        let next = match side {
            Side::First => self.range.next(),
            Side::Last => self.range.next_back(),
        };
        let Some(at) = next else { return false };
        let mut room = OwnedRow::new();
        let row = self.rows.read(at, self.rows.stride(), &mut room);
        self.head.clear();
        self.head.extend_from_slice(&row[self.key..]);
        self.diff = self.rows.diff(at);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::runtime::Budget;
    use super::super::sort::consolidate;
    use super::super::sort::model::Dice;
    use super::*;
    use crate::types::{Kind, word_of_float, word_of_number};
    use std::collections::{BTreeMap, BTreeSet};

    const FOLDS: [(Fold, Option<usize>); 14] = [
        (Fold::Count, None),
        (Fold::Sum(Kind::Number), Some(0)),
        (Fold::Sum(Kind::Unsigned), Some(1)),
        (Fold::Sum(Kind::Float), Some(0)),
        (Fold::Mean, Some(1)),
        (Fold::Min(Kind::Number), Some(0)),
        (Fold::Min(Kind::Number), Some(1)),
        (Fold::Max(Kind::Number), Some(0)),
        (Fold::Max(Kind::Number), Some(1)),
        (Fold::Min(Kind::Symbol), Some(0)),
        (Fold::Max(Kind::Symbol), Some(1)),
        (Fold::Least(Kind::Number), Some(0)),
        (Fold::Least(Kind::Unsigned), Some(0)),
        (Fold::Least(Kind::Symbol), Some(0)),
    ];

    /// A word of the kind that is folded; the absent one now and then where it may stand.
    fn word(fold: Fold, texts: &Interner, dice: &mut Dice) -> Word {
        let x = dice.roll(40);
        match fold.kind() {
            kind if matches!(fold, Fold::Least(_)) && x == 0 => crate::types::absent_word(kind),
            Kind::Number | Kind::Date | Kind::Datetime => word_of_number(x as i64 - 20),
            Kind::Unsigned => x,
            Kind::Float => word_of_float(x as f64 / 7.0),
            // Ids in another order than texts.
            Kind::Symbol => texts.intern(&format!("{}", x * 7 % 40)),
            Kind::Record | Kind::Adt => unreachable!("none is less than another"),
        }
    }

    type Groups = BTreeMap<Word, BTreeSet<Vec<Word>>>;

    fn results(groups: &Groups, fold: Fold, column: Option<usize>, texts: &Interner) -> BTreeMap<Word, Word> {
        let of = |rows: &BTreeSet<Vec<Word>>| fold.over(rows.iter().map(|row| (column.map_or(0, |c| row[c]), 1)), texts);
        groups.iter().filter(|(_, rows)| !rows.is_empty()).filter_map(|(key, rows)| Some((*key, of(rows)?))).collect()
    }

    fn add_to(groups: &mut Groups, key: Word, row: Vec<Word>, delta: &mut Delta) {
        let rows = groups.entry(key).or_default();
        let diff = if rows.remove(&row) { -1 } else { 1 };
        delta.push(&[&[key], &row[..]].concat(), (), diff);
        if diff > 0 {
            rows.insert(row);
        }
    }

    /// Histories long enough that rows stand in several runs, of keys with hundreds of rows that come and go, up to the last of them.
    #[test]
    fn a_result_that_is_taken_on_is_the_fold_over_its_rows() {
        let halt = Halt::new(Budget { iterations: 1, rows: u64::MAX, made: 1 << 30 });
        for (seed, (fold, column)) in FOLDS.into_iter().enumerate() {
            let (texts, mut dice) = (Interner::new(), Dice(seed as u64));
            let (mut rows, mut groups, mut shown) = (Index::default(), Groups::new(), BTreeMap::new());
            let mut folding = Folding::new(fold, column);
            for step in 0..120 {
                let mut delta = Delta::new(3, 3);
                for _ in 0..if step % 40 == 0 { 2_000 } else { dice.roll(9) } {
                    let row = [word(fold, &texts, &mut dice), word(fold, &texts, &mut dice)].to_vec();
                    add_to(&mut groups, dice.roll(3), row, &mut delta);
                }
                if step % 40 == 39 {
                    let whole = groups.get(&1).cloned().unwrap_or_default();
                    whole.into_iter().for_each(|row| add_to(&mut groups, 1, row, &mut delta));
                }
                consolidate(&mut delta);
                let made = folding.changes(Read { before: &rows, change: &delta }, 1, &texts, &halt);
                rows.add(&delta);
                for i in 0..made.len() {
                    let (key, word) = (made.row(i)[0], made.row(i)[1]);
                    assert!(i == 0 || made.row(i - 1) < made.row(i), "{fold:?}: in order");
                    let stood = if made.diffs[i] > 0 { shown.insert((key, word), ()) } else { shown.remove(&(key, word)) };
                    assert_eq!(stood.is_some(), made.diffs[i] < 0, "{fold:?} step {step}");
                }
                let expected = results(&groups, fold, column, &texts);
                assert!(shown.keys().copied().eq(expected), "{fold:?} {column:?} step {step}");
            }
            assert!(rows.runs().count() > 1, "several runs");
        }
    }
}
