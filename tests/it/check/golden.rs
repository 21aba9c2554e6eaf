//! What do the checker's hard parts make of a rule?

use huiyan::check::check;
use huiyan::program::text::program_text;
use huiyan::syntax::{Severity, Sources, parse, render};
use huiyan::types::Lang;

/// The checked program; panics with the diagnostics if there is an error.
pub fn text(source: &str) -> String {
    let sources = Sources::single("t.dl", source);
    let (tree, mut all) = parse(&sources);
    let (program, more) = check(&tree, &sources);
    all.extend(more);
    all.retain(|d| d.severity == Severity::Error);
    assert!(all.is_empty(), "{}", render(&all, &sources, Lang::En));
    program_text(&program.expect("a program without errors is given"))
}
