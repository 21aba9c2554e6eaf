//! [`Word`]: the engine's form of one cell, 64 bits, one per column.
//!
//! Numbers, dates and instants are stored with the sign bit flipped and floats with the usual sign trick, so that unsigned order
//! of words is the order of values. Text is an interned id, whose order means nothing. Absent is a word that no value can equal:
//! the smallest number, the largest unsigned, a pattern no float is encoded to, and text id 0.

use super::{F64, Kind};

pub type Word = u64;

/// The id that stands for an absent text; [`super::Interner`] never gives it out.
pub const ABSENT_TEXT: Word = 0;

const SIGN: u64 = 1 << 63;

/// `nil`, which is of every record type.
pub const NIL: Word = 0;

#[inline(always)]
pub fn word_of_number(x: i64) -> Word {
    (x as u64) ^ SIGN
}

#[inline(always)]
pub fn number_of(word: Word) -> i64 {
    (word ^ SIGN) as i64
}

#[inline]
pub fn word_of_float(x: f64) -> Word {
    let bits = F64::new(x).get().to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

#[inline]
pub fn float_of(word: Word) -> f64 {
    f64::from_bits(if word & SIGN != 0 { word & !SIGN } else { !word })
}

/// The word that stands for "absent" in an optional column of this kind.
#[inline]
pub fn absent_word(kind: Kind) -> Word {
    match kind {
        Kind::Number | Kind::Date | Kind::Datetime => word_of_number(i64::MIN),
        Kind::Unsigned => u64::MAX,
        Kind::Float => 0,
        Kind::Symbol => ABSENT_TEXT,
        // Columns of these are never optional.
        Kind::Record | Kind::Adt => NIL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_words_is_order_of_numbers() {
        let mut last = None;
        for x in [i64::MIN, -2, -1, 0, 1, i64::MAX] {
            let word = word_of_number(x);
            assert_eq!(number_of(word), x);
            assert!(last < Some(word));
            last = Some(word);
        }
    }

    #[test]
    fn order_of_words_is_order_of_floats_and_absent_is_none_of_them() {
        let mut last = Some(absent_word(Kind::Float));
        for x in [f64::NEG_INFINITY, -1.5, -0.0, 1e-300, 1.5, f64::INFINITY, f64::NAN] {
            let word = word_of_float(x);
            assert_eq!(F64::new(float_of(word)), F64::new(x));
            assert!(last < Some(word), "{x}");
            last = Some(word);
        }
    }
}
