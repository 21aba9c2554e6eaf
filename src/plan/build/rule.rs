//! A body, literal by literal: conditions as soon as their variables are bound, negations next, then the atom, aggregate or range that
//! [`order`] picks.

use super::super::node::{Made, NodeId, Operand, Pred};
use super::super::{constants, order};
use super::flow::Branch;
use super::range::as_condition;
use super::{Builder, Flattener, Flow, Goal};
use crate::expr::{Compared, Expr};
use crate::program::HeadTerm;
use crate::types::{RuleIx, VarId};
use std::collections::BTreeSet;

impl Builder<'_> {
    /// What one rule proposes: rows of its head, not yet distinct.
    pub(super) fn head(&mut self, ix: RuleIx) -> NodeId {
        let rule = &self.program.rules[ix.index()];
        let mut flattener = Flattener::of(self.program, rule);
        let goals = flattener.goals(&rule.body);
        let (start, goals) = self.numbered(ix, goals, flattener.kinds);
        let mut keep = BTreeSet::new();
        let exprs = rule.head_terms.iter().filter_map(|term| if let HeadTerm::Expr(expr) = term { Some(expr) } else { None });
        exprs.clone().for_each(|expr| {
            expr.each_var(&mut |v| {
                keep.insert(v);
            })
        });
        self.planned = Some(rule.span);
        let mut flow = self.body(start, goals, &keep);
        self.planned = None;
        exprs.filter(|expr| !matches!(expr, Expr::Var(_))).for_each(|expr| flow.settle_for(&mut self.draft, expr));
        let columns = &self.program.relation(rule.head).columns;
        flow.make(&mut self.draft, columns.len(), |branch| {
            let made = rule.head_terms.iter().zip(columns).map(|(term, column)| match term {
                HeadTerm::Absent => Made::Absent(column.kind),
                HeadTerm::Expr(expr) => branch.made_of(expr),
            });
            made.collect()
        })
    }

    /// Every assignment of `start` extended so that all goals hold. Of its variables at least `keep` come out.
    pub(in crate::plan) fn body(&mut self, start: Flow, mut goals: Vec<Goal>, keep: &BTreeSet<VarId>) -> Flow {
        if self.options.constants {
            constants::push_down(&mut goals);
        }
        let mut flow = start;
        let mut rest: Vec<&Goal> = goals.iter().collect();
        loop {
            let begins = flow.is_unit() && rest.iter().any(|goal| matches!(goal, Goal::Atom(_)));
            if !begins {
                self.absorb(&mut flow, &mut rest);
                if let Some(i) = rest.iter().position(|goal| is_known_negation(&flow, goal)) {
                    let Goal::Not(atom) = rest.remove(i) else { unreachable!("it was found as a negation") };
                    flow = self.negate(flow, atom, &rest, keep);
                    continue;
                }
            }
            if rest.is_empty() {
                return flow;
            }
            let next = order::next(self.program, self.options.reorder, &flow, &rest);
            match rest.remove(next.expect("a checked body binds every variable it uses")) {
                Goal::Atom(flat) => flow = self.join(flow, flat, &mut rest, keep),
                Goal::Aggregate(group) => flow = self.aggregate(flow, group, &rest, keep),
                Goal::Range(range) => flow = self.range(flow, range, &rest, keep),
                _ => unreachable!("only atoms, aggregates and ranges are picked"),
            }
        }
    }

    /// Applies every condition and every equation whose variables are bound, and again while that binds more.
    pub(super) fn absorb(&mut self, flow: &mut Flow, rest: &mut Vec<&Goal>) {
        loop {
            let before = rest.len();
            rest.retain(|goal| {
                let ready = readiness(flow, goal);
                if ready != Ready::No {
                    goal.each_var(&mut |v| {
                        if flow.binds(v) {
                            flow.settle_for(&mut self.draft, &Expr::Var(v));
                        }
                    });
                    apply(flow, goal, ready);
                }
                ready == Ready::No
            });
            if rest.len() == before {
                return;
            }
        }
    }
}

/// What can be done with a goal over the variables bound so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ready {
    No,
    /// All are bound: it is a condition.
    Filter,
    /// It gives this variable its value.
    Binds(VarId),
}

/// Negations, atoms and aggregates are never ready here: they need nodes of their own.
pub(super) fn readiness(flow: &Flow, goal: &Goal) -> Ready {
    let all = match goal {
        Goal::Compare { lhs, rhs, .. } => flow.knows(lhs) && flow.knows(rhs),
        Goal::Holds { args, .. } => args.iter().all(|arg| flow.knows(arg)),
        Goal::Fails(expr) => flow.knows(expr),
        Goal::Range(range) => flow.binds(range.result) && range.bounds().all(|bound| flow.knows(bound)),
        Goal::Atom(_) | Goal::Not(_) | Goal::Aggregate(_) => false,
    };
    if all {
        return Ready::Filter;
    }
    let binding = order::equations(goal).find(|(v, expr)| !flow.binds(*v) && flow.knows(expr));
    binding.map_or(Ready::No, |(v, _)| Ready::Binds(v))
}

/// Applies a goal that is ready; every variable it reads is bound to an operand.
pub(super) fn apply(flow: &mut Flow, goal: &Goal, ready: Ready) {
    match ready {
        Ready::No => {}
        Ready::Filter => flow.keep(|branch| condition(branch, goal)),
        Ready::Binds(v) => {
            let (_, expr) = order::equations(goal).find(|(bound, _)| *bound == v).expect("an equation binds it");
            let Goal::Compare { kind, .. } = goal else { unreachable!("only comparisons bind") };
            flow.bind(v, *kind, expr);
        }
    }
}

fn condition(branch: &Branch, goal: &Goal) -> Pred {
    let operand = |expr: &Expr<VarId>| -> Operand { branch.operand(expr) };
    match goal {
        Goal::Compare { op, kind, lhs, rhs } => Pred::Compare { op: *op, kind: *kind, lhs: operand(lhs), rhs: operand(rhs) },
        Goal::Holds { test, args: [a, b], negated } => {
            Pred::Holds { test: *test, args: [operand(a), operand(b)], negated: *negated }
        }
        Goal::Fails(expr) => Pred::Fails(operand(expr)),
        Goal::Range(range) => condition(branch, &as_condition(range)),
        Goal::Atom(_) | Goal::Not(_) | Goal::Aggregate(_) => unreachable!("not a condition"),
    }
}

fn is_known_negation(flow: &Flow, goal: &Goal) -> bool {
    let Goal::Not(atom) = goal else { return false };
    let mut known = true;
    atom.each_var(&mut |v| known &= flow.binds(v));
    known
}

/// `a = b` over operands of one kind.
pub(super) fn equal(kind: crate::types::Kind, lhs: Operand, rhs: Operand) -> Pred {
    Pred::Compare { op: Compared::Eq, kind, lhs, rhs }
}
