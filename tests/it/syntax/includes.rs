//! Files within files.

use huiyan::limits::{MAX_INCLUDE_DEPTH, MAX_INCLUSIONS, MAX_MACRO_BYTES, MAX_MACRO_WORK};
use huiyan::syntax::{SourceFile, Sources, includes, parse, print_program, resolve_include};

fn files(of: &[(&str, &str)]) -> Sources {
    let files = of.iter().map(|(name, text)| SourceFile { name: name.to_string(), text: (*text).into() }).collect();
    Sources { files, ..Sources::default() }
}

#[test]
fn included_files_stand_in_place_of_their_include() {
    let sources = files(&[
        ("pack/main.dl", "a(1).\n.include \"lib/x.dl\"\n.include \"lib/once.dl\"\n.include \"lib/x.dl\"\nb(1)."),
        ("pack/lib/x.dl", ".include \"../lib/./once.dl\" x(1)."),
        ("pack/lib/once.dl", ".once\n.include \"x.dl\"\nonce(1)."),
    ]);
    let (program, diagnostics) = parse(&sources);
    // x includes once, which includes x, which is being read: a cycle, and the only mistake.
    let found: Vec<_> = diagnostics.iter().map(|d| (d.code, d.primary.0.file.0)).collect();
    assert_eq!(found, [("E0112", 2)]);
    assert_eq!(print_program(&program), "a(1).\nonce(1).\nx(1).\nx(1).\nb(1).\n");
    assert_eq!(includes("x(1).include \"a\\\"b\"\n// .include \"c\"\n.include\"d\""), ["a\"b", "d"]);
    assert_eq!(resolve_include("a/b/m.dl", "../../../c//d.dl"), "../c/d.dl");
}

#[test]
fn missing_files_cycles_and_floods_are_told() {
    let codes = |sources: &Sources| parse(sources).1.iter().map(|d| d.code).collect::<Vec<_>>();
    assert_eq!(codes(&files(&[("m.dl", ".include \"no.dl\"\n.include \"m.dl\"")])), ["E0111", "E0112"]);
    assert_eq!(codes(&files(&[("m.dl", ".once .include \"m.dl\" a(1).")])), [""; 0]);
    // Thirty files that each include the next one twice.
    let names: Vec<String> = (0..30).map(|i| format!("{i}.dl")).collect();
    let texts: Vec<String> = (0..30).map(|i| format!(".include \"{0}.dl\" .include \"{0}.dl\" a({i}).", i + 1)).collect();
    let mut all: Vec<(&str, &str)> = names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    all.push(("30.dl", ""));
    let found = codes(&files(&all));
    assert!(found.len() <= 101 && found.iter().all(|code| matches!(*code, "E0112" | "E0117")), "{found:?}");
}

#[test]
fn the_preprocessor_includes_where_it_stands_and_its_macros_last() {
    let sources = files(&[
        ("m.dl", "a(1).\n#include \"lib/x.dl\"\nb(X).\n#ifdef NO\n#include \"not/there.dl\"\n#endif\n"),
        ("lib/x.dl", "#define X 7\nx(1).\n"),
    ]);
    let (program, diagnostics) = parse(&sources);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(print_program(&program), "a(1).\nx(1).\nb(7).\n");
    assert_eq!(includes("#include \"a\"\n#  include \"b\"\n// #include \"c\""), ["a", "b"]);
    // Behind an included file places are those of the file.
    let sources = files(&[("m.dl", "#include \"x.dl\"\na(1).\nb(~).\n"), ("x.dl", "")]);
    let (_, diagnostics) = parse(&sources);
    assert_eq!(diagnostics.iter().map(|d| sources.line_column(d.primary.0)).collect::<Vec<_>>(), [(3, 3)]);
}

#[test]
fn macros_that_multiply_are_stopped() {
    // Each of thirty macros stands for the next one twice.
    let lines: Vec<String> = (0..30).map(|i| format!("#define M{i} M{0} M{0}\n", i + 1)).collect();
    let text = format!("{}a(M0).", lines.concat());
    let codes = |text: &str| parse(&Sources::single("m.dl", text)).1.iter().map(|d| d.code).collect::<Vec<_>>();
    assert_eq!(codes(&text), ["E0127"]);
    // A hundred thousand that each stand for the next one end where nobody would follow them.
    let chain: String = (0..100_000).map(|i| format!("#define M{i} M{}\n", i + 1)).collect();
    assert_eq!(codes(&format!("{chain}a(M0).")), [""; 0]);
}

/// Each is small, and would be gone through for ever.
#[test]
fn work_on_macros_is_bounded_whatever_comes_of_it() {
    let codes = |text: &str| parse(&Sources::single("m.dl", text)).1.iter().map(|d| d.code).collect::<Vec<_>>();
    let open = format!("#define F(x) x\n{}", "F ( ".repeat(200_000));
    assert_eq!(codes(&open)[0], "E0127");
    let lines: Vec<String> = (0..17).map(|i| format!("#define A{i} A{0} A{0}\n", i + 1)).collect();
    // Each use goes through 2^17 pieces, some times over, and puts out none.
    let nothing = |uses: usize| {
        codes(&format!("{}#define A17\n#define E(x)\n#define G(x) E(x)\n{}", lines.concat(), "G(A0)\n".repeat(uses)))
    };
    let enough = MAX_MACRO_WORK >> 17;
    assert_eq!((nothing(enough / 8), nothing(enough)), (vec![], vec!["E0127"]));
}

#[test]
fn files_are_read_where_they_are_included() {
    let sources = files(&[
        ("m.dl", "#define k 5\n.include \"a.dl\"\n#undef k\n.include \"b.dl\"\n#define k 7\n"),
        ("a.dl", "a(k)."),
        ("b.dl", "b(k)."),
    ]);
    let (program, diagnostics) = parse(&sources);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(print_program(&program), "a(5).\nb(k).\n");
    // Files that guard themselves may include each other.
    let sources =
        files(&[("m.dl", "#ifndef M\n#define M\n#include \"n.dl\"\na(1).\n#endif\n"), ("n.dl", "#include \"m.dl\"\nb(1).\n")]);
    let (program, diagnostics) = parse(&sources);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(print_program(&program), "b(1).\na(1).\n");
    let sources = files(&[("m.dl", "a(1).\n#include \"m.dl\"\n")]);
    assert!(parse(&sources).1.iter().any(|d| d.code == "E0112"));
}

#[test]
fn q5_inclusions_end_at_their_bounds() {
    let codes = |sources: &Sources| parse(sources).1.iter().map(|d| d.code).collect::<Vec<_>>();
    // Each file includes the next one.
    let chain = |depth: usize| {
        let names: Vec<String> = (0..=depth).map(|i| format!("{i}.dl")).collect();
        let texts: Vec<String> =
            (1..=depth).map(|i| format!(".include \"{i}.dl\"\na({i}).")).chain(["a(0).".to_string()]).collect();
        codes(&files(&names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect::<Vec<_>>()))
    };
    assert_eq!((chain(MAX_INCLUDE_DEPTH), chain(MAX_INCLUDE_DEPTH + 1)), (vec![], vec!["E0112"]));
    let again = |times: usize| codes(&files(&[("m.dl", &".include \"a.dl\"\n".repeat(times)), ("a.dl", "a(1).")]));
    assert_eq!((again(MAX_INCLUSIONS), again(MAX_INCLUSIONS + 1)), (vec![], vec!["E0112"]));
}

#[test]
fn q5_a_use_of_a_macro_ends_at_its_bound() {
    let codes = |text: &str| parse(&Sources::single("m.dl", text)).1.iter().map(|d| d.code).collect::<Vec<_>>();
    // So many bytes of facts; a digit more or less in the first of them.
    let facts =
        |bytes: usize| format!("#define M b({}). {}\nM", "1".repeat(bytes % 6 + 1), "b(1). ".repeat(bytes / 6 - 1).trim_end());
    let bytes = |text: &str| text.lines().next().unwrap().len() - "#define M ".len();
    let most = (0..12).map(|less| facts(MAX_MACRO_BYTES + 6 - less)).find(|text| bytes(text) == MAX_MACRO_BYTES).unwrap();
    assert_eq!((codes(&most), codes(&most.replacen("b(1", "b(11", 1))), (vec![], vec!["E0127"]));
}
