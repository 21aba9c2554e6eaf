//! A checked program to an executable plan: which joins in which order over which keys, what is shared, where recursion is.
//!
//! One optimisation per file; each may be switched off in tests and none changes an answer. Must not know: timely, threads, disks.

mod agenda;
mod build;
mod constants;
mod costs;
mod draft;
mod faults;
mod lines;
mod needed;
mod node;
mod options;
mod order;
mod pick;
mod print;
mod sets;
mod share;
mod turn;

pub use costs::warnings;
pub use node::{Bounds, Made, Node, NodeId, Operand, Output, Plan, Pred, Scope, Shape, Src};
pub use options::Options;
pub use pick::{Ordered, Pick};
pub use print::print;

use crate::program::Program;

/// The plan of a program, with every optimisation.
pub fn plan(program: &Program) -> Plan {
    plan_with(program, &Options::default())
}

/// The same with a choice of optimisations.
pub fn plan_with(program: &Program, options: &Options) -> Plan {
    let mut builder = build::Builder::new(program, options);
    builder.strata();
    let given_out = needed::given_out(program).into_iter();
    let mut outputs: Vec<_> = given_out.map(|id| (Output::Relation(id), builder.relation(id))).collect();
    outputs.extend(faults::faults(&mut builder).map(|node| (Output::Faults, node)));
    lines::lay_out(&builder.draft, &outputs, options)
}
