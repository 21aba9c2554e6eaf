//! Are large programs checked in a time that grows with their size, and no faster? `HUIYAN_SCALE` makes them larger (50: a hundred
//! thousand rules).

use huiyan::check::check;
use huiyan::plan::plan;
use huiyan::syntax::{Sources, has_errors, parse, render};
use huiyan::types::Lang;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Rules at scale 1.
const RULES: usize = 2_000;

/// So long may it take at scale 1, on a machine that does something else too: many times what it takes, and nothing of what a quadratic
/// pass would take at a larger scale.
const PATIENCE: Duration = Duration::from_secs(60);

fn scale() -> usize {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn checked(text: &str) {
    let started = Instant::now();
    let sources = Sources::single("t.dl", text);
    let (tree, mut all) = parse(&sources);
    let (program, more) = check(&tree, &sources);
    all.extend(more);
    assert!(!has_errors(&all), "{}", render(&all, &sources, Lang::En));
    plan(&program.expect("no errors"));
    assert!(started.elapsed() < PATIENCE * scale() as u32, "{:?}", started.elapsed());
}

#[test]
fn a_long_chain_of_relations() {
    let mut text = ".decl r0(x: number)\nr0(1).\n".to_string();
    for i in 1..=RULES * scale() {
        writeln!(text, ".decl r{i}(x: number)\nr{i}(x) :- r{}(x), x < {i}.", i - 1).unwrap();
    }
    checked(&format!("{text}.output r{}\n", RULES * scale()));
}

#[test]
fn many_rules_of_one_relation_with_inlined_parts() {
    let mut text =
        ".decl n(x: number) .input n\n.decl q(x: number) inline\nq(x) :- x > 3.\n.decl r(x: number) .output r\n".to_string();
    for i in 0..RULES * scale() {
        writeln!(text, "r(x) :- n(x), q(x), x != {i}, x = range(0, {i}).").unwrap();
    }
    checked(&text);
}

#[test]
fn many_facts() {
    let mut text = ".decl n(x: number, t: symbol) .output n\n".to_string();
    for i in 0..10 * RULES * scale() {
        writeln!(text, "n({i}, \"t{i}\").").unwrap();
    }
    checked(&text);
}

/// Mistakes without end are told a hundred times.
#[test]
fn many_mistakes() {
    let mut text = ".decl n(x: number) inline .output n\n".to_string();
    for i in 0..RULES * scale() {
        writeln!(text, "n(x) :- n(y{i}), !n(_), m{i}(x), x = count : {{ n(_) }}. .comp C{i} : C{i} {{ }}").unwrap();
    }
    let started = Instant::now();
    let sources = Sources::single("t.dl", &text);
    let (tree, _) = parse(&sources);
    assert!(check(&tree, &sources).1.len() <= 300);
    assert!(started.elapsed() < PATIENCE * scale() as u32, "{:?}", started.elapsed());
}
