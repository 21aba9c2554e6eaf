//! Optimisation: comparisons with a clock as an agenda. Where a body uses its clock for nothing but comparisons of `t ± CONST` with what
//! its other literals bind, each assignment holds during a span of instants that is known without the clock: from the latest of its lower
//! bounds on, until the earliest of its upper ones. [`super::Node::Agenda`] keeps rows by these, so that a tick touches what falls due.
//!
//! Instants are computed as words: a day and an instant are written as a number is, so an addition of numbers moves them, and goes beyond
//! the last day where a rule's own addition would be without a value.

use super::build::{Flow, Goal};
use super::order::equations;
use crate::expr::{Compared, Expr, Functor};
use crate::types::{DAY_MAX, DAY_MIN, Kind, Value, VarId};
use std::collections::{BTreeMap, BTreeSet};

/// When the comparisons hold, if the clock has a value in all of them.
pub(super) struct Schedule {
    /// Spans of which no two share an instant: one, or two where the clock must not be equal to something.
    pub spans: Vec<Span>,
    /// What is computed of the clock.
    pub of_clock: Vec<Expr<VarId>>,
}

/// An assignment holds from each of `from` on and before each of `until`.
#[derive(Clone, Default)]
pub(super) struct Span {
    pub from: Vec<Expr<VarId>>,
    pub until: Vec<Expr<VarId>>,
}

/// Spans of one rule. Each is an index of its own, and a second inequality would double them.
const MOST_SPANS: usize = 2;

/// The schedule of these goals, which takes those that it speaks of away; `None` if one of them uses the clock in another way, or
/// somebody wants it afterwards (`keep`).
pub(super) fn schedule(clock: VarId, flow: &Flow, rest: &mut Vec<&Goal>, keep: &BTreeSet<VarId>) -> Option<Schedule> {
    let moved = Moved::of(clock, flow, rest);
    if moved.known.keys().any(|v| keep.contains(v)) {
        return None;
    }
    let mut schedule = Schedule { of_clock: moved.computed.clone(), ..Schedule::always() };
    let (mine, others): (Vec<&Goal>, Vec<&Goal>) = rest.iter().partition(|goal| moved.is_in(goal));
    for goal in mine.into_iter().filter(|goal| !moved.is_defined_by(goal)) {
        let (op, instant) = moved.bound(goal, &mut schedule.of_clock)?;
        if !flow.knows(&instant) {
            return None;
        }
        schedule.limit(op, &instant);
        if schedule.spans.len() > MOST_SPANS {
            return None;
        }
    }
    *rest = others;
    Some(schedule)
}

impl Schedule {
    /// It holds whenever the clock is there.
    pub fn always() -> Schedule {
        Schedule { spans: vec![Span::default()], of_clock: Vec::new() }
    }

    /// The clock compares so with an instant.
    fn limit(&mut self, op: Compared, instant: &Expr<VarId>) {
        let (at, behind) = (instant.clone(), later(instant, 1));
        match op {
            Compared::Gt => self.each(Some(&behind), None),
            Compared::Ge => self.each(Some(&at), None),
            Compared::Lt => self.each(None, Some(&at)),
            Compared::Le => self.each(None, Some(&behind)),
            Compared::Eq => self.each(Some(&at), Some(&behind)),
            Compared::Ne => {
                let mut after = Schedule { spans: self.spans.clone(), of_clock: Vec::new() };
                after.each(Some(&behind), None);
                self.each(None, Some(&at));
                self.spans.append(&mut after.spans);
            }
        }
    }

    fn each(&mut self, from: Option<&Expr<VarId>>, until: Option<&Expr<VarId>>) {
        for span in &mut self.spans {
            span.from.extend(from.cloned());
            span.until.extend(until.cloned());
        }
    }
}

/// How far the clock is moved, and the clock itself.
type Shifted = (i64, Expr<VarId>);

/// The clock and variables that are the clock moved by a constant: how far, and as an expression over the clock.
struct Moved {
    known: BTreeMap<VarId, Shifted>,
    computed: Vec<Expr<VarId>>,
}

impl Moved {
    fn of(clock: VarId, flow: &Flow, goals: &[&Goal]) -> Moved {
        let mut moved = Moved { known: BTreeMap::from([(clock, (0, Expr::Var(clock)))]), computed: Vec::new() };
        // A variable that an atom or an aggregate gives its value is found by them.
        let elsewhere =
            |v: VarId| goals.iter().any(|goal| matches!(goal, Goal::Atom(_) | Goal::Aggregate(_)) && mentions(goal, v));
        loop {
            let found = goals.iter().find_map(|goal| moved.defined_by(goal).filter(|(v, ..)| !flow.binds(*v) && !elsewhere(*v)));
            let Some((v, by, expr)) = found else { return moved };
            moved.computed.extend(is_computed(&expr).then(|| expr.clone()));
            moved.known.insert(v, (by, expr));
        }
    }

    /// A variable that this equation binds to the moved clock, if it is not known yet.
    fn defined_by(&self, goal: &Goal) -> Option<(VarId, i64, Expr<VarId>)> {
        let mut found = equations(goal).filter(|(v, _)| !self.known.contains_key(v));
        found.find_map(|(v, expr)| self.as_moved(expr).map(|(by, expr)| (v, by, expr)))
    }

    /// Does the equation only say what a variable is that is known now?
    fn is_defined_by(&self, goal: &Goal) -> bool {
        let is_it = |(v, expr): (VarId, &Expr<VarId>)| {
            let known = self.known.get(&v).filter(|(_, known)| *known != Expr::Var(v));
            known.is_some_and(|(_, known)| self.as_moved(expr).is_some_and(|(_, expr)| expr == *known))
        };
        equations(goal).any(is_it)
    }

    fn is_in(&self, goal: &Goal) -> bool {
        self.known.keys().any(|v| mentions(goal, *v))
    }

    /// `t`, `t + CONST` and so on: how far it is moved, and the same over the clock itself.
    fn as_moved(&self, expr: &Expr<VarId>) -> Option<Shifted> {
        let (functor, args) = match expr {
            Expr::Var(v) => return self.known.get(v).cloned(),
            Expr::Const(_) => return None,
            Expr::Call(functor, args) => (*functor, args.as_slice()),
        };
        let (inner, days, is_first) = match (functor, args) {
            (Functor::DateAdd, [inner, Expr::Const(Value::Number(days))]) => (inner, *days, true),
            (Functor::DateAdd, [Expr::Const(Value::Number(days)), inner]) => (inner, *days, false),
            (Functor::DateSubDays, [inner, Expr::Const(Value::Number(days))]) => (inner, days.checked_neg()?, true),
            _ => return None,
        };
        let (by, inner) = self.as_moved(inner)?;
        let constant = args[usize::from(is_first)].clone();
        let args = if is_first { vec![inner, constant] } else { vec![constant, inner] };
        Some((by.checked_add(days)?, Expr::Call(functor, args)))
    }

    /// The comparison as one of the clock itself with an instant; what it computes of the clock is noted.
    fn bound(&self, goal: &Goal, of_clock: &mut Vec<Expr<VarId>>) -> Option<(Compared, Expr<VarId>)> {
        let Goal::Compare { op, kind, lhs, rhs } = goal else { return None };
        let (op, (by, clock), other) = match (self.as_moved(lhs), self.as_moved(rhs)) {
            (Some(clock), None) => (*op, clock, rhs.clone()),
            (None, Some(clock)) => (turned(*op), clock, lhs.clone()),
            _ if *kind == Kind::Number => self.distance(*op, lhs, rhs)?,
            _ => return None,
        };
        let instant = later(&other, by.checked_neg()?);
        of_clock.extend(is_computed(&clock).then_some(clock));
        Some((op, instant))
    }

    /// `t - due > CONST` and `due - t < CONST`: the clock compares so with the other day, moved by the constant.
    fn distance(&self, op: Compared, lhs: &Expr<VarId>, rhs: &Expr<VarId>) -> Option<(Compared, Shifted, Expr<VarId>)> {
        let (op, args, days) = match (lhs, rhs) {
            (Expr::Call(Functor::DateDiff, args), Expr::Const(Value::Number(days))) => (op, args, *days),
            (Expr::Const(Value::Number(days)), Expr::Call(Functor::DateDiff, args)) => (turned(op), args, *days),
            _ => return None,
        };
        // No two days are farther apart: what is computed with it stays a number.
        if days.unsigned_abs() > DAY_MAX.abs_diff(DAY_MIN) {
            return None;
        }
        match (self.as_moved(&args[0]), self.as_moved(&args[1])) {
            (Some(clock), None) => Some((op, clock, later(&args[1], days))),
            (None, Some(clock)) => Some((turned(op), clock, later(&args[0], -days))),
            _ => None,
        }
    }
}

fn is_computed(clock: &Expr<VarId>) -> bool {
    !matches!(clock, Expr::Var(_))
}

/// The instant so many days or microseconds later.
fn later(instant: &Expr<VarId>, by: i64) -> Expr<VarId> {
    if by == 0 {
        return instant.clone();
    }
    // Moved already: that is one addition.
    if let Expr::Call(Functor::Add(Kind::Number), args) = instant
        && let [unmoved, Expr::Const(Value::Number(before))] = &args[..]
        && let Some(by) = before.checked_add(by)
    {
        return later(unmoved, by);
    }
    Expr::Call(Functor::Add(Kind::Number), vec![instant.clone(), Expr::Const(Value::Number(by))])
}

/// The same comparison with its sides exchanged.
fn turned(op: Compared) -> Compared {
    match op {
        Compared::Lt => Compared::Gt,
        Compared::Le => Compared::Ge,
        Compared::Gt => Compared::Lt,
        Compared::Ge => Compared::Le,
        same @ (Compared::Eq | Compared::Ne) => same,
    }
}

fn mentions(goal: &Goal, v: VarId) -> bool {
    let mut found = false;
    goal.each_var(&mut |other| found |= other == v);
    found
}
