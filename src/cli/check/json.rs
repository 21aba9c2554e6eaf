//! The report as JSON of our own: flat, in the user's language.

use super::finding::{Finding, Place};
use crate::syntax::Severity;
use crate::types::Lang;
use serde_json::{Value, json};

pub fn report(findings: &[Finding], lang: Lang) -> Value {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    json!({
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "findings": findings.iter().map(|finding| one(finding, lang)).collect::<Vec<_>>(),
    })
}

fn one(finding: &Finding, lang: Lang) -> Value {
    json!({
        "code": finding.code,
        "severity": if finding.severity == Severity::Error { "error" } else { "warning" },
        "message": finding.message.get(lang),
        "help": finding.help.as_ref().map(|help| help.get(lang)),
        "place": finding.places.first().map(|at| place(at, lang)),
        "also": finding.places.iter().skip(1).map(|at| place(at, lang)).collect::<Vec<_>>(),
    })
}

fn place(at: &Place, lang: Lang) -> Value {
    json!({
        "file": at.file,
        "line": at.start.0,
        "column": at.start.1,
        "end_line": at.end.map(|end| end.0),
        "end_column": at.end.map(|end| end.1),
        "label": at.said.get(lang),
    })
}
