//! Directives with parameters, annotations, and the names of included files.

use super::super::ast::{Annotation, Directive, DirectiveKind, Name, Param, Plan, Pragma};
use super::super::complaint::{self, Words};
use super::super::source::Span;
use super::super::token::{OWN_DIRECTIVES, SOUFFLE_DIRECTIVES, TokenKind};
use super::cursor::{Cursor, Lost, Parsed};

impl Cursor<'_, '_> {
    /// `.output A, B(key="value", …)`; the word itself is taken.
    pub fn directive(&mut self, kind: DirectiveKind, start: Span) -> Parsed<Directive> {
        const A_RELATION: Words = ("the name of a relation", "关系名");
        let mut relations = vec![self.dotted_name(A_RELATION)?];
        while self.accept(TokenKind::Comma).is_some() {
            relations.push(self.dotted_name(A_RELATION)?);
        }
        let mut params = Vec::new();
        if self.accept(TokenKind::LeftParen).is_some() && self.accept(TokenKind::RightParen).is_none() {
            loop {
                params.push(self.parameter()?);
                if self.accept(TokenKind::Comma).is_none() {
                    self.expect(TokenKind::RightParen, ("`,` or `)`", "`,` 或 `)`"))?;
                    break;
                }
            }
        }
        Ok(Directive { kind, relations, params, span: self.span_from(start) })
    }

    fn parameter(&mut self) -> Parsed<Param> {
        // Any word may be a key here: none of them means anything between these parentheses.
        let key = self.any_word(("the name of a parameter", "参数名"))?;
        self.expect(TokenKind::Equal, ("`=` and a value", "`=` 及其值"))?;
        let token = self.peek();
        let value = match token.kind {
            TokenKind::Text => {
                self.take();
                self.text_value(token)
            }
            TokenKind::Name | TokenKind::Number => {
                self.take();
                self.text_of(token).to_string()
            }
            _ => return Err(self.unexpected(("a text, a word or a number", "文本、单词或数字"))),
        };
        Ok(Param { key, value, value_span: self.span_of(token) })
    }

    /// `@[name = "…", …]` before a rule. Entries of another form belong to other programs and are dropped.
    pub fn annotation(&mut self, into: &mut Vec<Annotation>) -> Parsed<()> {
        let at = self.take();
        let start = self.span_of(at);
        let first_of_these = into.len();
        self.take();
        while self.kind() == TokenKind::Name {
            let key = self.any_word(("a key", "键"))?;
            if self.kind() != TokenKind::Equal || self.peek_at(1).kind != TokenKind::Text {
                if matches!(key.text.as_str(), "name" | "basis") {
                    return Err(self.unexpected(("`=` and a text", "`=` 及文本")));
                }
                break;
            }
            self.take();
            let token = self.take();
            let value = self.text_value(token);
            if let Some(first) = into.iter().find(|known| known.key.text == key.text) {
                let diagnostic = complaint::given_twice(key.span, &key.text, first.key.span);
                self.report(diagnostic);
            }
            into.push(Annotation { key, value, span: start });
            if self.accept(TokenKind::Comma).is_none() {
                break;
            }
        }
        if !self.skip_to_closing() {
            return Err(self.unexpected(("`]`", "`]`")));
        }
        let span = self.span_from(start);
        into[first_of_these..].iter_mut().for_each(|annotation| annotation.span = span);
        Ok(())
    }

    /// `.plan 0:(1,2), 1:(2,1)`; the word itself is taken.
    pub fn plan(&mut self, start: Span) -> Parsed<Plan> {
        let mut orders = Vec::new();
        loop {
            let version = self.plan_number()?;
            self.expect(TokenKind::Colon, ("`:` and the order of the atoms", "`:` 及各原子的次序"))?;
            self.expect(TokenKind::LeftParen, ("`(` and the order of the atoms", "`(` 及各原子的次序"))?;
            let mut order = Vec::new();
            if self.accept(TokenKind::RightParen).is_none() {
                loop {
                    order.push(self.plan_number()?);
                    if self.accept(TokenKind::Comma).is_none() {
                        self.expect(TokenKind::RightParen, ("`,` or `)`", "`,` 或 `)`"))?;
                        break;
                    }
                }
            }
            orders.push((version, order));
            if self.accept(TokenKind::Comma).is_none() {
                return Ok(Plan { orders, span: self.span_from(start) });
            }
        }
    }

    fn plan_number(&mut self) -> Parsed<u64> {
        const A_NUMBER: Words = ("a number", "数字");
        if self.kind() == TokenKind::Number
            && let Ok(number) = self.text_of(self.peek()).parse()
        {
            self.take();
            return Ok(number);
        }
        Err(self.unexpected(A_NUMBER))
    }

    /// The text after `.include`.
    pub fn include_name(&mut self) -> Parsed<(String, Span)> {
        let token = self.expect(TokenKind::Text, ("the name of a file in quotes", "引号中的文件名"))?;
        Ok((self.text_value(token), self.span_of(token)))
    }

    /// `.pragma "…" "…"`: read and ignored, but for the one that would load C++.
    pub fn pragma(&mut self, start: Span) -> Pragma {
        let mut key = None;
        while let Some(token) = self.accept(TokenKind::Text) {
            let (text, span) = (self.text_value(token), self.span_of(token));
            let is_libraries = text == "libraries";
            key.get_or_insert(Name { text, span });
            if is_libraries {
                self.report(complaint::never(
                    span,
                    ("linking libraries is", "链接外部库"),
                    ("use the functors that are built in", "请使用内建函数"),
                ));
            }
        }
        Pragma { key, span: self.span_from(start) }
    }

    /// A dot where an item should begin: a directive that nobody knows, or one too many.
    pub fn stray_dot(&mut self) -> Lost {
        let dot = self.take();
        let word = self.peek();
        if word.kind != TokenKind::Name || word.start != dot.end {
            let span = self.span_of(dot);
            let found = crate::types::Said::new("`.`", "`.`");
            return self.report(complaint::unexpected(span, found, ("a rule or a directive", "规则或指令")));
        }
        self.take();
        let span = self.span_of(dot).to(self.span_of(word));
        let text = &self.text[dot.start as usize..word.end as usize];
        let near = nearest_directive(self.text_of(word));
        self.report(complaint::unknown_directive(span, text, near));
        self.recover_directive();
        Lost
    }
}

/// A directive that differs in two letters at most.
fn nearest_directive(word: &str) -> Option<&'static str> {
    const NEAR: usize = 2;
    const LONGEST: usize = 16;
    if word.len() > LONGEST {
        return None;
    }
    let known = SOUFFLE_DIRECTIVES.iter().chain(OWN_DIRECTIVES);
    known.map(|known| (distance(word, known), *known)).filter(|(far, _)| *far <= NEAR).min().map(|(_, known)| known)
}

/// Letters to add, drop or change to make one word the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
