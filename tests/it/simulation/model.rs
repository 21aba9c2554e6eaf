//! What a county of penalties and receipts should look like after each epoch, in ordered maps and nothing of the product but its words.

use crate::engine::rig::{JUSTICE, PERSON, POLICE};
use huiyan::clues::ClueOp;
use huiyan::types::CaseState;
use std::collections::{BTreeMap, BTreeSet};

/// Number of the decision, and of its part.
type Penalty = (u32, u32);

/// Agency, relation, key as text, operation.
pub type Refused = (String, String, String, String);

/// One thing said in a batch.
#[derive(Clone, Debug)]
pub enum Line {
    /// The day on which it was decided.
    Penalty {
        op: &'static str,
        at: Penalty,
        day: i64,
    },
    Receipt {
        op: &'static str,
        no: u32,
    },
}

/// What is there after an epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
    pub today: i64,
    /// Days until a notice is due; the rules say how many.
    pub days: i64,
    pub penalties: BTreeMap<Penalty, i64>,
    pub receipts: BTreeSet<u32>,
    /// With the day of the refusal.
    pub refused: BTreeMap<Refused, i64>,
    /// Those of retractions that named another row than is there.
    differing: BTreeSet<Refused>,
    /// What happened to the clue of each decision, by epoch.
    pub lives: BTreeMap<u32, Vec<(ClueOp, u64)>>,
    /// What was said of it, and what a dismissal is bound to.
    said: BTreeMap<u32, (CaseState, BTreeSet<i64>)>,
    /// Dismissals that ended because the rows became others.
    pub ended: u64,
}

/// Lines taken and refused.
pub type Told = (u64, u64);

impl State {
    pub fn new(today: i64, days: i64) -> State {
        let (penalties, receipts, refused, differing, lives, said) = Default::default();
        State { today, days, penalties, receipts, refused, differing, lives, said, ended: 0 }
    }

    /// Decisions of which a notice is missing, each with the days on which one was due.
    pub fn clues(&self) -> BTreeMap<u32, BTreeSet<i64>> {
        let mut clues: BTreeMap<u32, BTreeSet<i64>> = BTreeMap::new();
        let missing = self.penalties.iter().filter(|((no, _), _)| !self.receipts.contains(no));
        for ((no, _), day) in missing.filter(|(_, day)| self.today > **day + self.days) {
            clues.entry(*no).or_default().insert(day + self.days);
        }
        clues
    }

    /// A batch in the epoch after this one.
    pub fn batch(&self, epoch: u64, agency: &str, lines: &[Line], whole: bool) -> (State, Told) {
        let mut next = self.clone();
        if whole {
            let kept = |line: &Line| match line {
                Line::Receipt { no, .. } => Some(*no),
                Line::Penalty { .. } => None,
            };
            let kept: BTreeSet<u32> = lines.iter().filter_map(kept).collect();
            next.receipts.retain(|no| kept.contains(no));
            next.refused.retain(|(who, relation, _, _), _| who != agency || relation != "receipt");
        }
        let mut told = (0, 0);
        for line in lines {
            if next.line(agency, line) { told.0 += 1 } else { told.1 += 1 }
        }
        if told.1 == 0 {
            next.mean_otherwise(agency, lines);
        }
        next.lived(self, epoch);
        (next, told)
    }

    fn line(&mut self, agency: &str, line: &Line) -> bool {
        let (relation, key, op) = match line {
            Line::Penalty { op, at, .. } => ("penalty", format!("{POLICE}|{}|{}", at.0, at.1), *op),
            Line::Receipt { op, no } => ("receipt", no.to_string(), *op),
        };
        let taken = match line {
            Line::Penalty { .. } if agency != POLICE => false,
            Line::Receipt { .. } if agency != JUSTICE => false,
            Line::Penalty { op: "retract", at, day } => {
                self.penalties.get(at) == Some(day) && self.penalties.remove(at).is_some()
            }
            Line::Penalty { op: "insert", at, day } => self.penalties.entry(*at).or_insert(*day) == day,
            Line::Penalty { at, day, .. } => {
                self.penalties.insert(*at, *day);
                true
            }
            Line::Receipt { op: "retract", no } => self.receipts.remove(no),
            Line::Receipt { no, .. } => {
                self.receipts.insert(*no);
                true
            }
        };
        let of_key = |(who, of, k, _): &Refused| who == agency && of == relation && *k == key;
        match (taken, op) {
            (true, "retract") => self.refused.retain(|refused, _| !(of_key(refused) && refused.3 == "retract")),
            (true, _) => self.refused.retain(|refused, _| !of_key(refused)),
            (false, _) => {
                let refused = (agency.to_string(), relation.to_string(), key, op.to_string());
                match line {
                    Line::Penalty { op: "retract", at, .. } if self.penalties.contains_key(at) => {
                        self.differing.insert(refused.clone())
                    }
                    _ => self.differing.remove(&refused),
                };
                self.refused.insert(refused, self.today);
            }
        }
        taken
    }

    /// Of a batch that was taken whole: what the agency took back in vain before is over when it takes back a row of that relation now, or
    /// brings one on a later day.
    fn mean_otherwise(&mut self, agency: &str, lines: &[Line]) {
        let of = |line: &Line| match line {
            Line::Penalty { op, .. } => ("penalty", *op == "retract"),
            Line::Receipt { op, .. } => ("receipt", *op == "retract"),
        };
        let own = if agency == POLICE { "penalty" } else { "receipt" };
        let lines: BTreeSet<(&str, bool)> = lines.iter().map(of).collect();
        let (taken_back, brought) = (lines.contains(&(own, true)), lines.contains(&(own, false)));
        let today = self.today;
        let is_over = |day: i64| taken_back || (brought && day < today);
        let is_vain = |refused: &Refused| refused.0 == agency && refused.1 == own && refused.3 == "retract";
        let differing = &self.differing;
        self.refused.retain(|refused, day| !(is_vain(refused) && !differing.contains(refused) && is_over(*day)));
    }

    /// The clock on another day.
    pub fn on(&self, epoch: u64, today: i64) -> State {
        let mut next = State { today, ..self.clone() };
        next.lived(self, epoch);
        next
    }

    /// Other rules.
    pub fn under(&self, epoch: u64, days: i64) -> State {
        let mut next = State { days, ..self.clone() };
        next.lived(self, epoch);
        next
    }

    /// What people make of the clue of a decision.
    pub fn case(&self, no: u32) -> CaseState {
        self.said.get(&no).map(|(state, _)| *state).unwrap_or_default()
    }

    /// Somebody says something of a clue that holds.
    pub fn judged(&self, epoch: u64, no: u32, state: CaseState) -> State {
        let mut next = self.clone();
        next.said.insert(no, (state, self.clues()[&no].clone()));
        next.lives.entry(no).or_default().push((ClueOp::Change, epoch));
        next
    }

    fn lived(&mut self, before: &State, epoch: u64) {
        let (was, is) = (before.clues(), self.clues());
        let all: BTreeSet<u32> = was.keys().chain(is.keys()).copied().collect();
        for no in all {
            let life = self.lives.entry(no).or_default();
            let op = match (was.get(&no), is.get(&no)) {
                (None, Some(_)) if life.is_empty() => ClueOp::Open,
                (None, Some(_)) => ClueOp::Reopen,
                (Some(_), None) => ClueOp::Withdraw,
                (Some(was), Some(is)) if was != is => ClueOp::Change,
                (Some(_), Some(_)) | (None, None) => continue,
            };
            life.push((op, epoch));
            let is_other = |said: &(CaseState, BTreeSet<i64>)| is.get(&no).is_some_and(|rows| *rows != said.1);
            if self.said.get(&no).is_some_and(|said| said.0.dismissal().is_some() && is_other(said)) {
                self.said.remove(&no);
                self.ended += 1;
            }
        }
    }
}

impl Line {
    pub fn json(&self) -> String {
        match self {
            Line::Penalty { op, at: (no, part), day } => {
                let day = huiyan::types::date_text(*day);
                let row = format!(
                    r#"{{"organ":"{POLICE}","no":"{no}","part":{part},"person":"{PERSON}","level":"hint","day":"{day}"}}"#
                );
                format!("{{\"relation\":\"penalty\",\"op\":\"{op}\",\"row\":{row}}}\n")
            }
            Line::Receipt { op, no } => crate::engine::rig::receipt(op, &no.to_string()),
        }
    }
}
