//! Which literal comes next, and which variables a body can bind at all.
//!
//! Optimisation: a literal that shares a variable with what is bound, or has one row, goes before one that would multiply; among equals
//! the written order stands. A clock goes last, for it changes for everybody at once; only what is found by way of it comes later.

use super::build::{Flat, Flow, Goal, Match};
use crate::expr::{Compared, Expr};
use crate::program::Program;
use crate::types::VarId;
use std::cell::OnceCell;
use std::collections::BTreeSet;

/// How soon a goal should come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Shares,
    ClockThatShares,
    Multiplies,
    Clock,
    /// It would multiply now, and will not once the clock is known.
    FoundByClock,
}

/// The place of the atom, aggregate or range to take next; `None` if no goal of these can be taken.
pub(super) fn next(program: &Program, reorder: bool, flow: &Flow, goals: &[&Goal]) -> Option<usize> {
    let ready = |goal: &Goal| match goal {
        Goal::Atom(_) => true,
        Goal::Aggregate(group) => group.by.iter().all(|v| flow.binds(*v)),
        Goal::Range(range) => range.bounds().all(|bound| flow.knows(bound)),
        _ => false,
    };
    let mut open = (0..goals.len()).filter(|i| ready(goals[*i]));
    if !reorder {
        return open.next();
    }
    let around = Around::new(program, flow, goals);
    let mut soonest: Option<(Rank, usize)> = None;
    for i in open {
        let rank = around.rank(goals[i]);
        if soonest.is_none_or(|(so_far, _)| rank < so_far) {
            soonest = Some((rank, i));
        }
        if rank == Rank::Shares {
            break;
        }
    }
    soonest.map(|(_, i)| i)
}

/// What all goals that are left are ranked by; it is worked out once for all of them.
struct Around<'a> {
    program: &'a Program,
    goals: &'a [&'a Goal],
    is_unit: bool,
    bound: BTreeSet<VarId>,
    equations: Vec<(VarId, &'a Expr<VarId>)>,
    /// What would be bound if the clocks of the goals were.
    later: OnceCell<BTreeSet<VarId>>,
}

impl<'a> Around<'a> {
    fn new(program: &'a Program, flow: &Flow, goals: &'a [&'a Goal]) -> Around<'a> {
        let equations = goals.iter().flat_map(|goal| equations(goal)).collect();
        let bound = flow.vars().into_iter().collect();
        Around { program, goals, is_unit: flow.is_unit(), bound, equations, later: OnceCell::new() }
    }

    fn rank(&self, goal: &Goal) -> Rank {
        let clock = is_clock(self.program, goal);
        if self.is_unit {
            // Nothing is bound: an atom begins.
            return match goal {
                Goal::Atom(_) if !clock => Rank::Shares,
                Goal::Atom(_) => Rank::ClockThatShares,
                _ => Rank::Multiplies,
            };
        }
        if self.shares(&self.bound, goal) {
            return if clock { Rank::ClockThatShares } else { Rank::Shares };
        }
        if clock {
            return Rank::Clock;
        }
        let later = self.later.get_or_init(|| self.with_clocks());
        if self.shares(later, goal) { Rank::FoundByClock } else { Rank::Multiplies }
    }

    fn with_clocks(&self) -> BTreeSet<VarId> {
        let mut bound = self.bound.clone();
        for goal in self.goals.iter().filter(|goal| is_clock(self.program, goal)) {
            goal.each_var(&mut |v| {
                bound.insert(v);
            });
        }
        loop {
            let known = |(v, expr): &&(VarId, &Expr<VarId>)| !bound.contains(v) && within(expr, &bound);
            let found: Vec<VarId> = self.equations.iter().filter(known).map(|(v, _)| *v).collect();
            if found.is_empty() {
                return bound;
            }
            bound.extend(found);
        }
    }

    /// Does it not multiply: is there a key to find its rows by (a common variable, or one that an equation computes from the atom's own),
    /// or at most one row?
    fn shares(&self, bound: &BTreeSet<VarId>, goal: &Goal) -> bool {
        match goal {
            Goal::Atom(flat) => {
                let own: BTreeSet<VarId> = flat.vars().collect();
                !own.is_disjoint(bound)
                    || is_single(self.program, flat)
                    || self.equations.iter().any(|(v, expr)| bound.contains(v) && within(expr, &own))
            }
            Goal::Aggregate(group) => !group.by.is_empty(),
            _ => false,
        }
    }
}

fn is_clock(program: &Program, goal: &Goal) -> bool {
    matches!(goal, Goal::Atom(flat) if program.relation(flat.relation).clock)
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
                Goal::Range(range) if range.bounds().all(|end| within(end, &bound)) => {
                    bound.insert(range.result);
                }
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
