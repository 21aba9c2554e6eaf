//! `.comp`, `.init`, `.override`. What stands in a component is read as items are everywhere.

use super::super::ast::{Component, ComponentRef, Init, Name};
use super::super::complaint::Words;
use super::super::source::Span;
use super::super::token::TokenKind;
use super::cursor::{Cursor, Parsed};

const A_COMPONENT: Words = ("the name of a component", "组件名");

impl Cursor<'_, '_> {
    /// `.comp C<T> : B<T>, E {`; the word itself is taken. Items follow.
    pub fn component(&mut self, start: Span) -> Parsed<Component> {
        let name = self.plain_name(A_COMPONENT)?;
        let params = self.type_arguments()?;
        let mut bases = Vec::new();
        if self.accept(TokenKind::Colon).is_some() {
            bases.push(self.component_ref()?);
            while self.accept(TokenKind::Comma).is_some() {
                bases.push(self.component_ref()?);
            }
        }
        self.expect(TokenKind::LeftBrace, ("`{` and what the component holds", "`{` 及组件的内容"))?;
        Ok(Component { name, params, bases, overrides: Vec::new(), items: Vec::new(), span: self.span_from(start) })
    }

    /// `.init a = C<T>`; the word itself is taken.
    pub fn init(&mut self, start: Span) -> Parsed<Init> {
        let name = self.plain_name(("a name for the component's relations", "组件实例名"))?;
        self.expect(TokenKind::Equal, ("`=` and a component", "`=` 及组件名"))?;
        let of = self.component_ref()?;
        Ok(Init { name, of, span: self.span_from(start) })
    }

    /// `.override a, b`; the word itself is taken.
    pub fn overridden(&mut self, start: Span) -> Parsed<(Vec<Name>, Span)> {
        const A_RELATION: Words = ("the name of a relation", "关系名");
        let mut names = vec![self.plain_name(A_RELATION)?];
        while self.accept(TokenKind::Comma).is_some() {
            names.push(self.plain_name(A_RELATION)?);
        }
        Ok((names, self.span_from(start)))
    }

    fn component_ref(&mut self) -> Parsed<ComponentRef> {
        let name = self.plain_name(A_COMPONENT)?;
        Ok(ComponentRef { name, args: self.type_arguments()? })
    }

    /// `<T, U>`, or nothing.
    fn type_arguments(&mut self) -> Parsed<Vec<Name>> {
        const A_TYPE: Words = ("the name of a type or of a component", "类型名或组件名");
        let mut args = Vec::new();
        if self.accept(TokenKind::Less).is_none() {
            return Ok(args);
        }
        loop {
            args.push(self.dotted_name(A_TYPE)?);
            if self.accept(TokenKind::Comma).is_none() {
                self.expect(TokenKind::Greater, ("`,` or `>`", "`,` 或 `>`"))?;
                return Ok(args);
            }
        }
    }
}
