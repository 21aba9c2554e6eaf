//! Records and branches over words: putting one together, asking which it is, taking a field out. All three are total: of a value of
//! another shape (or of `nil`) every field is the least word of its kind, and a rule asks first which it has.
//!
//! The first argument is always the text of a [`Shape`], written by the checker.

use super::functor::Functor;
use crate::types::{Interner, Kind, NIL, Shape, ShapeId, Word, word_of_float, word_of_number};

/// What a field is where there is none.
pub(super) fn no_field(kind: Kind) -> Word {
    match kind {
        Kind::Number | Kind::Date | Kind::Datetime => word_of_number(0),
        Kind::Unsigned => 0,
        Kind::Float => word_of_float(0.0),
        Kind::Symbol => 0,
        Kind::Record | Kind::Adt => NIL,
    }
}

pub(super) fn is(word: Word, shape: ShapeId, texts: &Interner) -> Word {
    word_of_number(i64::from(texts.fields(word, shape).is_some()))
}

pub(super) fn field(word: Word, shape: ShapeId, at: u16, otherwise: Word, texts: &Interner) -> Word {
    texts.fields(word, shape).and_then(|fields| fields.get(usize::from(at)).copied()).unwrap_or(otherwise)
}

/// For who does not compile first: reads the shape each time.
pub(super) fn eval(functor: Functor, args: &[Word], texts: &Interner) -> Word {
    let shape = texts.shape(&shape_of(&texts.text(args[0])));
    match functor {
        Functor::Build => texts.make_built(shape, &args[1..]),
        Functor::Is => is(args[1], shape, texts),
        Functor::Field(at, kind) => field(args[1], shape, at, no_field(kind), texts),
        _ => unreachable!("only functors of structures come here"),
    }
}

pub(super) fn shape_of(text: &str) -> Shape {
    Shape::from_text(text).expect("the checker writes the texts of shapes")
}

/// The raw number of a value, of whatever kind.
pub(super) fn ord(kind: Kind, word: Word) -> i64 {
    match kind {
        Kind::Number | Kind::Date | Kind::Datetime => crate::types::number_of(word),
        Kind::Unsigned | Kind::Record | Kind::Adt => word as i64,
        Kind::Float => crate::types::float_of(word).to_bits() as i64,
        // Ids begin with 1, numbers of symbols with 0.
        Kind::Symbol => word as i64 - 1,
    }
}
