//! What people say of clues, and how long it holds.
//!
//! Promises: a dismissal is bound to the rows that were there: with other rows the clue is new again, with the same rows it stays dismissed,
//! also after it was withdrawn; everything else that was said stays, whatever the rows. Must not know: who may say what.

use super::store::{Key, Turn};
use super::{Clue, ClueDelta, ClueId, ClueOp, ClueStore, Machine};
use crate::types::{CaseState, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many clues of a rule are in a state.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Cases {
    /// Of those that hold.
    pub open: usize,
    /// Of those that were withdrawn since something was said of them.
    pub withdrawn: usize,
}

pub(super) type CaseCounts = BTreeMap<(Arc<str>, CaseState), Cases>;

impl ClueStore {
    /// Takes in what somebody said of a clue, also of one that was withdrawn. What it changes of the clues that hold; `None` if that is
    /// nothing.
    pub fn judge(&mut self, turn: &Turn<'_>, key: &Key, state: CaseState, note: Option<&str>) -> Option<ClueDelta> {
        let id = self.names.clue(&key.0, &key.1);
        let rows = self.evidence.get(&id).map(|rows| self.names.rows(rows));
        let life = Arc::make_mut(self.shelves.of_mut(id.bytes()).lives.get_mut(&id)?);
        let was = life.clue.clone();
        let is_gone = was.machine == Machine::Withdrawn;
        life.bound = match (state.dismissal(), was.state.dismissal()) {
            // Once more, of a clue that has no rows now: bound as before.
            (Some(_), Some(_)) if is_gone => life.bound,
            (Some(_), _) => rows,
            (None, _) => None,
        };
        let clue = Arc::new(Clue { state, changed: turn.epoch, ..(*was).clone() });
        let judged = std::mem::replace(&mut life.judged, true);
        let delta = ClueDelta { op: ClueOp::Change, clue, was: Some(was.clone()) };
        life.remember(turn, &delta, note.map(Arc::from));
        if is_gone {
            self.withdrawn.remove(was.changed, id);
            self.judged.insert(id);
        }
        count(&mut self.cases, &key.0, (&was, judged), false);
        count(&mut self.cases, &key.0, (&delta.clue, true), true);
        (!is_gone).then_some(delta)
    }

    /// Clues that were withdrawn and of which somebody has said something.
    pub fn gone(&self) -> impl Iterator<Item = &Arc<Clue>> {
        self.judged.iter().filter_map(|id| self.get(id))
    }

    /// Has anybody ever said anything of it?
    pub fn is_judged(&self, id: &ClueId) -> bool {
        self.life(id).is_some_and(|life| life.judged)
    }

    /// The name of its relation and its key, by which it is known whatever it is called outside.
    pub fn key(&self, id: &ClueId) -> Option<&Key> {
        self.life(id).map(|life| &life.key)
    }

    /// How many clues are in which state, by rule. Of withdrawn ones those count of which something was said.
    pub fn cases(&self) -> impl Iterator<Item = (&str, CaseState, Cases)> {
        self.cases.iter().map(|((rule, state), cases)| (&**rule, *state, *cases))
    }

    /// What is to be said of a clue that has these rows from now on.
    pub(super) fn state_with(&self, id: &ClueId, rows: &BTreeSet<Row>) -> CaseState {
        let Some(life) = self.life(id) else { return CaseState::New };
        match life.clue.state {
            CaseState::Dismissed(_) if !rows.is_empty() && life.bound != Some(self.names.rows(rows)) => CaseState::New,
            state => state,
        }
    }
}

/// One clue more or less.
pub(super) fn count(cases: &mut CaseCounts, rule: &Arc<str>, (clue, judged): (&Clue, bool), more: bool) {
    let withdrawn = clue.machine == Machine::Withdrawn;
    if withdrawn && !judged {
        return;
    }
    let counts = cases.entry((rule.clone(), clue.state)).or_default();
    let counter = if withdrawn { &mut counts.withdrawn } else { &mut counts.open };
    *counter = if more { *counter + 1 } else { counter.saturating_sub(1) };
    if *counts == Cases::default() {
        cases.remove(&(rule.clone(), clue.state));
    }
}
