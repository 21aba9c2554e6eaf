//! Is every example of the language's reference a program?

use huiyan::check::check;
use huiyan::syntax::{Sources, parse, render};
use huiyan::types::Lang;

#[test]
fn every_example_of_the_reference_is_a_program() {
    let text = include_str!("../../../docs/language.md");
    let mut examples = 0;
    let mut rest = text;
    while let Some(at) = rest.find("```dl\n") {
        rest = &rest[at + "```dl\n".len()..];
        let end = rest.find("```").expect("a block that begins ends");
        let sources = Sources::single("language.md", &rest[..end]);
        let (tree, mut diagnostics) = parse(&sources);
        diagnostics.extend(check(&tree, &sources).1);
        assert!(diagnostics.is_empty(), "{}\n{}", &rest[..end], render(&diagnostics, &sources, Lang::En));
        examples += 1;
    }
    assert!(examples >= 15, "only {examples} examples were found");
}
