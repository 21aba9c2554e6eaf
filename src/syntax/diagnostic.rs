//! [`Diagnostic`]: one mistake in rules, with its place, its code and its remedy.

use super::source::Span;
use crate::limits::{MAX_SAID_BYTES, MAX_SHOWN_NAME_BYTES};
use crate::types::Said;
use std::borrow::Cow;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    Error,
    Warning,
}

/// One mistake. `code` is stable (`E0103`); messages may be reworded.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub code: &'static str,
    pub severity: Severity,
    pub message: Said,
    /// Where it is, and what stands there.
    pub primary: (Span, Said),
    /// Other places that belong to it.
    pub secondary: Vec<(Span, Said)>,
    /// What to do about it.
    pub help: Option<Said>,
}

impl Diagnostic {
    pub fn error(code: &'static str, span: Span, message: Said) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: shortened(message),
            primary: (span, Said::new("", "")),
            secondary: Vec::new(),
            help: None,
        }
    }

    pub fn warning(code: &'static str, span: Span, message: Said) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    pub fn label(mut self, text: Said) -> Diagnostic {
        self.primary.1 = shortened(text);
        self
    }

    pub fn also(mut self, span: Span, text: Said) -> Diagnostic {
        self.secondary.push((span, shortened(text)));
        self
    }

    pub fn help(mut self, text: Said) -> Diagnostic {
        self.help = Some(shortened(text));
        self
    }
}

/// What is said, with names that are longer than names may be cut, and no longer than anybody reads.
fn shortened(said: Said) -> Said {
    Said { en: without_long_names(said.en), zh: without_long_names(said.zh) }
}

fn without_long_names(said: String) -> String {
    if said.len() <= MAX_SHOWN_NAME_BYTES {
        return said;
    }
    // Names stand between backticks: every other part is one.
    let short = |(i, part)| if i % 2 == 1 { cut(part, MAX_SHOWN_NAME_BYTES) } else { Cow::Borrowed(part) };
    let parts: Vec<Cow<'_, str>> = said.split('`').enumerate().map(short).collect();
    cut(&parts.join("`"), MAX_SAID_BYTES).into_owned()
}

fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(most)]))
}

/// Is there a mistake that stops the program?
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q5_what_is_said_is_cut_at_its_bound() {
        let said = |n: usize| without_long_names("x".repeat(n));
        assert_eq!(said(MAX_SAID_BYTES).len(), MAX_SAID_BYTES);
        assert_eq!(said(MAX_SAID_BYTES + 1), format!("{}…", "x".repeat(MAX_SAID_BYTES)));
        let named = |n: usize| without_long_names(format!("`{}`{}", "r".repeat(n), " ".repeat(MAX_SHOWN_NAME_BYTES)));
        assert!(!named(MAX_SHOWN_NAME_BYTES).contains('…') && named(MAX_SHOWN_NAME_BYTES + 1).contains("r…`"));
    }
}
