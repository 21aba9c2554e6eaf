//! Optimisation: a transitive relation grows by *steps*. Of `p(x, z) :- p(x, y), p(y, z)` the second atom reads only what other rules and
//! facts propose, for what is reached over many rows is reached over one after the other. So a row is found once for each step that leads to
//! it, and not once for each row in between. With `p(x, y) :- p(y, x)` beside it (`eqrel`) a step goes both ways, and that rule is done with.

use super::super::node::{Node, NodeId, Shape, Src};
use super::super::sets::column_at;
use super::Builder;
use super::flow::column;
use crate::expr::Expr;
use crate::program::{Arg, HeadTerm, Literal, Rule};
use crate::types::{RelId, RuleIx, VarId};
use std::collections::BTreeSet;

/// The rules of a relation that its steps stand for.
#[derive(Clone, Copy)]
pub(super) struct Closure {
    transitive: RuleIx,
    symmetric: Option<RuleIx>,
}

impl Closure {
    pub fn stands_for(&self, ix: RuleIx) -> bool {
        ix == self.transitive || Some(ix) == self.symmetric
    }
}

impl Builder<'_> {
    /// Whether the relation is transitive by a rule, in a loop of these relations. Where not all rows stay, rounds have a meaning.
    pub(super) fn closure(&self, id: RelId, relations: &BTreeSet<RelId>) -> Option<Closure> {
        let keeps_all = |id: &RelId| {
            let program = self.program;
            !self.is_subsumed(*id) && !program.choices.contains_key(id) && !program.limits.contains_key(id)
        };
        let columns = &self.program.relation(id).columns;
        if !self.options.steps || columns.iter().any(|column| column.optional) {
            return None;
        }
        let rules = self.rules_of(id);
        let found = |is: fn(&Rule) -> bool| rules.iter().copied().find(|ix| is(&self.program.rules[ix.index()]));
        let transitive = found(is_transitive)?;
        // Last: a loop may have as many relations as a program.
        relations.iter().all(keeps_all).then(|| Closure { transitive, symmetric: found(is_symmetric) })
    }

    /// Each step once, of what was proposed.
    pub(super) fn steps(&mut self, closure: Closure, proposed: NodeId) -> NodeId {
        let mut sources = vec![proposed];
        if closure.symmetric.is_some() {
            let key = self.draft.facts(proposed).key;
            let columns = [1, 0].map(|i| column(column_at(i, key))).to_vec();
            sources.push(self.draft.map(proposed, Shape { filter: Vec::new(), columns, key: 2 }));
        }
        let source = self.draft.concat(sources);
        self.draft.add(Node::Distinct { source })
    }

    /// What one step more leads to.
    pub(super) fn reached(&mut self, rows: NodeId, steps: NodeId) -> NodeId {
        let by = |this: &mut Self, source: NodeId, order: [usize; 2]| {
            let key = this.draft.facts(source).key;
            let columns = order.map(|i| column(column_at(i, key))).to_vec();
            this.draft.map(source, Shape { filter: Vec::new(), columns, key: 1 })
        };
        let (left, right) = (by(self, rows, [1, 0]), by(self, steps, [0, 1]));
        let columns = vec![column(Src::Left(0)), column(Src::Right(0))];
        self.draft.add(Node::Join { left, right, shape: Shape { filter: Vec::new(), columns, key: 2 } })
    }
}

/// `p(x, z) :- p(x, y), p(y, z).`, the atoms in either order.
fn is_transitive(rule: &Rule) -> bool {
    let (Some([x, z]), [one, other]) = (head(rule), &rule.body[..]) else { return false };
    let (Some(one), Some(other)) = (pair(rule.head, one), pair(rule.head, other)) else { return false };
    let meets = |[a, b]: [VarId; 2], [c, d]: [VarId; 2]| (a, d) == (x, z) && b == c && b != x && b != z;
    x != z && (meets(one, other) || meets(other, one))
}

/// `p(x, y) :- p(y, x).`
fn is_symmetric(rule: &Rule) -> bool {
    let (Some([x, y]), [only]) = (head(rule), &rule.body[..]) else { return false };
    x != y && pair(rule.head, only) == Some([y, x])
}

fn head(rule: &Rule) -> Option<[VarId; 2]> {
    match rule.head_terms[..] {
        [HeadTerm::Expr(Expr::Var(x)), HeadTerm::Expr(Expr::Var(y))] => Some([x, y]),
        _ => None,
    }
}

/// The variables of an atom of this relation.
fn pair(of: RelId, literal: &Literal) -> Option<[VarId; 2]> {
    let Literal::Atom(atom) = literal else { return None };
    match atom.args[..] {
        [Arg::Term(Expr::Var(x)), Arg::Term(Expr::Var(y))] if atom.relation == of => Some([x, y]),
        _ => None,
    }
}
