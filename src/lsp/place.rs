//! Places in text as editors count them, lines from 0 and columns in UTF-16 or UTF-8, and as bytes. Any place of an editor is some byte of
//! the text, the nearest one before it if there is none such.

use serde_json::{Value, json};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// What the editor offers and we like best; UTF-16 if it offers nothing.
    pub fn negotiated(offered: &Value) -> Encoding {
        let utf8 = offered.as_array().is_some_and(|all| all.iter().any(|one| one == "utf-8"));
        if utf8 { Encoding::Utf8 } else { Encoding::Utf16 }
    }

    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
        }
    }

    /// The byte that a place means.
    pub fn offset(self, text: &str, position: &Value) -> usize {
        let number = |name: &str| usize::try_from(position[name].as_u64().unwrap_or(0)).unwrap_or(usize::MAX);
        let (line, mut left) = (number("line"), number("character"));
        let mut start = 0;
        for _ in 0..line {
            let Some(end) = text[start..].find('\n') else { return text.len() };
            start += end + 1;
        }
        let own = text[start..].split('\n').next().unwrap_or("").trim_end_matches('\r');
        for (at, c) in own.char_indices() {
            let width = self.width(c);
            if width > left {
                return start + at;
            }
            left -= width;
        }
        start + own.len()
    }
}

/// One text, ready to be asked for many places.
pub(super) struct Lines<'a> {
    text: &'a str,
    encoding: Encoding,
    marks: Vec<Mark>,
}

/// A byte with its place: of every line's start, and now and then within long ones.
struct Mark {
    at: usize,
    line: usize,
    column: usize,
}

/// Bytes of a line without a mark.
const STRETCH: usize = 1 << 10;

impl<'a> Lines<'a> {
    pub fn new(text: &'a str, encoding: Encoding) -> Lines<'a> {
        let mut marks = vec![Mark { at: 0, line: 0, column: 0 }];
        let (mut last, mut line, mut column) = (0, 0, 0);
        for (at, c) in text.char_indices() {
            if at - last >= STRETCH {
                marks.push(Mark { at, line, column });
                last = at;
            }
            column += encoding.width(c);
            if c == '\n' {
                (line, column, last) = (line + 1, 0, at + 1);
                marks.push(Mark { at: last, line, column });
            }
        }
        Lines { text, encoding, marks }
    }

    /// The place of a byte.
    pub fn position(&self, offset: usize) -> Value {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let &Mark { at, line, column } = &self.marks[self.marks.partition_point(|mark| mark.at <= offset).saturating_sub(1)];
        let rest: usize = self.text[at..offset].chars().map(|c| self.encoding.width(c)).sum();
        json!({"line": line, "character": column + rest})
    }

    pub fn range(&self, start: usize, end: usize) -> Value {
        json!({"start": self.position(start), "end": self.position(end.max(start))})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_has_places_too() {
        let text = "罪".repeat(5_000);
        let lines = Lines::new(&text, Encoding::Utf16);
        for n in [0, 341, 342, 343, 4_999, 5_000] {
            assert_eq!(lines.position(3 * n), json!({"line": 0, "character": n}));
        }
    }

    #[test]
    fn columns_are_counted_as_the_editor_does() {
        let text = "a\n罪😀b\r\n";
        for (encoding, column) in [(Encoding::Utf16, 3), (Encoding::Utf8, 7)] {
            let place = json!({"line": 1, "character": column});
            assert_eq!(encoding.offset(text, &place), 9);
            assert_eq!(Lines::new(text, encoding).position(9), place);
        }
        let within = json!({"line": 1, "character": 2});
        assert_eq!(Encoding::Utf16.offset(text, &within), 5, "half of a pair");
        assert_eq!(Encoding::Utf16.offset(text, &json!({"line": 1, "character": 99})), 10, "before the line's end");
        assert_eq!(Encoding::Utf16.offset(text, &json!({"line": 99, "character": 1})), text.len());
        assert_eq!(Encoding::Utf16.offset(text, &json!("nothing")), 0);
        assert_eq!(Lines::new(text, Encoding::Utf8).position(4), json!({"line": 1, "character": 0}), "within a character");
    }
}
