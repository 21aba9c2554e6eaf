//! [`Chunk`]: the rows of a few neighbouring slots of a table. A table and a snapshot that is being written share chunks; one that changes
//! meanwhile is copied first, so that the snapshot keeps what was there when it began and nobody waits for it.

use super::held::AsserterId;
use crate::limits::TABLE_CHUNK_SLOTS;
use crate::types::Word;
use std::collections::BTreeMap;

/// Columns of a row, and the text that was sent for each.
pub type AsSent = Box<[(u32, Box<str>)]>;

/// Stands in the place of an asserter where there is no row.
pub const FREE: AsserterId = u32::MAX;

#[derive(Clone, Default)]
pub struct Chunk {
    words: Vec<Word>,
    /// One for each slot; [`FREE`] where there is no row.
    asserters: Vec<AsserterId>,
    /// By slot of this chunk: what was written otherwise in the row there. Few rows have any.
    repaired: BTreeMap<u32, AsSent>,
}

impl Chunk {
    /// Room for all of its rows: only the first chunk of a table stays small.
    pub fn with_room(arity: usize) -> Chunk {
        Chunk {
            words: Vec::with_capacity(arity * TABLE_CHUNK_SLOTS),
            asserters: Vec::with_capacity(TABLE_CHUNK_SLOTS),
            repaired: BTreeMap::new(),
        }
    }

    pub fn row(&self, slot: usize, arity: usize) -> &[Word] {
        &self.words[slot * arity..(slot + 1) * arity]
    }

    pub fn asserters(&self) -> &[AsserterId] {
        &self.asserters
    }

    pub fn push(&mut self, row: &[Word], asserter: AsserterId) {
        self.words.extend_from_slice(row);
        self.asserters.push(asserter);
    }

    pub fn put(&mut self, slot: usize, row: &[Word], asserter: AsserterId) {
        let arity = row.len();
        self.words[slot * arity..(slot + 1) * arity].copy_from_slice(row);
        self.asserters[slot] = asserter;
    }

    pub fn free(&mut self, slot: usize) {
        self.asserters[slot] = FREE;
        self.repaired.remove(&(slot as u32));
    }

    pub fn note(&mut self, slot: usize, as_sent: AsSent) {
        self.repaired.insert(slot as u32, as_sent);
    }

    pub fn forget(&mut self, slot: usize) {
        self.repaired.remove(&(slot as u32));
    }

    /// Slots from `first` on with what was written otherwise there.
    pub fn repaired(&self, first: usize) -> impl Iterator<Item = (usize, &AsSent)> {
        self.repaired.range(first as u32..).map(|(slot, as_sent)| (*slot as usize, as_sent))
    }

    /// Bytes of a copy, some texts left out.
    pub fn bytes(&self) -> usize {
        self.words.len() * size_of::<Word>() + self.asserters.len() * size_of::<AsserterId>()
    }
}
