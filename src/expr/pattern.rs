//! Patterns of `match`: regular expressions that the whole text must fit. A dot is any character but a line break.
//!
//! A pattern is mostly a constant of a rule, so each thread keeps those that it has used.

use crate::limits::{MAX_PATTERN_BYTES, PATTERNS_KEPT};
use regex::{Regex, RegexBuilder};
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    static KEPT: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
}

/// `None` if the pattern is none, or takes more memory than a pattern may.
pub(super) fn fits(pattern: &str, text: &str) -> Option<bool> {
    KEPT.with_borrow_mut(|kept| {
        if !kept.contains_key(pattern) {
            if kept.len() >= PATTERNS_KEPT {
                kept.clear();
            }
            kept.insert(pattern.to_string(), read(pattern));
        }
        kept.get(pattern)?.as_ref().map(|pattern| pattern.is_match(text))
    })
}

/// Can texts fit it at all?
pub fn is_pattern(pattern: &str) -> bool {
    fits(pattern, "").is_some()
}

fn read(pattern: &str) -> Option<Regex> {
    let bounded =
        |pattern: &str| RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES).build().ok();
    // By itself first: with parentheses around it one that closes too many would fit.
    bounded(pattern)?;
    // One that ends in a comment takes what stands on its line.
    bounded(&format!("^(?:{pattern})$")).or_else(|| bounded(&format!("^(?:{pattern}\n)$")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_fit() {
        assert_eq!(fits("a.*", "abc"), Some(true));
        assert_eq!(fits("b", "abc"), Some(false));
        assert_eq!(fits("a|b", "ab"), Some(false), "alternatives are of the whole");
        assert_eq!(fits("..", "中文"), Some(true));
        assert_eq!(fits(".", "\n"), Some(false));
        assert_eq!(fits("", ""), Some(true));
        assert_eq!(fits("(?x) a b # and no more", "ab"), Some(true));
    }

    #[test]
    fn what_is_no_pattern_neither_fits_nor_does_not() {
        for bad in ["(", ")(", "a)|(b", "[", "*", "((a{1000}){1000}){1000}"] {
            assert_eq!(fits(bad, "a"), None, "{bad}");
        }
    }

    #[test]
    fn q5_a_pattern_takes_no_more_memory_than_it_may() {
        // Each byte of a pattern comes to some dozens when it is read.
        assert_eq!(fits(&"a".repeat(MAX_PATTERN_BYTES / 100), "a"), Some(false));
        assert_eq!(fits(&"a".repeat(MAX_PATTERN_BYTES), "a"), None);
    }

    #[test]
    fn no_more_are_kept_than_may_be() {
        for i in 0..2 * PATTERNS_KEPT {
            assert_eq!(fits(&format!("x{i}"), "x7"), Some(i == 7));
            assert!(KEPT.with_borrow(HashMap::len) <= PATTERNS_KEPT);
        }
    }
}
