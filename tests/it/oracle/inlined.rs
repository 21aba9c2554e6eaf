//! Random programs with ranges, and with relations whose rules are written into others. The judge of the latter is the same program
//! without the word `inline`.
//!
//! They are random programs like others, in which something is put wherever the checker takes it.

use super::compile;
use super::random::{self, Made, Rng};
use super::structured;

/// Texts that are tried for each program.
const ATTEMPTS: usize = 4;

pub fn program(rng: &mut Rng) -> Made {
    let mut made = random::program(rng);
    for _ in 0..ATTEMPTS {
        if let Some(text) = with_range(&made.text, rng).filter(|text| compile(text).is_ok()) {
            made.text = text;
            made.features.insert("range");
        }
    }
    written_in(made, rng)
}

/// The same with records and algebraic types.
pub fn structured(rng: &mut Rng) -> Made {
    let made = structured::program(rng);
    written_in(made, rng)
}

/// Some relations `inline`, as far as the checker takes it.
fn written_in(mut made: Made, rng: &mut Rng) -> Made {
    let declared: Vec<String> = made.text.lines().filter(|line| line.starts_with(".decl d")).map(str::to_string).collect();
    for line in declared.iter().rev().skip(1) {
        let name = line[".decl ".len()..line.find('(').expect("columns")].to_string();
        let unread = made.text.replacen(&format!(".output {name}\n"), "", 1);
        let text = unread.replacen(line, &format!("{line} inline"), 1);
        if rng.chance(70) && compile(&text).is_ok() {
            made.text = text;
            made.features.insert("inline");
        }
    }
    made
}

/// A literal with a range more in some rule that has a variable.
fn with_range(text: &str, rng: &mut Rng) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let rules: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].contains(":- ")).collect();
    let at = *rng.pick(if rules.is_empty() { return None } else { &rules });
    let rule = lines[at].strip_suffix('.')?.to_string();
    let names: Vec<&str> = rule.split(|c: char| !c.is_alphanumeric()).filter(|word| is_variable(word)).collect();
    let (v, w) = (*rng.pick(if names.is_empty() { return None } else { &names }), *rng.pick(&names));
    let (a, b) = (rng.below(4) as i64 - 1, rng.below(5));
    let literal = match rng.below(7) {
        0 => format!("{v} = range({a}, {b})"),
        1 => format!("{v} < range({a}, {b}, {})", rng.below(3)),
        2 => format!("{v} >= range(0, {w} % 4)"),
        3 => format!("z = range({a}, {b}), z != {v}, z > {w} - 2"),
        4 => format!("{v} < count : {{ z = range({w} % 3, {b}), z != {a} }}"),
        5 => format!("{v} <= sum z : {{ z = range({b}, {a} + {w} % 3), z > {w} }}"),
        _ => format!("{v} != max range({a}, {b} / {w}) : {{ z = range(0, 2) }}"),
    };
    lines[at] = format!("{rule}, {literal}.");
    Some(lines.join("\n") + "\n")
}

fn is_variable(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}
