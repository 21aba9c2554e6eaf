//! Does every example of the language's reference parse?

use super::printed;

#[test]
fn every_example_of_the_reference_parses() {
    let text = include_str!("../../../docs/language.md");
    let mut examples = 0;
    let mut rest = text;
    while let Some(at) = rest.find("```dl\n") {
        rest = &rest[at + "```dl\n".len()..];
        let end = rest.find("```").expect("a block that begins ends");
        printed(&rest[..end]);
        examples += 1;
    }
    assert!(examples >= 15, "only {examples} examples were found");
}
