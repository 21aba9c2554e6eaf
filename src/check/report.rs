//! [`Report`]: the mistakes found so far, each once. A rule with several heads or disjuncts is checked once for each, so one
//! mistake comes up several times; it is kept once. It also finds the name that was
//! probably meant.
//!
//! Codes of this layer: E020x and E021x declarations and types, E022x to E024x directives, E025x to E027x names and forms in rules,
//! E028x kinds and types, E029x scopes and grounding, E030x facts and whole programs; W020x habits.

use crate::limits::MAX_RULE_MISTAKES;
use crate::syntax::{Diagnostic, Severity, Span};
use crate::types::Said;
use std::collections::HashSet;

#[derive(Default)]
pub(super) struct Report {
    found: Vec<Diagnostic>,
    seen: HashSet<(&'static str, Span, String)>,
    /// Every error that came up, repeated ones too.
    errors: usize,
    /// Errors and warnings that are kept.
    told: (usize, usize),
}

impl Report {
    pub fn add(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        let told = match diagnostic.severity {
            Severity::Error => &mut self.told.0,
            Severity::Warning => &mut self.told.1,
        };
        let key = (diagnostic.code, diagnostic.primary.0, diagnostic.message.en.clone());
        if *told < MAX_RULE_MISTAKES && self.seen.insert(key) {
            *told += 1;
            self.found.push(diagnostic);
        }
    }

    /// What was found while something was tried.
    pub fn absorb(&mut self, tried: Report) {
        self.errors += tried.errors - tried.found.iter().filter(|found| found.severity == Severity::Error).count();
        tried.found.into_iter().for_each(|found| self.add(found));
    }

    pub fn error(&mut self, code: &'static str, span: Span, message: Said) {
        self.add(Diagnostic::error(code, span, message));
    }

    /// Something is missing that an earlier stage reported.
    pub fn reported_before(&mut self) {
        self.errors += 1;
    }

    /// How many errors came up so far: what was made while it grew is not to be trusted.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// "did you mean …?", if a known name is near. Not looked for once nobody will read it: names may be very many.
    pub fn near<'a>(&self, name: &str, known: impl Iterator<Item = &'a str>) -> Option<Said> {
        if self.is_full() {
            return None;
        }
        let near = closest(name, known)?;
        Some(say(format!("did you mean `{near}`?"), format!("是否想写 `{near}`？")))
    }

    /// No further error will be kept.
    pub fn is_full(&self) -> bool {
        self.told.0 >= MAX_RULE_MISTAKES
    }

    /// In the order of their places.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|d| (d.primary.0.file, d.primary.0.start, d.code));
        self.found
    }
}

pub(super) fn say(en: impl Into<String>, zh: impl Into<String>) -> Said {
    Said::new(en, zh)
}

/// The nearest of some names, if it differs in at most a third of its characters.
pub fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.chars().count() / 3).clamp(1, 4);
    known
        .filter(|other| *other != name)
        .map(|other| (distance(name, other, allowed), other))
        .filter(|(far, _)| *far <= allowed)
        .min()
        .map(|(_, other)| other)
}

/// How many single characters differ (inserted, left out, replaced); `most + 1` for anything farther.
fn distance(a: &str, b: &str, most: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != y);
            row.push(replaced.min(last[j + 1] + 1).min(row[j] + 1));
        }
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["judgment", "judgment_person", "custody"];
        assert_eq!(closest("jugdment", known.into_iter()), Some("judgment"));
        assert_eq!(closest("custdy", known.into_iter()), Some("custody"));
        assert_eq!(closest("death", known.into_iter()), None);
    }
}
