//! One item after another: what begins here, and who reads it.

use super::super::ast::{Annotation, Component, DirectiveKind, Item, Name};
use super::super::complaint;
use super::super::source::Span;
use super::super::token::TokenKind;
use super::cursor::{Cursor, Parsed};

/// What the next piece of a file is to whoever collects items.
pub(super) enum Piece {
    Item(Box<Item>),
    /// `.include "name"`
    Include(String, Span),
    /// `.once`
    Once,
    /// `.comp …` up to its `{`
    Open(Box<Component>),
    /// `.override a, b`
    Override(Vec<Name>, Span),
    /// `}`
    Close(Span),
    /// Something that was reported or dropped.
    Nothing,
    End,
}

/// Directives to which nothing is attached.
const UNATTACHED: [&str; 3] = [".include", ".once", ".pragma"];

impl Piece {
    fn item(item: Item) -> Piece {
        Piece::Item(Box::new(item))
    }
}

impl Cursor<'_, '_> {
    /// Reads one item. Every call but the one that gives `End` takes at least one token.
    pub fn piece(&mut self) -> Piece {
        self.begin_item();
        let first = self.peek();
        let comment = self.doc_comment();
        let annotations = match self.annotations() {
            Ok(annotations) => annotations,
            Err(_) => {
                self.recover_rule();
                return Piece::Nothing;
            }
        };
        let token = self.peek();
        if token.kind != TokenKind::Name
            && let Some(annotation) = annotations.iter().find(|a| matches!(a.key.text.as_str(), "name" | "basis"))
        {
            self.sink.push(complaint::idle_annotation(annotation.span));
        }
        let word = self.text_of(token);
        if token.kind == TokenKind::Directive && UNATTACHED.contains(&word) {
            let annotation = (first.start != token.start).then(|| self.span_of(first));
            if let Some(span) = comment.or(annotation) {
                self.sink.push(complaint::attached_to_nothing(span, word));
            }
        }
        match token.kind {
            TokenKind::End => Piece::End,
            TokenKind::Directive => self.directive_piece(),
            // One that a macro stands for: it is read as a line no more.
            TokenKind::Preprocessor => {
                let token = self.take();
                let span = self.span_of(token);
                self.sink.push(complaint::preprocessor_line(span));
                Piece::Nothing
            }
            TokenKind::RightBrace => {
                let token = self.take();
                Piece::Close(self.span_of(token))
            }
            TokenKind::Dot => {
                self.stray_dot();
                Piece::Nothing
            }
            _ => match self.rule(annotations) {
                Ok(rule) => Piece::item(Item::Rule(rule)),
                Err(_) => {
                    self.recover_rule();
                    // What no item begins with would otherwise be met again.
                    if self.peek().start == token.start && self.kind() != TokenKind::End {
                        self.take();
                    }
                    Piece::Nothing
                }
            },
        }
    }

    /// A doc comment right before the next token.
    fn doc_comment(&self) -> Option<Span> {
        let (before, next) = (self.last_end(), self.peek().start);
        let between = &self.text[before as usize..next as usize];
        let mut at = before;
        for line in between.split_inclusive('\n') {
            let text = line.trim_start();
            let start = at + (line.len() - text.len()) as u32;
            if text.starts_with("///") || text.starts_with("/**") {
                return Some(self.span_between(start, start + 3));
            }
            at += line.len() as u32;
        }
        None
    }

    fn annotations(&mut self) -> Parsed<Vec<Annotation>> {
        let mut annotations = Vec::new();
        while self.at_annotation() {
            self.annotation(&mut annotations)?;
        }
        Ok(annotations)
    }

    fn directive_piece(&mut self) -> Piece {
        let token = self.take();
        let start = self.span_of(token);
        match self.directive_item(self.text_of(token), start) {
            Ok(piece) => piece,
            Err(_) => {
                self.recover_directive();
                Piece::Nothing
            }
        }
    }

    fn directive_item(&mut self, word: &str, start: Span) -> Parsed<Piece> {
        let kind = match word {
            ".decl" => {
                let decl = self.relation_declaration(start)?;
                return Ok(decl.map_or(Piece::Nothing, |decl| Piece::item(Item::Decl(decl))));
            }
            ".type" => return Ok(Piece::item(Item::Type(self.type_declaration(start)?))),
            ".number_type" => return Ok(Piece::item(Item::Type(self.old_type_declaration(start, "number")?))),
            ".symbol_type" => return Ok(Piece::item(Item::Type(self.old_type_declaration(start, "symbol")?))),
            ".pragma" => return Ok(Piece::item(Item::Pragma(self.pragma(start)))),
            ".include" => {
                let (name, span) = self.include_name()?;
                return Ok(Piece::Include(name, span));
            }
            ".once" => return Ok(Piece::Once),
            ".comp" => {
                let component = self.component(start).inspect_err(|_| self.skip_block(word, start))?;
                return Ok(Piece::Open(Box::new(component)));
            }
            ".init" => return Ok(Piece::item(Item::Init(self.init(start)?))),
            ".plan" => return Ok(Piece::item(Item::Plan(self.plan(start)?))),
            ".override" => {
                let (names, span) = self.overridden(start)?;
                return Ok(Piece::Override(names, span));
            }
            ".input" => DirectiveKind::Input,
            ".output" => DirectiveKind::Output,
            ".printsize" => DirectiveKind::PrintSize,
            ".limitsize" => DirectiveKind::LimitSize,
            ".record" => DirectiveKind::Record,
            ".clue" => DirectiveKind::Clue,
            ".clock" => DirectiveKind::Clock,
            _ => {
                self.unsupported_directive(word, start);
                return Ok(Piece::Nothing);
            }
        };
        Ok(Piece::item(Item::Directive(self.directive(kind, start)?)))
    }
}
