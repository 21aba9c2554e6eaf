//! [`Diagnostic`]: one mistake in rules, with its place, its code and its remedy.

use super::source::Span;
use crate::types::Said;

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
            message,
            primary: (span, Said::new("", "")),
            secondary: Vec::new(),
            help: None,
        }
    }

    pub fn warning(code: &'static str, span: Span, message: Said) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    pub fn label(mut self, text: Said) -> Diagnostic {
        self.primary.1 = text;
        self
    }

    pub fn also(mut self, span: Span, text: Said) -> Diagnostic {
        self.secondary.push((span, text));
        self
    }

    pub fn help(mut self, text: Said) -> Diagnostic {
        self.help = Some(text);
        self
    }
}

/// Is there a mistake that stops the program?
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}
