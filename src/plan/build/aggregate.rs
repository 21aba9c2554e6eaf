//! Aggregates. The body is evaluated on its own, its distinct assignments are keyed by the group and folded, and the results are joined
//! to the rule. `count` and `sum` of a group that is not there are 0: assignments of the rule that find no group go on with that.
//!
//! A group variable that the body only *uses* (`count : { r(x), x < y }` with `y` from outside) cannot be found by the body. Then
//! the body starts from the distinct values that such variables have in the rule so far. Within a recursion these may grow from round to
//! round, but the group of each is complete as soon as it is there, because a body reads only lower strata: no result is ever taken back.

use super::super::node::{Made, Node, NodeId, Shape, Src};
use super::super::order;
use super::atom::placed;
use super::flow::{Branch, Origin, column};
use super::rule::equal;
use super::{Builder, Flow, Goal, Group};
use crate::expr::{Expr, Fold};
use crate::types::{Kind, Value, VarId};
use std::collections::BTreeSet;

impl Builder<'_> {
    /// Every assignment, with the result of the aggregate for its group.
    pub(super) fn aggregate(&mut self, flow: Flow, group: &Group, rest: &[&Goal], keep: &BTreeSet<VarId>) -> Flow {
        let results = self.fold(&flow, group);
        let known = flow.binds(group.result);
        let mut keep = keep.clone();
        if known {
            keep.insert(group.result);
        }
        let used = self.still_used(&flow, rest, &keep, &group.by);
        let left = flow.make_vars(&mut self.draft, &group.by, &used.columns);
        let placed = placed(&group.by, Src::Key).chain(placed(&used.columns, Src::Left));
        let bound: Vec<(VarId, Made)> = placed.chain(used.constants).collect();
        let mut branches = vec![self.with_result(Origin::Join(left, results), &bound, group, Expr::Var(Src::Right(0)), known)];
        if let Some(zero) = of_nothing(group.fold) {
            let shape = Shape { filter: Vec::new(), columns: keys(group.by.len()), key: group.by.len() };
            let present = self.draft.map(results, shape);
            branches.push(self.with_result(Origin::Anti(left, present), &bound, group, Expr::Const(zero), known));
        }
        Flow { branches }
    }

    fn with_result(&self, origin: Origin, bound: &[(VarId, Made)], group: &Group, result: Expr<Src>, known: bool) -> Branch {
        let mut branch = Branch::of(origin, bound.to_vec());
        if known {
            let other = branch.operand(&Expr::Var(group.result));
            branch.filter.push(equal(group.fold.kind(), other, result));
        } else {
            branch.bound.push((group.result, Made::Operand(result)));
        }
        branch
    }

    /// One row per group that has any: the group, then the fold.
    fn fold(&mut self, flow: &Flow, group: &Group) -> NodeId {
        let start = self.start(flow, group);
        let mut vars: BTreeSet<VarId> = group.own.clone();
        vars.extend(&group.by);
        let mut body = self.body(start, group.body.clone(), &vars);
        let mut own: Vec<VarId> = group.own.iter().copied().collect();
        let place = group.target.as_ref().map(|target| place_folded(group.fold, target, &mut own));
        let made = group.target.as_ref().filter(|target| !is_among(target, &own));
        if let Some(target) = made {
            body.settle_for(&mut self.draft, target);
        }
        let source = body.make(&mut self.draft, group.by.len(), |branch| {
            let mut columns = branch.columns(group.by.iter().chain(&own));
            if let (Some(target), Some(place)) = (made, place) {
                columns.insert(group.by.len() + place, branch.made_of(target));
            }
            columns
        });
        let source = self.distinct(source);
        self.draft.add(Node::Reduce { source, fold: group.fold, column: place })
    }

    /// Where the body begins: from nothing, or from the values of group variables that it cannot bind.
    fn start(&mut self, flow: &Flow, group: &Group) -> Flow {
        let bindable = order::bindable(&group.body);
        let seeds: Vec<VarId> = group.by.iter().copied().filter(|v| !bindable.contains(v)).collect();
        if seeds.is_empty() {
            return Flow::unit();
        }
        let values = flow.make_vars(&mut self.draft, &seeds, &[]);
        let values = self.distinct(values);
        let bound = seeds.iter().zip(keys(seeds.len())).map(|(v, made)| (*v, made)).collect();
        Flow::of(Branch::of(Origin::Rows(values), bound))
    }
}

/// Where among the group's own columns what is folded stands: first, if the fold seeks one side of the rows, for there it is found.
fn place_folded(fold: Fold, target: &Expr<VarId>, own: &mut [VarId]) -> usize {
    let seeks_side = fold.side().is_some();
    let Some(at) = own.iter().position(|var| *target == Expr::Var(*var)) else {
        return if seeks_side { 0 } else { own.len() };
    };
    if seeks_side {
        own[..=at].rotate_right(1);
    }
    if seeks_side { 0 } else { at }
}

fn is_among(target: &Expr<VarId>, own: &[VarId]) -> bool {
    own.iter().any(|var| *target == Expr::Var(*var))
}

fn keys(n: usize) -> Vec<Made> {
    (0..n).map(|i| column(Src::Key(i as u16))).collect()
}

/// What an aggregate gives for a group without rows.
fn of_nothing(fold: Fold) -> Option<Value> {
    match fold {
        Fold::Count | Fold::Sum(Kind::Number) => Some(Value::Number(0)),
        Fold::Sum(Kind::Unsigned) => Some(Value::Unsigned(0)),
        Fold::Sum(Kind::Float) => Some(Value::float(0.0)),
        Fold::Sum(Kind::Symbol | Kind::Date | Kind::Datetime | Kind::Record | Kind::Adt) => {
            unreachable!("only numbers are added")
        }
        Fold::Min(_) | Fold::Least(_) | Fold::Max(_) | Fold::Mean => None,
    }
}
