//! Every form of the language, and how it is printed.

use super::{printed, read};

/// Text, and its canonical form (where it differs).
const FORMS: &[(&str, Option<&str>)] = &[
    (".decl a()", None),
    (".decl  a , b ( x:number,y : symbol ) ", Some(".decl a, b(x: number, y: symbol)")),
    (".decl r(x: T?, date: date?, 人: 姓名) brie no_inline", None),
    (
        ".decl r(a: number, b: number, c: number) choice-domain  a,( b,c )",
        Some(".decl r(a: number, b: number, c: number) choice-domain a, (b, c)"),
    ),
    (".decl r(a: number) btree choice-domain a", None),
    ("a(x, y)<=a(z, y) :- x<z.", Some("a(x, y) <= a(z, y) :- x < z.")),
    ("a($, $ + 1, autoinc()) :- b($).", Some("a(autoinc(), autoinc() + 1, autoinc()) :- b(autoinc()).")),
    (".type A <: number", None),
    (".type A <:a.b.C", Some(".type A <: a.b.C")),
    (".type A = B", None),
    (".type L = [head: number, tail: a.L]", None),
    (".type E=[] .type T=A{}|B{x:number,y:T?}", Some(".type E = []\n.type T = A {} | B {x: number, y: T?}")),
    (".input a", None),
    (".input a()", Some(".input a")),
    (
        ".output a.b.R, c(IO=stdout, n=12, headers=true, x=\"a\\tb\")",
        Some(".output a.b.R, c(IO=\"stdout\", n=\"12\", headers=\"true\", x=\"a\\tb\")"),
    ),
    (".printsize a", None),
    (".limitsize a(n=\"5\")", None),
    (".record r(key=\"a,b\", by=\"a\", title=\"社区矫正对象基本信息\")", None),
    (".clue r(title=\"t\", key=\"a\")", None),
    (".clock today", None),
    // facts and heads
    ("a().", None),
    ("a(1,-2,3u,1.50,\"x\").", Some("a(1, -2, 3u, 1.5, \"x\").")),
    ("a(0x1F, 0b101, 0xffu, 1.2.3.4, 18446744073709551615, 007).", Some("a(31, 5, 255u, 16909060, 18446744073709551615, 7).")),
    ("a(\"\\\"\\'\\\\\\a\\b\\f\\n\\r\\t\\v\").", Some("a(\"\\\"'\\\\\\a\\b\\f\\n\\r\\t\\v\").")),
    ("a(\"two\nlines\").", Some("a(\"two\\nlines\").")),
    ("a(100000000000000000000.0, 0.000000001).", None),
    ("a(1), b(2).", None),
    ("a(x), b(y) :- c(x,y).", Some("a(x), b(y) :- c(x, y).")),
    ("a(1).b(2).", Some("a(1).\nb(2).")),
    ("a(1).record (2).", Some("a(1).\nrecord(2).")),
    ("a.b.R(x) :- c.S(x).", None),
    ("@[name = \"一号\", basis=\"第二十条\"] a(x) :- b(x).", Some("@[name = \"一号\"]\n@[basis = \"第二十条\"]\na(x) :- b(x).")),
    ("@[inline] @[deprecated(since = [1, 2])] a(1).", Some("a(1).")),
    // bodies
    ("a(x) :- b(x), !c(x, _), x < 3.", None),
    ("a(x) :- (b(x)).", Some("a(x) :- b(x).")),
    ("a(x) :- b(x) , c(x) ; d(x).", Some("a(x) :- b(x), c(x) ; d(x).")),
    ("a(x) :- b(x), (c(x) ; d(x), e(x)).", None),
    ("a(x) :- (b(x), c(x)), d(x).", None),
    ("a(x) :- b(x), !(c(x), d(x) ; !e(x)).", None),
    ("a(x) :- b(x), !!c(x), !x = 3.", None),
    ("a(x) :- b(x), true, !false.", None),
    ("a(x) :- b(x), match(\"a.*\", x), !contains(\"a\", x).", None),
    ("a(x) :- b(x), starts_with(x, \"a\"), !ends_with(x, \"b\").", None),
    ("a(x) :- b(x), x = 1, x != 2, x < 3, x <= 4, x > 5, x >= 6.", None),
    ("a(x) :- b(x), (x + 1) * 2 < 3, ((x)) = 1.", Some("a(x) :- b(x), (x + 1) * 2 < 3, x = 1.")),
    ("a(x) :- b(x), (cat(x, \"a\")) = y, date(x) < d.", Some("a(x) :- b(x), cat(x, \"a\") = y, date(x) < d.")),
    ("a(x) :- b(id: x, name: _), c(n: 1 + 2).", None),
    ("a(?x) :- b(?x, _y, 甲).", None),
    // terms
    ("a(1 + 2 * 3 - 4 / 5 % 6).", None),
    ("a((1 + 2) * 3, 1 - (2 - 3), (1 - 2) - 3).", Some("a((1 + 2) * 3, 1 - (2 - 3), 1 - 2 - 3).")),
    ("a(2 ^ 3 ^ 4, (2 ^ 3) ^ 4, -2 ^ 2, (-2) ^ 2, 2 ^ -1).", None),
    ("a(-x, - -x, bnot x, lnot (x + 1), -x * y, -(x * y)).", Some("a(-x, --x, bnot x, lnot (x + 1), -x * y, -(x * y)).")),
    ("a(1 lor 2 lxor 3 land 4 bor 5 bxor 6 band 7 bshl 8 bshr 9 bshru 10 + 11).", None),
    ("a((((1 lor 2) lxor 3) land 4) bor 5).", None),
    ("a(as(x, T), as(x + 1, a.b.T?)).", None),
    ("a(cat(), cat(x), min(1, 2), max(a, b, c), year(d), f(g(x))).", None),
    ("a(nil, _).", None),
    ("a([1, [x, nil]], [], $A, $A(), $B(1,$c.D)).", Some("a([1, [x, nil]], [], $A(), $A(), $B(1, $c.D())).")),
    ("a(x) :- b([x, _]), [y] = x, $A = y, !c($B(x, [_])).", Some("a(x) :- b([x, _]), [y] = x, $A() = y, !c($B(x, [_])).")),
    ("a(x) :- b(x, y else 0), c(to_day: u else date(\"9000-01-01\")).", None),
    // aggregates
    ("a(n) :- n = count : { b(_) }.", None),
    ("a(n) :- n = count : b(_).", Some("a(n) :- n = count : { b(_) }.")),
    ("a(n) :- n = sum x + 1 : { b(x), x > 0 }, m = min x : { b(x) } + 1.", None),
    ("a(n) :- n = max (x) : { b(x) }, n = min (x) * 2 : b(x).", Some("a(n) :- n = max x : { b(x) }, n = min x * 2 : { b(x) }.")),
    ("a(n) :- mean x : { b(x) } = n, 1 < count : { !b(1) }.", None),
    ("a(count : { b(_) }, max(1, sum y : { c(y, max z : { d(z) }) })).", None),
    ("a(n) :- n = sum max(x, y) : { b(x, y) }, n = max (x else 1) : { b(x) }.", None),
];

#[test]
fn every_form_is_read_and_printed() {
    for (text, canonical) in FORMS {
        let expected = canonical.unwrap_or(text);
        assert_eq!(printed(text).trim_end(), expected, "from {text}");
        assert_eq!(printed(expected).trim_end(), expected, "canonical text of {text} is not stable");
    }
}

#[test]
fn blanks_and_comments_mean_nothing() {
    let text = "\u{feff}/* a * / b */ a(1) // c\n.\n/// doc\n//! doc\r\n\tb(\"/* no comment */ // none\"). /**/";
    assert_eq!(printed(text), "a(1).\nb(\"/* no comment */ // none\").\n");
}

#[test]
fn new_words_stay_names() {
    let text = ".decl starts_with(x: symbol, y: symbol)\na(date, else, datetime, clock) :- starts_with(date, else), record(datetime, clock).";
    let (program, diagnostics) = read(text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let shown = format!("{program:?}");
    assert!(!shown.contains("Holds"), "{shown}");
    let (program, _) = read("a(x) :- b(x), starts_with(x, \"a\"), n = count : { b(y), ends_with(y, x) }.");
    assert_eq!(format!("{program:?}").matches("Holds").count(), 2);
    assert_eq!(printed("a(x) :- b(else else 1, x).").trim_end(), "a(x) :- b(else else 1, x).");
}

#[test]
fn annotations_of_other_programs_are_dropped_wherever_soufflé_allows_them() {
    let text = "@[x {.decl q() ; p::q *r }] .decl a(@[as] x: number, /// doc\n @[k = {=}] @[l(\"]\")] y: number)\n\
                @[x] @[y()] a(i, 1), @[z = [1, (2)]] b(i) :- @![doc = \"d\"] c(i @![x], 2).\n@![end]";
    assert_eq!(printed(text), ".decl a(x: number, y: number)\na(i, 1), b(i) :- c(i, 2).\n");
}

#[test]
fn words_of_other_languages_are_names() {
    let text = ".decl else(x: number) else(1).\n.decl float, include, pragma, not, clock(x: number)\n\
                float(x) :- else(x), include(x), pragma(x), not(x), !clock(x), date(x).";
    let (_, diagnostics) = read(text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
}

#[test]
fn pragmas_and_line_marks_are_dropped() {
    assert_eq!(printed(".pragma \"magic-transform\" \"*\"\n# 1 \"x.dl\"\n#line 7\na(1)."), "a(1).\n");
}
