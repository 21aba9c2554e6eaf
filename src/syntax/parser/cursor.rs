//! [`Cursor`]: a place in one file's tokens, with a look ahead, and what every part of the parser does with it: expect, report,
//! count nesting, and go on after a mistake.

use super::super::ast::Name;
use super::super::complaint::{self, Sink, Words};
use super::super::diagnostic::Diagnostic;
use super::super::lexer::Lexer;
use super::super::literal;
use super::super::preprocessor::Places;
use super::super::source::{FileId, Span};
use super::super::token::{Token, TokenKind, describe, is_reserved};
use crate::limits::{MAX_RULE_NESTING, MAX_RULE_OPERATORS};

/// A mistake was reported; the item that it is in is given up.
pub(super) struct Lost;

pub(super) type Parsed<T> = Result<T, Lost>;

/// Tokens that are looked at before they are taken: `@ [`, `name . name (`.
const LOOK_AHEAD: usize = 3;

pub(super) struct Cursor<'a, 's> {
    pub text: &'a str,
    pub sink: &'s mut Sink,
    lexer: Lexer<'a>,
    ahead: [Token; LOOK_AHEAD],
    /// The token taken last.
    last: Token,
    nesting: usize,
    operators: usize,
}

impl<'a, 's> Cursor<'a, 's> {
    /// `places`: where the text stood in the file.
    pub fn new(file: FileId, text: &'a str, places: &'a Places, sink: &'s mut Sink) -> Cursor<'a, 's> {
        let mut lexer = Lexer::new(file, text, places);
        let ahead = std::array::from_fn(|_| lexer.next(sink));
        let last = Token { kind: TokenKind::End, start: 0, end: 0 };
        let mut cursor = Cursor { text, sink, lexer, ahead, last, nesting: 0, operators: 0 };
        cursor.skip_inner_annotations();
        cursor
    }

    /// Every item starts with its own allowance.
    pub fn begin_item(&mut self) {
        self.nesting = 0;
        self.operators = 0;
    }

    pub fn peek(&self) -> Token {
        self.ahead[0]
    }

    pub fn peek_at(&self, n: usize) -> Token {
        self.ahead[n]
    }

    pub fn kind(&self) -> TokenKind {
        self.ahead[0].kind
    }

    pub fn take(&mut self) -> Token {
        let taken = self.shift();
        self.skip_inner_annotations();
        self.last = taken;
        taken
    }

    fn shift(&mut self) -> Token {
        let taken = self.ahead[0];
        self.ahead.rotate_left(1);
        self.ahead[LOOK_AHEAD - 1] = self.lexer.next(self.sink);
        taken
    }

    /// `@![…]` may stand between any two tokens and means nothing here.
    fn skip_inner_annotations(&mut self) {
        while self.ahead.map(|token| token.kind) == [TokenKind::At, TokenKind::Bang, TokenKind::LeftBracket] {
            let start = self.span_of(self.peek()).to(self.span_of(self.peek_at(2)));
            for _ in 0..LOOK_AHEAD {
                self.shift();
            }
            let mut open = 1;
            while open > 0 && self.kind() != TokenKind::End {
                open += depth_change(self.shift().kind);
            }
            if open > 0 {
                self.report(complaint::block_without_end(start, "@![", ']'));
            }
        }
    }

    /// `@[…]` before a part of an item: Soufflé allows it, and it means nothing here.
    pub fn skip_annotations(&mut self) {
        while self.at_annotation() {
            self.take();
            self.take();
            self.skip_to_closing();
        }
    }

    /// Is this the beginning of an annotation?
    pub fn at_annotation(&self) -> bool {
        self.kind() == TokenKind::At && self.peek_at(1).kind == TokenKind::LeftBracket
    }

    /// Is there a line break before the next token?
    pub fn on_new_line(&self) -> bool {
        self.text[self.last.end as usize..self.peek().start as usize].contains('\n')
    }

    pub fn accept(&mut self, kind: TokenKind) -> Option<Token> {
        (self.kind() == kind).then(|| self.take())
    }

    pub fn expect(&mut self, kind: TokenKind, expected: Words) -> Parsed<Token> {
        match self.accept(kind) {
            Some(token) => Ok(token),
            None => Err(self.unexpected(expected)),
        }
    }

    pub fn text_of(&self, token: Token) -> &'a str {
        &self.text[token.start as usize..token.end as usize]
    }

    pub fn span_of(&self, token: Token) -> Span {
        self.lexer.span(token.start, token.end)
    }

    pub fn span_between(&self, start: u32, end: u32) -> Span {
        self.lexer.span(start, end)
    }

    /// Where the token taken last ends.
    pub fn last_end(&self) -> u32 {
        self.last.end
    }

    /// From a place to the end of the token taken last.
    pub fn span_from(&self, start: Span) -> Span {
        start.to(self.span_of(self.last))
    }

    /// The last character before the next token that is not blank: where something is missing.
    pub fn last_place(&self) -> Span {
        let before = self.text[..self.last.end as usize].chars().next_back().map_or(0, char::len_utf8) as u32;
        self.lexer.span(self.last.end - before, self.last.end)
    }

    /// Is the next token this very word?
    pub fn at_word(&self, word: &str) -> bool {
        self.kind() == TokenKind::Name && self.text_of(self.peek()) == word
    }

    pub fn accept_word(&mut self, word: &str) -> Option<Token> {
        self.at_word(word).then(|| self.take())
    }

    /// Does the token begin in the first column of its line?
    pub fn in_first_column(&self, token: Token) -> bool {
        token.start == 0 || self.text.as_bytes()[token.start as usize - 1] == b'\n'
    }

    pub fn report(&mut self, diagnostic: Diagnostic) -> Lost {
        self.sink.push(diagnostic);
        Lost
    }

    /// The next token is not what should stand here.
    pub fn unexpected(&mut self, expected: Words) -> Lost {
        let token = self.peek();
        let found = describe(token.kind, self.text_of(token));
        let place = if token.kind == TokenKind::End { self.last_place() } else { self.span_of(token) };
        let mut diagnostic = complaint::unexpected(place, found, expected);
        if self.last.kind == TokenKind::Text && self.text_of(self.last).contains('\n') {
            let line = self.text[..self.last.start as usize].matches('\n').count() + 1;
            diagnostic = diagnostic.help(complaint::text_before_began(line));
        }
        self.report(diagnostic)
    }

    /// One level deeper.
    pub fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_RULE_NESTING {
            let diagnostic = complaint::too_deep(self.span_of(self.peek()));
            return Err(self.report(diagnostic));
        }
        self.nesting += 1;
        let result = parse(self);
        self.nesting -= 1;
        result
    }

    pub fn count_operator(&mut self, token: Token) -> Parsed<()> {
        self.operators += 1;
        if self.operators > MAX_RULE_OPERATORS {
            let diagnostic = complaint::too_many_operators(self.span_of(token));
            return Err(self.report(diagnostic));
        }
        Ok(())
    }

    /// A name without dots that is no word of the language.
    pub fn plain_name(&mut self, expected: Words) -> Parsed<Name> {
        let token = self.expect(TokenKind::Name, expected)?;
        self.own_name(token)
    }

    /// A name or any word, reserved ones too.
    pub fn any_word(&mut self, expected: Words) -> Parsed<Name> {
        let token = self.expect(TokenKind::Name, expected)?;
        Ok(Name { text: self.text_of(token).to_string(), span: self.span_of(token) })
    }

    fn own_name(&mut self, token: Token) -> Parsed<Name> {
        let (text, span) = (self.text_of(token), self.span_of(token));
        if is_reserved(text) || text == "_" {
            return Err(self.report(complaint::reserved(span, text)));
        }
        Ok(Name { text: text.to_string(), span })
    }

    /// A name with its dots. They touch the names on both sides: `a.b.R`.
    pub fn dotted_name(&mut self, expected: Words) -> Parsed<Name> {
        let first = self.plain_name(expected)?;
        let mut text = first.text;
        let mut span = first.span;
        while self.at_inner_dot() {
            self.take();
            let part = self.take();
            text.push('.');
            text.push_str(self.text_of(part));
            span = span.to(self.span_of(part));
        }
        Ok(Name { text, span })
    }

    /// Does a dot come that joins two parts of a name?
    pub fn at_inner_dot(&self) -> bool {
        let [dot, part, _] = self.ahead;
        dot.kind == TokenKind::Dot && dot.start == self.last.end && part.kind == TokenKind::Name && part.start == dot.end
    }

    /// A text token's value.
    pub fn text_value(&mut self, token: Token) -> String {
        literal::text(self.text_of(token), self.span_of(token), self.sink)
    }

    /// After a mistake in a rule: behind its dot, or before whatever cannot be part of it.
    pub fn recover_rule(&mut self) {
        loop {
            match self.kind() {
                TokenKind::End | TokenKind::Directive | TokenKind::Preprocessor => return,
                TokenKind::At if self.in_first_column(self.peek()) => return,
                TokenKind::Dot if !self.at_inner_dot() => {
                    self.take();
                    return;
                }
                TokenKind::Dot => {
                    self.take();
                    self.take();
                }
                _ => {
                    self.take();
                }
            }
        }
    }

    /// After a mistake in a directive, which no dot ends: before the next thing in the first column.
    pub fn recover_directive(&mut self) {
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::End | TokenKind::Directive | TokenKind::Preprocessor => return,
                TokenKind::Name | TokenKind::At if self.in_first_column(token) => return,
                _ => {
                    self.take();
                }
            }
        }
    }

    /// Passes over everything up to the bracket that closes one which has just been taken.
    pub fn skip_to_closing(&mut self) -> bool {
        let mut open = 1;
        while open > 0 {
            if self.kind() == TokenKind::End {
                return false;
            }
            open += depth_change(self.take().kind);
        }
        true
    }
}

/// How much deeper one is after a token. Which bracket it is does not matter: it is all passed over.
fn depth_change(kind: TokenKind) -> i64 {
    match kind {
        TokenKind::LeftParen | TokenKind::LeftBracket | TokenKind::LeftBrace => 1,
        TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace => -1,
        _ => 0,
    }
}
