//! The report as SARIF 2.1.0, which editors and build servers show without help.

use super::finding::{Finding, Place};
use crate::syntax::Severity;
use crate::types::Lang;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// `path` is what was checked; the names of its files stand behind it, so that they are found from where the command ran.
pub fn report(findings: &[Finding], path: &Path, lang: Lang) -> Value {
    let base = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, base, lang)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| json!({"id": code})).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(finding: &Finding, base: &Path, lang: Lang) -> Value {
    let mut text = finding.message.get(lang).to_string();
    if let Some(help) = &finding.help {
        text.push('\n');
        text.push_str(help.get(lang));
    }
    let located = |at: &Place| location(at, base, lang);
    json!({
        "ruleId": finding.code,
        "level": if finding.severity == Severity::Error { "error" } else { "warning" },
        "message": {"text": text},
        "locations": finding.places.iter().take(1).map(located).collect::<Vec<_>>(),
        "relatedLocations": finding.places.iter().skip(1).map(located).collect::<Vec<_>>(),
    })
}

fn location(at: &Place, base: &Path, lang: Lang) -> Value {
    let mut region = json!({"startLine": at.start.0, "startColumn": at.start.1});
    if let Some((line, column)) = at.end {
        region["endLine"] = line.into();
        region["endColumn"] = column.into();
    }
    let mut location = json!({"physicalLocation": {"artifactLocation": {"uri": uri(&base.join(&at.file))}, "region": region}});
    let said = at.said.get(lang);
    if !said.is_empty() {
        location["message"] = json!({"text": said});
    }
    location
}

/// A relative reference: what a URI cannot hold is coded.
fn uri(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => text.push(byte as char),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_become_references() {
        assert_eq!(uri(Path::new("rules/规 则.dl")), "rules/%E8%A7%84%20%E5%88%99.dl");
    }
}
