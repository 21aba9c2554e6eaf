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
