//! [`Flow`]: assignments to variables on their way through a body, not yet made into rows. The last node is left open until it is known
//! by which key its rows are wanted and which variables are still needed; then it makes them so at once.

use super::super::draft::Draft;
use super::super::node::{Bounds, Made, Node, NodeId, Operand, Pred, Shape, Src};
use crate::expr::{Compared, Expr};
use crate::types::{Kind, VarId};

/// Several branches that bind the same variables: an aggregate goes on with its groups and with its zeros.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Flow {
    pub branches: Vec<Branch>,
}

#[derive(Clone, Debug)]
pub(in crate::plan) struct Branch {
    pub origin: Origin,
    pub filter: Vec<Pred>,
    /// Expressions that must have a value though nobody may ask for it.
    guards: Vec<(Kind, Operand)>,
    /// What each bound variable is, in the order in which they were bound.
    pub bound: Vec<(VarId, Made)>,
}

/// What an open node reads.
#[derive(Clone, Debug)]
pub(in crate::plan) enum Origin {
    /// One assignment, to nothing.
    Unit,
    Rows(NodeId),
    Join(NodeId, NodeId),
    Anti(NodeId, NodeId),
    /// Of [`Node::Range`].
    Range(NodeId, Bounds),
    /// Of [`Node::Agenda`].
    Agenda {
        opens: Option<NodeId>,
        closes: Option<NodeId>,
        clock: NodeId,
    },
}

impl Origin {
    pub fn reads(&self) -> Vec<NodeId> {
        match self {
            Origin::Unit => Vec::new(),
            Origin::Rows(source) | Origin::Range(source, _) => vec![*source],
            Origin::Join(left, right) | Origin::Anti(left, right) => vec![*left, *right],
            Origin::Agenda { opens, closes, clock } => opens.iter().chain(closes).chain([clock]).copied().collect(),
        }
    }
}

impl Flow {
    pub fn unit() -> Flow {
        Flow::of(Branch::of(Origin::Unit, Vec::new()))
    }

    pub fn of(branch: Branch) -> Flow {
        Flow { branches: vec![branch] }
    }

    pub fn is_unit(&self) -> bool {
        matches!(self.branches[..], [Branch { origin: Origin::Unit, .. }])
    }

    pub fn binds(&self, v: VarId) -> bool {
        self.branches[0].made(v).is_some()
    }

    /// Bound variables, first bound first.
    pub fn vars(&self) -> Vec<VarId> {
        self.branches[0].bound.iter().map(|(v, _)| *v).collect()
    }

    /// The constant that a variable is in every assignment.
    pub fn constant(&self, v: VarId) -> Option<Made> {
        let made = self.branches[0].made(v)?;
        let same = self.branches.iter().all(|branch| branch.made(v) == Some(made));
        (same && matches!(made, Made::Operand(Expr::Const(_)))).then(|| made.clone())
    }

    /// Does the expression use bound variables only?
    pub fn knows(&self, expr: &Expr<VarId>) -> bool {
        let mut known = true;
        expr.each_var(&mut |v| known &= self.binds(v));
        known
    }

    /// Makes columns of all variables if that is needed to compute this expression.
    pub fn settle_for(&mut self, draft: &mut Draft, expr: &Expr<VarId>) {
        for branch in &mut self.branches {
            let mut open = false;
            expr.each_var(&mut |v| open |= !matches!(branch.made(v), Some(Made::Operand(_))));
            if open {
                let vars: Vec<VarId> = branch.bound.iter().map(|(v, _)| *v).collect();
                let columns = branch.bound.iter().map(|(_, made)| made.clone()).collect();
                let node = branch.make(draft, columns, 0);
                let bound = vars.iter().enumerate().map(|(i, v)| (*v, column(Src::Left(i as u16)))).collect();
                *branch = Branch::of(Origin::Rows(node), bound);
            }
        }
    }

    /// Keeps the assignments for which the condition holds. All its variables are bound to operands.
    pub fn keep(&mut self, condition: impl Fn(&Branch) -> Pred) {
        for branch in &mut self.branches {
            let pred = condition(branch);
            if !branch.filter.contains(&pred) {
                branch.filter.push(pred);
            }
        }
    }

    /// Binds a variable to what an expression over bound ones gives; drops assignments for which it gives nothing.
    pub fn bind(&mut self, v: VarId, kind: Kind, expr: &Expr<VarId>) {
        for branch in &mut self.branches {
            let operand = branch.operand(expr);
            if operand.can_fail() {
                branch.guards.push((kind, operand.clone()));
            }
            branch.bound.push((v, Made::Operand(operand)));
        }
    }

    /// Closes the open node: rows with these columns, of which `key` lead.
    pub fn make(&self, draft: &mut Draft, key: usize, columns: impl Fn(&Branch) -> Vec<Made>) -> NodeId {
        let made = self.branches.iter().map(|branch| branch.make(draft, columns(branch), key)).collect();
        draft.concat(made)
    }

    /// Rows of these variables: key, then values.
    pub fn make_vars(&self, draft: &mut Draft, key: &[VarId], values: &[VarId]) -> NodeId {
        self.make(draft, key.len(), |branch| branch.columns(key.iter().chain(values)))
    }
}

impl Branch {
    pub fn of(origin: Origin, bound: Vec<(VarId, Made)>) -> Branch {
        Branch { origin, filter: Vec::new(), guards: Vec::new(), bound }
    }

    pub fn made(&self, v: VarId) -> Option<&Made> {
        self.bound.iter().find(|(bound, _)| *bound == v).map(|(_, made)| made)
    }

    pub fn columns<'v>(&self, vars: impl Iterator<Item = &'v VarId>) -> Vec<Made> {
        vars.map(|v| self.made(*v).expect("only bound variables are asked for").clone()).collect()
    }

    /// The expression over what this branch reads. Its variables are bound, and settled where they had to be.
    pub fn operand(&self, expr: &Expr<VarId>) -> Operand {
        match expr {
            Expr::Const(value) => Expr::Const(value.clone()),
            Expr::Var(v) => match self.made(*v) {
                Some(Made::Operand(operand)) => operand.clone(),
                _ => unreachable!("variables are bound and settled before they are computed with"),
            },
            Expr::Call(functor, args) => Expr::Call(*functor, args.iter().map(|arg| self.operand(arg)).collect()),
        }
    }

    /// The expression as a column; a variable alone needs not be settled.
    pub fn made_of(&self, expr: &Expr<VarId>) -> Made {
        match expr {
            Expr::Var(v) => self.made(*v).expect("only bound variables are asked for").clone(),
            _ => Made::Operand(self.operand(expr)),
        }
    }

    fn make(&self, draft: &mut Draft, columns: Vec<Made>, key: usize) -> NodeId {
        let mut filter = self.filter.clone();
        for (kind, guard) in &self.guards {
            let asked = filter.iter().any(|pred| pred_holds(pred, guard)) || columns.iter().any(|made| made_holds(made, guard));
            if !asked {
                filter.push(Pred::Compare { op: Compared::Eq, kind: *kind, lhs: guard.clone(), rhs: guard.clone() });
            }
        }
        let shape = Shape { filter, columns, key };
        match self.origin.clone() {
            Origin::Unit => {
                let unit = draft.add(Node::Constant { rows: vec![Vec::new()], kinds: Vec::new(), key: 0 });
                draft.map(unit, shape)
            }
            Origin::Rows(source) => draft.map(source, shape),
            Origin::Join(left, right) => draft.add(Node::Join { left, right, shape }),
            Origin::Anti(left, right) => draft.add(Node::Anti { left, right, shape }),
            Origin::Range(source, bounds) => draft.add(Node::Range { source, bounds, shape }),
            Origin::Agenda { opens, closes, clock } => draft.add(Node::Agenda { opens, closes, clock, shape }),
        }
    }
}

/// A column passed on as it is.
pub(in crate::plan) fn column(src: Src) -> Made {
    Made::Operand(Expr::Var(src))
}

/// Does the condition ask for the value of this expression whenever it is tested?
fn pred_holds(pred: &Pred, part: &Operand) -> bool {
    match pred {
        Pred::Compare { lhs, rhs, .. } => holds(lhs, part) || holds(rhs, part),
        Pred::Holds { args, .. } => args.iter().any(|arg| holds(arg, part)),
        Pred::IsAbsent(..) | Pred::IsPresent(..) | Pred::Fails(_) => false,
    }
}

fn made_holds(made: &Made, part: &Operand) -> bool {
    matches!(made, Made::Operand(operand) if holds(operand, part))
}

fn holds(whole: &Operand, part: &Operand) -> bool {
    whole == part || matches!(whole, Expr::Call(_, args) if args.iter().any(|arg| holds(arg, part)))
}
