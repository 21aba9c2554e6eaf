//! [`Ints`]: a column of integers in as few bytes as its widest needs, none while all are equal. [`Times`]: times as two such columns.
//!
//! Diffs are nearly always 1; after compaction an epoch is constant and rounds fit a byte.

use super::time::Time;
use differential_dataflow::trace::implementations::BatchContainer;
use std::marker::PhantomData;

#[derive(Default)]
pub struct Ints {
    cells: Cells,
    /// How many are expected, when a merge knows it.
    expected: usize,
}

enum Cells {
    Equal { value: i64, len: usize },
    Bits8(Vec<i8>),
    Bits32(Vec<i32>),
    Bits64(Vec<i64>),
}

impl Default for Cells {
    fn default() -> Cells {
        Cells::Equal { value: 0, len: 0 }
    }
}

impl Ints {
    pub fn expecting(expected: usize) -> Ints {
        Ints { cells: Cells::default(), expected }
    }

    #[inline(always)]
    pub fn at(&self, i: usize) -> i64 {
        match &self.cells {
            Cells::Equal { value, .. } => *value,
            Cells::Bits8(cells) => i64::from(cells[i]),
            Cells::Bits32(cells) => i64::from(cells[i]),
            Cells::Bits64(cells) => cells[i],
        }
    }

    #[inline(always)]
    pub fn put(&mut self, x: i64) {
        match &mut self.cells {
            Cells::Equal { value, len } if *len == 0 || *value == x => {
                *value = x;
                *len += 1;
                return;
            }
            Cells::Bits8(cells) => {
                if let Ok(x) = i8::try_from(x) {
                    return cells.push(x);
                }
            }
            Cells::Bits32(cells) => {
                if let Ok(x) = i32::try_from(x) {
                    return cells.push(x);
                }
            }
            Cells::Bits64(cells) => return cells.push(x),
            Cells::Equal { .. } => {}
        }
        self.widen(x);
    }

    /// Stores everything in cells that hold `x` too, and `x`.
    #[cold]
    fn widen(&mut self, x: i64) {
        let len = self.count();
        let fits = |bits: u32| {
            let fit = |y: i64| y >= -(1 << (bits - 1)) && y < 1 << (bits - 1);
            let held = match &self.cells {
                Cells::Equal { value, .. } => fit(*value),
                Cells::Bits8(_) => bits > 8,
                Cells::Bits32(_) | Cells::Bits64(_) => false,
            };
            held && fit(x)
        };
        let all = (0..len).map(|i| self.at(i)).chain([x]);
        let room = self.expected.max(len + 1);
        self.cells = if fits(8) {
            Cells::Bits8(sized(room, all.map(|y| y as i8)))
        } else if fits(32) {
            Cells::Bits32(sized(room, all.map(|y| y as i32)))
        } else {
            Cells::Bits64(sized(room, all))
        };
    }

    pub fn count(&self) -> usize {
        match &self.cells {
            Cells::Equal { len, .. } => *len,
            Cells::Bits8(cells) => cells.len(),
            Cells::Bits32(cells) => cells.len(),
            Cells::Bits64(cells) => cells.len(),
        }
    }
}

fn sized<X>(room: usize, cells: impl Iterator<Item = X>) -> Vec<X> {
    let mut out = Vec::with_capacity(room);
    out.extend(cells);
    out
}

impl BatchContainer for Ints {
    type Owned = i64;
    type ReadItem<'a> = i64;

    fn into_owned(item: i64) -> i64 {
        item
    }

    fn push_ref(&mut self, item: i64) {
        self.put(item);
    }

    fn push_own(&mut self, item: &i64) {
        self.put(*item);
    }

    fn clear(&mut self) {
        self.cells = Cells::default();
    }

    fn with_capacity(_size: usize) -> Self {
        Ints::default()
    }

    fn merge_capacity(a: &Self, b: &Self) -> Self {
        Ints::expecting(a.count() + b.count())
    }

    fn reborrow<'b, 'a: 'b>(item: i64) -> i64 {
        item
    }

    #[inline(always)]
    fn index(&self, at: usize) -> i64 {
        self.at(at)
    }

    fn len(&self) -> usize {
        self.count()
    }
}

pub struct Times<T> {
    epochs: Ints,
    rounds: Ints,
    time: PhantomData<T>,
}

impl<T: Time> BatchContainer for Times<T> {
    type Owned = T;
    type ReadItem<'a> = T;

    #[inline(always)]
    fn into_owned(item: T) -> T {
        item
    }

    #[inline(always)]
    fn push_ref(&mut self, item: T) {
        let (epoch, round) = item.parts();
        self.epochs.put(epoch);
        self.rounds.put(round);
    }

    #[inline(always)]
    fn push_own(&mut self, item: &T) {
        self.push_ref(*item);
    }

    fn clear(&mut self) {
        self.epochs.clear();
        self.rounds.clear();
    }

    fn with_capacity(_size: usize) -> Self {
        Times { epochs: Ints::default(), rounds: Ints::default(), time: PhantomData }
    }

    fn merge_capacity(a: &Self, b: &Self) -> Self {
        let expected = a.len() + b.len();
        Times { epochs: Ints::expecting(expected), rounds: Ints::expecting(expected), time: PhantomData }
    }

    fn reborrow<'b, 'a: 'b>(item: T) -> T {
        item
    }

    #[inline(always)]
    fn index(&self, at: usize) -> T {
        T::from_parts(self.epochs.at(at), self.rounds.at(at))
    }

    fn len(&self) -> usize {
        self.epochs.count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::time::{Round, round};
    use super::*;

    #[test]
    fn every_column_comes_back_at_every_width() {
        let (byte, word) = (i64::from(i8::MAX), i64::from(i32::MIN));
        let columns: [&[i64]; 8] = [
            &[],
            &[1, 1, 1],
            &[1, 1, -1, byte],
            &[1, -1, byte + 1],
            &[word, word, 2],
            &[1, word - 1, 0],
            &[i64::MAX, i64::MAX, i64::MIN],
            &[-128, -129, i64::MIN, 5],
        ];
        for column in columns {
            let mut ints = Ints::expecting(2);
            column.iter().for_each(|&x| ints.put(x));
            let back: Vec<i64> = (0..ints.len()).map(|i| ints.at(i)).collect();
            assert_eq!(back, column);
            ints.clear();
            ints.put(9);
            assert_eq!((ints.len(), ints.at(0)), (1, 9));
        }
    }

    #[test]
    fn equal_numbers_cost_nothing() {
        let mut ints = Ints::default();
        (0..1000).for_each(|_| ints.put(1));
        assert!(matches!(ints.cells, Cells::Equal { value: 1, len: 1000 }));
        ints.put(-1);
        assert!(matches!(ints.cells, Cells::Bits8(_)));
    }

    #[test]
    fn times_come_back() {
        let all: Vec<Round> = (0..300).map(|i| round(1 << 40, i % 7 * 1000)).collect();
        let mut times = Times::with_capacity(0);
        all.iter().for_each(|t| times.push_own(t));
        assert_eq!((0..times.len()).map(|i| times.index(i)).collect::<Vec<_>>(), all);
    }
}
