//! Which relations an output depends on. Rules of the others are not planned, and their faults are not reported.

use crate::program::Program;
use crate::types::RelId;
use std::collections::BTreeSet;

/// Relations that are given out: outputs, clues, and those of which the size is printed.
pub(super) fn given_out(program: &Program) -> Vec<RelId> {
    let mut ids: BTreeSet<RelId> = program.output_ids().into_iter().collect();
    ids.extend(program.rel_ids().filter(|id| program.relation(*id).printsize));
    ids.into_iter().collect()
}

pub(super) fn needed(program: &Program) -> BTreeSet<RelId> {
    program.behind(given_out(program))
}
