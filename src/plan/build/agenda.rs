//! Clocks: as an agenda where a schedule is known, and never with more of their value than somebody asks for.

use super::super::agenda::{self, Schedule, Span};
use super::super::node::{Made, Node, NodeId, Operand, Pred, Shape, Src};
use super::atom::placed;
use super::flow::{Branch, Origin, column};
use super::rule::equal;
use super::{Builder, Flat, Flow, Goal, Match};
use crate::expr::{Compared, Expr, Functor};
use crate::types::{Kind, VarId};
use std::collections::BTreeSet;

impl Builder<'_> {
    /// Every assignment at which the clock stands as the goals ask, by way of an agenda; `None` where these cannot be scheduled.
    pub(super) fn agenda(
        &mut self,
        left: &Flow,
        clock: &Flow,
        flat: &Flat,
        rest: &mut Vec<&Goal>,
        keep: &BTreeSet<VarId>,
    ) -> Option<Flow> {
        if !self.options.agenda || !self.is_outside(left) {
            return None;
        }
        let schedule = match flat.columns[..] {
            [Match::Var(instant) | Match::Capture(instant)] => agenda::schedule(instant, left, rest, keep)?,
            [Match::Any | Match::Absent | Match::Equals(_)] => Schedule::always(),
            _ => return None,
        };
        let mut clock = clock.clone();
        for expr in &schedule.of_clock {
            clock.keep(|branch| equal(Kind::Date, branch.operand(expr), branch.operand(expr)));
        }
        let used = self.still_used(left, rest, keep, &[]);
        let bound = placed(&used.columns, Src::Left).chain(used.constants).collect();
        if schedule.spans.iter().all(Span::is_unbounded) {
            return Some(self.while_there(left, &clock, &used.columns, bound));
        }
        let clock = clock.make_vars(&mut self.draft, &clock.vars(), &[]);
        let mut left = left.clone();
        schedule.spans.iter().flat_map(Span::instants).for_each(|expr| left.settle_for(&mut self.draft, expr));
        let branches = schedule.spans.iter().map(|span| {
            let (opens, closes) = self.timed(&left, span, &used.columns);
            Branch::of(Origin::Agenda { opens, closes, clock }, bound.clone())
        });
        Some(Flow { branches: branches.collect() })
    }

    /// Notes that a tick will read all of these again, unless they are the row of another clock.
    pub(super) fn is_unscheduled(&mut self, left: &Flow, flat: &Flat) {
        let is_clock = |id: NodeId| match self.draft.node(id) {
            Node::Input { relation } => self.program.relation(*relation).clock,
            _ => false,
        };
        let only_clocks = left.branches.iter().all(|branch| branch.origin.reads().into_iter().all(is_clock));
        if let Some(rule) = self.planned.filter(|_| !only_clocks) {
            self.unscheduled.insert((rule, flat.relation));
        }
    }

    /// A recursion goes round with what it joins: there a clock is a relation like any other.
    fn is_outside(&self, flow: &Flow) -> bool {
        let is_outside = |id: NodeId| self.draft.facts(id).level.is_none();
        flow.branches.iter().all(|branch| branch.origin.reads().into_iter().all(is_outside))
    }

    /// Of a clock whose value nobody asks for, only that it is there: a tick changes nothing.
    fn while_there(&mut self, left: &Flow, clock: &Flow, columns: &[VarId], bound: Vec<(VarId, Made)>) -> Flow {
        let left = left.make_vars(&mut self.draft, &[], columns);
        let clock = clock.make_vars(&mut self.draft, &[], &[]);
        let there = self.draft.add(Node::Distinct { source: clock });
        Flow::of(Branch::of(Origin::Join(left, there), bound))
    }

    /// Rows by the instant from which they hold, and by the one from which they no longer do; where there are both, both lead.
    fn timed(&mut self, left: &Flow, span: &Span, columns: &[VarId]) -> (Option<NodeId>, Option<NodeId>) {
        let bounds = |branch: &Branch| -> Vec<Operand> { span.latest(branch).into_iter().chain(span.earliest(branch)).collect() };
        let mut left = left.clone();
        let has_both = !span.from.is_empty() && !span.until.is_empty();
        if has_both {
            left.keep(|branch| {
                let [from, until] = <[Operand; 2]>::try_from(bounds(branch)).expect("a bound of each side");
                Pred::Compare { op: Compared::Lt, kind: Kind::Number, lhs: from, rhs: until }
            });
        }
        let node = left.make(&mut self.draft, if has_both { 2 } else { 1 }, |branch| {
            bounds(branch).into_iter().map(Made::Operand).chain(branch.columns(columns.iter())).collect()
        });
        if !has_both {
            return if span.until.is_empty() { (Some(node), None) } else { (None, Some(node)) };
        }
        let values = (0..columns.len()).map(|i| Src::Left(i as u16));
        let exchanged = [Src::Key(1), Src::Key(0)].into_iter().chain(values).map(column).collect();
        let closes = self.draft.map(node, Shape { filter: Vec::new(), columns: exchanged, key: 2 });
        (Some(node), Some(closes))
    }
}

impl Span {
    fn is_unbounded(&self) -> bool {
        self.from.is_empty() && self.until.is_empty()
    }

    fn instants(&self) -> impl Iterator<Item = &Expr<VarId>> {
        self.from.iter().chain(&self.until)
    }

    fn latest(&self, branch: &Branch) -> Option<Operand> {
        outermost(Functor::Max(Kind::Number), branch, &self.from)
    }

    fn earliest(&self, branch: &Branch) -> Option<Operand> {
        outermost(Functor::Min(Kind::Number), branch, &self.until)
    }
}

fn outermost(functor: Functor, branch: &Branch, instants: &[Expr<VarId>]) -> Option<Operand> {
    let mut operands: Vec<Operand> = instants.iter().map(|expr| branch.operand(expr)).collect();
    match operands.len() {
        0 => None,
        1 => operands.pop(),
        _ => Some(Expr::Call(functor, operands)),
    }
}
