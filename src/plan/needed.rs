//! Which relations an output depends on. Rules of the others are not planned, and their faults are not reported.

use crate::program::{Literal, Program};
use crate::types::RelId;
use std::collections::BTreeSet;

/// Relations that are given out: outputs, clues, and those of which the size is printed.
pub(super) fn given_out(program: &Program) -> Vec<RelId> {
    let mut ids: BTreeSet<RelId> = program.output_ids().into_iter().collect();
    ids.extend(program.rel_ids().filter(|id| program.relation(*id).printsize));
    ids.into_iter().collect()
}

pub(super) fn needed(program: &Program) -> BTreeSet<RelId> {
    let mut needed = BTreeSet::new();
    let mut todo = given_out(program);
    while let Some(id) = todo.pop() {
        if needed.insert(id) {
            let rules = program.rules.iter().filter(|rule| rule.head == id);
            rules.for_each(|rule| read_by(&rule.body, &mut todo));
        }
    }
    needed
}

/// Relations that a body reads, those inside aggregates too.
pub(super) fn read_by(body: &[Literal], into: &mut Vec<RelId>) {
    for literal in body {
        match literal {
            Literal::Atom(atom) | Literal::Not(atom) => into.push(atom.relation),
            Literal::Aggregate(aggregate) => read_by(&aggregate.body, into),
            Literal::Compare { .. } | Literal::Holds { .. } => {}
        }
    }
}
