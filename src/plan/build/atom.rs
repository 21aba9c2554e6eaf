//! Atoms and negated atoms. What an atom asks of its own row alone (constants, absent values, repeated variables) is filtered before its
//! rows are arranged, and only columns that somebody uses come along.

use super::super::node::{Made, Operand, Pred, Src};
use super::super::sets::column_at;
use super::flow::{Branch, Origin, column};
use super::rule::{Ready, apply, equal, readiness};
use super::{Builder, Flat, Flow, Goal, Match};
use crate::expr::Expr;
use crate::program::{Arg, Atom, Column};
use crate::types::{Kind, Value, VarId};
use std::collections::BTreeSet;

impl Builder<'_> {
    /// Every assignment that also matches the atom.
    pub(super) fn join(&mut self, left: Flow, flat: &Flat, rest: &mut Vec<&Goal>, keep: &BTreeSet<VarId>) -> Flow {
        let mut right = self.atom(flat);
        if left.is_unit() {
            return right;
        }
        narrow(&mut right, &left, rest);
        let key: Vec<VarId> = right.vars().into_iter().filter(|v| left.binds(*v)).collect();
        if key.is_empty() && self.program.relation(flat.relation).clock {
            if let Some(scheduled) = self.agenda(&left, &right, flat, rest, keep) {
                return scheduled;
            }
            self.is_unscheduled(&left, flat);
        }
        let on_left = self.still_used(&left, rest, keep, &key);
        let on_right = self.still_used(&right, rest, keep, &key);
        let left = left.make_vars(&mut self.draft, &key, &on_left.columns);
        let right = right.make_vars(&mut self.draft, &key, &on_right.columns);
        let placed =
            placed(&key, Src::Key).chain(placed(&on_left.columns, Src::Left)).chain(placed(&on_right.columns, Src::Right));
        let bound = placed.chain(on_left.constants).chain(on_right.constants).collect();
        Flow::of(Branch::of(Origin::Join(left, right), bound))
    }

    /// The rows of one atom, its variables bound to their columns.
    fn atom(&mut self, flat: &Flat) -> Flow {
        let node = self.relation(flat.relation);
        let key = self.draft.facts(node).key;
        let mut branch = Branch::of(Origin::Rows(node), Vec::new());
        let columns = &self.program.relation(flat.relation).columns;
        for (i, (asked, declared)) in flat.columns.iter().zip(columns).enumerate() {
            let src = column_at(i, key);
            match asked {
                Match::Any => {}
                Match::Absent => branch.filter.push(Pred::IsAbsent(src, declared.kind)),
                Match::Equals(value) => branch.filter.extend(equals(src, declared, value)),
                Match::Capture(v) => branch.bound.push((*v, column(src))),
                Match::Else(v, value) => branch.bound.push((*v, Made::Else(src, declared.kind, value.clone()))),
                Match::Var(v) => {
                    branch.filter.extend(present(src, declared));
                    branch.bound.push((*v, column(src)));
                }
            }
        }
        Flow::of(branch)
    }

    /// Every assignment for which no row matches the atom. Its variables are bound.
    pub(super) fn negate(&mut self, mut flow: Flow, atom: &Atom, rest: &[&Goal], keep: &BTreeSet<VarId>) -> Flow {
        let (asked, right) = self.denied(atom);
        asked.iter().filter(|expr| !matches!(expr, Expr::Var(_))).for_each(|expr| flow.settle_for(&mut self.draft, expr));
        let used = self.still_used(&flow, rest, keep, &[]);
        let plain = |v: &VarId| asked.iter().position(|expr| *expr == Expr::Var(*v));
        let (keyed, values): (Vec<VarId>, Vec<VarId>) = used.columns.iter().partition(|v| plain(v).is_some());
        let left = flow.make(&mut self.draft, asked.len(), |branch| {
            asked.iter().map(|expr| branch.made_of(expr)).chain(branch.columns(values.iter())).collect()
        });
        let right =
            right.make(&mut self.draft, asked.len(), |branch| branch.bound.iter().map(|(_, made)| made.clone()).collect());
        let right = self.distinct(right);
        let keyed = keyed.iter().filter_map(|v| plain(v).map(|i| (*v, column(Src::Key(i as u16)))));
        let bound = keyed.chain(placed(&values, Src::Left)).chain(used.constants).collect();
        Flow::of(Branch::of(Origin::Anti(left, right), bound))
    }

    /// What a negated atom asks for by value, and its rows with those columns in the same order.
    fn denied(&mut self, atom: &Atom) -> (Vec<Expr<VarId>>, Flow) {
        let node = self.relation(atom.relation);
        let key = self.draft.facts(node).key;
        let mut branch = Branch::of(Origin::Rows(node), Vec::new());
        let mut asked: Vec<Expr<VarId>> = Vec::new();
        for (i, (arg, declared)) in atom.args.iter().zip(&self.program.relation(atom.relation).columns).enumerate() {
            let src = column_at(i, key);
            let made = match arg {
                Arg::Any | Arg::Capture(_) => continue,
                Arg::Absent => {
                    branch.filter.push(Pred::IsAbsent(src, declared.kind));
                    continue;
                }
                Arg::Term(Expr::Const(value)) => {
                    branch.filter.extend(equals(src, declared, value));
                    continue;
                }
                Arg::Term(expr) => {
                    branch.filter.extend(present(src, declared));
                    asked.push(expr.clone());
                    column(src)
                }
                Arg::Else(v, value) => {
                    asked.push(Expr::Var(*v));
                    Made::Else(src, declared.kind, value.clone())
                }
            };
            // The variable is of no meaning here: only the order of the columns is.
            branch.bound.push((VarId(i as u32), made));
        }
        (asked, Flow::of(branch))
    }
}

/// Applies to an atom's own rows what speaks of them alone, and computes what the other side already knows, as a key to find them by.
fn narrow(right: &mut Flow, left: &Flow, rest: &mut Vec<&Goal>) {
    rest.retain(|goal| {
        let computable = |v: VarId| matches!(right.branches[0].made(v), Some(Made::Operand(_)) | None);
        let mut plain = true;
        goal.each_var(&mut |v| plain &= computable(v));
        let ready = if plain { readiness(right, goal) } else { Ready::No };
        let useful = match ready {
            Ready::No => false,
            Ready::Filter => true,
            Ready::Binds(v) => left.binds(v),
        };
        if useful {
            apply(right, goal, ready);
        }
        !useful
    });
}

pub(super) fn placed(vars: &[VarId], src: fn(u16) -> Src) -> impl Iterator<Item = (VarId, Made)> {
    vars.iter().enumerate().map(move |(i, v)| (*v, column(src(i as u16))))
}

pub(super) fn present(src: Src, declared: &Column) -> Option<Pred> {
    declared.optional.then_some(Pred::IsPresent(src, declared.kind))
}

pub(super) fn equals(src: Src, declared: &Column, value: &Value) -> Vec<Pred> {
    let kind: Kind = declared.kind;
    let same = equal(kind, Expr::Var(src), Operand::Const(value.clone()));
    // To a comparison an absent number is the least one; here it must not match it.
    let guard = (declared.optional && value.is_reserved()).then_some(Pred::IsPresent(src, kind));
    std::iter::once(same).chain(guard).collect()
}
