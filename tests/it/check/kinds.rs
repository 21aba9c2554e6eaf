//! The kinds of mistakes that Soufflé's users know, one short wrong program or more for each, with the code and the line that must be told.
//!
//! A row is the number of the kind, the code, the line, and the program. Other diagnostics may stand beside the one that is meant; those of
//! single mistakes are in `mistakes.rs`. To add a kind, add rows.

use huiyan::check::check;
use huiyan::syntax::{Severity, Sources, parse, render};
use huiyan::types::Lang;
use std::collections::BTreeSet;

/// (kind, code, line, program)
const KINDS: &[(u8, &str, usize, &str)] = &[
    (1, "E0101", 1, ".decl a(x:number) a(1) / a(2)."),
    (2, "E0104", 1, ".decl a(x:symbol) a(\"\\q\")."),
    (2, "E0105", 1, ".decl a(x:number) a(1). /* open"),
    (2, "E0123", 2, ".decl a(x:number) a(1).\n.comp C {\n.decl b(x:number)"),
    (3, "E0111", 2, ".decl a(x:number) a(1).\n.include \"non-existant.dl\""),
    (3, "E0111", 2, ".decl a(x:number) a(1).\n#include \"non-existant.dl\""),
    (4, "E0118", 1, ".decl a(x:number) input input"),
    (4, "E0118", 1, ".decl a(x:number) brie btree a(1)."),
    (5, "W0101", 1, ".decl a(x:number) output a(1)."),
    (5, "W0102", 1, ".type T .decl a(x:T) a(\"1\")."),
    (5, "W0102", 1, ".number_type T .decl a(x:T) a(1)."),
    (6, "W0104", 1, "/// doc\n.pragma \"x\"\n.decl a(x:number) a(1)."),
    (6, "W0104", 1, "@[a]\n.pragma \"x\"\n.decl a(x:number) a(1)."),
    (6, "W0104", 2, ".decl a(x:number) a(1).\n/** doc */ .pragma \"x\""),
    (7, "W0207", 2, ".pragma \"x\" \"1\"\n.pragma \"x\" \"2\"\n.decl a(x:number) a(1)."),
    (8, "E0201", 2, ".decl a(x:number)\na(x) :- b(x)."),
    (8, "E0201", 2, ".decl a(x:number) a(1).\n.output b"),
    (9, "E0203", 2, ".decl a(x:number)\na(1,2)."),
    (10, "E0202", 2, ".decl a(x:number) a(1).\n.decl a(x:number)"),
    (10, "E0205", 2, ".type T <: number\n.type T <: number .decl a(x:T) a(1)."),
    (10, "E0220", 2, ".decl a(x:number) .input a\n.input a"),
    (11, "E0204", 2, ".type a <: number\n.decl a(x:number) a(1)."),
    (11, "E0317", 2, ".decl a(x:number) a(1).\n.comp a {}"),
    (11, "E0317", 2, ".type a <: number .decl b(x:a) b(1).\n.comp a {}"),
    (11, "E0114", 1, ".functor f(x:number):number .decl f(x:number) f(1)."),
    (11, "E0317", 2, ".comp C {} .init a = C\n.init a = C"),
    (12, "E0206", 1, ".type number <: symbol"),
    (13, "E0208", 1, ".decl a(x:number, x:number) a(1,2)."),
    (14, "E0207", 1, ".decl a(x:T)"),
    (14, "E0207", 1, ".type T <: U"),
    (14, "E0207", 1, ".type T = U | number"),
    (14, "E0207", 2, ".decl a(x:number)\na(as(1, T))."),
    (19, "W0203", 1, ".decl a(x:number)"),
    (20, "W0201", 2, ".decl a(x:number) a(1).\na(1) :- a(y)."),
    (21, "W0202", 2, ".decl a(x:number) a(1).\na(_y) :- a(_y), a(_y)."),
    (22, "E0290", 2, ".decl a(x:number) a(1).\na(x) :- a(y), y > 0."),
    (22, "E0290", 2, ".decl a(x:number) a(1).\na(1) :- !a(x)."),
    (22, "E0290", 2, ".decl a(x:number) a(1).\na(1) :- x < 3."),
    (22, "E0290", 2, ".decl a(x:number) a(1).\na(x) :-\n  a(_),\n  x < 3."),
    (24, "E0253", 2, ".decl a(x:number) a(1).\na(_) :- a(1)."),
    (25, "E0253", 2, ".decl a(x:number) a(1).\na(x) :- a(x), x < _."),
    (25, "E0253", 2, ".decl a(x:number) a(1).\na(x) :- a(x), x = _ + 1."),
    (26, "E0300", 1, ".decl a(x:number) a(y)."),
    (26, "E0253", 1, ".decl a(x:number) a(_)."),
    (26, "E0300", 1, ".decl a(x:number, y:number) a(1, y + 1)."),
    (27, "E0289", 2, ".type A <: symbol .type B <: symbol .decl a(x:A) a(\"\") . .decl b(x:B) b(\"\").\na(x) :- a(x), b(x)."),
    (28, "E0290", 2, ".decl a(x:number) a(1).\na(x) :- a(x), to_string(y) = \"1\"."),
    (29, "E0288", 2, ".type A <: number .decl a(x:A) a(1). .decl b(x:number) b(1).\na(x) :- b(x)."),
    (30, "E0280", 2, ".decl a(x:number)\na(\"x\")."),
    (31, "E0281", 2, ".decl a(x:symbol)\na(1)."),
    (31, "E0281", 2, ".decl a(x:number)\na(1.5)."),
    (31, "E0281", 2, ".decl a(x:number)\na(1u)."),
    (31, "E0281", 2, ".decl a(x:unsigned)\na(-1)."),
    (31, "E0281", 2, ".decl a(x:unsigned)\na(1.5)."),
    (31, "E0281", 2, ".decl a(x:symbol)\na(1.5)."),
    (32, "E0284", 2, ".decl a(x:number) a(1).\na(1) :- 1 = \"a\"."),
    (37, "E0285", 2, ".decl a(x:number)\na(strlen(1))."),
    (37, "E0259", 2, ".decl a(x:number)\na(strlen(\"a\", \"b\"))."),
    (37, "E0285", 2, ".decl a(x:number)\na(\"a\" - \"b\")."),
    (37, "E0285", 2, ".decl a(x:float)\na(1.5 % 2.5)."),
    (37, "E0258", 2, ".decl a(x:number)\na(nofunctor(1))."),
    (38, "E0284", 2, ".decl a(x:number,y:symbol) a(1,\"\").\na(x,y) :- a(x,y), x = y."),
    (38, "E0284", 2, ".decl a(x:number,y:symbol) a(1,\"\").\na(x,y) :- a(x,y), x < y."),
    (38, "E0281", 2, ".decl a(x:symbol) a(\"\").\na(x) :- a(x), match(1, x)."),
    (39, "E0287", 2, ".decl a(x:symbol) a(\"\"). .decl r(x:number)\nr(x) :- x = sum y : { a(y) }."),
    (39, "E0287", 2, ".decl a(x:number) a(1). .decl r(x:number)\nr(x) :- x = mean y : { a(y) }."),
    (40, "E0291", 2, ".decl a(x:number,y:number) a(1,1). .decl r(x:number)\nr(x) :- 2 = count : { a(x,_) }."),
    (40, "E0291", 2, ".decl a(x:number,y:number) a(1,1). .decl r(x:number)\nr(x) :- 2 = sum y : { a(x,y) }."),
    (
        41,
        "E0292",
        2,
        ".decl a(x:number) a(1). .decl r(x:number)\nr(x) :- x = sum z : { a(z), z < y }, y = sum z : { a(z), z < x }.",
    ),
    (42, "E0304", 2, ".decl a(x:number) a(1). .decl r(x:number)\nr(x) :- a(x), !r(x)."),
    (42, "E0304", 2, ".decl a(x:number) a(1). .decl r(x:number)\nr(x) :- a(x), x = count : { r(_) }."),
    (44, "E0341", 1, ".decl a(x:number) inline\na(x) :- b(x).\n.decl b(x:number) inline\nb(x) :- a(x)."),
    (44, "E0340", 1, ".decl a(x:number) inline\n.output a\na(1)."),
    (44, "E0342", 2, ".decl a(x:number) inline a(1). .decl r(x:number)\nr(n) :- n = count : { a(_) }."),
    (
        44,
        "E0343",
        2,
        ".decl a(x:number) inline .decl b(x:number,y:number) b(1,1). a(x) :- b(x,y), y > 1. .decl r(x:number)\nr(x) :- b(x,_), !a(x).",
    ),
    (44, "E0344", 2, ".decl a(x:number) inline\na(autoinc())."),
    (44, "E0290", 2, ".decl a(x:number) inline .decl b(x:number) b(1). a(x) :- x > 0. .decl r(x:number)\nr(x) :- a(x)."),
    (
        44,
        "E0343",
        2,
        ".decl a(x:number,y:number) inline .decl b(x:number) b(1). a(x,y) :- b(x), b(y). .decl r(x:number)\nr(x) :- b(x), !a(x,_).",
    ),
    (44, "E0343", 2, ".type L = [x:number,y:number] .decl a(l:L) inline a([1,2]). .decl r(x:number)\nr(x) :- x = 1, !a([x,_])."),
    (45, "E0315", 3, ".comp A { .decl r(x:number)\nr(1). }\n.comp B : A { .override r }\n.init b = B"),
    (45, "E0315", 2, ".comp A { }\n.comp B : A { .override r }\n.init b = B"),
    (46, "E0310", 1, ".init a = C"),
    (46, "E0311", 2, ".comp C<T> { .decl r(x:T) r(1). }\n.init a = C"),
    (46, "E0318", 1, ".comp C : C {}\n.init c = C"),
    (46, "E0312", 2, ".comp C {\n.init c = C }\n.init c = C"),
    (46, "E0310", 1, ".comp C : D {}\n.init c = C"),
    (46, "E0318", 1, ".comp C : D {}\n.comp D : C {}"),
    (46, "E0310", 1, ".comp C : Nowhere {}"),
    (47, "E0320", 3, ".decl a(x:number) a(1).\na(x) :- a(x), a(x).\n.plan 0:(1)"),
    (47, "W0206", 3, ".decl a(x:number) a(1). .decl b(x:number)\nb(x) :- a(x).\n.plan 0:(1)"),
    (47, "E0321", 4, ".decl a(x:number) a(1).\n.decl p(x:number) p(x) :- a(x).\np(x) :- p(x), a(x).\n.plan 1:(1,2)"),
    (48, "E0316", 1, ".decl a(x:number) eqrel a(1)."),
    (48, "E0316", 1, ".decl a(x:number,y:symbol) eqrel a(1,\"\")."),
    (51, "E0207", 2, ".decl a(x:number) a(1).\na(as(x, T)) :- a(x)."),
    (52, "E0114", 2, ".decl a(x:number)\na(@f(1))."),
    (52, "E0114", 1, ".functor f(x:number):number"),
    (53, "E0113", 1, ".lattice L<> { Bottom -> 0 }"),
    (54, "E0113", 2, ".decl a(x:number) a(1).\n.decl d = debug_delta(a)"),
];

#[test]
fn every_kind_of_mistake_is_told_at_its_line() {
    for (kind, code, line, text) in KINDS {
        let sources = Sources::single("t.dl", text);
        let (tree, mut all) = parse(&sources);
        let (program, more) = check(&tree, &sources);
        all.extend(more);
        let told = all.iter().find(|d| d.code == *code && sources.line_column(d.primary.0).0 == *line);
        let shown = render(&all, &sources, Lang::En);
        let told = told.unwrap_or_else(|| panic!("kind {kind}: no {code} at line {line}\n{text}\n{shown}"));
        assert!(!told.message.en.is_empty() && !told.message.zh.is_empty(), "kind {kind} in both languages");
        assert!(told.help.is_some() || code.starts_with("E01"), "kind {kind}: {code} says what to do\n{shown}");
        let wrong = all.iter().any(|d| d.severity == Severity::Error);
        assert_eq!(wrong, code.starts_with('E'), "kind {kind}: a warning alone stops nothing\n{text}\n{shown}");
        assert!(!wrong || program.is_none() || all.iter().any(|d| d.code < "E02"), "kind {kind}: nothing is run");
    }
}

/// Kinds of records, algebraic types, subsumption and choice have tables of their own; 55 is of files, not of text.
#[test]
fn no_kind_is_forgotten() {
    let elsewhere = [15, 16, 17, 18, 23, 33, 34, 35, 36, 43, 49, 50, 55];
    let here: BTreeSet<u8> = KINDS.iter().map(|(kind, ..)| *kind).chain(elsewhere).collect();
    assert_eq!(here, (1..=55).collect());
}
