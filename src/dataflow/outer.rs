//! [`Outer`]: the outer line of a plan, evaluated epoch by epoch: each node whose sources changed computes its own change, in order.
//!
//! Outside recursion time is one line and each epoch is evaluated before the next, so nothing here needs times, frontiers or operators
//! that are told of progress: a node for which nothing changed is not looked at. Recursion is differential's (`stratum.rs`), and takes
//! several epochs in one go: so of epochs that wait together first all are evaluated up to the recursion (`stages.rs`), then behind it.
//!
//! A change is held until its last reader has read it. It is indexed, if somebody looks the rows up, when the last of these has read it.

use super::agenda::agenda;
use super::feed::made;
use super::fold::Folding;
use super::index::Index;
use super::line::Context;
use super::pick::Picking;
use super::range::Generator;
use super::runtime::InputChanges;
use super::shape::Program;
use super::sort::consolidate;
use super::stages::Stages;
use super::steps::{Pairing, Read, anti, distinct, join};
use super::stratum::Stratum;
use super::together::{Turn, follow_together};
use super::updates::Delta;
use crate::limits::{EVALUATION_THREADS_MAX, ROWS_SIDE_BY_SIDE};
use crate::types::RelId;
use std::collections::{BTreeSet, HashMap};
use std::thread;
use timely::worker::Worker;

/// A node that is read: which one, and how many leading columns the reader takes as the key.
#[derive(Clone, Copy)]
pub struct Source {
    pub node: usize,
    pub key: usize,
}

/// What a node does.
pub enum Step {
    /// It is fed.
    Input,
    /// Rows of the program text, until the first epoch takes them.
    Constant(Delta),
    Map(Source, Program),
    Range(Source, Generator),
    Join(Source, Source, Program),
    Anti(Source, Source, Program),
    /// What opens, what closes, the clock.
    Agenda(Option<Source>, Option<Source>, Source, Program),
    Concat(Vec<Source>),
    Distinct(Source),
    Reduce(Source, Folding),
    Pick(Source, Picking),
    /// The recursion at a place.
    Fix(Vec<Source>, usize),
    /// Of a recursion, the export at a place.
    Export(usize, usize),
}

impl Step {
    /// The nodes it reads, each as often as it does.
    pub fn sources(&self) -> Vec<usize> {
        match self {
            Step::Input | Step::Constant(_) => Vec::new(),
            Step::Map(source, _)
            | Step::Range(source, _)
            | Step::Distinct(source)
            | Step::Reduce(source, ..)
            | Step::Pick(source, _) => vec![source.node],
            Step::Join(left, right, _) | Step::Anti(left, right, _) => vec![left.node, right.node],
            Step::Agenda(opens, closes, clock, _) => {
                opens.iter().chain(closes).chain([clock]).map(|source| source.node).collect()
            }
            Step::Concat(sources) | Step::Fix(sources, _) => sources.iter().map(|source| source.node).collect(),
            Step::Export(fix, _) => vec![*fix],
        }
    }

    /// Does it look for rows of its sources as they stood before?
    pub fn looks_up(&self) -> bool {
        match self {
            Step::Join(..) | Step::Anti(..) | Step::Agenda(..) | Step::Distinct(_) | Step::Reduce(..) | Step::Pick(..) => true,
            Step::Input
            | Step::Constant(_)
            | Step::Map(..)
            | Step::Range(..)
            | Step::Concat(_)
            | Step::Fix(..)
            | Step::Export(..) => false,
        }
    }

    /// What follows from the rows of its sources; `None` of a step that hands rows on as they are.
    pub fn computed<'a>(&mut self, rows: &dyn Fn(usize) -> &'a Rows, stride: usize, context: &Context) -> Option<Delta> {
        let Context { texts, halt, .. } = context;
        let read = |source: &Source| rows(source.node).read();
        let change = |source: &Source| &rows(source.node).change;
        Some(match self {
            Step::Map(source, program) => made(change(source), source.key, program),
            Step::Range(source, generator) => generator.made(change(source), source.key),
            Step::Join(left, right, program) => join(read(left), read(right), Pairing::new(program, left.key, halt)),
            Step::Anti(left, right, program) => anti(read(left), read(right), Pairing::new(program, left.key, halt)),
            Step::Agenda(opens, closes, clock, program) => {
                let timed = opens.or(*closes).expect("an agenda has a bound");
                let pairing = Pairing::new(program, timed.key, halt);
                agenda(opens.as_ref().map(read), closes.as_ref().map(read), read(clock), pairing)
            }
            Step::Distinct(source) => distinct(read(source)),
            Step::Reduce(source, folding) => folding.changes(read(source), source.key, texts, halt),
            Step::Pick(source, picking) => picking.changes(read(source), source.key, stride),
            Step::Input | Step::Constant(_) | Step::Concat(_) | Step::Fix(..) | Step::Export(..) => return None,
        })
    }

    /// What such a step hands on. `take` gives the change of a source, which goes out of it if nobody else wants it.
    pub fn handed_on(&mut self, take: &mut dyn FnMut(usize) -> Delta, stride: usize) -> Handed {
        match self {
            Step::Constant(own) => Handed::Change(std::mem::take(own)),
            Step::Concat(sources) => {
                let mut all = Delta::new(stride, 0);
                sources.iter().for_each(|source| all.merge(take(source.node)));
                Handed::Change(all)
            }
            Step::Fix(imports, _) => Handed::Imports(imports.iter().map(|import| take(import.node)).collect()),
            Step::Export(fix, index) => Handed::Export(*fix, *index),
            Step::Input
            | Step::Map(..)
            | Step::Range(..)
            | Step::Join(..)
            | Step::Anti(..)
            | Step::Agenda(..)
            | Step::Distinct(_)
            | Step::Reduce(..)
            | Step::Pick(..) => Handed::Change(Delta::default()),
        }
    }

    /// What a fold keeps beside the rows of the nodes.
    pub fn results(&mut self) -> Option<&mut Index> {
        if let Step::Reduce(_, folding) = self { Some(&mut folding.results) } else { None }
    }
}

/// What a step hands on as it is.
pub enum Handed {
    Change(Delta),
    /// To the recursion that the step is.
    Imports(Vec<Delta>),
    /// Of a recursion, the export at a place.
    Export(usize, usize),
}

/// What is known of a node's rows.
pub struct Rows {
    pub stride: usize,
    /// In the epoch that is being evaluated; consolidated if the rows are indexed.
    change: Delta,
    /// As they stood before the epoch; kept where somebody looks rows up.
    before: Option<Index>,
    /// Read by one, once.
    is_read_once: bool,
    is_given_out: bool,
}

impl Rows {
    pub fn new(stride: usize) -> Rows {
        let change = Delta::new(stride, stride);
        Rows { stride, change, before: None, is_read_once: false, is_given_out: false }
    }

    /// Somebody looks rows up.
    pub fn keep(&mut self) {
        self.before.get_or_insert_default();
    }

    fn read(&self) -> Read<'_> {
        Read { before: self.before.as_ref().expect("rows that are looked up are kept"), change: &self.change }
    }

    /// The change, as the only one who wants it, or a copy.
    pub fn take(&mut self) -> Delta {
        self.copy().unwrap_or_else(|| self.change.take())
    }

    /// A copy of the change, if others want it too.
    pub fn copy(&self) -> Option<Delta> {
        let is_wanted = self.before.is_some() || self.is_given_out || !self.is_read_once;
        is_wanted.then(|| self.change.clone())
    }

    /// Is there anything?
    pub fn set(&mut self, change: Delta) -> bool {
        self.change = change;
        if self.before.is_some() {
            consolidate(&mut self.change);
        }
        !self.change.is_empty()
    }

    /// Who looks rows up has done so. Is the index still merging?
    pub fn index(&mut self) -> bool {
        let Some(before) = &mut self.before else { return false };
        before.add(&self.change);
        before.is_merging()
    }

    /// Who reads the change has done so.
    pub fn let_go(&mut self) {
        if !self.is_given_out {
            self.change = Delta::new(self.stride, self.stride);
        }
    }
}

/// An epoch on its way through the stages.
pub struct InFlight {
    pub epoch: u64,
    /// How many are fed.
    rows: usize,
    changes: Vec<InputChanges>,
    /// Nodes whose sources changed, with their stages.
    pub due: BTreeSet<(usize, usize)>,
    /// Changes that a later stage reads.
    kept: Vec<(usize, Delta)>,
    /// Of each recursion that is due, the changes of its imports.
    imports: HashMap<usize, Vec<Delta>>,
    /// Of each recursion that changed, what it exports.
    exported: HashMap<usize, Vec<Delta>>,
}

impl InFlight {
    pub fn new(epoch: u64, changes: Vec<InputChanges>) -> InFlight {
        let (imports, exported) = (HashMap::new(), HashMap::new());
        let rows = changes.iter().map(|part| part.diffs.len()).sum();
        InFlight { epoch, rows, changes, due: BTreeSet::new(), kept: Vec::new(), imports, exported }
    }

    /// How many rows are fed.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// What a step handed on, which is its change unless it is kept here.
    pub fn land(&mut self, at: usize, handed: Handed) -> Delta {
        match handed {
            Handed::Change(change) => change,
            Handed::Imports(imports) => {
                self.imports.insert(at, imports);
                Delta::default()
            }
            Handed::Export(fix, index) => {
                let exports = self.exported.get_mut(&fix).expect("a recursion is evaluated before its exports");
                std::mem::take(&mut exports[index])
            }
        }
    }
}

/// Each output that changed in an epoch, with its change, consolidated.
pub type GivenOut = Vec<(usize, Delta)>;

pub struct Outer {
    steps: Vec<Step>,
    strata: Vec<Stratum>,
    rows: Vec<Rows>,
    stages: Stages,
    inputs: HashMap<RelId, usize>,
    /// Of each output of the plan.
    outputs: Vec<usize>,
    context: Context,
    /// Threads that evaluate an epoch of many rows.
    threads: usize,
    /// Nodes whose index still has to merge.
    merging: BTreeSet<usize>,
    /// Nodes of the program text that no epoch has taken yet.
    constants: BTreeSet<(usize, usize)>,
    /// Nodes that have a change in this epoch.
    changed: Vec<usize>,
}

impl Outer {
    /// Each step reads only those before it.
    pub fn new(
        steps: Vec<Step>,
        strata: Vec<Stratum>,
        mut rows: Vec<Rows>,
        inputs: HashMap<RelId, usize>,
        outputs: Vec<usize>,
        context: Context,
    ) -> Outer {
        let mut reads = vec![0; steps.len()];
        steps.iter().flat_map(Step::sources).for_each(|source| reads[source] += 1);
        for (at, rows) in rows.iter_mut().enumerate() {
            rows.is_read_once = reads[at] == 1;
            rows.is_given_out = outputs.contains(&at);
        }
        let stages = Stages::of(&steps);
        let constants = steps.iter().enumerate().filter(|(_, step)| matches!(step, Step::Constant(_)));
        let constants = constants.map(|(at, _)| (stages.of[at], at)).collect();
        let threads = thread::available_parallelism().map_or(1, usize::from).min(EVALUATION_THREADS_MAX);
        let (merging, changed) = (BTreeSet::new(), Vec::new());
        Outer { steps, strata, rows, stages, inputs, outputs, context, threads, merging, constants, changed }
    }

    /// How many epochs can be evaluated together.
    pub fn epochs_at_once(&self) -> usize {
        self.stages.epochs_at_once
    }

    /// This worker does its share of the recursions and nothing else.
    pub fn close(&mut self) {
        self.strata.iter_mut().for_each(Stratum::close);
    }

    /// What each epoch changes. `timely` runs the recursions.
    pub fn evaluate(&mut self, timely: &mut Worker, mut group: Vec<InFlight>) -> Vec<(u64, GivenOut)> {
        let mut given_out = Vec::new();
        for stage in 0..=self.stages.last {
            for flight in &mut group {
                self.context.halt.begin(flight.epoch);
                if stage == 0 {
                    flight.due.append(&mut self.constants);
                    self.feed(flight);
                }
                for (at, change) in flight.kept.drain(..) {
                    self.rows[at].change = change;
                    self.changed.push(at);
                }
                if self.threads > 1 && flight.rows() >= ROWS_SIDE_BY_SIDE {
                    self.follow_together(flight, stage);
                } else {
                    self.follow(flight, stage);
                }
                if stage == self.stages.last {
                    given_out.push((flight.epoch, self.given_out()));
                } else {
                    let rows = &mut self.rows;
                    let kept = self.changed.drain(..).map(|at| (at, rows[at].change.take()));
                    flight.kept.extend(kept.filter(|(_, change)| !change.is_empty()));
                }
            }
            self.recur(timely, &mut group);
        }
        given_out
    }

    /// Evaluates the nodes of a stage that are due.
    fn follow(&mut self, flight: &mut InFlight, stage: usize) {
        while let Some(&(of, at)) = flight.due.first()
            && of == stage
        {
            flight.due.pop_first();
            let change = self.step(at, flight);
            if self.steps[at].results().is_some_and(|results| results.is_merging()) {
                self.merging.insert(at);
            }
            self.set(at, change, flight);
            for source in &self.stages.indexed_by[at] {
                if self.rows[*source].index() {
                    self.merging.insert(*source);
                }
            }
            for source in &self.stages.let_go_by[at] {
                self.rows[*source].let_go();
            }
            self.context.halt.account();
            self.context.halt.leave_if_stopped();
        }
    }

    /// Takes all epochs through the recursions that are due.
    fn recur(&mut self, timely: &mut Worker, group: &mut [InFlight]) {
        let due: BTreeSet<usize> = group.iter().flat_map(|flight| flight.imports.keys().copied()).collect();
        for at in due {
            let Step::Fix(_, place) = &self.steps[at] else { unreachable!("only recursions have imports") };
            let epochs: Vec<(u64, Vec<Delta>)> =
                group.iter_mut().filter_map(|flight| Some((flight.epoch, flight.imports.remove(&at)?))).collect();
            let mut exports = self.strata[*place].evaluate(timely, &epochs);
            for flight in group.iter_mut() {
                if let Some(exports) = exports.remove(&flight.epoch) {
                    flight.exported.insert(at, exports);
                    flight.due.extend(self.stages.readers[at].iter().map(|reader| (self.stages.of[*reader], *reader)));
                }
            }
        }
    }

    /// Takes an index that still has to merge so many rows further; is there anything left?
    pub fn tidy(&mut self, rows: usize) -> bool {
        if let Some(at) = self.merging.pop_first() {
            for index in self.rows[at].before.iter_mut().chain(self.steps[at].results()) {
                index.merge_on(rows);
                if index.is_merging() {
                    self.merging.insert(at);
                }
            }
        }
        !self.merging.is_empty()
    }

    fn feed(&mut self, flight: &mut InFlight) {
        let mut fed = BTreeSet::new();
        for InputChanges { relation, words, diffs } in std::mem::take(&mut flight.changes) {
            let Some(&at) = relation.and_then(|relation| self.inputs.get(&relation)) else { continue };
            let Rows { stride, change, .. } = &mut self.rows[at];
            let times = vec![(); diffs.len()];
            change.merge(Delta { words, stride: *stride, key: *stride, times, diffs, sorted: false });
            fed.insert(at);
        }
        for at in fed {
            let change = self.rows[at].change.take();
            self.set(at, change, flight);
        }
    }

    /// Who reads a node that changed is due.
    fn set(&mut self, at: usize, change: Delta, flight: &mut InFlight) {
        let rows = &mut self.rows[at];
        if !rows.set(change) {
            return;
        }
        let readers = &self.stages.readers[at];
        flight.due.extend(readers.iter().map(|reader| (self.stages.of[*reader], *reader)));
        if readers.is_empty() {
            rows.let_go();
        }
        self.changed.push(at);
    }

    fn step(&mut self, at: usize, flight: &mut InFlight) -> Delta {
        let Outer { steps, rows, context, .. } = self;
        let (step, stride) = (&mut steps[at], rows[at].stride);
        if let Some(change) = step.computed(&|node| &rows[node], stride, context) {
            return change;
        }
        flight.land(at, step.handed_on(&mut |node| rows[node].take(), stride))
    }

    /// The same as [`Outer::follow`], on several threads.
    fn follow_together(&mut self, flight: &mut InFlight, stage: usize) {
        let Outer { steps, rows, stages, context, merging, changed, threads, .. } = self;
        let moved = follow_together(steps, rows, Turn { stages, stage, context, threads: *threads, flight });
        merging.extend(moved.merging);
        changed.extend(moved.changed);
    }

    fn given_out(&mut self) -> GivenOut {
        self.changed.clear();
        let mut given_out = Vec::new();
        for (output, &at) in self.outputs.iter().enumerate() {
            let change = &mut self.rows[at].change;
            if change.is_empty() {
                continue;
            }
            consolidate(change);
            let is_last = !self.outputs[output + 1..].contains(&at);
            let given = if is_last { change.take() } else { change.clone() };
            if !given.is_empty() {
                given_out.push((output, given));
            }
        }
        given_out
    }
}
