//! Settings that rules read: `setting("rule", "name", x)`. A missing one would make its rule silent for ever, so it is a mistake of the pack.

use super::error::PackError;
use crate::expr::Expr;
use crate::program::{Arg, Atom, Literal, Program};
use crate::types::{RelId, Row, Value};
use std::collections::BTreeSet;

const RELATION: &str = "setting";

pub(super) fn check(program: &Program, data: &[(RelId, Vec<Row>)]) -> Result<(), PackError> {
    let Some(setting) = program.find(RELATION).filter(|id| program.relation(*id).arity() == 3) else { return Ok(()) };
    let rows = data.iter().filter(|(id, _)| *id == setting).flat_map(|(_, rows)| rows);
    let facts = program.facts.iter().filter(|(id, _)| *id == setting).map(|(_, row)| row);
    let there: BTreeSet<(&Value, &Value)> = rows.chain(facts).map(|row| (&row[0], &row[1])).collect();
    let mut read = BTreeSet::new();
    for literal in program.rules.iter().flat_map(|rule| &rule.body) {
        each_read(literal, setting, &mut read);
    }
    let missing: Vec<String> =
        read.iter().filter(|pair| !there.contains(*pair)).map(|(rule, name)| format!("{rule},{name}")).collect();
    if missing.is_empty() { Ok(()) } else { Err(PackError::Settings { missing }) }
}

fn each_read<'p>(literal: &'p Literal, setting: RelId, read: &mut BTreeSet<(&'p Value, &'p Value)>) {
    match literal {
        Literal::Atom(atom) => read.extend(constants(atom, setting)),
        Literal::Aggregate(aggregate) => aggregate.body.iter().for_each(|inner| each_read(inner, setting, read)),
        // `!setting(…)` asks whether there is one.
        Literal::Not(_) | Literal::Compare { .. } | Literal::Holds { .. } | Literal::Range(_) => {}
    }
}

/// Rule and name, where both are constants.
fn constants(atom: &Atom, setting: RelId) -> Option<(&Value, &Value)> {
    match atom.args.as_slice() {
        [Arg::Term(Expr::Const(rule)), Arg::Term(Expr::Const(name)), _] if atom.relation == setting => Some((rule, name)),
        _ => None,
    }
}
