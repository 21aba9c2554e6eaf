//! Text of rules to a tree. The parser never fails: it gives a tree *and* diagnostics, each with its place and its remedy.
//!
//! Must not know: relations, types, the disk.

pub mod ast;
mod diagnostic;
mod source;

pub use diagnostic::{Diagnostic, Severity, has_errors, render};
pub use source::{FileId, SourceFile, Sources, Span};
