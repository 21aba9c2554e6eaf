//! Does the whole language path, from text to rows, give what its meaning says?
//!
//! Each case is a program and the rows of its output `r`, argued from the definition of the language, not from what came out.

mod inline;
mod range;
mod refined;
mod structures;

use huiyan::dataflow::{Budget, Runtime};
use huiyan::plan::{Output, plan};
use huiyan::security::Names;
use huiyan::syntax::{Sources, has_errors, parse, render};
use huiyan::types::{Epoch, Interner, Kind, Lang};
use std::sync::Arc;

/// The rows of `r`, cells joined by `|`.
fn rows(text: &str) -> Vec<String> {
    let sources = Sources::single("case.dl", text);
    let (tree, mut diagnostics) = parse(&sources);
    let (program, more) = huiyan::check::check(&tree, &sources);
    diagnostics.extend(more);
    assert!(!has_errors(&diagnostics), "{}\n{text}", render(&diagnostics, &sources, Lang::En));
    let program = program.expect("no errors");
    let texts = Arc::new(Interner::new());
    let arities = program.relations.iter().map(|r| r.arity()).collect();
    let budget = Budget { iterations: 1_000, rows: 100_000, made: 1 << 30 };
    let mut runtime = Runtime::start(Arc::new(plan(&program)), arities, texts.clone(), Names::of_no_folder().naming(), 1, budget);
    runtime.submit(Epoch(1), Vec::new());
    let deltas = runtime.wait(Epoch(1)).expect("the program ends");
    let id = program.find("r").expect("an output r");
    let columns: Vec<(Kind, bool)> = program.relation(id).columns.iter().map(|c| (c.kind, c.optional)).collect();
    let outputs = deltas.iter().flat_map(|delta| &delta.outputs).filter(|output| output.output == Output::Relation(id));
    let changes = outputs.flat_map(|output| output.changes(&columns, &texts));
    changes.map(|change| change.row.values().iter().map(|v| v.to_string()).collect::<Vec<_>>().join("|")).collect()
}

/// Facts that several cases use.
const A: &str = ".decl A(x: number, y: number)\nA(1, 1). A(1, 2). A(2, 5).\n.decl B(x: number)\nB(1). B(3).\n";

fn case(program: &str, expected: &[&str]) {
    assert_eq!(rows(&format!("{A}.output r\n{program}")), expected, "{program}");
}

#[test]
fn aggregates_count_tuples_of_one_atom_and_named_rows_of_several() {
    case(".decl r(n: number)\nr(n) :- n = sum x : { A(x, _) }.", &["4"]);
    case(".decl r(n: number)\nr(n) :- n = sum x : { A(x, _), B(x) }.", &["1"]);
    case(".decl r(n: number)\nr(n) :- n = sum x : { A(x, y), B(x) }.", &["2"]);
    case(".decl r(n: number)\nr(n) :- n = count : { A(_, _) }.", &["3"]);
    case(".decl r(n: number)\nr(n) :- n = count : A(_, _).", &["3"]);
    case(".decl r(n: number)\nr(n) :- n = count : { A(x, _), B(x) }.", &["2"]);
}

#[test]
fn nothing_counts_as_zero_and_has_no_least_element() {
    case(".decl r(x: number, n: number)\nr(x, n) :- B(x), n = count : { A(x, _) }.", &["1|2", "3|0"]);
    case(".decl r(x: number, n: number)\nr(x, n) :- B(x), n = sum y : { A(x, y) }.", &["1|3", "3|0"]);
    case(".decl r(x: number, n: number)\nr(x, n) :- B(x), n = max y : { A(x, y) }.", &["1|2"]);
}

#[test]
fn the_target_is_the_aggregates_own_and_witnesses_are_all_that_attain_it() {
    case(".decl r(x: number, n: number)\nr(x, n) :- B(x), n = max x : { A(x, _) }.", &["1|2", "3|2"]);
    case(".decl r(x: number, m: number)\nr(x, m) :- m = max y : { A(x, y) }.", &["2|5"]);
    case(".decl r(m: number)\nr(m) :- m = min y : { A(_, y), y > count : { B(_) } }.", &["5"]);
}

#[test]
fn negation_disjunction_and_recursion() {
    case(".decl r(x: number)\nr(x) :- A(x, _), !B(x).", &["2"]);
    case(".decl r(x: number)\nr(x) :- A(x, y), (y = 1 ; y = 5).", &["1", "2"]);
    case(".decl r(x: number)\nr(x) :- A(x, y), !(y = 1 ; B(x)).", &["2"]);
    case(".decl r(x: number)\nr(0).\nr(x + 1) :- r(x), x < 3.", &["0", "1", "2", "3"]);
    case(".decl r()\nr() :- A(_, _).", &[""]);
    case(".decl r()\nr() :- A(7, _).", &[]);
}

#[test]
fn an_argument_that_is_computed_is_compared_not_solved() {
    case(".decl r(x: number)\nr(x) :- A(x, _), B(x + 2).", &["1"]);
}

#[test]
fn optional_columns_match_what_they_say() {
    let o = ".decl O(k: number, d: date?)\nO(1, nil). O(2, date(\"2022-07-15\")).\n";
    case(&format!("{o}.decl r(k: number)\nr(k) :- O(k, nil)."), &["1"]);
    case(&format!("{o}.decl r(k: number)\nr(k) :- O(k, _)."), &["1", "2"]);
    case(&format!("{o}.decl r(k: number, d: date)\nr(k, d) :- O(k, d)."), &["2|2022-07-15"]);
    case(
        &format!("{o}.decl r(k: number, d: date)\nr(k, d) :- O(k, d else date(\"9000-01-01\"))."),
        &["1|9000-01-01", "2|2022-07-15"],
    );
    case(&format!("{o}.decl r(k: number, d: date?)\nr(k, nil) :- O(k: k)."), &["1|", "2|"]);
}

#[test]
fn dates_count_and_terms_end_the_day_before() {
    case(".decl r(d: date)\nr(date(\"2022-07-13\") + 5).", &["2022-07-18"]);
    case(".decl r(n: number)\nr(date(\"2022-07-18\") - date(\"2022-07-13\")).", &["5"]);
    case(".decl r(d: date)\nr(term_end(date(\"2022-06-28\"), 2, 0)).", &["2024-06-27"]);
    case(".decl r(y: number, w: number)\nr(year(d), weekday(d)) :- d = date(\"2022-07-13\").", &["2022|3"]);
}

#[test]
fn an_expression_without_a_value_gives_nothing() {
    case(".decl r(n: number)\nr(6 / y) :- A(_, x), y = x - 1.", &["1", "6"]);
    case(".decl r(n: number)\nr(to_number(s)) :- (s = \"7\" ; s = \"x\" ; s = \"12ab\").", &["7", "12"]);
    let floats = r#"s = "0x10" ; s = "-0X1.8p1x" ; s = "0x" ; s = " +1.5e1z" ; s = "inf" ; s = "x""#;
    case(&format!(".decl r(f: float)\nr(to_float(s)) :- ({floats})."), &["-3", "0", "15", "16", "inf"]);
}

#[test]
fn symbols_are_ordered_by_their_bytes() {
    case(".decl S(s: symbol)\nS(\"b\"). S(\"吴\"). S(\"a\").\n.decl r(s: symbol)\nr(m) :- m = max s : { S(s) }.", &["吴"]);
    case(".decl S(s: symbol)\nS(\"b\"). S(\"a\").\n.decl r(s: symbol)\nr(s) :- S(s), s < \"b\".", &["a"]);
}

#[test]
fn components_are_written_once_for_each_use() {
    let c =
        ".comp C<T> { .decl e(x: T) .decl f(x: T)\nf(x) :- e(x). }\n.init c = C<number> .init d = C<number>\nc.e(1). d.e(2).\n";
    case(&format!("{c}.decl r(x: number)\nr(x) :- c.f(x)."), &["1"]);
    case(&format!("{c}.decl r(x: number)\nr(x) :- d.f(x), !c.f(x)."), &["2"]);
    // One within another, and a rule for a relation from outside.
    let nested =
        ".decl r(x: number)\n.comp I { .decl e(x: number)\nr(x) :- e(x). }\n.comp O { .init i = I\ni.e(7). }\n.init o = O\n";
    case(nested, &["7"]);
    case(&format!("{nested}r(x + 1) :- o.i.e(x)."), &["7", "8"]);
    // What stands within a component knows its parameters.
    let within = ".comp F<T> { .decl t(a: T)\n.comp I { .decl hit(a: T)\nhit(a) :- t(a). }\n.init i = I }\n.init p = F<number>\n";
    case(&format!("{within}p.t(1). .decl r(x: number)\nr(x) :- p.i.hit(x)."), &["1"]);
}

#[test]
fn a_component_has_what_its_bases_have_and_may_replace_rules() {
    let base = ".comp K<T> { .decl e(x: T) overridable\ne(1).\n.decl f(x: T)\nf(x) :- e(x). }\n";
    case(&format!("{base}.comp D : K<number> {{ e(2). }}\n.init d = D\n.decl r(x: number)\nr(x) :- d.f(x)."), &["1", "2"]);
    let replaced = ".comp D : K<number> { .override e\ne(2). }\n.init d = D\n.decl r(x: number)\nr(x) :- d.f(x).";
    case(&format!("{base}{replaced}"), &["2"]);
    // A component as an argument; a type of its own, which each use has for itself.
    let chosen = ".comp X { .decl v(x: number)\nv(3). }\n.comp Y { .decl v(x: number)\nv(4). }\n\
        .comp P<C> { .type K <: number .init c = C\n.decl w(x: K)\nw(as(x, K)) :- c.v(x). }\n.init p = P<Y>\n";
    case(&format!("{chosen}.decl r(x: number)\nr(x) :- p.w(x)."), &["4"]);
}

#[test]
fn a_union_takes_what_each_of_its_members_takes() {
    let u = ".type P <: number .type Q <: number .type U = P | Q\n.decl p(x: P)\n.decl q(x: Q)\np(1). q(2).\n";
    case(&format!("{u}.decl r(x: U)\nr(x) :- p(x).\nr(x) :- q(x)."), &["1", "2"]);
    case(&format!("{u}.type V = U\n.decl w(x: V)\nw(x) :- p(x).\n.decl r(x: U)\nr(x) :- w(x)."), &["1"]);
    case(&format!("{u}.decl w(x: U)\nw(1). w(2).\n.decl r(x: P)\nr(x) :- w(x), p(x)."), &["1"]);
}

#[test]
fn an_equivalence_holds_of_everything_in_it() {
    let e = ".decl e(x: number, y: number) eqrel\ne(x, y) :- A(x, y).\n.decl r(x: number, y: number)\n";
    let all = ["1|1", "1|2", "1|5", "2|1", "2|2", "2|5", "5|1", "5|2", "5|5"];
    case(&format!("{e}r(x, y) :- e(x, y)."), &all);
    case(&format!("{e}r(x, y) :- e(x, y), x < y, !A(x, y)."), &["1|5"]);
}

#[test]
fn over_one_atom_rows_count_unless_it_names_a_variable_twice() {
    let f = ".decl F(x: number, y: number)\nF(1, 2). F(1, 3).\n.decl r(n: number)\n";
    case(&format!("{f}r(n) :- n = sum x : {{ F(x, _), !B(7) }}."), &["2"]);
    case(&format!("{f}r(n) :- n = sum x : {{ F(x, _), !B(x + 1) }}."), &["2"]);
    case(&format!("{f}r(n) :- n = sum x : {{ F(x, _), F(_, x + 1) }}."), &["1"]);
    let g = ".decl G(x: number, y: number, z: number)\nG(1, 1, 2). G(1, 1, 3). G(4, 5, 1). G(4, 5, 2).\n.decl r(n: number)\n";
    case(&format!("{g}r(n) :- n = sum x : {{ G(x, x, _) }}."), &["1"]);
    case(&format!("{g}r(n) :- n = sum x : {{ G(x, x + 1, _) }}."), &["4"]);
    case(&format!("{g}r(n) :- n = sum x : {{ G(x, _, _) }}."), &["10"]);
}

#[test]
fn a_rule_that_copies_a_relation_of_its_recursion_copies_it_as_it_is() {
    let r = ".decl r(x: number, y: number)\n.decl p(x: number, y: number)\nr(x, y) :- p(x, y).\n";
    case(&format!("{r}p(x, z) :- p(x, y), p(y, z).\np(1, 2) :- B(1).\np(x, y) :- p(x, y)."), &["1|2"]);
    let q = ".decl q(x: number, y: number)\nq(x, y) :- p(x, y).\np(x, y) :- q(x, y).\n";
    case(&format!("{r}{q}p(1, 2) :- B(1).\np(2, 3) :- B(3).\np(x, z) :- p(x, y), p(y, z)."), &["1|2", "1|3", "2|3"]);
    case(&format!("{r}{q}p(1, 2) :- B(1).\np(x, z) :- p(x, y), A(y, z)."), &["1|2", "1|5"]);
}

#[test]
fn a_pattern_fits_the_whole_text_and_a_bad_one_says_nothing() {
    let s = ".decl S(s: symbol)\nS(\"abc\"). S(\"bc\").\n.decl r(s: symbol)\n";
    case(&format!("{s}r(s) :- S(s), match(\"a.*\", s)."), &["abc"]);
    case(&format!("{s}r(s) :- S(s), !match(\"b\", s)."), &["abc", "bc"]);
    case(&format!("{s}r(s) :- S(s), match(\"(\", s).\nr(s) :- S(s), !match(\"(\", s)."), &[]);
}

#[test]
fn macros_are_replaced_before_anything_is_read() {
    case("#define LIMIT 2\n.decl r(x: number)\nr(x) :- A(x, y), y > LIMIT.", &["2"]);
    case("#define REL(name, T) .decl name(x: T)\nREL(r, number)\nr(7).", &["7"]);
    case("#define BOTH(a, b) a(x), b(x)\n.decl C(x: number)\nC(3).\n.decl r(x: number)\nr(x) :- BOTH(B, C).", &["3"]);
    case("#define PAIR(a, b) a ## b\n.decl r(x: number)\nPAIR(r, )(1). PAIR(, r)(PAIR(1, 2)).", &["1", "12"]);
    case("#define TEXT(a) #a\n.decl r(s: symbol)\nr(TEXT(x + \"y\")).", &["x + \"y\""]);
    // Not in a text, not in a comment, not in itself.
    case("#define x y\n.decl r(s: symbol)\nr(\"x\"). // x(\n", &["x"]);
    case("#define A A\n#define N (N)\n.decl r(x: number)\nr(x) :- A(x, _), x > 1.", &["2"]);
    case("#define M(a) \\\n  r(a). \\\n  r(a + 10).\n.decl r(x: number)\nM(1)", &["1", "11"]);
    // Blanks and comments between two words of an argument are one blank.
    case("#define TEXT(a) #a\n.decl r(s: symbol)\nr(TEXT( a  b /* c */  \n \"d  e\" )).", &["a b \"d  e\""]);
}

#[test]
fn the_last_parameter_of_a_macro_may_take_all_arguments_that_are_left() {
    let r = ".decl r(x: number, y: number)\n";
    case(&format!("{r}#define FACT(p, ...) p(__VA_ARGS__).\nFACT(r, 1, (2))"), &["1|2"]);
    case(&format!("{r}#define FACT(all...) r(all). r(all + 1).\nFACT(1, 2)"), &["1|2", "1|3"]);
    case(&format!("{r}#define ROW(...) r(__VA_ARGS__)\n#define TWO(x) x, x\nROW(TWO(3))."), &["3|3"]);
    case(&format!("{r}#define FACT(p, ...) p(1, 2 __VA_ARGS__).\nFACT(r)"), &["1|2"]);
    case(".decl r(s: symbol)\n#define TEXT(...) #__VA_ARGS__\nr(TEXT(a,  b)).", &["a, b"]);
}

#[test]
fn a_macro_knows_the_line_and_the_file_of_its_use() {
    case(
        "// one\n#define HERE r(__FILE__, \\\n __LINE__).\n/* four\nfive */ .decl r(f: symbol, x: number)\nr(\"a\n\", __LINE__)\n.\nHERE r(__FILE__,\n__LINE__).",
        &["a\n|12", "case.dl|14", "case.dl|15"],
    );
    case("#ifdef __LINE__\n.decl r(x: number)\n#endif\n#if __LINE__ == 9\nr(1).\n#endif", &["1"]);
}

#[test]
fn what_a_condition_of_the_preprocessor_leaves_out_is_not_there() {
    let r = ".decl r(x: number)\n";
    case(&format!("{r}#define X\n#ifdef X\nr(1).\n#else\nr(2).\n#endif\n#ifndef X\nr(3).\n#endif"), &["1"]);
    let nested = "#if 0\n$$$ no rule at all\n#if 1\nr(1).\n#endif\n#elif RAM_DOMAIN_SIZE == 64 && !defined(Y)\nr(2).\n#else\nr(3).\n#endif";
    case(&format!("{r}{nested}"), &["2"]);
    case(
        &format!(
            "{r}#define X 1 // one\n#ifdef X // yes\nr(1).\n#endif\n#undef X /* gone */\n#ifdef X\nr(2).\n#endif\nr(010 - 8)."
        ),
        &["1", "2"],
    );
    case(&format!("{r}#define X 3\n#if X * 2 > 5\nr(1).\n#endif\n#undef X\n#if defined X\nr(2).\n#endif\nr(4)."), &["1", "4"]);
}
