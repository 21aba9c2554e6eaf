//! Rules of a recursion that make new values in each round: those that may keep it from ending.
//!
//! Whether one does depends on what the program is given; so these are the rules to look at, and nothing is refused for them.

use super::{HeadTerm, Literal, Program, Rule, Stratum};
use crate::expr::{Expr, Functor, signatures};
use crate::types::{Kind, RelId, RuleIx, VarId};

/// Rules whose heads have computed values, of recursions, as they are written. `kept`: only values that are kept for ever, texts and
/// structured ones.
pub fn growing(program: &Program, kept: bool) -> Vec<&Rule> {
    let recursive = program.strata.iter().filter(|stratum| stratum.recursive);
    recursive
        .flat_map(|stratum| stratum.rules.iter().map(move |ix| (stratum, ix)))
        .filter_map(|(stratum, RuleIx(ix))| {
            let rule = &program.rules[*ix as usize];
            (reads(rule, stratum) && makes(rule, kept)).then_some(rule)
        })
        .collect()
}

fn reads(rule: &Rule, stratum: &Stratum) -> bool {
    let within = |id: &RelId| stratum.relations.contains(id);
    rule.body.iter().any(|literal| matches!(literal, Literal::Atom(atom) if within(&atom.relation)))
}

fn makes(rule: &Rule, kept: bool) -> bool {
    let head = rule.head_terms.iter().any(|term| matches!(term, HeadTerm::Expr(expr) if computes(expr, kept)));
    head || rule.body.iter().any(|literal| match literal {
        Literal::Compare { lhs, rhs, .. } => {
            let is_var = |expr: &Expr<VarId>| matches!(expr, Expr::Var(_));
            is_var(lhs) && computes(rhs, kept) || is_var(rhs) && computes(lhs, kept)
        }
        Literal::Range(_) => !kept,
        _ => false,
    })
}

fn computes(expr: &Expr<VarId>, kept: bool) -> bool {
    let Expr::Call(functor, args) = expr else { return false };
    let makes = match functor {
        Functor::Is | Functor::Field(..) => false,
        Functor::Build => true,
        _ => !kept || signatures().iter().any(|row| row.functor == *functor && row.result == Kind::Symbol),
    };
    makes || args.iter().any(|arg| computes(arg, kept))
}
