//! [`World`]: everything that follows from the entries. Live commits and replay go through the same steps: [`World::stage`] hands an
//! entry's changes to the workers, [`World::wait`] waits for them, [`World::publish`] lets readers see what came of it.
//!
//! Must not know: where entries come from, whether they are new.

use super::Refusals;
use super::derived::Derived;
use super::evaluation::{Cut, Evaluated, Evaluation, Machine};
use super::failure::Failure;
use super::handle::Shared;
use super::receipts::Receipts;
use super::rules::Rules;
use crate::clues::AgencyNames;
use crate::records::{Appeared, Foresight};
use crate::storage::entry::{Entry, EntryBody, Install};
use crate::types::{Change, Epoch, RelId, Word};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

pub struct World {
    pub(super) shared: Arc<Shared>,
    pub(super) machine: Machine,
    /// `None` before the first installation.
    pub(super) evaluation: Option<Evaluation>,
    pub receipts: Receipts,
    /// As of the last staged epoch; the view's are as of the last published one.
    pub refusals: Refusals,
    pub(super) agencies: AgencyNames,
    pub(super) derived: Derived,
    /// What the records will be after the entries that are staged and not published.
    pub(super) foresight: Foresight,
    /// Why the program stands still, if it does.
    pub(super) suspended: Option<String>,
}

/// Whether the program runs in an epoch. A replay knows from the journal where it was suspended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    Runs,
    Stands,
}

/// What the workers said of the epochs staged.
pub struct Outcome {
    pub(super) evaluated: BTreeMap<Epoch, Evaluated>,
    /// The program ran past its budget in one of them: none of them has deltas.
    pub suspended: Option<String>,
}

impl World {
    pub fn new(shared: Arc<Shared>, machine: Machine, derived: Derived) -> World {
        World {
            shared,
            machine,
            evaluation: None,
            receipts: Receipts::default(),
            refusals: Refusals::default(),
            agencies: AgencyNames::default(),
            derived,
            foresight: Foresight::default(),
            suspended: None,
        }
    }

    pub fn rules(&self) -> Option<&Rules> {
        self.evaluation.as_ref().map(Evaluation::rules)
    }

    pub fn is_still(&self) -> bool {
        self.evaluation.as_ref().is_some_and(Evaluation::is_still)
    }

    /// Rows that the dataflow holds.
    pub fn rows_held(&self) -> u64 {
        self.evaluation.as_ref().map_or(0, Evaluation::rows_held)
    }

    /// Would this installation start other rules? Then nothing may be on its way when it is staged.
    pub fn starts_rules(&self, install: &Install) -> bool {
        self.rules().is_none_or(|rules| *rules.files != *install.files)
    }

    /// Makes the records ready for other rules, so that data can be judged under them.
    pub fn take_rules(&mut self, rules: &Rules) -> Result<(), Failure> {
        let mut view = self.shared.write();
        view.records = view.records.reshape(&rules.program)?;
        Ok(())
    }

    /// Hands an entry's changes to the workers and returns at once.
    pub fn stage(&mut self, entry: &Entry, run: Run) -> Result<(), Failure> {
        if let EntryBody::Install(install) = &entry.body
            && self.starts_rules(install)
        {
            return self.start_rules(entry.epoch, install, run);
        }
        let epoch = entry.epoch;
        let Some(evaluation) = &mut self.evaluation else { return Err(Failure::NoRules(epoch)) };
        if run == Run::Stands {
            evaluation.suspend();
        }
        let (changes, refused) = match &entry.body {
            EntryBody::Install(install) => (&install.changes, Vec::new()),
            EntryBody::Clock(changes) => (changes, Vec::new()),
            EntryBody::Batch(batch) => (&batch.changes, self.refusals.apply(epoch, batch)),
            EntryBody::Suspended { code, .. } => {
                evaluation.suspend();
                self.suspended = Some(code.clone());
                return Ok(());
            }
        };
        let appeared = self.shared.read().records.foresee(&mut self.foresight, changes)?;
        evaluation.submit(epoch, appeared, &refused);
        Ok(())
    }

    /// Other rules begin with everything that is there. Nothing else may be staged.
    fn start_rules(&mut self, epoch: Epoch, install: &Install, run: Run) -> Result<(), Failure> {
        // The old workers give their memory back before the new ones take any.
        self.evaluation = None;
        let rules = Rules::of_text(&install.files).map_err(Failure::Rules)?;
        self.take_rules(&rules)?;
        self.suspended = None;
        let evaluation = match run {
            Run::Stands => Evaluation::still(rules, self.machine.texts.clone()),
            Run::Runs => {
                let refused: Vec<Change> = self.refusals.rows().into_iter().map(|row| Change { row, diff: 1 }).collect();
                let all = {
                    let view = self.shared.read();
                    let new = view.records.foresee(&mut self.foresight, &install.changes)?;
                    together(view.records.all(), new, |id| rules.program.relation(id).arity())
                };
                let mut evaluation = Evaluation::start(rules, &self.machine, epoch);
                evaluation.submit(epoch, all, &refused);
                evaluation
            }
        };
        self.evaluation = Some(evaluation);
        Ok(())
    }

    /// Waits until all that was staged, up to and including `last`, is evaluated.
    pub fn wait(&mut self, last: Epoch) -> Result<Outcome, Failure> {
        let Some(evaluation) = &mut self.evaluation else {
            return Ok(Outcome { evaluated: BTreeMap::new(), suspended: None });
        };
        match evaluation.wait(last) {
            Ok(evaluated) => Ok(Outcome { evaluated, suspended: None }),
            Err(Cut::Broken { reason }) => Err(Failure::Evaluation(reason)),
            Err(Cut::Suspended { code }) => {
                evaluation.suspend();
                self.suspended = Some(code.clone());
                Ok(Outcome { evaluated: BTreeMap::new(), suspended: Some(code) })
            }
        }
    }
}

/// Rows that are there and rows that come and go, as one insertion of what remains.
fn together(there: Vec<Appeared>, moved: Vec<Appeared>, arity: impl Fn(RelId) -> usize) -> Vec<Appeared> {
    let mut all: BTreeMap<RelId, Appeared> = there.into_iter().map(|rows| (rows.relation, rows)).collect();
    for Appeared { relation, words, diffs } in moved {
        let arity = arity(relation);
        let row = |i: usize| &words[i * arity..(i + 1) * arity];
        let gone: HashSet<&[Word]> = (0..diffs.len()).filter(|i| diffs[*i] < 0).map(row).collect();
        let sum = all.entry(relation).or_insert_with(|| Appeared { relation, words: Vec::new(), diffs: Vec::new() });
        if !gone.is_empty() {
            let kept = (0..sum.diffs.len()).map(|i| &sum.words[i * arity..(i + 1) * arity]).filter(|row| !gone.contains(row));
            sum.words = kept.flatten().copied().collect();
        }
        sum.words.extend((0..diffs.len()).filter(|i| diffs[*i] > 0).flat_map(row));
        sum.diffs = vec![1; sum.words.len().checked_div(arity).unwrap_or(diffs.len())];
    }
    all.into_values().collect()
}
