//! [`Cell`]: one value as it stands in a frame, with an explicit tag. The tags are frozen with format version 1:
//! 0 absent, 1 number, 2 unsigned, 3 float, 4 date, 5 datetime, 6 text, 7 sealed.
//!
//! Must not know how the codec spells numbers and lengths; it hands them over through `serde`, as a tuple of the tag and what follows.

use crate::types::{Kind, Value};
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

pub const ABSENT: u8 = 0;
pub const NUMBER: u8 = 1;
pub const UNSIGNED: u8 = 2;
pub const FLOAT: u8 = 3;
pub const DATE: u8 = 4;
pub const DATETIME: u8 = 5;
pub const TEXT: u8 = 6;
pub const SEALED: u8 = 7;

#[derive(Clone, PartialEq, Debug)]
pub enum Cell<'a> {
    Absent,
    Number(i64),
    Unsigned(u64),
    Float(f64),
    Date(i64),
    Datetime(i64),
    Text(&'a str),
    Sealed(Sealed<'a>),
}

/// An encrypted cell.
#[derive(Clone, PartialEq, Debug)]
pub struct Sealed<'a> {
    /// Tag of the cell inside, readable so that an erased cell keeps its kind.
    pub tag: u8,
    pub key: u32,
    /// Nonce, then ciphertext with its authenticator.
    pub bytes: Cow<'a, [u8]>,
}

impl<'a> Cell<'a> {
    pub fn of(value: &'a Value) -> Cell<'a> {
        match value {
            Value::Absent => Cell::Absent,
            Value::Number(x) => Cell::Number(*x),
            Value::Unsigned(x) => Cell::Unsigned(*x),
            Value::Float(x) => Cell::Float(x.get()),
            Value::Date(x) => Cell::Date(*x),
            Value::Datetime(x) => Cell::Datetime(*x),
            Value::Symbol(text) => Cell::Text(text),
            Value::Record(_) | Value::Adt(_) => unreachable!("no relation that is kept on disk has them"),
        }
    }

    /// `None` for a sealed one.
    pub fn value(&self) -> Option<Value> {
        Some(match self {
            Cell::Absent => Value::Absent,
            Cell::Number(x) => Value::Number(*x),
            Cell::Unsigned(x) => Value::Unsigned(*x),
            Cell::Float(x) => Value::float(*x),
            Cell::Date(x) => Value::Date(*x),
            Cell::Datetime(x) => Value::Datetime(*x),
            Cell::Text(text) => Value::symbol(text),
            Cell::Sealed(_) => return None,
        })
    }

    pub fn tag(&self) -> u8 {
        match self {
            Cell::Absent => ABSENT,
            Cell::Number(_) => NUMBER,
            Cell::Unsigned(_) => UNSIGNED,
            Cell::Float(_) => FLOAT,
            Cell::Date(_) => DATE,
            Cell::Datetime(_) => DATETIME,
            Cell::Text(_) => TEXT,
            Cell::Sealed(_) => SEALED,
        }
    }
}

/// The number of a kind in the schema: that of its cells.
pub fn tag_of_kind(kind: Kind) -> u8 {
    match kind {
        Kind::Number => NUMBER,
        Kind::Unsigned => UNSIGNED,
        Kind::Float => FLOAT,
        Kind::Date => DATE,
        Kind::Datetime => DATETIME,
        Kind::Symbol => TEXT,
        Kind::Record | Kind::Adt => unreachable!("no relation that is kept on disk has them"),
    }
}

pub fn kind_of_tag(tag: u8) -> Option<Kind> {
    Some(match tag {
        NUMBER => Kind::Number,
        UNSIGNED => Kind::Unsigned,
        FLOAT => Kind::Float,
        DATE => Kind::Date,
        DATETIME => Kind::Datetime,
        TEXT => Kind::Symbol,
        _ => return None,
    })
}

/// A run of bytes that the codec copies as one.
struct Run<'a>(&'a [u8]);

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(FIELDS_MAX)?;
        tuple.serialize_element(&self.tag())?;
        match self {
            Cell::Absent => {}
            Cell::Number(x) | Cell::Date(x) | Cell::Datetime(x) => tuple.serialize_element(x)?,
            Cell::Unsigned(x) => tuple.serialize_element(x)?,
            Cell::Float(x) => tuple.serialize_element(x)?,
            Cell::Text(text) => tuple.serialize_element(text)?,
            Cell::Sealed(sealed) => {
                tuple.serialize_element(&sealed.tag)?;
                tuple.serialize_element(&sealed.key)?;
                tuple.serialize_element(&Run(&sealed.bytes))?;
            }
        }
        tuple.end()
    }
}

/// Tag and the three fields of a sealed cell.
const FIELDS_MAX: usize = 4;

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cell<'a>, D::Error> {
        deserializer.deserialize_tuple(FIELDS_MAX, CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tagged cell")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell<'de>, A::Error> {
        Ok(match next::<u8, A>(&mut seq)? {
            ABSENT => Cell::Absent,
            NUMBER => Cell::Number(next(&mut seq)?),
            UNSIGNED => Cell::Unsigned(next(&mut seq)?),
            FLOAT => Cell::Float(next(&mut seq)?),
            DATE => Cell::Date(next(&mut seq)?),
            DATETIME => Cell::Datetime(next(&mut seq)?),
            TEXT => Cell::Text(next(&mut seq)?),
            SEALED => {
                let (tag, key) = (next(&mut seq)?, next(&mut seq)?);
                let bytes: &'de [u8] = next(&mut seq)?;
                Cell::Sealed(Sealed { tag, key, bytes: Cow::Borrowed(bytes) })
            }
            _ => return Err(A::Error::custom("unknown tag of a cell")),
        })
    }
}

fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(seq: &mut A) -> Result<T, A::Error> {
    seq.next_element()?.ok_or_else(|| A::Error::custom("a cell ends early"))
}
