//! [`Token`]: what the lexer makes of text. Values are not read here; a token is a kind and a place.
//!
//! Words of the language are plain names: which of them mean something is decided where they stand, so that a program may use
//! most of them as names of its own.

use crate::types::Said;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    /// A name or a word.
    Name,
    Number,
    /// A text in quotes; its escapes are not yet read.
    Text,
    /// `.decl` and its like: a dot and a known word, with white space after it.
    Directive,
    /// A line of a C preprocessor.
    Preprocessor,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Comma,
    Dot,
    Colon,
    /// `:-`
    If,
    Semicolon,
    Bang,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// `<:`
    Subtype,
    Pipe,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
    At,
    Dollar,
    /// The end of the file.
    End,
}

/// A kind and the bytes it covers in the file being read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub start: u32,
    pub end: u32,
}

/// Directives that Soufflé has too: known wherever they stand.
pub(super) const SOUFFLE_DIRECTIVES: &[&str] = &[
    "decl",
    "type",
    "input",
    "output",
    "printsize",
    "limitsize",
    "include",
    "once",
    "pragma",
    "functor",
    "comp",
    "init",
    "override",
    "plan",
    "lattice",
    "number_type",
    "symbol_type",
];

/// Our own directives: known only after white space, so that `a(1).record (2).` stays two facts.
pub(super) const OWN_DIRECTIVES: &[&str] = &["record", "clue", "clock"];

/// Words that can be no name: Soufflé reserves them and a sentence could not be read otherwise.
const RESERVED: &[&str] = &[
    "as", "band", "bnot", "bor", "bshl", "bshr", "bshru", "bxor", "contains", "count", "false", "land", "lnot", "lor", "lxor",
    "match", "max", "mean", "min", "nil", "sum", "true",
];

pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// How much of a token a message quotes.
const QUOTED_CHARS: usize = 32;

/// A token as a message names it.
pub(super) fn describe(kind: TokenKind, text: &str) -> Said {
    let quoted = quote(text);
    match kind {
        TokenKind::Name => Said::new(format!("the name {quoted}"), format!("名称 {quoted}")),
        TokenKind::Number => Said::new(format!("the number {quoted}"), format!("数字 {quoted}")),
        TokenKind::Text => Said::new("a text", "一段文本"),
        TokenKind::Directive => Said::new(format!("the directive {quoted}"), format!("指令 {quoted}")),
        TokenKind::Preprocessor => Said::new("a preprocessor line", "预处理行"),
        TokenKind::End => Said::new("the end of the file", "文件末尾"),
        _ => Said::new(quoted.clone(), quoted),
    }
}

/// The beginning of a text between backquotes.
pub(super) fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((cut, _)) => format!("`{}…`", &text[..cut]),
        None => format!("`{text}`"),
    }
}
