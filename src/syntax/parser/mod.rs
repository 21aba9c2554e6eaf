//! Tokens to the tree, by recursive descent. A mistake is reported, the item it is in is given up, and the next one is read: one
//! run finds many. Included files are read in place of their `.include`.
//!
//! Promises: it ends, in linear time, whatever the text; it never recurses deeper than its limits.

mod component;
mod cursor;
mod declaration;
mod directive;
mod include;
mod item;
mod rule;
mod term;
mod unsupported;

pub use include::{includes, resolve_include};

use super::ast::Program;
use super::complaint::Sink;
use super::conditions;
use super::diagnostic::Diagnostic;
use super::source::Sources;

/// The main file and everything that it includes.
pub fn parse(sources: &Sources) -> (Program, Vec<Diagnostic>) {
    let mut sink = Sink::default();
    let mut program = Program { items: include::read_all(sources, &mut sink) };
    conditions::settle(&mut program);
    (program, sink.in_order())
}
