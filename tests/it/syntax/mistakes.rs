//! Every mistake with its code and its place, many of them in one run, and how they are shown.

use super::read;
use huiyan::syntax::{Severity, Sources, parse, print_program, render};
use huiyan::types::Lang;

/// A text in which `«` and `»` stand around the place of the one mistake, and its code.
const MISTAKES: &[(&str, &str)] = &[
    ("E0101", "a(x) :- b(x) «c»(x)."),
    ("E0101", "a(x «:-» b(x)."),
    ("E0101", "a(x) :- b(x«»"),
    ("E0101", "a «:-» b(x)."),
    ("E0101", ".decl a(x «number»)"),
    ("E0101", ".decl «(»x: number)"),
    ("E0101", ".decl a(x: number) «ordered»"),
    ("E0101", ".output a(x=«)»"),
    ("E0101", ".include «x»"),
    ("E0101", "a(1).«.»"),
    ("E0101", "a(x) :- b(x), x < «,» c(x)."),
    ("E0101", "a(1 + «)»."),
    ("E0101", "@[name «=» 3] a(1)."),
    ("E0101", "a(x) :- b(x), c.d«.»"),
    ("E0102", "a(1«~»)."),
    ("E0102", "a(1)«。»"),
    ("E0102", "a(1«，»2)."),
    ("E0102", "a(«“中文”»)."),
    ("E0102", "«ａ»a(1)."),
    ("E0103", "«\"abc»\n"),
    ("E0104", "a(\"中\\\\«\\q»\")."),
    ("E0105", "a(1). «/*» b(1)."),
    ("E0106", "a(«12abc»)."),
    ("E0106", "a(«0x»)."),
    ("E0106", "a(«0b12»)."),
    ("E0106", "a(«1.2.3»)."),
    ("E0106", "a(«1.5u»)."),
    ("E0107", "a(«18446744073709551616»)."),
    ("E0107", "a(«0x10000000000000000u»)."),
    ("E0107", "a(«1.2.3.256»)."),
    ("E0108", "a(1«)»\nb(2)."),
    ("E0108", "a(1«)»\n.decl b()"),
    ("E0108", "a(1«)»"),
    ("E0101", ".type R = [x «number», y: R]"),
    ("E0101", ".type R = [x: number«»"),
    ("E0101", ".type T = A {} | B «(»x: number)"),
    ("E0101", ".init a «A»<number>"),
    ("E0101", ".comp A<number«{» .decl a() }"),
    ("E0101", "a(1). «}» b(2)."),
    ("E0101", "a(x) :- b(x). .plan 0:«1»"),
    ("E0123", "«.comp A<T> : B {»\n .decl a()\n .comp C { }"),
    ("E0124", "«.override a»"),
    ("E0125", "«#define 1 x»\na(1)."),
    ("E0125", "«#if 1 +»\n#endif\na(1)."),
    ("E0125", "«#else»\na(1)."),
    ("E0125", "«#nothing of the kind»\na(1)."),
    ("E0125", "#ifdef X\n#else\n«#else»\n#endif\na(1)."),
    ("E0125", "«#ifdef»\n#endif\na(1)."),
    ("E0125", "«#define M(..., n) n»\na(1)."),
    ("E0128", "#define M(n, m, ...) n\n«M(1)»\na(1)."),
    ("E0126", "«#if 1»\na(1)."),
    ("E0128", "#define E(x, y) a(x, y).\n«E(3, 4, 5)»\na(1)."),
    // What a macro stands for is told where it is used, and what stands behind it where it stands.
    ("E0106", "#define N 12abc\na(«N»)."),
    ("E0102", "#define N(x) x + x\nb(N(1)). a(1«~»)."),
    ("E0113", "«.lattice» L<> { Lub -> @f(_,_) }"),
    ("E0101", ".decl a(x: number, y: number) choice-domain x, «1»"),
    ("E0101", ".decl a(x: number, y: number) choice-domain (x, y«.decl» b()"),
    ("E0113", ".decl a(x: number«<»>)"),
    ("E0113", ".decl d «=» debug_delta(a)"),
    ("E0101", "a(x) <= a(y)«.»"),
    ("E0101", "a(x), b(x) «<=» a(y) :- x < y."),
    ("E0116", "a(x) <= «3» :- x < y."),
    ("E0101", "a(x) :- b(x), x = [1, [2, nil]«.»"),
    ("E0101", "a($A.b(1, $«(»)))."),
    ("E0113", "a(n) :- n = count : { b(_) ; «c(_)» }."),
    ("E0113", "a(n) :- n = count : { !(b(_), «c(_)») }."),
    ("E0114", "«.functor» f(x: number): number stateful"),
    ("E0114", "a(«@»f(1, 2))."),
    ("E0114", ".pragma «\"libraries\"» \"x\""),
    ("E0115", "a(n) :- n = «sum x»."),
    ("E0115", "a(n) :- n = «min(x)», b(x)."),
    ("E0115", "a(n) :- n = count «x» : { b(x) }."),
    ("E0115", "a(n) :- n = «sum» : { b(x) }."),
    ("E0115", "a(n) :- n = «sum(x, y)»."),
    ("E0116", "«!»a(x) :- b(x)."),
    ("E0116", "a(x), «3» :- b(x)."),
    ("E0118", ".decl a() brie «brie»"),
    ("E0118", "@[name = \"a\"] @[«name» = \"b\"] a(1)."),
    ("E0119", ".decl «count»(x: number)"),
    ("E0119", ".decl a(«min»: number)"),
    ("E0119", "a(«true»)."),
    ("E0119", "«_»(1)."),
    ("E0120", "a(1, «x»: 2)."),
    ("E0120", "a(x: 2, «1»)."),
    ("E0121", "«.outptu» a"),
    ("E0121", "«.decl»(x)."),
    ("E0122", "a(x) :- b(x), «x»."),
    ("E0122", "a(x) :- «b», c(x)."),
    ("E0122", "a(x) :- («x + 1»)."),
    ("E0122", "a(x) :- («x», b(x))."),
    ("E0123", "a(1) «@![» b(2)."),
    ("E0123", "«.comp A {» .decl a() { }"),
    ("W0101", ".decl a() «output»"),
    ("W0102", ".type «A»"),
    ("W0102", ".number_type «A»"),
    ("W0103", "«@[basis = \"x\"]»\n.decl a()"),
    ("W0103", "«@[name = \"x\"]»"),
];

#[test]
fn every_mistake_has_its_code_and_place() {
    for (code, marked) in MISTAKES {
        let start = marked.find('«').unwrap();
        let end = marked.find('»').unwrap() - '«'.len_utf8();
        let text = marked.replace(['«', '»'], "");
        let (_, diagnostics) = read(&text);
        // At the end of a text the place is the last character.
        let start = if start == end { start - 1 } else { start };
        let found: Vec<_> = diagnostics.iter().map(|d| (d.code, d.primary.0.start as usize, d.primary.0.end as usize)).collect();
        assert!(found.contains(&(code, start, end)), "{marked}: {found:?}");
        // A text, a comment or a block that does not end takes with it what would have ended the item.
        let follows_from_it = matches!(*code, "E0102" | "E0103" | "E0105" | "E0123");
        assert!(found.len() == 1 || follows_from_it, "{marked}: {found:?}");
        for diagnostic in &diagnostics {
            let remedy = diagnostic.help.as_ref().or(Some(&diagnostic.primary.1)).filter(|said| !said.en.is_empty());
            assert!(remedy.is_some_and(|said| !said.zh.is_empty()), "{marked} has no remedy");
            assert_eq!(diagnostic.severity == Severity::Warning, diagnostic.code.starts_with('W'));
        }
    }
}

#[test]
fn what_follows_a_mistake_is_read() {
    for (_, marked) in MISTAKES {
        let text = marked.replace(['«', '»'], "");
        if marked.starts_with("«\"")
            || text.contains("/*")
            || text.contains(".comp A<T> : B {\n")
            || text.contains(".comp A {")
            || text.contains("@![ b")
        {
            continue;
        }
        let (program, diagnostics) = read(&format!("{text}\n.decl after()\nlast(1)."));
        let printed = print_program(&program);
        assert!(printed.ends_with(".decl after()\nlast(1).\n"), "{text}: {printed} {diagnostics:?}");
    }
}

#[test]
fn one_run_finds_many() {
    let text = "a(x :- b(x).\n.decl c(x number)\nd(1).\ne(x) :- f(x), .\ng(12x, \"\\q\").\nh(2)\ni(3).\n";
    let (program, diagnostics) = read(text);
    let found: Vec<_> = diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(found, ["E0101", "E0101", "E0101", "E0106", "E0104", "E0108"]);
    assert_eq!(print_program(&program), "d(1).\ng(0, \"\").\nh(2).\ni(3).\n");
}

#[test]
fn mistakes_are_counted_up_to_a_limit_and_warnings_never_stop_the_run() {
    let (_, diagnostics) = read(&"a(.\n".repeat(1_000));
    assert_eq!(diagnostics.len(), 101);
    assert_eq!(diagnostics[100].code, "E0117");
    let (program, diagnostics) = read(&".decl a() input\n".repeat(1_000));
    assert_eq!((program.items.len(), diagnostics.len()), (1_000, 100));
}

/// What a terminal shows, trailing blanks aside.
fn shown(text: &str, lang: Lang) -> String {
    let sources = Sources::single("规则/main.dl", text);
    let (_, diagnostics) = parse(&sources);
    render(&diagnostics, &sources, lang)
}

#[test]
fn carets_stand_right_under_wide_characters() {
    let text = "// 注释\n列管(人, 派出所) :- 释放(人, 日期), 名单(人, 派出所 12).\n";
    let expected = "\
error[E0101]: unexpected the number `12`
 --> 规则/main.dl:2:36
  |
2 | 列管(人, 派出所) :- 释放(人, 日期), 名单(人, 派出所 12).
  |                                                     ^^ expected `,` or `)`

1 error
";
    assert_eq!(shown(text, Lang::En), expected);
    let chinese = "\
错误[E0101]: 此处不应出现数字 `12`
 --> 规则/main.dl:2:36
  |
2 | 列管(人, 派出所) :- 释放(人, 日期), 名单(人, 派出所 12).
  |                                                     ^^ 应为 `,` 或 `)`

1 处错误
";
    assert_eq!(shown(text, Lang::Zh), chinese);
}

#[test]
fn help_other_places_and_counts_are_shown() {
    let expected = "\
warning[W0101]: deprecated qualifier `input`
 --> 规则/main.dl:1:11
  |
1 | .decl a() input brie
  |           ^^^^^
  |
  = help: write `.input` and the relation's name on a line of its own

error[E0118]: `brie` already set
 --> 规则/main.dl:2:3
  |
1 | .decl a() input brie
  |                 ---- first here
2 |   brie
  |   ^^^^
  |
  = help: delete one of them

1 error, 1 warning
";
    assert_eq!(shown(".decl a() input brie\n  brie", Lang::En), expected);
    assert_eq!(shown("a(1).", Lang::En), "");
}

#[test]
fn a_text_that_was_not_closed_is_traced_to_its_beginning() {
    let shown = shown("a(1).\nb(\"x).\nc(\"y\").\n", Lang::En);
    assert!(shown.contains("main.dl:3:4"), "{shown}");
    assert!(shown.contains("the text before this began on line 2"), "{shown}");
}

#[test]
fn long_lines_are_shown_in_part() {
    let shown = shown(&format!("a({}12x{}).", "甲, ".repeat(100_000), ", 乙".repeat(100_000)), Lang::En);
    assert!(shown.contains("12x") && shown.len() < 2_000, "{}", shown.len());
}

/// Soufflé tells the place where it noticed; it stands beside the one where the dot is missing.
#[test]
fn a_missing_dot_is_told_with_what_comes_instead() {
    let places = |text: &str| {
        let (_, told) = read(text);
        told.iter()
            .map(|d| (d.code, d.primary.0.start, d.secondary.iter().map(|(span, _)| span.start).collect()))
            .collect::<Vec<_>>()
    };
    assert_eq!(places("a(1)\n\nb(2)."), [("E0108", 3, vec![6])]);
    assert_eq!(places("a(1)"), [("E0108", 3, Vec::new())]);
}
