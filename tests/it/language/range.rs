//! Does `range` give the values that Soufflé gives, wherever it may stand?

use super::case;

const R: &str = ".decl r(x: number)\n";

#[test]
fn it_is_half_open_and_goes_down_where_the_end_is_less() {
    case(&format!("{R}r(x) :- x = range(1, 4)."), &["1", "2", "3"]);
    case(&format!("{R}r(x) :- x = range(4, 1)."), &["2", "3", "4"]);
    case(&format!("{R}r(x) :- x = range(0, 9, 4)."), &["0", "4", "8"]);
    case(&format!("{R}r(x) :- x = range(9, 0, -4)."), &["1", "5", "9"]);
    case(&format!("{R}r(x) :- x = range(0, 9, -4)."), &[]);
    case(&format!("{R}r(x) :- x = range(3, 3)."), &[]);
    case(&format!("{R}r(x) :- x = range(3, 9, 0)."), &["3"]);
    case(&format!("{R}r(x) :- x = range(3, 3, 0)."), &[]);
}

#[test]
fn it_is_of_the_kind_that_is_wanted() {
    case(".decl r(x: unsigned)\nr(x) :- x = range(3, 0).", &["1", "2", "3"]);
    case(".decl r(x: float)\nr(x) :- x = range(0, 1, 0.5).", &["0", "0.5"]);
    case(".decl r(t: symbol)\nr(to_string(x / 2)) :- x = range(1.0, 3.0).", &["0.500000", "1.000000"]);
}

#[test]
fn it_stands_in_heads_facts_atoms_and_comparisons() {
    case(&format!("{R}r(range(0, 2) * 10)."), &["0", "10"]);
    case(&format!("{R}r(range(x, x + 2)) :- B(x)."), &["1", "2", "3", "4"]);
    case(&format!("{R}r(x) :- B(x), A(range(0, x), _)."), &["3"]);
    case(&format!("{R}r(x) :- B(x), !A(range(2, 4), _)."), &["1", "3"]);
    case(&format!("{R}r(x) :- B(x), x = range(0, 3)."), &["1"]);
    case(".decl r(x: number, y: number)\nr(x, y) :- x = range(0, 2), y = range(x, 2).", &["0|0", "0|1", "1|1"]);
    case(&format!("{R}r(x) :- x = range(0, n), n = count : {{ B(_) }}."), &["0", "1"]);
}

#[test]
fn an_aggregate_may_range_over_it_alone() {
    case(&format!("{R}r(n) :- n = sum x : {{ x = range(1, 5) }}."), &["10"]);
    case(&format!("{R}r(n) :- n = count : {{ _x = range(1, 5) }}."), &["4"]);
    case(&format!("{R}r(n) :- n = max range(1, 5) : {{ B(_) }}."), &["4"]);
    case(".decl r(x: number, n: number)\nr(x, n) :- B(x), n = count : { y = range(0, x) }.", &["1|1", "3|3"]);
    // With a range beside it, an atom's rows no longer count, but what its named variables are.
    case(&format!("{R}r(n) :- n = sum x : {{ A(x, _), x = range(0, 9) }}."), &["3"]);
}

#[test]
fn it_goes_on_in_recursion() {
    case(&format!("{R}r(0).\nr(y) :- r(x), x < 6, y = range(x + 1, x + 3)."), &["0", "1", "2", "3", "4", "5", "6", "7"]);
}

/// An end without a value is a fault like any other, and there are no rows.
#[test]
fn an_end_without_a_value_gives_nothing() {
    case(&format!("{R}r(x) :- B(b), x = range(0, 3 / (b - 1))."), &["0"]);
}

#[test]
fn a_program_may_have_a_relation_of_its_name() {
    case(".decl range(a: number, b: number)\nrange(1, 2).\n.decl r(x: number)\nr(x) :- range(x, _).", &["1"]);
}
