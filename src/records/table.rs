//! [`Table`]: the rows of one relation as words, flat, found by key; and the few that are hidden.
//!
//! A row keeps its slot for as long as it is there. Memory is 8 bytes a column and some 10 a row; some 15 more where keys have several
//! spellings.

use super::chunk::{AsSent, Chunk, FREE};
use super::held::{Asserted, AsserterId, Held, Rank};
use super::shape::Shape;
use super::spellings::Spellings;
use crate::limits::TABLE_CHUNK_SLOTS;
use crate::types::{Interner, Row, Word};
use hashbrown::HashTable;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

pub struct Table {
    pub shape: Shape,
    /// Which cells of the rows that are there were sealed, where the shape says otherwise now.
    pub written: Option<Vec<bool>>,
    /// All full but the last; shared with a snapshot that is being written.
    chunks: Vec<Arc<Chunk>>,
    /// The last one is taken first.
    free: Vec<u32>,
    index: HashTable<u32>,
    hidden: Arc<HashMap<Box<[Word]>, Asserted>>,
    /// Only where keys have several spellings.
    spellings: Option<Spellings>,
    hasher: RandomState,
}

impl Table {
    pub fn new(shape: Shape, texts: &Arc<Interner>) -> Table {
        let spellings = (!shape.alike.is_empty()).then(|| Spellings::new(texts.clone()));
        Table {
            shape,
            spellings,
            written: None,
            chunks: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            hidden: Arc::default(),
            hasher: RandomState::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Slots in use and free.
    pub fn slots(&self) -> usize {
        self.index.len() + self.free.len()
    }

    pub fn row(&self, slot: usize) -> Option<(&[Word], AsserterId)> {
        let asserter = *self.chunks.get(slot / TABLE_CHUNK_SLOTS)?.asserters().get(slot % TABLE_CHUNK_SLOTS)?;
        (asserter != FREE).then(|| (self.at(slot), asserter))
    }

    pub fn rows(&self) -> impl Iterator<Item = (&[Word], AsserterId)> {
        (0..self.slots()).filter_map(|slot| self.row(slot))
    }

    pub fn hidden(&self) -> impl Iterator<Item = &Asserted> {
        self.hidden.values()
    }

    pub fn find(&self, key: &[Word]) -> Option<usize> {
        let slot = self.index.find(self.hash(key), |&slot| self.has_key(slot as usize, key))?;
        Some(*slot as usize)
    }

    /// Keys of rows that are there and mean the same, each in its spelling. None where keys have one spelling.
    pub fn spelled<'a>(&'a self, meant: &'a Row) -> impl Iterator<Item = Box<[Word]>> + 'a {
        let Table { spellings, shape, .. } = self;
        spellings.iter().flat_map(move |spellings| spellings.find(meant, |slot| (shape, self.at(slot as usize))))
    }

    /// What is asserted under a key. `rank` tells the rank of an asserter.
    pub fn held(&self, key: &[Word], rank: impl Fn(AsserterId) -> Rank) -> Held {
        let top = self.find(key).and_then(|slot| self.row(slot));
        let top = top.map(|(row, asserter)| Asserted { row: row.into(), asserter, rank: rank(asserter) });
        let hidden = if self.hidden.is_empty() { None } else { self.hidden.get(key).cloned() };
        Held { top, hidden }
    }

    /// Puts what is asserted under a key in the place of what was.
    pub fn set(&mut self, key: &[Word], held: Held) {
        match (self.find(key), held.top) {
            (Some(slot), Some(top)) => {
                let same = self.row(slot).is_some_and(|(row, asserter)| asserter == top.asserter && row == &*top.row);
                let (chunk, at) = self.chunk(slot);
                if !same {
                    chunk.forget(at);
                }
                chunk.put(at, &top.row, top.asserter);
            }
            (Some(slot), None) => self.remove(slot, key),
            (None, Some(top)) => self.insert(key, &top),
            (None, None) => {}
        }
        match held.hidden {
            Some(hidden) => {
                Arc::make_mut(&mut self.hidden).insert(key.into(), hidden);
            }
            None if self.hidden.is_empty() => {}
            None => {
                Arc::make_mut(&mut self.hidden).remove(key);
            }
        }
    }

    /// Notes what was sent for cells of the row under this key. It goes when the row does.
    pub fn note_repaired(&mut self, key: &[Word], as_sent: AsSent) {
        if let Some(slot) = self.find(key) {
            let (chunk, at) = self.chunk(slot);
            chunk.note(at, as_sent);
        }
    }

    /// Slots from `first` on with what was written otherwise there.
    pub fn repaired(&self, first: u32) -> impl Iterator<Item = (usize, &AsSent)> {
        let first = first as usize;
        let chunks = self.chunks.iter().enumerate().skip(first / TABLE_CHUNK_SLOTS);
        chunks.flat_map(move |(number, chunk)| {
            let begin = number * TABLE_CHUNK_SLOTS;
            chunk.repaired(first.saturating_sub(begin)).map(move |(at, as_sent)| (begin + at, as_sent))
        })
    }

    /// The table as it is now, whatever becomes of it; some pointers are copied and no rows.
    pub fn freeze(&self) -> FrozenTable {
        FrozenTable {
            shape: self.shape.clone(),
            written: self.written.clone(),
            chunks: self.chunks.iter().cloned().collect(),
            free: self.free.clone(),
            hidden: self.hidden.clone(),
            rows: self.len(),
        }
    }

    /// A table of rows that are known already, each in its slot. `None` if they do not go together: two rows under one key, or free slots
    /// that are not.
    pub fn thaw(frozen: FrozenTable, texts: &Arc<Interner>) -> Option<Table> {
        let FrozenTable { shape, written, chunks, free, hidden, rows } = frozen;
        let mut table = Table { written, chunks: chunks.into(), free, hidden, ..Table::new(shape, texts) };
        let slots = table.chunks.iter().map(|chunk| chunk.asserters().len()).sum::<usize>();
        let all_full = table.chunks.iter().rev().skip(1).all(|chunk| chunk.asserters().len() == TABLE_CHUNK_SLOTS);
        let is_free = |slot: &u32| (*slot as usize) < slots && table.row(*slot as usize).is_none();
        let once: HashSet<u32> = table.free.iter().copied().collect();
        if !all_full || slots != rows + once.len() || once.len() != table.free.len() || !once.iter().all(is_free) {
            return None;
        }
        let Table { index, chunks, shape, hasher, spellings, .. } = &mut table;
        let again = |slot: u32| hash_row(hasher, shape, row_at(chunks, slot as usize, shape.arity()));
        index.reserve(rows, |&slot| again(slot));
        for slot in 0..slots {
            let (chunk, at) = (&chunks[slot / TABLE_CHUNK_SLOTS], slot % TABLE_CHUNK_SLOTS);
            if chunk.asserters()[at] == FREE {
                continue;
            }
            let row = row_at(chunks, slot, shape.arity());
            let same = |&other: &u32| shape.key.iter().all(|&c| row_at(chunks, other as usize, shape.arity())[c] == row[c]);
            let hash = hash_row(hasher, shape, row);
            if index.find(hash, same).is_some() {
                return None;
            }
            index.insert_unique(hash, slot as u32, |&slot| again(slot));
            if let Some(spellings) = spellings {
                spellings.insert(slot as u32, shape, &shape.key_of(row));
            }
        }
        (table.len() == rows).then_some(table)
    }

    fn insert(&mut self, key: &[Word], new: &Asserted) {
        let slot = match self.free.pop() {
            Some(slot) => {
                let (chunk, at) = self.chunk(slot as usize);
                chunk.put(at, &new.row, new.asserter);
                slot
            }
            None => self.push(new),
        };
        let hash = self.hash(key);
        let Table { index, chunks, shape, hasher, .. } = self;
        let again = |&slot: &u32| hash_row(hasher, shape, row_at(chunks, slot as usize, shape.arity()));
        index.insert_unique(hash, slot, again);
        if let Some(spellings) = &mut self.spellings {
            spellings.insert(slot, &self.shape, key);
        }
    }

    /// Behind the last slot; none is free.
    fn push(&mut self, new: &Asserted) -> u32 {
        let slot = self.index.len();
        if slot / TABLE_CHUNK_SLOTS == self.chunks.len() {
            let chunk = if slot == 0 { Chunk::default() } else { Chunk::with_room(self.shape.arity()) };
            self.chunks.push(Arc::new(chunk));
        }
        self.chunk(slot).0.push(&new.row, new.asserter);
        u32::try_from(slot).expect("fewer than 2^32 rows in a relation")
    }

    fn remove(&mut self, slot: usize, key: &[Word]) {
        let hash = self.hash(key);
        if let Ok(entry) = self.index.find_entry(hash, |&other| other as usize == slot) {
            entry.remove();
        }
        if let Some(spellings) = &mut self.spellings {
            spellings.remove(slot as u32, &self.shape, key);
        }
        let (chunk, at) = self.chunk(slot);
        chunk.free(at);
        self.free.push(slot as u32);
    }

    /// Where a slot is, to be changed.
    fn chunk(&mut self, slot: usize) -> (&mut Chunk, usize) {
        (Arc::make_mut(&mut self.chunks[slot / TABLE_CHUNK_SLOTS]), slot % TABLE_CHUNK_SLOTS)
    }

    fn at(&self, slot: usize) -> &[Word] {
        row_at(&self.chunks, slot, self.shape.arity())
    }

    fn has_key(&self, slot: usize, key: &[Word]) -> bool {
        let row = self.at(slot);
        self.shape.key.iter().zip(key).all(|(&column, word)| row[column] == *word)
    }

    fn hash(&self, key: &[Word]) -> u64 {
        hash_words(&self.hasher, key.iter().copied())
    }
}

/// What a snapshot writes of a table, and what a table is made of again.
pub struct FrozenTable {
    pub shape: Shape,
    pub written: Option<Vec<bool>>,
    pub chunks: VecDeque<Arc<Chunk>>,
    pub free: Vec<u32>,
    pub hidden: Arc<HashMap<Box<[Word]>, Asserted>>,
    pub rows: usize,
}

fn row_at(chunks: &[Arc<Chunk>], slot: usize, arity: usize) -> &[Word] {
    chunks[slot / TABLE_CHUNK_SLOTS].row(slot % TABLE_CHUNK_SLOTS, arity)
}

fn hash_row(hasher: &RandomState, shape: &Shape, row: &[Word]) -> u64 {
    hash_words(hasher, shape.key.iter().map(|&column| row[column]))
}

fn hash_words(hasher: &RandomState, words: impl Iterator<Item = Word>) -> u64 {
    use std::hash::Hasher;
    let mut state = hasher.build_hasher();
    words.for_each(|word| state.write_u64(word));
    state.finish()
}
