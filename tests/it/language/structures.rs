//! Records and algebraic types, argued from their definition.

use super::rows;

const TYPES: &str = ".type L = [head: number, tail: L]\n.type P = [name: symbol, at: L]\n\
    .type T = Leaf {} | Node {l: T, x: number, r: T}\n\
    .decl A(l: L)\nA(nil). A([1, nil]). A([2, [1, nil]]). A([2, nil]).\n\
    .decl E(x: number, y: number)\nE(1, 2). E(2, 3). E(3, 1).\n";

#[track_caller]
fn case(program: &str, expected: &[&str]) {
    assert_eq!(rows(&format!("{TYPES}.output r\n{program}")), expected, "{program}");
}

#[test]
fn a_record_in_an_atom_takes_the_value_apart() {
    case(".decl r(x: number)\nr(x) :- A([x, _]).", &["1", "2"]);
    case(".decl r(x: number, y: number)\nr(x, y) :- A([x, [y, nil]]).", &["2|1"]);
    case(".decl r(l: L)\nr(t) :- A([2, t]).", &["nil", "[1, nil]"]);
    // `nil` is of every record type and has no fields.
    case(".decl r(l: L)\nr(l) :- A(l), l != nil, !A([2, l]).", &["[2, nil]", "[2, [1, nil]]"]);
    case(".decl r(x: number)\nr(x) :- A([x, [x, _]]).", &[]);
}

#[test]
fn an_equation_takes_apart_or_puts_together_by_what_is_known() {
    case(".decl r(x: number)\nr(x) :- A(l), l = [x, nil].", &["1", "2"]);
    case(".decl r(l: L)\nr(l) :- E(x, _), l = [x, [x, nil]], x < 3.", &["[1, [1, nil]]", "[2, [2, nil]]"]);
    case(".decl r(x: number)\nr(x) :- A(l), [2, [x, _]] = l.", &["1"]);
    // Both sides are records: field by field.
    case(".decl r(x: number)\nr(x) :- E(1, y), as([x, nil], L) = [y, nil].", &["2"]);
    case(".decl r(x: number)\nr(x) :- E(x, y), as([x, nil], L) = [y, nil].", &[]);
    // Of different branches nothing comes.
    case(".decl r(x: number)\nr(x) :- E(_, x), $Node($Leaf, x, $Leaf) = $Leaf.", &[]);
}

#[test]
fn equality_is_by_structure() {
    case(".decl r(l: L)\nr(l) :- A(l), A(m), m = [2, [1, nil]], l = m.", &["[2, [1, nil]]"]);
    case(".decl r(n: number)\nr(n) :- n = count : { A([1, nil]) }.", &["1"]);
    case(".decl r(x: number)\nr(x) :- E(x, y), A([x, nil]), A([y, nil]).", &["1"]);
    // A record with another type of the same form is the same; `as` says that it is meant.
    case(".type Q = [a: number, b: L]\n.decl r(q: Q)\nr(as(l, Q)) :- A(l), l = [1, _].", &["[1, nil]"]);
    case(".type Q = [a: number, b: L]\n.decl r(x: number)\nr(x) :- A(l), as(l, Q) = [x, [_, _]].", &["2"]);
}

#[test]
fn what_is_counted_does_not_depend_on_how_it_is_taken_apart() {
    // One atom: every row counts, what stands under `_` too.
    case(".decl r(n: number)\nr(n) :- n = sum x : { A([x, _]) }.", &["5"]);
    case(".decl r(n: number)\nr(n) :- n = count : { A([_, _]) }.", &["3"]);
    // Several: distinct named rows.
    case(".decl r(n: number)\nr(n) :- n = sum x : { A([x, _]), E(x, _) }.", &["3"]);
    case(".decl r(n: number)\nr(n) :- n = sum x : { A([x, t]), E(x, _), A(t) }.", &["5"]);
    case(".decl r(x: number, n: number)\nr(x, n) :- E(x, _), n = count : { A([x, _]) }.", &["1|1", "2|2", "3|0"]);
    case(
        ".decl r(l: L)\nr(l) :- A(l), 2 = max x : { A([x, _]) }, l = [m, _], m = max x : { A([x, _]) }.",
        &["[2, nil]", "[2, [1, nil]]"],
    );
}

#[test]
fn a_negated_atom_may_hold_records_with_anything_in_them() {
    case(".decl r(x: number)\nr(x) :- E(x, _), !A([x, nil]).", &["3"]);
    case(".decl r(x: number)\nr(x) :- E(x, _), !A([x, [_, _]]).", &["1", "3"]);
    case(".decl r(x: number)\nr(x) :- E(x, _), !A([_, [x, _]]).", &["2", "3"]);
}

#[test]
fn lists_are_walked_and_built() {
    let len = ".decl len(l: L, n: number)\nlen(nil, 0).\nlen(l, n + 1) :- A(l), l = [_, t], len(t, n).\n";
    case(
        &format!("{len}.decl r(l: L, n: number)\nr(l, n) :- len(l, n)."),
        &["nil|0", "[1, nil]|1", "[2, nil]|1", "[2, [1, nil]]|2"],
    );
    // Paths of a cycle, as lists, with a bound.
    let path = ".decl path(x: number, l: L, n: number)\npath(1, [1, nil], 1).\npath(y, [y, l], n + 1) :- path(x, l, n), E(x, y), n < 4.\n";
    case(&format!("{path}.decl r(l: L)\nr(l) :- path(_, l, 4)."), &["[1, [3, [2, [1, nil]]]]"]);
    // All sublists.
    case(
        ".decl sub(l: L)\nsub([3, [2, [1, nil]]]).\nsub(t) :- sub([_, t]).\n.decl r(n: number)\nr(n) :- n = count : { sub(_) }.",
        &["4"],
    );
}

#[test]
fn a_recursion_that_builds_for_ever_is_stopped() {
    use super::*;
    let text = format!("{TYPES}.decl r(l: L)\n.output r\nr(nil).\nr([1, l]) :- r(l).");
    let sources = Sources::single("case.dl", text.as_str());
    let program = huiyan::check::check(&parse(&sources).0, &sources).0.unwrap();
    let budget = Budget { iterations: 1_000, rows: 100_000, made: 1 << 30 };
    let arities = program.relations.iter().map(|r| r.arity()).collect();
    let naming = Names::of_no_folder().naming();
    let mut runtime = Runtime::start(Arc::new(plan(&program)), arities, Arc::new(Interner::new()), naming, 1, budget);
    runtime.submit(Epoch(1), Vec::new());
    assert!(runtime.wait(Epoch(1)).is_err());
}

#[test]
fn branches_are_built_matched_and_printed() {
    let tree = ".decl t(t: T)\nt($Node($Node($Leaf, 1, $Leaf), 2, $Leaf())). t($Leaf).\n";
    case(&format!("{tree}.decl r(t: T)\nr(t) :- t(t)."), &["$Leaf", "$Node($Node($Leaf, 1, $Leaf), 2, $Leaf)"]);
    case(&format!("{tree}.decl r(x: number)\nr(x) :- t($Node(_, x, $Leaf))."), &["2"]);
    case(&format!("{tree}.decl r(x: number)\nr(x) :- t(t), $Node($Node(_, x, _), _, _) = t."), &["1"]);
    case(
        &format!("{tree}.decl r(t: T)\nr(t) :- t(t), t != $Leaf, !t($Node($Leaf, _, _))."),
        &["$Node($Node($Leaf, 1, $Leaf), 2, $Leaf)"],
    );
    let sum = "t(l), t(r) :- t($Node(l, _, r)).\n.decl total(t: T, n: number)\ntotal($Leaf, 0).\n\
        total($Node(l, x, r), a + x + b) :- t($Node(l, x, r)), total(l, a), total(r, b).\n";
    case(&format!("{tree}{sum}.decl r(n: number)\nr(n) :- n = max x : {{ total(_, x) }}."), &["3"]);
}

#[test]
fn an_evaluator_of_expressions() {
    let expr = ".type X = Num {n: number} | Add {a: X, b: X} | Mul {a: X, b: X} | Var {v: symbol}\n.decl x(x: X)\n\
        x($Add($Num(1), $Mul($Num(3), $Var(\"y\")))).\n\
        x(a), x(b) :- x($Add(a, b)) ; x($Mul(a, b)).\n.decl env(v: symbol, n: number)\nenv(\"y\", 4).\n\
        .decl val(x: X, n: number)\nval($Num(n), n) :- x($Num(n)).\nval($Var(v), n) :- x($Var(v)), env(v, n).\n\
        val(x, m + n) :- x(x), x = $Add(a, b), val(a, m), val(b, n).\nval(x, m * n) :- x(x), x = $Mul(a, b), val(a, m), val(b, n).\n";
    case(
        &format!("{expr}.decl r(x: X, n: number)\nr(x, n) :- val(x, n), n > 4."),
        &["$Add($Num(1), $Mul($Num(3), $Var(y)))|13", "$Mul($Num(3), $Var(y))|12"],
    );
}

#[test]
fn records_of_several_kinds() {
    case(".decl r(p: P)\nr([\"a\", [1, nil]]). r([\"b,c\", nil]). r(nil).", &["nil", "[a, [1, nil]]", "[b,c, nil]"]);
    case(".decl p(p: P)\np([\"a\", [1, nil]]).\n.decl r(s: symbol, x: number)\nr(s, x) :- p([s, [x, _]]).", &["a|1"]);
    case(".type F = [u: unsigned, f: float, d: date]\n.decl r(f: F)\nr([1, 2, date(\"2022-07-15\")]).", &["[1, 2, 2022-07-15]"]);
    case(".type Z = []\n.decl r(z: Z)\nr([]). r(nil).", &["nil", "[]"]);
}

#[test]
fn a_field_without_a_value_leaves_its_instance_out() {
    case(
        ".decl r(l: L)\nr([10 / x, nil]) :- E(x, _).\nr([10 / (x - 1), nil]) :- E(x, _).",
        &["[3, nil]", "[5, nil]", "[10, nil]"],
    );
}

#[test]
fn ord_tells_the_raw_number() {
    case(".decl r(n: number, m: number)\nr(ord(x), ord(2u)) :- E(x, 3).", &["2|2"]);
    case(".decl r(n: number)\nr(ord(1.0)).", &["4607182418800017408"]);
    // Whatever the number is, equal values have one and others another.
    case(".decl r(x: number)\nr(1) :- A(l), A(m), ord(l) = ord(m), l != m.", &[]);
    case(".decl r(x: number)\nr(x) :- A([x, nil]), A(l), ord(l) = ord(as([x, nil], L)).", &["1", "2"]);
    case(".decl r(x: number)\nr(x) :- A([x, nil]), A(l), as(l, number) = ord(as([x, nil], L)).", &["1", "2"]);
    case(".decl r(x: number)\nr(as(\"a\", number) - ord(\"a\")).", &["0"]);
    // Of an enumeration, the place of the branch in the order of names.
    let hue =
        ".type Hue = Red {} | Blue {} | Green {}\n.decl h(h: Hue, x: number)\nh($Red, ord($Red)). h($Green, 7). h($Blue, 7).\n";
    case(&format!("{hue}.decl r(x: number)\nr(x) :- h($Red, x)."), &["2"]);
    let both = ".decl r(h: Hue, x: number, y: number)\nr(h, ord(h), as(h, number)) :- h(h, _).";
    case(&format!("{hue}{both}"), &["$Blue|0|0", "$Green|1|1", "$Red|2|2"]);
    case(&format!("{hue}.decl r(h: Hue)\nr(h) :- h(h, _), h(g, 2), ord(h) < ord(g)."), &["$Blue", "$Green"]);
    case(".type One = Only {}\n.decl r(x: number)\nr(ord($Only)).", &["0"]);
    let not = ".type Not = Some {x: number} | None {}\n.decl n(n: Not)\nn($None). n($Some(1)).\n";
    case(&format!("{not}.decl r(x: number)\nr(1) :- n(a), n(b), ord(a) = ord(b), a != b."), &[]);
}

#[test]
fn components_have_types_of_their_own() {
    case(
        ".comp Stack<V> {\n.type S = [top: V, rest: S]\n.decl s(s: S)\ns([x, nil]) :- in(x).\n.decl in(x: V)\n}\n\
        .init a = Stack<number>\n.init b = Stack<symbol>\na.in(1). b.in(\"x\").\n.decl r(x: number, y: symbol)\n\
        r(x, y) :- a.s([x, nil]), b.s([y, nil]).",
        &["1|x"],
    );
}

/// A cast around what is taken apart changes nothing.
#[test]
fn structures_that_are_retyped_are_taken_apart_as_they_are() {
    let p = ".type Two = [a: number, b: number]\n.decl two(r: Two)\ntwo([1, 1]). two([1, 2]).\n.decl one(x: number)\n\
        one(1). one(2).\n.decl r(x: number)\n";
    case(&format!("{p}r(x) :- one(x), !two(as([x, _], Two))."), &["2"]);
    case(&format!("{p}r(1) :- two(as(as([1, _], Two), Two))."), &["1"]);
    case(&format!("{p}r(x) :- two(as(as([x, 2], Two), Two))."), &["1"]);
    case(&format!("{p}r(x) :- x = count : {{ two(as([y, _], Two)), y = 1 }}."), &["2"]);
    case(&format!("{p}r(x) :- x = count : {{ two(as([_, _], Two)) }}."), &["2"]);
}
