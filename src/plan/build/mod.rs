//! Rules to nodes. [`Builder`] goes through the strata in order; what a relation's rows come from is known before anybody reads them.

mod aggregate;
mod atom;
mod flow;
mod goal;
mod recursion;
mod relation;
mod rule;

pub(super) use flow::Flow;
pub(super) use goal::{Flat, Flattener, Goal, Group, Match};

use super::Options;
use super::draft::Draft;
use super::node::{Node, NodeId};
use crate::program::Program;
use crate::types::{RelId, VarId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Builder<'a> {
    pub program: &'a Program,
    pub options: &'a Options,
    pub draft: Draft,
    needed: BTreeSet<RelId>,
    /// Node of each relation that is already there: its rows as a set, columns in declared order, all of them the key.
    relations: BTreeMap<RelId, NodeId>,
}

impl<'a> Builder<'a> {
    pub fn new(program: &'a Program, options: &'a Options) -> Builder<'a> {
        let needed = super::needed::needed(program);
        Builder { program, options, draft: Draft::new(options.sharing), needed, relations: BTreeMap::new() }
    }

    /// Plans every stratum of which a relation is needed.
    pub fn strata(&mut self) {
        let program = self.program;
        for stratum in &program.strata {
            if !stratum.relations.iter().any(|id| self.needed.contains(id)) {
                continue;
            }
            if stratum.recursive {
                self.recursive(stratum);
            } else {
                stratum.relations.iter().for_each(|id| self.plain(*id));
            }
        }
    }

    pub fn is_needed(&self, relation: RelId) -> bool {
        self.needed.contains(&relation)
    }

    /// Each row once.
    pub fn distinct(&mut self, source: NodeId) -> NodeId {
        let known = self.options.skip_distinct && self.draft.facts(source).set;
        if known { source } else { self.draft.add(Node::Distinct { source }) }
    }

    /// Of the variables a flow binds, those that are still used: by the goals left or by whoever comes after (`keep`).
    fn still_used(&self, flow: &Flow, rest: &[&Goal], keep: &BTreeSet<VarId>) -> Vec<VarId> {
        let mut used = keep.clone();
        rest.iter().for_each(|goal| {
            goal.each_var(&mut |v| {
                used.insert(v);
            })
        });
        flow.vars().into_iter().filter(|v| !self.options.early_projection || used.contains(v)).collect()
    }
}
