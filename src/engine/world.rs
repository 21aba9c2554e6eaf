//! [`World`]: everything that follows from the entries. Live commits and replay go through the same steps: [`World::stage`] hands an
//! entry's changes to the workers, [`World::settle`] waits for them, [`World::publish`] lets readers see what came of it.
//!
//! Must not know: where entries come from, whether they are new.

use super::Refusals;
use super::derived::Derived;
use super::evaluation::{Beside, Evaluated, Evaluation, Machine};
use super::failure::Failure;
use super::handle::Shared;
use super::install::InForce;
use super::judged::Judged;
use super::receipts::Receipts;
use super::rules::Rules;
use crate::clues::AgencyNames;
use crate::dataflow::Budget;
use crate::records::{Appeared, Foresight};
use crate::storage::Schema;
use crate::storage::entry::{Entry, EntryBody, Install, NetChange};
use crate::types::{Epoch, RelId, Word};
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
    /// The same of what was said of clues.
    pub said: Judged,
    pub(super) agencies: AgencyNames,
    pub(super) derived: Derived,
    /// What the records will be after the entries that are staged and not published.
    pub(super) foresight: Foresight,
    /// When the last published epoch was.
    pub(super) wall_us: i64,
    /// Rules of which the feed tells, those in force among them.
    pub(super) told: Vec<Rules>,
    /// The pack whose rules and data were installed last.
    pub(super) in_force: Option<InForce>,
    /// Why the program stands still, if it does.
    pub(super) suspended: Option<String>,
    /// Did anything change since it stands still? Then it may be tried again.
    pub(super) moved: bool,
    /// A replay has seen epochs cut that had been whole: each is taken alone from now on, and with the budget that it is due.
    pub careful: bool,
}

/// Whether the program runs in an epoch. A replay knows from the journal where it was suspended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    Runs,
    Stands,
}

/// An entry on its way.
pub struct Staged {
    pub entry: Entry,
    /// What its rows are written under.
    pub schema: Arc<Schema>,
    pub run: Run,
    /// It starts rules, other ones or the same again: nothing else may be on its way.
    pub starts: bool,
}

/// What the workers said of the epochs staged.
#[derive(Default)]
pub struct Outcome {
    pub(super) evaluated: BTreeMap<Epoch, Evaluated>,
    /// The program ran past its budget: why, and in which epoch; from there on there are no deltas.
    pub suspended: Option<(String, Epoch)>,
}

/// Why nothing runs where the text of the rules is not taken any more.
pub const UNREAD: &str = "rules";

impl World {
    pub fn new(shared: Arc<Shared>, machine: Machine, derived: Derived) -> World {
        World {
            shared,
            machine,
            evaluation: None,
            receipts: Receipts::default(),
            refusals: Refusals::default(),
            said: Judged::default(),
            agencies: AgencyNames::default(),
            derived,
            foresight: Foresight::default(),
            wall_us: 0,
            told: Vec::new(),
            in_force: None,
            suspended: None,
            moved: false,
            careful: false,
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

    /// Does this entry start rules?
    pub fn starts_rules(&self, entry: &Entry) -> bool {
        match &entry.body {
            EntryBody::Install(install) => self.rules().is_none_or(|rules| *rules.files != *install.files),
            EntryBody::Resumed => true,
            EntryBody::Batch(_) | EntryBody::Clock(_) | EntryBody::Verdict(_) | EntryBody::Suspended { .. } => false,
        }
    }

    /// Remembers the text of rules that the feed begins to tell of; those of which it no longer does are let go.
    pub(super) fn tell_of(&mut self, rules: &Rules) {
        if !self.told.iter().any(|told| Arc::ptr_eq(&told.program, &rules.program)) {
            self.told.retain(|told| Arc::strong_count(&told.program) > 1);
            self.told.push(rules.clone());
        }
    }

    /// Is there any hope in trying the suspended program again?
    pub fn may_resume(&self) -> bool {
        self.is_still() && self.moved && self.rules().is_some_and(|rules| !rules.unread)
    }

    /// Makes the records ready for other rules, so that data can be judged under them.
    pub fn take_rules(&mut self, rules: &Rules) -> Result<(), Failure> {
        let mut view = self.shared.write();
        view.records = view.records.reshape(&rules.program)?;
        Ok(())
    }

    /// Hands an entry's changes to the workers and returns at once.
    pub fn stage(&mut self, Staged { entry, schema, run, starts }: &Staged) -> Result<(), Failure> {
        if let EntryBody::Install(install) = &entry.body {
            self.in_force = Some(InForce::of(install));
            if *starts {
                return self.start_rules(entry.epoch, install, schema, *run);
            }
        }
        let budget = self.budget(entry.epoch);
        let Some(evaluation) = &mut self.evaluation else { return Err(Failure::NoRules(entry.epoch)) };
        if *run == Run::Stands {
            evaluation.suspend();
        }
        if self.careful {
            evaluation.set_budget(budget);
        }
        let mut beside = Beside::default();
        let changes = match &entry.body {
            EntryBody::Install(install) => &install.changes,
            EntryBody::Clock(changes) => changes,
            EntryBody::Batch(batch) => {
                beside.refused = self.refusals.apply(entry.epoch, batch);
                &batch.changes
            }
            EntryBody::Verdict(verdict) => {
                beside.said = self.said.apply(verdict, self.shared.read().clues.names());
                &Vec::new()
            }
            EntryBody::Suspended { code, .. } => {
                evaluation.suspend();
                self.suspend(code);
                return Ok(());
            }
            EntryBody::Resumed => return self.resume(entry.epoch, *run),
        };
        self.moved |= !changes.is_empty() || evaluation.reads(&beside);
        let appeared = self.shared.read().records.foresee(&mut self.foresight, changes)?;
        evaluation.submit(entry.epoch, appeared, &beside);
        Ok(())
    }

    /// Other rules begin with everything that is there. Nothing else may be staged.
    fn start_rules(&mut self, epoch: Epoch, install: &Install, schema: &Schema, run: Run) -> Result<(), Failure> {
        // The old workers give their memory back before the new ones take any.
        self.evaluation = None;
        let rules = Rules::of_past(&install.files, schema);
        self.take_rules(&rules)?;
        self.suspended = rules.unread.then(|| UNREAD.to_string());
        match run {
            Run::Runs if !rules.unread => self.run(epoch, rules, &install.changes, self.budget(epoch))?,
            Run::Runs | Run::Stands => self.evaluation = Some(Evaluation::still(rules, self.machine.texts.clone())),
        }
        Ok(())
    }

    /// The same rules once more, with everything that is there by now.
    fn resume(&mut self, epoch: Epoch, run: Run) -> Result<(), Failure> {
        match self.evaluation.take().map(|evaluation| evaluation.rules().clone()) {
            None => Err(Failure::NoRules(epoch)),
            Some(rules) if run == Run::Stands || rules.unread => {
                self.evaluation = Some(Evaluation::still(rules, self.machine.texts.clone()));
                Ok(())
            }
            Some(rules) => {
                self.suspended = None;
                self.run(epoch, rules, &[], self.budget(epoch))
            }
        }
    }

    /// A new evaluation whose first epoch has all rows, those of `changes` among them.
    pub(super) fn run(&mut self, epoch: Epoch, rules: Rules, changes: &[NetChange], budget: Budget) -> Result<(), Failure> {
        let (all, beside) = {
            let view = self.shared.read();
            let new = view.records.foresee(&mut self.foresight, changes)?;
            let beside = Beside::all(&self.refusals, &self.said, view.clues.names());
            (together(view.records.all(), new, |id| rules.program.relation(id).arity()), beside)
        };
        let mut evaluation = Evaluation::start(rules, &Machine { budget, ..self.machine.clone() }, epoch);
        evaluation.submit(epoch, all, &beside);
        self.evaluation = Some(evaluation);
        Ok(())
    }

    /// What an epoch may use: an epoch that was whole once has shown that it ends.
    pub(super) fn budget(&self, epoch: Epoch) -> Budget {
        if self.careful && self.derived.knows(epoch) { Budget::NONE } else { self.machine.budget }
    }

    pub(super) fn suspend(&mut self, code: &str) {
        (self.suspended, self.moved) = (Some(code.to_string()), false);
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
