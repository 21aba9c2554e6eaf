//! Which variables the literals of a checked body give values, and which literals stand without others.

use super::{Arg, Literal};
use crate::expr::{Compared, Expr};
use crate::types::VarId;
use std::collections::BTreeSet;

/// Variables that have a value where all these literals hold.
pub fn bound(literals: &[Literal]) -> BTreeSet<VarId> {
    bound_with(literals.iter(), &BTreeSet::new())
}

/// The same where some have a value whatever the literals say.
pub fn bound_with<'a>(literals: impl Iterator<Item = &'a Literal> + Clone, known: &BTreeSet<VarId>) -> BTreeSet<VarId> {
    let mut bound = known.clone();
    loop {
        let before = bound.len();
        literals.clone().for_each(|literal| bind(literal, &mut bound));
        if bound.len() == before {
            return bound;
        }
    }
}

fn bind(literal: &Literal, bound: &mut BTreeSet<VarId>) {
    match literal {
        Literal::Atom(atom) => bound.extend(atom.args.iter().filter_map(|arg| match arg {
            Arg::Term(Expr::Var(v)) | Arg::Else(v, _) | Arg::Capture(v) => Some(*v),
            Arg::Term(_) | Arg::Any | Arg::Absent => None,
        })),
        Literal::Compare { op: Compared::Eq, lhs, rhs, .. } => {
            for (to, from) in [(lhs, rhs), (rhs, lhs)] {
                let mut known = true;
                from.each_var(&mut |v| known &= bound.contains(&v));
                if let (Expr::Var(v), true) = (to, known) {
                    bound.insert(*v);
                }
            }
        }
        Literal::Aggregate(aggregate) if aggregate.group.iter().all(|v| bound.contains(v)) => {
            bound.insert(aggregate.result);
        }
        Literal::Range(range) => {
            let mut known = true;
            range.bounds().for_each(|end| end.each_var(&mut |v| known &= bound.contains(&v)));
            if known {
                bound.insert(range.result);
            }
        }
        Literal::Aggregate(_) | Literal::Compare { .. } | Literal::Not(_) | Literal::Holds { .. } => {}
    }
}

/// Variables that must have values for a literal to mean anything, whoever gives them; of an aggregate those around it.
pub fn uses(literal: &Literal) -> BTreeSet<VarId> {
    let mut used = BTreeSet::new();
    match literal {
        Literal::Aggregate(aggregate) => used.extend(aggregate.group.iter().chain([&aggregate.result])),
        other => other.each_var(&mut |v| {
            used.insert(v);
        }),
    }
    used
}

pub(super) fn is_grounded(literals: &[Literal], bound: &BTreeSet<VarId>) -> bool {
    literals.iter().all(|literal| uses(literal).is_subset(bound))
}

/// The largest part of these literals that stands without this variable.
pub(super) fn independent(literals: &[Literal], of: VarId) -> Vec<Literal> {
    let mut kept: Vec<Literal> = literals.iter().filter(|literal| !uses(literal).contains(&of)).cloned().collect();
    loop {
        let (bound, before) = (bound(&kept), kept.len());
        kept.retain(|literal| uses(literal).is_subset(&bound));
        if kept.len() == before {
            return kept;
        }
    }
}
