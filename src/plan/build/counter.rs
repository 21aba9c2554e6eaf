//! `autoinc()`: a rule that has it fires once for each assignment that its other literals have, in the order of their values; the numbers
//! go on from one rule to the next, in order of evaluation. What asks for a number comes after.

use super::super::node::{Made, Node, NodeId, Shape, Src};
use super::super::order::bindable;
use super::super::pick::{Ordered, Pick};
use super::atom::placed;
use super::flow::{Branch, Origin};
use super::{Builder, Flow, Goal};
use crate::expr::{Expr, Fold, Functor};
use crate::types::{Kind, RuleIx, Value, VarId};
use std::collections::BTreeSet;

impl Builder<'_> {
    /// What a rule's body begins with, and the goals that are left. Without a counter that is nothing, and all of them.
    pub(super) fn numbered(&mut self, ix: RuleIx, goals: Vec<Goal>, kinds: Vec<Kind>) -> (Flow, Vec<Goal>) {
        let Some(counters) = self.program.counters.get(&ix) else { return (Flow::unit(), goals) };
        let (early, late) = without_numbers(goals);
        let vars = bindable(&early);
        let declared = &self.program.rules[ix.index()].vars;
        let ordered = |v: &VarId| -> Ordered {
            let optional = declared.get(v.index()).is_some_and(|var| var.optional);
            (kinds[v.index()], optional)
        };
        // Variables that flattening made up follow from others.
        let vars: Vec<VarId> = vars.into_iter().filter(|v| v.index() < declared.len()).collect();
        let flow = self.body(Flow::unit(), early, &vars.iter().copied().collect());
        let firings = flow.make_vars(&mut self.draft, &[], &vars);
        let firings = self.distinct(firings);
        let known = self.firings.iter().position(|(known, ..)| *known == ix);
        let before = self.numbers_before(known.unwrap_or(self.firings.len()));
        if known.is_none() {
            self.firings.push((ix, firings, counters.len()));
        }
        let pick = Pick::Numbered { columns: vars.iter().map(ordered).collect() };
        let numbered = self.draft.add(Node::Pick { source: firings, pick });
        let place = Expr::Var(Src::Left(vars.len() as u16));
        let numbers = counters.iter().enumerate().map(|(i, v)| (*v, Made::Operand(number(&place, counters.len(), i))));
        let bound = placed(&vars, Src::Left).chain(numbers).collect();
        (Flow::of(Branch::of(Origin::Join(numbered, before), bound)), late)
    }

    /// One row: how many numbers so many rules have taken, the first ones.
    fn numbers_before(&mut self, rules: usize) -> NodeId {
        let nothing = vec![Value::Number(-1), Value::Number(0)];
        let mut taken =
            vec![self.draft.add(Node::Constant { rows: vec![nothing], kinds: vec![Kind::Number, Kind::Number], key: 0 })];
        for (ix, firings, each) in self.firings[..rules].iter().copied() {
            let count = self.draft.add(Node::Reduce { source: firings, fold: Fold::Count, column: None });
            let of_rule = Expr::Const(Value::Number(i64::from(ix.0)));
            let numbers = product(Expr::Var(Src::Left(0)), each);
            let columns = vec![Made::Operand(of_rule), Made::Operand(numbers)];
            taken.push(self.draft.map(count, Shape { filter: Vec::new(), columns, key: 0 }));
        }
        let taken = self.draft.concat(taken);
        self.draft.add(Node::Reduce { source: taken, fold: Fold::Sum(Kind::Number), column: Some(1) })
    }
}

/// Of a firing at this place, the number of one of its counters.
fn number(place: &Expr<Src>, counters: usize, counter: usize) -> Expr<Src> {
    let own = product(place.clone(), counters);
    let own = match counter {
        0 => own,
        i => sum(own, Expr::Const(Value::Number(i as i64))),
    };
    sum(own, Expr::Var(Src::Right(0)))
}

fn sum(a: Expr<Src>, b: Expr<Src>) -> Expr<Src> {
    Expr::Call(Functor::Add(Kind::Number), vec![a, b])
}

fn product(a: Expr<Src>, by: usize) -> Expr<Src> {
    if by == 1 { a } else { Expr::Call(Functor::Mul(Kind::Number), vec![a, Expr::Const(Value::Number(by as i64))]) }
}

/// The goals that stand without any number, and the others.
fn without_numbers(goals: Vec<Goal>) -> (Vec<Goal>, Vec<Goal>) {
    let (mut early, mut late) = (goals, Vec::new());
    loop {
        let bound = bindable(&early);
        let stands = |goal: &Goal| {
            let mut uses = BTreeSet::new();
            goal.each_var(&mut |v| {
                uses.insert(v);
            });
            if let Goal::Aggregate(group) = goal {
                uses.remove(&group.result);
            }
            uses.is_subset(&bound)
        };
        let (kept, dropped): (Vec<Goal>, Vec<Goal>) = early.into_iter().partition(stands);
        early = kept;
        if dropped.is_empty() {
            return (early, late);
        }
        late.extend(dropped);
    }
}
