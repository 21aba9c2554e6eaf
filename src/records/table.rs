//! [`Table`]: the rows of one relation as words, flat, found by key; and the few that are hidden.
//!
//! A row keeps its slot for as long as it is there. Memory is 8 bytes a column and some 10 a row; some 15 more where keys have several
//! spellings.

use super::held::{Asserted, AsserterId, Held, Rank};
use super::shape::Shape;
use super::spellings::Spellings;
use crate::types::{Interner, Row, Word};
use hashbrown::HashTable;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

pub struct Table {
    pub shape: Shape,
    /// Which cells of the rows that are there were sealed, where the shape says otherwise now.
    pub written: Option<Vec<bool>>,
    words: Vec<Word>,
    /// One for each slot; [`FREE`] where there is no row.
    asserters: Vec<AsserterId>,
    free: Vec<u32>,
    index: HashTable<u32>,
    hidden: HashMap<Box<[Word]>, Asserted>,
    /// Only where keys have several spellings.
    spellings: Option<Spellings>,
    /// By slot: what was written otherwise in the row there. Few rows have any.
    repaired: BTreeMap<u32, AsSent>,
    hasher: RandomState,
}

/// Columns of a row, and the text that was sent for each.
pub type AsSent = Box<[(u32, Box<str>)]>;

const FREE: AsserterId = u32::MAX;

impl Table {
    pub fn new(shape: Shape, texts: &Arc<Interner>) -> Table {
        let spellings = (!shape.alike.is_empty()).then(|| Spellings::new(texts.clone()));
        Table {
            shape,
            spellings,
            written: None,
            words: Vec::new(),
            asserters: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            hidden: HashMap::new(),
            repaired: BTreeMap::new(),
            hasher: RandomState::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Slots in use and free.
    pub fn slots(&self) -> usize {
        self.asserters.len()
    }

    pub fn row(&self, slot: usize) -> Option<(&[Word], AsserterId)> {
        let asserter = *self.asserters.get(slot)?;
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
        let top = self.find(key).map(|slot| {
            let asserter = self.asserters[slot];
            Asserted { row: self.at(slot).into(), asserter, rank: rank(asserter) }
        });
        let hidden = if self.hidden.is_empty() { None } else { self.hidden.get(key).cloned() };
        Held { top, hidden }
    }

    /// Puts what is asserted under a key in the place of what was.
    pub fn set(&mut self, key: &[Word], held: Held) {
        match (self.find(key), held.top) {
            (Some(slot), Some(top)) => {
                let arity = self.shape.arity();
                if self.asserters[slot] != top.asserter || self.at(slot) != &*top.row {
                    self.repaired.remove(&(slot as u32));
                }
                self.words[slot * arity..(slot + 1) * arity].copy_from_slice(&top.row);
                self.asserters[slot] = top.asserter;
            }
            (Some(slot), None) => self.remove(slot, key),
            (None, Some(top)) => self.insert(key, &top),
            (None, None) => {}
        }
        match held.hidden {
            Some(hidden) => {
                self.hidden.insert(key.into(), hidden);
            }
            None if self.hidden.is_empty() => {}
            None => {
                self.hidden.remove(key);
            }
        }
    }

    /// Notes what was sent for cells of the row under this key. It goes when the row does.
    pub fn note_repaired(&mut self, key: &[Word], as_sent: AsSent) {
        if let Some(slot) = self.find(key) {
            self.repaired.insert(slot as u32, as_sent);
        }
    }

    /// Slots from `first` on with what was written otherwise there.
    pub fn repaired(&self, first: u32) -> impl Iterator<Item = (usize, &AsSent)> {
        self.repaired.range(first..).map(|(slot, as_sent)| (*slot as usize, as_sent))
    }

    fn insert(&mut self, key: &[Word], new: &Asserted) {
        let arity = self.shape.arity();
        let slot = match self.free.pop() {
            Some(slot) => {
                let at = slot as usize;
                self.words[at * arity..(at + 1) * arity].copy_from_slice(&new.row);
                self.asserters[at] = new.asserter;
                slot
            }
            None => {
                self.words.extend_from_slice(&new.row);
                self.asserters.push(new.asserter);
                u32::try_from(self.asserters.len() - 1).expect("fewer than 2^32 rows in a relation")
            }
        };
        let hash = self.hash(key);
        let Table { index, words, shape, hasher, .. } = self;
        let again = |&slot: &u32| hash_row(hasher, shape, &words[slot as usize * arity..]);
        index.insert_unique(hash, slot, again);
        if let Some(spellings) = &mut self.spellings {
            spellings.insert(slot, &self.shape, key);
        }
    }

    fn remove(&mut self, slot: usize, key: &[Word]) {
        let hash = self.hash(key);
        if let Ok(entry) = self.index.find_entry(hash, |&other| other as usize == slot) {
            entry.remove();
        }
        if let Some(spellings) = &mut self.spellings {
            spellings.remove(slot as u32, &self.shape, key);
        }
        self.asserters[slot] = FREE;
        self.repaired.remove(&(slot as u32));
        self.free.push(slot as u32);
    }

    fn at(&self, slot: usize) -> &[Word] {
        let arity = self.shape.arity();
        &self.words[slot * arity..(slot + 1) * arity]
    }

    fn has_key(&self, slot: usize, key: &[Word]) -> bool {
        let row = self.at(slot);
        self.shape.key.iter().zip(key).all(|(&column, word)| row[column] == *word)
    }

    fn hash(&self, key: &[Word]) -> u64 {
        hash_words(&self.hasher, key.iter().copied())
    }
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
