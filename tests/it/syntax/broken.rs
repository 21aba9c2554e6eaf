//! Random and broken texts are read without a panic, fast, and what was understood of them is printed and read back too.

use super::{Dice, bare, lay_out, read};
use huiyan::limits::RULE_STACK_BYTES;
use huiyan::syntax::{Sources, parse, print_program, render};
use huiyan::types::Lang;
use std::time::{Duration, Instant};

/// Reads any text, checks every place, and reads back what was understood.
fn survive(text: &str, what: &str) {
    let sources = Sources::single("m.dl", text);
    let (program, diagnostics) = parse(&sources);
    for diagnostic in &diagnostics {
        let span = diagnostic.primary.0;
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{what}: {diagnostic:?} in {text:?}");
    }
    render(&diagnostics, &sources, Lang::Zh);
    let printed = print_program(&program);
    let (again, _) = read(&printed);
    assert_eq!(bare(&program), bare(&again), "{what}: {text:?}\nprinted {printed}");
    lay_out(text);
}

const SAMPLE: &str = "\
.type Day <: date // 日\n.decl a, b(x: number, d: Day?) brie\n.record a(key=\"x\", title=\"甲\\n乙\")\n\
@[name = \"一\"]\na(x, d + 1) :- b(x, d else date(\"9000-01-01\")), !(c(id: x) ; x < -2 ^ 3), n = count : { b(_, _) }, \
m = max (x + 1) * 2 : { b(x, _) }, starts_with(s, \"x\"), (x + 1) * 2 = as(max(1, n), T), q.r(0x1F, 1.5, 7u, nil).\n/* end */\n\
.comp X { .decl q() }\n.type U = A | B\ne([1, $A()], @f(x)).\n";

#[test]
fn every_beginning_of_a_program_is_survived() {
    for (at, _) in SAMPLE.char_indices() {
        survive(&SAMPLE[..at], "beginning");
        survive(&SAMPLE[at..], "end");
    }
}

#[test]
fn changed_programs_are_survived() {
    for seed in 0..3_000 {
        let mut dice = Dice(seed);
        let mut chars: Vec<char> = SAMPLE.chars().collect();
        for _ in 0..1 + dice.below(6) {
            let at = dice.below(chars.len());
            match dice.below(4) {
                0 => drop(chars.remove(at)),
                1 => chars.insert(at, chars[dice.below(chars.len())]),
                2 => chars.swap(at, dice.below(SAMPLE.chars().count()).min(at)),
                _ => {
                    let to = (at + dice.below(20)).min(chars.len());
                    let part: Vec<char> = chars[at..to].to_vec();
                    let into = dice.below(chars.len());
                    chars.splice(into..into, part);
                }
            }
        }
        survive(&chars.into_iter().collect::<String>(), &format!("seed {seed}"));
    }
}

#[test]
fn pieces_in_any_order_are_survived() {
    const PIECES: &[&str] = &[
        "a",
        "x",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        ":",
        ":-",
        ";",
        "!",
        "=",
        "<",
        "<=",
        "<:",
        "+",
        "-",
        "^",
        "*",
        "@",
        "@[",
        "$",
        "_",
        "\"t\"",
        "\"",
        "12",
        "1.5",
        "0x",
        "min",
        "count",
        "as",
        "else",
        "nil",
        "true",
        "match",
        "\n",
        "\n.decl ",
        ".type ",
        ".output ",
        "\n.comp ",
        "#",
        "#define ",
        "name",
        "starts_with",
        "，",
        "。",
        "“",
        "中",
        "\\",
        "/*",
        "//",
        "|",
        "~",
        "not",
        "band",
        ".clue ",
    ];
    for seed in 0..5_000 {
        let mut dice = Dice(seed);
        let pieces = dice.some(1, 40, |dice| dice.pick(PIECES).to_string() + dice.pick(&["", " "]));
        survive(&pieces.concat(), &format!("seed {seed}"));
    }
}

#[test]
fn random_bytes_are_survived() {
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let bytes = dice.some(0, 300, |dice| dice.next() as u8);
        survive(&String::from_utf8_lossy(&bytes), &format!("seed {seed}"));
        let ascii: String = dice.some(0, 300, |dice| (32 + dice.below(96)) as u8 as char).into_iter().collect();
        survive(&ascii, &format!("seed {seed}, ascii"));
    }
}

#[test]
fn huge_and_deep_texts_are_refused_in_linear_time() {
    let deep = |open: &str, inner: &str, close: &str| format!("a(x) :- {}{inner}{}.", open.repeat(10_000), close.repeat(10_000));
    let long = |part: &str, bytes: usize| part.repeat(bytes / part.len());
    let texts = [
        (deep("(", "b(x)", ")"), "E0109"),
        (deep("(", "x", ") = 1"), "E0109"),
        (deep("!", "b(x)", ""), "E0109"),
        (deep("x = count : { ", "b(x)", "}"), "E0109"),
        (format!("a({}1{}).", "f(".repeat(10_000), ")".repeat(10_000)), "E0109"),
        (format!("a({}1).", "- ".repeat(10_000)), "E0109"),
        (format!("a(1{}).", " + 1".repeat(1_000_000)), "E0109"),
        (format!("a(1{}).", " ^ 1".repeat(1_000_000)), "E0109"),
        (format!("a({}1{}).", "max(".repeat(10_000), ")".repeat(10_000)), "E0109"),
        (format!("a({}).", "[".repeat(1_000_000)), "E0109"),
        (format!("{}(1).", long("x", 10 << 20)), "E0110"),
        (format!(".decl {}(a: number)", long("x", 10 << 20)), "E0110"),
        (format!("b({}).", long("x", 10 << 20)), "E0110"),
        (format!("a(\"{}\").", long("甲", 10 << 20)), "E0110"),
        (long("a(", 1 << 20), "E0109"),
        (long("@[", 1 << 20), "E0101"),
        (long("@![", 1 << 20), "E0123"),
        (long("a.", 1 << 20), "E0101"),
        (long(".", 1 << 20), "E0117"),
        (long("~ ", 1 << 20), "E0117"),
        (long("/*", 1 << 20), "E0105"),
        (long("#\n", 1 << 20), ""),
        (long(".decl a()\n", 1 << 20), ""),
        (long(" ", (16 << 20) + 64), "E0110"),
    ];
    for (text, code) in texts {
        let start = Instant::now();
        let sources = Sources::single("m.dl", &text);
        let (program, diagnostics) = parse(&sources);
        let shown = render(&diagnostics, &sources, Lang::En);
        let began: String = text.chars().take(30).collect();
        let found: Vec<_> = diagnostics.iter().map(|d| d.code).collect();
        assert!(if code.is_empty() { found.is_empty() } else { found.contains(&code) }, "{began}: {found:?}");
        assert!(shown.len() < 200_000, "{began}: {}", shown.len());
        let (_, more) = huiyan::check::check(&program, &sources);
        let shown = render(&more, &sources, Lang::En);
        assert!(shown.len() < 200_000, "{began}: {} of the check", shown.len());
        drop(program);
        assert!(start.elapsed() < Duration::from_secs(30), "{began}: {:?}", start.elapsed());
    }
}

#[test]
fn nesting_within_the_limit_is_read_on_a_small_stack() {
    let text = format!("a(x) :- {}b({}x{}){}.", "(".repeat(120), "f(".repeat(120), ")".repeat(120), ")".repeat(120));
    let sum = " + 1".repeat(600);
    let chain = format!(".decl a(x: number) a(1{sum}).");
    let both = format!(".decl a(x: number) a({}1{sum}{}).", "max(1, ".repeat(248), ")".repeat(248));
    let read = move || {
        for text in [text, chain, both] {
            let (program, diagnostics) = read(&text);
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
            print_program(&program);
            huiyan::check::check(&program, &Sources::single("m.dl", &text));
        }
    };
    std::thread::Builder::new().stack_size(RULE_STACK_BYTES / 4).spawn(read).unwrap().join().unwrap();
}
