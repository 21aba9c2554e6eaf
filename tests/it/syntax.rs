//! Does the parser read everything, and never fail?

mod broken;
mod documented;
mod forms;
mod includes;
mod mistakes;
mod trees;

use huiyan::syntax::ast::{Item, Program};
use huiyan::syntax::{Diagnostic, Sources, format, has_errors, parse, print_program, render};
use huiyan::types::Lang;

/// Parses one text.
fn read(text: &str) -> (Program, Vec<Diagnostic>) {
    parse(&Sources::single("main.dl", text))
}

/// Parses one text without any mistake and prints it.
fn printed(text: &str) -> String {
    let sources = Sources::single("main.dl", text);
    let (program, diagnostics) = parse(&sources);
    assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &sources, Lang::En));
    print_program(&program)
}

/// The tree as text, without places.
fn bare(program: &Program) -> String {
    let shown = format!("{:?}", program.items.iter().filter(|item| !matches!(item, Item::Pragma(_))).collect::<Vec<_>>());
    let mut out = String::new();
    let mut rest = shown.as_str();
    while let Some(at) = rest.find("Span {") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('}').unwrap();
        rest = &rest[at + end + 1..];
    }
    out + rest
}

/// A text that can be read means the same in the one layout; and formatting that changes nothing.
fn lay_out(text: &str) {
    let of = |text: &str| format(&Sources::single("main.dl", text));
    let (program, diagnostics) = read(text);
    match of(text) {
        Ok(laid_out) => {
            assert_eq!(bare(&program), bare(&read(&laid_out).0), "{text:?}\nlaid out\n{laid_out}");
            assert_eq!(of(&laid_out).ok().as_ref(), Some(&laid_out), "of {text:?}");
        }
        Err(told) => assert!(has_errors(&diagnostics) || text.contains(" ."), "{text:?}\n{told:?}"),
    }
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn some<T>(&mut self, least: usize, most: usize, mut make: impl FnMut(&mut Dice) -> T) -> Vec<T> {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| make(self)).collect()
    }
}
