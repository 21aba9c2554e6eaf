//! One atom of an `inline` relation, written out. What the atom asks of a column and what the head gives for it become one variable where
//! both are variables, else an equation.
//!
//! A negated atom is the negation of all definitions: of each, one of its conditions does not hold. Aggregates have no opposite: they stay,
//! and what is asked of their result is negated.

use super::Definition;
use super::rename::Renaming;
use crate::expr::{Compared, Expr};
use crate::program::{Arg, Atom, HeadTerm, Literal, Var, ground};
use crate::syntax::Span;
use crate::types::{Kind, VarId};
use std::collections::{BTreeSet, HashMap};

/// Literals in place of an atom, each with its own place if it has one, and the variables of the rule with those that came.
type Way = (Vec<(Literal, Option<Span>)>, Vec<Var>);

/// What stands for a positive atom if this definition gives its row. `None`: it never does.
pub(super) fn positive(atom: &Atom, kinds: &[Kind], definition: &Definition, vars: Vec<Var>) -> Option<Way> {
    let mut renaming = Renaming { from: &definition.vars, to: HashMap::new(), vars };
    let mut asked = Vec::new();
    for ((arg, term), kind) in atom.args.iter().zip(&definition.head_terms).zip(kinds) {
        let HeadTerm::Expr(given) = term else { continue };
        match (arg, given) {
            (Arg::Term(Expr::Var(own)) | Arg::Capture(own), Expr::Var(v)) if !renaming.to.contains_key(v) => {
                renaming.to.insert(*v, *own);
            }
            (Arg::Term(expr), _) => asked.push((*kind, expr.clone(), given)),
            // Where firings are counted.
            (Arg::Capture(own), _) => asked.push((*kind, Expr::Var(*own), given)),
            // It must have a value though nobody asks for it.
            _ if given.can_fail() => {
                let own = renaming.fresh(Var { name: "_1".to_string(), kind: *kind, optional: false });
                asked.push((*kind, Expr::Var(own), given));
            }
            _ => {}
        }
    }
    let mut literals = Vec::new();
    for (literal, place) in definition.body.iter().zip(&definition.places) {
        literals.push((renaming.literal(literal), Some(*place)));
    }
    for (kind, lhs, given) in asked {
        let rhs = renaming.expr(given);
        match (&lhs, &rhs) {
            (Expr::Const(one), Expr::Const(other)) if one == other => {}
            (Expr::Const(_), Expr::Const(_)) => return None,
            _ => literals.push((Literal::Compare { op: Compared::Eq, kind, lhs, rhs }, None)),
        }
    }
    Some((literals, renaming.vars))
}

/// Every way in which no definition gives the row of a negated atom. `None`: it would need variables that have no value.
pub(super) fn negated(atom: &Atom, kinds: &[Kind], definitions: &[Definition], vars: Vec<Var>) -> Option<Vec<Way>> {
    let mut ways: Vec<Vec<(Literal, Option<Span>)>> = vec![Vec::new()];
    let mut vars = vars;
    for definition in definitions {
        let denied = denied(atom, kinds, definition, std::mem::take(&mut vars))?;
        vars = denied.vars;
        let more = |so_far: &Vec<(Literal, Option<Span>)>| -> Vec<Vec<_>> {
            let with =
                |condition: &(Literal, Option<Span>)| so_far.iter().chain(&denied.known).chain([condition]).cloned().collect();
            denied.conditions.iter().map(with).collect()
        };
        ways = ways.iter().flat_map(more).take(crate::limits::MAX_DISJUNCTS + 1).collect();
    }
    Some(ways.into_iter().map(|way| (way, vars.clone())).collect())
}

/// A definition turned round.
struct Denied {
    /// Equations and aggregates that give variables values, whatever else holds.
    known: Vec<(Literal, Option<Span>)>,
    /// Any of these, and the definition does not give the row.
    conditions: Vec<(Literal, Option<Span>)>,
    vars: Vec<Var>,
}

fn denied(atom: &Atom, kinds: &[Kind], definition: &Definition, vars: Vec<Var>) -> Option<Denied> {
    if has_new_variables(definition) || atom.args.iter().any(|arg| matches!(arg, Arg::Any)) {
        return None;
    }
    let mut renaming = Renaming { from: &definition.vars, to: HashMap::new(), vars };
    let (mut known, mut asked) = (Vec::new(), Vec::new());
    for ((arg, term), kind) in atom.args.iter().zip(&definition.head_terms).zip(kinds) {
        let (Arg::Term(own), HeadTerm::Expr(given)) = (arg, term) else { continue };
        match (own, given) {
            (Expr::Var(own), Expr::Var(v)) if !renaming.to.contains_key(v) => {
                renaming.to.insert(*v, *own);
            }
            (_, Expr::Var(v)) if !renaming.to.contains_key(v) => {
                let (lhs, rhs) = (Expr::Var(renaming.var(*v)), own.clone());
                known.push((Literal::Compare { op: Compared::Eq, kind: *kind, lhs, rhs }, None));
            }
            _ => asked.push((*kind, own.clone(), given)),
        }
    }
    let mut conditions = Vec::new();
    for (kind, lhs, given) in asked {
        let rhs = renaming.expr(given);
        conditions.push((Literal::Compare { op: Compared::Ne, kind, lhs, rhs }, None));
    }
    for (literal, place) in definition.body.iter().zip(&definition.places) {
        let literal = renaming.literal(literal);
        match literal {
            Literal::Aggregate(_) | Literal::Range(_) => known.push((literal, Some(*place))),
            condition => conditions.push((opposite(condition), Some(*place))),
        }
    }
    Some(Denied { known, conditions, vars: renaming.vars })
}

/// Variables of its body that no column of its head gives a value; the results of aggregates have one.
pub(super) fn has_new_variables(definition: &Definition) -> bool {
    let mut given: BTreeSet<VarId> = BTreeSet::new();
    for term in &definition.head_terms {
        if let HeadTerm::Expr(Expr::Var(v)) = term {
            given.insert(*v);
        }
    }
    let results = definition.body.iter().filter_map(|literal| match literal {
        Literal::Aggregate(aggregate) => Some(aggregate.result),
        _ => None,
    });
    given.extend(results);
    let mut new = definition.body.iter().any(|literal| !ground::uses(literal).is_subset(&given));
    for term in &definition.head_terms {
        if let HeadTerm::Expr(expr) = term {
            expr.each_var(&mut |v| new |= !given.contains(&v));
        }
    }
    new
}

/// Holds where this condition does not. What gives a value is none, and stays.
fn opposite(literal: Literal) -> Literal {
    match literal {
        Literal::Atom(atom) => Literal::Not(atom),
        Literal::Not(atom) => Literal::Atom(atom),
        Literal::Compare { op, kind, lhs, rhs } => Literal::Compare { op: op.opposite(), kind, lhs, rhs },
        Literal::Holds { test, args, negated } => Literal::Holds { test, args, negated: !negated },
        Literal::Aggregate(_) | Literal::Range(_) => literal,
    }
}
