//! Are large programs checked in a time that grows with their size, and no faster? `HUIYAN_SCALE` makes them larger (50: a hundred
//! thousand rules).

use huiyan::check::check;
use huiyan::limits::MAX_LITERALS;
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

/// A rule at its limit, of which nothing shares a variable with anything; and one in which each atom shares one with the last.
#[test]
fn long_rules() {
    let at = |atom: &dyn Fn(usize) -> String| (0..MAX_LITERALS).map(atom).collect::<Vec<_>>().join(", ");
    let (apart, chain) = (at(&|i| format!("e(x{i}, y{i})")), at(&|i| format!("e(x{i}, x{})", i + 1)));
    let one = |body: &str| format!(".decl e(x: number, y: number) .input e\n.decl r(x: number) .output r\nr(x0) :- {body}.\n");
    for body in [apart, chain] {
        let started = Instant::now();
        checked(&one(&body));
        assert!(started.elapsed() < PATIENCE / 4, "{:?}", started.elapsed());
    }
}

#[test]
fn a_long_chain_of_inline_relations() {
    let mut text = ".decl r0(x: number)\nr0(1).\n".to_string();
    for i in 1..=10 * RULES * scale() {
        writeln!(text, ".decl r{i}(x: number) inline\nr{i}(x) :- r{}(x).", i - 1).unwrap();
    }
    checked(&format!("{text}.decl r(x: number) .output r\nr(x) :- r{}(x).\n", 10 * RULES * scale()));
}

/// A circle through very many relations is told by its beginning.
#[test]
fn a_long_circle_through_a_negation() {
    let relations = 10 * RULES * scale();
    let mut text = ".decl r0(x: number)\nr0(1).\n".to_string();
    for i in 1..relations {
        writeln!(text, ".decl r{i}(x: number)\nr{i}(x) :- r{}(x).", i - 1).unwrap();
    }
    writeln!(text, "r0(x) :- r0(x), !r{}(x).", relations - 1).unwrap();
    let started = Instant::now();
    let sources = Sources::single("t.dl", &text);
    let (tree, _) = parse(&sources);
    let (_, told) = check(&tree, &sources);
    assert_eq!(told.iter().map(|d| d.code).collect::<Vec<_>>(), ["E0304"]);
    let shown = render(&told, &sources, Lang::En);
    assert!(shown.len() < 20_000 && shown.contains("steps more"), "{}", shown.len());
    assert!(started.elapsed() < PATIENCE * scale() as u32, "{:?}", started.elapsed());
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
