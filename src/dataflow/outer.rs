//! [`Outer`]: the outer line of a plan, evaluated epoch by epoch: each node whose sources changed computes its own change, in order.
//!
//! Outside recursion time is one line and each epoch is evaluated before the next, so nothing here needs times, frontiers or operators
//! that are told of progress: a node for which nothing changed costs one look. Recursion is differential's (`stratum.rs`).

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
use std::collections::HashMap;
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

/// What is known of a node's rows.
pub struct Rows {
    stride: usize,
    /// In the epoch that is being evaluated; consolidated if the rows are indexed.
    change: Delta,
    /// As they stood before the epoch; kept where somebody looks rows up.
    before: Option<Index>,
}

impl Rows {
    pub fn new(stride: usize) -> Rows {
        Rows { stride, change: Delta::new(stride, stride), before: None }
    }

    /// Somebody looks rows up.
    pub fn keep(&mut self) {
        self.before.get_or_insert_default();
    }

    fn read(&self) -> Read<'_> {
        Read { before: self.before.as_ref().expect("rows that are looked up are kept"), change: &self.change }
    }

    fn set(&mut self, change: Delta) {
        self.change = change;
        if self.before.is_some() {
            consolidate(&mut self.change);
        }
    }

    /// The epoch is over.
    fn settle(&mut self) {
        let change = self.change.take();
        if let Some(before) = &mut self.before {
            before.add(change);
        }
    }
}

pub struct Outer {
    pub steps: Vec<Step>,
    pub rows: Vec<Rows>,
    pub inputs: HashMap<RelId, usize>,
    pub outputs: Vec<usize>,
    pub context: Context,
    /// Of each recursion that changed in this epoch, what it exports.
    pub exported: HashMap<usize, Vec<Delta>>,
}

impl Outer {
    /// This worker does its share of the recursions and nothing else.
    pub fn close(&mut self) {
        for step in &mut self.steps {
            if let Step::Fix(_, stratum) = step {
                stratum.close();
            }
        }
    }

    /// Each output that changed in the epoch, with its change, consolidated. `timely` runs the recursions.
    pub fn evaluate(&mut self, timely: &mut Worker, epoch: u64, changes: &[InputChanges]) -> Vec<(usize, Delta)> {
        self.context.halt.begin(epoch);
        let mut touched = self.feed(changes);
        for at in 0..self.steps.len() {
            if self.is_touched(at) {
                let change = self.step(at, timely, epoch);
                self.rows[at].set(change);
                touched.push(at);
                self.context.halt.account();
                self.context.halt.leave_if_stopped();
            }
        }
        let given_out = self.given_out();
        touched.into_iter().for_each(|at| self.rows[at].settle());
        self.exported.clear();
        given_out
    }

    fn feed(&mut self, changes: &[InputChanges]) -> Vec<usize> {
        let mut touched = Vec::new();
        for InputChanges { relation, words, diffs } in changes {
            let Some(&at) = relation.and_then(|relation| self.inputs.get(&relation)) else { continue };
            let rows = &mut self.rows[at];
            let mut all = rows.change.take();
            all.merge(Delta { words: words.clone(), times: vec![(); diffs.len()], diffs: diffs.clone(), ..rows.change.clone() });
            rows.set(all);
            touched.push(at);
        }
        touched
    }

    fn is_touched(&self, at: usize) -> bool {
        let changed = |source: &Source| !self.rows[source.node].change.is_empty();
        match &self.steps[at] {
            Step::Input => false,
            Step::Constant(rows) => !rows.is_empty(),
            Step::Map(source, _) | Step::Distinct(source) | Step::Reduce(source, ..) => changed(source),
            Step::Join(left, right, _) | Step::Anti(left, right, _) => changed(left) || changed(right),
            Step::Concat(sources) | Step::Fix(sources, _) => sources.iter().any(changed),
            Step::Export(fix, _) => self.exported.contains_key(fix),
        }
    }

    fn step(&mut self, at: usize, timely: &mut Worker, epoch: u64) -> Delta {
        let Context { texts, halt } = &self.context;
        let read = |source: &Source| self.rows[source.node].read();
        let change = |source: &Source| &self.rows[source.node].change;
        match &mut self.steps[at] {
            Step::Input => Delta::default(),
            Step::Constant(own) => std::mem::take(own),
            Step::Map(source, program) => made(change(source), source.key, program),
            Step::Join(left, right, program) => join(read(left), read(right), Pairing::new(program, left.key, halt)),
            Step::Anti(left, right, program) => anti(read(left), read(right), Pairing::new(program, left.key, halt)),
            Step::Concat(sources) => {
                let mut all = Delta::new(self.rows[at].stride, 0);
                sources.iter().for_each(|source| all.merge(change(source).clone()));
                all
            }
            Step::Distinct(source) => distinct(read(source)),
            Step::Reduce(source, fold, column) => {
                Folding { fold: *fold, column: *column, key: source.key, texts, halt }.changes(read(source))
            }
            Step::Fix(imports, stratum) => {
                let imports: Vec<&Delta> = imports.iter().map(change).collect();
                self.exported.insert(at, stratum.evaluate(timely, epoch, &imports));
                Delta::default()
            }
            Step::Export(fix, index) => self.exported[fix][*index].clone(),
        }
    }

    fn given_out(&self) -> Vec<(usize, Delta)> {
        let changes = self.outputs.iter().map(|at| self.rows[*at].change.clone()).enumerate();
        let consolidated = changes.map(|(output, mut change)| {
            consolidate(&mut change);
            (output, change)
        });
        consolidated.filter(|(_, change)| !change.is_empty()).collect()
    }
}
