//! The vocabulary everything else is written in: kinds, values, rows, words, changes, ids.
//!
//! Promises: nothing here knows rules, bytes on disk, threads or the network. A [`Value`] is what people and files mean;
//! a [`Word`] is how the engine holds it; [`Interner`] is the only bridge between text and words.

mod case;
mod date;
mod glyph;
mod hash;
mod id;
mod interner;
mod made;
mod node;
mod part;
mod row;
mod said;
mod shards;
mod value;
mod word;

pub use case::{CaseState, Dismissal};
pub use date::{
    CivilError, DAY_MAX, DAY_MIN, Day, add_months, date_text, datetime_text, day_from_civil, day_of_datetime, parse_date,
    parse_datetime, term_end, to_civil, weekday,
};
pub use glyph::{is_space, narrow};
pub use hash::short_hash;
pub use id::{Epoch, RelId, RuleIx, VarId};
pub use interner::Interner;
pub use made::{Meter, has_room, within};
pub use node::{Shape, ShapeId};
pub use part::Part;
pub use row::{Change, Row, key_text};
pub use said::{Lang, Said};
pub use shards::{HashName, Shards};
pub use value::{F64, Kind, Value};
pub use word::{ABSENT_TEXT, NIL, Word, absent_word, float_of, number_of, word_of_float, word_of_number};
