//! [`Draft`]: what lines would change, and what is wrong with them. The notes that are taken while lines are judged in order.

use super::fault::Fault;
use super::held::{Asserted, AsserterId, Held};
use super::shape::Shape;
use super::store::{NOBODY, Records};
use super::table::Table;
use crate::storage::entry::NetChange;
use crate::types::{RelId, Row, Word};
use hashbrown::HashMap;
use std::borrow::Cow;

/// Changes nothing until its changes are applied.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Draft {
    /// Net: no assertion comes and goes, none comes that was there.
    pub changes: Vec<NetChange>,
    /// Rows that were there already, under a key that a line spelled otherwise: what was written so. They change nothing.
    pub respelled: Vec<NetChange>,
    /// One for each line, in order.
    pub outcomes: Vec<Result<(), Fault>>,
}

impl Draft {
    pub fn faults(&self) -> impl Iterator<Item = (usize, Fault)> {
        self.outcomes.iter().enumerate().filter_map(|(i, outcome)| outcome.err().map(|fault| (i, fault)))
    }
}

/// What is under the keys that lines have touched so far.
pub(super) struct Notes<'a> {
    records: &'a Records,
    speaker: AsserterId,
    speaker_name: &'a str,
    source: Option<&'a str>,
    touched: HashMap<(RelId, Box<[Word]>), usize>,
    order: Vec<Touched<'a>>,
    respelled: Vec<NetChange>,
    /// Keys touched so far by what they mean, where one key has several spellings.
    spelled: HashMap<(RelId, Row), Vec<Box<[Word]>>>,
}

struct Touched<'a> {
    relation: RelId,
    before: Held,
    after: Held,
    by: Origin<'a>,
}

/// The line that changed a row last.
#[derive(Clone)]
pub(super) struct Origin<'a> {
    /// 0 where there is none.
    pub line: u64,
    pub repaired: Cow<'a, [(u32, String)]>,
    /// How many of them, the last ones, are another spelling of a key that is there.
    pub respelled: usize,
}

impl Origin<'_> {
    /// A row that goes because no line gives it.
    pub const NONE: Origin<'static> = Origin { line: 0, repaired: Cow::Borrowed(&[]), respelled: 0 };
}

impl<'a> Notes<'a> {
    pub fn new(records: &'a Records, speaker_name: &'a str, source: Option<&'a str>) -> Notes<'a> {
        let speaker = records.asserters.find(speaker_name);
        Notes {
            records,
            speaker,
            speaker_name,
            source,
            touched: HashMap::new(),
            order: Vec::new(),
            respelled: Vec::new(),
            spelled: HashMap::new(),
        }
    }

    pub fn speaker(&self) -> AsserterId {
        self.speaker
    }

    /// What is there now, as far as this batch has come.
    pub fn held(&self, relation: RelId, key: &[Word]) -> Held {
        match self.touched.get(&(relation, key.into())) {
            Some(&at) => self.order[at].after.clone(),
            None => self.untouched(relation, key),
        }
    }

    /// The spelling of this key under which a row is there now, as far as this batch has come; the same key if there is none, or if one
    /// is there under its very spelling. Of several, which only rows from before `alike=` can be, the first in the order of values
    /// stands: that follows from the rows alone.
    pub fn spelling(&self, table: &Table, key: Box<[Word]>) -> Box<[Word]> {
        let (shape, texts) = (&table.shape, &self.records.texts);
        let is_there = |key: &[Word]| self.held(shape.id, key).top.is_some();
        if shape.alike.is_empty() || is_there(&key) {
            return key;
        }
        let meant = shape.meant(&shape.decode_key(&key, texts));
        let here = self.spelled.get(&(shape.id, meant.clone())).into_iter().flatten().cloned();
        let there = table.spelled(&meant).chain(here).filter(|key| is_there(key));
        there.min_by_key(|key| shape.decode_key(key, texts)).unwrap_or(key)
    }

    fn untouched(&self, relation: RelId, key: &[Word]) -> Held {
        self.records.tables[&relation].held(key, |id| self.records.asserters.rank(id))
    }

    pub fn set(&mut self, relation: RelId, key: Box<[Word]>, after: Held, by: Origin<'a>) {
        match self.touched.get(&(relation, key.clone())) {
            Some(&at) => {
                self.order[at].after = after;
                self.order[at].by = by;
            }
            None => {
                let before = self.untouched(relation, &key);
                let shape = &self.records.tables[&relation].shape;
                if !shape.alike.is_empty() {
                    let meant = shape.meant(&shape.decode_key(&key, &self.records.texts));
                    self.spelled.entry((relation, meant)).or_default().push(key.clone());
                }
                self.touched.insert((relation, key), self.order.len());
                self.order.push(Touched { relation, before, after, by });
            }
        }
    }

    /// A line whose row is there already.
    pub fn same(&mut self, shape: &Shape, one: &Asserted, by: &Origin<'_>) {
        if by.respelled > 0 {
            let repaired = by.repaired[by.repaired.len() - by.respelled..].to_vec();
            let change = self.change(shape, one, true, by);
            self.respelled.push(NetChange { repaired, ..change });
        }
    }

    pub fn finish(self, outcomes: Vec<Result<(), Fault>>) -> Draft {
        let mut changes = Vec::new();
        for Touched { relation, before, after, by } in &self.order {
            let shape = &self.records.tables[relation].shape;
            let mut gone: Vec<&Asserted> = before.all().filter(|one| !after.holds(one)).collect();
            // What is on top goes first, so that nothing is left hidden under nothing.
            gone.reverse();
            let begin = changes.len();
            changes.extend(gone.into_iter().map(|one| self.change(shape, one, false, by)));
            changes.extend(after.all().filter(|one| !before.holds(one)).map(|one| self.change(shape, one, true, by)));
            // The line's own row comes last; where it only takes one away, it was that one's key that was written otherwise.
            if let Some(own) = changes[begin..].last_mut() {
                own.repaired = by.repaired.to_vec();
            }
        }
        Draft { changes, respelled: self.respelled, outcomes }
    }

    fn change(&self, shape: &Shape, one: &Asserted, insert: bool, by: &Origin<'_>) -> NetChange {
        let asserter = match one.asserter {
            NOBODY => self.speaker_name.to_string(),
            id => self.records.asserters.name(id).to_string(),
        };
        NetChange {
            relation: shape.name.clone(),
            insert,
            row: shape.decode(&one.row, &self.records.texts).values().to_vec(),
            personal: shape.personal.clone(),
            asserter,
            line: by.line,
            source: self.source.map(str::to_string),
            repaired: Vec::new(),
        }
    }
}
