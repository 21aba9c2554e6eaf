//! Forms of Soufflé that this version does not read: each is refused by a message of its own, and passed over whole, so that what
//! follows it is read.

use super::super::ast::Term;
use super::super::complaint::{self, Words};
use super::super::source::Span;
use super::super::token::TokenKind;
use super::cursor::{Cursor, Lost, Parsed};

impl Cursor<'_, '_> {
    /// `.functor` and its like; the word itself is taken.
    pub fn unsupported_directive(&mut self, word: &str, start: Span) -> Lost {
        const BUILT_IN: Words = ("use the functors that are built in", "请使用内建函数");
        const LEAST: Words = ("use `min` or `max`", "请使用 `min` 或 `max`");
        match word {
            ".functor" => self.report(complaint::never(start, ("`.functor` is", "`.functor`"), BUILT_IN)),
            _ => self.report(complaint::not_yet(start, ("lattices (`.lattice`) are", "格（`.lattice`）"), LEAST)),
        };
        match word {
            ".lattice" => self.skip_block(word, start),
            _ => self.recover_directive(),
        }
        Lost
    }

    /// A head up to `{`, and everything to its `}`.
    pub fn skip_block(&mut self, word: &str, start: Span) {
        loop {
            match self.kind() {
                TokenKind::LeftBrace => break,
                TokenKind::End | TokenKind::Directive | TokenKind::Dot => return,
                _ => {
                    self.take();
                }
            }
        }
        self.take();
        if !self.skip_to_closing() {
            let found = complaint::block_without_end(start, word, '}');
            self.report(found);
        }
    }

    /// `@f(…)`, `@@f …`.
    pub fn unsupported_term(&mut self) -> Parsed<Term> {
        let token = self.take();
        let start = self.span_of(token);
        self.accept(TokenKind::At);
        let instead = ("use the functors and aggregates that are built in", "请使用内建函数与聚合");
        self.report(complaint::never(start, ("user-defined functors are", "自定义函数"), instead));
        self.skip_call();
        Ok(Term::Unsupported(self.span_from(start)))
    }

    fn skip_call(&mut self) {
        self.accept(TokenKind::Name);
        while self.at_inner_dot() {
            self.take();
            self.take();
        }
        if self.accept(TokenKind::LeftParen).is_some() {
            self.skip_to_closing();
        }
    }
}
