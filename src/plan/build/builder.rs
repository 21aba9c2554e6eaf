//! [`Builder`] goes through the strata in order; what a relation's rows come from is known before anybody reads them.

use super::super::draft::Draft;
use super::super::needed;
use super::super::node::{Made, Node, NodeId};
use super::super::options::Options;
use super::{Flow, Goal};
use crate::program::{Heads, Program};
use crate::syntax::Span;
use crate::types::{RelId, RuleIx, VarId};
use std::collections::{BTreeMap, BTreeSet};

pub(in crate::plan) struct Builder<'a> {
    pub program: &'a Program,
    pub(super) heads: Heads<'a>,
    pub options: &'a Options,
    pub draft: Draft,
    needed: BTreeSet<RelId>,
    /// Node of each relation that is already there: its rows as a set, columns in declared order, all of them the key.
    pub(super) relations: BTreeMap<RelId, NodeId>,
    /// Places of rules that join a clock with all that they have bound, and the clock.
    pub unscheduled: BTreeSet<(Span, RelId)>,
    /// The place of the rule whose head is being planned.
    pub(super) planned: Option<Span>,
    /// Firings of the rules with `autoinc()` so far, in the order in which these count, and how many numbers each takes.
    pub(super) firings: Vec<(RuleIx, NodeId, usize)>,
}

impl<'a> Builder<'a> {
    pub fn new(program: &'a Program, options: &'a Options) -> Builder<'a> {
        let needed = needed::needed(program);
        let (draft, relations) = (Draft::new(options.sharing), BTreeMap::new());
        let (heads, unscheduled) = (program.heads(), BTreeSet::new());
        Builder { program, heads, options, draft, needed, relations, unscheduled, planned: None, firings: Vec::new() }
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

    /// Of the variables a flow binds, those that are still used: by the goals left or by whoever comes after (`keep`). Those in `key`
    /// are looked after by the caller.
    pub(super) fn still_used(&self, flow: &Flow, rest: &[&Goal], keep: &BTreeSet<VarId>, key: &[VarId]) -> Used {
        let mut wanted = keep.clone();
        rest.iter().for_each(|goal| {
            goal.each_var(&mut |v| {
                wanted.insert(v);
            })
        });
        let mut used = Used::default();
        for v in flow.vars() {
            if key.contains(&v) || self.options.early_projection && !wanted.contains(&v) {
                continue;
            }
            match flow.constant(v) {
                Some(made) if self.options.constants => used.constants.push((v, made)),
                _ => used.columns.push(v),
            }
        }
        used
    }
}

/// What of a flow goes on into the next node.
#[derive(Default)]
pub(super) struct Used {
    pub columns: Vec<VarId>,
    /// Known without a column.
    pub constants: Vec<(VarId, Made)>,
}
