//! Which literal comes next, and which variables a body can bind at all.
//!
//! Optimisation: a literal that shares a variable with what is bound, or has one row, goes before one that would multiply; among equals the written
//! order stands. A clock never comes first by itself, for it changes for everybody at once.

use super::build::{Flat, Flow, Goal, Match};
use crate::expr::{Compared, Expr};
use crate::program::Program;
use crate::types::VarId;
use std::collections::BTreeSet;

/// The place of the atom or aggregate to take next; `None` if no goal of these can be taken.
pub(super) fn next(program: &Program, reorder: bool, flow: &Flow, goals: &[&Goal]) -> Option<usize> {
    let ready = |goal: &Goal| match goal {
        Goal::Atom(_) => true,
        Goal::Aggregate(group) => group.by.iter().all(|v| flow.binds(*v)),
        _ => false,
    };
    let clock = |goal: &Goal| matches!(goal, Goal::Atom(flat) if program.relation(flat.relation).clock);
    let rank = |goal: &Goal| {
        if !reorder {
            0
        } else if flow.is_unit() {
            // Nothing is bound: an atom begins.
            2 * usize::from(!matches!(goal, Goal::Atom(_))) + usize::from(clock(goal))
        } else {
            2 * usize::from(!shares(program, flow, goal, goals)) + usize::from(clock(goal) && shares(program, flow, goal, goals))
        }
    };
    (0..goals.len()).filter(|i| ready(goals[*i])).min_by_key(|i| (rank(goals[*i]), *i))
}

/// Does it not multiply: is there a key to find its rows by (a common variable, or one that an equation computes from the atom's own),
/// or at most one row?
fn shares(program: &Program, flow: &Flow, goal: &Goal, goals: &[&Goal]) -> bool {
    match goal {
        Goal::Atom(flat) => {
            let own: BTreeSet<VarId> = flat.vars().collect();
            own.iter().any(|v| flow.binds(*v))
                || is_single(program, flat)
                || goals.iter().any(|goal| equations(goal).any(|(v, expr)| flow.binds(v) && within(expr, &own)))
        }
        Goal::Aggregate(group) => !group.by.is_empty(),
        _ => false,
    }
}

/// The key of a record, all of it given by constants: a setting.
fn is_single(program: &Program, flat: &Flat) -> bool {
    let record = program.relation(flat.relation).record.as_ref();
    record.is_some_and(|record| record.key.iter().all(|column| matches!(flat.columns[*column], Match::Equals(_))))
}

/// Of an equation, each variable alone on a side with the other side.
pub(super) fn equations(goal: &Goal) -> impl Iterator<Item = (VarId, &Expr<VarId>)> {
    let sides = match goal {
        Goal::Compare { op: Compared::Eq, lhs, rhs, .. } => [Some((lhs, rhs)), Some((rhs, lhs))],
        _ => [None, None],
    };
    sides.into_iter().flatten().filter_map(|(one, other)| if let Expr::Var(v) = one { Some((*v, other)) } else { None })
}

/// Does the expression use these variables only?
pub(super) fn within(expr: &Expr<VarId>, vars: &BTreeSet<VarId>) -> bool {
    let mut inside = true;
    expr.each_var(&mut |v| inside &= vars.contains(&v));
    inside
}

/// Every variable that these goals bind without help from outside.
pub(super) fn bindable(goals: &[Goal]) -> BTreeSet<VarId> {
    let mut bound = BTreeSet::new();
    loop {
        let before = bound.len();
        for goal in goals {
            match goal {
                Goal::Atom(flat) => bound.extend(flat.vars()),
                Goal::Aggregate(group) if group.by.iter().all(|v| bound.contains(v)) => {
                    bound.insert(group.result);
                }
                goal => {
                    let found: Vec<VarId> = equations(goal).filter(|(_, expr)| within(expr, &bound)).map(|(v, _)| v).collect();
                    bound.extend(found);
                }
            }
        }
        if bound.len() == before {
            return bound;
        }
    }
}
