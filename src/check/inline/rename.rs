//! Literals over the variables of another rule.

use crate::expr::Expr;
use crate::program::{Aggregate, Arg, Atom, Literal, Range, Var};
use crate::types::VarId;
use std::collections::HashMap;

/// Variables of a definition as variables of the rule that it is written into: known ones, and new ones as they are met.
pub(super) struct Renaming<'a> {
    pub from: &'a [Var],
    pub to: HashMap<VarId, VarId>,
    pub vars: Vec<Var>,
}

/// A variable more, under a name that no other has.
pub(super) fn fresh(vars: &mut Vec<Var>, mut var: Var) -> VarId {
    let is_taken = |name: &str| vars.iter().any(|other| other.name == name);
    if is_taken(&var.name) {
        let stem = var.name.clone();
        let free = (2..).map(|number| format!("{stem}_{number}")).find(|name| !is_taken(name));
        var.name = free.unwrap_or(stem);
    }
    vars.push(var);
    VarId(vars.len() as u32 - 1)
}

impl Renaming<'_> {
    pub fn var(&mut self, id: VarId) -> VarId {
        if let Some(known) = self.to.get(&id) {
            return *known;
        }
        let new = self.fresh(self.from[id.index()].clone());
        self.to.insert(id, new);
        new
    }

    pub fn fresh(&mut self, var: Var) -> VarId {
        fresh(&mut self.vars, var)
    }

    pub fn expr(&mut self, expr: &Expr<VarId>) -> Expr<VarId> {
        expr.map(&mut |id| self.var(id))
    }

    pub fn literal(&mut self, literal: &Literal) -> Literal {
        match literal {
            Literal::Atom(atom) => Literal::Atom(self.atom(atom)),
            Literal::Not(atom) => Literal::Not(self.atom(atom)),
            Literal::Compare { op, kind, lhs, rhs } => {
                Literal::Compare { op: *op, kind: *kind, lhs: self.expr(lhs), rhs: self.expr(rhs) }
            }
            Literal::Holds { test, args, negated } => {
                let args = args.iter().map(|arg| self.expr(arg)).collect();
                Literal::Holds { test: *test, args, negated: *negated }
            }
            Literal::Range(range) => Literal::Range(Range {
                kind: range.kind,
                result: self.var(range.result),
                from: self.expr(&range.from),
                to: self.expr(&range.to),
                step: range.step.as_ref().map(|step| self.expr(step)),
            }),
            Literal::Aggregate(aggregate) => Literal::Aggregate(Aggregate {
                fold: aggregate.fold,
                result: self.var(aggregate.result),
                target: aggregate.target.as_ref().map(|target| self.expr(target)),
                body: aggregate.body.iter().map(|literal| self.literal(literal)).collect(),
                places: aggregate.places.clone(),
                group: aggregate.group.iter().map(|id| self.var(*id)).collect(),
                aside: aggregate.aside.iter().map(|id| self.var(*id)).collect(),
            }),
        }
    }

    fn atom(&mut self, atom: &Atom) -> Atom {
        let args = atom.args.iter().map(|arg| match arg {
            Arg::Any => Arg::Any,
            Arg::Absent => Arg::Absent,
            Arg::Term(expr) => Arg::Term(self.expr(expr)),
            Arg::Else(id, value) => Arg::Else(self.var(*id), value.clone()),
            Arg::Capture(id) => Arg::Capture(self.var(*id)),
        });
        Atom { relation: atom.relation, args: args.collect() }
    }
}
