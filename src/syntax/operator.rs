//! Operators: how tightly each binds, and the words of aggregates and comparisons. Parser and printer read the same table.

use super::ast::{AggregateOp, CompareOp};

pub(super) struct Operator {
    pub symbol: &'static str,
    /// The greater, the tighter.
    pub strength: u8,
    pub right_to_left: bool,
}

const fn left(symbol: &'static str, strength: u8) -> Operator {
    Operator { symbol, strength, right_to_left: false }
}

const BINARY: &[Operator] = &[
    left("lor", 1),
    left("lxor", 2),
    left("land", 3),
    left("bor", 4),
    left("bxor", 5),
    left("band", 6),
    left("bshl", 7),
    left("bshr", 7),
    left("bshru", 7),
    left("+", 8),
    left("-", 8),
    left("*", 9),
    left("/", 9),
    left("%", 9),
    Operator { symbol: "^", strength: 11, right_to_left: true },
];

/// The functor that gives the next number; `$` is its old form.
pub(super) const COUNTER: &str = "autoinc";

/// Prefix operators bind tighter than `*` and looser than `^`.
pub(super) const PREFIX_STRENGTH: u8 = 10;

const PREFIX: &[&str] = &["-", "bnot", "lnot"];

pub(super) fn binary(symbol: &str) -> Option<&'static Operator> {
    BINARY.iter().find(|operator| operator.symbol == symbol)
}

pub(super) fn prefix(symbol: &str) -> Option<&'static str> {
    PREFIX.iter().copied().find(|known| *known == symbol)
}

pub(super) fn is_operator(word: &str) -> bool {
    binary(word).is_some() || prefix(word).is_some()
}

pub(super) fn aggregate_word(op: AggregateOp) -> &'static str {
    match op {
        AggregateOp::Count => "count",
        AggregateOp::Sum => "sum",
        AggregateOp::Min => "min",
        AggregateOp::Max => "max",
        AggregateOp::Mean => "mean",
    }
}

pub(super) fn comparison_symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "=",
        CompareOp::Ne => "!=",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
    }
}
