//! Plans as text, for a few shapes that everything else is made of. A change here is a change of how every program runs: look at it.

use super::by_hand::{Hand, L};
use crate::oracle::compile;
use huiyan::expr::{Compared, Fold};
use huiyan::plan::{plan, print};
use huiyan::program::Program;
use huiyan::types::Kind;

#[track_caller]
fn is_planned(hand: &Hand, text: &str) {
    program_is_planned(&hand.program, text);
}

#[track_caller]
fn program_is_planned(program: &Program, text: &str) {
    let printed = print(&plan(program), program);
    let strip = |text: &str| text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    let margin =
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let wanted: Vec<&str> = text.lines().map(|line| line.get(margin..).unwrap_or("")).collect();
    assert_eq!(strip(&printed), strip(&wanted.join("\n")), "\n{printed}");
}

#[test]
fn reach() {
    let mut hand = Hand::default();
    let arc = hand.input("arc", "x y", &[]);
    let source = hand.input("source", "x", &[]);
    let reach = hand.output("reach", "x");
    hand.rule(reach, "x", &[L::Is(source, "x")]);
    hand.rule(reach, "y", &[L::Is(reach, "x"), L::Is(arc, "x y")]);
    hand.stratum(&[reach], true);
    is_planned(
        &hand,
        r#"
        0 = input source
        1 = input arc
        2 = map 1 (k0 | k1)
        3 = fix
            0 = import 0 of outer 0
            1 = import 1 of outer 2
            2 = variable 0 next 5
            3 = concat 0 2
            4 = distinct 3
            5 = join 4 1 (r0 |)
            exports 4
        4 = export 0 of 3
        output reach = 4
        "#,
    );
}

#[test]
fn transitive_closure() {
    let mut hand = Hand::default();
    let arc = hand.input("arc", "x y", &[]);
    let tc = hand.output("tc", "x y");
    hand.rule(tc, "x y", &[L::Is(arc, "x y")]);
    hand.rule(tc, "x z", &[L::Is(tc, "x y"), L::Is(arc, "y z")]);
    hand.stratum(&[tc], true);
    is_planned(
        &hand,
        r#"
        0 = input arc
        1 = map 0 (k0 | k1)
        2 = fix
            0 = import 0 of outer 0
            1 = import 1 of outer 1
            2 = variable 0 next 7
            3 = map 0 (k1, k0 |)
            4 = concat 3 2
            5 = distinct 4
            6 = map 5 (k0 | k1)
            7 = join 6 1 (r0, l0 |)
            8 = map 5 (k1, k0 |)
            exports 8
        3 = export 0 of 2
        output tc = 3
        "#,
    );
}

/// The transitive rule meets what others propose, not what it made itself.
#[test]
fn an_equivalence_takes_steps() {
    let program =
        compile(".decl a(x: number, y: number)\n.input a\n.decl e(x: number, y: number) eqrel\n.output e\ne(x, y) :- a(x, y).\n");
    program_is_planned(
        &program.expect("it is sound"),
        r#"
        0 = input a
        1 = map 0 (k1, k0 |)
        2 = concat 0 1
        3 = distinct 2
        4 = map 3 (k0 | k1)
        5 = fix
            0 = import 0 of outer 3
            1 = import 1 of outer 4
            2 = variable 0 next 7
            3 = map 0 (k1, k0 |)
            4 = concat 3 2
            5 = distinct 4
            6 = map 5 (k0 | k1)
            7 = join 6 1 (r0, l0 |)
            8 = map 5 (k1, k0 |)
            exports 8
        6 = export 0 of 5
        output e = 6
        "#,
    );
}

#[test]
fn antijoin() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x y z", &[]);
    let b = hand.input("b", "y w", &[]);
    let p = hand.output("p", "z x");
    hand.rule(p, "z x", &[L::Is(a, "x y z"), L::Not(b, "y _"), L::Cmp("x", Compared::Ne, "z")]);
    hand.stratum(&[p], false);
    is_planned(
        &hand,
        r#"
        0 = input a
        1 = input b
        2 = map 0 (k1 | k0, k2) where k0 != k2
        3 = map 1 (k0 |)
        4 = distinct 3
        5 = anti 2 4 (l1, l0 |)
        6 = distinct 5
        output p = 6
        "#,
    );
}

#[test]
fn a_count_with_its_zeros() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x y", &[]);
    let b = hand.input("b", "x w", &[]);
    let p = hand.output("p", "x n");
    let count = L::Agg("n", Fold::Count, "", "x", vec![L::Is(b, "x *w")]);
    hand.rule(p, "x n", &[L::Is(a, "x _"), count, L::Cmp("n", Compared::Lt, "3")]);
    hand.stratum(&[p], false);
    is_planned(
        &hand,
        r#"
        0 = input a
        1 = input b
        2 = map 1 (k0 | k1)
        3 = reduce 2 count
        4 = map 0 (k0 |)
        5 = map 3 (k0 |)
        6 = join 4 3 (k0, r0 |) where r0 < 3
        7 = anti 4 5 (k0, 0 |) where 0 < 3
        8 = concat 6 7
        9 = distinct 8
        output p = 9
        "#,
    );
}

#[test]
fn a_group_that_the_body_cannot_find() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x", &[]);
    let b = hand.input("b", "w", &[]);
    let p = hand.output("p", "x n");
    let least = L::Agg("n", Fold::Min(Kind::Number), "w", "x", vec![L::Is(b, "w"), L::Cmp("w", Compared::Gt, "x")]);
    hand.rule(p, "x n", &[L::Is(a, "x"), least]);
    hand.stratum(&[p], false);
    is_planned(
        &hand,
        r#"
        0 = input a
        1 = input b
        2 = map 0 (| k0)
        3 = map 1 (| k0)
        4 = join 2 3 (l0 | r0) where r0 > l0
        5 = reduce 4 min l0
        6 = join 0 5 (k0, r0 |)
        output p = 6
        "#,
    );
}

#[test]
fn faults_beside_their_rule() {
    let mut hand = Hand::default();
    let a = hand.record("a", "x y", &[]);
    let b = hand.input("b", "z w", &[]);
    let p = hand.output("p", "x w");
    hand.rule(p, "x w", &[L::Is(a, "x y"), L::Is(b, "x w"), L::Cmp("w/y", Compared::Gt, "1")]);
    hand.stratum(&[p], false);
    is_planned(
        &hand,
        r#"
        0 = input a
        1 = input b
        2 = map 0 (k0 | k1)
        3 = map 1 (k0 | k1)
        4 = join 2 3 (k0, r0 |) where (r0 / l0) > 1
        5 = distinct 4
        6 = join 2 3 ("r0", "division-by-zero", "a", cat(written(k0), "|", written(l0)), written(k0) |) where fails (r0 / l0)
        7 = distinct 6
        output p = 5
        output (faults) = 7
        "#,
    );
}

/// A rule of absence as packs write them: what changes for everybody comes last, the clock last of all.
#[test]
fn a_missing_notice() {
    let program = compile(
        r#"
        .decl penalty(organ: symbol, no: symbol, id: symbol, day: date, annulled: date?)
        .record penalty(key="organ,no", owner="police", by="organ")
        .decl receipt(recipient: symbol, re_no: symbol, received: date)
        .record receipt(key="recipient,re_no", owner="police")
        .decl setting(rule: symbol, name: symbol, value: number)
        .record setting(key="rule,name", owner="operator")
        .decl covered(agency: symbol, through: date)
        .input covered
        .decl today(day: date)
        .clock today
        .decl seen(no: symbol, to: symbol)
        seen(doc_key(n), to) :- receipt(to, n, _).
        .decl missing(organ: symbol, no: symbol, to: symbol, due: date)
        .output missing
        @[name = "missing"]
        missing(o, n, to, due) :- today(t), penalty(o, n, _, d, nil), k = doc_key(n), setting("notice", "days", g),
            covered(to, through), !seen(k, to), due = d + g, due <= through, t > due.
        "#,
    );
    program_is_planned(
        &program.unwrap(),
        r#"
        0 = input receipt
        1 = map 0 (doc_key(k1), k0 |)
        2 = distinct 1
        3 = input penalty
        4 = input setting
        5 = map 3 (| k0, k1, k3, doc_key(k1)) where k4 is absent
        6 = map 4 (| k2) where k0 = "notice", k1 = "days"
        7 = input covered
        8 = join 5 6 (| l0, l1, l3, (l2 + r0))
        9 = map 7 (| k0, k1)
        10 = join 8 9 (l2, r0 | l0, l1, l3) where l3 <= r1
        11 = input today
        12 = anti 10 2 ((l2 + 1) | k1, l0, l1, l2)
        13 = agenda from 12 clock 11 (l1, l2, l0, l3 |)
        14 = distinct 13
        15 = join 5 6 (| l0, l1, l3) where fails (l2 + r0)
        16 = map 7 (| k0)
        17 = join 15 16 (l2, r0 | l0, l1)
        18 = anti 17 2 (| l0, l1)
        19 = map 11 (|)
        20 = distinct 19
        21 = join 18 20 ("missing", "date-range", "penalty", cat(l0, "|", l1), l0 |)
        22 = distinct 21
        output missing = 14
        output (faults) = 22
        "#,
    );
}

/// Rows that agree in what the two atoms share are looked at together, in every round; those that stay come round.
#[test]
fn the_shortest_ways() {
    let text = ".decl arc(x: number, y: number, w: number)\n.input arc\n.decl sp(x: number, y: number, d: number)\n.output sp\n\
        sp(x, y, w) :- arc(x, y, w).\nsp(x, z, d + w) :- sp(x, y, d), arc(y, z, w).\nsp(x, y, d) <= sp(x, y, e) :- e < d.";
    program_is_planned(
        &compile(text).unwrap(),
        r#"
        0 = input arc
        1 = map 0 (k0 | k1, k2)
        2 = fix
            0 = import 0 of outer 0
            1 = import 1 of outer 1
            2 = variable 0 next 10
            3 = concat 0 2
            4 = distinct 3
            5 = map 4 (k0, k1 | k2)
            6 = undominated where r0 < l0 of 5
            7 = map 6 (k0, k1, l0 |)
            8 = map 7 (k1 | k0, k2)
            9 = join 8 1 (l0, r0, (l1 + r1) |)
            10 = concat 9 4
            exports 7
        3 = export 0 of 2
        output sp = 3
        "#,
    );
}
