//! Mistakes about records and algebraic types.

use super::mistakes::found;
use huiyan::check::check;
use huiyan::syntax::{Sources, parse};

const BASE: &str = ".type L = [head: number, tail: L] .type P = [name: symbol, of: L] \
    .type T = Leaf {} | Node {l: T, x: number, r: T} .type U = Other {s: symbol} \
    .decl l(l: L) .input l .decl p(p: P) .input p .decl t(t: T) .input t .decl n(x: number) .input n .decl opt(v: number?) .input opt \
    .decl ol(l: L) .output ol .decl ot(t: T) .output ot .decl on(x: number) .output on ol(nil). ot($Leaf). on(1).";

#[track_caller]
fn expect(text: &str, wanted: &[(&str, usize)]) {
    assert_eq!(found(&format!("{BASE}\n{text}")), wanted, "{text}");
}

#[track_caller]
fn one(code: &str, text: &str) {
    expect(text, &[(code, 2)]);
}

#[test]
fn what_is_right_is_no_mistake() {
    expect("", &[]);
    for text in [
        "ol([1, [2, nil]]). ol(as([3, nil], L)).",
        "on(h) :- l([h, _]).",
        "on(h) :- l(x), x = [h, t], t != nil, l(t).",
        "on(h) :- l(x), [h, nil] = x.",
        "ol(x) :- n(h), x = [h, nil].",
        "ol(x) :- l(y), x = [1, y], !l(x), !l([_, x]).",
        "on(n) :- n = count : { l([_, _]) }.",
        "on(n) :- n = max h : { l([h, _]) }.",
        "ot(t) :- t($Node(t, _, $Leaf)).",
        "ot($Node(a, 1, a)) :- t(a), a != $Leaf().",
        "on(ord(x)) :- l(x). on(ord(t)) :- t(t).",
        ".type M = L .decl m(m: M) .input m\nol(x) :- m(x).",
        ".type E = [] .decl e(e: E) .output e\ne([]).",
        ".type A = [b: B] .type B = [a: A] .decl e(e: A) .output e\ne([[nil]]). e([x]) :- e(y), y = [x].",
    ] {
        expect(text, &[]);
    }
}

#[test]
fn declarations_of_types() {
    one("E0240", ".type R = [x: number, x: symbol]");
    one("E0240", ".type R = A {x: number, x: symbol}");
    one("E0241", ".type R = A {} | A {x: number}");
    one("E0241", ".type R = Leaf {}");
    one("E0242", ".type R = [x: number?]");
    one("E0242", ".type R = A {x: symbol?}");
    one("E0242", ".decl r(l: L?) .input r");
    one("E0207", ".type R = [x: Nowhere]");
    one("E0207", ".type R = A {x: Nowhere}");
    one("E0211", ".type R <: L");
    one("E0211", ".type R <: T");
    one("E0212", ".type R = L | P");
    one("E0212", ".type R = number | L");
    one("E0209", ".type X = Y .type Y = X");
    one("E0205", ".type L = [x: number]");
    one("E0206", ".type number = [x: symbol]");
}

#[test]
fn a_record_must_be_of_a_type_and_of_its_form() {
    expect("on(x) :- x = 1, [x, 2] = [1, 2].", &[("E0270", 2), ("E0270", 2)]);
    expect("on(1) :- [1, 2] != [2, 1].", &[("E0270", 2), ("E0270", 2)]);
    one("E0271", "ol([1]).");
    one("E0271", "on(x) :- l([x, _, _]).");
    one("E0271", "on(x) :- p([_, [x]]).");
    one("E0272", "ot($Laef).");
    one("E0272", "on(x) :- t($Other2(x)).");
    one("E0273", "ot($Leaf(1)).");
    one("E0273", "on(1) :- t($Node(_)).");
}

#[test]
fn nil_is_a_record() {
    one("E0254", "on(x) :- n(x), x != nil.");
    one("E0254", "on(x) :- n(nil), n(x).");
    one("E0254", "ot(nil).");
    one("E0254", "ot(t) :- t(t), t = nil.");
    one("E0254", "on(x) :- opt(x), x = nil.");
    one("E0254", "ol([nil, nil]).");
    expect("on(x) :- n(x), nil = nil.", &[("E0254", 2), ("E0254", 2)]);
    expect("on(1) :- opt(nil).", &[]);
}

#[test]
fn fields_have_kinds_and_types() {
    one("E0280", "ol([\"a\", nil]).");
    one("E0281", "ol([1.5, nil]).");
    one("E0283", "on([1, nil]).");
    one("E0282", "on(x) :- p([x, _]).");
    one("E0283", "ot($Node($Leaf, [1, nil], $Leaf)).");
    one("E0283", "ol($Leaf).");
    one("E0288", "ot($Other(\"a\")).");
    one("E0289", "on(1) :- l(x), p(x).");
    one("E0289", "on(1) :- l(x), p(y), x = y.");
    one("E0284", "on(1) :- l(x), t(y), x = y.");
}

#[test]
fn records_and_branches_have_no_order() {
    one("E0275", "on(1) :- l(x), l(y), x < y.");
    one("E0275", "on(1) :- t(x), t(y), x >= y.");
    one("E0287", "ol(m) :- m = max x : { l(x) }.");
    one("E0285", "ol(min(x, y)) :- l(x), l(y).");
    one("E0284", "on(1) :- l(x), x = 1.");
}

#[test]
fn every_part_has_a_value() {
    one("E0253", "ol([_, nil]).");
    one("E0290", "ol([x, nil]) :- l(_).");
    expect("ol(y) :- l(x), y = [z, x].", &[("E0290", 2), ("E0290", 2)]);
    one("E0276", "on(1) :- l(x), x != [_, nil].");
    one("E0276", "on(ord(as([1, _], L))) :- n(1).");
    one("E0300", "ol([x, nil]).");
    // A functor is not solved, in a record neither.
    one("E0290", "on(x) :- l([x + 1, _]).");
}

#[test]
fn a_server_refuses_what_only_a_run_can_do() {
    let codes = |text: &str| {
        let sources = Sources::single("t.dl", text);
        let program = check(&parse(&sources).0, &sources).0.unwrap();
        huiyan::check::served(&program).iter().map(|d| d.code).collect::<Vec<_>>()
    };
    let lists = ".type L = [x: number] .decl l(l: L) .decl s(s: symbol) .input s .decl o(n: number) .output o ";
    assert_eq!(codes(&format!("{lists} .input l o(x) :- l([x]).")), ["E0244"]);
    assert_eq!(codes(&format!("{lists} .output l l([1]). o(1) :- s(_).")), ["E0244"]);
    assert_eq!(codes(&format!("{lists} o(ord(x)) :- s(x).")), ["E0245"]);
    // What lies between may be anything.
    assert!(codes(&format!("{lists} l([strlen(x)]) :- s(x). o(ord(x)) :- l([x]).")).is_empty());
}

#[test]
fn what_a_server_keeps_holds_no_records() {
    one("E0244", ".decl r(k: symbol, l: L) .record r(key=\"k\", owner=\"court\")");
    one(
        "E0244",
        ".decl c(k: symbol, t: T) .clue c(title=\"t\", key=\"k\", agency=\"k\", reason=\"r\", level=\"hint\")\nc(\"a\", $Leaf).",
    );
}
