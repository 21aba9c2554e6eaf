//! Facts and rules: annotations, heads, bodies, literals.

use super::super::ast::{Annotation, Args, Atom, Body, Call, CompareOp, Comparison, Name, Rule, Term};
use super::super::complaint::{self, Words};
use super::super::source::Span;
use super::super::token::{TokenKind, describe};
use super::cursor::{Cursor, Lost, Parsed};

/// What a parenthesis may turn out to hold: conditions, or a part of a term.
enum Operand {
    Body(Body),
    Term(Term),
}

impl Cursor<'_, '_> {
    /// A fact, a rule, or `lesser <= greater :- body.`
    pub fn rule(&mut self, annotations: Vec<Annotation>) -> Parsed<Rule> {
        let start = annotations.first().map_or(self.span_of(self.peek()), |annotation| annotation.span);
        let mut heads = vec![self.head()?];
        while self.accept(TokenKind::Comma).is_some() {
            self.skip_annotations();
            heads.push(self.head()?);
        }
        let subsumes = heads.len() == 1 && self.accept(TokenKind::LessEqual).is_some();
        if subsumes {
            self.skip_annotations();
            heads.push(self.head()?);
            if self.kind() != TokenKind::If {
                return Err(self.unexpected(("`:-` and when the second row is kept for the first", "`:-` 及保留第二行的条件")));
            }
        }
        let body = match self.accept(TokenKind::If) {
            Some(_) => Some(self.body()?),
            None => None,
        };
        self.end_of_rule(body.is_some())?;
        Ok(Rule { annotations, heads, subsumes, body, span: self.span_from(start) })
    }

    fn head(&mut self) -> Parsed<Atom> {
        if self.kind() != TokenKind::Name {
            let token = self.peek();
            let diagnostic = complaint::not_a_head(self.span_of(token), describe(token.kind, self.text_of(token)));
            return Err(self.report(diagnostic));
        }
        let name = self.dotted_name(("the name of a relation", "关系名"))?;
        self.atom_of(name)
    }

    fn end_of_rule(&mut self, has_body: bool) -> Parsed<()> {
        if self.accept(TokenKind::Dot).is_some() {
            return Ok(());
        }
        let token = self.peek();
        let next_item = match token.kind {
            TokenKind::End | TokenKind::Directive | TokenKind::Preprocessor => true,
            TokenKind::Name | TokenKind::At => self.in_first_column(token),
            _ => false,
        };
        if next_item {
            let place = self.last_place();
            let next = (token.kind != TokenKind::End).then(|| self.span_of(token));
            self.report(complaint::missing_dot(place, next));
            return Ok(());
        }
        Err(self.unexpected(match has_body {
            true => ("`,`, `;` or `.`", "`,`、`;` 或 `.`"),
            false => ("`:-`, `,` or `.`", "`:-`、`,` 或 `.`"),
        }))
    }

    /// Conditions up to whatever ends them.
    pub fn body(&mut self) -> Parsed<Body> {
        match self.body_or_term(false)? {
            Operand::Body(body) => Ok(body),
            Operand::Term(term) => Err(self.not_a_condition(&term)),
        }
    }

    /// Inside a parenthesis a term may stand alone; it is then the beginning of a comparison.
    fn body_or_term(&mut self, in_parentheses: bool) -> Parsed<Operand> {
        let first = match self.literal_or_term(in_parentheses)? {
            Operand::Body(first) => first,
            Operand::Term(term) => return Ok(Operand::Term(term)),
        };
        let mut alternatives = Vec::new();
        let mut together = vec![first];
        loop {
            if self.accept(TokenKind::Comma).is_some() {
                together.push(self.literal()?);
            } else if self.accept(TokenKind::Semicolon).is_some() {
                alternatives.push(all_of(std::mem::take(&mut together)));
                together.push(self.literal()?);
            } else {
                break;
            }
        }
        let last = all_of(together);
        if alternatives.is_empty() {
            return Ok(Operand::Body(last));
        }
        alternatives.push(last);
        Ok(Operand::Body(Body::Or(alternatives)))
    }

    fn literal(&mut self) -> Parsed<Body> {
        match self.literal_or_term(false)? {
            Operand::Body(body) => Ok(body),
            Operand::Term(term) => Err(self.not_a_condition(&term)),
        }
    }

    fn not_a_condition(&mut self, term: &Term) -> Lost {
        match term {
            // What it would have become is not known, and it has been reported.
            Term::Unsupported(_) => Lost,
            term => self.report(complaint::not_a_condition(term.span())),
        }
    }

    fn literal_or_term(&mut self, in_parentheses: bool) -> Parsed<Operand> {
        let token = self.peek();
        let span = self.span_of(token);
        let next = self.peek_at(1).kind;
        match token.kind {
            TokenKind::Bang => {
                self.take();
                let inner = self.nested(Self::literal)?;
                Ok(Operand::Body(Body::Not(Box::new(inner), self.span_from(span))))
            }
            TokenKind::LeftParen => self.parenthesis(in_parentheses),
            TokenKind::Name if next == TokenKind::LeftParen => match self.text_of(token) {
                "match" | "contains" => self.condition(),
                "as" | "min" | "max" | "sum" | "count" | "mean" | "bnot" | "lnot" => self.comparison(in_parentheses),
                _ => self.atom_or_functor(in_parentheses),
            },
            TokenKind::Name if next == TokenKind::Dot && self.is_dotted_name() => {
                let name = self.dotted_name(("the name of a relation", "关系名"))?;
                Ok(Operand::Body(Body::Atom(self.atom_of(name)?)))
            }
            TokenKind::Name if self.text_of(token) == "true" => {
                self.take();
                Ok(Operand::Body(Body::True(span)))
            }
            TokenKind::Name if self.text_of(token) == "false" => {
                self.take();
                Ok(Operand::Body(Body::False(span)))
            }
            _ => self.comparison(in_parentheses),
        }
    }

    /// Are the next three tokens `name.name` without a blank?
    fn is_dotted_name(&self) -> bool {
        let [first, dot, second] = [self.peek(), self.peek_at(1), self.peek_at(2)];
        first.end == dot.start && dot.end == second.start && second.kind == TokenKind::Name
    }

    /// `( conditions )`, or a term in parentheses that a comparison begins with.
    fn parenthesis(&mut self, in_parentheses: bool) -> Parsed<Operand> {
        let inner = self.nested(|cursor| {
            cursor.take();
            let inner = cursor.body_or_term(true)?;
            cursor.expect(TokenKind::RightParen, ("`,`, `;` or `)`", "`,`、`;` 或 `)`"))?;
            Ok(inner)
        })?;
        match inner {
            Operand::Term(term) => self.comparison_from(term, in_parentheses),
            Operand::Body(Body::Atom(atom)) if self.goes_on_as_term() => match functor_of(atom) {
                Ok(call) => self.comparison_from(Term::Call(call), in_parentheses),
                Err(atom) => Ok(Operand::Body(Body::Atom(atom))),
            },
            Operand::Body(body) => Ok(Operand::Body(body)),
        }
    }

    /// `name(…)`: an atom, unless an operator follows; then it is a functor.
    fn atom_or_functor(&mut self, in_parentheses: bool) -> Parsed<Operand> {
        let name = self.plain_name(("a condition", "条件"))?;
        let atom = self.atom_of(name)?;
        if !self.goes_on_as_term() {
            return Ok(Operand::Body(Body::Atom(atom)));
        }
        match functor_of(atom) {
            Ok(call) => self.comparison_from(Term::Call(call), in_parentheses),
            Err(atom) => Ok(Operand::Body(Body::Atom(atom))),
        }
    }

    fn goes_on_as_term(&self) -> bool {
        self.peek_operator().is_some() || comparison_of(self.kind()).is_some() || self.at_word("else")
    }

    /// `match(pattern, text)`, `contains(part, text)`.
    fn condition(&mut self) -> Parsed<Operand> {
        let token = self.take();
        let span = self.span_of(token);
        let name = Name { text: self.text_of(token).to_string(), span };
        let args = self.nested(|cursor| {
            cursor.take();
            cursor.terms_to_closing()
        })?;
        Ok(Operand::Body(Body::Holds(Call { name, args, span: self.span_from(span) })))
    }

    fn comparison(&mut self, in_parentheses: bool) -> Parsed<Operand> {
        let lhs = self.term()?;
        self.comparison_with(lhs, in_parentheses)
    }

    /// A comparison whose first operand has been read.
    fn comparison_from(&mut self, first: Term, in_parentheses: bool) -> Parsed<Operand> {
        let lhs = self.term_from(first)?;
        self.comparison_with(lhs, in_parentheses)
    }

    fn comparison_with(&mut self, lhs: Term, in_parentheses: bool) -> Parsed<Operand> {
        let Some(op) = comparison_of(self.kind()) else {
            if in_parentheses && self.kind() == TokenKind::RightParen {
                return Ok(Operand::Term(lhs));
            }
            return Err(self.not_a_condition(&lhs));
        };
        self.take();
        let rhs = self.term()?;
        let span = lhs.span().to(rhs.span());
        Ok(Operand::Body(Body::Compare(Comparison { op, lhs, rhs, span })))
    }

    /// The columns of an atom whose name has been read.
    pub fn atom_of(&mut self, relation: Name) -> Parsed<Atom> {
        let open: Words = ("`(`; a relation without columns is written `r()`", "`(`；没有列的关系写作 `r()`");
        self.expect(TokenKind::LeftParen, open)?;
        let args = self.nested(Self::arguments)?;
        let span = self.span_from(relation.span);
        Ok(Atom { relation, args, span })
    }

    fn arguments(&mut self) -> Parsed<Args> {
        let mut named = Vec::new();
        let mut positional = Vec::new();
        if self.accept(TokenKind::RightParen).is_some() {
            return Ok(Args::Positional(positional));
        }
        loop {
            let place = self.span_of(self.peek());
            if self.at_column_name() {
                let column = self.plain_name(("a column", "列名"))?;
                self.take();
                named.push((column, self.term()?));
            } else if self.at_negative_column() {
                let column = self.plain_name(("a column", "列名"))?;
                named.push((column, self.negative_after_colon()?));
            } else {
                positional.push(self.term()?);
            }
            if !named.is_empty() && !positional.is_empty() {
                return Err(self.report(complaint::mixed_arguments(place)));
            }
            if self.accept(TokenKind::Comma).is_none() {
                self.expect(TokenKind::RightParen, ("`,` or `)`", "`,` 或 `)`"))?;
                return Ok(if named.is_empty() { Args::Positional(positional) } else { Args::Named(named) });
            }
        }
    }

    /// `column:-1` without a blank; otherwise `:-` is what it looks like, and a parenthesis is missing before it.
    fn at_negative_column(&self) -> bool {
        let [column, colon, number] = [self.peek(), self.peek_at(1), self.peek_at(2)];
        column.kind == TokenKind::Name
            && colon.kind == TokenKind::If
            && number.kind == TokenKind::Number
            && column.end == colon.start
            && colon.end == number.start
    }

    /// `column:`; but `count :` begins an aggregate.
    fn at_column_name(&self) -> bool {
        self.kind() == TokenKind::Name && self.peek_at(1).kind == TokenKind::Colon && !self.at_word("count")
    }
}

/// One condition stands for itself.
fn all_of(mut together: Vec<Body>) -> Body {
    if together.len() == 1 { together.remove(0) } else { Body::And(together) }
}

fn comparison_of(kind: TokenKind) -> Option<CompareOp> {
    Some(match kind {
        TokenKind::Equal => CompareOp::Eq,
        TokenKind::NotEqual => CompareOp::Ne,
        TokenKind::Less => CompareOp::Lt,
        TokenKind::LessEqual => CompareOp::Le,
        TokenKind::Greater => CompareOp::Gt,
        TokenKind::GreaterEqual => CompareOp::Ge,
        _ => return None,
    })
}

/// What was read as an atom is a functor after all; not so with named columns or a dotted name.
fn functor_of(atom: Atom) -> Result<Call, Atom> {
    match atom.args {
        Args::Positional(args) if !atom.relation.text.contains('.') => Ok(Call { name: atom.relation, args, span: atom.span }),
        args => Err(Atom { args, ..atom }),
    }
}

/// The place of a disjunction, or of a negation that becomes one; those of inner aggregates have been reported.
pub(super) fn disjunction_in(body: &Body, negated: bool) -> Option<Span> {
    match body {
        Body::And(parts) if negated => parts.get(1).map(body_span),
        Body::Or(parts) if !negated => parts.get(1).map(body_span),
        Body::And(parts) | Body::Or(parts) => parts.iter().find_map(|part| disjunction_in(part, negated)),
        Body::Not(inner, _) => disjunction_in(inner, !negated),
        _ => None,
    }
}

fn body_span(body: &Body) -> Span {
    match body {
        Body::And(parts) | Body::Or(parts) => parts.first().map(body_span).unwrap_or_default(),
        Body::Not(_, span) | Body::True(span) | Body::False(span) => *span,
        Body::Atom(atom) => atom.span,
        Body::Compare(comparison) => comparison.span,
        Body::Holds(call) => call.span,
    }
}
