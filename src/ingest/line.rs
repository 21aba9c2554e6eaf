//! What leaves the door: a line that is good ([`Submitted`]), or what is wrong with it ([`Refused`], one for each mistake).

use crate::types::{RelId, Row, Said};

/// What one line wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// A row that must not contradict a present one of the same key; an identical one changes nothing.
    Insert,
    /// Replaces by key.
    Upsert,
    /// Takes a row away; the key is enough.
    Retract,
}

impl Op {
    /// Its name, nothing for an operation that could not be read.
    pub fn written(op: Option<Op>) -> &'static str {
        op.map_or("", Op::name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Op::Insert => "insert",
            Op::Upsert => "upsert",
            Op::Retract => "retract",
        }
    }

    pub fn from_name(name: &str) -> Option<Op> {
        [Op::Insert, Op::Upsert, Op::Retract].into_iter().find(|op| op.name() == name)
    }
}

/// A line of the right relation, arity and kinds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submitted {
    /// From 1.
    pub line: u64,
    pub relation: RelId,
    pub op: Op,
    pub row: SubmittedRow,
    /// Cells that were not spelled as they should be: column of the relation, and the text as sent.
    pub repaired: Vec<(u32, String)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SubmittedRow {
    Whole(Row),
    /// A retract by key: values of the key columns in the order of `RecordDecl::key`.
    Key(Row),
}

impl Submitted {
    /// What it takes of memory, roughly: texts by their length, everything else by its size.
    pub fn bytes(&self) -> usize {
        let (SubmittedRow::Whole(row) | SubmittedRow::Key(row)) = &self.row;
        let repaired = self.repaired.iter().map(|repair| size_of_val(repair) + repair.1.len());
        size_of::<Submitted>() + row.bytes() + repaired.sum::<usize>()
    }
}

impl Refused {
    /// As [`Submitted::bytes`].
    pub fn bytes(&self) -> usize {
        let texts = self.relation.len() + self.message.en.len() + self.message.zh.len() + self.pointer.len();
        size_of::<Refused>() + texts + self.key.bytes()
    }
}

/// A line of a table that is no record and was left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Skip {
    pub line: u64,
    /// What it is, one of [`super::refusal::CODES`].
    pub code: &'static str,
}

/// A mistake in a line, found at the door or by the records. `message` never holds a personal value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    pub line: u64,
    /// Empty if it could not be read.
    pub relation: String,
    /// `None` if it could not be read.
    pub op: Option<Op>,
    /// Stable, one of [`super::refusal::CODES`].
    pub code: &'static str,
    pub message: Said,
    /// JSON pointer to the column (`/row/id_no`), or empty.
    pub pointer: String,
    /// Values of the key columns, if readable and not personal; else none.
    pub key: Row,
}
