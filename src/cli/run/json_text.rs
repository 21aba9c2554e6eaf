//! Rows out of a JSON text: a list of rows, each a list of its columns or an object by their names; so are records within.
//!
//! Without recursion: records in a file may be as deep as they like.

use super::facts::{plain, present};
use crate::program::structure::{Field, Structure};
use crate::program::{Column, Relation, Structures};
use crate::types::{Interner, Kind, NIL, Shape, Word, absent_word};
use serde_json::Value as Json;

/// Why a text is not read any further.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is no JSON, or no list of rows: at this byte.
    Text(usize),
    /// Some row does not fit: its number, and the column, if it is not the number of columns.
    Row(usize, String),
    /// The value does not fit; whoever knows the column says which.
    Value,
}

type Read<T> = Result<T, Wrong>;

/// Reads all rows of a relation.
pub(super) fn rows(
    text: &str,
    relation: &Relation,
    structures: &Structures,
    texts: &Interner,
    mut row: impl FnMut(&[Word]),
) -> Read<()> {
    let mut reader = Reader { text, at: 0, structures, texts, open: Vec::new() };
    let mut words = Vec::new();
    reader.expect(b'[')?;
    let mut number = 0;
    while !reader.take(b']') {
        if number > 0 {
            reader.expect(b',')?;
        }
        number += 1;
        reader.row(number, &relation.columns, &mut words)?;
        row(&words);
    }
    if reader.peek().is_some() { Err(reader.wrong()) } else { Ok(()) }
}

/// A record or branch that is begun.
struct Open<'s> {
    branch: Option<String>,
    fields: &'s [Field],
    words: Vec<Option<Word>>,
    /// The field whose value comes next.
    at: usize,
    /// Names stand before the values.
    named: bool,
    /// Something stands before the next value: a name of a branch, or another value.
    follows: bool,
    /// An object around it names the branch.
    around: bool,
}

/// What begins at a place.
enum Begun<'s> {
    Whole(Word),
    Open(Open<'s>),
}

struct Reader<'s, 't> {
    text: &'t str,
    at: usize,
    structures: &'s Structures,
    texts: &'t Interner,
    open: Vec<Open<'s>>,
}

impl<'s> Reader<'s, '_> {
    fn row(&mut self, number: usize, columns: &[Column], words: &mut Vec<Word>) -> Read<()> {
        let unfit = |column: &str| Wrong::Row(number, column.to_string());
        let at_column = |wrong, column: &Column| if wrong == Wrong::Value { unfit(&column.name) } else { wrong };
        words.clear();
        if self.take(b'[') {
            for (i, column) in columns.iter().enumerate() {
                if self.peek() == Some(b']') {
                    return Err(unfit(""));
                }
                if i > 0 {
                    self.expect(b',')?;
                }
                words.push(self.column(column).map_err(|wrong| at_column(wrong, column))?);
            }
            return if self.peek() == Some(b',') { Err(unfit("")) } else { self.expect(b']') };
        }
        self.expect(b'{')?;
        let mut found = vec![None; columns.len()];
        let mut follows = false;
        while !self.take(b'}') {
            let name = self.name(&mut follows)?;
            match columns.iter().position(|column| column.name == name) {
                Some(at) => {
                    found[at] = Some(self.column(&columns[at]).map_err(|wrong| at_column(wrong, &columns[at]))?);
                }
                None => self.skip()?,
            }
        }
        for (word, column) in found.into_iter().zip(columns) {
            words.push(word.ok_or_else(|| unfit(&column.name))?);
        }
        Ok(())
    }

    fn column(&mut self, column: &Column) -> Read<Word> {
        if column.optional && self.peek() == Some(b'n') {
            return self.scalar().map(|_| absent_word(column.kind));
        }
        let word = self.value(column.kind, self.structures.of(&column.type_name))?;
        present(word, column).ok_or(Wrong::Value)
    }

    /// A value as deep as it is.
    fn value(&mut self, kind: Kind, of: Option<&'s Structure>) -> Read<Word> {
        self.open.clear();
        let mut wanted = (kind, of);
        loop {
            let mut done = match self.begin(wanted.0, wanted.1)? {
                Begun::Whole(word) => Some(word),
                Begun::Open(open) => {
                    self.open.push(open);
                    None
                }
            };
            loop {
                let Some(mut open) = self.open.pop() else { return done.ok_or(Wrong::Value) };
                if let Some(word) = done.take() {
                    open.words[open.at] = Some(word);
                }
                if let Some(field) = self.next(&mut open)? {
                    wanted = (field.kind, self.structures.of_field(field));
                    self.open.push(open);
                    break;
                }
                done = Some(self.built(open)?);
            }
        }
    }

    /// A value that is whole already, or the beginning of one.
    fn begin(&mut self, kind: Kind, of: Option<&'s Structure>) -> Read<Begun<'s>> {
        let first = self.peek().ok_or_else(|| self.wrong())?;
        match (of, first) {
            (Some(Structure::Record(_)), b'n') => self.scalar().map(|_| Begun::Whole(NIL)),
            (Some(of @ Structure::Record(_)), b'[' | b'{') => self.opening(None, of, false),
            (Some(of @ Structure::Adt(_)), b'"') => {
                let branch = self.string()?;
                let open = Open { follows: true, ..opened(Some(branch), of)? };
                if open.fields.is_empty() { self.built(open).map(Begun::Whole) } else { Err(Wrong::Value) }
            }
            (Some(of @ Structure::Adt(_)), b'[') => {
                self.at += 1;
                if self.peek() != Some(b'"') {
                    return Err(Wrong::Value);
                }
                let branch = self.string()?;
                Ok(Begun::Open(Open { follows: true, ..opened(Some(branch), of)? }))
            }
            (Some(of @ Structure::Adt(_)), b'{') => {
                self.at += 1;
                let branch = self.name(&mut false)?;
                self.opening(Some(branch), of, true)
            }
            (None, b'[' | b'{') | (Some(_), _) => {
                self.skip()?;
                Err(Wrong::Value)
            }
            (None, _) => {
                let json = self.scalar()?;
                plain_word(&json, kind, self.texts).map(Begun::Whole).ok_or(Wrong::Value)
            }
        }
    }

    fn opening(&mut self, branch: Option<String>, of: &'s Structure, around: bool) -> Read<Begun<'s>> {
        let named = self.peek() == Some(b'{');
        if !named && self.peek() != Some(b'[') {
            return Err(Wrong::Value);
        }
        self.at += 1;
        Ok(Begun::Open(Open { named, around, ..opened(branch, of)? }))
    }

    /// The field whose value comes next; `None` if the value around it has ended.
    fn next(&mut self, open: &mut Open<'s>) -> Read<Option<&'s Field>> {
        if open.named {
            while !self.take(b'}') {
                let name = self.name(&mut open.follows)?;
                match open.fields.iter().position(|field| field.name == name) {
                    Some(at) => {
                        open.at = at;
                        return Ok(Some(&open.fields[at]));
                    }
                    None => self.skip()?,
                }
            }
        } else {
            let come = open.words.iter().flatten().count();
            if come < open.fields.len() {
                if self.peek() == Some(b']') {
                    return Err(Wrong::Value);
                }
                if std::mem::replace(&mut open.follows, true) {
                    self.expect(b',')?;
                }
                open.at = come;
                return Ok(Some(&open.fields[come]));
            }
            if self.peek() == Some(b',') {
                return Err(Wrong::Value);
            }
            self.expect(b']')?;
        }
        if open.around {
            self.expect(b'}')?;
        }
        Ok(None)
    }

    fn built(&self, open: Open) -> Read<Word> {
        let words = open.words.into_iter().collect::<Option<Vec<Word>>>().ok_or(Wrong::Value)?;
        let kinds = open.fields.iter().map(|field| field.kind).collect();
        let shape = self.texts.shape(&Shape { branch: open.branch.as_deref().map(Into::into), kinds });
        Ok(self.texts.build(shape, &words))
    }

    /// `"name":`, after a comma unless it is the first.
    fn name(&mut self, follows: &mut bool) -> Read<String> {
        if std::mem::replace(follows, true) {
            self.expect(b',')?;
        }
        let name = self.string()?;
        self.expect(b':')?;
        Ok(name)
    }

    /// A value that nobody asks for.
    fn skip(&mut self) -> Read<()> {
        let mut depth = 0;
        loop {
            match self.peek().ok_or_else(|| self.wrong())? {
                b'[' | b'{' => depth += 1,
                b']' | b'}' if depth > 0 => depth -= 1,
                b',' | b':' if depth > 0 => {}
                _ => {
                    self.scalar()?;
                    self.at -= 1;
                }
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn string(&mut self) -> Read<String> {
        match self.scalar()? {
            Json::String(text) => Ok(text),
            _ => Err(self.wrong()),
        }
    }

    /// What is neither a list nor an object.
    fn scalar(&mut self) -> Read<Json> {
        let first = self.peek().ok_or_else(|| self.wrong())?;
        let rest = &self.text.as_bytes()[self.at..];
        let length = if first == b'"' {
            let mut escaped = false;
            let end = rest[1..].iter().position(|byte| {
                let ends = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                ends
            });
            end.ok_or_else(|| self.wrong())? + 2
        } else {
            rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte)).unwrap_or(rest.len())
        };
        let json = self.text.get(self.at..self.at + length).and_then(|text| serde_json::from_str(text).ok());
        let json = json.ok_or_else(|| self.wrong())?;
        self.at += length;
        Ok(json)
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|byte| !b" \t\r\n".contains(byte)).unwrap_or(rest.len());
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Read<()> {
        if self.take(byte) { Ok(()) } else { Err(self.wrong()) }
    }

    fn wrong(&self) -> Wrong {
        Wrong::Text(self.at)
    }
}

/// A record or branch of which nothing is there yet.
fn opened(branch: Option<String>, of: &Structure) -> Read<Open<'_>> {
    let branch = match branch {
        Some(name) => Some(name.strip_prefix('$').ok_or(Wrong::Value)?.to_string()),
        None => None,
    };
    let fields = of.fields(branch.as_deref()).ok_or(Wrong::Value)?;
    Ok(Open { branch, fields, words: vec![None; fields.len()], at: 0, named: false, follows: false, around: false })
}

fn plain_word(json: &Json, kind: Kind, texts: &Interner) -> Option<Word> {
    match json {
        Json::String(text) if kind == Kind::Symbol => Some(texts.intern(text)),
        Json::String(text) if matches!(kind, Kind::Date | Kind::Datetime | Kind::Float) => plain(text, kind, texts),
        Json::Number(number) if matches!(kind, Kind::Number | Kind::Unsigned | Kind::Float) => {
            plain(&number.to_string(), kind, texts)
        }
        _ => None,
    }
}
