//! Does the parser read everything, and never fail?

mod forms;

use huiyan::syntax::{Diagnostic, Sources, parse, print_program};

/// Parses one text.
fn read(text: &str) -> (huiyan::syntax::ast::Program, Vec<Diagnostic>) {
    parse(&Sources::single("main.dl", text))
}

/// Parses one text without any mistake and prints it.
fn printed(text: &str) -> String {
    let sources = Sources::single("main.dl", text);
    let (program, diagnostics) = parse(&sources);
    assert!(diagnostics.is_empty(), "{}", huiyan::syntax::render(&diagnostics, &sources, huiyan::types::Lang::En));
    print_program(&program)
}
