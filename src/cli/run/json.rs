//! Rows as JSON (`IO=json` on the standard streams, `IO=jsonfile`): a list of rows, each a list of its columns or, with `format=object`, an
//! object by their names; so are records within. `nil` and an absent value are `null`. A branch is `["$B", 1, …]`, as an object
//! `{"$B": {"x": 1, …}}`.
//!
//! Both forms are read, whatever the parameters say.

use super::facts::FactsError;
use super::json_text::Wrong;
use crate::program::structure::{Field, Structure};
use crate::program::{Io, Relation, Structures};
use crate::types::{Interner, Part, Row, Value, Word};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Where JSON comes from or goes to.
pub(super) struct JsonIo {
    /// `None`: the standard stream.
    pub file: Option<PathBuf>,
    objects: bool,
}

impl JsonIo {
    /// `None` if the directive does not ask for JSON.
    pub fn of(relation: &Relation, io: &Io, folder: &Path) -> Option<JsonIo> {
        let get = |key: &str| io.params.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str());
        let file = || folder.join(get("filename").or(get("name")).unwrap_or(&format!("{}.json", relation.name)));
        let file = match get("IO")? {
            "json" => None,
            "jsonfile" => Some(file()),
            _ => return None,
        };
        Some(JsonIo { file, objects: get("format") == Some("object") })
    }

    fn text(&self, relation: &Relation) -> Result<(String, String), FactsError> {
        let path = self.file.as_ref().map_or("-".to_string(), |file| file.display().to_string());
        let mut text = String::new();
        let read = match &self.file {
            None => std::io::stdin().read_to_string(&mut text).map(|_| ()),
            Some(file) => std::fs::read_to_string(file).map(|found| text = found),
        };
        match read {
            Ok(()) => Ok((path, text)),
            Err(cause) => Err(FactsError::Open { relation: relation.name.clone(), path, cause }),
        }
    }

    /// One call of `row` for each row.
    pub fn read(
        &self,
        relation: &Relation,
        structures: &Structures,
        texts: &Interner,
        mut row: impl FnMut(&[Word]),
    ) -> Result<(), FactsError> {
        let (path, text) = self.text(relation)?;
        super::json_text::rows(&text, relation, structures, texts, &mut row).map_err(|wrong| match wrong {
            Wrong::Text(at) => {
                let before = &text.as_bytes()[..at];
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
                FactsError::NotJson { path, line, column }
            }
            Wrong::Row(row, column) => FactsError::JsonRow { path, row, column },
            Wrong::Value => FactsError::JsonRow { path, row: 0, column: String::new() },
        })
    }

    pub fn write(
        &self,
        relation: &Relation,
        structures: &Structures,
        rows: &BTreeSet<Row>,
        to: &mut impl Write,
    ) -> std::io::Result<()> {
        write!(to, "[")?;
        for (i, row) in rows.iter().enumerate() {
            write!(to, "{}{}", if i > 0 { ",\n" } else { "" }, if self.objects { "{" } else { "[" })?;
            for (i, (value, column)) in row.values().iter().zip(&relation.columns).enumerate() {
                write!(to, "{}", if i > 0 { ", " } else { "" })?;
                if self.objects {
                    write!(to, "{}: ", quoted(&column.name))?;
                }
                let of = structures.of(&column.type_name);
                Writer { structures, objects: self.objects, open: Vec::new() }.value(value, of, to)?;
            }
            write!(to, "{}", if self.objects { "}" } else { "]" })?;
        }
        writeln!(to, "]")
    }
}

/// Writes parts as they come, without recursion.
struct Writer<'s> {
    structures: &'s Structures,
    objects: bool,
    /// Values that are begun: their fields, how many of them came, whether something stands before the first, what closes them.
    open: Vec<(&'s [Field], usize, bool, &'static str)>,
}

impl<'s> Writer<'s> {
    fn value(&mut self, value: &Value, of: Option<&'s Structure>, to: &mut impl Write) -> std::io::Result<()> {
        let (Value::Record(parts) | Value::Adt(parts)) = value else { return write!(to, "{}", plain_json(value)) };
        for part in parts.iter() {
            let of = self.next(of, to)?;
            match part {
                Part::Nil => write!(to, "null")?,
                Part::Plain(value) => write!(to, "{}", plain_json(value))?,
                Part::Record(_) => self.begin(None, of, to)?,
                Part::Branch(name, _) => self.begin(Some(name), of, to)?,
            }
            while let Some((.., close)) = self.open.pop_if(|(fields, at, ..)| fields.len() == *at) {
                write!(to, "{close}")?;
            }
        }
        Ok(())
    }

    /// What stands before a field; its type.
    fn next(&mut self, of: Option<&'s Structure>, to: &mut impl Write) -> std::io::Result<Option<&'s Structure>> {
        let Some((fields, at, follows, _)) = self.open.last_mut() else { return Ok(of) };
        let field = &fields[*at];
        write!(to, "{}", if *at > 0 || *follows { ", " } else { "" })?;
        *at += 1;
        if self.objects {
            write!(to, "{}: ", quoted(&field.name))?;
        }
        Ok(self.structures.of_field(field))
    }

    fn begin(&mut self, branch: Option<&str>, of: Option<&'s Structure>, to: &mut impl Write) -> std::io::Result<()> {
        let fields = of.and_then(|of| of.fields(branch)).unwrap_or_default();
        let name = branch.map(|name| quoted(&format!("${name}")));
        let close = match (&name, self.objects) {
            (None, false) => {
                write!(to, "[")?;
                "]"
            }
            (None, true) => {
                write!(to, "{{")?;
                "}"
            }
            (Some(name), false) => {
                write!(to, "[{name}")?;
                "]"
            }
            (Some(name), true) => {
                write!(to, "{{{name}: {{")?;
                "}}"
            }
        };
        self.open.push((fields, 0, name.is_some() && !self.objects, close));
        Ok(())
    }
}

fn plain_json(value: &Value) -> String {
    match value {
        Value::Absent => "null".to_string(),
        Value::Float(x) if !x.get().is_finite() => quoted(&value.to_string()),
        Value::Number(_) | Value::Unsigned(_) | Value::Float(_) => value.to_string(),
        value => quoted(&value.to_string()),
    }
}

fn quoted(text: &str) -> String {
    Json::String(text.to_string()).to_string()
}
