//! Are plans what their text says, and do optimisations leave answers alone?

mod by_hand;
mod clocks;
mod golden;
mod interpret;
mod random;

use by_hand::{Hand, L};
use huiyan::expr::{Compared, Fold};
use huiyan::plan::Options;
use huiyan::types::{Kind, RelId};

const N: Kind = Kind::Number;

/// All optimisations, none, and each one missing.
fn all_options() -> Vec<Options> {
    let (all, none) = (Options::default(), Options::NONE);
    vec![
        all,
        none,
        Options { sharing: false, ..all },
        Options { early_projection: false, ..all },
        Options { reorder: false, ..all },
        Options { skip_distinct: false, ..all },
        Options { constants: false, ..all },
        Options { turn: false, ..all },
        Options { steps: false, ..all },
        Options { steps: true, ..none },
        Options { agenda: false, ..all },
        Options { agenda: true, ..none },
    ]
}

#[track_caller]
fn gives(hand: &Hand, relation: RelId, rows: &[&str]) {
    for options in all_options() {
        assert_eq!(hand.rows(relation, &options), rows, "{options:?}");
    }
}

#[track_caller]
fn faults(hand: &Hand, rows: &[&str]) {
    for options in all_options() {
        assert_eq!(hand.faults(&options), rows, "{options:?}");
    }
}

#[test]
fn a_join_a_filter_and_facts() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x y", &["1 2", "2 3", "3 3"]);
    let b = hand.input("b", "y z", &["2 5", "3 1", "3 7"]);
    let p = hand.output("p", "x z");
    hand.rule(p, "x z", &[L::Is(a, "x y"), L::Is(b, "y z"), L::Cmp("x", Compared::Lt, "z")]);
    hand.rule(p, "x x", &[L::Is(a, "x x")]);
    hand.fact(p, "9 9");
    hand.stratum(&[p], false);
    gives(&hand, p, &["1 5", "2 7", "3 3", "3 7", "9 9"]);
}

#[test]
fn recursion_reaches_what_is_reachable_and_its_base_may_be_anything() {
    let mut hand = Hand::default();
    let arc = hand.input("arc", "x y", &["1 2", "2 3", "3 1", "4 5", "7 8"]);
    let mark = hand.input("mark", "x", &["4"]);
    let path = hand.output("path", "x y");
    hand.rule(path, "x y", &[L::Is(arc, "x y"), L::Cmp("x", Compared::Lt, "7")]);
    hand.rule(path, "x z", &[L::Is(path, "x y"), L::Is(arc, "y z"), L::Not(mark, "x")]);
    hand.fact(path, "5 7");
    hand.stratum(&[path], true);
    let cycle = ["1 1", "1 2", "1 3", "2 1", "2 2", "2 3", "3 1", "3 2", "3 3"];
    let rows: Vec<&str> = cycle.into_iter().chain(["4 5", "5 7", "5 8"]).collect();
    gives(&hand, path, &rows);
}

#[test]
fn mutual_recursion_stands_in_one_scope() {
    let mut hand = Hand::default();
    let next = hand.input("next", "x y", &["0 1", "1 2", "2 3", "3 4"]);
    let even = hand.output("even", "x");
    let odd = hand.output("odd", "x");
    hand.fact(even, "0");
    hand.rule(even, "y", &[L::Is(odd, "x"), L::Is(next, "x y")]);
    hand.rule(odd, "y", &[L::Is(even, "x"), L::Is(next, "x y")]);
    hand.stratum(&[even, odd], true);
    gives(&hand, even, &["0", "2", "4"]);
    gives(&hand, odd, &["1", "3"]);
}

#[test]
fn what_a_loop_does_not_change_is_outside_of_it() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x y", &["1 2", "2 3"]);
    let b = hand.input("b", "y z", &["2 3", "3 4"]);
    let p = hand.output("p", "x");
    hand.fact(p, "1");
    // a and b join without p: the interpreter refuses to join two imports.
    hand.rule(p, "z", &[L::Is(a, "x y"), L::Is(b, "y z"), L::Is(p, "x")]);
    hand.stratum(&[p], true);
    gives(&hand, p, &["1", "3"]);
}

#[test]
fn negation_with_wildcards_constants_expressions_and_nothing_at_all() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x", &["1", "2", "3", "4"]);
    let b = hand.input("b", "x y", &["1 7", "2 0", "4 4"]);
    let empty = hand.input("empty", "x", &[]);
    let relations: Vec<RelId> =
        ["any", "constant", "computed", "twice", "none", "some"].map(|name| hand.output(name, "x")).to_vec();
    let [any, constant, computed, twice, none, some] = relations[..] else { unreachable!() };
    hand.rule(any, "x", &[L::Is(a, "x"), L::Not(b, "x _")]);
    hand.rule(constant, "x", &[L::Is(a, "x"), L::Not(b, "x 7")]);
    hand.rule(computed, "x", &[L::Is(a, "x"), L::Not(b, "x-1 _")]);
    hand.rule(twice, "x", &[L::Is(a, "x"), L::Not(b, "x x")]);
    hand.rule(none, "x", &[L::Is(a, "x"), L::Not(empty, "_")]);
    hand.rule(some, "x", &[L::Is(a, "x"), L::Not(b, "_ 7")]);
    relations.iter().for_each(|id| hand.stratum(&[*id], false));
    gives(&hand, any, &["3"]);
    gives(&hand, constant, &["2", "3", "4"]);
    gives(&hand, computed, &["1", "4"]);
    gives(&hand, twice, &["1", "2", "3"]);
    gives(&hand, none, &["1", "2", "3", "4"]);
    gives(&hand, some, &[]);
}

#[test]
fn a_body_without_atoms_holds_once() {
    let mut hand = Hand::default();
    let b = hand.input("b", "x", &["1"]);
    let p = hand.output("p", "x");
    hand.rule(p, "x", &[L::Cmp("x", Compared::Eq, "3+4"), L::Not(b, "2")]);
    hand.rule(p, "1", &[L::Not(b, "1")]);
    hand.stratum(&[p], false);
    gives(&hand, p, &["7"]);
}

#[test]
fn equations_bind_in_both_directions_and_become_keys() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x y", &["1 2", "2 5", "6 0"]);
    let b = hand.input("b", "z w", &["3 1", "7 2", "5 1"]);
    let p = hand.output("p", "x z");
    hand.rule(p, "x z", &[L::Is(a, "x y"), L::Cmp("x+y", Compared::Eq, "z"), L::Is(b, "z w")]);
    let q = hand.output("q", "x z");
    hand.rule(q, "x z", &[L::Is(a, "x y"), L::Is(b, "z w"), L::Cmp("x+1", Compared::Eq, "z-w")]);
    let r = hand.output("r", "x k");
    hand.rule(r, "x k", &[L::Cmp("k", Compared::Eq, "7"), L::Is(a, "x _"), L::Is(b, "k x+1"), L::Is(b, "k _")]);
    let s = hand.output("s", "x");
    hand.rule(s, "x", &[L::Is(b, "x+y y"), L::Is(a, "x y")]);
    [p, q, r, s].iter().for_each(|id| hand.stratum(&[*id], false));
    gives(&hand, p, &["1 3", "2 7"]);
    gives(&hand, q, &["1 3"]);
    gives(&hand, r, &["1 7"]);
    gives(&hand, s, &[]);
}

#[test]
fn absent_values_match_what_they_should() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x y?", &["1 nil", "2 5", "3 9"]);
    let b = hand.input("b", "y?", &["5", "nil"]);
    let relations: Vec<RelId> =
        ["var", "none", "any", "other", "joined", "denied", "limit"].map(|name| hand.output(name, "x")).to_vec();
    let [var, none, any, other, joined, denied, limit] = relations[..] else { unreachable!() };
    hand.rule(var, "x", &[L::Is(a, "x y")]);
    hand.rule(none, "x", &[L::Is(a, "x nil")]);
    hand.rule(any, "x", &[L::Is(a, "x _")]);
    hand.rule(other, "y", &[L::Is(a, "x y?7")]);
    hand.rule(joined, "x", &[L::Is(a, "x y"), L::Is(b, "y?9")]);
    hand.rule(denied, "x", &[L::Is(a, "x y?5"), L::Not(b, "y")]);
    hand.rule(limit, "x", &[L::Is(a, "x y?8"), L::Cmp("x+6", Compared::Lt, "y"), L::Is(a, "x _")]);
    let out = hand.output("out", "x y?");
    hand.rule(out, "x nil", &[L::Is(a, "x nil")]);
    hand.rule(out, "x y", &[L::Is(a, "x y?0"), L::Not(b, "nil")]);
    relations.iter().chain([&out]).for_each(|id| hand.stratum(&[*id], false));
    gives(&hand, var, &["2", "3"]);
    gives(&hand, none, &["1"]);
    gives(&hand, any, &["1", "2", "3"]);
    gives(&hand, other, &["5", "7", "9"]);
    gives(&hand, joined, &["2", "3"]);
    gives(&hand, denied, &["3"]);
    gives(&hand, limit, &["1"]);
    gives(&hand, out, &["1 nil"]);
}

#[test]
fn count_and_sum_of_nothing_are_zero_and_least_of_nothing_is_nothing() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x", &["1", "2", "3"]);
    let b = hand.input("b", "x y z", &["1 5 0", "1 5 1", "1 6 0", "2 9 0"]);
    let count = hand.output("count", "x n");
    let sum = hand.output("sum", "x n");
    let least = hand.output("least", "x n");
    hand.rule(count, "x n", &[L::Is(a, "x"), L::Agg("n", Fold::Count, "", "x", vec![L::Is(b, "x *c *d")])]);
    // One assignment per (y), whatever z.
    hand.rule(sum, "x n", &[L::Is(a, "x"), L::Agg("n", Fold::Sum(N), "y+1", "x", vec![L::Is(b, "x y _")])]);
    hand.rule(least, "x n", &[L::Is(a, "x"), L::Agg("n", Fold::Min(N), "y", "x", vec![L::Is(b, "x y z")])]);
    [count, sum, least].iter().for_each(|id| hand.stratum(&[*id], false));
    gives(&hand, count, &["1 3", "2 1", "3 0"]);
    gives(&hand, sum, &["1 13", "2 10", "3 0"]);
    gives(&hand, least, &["1 5", "2 9"]);
}

#[test]
fn what_is_found_by_way_of_the_clock_comes_after_it() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x", &["1", "2"]);
    let now = hand.input("now", "t", &["5"]);
    hand.program.relations[now.index()].clock = true;
    let law = hand.input("law", "y n", &["6 7", "9 8"]);
    let p = hand.output("p", "x n");
    hand.rule(p, "x n", &[L::Is(now, "t"), L::Is(a, "x"), L::Cmp("y", Compared::Eq, "t+x"), L::Is(law, "y n")]);
    hand.stratum(&[p], false);
    gives(&hand, p, &["1 7"]);
    let text = huiyan::plan::print(&huiyan::plan::plan(&hand.program), &hand.program);
    assert!(text.contains("((r0 + l0) | l0)"), "law is found by key:\n{text}");
}

#[test]
fn an_aggregate_without_a_group_counts_everything() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x", &["1", "2", "3"]);
    let empty = hand.input("empty", "x", &[]);
    let p = hand.output("p", "n m");
    let body =
        [L::Agg("n", Fold::Count, "", "", vec![L::Is(a, "*c")]), L::Agg("m", Fold::Sum(N), "y", "", vec![L::Is(empty, "y")])];
    hand.rule(p, "n m", &body);
    hand.stratum(&[p], false);
    gives(&hand, p, &["3 0"]);
}

#[test]
fn a_group_variable_that_the_body_only_uses_comes_from_the_rule() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x k", &["1 1", "3 1", "9 2"]);
    let b = hand.input("b", "k y", &["1 1", "1 2", "1 5", "2 3"]);
    let p = hand.output("p", "x n");
    let less = vec![L::Is(b, "k y"), L::Cmp("y", Compared::Lt, "x")];
    hand.rule(p, "x n", &[L::Is(a, "x k"), L::Agg("n", Fold::Count, "", "x k", less)]);
    let q = hand.output("q", "x");
    let none = vec![L::Is(b, "_ y"), L::Cmp("y", Compared::Gt, "x")];
    hand.rule(q, "x", &[L::Is(a, "x _"), L::Agg("n", Fold::Count, "", "x", none), L::Cmp("n", Compared::Eq, "0")]);
    [p, q].iter().for_each(|id| hand.stratum(&[*id], false));
    gives(&hand, p, &["1 0", "3 2", "9 1"]);
    gives(&hand, q, &["9"]);
}

#[test]
fn aggregates_nest() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x", &["1", "2"]);
    let b = hand.input("b", "x y", &["1 3", "1 4", "2 3"]);
    let c = hand.input("c", "y z", &["3 0", "3 1", "4 7"]);
    let p = hand.output("p", "x n");
    let inner = L::Agg("m", Fold::Count, "", "y", vec![L::Is(c, "y *z")]);
    hand.rule(p, "x n", &[L::Is(a, "x"), L::Agg("n", Fold::Sum(N), "m", "x", vec![L::Is(b, "x y"), inner])]);
    hand.stratum(&[p], false);
    gives(&hand, p, &["1 3", "2 2"]);
}

#[test]
fn an_aggregate_inside_a_recursion_sees_each_group_whole() {
    let mut hand = Hand::default();
    let weight = hand.input("weight", "x w", &["1 1", "2 1", "2 2", "3 5"]);
    let p = hand.output("p", "x");
    hand.fact(p, "1");
    // One further for each weight that x has; nothing for x without weights.
    let own = L::Agg("n", Fold::Count, "", "x", vec![L::Is(weight, "x *w")]);
    hand.rule(p, "x+n", &[L::Is(p, "x"), own]);
    // As many further as there are weights below x.
    let below = L::Agg("n", Fold::Count, "", "x", vec![L::Is(weight, "_ w"), L::Cmp("w", Compared::Lt, "x")]);
    hand.rule(p, "x*n", &[L::Is(p, "x"), below, L::Cmp("x", Compared::Lt, "4")]);
    hand.stratum(&[p], true);
    // 1 -> 2 (one weight), 0 (1*0); 2 -> 4 (two weights), 2 (2*1); 4 -> 4; 0 -> 0.
    gives(&hand, p, &["0", "1", "2", "4"]);
}

#[test]
fn only_what_an_output_needs_is_planned() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x", &["1"]);
    let unused = hand.input("unused", "x", &["1"]);
    let p = hand.output("p", "x");
    let hidden = hand.relation("hidden", "x");
    hand.rule(p, "x", &[L::Is(a, "x")]);
    hand.rule(hidden, "x/x", &[L::Is(unused, "x")]);
    hand.stratum(&[p], false);
    hand.stratum(&[hidden], false);
    let plan = huiyan::plan::plan(&hand.program);
    assert_eq!(plan.inputs, [a]);
    assert_eq!((plan.nodes.len(), plan.outputs.len()), (1, 1), "a copy of an input is the input: {plan:?}");
}

#[test]
fn a_fault_is_there_if_everything_that_does_not_depend_on_it_holds() {
    let mut hand = Hand::default();
    let a = hand.record("a", "x y z", &["1 1 0", "2 1 4", "3 8 0", "3 2 0"]);
    let b = hand.input("b", "y", &["1", "2"]);
    let c = hand.input("c", "q", &["0"]);
    let p = hand.output("p", "x");
    // q is bound only by the division, so c(q) does not count; b(y) does: not for row 3 8.
    hand.rule(
        p,
        "x",
        &[L::Is(a, "x y z"), L::Cmp("q", Compared::Eq, "y/z"), L::Is(b, "y"), L::Not(c, "q"), L::Cmp("x", Compared::Lt, "3")],
    );
    hand.stratum(&[p], false);
    gives(&hand, p, &[]);
    faults(&hand, &["r0 division-by-zero a 1|1 1"]);
}

#[test]
fn the_source_of_a_fault_is_said_even_where_the_rule_does_not_name_its_key() {
    let mut hand = Hand::default();
    let a = hand.record("a", "x y z", &["1 1 0", "2 1 0"]);
    let p = hand.output("p", "x");
    hand.rule(p, "7/z", &[L::Is(a, "_ _ z")]);
    let e = hand.input("e", "z", &["0"]);
    hand.rule(p, "7/z", &[L::Is(e, "z")]);
    hand.stratum(&[p], false);
    faults(&hand, &["r0 division-by-zero a 1|1 1", "r0 division-by-zero a 2|1 2", "r1 division-by-zero - - -"]);
}

#[test]
fn inside_an_aggregate_the_instance_is_left_out_and_faulted() {
    let mut hand = Hand::default();
    let a = hand.input("a", "x", &["1", "2"]);
    let b = hand.record("b", "x y", &["1 0", "1 2", "3 0"]);
    let p = hand.output("p", "x n");
    hand.rule(
        p,
        "x n",
        &[L::Is(a, "x"), L::Agg("n", Fold::Sum(N), "8/y", "x", vec![L::Is(b, "x y")]), L::Cmp("n", Compared::Lt, "100")],
    );
    hand.stratum(&[p], false);
    gives(&hand, p, &["1 4", "2 0"]);
    // b(3, 0) belongs to no group of the rule.
    faults(&hand, &["r0 division-by-zero b 1|0 1"]);
}
