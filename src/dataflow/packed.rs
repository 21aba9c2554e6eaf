//! [`Packed`]: rows in as few bytes as their columns need. What all words of a column have in common is written once; of each word as many
//! bytes as the widest rest has, none if there is none.
//!
//! Ids, days and numbers of a relation lie close together, so a word of eight bytes takes two or three here. Rows are packed one after
//! the other, not column by column: who looks a row up reads one place in memory. Of each [`APART`] rows one stands apart once more, so
//! that most steps of a search stay in the cache.

use super::rows::{OwnedRow, first_between, ranges_of_columns};
use super::updates::Delta;
use crate::types::Word;
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::ops::Range;

/// Rows of which the first stands apart.
const APART: usize = 64;

/// Bytes of a word. So many follow the last row, so that each of its columns can be read as a whole word.
const WORD: usize = size_of::<Word>();

/// What the rows' columns have in common.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Form {
    /// In place: few relations have more.
    columns: SmallVec<[Column; 4]>,
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
    pub fn of(words: &[Word], stride: usize) -> Form {
        Form::new(ranges_of_columns(words, stride).into_iter())
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

    /// What a search for these words compares, unless all rows are before them, or none.
    #[inline]
    fn sought<'a>(&'a self, words: &'a [Word], through: bool) -> Result<Sought<'a>, Everywhere> {
        let (Some((column, columns)), Some((word, words))) = (self.columns.split_first(), words.split_first()) else {
            return Err(if through { Everywhere::Before } else { Everywhere::Behind });
        };
        if *word < column.least {
            return Err(Everywhere::Behind);
        }
        if *word > column.greatest {
            return Err(Everywhere::Before);
        }
        Ok(Sought { width: self.width, mask: column.mask, rest: word - column.least, columns, words, through })
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
        self.least.wrapping_add(word_at(row, self.start) & self.mask)
    }
}

#[inline(always)]
fn word_at(bytes: &[u8], start: usize) -> Word {
    let word: [u8; WORD] = bytes[start..start + WORD].try_into().expect("a word's bytes");
    Word::from_le_bytes(word)
}

/// The first columns of a row against these words.
#[inline]
fn compare(columns: &[Column], row: &[u8], words: &[Word]) -> Ordering {
    for (column, word) in columns.iter().zip(words) {
        match column.get(row).cmp(word) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    Ordering::Equal
}

/// Does a search for what is behind pass this?
#[inline(always)]
pub fn is_before(compared: Ordering, through: bool) -> bool {
    compared.is_lt() || through && compared.is_eq()
}

/// Where all rows are, seen from what is searched for.
enum Everywhere {
    Before,
    Behind,
}

/// What is searched for: the word of the first column as it is written in a row, so that few steps of a search decode anything.
struct Sought<'a> {
    width: usize,
    /// Of the first column, which begins the row.
    mask: Word,
    rest: Word,
    /// What is compared of rows that begin alike.
    columns: &'a [Column],
    words: &'a [Word],
    through: bool,
}

impl Sought<'_> {
    #[inline]
    fn first_between(&self, rows: &[u8], low: usize, high: usize) -> usize {
        first_between(low, high, |at| {
            let start = at * self.width;
            match (word_at(rows, start) & self.mask).cmp(&self.rest) {
                Ordering::Less => true,
                Ordering::Greater => false,
                Ordering::Equal => is_before(compare(self.columns, &rows[start..], self.words), self.through),
            }
        })
    }
}

pub struct Packed {
    /// The rows, and one word of nothing.
    bytes: Vec<u8>,
    /// The first of each [`APART`] rows, and one word of nothing.
    apart: Vec<u8>,
    form: Form,
    len: usize,
}

impl Packed {
    /// With room for so many rows and no more.
    pub fn with_room(form: Form, rows: usize) -> Packed {
        let room = |rows: usize| vec![0; rows * form.width + WORD];
        Packed { bytes: room(rows), apart: room(rows.div_ceil(APART)), form, len: 0 }
    }

    pub fn of(rows: &Delta) -> Packed {
        let mut packed = Packed::with_room(Form::of(&rows.words, rows.stride), rows.len());
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
        self.count(1);
    }

    /// Rows of another one whose rows are, byte by byte, rows of this form.
    #[inline]
    pub fn append(&mut self, other: &Packed, range: Range<usize>) {
        debug_assert!(self.form.takes(&other.form), "bytes that mean the same here");
        let width = self.form.width;
        let room = self.len * width..(self.len + range.len()) * width;
        self.bytes[room].copy_from_slice(&other.bytes[range.start * width..range.end * width]);
        self.count(range.len());
    }

    /// So many rows were written.
    #[inline]
    fn count(&mut self, rows: usize) {
        let (first, width) = (self.len.next_multiple_of(APART), self.form.width);
        self.len += rows;
        for at in (first..self.len).step_by(APART) {
            self.apart[at / APART * width..][..width].copy_from_slice(&self.bytes[at * width..][..width]);
        }
    }

    /// The first place from `from` on whose row does not come before these words, nor, if the search goes `through` them, begins with
    /// them; or `end`.
    #[inline]
    pub fn first_between(&self, from: usize, end: usize, words: &[Word], through: bool) -> usize {
        let sought = match self.form.sought(words, through) {
            Ok(sought) => sought,
            Err(Everywhere::Before) => return end,
            Err(Everywhere::Behind) => return from,
        };
        if end - from <= APART {
            return sought.first_between(&self.bytes, from, end);
        }
        let first = from.div_ceil(APART);
        let found = sought.first_between(&self.apart, first, end.div_ceil(APART));
        // The one that stands apart before it is before, if it was looked at; the found one is not.
        let low = if found > first { (found - 1) * APART + 1 } else { from };
        sought.first_between(&self.bytes, low, end.min(found * APART))
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
        compare(&self.form.columns, self.row(at), words)
    }

    /// Gives back room for rows that did not come.
    pub fn shrink(&mut self) {
        self.bytes.truncate(self.len * self.form.width + WORD);
        self.bytes.shrink_to_fit();
        self.apart.truncate(self.len.div_ceil(APART) * self.form.width + WORD);
        self.apart.shrink_to_fit();
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
    fn a_search_ends_where_comparing_every_row_ends() {
        for seed in 0..30 {
            let mut dice = Dice(seed);
            let mut rows = Delta::new(2, 0);
            let (count, each) = (dice.roll(1_000), 1 + dice.roll(300));
            (0..count).for_each(|i| rows.push(&[1 + i / each * 2, 1 + i % each * 2], (), 1));
            // Written in pieces, of which some are copied.
            let (count, whole) = (count as usize, Packed::of(&rows));
            let mut packed = Packed::with_room(whole.form().clone(), count + 100);
            while packed.len() < count {
                let next = packed.len()..count.min(packed.len() + dice.roll(150) as usize);
                if dice.roll(2) == 0 {
                    packed.append(&whole, next);
                } else {
                    next.for_each(|at| packed.push(rows.row(at)));
                }
            }
            packed.shrink();
            for _ in 0..1_000 {
                let from = dice.roll(count as u64 + 1) as usize;
                let end = from + dice.roll((count - from) as u64 + 1) as usize;
                let words = [dice.roll(count as u64 / each * 2 + 4), dice.roll(2 * each + 2)];
                let (words, through) = (&words[..dice.roll(3) as usize], dice.roll(2) == 0);
                let before = |at: &usize| is_before(rows.row(*at)[..words.len()].cmp(words), through);
                let expected = (from..end).find(|at| !before(at)).unwrap_or(end);
                assert_eq!(
                    packed.first_between(from, end, words, through),
                    expected,
                    "seed {seed} {from}..{end} {words:?} {through}"
                );
            }
        }
    }

    #[test]
    fn words_that_lie_together_take_few_bytes() {
        let mut rows = Delta::new(4, 0);
        (0..1_000).for_each(|i| rows.push(&[1 << 63 | i, 7, Word::MAX, i << 8], (), 1));
        let packed = Packed::of(&rows);
        assert_eq!(packed.form.width, 2 + 3);
        assert_eq!(packed.bytes.capacity(), 5_000 + WORD);
        assert_eq!(packed.apart.capacity(), 5_000_usize.div_ceil(5 * APART) * 5 + WORD);
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
