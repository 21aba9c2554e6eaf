//! One case for each diagnostic: the text, and which codes at which lines.

use huiyan::check::check;
use huiyan::syntax::{Sources, parse, render};
use huiyan::types::Lang;
use std::collections::BTreeSet;

/// Codes and lines of all diagnostics of a program, in order of place.
pub(super) fn found(source: &str) -> Vec<(&'static str, usize)> {
    let sources = Sources::single("t.dl", source);
    let (tree, mut all) = parse(&sources);
    let (program, more) = check(&tree, &sources);
    assert_eq!(program.is_none(), more.iter().any(|d| d.code.starts_with('E')), "a program exactly if there is no error");
    all.extend(more);
    all.extend(program.iter().flat_map(huiyan::plan::warnings));
    for d in &all {
        assert!(!d.message.en.is_empty() && !d.message.zh.is_empty(), "{} in both languages", d.code);
    }
    // It can be shown, whatever its places are.
    assert_eq!(render(&all, &sources, Lang::Zh).is_empty(), all.is_empty());
    all.iter().map(|d| (d.code, sources.line_column(d.primary.0).0)).collect()
}

/// Declarations that the cases share, all on line 1.
const BASE: &str = ".type A <: symbol .type B <: symbol .type Low <: A \
    .decl n(x: number) .input n .decl nn(x: number, y: number) .input nn .decl s(x: symbol) .input s \
    .decl u(x: unsigned) .input u .decl f(x: float) .input f .decl d(x: date) .input d \
    .decl a(x: A) .input a .decl b(x: B) .input b .decl low(x: Low) .input low \
    .decl opt(k: symbol, v: number?) .input opt .decl out(x: number) .output out .decl outs(x: symbol) .output outs \
    .decl outa(x: A) .output outa .decl outf(x: float) .output outf out(1). outs(\"\"). outa(\"\"). outf(1).";

#[track_caller]
fn expect(text: &str, wanted: &[(&str, usize)]) {
    let source = format!("{BASE}\n{text}");
    let got: Vec<(&str, usize)> = found(&source);
    assert_eq!(got, wanted, "{text}");
}

/// A single mistake on line 2.
#[track_caller]
fn one(code: &str, text: &str) {
    expect(text, &[(code, 2)]);
}

#[test]
fn the_shared_declarations_have_no_mistake() {
    expect("", &[]);
}

#[test]
fn declarations() {
    one("E0202", ".decl n(x: number)");
    // At the relation.
    expect(".type n <: symbol", &[("E0204", 1)]);
    one("E0205", ".type A <: symbol");
    one("E0206", ".type number <: symbol");
    one("E0207", ".type C <: Nowhere");
    one("E0207", ".decl r(x: Nowhere) .input r");
    one("E0208", ".decl r(x: number, x: number) .input r");
    one("E0209", ".type P <: Q .type Q = P");
    one("E0209", ".type P = Q | P .type Q = P");
    one("E0211", ".type P <: Q .type Q = A | B");
    one("E0212", ".type P = A | number");
    one("E0207", ".type P = A | Nowhere");
    let columns: Vec<String> = (0..257).map(|i| format!("c{i}: number")).collect();
    one("E0210", &format!(".decl r({}) .input r", columns.join(", ")).replace(" .input r", ""));
}

#[test]
fn a_broken_type_is_one_mistake_however_often_it_is_used() {
    expect(".type C <: Nowhere\n.decl r(x: C, y: C) .input r\nouts(x) :- r(x, y), y = 1.", &[("E0207", 2)]);
}

#[test]
fn directives() {
    one("E0201", ".output nowhere");
    one("E0220", ".input n");
    one("E0220", ".decl r(k: symbol) .record r(key=\"k\") .record r(key=\"k\")");
    one("E0221", ".decl r(k: symbol) .record r(key=\"k\", oner=\"court\")");
    one("E0222", ".decl r(k: symbol) .record r(key=\"k\", key=\"k\")");
    one("E0223", ".decl r(k: symbol) .record r(owner=\"court\")");
    one("E0223", ".decl r(k: symbol) .record r(key=\"\")");
    one("E0224", ".decl r(k: symbol) .record r(key=\"k,k\")");
    one("E0225", ".decl r(k: symbol) .record r(key=\"k\", personal=\"kk\")");
    one("E0226", ".decl r(k: symbol?) .record r(key=\"k\")");
    one("E0227", ".decl r(k: date) .clock r .record r(key=\"k\")");
    one("E0228", ".decl r(k: symbol, o: symbol) .record r(key=\"k\", by=\"o\")");
    one("E0229", ".decl r(k: number) .record r(key=\"k\", by=\"k\")");
    one("E0229", ".decl r(k: number) .record r(key=\"k\", identity=\"k\")");
    one("E0229", ".decl r(k: number) .record r(key=\"k\", personal=\"k\")");
    one("E0230", ".decl r(k: symbol) .record r(key=\"k\", since=\"k\")");
    one("E0231", ".decl r(k: symbol) .record r(key=\"k\", columns=\"k\")");
    one("E0231", ".decl r(k: symbol, o: symbol) .record r(key=\"k\", columns=\"k=号,o=名|号\")");
    for words in ["k", "k=", "k=a||b", "k=a:", "k=a|a", "k=a|b:Ａ"] {
        one("E0236", &format!(".decl r(k: symbol) .record r(key=\"k\", words=\"{words}\")"));
    }
    one("E0224", ".decl r(k: symbol) .record r(key=\"k\", words=\"k=a,k=b\")");
    one("E0225", ".decl r(k: symbol) .record r(key=\"k\", words=\"kk=a\")");
    one("E0229", ".decl r(k: symbol, n: number) .record r(key=\"k\", words=\"n=1|2\")");
    for alike in ["k", "k=", "k=nothing", "k=id_valid", "k=cat", "o=doc_key", "by=doc_key"] {
        one("E0237", &format!(".decl r(by: symbol, k: symbol, o: symbol) .record r(key=\"by,k\", by=\"by\", alike=\"{alike}\")"));
    }
    one("E0224", ".decl r(k: symbol) .record r(key=\"k\", alike=\"k=doc_key,k=case_no\")");
    one("E0225", ".decl r(k: symbol) .record r(key=\"k\", alike=\"kk=doc_key\")");
    one("E0229", ".decl r(k: symbol, n: number) .record r(key=\"k,n\", alike=\"n=doc_key\")");
    for checks in ["k", "n>=", "k<=o", "n<=n", "n<=d", "d>=2022"] {
        let code = if checks == "d>=2022" { "E0225" } else { "E0238" };
        one(code, &format!(".decl r(k: symbol, o: symbol, n: number, d: date) .record r(key=\"k\", checks=\"{checks}\")"));
    }
    one("E0224", ".decl r(k: symbol) .record r(key=\"k\", checks=\"k=#,k=##\")");
    one("E0229", ".decl r(k: number) .record r(key=\"k\", checks=\"k=##\")");
    one("E0230", ".decl r(k: symbol) .record r(key=\"k\", past=\"k\")");
    one("E0234", ".decl r(k: number) .clock r");
    one("E0234", ".decl r(k: date?) .clock r");
    one("E0235", ".decl r(k: date) .clock r .decl r2(k: date) .clock r2");
    one("E0223", ".limitsize n");
    one("E0221", ".limitsize n(n=3, m=3)");
    one("E0334", ".limitsize n(n=\"3 rows\")");
    one("E0201", ".limitsize nowhere(n=3)");
}

#[test]
fn clues() {
    let clue = |rest: &str| {
        format!(".decl c(k: symbol, d: date, m: number) .clue c(key=\"k\", {rest}) c(\"\", date(\"2024-01-01\"), 1).")
    };
    expect(&clue("title=\"T\", agency=\"k\", due=\"d\", level=\"hint\", basis=\"法\", reason=\"{k}于{d}\""), &[]);
    one("E0223", &clue("due=\"d\""));
    one("E0225", &clue("title=\"T\", person=\"p\""));
    one("E0229", &clue("title=\"T\", area=\"m\""));
    one("E0230", &clue("title=\"T\", due=\"m\""));
    one("E0232", &clue("title=\"T\", level=\"hnt\""));
    one("E0233", &clue("title=\"T\", reason=\"{k\""));
    one("E0225", &clue("title=\"T\", reason=\"{q}\""));
}

#[test]
fn names_in_rules() {
    one("E0201", "out(x) :- nowhere(x).");
    one("E0201", "nowhere(x) :- n(x).");
    one("E0203", "out(x) :- n(x, 1).");
    one("E0203", "out(x, x) :- n(x).");
    one("E0250", "out(x) :- nn(x: x, z: 1).");
    one("E0251", "out(x) :- nn(x: x, x: 1).");
    one("E0252", ".decl two(x: number, y: number) .output two two(x: 1) :- true.");
    one("E0207", "outs(as(x, Nowhere)) :- s(x).");
    one("E0257", "outs(as(x, A?)) :- s(x).");
    one("E0258", "outs(frob(x)) :- s(x).");
    one("E0259", "out(strlen(x, x)) :- s(x).");
    one("E0259", "outs(x) :- s(x), contains(x).");
}

#[test]
fn underscore_nil_and_else_in_the_wrong_place() {
    one("E0253", "out(_) :- n(1).");
    one("E0253", "out(x) :- n(x), _ = x.");
    one("E0253", "out(x) :- n(x), n(_ + 1).");
    one("E0254", "out(x) :- n(x), n(nil).");
    one("E0254", "out(nil) :- n(1).");
    one("E0254", "out(x) :- opt(_, x), x != nil.");
    one("E0255", "out(x) :- n(x else 1).");
    one("E0255", "out(x else 1) :- n(x).");
    one("E0255", "out(x) :- n(x), opt(_, 1 else 2).");
    one("E0255", "out(x) :- n(x), n(y), opt(_, x else y).");
    one("E0301", "out(x) :- opt(_, x else 1 / 0).");
}

#[test]
fn kinds() {
    one("E0280", "out(x) :- n(x), n(\"1\").");
    one("E0280", "out(\"1\").");
    one("E0280", "out(1) :- d(\"2024-01-01\").");
    one("E0281", "outs(x) :- s(x), s(1).");
    one("E0281", "out(x) :- n(x), x = 1, n(1.5).");
    one("E0281", "out(x) :- n(x), u(-1).");
    one("E0282", "out(x) :- n(x), s(x).");
    one("E0282", "outs(x) :- n(x).");
    one("E0282", "out(x) :- n(x), !s(x).");
    one("E0283", "outs(x + 1) :- n(x).");
    one("E0283", "outs(x) :- s(x), contains(strlen(x), x).");
    one("E0284", "out(x) :- n(x), s(y), x < y.");
    one("E0284", "out(x) :- n(x), x = \"1\".");
    one("E0285", "outs(x) :- s(x), y = x * 2, y = y.");
    one("E0285", "out(x) :- n(x), u(y), x = x + y.");
    one("E0286", "outs(as(x, symbol)) :- n(x).");
    one("E0286", "out(as(x, number)) :- d(x).");
    one("E0286", "out(as(x, number)) :- f(x).");
    one("E0287", "out(n) :- n = mean x : { n(x) }, n > 0.");
    one("E0287", "outs(sum x : { s(x) }) :- true.");
    one("E0282", "outs(n) :- n = count : { s(_) }.");
}

#[test]
fn subset_types() {
    one("E0288", "outa(x) :- s(x).");
    // What a functor gives fits as a constant does.
    expect("outa(cat(x, \"\")) :- a(x).\nouta(y) :- s(x), y = cat(x, \"?\").", &[]);
    one("E0289", "outs(x) :- a(x), b(x).");
    one("E0289", "outs(x) :- a(x), b(y), x = y.");
    expect("outa(x) :- low(x).", &[]);
    expect("outa(x) :- s(x), low(x).", &[]);
    expect("outa(\"x\") :- true.\nouta(x) :- x = \"x\".\nouta(as(x, A)) :- b(x).", &[]);
    // Negation asks only for the kind.
    expect("outs(x) :- a(x), !b(x).", &[]);
    expect("outa(x) :- x = min y : { low(y) }.", &[]);
    one("E0288", "outa(x) :- x = min y : { s(y) }.");
}

#[test]
fn scopes_of_aggregates() {
    expect("out(count : { n(_), false }) :- true.", &[]);
    one("E0260", "out(count : { false }).");
    one("E0290", "out(q) :- false.");
    one("E0290", "out(q) :- n(_), !true.");
    one("E0201", "out(x) :- n(x), false, nowhere(x).");
    expect("out(x) :- n(x), false; n(x), !true; n(x), true.", &[]);
    one("E0260", "out(x) :- n(x), x = count : { x > 1 }.");
    one("E0291", "out(x) :- 3 = count : { n(x) }.");
    one("E0291", "out(x) :- 3 = sum y : { nn(x, y) }.");
    one("E0292", "out(x) :- x = sum z : { nn(z, y) }, y = sum z : { nn(z, x) }.");
    // The target is the aggregate's own and gives nothing outside a value.
    one("E0290", "out(x) :- 3 = max x : { n(x) }.");
    one("E0290", "out(n) :- n = max x + y : { n(x) }.");
}

#[test]
fn grounding() {
    one("E0290", "out(x) :- n(y), y = 1.");
    one("E0290", "out(x) :- !n(x).");
    one("E0290", "out(x) :- n(y), x + 1 = y.");
    one("E0290", "out(y) :- n(y), n(x + 1), x = x.");
    one("E0290", "out(1) :- n(y), x < y, x > 2.");
    one("E0290", "outs(x) :- contains(\"a\", x).");
    one("E0290", "out(count : { n(y), !nn(y, x), x = x }) :- true.");
    one("E0290", "out(x) :- as(x, unsigned) = y, u(y).");
    expect("out(x) :- as(x, number) = y, n(y).", &[]);
    expect("out(x) :- z = y, x = z + 1, n(y).", &[]);
    // In one disjunct only.
    one("E0290", "out(x) :- (n(x) ; n(y), y > 1).");
}

#[test]
fn facts() {
    expect("out(x).", &[("E0300", 2)]);
    one("E0301", "out(1 / 0).");
    one("E0301", ".decl od(x: date) .output od od(date(\"2023-02-29\")).");
    one("E0301", "out(1) :- d(date(\"2023-02-29\")).");
    one("E0301", "out(to_number(\"abc\")).");
    one("E0303", "opt(\"k\", -9223372036854775808).");
    one("E0302", ".decl r(k: symbol) .record r(key=\"k\") r(\"a\").");
    one("E0302", ".decl r(k: date) .clock r r(x) :- d(x).");
}

#[test]
fn whole_programs() {
    one("E0304", "out(x) :- n(x), !out(x).");
    expect(".decl p(x: number) .decl q(x: number)\np(x) :- n(x), !q(x).\nq(x) :- out(x).\nout(x) :- p(x).", &[("E0304", 3)]);
    expect(".decl p(x: number)\np(x) :- x = count : { p(_) }.", &[("E0304", 3)]);
    expect("@[name = \"r\"] out(x) :- n(x).\n@[name = \"r\"] out(x) :- nn(x, _).", &[("E0305", 3)]);
    // The heads and disjuncts of one rule share its name.
    expect("@[name = \"r\"] out(x), outf(1) :- (n(x) ; nn(x, _)).", &[]);
    let choices = |n: usize| format!("out(x) :- {}.", vec!["(n(x) ; nn(x, _))"; n].join(", "));
    one("E0306", &choices(14));
    expect(&choices(9), &[]);
    // Each of them is within the limit, all of them are not.
    expect(&format!("{}\n{}\n", choices(12), choices(11)).repeat(16), &[("E0306", 27)]);
}

#[test]
fn limits() {
    let literals = |n: usize| format!("out(x) :- {}.", vec!["n(x)"; n].join(", "));
    expect(&literals(1_000), &[]);
    one("E0307", &literals(1_001));
    one("E0307", &format!("out(count : {{ {} }}) :- true.", vec!["n(_)"; 1_001].join(", ")));
    let aggregates = |n: usize| format!("out(0{}) :- true.", " + count : { n(_) }".repeat(n));
    expect(&aggregates(100), &[]);
    one("E0293", &aggregates(101));
    // Each witness inside a witness doubles what is inside it.
    let deep = |depth: usize| {
        let inner = (0..depth).rev().fold(format!("nn(w{depth}, y{depth})"), |inside, i| {
            let next = i + 1;
            format!("nn(w{i}, y{i}), w{next} > 0, y{i} > min y{next} : {{ {inside} }}")
        });
        format!("out(w0) :- 1 < max y0 : {{ {inner} }}.")
    };
    expect(&deep(5), &[]);
    one("E0293", &deep(10));
}

#[test]
fn a_thousand_mistakes_are_cut_short() {
    let all = found(&(0..1_000).map(|i| format!("out(x) :- nowhere{i}(x).\n")).collect::<String>().replacen(
        "out",
        ".decl out(x: number) out",
        1,
    ));
    assert_eq!(all.len(), 100);
}

#[test]
fn habits() {
    one("W0201", "out(x) :- nn(x, y).");
    one("W0202", "out(_x) :- n(_x).");
    one("W0203", ".decl r(x: number)");
    one("W0205", ".decl t(t: date) .clock t .decl l(x: date, t: date) .output l l(x, t) :- d(x), t(t), t > x.");
    expect("out(x) :- nn(x, _y).", &[]);
    // In two disjuncts, or in an aggregate where each of its values counts.
    expect("out(x) :- n(x), (nn(x, y) ; nn(y, x)).\nout(sum x : { n(x), nn(x, y) }) :- true.", &[]);
}

#[test]
fn many_mistakes_are_found_in_one_run() {
    expect(
        "out(x) :- nowhere(x).\nout(y) :- n(x), !n(z), z < x.\n.input n\nouts(x) :- n(x).\nout(1/0).",
        &[("E0201", 2), ("E0290", 3), ("E0290", 3), ("E0220", 4), ("E0282", 5), ("E0301", 6)],
    );
}

/// A program with every form in it.
const RICH: &str = ".type T <: symbol .decl r(k: T, n: number?, d: date) .record r(key=\"k\", owner=\"court\", since=\"d\", columns=\"n=号\")
.decl c(k: T, d: date?) .clue c(title=\"T\", key=\"k\", due=\"d\", level=\"hint\", reason=\"{k}于{d}\") .decl t(d: date) .clock t
.decl s(x: number, y: unsigned, z: float) .output s(filename=\"f\")
@[name = \"a\"] c(k, nil), c(as(cat(k, \"x\"), T), d) :- r(k: k, n: n else 1 + 2, d: d), !(r(k, n, _) ; n < 3), contains(\"a\", k).
s(x, 1, max(1.5, 2) / 3) :- x = sum n : { r(_, n, d), n > count : { r(_, n, d) } } + 1, t(day), year(day) - x > 2.
s(n, as(n, unsigned), 0) :- n = max m : { r(k, m, _) }, r(k, nil, date(\"2024-01-01\")), (true ; false).
s(-5, 7u, mean z : { s(_, _, z) }) :- s(x, _, _), x != 0, y = x, !s(y, 1, _). s(1 + 2 * 3, 2, 1). c(\"\", date(\"2024-01-01\") + 1).
";

#[test]
fn no_text_however_broken_stops_the_checker() {
    let pieces: Vec<&str> = RICH.split_inclusive(|c: char| !c.is_alphanumeric()).collect();
    let run = |text: String| {
        let sources = Sources::single("t.dl", &text);
        let (tree, _) = parse(&sources);
        let (program, all) = check(&tree, &sources);
        let _ = render(&all, &sources, Lang::En);
        program.is_some()
    };
    assert!(!run(RICH.to_string()), "its last rule is not stratified");
    for at in 0..pieces.len() {
        // One piece left out, put twice, or changed for another.
        let (before, after) = (pieces[..at].concat(), pieces[at + 1..].concat());
        run(format!("{before}{after}"));
        run(format!("{before}{0}{0}{after}", pieces[at]));
        let others = ["_", "x", "nil", "1", "\"s\"", "count : { r(_, _, _) }"];
        run(format!("{before}{} {after}", others[at % others.len()]));
        run(format!("{before}{}{after}", pieces[(at * 7 + 13) % pieces.len()]));
    }
}

#[test]
fn clue_is_given_to_those_who_read_it_and_do_not_make_it() {
    let clues = ".decl k(x: symbol, a: A) .clue k(title=\"t\", key=\"x\", agency=\"a\") k(x, as(x, A)) :- s(x).";
    expect(&format!("{clues}\nouts(x) :- clue(rule: x, agency: _, due: nil).\n.output clue"), &[]);
    expect(&format!("{clues}\nout(n) :- n = count : {{ clue(id: _) }}, !clue(id: \"\")."), &[]);
    // The parameters of its own relation decide what a column is.
    expect(".decl clue(a: number) .input clue\nout(x) :- clue(x).", &[]);
    expect(&format!("{clues}\nouts(x) :- clue(kind: x)."), &[("E0290", 3), ("E0250", 3)]);
    expect(&format!("{clues}\nouts(x) :- clue(x)."), &[("E0203", 3)]);
    // Who derives it, or has it fed, declares it.
    expect(&format!("{clues}\nclue(\"\", \"\", nil, nil, nil).\nouts(x) :- clue(rule: x)."), &[("E0201", 3), ("E0201", 4)]);
    expect(&format!("{clues}\n.input clue\nouts(x) :- clue(rule: x)."), &[("E0201", 3), ("E0201", 4)]);
    // Of nothing, or of clues of clues alone, there are none.
    one("W0203", "outs(x) :- clue(rule: x).");
    expect(".decl k(x: symbol) .clue k(title=\"t\", key=\"x\")\nk(x) :- clue(rule: x).", &[("W0203", 3)]);
}

#[test]
fn every_documented_code_has_its_case_here_and_every_case_is_documented() {
    let codes = |text: &str| {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let is_code = |word: &&str| word.len() == 5 && ["E02", "E03", "W02"].contains(&&word[..3]);
        words.filter(is_code).map(str::to_string).collect::<BTreeSet<_>>()
    };
    // The ranges are named in the reference; they are no codes.
    let ends = ["E0399".to_string()];
    let documented: BTreeSet<_> =
        codes(include_str!("../../../docs/language.md")).into_iter().filter(|c| !ends.contains(c)).collect();
    let cases = codes(include_str!("mistakes.rs")).into_iter().chain(codes(include_str!("kinds.rs")));
    let cases = cases.chain(codes(include_str!("structures.rs")));
    let cases: BTreeSet<_> = cases.filter(|c| !ends.contains(c)).collect();
    assert_eq!(documented, cases);
    assert!(documented.len() > 60);
}

#[test]
fn components() {
    one("E0310", ".init c = Nowhere");
    one("E0310", ".comp C<T> { .init inner = T } .init c = C<number>");
    one("E0311", ".comp C<T> { } .init c = C");
    expect(".comp C { .init c = C }\n.init c = C", &[("E0312", 2)]);
    expect(".comp C : D { }\n.comp D : C { }\n.init c = C", &[("E0318", 2), ("E0318", 3)]);
    one("E0314", ".comp C { } .comp C { }");
    one("E0315", ".comp C { .decl r(x: number) } .comp D : C { .override r r(1). } .init i = D");
    one("E0315", ".comp C { } .comp D : C { .override r } .init i = D");
    one("E0317", ".comp n { }");
    expect(".comp C { } .init n = C", &[]);
    one("E0317", ".comp C { } .init i = C .init i = C");
    // What a parameter stands for is a base too; an order goes with its rule; each use has its own name of a rule.
    let base = ".comp Aa { .decl r(x: number) overridable r(x) :- n(x), nn(x, _). .plan 0:(2,1) }";
    expect(&format!("{base} .comp C<T> : T {{ .override r r(1). }} .init c = C<Aa>"), &[]);
    expect(".comp C { .decl r(x: number) @[name = \"first\"] r(x) :- n(x). } .init i = C .init j = C", &[]);
    expect(".comp C { .decl r(x: number) r(\"a\"). }\n.init i = C .init j = C", &[("E0280", 2), ("E0280", 2)]);
    // What is never used is not looked into.
    expect(".comp C { .decl r(x: Nowhere) }", &[]);
}

/// Forty components of which each uses the one before twice, by `.init`, as a base, or with a rule of a megabyte.
#[test]
fn components_that_multiply_are_stopped() {
    let atoms = "out(1), ".repeat(20_000);
    let first = [".comp C0 { out(1). }", ".comp C0 { }", ".comp C0 { }", &format!(".comp C0 {{ out(1) :- {atoms}true. }}")];
    let uses = [".init a = C; .init b = C;", ": C;, C;", ".init a = C; .init b = C;", ".init a = C; .init b = C;"];
    for (first, uses) in first.iter().zip(uses) {
        let mut text = format!("{first}\n");
        for i in 1..40 {
            let uses = uses.replace("C;", &format!("C{}", i - 1));
            text +=
                &if uses.starts_with(':') { format!(".comp C{i} {uses} {{ }}\n") } else { format!(".comp C{i} {{ {uses} }}\n") };
        }
        let got = found(&format!("{BASE}\n{text}.init c = C39"));
        // The longest rule has too many literals, too.
        assert!(got.iter().filter(|(code, _)| *code != "E0307").map(|(code, _)| *code).eq(["E0313"]), "{got:?}");
    }
    let deep: String = (1..60_000).map(|i| format!(".comp C{i} : C{} {{ }}\n", i - 1)).collect();
    let got = found(&format!("{BASE}\n.comp C0 {{ }}\n{deep}.comp D : C59999 {{ .override r }} .init d = D"));
    assert!(matches!(got[..], [("E0312", _), ..]), "{got:?}");
    let long = "x".repeat(400);
    let nested: String = (1..40).map(|i| format!(".comp C{i} {{ .init {long} = C{} }}\n", i - 1)).collect();
    let got = found(&format!("{BASE}\n.comp C0 {{ .decl r(x: number) r(1). }}\n{nested}.init c = C39"));
    assert!(matches!(got[..], [("E0312", _)]), "{got:?}");
}

#[test]
fn unions_of_unions_are_bounded() {
    let text: String = (1..6_000).map(|i| format!(".type A{i} <: symbol .type U{i} = U{} | A{i}\n", i - 1)).collect();
    let got = found(&format!("{BASE}\n.type U0 = A | B\n{text}"));
    assert!(matches!(got[..], [("E0212", _)]), "{got:?}");
}

#[test]
fn relations_of_which_not_all_rows_stay() {
    expect("nn(x, y) <= nn(x, z) :- y < z.", &[]);
    one("E0332", "nn(x, y) <= n(x) :- y < x.");
    one("E0201", "nowhere(x) <= nowhere(y) :- y < x.");
    one("E0203", "nn(x, y) <= nn(x) :- y < x.");
    one("E0290", "nn(x, y) <= nn(x, z) :- y < w, w = w.");
    one("E0332", ".decl z() z(). z() <= z() :- true.");
    one("E0332", ".decl r(k: symbol) .record r(key=\"k\") r(k) <= r(l) :- k < l.");
    one("E0332", ".decl c(k: date) .clock c c(k) <= c(l) :- k < l.");
    for form in ["eqrel", "brie"] {
        one("E0332", &format!(".decl r(k: number, l: number) {form} .input r r(k, l) <= r(l, k) :- k < l."));
    }
    one("E0332", "opt(k, v) <= opt(k, w else 3) :- v < w.");
    one("E0330", "n(x) <= n(y) :- x < y, x < autoinc().");
    // Its own rows are read before any is dropped; what depends on the relation otherwise goes in a circle.
    expect("nn(x, y) <= nn(x, z) :- y < z, nn(z, _).", &[]);
    one("E0304", ".decl r(x: number) r(x) :- n(x). r(x) <= r(y) :- x < y, !r(0).");
    one(
        "E0304",
        ".decl r(x: number) r(x) :- n(x), !t(x). .decl t(x: number) t(x) :- nn(x, _). r(x) <= r(y) :- x < y, t(y). t(x) :- r(x).",
    );
    expect(".decl r(x: number, y: number) choice-domain x, (x, y) r(x, y) :- nn(x, y).", &[]);
    one("E0331", ".decl r(x: number, y: number) choice-domain x, (x, z) r(x, y) :- nn(x, y).");
    one("E0333", ".decl r(x: symbol) choice-domain x .record r(key=\"x\")");
    one("E0333", ".decl r(x: date) choice-domain x .clock r");
    one("E0333", ".decl r(x: number, y: number) eqrel choice-domain x r(x, y) :- nn(x, y).");
    one("E0333", ".decl r(x: number) choice-domain x r(x) :- n(x). r(x) <= r(y) :- x < y.");
    expect("out(autoinc()) :- n(_).\nout(x + $) :- n(x).", &[]);
    one("E0330", "out(x + $) :- n(x). out(x) :- out(x), x > autoinc().");
    one("E0330", ".decl r(x: number, i: number) r(x, 0) :- n(x). r(x, $) :- r(x, _).");
    one("E0330", "out(x) :- x = count : { n(y), y < autoinc() }.");
    one("E0300", "out($).");
    one("E0259", "out(autoinc(1)) :- n(_).");
}

#[test]
fn ways_in_and_out() {
    expect(".decl r(x: number)\n.input r(IO=\"sqlite\")", &[("E0239", 3)]);
    one("E0239", ".decl r(x: number) .output r(IO=\"sqlite\") r(1).");
    expect(".decl r(x: number) r(1).\n.output r(compress=false)\n.output r(compress=true)", &[]);
    expect(".decl r(x: number) .output r(IO=stdout) .output r(IO=\"file\") r(1).", &[]);
}

#[test]
fn inlining() {
    one("E0346", ".decl q(x: number?) inline q(x) :- n(x).");
    // Three uses of thirty rules each.
    let rules: String = (0..30).map(|i| format!("q(x) :- x > {i}. ")).collect();
    one("E0345", &format!(".decl q(x: number) inline {rules} out(x) :- n(x), q(x), q(x), q(x)."));
    let literals = vec!["x > 1"; 600].join(", ");
    one("E0345", &format!(".decl q(x: number) inline q(x) :- {literals}. out(x) :- n(x), q(x), q(x)."));
    // Each of the chain twice the one before.
    let chain: String =
        (1..40).map(|i| format!(".decl q{i}(x: number) inline q{i}(x) :- q{0}(x). q{i}(x) :- q{0}(x), x > 1. ", i - 1)).collect();
    one("E0345", &format!(".decl q0(x: number) inline q0(x) :- x > 0. {chain} out(x) :- n(x), q39(x)."));
    // A type that the relation allows is allowed wherever its rule is written in.
    expect(".decl q(x: symbol) inline q(x) :- b(x).\nouts(x) :- q(x), outs(x), !a(x).", &[]);
    // What a fact holds is a rule of it too.
    expect(".decl q(x: number) inline q(1). q(2).\nout(x) :- q(x), !n(x).", &[]);
}

#[test]
fn equivalences_and_orders() {
    one("E0316", ".decl r(x: number) eqrel .input r");
    one("E0316", ".decl r(x: number, y: symbol) eqrel .input r");
    assert_eq!(found(".plan 0:(1)"), [("E0319", 1)]);
    one("E0320", "out(x) :- out(x), nn(x, _). .plan 0:(1)");
    expect("out(x) :- out(x), out(x). .plan 0:(2,1), 1:(2,2)", &[("E0320", 2)]);
    expect("out(x) :- out(x), nn(x, _). .plan 0:(2,1)", &[]);
    one("E0321", "out(x) :- out(x), nn(x, _). .plan 1:(2,1)");
    one("W0208", "out(x) :- n(x), match(\"(.)\\\\1\", \"aa\").");
    one("W0206", "out(x) :- n(x), nn(x, _). .plan 0:(2,1)");
}
