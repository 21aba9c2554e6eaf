//! [`Form`]: what a relation expects of a line. It turns named cells into a row and finds all mistakes of a line at once.

use super::cell::{self, Expected, Read};
use super::checks::{by_rules, looks, out_of_bounds};
use super::header;
use super::json::Raw;
use super::line::{Op, Refused, Submitted, SubmittedRow};
use super::refusal;
use super::spelling::{Spelled, says_none, trimmed};
use super::words::Words;
use crate::limits::MAX_MISTAKES_PER_LINE;
use crate::program::{AGENCY_TYPE, Column, Program, RecordDecl, Relation};
use crate::security::Agency;
use crate::types::{Kind, RelId, Row, Said, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// A relation seen from outside.
pub struct Form<'p> {
    pub id: RelId,
    pub relation: &'p Relation,
    columns: HashMap<&'p str, usize>,
    /// By names and titles, as they are compared; `None` where two columns have the same.
    titles: HashMap<String, Option<usize>>,
    expected: Vec<Expected>,
    /// Of the columns that take certain words only.
    words: Vec<Option<Words<'p>>>,
}

/// A mistake before its line is known: the code and the JSON pointer.
pub(super) type Mistake = (&'static str, String);

/// A cell on its way to a column.
#[derive(Clone, Copy)]
pub(super) enum Slot<'a> {
    Missing,
    Json(&'a Raw),
    Text(&'a str),
}

impl<'a> Slot<'a> {
    fn text(self) -> Option<&'a str> {
        match self {
            Slot::Text(text) => Some(text),
            Slot::Json(Raw::Text(text)) => Some(text),
            Slot::Missing | Slot::Json(_) => None,
        }
    }
}

impl<'p> Form<'p> {
    pub fn new(program: &'p Program, id: RelId) -> Form<'p> {
        let relation = program.relation(id);
        let columns = relation.columns.iter().enumerate().map(|(i, c)| (c.name.as_str(), i)).collect();
        let is_identity = |i| relation.record.as_ref().is_some_and(|r| r.identity.contains(&i));
        let expected = relation.columns.iter().enumerate().map(|(i, c)| Expected { kind: c.kind, identity: is_identity(i) });
        let mut titles = HashMap::new();
        for (title, column) in titles_of(relation) {
            let found = titles.entry(header::bare(title)).or_insert(Some(column));
            *found = found.filter(|found| *found == column);
        }
        let words = (0..relation.arity()).map(|column| Words::of(relation, column)).collect();
        Form { id, relation, columns, titles, expected: expected.collect(), words }
    }

    /// Records may be sent to it.
    pub fn is_writable(&self) -> bool {
        (self.relation.input.is_some() || self.relation.record.is_some()) && !self.relation.clock
    }

    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.get(name).copied()
    }

    /// A column by its name or by a title under which files carry it, in any spelling.
    pub fn titled(&self, title: &str) -> Option<usize> {
        self.column(title).or_else(|| self.titles.get(&header::bare(title)).copied().flatten())
    }

    /// Every name and title of a column, with the column.
    pub(super) fn titles(&self) -> impl Iterator<Item = (&'p str, usize)> {
        titles_of(self.relation)
    }

    /// A value that is asked for in a column, `null` for an absent one; or the code and the sentence of why it cannot be.
    pub fn asked(&self, name: &str, raw: &Raw) -> Result<(usize, Value), (&'static str, Said)> {
        let told = |code| refusal::known(code).expect("every code given here stands in the table");
        let column = self.column(name).ok_or_else(|| told(refusal::UNKNOWN_COLUMN))?;
        match raw {
            Raw::Null => Ok((column, Value::Absent)),
            raw => match cell::of_json(raw, self.expected[column]).map_err(told)? {
                Read::Clean(value) | Read::Mended(value) => Ok((column, value)),
                Read::NoValue => Err(told(refusal::ABSENT_REQUIRED)),
            },
        }
    }

    /// A line whose row is a JSON value.
    pub(super) fn json_line(&self, line: u64, op: Op, row: &Raw) -> Result<Submitted, Vec<Refused>> {
        let Raw::Object(fields) = row else {
            return Err(self.refuse(line, op, vec![(refusal::NOT_AN_OBJECT, "/row".to_string())], Row::default()));
        };
        let mut slots = vec![Slot::Missing; self.relation.arity()];
        let mut mistakes = Vec::new();
        for (name, raw) in fields {
            match self.column(name) {
                None => mistakes.push((refusal::UNKNOWN_COLUMN, pointer_if_plain("/row", name))),
                Some(i) if !matches!(slots[i], Slot::Missing) => mistakes.push((refusal::DUPLICATE_COLUMN, self.pointer(i))),
                Some(i) => slots[i] = Slot::Json(raw),
            }
        }
        self.line_of(line, op, &slots, mistakes)
    }

    /// A line whose cells lie in their columns' slots; `mistakes` are those found on the way here.
    pub(super) fn line_of(
        &self,
        line: u64,
        op: Op,
        slots: &[Slot],
        mut mistakes: Vec<Mistake>,
    ) -> Result<Submitted, Vec<Refused>> {
        let by_key = if op == Op::Retract { self.key_alone(slots) } else { None };
        let mut values = vec![None; slots.len()];
        let mut repaired = Vec::new();
        let by_part = op == Op::Retract && self.is_key_and_more(slots);
        if by_part {
            mistakes.push((refusal::KEY_IS_ENOUGH, "/row".to_string()));
        }
        for (i, slot) in slots.iter().enumerate() {
            let needless = by_part && matches!(slot, Slot::Missing);
            if needless || by_key.is_some_and(|key| !key.contains(&i)) {
                continue;
            }
            let read = if op == Op::Retract { self.value(i, *slot, op) } else { self.new_value(i, *slot, op) };
            match read {
                Ok((value, None)) => values[i] = Some(value),
                Ok((value, Some(as_sent))) => {
                    values[i] = Some(value);
                    repaired.push((i as u32, as_sent));
                }
                Err(code) => mistakes.push((code, self.pointer(i))),
            }
        }
        let record = self.relation.record.as_ref().filter(|_| op != Op::Retract);
        if let Some(column) = record.and_then(|record| out_of_bounds(record, |column| values[column].as_ref())) {
            mistakes.push((refusal::OUT_OF_BOUNDS, self.pointer(column)));
        }
        if !mistakes.is_empty() {
            let key = self.told_key(&values);
            return Err(self.refuse(line, op, mistakes, key));
        }
        let take = |i: usize| values[i].clone().expect("a column without a mistake has a value");
        let row = match by_key {
            Some(key) => SubmittedRow::Key(Row::new(key.iter().map(|&i| take(i)).collect())),
            None => SubmittedRow::Whole(Row::new((0..slots.len()).map(take).collect())),
        };
        Ok(Submitted { line, relation: self.id, op, row, repaired })
    }

    pub(super) fn refuse(&self, line: u64, op: Op, mistakes: Vec<Mistake>, key: Row) -> Vec<Refused> {
        let mut refused = refuse(line, &self.relation.name, Some(op), mistakes, &key);
        for one in &mut refused {
            if let Some(more) = by_rules(one.code, self.relation, &one.pointer) {
                one.message = more;
            }
        }
        refused
    }

    /// The value of a column of a row that comes in. What once came can be retracted.
    fn new_value(&self, i: usize, slot: Slot, op: Op) -> Result<(Value, Option<String>), &'static str> {
        if self.is_empty_key(i, slot) {
            return Err(refusal::EMPTY_KEY);
        }
        if slot.text().is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER)) {
            return Err(refusal::REPLACED_CHARACTER);
        }
        self.value(i, slot, op)
    }

    /// The value of a column, with the text as sent where it was not spelled as it should be; or why there is none.
    fn value(&self, i: usize, slot: Slot, op: Op) -> Result<(Value, Option<String>), &'static str> {
        let column = &self.relation.columns[i];
        let absent = |code| if column.optional { Ok(Value::Absent) } else { Err(code) };
        let read = match slot {
            Slot::Missing => return Ok((absent(refusal::MISSING_COLUMN)?, None)),
            Slot::Json(Raw::Null) => return Ok((absent(refusal::ABSENT_REQUIRED)?, None)),
            Slot::Json(raw) => cell::of_json(raw, self.expected[i])?,
            Slot::Text(text) if trimmed(text).is_empty() && !self.takes_nothing(i) => Read::NoValue,
            Slot::Text(text) => cell::of_text(text, self.expected[i])?,
        };
        let as_sent = || match slot {
            Slot::Json(raw) => cell::written(raw),
            Slot::Text(text) => text.to_string(),
            Slot::Missing => String::new(),
        };
        match self.agency(i, self.formed(i, self.worded(i, read, op)?, op)?, op)? {
            Read::Clean(value) => Ok((value, None)),
            Read::Mended(value) => Ok((value, Some(as_sent()))),
            Read::NoValue => Ok((absent(refusal::ABSENT_REQUIRED)?, Some(as_sent()).filter(|text| !text.is_empty()))),
        }
    }

    /// A required text that may be empty.
    fn takes_nothing(&self, i: usize) -> bool {
        let Column { kind, optional, .. } = &self.relation.columns[i];
        *kind == Kind::Symbol && !optional && self.relation.record.as_ref().is_some_and(RecordDecl::is_reference)
    }

    /// A text of nothing where a key must tell rows apart: they would replace each other.
    fn is_empty_key(&self, i: usize, slot: Slot) -> bool {
        let Some(text) = slot.text() else { return false };
        let in_key = self.relation.record.as_ref().is_some_and(|record| record.key.contains(&i));
        in_key && !self.relation.columns[i].optional && trimmed(text).is_empty()
    }

    /// A text in a column of certain words is one of them. What is taken back may be from before they were certain.
    fn worded(&self, i: usize, read: Read, op: Op) -> Result<Read, &'static str> {
        let Some(words) = &self.words[i] else { return Ok(read) };
        let Some(text) = text_of(&read) else { return Ok(read) };
        match words.read(&text) {
            Some(Spelled::Clean(_)) => Ok(read),
            Some(Spelled::Mended(word)) => Ok(Read::Mended(Value::symbol(word))),
            None if says_none(&text) => Ok(Read::NoValue),
            None if op == Op::Retract => Ok(read),
            None => Err(refusal::UNKNOWN_WORD),
        }
    }

    /// A text in a column of a form has that form. What is taken back may be from before it had one.
    fn formed(&self, i: usize, read: Read, op: Op) -> Result<Read, &'static str> {
        let Some(record) = &self.relation.record else { return Ok(read) };
        let (Some(form), Some(text)) = (record.look_of(i), text_of(&read)) else { return Ok(read) };
        if text.is_empty() && record.is_reference() {
            return Ok(read);
        }
        match looks(form, &text) {
            Some(Spelled::Clean(_)) => Ok(read),
            Some(Spelled::Mended(text)) => Ok(Read::Mended(Value::symbol(&text))),
            None if says_none(&text) => Ok(Read::NoValue),
            None if op == Op::Retract => Ok(read),
            None => Err(refusal::WRONG_FORM),
        }
    }

    /// A text in a column of agencies has the shape of their codes. The column that names who speaks is compared with the speaker instead.
    /// What is taken back may be from before this was looked at.
    fn agency(&self, i: usize, read: Read, op: Op) -> Result<Read, &'static str> {
        let by = self.relation.record.as_ref().and_then(|record| record.by);
        let Some(text) = text_of(&read) else { return Ok(read) };
        if by == Some(i)
            || op == Op::Retract
            || self.relation.columns[i].type_name != AGENCY_TYPE
            || Agency::parse(&text).is_some()
        {
            return Ok(read);
        }
        if says_none(&text) { Ok(Read::NoValue) } else { Err(refusal::NOT_AN_AGENCY) }
    }

    /// The key columns, if no others were given: a retraction by key. Those of them that are missing are told, and nothing else.
    fn key_alone(&self, slots: &[Slot]) -> Option<&'p [usize]> {
        let key = self.relation.record.as_ref()?.key.as_slice();
        let mut given = slots.iter().enumerate().filter(|(_, s)| !matches!(s, Slot::Missing)).map(|(i, _)| i);
        given.all(|i| key.contains(&i)).then_some(key)
    }

    /// The key and some of the other columns, though not all that a row must have: neither way to say what is taken back.
    fn is_key_and_more(&self, slots: &[Slot]) -> bool {
        let Some(record) = &self.relation.record else { return false };
        let key = record.key.as_slice();
        let is_missing = |i: usize| matches!(slots[i], Slot::Missing);
        let is_part = (0..slots.len()).any(|i| is_missing(i) && !self.relation.columns[i].optional && !key.contains(&i));
        let is_beside = (0..slots.len()).any(|i| !is_missing(i) && !key.contains(&i));
        is_part && is_beside && !key.iter().any(|&i| is_missing(i))
    }

    /// The key of a good row for the receipt; empty if personal.
    pub(super) fn key_of(&self, row: &Row) -> Row {
        self.told_key(&row.values().iter().cloned().map(Some).collect::<Vec<_>>())
    }

    /// Key values for the receipt; empty if one is unreadable or personal.
    fn told_key(&self, values: &[Option<Value>]) -> Row {
        let Some(record) = &self.relation.record else { return Row::default() };
        if record.key.iter().any(|i| record.personal.contains(i)) {
            return Row::default();
        }
        record.key.iter().map(|&i| values[i].clone()).collect::<Option<_>>().map(Row::new).unwrap_or_default()
    }

    pub(super) fn pointer(&self, i: usize) -> String {
        format!("/row/{}", self.relation.columns[i].name)
    }
}

fn text_of(read: &Read) -> Option<Arc<str>> {
    match read {
        Read::Clean(Value::Symbol(text)) | Read::Mended(Value::Symbol(text)) => Some(text.clone()),
        Read::Clean(_) | Read::Mended(_) | Read::NoValue => None,
    }
}

/// Titles before names: a file is more likely to have them.
fn titles_of(relation: &Relation) -> impl Iterator<Item = (&str, usize)> {
    let given = relation.record.iter().flat_map(|record| &record.titles);
    let titles = given.flat_map(|(i, names)| names.iter().map(|name| (name.as_str(), *i)));
    titles.chain(relation.columns.iter().enumerate().map(|(i, column)| (column.name.as_str(), i)))
}

/// Mistakes of one line, bounded, each with its sentence.
pub(super) fn refuse(line: u64, relation: &str, op: Option<Op>, mistakes: Vec<Mistake>, key: &Row) -> Vec<Refused> {
    let told = mistakes.into_iter().take(MAX_MISTAKES_PER_LINE);
    told.map(|(code, pointer)| {
        let (code, message) = refusal::told(code, &pointer).expect("every code given here stands in the table");
        Refused { line, relation: relation.to_string(), op, code, message, pointer, key: key.clone() }
    })
    .collect()
}

/// A name that the sender made up is repeated only if it looks like a name and not like somebody's number.
pub(super) fn pointer_if_plain(base: &str, name: &str) -> String {
    if is_plain(name) { format!("{base}/{name}") } else { base.to_string() }
}

pub(super) fn is_plain(name: &str) -> bool {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let digits = name.chars().filter(char::is_ascii_digit).count();
    letters && starts && name.len() <= 64 && digits < 6
}
