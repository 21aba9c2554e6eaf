//! What `huiyan check` would say, for each file as the protocol has it.

use super::place::{Encoding, Lines};
use super::project::Project;
use crate::pack::PackError;
use crate::syntax::{Diagnostic, FileId, Severity, Span};
use crate::types::{Lang, Said};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

const SOURCE: &str = "huiyan";
/// What mistakes of a pack that are none of its rules go by.
const PACK: &str = "pack";

pub(super) type ByFile = BTreeMap<String, Vec<Value>>;

/// Everything that is wrong with a program, its data too.
pub(super) fn of(project: &Project, encoding: Encoding, lang: Lang, into: &mut ByFile) {
    let (program, found) = match project.pack.check() {
        Ok((program, warnings)) => (Some(program), warnings),
        Err(mistakes) => (None, mistakes),
    };
    let mut writer = Writer { project, encoding, lang, lines: HashMap::new() };
    for one in &found {
        let (uri, written) = writer.written(one);
        let own = into.entry(uri).or_default();
        if !own.contains(&written) {
            own.push(written);
        }
    }
    project.fault.iter().for_each(|(uri, error)| of_pack(uri, error, project, lang, into));
    if let Some(Err(error)) = program.map(|program| project.pack.rows(&program)) {
        of_pack(project.uri(FileId(0)), &error, project, lang, into);
    }
}

/// Mistakes of data stand in their files, others in the one that is given.
fn of_pack(uri: &str, error: &PackError, project: &Project, lang: Lang, into: &mut ByFile) {
    let one = |code: &str, said: &Said, line: u64| {
        let at = |line| json!({"line": line, "character": 0});
        let range = json!({"start": at(line), "end": at(line + 1)});
        json!({"range": range, "severity": 1, "code": code, "source": SOURCE, "message": said.get(lang)})
    };
    match error {
        PackError::Data { file, mistakes } => {
            let uri = project.uri_of(file).unwrap_or_else(|| uri.to_string());
            let all = mistakes.iter().map(|mistake| one(mistake.code, &mistake.said, mistake.line.saturating_sub(1)));
            into.entry(uri).or_default().extend(all);
        }
        other => into.entry(uri.to_string()).or_default().push(one(PACK, &other.said(), 0)),
    }
}

struct Writer<'p> {
    project: &'p Project,
    encoding: Encoding,
    lang: Lang,
    lines: HashMap<FileId, Lines<'p>>,
}

impl Writer<'_> {
    fn range(&mut self, span: Span) -> Value {
        let (project, encoding) = (self.project, self.encoding);
        let lines = self.lines.entry(span.file).or_insert_with(|| Lines::new(project.text(span.file), encoding));
        lines.range(span.start as usize, span.end as usize)
    }

    fn written(&mut self, found: &Diagnostic) -> (String, Value) {
        let (span, label) = &found.primary;
        let mut message = found.message.get(self.lang).to_string();
        for more in [Some(label), found.help.as_ref()].into_iter().flatten().map(|said| said.get(self.lang)) {
            if !more.is_empty() && more != message {
                message.push('\n');
                message.push_str(more);
            }
        }
        let mut related = Vec::new();
        for (span, said) in &found.secondary {
            let location = json!({"uri": self.project.uri(span.file), "range": self.range(*span)});
            related.push(json!({"location": location, "message": said.get(self.lang)}));
        }
        let severity = if found.severity == Severity::Error { 1 } else { 2 };
        let written = json!({
            "range": self.range(*span), "severity": severity, "code": found.code, "source": SOURCE, "message": message,
            "relatedInformation": related,
        });
        (self.project.uri(span.file).to_string(), written)
    }
}
