//! Text to tokens, one at a time. It never fails: a character that means nothing is reported and passed over.
//!
//! Must not know what a token is good for; values of numbers and texts are read in `literal.rs`.

use super::complaint::{self, Sink};
use super::preprocessor::Places;
use super::source::{FileId, Span};
use super::token::{OWN_DIRECTIVES, SOUFFLE_DIRECTIVES, Token, TokenKind};
use crate::limits::{MAX_NAME_BYTES, MAX_TEXT_LITERAL_BYTES};

pub(super) struct Lexer<'a> {
    file: FileId,
    text: &'a str,
    /// Where it stood in the file.
    places: &'a Places,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(file: FileId, text: &'a str, places: &'a Places) -> Lexer<'a> {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Lexer { file, text, places, at }
    }

    /// Where bytes of the text stood in the file.
    pub fn span(&self, start: u32, end: u32) -> Span {
        self.places.span(self.file, start, end)
    }

    /// The next token; `End` for ever after the last.
    pub fn next(&mut self, sink: &mut Sink) -> Token {
        loop {
            self.skip_blank(sink);
            let start = self.at;
            let Some(first) = self.peek() else {
                return self.token(TokenKind::End, start);
            };
            let kind = match first {
                '"' => Some(self.quoted(sink)),
                '“' => Some(self.curly(sink)),
                '#' if self.at_line_start() => Some(self.preprocessor()),
                '.' => Some(self.dot()),
                c if c.is_ascii_digit() => Some(self.number()),
                c if is_name_start(c) => Some(self.name(sink)),
                _ => self.symbol(first).or_else(|| self.stranger(sink)),
            };
            if let Some(kind) = kind {
                return self.token(kind, start);
            }
        }
    }

    fn token(&self, kind: TokenKind, start: usize) -> Token {
        Token { kind, start: start as u32, end: self.at as u32 }
    }

    fn span_from(&self, start: usize) -> Span {
        self.span(start as u32, self.at as u32)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !keep(c)).unwrap_or(rest.len());
    }

    /// White space and comments.
    fn skip_blank(&mut self, sink: &mut Sink) {
        loop {
            self.skip_while(|c| c.is_ascii_whitespace() || c == '\u{b}');
            if self.rest().starts_with("//") {
                self.skip_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                let start = self.at;
                match self.rest()[2..].find("*/") {
                    Some(length) => self.at += 2 + length + 2,
                    None => {
                        self.at = self.text.len();
                        let span = self.span(start as u32, start as u32 + 2);
                        sink.push(complaint::unterminated_comment(span));
                    }
                }
            } else {
                return;
            }
        }
    }

    fn at_line_start(&self) -> bool {
        self.text[..self.at].trim_end_matches([' ', '\t']).chars().next_back().is_none_or(|c| c == '\n' || c == '\u{feff}')
    }

    /// A whole line, with the lines that a `\` at its end continues it on.
    fn preprocessor(&mut self) -> TokenKind {
        loop {
            self.skip_while(|c| c != '\n');
            if !self.text[..self.at].trim_end_matches('\r').ends_with('\\') || self.rest().is_empty() {
                return TokenKind::Preprocessor;
            }
            self.at += 1;
        }
    }

    fn dot(&mut self) -> TokenKind {
        let rest = &self.rest()[1..];
        let length = rest.find(|c: char| !(c.is_ascii_alphabetic() || c == '_')).unwrap_or(rest.len());
        let word = &rest[..length];
        let blank_after = rest[length..].chars().next().is_none_or(|c| c.is_ascii_whitespace());
        let blank_before = self.text[..self.at].chars().next_back().is_none_or(|c| c.is_ascii_whitespace() || c == '/');
        let own = blank_before && OWN_DIRECTIVES.contains(&word);
        let known = (own || SOUFFLE_DIRECTIVES.contains(&word)) && (blank_after || matches!(word, "include" | "once"));
        self.at += 1;
        if known {
            self.at += length;
            return TokenKind::Directive;
        }
        TokenKind::Dot
    }

    /// Digits, letters and the dots that digits follow; whether it is a number is decided where it is read.
    fn number(&mut self) -> TokenKind {
        loop {
            self.skip_while(is_name_part);
            let mut after = self.rest().chars();
            if after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit()) {
                self.at += 1;
            } else {
                return TokenKind::Number;
            }
        }
    }

    fn name(&mut self, sink: &mut Sink) -> TokenKind {
        let start = self.at;
        self.skip_while(is_name_part);
        if self.at - start > MAX_NAME_BYTES {
            sink.push(complaint::long_name(self.span_from(start)));
        }
        TokenKind::Name
    }

    /// From a quote to its partner; a text may hold line breaks.
    fn quoted(&mut self, sink: &mut Sink) -> TokenKind {
        let start = self.at;
        match closing_quote(self.rest()) {
            Some(length) => self.at += length,
            None => {
                self.at = self.text.len();
                let first_line = self.text[start..].find('\n').map_or(self.at, |length| start + length);
                sink.push(complaint::unterminated_text(self.span(start as u32, first_line as u32)));
            }
        }
        let quotes = 2;
        if self.at - start > MAX_TEXT_LITERAL_BYTES + quotes {
            sink.push(complaint::long_text(self.span_from(start)));
        }
        TokenKind::Text
    }

    /// A text in the quotation marks of Chinese prose: reported, then read as what was meant.
    fn curly(&mut self, sink: &mut Sink) -> TokenKind {
        let start = self.at;
        let line_end = self.rest().find('\n').unwrap_or(self.rest().len());
        self.at = match self.rest()[..line_end].find('”') {
            Some(length) => start + length + '”'.len_utf8(),
            None => start + line_end,
        };
        sink.push(complaint::full_width(self.span_from(start), '“', "\""));
        TokenKind::Text
    }

    fn symbol(&mut self, first: char) -> Option<TokenKind> {
        use TokenKind::*;
        let second = self.rest()[first.len_utf8()..].chars().next();
        let (kind, length) = match (first, second) {
            (':', Some('-')) => (If, 2),
            ('!', Some('=')) => (NotEqual, 2),
            ('<', Some('=')) => (LessEqual, 2),
            ('<', Some(':')) => (Subtype, 2),
            ('>', Some('=')) => (GreaterEqual, 2),
            _ => (single(first)?, 1),
        };
        self.at += length;
        Some(kind)
    }

    /// A character that means nothing. Full-width marks are read as what was meant; others are passed over, a run at once.
    fn stranger(&mut self, sink: &mut Sink) -> Option<TokenKind> {
        let start = self.at;
        let first = self.peek()?;
        if let Some(meant) = half_width(first) {
            self.at += first.len_utf8();
            sink.push(complaint::full_width(self.span_from(start), first, meant.encode_utf8(&mut [0; 4])));
            return single(meant);
        }
        self.skip_while(|c| {
            !c.is_ascii_whitespace()
                && single(c).is_none()
                && half_width(c).is_none()
                && !is_name_part(c)
                && !matches!(c, '"' | '“' | '.')
        });
        if self.at == start {
            self.at += first.len_utf8();
        }
        sink.push(complaint::unknown_character(self.span_from(start), first));
        None
    }
}

/// Bytes up to and with the quote that ends the text which begins here.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn single(c: char) -> Option<TokenKind> {
    use TokenKind::*;
    Some(match c {
        '(' => LeftParen,
        ')' => RightParen,
        '[' => LeftBracket,
        ']' => RightBracket,
        '{' => LeftBrace,
        '}' => RightBrace,
        ',' => Comma,
        '.' => Dot,
        ':' => Colon,
        ';' => Semicolon,
        '!' => Bang,
        '=' => Equal,
        '<' => Less,
        '>' => Greater,
        '|' => Pipe,
        '+' => Plus,
        '-' => Minus,
        '*' => Star,
        '/' => Slash,
        '%' => Percent,
        '^' => Caret,
        '@' => At,
        '$' => Dollar,
        _ => return None,
    })
}

/// The mark that a full-width one was meant to be.
fn half_width(c: char) -> Option<char> {
    Some(match c {
        '，' | '、' => ',',
        '。' => '.',
        '【' => '[',
        '】' => ']',
        '\u{ff01}'..='\u{ff5e}' => {
            let meant = char::from_u32(c as u32 - 0xfee0)?;
            return single(meant).map(|_| meant);
        }
        _ => return None,
    })
}

/// Letters of any script, but not the full-width forms of Latin ones: they look alike and are not the same name.
fn is_name_start(c: char) -> bool {
    c == '_' || c == '?' || (c.is_alphabetic() && !is_full_width(c))
}

fn is_name_part(c: char) -> bool {
    c == '_' || c == '?' || (c.is_alphanumeric() && !is_full_width(c))
}

fn is_full_width(c: char) -> bool {
    matches!(c, '\u{ff01}'..='\u{ff5e}')
}
