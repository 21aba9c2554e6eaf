//! Records and branches as fact files have them: `[1, abc, [2, nil]]`, `$B(1, $A)`. Blanks may stand around every part; a text ends at `,`
//! or at what closes the value around it, or is in quotes.
//!
//! Without recursion: a list in a file may be as long as it likes.

use super::facts::plain;
use crate::program::Structures;
use crate::program::structure::{Field, Structure};
use crate::types::{Interner, Kind, NIL, Shape, Word};

/// A value that is begun: its fields so far, and what closes it.
struct Open<'s> {
    branch: Option<&'s str>,
    fields: &'s [Field],
    words: Vec<Word>,
    close: char,
}

impl Open<'_> {
    fn built(&self, texts: &Interner) -> Word {
        let shape = Shape { branch: self.branch.map(Into::into), kinds: self.fields.iter().map(|field| field.kind).collect() };
        texts.build(texts.shape(&shape), &self.words)
    }
}

/// Puts values together from the outside in.
struct Reader<'s, 't> {
    texts: &'t Interner,
    rest: &'t str,
    open: Vec<Open<'s>>,
}

/// The word of a value of this type; `None` if the text is none.
pub(super) fn read(text: &str, of: &Structure, structures: &Structures, texts: &Interner) -> Option<Word> {
    let mut reader = Reader { texts, rest: text, open: Vec::new() };
    let mut word = reader.value(Some(of), Kind::Record)?;
    loop {
        while let Some(done) = word {
            let Some(around) = reader.open.last_mut() else {
                return reader.rest.trim_start().is_empty().then_some(done);
            };
            around.words.push(done);
            word = if around.words.len() < around.fields.len() {
                reader.take(',')?;
                None
            } else {
                Some(reader.close()?)
            };
        }
        let around = reader.open.last()?;
        let field = &around.fields[around.words.len()];
        word = reader.value(structures.of_field(field), field.kind)?;
    }
}

impl<'s> Reader<'s, '_> {
    /// A value that is whole already, or the beginning of one (`None` within).
    fn value(&mut self, of: Option<&'s Structure>, kind: Kind) -> Option<Option<Word>> {
        self.rest = self.rest.trim_start();
        let (branch, fields, close) = match of {
            None => return Some(Some(self.plain(kind)?)),
            Some(Structure::Record(fields)) => {
                if let Some(rest) = self.rest.strip_prefix("nil") {
                    self.rest = rest;
                    return Some(Some(NIL));
                }
                self.take('[')?;
                (None, &fields[..], ']')
            }
            Some(Structure::Adt(branches)) => {
                self.take('$')?;
                let end =
                    self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '?' | '.'))).unwrap_or(self.rest.len());
                let (name, fields) = branches.iter().find(|(name, _)| *name == self.rest[..end])?;
                self.rest = &self.rest[end..];
                if !fields.is_empty() || self.rest.trim_start().starts_with('(') {
                    self.take('(')?;
                    (Some(name.as_str()), &fields[..], ')')
                } else {
                    let whole = Open { branch: Some(name), fields, words: Vec::new(), close: ')' };
                    return Some(Some(whole.built(self.texts)));
                }
            }
        };
        self.open.push(Open { branch, fields, words: Vec::new(), close });
        if fields.is_empty() { Some(Some(self.close()?)) } else { Some(None) }
    }

    /// The end of the innermost value that is open.
    fn close(&mut self) -> Option<Word> {
        let whole = self.open.pop()?;
        self.take(whole.close)?;
        Some(whole.built(self.texts))
    }

    fn take(&mut self, what: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(what)?;
        Some(())
    }

    fn plain(&mut self, kind: Kind) -> Option<Word> {
        if kind == Kind::Symbol && self.rest.starts_with('"') {
            let end = self.rest[1..].find('"')? + 1;
            let text = &self.rest[1..end];
            self.rest = &self.rest[end + 1..];
            return Some(self.texts.intern(text));
        }
        let close = self.open.last().map_or(']', |around| around.close);
        let end = self.rest.find([',', close])?;
        let text = &self.rest[..end];
        self.rest = &self.rest[end..];
        plain(if kind == Kind::Symbol { text } else { text.trim_end() }, kind, self.texts)
    }
}

/// The cells of a line whose delimiter may stand within brackets too: there it separates nothing. `parentheses` are brackets as well where
/// there are branches.
pub(super) fn split<'a>(text: &'a str, delimiter: &str, parentheses: bool, found: &mut Vec<&'a str>) {
    found.clear();
    let (mut start, mut at, mut depth) = (0, 0, 0usize);
    while let Some(c) = text[at..].chars().next() {
        match c {
            _ if depth == 0 && text[at..].starts_with(delimiter) => {
                found.push(&text[start..at]);
                at += delimiter.len();
                start = at;
                continue;
            }
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '(' if parentheses => depth += 1,
            ')' if parentheses => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += c.len_utf8();
    }
    found.push(&text[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// `L = [head: number, name: symbol, tail: L]`, `T = A {} | B {x: number, y: T} | C {s: symbol}`.
    fn structures() -> Structures {
        let field = |name: &str, kind, structure| Field { name: name.to_string(), kind, structure };
        let list =
            vec![field("head", Kind::Number, None), field("name", Kind::Symbol, None), field("tail", Kind::Record, Some(0))];
        let tree = vec![
            ("A".to_string(), vec![]),
            ("B".to_string(), vec![field("x", Kind::Number, None), field("y", Kind::Adt, Some(1))]),
            ("C".to_string(), vec![field("s", Kind::Symbol, None)]),
        ];
        let names = BTreeMap::from([("L".to_string(), 0), ("T".to_string(), 1)]);
        Structures { types: vec![Structure::Record(list), Structure::Adt(tree)], names }
    }

    #[test]
    fn values_are_read_as_they_are_written_with_blanks_wherever() {
        let (structures, texts) = (structures(), Interner::new());
        for (ty, kind, text, wanted) in [
            ("L", Kind::Record, "nil", "nil"),
            ("L", Kind::Record, "[1, abc, nil]", "[1, abc, nil]"),
            ("L", Kind::Record, " [ -1 ,\ta b,[2,,nil] ] ", "[-1, a b, [2, , nil]]"),
            ("L", Kind::Record, "[1, \"a, ]b\", nil]", "[1, a, ]b, nil]"),
            ("T", Kind::Adt, "$A", "$A"),
            ("T", Kind::Adt, "$A()", "$A"),
            ("T", Kind::Adt, "$B( 1 , $B(2,$A) )", "$B(1, $B(2, $A))"),
            ("T", Kind::Adt, "$C(a]b)", "$C(a]b)"),
        ] {
            let word = read(text, structures.of(ty).unwrap(), &structures, &texts);
            assert_eq!(word.map(|word| texts.decode(word, kind, false).to_string()).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_none() {
        let (structures, texts) = (structures(), Interner::new());
        for text in ["", "[1, a]", "[1, a, nil", "[x, a, nil]", "[1, a, nil] x", "[1, a, nil, 2]", "nill", "$A", "[", "[1"] {
            assert_eq!(read(text, structures.of("L").unwrap(), &structures, &texts), None, "{text}");
        }
        for text in ["$D", "A", "$B", "$B(1)", "$B(1, $A", "$A(1)", "$", "nil"] {
            assert_eq!(read(text, structures.of("T").unwrap(), &structures, &texts), None, "{text}");
        }
    }

    #[test]
    fn a_delimiter_within_brackets_separates_nothing() {
        let cells = |text: &'static str, parentheses| {
            let mut found = Vec::new();
            split(text, ",", parentheses, &mut found);
            found
        };
        assert_eq!(cells("a,[1,[2,3]],b", false), ["a", "[1,[2,3]]", "b"]);
        assert_eq!(cells("$B(1,$A),2", true), ["$B(1,$A)", "2"]);
        assert_eq!(cells("(1,2),", false), ["(1", "2)", ""]);
    }
}
