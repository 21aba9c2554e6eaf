//! Text in the pieces that a preprocessor sees: names, texts, comments, blanks, all else.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PieceKind {
    Name,
    Number,
    /// In quotes, with them; one without an end goes to the end.
    Text,
    /// A comment or white space.
    Blank,
    /// One character.
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Piece<'a> {
    pub kind: PieceKind,
    pub text: &'a str,
}

/// All of a text, nothing left out.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (kind, length) = match first {
            '"' => (PieceKind::Text, text_length(rest)),
            '/' if rest.starts_with("//") => (PieceKind::Blank, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (PieceKind::Blank, rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
            c if c.is_whitespace() => (PieceKind::Blank, while_length(rest, char::is_whitespace)),
            c if c.is_ascii_digit() => (PieceKind::Number, while_length(rest, is_name_part)),
            c if is_name_part(c) => (PieceKind::Name, while_length(rest, is_name_part)),
            c => (PieceKind::Other, c.len_utf8()),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(Piece { kind, text: piece })
    })
}

fn is_name_part(c: char) -> bool {
    c == '_' || c == '?' || c.is_alphanumeric()
}

fn while_length(text: &str, keep: impl Fn(char) -> bool) -> usize {
    text.find(|c| !keep(c)).unwrap_or(text.len())
}

fn text_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_out() {
        let text = "a(x1, \"b\\\"#c\") // d\n:- /* e */ 中文?, 12ab, 'y'. \"open";
        assert_eq!(pieces(text).map(|piece| piece.text).collect::<String>(), text);
        let names: Vec<&str> = pieces(text).filter(|piece| piece.kind == PieceKind::Name).map(|piece| piece.text).collect();
        assert_eq!(names, ["a", "x1", "中文?", "y"]);
    }
}
