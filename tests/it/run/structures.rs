//! Records, branches and JSON in files.

use super::{Bench, err, out};

const PROGRAM: &str = ".type L = [head: number, name: symbol, tail: L]\n.type T = A {} | B {x: number, y: T} | C {s: symbol}\n\
    .decl l(n: number, l: L)\n.decl t(t: T)\n.decl ol(l: L, n: number)\n.decl ot(t: T)\n\
    ol(l, n) :- l(n, l).\not(t) :- t(t).\not(t) :- ot($B(_, t)).\n";

#[test]
fn records_and_branches_are_read_and_written_as_text() {
    let program = format!("{PROGRAM}.input l\n.input t(delimiter=\",\")\n.output ol(delimiter=\";\")\n.output ot\n");
    let bench = Bench::new(&[
        ("p.dl", &program),
        ("l.facts", "1\tnil\n2\t[1, abc,[ 2 , x y,nil ]]\n"),
        ("t.facts", "$B( 1 ,$B(2, $C(a b))),extra\n$A()\n"),
    ]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(bench.read("ol.csv"), "nil;1\n[1, abc, [2, x y, nil]];2\n");
    assert_eq!(bench.read("ot.csv"), "$A\n$B(1, $B(2, $C(a b)))\n$B(2, $C(a b))\n$C(a b)\n");
}

#[test]
fn a_comma_within_brackets_separates_no_columns() {
    let program = format!("{PROGRAM}.input l(delimiter=\",\")\n.output ol\n");
    let bench = Bench::new(&[("p.dl", &program), ("l.facts", "1,[1,a,[2,b,nil]],more\n2,nil\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(bench.read("ol.csv"), "nil\t2\n[1, a, [2, b, nil]]\t1\n");
}

#[test]
fn what_is_no_record_is_named_with_its_place() {
    let program = format!("{PROGRAM}.input l\n.output ol\n");
    let bench = Bench::new(&[("p.dl", &program)]);
    for bad in ["[1, a]", "[1, a, nil", "[x, a, nil]", "1", "[1, a, nil] x", "$A"] {
        std::fs::write(bench.path("l.facts"), format!("1\tnil\n1\t{bad}\n")).unwrap();
        let ran = bench.run(&["run", "p.dl"]);
        assert_eq!(ran.status.code(), Some(1), "{bad}");
        assert!(err(&ran).contains("column l in line 2"), "{bad}: {}", err(&ran));
    }
}

#[test]
fn updates_take_records_and_tell_them() {
    let program = format!("{PROGRAM}.input l\n.output ol\n");
    let script = "1\tk\t+1\tl\t2,[7,x,nil]\n2\tk\t-1\tl\t1,nil\n3\tk\t+1\tl\t3,\"[8,\"\"a,b\"\",nil]\"\n";
    let bench = Bench::new(&[("p.dl", &program), ("l.facts", "1\tnil\n"), ("u.tsv", script)]);
    let ran = bench.run(&["run", "p.dl", "--updates", "u.tsv"]);
    assert!(ran.status.success(), "{}", err(&ran));
    let expected = ["1\tk\t+1\tol\t\"[7, x, nil]\",2", "2\tk\t-1\tol\tnil,1", "3\tk\t+1\tol\t\"[8, a,b, nil]\",3"];
    assert_eq!(out(&ran).lines().collect::<Vec<_>>(), expected);
    assert_eq!(bench.read("ol.csv"), "[7, x, nil]\t2\n[8, a,b, nil]\t3\n");
}

#[test]
fn json_is_written_as_lists_or_objects_and_both_are_read() {
    let program = format!(
        "{PROGRAM}.input l(IO=jsonfile)\n.input t(IO=\"jsonfile\", filename=\"trees.json\")\n.output ol(IO=jsonfile)\n\
        .output ol(IO=jsonfile, format=object, filename=\"o.json\")\n.output ot(IO=jsonfile)\n\
        .output ot(IO=jsonfile, format=object, filename=\"t.json\")\n"
    );
    let lists = "[[1, null],\n[2, [1, \"a\\\"b\", [2, \"\", null]]]]";
    let objects = "[{\"l\": null, \"n\": 1}, {\"n\": 2, \"l\": {\"head\": 1, \"name\": \"a\\\"b\", \"tail\": [2, \"\", null]}}]";
    let bench =
        Bench::new(&[("p.dl", &program), ("trees.json", "[[\"$A\"], [[\"$B\", 1, {\"$B\": {\"x\": 2, \"y\": \"$A\"}}]]]")]);
    for text in [lists, objects] {
        std::fs::write(bench.path("l.json"), text).unwrap();
        let ran = bench.run(&["run", "p.dl"]);
        assert!(ran.status.success(), "{}", err(&ran));
        assert_eq!(bench.read("ol.json"), "[[null, 1],\n[[1, \"a\\\"b\", [2, \"\", null]], 2]]\n");
        let objects = "[{\"l\": null, \"n\": 1},\n{\"l\": {\"head\": 1, \"name\": \"a\\\"b\", \"tail\": {\"head\": 2, \"name\": \"\", \"tail\": null}}, \"n\": 2}]\n";
        assert_eq!(bench.read("o.json"), objects);
        assert_eq!(bench.read("ot.json"), "[[[\"$A\"]],\n[[\"$B\", 1, [\"$B\", 2, [\"$A\"]]]],\n[[\"$B\", 2, [\"$A\"]]]]\n");
        assert!(bench.read("t.json").contains("{\"$B\": {\"x\": 2, \"y\": {\"$A\": {}}}}"), "{}", bench.read("t.json"));
    }
}

#[test]
fn json_has_every_kind_and_goes_to_standard_output_too() {
    let program = ".decl a(n: number, u: unsigned, f: float, s: symbol, d: date, o: number?)\n.output a(IO=json)\n\
        a(-1, 2, 0.5, \"x\\ty\", date(\"2022-07-15\"), nil).\n.decl e(x: number)\n.output e(IO=json)\ne(x) :- a(x, _, _, _, _, _), x > 0.\n";
    let bench = Bench::new(&[("p.dl", program)]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(out(&ran), "[[-1, 2, 0.5, \"x\\ty\", \"2022-07-15\", null]]\n[]\n");
}

#[test]
fn bad_json_is_named_with_its_place() {
    let program = format!("{PROGRAM}.input l(IO=jsonfile)\n.output ol\n");
    let bench = Bench::new(&[("p.dl", &program)]);
    for (text, place) in [
        ("[[1, null],\n[2, ]]", "line 2"),
        ("{}", "line 1"),
        ("[[1, null], [2]]", "row 2"),
        ("[[1, null], [\"x\", null]]", "column n of row 2"),
        ("[{\"n\": 1, \"l\": [1, 2, null]}]", "column l of row 1"),
    ] {
        std::fs::write(bench.path("l.json"), text).unwrap();
        let ran = bench.run(&["run", "p.dl"]);
        assert_eq!(ran.status.code(), Some(1), "{text}");
        assert!(err(&ran).contains(place), "{text}: {}", err(&ran));
    }
}

#[test]
fn ord_numbers_symbols_as_they_were_first_seen() {
    let program = ".decl a(s: symbol)\n.input a\n.decl r(s: symbol, n: number)\n.output r\n.decl b(s: symbol)\nb(\"zz\"). b(\"c\").\n\
        r(s, ord(s)) :- a(s).\nr(s, ord(s)) :- b(s).\n";
    let bench = Bench::new(&[("p.dl", program), ("a.facts", "y\nzz\nb\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(bench.read("r.csv"), "b\t3\nc\t1\ny\t2\nzz\t0\n");
}

/// A fact with `ord` is worked out when the program runs.
#[test]
fn ord_may_stand_in_a_fact() {
    let program = ".decl b(s: symbol)\nb(\"zz\"). b(\"c\").\n.decl r(s: symbol, n: number)\n.output r\nr(\"c\", ord(\"c\") + 10).\nr(\"zz\", ord(\"zz\")).\n";
    let bench = Bench::new(&[("p.dl", program)]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(bench.read("r.csv"), "c\t11\nzz\t0\n");
}

/// What is written is read again, however deep it is.
#[test]
fn deep_records_go_through_json_and_back() {
    let types = ".type L = [head: number, tail: L]\n.type T = N {x: number} | S {l: T, r: T}\n";
    let made = format!(
        "{types}.decl l(l: L, n: number)\nl(nil, 0).\nl([n, l], n + 1) :- l(l, n), n < 3000.\n.decl t(t: T, n: number)\nt($N(0), 0).\n\
        t($S(t, $N(n)), n + 1) :- t(t, n), n < 3000.\n.decl ol(l: L)\nol(l) :- l(l, 3000).\n.decl ot(t: T)\not(t) :- t(t, 3000).\n"
    );
    let read = format!(
        "{types}.decl ol(l: L)\n.decl ot(t: T)\n.input ol(IO=jsonfile)\n.input ot(IO=jsonfile)\n.decl n(i: number, n: number)\n.output n\n\
        .decl a(l: L, n: number)\na(l, 0) :- ol(l).\na(t, n + 1) :- a([_, t], n).\nn(0, n) :- a(nil, n).\n\
        .decl b(t: T, n: number)\nb(t, 0) :- ot(t).\nb(l, n + 1) :- b($S(l, _), n).\nn(1, n) :- b($N(_), n).\n"
    );
    for format in ["list", "object"] {
        let made = format!("{made}.output ol(IO=jsonfile, format={format})\n.output ot(IO=jsonfile, format={format})\n");
        let bench = Bench::new(&[("made.dl", &made), ("read.dl", &read)]);
        for program in ["made.dl", "read.dl"] {
            let ran = bench.run(&["run", program]);
            assert!(ran.status.success(), "{program}: {}", err(&ran));
        }
        assert_eq!(bench.read("n.csv"), "0\t3000\n1\t3000\n", "{format}");
    }
}
