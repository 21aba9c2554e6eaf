//! Waiting for the workers: [`World::settle`] says what the epochs that were staged gave, or from which one on the program stands still.
//!
//! Promises: a cut hits the epoch that ran past the budget and none before it, however many were on their way together; and an epoch that
//! was published whole is whole in every replay. For that, epochs that were cut together are evaluated again one by one: together they
//! hold more rows than one after the other, and a process may end before it has written down what was cut.

use super::evaluation::{Cut, Evaluated};
use super::failure::Failure;
use super::world::{Outcome, Run, Staged, World};
use crate::dataflow::Budget;
use crate::records::Foresight;
use crate::storage::entry::{EntryBody, NetChange};
use crate::types::Epoch;
use std::collections::BTreeMap;

/// What the workers say.
enum Waited {
    Whole(BTreeMap<Epoch, Evaluated>),
    Cut { code: String },
}

impl World {
    /// Waits until all that was staged is evaluated.
    pub fn settle(&mut self, staged: &[Staged]) -> Result<Outcome, Failure> {
        let Some(last) = staged.last() else { return Ok(Outcome::default()) };
        match self.wait(last.entry.epoch)? {
            Waited::Whole(evaluated) => Ok(Outcome { evaluated, suspended: None }),
            Waited::Cut { code } if staged.len() == 1 && !self.derived.knows(last.entry.epoch) => {
                self.suspend(&code);
                Ok(Outcome { evaluated: BTreeMap::new(), suspended: Some((code, last.entry.epoch)) })
            }
            Waited::Cut { .. } => self.one_by_one(staged),
        }
    }

    /// All that was staged once more, from before its first epoch.
    fn one_by_one(&mut self, staged: &[Staged]) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        self.careful = true;
        self.begin_again(&staged[0])?;
        for one in staged {
            if !one.starts {
                let run = if outcome.suspended.is_some() { Run::Stands } else { one.run };
                self.stage(&Staged { entry: one.entry.clone(), schema: one.schema.clone(), run, starts: false })?;
            }
            match self.wait(one.entry.epoch)? {
                Waited::Whole(evaluated) => outcome.evaluated.extend(evaluated),
                Waited::Cut { code } => {
                    self.suspend(&code);
                    outcome.suspended = Some((code, one.entry.epoch));
                }
            }
        }
        Ok(outcome)
    }

    /// As if nothing had been staged; an entry that starts rules is staged again by this.
    fn begin_again(&mut self, first: &Staged) -> Result<(), Failure> {
        let epoch = first.entry.epoch;
        self.foresight = Foresight::default();
        {
            let view = self.shared.read();
            (self.refusals, self.said) = (view.refused.clone(), view.said.clone());
        }
        let rules = self.rules().ok_or(Failure::NoRules(epoch))?.clone();
        if first.starts {
            return self.run(epoch, rules, installed(&first.entry.body), self.budget(epoch));
        }
        // What readers see already was whole.
        let published = Epoch(epoch.0 - 1);
        self.run(published, rules, &[], Budget::NONE)?;
        match self.wait(published)? {
            Waited::Whole(_) | Waited::Cut { .. } => Ok(()),
        }
    }

    /// What holds at the first epoch of an evaluation that has just begun; from then on its budget is the usual one.
    pub fn all_at(&mut self, epoch: Epoch) -> Result<Evaluated, Failure> {
        let whole = match self.wait(epoch)? {
            Waited::Whole(mut evaluated) => evaluated.remove(&epoch),
            Waited::Cut { .. } => None,
        };
        if let Some(evaluation) = &self.evaluation {
            evaluation.set_budget(self.machine.budget);
        }
        whole.ok_or_else(|| Failure::Evaluation("an evaluation without a budget was cut".to_string()))
    }

    fn wait(&mut self, last: Epoch) -> Result<Waited, Failure> {
        let Some(evaluation) = &mut self.evaluation else { return Ok(Waited::Whole(BTreeMap::new())) };
        match evaluation.wait(last) {
            Ok(evaluated) => Ok(Waited::Whole(evaluated)),
            Err(Cut::Broken { reason }) => Err(Failure::Evaluation(reason)),
            Err(Cut::Suspended { code }) => {
                evaluation.suspend();
                Ok(Waited::Cut { code })
            }
        }
    }
}

fn installed(body: &EntryBody) -> &[NetChange] {
    match body {
        EntryBody::Install(install) => &install.changes,
        EntryBody::Batch(_) | EntryBody::Clock(_) | EntryBody::Verdict(_) | EntryBody::Suspended { .. } | EntryBody::Resumed => {
            &[]
        }
    }
}
