//! [`Outer`]: the outer line of a plan, evaluated epoch by epoch: each node whose sources changed computes its own change, in order.
//!
//! Outside recursion time is one line and each epoch is evaluated before the next, so nothing here needs times, frontiers or operators
//! that are told of progress: a node for which nothing changed is not looked at. Recursion is differential's (`stratum.rs`).
//!
//! A change is held until its last reader has read it; then it is indexed, if somebody looks the rows up, and let go.

use super::feed::made;
use super::index::Index;
use super::line::Context;
use super::runtime::InputChanges;
use super::shape::Program;
use super::sort::consolidate;
use super::steps::{Folding, Pairing, Read, anti, distinct, join};
use super::stratum::Stratum;
use super::updates::Delta;
use crate::expr::Fold;
use crate::types::RelId;
use std::collections::{BTreeSet, HashMap};
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
    Join(Source, Source, Program),
    Anti(Source, Source, Program),
    Concat(Vec<Source>),
    Distinct(Source),
    Reduce(Source, Fold, Option<usize>),
    Fix(Vec<Source>, Stratum),
    /// Of a recursion, the export at a place.
    Export(usize, usize),
}

impl Step {
    /// The nodes it reads, each as often as it does.
    fn sources(&self) -> Vec<usize> {
        match self {
            Step::Input | Step::Constant(_) => Vec::new(),
            Step::Map(source, _) | Step::Distinct(source) | Step::Reduce(source, ..) => vec![source.node],
            Step::Join(left, right, _) | Step::Anti(left, right, _) => vec![left.node, right.node],
            Step::Concat(sources) | Step::Fix(sources, _) => sources.iter().map(|source| source.node).collect(),
            Step::Export(fix, _) => vec![*fix],
        }
    }
}

/// What is known of a node's rows.
pub struct Rows {
    stride: usize,
    /// In the epoch that is being evaluated; consolidated if the rows are indexed.
    change: Delta,
    /// As they stood before the epoch; kept where somebody looks rows up.
    before: Option<Index>,
    /// The nodes that read them, in order.
    readers: Vec<usize>,
    /// Read by one, once.
    is_read_once: bool,
    is_given_out: bool,
}

impl Rows {
    pub fn new(stride: usize) -> Rows {
        let change = Delta::new(stride, stride);
        Rows { stride, change, before: None, readers: Vec::new(), is_read_once: false, is_given_out: false }
    }

    /// Somebody looks rows up.
    pub fn keep(&mut self) {
        self.before.get_or_insert_default();
    }

    fn read(&self) -> Read<'_> {
        Read { before: self.before.as_ref().expect("rows that are looked up are kept"), change: &self.change }
    }

    /// The change, as the only one who wants it, or a copy.
    fn take(&mut self) -> Delta {
        let is_wanted = self.before.is_some() || self.is_given_out || !self.is_read_once;
        if is_wanted { self.change.clone() } else { self.change.take() }
    }

    fn set(&mut self, change: Delta) {
        self.change = change;
        if self.before.is_some() {
            consolidate(&mut self.change);
        }
    }

    /// Who reads it has done so. Is its index still merging?
    fn settle(&mut self) -> bool {
        let mut is_merging = false;
        if let Some(before) = &mut self.before {
            before.add(&self.change);
            is_merging = before.is_merging();
        }
        if !self.is_given_out {
            self.change = Delta::new(self.stride, self.stride);
        }
        is_merging
    }
}

pub struct Outer {
    steps: Vec<Step>,
    rows: Vec<Rows>,
    inputs: HashMap<RelId, usize>,
    /// Of each output of the plan.
    outputs: Vec<usize>,
    context: Context,
    /// The nodes that each is the last reader of.
    settled_by: Vec<Vec<usize>>,
    /// Nodes whose index still has to merge.
    merging: BTreeSet<usize>,
    /// Nodes whose sources changed.
    due: BTreeSet<usize>,
    /// Of each recursion that changed in this epoch, what it exports.
    exported: HashMap<usize, Vec<Delta>>,
}

impl Outer {
    /// Each step reads only those before it.
    pub fn new(
        steps: Vec<Step>,
        mut rows: Vec<Rows>,
        inputs: HashMap<RelId, usize>,
        outputs: Vec<usize>,
        context: Context,
    ) -> Outer {
        let mut reads = vec![0; steps.len()];
        for (at, step) in steps.iter().enumerate() {
            for source in step.sources() {
                reads[source] += 1;
                rows[source].readers.push(at);
                rows[source].readers.dedup();
            }
        }
        let mut settled_by = vec![Vec::new(); steps.len()];
        for (at, rows) in rows.iter_mut().enumerate() {
            rows.is_read_once = reads[at] == 1;
            rows.is_given_out = outputs.contains(&at);
            if let Some(last) = rows.readers.last() {
                settled_by[*last].push(at);
            }
        }
        let constants = steps.iter().enumerate().filter(|(_, step)| matches!(step, Step::Constant(_)));
        let due = constants.map(|(at, _)| at).collect();
        Outer { steps, rows, inputs, outputs, context, settled_by, merging: BTreeSet::new(), due, exported: HashMap::new() }
    }

    /// This worker does its share of the recursions and nothing else.
    pub fn close(&mut self) {
        for step in &mut self.steps {
            if let Step::Fix(_, stratum) = step {
                stratum.close();
            }
        }
    }

    /// Each output that changed in the epoch, with its change, consolidated. `timely` runs the recursions.
    pub fn evaluate(&mut self, timely: &mut Worker, epoch: u64, changes: Vec<InputChanges>) -> Vec<(usize, Delta)> {
        self.context.halt.begin(epoch);
        self.feed(changes);
        while let Some(at) = self.due.pop_first() {
            let change = self.step(at, timely, epoch);
            self.set(at, change);
            for source in &self.settled_by[at] {
                if self.rows[*source].settle() {
                    self.merging.insert(*source);
                }
            }
            self.context.halt.account();
            self.context.halt.leave_if_stopped();
        }
        self.exported.clear();
        self.given_out()
    }

    /// Takes an index that still has to merge so many rows further; is there anything left?
    pub fn tidy(&mut self, rows: usize) -> bool {
        if let Some(at) = self.merging.pop_first()
            && let Some(index) = &mut self.rows[at].before
        {
            index.merge_on(rows);
            if index.is_merging() {
                self.merging.insert(at);
            }
        }
        !self.merging.is_empty()
    }

    fn feed(&mut self, changes: Vec<InputChanges>) {
        let mut fed = BTreeSet::new();
        for InputChanges { relation, words, diffs } in changes {
            let Some(&at) = relation.and_then(|relation| self.inputs.get(&relation)) else { continue };
            let Rows { stride, change, .. } = &mut self.rows[at];
            let times = vec![(); diffs.len()];
            change.merge(Delta { words, stride: *stride, key: *stride, times, diffs, sorted: false });
            fed.insert(at);
        }
        for at in fed {
            let change = self.rows[at].change.take();
            self.set(at, change);
        }
    }

    /// Who reads a node that changed is due.
    fn set(&mut self, at: usize, change: Delta) {
        let rows = &mut self.rows[at];
        rows.set(change);
        if !rows.change.is_empty() || self.exported.contains_key(&at) {
            self.due.extend(&rows.readers);
        }
        if rows.readers.is_empty() {
            rows.settle();
        }
    }

    fn step(&mut self, at: usize, timely: &mut Worker, epoch: u64) -> Delta {
        let Outer { steps, rows, context: Context { texts, halt }, exported, .. } = self;
        let read = |source: &Source| rows[source.node].read();
        let change = |source: &Source| &rows[source.node].change;
        match &mut steps[at] {
            Step::Input => Delta::default(),
            Step::Constant(own) => std::mem::take(own),
            Step::Map(source, program) => made(change(source), source.key, program),
            Step::Join(left, right, program) => join(read(left), read(right), Pairing::new(program, left.key, halt)),
            Step::Anti(left, right, program) => anti(read(left), read(right), Pairing::new(program, left.key, halt)),
            Step::Concat(sources) => {
                let mut all = Delta::new(rows[at].stride, 0);
                sources.iter().for_each(|source| all.merge(rows[source.node].take()));
                all
            }
            Step::Distinct(source) => distinct(read(source)),
            Step::Reduce(source, fold, column) => {
                Folding { fold: *fold, column: *column, key: source.key, texts, halt }.changes(read(source))
            }
            Step::Fix(imports, stratum) => {
                let imports: Vec<Delta> = imports.iter().map(|import| change(import).clone()).collect();
                exported.extend(stratum.evaluate(timely, &[(epoch, imports)]).remove(&epoch).map(|exports| (at, exports)));
                Delta::default()
            }
            Step::Export(fix, index) => {
                let exports = exported.get_mut(fix).expect("a recursion is evaluated before its exports");
                std::mem::take(&mut exports[*index])
            }
        }
    }

    fn given_out(&mut self) -> Vec<(usize, Delta)> {
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
