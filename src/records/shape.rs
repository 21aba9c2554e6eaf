//! [`Shape`]: what `records` needs to know of one input relation.

use crate::expr::{self, Likeness};
use crate::program::Relation;
use crate::types::{Interner, Kind, RelId, Row, Value, Word};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    pub id: RelId,
    pub name: String,
    pub columns: Vec<ColumnShape>,
    /// All columns where the relation declares no key.
    pub key: Vec<usize>,
    pub keyed: bool,
    /// Columns of the key in which two spellings can be one.
    pub alike: Vec<(usize, Likeness)>,
    /// Kinds of agency that may write; a relation that is no record belongs to the operator.
    pub owners: Vec<String>,
    pub by: Option<usize>,
    pub personal: Vec<bool>,
    /// Moves by entries of its own, never by a batch.
    pub clock: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnShape {
    pub name: String,
    pub kind: Kind,
    pub optional: bool,
}

impl Shape {
    /// `None` if rows do not come from outside.
    pub fn of(id: RelId, relation: &Relation) -> Option<Shape> {
        if relation.input.is_none() && relation.record.is_none() && !relation.clock {
            return None;
        }
        let record = relation.record.as_ref();
        let mut personal = vec![false; relation.arity()];
        record.into_iter().flat_map(|record| &record.personal).for_each(|&column| personal[column] = true);
        let columns = relation.columns.iter().map(|c| ColumnShape { name: c.name.clone(), kind: c.kind, optional: c.optional });
        Some(Shape {
            id,
            name: relation.name.clone(),
            columns: columns.collect(),
            key: record.map_or_else(|| (0..relation.arity()).collect(), |record| record.key.clone()),
            keyed: record.is_some(),
            alike: record.map(|record| record.alike.clone()).unwrap_or_default(),
            owners: record.map(|record| record.owners.clone()).unwrap_or_default(),
            by: record.and_then(|record| record.by),
            personal,
            clock: relation.clock,
        })
    }

    pub fn arity(&self) -> usize {
        self.columns.len()
    }

    pub fn key_of(&self, words: &[Word]) -> Box<[Word]> {
        self.key.iter().map(|&column| words[column]).collect()
    }

    pub fn encode(&self, row: &[Value], texts: &Interner) -> Box<[Word]> {
        row.iter().zip(&self.columns).map(|(value, column)| texts.encode(value, column.kind)).collect()
    }

    pub fn decode(&self, words: &[Word], texts: &Interner) -> Row {
        let value = |(word, column): (&Word, &ColumnShape)| texts.decode(*word, column.kind, column.optional);
        Row::new(words.iter().zip(&self.columns).map(value).collect())
    }

    /// The values of a key, as refusals name it.
    pub fn decode_key(&self, key: &[Word], texts: &Interner) -> Row {
        let value = |(word, column): (&Word, &usize)| {
            let ColumnShape { kind, optional, .. } = self.columns[*column];
            texts.decode(*word, kind, optional)
        };
        Row::new(key.iter().zip(&self.key).map(value).collect())
    }

    /// The words of a key, `None` if one of its texts was never seen.
    pub fn look_up_key(&self, key: &Row, texts: &Interner) -> Option<Box<[Word]>> {
        let word = |(value, column): (&Value, &usize)| word_if_known(value, self.columns[*column].kind, texts);
        key.values().iter().zip(&self.key).map(word).collect()
    }

    pub fn encode_key(&self, key: &Row, texts: &Interner) -> Box<[Word]> {
        key.values().iter().zip(&self.key).map(|(value, column)| texts.encode(value, self.columns[*column].kind)).collect()
    }

    /// What a key means, however it is spelled.
    pub fn meant(&self, key: &Row) -> Row {
        expr::meant(&self.alike, &self.key, key)
    }
}

/// The word of a value, `None` for a text that was never seen.
pub fn word_if_known(value: &Value, kind: Kind, texts: &Interner) -> Option<Word> {
    match value {
        Value::Symbol(text) => texts.lookup(text),
        _ => Some(texts.encode(value, kind)),
    }
}

/// The key that a speaker means: its own name in the column (`by`) that names who writes, whatever stands there. `columns`: the key's.
pub fn own_key(by: Option<usize>, columns: &[usize], key: &Row, speaker: &str) -> Row {
    let own = |(value, column): (&Value, &usize)| if by == Some(*column) { Value::symbol(speaker) } else { value.clone() };
    Row::new(key.values().iter().zip(columns).map(own).collect())
}
