//! [`ClueStore`]: every clue that holds, with its rows, and the life of those that held once.
//!
//! Promises: all rows with one key are one clue; opening, change, withdrawal and reopening follow that set; deltas come in the order of
//! rule name and key. Must not know: where rows come from, who reads.

use super::card::{self, Level, Split};
use super::clue::Stage;
use super::judged::{CaseCounts, count};
use super::withdrawn::Withdrawn;
use super::{AgencyNames, Cause, Clue, ClueDelta, ClueOp, Machine};
use crate::limits::CLUE_STEPS;
use crate::program::{Program, Relation};
use crate::security::{ClueId, Names};
use crate::types::{CaseState, Change, Epoch, RelId, Row, Shards, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Rule name and key values: the order of all lists of clues.
pub type Key = (Arc<str>, Row);

/// One step of a clue's life.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    pub epoch: Epoch,
    pub cause: Arc<Cause>,
    /// What the clock showed; empty without a clock.
    pub now: Arc<str>,
    pub op: ClueOp,
    /// The level from here on; of a withdrawal the last one.
    pub level: String,
    /// What people make of it from here on.
    pub state: CaseState,
    /// What somebody wrote with a verdict. It may name persons.
    pub note: Option<Arc<str>>,
}

#[derive(Clone)]
pub(super) struct Life {
    pub key: Key,
    pub clue: Arc<Clue>,
    pub steps: VecDeque<Step>,
    pub splits: Vec<Split>,
    /// Somebody has said something of it once.
    pub judged: bool,
    /// The rows to which the last dismissal is bound.
    pub bound: Option<[u8; 16]>,
}

/// Some of the lives, by id.
#[derive(Clone, Default)]
pub(super) struct Shelf {
    pub lives: BTreeMap<ClueId, Arc<Life>>,
    /// Withdrawn so long ago that only this is left.
    pub forgotten: BTreeSet<ClueId>,
}

pub struct ClueStore {
    pub(super) names: Names,
    /// Shared with a snapshot that is being written.
    pub(super) shelves: Shards<Shelf>,
    /// The rows behind each clue that holds.
    pub(super) evidence: BTreeMap<ClueId, BTreeSet<Row>>,
    pub(super) open: BTreeMap<Key, ClueId>,
    /// Of those that hold, by rule and level, so that nobody has to go through them to know.
    pub(super) counts: BTreeMap<(Arc<str>, Level), usize>,
    /// How many are in which state.
    pub(super) cases: CaseCounts,
    /// Those of which nobody has said anything. What people said is not forgotten.
    pub(super) withdrawn: Withdrawn,
    /// Withdrawn ones of which somebody has said something.
    pub(super) judged: BTreeSet<ClueId>,
}

/// What every clue of an epoch has in common.
pub struct Turn<'a> {
    pub epoch: Epoch,
    pub cause: Arc<Cause>,
    /// What the clock shows; empty without a clock.
    pub now: Arc<str>,
    pub program: &'a Program,
    pub agencies: &'a AgencyNames,
}

/// What an epoch did to clues.
#[derive(Default)]
pub struct Turned {
    pub clues: Vec<ClueDelta>,
    /// Clues whose rows name two agencies or areas, as rows of the faults.
    pub faults: Vec<Change>,
}

impl ClueStore {
    pub fn new(names: Names) -> ClueStore {
        ClueStore {
            names,
            shelves: Shards::default(),
            evidence: BTreeMap::new(),
            open: BTreeMap::new(),
            counts: BTreeMap::new(),
            cases: BTreeMap::new(),
            withdrawn: Withdrawn::default(),
            judged: BTreeSet::new(),
        }
    }

    /// The clues that hold, by rule name and key.
    pub fn open(&self) -> impl Iterator<Item = &Arc<Clue>> {
        self.open.values().filter_map(|id| self.get(id))
    }

    /// The names of all rules that there are or were, each once.
    pub fn rules(&self) -> BTreeSet<&str> {
        self.counts.keys().map(|(rule, _)| &**rule).collect()
    }

    /// How many hold, by rule and level. A rule without clues has a zero.
    pub fn counts(&self) -> impl Iterator<Item = (&str, Level, usize)> {
        self.counts.iter().map(|((rule, level), count)| (&**rule, *level, *count))
    }

    pub fn open_len(&self) -> usize {
        self.open.len()
    }

    /// Any clue that is remembered, withdrawn ones too.
    pub fn get(&self, id: &ClueId) -> Option<&Arc<Clue>> {
        self.life(id).map(|life| &life.clue)
    }

    /// The rows behind a clue that holds, in value order. They carry identity numbers.
    pub fn evidence(&self, id: &ClueId) -> Option<&BTreeSet<Row>> {
        self.evidence.get(id)
    }

    /// The steps of its life, the latest last; of a very long life only the latest.
    pub fn history(&self, id: &ClueId) -> Vec<Step> {
        self.life(id).map(|life| life.steps.iter().cloned().collect()).unwrap_or_default()
    }

    /// What people are called outside, to find the clues of one.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Clues that hold and whose rows name two agencies or areas, as rows of the faults.
    pub fn faults(&self) -> BTreeSet<Row> {
        self.open.values().filter_map(|id| self.life(id)).flat_map(|life| life.faults()).collect()
    }

    /// Other rules give relations other numbers; clues whose relation they do not have keep the old one.
    pub fn renumber(&mut self, after: &Program) {
        for id in self.open.values() {
            let Some(clue) = self.get(id) else { continue };
            let found = after.find(&clue.rule).filter(|relation| *relation != clue.relation);
            if let Some(relation) = found {
                let clue = Arc::new(Clue { relation, ..(**clue).clone() });
                if let Some(life) = self.shelves.of_mut(id.bytes()).lives.get_mut(id) {
                    Arc::make_mut(life).clue = clue;
                }
            }
        }
    }

    pub(super) fn life(&self, id: &ClueId) -> Option<&Arc<Life>> {
        self.shelves.of(id.bytes()).lives.get(id)
    }

    /// Takes in the changes of the clue relations in one epoch.
    pub fn apply<'d>(&mut self, turn: &Turn<'_>, deltas: impl IntoIterator<Item = (RelId, &'d [Change])>) -> Turned {
        let mut by_key: BTreeMap<Key, (RelId, Vec<&Change>)> = BTreeMap::new();
        for (id, changes) in deltas {
            let relation = turn.program.relation(id);
            let Some(decl) = &relation.clue else { continue };
            let name: Arc<str> = Arc::from(relation.name.as_str());
            for change in changes {
                let key = (name.clone(), change.row.project(&decl.key));
                by_key.entry(key).or_insert_with(|| (id, Vec::new())).1.push(change);
            }
        }
        let mut turned = Turned::default();
        for (key, (id, changes)) in by_key {
            let held = self.open.get(&key).and_then(|id| self.evidence.get_mut(id));
            let mut evidence = held.map(std::mem::take).unwrap_or_default();
            for change in changes {
                if change.diff > 0 {
                    evidence.insert(change.row.clone())
                } else {
                    evidence.remove(&change.row)
                };
            }
            self.turn(turn, key, Some(id), evidence, &mut turned);
        }
        self.forget();
        turned
    }

    /// Other rules: what they hold is given whole, and the difference comes out. `before` is the program that the present clues are
    /// from; a clue whose rows and card are the same under both is not touched.
    pub fn replace<'d>(
        &mut self,
        turn: &Turn<'_>,
        before: &Program,
        rows: impl IntoIterator<Item = (RelId, &'d BTreeSet<Row>)>,
    ) -> Turned {
        let mut after: BTreeMap<Key, (Option<RelId>, BTreeSet<Row>)> =
            self.open.keys().map(|key| (key.clone(), (None, BTreeSet::new()))).collect();
        for (id, rows) in rows {
            let relation = turn.program.relation(id);
            let Some(decl) = &relation.clue else { continue };
            let name: Arc<str> = Arc::from(relation.name.as_str());
            self.counts.entry((name.clone(), Level::Violation)).or_default();
            for row in rows {
                let slot = after.entry((name.clone(), row.project(&decl.key))).or_default();
                slot.0 = Some(id);
                slot.1.insert(row.clone());
            }
        }
        let mut turned = Turned::default();
        for (key, (id, evidence)) in after {
            if !self.same_under_both(turn, before, &key, id, &evidence) {
                self.turn(turn, key, id, evidence, &mut turned);
            }
        }
        self.forget();
        turned
    }

    /// Also renumbers the clue's relation if nothing else is new.
    fn same_under_both(
        &mut self,
        turn: &Turn<'_>,
        before: &Program,
        key: &Key,
        id: Option<RelId>,
        evidence: &BTreeSet<Row>,
    ) -> bool {
        let held = self.open.get(key).and_then(|id| self.evidence.get(id));
        let (Some(held), Some(id)) = (held, id) else { return false };
        let card = |relation: &Relation| card::card(relation, evidence, &self.names, turn.agencies);
        let old = before.find(&key.0).and_then(|old| card(before.relation(old)));
        // The card of before is made again, with the names of now: a renamed agency is no other rule.
        held == evidence && old == card(turn.program.relation(id))
    }

    /// One clue gets the rows it has now. `id` is known wherever there are rows.
    fn turn(&mut self, turn: &Turn<'_>, key: Key, id: Option<RelId>, evidence: BTreeSet<Row>, turned: &mut Turned) {
        let clue_id = self.names.clue(&key.0, &key.1);
        let relation = id.map(|id| (id, turn.program.relation(id)));
        let card = relation.and_then(|(id, r)| Some((id, card::card(r, &evidence, &self.names, turn.agencies)?)));
        let was = self.get(&clue_id).cloned();
        let was_open = was.as_ref().filter(|clue| clue.machine != Machine::Withdrawn);
        let (op, machine) = match (&card, &was_open) {
            (Some(_), Some(_)) => (ClueOp::Change, Machine::Changed),
            (Some(_), None) if was.is_some() || self.remember(&clue_id) => (ClueOp::Reopen, Machine::Reopened),
            (Some(_), None) => (ClueOp::Open, Machine::Open),
            (None, Some(_)) => (ClueOp::Withdraw, Machine::Withdrawn),
            (None, None) => return,
        };
        let opened = was_open.map_or(turn.epoch, |clue| clue.opened);
        let state = self.state_with(&clue_id, &evidence);
        let stage = Stage { machine, state, opened, changed: turn.epoch, evidence: evidence.len() as u64 };
        let clue = match (card, was_open) {
            (Some((relation, card)), _) => stage.of_card(clue_id, relation, &key.0, card),
            (None, Some(old)) => stage.of_clue(old),
            (None, None) => return,
        };
        let splits = relation.and_then(|(_, r)| r.clue.as_ref()).map_or(Vec::new(), |decl| card::splits(decl, &evidence));
        let judged = self.life(&clue_id).is_some_and(|life| life.judged);
        if let Some(was) = &was {
            self.withdrawn.remove(was.changed, clue_id);
            count(&mut self.cases, &key.0, (was, judged), false);
        }
        count(&mut self.cases, &key.0, (&clue, judged), true);
        match op {
            ClueOp::Withdraw => {
                self.open.remove(&key);
                self.evidence.remove(&clue_id);
                if judged {
                    self.judged.insert(clue_id);
                }
            }
            ClueOp::Open | ClueOp::Change | ClueOp::Reopen => {
                self.open.insert(key.clone(), clue_id);
                self.evidence.insert(clue_id, evidence);
                self.judged.remove(&clue_id);
            }
        }
        if let Some(was) = was.as_ref().filter(|clue| clue.machine != Machine::Withdrawn) {
            self.count(&key.0, &was.level, -1);
        }
        if machine != Machine::Withdrawn {
            self.count(&key.0, &clue.level, 1);
        }
        let delta = ClueDelta { op, clue: Arc::new(clue), was };
        let lives = &mut self.shelves.of_mut(clue_id.bytes()).lives;
        let life = lives.entry(clue_id).or_insert_with(|| Arc::new(Life::new(key, delta.clue.clone())));
        Arc::make_mut(life).step(turn, &delta, splits, &mut turned.faults);
        if op == ClueOp::Withdraw && !judged {
            self.withdrawn.insert(turn.epoch, clue_id, life.bytes());
        }
        turned.clues.push(delta);
    }

    fn count(&mut self, rule: &Arc<str>, level: &str, by: isize) {
        let count = self.counts.entry((rule.clone(), Level::of(level))).or_default();
        *count = count.saturating_add_signed(by);
    }

    /// Of withdrawn clues beyond the limit only the id stays.
    fn forget(&mut self) {
        while let Some(id) = self.withdrawn.next_over() {
            let shelf = self.shelves.of_mut(id.bytes());
            shelf.lives.remove(&id);
            shelf.forgotten.insert(id);
        }
    }

    /// Was a clue forgotten? It is not any more.
    fn remember(&mut self, id: &ClueId) -> bool {
        self.shelves.of(id.bytes()).forgotten.contains(id) && self.shelves.of_mut(id.bytes()).forgotten.remove(id)
    }
}

impl Life {
    fn new(key: Key, clue: Arc<Clue>) -> Life {
        Life { key, clue, steps: VecDeque::new(), splits: Vec::new(), judged: false, bound: None }
    }

    /// What it holds in memory, roughly.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Life>() + self.key.1.bytes() + self.clue.bytes() + self.steps.len() * size_of::<Step>()
    }

    fn step(&mut self, turn: &Turn<'_>, delta: &ClueDelta, splits: Vec<Split>, faults: &mut Vec<Change>) {
        let old = self.faults();
        self.splits = splits;
        self.remember(turn, delta, None);
        let new = self.faults();
        faults.extend(old.difference(&new).map(|row| Change { row: row.clone(), diff: -1 }));
        faults.extend(new.difference(&old).map(|row| Change { row: row.clone(), diff: 1 }));
    }

    /// What happened to it, and how it is since.
    pub(super) fn remember(&mut self, turn: &Turn<'_>, delta: &ClueDelta, note: Option<Arc<str>>) {
        self.clue = delta.clue.clone();
        if self.steps.len() == CLUE_STEPS {
            // What people said goes last.
            let machines = self.steps.iter().position(|step| !matches!(*step.cause, Cause::Verdict { .. }));
            self.steps.remove(machines.unwrap_or(0));
        }
        let Turn { epoch, cause, now, .. } = turn;
        let (cause, now) = (cause.clone(), now.clone());
        let (op, level, state) = (delta.op, delta.clue.level.clone(), delta.clue.state);
        self.steps.push_back(Step { epoch: *epoch, cause, now, op, level, state, note });
    }

    /// Rows of five texts, as evaluation faults are: rule, code, relation, key, agency.
    fn faults(&self) -> BTreeSet<Row> {
        let key: Vec<String> = self.key.1.values().iter().map(Value::to_string).collect();
        let agency = self.clue.agency.as_deref().unwrap_or("");
        let row = |split: &Split| [&*self.key.0, split.code(), &*self.key.0, &key.join("|"), agency].map(Value::symbol);
        self.splits.iter().map(|split| Row::new(row(split).to_vec())).collect()
    }
}
