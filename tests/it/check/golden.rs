//! What do the checker's hard parts make of a rule?

use huiyan::check::check;
use huiyan::program::{ColumnOrText, Program, text::program_text};
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

/// The rules of a program, without their strata and kinds but with the groups of aggregates.
fn rules(source: &str) -> Vec<String> {
    let all = text(source);
    let lines = all.lines().filter_map(|line| line.strip_prefix("  "));
    lines
        .map(|line| {
            let (rule, notes) = line.split_once("  // ").expect("each rule has its notes");
            let groups = notes.split_once("; ").map(|(_, groups)| format!(" [{groups}]")).unwrap_or_default();
            format!("{rule}{groups}")
        })
        .collect()
}

const BASE: &str = ".decl a(x: number) .input a .decl ab(x: number, y: number) .input ab .decl abc(x: number, y: number, z: number) .input abc \
    .decl o(x: number, y: number) .output o .decl p(x: number) .output p .decl fl(x: float, w: float) .input fl .decl q(x: float) .output q\n";

#[track_caller]
fn rule(source: &str, wanted: &[&str]) {
    assert_eq!(rules(&format!("{BASE}{source}")), wanted, "{source}");
}

#[test]
fn one_atom_counts_rows_and_several_count_named_rows() {
    rule("p(n) :- n = sum x : { ab(x, _) }.", &["p(n) :- _2 = sum x : { ab(x, _1) }, n = _2."]);
    rule("p(n) :- n = sum x : { ab(x, _), x > 2 }.", &["p(n) :- _2 = sum x : { ab(x, _1), x > 2 }, n = _2."]);
    rule("p(n) :- n = sum x : { ab(x, _), a(x) }.", &["p(n) :- _1 = sum x : { ab(x, _), a(x) }, n = _1."]);
    rule("p(n) :- n = sum x : { ab(x, y), a(x) }.", &["p(n) :- _1 = sum x : { ab(x, y), a(x) }, n = _1."]);
    // A negated atom gives nothing to count; its `_` stays one.
    rule("p(n) :- n = sum x : { ab(x, _), !ab(_, x) }.", &["p(n) :- _2 = sum x : { ab(x, _1), !ab(_, x) }, n = _2."]);
    rule("q(n) :- n = mean x : { fl(x, _) }.", &["q(n) :- _2 = mean x : { fl(x, _1) }, n = _2."]);
}

#[test]
fn every_wild_of_a_count_is_a_column() {
    rule("p(n) :- n = count : { ab(_, _) }.", &["p(n) :- _3 = count : { ab(_1, _2) }, n = _3."]);
    rule("p(n) :- n = count : ab(_, _).", &["p(n) :- _3 = count : { ab(_1, _2) }, n = _3."]);
    rule("p(n) :- n = count : { ab(x, _), a(x) }.", &["p(n) :- _2 = count : { ab(x, _1), a(x) }, n = _2."]);
}

#[test]
fn the_target_never_comes_from_outside() {
    rule("o(x, n) :- a(x), n = max x : { a(x) }.", &["o(x, n) :- a(x), _1 = max x_2 : { a(x_2) }, n = _1."]);
    rule(
        "o(x, n) :- ab(x, y), n = sum x + y : { ab(x, y) }.",
        &["o(x, n) :- ab(x, y), _1 = sum x_2 + y_2 : { ab(x_2, y_2) }, n = _1."],
    );
    // A target inside is the inner aggregate's own, whatever is injected around it.
    rule(
        "o(x, n) :- a(x), n = sum y : { ab(x, y), y > min x : { ab(x, y) } }.",
        &[
            "o(x, n) :- a(x), _2 = sum y : { ab(x, y), _1 = min x_2 : { ab(x_2, y) }, y > _1 }, n = _2. [_2 for each x; _1 for each y]",
        ],
    );
}

#[test]
fn a_variable_with_a_value_outside_is_a_group() {
    rule("o(x, n) :- a(x), n = count : { ab(x, _) }.", &["o(x, n) :- a(x), _2 = count : { ab(x, _1) }, n = _2. [_2 for each x]"]);
    // Wherever the value comes from, and wherever it stands.
    rule(
        "o(k, n) :- n = count : { ab(k, _) }, k = x + 1, a(x).",
        &["o(k, n) :- _2 = count : { ab(k, _1) }, n = _2, k = x + 1, a(x). [_2 for each k]"],
    );
    // Another aggregate's result counts.
    rule(
        "o(k, n) :- n = count : { ab(k, _) }, k = max x : { a(x) }.",
        &["o(k, n) :- _2 = count : { ab(k, _1) }, n = _2, _3 = max x : { a(x) }, k = _3. [_2 for each k]"],
    );
    // Through an aggregate around it.
    rule(
        "o(x, n) :- a(x), n = sum y : { a(y), y < count : { ab(x, y) } }.",
        &["o(x, n) :- a(x), _2 = sum y : { a(y), _1 = count : { ab(x, y) }, y < _1 }, n = _2. [_2 for each x; _1 for each x, y]"],
    );
}

#[test]
fn locals_of_two_aggregates_have_nothing_to_do_with_each_other() {
    rule(
        "o(n, m) :- n = count : { a(x) }, m = count : { ab(x, x) }.",
        &["o(n, m) :- _1 = count : { a(x) }, n = _1, _2 = count : { ab(x_2, x_2) }, m = _2."],
    );
}

#[test]
fn witnesses_are_written_out() {
    rule("o(x, n) :- n = max y : { ab(x, y) }.", &["o(x, n) :- _1 = max y : { ab(x_2, y) }, ab(x, _1), n = _1."]);
    // Beside a group; what is neither is renamed in the copy.
    rule(
        "o(w, n) :- a(k), n = min y : { abc(k, w, y), ab(l, y), l < 3 }.",
        &[
            "o(w, n) :- a(k), _1 = min y : { abc(k, w_2, y), ab(l_2, y), l_2 < 3 }, abc(k, w, _1), ab(l, _1), l < 3, n = _1. [_1 for each k]",
        ],
    );
    rule(
        "o(x, n) :- n = max y + 1 : { ab(x, y) }.",
        &["o(x, n) :- _1 = max y_2 + 1 : { ab(x_2, y_2) }, ab(x, y), y + 1 = _1, n = _1."],
    );
    // With an aggregate inside, which is copied as well.
    rule(
        "o(w, n) :- n = min y : { ab(w, y), y > count : { ab(w, _) } }.",
        &["o(w, n) :- _3 = min y : { ab(w_2, y), _2 = count : { ab(w_2, _1) }, y > _2 }, ab(w, _3), \
           _5 = count : { ab(w, _4) }, _3 > _5, n = _3. [_2 for each w_2; _5 for each w]"],
    );
}

#[test]
fn aggregates_stand_wherever_a_term_stands() {
    rule(
        "o(x, count : { a(_) }) :- a(x), x < sum y : { a(y) } + 1, a(max z : { ab(x, z) }).",
        &["o(x, _4) :- a(x), _1 = sum y : { a(y) }, x < _1 + 1, _2 = max z : { ab(x, z) }, a(_2), \
           _4 = count : { a(_3) }. [_2 for each x]"],
    );
}

#[test]
fn optional_columns() {
    let source = ".decl r(k: symbol, d: date?, n: number?) .record r(key=\"k\", owner=\"court\") \
        .decl c(k: symbol, d: date?) .output c\n\
        c(k, d) :- r(k, d, nil).\n\
        c(k, nil) :- r(k, _, n), n > 1.\n\
        c(k, d + 1) :- r(k: k, d: d else date(\"2024-02-29\")).\n\
        c(k, d) :- r(k: k, d: d, n: 2 + 3).\n\
        c(\"\", min d : { r(d: d) }) :- 2 < count : { r(d: _) }.\n\
        c(\"x\", nil).";
    assert_eq!(
        text(source),
        "r(k: symbol, d: date?, n: number?) input record\n\
         c(k: symbol, d: date?) output\n\
         c(\"x\", nil).\n\
         stratum 0: c\n\
         \x20 c(k, d) :- r(k, d, nil).  // k symbol, d date\n\
         \x20 c(k, nil) :- r(k, _, n), n > 1.  // k symbol, n number\n\
         \x20 c(k, d + 1) :- r(k, d else date(\"2024-02-29\"), _).  // k symbol, d date\n\
         \x20 c(k, d) :- r(k, d, 5).  // k symbol, d date\n\
         \x20 c(\"\", _7) :- _4 = count : { r(_1, _2, _3) }, 2 < _4, _7 = min d : { r(_5, d, _6) }.  \
         // _1 symbol, _2 date?, _3 number?, _4 number, _5 symbol, d date, _6 number?, _7 date\n"
    );
}

#[test]
fn a_declared_type_with_a_mark_in_its_name_wins_and_so_does_a_declared_date() {
    let source = ".type t? <: symbol .type date <: symbol .decl r(x: t?, d: date) .input r .decl s(x: symbol, y: symbol) .output s\n\
        s(x, d) :- r(x, d).";
    assert_eq!(
        text(source),
        "r(x: t?=symbol, d: date=symbol) input\ns(x: symbol, y: symbol) output\nstratum 0: s\n  \
         s(x, d) :- r(x, d).  // x symbol, d symbol\n"
    );
}

#[test]
fn disjunction_and_negated_groups() {
    rule("p(x) :- a(x), (ab(x, _) ; x > 3, !ab(_, x)).", &["p(x) :- a(x), ab(x, _).", "p(x) :- a(x), x > 3, !ab(_, x)."]);
    rule(
        "p(x) :- a(x), !(ab(x, y), x < 3 ; x = 5), a(y).",
        &["p(x) :- a(x), !ab(x, y), x != 5, a(y).", "p(x) :- a(x), x >= 3, x != 5, a(y)."],
    );
    // What never holds is checked like any other, and stays as a condition that is never met.
    rule(
        "p(x), o(x, 1) :- a(x), (true ; false).",
        &["o(x, 1) :- a(x).", "o(x, 1) :- a(x), 0 = 1.", "p(x) :- a(x).", "p(x) :- a(x), 0 = 1."],
    );
    rule("p(1) :- false.\np(x) :- a(x).", &["p(1) :- 0 = 1.", "p(x) :- a(x)."]);
}

#[test]
fn constants_and_overloads_follow_from_their_surroundings() {
    let source = ".decl f(x: float) .input f .decl u(x: unsigned) .input u .decl n(x: number) .input n .decl d(x: date) .input d .decl s(x: symbol) .input s
        .decl fo(x: float) .output fo .decl uo(x: unsigned) .output uo .decl no(x: number) .output no .decl do(x: date) .output do .decl so(x: symbol) .output so
        fo(x / 2) :- f(x).\nfo(x) :- x = 1 / 2 + y, f(y).\nfo(min(1, x)) :- f(x).
        uo(x + 1) :- u(x), x > 2.\nno(x - y) :- d(x), d(y).\ndo(1 + x - y) :- d(x), n(y).\nso(x + y) :- s(x), s(y).
        no(as(x, number) ^ 2) :- u(x).\nso(to_string(1)) :- n(_).\nno(7 / 2 * (1 - -3)).\ndo(add_years(date(\"2024-02-29\"), 1)).\ndo(max(x, date(\"2024-\" + \"02-29\"))) :- d(x).";
    let wanted = [
        "fo(x / 2.0) :- f(x).",
        "fo(x) :- x = 0.5 + y, f(y).",
        "fo(min(1.0, x)) :- f(x).",
        "uo(x + 1u) :- u(x), x > 2u.",
        "no(x - y) :- d(x), d(y).",
        "no(to_number(x) ^ 2) :- u(x).",
        "do(1 + x - y) :- d(x), n(y).",
        "do(max(x, date(\"2024-02-29\"))) :- d(x).",
        "so(cat(x, y)) :- s(x), s(y).",
        "so(\"1\") :- n(_).",
    ];
    let mut got = rules(source);
    let mut wanted = wanted.map(String::from).to_vec();
    got.sort();
    wanted.sort();
    assert_eq!(got, wanted);
    assert!(text(source).contains("\nno(12).\n"), "constants are computed as the numbers they are");
    assert!(
        text(source).contains("\ndo(date(\"2025-02-28\")).\n"),
        "the last day of a shorter month takes the place of the 29th"
    );
}

#[test]
fn strata_follow_what_they_need_and_then_the_order_of_declaration() {
    let source = ".decl late(x: number) .output late .decl first(x: number) .output first .decl odd(x: number) .decl even(x: number) .decl in(x: number) .input in
        late(x) :- first(x), !odd(x).\nfirst(x) :- in(x).\neven(0) :- in(_).\nodd(x + 1) :- even(x), in(x).\neven(x + 1) :- odd(x), in(x).\nfirst(3).";
    let all = text(source);
    let strata: Vec<&str> = all.lines().filter(|line| line.starts_with("stratum")).collect();
    assert_eq!(strata, ["stratum 0: first", "stratum 1: odd, even (recursive)", "stratum 2: late"]);
    let own = text(".decl in(x: number) .input in .decl r(x: number) .output r\nr(x) :- in(x).\nr(x + 1) :- r(x), x < 9.");
    assert!(own.contains("stratum 0: r (recursive)\n"));
}

fn program(source: &str) -> Program {
    let sources = Sources::single("t.dl", source);
    check(&parse(&sources).0, &sources).0.expect("the program is sound")
}

#[test]
fn rules_are_known_by_their_name_or_by_their_text() {
    let base = ".decl a(x: number) .input a .decl p(x: number) .output p .decl q(x: number) .output q\n";
    let ids = |rules: &str| program(&format!("{base}{rules}")).rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids("@[name = \"n\"] @[basis = \"b\"] @[other = \"o\"] p(x), q(x) :- a(x)."), ["n", "n"]);
    let (tight, wide) = (ids("p(x):-a(x),x>1."), ids("// a comment\n@[basis = \"b\"]\np(x)  :-\n a(x), x > 1."));
    assert_eq!(tight, wide, "blanks, comments and the basis do not change what a rule is");
    assert!(tight[0].len() == 16 && tight[0].chars().all(|c| c.is_ascii_hexdigit()));
    assert_ne!(tight, ids("p(x) :- a(x), x > 2."));
    let with_basis = program(&format!("{base}@[basis = \"法 202\"] p(x) :- a(x)."));
    assert_eq!(with_basis.rules[0].basis.as_deref(), Some("法 202"));
}

#[test]
fn records_and_clues_say_what_people_and_doors_need() {
    let found = program(
        ".decl r(o: symbol, n: symbol, d: date?, id: symbol?) .input r(filename=\"x.csv\")
        .record r(key=\"o, n\", owner=\"court,prison\", by=\"o\", since=\"d\", personal=\"id\", identity=\"id\", title=\"判决\", columns=\"n=文号|号,d=日期\")
        .decl c(o: symbol, n: symbol, d: date?, level: symbol) .clue c(title=\"未通知\", key=\"o,n\", agency=\"o\", due=\"d\", level=\"level\", basis=\"某法\", reason=\"{o}于{d}前\")
        c(o, n, d, \"hint\") :- r(o, n, d, _).\n.decl today(d: date) .clock today",
    );
    let r = &found.relations[0];
    let record = r.record.as_ref().expect("a record");
    assert_eq!(
        (record.key.as_slice(), record.by, record.since, record.personal.as_slice(), record.identity.as_slice()),
        (&[0, 1][..], Some(0), Some(2), &[3][..], &[3][..])
    );
    assert_eq!((record.owners.as_slice(), record.title.as_str()), (&["court".to_string(), "prison".to_string()][..], "判决"));
    assert_eq!(record.titles, [(1, vec!["文号".to_string(), "号".to_string()]), (2, vec!["日期".to_string()])]);
    assert_eq!(r.input.as_ref().expect("an input").params, [("filename".to_string(), "x.csv".to_string())]);
    let clue = found.relations[1].clue.as_ref().expect("a clue");
    assert_eq!((clue.key.as_slice(), clue.agency, clue.person, clue.due), (&[0, 1][..], Some(0), None, Some(2)));
    assert!(matches!(clue.level, Some(ColumnOrText::Column(3))));
    assert!(matches!(&clue.basis, Some(ColumnOrText::Text(text)) if text == "某法"));
    let reason: Vec<String> = clue.reason.iter().map(|part| format!("{part:?}")).collect();
    assert_eq!(reason, ["Column(0)", "Text(\"于\")", "Column(2)", "Text(\"前\")"]);
    assert_eq!(found.clocks, [found.find("today").expect("declared")]);
    assert_eq!(found.output_ids(), [found.find("c").expect("declared")]);
}

/// What fills `clue`.
fn listing(source: &str) -> Vec<String> {
    let all = text(&format!("{source}\n.output clue"));
    all.lines()
        .filter_map(|line| line.trim().split_once(" :- "))
        .filter(|(head, _)| head.starts_with("clue("))
        .map(listed)
        .collect()
}

fn listed((head, body): (&str, &str)) -> String {
    format!("{head} :- {}", body.split("  // ").next().unwrap())
}

#[test]
fn a_clue_is_listed_by_its_key_and_by_the_row_that_is_shown() {
    // Everything that is wanted stands in the key.
    let keyed = ".decl k(a: symbol, n: number) .input k .clue k(title=\"t\", key=\"n,a\", agency=\"a\")";
    let rule = "clue(clue_id(\"k\", \"number\", n, \"symbol\", a), \"k\", a, nil, nil) :- k(a, n).";
    assert_eq!(listing(keyed), [rule]);
    // The columns before the last that is wanted decide, after the level.
    let shown = ".decl k(n: number, x: symbol, d: date?, l: symbol, y: symbol) .input k .clue k(title=\"t\", key=\"n\", level=\"l\", due=\"d\")";
    let rule = "clue(clue_id(\"k\", \"number\", n), \"k\", nil, nil, d) :- k(n, x, d, l, _), \
        rank = place(l, \"violation\", \"hint\", \"quality\"), \
        rank = min place(l_5, \"violation\", \"hint\", \"quality\") : { k(n, _, _, l_5, _) }, \
        x = least x_6 : { k(n, x_6, _, l_7, _), rank = place(l_7, \"violation\", \"hint\", \"quality\") }, \
        d = least d_8 : { k(n, x, d_8, l_9, _), rank = place(l_9, \"violation\", \"hint\", \"quality\") }.";
    assert_eq!(listing(shown), [rule]);
}

#[test]
fn clues_of_clues_are_not_listed() {
    let clues = ".decl s(x: symbol) .input s .decl a(x: symbol) .clue a(title=\"t\", key=\"x\") a(x) :- s(x).
        .decl b(x: symbol) .clue b(title=\"t\", key=\"x\") b(x) :- c(x).
        .decl c(x: symbol) c(x) :- s(x), !clue(rule: x).
        .decl d(x: symbol) .clue d(title=\"t\", key=\"x\") d(x) :- a(x), !s(x).";
    let listed = listing(clues);
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed[0].ends_with(":- a(x).") && listed[1].ends_with(":- d(x)."), "{listed:?}");
}
