//! [`Records`]: all tables, and the one way in which they change.

use super::held::{Asserted, AsserterId, Rank};
use super::shape::Shape;
use super::table::Table;
use crate::program::Program;
use crate::storage::entry::NetChange;
use crate::types::{Interner, RelId, Word};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub struct Records {
    pub(super) texts: Arc<Interner>,
    /// By relation of the program in force.
    pub(super) tables: BTreeMap<RelId, Table>,
    /// Of relations that the rules in force do not declare; they come back with them.
    pub(super) parked: BTreeMap<String, Table>,
    pub(super) asserters: Asserters,
}

/// Rows of one relation that appeared (`1`) and went (`-1`). No row stands twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Appeared {
    pub relation: RelId,
    /// As many words a row as the relation has columns.
    pub words: Vec<Word>,
    pub diffs: Vec<i64>,
}

/// A change that cannot follow on what is there: the journal is not that of these records.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a change of relation {relation} (number {number} of its entry) does not follow on what is there")]
pub struct Inconsistent {
    pub relation: String,
    pub number: usize,
}

impl Records {
    pub fn new(program: &Program, texts: Arc<Interner>) -> Records {
        let shapes = program.rel_ids().filter_map(|id| Shape::of(id, program.relation(id)));
        Records {
            tables: shapes.map(|shape| (shape.id, Table::new(shape, &texts))).collect(),
            texts,
            parked: BTreeMap::new(),
            asserters: Asserters::default(),
        }
    }

    /// Takes the changes of one entry, of a draft or of the journal: which rows appeared and went, by relation.
    /// The relations are those of the program in force; an entry that installs rules is applied after [`Records::reshape`].
    pub fn apply(&mut self, changes: &[NetChange]) -> Result<Vec<Appeared>, Inconsistent> {
        let names: HashMap<&str, RelId> = self.tables.iter().map(|(id, table)| (table.shape.name.as_str(), *id)).collect();
        let ids: Vec<Option<RelId>> = changes.iter().map(|change| names.get(change.relation.as_str()).copied()).collect();
        let mut moves: BTreeMap<RelId, Moves> = BTreeMap::new();
        for (number, (change, id)) in changes.iter().zip(ids).enumerate() {
            let inconsistent = || Inconsistent { relation: change.relation.clone(), number };
            let id = id.ok_or_else(inconsistent)?;
            let moves = moves.entry(id).or_default();
            if !self.step(id, change, moves) {
                return Err(inconsistent());
            }
        }
        Ok(moves.into_iter().filter_map(|(id, moves)| moves.net(id)).collect())
    }

    fn step(&mut self, id: RelId, change: &NetChange, moves: &mut Moves) -> bool {
        let asserter = self.asserters.id(&change.asserter);
        let Records { texts, tables, asserters, .. } = self;
        let Some(table) = tables.get_mut(&id).filter(|table| table.shape.arity() == change.row.len()) else { return false };
        let row = table.shape.encode(&change.row, texts);
        let key = table.shape.key_of(&row);
        let before = table.held(&key, |id| asserters.rank(id));
        let mut after = before.clone();
        let assertion = Asserted { row, asserter, rank: asserters.rank(asserter) };
        let fits = if change.insert { after.assert(assertion) } else { after.withdraw(&assertion) };
        if !fits {
            return false;
        }
        let (was, is) = (before.top.map(|top| top.row), after.top.as_ref().map(|top| top.row.clone()));
        // What is hidden is the pack's, whose rows are written as they should be.
        let as_sent =
            change.insert && !change.repaired.is_empty() && after.top.as_ref().is_some_and(|top| top.asserter == asserter);
        table.set(&key, after);
        if as_sent {
            table.note_repaired(&key, change.repaired.iter().map(|(column, text)| (*column, text.as_str().into())).collect());
        }
        moves.moved(was, is);
        true
    }

    /// Every row that is there, for a dataflow that begins.
    pub fn all(&self) -> Vec<Appeared> {
        let filled = self.tables.iter().filter(|(_, table)| table.len() > 0);
        let appeared = filled.map(|(id, table)| Appeared {
            relation: *id,
            words: table.rows().flat_map(|(row, _)| row.iter().copied()).collect(),
            diffs: vec![1; table.len()],
        });
        appeared.collect()
    }
}

/// Steps of one relation, in order.
#[derive(Default)]
pub(super) struct Moves(Vec<(Box<[Word]>, i64)>);

impl Moves {
    /// What everybody sees under a key went from one row to another.
    pub fn moved(&mut self, was: Option<Box<[Word]>>, is: Option<Box<[Word]>>) {
        if was != is {
            self.0.extend(was.map(|row| (row, -1)));
            self.0.extend(is.map(|row| (row, 1)));
        }
    }

    /// What remains when steps there and back are left out.
    pub fn net(self, relation: RelId) -> Option<Appeared> {
        let Moves(mut steps) = self;
        if steps.iter().any(|(_, diff)| *diff < 0) {
            let mut sums: HashMap<&[Word], i64> = HashMap::new();
            steps.iter().for_each(|(row, diff)| *sums.entry(row).or_default() += diff);
            let keep: Vec<bool> = steps.iter().map(|(row, diff)| sums.get(&**row) == Some(diff)).collect();
            let mut seen = std::collections::HashSet::new();
            let mut keep = keep.into_iter();
            steps.retain(|(row, _)| keep.next() == Some(true) && seen.insert(row.clone()));
        }
        let mut appeared = Appeared { relation, words: Vec::new(), diffs: Vec::new() };
        for (row, diff) in &steps {
            appeared.words.extend_from_slice(row);
            appeared.diffs.push(*diff);
        }
        (!steps.is_empty()).then_some(appeared)
    }
}

/// Names of those who assert, numbered.
#[derive(Clone, Default)]
pub struct Asserters {
    names: Vec<(Arc<str>, Rank)>,
    index: HashMap<Arc<str>, AsserterId>,
}

impl Asserters {
    pub fn id(&mut self, name: &str) -> AsserterId {
        if let Some(id) = self.index.get(name) {
            return *id;
        }
        let id = AsserterId::try_from(self.names.len()).expect("fewer than 2^32 asserters");
        let name: Arc<str> = Arc::from(name);
        self.names.push((name.clone(), Rank::of(&name)));
        self.index.insert(name, id);
        id
    }

    /// By number.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| &**name)
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Of somebody who may never have asserted anything: then a number that no row has.
    pub fn find(&self, name: &str) -> AsserterId {
        self.index.get(name).copied().unwrap_or(NOBODY)
    }

    pub fn name(&self, id: AsserterId) -> &Arc<str> {
        &self.names[id as usize].0
    }

    pub fn rank(&self, id: AsserterId) -> Rank {
        self.names[id as usize].1
    }
}

/// A speaker who asserts nothing yet. (The number after it marks free slots.)
pub const NOBODY: AsserterId = u32::MAX - 1;
