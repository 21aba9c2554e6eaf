//! [`Finding`]: one mistake with its places by line and column, whether it is in rules or in the data of a pack.

use crate::pack::PackError;
use crate::syntax::{Diagnostic, Severity, Sources, Span};
use crate::types::Said;

/// What mistakes of a pack that are none of its rules go by.
const PACK: &str = "pack";

pub struct Finding {
    pub code: &'static str,
    pub severity: Severity,
    pub message: Said,
    pub help: Option<Said>,
    /// The first is where it is; the others belong to it. None of what is wrong with a pack as a whole.
    pub places: Vec<Place>,
}

pub struct Place {
    /// As the pack names it.
    pub file: String,
    /// Line and column (characters) from 1; the end is the first character behind it.
    pub start: (usize, usize),
    pub end: Option<(usize, usize)>,
    /// What stands there.
    pub said: Said,
}

impl Finding {
    pub fn of_rules(found: &Diagnostic, sources: &Sources) -> Finding {
        let primary = std::iter::once((&found.primary.0, &found.primary.1));
        let all = primary.chain(found.secondary.iter().map(|(span, said)| (span, said)));
        Finding {
            code: found.code,
            severity: found.severity,
            message: found.message.clone(),
            help: found.help.clone(),
            places: all.map(|(span, said)| place(*span, said, sources)).collect(),
        }
    }

    pub fn of_pack(error: &PackError) -> Vec<Finding> {
        let finding = |code, message, places| Finding { code, severity: Severity::Error, message, help: None, places };
        match error {
            PackError::Data { file, mistakes } => {
                let of = |line: u64| Place {
                    file: file.clone(),
                    start: (usize::try_from(line).unwrap_or(usize::MAX).max(1), 1),
                    end: None,
                    said: Said::new("", ""),
                };
                mistakes.iter().map(|mistake| finding(mistake.code, mistake.said.clone(), vec![of(mistake.line)])).collect()
            }
            other => vec![finding(PACK, other.said(), Vec::new())],
        }
    }
}

fn place(span: Span, said: &Said, sources: &Sources) -> Place {
    let end = Span { start: span.end, ..span };
    Place {
        file: sources.file(span.file).name.clone(),
        start: sources.line_column(span),
        end: Some(sources.line_column(end)),
        said: said.clone(),
    }
}
