//! Does huiyan run behave like the program it replaces?

mod structures;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a program and its facts, and the binary run in it.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new(files: &[(&str, &str)]) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        Bench(dir)
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_huiyan")).args(args).current_dir(self.0.path()).env("LANG", "C").output().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::join(self.0.path(), name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const REACH: &str = ".decl edge(a: symbol, b: symbol)\n.input edge\n.decl reach(a: symbol, b: symbol)\n.output reach\n\
    .decl unused(x: number)\n.input unused\n.decl empty(x: number)\n.output empty\nempty(x) :- edge(_, _), x = 1, x > 1.\n\
    reach(a, b) :- edge(a, b).\nreach(a, c) :- reach(a, b), edge(b, c).\n";

#[test]
fn outputs_are_files_even_empty_ones_and_standard_output_is_silent() {
    let bench = Bench::new(&[("p.dl", REACH), ("edge.facts", "a\tb\nb\tc\textra\r\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!((out(&ran).as_str(), bench.read("reach.csv").as_str()), ("", "a\tb\na\tc\nb\tc\n"));
    assert_eq!(bench.read("empty.csv"), "");
    assert!(!bench.path("unused.csv").exists(), "a relation that no output depends on is not loaded and not written");
}

#[test]
fn a_fact_file_that_is_missing_or_wrong_is_named_with_its_place() {
    let bench = Bench::new(&[
        ("p.dl", REACH),
        ("q.dl", ".decl p(x: number, d: date)\n.input p\n.decl q(x: number)\n.output q\nq(x) :- p(x, _)."),
    ]);
    let ran = bench.run(&["run", "p.dl"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(err(&ran).contains("edge.facts"), "{}", err(&ran));
    for (facts, place) in [("1\t2022-01-01\n12 \t2022-01-01\n", "line 2"), ("1\n", "line 1"), ("1\t2022-13-01\n", "column d")] {
        std::fs::write(bench.path("p.facts"), facts).unwrap();
        let ran = bench.run(&["run", "q.dl"]);
        assert_eq!(ran.status.code(), Some(1));
        assert!(err(&ran).contains(place), "{facts:?}: {}", err(&ran));
    }
}

#[test]
fn a_bad_program_is_refused_with_its_line_and_an_unknown_flag_is_usage() {
    let bench = Bench::new(&[("p.dl", ".decl p(x: number)\n.output p\np(x) :- nowhere(x).\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(err(&ran).contains("p.dl:3:"), "{}", err(&ran));
    assert_eq!(bench.run(&["run", "p.dl", "--no-such-flag"]).status.code(), Some(2));
}

#[test]
fn updates_print_the_changes_of_each_transaction_and_leave_what_a_fresh_run_gives() {
    let script = "1\tinsert\t+1\tedge\tc,d\n2\tretract\t-1\tedge\tb,c\n3\tcorrect\t-1\tedge\ta,b\n3\tcorrect\t+1\tedge\ta,\"x,y\"\n4\tinsert\t+1\tedge\tc,d\n";
    let bench = Bench::new(&[("p.dl", REACH), ("edge.facts", "a\tb\nb\tc\n"), ("u.tsv", script)]);
    for jobs in ["1", "3"] {
        let ran = bench.run(&["run", "p.dl", "-j", jobs, "--updates", "u.tsv"]);
        assert!(ran.status.success(), "{}", err(&ran));
        let expected = [
            "1\tinsert\t+1\treach\ta,d",
            "1\tinsert\t+1\treach\tb,d",
            "1\tinsert\t+1\treach\tc,d",
            "2\tretract\t-1\treach\ta,c",
            "2\tretract\t-1\treach\ta,d",
            "2\tretract\t-1\treach\tb,c",
            "2\tretract\t-1\treach\tb,d",
            "3\tcorrect\t-1\treach\ta,b",
            "3\tcorrect\t+1\treach\ta,\"x,y\"",
        ];
        assert_eq!(out(&ran).lines().collect::<Vec<_>>(), expected);
        assert_eq!(bench.read("reach.csv"), "a\tx,y\nc\td\n");
    }
}

#[test]
fn a_bad_line_of_the_script_is_named() {
    let bench = Bench::new(&[("p.dl", REACH), ("edge.facts", ""), ("u.tsv", "1\tk\t+1\tedge\ta,b\n2\tk\t+1\treach\ta,b\n")]);
    let ran = bench.run(&["run", "p.dl", "--updates", "u.tsv"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(err(&ran).contains("line 2"), "{}", err(&ran));
}

#[test]
fn the_clock_comes_from_a_file_or_from_now_and_an_update_replaces_it() {
    let program = ".decl due(n: symbol, d: date?)\n.record due(key=\"n\", owner=\"court\")\n.decl today(d: date)\n.clock today\n\
        .decl over(n: symbol)\n.output over\nover(n) :- due(n, d), today(t), t > d + 3.\n";
    let bench =
        Bench::new(&[("p.dl", program), ("due.csv", "d,n\n2022-01-01,a\n,b\n"), ("u.tsv", "1\tclock\t+1\ttoday\t2022-01-05\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(err(&ran).contains("--now"), "{}", err(&ran));
    let ran = bench.run(&["run", "p.dl", "-D", "-", "--now", "2022-01-05"]);
    assert_eq!(out(&ran), "---------------\nover\n===============\na\n===============\n");
    let ran = bench.run(&["run", "p.dl", "--now", "2022-01-04", "--updates", "u.tsv"]);
    assert_eq!(out(&ran), "1\tclock\t+1\tover\ta\n", "{}", err(&ran));
}

#[test]
fn a_recursion_that_never_ends_is_cut() {
    let bench = Bench::new(&[("p.dl", ".decl n(x: number)\n.output n\nn(0).\nn(x + 1) :- n(x).\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(err(&ran).contains("rounds"), "{}", err(&ran));
    let ran = bench.run(&["run", "p.dl", "--max-rounds", "20"]);
    assert_eq!(ran.status.code(), Some(1));
    for part in [" 20 rounds", "n(x + 1) :- n(x).", ".limitsize n(", "--max-rounds"] {
        assert!(err(&ran).contains(part), "{part}: {}", err(&ran));
    }
    let ends = Bench::new(&[("p.dl", ".decl n(x: number)\n.output n\nn(0).\nn(x + 1) :- n(x), x < 30.\n")]);
    assert!(ends.run(&["run", "p.dl", "--max-rounds", "40"]).status.success());
    assert!(!ends.run(&["run", "p.dl", "--max-rounds", "20"]).status.success());
}

/// Texts and records are kept as long as the program runs, so that they are bounded; and so is what records come to when they are written.
#[test]
fn what_grows_in_a_recursion_is_stopped_before_the_memory_is() {
    let programs = [
        (".decl p(x: symbol)\n.output p\np(\"a\").\np(cat(x, \"a\")) :- p(x).\n", "p(cat(x, \"a\")) :- p(x)."),
        (".decl p(x: symbol)\n.output p\np(\"a\").\np(cat(x, x)) :- p(x).\n", "p(cat(x, x)) :- p(x)."),
        (".decl p(x: symbol)\n.output p\np(\"aa\").\np(replace(x, \"a\", x)) :- p(x).\n", "p(replace(x, \"a\", x)) :- p(x)."),
        (".type L = [x: L, n: number]\n.decl p(x: L)\n.output p\np(nil).\np([x, 1]) :- p(x).\n", "p([x, 1]) :- p(x)."),
        (
            ".type L = [x: L, y: L]\n.decl p(x: L)\n.output p\np(nil).\np([x, x]) :- p(x).\n.limitsize p(n=90)\n",
            "p([x, x]) :- p(x).",
        ),
    ];
    for (program, rule) in programs {
        let bench = Bench::new(&[("p.dl", program)]);
        for jobs in ["1", "2"] {
            let ran = bench.run(&["run", "p.dl", "--max-made", "1", "-j", jobs]);
            assert_eq!(ran.status.code(), Some(1), "{program}{}", err(&ran));
            for part in ["1 MiB", rule, "--max-made"] {
                assert!(err(&ran).contains(part), "{part}: {}", err(&ran));
            }
            assert!(!bench.path("p.csv").exists());
        }
    }
    let ends = "#define MOST 1000\n.decl p(x: symbol)\n.output p\np(\"a\").\np(cat(x, \"a\")) :- p(x), strlen(x) < MOST.\n";
    let bench = Bench::new(&[("p.dl", ends)]);
    assert!(bench.run(&["run", "p.dl", "--max-made", "1"]).status.success());
    assert_eq!(bench.read("p.csv").lines().count(), 1_000);
}

/// A range of which nothing is kept goes on for ever just as well.
#[test]
fn ranges_are_stopped_whatever_is_kept_of_them() {
    for range in ["range(0, 1000000000000000000)", "range(0.0, 1000000000000000.0, 0.001)"] {
        let kind = if range.contains("0.0") { "float" } else { "number" };
        let zero = if kind == "float" { "0.0" } else { "0" };
        let program = format!(".decl p(x: {kind})\n.output p\np(x) :- x = {range}, x < {zero}.\n");
        let ran = Bench::new(&[("p.dl", &program)]).run(&["run", "p.dl", "--max-rows", "1000000"]);
        assert_eq!(ran.status.code(), Some(1), "{program}");
        assert!(err(&ran).contains("--max-rows"), "{}", err(&ran));
    }
    // As a condition it is computed.
    let program = ".decl x(x: float)\nx(0.5). x(123456789.25). x(3.1).\n.decl p(x: float)\n.output p\np(x) :- x(x), x = range(0.0, 1000000000000.0, 0.25).\n";
    let bench = Bench::new(&[("p.dl", program)]);
    assert!(bench.run(&["run", "p.dl", "--max-rows", "1000000"]).status.success());
    assert_eq!(bench.read("p.csv").lines().count(), 2);
}

#[test]
fn macros_of_the_command_line_are_there_from_the_start() {
    let program = ".decl p(x: number)\n.output p\np(N).\n#ifdef MORE\np(MORE).\n#endif\n";
    let bench = Bench::new(&[("p.dl", program)]);
    assert!(bench.run(&["run", "p.dl", "-M", "N=7 MORE"]).status.success());
    assert_eq!(bench.read("p.csv"), "1\n7\n");
    assert!(bench.run(&["run", "p.dl", "-M", "N=-2", "-M", "X=3"]).status.success());
    assert_eq!(bench.read("p.csv"), "-2\n");
    assert_eq!(bench.run(&["run", "p.dl"]).status.code(), Some(1));
}

#[test]
fn rows_may_come_from_standard_input() {
    let bench = Bench::new(&[
        ("p.dl", ".decl p(x: number, y: symbol)\n.input p(IO=stdin, delimiter=\",\")\n.output p\n"),
        ("in", "2,b\n1,a\n"),
    ]);
    let stdin = std::fs::File::open(bench.path("in")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_huiyan"));
    let ran = command.args(["run", "p.dl"]).current_dir(bench.0.path()).stdin(stdin).output().unwrap();
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(bench.read("p.csv"), "1\ta\n2\tb\n");
}

#[test]
fn what_stands_for_an_absent_value_is_a_value_where_none_may_be_absent() {
    let program = ".decl p(a: unsigned, b: number)\n.input p\n.output p(filename=\"out.csv\")\n.decl q(a: unsigned?)\n.input q\n.output q\n";
    let line = "18446744073709551615\t-9223372036854775808\n";
    let bench = Bench::new(&[("p.dl", program), ("p.facts", line), ("q.facts", "7\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(bench.read("out.csv"), line);
    let bench = Bench::new(&[("p.dl", program), ("p.facts", line), ("q.facts", "18446744073709551615\n")]);
    assert!(err(&bench.run(&["run", "p.dl"])).contains("q.facts"), "there it would say that the value is absent");
}

#[test]
fn layouts_of_files_follow_their_parameters() {
    let program = ".decl p(a: symbol, b: number)\n.input p(filename=\"in.txt\", delimiter=\";\", columns=\"2:0\", headers=\"true\")\n\
        .decl q(a: symbol, b: number)\n.output q(filename=\"out.txt\", rfc4180=true, headers=true)\n.printsize q\nq(a, b) :- p(a, b).\n";
    let bench = Bench::new(&[("p.dl", program), ("in.txt", "n;skip;t\n7;x;say \"hi\"\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!((bench.read("out.txt").as_str(), out(&ran).as_str()), ("a,b\n\"say \"\"hi\"\"\",7\n", "q\t1\n"));
}

#[test]
fn options_of_souffle_that_change_no_answer_are_read() {
    let program = "#include \"m.dl\"\n.decl p(x: number)\n.output p\np(M).\n.decl idle(x: number)\n";
    let bench = Bench::new(&[("p.dl", program)]);
    std::fs::create_dir(bench.path("sub")).unwrap();
    std::fs::write(bench.path("sub/m.dl"), "#define M 7\n").unwrap();
    let ran =
        bench.run(&["run", "p.dl", "-w", "-j", "auto", "--include-dir=sub", "-m", "*", "-c", "--legacy", "-Pmagic-transform=p"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!((err(&ran).as_str(), bench.read("p.csv").as_str()), ("", "7\n"), "no warnings with -w");
    let told = bench.run(&["run", "p.dl", "--jobs=auto", "-Isub", "--magic-transform=p", "--inline-exclude=p"]);
    assert!(told.status.success() && err(&told).contains("W0203"), "{}", err(&told));
    for option in ["-j=some", "-p", "-o"] {
        assert_eq!(bench.run(&["run", "p.dl", "-Isub", option, "x"]).status.code(), Some(2), "{option}");
    }
}

/// What generated programs hold: long sums and lists, and rules of thousands of ways.
#[test]
fn long_expressions_and_disjunctions_are_worked_out() {
    let texts = format!("{}x{}", "cat(\"a\", ".repeat(240), ")".repeat(240));
    let sum = vec!["n"; 600].join(" + ");
    let list = format!("{}nil{}", "[1, ".repeat(240), "]".repeat(240));
    let ways: Vec<String> = (0..3_000).map(|n| format!("n = {n}")).collect();
    let chain: Vec<String> = (0..450).map(|i| format!("one(n{i}), n{i} = n{}", i + 1)).collect();
    let program = format!(
        ".type L = [h: number, t: L]\n.decl one(n: number)\none(1).\n.decl s(x: symbol)\ns(\"b\").\n.decl p(x: number)\n.output p\n\
         p(strlen({texts})) :- s(x).\np({sum}) :- one(n).\n.decl l(x: L)\n.output l\nl({list}).\n\
         .decl w(n: number)\nw(n) :- n = range(2990, 3010), ({}).\n.printsize w\np(n0 + 6) :- {}.\n",
        ways.join(" ; "),
        chain.join(", ")
    );
    let bench = Bench::new(&[("p.dl", &program)]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(
        (out(&ran).as_str(), bench.read("p.csv").as_str(), bench.read("l.csv")),
        ("w\t10\n", "7\n241\n600\n", format!("{list}\n"))
    );
}

#[test]
fn packed_files_are_read_and_written_and_damaged_ones_told() {
    let program = ".decl a(x: number, t: symbol)\n.input a(compress=true)\n.decl b(x: number, t: symbol)\n\
        .output b(compress=true)\n.output b(filename=\"named\", compress=true)\n.output b\nb(x, t) :- a(x, t).\n";
    let again = ".decl b(x: number, t: symbol)\n.input b(filename=\"b.csv.gz\")\n.output b(filename=\"again.csv\")\n";
    let bench = Bench::new(&[("p.dl", program), ("q.dl", again), ("a.facts", "1\t甲\n2\tb\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "a plain file is read whatever the parameter says: {}", err(&ran));
    assert_eq!(bench.read("b.csv"), "1\t甲\n2\tb\n");
    let packed = std::fs::read(bench.path("b.csv.gz")).unwrap();
    assert!(packed.starts_with(&[0x1F, 0x8B]) && packed == std::fs::read(bench.path("named")).unwrap());
    let ran = bench.run(&["run", "q.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(bench.read("again.csv"), "1\t甲\n2\tb\n");
    std::fs::write(bench.path("b.csv.gz"), &packed[..packed.len() - 1]).unwrap();
    let ran = bench.run(&["run", "q.dl"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(err(&ran).contains("b.csv.gz is packed by gzip and damaged"), "{}", err(&ran));
}

#[test]
fn a_byte_that_is_no_text_is_told_with_its_place() {
    let q = ".decl p(x: number, t: symbol)\n.input p(rfc4180=true)\n.output p(filename=\"o\")\n";
    let bench = Bench::new(&[("p.dl", &q.replace("(rfc4180=true)", "")), ("q.dl", q)]);
    for (program, delimiter) in [("p.dl", b'\t'), ("q.dl", b',')] {
        let facts = [b"1", &[delimiter][..], "甲\n2".as_bytes(), &[delimiter], b"caf\xE9\n"].concat();
        std::fs::write(bench.path("p.facts"), facts).unwrap();
        let ran = bench.run(&["run", program]);
        assert_eq!(ran.status.code(), Some(1));
        assert!(err(&ran).contains("p.facts line 2: byte 6 of it (0xE9) is not UTF-8"), "{program}: {}", err(&ran));
        assert!(err(&ran).contains("iconv"), "{}", err(&ran));
    }
}

#[test]
fn long_names_and_texts_of_generated_programs_run() {
    let (name, text) = ("n".repeat(4_000), "x".repeat(1 << 19));
    let program = format!(
        ".decl {name}(t: symbol)\n{name}(\"{text}\").\n.decl o(n: number, t: symbol)\n.output o\no(strlen(t), t) :- {name}(t).\n"
    );
    let bench = Bench::new(&[("p.dl", &program)]);
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(bench.read("o.csv"), format!("{}\t{text}\n", 1 << 19));
}

#[test]
fn rounds_that_are_asked_for_are_refused_by_a_message_of_their_own() {
    let bench = Bench::new(&[("p.dl", ".decl z(u: unsigned)\n.output z\nz(recursive_iteration_cnt()).\n")]);
    let ran = bench.run(&["run", "p.dl"]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(err(&ran).contains("`recursive_iteration_cnt()` is not supported") && err(&ran).contains("p.dl:3:"), "{}", err(&ran));
}

#[test]
fn a_large_circle_of_relations_is_run_in_seconds() {
    const MEMBERS: usize = 20_000;
    let mut program = ".decl e(x: number)\ne(1).\nr0(x) :- e(x).\n.output r0\n".to_string();
    for i in 0..MEMBERS {
        program += &format!(".decl r{i}(x: number)\nr{}(x) :- r{i}(x).\n", (i + 1) % MEMBERS);
    }
    let bench = Bench::new(&[("p.dl", &program)]);
    let started = std::time::Instant::now();
    let ran = bench.run(&["run", "p.dl"]);
    assert!(ran.status.success(), "{}", err(&ran));
    assert_eq!(bench.read("r0.csv"), "1\n");
    println!("a circle of {MEMBERS} relations: {:?}", started.elapsed());
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}
