//! Terms: operators by Soufflé's precedence, functors, aggregates, constants.

use super::super::ast::{Aggregate, AggregateOp, Body, Call, Name, NumberText, Term};
use super::super::complaint::{self, Words};
use super::super::literal;
use super::super::operator::{self, Operator};
use super::super::source::Span;
use super::super::token::TokenKind;
use super::cursor::{Cursor, Lost, Parsed};
use super::rule::disjunction_in;

const A_TERM: Words = ("a term", "项");
const CLOSE_OR_MORE: Words = ("`,` or `)`", "`,` 或 `)`");

impl Cursor<'_, '_> {
    /// Any term, `x else CONST` too.
    pub fn term(&mut self) -> Parsed<Term> {
        let first = self.primary_or_prefix()?;
        self.term_from(first)
    }

    /// A term whose first operand has been read.
    pub fn term_from(&mut self, first: Term) -> Parsed<Term> {
        let value = self.operators_from(first, 0)?;
        if self.accept_word("else").is_none() {
            return Ok(value);
        }
        let default = self.operation(0)?;
        let span = value.span().to(default.span());
        Ok(Term::Else(Box::new(value), Box::new(default), span))
    }

    fn operation(&mut self, weakest: u8) -> Parsed<Term> {
        let first = self.primary_or_prefix()?;
        self.operators_from(first, weakest)
    }

    /// Binary operators that bind at least as tightly as `weakest`.
    fn operators_from(&mut self, first: Term, weakest: u8) -> Parsed<Term> {
        let mut left = first;
        while let Some(operator) = self.peek_operator().filter(|operator| operator.strength >= weakest) {
            let token = self.take();
            self.count_operator(token)?;
            let right = if operator.right_to_left {
                self.nested(|cursor| cursor.operation(operator.strength))?
            } else {
                self.operation(operator.strength + 1)?
            };
            let span = left.span().to(right.span());
            let name = Name { text: operator.symbol.to_string(), span: self.span_of(token) };
            left = Term::Call(Call { name, args: vec![left, right], span });
        }
        Ok(left)
    }

    /// Does a binary operator come?
    pub fn peek_operator(&self) -> Option<&'static Operator> {
        let token = self.peek();
        match token.kind {
            TokenKind::Name
            | TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Star
            | TokenKind::Slash
            | TokenKind::Percent
            | TokenKind::Caret => operator::binary(self.text_of(token)),
            _ => None,
        }
    }

    fn primary_or_prefix(&mut self) -> Parsed<Term> {
        let token = self.peek();
        if !matches!(token.kind, TokenKind::Minus | TokenKind::Name) {
            return self.primary();
        }
        let Some(symbol) = operator::prefix(self.text_of(token)) else {
            return self.primary();
        };
        self.take();
        self.count_operator(token)?;
        self.prefixed(Name { text: symbol.to_string(), span: self.span_of(token) })
    }

    /// What a prefix operator that has been taken is applied to.
    fn prefixed(&mut self, name: Name) -> Parsed<Term> {
        let operand = self.nested(|cursor| cursor.operation(operator::PREFIX_STRENGTH))?;
        let span = name.span.to(operand.span());
        Ok(Term::Call(Call { name, args: vec![operand], span }))
    }

    fn primary(&mut self) -> Parsed<Term> {
        let token = self.peek();
        let span = self.span_of(token);
        match token.kind {
            TokenKind::Text => {
                self.take();
                Ok(Term::Text(self.text_value(token), span))
            }
            TokenKind::Number => {
                self.take();
                let value = literal::number(self.text_of(token), span, self.sink);
                Ok(Term::Number(NumberText { value, span }))
            }
            TokenKind::Name => self.word_or_name(),
            TokenKind::LeftParen => self.nested(|cursor| {
                cursor.take();
                let inner = cursor.term()?;
                cursor.expect(TokenKind::RightParen, ("`)` or an operator", "`)` 或运算符"))?;
                Ok(inner)
            }),
            TokenKind::LeftBracket => self.record(),
            TokenKind::Dollar if self.at_branch() => self.branch(),
            TokenKind::Dollar => {
                self.take();
                let name = Name { text: operator::COUNTER.to_string(), span };
                Ok(Term::Call(Call { name, args: Vec::new(), span }))
            }
            TokenKind::At => self.unsupported_term(),
            _ => Err(self.unexpected(A_TERM)),
        }
    }

    /// `[a, b]`
    fn record(&mut self) -> Parsed<Term> {
        let start = self.span_of(self.peek());
        let fields = self.nested(|cursor| {
            cursor.take();
            cursor.terms_to(TokenKind::RightBracket, ("`,` or `]`", "`,` 或 `]`"))
        })?;
        Ok(Term::Record(fields, self.span_from(start)))
    }

    /// Is the `$` that comes the beginning of a branch, and not a counter?
    fn at_branch(&self) -> bool {
        let next = self.peek_at(1);
        next.kind == TokenKind::Name && operator::binary(self.text_of(next)).is_none()
    }

    /// `$B(a, b)`, `$A`
    fn branch(&mut self) -> Parsed<Term> {
        let dollar = self.take();
        let start = self.span_of(dollar);
        let name = self.dotted_name(("the name of a branch", "分支名"))?;
        let args = match self.kind() {
            TokenKind::LeftParen => self.nested(|cursor| {
                cursor.take();
                cursor.terms_to_closing()
            })?,
            _ => Vec::new(),
        };
        Ok(Term::Branch(Call { name, args, span: self.span_from(start) }))
    }

    fn word_or_name(&mut self) -> Parsed<Term> {
        let token = self.peek();
        let span = self.span_of(token);
        let called = self.peek_at(1).kind == TokenKind::LeftParen;
        match self.text_of(token) {
            "_" => {
                self.take();
                Ok(Term::Wild(span))
            }
            "nil" => {
                self.take();
                Ok(Term::Nil(span))
            }
            "as" => self.cast(),
            "count" => self.aggregate(AggregateOp::Count),
            "sum" => self.aggregate(AggregateOp::Sum),
            "min" => self.aggregate(AggregateOp::Min),
            "max" => self.aggregate(AggregateOp::Max),
            "mean" => self.aggregate(AggregateOp::Mean),
            _ => {
                let name = self.plain_name(A_TERM)?;
                if !called {
                    return Ok(Term::Var(name));
                }
                let args = self.nested(|cursor| {
                    cursor.take();
                    cursor.terms_to_closing()
                })?;
                Ok(Term::Call(Call { span: self.span_from(span), name, args }))
            }
        }
    }

    /// `column:-1`: the lexer sees `:-`, which no column is followed by.
    pub fn negative_after_colon(&mut self) -> Parsed<Term> {
        let token = self.take();
        self.count_operator(token)?;
        let span = Span { start: token.end - 1, ..self.span_of(token) };
        let first = self.prefixed(Name { text: "-".to_string(), span })?;
        self.term_from(first)
    }

    /// Terms between commas and the closing parenthesis; the opening one is taken.
    pub fn terms_to_closing(&mut self) -> Parsed<Vec<Term>> {
        self.terms_to(TokenKind::RightParen, CLOSE_OR_MORE)
    }

    fn terms_to(&mut self, close: TokenKind, close_or_more: Words) -> Parsed<Vec<Term>> {
        let mut terms = Vec::new();
        if self.accept(close).is_some() {
            return Ok(terms);
        }
        loop {
            terms.push(self.term()?);
            if self.accept(TokenKind::Comma).is_none() {
                self.expect(close, close_or_more)?;
                return Ok(terms);
            }
        }
    }

    fn cast(&mut self) -> Parsed<Term> {
        let start = self.take();
        let start = self.span_of(start);
        self.expect(TokenKind::LeftParen, ("`(`, as in `as(x, T)`", "`(`，如 `as(x, T)`"))?;
        self.nested(|cursor| {
            let value = cursor.term()?;
            cursor.expect(TokenKind::Comma, ("`,` and a type", "`,` 及类型"))?;
            let ty = cursor.type_ref()?;
            cursor.expect(TokenKind::RightParen, ("`)`", "`)`"))?;
            Ok(Term::As(Box::new(value), ty, cursor.span_from(start)))
        })
    }

    /// An aggregate, or one of the functors `min(a, b)` and `max(a, b)`, which begin alike.
    fn aggregate(&mut self, op: AggregateOp) -> Parsed<Term> {
        let word = self.take();
        let start = self.span_of(word);
        let mut target = None;
        if self.kind() == TokenKind::LeftParen {
            let mut terms = self.nested(|cursor| {
                cursor.take();
                cursor.terms_to_closing()
            })?;
            if terms.len() == 1 {
                let first = terms.remove(0);
                target = Some(self.operators_from(first, 0)?);
            } else {
                return self.least_or_greatest(op, start, terms);
            }
        } else if self.kind() != TokenKind::Colon {
            target = Some(self.nested(|cursor| cursor.operation(0))?);
        }
        self.check_target(op, target.as_ref(), start)?;
        if self.accept(TokenKind::Colon).is_none() {
            return Err(self.no_aggregate_body(op, start));
        }
        let body = self.nested(Self::aggregate_body)?;
        Ok(Term::Aggregate(Box::new(Aggregate { op, target, body, span: self.span_from(start) })))
    }

    fn least_or_greatest(&mut self, op: AggregateOp, start: Span, args: Vec<Term>) -> Parsed<Term> {
        let span = self.span_from(start);
        if matches!(op, AggregateOp::Min | AggregateOp::Max) && !args.is_empty() {
            let name = Name { text: operator::aggregate_word(op).to_string(), span: start };
            return Ok(Term::Call(Call { name, args, span }));
        }
        Err(self.report(complaint::aggregate_form(
            span,
            ("this aggregate is no functor of several terms", "该聚合不是多参数函数"),
            ("an aggregate is written `sum x : { r(x) }`", "聚合写作 `sum x : { r(x) }`"),
        )))
    }

    fn check_target(&mut self, op: AggregateOp, target: Option<&Term>, start: Span) -> Parsed<()> {
        match (op, target) {
            (AggregateOp::Count, Some(target)) => {
                let span = target.span();
                Err(self.report(complaint::aggregate_form(
                    span,
                    ("`count` takes no expression", "`count` 不带表达式"),
                    ("write `count : { r(x) }`", "请写作 `count : { r(x) }`"),
                )))
            }
            (AggregateOp::Count, None) | (_, Some(_)) => Ok(()),
            (_, None) => Err(self.report(complaint::aggregate_form(
                start,
                ("aggregate without an expression", "聚合缺少表达式"),
                ("write `sum x : { r(x) }`", "请写作 `sum x : { r(x) }`"),
            ))),
        }
    }

    fn no_aggregate_body(&mut self, op: AggregateOp, start: Span) -> Lost {
        let span = self.span_from(start);
        let help = if matches!(op, AggregateOp::Min | AggregateOp::Max) {
            (
                "write `max x : { r(x) }`, or the functor with two terms: `max(a, b)`",
                "请写作 `max x : { r(x) }`，或双参数函数 `max(a, b)`",
            )
        } else {
            ("write `sum x : { r(x) }`, or `count : { r(x) }`", "请写作 `sum x : { r(x) }` 或 `count : { r(x) }`")
        };
        self.report(complaint::aggregate_form(span, ("aggregate without a body", "聚合缺少主体"), help))
    }

    fn aggregate_body(&mut self) -> Parsed<Body> {
        if self.accept(TokenKind::LeftBrace).is_none() {
            let name = self.dotted_name(("`{` or an atom", "`{` 或原子"))?;
            return Ok(Body::Atom(self.atom_of(name)?));
        }
        let body = self.body()?;
        self.expect(TokenKind::RightBrace, ("`,` or `}`", "`,` 或 `}`"))?;
        if let Some(span) = disjunction_in(&body, false) {
            self.report(complaint::not_yet(
                span,
                ("disjunction in an aggregate is", "聚合中的析取"),
                ("give the alternatives a relation of their own and aggregate over that", "请把各分支写成单独的关系，再对其聚合"),
            ));
        }
        Ok(body)
    }
}
