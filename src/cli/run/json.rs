//! Rows as JSON (`IO=json` on the standard streams, `IO=jsonfile`): a list of rows, each a list of its columns or, with `format=object`, an
//! object by their names; so are records within. `nil` and an absent value are `null`. A branch is `["$B", 1, …]`, as an object
//! `{"$B": {"x": 1, …}}`.
//!
//! Both forms are read, whatever the parameters say.

use super::facts::{FactsError, plain, present};
use crate::program::structure::{Field, Structure};
use crate::program::{Column, Io, Relation, Structures};
use crate::types::{Interner, Kind, NIL, Part, Row, Shape, Value, Word, absent_word};
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
        let not_json = |line, column| FactsError::NotJson { path: path.clone(), line, column };
        let all: Json = serde_json::from_str(&text).map_err(|error| not_json(error.line(), error.column()))?;
        let Json::Array(rows) = all else { return Err(not_json(1, 1)) };
        let reader = Reader { structures, texts };
        for (number, json) in rows.iter().enumerate() {
            let bad = |column: &str| FactsError::JsonRow { path: path.clone(), row: number + 1, column: column.to_string() };
            if json.as_array().is_some_and(|cells| cells.len() != relation.arity()) {
                return Err(bad(""));
            }
            let cells = relation.columns.iter().enumerate();
            let words = cells.map(|(i, column)| reader.column(json, i, column).ok_or_else(|| bad(&column.name)));
            row(&words.collect::<Result<Vec<Word>, _>>()?);
        }
        Ok(())
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

struct Reader<'a> {
    structures: &'a Structures,
    texts: &'a Interner,
}

impl Reader<'_> {
    fn column(&self, row: &Json, at: usize, column: &Column) -> Option<Word> {
        let json = match row {
            Json::Array(cells) => cells.get(at)?,
            Json::Object(cells) => cells.get(&column.name)?,
            _ => return None,
        };
        if column.optional && json.is_null() {
            return Some(absent_word(column.kind));
        }
        self.value(json, column.kind, self.structures.of(&column.type_name)).and_then(|word| present(word, column))
    }

    /// Nesting is bounded by the reader of JSON.
    fn value(&self, json: &Json, kind: Kind, of: Option<&Structure>) -> Option<Word> {
        match (of, json) {
            (Some(Structure::Record(_)), Json::Null) => Some(NIL),
            (Some(Structure::Record(fields)), json) => self.fields(json, None, fields),
            (Some(of @ Structure::Adt(_)), Json::String(name)) => self.branch(name, &Json::Array(Vec::new()), of),
            (Some(of @ Structure::Adt(_)), Json::Array(cells)) => {
                let (name, cells) = cells.split_first()?;
                self.branch(name.as_str()?, &Json::Array(cells.to_vec()), of)
            }
            (Some(of @ Structure::Adt(_)), Json::Object(one)) if one.len() == 1 => {
                let (name, cells) = one.iter().next()?;
                self.branch(name, cells, of)
            }
            (Some(Structure::Adt(_)), _) => None,
            (None, Json::String(text)) if kind == Kind::Symbol => Some(self.texts.intern(text)),
            (None, Json::String(text)) if matches!(kind, Kind::Date | Kind::Datetime | Kind::Float) => {
                plain(text, kind, self.texts)
            }
            (None, Json::Number(number)) if matches!(kind, Kind::Number | Kind::Unsigned | Kind::Float) => {
                plain(&number.to_string(), kind, self.texts)
            }
            (None, _) => None,
        }
    }

    fn branch(&self, name: &str, cells: &Json, of: &Structure) -> Option<Word> {
        let name = name.strip_prefix('$')?;
        self.fields(cells, Some(name), of.fields(Some(name))?)
    }

    fn fields(&self, json: &Json, branch: Option<&str>, fields: &[Field]) -> Option<Word> {
        let words = fields.iter().enumerate().map(|(at, field)| {
            let cell = match json {
                Json::Array(cells) if cells.len() == fields.len() => cells.get(at)?,
                Json::Object(cells) => cells.get(&field.name)?,
                _ => return None,
            };
            self.value(cell, field.kind, self.structures.of_field(field))
        });
        let words = words.collect::<Option<Vec<Word>>>()?;
        if fields.is_empty() && !matches!(json, Json::Array(cells) if cells.is_empty()) && !json.is_object() {
            return None;
        }
        let shape = Shape { branch: branch.map(Into::into), kinds: fields.iter().map(|field| field.kind).collect() };
        Some(self.texts.build(self.texts.shape(&shape), &words))
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
