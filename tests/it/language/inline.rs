//! Does a rule of an `inline` relation mean the same wherever it is written in?
//!
//! Where its rules are sound by themselves, the rows are those of the same program without the word.

use super::{case, rows};

/// The rows of `r` with the word, which are those without it, as far as there may be none.
fn same(program: &str, expected: &[&str]) {
    case(program, expected);
    case(&program.replace(" inline", ""), expected);
}

const R: &str = ".decl r(x: number)\n";
const R2: &str = ".decl r(x: number, y: number)\n";

#[test]
fn every_use_has_variables_of_its_own() {
    let q = ".decl q(x: number) inline\nq(y) :- A(x, y), x = 1.\n";
    same(&format!("{q}{R2}r(x, y) :- A(x, y), q(x), q(y)."), &["1|1", "1|2"]);
    same(&format!("{q}{R}r(y_2) :- q(y), q(y_2), y < y_2."), &["2"]);
}

#[test]
fn several_rules_and_heads_of_constants_and_repeated_variables() {
    let q = ".decl q(x: number, y: number) inline\nq(x, x) :- A(x, _).\nq(x, 9) :- B(x).\nq(4, 4).\nq(x, y) :- A(y, x).\n";
    same(&format!("{q}{R2}r(x, y) :- q(x, y)."), &["1|1", "1|9", "2|1", "2|2", "3|9", "4|4", "5|2"]);
    same(&format!("{q}{R}r(x) :- q(x, x)."), &["1", "2", "4"]);
    same(&format!("{q}{R}r(x) :- q(x, 9)."), &["1", "3"]);
    same(&format!("{q}{R}r(x) :- q(x, _), q(_, x)."), &["1", "2", "4"]);
    same(&format!("{q}{R}r(x) :- B(x), !q(x, 9).\nr(x) :- A(_, x), !q(x, x)."), &["5"]);
    same(&format!("{q}{R}r(y) :- A(_, y), !q(y + 3, y + 3)."), &["2", "5"]);
}

#[test]
fn a_rule_that_is_unsound_by_itself_is_sound_where_it_is_used() {
    let q = ".decl next(x: number, y: number) inline\nnext(x, y) :- y = x + 1.\nnext(x, x * 10) :- true.\n\
             .decl small(x: number) inline\nsmall(x) :- x < 3.\n";
    case(&format!("{q}{R2}r(x, y) :- B(x), next(x, y)."), &["1|2", "1|10", "3|4", "3|30"]);
    case(&format!("{q}{R}r(x) :- A(x, _), small(x), !next(x, 2)."), &["2"]);
    case(&format!("{q}{R}r(x) :- B(x), !small(x)."), &["3"]);
    case(&format!("{q}{R2}r(x, z) :- B(x), next(x, y), next(y, z), small(x)."), &["1|3", "1|11", "1|20", "1|100"]);
}

#[test]
fn negation_goes_inward() {
    let q = ".decl q(x: number, y: number) inline\nq(x, y) :- A(x, y), y > 1.\nq(x, y) :- !B(x), x = y.\n";
    case(&format!("{q}{R2}r(x, y) :- A(x, _), A(_, y), !q(x, y)."), &["1|1", "1|5", "2|1"]);
    let nested = ".decl in(x: number) inline\nin(x) :- B(x).\n.decl out(x: number) inline\nout(x) :- A(x, _), !in(x).\n";
    let twice = format!("{nested}.decl q(x: number) inline\nq(x) :- A(x, _), in(x).\n");
    same(&format!("{nested}{R}r(x) :- out(x)."), &["2"]);
    case(&format!("{twice}{R}r(y) :- A(_, y), !in(y)."), &["2", "5"]);
}

#[test]
fn aggregates_of_its_rules_are_grouped_by_its_columns() {
    let q = ".decl many(x: number, n: number) inline\nmany(x, n) :- n = count : { A(x, _) }.\n";
    case(&format!("{q}{R2}r(x, n) :- B(x), many(x, n)."), &["1|2", "3|0"]);
    case(&format!("{q}{R2}r(x, n) :- B(x), many(x + 1, n)."), &["1|1", "3|0"]);
    case(&format!("{q}{R}r(x) :- B(x), !many(x, 0)."), &["1"]);
    let own = ".decl high(y: number) inline\nhigh(y) :- y = max x : { A(_, x) }.\n";
    same(&format!("{own}{R2}r(x, y) :- A(x, _), high(y)."), &["1|5", "2|5"]);
}

#[test]
fn recursion_goes_through_it() {
    let q = format!("{R2}.decl step(x: number, y: number) inline\nstep(x, y) :- r(x, z), A(z, y).\n");
    same(&format!("{q}r(x, y) :- A(x, y).\nr(x, y) :- step(x, y)."), &["1|1", "1|2", "1|5", "2|5"]);
}

#[test]
fn without_rules_it_never_holds_and_its_negation_always() {
    let q = ".decl q(x: number) inline\n";
    case(&format!("{q}{R}r(x) :- B(x), q(x)."), &[]);
    case(&format!("{q}{R}r(x) :- B(x), !q(x)."), &["1", "3"]);
}

/// The kind of a constant follows from the column of the relation, not from where its rule is written in.
#[test]
fn constants_keep_the_kind_of_the_column() {
    case(".decl q(x: float) inline\nq(7).\n.decl r(t: symbol)\nr(to_string(x / 2)) :- q(x).", &["3.500000"]);
}

#[test]
fn a_value_that_nobody_asks_for_must_be_there() {
    let q = ".decl q(x: number, y: number) inline\nq(x, 10 / (x - 1)) :- B(x).\n";
    same(&format!("{q}{R}r(x) :- q(x, _)."), &["3"]);
}

#[test]
fn a_fact_with_an_aggregate_is_a_rule() {
    assert_eq!(rows(".decl B(x: number)\nB(1). B(3).\n.decl r(n: number)\n.output r\nr(sum x : { B(x) } + 1)."), ["5"]);
}

#[test]
fn firings_are_counted_and_rows_dropped_by_what_is_written_in() {
    let q = ".decl q(x: number) inline\nq(x) :- B(x).\nq(x + 10) :- B(x).\n.decl less(x: number, y: number) inline\nless(x, y) :- x < y.\n";
    case(&format!("{q}{R2}r($, x) :- q(x)."), &["0|1", "1|3", "2|11", "3|13"]);
    case(&format!("{q}{R}r(x) :- q(x).\nr(x) <= r(y) :- less(x, y)."), &["13"]);
}

/// What a head puts together a use takes apart, and the other way round.
#[test]
fn records_are_solved_field_by_field() {
    let types = ".type L = [x: number, y: number]\n.type P = [l: L, z: number]\n.decl q(l: L)\nq([x, y]) :- A(x, y).\n";
    let less = ".decl p(l: L) inline\np([a, b]) :- a < b.\n";
    case(&format!("{types}{less}{R2}r(x, y) :- A(x, y), p([x, y])."), &["1|2", "2|5"]);
    case(&format!("{types}{less}{R2}r(x, y) :- q(l), p(l), l = [x, y]."), &["1|2", "2|5"]);
    case(&format!("{types}{less}{R2}r(x, y) :- q([x, y]), p([x + 1, y])."), &["2|5"]);
    case(&format!("{types}{less}{R}r(x) :- A(x, y), !p([x, y])."), &["1"]);
    case(&format!("{types}{less}{R2}r(x, y) :- q(l), l = [x, y], !p(l)."), &["1|1"]);
    case(&format!("{types}{less}.decl n(l: L)\nn(nil).\nn([2, 1]).\n{R}r(1) :- n(nil), !p(nil).\nr(2) :- p(nil)."), &["1"]);
    let taken = ".decl p(l: L) inline\np(l) :- l = [a, b], a < b.\n";
    case(&format!("{types}{taken}{R2}r(x, y) :- A(x, y), p([x, y])."), &["1|2", "2|5"]);
    case(&format!("{types}{taken}{R}r(x) :- A(x, y), !p([x, y])."), &["1"]);
    case(&format!("{types}{taken}{R2}r(x, y) :- q(l), !p(l), l = [x, y]."), &["1|1"]);
    let pair = ".decl pair(l: L) inline\npair([x, y]) :- A(x, y).\npair([y, 9]) :- B(y).\npair([7, 7]).\n";
    same(&format!("{types}{pair}{R2}r(x, y) :- pair([x, y])."), &["1|1", "1|2", "1|9", "2|5", "3|9", "7|7"]);
    same(
        &format!("{types}{pair}{R}r(x) :- pair([x, 5]).\nr(y) :- pair([3, y]).\nr(x) :- pair([x, _])."),
        &["1", "2", "3", "7", "9"],
    );
    same(&format!("{types}{pair}{R}r(x) :- pair([x, x])."), &["1", "7"]);
    same(&format!("{types}{pair}{R2}r(x, y) :- A(x, y), !pair([y, x])."), &["1|2", "2|5"]);
    same(&format!("{types}{pair}{R2}r(x, y) :- A(x, y), pair(l), l != [x, y], l = [x, _]."), &["1|1", "1|2"]);
    let deep = ".decl deep(p: P) inline\ndeep([[a, b], c]) :- A(a, b), c = a + b.\n";
    same(&format!("{types}{deep}{R2}r(x, z) :- deep([[x, _], z])."), &["1|2", "1|3", "2|7"]);
    same(&format!("{types}{deep}{R}r(x) :- B(x), !deep([[x, 1], 2])."), &["3"]);
    same(&format!("{types}{deep}.decl r(l: L)\nr(l) :- deep([l, 7])."), &["[2, 5]"]);
    let has = ".decl has(x: number) inline\nhas(x) :- q([x, 2]).\n";
    same(&format!("{types}{has}{R}r(x) :- B(x), has(x).\nr(x) :- B(x), !has(x), x > 2."), &["1", "3"]);
}

#[test]
fn branches_are_solved_field_by_field() {
    let t = ".type T = N {x: number} | S {l: T, r: T} | M {}\n.decl n(t: T) inline\nn($N(x)) :- B(x).\nn($M).\nn($S($N(x), $M)) :- A(x, 5).\n";
    same(&format!("{t}{R}r(x) :- n($N(x)).\nr(9) :- n($M())."), &["1", "3", "9"]);
    same(&format!("{t}{R}r(x) :- n($S($N(x), _)).\nr(8) :- n($S($M, _))."), &["2"]);
    same(&format!("{t}{R}r(x) :- A(x, _), !n($N(x)).\nr(x) :- B(x), !n($S($N(x), $M))."), &["1", "2", "3"]);
}

/// What has no value gives no row, and the negation of a relation without the row holds.
#[test]
fn a_negation_holds_where_a_rule_has_no_value() {
    let z = ".decl Z(x: number)\nZ(0). Z(1). Z(6).\n.decl T(t: symbol)\nT(\"7\"). T(\"1\"). T(\"x\").\n";
    let q = ".decl q(x: number) inline\nq(x) :- Z(x), 6 / x > 2.\n";
    same(&format!("{z}{q}{R}r(x) :- Z(x), !q(x)."), &["0", "6"]);
    same(&format!("{z}{q}.decl out(x: number) inline\nout(x) :- Z(x), !q(x).\n{R}r(x) :- Z(x), !out(x)."), &["1"]);
    same(
        &format!("{z}{q}.decl both(x: number) inline\nboth(x) :- q(x).\nboth(x) :- Z(x), x > 5.\n{R}r(x) :- Z(x), !both(x)."),
        &["0"],
    );
    let h = ".decl h(x: number, y: number) inline\nh(x, 6 / x) :- Z(x).\n";
    same(&format!("{z}{h}{R}r(x) :- Z(x), !h(x, 1)."), &["0", "1"]);
    let b = ".decl b(x: number) inline\nb(x) :- B(x).\n";
    same(&format!("{z}{b}{R}r(x) :- Z(x), !b(6 / x)."), &["1"]);
    let s = ".decl s(t: symbol) inline\ns(t) :- T(t), to_number(t) > 3.\n";
    same(&format!("{z}{s}.decl r(t: symbol)\nr(t) :- T(t), !s(t)."), &["1", "x"]);
    let l = ".type L = [x: number, y: number]\n.decl l(l: L) inline\nl([x, 6 / x]) :- Z(x).\n";
    same(&format!("{z}{l}{R}r(x) :- Z(x), !l([x, 1])."), &["0", "1"]);
    let range = ".decl q(x: number) inline\nq(x) :- x = range(0, 3).\n";
    same(&format!("{range}{R}r(x) :- B(x), !q(x)."), &["3"]);
}

/// Three uses of thirty rules would be 27,000 rules.
#[test]
fn what_would_come_to_too_much_stays_a_relation() {
    let rules: String = (0..30).map(|i| format!("q(x, y) :- A(x, y), y > {i} - 28.\n")).collect();
    let q = format!(".decl q(x: number, y: number) inline\n{rules}");
    same(&format!("{q}{R}r(z) :- q(_, x), q(x, z), q(_, z)."), &["1", "2", "5"]);
    // What is no relation by itself is written into what is.
    let next = ".decl next(x: number, y: number) inline\nnext(x, y) :- y = x + 1.\n";
    case(&format!("{q}{next}{R}r(w) :- q(_, x), q(x, z), q(_, z), next(z, w)."), &["2", "3", "6"]);
}
