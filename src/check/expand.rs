//! Disjunctions, negated groups, `true` and `false` away: a body becomes the list of its conjunctions.
//!
//! `!( … )` goes inward by De Morgan; a body without a disjunct never holds.

use crate::limits::MAX_DISJUNCTS;
use crate::syntax::ast::{Atom, Body, Call, Comparison};

/// A literal as written, perhaps negated.
#[derive(Clone, Copy)]
pub(super) struct Leaf<'a> {
    pub form: LeafForm<'a>,
    pub negated: bool,
}

#[derive(Clone, Copy)]
pub(super) enum LeafForm<'a> {
    Atom(&'a Atom),
    Compare(&'a Comparison),
    Holds(&'a Call),
}

/// More than [`MAX_DISJUNCTS`] conjunctions.
#[derive(Debug)]
pub(super) struct TooMany;

pub(super) fn conjunctions<'a>(body: &'a Body) -> Result<Vec<Vec<Leaf<'a>>>, TooMany> {
    expand(body, false)
}

fn expand<'a>(body: &'a Body, negated: bool) -> Result<Vec<Vec<Leaf<'a>>>, TooMany> {
    let leaf = |form| Ok(vec![vec![Leaf { form, negated }]]);
    match body {
        Body::Atom(atom) => leaf(LeafForm::Atom(atom)),
        Body::Compare(comparison) => leaf(LeafForm::Compare(comparison)),
        Body::Holds(call) => leaf(LeafForm::Holds(call)),
        Body::Not(inner, _) => expand(inner, !negated),
        Body::True(_) => Ok(if negated { Vec::new() } else { vec![Vec::new()] }),
        Body::False(_) => Ok(if negated { vec![Vec::new()] } else { Vec::new() }),
        Body::And(parts) if !negated => all(parts, negated),
        Body::Or(parts) if negated => all(parts, negated),
        Body::And(parts) | Body::Or(parts) => {
            let mut any = Vec::new();
            for part in parts {
                any.extend(expand(part, negated)?);
                if any.len() > MAX_DISJUNCTS {
                    return Err(TooMany);
                }
            }
            Ok(any)
        }
    }
}

/// One disjunct of each part, in every way, the first part slowest.
fn all<'a>(parts: &'a [Body], negated: bool) -> Result<Vec<Vec<Leaf<'a>>>, TooMany> {
    let mut product: Vec<Vec<Leaf<'a>>> = vec![Vec::new()];
    for part in parts {
        let ways = expand(part, negated)?;
        if product.len() * ways.len() > MAX_DISJUNCTS {
            return Err(TooMany);
        }
        if let [way] = ways.as_slice() {
            product.iter_mut().for_each(|so_far| so_far.extend(way));
            continue;
        }
        product =
            product.iter().flat_map(|so_far| ways.iter().map(move |way| so_far.iter().chain(way).copied().collect())).collect();
    }
    Ok(product)
}
