//! Relations of which not all rows stay: small programs whose rows follow from what is said of Soufflé and of this language.

use super::rows;

/// The rows of `r` in a program.
#[track_caller]
fn case(program: &str, expected: &[&str]) {
    assert_eq!(rows(&format!("{program}\n.output r")), expected, "{program}");
}

const ARCS: &str = ".decl arc(x: symbol, y: symbol, w: number)\n\
    arc(\"a\", \"b\", 1). arc(\"b\", \"c\", 1). arc(\"a\", \"c\", 5). arc(\"c\", \"a\", 2). arc(\"c\", \"d\", 4).\n";

#[test]
fn of_all_ways_the_shortest_stays_though_there_are_circles() {
    let r =
        ".decl r(x: symbol, y: symbol, d: number)\nr(x, y, w) :- arc(x, y, w).\nr(x, z, d + w) :- r(x, y, d), arc(y, z, w).\n";
    let shortest = ["a|a|4", "a|b|1", "a|c|2", "a|d|6", "b|a|3", "b|b|4", "b|c|1", "b|d|5", "c|a|2", "c|b|3", "c|c|4", "c|d|4"];
    case(&format!("{ARCS}{r}r(x, y, d1) <= r(x, y, d2) :- d2 < d1."), &shortest);
    // Distances differ in rows that differ: the same with `<=`, and with the order from another relation.
    case(&format!("{ARCS}{r}r(x, y, d1) <= r(x, y, d2) :- d2 <= d1."), &shortest);
    let order = ".decl less(a: number, b: number)\nless(x, x + 1) :- arc(_, _, x).\nless(0, 1). less(x, y + 1) :- less(x, y), y < 20.\n\
        less(y, y + 1) :- less(_, y), y < 20.\n";
    case(
        &format!(
            "{ARCS}{order}{r}r(x, y, d1) <= r(x, y, d2) :- less(d2, d1), d1 <= 20.\nr(x, y, d) <= r(x, y, e) :- d > 20, e < d."
        ),
        &shortest,
    );
}

#[test]
fn nothing_is_better_in_all_than_what_stays() {
    let offers = ".decl offer(n: symbol, price: number, weight: number)\n\
        offer(\"a\", 10, 5). offer(\"b\", 8, 7). offer(\"c\", 12, 5). offer(\"d\", 8, 7). offer(\"e\", 9, 6).\n\
        .decl r(n: symbol, price: number, weight: number)\nr(n, p, w) :- offer(n, p, w).\n";
    let front = ["a|10|5", "b|8|7", "d|8|7", "e|9|6"];
    case(&format!("{offers}r(n1, p1, w1) <= r(n2, p2, w2) :- n1 != n2, p2 <= p1, w2 <= w1, (p2 < p1 ; w2 < w1)."), &front);
    // Offers that are as good as each other are dropped for each other: the first by value stays.
    case(&format!("{offers}r(n1, p1, w1) <= r(n2, p2, w2) :- n1 != n2, p2 <= p1, w2 <= w1."), &["a|10|5", "b|8|7", "e|9|6"]);
}

#[test]
fn what_two_rows_come_to_stays_though_both_are_dropped_for_it() {
    let spans = ".decl span(a: number, b: number)\nspan(1, 3). span(2, 5). span(7, 8). span(5, 6). span(10, 12). span(11, 11).\n\
        .decl r(a: number, b: number)\nr(a, b) :- span(a, b).\nr(min(a, c), max(b, d)) :- r(a, b), r(c, d), c <= b, a <= d.\n";
    case(&format!("{spans}r(a, b) <= r(c, d) :- c <= a, b <= d."), &["1|6", "7|8", "10|12"]);
    let lattice = ".decl set(v: symbol, c: symbol)\n.decl copy(v: symbol, w: symbol)\n\
        set(\"x\", \"1\"). set(\"y\", \"1\"). set(\"y\", \"2\"). copy(\"z\", \"x\"). copy(\"z\", \"y\"). copy(\"x\", \"x\").\n\
        .decl r(v: symbol, c: symbol)\nr(v, c) :- set(v, c).\nr(v, c) :- copy(v, w), r(w, c).\nr(v, \"top\") :- r(v, a), r(v, b), a != b.\n";
    case(&format!("{lattice}r(v, a) <= r(v, \"top\") :- a != \"top\"."), &["x|1", "y|top", "z|top"]);
}

#[test]
fn what_a_dropped_row_gave_rise_to_elsewhere_goes_with_it() {
    // In the first round `best` has 5; then 3 comes, and what was seen of 5 is seen no more.
    let text = ".decl start(x: number, d: number)\nstart(1, 5). start(2, 1).\n.decl link(x: number, y: number, w: number)\nlink(2, 1, 2).\n\
        .decl best(x: number, d: number)\n.decl seen(x: number, d: number)\nbest(x, d) :- start(x, d).\nseen(x, d) :- best(x, d).\n\
        best(y, d + w) :- seen(x, d), link(x, y, w).\nbest(x, d) <= best(x, e) :- e < d.\n.decl r(x: number, d: number)\n";
    case(&format!("{text}r(x, d) :- seen(x, d)."), &["1|3", "2|1"]);
    case(&format!("{text}r(x, d) :- best(x, d)."), &["1|3", "2|1"]);
}

#[test]
fn one_row_for_each_key_and_the_first_written_comes_first() {
    let r = ".decl r(a: number, b: number) choice-domain a\n";
    case(&format!("{r}r(1, 5). r(1, 2). r(2, 2)."), &["1|5", "2|2"]);
    let p = ".decl p(a: number, b: number)\np(1, 5). p(1, 2). p(2, 7).\n";
    case(&format!("{p}{r}r(a, b) :- p(a, b)."), &["1|2", "2|7"]);
    case(&format!("{p}{r}r(a, b) :- p(a, b), b > 2.\nr(a, b) :- p(a, b)."), &["1|5", "2|7"]);
    let s = ".decl s(x: symbol)\ns(\"b\"). s(\"吴\"). s(\"a\").\n.decl r(x: symbol, y: number) choice-domain y\n";
    case(&format!("{s}r(x, 1) :- s(x)."), &["a|1"]);
}

#[test]
fn with_several_domains_nothing_is_left_out_that_meets_no_row() {
    // (1,1) stays; (1,2) and (2,1) meet it; (2,2) meets only what is left out.
    let p = ".decl p(a: number, b: number)\np(1, 1). p(1, 2). p(2, 1). p(2, 2).\n";
    case(&format!("{p}.decl r(a: number, b: number) choice-domain a, b\nr(a, b) :- p(a, b)."), &["1|1", "2|2"]);
    let q = ".decl q(a: number, b: number, c: number)\nq(1, 1, 1). q(1, 2, 2). q(2, 1, 1). q(2, 1, 2).\n";
    case(
        &format!("{q}.decl r(a: number, b: number, c: number) choice-domain a, (b, c)\nr(a, b, c) :- q(a, b, c)."),
        &["1|1|1", "2|1|2"],
    );
}

#[test]
fn an_earlier_round_chooses_first() {
    // A tree: 4 is reached by way of 2 in two rounds, by way of 9 in one.
    let e = ".decl e(x: number, y: number)\ne(0, 1). e(0, 9). e(1, 2). e(2, 4). e(9, 4). e(4, 0).\n";
    let tree = ".decl r(x: number, y: number) choice-domain y\nr(0, 0).\nr(x, y) :- r(_, x), e(x, y).";
    case(&format!("{e}{tree}"), &["0|0", "0|1", "0|9", "1|2", "9|4"]);
}

#[test]
fn firings_have_numbers_without_a_gap() {
    let p = ".decl p(a: number, b: number)\np(7, 1). p(7, 2). p(3, 1).\n.decl q(x: symbol)\nq(\"b\"). q(\"a\").\n";
    case(&format!("{p}.decl r(i: number, a: number)\nr($, a) :- p(a, _)."), &["0|3", "1|7", "2|7"]);
    case(&format!("{p}.decl r(i: number)\nr(autoinc()) :- p(_, _)."), &["0"]);
    // One counter for the whole program: by strata, and there as rules are written.
    case(
        &format!("{p}.decl r(i: number, x: symbol)\nr($, x) :- q(x).\nr(autoinc(), to_string(a)) :- p(a, 1)."),
        &["0|a", "1|b", "2|3", "3|7"],
    );
    case(&format!("{p}.decl r(i: number, j: number)\nr(autoinc(), autoinc()) :- q(_x)."), &["0|1", "2|3"]);
    case(&format!("{p}.decl r(i: number, x: symbol)\nr(i + 10, x) :- q(x), i = autoinc(), i > 0."), &["11|b"]);
    // What no output needs takes no numbers.
    case(&format!("{p}.decl u(i: number)\nu($) :- q(_x).\n.decl r(i: number)\nr($) :- q(_x)."), &["0", "1"]);
    case(&format!("{p}.decl u(i: number)\nu($) :- q(_x).\n.decl r(i: number)\nr($) :- q(_x), u(_)."), &["2", "3"]);
    // Programs walk them.
    let walk = ".decl n(i: number, a: number)\nn($, a) :- p(a, _).\n.decl r(i: number, total: number)\nr(0, a) :- n(0, a).\nr(i + 1, s + a) :- r(i, s), n(i + 1, a).";
    case(&format!("{p}{walk}"), &["0|3", "1|10", "2|17"]);
}

#[test]
fn a_rule_that_only_begins_a_recursion_has_numbers_once() {
    let q = ".decl q(x: symbol)\nq(\"b\"). q(\"a\").\n.decl r(i: number)\n";
    case(&format!("{q}r($) :- q(_x).\nr(i + 2) :- r(i), i < 4."), &["0", "1", "2", "3", "4", "5"]);
    // `h` is derived twice, once more from the rows of `s` that stay; `t` is numbered after it.
    let h = ".decl h(i: number)\n.decl s(i: number)\n.decl t(i: number)\nh($ + 5) :- q(_x).\nh(i - 1) :- s(i), i > 4.\n\
        s(i) :- h(i).\ns(i) <= s(j) :- i < j.\nt($) :- q(_x).\n";
    case(&format!("{q}{h}r(i) :- h(i)."), &["5", "6"]);
    case(&format!("{q}{h}r(i) :- t(i), h(_)."), &["2", "3"]);
}

#[test]
fn a_limit_ends_the_rounds_of_a_recursion() {
    let up = ".decl r(x: number)\nr(0).\nr(x + 1) :- r(x).\n.limitsize r(n=4)";
    case(up, &["0", "1", "2", "3"]);
    // It is no cap: a round is not cut in two, and without recursion it says nothing.
    case(
        ".decl r(x: number)\nr(0).\nr(2 * x + 1), r(2 * x + 2) :- r(x).\n.limitsize r(n=4)",
        &["0", "1", "2", "3", "4", "5", "6"],
    );
    case(".decl r(x: number)\nr(0). r(1). r(2).\n.limitsize r(n=1)", &["0", "1", "2"]);
    // All relations of the recursion stop.
    let two = ".decl t(x: number)\n.decl r(x: number)\nt(0).\nr(x) :- t(x).\nt(x + 1) :- r(x).\n.limitsize t(n=3)";
    case(two, &["0", "1"]);
}

/// The usual forms of it: a column that does not matter, an order of evaluation behind it.
#[test]
fn a_row_is_dropped_whatever_stands_where_nothing_is_named() {
    let d = ".decl r(x: number, y: number)\nr(1, 1). r(2, 3). r(1, 3).\n";
    case(&format!("{d}r(_, y) <= r(_, z) :- y < z."), &["1|3", "2|3"]);
    case(&format!("{d}r(x, y) <= r(x, z) :- y < z.\n.plan 0:(1,2), 1:(2,1)"), &["1|3", "2|3"]);
    let path = ".type P = [x: number, p: P]\n.decl w(x: number, c: number, p: P)\nw(1, 5, [1, nil]). w(1, 3, [2, nil]).\n";
    case(&format!("{path}w(x, c, _) <= w(x, c2, _) :- c2 < c.\n.decl r(x: number, c: number)\nr(x, c) :- w(x, c, _)."), &["1|3"]);
}

/// Who supersedes whom is no order: the last of a chain drops only the one before it.
#[test]
fn a_chain_of_rows_that_supersede_each_other_comes_to_an_end() {
    let chain = ".decl nxt(x: symbol, y: symbol)\nnxt(\"p\", \"a\"). nxt(\"a\", \"b\"). nxt(\"b\", \"c\").\n\
        .decl up(x: symbol, y: symbol)\nup(\"a\", \"b\"). up(\"b\", \"c\").\n";
    case(&format!("{chain}.decl r(x: symbol)\nr(\"p\"). r(y) :- r(x), nxt(x, y).\nr(x) <= r(y) :- up(x, y)."), &["c", "p"]);
}

/// The one of the lesser value, not the one that was built first.
#[test]
fn records_are_chosen_by_value() {
    let p = ".type P = [a: number, b: number]\n.decl raw(a: number)\nraw(0). raw(9).\n";
    let one = ".decl one(k: number, p: P) choice-domain k\none(1, [-a, a]) :- raw(a).\n";
    case(&format!("{p}{one}.decl r(a: number)\nr(a) :- one(_, [a, _])."), &["-9"]);
}
