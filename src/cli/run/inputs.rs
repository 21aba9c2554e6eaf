//! The input relations of a run as sets of rows, and the net changes of each transaction.

use super::facts::{self, FactsError, Layout};
use super::json::JsonIo;
use super::updates::{Transaction, UpdateError};
use crate::dataflow::InputChanges;
use crate::program::{Column, Program};
use crate::types::{Interner, Kind, RelId, Word, parse_date, word_of_number};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::path::Path;
use std::sync::Arc;

/// A set of rows of one width: flat words, an index of row numbers, holes reused.
struct RowSet {
    arity: usize,
    words: Vec<Word>,
    rows: usize,
    free: Vec<u32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl RowSet {
    fn new(arity: usize) -> RowSet {
        RowSet {
            arity,
            words: Vec::new(),
            rows: 0,
            free: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// False if it was there already.
    fn insert(&mut self, row: &[Word]) -> bool {
        let RowSet { arity, words, index, hasher, .. } = self;
        let arity = *arity;
        let hash = hasher.hash_one(row);
        if index.find(hash, |&i| at(words, arity, i) == row).is_some() {
            return false;
        }
        let slot = match self.free.pop() {
            Some(slot) => {
                words[slot as usize * arity..][..arity].copy_from_slice(row);
                slot
            }
            None => {
                words.extend_from_slice(row);
                u32::try_from(self.rows + self.free.len()).expect("fewer than 2^32 rows of one relation")
            }
        };
        index.insert_unique(hash, slot, |&i| hasher.hash_one(at(words, arity, i)));
        self.rows += 1;
        true
    }

    /// False if it was not there.
    fn remove(&mut self, row: &[Word]) -> bool {
        let RowSet { arity, words, index, hasher, .. } = self;
        match index.find_entry(hasher.hash_one(row), |&i| at(words, *arity, i) == row) {
            Ok(entry) => {
                let (slot, _) = entry.remove();
                self.free.push(slot);
                self.rows -= 1;
                true
            }
            Err(_) => false,
        }
    }
}

fn at(words: &[Word], arity: usize, row: u32) -> &[Word] {
    &words[row as usize * arity..][..arity]
}

/// Input relations that the plan reads, and what changed since changes were last taken.
pub struct Inputs<'p> {
    program: &'p Program,
    texts: Arc<Interner>,
    sets: HashMap<RelId, RowSet>,
    changes: HashMap<RelId, InputChanges>,
    /// The present row of each clock.
    clocks: HashMap<RelId, Word>,
}

impl<'p> Inputs<'p> {
    pub fn new(program: &'p Program, read: &[RelId], texts: Arc<Interner>) -> Inputs<'p> {
        let sets = read.iter().map(|id| (*id, RowSet::new(program.relation(*id).arity()))).collect();
        Inputs { program, texts, sets, changes: HashMap::new(), clocks: HashMap::new() }
    }

    /// Reads the fact file of every relation that an output depends on.
    pub fn load(&mut self, folder: &Path, now: Option<&str>) -> Result<(), FactsError> {
        let program = self.program;
        let mut relations: Vec<RelId> = self.sets.keys().copied().collect();
        relations.sort();
        for id in relations {
            let relation = program.relation(id);
            if relation.clock {
                self.load_clock(id, folder, now)?;
            } else if let Some(io) = &relation.input {
                let (texts, set) = (self.texts.clone(), self.sets.get_mut(&id).expect("every relation read has a set"));
                let changes = self.changes.entry(id).or_insert_with(|| InputChanges { relation: Some(id), ..Default::default() });
                let take = |row: &[Word]| {
                    if set.insert(row) {
                        changes.words.extend_from_slice(row);
                        changes.diffs.push(1);
                    }
                };
                match JsonIo::of(relation, io, folder) {
                    Some(json) => json.read(relation, &program.structures, &texts, take)?,
                    None => facts::read(&Layout::of(relation, io, folder)?, relation, &program.structures, &texts, take)?,
                }
            }
        }
        Ok(())
    }

    fn load_clock(&mut self, id: RelId, folder: &Path, now: Option<&str>) -> Result<(), FactsError> {
        let relation = self.program.relation(id);
        let layout = Layout::of(relation, &relation.input.clone().unwrap_or_default(), folder)?;
        let mut rows = Vec::new();
        if layout.path.exists() {
            facts::read(&layout, relation, &self.program.structures, &self.texts, |row| rows.push(row[0]))?;
        } else if let Some(text) = now {
            let bad = || FactsError::Parameter { relation: relation.name.clone(), parameter: "--now", value: text.to_string() };
            let word = match relation.columns[0].kind {
                Kind::Datetime => {
                    facts::word(text, &relation.columns[0], &self.program.structures, &self.texts).ok_or_else(bad)?
                }
                _ => parse_date(text).map(word_of_number).map_err(|_| bad())?,
            };
            rows.push(word);
        }
        rows.dedup();
        match rows.as_slice() {
            [now] => self.change(id, true, &[*now]),
            _ => return Err(FactsError::Clock { relation: relation.name.clone(), rows: rows.len() }),
        }
        Ok(())
    }

    /// Rows held now.
    pub fn rows(&self) -> usize {
        self.sets.values().map(|set| set.rows).sum()
    }

    /// Applies the lines of one transaction in order. Changes of relations that no output depends on are checked and dropped.
    pub fn apply(&mut self, transaction: &Transaction) -> Result<(), UpdateError> {
        let mut row = Vec::new();
        for line in transaction.lines() {
            let id = self.program.find(line.relation()).filter(|id| self.is_input(*id)).ok_or_else(|| line.unknown_relation())?;
            let columns: &[Column] = &self.program.relation(id).columns;
            line.words(columns, &self.program.structures, &self.texts, &mut row)?;
            if self.sets.contains_key(&id) {
                self.change(id, line.insert(), &row);
            }
        }
        Ok(())
    }

    fn is_input(&self, id: RelId) -> bool {
        let relation = self.program.relation(id);
        relation.input.is_some() || relation.clock
    }

    fn change(&mut self, id: RelId, insert: bool, row: &[Word]) {
        if self.program.relation(id).clock {
            // A clock always has exactly one row: inserting replaces it, and taking the old one away by hand changes nothing.
            if !insert || self.clocks.get(&id) == Some(&row[0]) {
                return;
            }
            if let Some(old) = self.clocks.insert(id, row[0]) {
                self.change_set(id, false, &[old]);
            }
        }
        self.change_set(id, insert, row);
    }

    fn change_set(&mut self, id: RelId, insert: bool, row: &[Word]) {
        let set = self.sets.get_mut(&id).expect("every relation read has a set");
        let changed = if insert { set.insert(row) } else { set.remove(row) };
        if changed {
            let changes = self.changes.entry(id).or_insert_with(|| InputChanges { relation: Some(id), ..Default::default() });
            changes.words.extend_from_slice(row);
            changes.diffs.push(if insert { 1 } else { -1 });
        }
    }

    /// The net changes since the last call; a row that came and went within one transaction sums to nothing in the dataflow.
    pub fn take_changes(&mut self) -> Vec<InputChanges> {
        let mut changes: Vec<InputChanges> = self.changes.drain().map(|(_, changes)| changes).collect();
        changes.sort_by_key(|changes| changes.relation);
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_set_is_a_set_and_reuses_holes() {
        let mut set = RowSet::new(2);
        assert!(set.insert(&[1, 2]) && set.insert(&[3, 4]) && !set.insert(&[1, 2]));
        assert!(set.remove(&[1, 2]) && !set.remove(&[1, 2]));
        assert!(set.insert(&[5, 6]) && set.insert(&[7, 8]));
        assert_eq!((set.rows, set.words.len()), (3, 6));
        let mut unit = RowSet::new(0);
        assert!(unit.insert(&[]) && !unit.insert(&[]) && unit.remove(&[]) && unit.insert(&[]));
    }
}
