//! Text of rules to a tree. The parser never fails: it gives a tree *and* diagnostics, each with its place and its remedy.
//!
//! Must not know: relations, types, the disk.

pub mod ast;
mod complaint;
mod conditions;
mod diagnostic;
mod format;
mod lexer;
mod literal;
mod operator;
mod parser;
mod preprocessor;
mod print;
mod render;
mod source;
mod token;
pub mod walk;

pub use diagnostic::{Diagnostic, Severity, has_errors};
pub use format::format;
pub use parser::{includes, parse, resolve_include};
pub use print::{print_program, print_rule};
pub use render::render;
pub use source::{FileId, SourceFile, Sources, Span};
