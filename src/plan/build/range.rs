//! `range`: a row for each of its values. Where the value is known already it is a condition.

use super::super::node::{Bounds, Src};
use super::atom::placed;
use super::flow::{Branch, Origin, column};
use super::goal::Generated;
use super::{Builder, Flow, Goal};
use crate::expr::{Compared, Expr, Functor};
use crate::types::{Kind, Value, VarId};
use std::collections::BTreeSet;

impl Builder<'_> {
    /// Every assignment with every value of the range. Its ends are known, its value is not.
    pub(super) fn range(&mut self, mut flow: Flow, range: &Generated, rest: &[&Goal], keep: &BTreeSet<VarId>) -> Flow {
        let mut keep = keep.clone();
        for bound in range.bounds() {
            flow.settle_for(&mut self.draft, bound);
            bound.each_var(&mut |v| {
                keep.insert(v);
            });
        }
        let used = self.still_used(&flow, rest, &keep, &[]);
        let source = flow.make_vars(&mut self.draft, &[], &used.columns);
        let bound = placed(&used.columns, Src::Left).chain(used.constants).collect();
        let mut branch = Branch::of(Origin::Rows(source), bound);
        let operand = |expr| branch.operand(expr);
        let bounds = Bounds {
            kind: range.kind,
            from: operand(&range.from),
            to: operand(&range.to),
            step: range.step.as_ref().map(operand),
        };
        branch.origin = Origin::Range(source, bounds);
        branch.bound.push((range.result, column(Src::Right(0))));
        Flow::of(branch)
    }
}

/// That the value is one of the range, as a condition.
pub(super) fn as_condition(range: &Generated) -> Goal {
    let asked = std::iter::once(Expr::Var(range.result)).chain(range.bounds().cloned());
    let lhs = Expr::Call(Functor::IsInRange(range.kind), asked.collect());
    Goal::Compare { op: Compared::Eq, kind: Kind::Number, lhs, rhs: Expr::Const(Value::Number(1)) }
}
