//! From the tree to the checked [`Program`]: names, kinds, scopes, grounding, strata. Every mistake is found in one run.
//!
//! The passes and the reason of their order:
//! 0. `component_names`, `components`, `orders`, `pragmas`, `equivalence`: what is written once and means more than once.
//! 1. `types`, `schema`: what is declared, since everything else refers to it.
//!    `listing` then declares `clue`, if a rule reads it and nobody declared it.
//! 2. `directives` (with `params`): what is input, record, clue, clock; rules may not derive into some of these.
//! 3. `rules`, for each rule: `habits` on the text as written, `expand` to conjunctions, and for each of these `resolve` (names),
//!    `scope` (aggregates), `kinds` (with `solve` and `blame`), `subtypes`, `ground`, `lower`.
//! 4. `listing` again fills `clue` from the clue relations that do not depend on it: it needs to know who reads whom.
//! 5. `choice`, `strata`, and of `counters` that none is in a recursion: they need all rules. (`subsumption` rules go through the passes
//!    of rules.) `inline` writes the rules of such relations in where they are read, when their circles have been reported; then come the
//!    strata of what is left.
//!
//! A pass goes on after a mistake and marks what it could not understand, so that one mistake is one message. Pure: no files, no
//! threads, no clock.

mod alike;
mod apart;
mod blame;
mod checks;
mod choice;
mod clause;
mod component_names;
mod components;
mod counters;
mod directives;
mod equivalence;
mod expand;
mod ground;
mod habits;
mod inline;
mod kinds;
mod listing;
mod literals;
mod lower;
mod orders;
mod params;
mod pragmas;
mod report;
mod resolve;
mod rules;
mod schema;
mod scope;
mod served;
mod solve;
mod strata;
mod streams;
mod structures;
mod subsumption;
mod subtypes;
mod types;
mod words;

pub use served::served;

use crate::program::Program;
use crate::syntax::{Diagnostic, Sources, ast};

/// The checked program if no diagnostic is an error; warnings come along with it.
pub fn check(tree: &ast::Program, _sources: &Sources) -> (Option<Program>, Vec<Diagnostic>) {
    let mut report = report::Report::default();
    component_names::check(tree, &mut report);
    pragmas::check(tree, &mut report);
    let Some(tree) = components::instantiate(tree, &mut report) else { return (None, report.finish()) };
    orders::check(&tree, &mut report);
    subsumption::check(&tree, &mut report);
    let tree = &*equivalence::close(tree, &mut report);
    let mut schema = schema::Schema::build(tree, &mut report);
    let listing = listing::declare(tree, &mut schema);
    let directives::Applied { clocks, limits } = directives::apply(tree, &mut schema, &mut report);
    let mut checked = rules::check_rules(tree, &schema, &mut report);
    if let Some(listing) = listing {
        listing::fill(listing, &schema, &mut checked, &mut report);
    }
    habits::empty_relations(&schema, &checked.filled, &mut report);
    let choices = choice::domains(tree, &schema, &checked.subsumptions, &mut report);
    let refined = choices.keys().copied().chain(checked.subsumptions.iter().map(|rule| rule.head)).collect();
    strata::circles(&schema, &checked.edges, &mut report);
    orders::versions(tree, &schema, &checked.edges, &mut report);
    inline::substitute(&schema, &refined, &mut checked, &mut report);
    let strata = strata::strata(&schema, &checked.rules, &refined, &checked.edges);
    counters::check(&checked, &strata, &mut report);
    let sound = report.errors() == 0;
    let structures = structures::finished(&schema.types);
    let program = Program {
        relations: schema.relations,
        rules: checked.rules,
        facts: checked.facts,
        strata,
        clocks,
        choices,
        subsumptions: checked.subsumptions,
        counters: checked.counters,
        limits,
        structures,
        texts: checked.texts,
    };
    (sound.then_some(program), report.finish())
}
