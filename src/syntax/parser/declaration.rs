//! `.decl` and `.type`.

use super::super::ast::{Branch, Column, Decl, Name, TypeDecl, TypeDef, TypeRef};
use super::super::complaint::{self, Words};
use super::super::source::Span;
use super::super::token::TokenKind;
use super::cursor::{Cursor, Parsed};

/// Words after the columns: how to store, or what Soufflé once said there instead of in a directive.
const QUALIFIERS: &[&str] = &[
    "overridable",
    "inline",
    "no_inline",
    "magic",
    "no_magic",
    "brie",
    "btree",
    "btree_delete",
    "eqrel",
    "input",
    "output",
    "printsize",
];

/// Of these a relation has one.
const REPRESENTATIONS: &[&str] = &["btree", "btree_delete", "brie", "eqrel"];

const OLD_QUALIFIERS: &[&str] = &["input", "output", "printsize"];

const A_TYPE: Words = ("the name of a type", "类型名");

impl Cursor<'_, '_> {
    /// `.decl a, b(x: T) qualifiers`; the word itself is taken.
    pub fn relation_declaration(&mut self, start: Span) -> Parsed<Option<Decl>> {
        const A_RELATION: Words = ("the name of a relation", "关系名");
        let mut names = vec![self.plain_name(A_RELATION)?];
        while self.accept(TokenKind::Comma).is_some() {
            names.push(self.plain_name(A_RELATION)?);
        }
        if self.kind() == TokenKind::Equal {
            let span = self.span_of(self.peek());
            self.report(complaint::not_yet(span, ("`debug_delta` is", "`debug_delta`"), ("leave it out", "请删去")));
            self.recover_directive();
            return Ok(None);
        }
        self.expect(TokenKind::LeftParen, ("`(` and the columns", "`(` 及各列"))?;
        let columns = self.columns()?;
        let qualifiers = self.qualifiers();
        let choice = self.choice_domain()?;
        if self.kind() == TokenKind::Name && !self.on_new_line() && self.peek_at(1).kind != TokenKind::LeftParen {
            return Err(self.unexpected(("a qualifier of the relation, or a new line", "关系的限定词或换行")));
        }
        Ok(Some(Decl { names, columns, qualifiers, choice, span: self.span_from(start) }))
    }

    fn columns(&mut self) -> Parsed<Vec<Column>> {
        let mut columns = Vec::new();
        if self.accept(TokenKind::RightParen).is_some() {
            return Ok(columns);
        }
        loop {
            self.skip_annotations();
            let name = self.plain_name(("the name of a column", "列名"))?;
            self.expect(TokenKind::Colon, ("`:` and a type", "`:` 及类型"))?;
            let ty = self.type_ref()?;
            if self.kind() == TokenKind::Less && self.peek_at(1).kind == TokenKind::Greater {
                let span = self.span_of(self.peek());
                self.report(complaint::not_yet(
                    span,
                    ("lattice columns are", "格类型的列"),
                    ("leave `<>` out and use `min` or `max`", "请删去 `<>`，改用 `min` 或 `max`"),
                ));
                self.take();
                self.take();
            }
            columns.push(Column { name, ty });
            if self.accept(TokenKind::Comma).is_none() {
                self.expect(TokenKind::RightParen, ("`,` or `)`", "`,` 或 `)`"))?;
                return Ok(columns);
            }
        }
    }

    /// A type where one is used: its name, and whether `?` follows it.
    pub fn type_ref(&mut self) -> Parsed<TypeRef> {
        let mut name = self.dotted_name(A_TYPE)?;
        let optional = name.text.len() > 1 && name.text.ends_with('?');
        if optional {
            name.text.pop();
            name.span.end -= 1;
        }
        Ok(TypeRef { name, optional })
    }

    fn qualifiers(&mut self) -> Vec<Name> {
        let mut qualifiers: Vec<Name> = Vec::new();
        while self.kind() == TokenKind::Name && self.peek_at(1).kind != TokenKind::LeftParen {
            let token = self.peek();
            let (word, span) = (self.text_of(token), self.span_of(token));
            if !QUALIFIERS.contains(&word) {
                break;
            }
            self.take();
            if let Some(first) = qualifiers.iter().find(|known| known.text == word) {
                let first = first.span;
                self.report(complaint::given_twice(span, word, first));
                continue;
            }
            let represents = |word: &str| REPRESENTATIONS.contains(&word);
            if let Some(first) = qualifiers.iter().find(|known| represents(&known.text) && represents(word)) {
                let first = first.span;
                self.report(complaint::given_twice(span, "btree/brie/eqrel", first));
                continue;
            }
            if OLD_QUALIFIERS.contains(&word) {
                self.report(complaint::old_qualifier(span, word));
            }
            qualifiers.push(Name { text: word.to_string(), span });
        }
        qualifiers
    }

    /// `choice-domain a, (b, c)`: three tokens that touch, then domains.
    fn choice_domain(&mut self) -> Parsed<Vec<Vec<Name>>> {
        let [choice, dash, domain] = [self.peek(), self.peek_at(1), self.peek_at(2)];
        let touching = choice.end == dash.start && dash.end == domain.start;
        let mut domains = Vec::new();
        if !(self.at_word("choice") && touching && dash.kind == TokenKind::Minus && self.text_of(domain) == "domain") {
            return Ok(domains);
        }
        for _ in 0..3 {
            self.take();
        }
        loop {
            domains.push(self.domain()?);
            if self.accept(TokenKind::Comma).is_none() {
                return Ok(domains);
            }
        }
    }

    /// `a`, or `(a, b)`.
    fn domain(&mut self) -> Parsed<Vec<Name>> {
        const A_COLUMN: Words = ("the name of a column, or several in parentheses", "列名，或括号内的若干列名");
        if self.accept(TokenKind::LeftParen).is_none() {
            return Ok(vec![self.plain_name(A_COLUMN)?]);
        }
        let mut columns = vec![self.plain_name(A_COLUMN)?];
        while self.accept(TokenKind::Comma).is_some() {
            columns.push(self.plain_name(A_COLUMN)?);
        }
        self.expect(TokenKind::RightParen, ("`,` or `)`", "`,` 或 `)`"))?;
        Ok(columns)
    }

    /// `.type A <: B`, `.type A = B`, `.type A`; the word itself is taken.
    pub fn type_declaration(&mut self, start: Span) -> Parsed<TypeDecl> {
        let name = self.plain_name(A_TYPE)?;
        let def = match self.kind() {
            TokenKind::Subtype => {
                self.take();
                TypeDef::Subset(self.dotted_name(A_TYPE)?)
            }
            TokenKind::Equal => {
                self.take();
                self.type_definition()?
            }
            _ => {
                self.report(complaint::old_type(name.span, &name.text, "symbol"));
                TypeDef::Bare
            }
        };
        Ok(TypeDecl { name, def, span: self.span_from(start) })
    }

    /// What stands after `=`: names, fields of a record, branches.
    fn type_definition(&mut self) -> Parsed<TypeDef> {
        self.skip_annotations();
        if self.accept(TokenKind::LeftBracket).is_some() {
            return Ok(TypeDef::Record(self.fields(TokenKind::RightBracket, ("`,` or `]`", "`,` 或 `]`"))?));
        }
        if self.peek_at(1).kind == TokenKind::LeftBrace {
            return Ok(TypeDef::Adt(self.branches()?));
        }
        let base = self.dotted_name(A_TYPE)?;
        if self.kind() != TokenKind::Pipe {
            return Ok(TypeDef::Alias(base));
        }
        let mut members = vec![base];
        while self.accept(TokenKind::Pipe).is_some() {
            self.skip_annotations();
            members.push(self.dotted_name(A_TYPE)?);
        }
        Ok(TypeDef::Union(members))
    }

    /// `A {…} | B {…}`
    fn branches(&mut self) -> Parsed<Vec<Branch>> {
        const A_BRANCH: Words = ("the name of a branch", "分支名");
        let mut branches = Vec::new();
        loop {
            self.skip_annotations();
            let name = self.plain_name(A_BRANCH)?;
            self.expect(TokenKind::LeftBrace, ("`{` and the fields", "`{` 及各字段"))?;
            branches.push(Branch { name, fields: self.fields(TokenKind::RightBrace, ("`,` or `}`", "`,` 或 `}`"))? });
            if self.accept(TokenKind::Pipe).is_none() {
                return Ok(branches);
            }
        }
    }

    /// `x: T, y: U` and what closes it.
    fn fields(&mut self, close: TokenKind, close_or_more: Words) -> Parsed<Vec<Column>> {
        let mut fields = Vec::new();
        if self.accept(close).is_some() {
            return Ok(fields);
        }
        loop {
            self.skip_annotations();
            let name = self.plain_name(("the name of a field", "字段名"))?;
            self.expect(TokenKind::Colon, ("`:` and a type", "`:` 及类型"))?;
            fields.push(Column { name, ty: self.type_ref()? });
            if self.accept(TokenKind::Comma).is_none() {
                self.expect(close, close_or_more)?;
                return Ok(fields);
            }
        }
    }

    /// `.number_type A`, `.symbol_type A`: old words for a subset.
    pub fn old_type_declaration(&mut self, start: Span, base: &str) -> Parsed<TypeDecl> {
        let name = self.plain_name(A_TYPE)?;
        self.report(complaint::old_type(name.span, &name.text, base));
        let def = TypeDef::Subset(Name { text: base.to_string(), span: start });
        Ok(TypeDecl { name, def, span: self.span_from(start) })
    }
}
