//! [`Spellings`]: the rows of a table by what their keys mean, for relations in which one number has several spellings (`alike=`).
//!
//! Promises: it follows the table's exact index, which alone says what is there; rows of one meaning may be many, for what came before
//! the rules said so stays. Memory is some 15 bytes a row: a hash and a slot, so that growing looks at no text.
//!
//! Must not know: which of several spellings stands; who asks.

use super::shape::Shape;
use crate::types::{Interner, Row, Value, Word};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

pub struct Spellings {
    texts: Arc<Interner>,
    index: HashTable<Spelled>,
    hasher: DefaultHashBuilder,
}

/// A row, and half the hash of what its key means.
#[derive(Clone, Copy)]
struct Spelled {
    hash: u32,
    slot: u32,
}

impl Spellings {
    pub fn new(texts: Arc<Interner>) -> Spellings {
        Spellings { texts, index: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }

    pub fn insert(&mut self, slot: u32, shape: &Shape, key: &[Word]) {
        let hash = self.hash_key(shape, key);
        self.index.insert_unique(spread(hash), Spelled { hash, slot }, |one| spread(one.hash));
    }

    pub fn remove(&mut self, slot: u32, shape: &Shape, key: &[Word]) {
        let hash = self.hash_key(shape, key);
        if let Ok(entry) = self.index.find_entry(spread(hash), |one| one.slot == slot) {
            entry.remove();
        }
    }

    /// The keys of this meaning. `row` tells the shape of the table, and the words in a slot.
    pub fn find<'a>(
        &'a self,
        meant: &'a Row,
        row: impl Fn(u32) -> (&'a Shape, &'a [Word]) + 'a,
    ) -> impl Iterator<Item = Box<[Word]>> + 'a {
        let hash = self.hash(meant);
        let same_hash = self.index.iter_hash(spread(hash)).filter(move |one| one.hash == hash);
        same_hash.filter_map(move |one| {
            let (shape, words) = row(one.slot);
            let key = shape.key_of(words);
            (self.meant(shape, &key) == *meant).then_some(key)
        })
    }

    fn meant(&self, shape: &Shape, key: &[Word]) -> Row {
        shape.meant(&shape.decode_key(key, &self.texts))
    }

    fn hash(&self, meant: &Row) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        meant.values().iter().for_each(|value| put(&mut hasher, value));
        hasher.finish() as u32
    }

    /// The hash of what a key means; no row is made of it.
    fn hash_key(&self, shape: &Shape, key: &[Word]) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        for (word, at) in key.iter().zip(&shape.key) {
            let column = &shape.columns[*at];
            let value = self.texts.decode(*word, column.kind, column.optional);
            match (&value, shape.alike.iter().find(|(alike, _)| alike == at)) {
                (Value::Symbol(text), Some((_, likeness))) => likeness.of(text).hash(&mut hasher),
                (value, _) => put(&mut hasher, value),
            }
        }
        hasher.finish() as u32
    }
}

fn put(hasher: &mut impl Hasher, value: &Value) {
    match value {
        Value::Symbol(text) => text.hash(hasher),
        other => other.hash(hasher),
    }
}

/// The table looks at the highest and the lowest bits.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
