//! Forms of Soufflé that this version does not read: each is refused by a message of its own, and passed over whole, so that what
//! follows it is read.

use super::super::ast::Term;
use super::super::complaint::{self, Words};
use super::super::source::Span;
use super::super::token::TokenKind;
use super::cursor::{Cursor, Lost, Parsed};

impl Cursor<'_, '_> {
    /// `.comp`, `.init` and their like; the word itself is taken.
    pub fn unsupported_directive(&mut self, word: &str, start: Span) -> Lost {
        const BUILT_IN: Words = ("use the functors that are built in", "请使用内建函数");
        match word {
            ".functor" => self.report(complaint::never(start, ("`.functor` is", "`.functor`"), BUILT_IN)),
            ".comp" => self.report(complaint::not_yet(start, ("components (`.comp`) are", "组件（`.comp`）"))),
            ".init" => self.report(complaint::not_yet(start, ("components (`.init`) are", "组件（`.init`）"))),
            ".override" => self.report(complaint::not_yet(start, ("components (`.override`) are", "组件（`.override`）"))),
            ".plan" => self.report(complaint::not_yet(start, ("`.plan` is", "`.plan`"))),
            _ => self.report(complaint::not_yet(start, ("lattices (`.lattice`) are", "格（`.lattice`）"))),
        };
        match word {
            ".comp" | ".lattice" => self.skip_block(word, start),
            _ => self.recover_directive(),
        }
        Lost
    }

    /// A head up to `{`, and everything to its `}`.
    fn skip_block(&mut self, word: &str, start: Span) {
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
            let found = complaint::block_without_end(start, word);
            self.report(found);
        }
    }

    /// `[a, b]`, `$`, `$Branch(…)`, `@f(…)`, `@@f …`.
    pub fn unsupported_term(&mut self) -> Parsed<Term> {
        let token = self.take();
        let start = self.span_of(token);
        match token.kind {
            TokenKind::LeftBracket => {
                self.report(complaint::not_yet(start, ("records are", "记录")));
                self.skip_to_closing();
            }
            TokenKind::Dollar if self.kind() == TokenKind::Name => {
                self.report(complaint::not_yet(start, ("algebraic types are", "代数类型")));
                self.skip_call();
            }
            TokenKind::Dollar => {
                self.report(complaint::not_yet(start, ("the counter `$` is", "计数器 `$`")));
            }
            _ => {
                self.accept(TokenKind::At);
                let instead = ("use the functors and aggregates that are built in", "请使用内建函数与聚合");
                self.report(complaint::never(start, ("user-defined functors are", "自定义函数"), instead));
                self.skip_call();
            }
        }
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

    /// A line of the C preprocessor. Its marks of lines (`# 12 "file"`) are passed over in silence.
    pub fn preprocessor_line(&mut self) {
        let token = self.take();
        let span = self.span_of(token);
        let rest = self.text_of(token)[1..].trim_start();
        let mark = rest.strip_prefix("line").unwrap_or(rest).trim_start();
        if mark.starts_with(|c: char| c.is_ascii_digit()) || rest.is_empty() {
            return;
        }
        let span = self.first_line_of(span);
        let mut diagnostic = complaint::not_yet(span, ("the preprocessor is", "预处理器"));
        if rest.starts_with("include") {
            diagnostic = diagnostic.help(crate::types::Said::new("write `.include \"file\"`", "请写作 `.include \"file\"`"));
        }
        self.report(diagnostic);
    }

    fn first_line_of(&self, span: Span) -> Span {
        let text = &self.text[span.start as usize..span.end as usize];
        let length = text.find(['\n', '\r']).unwrap_or(text.len());
        Span { end: span.start + length as u32, ..span }
    }
}
