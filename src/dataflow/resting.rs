//! [`Resting`]: the sorted rows of a run. Few stay as they are: they are in the cache, and in most epochs some of them are written anew.
//! Many are packed.

use super::packed::{Form, Packed, is_before};
use super::rows::{Keys, OwnedRow, compare_rows, first_between};
use super::updates::Delta;
use crate::limits::PLAIN_ROWS;
use crate::types::Word;
use differential_dataflow::trace::implementations::BatchContainer;
use std::cmp::Ordering;
use std::ops::Range;

pub enum Resting {
    Plain(Keys),
    Packed(Box<Packed>),
}

impl Resting {
    pub fn of(rows: &Delta) -> Resting {
        if rows.len() > PLAIN_ROWS {
            return Resting::Packed(Box::new(Packed::of(rows)));
        }
        let mut plain = Keys::with_room(rows.stride, rows.len());
        (0..rows.len()).for_each(|at| plain.push(rows.row(at)));
        Resting::Plain(plain)
    }

    /// With room for the rows of both.
    pub fn over(a: &Resting, b: &Resting) -> Resting {
        let rows = a.len() + b.len();
        if rows > PLAIN_ROWS {
            Resting::Packed(Box::new(Packed::with_room(Form::over(&a.form(), &b.form()), rows)))
        } else {
            Resting::Plain(Keys::with_room(a.stride(), rows))
        }
    }

    fn form(&self) -> Form {
        match self {
            Resting::Plain(rows) => Form::of(rows.words(), rows.stride()),
            Resting::Packed(rows) => rows.form().clone(),
        }
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        match self {
            Resting::Plain(rows) => rows.len(),
            Resting::Packed(rows) => rows.len(),
        }
    }

    pub fn stride(&self) -> usize {
        match self {
            Resting::Plain(rows) => rows.stride(),
            Resting::Packed(rows) => rows.stride(),
        }
    }

    /// The first columns of a row, perhaps put into `room`.
    #[inline(always)]
    pub fn read<'a>(&'a self, at: usize, columns: usize, room: &'a mut OwnedRow) -> &'a [Word] {
        match self {
            Resting::Plain(rows) => &rows.row(at)[..columns],
            Resting::Packed(rows) => rows.read(at, columns, room),
        }
    }

    /// The first columns of a row against these words.
    #[inline(always)]
    pub fn compare(&self, at: usize, words: &[Word]) -> Ordering {
        match self {
            Resting::Plain(rows) => compare_rows(&rows.row(at)[..words.len()], words),
            Resting::Packed(rows) => rows.compare(at, words),
        }
    }

    /// The first place among these whose row is not passed, or the one behind them.
    #[inline]
    pub fn first_between(&self, range: Range<usize>, words: &[Word], through: bool) -> usize {
        match self {
            Resting::Plain(_) => first_between(range.start, range.end, |at| is_before(self.compare(at, words), through)),
            Resting::Packed(rows) => rows.first_between(range.start, range.end, words, through),
        }
    }

    /// Are rows of the other one written here as they are there?
    pub fn takes(&self, other: &Resting) -> bool {
        match (self, other) {
            (Resting::Plain(_), Resting::Plain(_)) => true,
            (Resting::Packed(here), Resting::Packed(there)) => here.form().takes(there.form()),
            _ => false,
        }
    }

    /// Rows of another one that are written here as they are there.
    #[inline]
    pub fn append(&mut self, other: &Resting, range: Range<usize>) {
        match (self, other) {
            (Resting::Plain(here), Resting::Plain(there)) => here.append(there, range),
            (Resting::Packed(here), Resting::Packed(there)) => here.append(there, range),
            _ => unreachable!("rows that are written alike"),
        }
    }

    #[inline]
    pub fn push(&mut self, row: &[Word]) {
        match self {
            Resting::Plain(rows) => rows.push(row),
            Resting::Packed(rows) => rows.push(row),
        }
    }

    /// Gives back room for rows that did not come.
    pub fn shrink(&mut self) {
        match self {
            Resting::Plain(rows) => rows.shrink(),
            Resting::Packed(rows) => rows.shrink(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Delta {
        let mut rows = Delta::new(2, 0);
        (0..count as u64).for_each(|i| rows.push(&[i, 7], (), 1));
        rows
    }

    fn is_packed(rows: &Resting) -> bool {
        matches!(rows, Resting::Packed(_))
    }

    #[test]
    fn only_many_rows_are_packed_and_few_become_many() {
        let (few, most, many) = (rows(10), rows(PLAIN_ROWS), rows(PLAIN_ROWS + 1));
        let [few, most, many] = [&few, &most, &many].map(Resting::of);
        assert_eq!([&few, &most, &many].map(is_packed), [false, false, true]);
        assert!(!is_packed(&Resting::over(&few, &few)) && is_packed(&Resting::over(&few, &most)));
        let mut all = Resting::over(&most, &many);
        assert!(is_packed(&all) && all.takes(&many) && !all.takes(&most) && !few.takes(&many) && !many.takes(&few));
        let mut room = OwnedRow::new();
        (0..most.len()).for_each(|at| all.push(most.read(at, 2, &mut room)));
        all.append(&many, PLAIN_ROWS..PLAIN_ROWS + 1);
        all.shrink();
        assert_eq!((all.len(), all.stride()), (PLAIN_ROWS + 1, 2));
        assert!((0..all.len()).all(|at| all.read(at, 2, &mut room) == [at as Word, 7]));
    }
}
