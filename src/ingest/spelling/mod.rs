//! What people write for one and the same value, and what it certainly means.
//!
//! Promises: a text is read only where every reader would read the same; else there is a code that says why not. The one clean form is
//! looked at first and costs nothing. Pure: must not know columns, rows or files.

mod date;
mod identity;
mod number;

pub use date::{day, instant};
pub use identity::identity;
pub use number::{float, is_plain, whole};

use crate::types::{is_space, narrow};

/// A value, and whether the text had its one clean form.
#[derive(Clone, PartialEq, Debug)]
pub enum Spelled<T> {
    Clean(T),
    Mended(T),
}

impl<T> Spelled<T> {
    pub fn map<U>(self, to: impl FnOnce(T) -> U) -> Spelled<U> {
        match self {
            Spelled::Clean(value) => Spelled::Clean(to(value)),
            Spelled::Mended(value) => Spelled::Mended(to(value)),
        }
    }
}

/// The text without white space and invisible characters around it.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Signs by which people and programs say "there is none". What says that a formula went wrong is not among them, and
/// neither is what says "not known" ([`says_unknown`]).
pub fn says_none(text: &str) -> bool {
    const MARKS: [&str; 18] =
        ["", "-", "--", "—", "——", "―", "–", "/", "\\", "无", "(无)", "空", "(空)", "null", "(null)", "none", "n/a", "#n/a"];
    // The longest mark has six characters; full-width ones have three bytes.
    let text = trimmed(text);
    text.len() <= 18 && {
        let plain: String = text.chars().map(|c| narrow(c).to_ascii_lowercase()).collect();
        MARKS.contains(&plain.as_str())
    }
}

/// What is written in place of an identity number that nobody knows.
pub fn says_unknown(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "不详",
        "未知",
        "不明",
        "不清",
        "待查",
        "待核",
        "待核实",
        "未核实",
        "未提供",
        "未登记",
        "身份不明",
        "暂无",
        "没有",
        "unknown",
    ];
    let text = trimmed(text);
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Narrow characters, nothing around them, one sign for each kind of dash.
fn plain(text: &str) -> Vec<char> {
    let one_dash = |c| match narrow(c) {
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        narrow => narrow,
    };
    trimmed(text).chars().map(one_dash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_cut_off_and_only_marks_say_none() {
        assert_eq!(trimmed("\u{feff}\u{3000}\u{a0} 吴 某\u{200b}\r\n"), "吴 某");
        for none in ["", " ", "-", "－", "——", "无", "（无）", "NULL", "#N/A", "／", "n/a "] {
            assert!(says_none(none), "{none}");
        }
        for some in ["0", "不详", "#VALUE!", "无业", "---x", "nul", "无 无"] {
            assert!(!says_none(some), "{some}");
        }
    }
}
