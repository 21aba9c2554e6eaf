//! A body in the form that is planned: each atom binds a variable at most once per column and computes nothing; what it would compute
//! is a comparison of its own. So a computed column can become a key of either side of a join.

use crate::expr::{Compared, Expr, Fold, Test};
use crate::program::{Aggregate, Arg, Atom, Literal, Program, Rule};
use crate::types::{Kind, RelId, Value, VarId};
use std::collections::BTreeSet;

/// One literal.
#[derive(Clone, Debug)]
pub(in crate::plan) enum Goal {
    Atom(Flat),
    Not(Atom),
    Compare {
        op: Compared,
        kind: Kind,
        lhs: Expr<VarId>,
        rhs: Expr<VarId>,
    },
    Holds {
        test: Test,
        args: [Expr<VarId>; 2],
        negated: bool,
    },
    /// This very functor has no value.
    Fails(Expr<VarId>),
    Aggregate(Group),
    Range(Generated),
}

pub(in crate::plan) use crate::program::Range as Generated;

/// An atom of which no variable stands in two columns.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Flat {
    pub relation: RelId,
    pub columns: Vec<Match>,
}

#[derive(Clone, Debug)]
pub(in crate::plan) enum Match {
    Any,
    Absent,
    Equals(Value),
    /// Binds; only a present value.
    Var(VarId),
    Else(VarId, Value),
    /// Binds, absent too.
    Capture(VarId),
}

#[derive(Clone, Debug)]
pub(in crate::plan) struct Group {
    pub fold: Fold,
    pub result: VarId,
    pub target: Option<Expr<VarId>>,
    pub body: Vec<Goal>,
    pub by: Vec<VarId>,
    /// Variables of the body that are its own: what is counted are distinct assignments to them.
    pub own: BTreeSet<VarId>,
}

/// Turns literals of one rule into goals, making up variables as it goes.
pub(in crate::plan) struct Flattener<'a> {
    pub program: &'a Program,
    /// Kind of each variable, made up ones too.
    pub kinds: Vec<Kind>,
}

impl<'a> Flattener<'a> {
    pub fn of(program: &'a Program, rule: &Rule) -> Flattener<'a> {
        Flattener { program, kinds: rule.vars.iter().map(|var| var.kind).collect() }
    }

    /// The goals of one literal, for a look at what they bind; variables made up for it are forgotten again.
    pub fn scratch(&self, literal: &Literal) -> Vec<Goal> {
        Flattener { program: self.program, kinds: self.kinds.clone() }.goals(std::slice::from_ref(literal))
    }

    pub fn goals(&mut self, literals: &[Literal]) -> Vec<Goal> {
        let mut goals = Vec::new();
        for literal in literals {
            self.goal(literal, &mut goals);
        }
        goals
    }

    pub fn fresh(&mut self, kind: Kind) -> VarId {
        self.kinds.push(kind);
        VarId(self.kinds.len() as u32 - 1)
    }

    fn goal(&mut self, literal: &Literal, goals: &mut Vec<Goal>) {
        match literal {
            Literal::Atom(atom) => self.atom(atom, goals),
            Literal::Not(atom) => goals.push(Goal::Not(atom.clone())),
            Literal::Compare { op, kind, lhs, rhs } => self.compare(*op, *kind, lhs, rhs, goals),
            Literal::Holds { test, args, negated } => {
                let args = [args[0].clone(), args[1].clone()];
                goals.push(Goal::Holds { test: *test, args, negated: *negated });
            }
            Literal::Aggregate(aggregate) => {
                let group = self.aggregate(aggregate);
                goals.push(Goal::Aggregate(group));
            }
            Literal::Range(range) => goals.push(Goal::Range(range.clone())),
        }
    }

    fn atom(&mut self, atom: &Atom, goals: &mut Vec<Goal>) {
        let program = self.program;
        let columns = &program.relation(atom.relation).columns;
        let mut seen = BTreeSet::new();
        let mut equal = Vec::new();
        let matches = atom.args.iter().zip(columns).map(|(arg, column)| {
            let mut renamed = |v: VarId, this: &mut Self| {
                if seen.insert(v) {
                    return v;
                }
                let other = this.fresh(column.kind);
                equal.push((column.kind, other, Expr::Var(v)));
                other
            };
            match arg {
                Arg::Any => Match::Any,
                Arg::Absent => Match::Absent,
                Arg::Term(Expr::Const(value)) => Match::Equals(value.clone()),
                Arg::Term(Expr::Var(v)) => Match::Var(renamed(*v, self)),
                Arg::Else(v, value) => Match::Else(renamed(*v, self), value.clone()),
                Arg::Capture(v) => Match::Capture(renamed(*v, self)),
                Arg::Term(computed) => {
                    let other = self.fresh(column.kind);
                    equal.push((column.kind, other, computed.clone()));
                    Match::Var(other)
                }
            }
        });
        let flat = Flat { relation: atom.relation, columns: matches.collect() };
        goals.push(Goal::Atom(flat));
        for (kind, v, rhs) in equal {
            goals.push(Goal::Compare { op: Compared::Eq, kind, lhs: Expr::Var(v), rhs });
        }
    }

    /// `f(x) = g(y)` is `z = f(x), z = g(y)`: whichever side is known first gives the key by which the other is found.
    fn compare(&mut self, op: Compared, kind: Kind, lhs: &Expr<VarId>, rhs: &Expr<VarId>, goals: &mut Vec<Goal>) {
        let splits = op == Compared::Eq && matches!((lhs, rhs), (Expr::Call(..), Expr::Call(..)));
        if splits {
            let middle = Expr::Var(self.fresh(kind));
            goals.push(Goal::Compare { op, kind, lhs: middle.clone(), rhs: lhs.clone() });
            goals.push(Goal::Compare { op, kind, lhs: middle, rhs: rhs.clone() });
        } else {
            goals.push(Goal::Compare { op, kind, lhs: lhs.clone(), rhs: rhs.clone() });
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Group {
        Group {
            fold: aggregate.fold,
            result: aggregate.result,
            target: aggregate.target.clone(),
            body: self.goals(&aggregate.body),
            by: aggregate.group.clone(),
            own: own_vars(aggregate),
        }
    }
}

/// Variables of the body, without those that are a nested aggregate's own and without the group.
fn own_vars(aggregate: &Aggregate) -> BTreeSet<VarId> {
    let mut own = BTreeSet::new();
    for literal in &aggregate.body {
        match literal {
            Literal::Aggregate(nested) => {
                own.insert(nested.result);
                own.extend(nested.group.iter().copied());
            }
            other => other.each_var(&mut |v| {
                own.insert(v);
            }),
        }
    }
    own.retain(|v| !aggregate.group.contains(v) && !aggregate.aside.contains(v));
    own
}

impl Goal {
    /// Variables that an outer evaluation must know of: all but those that are an aggregate's own.
    pub fn each_var(&self, visit: &mut impl FnMut(VarId)) {
        match self {
            Goal::Atom(flat) => flat.vars().for_each(visit),
            Goal::Not(atom) => atom.each_var(visit),
            Goal::Compare { lhs, rhs, .. } => {
                lhs.each_var(visit);
                rhs.each_var(visit);
            }
            Goal::Holds { args, .. } => args.iter().for_each(|arg| arg.each_var(visit)),
            Goal::Fails(expr) => expr.each_var(visit),
            Goal::Range(range) => {
                visit(range.result);
                range.bounds().for_each(|bound| bound.each_var(visit));
            }
            Goal::Aggregate(group) => {
                visit(group.result);
                group.by.iter().for_each(|v| visit(*v));
            }
        }
    }
}

impl Flat {
    /// What it binds.
    pub fn vars(&self) -> impl Iterator<Item = VarId> + '_ {
        self.columns.iter().filter_map(|column| match column {
            Match::Var(v) | Match::Else(v, _) | Match::Capture(v) => Some(*v),
            Match::Any | Match::Absent | Match::Equals(_) => None,
        })
    }
}
