//! The program as it was written: a tree with a place for every part. It is made even from broken text; what could not be
//! read is left out and reported as a diagnostic. Nothing here is resolved or typed.

use super::source::Span;

/// Every item of a program in written order, included files in place of their `.include`.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub items: Vec<Item>,
}

#[derive(Clone, Debug)]
pub enum Item {
    Decl(Decl),
    Type(TypeDecl),
    Directive(Directive),
    Rule(Rule),
    /// `.pragma …`: read and ignored.
    Pragma(Pragma),
    /// `.plan 0:(2,1)` behind a rule: checked, and of no effect.
    Plan(Plan),
    Component(Component),
    Init(Init),
}

/// `.pragma "key" "value" …`
#[derive(Clone, Debug)]
pub struct Pragma {
    pub key: Option<Name>,
    pub span: Span,
}

/// Orders of the atoms of the rule before it, each for a version of that rule.
#[derive(Clone, Debug)]
pub struct Plan {
    pub orders: Vec<(u64, Vec<u64>)>,
    pub span: Span,
}

/// `.comp C<T> : B<T>, E { … }`: text to be written again for each `.init`.
#[derive(Clone, Debug)]
pub struct Component {
    pub name: Name,
    pub params: Vec<Name>,
    pub bases: Vec<ComponentRef>,
    /// Relations of the bases whose rules are dropped.
    pub overrides: Vec<Name>,
    pub items: Vec<Item>,
    pub span: Span,
}

/// `C<T, U>` where a component is used.
#[derive(Clone, Debug)]
pub struct ComponentRef {
    pub name: Name,
    pub args: Vec<Name>,
}

/// `.init a = C<T>`
#[derive(Clone, Debug)]
pub struct Init {
    pub name: Name,
    pub of: ComponentRef,
    pub span: Span,
}

/// A name with its place. Dots are part of a name (`a.b.R`).
#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// `.decl a, b(x: T, y: U?) qualifiers`
#[derive(Clone, Debug)]
pub struct Decl {
    pub names: Vec<Name>,
    pub columns: Vec<Column>,
    /// Storage qualifiers and the old `input`/`output` words, as written.
    pub qualifiers: Vec<Name>,
    /// `choice-domain a, (b, c)`: the columns of each.
    pub choice: Vec<Vec<Name>>,
    pub span: Span,
}

impl Decl {
    pub fn has_qualifier(&self, word: &str) -> bool {
        self.qualifiers.iter().any(|qualifier| qualifier.text == word)
    }
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: Name,
    pub ty: TypeRef,
}

/// A type where one is used. A trailing `?` is kept apart; whether it is a mark or part of a name is decided by the checker
/// (a declared type of that very name, mark included, wins).
#[derive(Clone, Debug)]
pub struct TypeRef {
    pub name: Name,
    pub optional: bool,
}

#[derive(Clone, Debug)]
pub struct TypeDecl {
    pub name: Name,
    pub def: TypeDef,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TypeDef {
    /// `.type A <: B`
    Subset(Name),
    /// `.type A = B`
    Alias(Name),
    /// `.type A = B | C`
    Union(Vec<Name>),
    /// `.type A = [x: T, y: U]`
    Record(Vec<Column>),
    /// `.type A = B {} | C {x: T}`
    Adt(Vec<Branch>),
    /// `.type A`: the old form of a subset of symbol.
    Bare,
}

/// `C {x: T}`: one way to be a value of an algebraic type.
#[derive(Clone, Debug)]
pub struct Branch {
    pub name: Name,
    pub fields: Vec<Column>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DirectiveKind {
    Input,
    Output,
    PrintSize,
    LimitSize,
    Record,
    Clue,
    Clock,
}

/// `.output A, B(key="value", …)`
#[derive(Clone, Debug)]
pub struct Directive {
    pub kind: DirectiveKind,
    pub relations: Vec<Name>,
    pub params: Vec<Param>,
    pub span: Span,
}

/// `key="value"`; a bare word or number is kept as its text. Escapes are resolved.
#[derive(Clone, Debug)]
pub struct Param {
    pub key: Name,
    pub value: String,
    pub value_span: Span,
}

/// `@[name = "…"]` before a rule.
#[derive(Clone, Debug)]
pub struct Annotation {
    pub key: Name,
    pub value: String,
    pub span: Span,
}

/// `h1, h2 :- body.` A fact has no body.
#[derive(Clone, Debug)]
pub struct Rule {
    pub annotations: Vec<Annotation>,
    pub heads: Vec<Atom>,
    /// `lesser <= greater :- body.`: two heads, of which the first is dropped for the second.
    pub subsumes: bool,
    pub body: Option<Body>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Body {
    And(Vec<Body>),
    Or(Vec<Body>),
    /// `!atom`, `!( … )`, `!match(…)`
    Not(Box<Body>, Span),
    Atom(Atom),
    Compare(Comparison),
    /// `match(pattern, text)`, `contains(part, text)`, `starts_with(…)`…: a functor used as a condition.
    Holds(Call),
    True(Span),
    False(Span),
}

#[derive(Clone, Debug)]
pub struct Atom {
    pub relation: Name,
    pub args: Args,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Args {
    Positional(Vec<Term>),
    /// `R(column: term, …)`; the columns not named are `_`.
    Named(Vec<(Name, Term)>),
}

#[derive(Clone, Debug)]
pub struct Comparison {
    pub op: CompareOp,
    pub lhs: Term,
    pub rhs: Term,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// A functor applied: `cat(a, b)`, `year(d)`; operators too, under their symbol (`+`, `-` with one argument, `bnot`).
#[derive(Clone, Debug)]
pub struct Call {
    pub name: Name,
    pub args: Vec<Term>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Term {
    Var(Name),
    /// `_`
    Wild(Span),
    /// `nil`
    Nil(Span),
    Number(NumberText),
    Text(String, Span),
    Call(Call),
    /// `[a, b]`
    Record(Vec<Term>, Span),
    /// `$B(a, b)`; its name is without the `$`, and without arguments the brackets may be left out.
    Branch(Call),
    /// `as(x, T)`
    As(Box<Term>, TypeRef, Span),
    Aggregate(Box<Aggregate>),
    /// `x else CONST`
    Else(Box<Term>, Box<Term>, Span),
    /// A form that is not supported yet; the parser has reported it.
    Unsupported(Span),
}

/// A number as written, already read: its kind may still follow from its context.
#[derive(Clone, Debug)]
pub struct NumberText {
    pub value: NumberValue,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum NumberValue {
    /// `12`, `0x1F`, `0b101`, `1.2.3.4`: number, then unsigned, then float, as the context allows.
    Integer(u64),
    /// `12u`
    Unsigned(u64),
    /// `1.5`
    Float(f64),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum AggregateOp {
    Count,
    Sum,
    Min,
    Max,
    Mean,
}

/// `sum x : { body }`; `count` has no target.
#[derive(Clone, Debug)]
pub struct Aggregate {
    pub op: AggregateOp,
    pub target: Option<Term>,
    pub body: Body,
    pub span: Span,
}

impl Term {
    pub fn span(&self) -> Span {
        match self {
            Term::Var(name) => name.span,
            Term::Wild(span)
            | Term::Nil(span)
            | Term::Text(_, span)
            | Term::Record(_, span)
            | Term::As(_, _, span)
            | Term::Else(_, _, span)
            | Term::Unsupported(span) => *span,
            Term::Number(number) => number.span,
            Term::Call(call) | Term::Branch(call) => call.span,
            Term::Aggregate(aggregate) => aggregate.span,
        }
    }
}
