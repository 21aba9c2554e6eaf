//! Does `huiyan test --coverage` tell what no case tries, and nothing else?
//!
//! Each test is a small pack: rules, and histories of which it is argued by hand what they try.

use super::loading::folder;
use huiyan::cli::test::{Coverage, Tally, coverage};
use huiyan::types::Lang;

/// What every pack here has: three relations from outside, a clock, a clue.
const COMMON: &str = "
.decl p(k: symbol, n: number)
.record p(key=\"k\", owner=\"operator\", title=\"P\")
.decl q(k: symbol, n: number)
.record q(key=\"k,n\", owner=\"operator\", title=\"Q\")
.decl o(k: symbol, end: number?)
.record o(key=\"k\", owner=\"operator\", title=\"O\")
.decl today(day: date)
.clock today
.decl c(k: symbol)
.clue c(title=\"C\", key=\"k\", level=\"hint\", basis=\"b\", reason=\"{k}\")
";
/// Lines of [`COMMON`], with the one that it begins after.
const LINES: usize = 11;

/// The pack of these rules, with these scripts of rows (`relation row; …`) as cases, each row a transaction of its own.
fn measured(rules: &str, cases: &[&str]) -> Coverage {
    let text = format!("{COMMON}{rules}");
    let mut files = vec![
        ("pack.toml".to_string(), "name = \"p\"\nversion = \"1\"\nmain = \"p.dl\"\n".to_string()),
        ("p.dl".to_string(), text),
        ("cases/prelude.tsv".to_string(), "0\tp\t+1\ttoday\t2022-01-01\n".to_string()),
    ];
    for (number, case) in cases.iter().enumerate() {
        let change = |(txn, row): (usize, &str)| match row.split_once(' ').unwrap() {
            ("-", gone) => format!("{txn}\tx\t-1\t{}\n", gone.replacen(' ', "\t", 1)),
            (relation, row) => format!("{txn}\tx\t+1\t{relation}\t{row}\n"),
        };
        let script: String = case.split("; ").filter(|row| !row.is_empty()).enumerate().map(change).collect();
        files.push((format!("cases/{number}/in.tsv"), script));
        files.push((format!("cases/{number}/expect.tsv"), String::new()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    coverage(folder(&files).path(), "").unwrap()
}

/// What is not tried: line within the rules, what is asked, and of what.
fn gaps(rules: &str, cases: &[&str]) -> Vec<String> {
    measured(rules, cases).gaps.iter().map(|gap| format!("{} {} {}", gap.line - LINES, gap.asks, gap.text)).collect()
}

#[test]
fn a_clause_is_tried_where_its_body_holds_at_some_moment_of_some_case() {
    let rules = "c(k) :- p(k, n), n > 3, !q(k, _).\n";
    assert_eq!(gaps(rules, &[]), ["1 clause ", "1 condition n > 3", "1 condition !q(k, _)"]);
    // It holds between two transactions only, in the second case.
    let cases = ["p a,1", "p a,9; - p a,9", "q a,1; p a,9"];
    assert_eq!(gaps(rules, &cases), Vec::<String>::new());
    let tally = measured(rules, &cases);
    assert_eq!((tally.clauses, tally.conditions), (Tally { all: 1, tried: 1 }, Tally { all: 2, tried: 2 }));
}

#[test]
fn a_condition_is_tried_where_it_alone_keeps_the_clause_silent() {
    let rules = "c(k) :- p(k, n), n > 3, !q(k, _).\n";
    // Where both fail, neither is what keeps it silent.
    assert_eq!(gaps(rules, &["p a,9", "q a,1; p a,1"]), ["1 condition n > 3", "1 condition !q(k, _)"]);
    assert_eq!(gaps(rules, &["p a,9; q a,1"]), ["1 condition n > 3"]);
    assert_eq!(gaps(rules, &["p a,9; p b,1"]), ["1 condition !q(k, _)"]);
    // Rows of one case are gone in the next: the row of `q` meets none of `p`.
    assert_eq!(gaps(rules, &["q a,1", "p a,9; p b,1"]), ["1 condition !q(k, _)"]);
}

#[test]
fn an_atom_tests_only_where_it_gives_no_value_that_is_needed() {
    // `q` gives `n`; `p` without its number gives nothing that `q` does not.
    let rules = "c(k) :- q(k, n), n > 3, p(k, _).\n";
    assert_eq!(gaps(rules, &["p a,1; q a,9", "p a,1; q a,1"]), ["1 condition p(k, _)"]);
    assert_eq!(gaps(rules, &["p a,1; q a,9", "p a,1; q a,1", "q a,9"]), Vec::<String>::new());
    // An equation that gives a value is no condition, one between values is.
    assert_eq!(gaps("c(k) :- p(k, n), m = n + 1, m > 3.\n", &["p a,9", "p a,1"]), Vec::<String>::new());
    assert_eq!(gaps("c(k) :- p(k, n), q(k, m), m = n + 1.\n", &["p a,1; q a,2"]), ["1 condition m = n + 1"]);
    // A value that only the head needs is needed.
    let rules = "c(cat(k, to_string(n))) :- p(k, _), q(k, n).\n";
    assert_eq!(gaps(rules, &["p a,1; q a,2"]), ["1 condition p(k, _)"]);
}

#[test]
fn each_way_of_a_disjunction_is_a_clause_and_what_they_share_is_one_condition() {
    let rules = "c(k) :- p(k, n), ( n = 1 ; n = 2, !q(k, _) ), !o(k, _).\n";
    let tally = measured(rules, &["p a,1"]);
    // The second way is silent for its number alone, the first is not.
    assert_eq!((tally.clauses, tally.conditions), (Tally { all: 2, tried: 1 }, Tally { all: 4, tried: 1 }));
    let left = ["1 condition n = 1", "1 clause n = 2, !q(k, _)", "1 condition !q(k, _)", "1 condition !o(k, _)"];
    assert_eq!(gaps(rules, &["p a,1"]), left);
    let cases = ["p a,1; o a,", "p a,2", "p a,2; q a,1"];
    assert_eq!(gaps(rules, &cases), Vec::<String>::new());
}

#[test]
fn a_negated_group_is_shown_as_what_has_to_hold() {
    let rules = "c(k) :- p(k, n),\n    !( n < 3 ; q(k, _) ; contains(\"x\", k) ).\n";
    let all = ["1 clause ", "2 condition n >= 3", "2 condition !q(k, _)", "2 condition !contains(\"x\", k)"];
    assert_eq!(gaps(rules, &[]), all);
    assert_eq!(gaps(rules, &["p a,9", "p a,1", "q a,1; p a,9"]), all[3..]);
    assert_eq!(gaps(rules, &["p a,9; p x,9", "p a,1", "q a,1; p a,9"]), Vec::<String>::new());
}

#[test]
fn heads_of_one_body_are_one_clause() {
    let rules = ".decl d(k: symbol)\nc(k), d(k) :- p(k, n), n > 3.\nc(k) :- d(k), q(k, 1).\n";
    let tally = measured(rules, &["p a,9", "p a,1", "p a,9; q a,1"]);
    assert_eq!(tally.clauses, Tally { all: 2, tried: 2 });
    assert_eq!(tally.gaps.iter().map(|gap| gap.text.as_str()).collect::<Vec<_>>(), ["d(k)"]);
}

#[test]
fn what_no_clue_depends_on_is_not_asked() {
    let rules =
        ".decl d(k: symbol)\n.output d\nd(k) :- p(k, 7).\n.decl e(k: symbol)\ne(k) :- p(k, 8).\nc(k) :- !e(k), p(k, _).\n";
    // `e` matters, though only by not being there.
    assert_eq!(gaps(rules, &["p a,1"]), ["5 clause ", "6 condition !e(k)"]);
}

#[test]
fn a_column_that_has_to_be_absent_is_a_condition() {
    let rules = "c(k) :- o(k, nil), !q(k, _).\n";
    assert_eq!(gaps(rules, &["o a,", "o a,; q a,1"]), ["1 nil o(k, nil)"]);
    // With the row of `q` the value is not what keeps it silent.
    assert_eq!(gaps(rules, &["o a,", "o a,; q a,1", "q b,1; o b,4"]), ["1 nil o(k, nil)"]);
    assert_eq!(gaps(rules, &["o a,", "o a,; q a,1", "o b,4"]), Vec::<String>::new());
}

#[test]
fn both_ways_of_an_else_are_to_be_tried() {
    let rules = "c(k) :- p(k, n), o(k, e else 100), n <= e.\n";
    let asked = |cases: &[&str]| -> Vec<String> {
        measured(rules, cases).gaps.iter().map(|gap| gap.shown(Lang::En).split_once(": ").unwrap().1.to_string()).collect()
    };
    let (given, absent) = (
        "it never holds with a value in `end` of `o(k, e else 100)`",
        "it never holds without a value in `end` of `o(k, e else 100)`",
    );
    assert_eq!(asked(&["p a,1; o a,", "p a,9; o a,7"]), [given]);
    assert_eq!(asked(&["p a,1; o a,7", "p a,9; o a,7"]), [absent]);
    assert_eq!(asked(&["p a,1; o a,7", "p b,1; o b,", "p a,9; o a,7"]), Vec::<String>::new());
}

#[test]
fn what_an_aggregate_counts_is_a_clause_with_conditions_of_its_own() {
    let rules = "c(k) :- p(k, n), n <= count : { q(k, m), m > 3, !o(k, _) }.\n";
    let counts = "count : { q(k, m), m > 3, !o(k, _) }";
    let (clause, compared) = (format!("1 aggregate {counts}"), format!("1 condition n <= {counts}"));
    // Nothing is counted, and nothing has to be.
    assert_eq!(gaps(rules, &["p a,0"]), [&compared, &clause, "1 condition m > 3", "1 condition !o(k, _)"].map(|s| s.to_string()));
    assert_eq!(gaps(rules, &["p a,0; p b,1"]), [&clause, "1 condition m > 3", "1 condition !o(k, _)"].map(|s| s.to_string()));
    assert_eq!(gaps(rules, &["p a,1; q a,9"]), ["1 condition m > 3", "1 condition !o(k, _)"]);
    // What is counted for nobody is not.
    assert!(gaps(rules, &["q a,9; q a,1"]).contains(&clause));
    assert_eq!(gaps(rules, &["p a,1; q a,9", "p a,1; q a,1"]), ["1 condition !o(k, _)"]);
    assert_eq!(gaps(rules, &["p a,1; q a,9", "p a,1; q a,1; o a,", "p a,1; o a,; q a,9"]), Vec::<String>::new());
}

#[test]
fn an_aggregate_around_an_aggregate_and_one_with_witnesses_are_asked_too() {
    let rules = "c(k) :- n = max m : { q(k, m), m < 5 }, n > 1.\n";
    // `k` is a witness: the body stands once more beside the aggregate, and is asked once.
    assert_eq!(gaps(rules, &["q a,3"]), ["1 condition m < 5", "1 condition n > 1"].map(|s| s.to_string()));
    let nested = "c(k) :- p(k, _), 0 < count : { q(k, m), m = count : { o(_, x), x > 2 } }.\n";
    let left = gaps(nested, &["p a,1; q a,1; o z,9"]);
    assert!(left.iter().any(|gap| gap == "1 condition x > 2"), "{left:?}");
    let left = gaps(nested, &["p a,1; q a,1; o z,9; o y,1"]);
    assert!(!left.iter().any(|gap| gap == "1 condition x > 2"), "{left:?}");
}

#[test]
fn a_gap_has_its_place_its_rule_and_a_sentence_in_both_languages() {
    let rules = "@[name = \"nine\"]\nc(k) :-\n    p(k, 9),\n    !q(k, _).\n.decl d(k: symbol)\nd(k) :- p(k, 8).\nc(k) :- d(k).\n";
    let gaps = measured(rules, &["p a,9"]).gaps;
    let shown = |lang| gaps.iter().map(|gap| gap.shown(lang)).collect::<Vec<_>>();
    let line = |n: usize| n + LINES;
    assert_eq!(
        shown(Lang::En),
        [
            format!("p.dl:{}:6 rule nine: condition `!q(k, _)` is never what keeps it silent", line(4)),
            format!("p.dl:{}:1 rule d never holds", line(6)),
            format!("p.dl:{}:1 rule c never holds", line(7)),
        ]
    );
    assert!(shown(Lang::Zh)[0].contains("规则 nine：条件 `!q(k, _)` 从未单独使其不成立"));
}

#[test]
fn many_questions_are_put_in_several_runs() {
    let rules: String = (0..600).map(|n| format!("c(k) :- p(k, {n}), !q(k, {n}).\n")).collect();
    const { assert!(huiyan::limits::PROBES_AT_ONCE < 1_200) };
    let tally = measured(&rules, &["p a,0; p b,599; q b,599"]);
    assert_eq!((tally.clauses, tally.conditions), (Tally { all: 600, tried: 2 }, Tally { all: 600, tried: 1 }));
}

#[test]
fn a_long_condition_is_shown_on_one_line_and_cut() {
    let long = "x".repeat(huiyan::limits::PROBE_CHARS);
    let rules = format!("c(k) :- p(k, _), !q(\n    \"{long}\", _).\n");
    let text = &measured(&rules, &["p a,1"]).gaps[0].text;
    assert!(text.starts_with("!q( \"xxx") && text.ends_with('…'), "{text}");
    assert_eq!(text.chars().count(), huiyan::limits::PROBE_CHARS + 1);
}

#[test]
fn of_the_rules_that_fill_clue_nothing_is_asked() {
    let rules = "
.decl d(k: symbol, level: symbol, due: date?)
.clue d(title=\"D\", key=\"k\", level=\"level\", due=\"due\", basis=\"b\", reason=\"{k}\")
d(k, \"hint\", nil) :- p(k, _).
c(k) :- clue(rule: k).
";
    assert_eq!(gaps(rules, &["p a,1"]), Vec::<String>::new());
    assert_eq!(gaps(rules, &[]), ["4 clause ", "5 clause "]);
}
