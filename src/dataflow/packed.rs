//! [`Packed`]: rows in as few bytes as their columns need. What all words of a column have in common is written once; of each word as many
//! bytes as the widest rest has, none if there is none.
//!
//! Ids, days and numbers of a relation lie close together, so a word of eight bytes takes two or three here. Rows are packed one after
//! the other, not column by column: who looks a row up reads one place in memory.

use super::rows::OwnedRow;
use super::updates::Delta;
use crate::types::Word;
use std::cmp::Ordering;
use std::ops::Range;

/// Bytes of a word. So many follow the last row, so that each of its columns can be read as a whole word.
const WORD: usize = size_of::<Word>();

/// What the rows' columns have in common.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Form {
    columns: Box<[Column]>,
    /// Bytes of a row.
    width: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Column {
    /// The least and the greatest word that may stand in it.
    least: Word,
    greatest: Word,
    /// Where it begins in a row.
    start: usize,
    /// The bits of a whole word, read there, that are this column's.
    mask: Word,
}

impl Form {
    /// For these rows.
    pub fn of(rows: &Delta) -> Form {
        Form::new((0..rows.stride).map(|column| rows.range(column)))
    }

    /// For the rows of both.
    pub fn over(a: &Form, b: &Form) -> Form {
        let both = |(a, b): (&Column, &Column)| (a.least.min(b.least), a.greatest.max(b.greatest));
        Form::new(a.columns.iter().zip(&b.columns).map(both))
    }

    fn new(ranges: impl Iterator<Item = (Word, Word)>) -> Form {
        let mut width = 0;
        let column = |(least, greatest): (Word, Word)| {
            let start = width;
            let bits = Word::BITS - greatest.saturating_sub(least).leading_zeros();
            let bytes = bits.div_ceil(u8::BITS) as usize;
            width += bytes;
            let mask = if bytes == WORD { Word::MAX } else { (1 << (bytes * 8)) - 1 };
            Column { least, greatest, start, mask }
        };
        let columns = ranges.map(column).collect();
        Form { columns, width }
    }

    /// Are rows of the other form, byte by byte, rows of this one?
    pub fn takes(&self, other: &Form) -> bool {
        let same = |(a, b): (&Column, &Column)| (a.least, a.mask) == (b.least, b.mask);
        self.columns.iter().zip(&other.columns).all(same)
    }
}

impl Column {
    #[inline(always)]
    fn get(&self, row: &[u8]) -> Word {
        let word: [u8; WORD] = row[self.start..self.start + WORD].try_into().expect("a word's bytes");
        self.least.wrapping_add(Word::from_le_bytes(word) & self.mask)
    }
}

pub struct Packed {
    /// The rows, and one word of nothing.
    bytes: Vec<u8>,
    form: Form,
    len: usize,
}

impl Packed {
    /// With room for so many rows and no more.
    pub fn with_room(form: Form, rows: usize) -> Packed {
        Packed { bytes: vec![0; rows * form.width + WORD], form, len: 0 }
    }

    pub fn of(rows: &Delta) -> Packed {
        let mut packed = Packed::with_room(Form::of(rows), rows.len());
        (0..rows.len()).for_each(|at| packed.push(rows.row(at)));
        packed
    }

    pub fn form(&self) -> &Form {
        &self.form
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn stride(&self) -> usize {
        self.form.columns.len()
    }

    /// A row of words that the form has room for.
    #[inline]
    pub fn push(&mut self, row: &[Word]) {
        let start = self.len * self.form.width;
        let bytes = &mut self.bytes[start..start + self.form.width + WORD];
        for (column, word) in self.form.columns.iter().zip(row) {
            debug_assert!((column.least..=column.greatest).contains(word), "a word within the form");
            // Reaches into the columns and rows behind, which are written later.
            let rest = word.wrapping_sub(column.least).to_le_bytes();
            bytes[column.start..column.start + WORD].copy_from_slice(&rest);
        }
        self.len += 1;
    }

    /// Rows of another one whose rows are, byte by byte, rows of this form.
    #[inline]
    pub fn append(&mut self, other: &Packed, range: Range<usize>) {
        debug_assert!(self.form.takes(&other.form), "bytes that mean the same here");
        let width = self.form.width;
        let room = self.len * width..(self.len + range.len()) * width;
        self.bytes[room].copy_from_slice(&other.bytes[range.start * width..range.end * width]);
        self.len += range.len();
    }

    #[inline(always)]
    fn row(&self, at: usize) -> &[u8] {
        &self.bytes[at * self.form.width..(at + 1) * self.form.width + WORD]
    }

    /// The first columns of a row, in `room`.
    #[inline]
    pub fn read<'a>(&self, at: usize, columns: usize, room: &'a mut OwnedRow) -> &'a [Word] {
        let row = self.row(at);
        if room.len() < columns {
            room.resize(columns, 0);
        }
        let words = &mut room[..columns];
        words.iter_mut().zip(&self.form.columns).for_each(|(word, column)| *word = column.get(row));
        words
    }

    /// The first columns of a row against these words.
    #[inline]
    pub fn compare(&self, at: usize, words: &[Word]) -> Ordering {
        let row = self.row(at);
        for (column, word) in self.form.columns.iter().zip(words) {
            match column.get(row).cmp(word) {
                Ordering::Equal => {}
                unequal => return unequal,
            }
        }
        Ordering::Equal
    }

    /// Gives back room for rows that did not come.
    pub fn shrink(&mut self) {
        self.bytes.truncate(self.len * self.form.width + WORD);
        self.bytes.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::super::sort::model::Dice;
    use super::*;

    /// Words around a base, some of them far apart, some all the same.
    fn random(dice: &mut Dice, stride: usize, rows: usize) -> Delta {
        let columns: Vec<(Word, u32)> =
            (0..stride).map(|_| (dice.roll(1 << 30).wrapping_mul(dice.roll(1 << 40)), dice.roll(65) as u32)).collect();
        let mut delta = Delta::new(stride, 0);
        for _ in 0..rows {
            let any = |dice: &mut Dice| dice.roll(1 << 31) << 33 ^ dice.roll(1 << 31) << 11 ^ dice.roll(1 << 11);
            let word = |&(base, bits): &(Word, u32)| base.wrapping_add(any(dice).checked_shr(bits).unwrap_or(0));
            let row: Vec<Word> = columns.iter().map(word).collect();
            delta.push(&row, (), 1);
        }
        delta
    }

    fn row(packed: &Packed, at: usize) -> Vec<Word> {
        packed.read(at, packed.stride(), &mut OwnedRow::new()).to_vec()
    }

    #[test]
    fn rows_come_back_and_compare_as_they_were() {
        for seed in 0..200 {
            let mut dice = Dice(seed);
            let (stride, count) = (dice.roll(8) as usize, dice.roll(20) as usize);
            let rows = random(&mut dice, stride, count);
            let packed = Packed::of(&rows);
            assert_eq!((packed.len(), packed.stride()), (count, stride));
            for i in 0..count {
                assert_eq!(row(&packed, i), rows.row(i), "seed {seed}");
                let columns = dice.roll(stride as u64 + 1) as usize;
                for j in 0..count {
                    let expected = rows.row(i)[..columns].cmp(&rows.row(j)[..columns]);
                    assert_eq!(packed.compare(i, &rows.row(j)[..columns]), expected, "seed {seed}");
                }
            }
        }
    }

    #[test]
    fn a_form_over_two_has_room_for_the_rows_of_both() {
        let mut alike = 0;
        for seed in 0..200 {
            let mut dice = Dice(seed);
            let stride = dice.roll(4) as usize;
            let parts = [0, 1].map(|_| random(&mut dice, stride, 10));
            let [a, b] = parts.each_ref().map(Packed::of);
            let mut all = Packed::with_room(Form::over(a.form(), b.form()), 20);
            if all.form().takes(a.form()) {
                all.append(&a, 2..10);
                all.append(&a, 1..1);
                alike += 1;
            } else {
                (2..10).for_each(|at| all.push(parts[0].row(at)));
            }
            (0..10).for_each(|at| all.push(parts[1].row(at)));
            all.shrink();
            let expected = (2..10).map(|i| parts[0].row(i)).chain((0..10).map(|i| parts[1].row(i)));
            assert_eq!((0..all.len()).map(|i| row(&all, i)).collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "seed {seed}");
        }
        assert!((20..180).contains(&alike), "both ways are gone: {alike}");
    }

    #[test]
    fn words_that_lie_together_take_few_bytes() {
        let mut rows = Delta::new(4, 0);
        (0..1_000).for_each(|i| rows.push(&[1 << 63 | i, 7, Word::MAX, i << 8], (), 1));
        assert_eq!(Form::of(&rows).width, 2 + 3);
        assert_eq!(Packed::of(&rows).bytes.capacity(), 5_000 + WORD);
    }

    #[test]
    fn a_wide_word_beside_a_narrow_one_stays_whole() {
        let mut rows = Delta::new(3, 0);
        rows.push(&[0, Word::MAX, 0], (), 1);
        rows.push(&[Word::MAX, 0, 300], (), 1);
        let packed = Packed::of(&rows);
        assert_eq!((row(&packed, 0), row(&packed, 1)), (vec![0, Word::MAX, 0], vec![Word::MAX, 0, 300]));
    }
}
