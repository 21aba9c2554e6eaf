//! [`Clue`]: one supervision clue as people read it, and the words for what happens to it.

use super::card::Card;
use crate::program::Program;
use crate::security::ClueId;
use crate::types::{CaseState, Change, Epoch, RelId, Value};
use std::sync::Arc;

/// Where the machine sees a clue in its life. What people make of it is another axis.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Machine {
    Open,
    Changed,
    Withdrawn,
    Reopened,
}

impl Machine {
    pub const NAMES: [&str; 4] = ["open", "changed", "withdrawn", "reopened"];

    pub fn name(self) -> &'static str {
        match self {
            Machine::Open => "open",
            Machine::Changed => "changed",
            Machine::Withdrawn => "withdrawn",
            Machine::Reopened => "reopened",
        }
    }
}

/// A clue at one moment of its life. Values of personal identity are never in here, except in `person_key`.
#[derive(Clone, PartialEq)]
pub struct Clue {
    pub id: ClueId,
    /// In the program of the epoch named in `changed`; later rules may number relations differently. `rule` stays.
    pub relation: RelId,
    /// Name of the relation.
    pub rule: String,
    pub title: String,
    /// The person's id outside.
    pub person: Option<String>,
    pub agency: Option<String>,
    pub area: Option<String>,
    pub level: String,
    pub basis: String,
    pub due: Option<Value>,
    pub reason: String,
    /// In declared order; columns of type `PersonId` hold the person's id outside.
    pub columns: Vec<(String, Value)>,
    /// How many rows have this clue's key.
    pub evidence: u64,
    pub machine: Machine,
    /// What people made of it.
    pub state: CaseState,
    /// The epoch it was opened, or last reopened.
    pub opened: Epoch,
    /// The epoch of the last thing that happened to it.
    pub changed: Epoch,
    /// The identity number, to find the clues of a person. Never leaves the server.
    pub person_key: Option<Arc<str>>,
}

impl Clue {
    /// What it holds in memory, roughly: texts by their length, everything else by its size.
    pub fn bytes(&self) -> usize {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let texts = [&self.rule, &self.title, &self.level, &self.basis, &self.reason].map(String::len);
        let named = [&self.person, &self.agency, &self.area].map(optional);
        let columns = self.columns.iter().map(|(name, value)| size_of_val(name) + name.len() + value.bytes());
        let rest = self.due.as_ref().map_or(0, Value::bytes) + self.person_key.as_ref().map_or(0, |key| key.len());
        size_of::<Clue>() + texts.iter().sum::<usize>() + named.iter().sum::<usize>() + columns.sum::<usize>() + rest
    }
}

/// Without the identity number, for it may end in a log.
impl std::fmt::Debug for Clue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Clue { id, rule, level, machine, evidence, .. } = self;
        write!(f, "Clue({id} {rule} {level} {} {evidence})", machine.name())
    }
}

/// What of a clue is not read off its rows.
pub(super) struct Stage {
    pub machine: Machine,
    pub state: CaseState,
    pub opened: Epoch,
    pub changed: Epoch,
    pub evidence: u64,
}

impl Stage {
    pub(super) fn of_card(self, id: ClueId, relation: RelId, rule: &str, card: Card) -> Clue {
        let Card { title, person, person_key, agency, area, level, basis, due, reason, columns } = card;
        let Stage { machine, state, opened, changed, evidence } = self;
        let rule = rule.to_string();
        Clue {
            id,
            relation,
            rule,
            title,
            person,
            agency,
            area,
            level,
            basis,
            due,
            reason,
            columns,
            evidence,
            machine,
            state,
            opened,
            changed,
            person_key,
        }
    }

    pub(super) fn of_clue(self, old: &Clue) -> Clue {
        let Stage { machine, state, opened, changed, evidence } = self;
        Clue { machine, state, opened, changed, evidence, ..old.clone() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ClueOp {
    Open,
    Change,
    Withdraw,
    Reopen,
}

impl ClueOp {
    pub fn name(self) -> &'static str {
        match self {
            ClueOp::Open => "open",
            ClueOp::Change => "change",
            ClueOp::Withdraw => "withdraw",
            ClueOp::Reopen => "reopen",
        }
    }
}

/// What one epoch did to one clue.
#[derive(Clone, PartialEq, Debug)]
pub struct ClueDelta {
    pub op: ClueOp,
    /// As it is now; after a withdrawal as it last was, with [`Machine::Withdrawn`].
    pub clue: Arc<Clue>,
    /// As it was before; absent for a first opening.
    pub was: Option<Arc<Clue>>,
}

/// Why an epoch came to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    Batch {
        agency: String,
    },
    /// `now` as text, the more exact clock if there are two.
    Clock {
        now: String,
    },
    /// `hash`: the beginning of that of the pack, which tells an edited pack of the same name and version; empty where it is not known.
    Rules {
        pack: String,
        version: String,
        hash: String,
    },
    /// Somebody said something of a clue.
    Verdict {
        agency: String,
        state: CaseState,
    },
}

/// Everything that one epoch changed for readers.
#[derive(Clone)]
pub struct EpochChanges {
    pub epoch: Epoch,
    pub wall_us: i64,
    pub cause: Cause,
    /// In the order of rule name and key; before them what a verdict said of its clue.
    pub clues: Vec<ClueDelta>,
    /// Outputs that are no clues, in the order of relation and row.
    pub rows: Vec<(RelId, Change)>,
    /// Rows of outputs that the rules of this epoch no longer have, or have with other columns; numbered as in `before`.
    pub gone: Vec<(RelId, Change)>,
    /// The program of the epochs before, if this one began with another.
    pub before: Option<Arc<Program>>,
    /// The program that the `RelId`s of this epoch belong to.
    pub program: Arc<Program>,
}

impl EpochChanges {
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What they hold in memory, roughly. Of a clue only how it is now: how it was came with an earlier change.
    pub fn bytes(&self) -> usize {
        let clues = self.clues.iter().map(|delta| size_of_val(delta) + delta.clue.bytes());
        let rows = self.rows.iter().chain(&self.gone).map(|change| size_of_val(change) + change.1.row.bytes());
        size_of::<EpochChanges>() + clues.sum::<usize>() + rows.sum::<usize>()
    }

    /// How many single changes; that other rules are in force is one of them.
    pub fn len(&self) -> usize {
        let rules = usize::from(matches!(self.cause, Cause::Rules { .. }));
        rules + self.clues.len() + self.rows.len() + self.gone.len()
    }
}
