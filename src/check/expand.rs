//! Disjunctions, negated groups, `true` and `false` away: a body becomes the list of its conjunctions.
//!
//! `!( … )` goes inward by De Morgan. What never holds stays as `0 = 1`, so that all that stands beside it is checked as anywhere else.

use super::report::{Report, say};
use crate::limits::{MAX_DISJUNCTS, MAX_EXPANDED_LITERALS, MAX_LITERALS};
use crate::syntax::ast::{Atom, Body, Call, CompareOp, Comparison, NumberText, NumberValue, Term};
use crate::syntax::{Diagnostic, FileId, Span};

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

/// Which limit a body breaks.
pub(super) enum TooMany {
    Conjunctions,
    Literals,
    /// The one of all rules together.
    InAll,
}

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
        Body::True(_) if negated => Ok(never()),
        Body::False(_) if !negated => Ok(never()),
        Body::True(_) | Body::False(_) => Ok(vec![Vec::new()]),
        Body::And(parts) if !negated => all(parts, negated),
        Body::Or(parts) if negated => all(parts, negated),
        Body::And(parts) | Body::Or(parts) => {
            let mut any = Vec::new();
            for part in parts {
                any.extend(expand(part, negated)?);
                if any.len() > MAX_DISJUNCTS {
                    return Err(TooMany::Conjunctions);
                }
            }
            Ok(any)
        }
    }
}

fn never<'a>() -> Vec<Vec<Leaf<'a>>> {
    vec![vec![Leaf { form: LeafForm::Compare(&NEVER), negated: false }]]
}

const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

/// `0 = 1`, of which nothing is ever told.
static NEVER: Comparison = Comparison {
    op: CompareOp::Eq,
    lhs: Term::Number(NumberText { value: NumberValue::Integer(0), span: NOWHERE }),
    rhs: Term::Number(NumberText { value: NumberValue::Integer(1), span: NOWHERE }),
    span: NOWHERE,
};

/// One disjunct of each part, in every way, the first part slowest.
fn all<'a>(parts: &'a [Body], negated: bool) -> Result<Vec<Vec<Leaf<'a>>>, TooMany> {
    let mut product: Vec<Vec<Leaf<'a>>> = vec![Vec::new()];
    for part in parts {
        let ways = expand(part, negated)?;
        if product.len() * ways.len() > MAX_DISJUNCTS {
            return Err(TooMany::Conjunctions);
        }
        let length = longest(&product) + longest(&ways);
        if length > MAX_LITERALS {
            return Err(TooMany::Literals);
        }
        if product.len() * ways.len() * length > MAX_EXPANDED_LITERALS {
            return Err(TooMany::InAll);
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

fn longest(ways: &[Vec<Leaf>]) -> usize {
    ways.iter().map(Vec::len).max().unwrap_or(0)
}

/// Reports a body that breaks a limit.
pub(super) fn too_many(which: &TooMany, span: Span, report: &mut Report) {
    let (code, message) = match which {
        TooMany::Conjunctions => (
            "E0306",
            say(
                format!("this rule comes to more than {MAX_DISJUNCTS} conjunctions"),
                format!("此规则展开后超过 {MAX_DISJUNCTS} 个合取式"),
            ),
        ),
        TooMany::InAll => (
            "E0306",
            say(
                format!(
                    "the rules up to this one come to more than {MAX_EXPANDED_LITERALS} literals when their `;` are written out"
                ),
                format!("写出 `;` 后，至此各规则共超过 {MAX_EXPANDED_LITERALS} 个文字"),
            ),
        ),
        TooMany::Literals => (
            "E0307",
            say(format!("more than {MAX_LITERALS} literals in one rule"), format!("一条规则中的文字超过 {MAX_LITERALS} 个")),
        ),
    };
    let help = say("give a part of it a relation of its own", "请为其中一部分单独定义关系");
    report.add(Diagnostic::error(code, span, message).help(help));
}
