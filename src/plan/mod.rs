//! A checked program to an executable plan: which joins in which order over which keys, what is shared, where recursion is.
//!
//! One optimisation per file; each may be switched off in tests and none changes an answer. Must not know: timely, threads, disks.

mod node;

pub use node::{Made, Node, NodeId, Operand, Output, Plan, Pred, Scope, Shape, Src};
