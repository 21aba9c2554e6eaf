//! Lines of JSON: cut out of a stream with bounded memory, read as a change of some relation or as a row of a known one.

use super::form::{Form, Mistake, is_plain, pointer_if_plain, refuse};
use super::json::{JsonError, Raw, parse_json};
use super::line::{Op, Refused, Submitted};
use super::refusal;
use crate::limits::MAX_LINE_BYTES;
use crate::types::Row;
use std::io::{self, BufRead};

/// Where the next line starts and how many were seen.
pub(super) struct Lines<R> {
    from: R,
    line: u64,
}

/// One line that is not blank.
pub(super) enum Line {
    Text(Vec<u8>),
    TooLong,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(from: R) -> Lines<R> {
        Lines { from, line: 0 }
    }

    pub(super) fn source(&self) -> &R {
        &self.from
    }

    /// The next line that is not blank, with its number; what is too long is skipped without being held.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Line)>> {
        loop {
            let mut text = Vec::new();
            let (any, too_long) = self.read_line(&mut text)?;
            if !any {
                return Ok(None);
            }
            self.line += 1;
            if too_long {
                return Ok(Some((self.line, Line::TooLong)));
            }
            if !text.trim_ascii().is_empty() {
                return Ok(Some((self.line, Line::Text(text))));
            }
        }
    }

    /// Reads up to and with the next newline. Whether there was anything, and whether it was too long to keep.
    fn read_line(&mut self, text: &mut Vec<u8>) -> io::Result<(bool, bool)> {
        let (mut any, mut too_long) = (false, false);
        loop {
            let available = self.from.fill_buf()?;
            if available.is_empty() {
                return Ok((any, too_long));
            }
            any = true;
            let (end, taken) = match available.iter().position(|b| *b == b'\n') {
                Some(at) => (true, at + 1),
                None => (false, available.len()),
            };
            if text.len() + taken > MAX_LINE_BYTES + 1 {
                too_long = true;
                text.clear();
            }
            if !too_long {
                text.extend_from_slice(&available[..taken]);
            }
            self.from.consume(taken);
            if end {
                return Ok((any, too_long));
            }
        }
    }
}

/// `{"relation":…,"op":…,"row":{…}}`
pub(super) fn change<'f, 'p: 'f>(
    line: u64,
    text: &[u8],
    form_of: impl FnOnce(&str) -> Option<&'f Form<'p>>,
) -> Result<Submitted, Vec<Refused>> {
    let Parts { relation, op, row, mut mistakes } = parts(line, text)?;
    let form = relation.as_deref().and_then(form_of);
    match form {
        Some(form) if !form.is_writable() => mistakes.push((refusal::NOT_WRITABLE, "/relation".to_string())),
        None if relation.is_some() => mistakes.push((refusal::UNKNOWN_RELATION, "/relation".to_string())),
        Some(_) | None => {}
    }
    let told_op = op.unwrap_or(Op::Insert);
    let judged = match (form, &row) {
        (Some(form), Some(row)) if form.is_writable() => Some(form.json_line(line, told_op, row)),
        _ => None,
    };
    match judged {
        Some(Ok(submitted)) if mistakes.is_empty() => Ok(submitted),
        judged => {
            let name = relation.filter(|name| is_plain(name)).unwrap_or_default();
            let inner = judged.and_then(Result::err).unwrap_or_default();
            let key = inner.first().map(|r| r.key.clone()).unwrap_or_default();
            let mut all = refuse(line, &name, op, mistakes, &key);
            // Of a line that does not say what it wants nobody knows which columns it must have.
            let inner = inner.into_iter().filter(|refused| op.is_some() || refused.code != refusal::MISSING_COLUMN);
            all.extend(inner.map(|refused| Refused { op, ..refused }));
            Err(all)
        }
    }
}

/// The fields of a change, and what is wrong with them.
struct Parts {
    relation: Option<String>,
    op: Option<Op>,
    row: Option<Raw>,
    mistakes: Vec<Mistake>,
}

fn parts(line: u64, text: &[u8]) -> Result<Parts, Vec<Refused>> {
    let whole = |code| refuse(line, "", None, vec![(code, String::new())], &Row::default());
    let fields = match parse_json(text) {
        Ok(Raw::Object(fields)) => fields,
        Ok(_) => return Err(whole(refusal::NOT_AN_OBJECT)),
        Err(e) => return Err(whole(code_of(e))),
    };
    let mut parts = Parts { relation: None, op: None, row: None, mistakes: Vec::new() };
    let (mut relation_seen, mut op_seen) = (false, false);
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("relation", _) if relation_seen => parts.mistakes.push((refusal::DUPLICATE_COLUMN, "/relation".to_string())),
            ("op", _) if op_seen => parts.mistakes.push((refusal::DUPLICATE_COLUMN, "/op".to_string())),
            ("row", _) if parts.row.is_some() => parts.mistakes.push((refusal::DUPLICATE_COLUMN, "/row".to_string())),
            ("relation", value) => {
                relation_seen = true;
                match value {
                    Raw::Text(name) => parts.relation = Some(name),
                    _ => parts.mistakes.push((refusal::NOT_TEXT, "/relation".to_string())),
                }
            }
            ("op", value) => {
                op_seen = true;
                parts.op = if let Raw::Text(name) = &value { Op::from_name(name) } else { None };
                if parts.op.is_none() {
                    parts.mistakes.push((refusal::BAD_OP, "/op".to_string()));
                }
            }
            ("row", value) => parts.row = Some(value),
            (other, _) => parts.mistakes.push((refusal::UNKNOWN_FIELD, pointer_if_plain("", other))),
        }
    }
    for (seen, name) in [(relation_seen, "/relation"), (op_seen, "/op"), (parts.row.is_some(), "/row")] {
        if !seen {
            parts.mistakes.push((refusal::MISSING_FIELD, name.to_string()));
        }
    }
    Ok(parts)
}

/// A line that is the row itself.
pub(super) fn row(line: u64, text: &[u8], form: &Form, op: Op) -> Result<Submitted, Vec<Refused>> {
    match parse_json(text) {
        Ok(raw) => form.json_line(line, op, &raw),
        Err(e) => Err(form.refuse(line, op, vec![(code_of(e), String::new())], Row::default())),
    }
}

fn code_of(error: JsonError) -> &'static str {
    match error {
        JsonError::NotUtf8 => refusal::NOT_UTF8,
        JsonError::TooDeep => refusal::TOO_DEEP,
        JsonError::Syntax => refusal::BAD_JSON,
    }
}
