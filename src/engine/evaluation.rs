//! [`Evaluation`]: the running dataflow of the rules in force, fed with net changes by name and giving back changes as values; or a
//! program that stands still because it ran past its budget.

use super::Refusals;
use super::judged::Judged;
use super::rules::Rules;
use crate::dataflow::{Alarm, Budget, EpochDelta, InputChanges, OutputDelta, Runtime, RuntimeError};
use crate::expr::Naming;
use crate::plan::Output;
use crate::records::Appeared;
use crate::security::Names;
use crate::types::{Change, Epoch, Interner, Kind, RelId, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one epoch changed in each output, every list in value order.
pub type Deltas = BTreeMap<Output, Vec<Change>>;

/// What the evaluation says of one epoch; of a suspended one it says nothing.
pub enum Evaluated {
    /// Changes against the epoch before.
    Step(Deltas),
    /// The first epoch of these rules: everything that holds.
    Fresh(BTreeMap<Output, BTreeSet<Row>>),
}

/// Why an evaluation ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cut {
    /// The program ran past its budget: it stands still from now on.
    Suspended { code: String },
    /// The machine failed.
    Broken { reason: String },
}

/// What every runtime gets.
#[derive(Clone)]
pub struct Machine {
    pub texts: Arc<Interner>,
    /// Under the folder's key, as ids are outside.
    pub naming: Naming,
    pub workers: usize,
    pub budget: Budget,
    /// Who hears at once that a worker broke; whoever waits for it hears in any case.
    pub alarm: Option<Alarm>,
}

pub struct Evaluation {
    rules: Rules,
    texts: Arc<Interner>,
    /// `None` while suspended.
    runtime: Option<Runtime>,
    /// Not given out yet: the first epoch of this runtime.
    fresh: Option<Epoch>,
    read: BTreeSet<RelId>,
    refused: Option<RelId>,
    said: Option<RelId>,
}

/// What rules may read beside records: changes of the refusals that are open, and of what was last said of clues.
#[derive(Default)]
pub struct Beside {
    pub refused: Vec<Change>,
    pub said: Vec<Change>,
}

impl Beside {
    /// All of it, for rules that begin.
    pub fn all(refusals: &Refusals, said: &Judged, names: &Names) -> Beside {
        let new = |rows: Vec<Row>| rows.into_iter().map(|row| Change { row, diff: 1 }).collect();
        Beside { refused: new(refusals.rows()), said: new(said.rows(names)) }
    }
}

impl Evaluation {
    /// The rules begin to run; `epoch` will be their first. Everything that is there must be submitted with it.
    pub fn start(rules: Rules, machine: &Machine, epoch: Epoch) -> Evaluation {
        let Machine { texts, naming, workers, budget, alarm } = machine.clone();
        let runtime = Runtime::start(rules.plan.clone(), rules.arities(), texts.clone(), naming, workers.max(1), budget);
        alarm.into_iter().for_each(|alarm| runtime.on_break(alarm));
        Evaluation { runtime: Some(runtime), fresh: Some(epoch), ..Evaluation::still(rules, texts) }
    }

    /// Rules that do not run.
    pub fn still(rules: Rules, texts: Arc<Interner>) -> Evaluation {
        let read = rules.plan.inputs.iter().copied().collect();
        let refused = beside(&rules, Refusals::RELATION, &Refusals::KINDS);
        let said = beside(&rules, Judged::RELATION, &Judged::KINDS);
        Evaluation { rules, texts, runtime: None, fresh: None, read, refused, said }
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    pub fn is_still(&self) -> bool {
        self.runtime.is_none()
    }

    /// Rows that the dataflow holds; none while it stands still.
    pub fn rows_held(&self) -> u64 {
        self.runtime.as_ref().map_or(0, Runtime::rows_held)
    }

    /// What the next epochs may use; nothing is on its way.
    pub fn set_budget(&self, budget: Budget) {
        if let Some(runtime) = &self.runtime {
            runtime.set_budget(budget);
        }
    }

    /// Stops evaluating: what was submitted and not waited for is lost.
    pub fn suspend(&mut self) {
        self.runtime = None;
        self.fresh = None;
    }

    /// Do the rules read any of it?
    pub fn reads(&self, beside: &Beside) -> bool {
        let is_read = |relation: Option<RelId>| relation.is_some_and(|id| self.read.contains(&id));
        (!beside.refused.is_empty() && is_read(self.refused)) || (!beside.said.is_empty() && is_read(self.said))
    }

    /// Hands the rows that appear and go in an epoch to the workers and returns at once.
    pub fn submit(&mut self, epoch: Epoch, appeared: Vec<Appeared>, beside: &Beside) {
        let Some(runtime) = &mut self.runtime else { return };
        let read = appeared.into_iter().filter(|rows| self.read.contains(&rows.relation));
        let mut inputs: Vec<InputChanges> =
            read.map(|Appeared { relation, words, diffs }| InputChanges { relation: Some(relation), words, diffs }).collect();
        let told = [(self.refused, &beside.refused, &Refusals::KINDS[..]), (self.said, &beside.said, &Judged::KINDS[..])];
        for (relation, changes, kinds) in told {
            let Some(id) = relation.filter(|id| !changes.is_empty() && self.read.contains(id)) else { continue };
            let cells = changes.iter().flat_map(|change| change.row.values().iter().zip(kinds));
            let words = cells.map(|(value, kind)| self.texts.encode(value, *kind)).collect();
            let diffs = changes.iter().map(|change| change.diff).collect();
            inputs.push(InputChanges { relation: Some(id), words, diffs });
        }
        if !inputs.is_empty() || self.fresh.is_some_and(|first| first >= epoch) {
            runtime.submit(epoch, inputs);
        }
    }

    /// Waits until everything up to `last` is evaluated. Epochs that are not in the answer changed nothing.
    pub fn wait(&mut self, last: Epoch) -> Result<BTreeMap<Epoch, Evaluated>, Cut> {
        let Some(runtime) = &mut self.runtime else { return Ok(BTreeMap::new()) };
        let given = runtime.wait(last).map_err(|error| cut(&error))?;
        let mut evaluated = BTreeMap::new();
        if let Some(first) = self.fresh.take() {
            let (beginning, rest): (Vec<_>, Vec<_>) = given.into_iter().partition(|delta| delta.epoch <= first);
            evaluated.insert(first, Evaluated::Fresh(self.all_of(beginning)));
            evaluated.extend(rest.into_iter().map(|delta| (delta.epoch, Evaluated::Step(self.values(delta)))));
        } else {
            evaluated.extend(given.into_iter().map(|delta| (delta.epoch, Evaluated::Step(self.values(delta)))));
        }
        Ok(evaluated)
    }

    fn values(&self, delta: EpochDelta) -> Deltas {
        delta.outputs.iter().map(|output| (output.output, self.changes(output))).collect()
    }

    fn changes(&self, delta: &OutputDelta) -> Vec<Change> {
        let columns: Vec<(Kind, bool)> = match delta.output {
            Output::Relation(id) => self.rules.program.relation(id).columns.iter().map(|c| (c.kind, c.optional)).collect(),
            Output::Faults => vec![(Kind::Symbol, false); delta.arity],
        };
        delta.changes(&columns, &self.texts)
    }

    /// What holds after the first epochs: a runtime may bring facts of the text before the first rows.
    fn all_of(&self, deltas: Vec<EpochDelta>) -> BTreeMap<Output, BTreeSet<Row>> {
        let mut all: BTreeMap<Output, Vec<Change>> = BTreeMap::new();
        for output in deltas.iter().flat_map(|delta| &delta.outputs) {
            all.entry(output.output).or_default().extend(self.changes(output));
        }
        all.into_iter().map(|(output, changes)| (output, sum_of(changes))).collect()
    }
}

/// The rows that are there behind all these changes.
fn sum_of(mut changes: Vec<Change>) -> BTreeSet<Row> {
    changes.sort();
    changes.dedup_by(|next, kept| {
        let same = next.row == kept.row;
        kept.diff += if same { next.diff } else { 0 };
        same
    });
    changes.into_iter().filter(|change| change.diff > 0).map(|change| change.row).collect()
}

fn cut(error: &RuntimeError) -> Cut {
    match error {
        RuntimeError::Iterations { .. } => Cut::Suspended { code: "iterations".to_string() },
        RuntimeError::Rows { .. } | RuntimeError::Values { .. } => Cut::Suspended { code: "rows".to_string() },
        RuntimeError::Made { .. } => Cut::Suspended { code: "made".to_string() },
        RuntimeError::Worker(reason) => Cut::Broken { reason: format!("a worker stopped: {reason}") },
    }
}

/// The relation through which rules read something of ours, if they declare it as `.input` with the right columns.
fn beside(rules: &Rules, name: &str, kinds: &[Kind]) -> Option<RelId> {
    let id = rules.program.find(name)?;
    let relation = rules.program.relation(id);
    let fits = relation.kinds() == kinds && relation.input.is_some() && relation.record.is_none();
    fits.then_some(id)
}
