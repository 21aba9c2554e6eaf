//! Q5 for rule text: at each bound a program is taken, one beyond it is told with its code.

use huiyan::check::check;
use huiyan::limits::*;
use huiyan::syntax::{Sources, parse};

const BASE: &str = ".decl n(x: number) .input n .decl out(x: number) .output out\n";

/// The codes of all mistakes of a program, each once.
fn codes(text: &str) -> Vec<&'static str> {
    let sources = Sources::single("t.dl", text);
    let (tree, read) = parse(&sources);
    let (_, checked) = check(&tree, &sources);
    let mut codes: Vec<_> = read.iter().chain(&checked).map(|told| told.code).filter(|code| code.starts_with('E')).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// What is bounded, the bound, the code of one more, and a program that has so many.
type Bound = (&'static str, usize, &'static str, fn(usize) -> String);

fn listed(n: usize, one: impl Fn(usize) -> String, between: &str) -> String {
    (0..n).map(one).collect::<Vec<_>>().join(between)
}

/// Components of which each holds the one before.
fn components(depth: usize) -> String {
    let each = (1..depth).map(|i| format!(".comp C{i} {{ .init c = C{} }}\n", i - 1)).collect::<String>();
    format!(".comp C0 {{ .decl r(x: number) r(1). }}\n{each}.init c = C{}", depth - 1)
}

const BOUNDS: [Bound; 11] = [
    ("a name", MAX_NAME_BYTES, "E0110", |n| format!(".decl {}(x: number)", "r".repeat(n))),
    ("a text", MAX_TEXT_LITERAL_BYTES, "E0110", |n| format!(".decl r(x: symbol) r(\"{}\").", "x".repeat(n))),
    // Those of the atom are the first.
    ("brackets within each other", MAX_RULE_NESTING, "E0109", |n| format!("{BASE}out{}1{}.", "(".repeat(n), ")".repeat(n))),
    ("operators of a rule", MAX_RULE_OPERATORS, "E0109", |n| format!("{BASE}out(1{}).", " + 1".repeat(n))),
    ("literals", MAX_LITERALS, "E0307", |n| format!("{BASE}out(x) :- {}.", listed(n, |_| "n(x)".to_string(), ", "))),
    ("disjuncts", MAX_DISJUNCTS, "E0306", |n| format!("{BASE}out(x) :- {}.", listed(n, |i| format!("n(x), x > {i}"), "; "))),
    ("literals of all disjuncts", MAX_EXPANDED_LITERALS, "E0306", |n| {
        // A hundred rules of a hundred ways, the head of each counted; the last way of all has what is left.
        let way = |literals: usize| listed(literals, |_| "n(x)".to_string(), ", ");
        let each = n / 10_000;
        let rule = |last: usize| format!("out(x) :- {}; {}.\n", listed(99, |_| way(each - 1), "; "), way(last));
        format!("{BASE}{}{}", rule(each - 1).repeat(99), rule(each - 1 + n % 10_000))
    }),
    ("aggregates", MAX_AGGREGATES, "E0293", |n| format!("{BASE}out(0{}).", " + count : { n(_) }".repeat(n))),
    ("columns", MAX_COLUMNS, "E0210", |n| format!(".decl r({})", listed(n, |i| format!("c{i}: number"), ", "))),
    ("components within each other", MAX_COMPONENT_DEPTH, "E0312", components),
    ("members of unions", MAX_UNION_MEMBERS, "E0212", |n| {
        let members = listed(n - 1, |i| format!(".type A{i} <: symbol\n"), "");
        format!("{members}.type U = {}", listed(n - 1, |i| format!("A{i}"), " | "))
    }),
];

#[test]
fn q5_a_program_at_a_bound_is_taken_and_one_beyond_it_is_told() {
    let mut wrong = Vec::new();
    for (what, most, code, text) in BOUNDS {
        let (at, beyond) = (codes(&text(most)), codes(&text(most + 1)));
        if !at.is_empty() || beyond != [code] {
            wrong.push(format!("{what}: {at:?} at {most}, {beyond:?} beyond"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn q5_mistakes_are_told_up_to_a_bound() {
    let text = format!("{BASE}{}", listed(MAX_RULE_MISTAKES + 1, |i| format!("out(x) :- nowhere{i}(x).\n"), ""));
    let told = |text: &str| {
        let sources = Sources::single("t.dl", text);
        let (tree, _) = parse(&sources);
        check(&tree, &sources).1.iter().filter(|told| told.code == "E0201").count()
    };
    let (last, _) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!((told(last), told(&text)), (MAX_RULE_MISTAKES, MAX_RULE_MISTAKES));
}
