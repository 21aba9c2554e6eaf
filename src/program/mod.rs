//! The checked program: resolved, typed, grounded, stratified. Planner, naive evaluator and explanations read it and nothing before it.
//!
//! What the checker has done away with: disjunction (one [`Rule`] per head and disjunct), named columns, aliases, overloads,
//! `!( … )`, aggregates inside expressions (each is a [`Literal::Aggregate`] that binds a variable), witnesses (written out as
//! literals), `_` in aggregates (a [`Arg::Capture`] where it counts as a column). A program denotes, for given rows of its inputs and
//! a given clock row, its stratified model.

pub mod ground;
mod growing;
pub mod probes;
pub mod reach;
pub mod structure;
pub mod text;

use crate::expr::{self, Compared, Expr, Fold, Likeness, Test};
use crate::syntax::Span;
use crate::types::{Kind, RelId, Row, RuleIx, Value, VarId, is_space, narrow};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use growing::growing;
pub use structure::Structures;

/// The type whose values are codes of agencies, which have names.
pub const AGENCY_TYPE: &str = "AgencyCode";

/// The type whose values are identity numbers and never leave the server.
pub const PERSON_TYPE: &str = "PersonId";

/// The levels of a clue, the strongest first.
pub const LEVELS: [&str; 3] = ["violation", "hint", "quality"];

/// A program that passed every check.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub relations: Vec<Relation>,
    pub rules: Vec<Rule>,
    /// Facts of the text, their arguments computed.
    pub facts: Vec<(RelId, Row)>,
    /// In order of evaluation; every relation that has a rule stands in exactly one.
    pub strata: Vec<Stratum>,
    /// `choice-domain`: of each relation that has them, the columns of which no two of its rows agree in all.
    pub choices: BTreeMap<RelId, Vec<Vec<usize>>>,
    /// `lesser <= greater :- …`: as a rule for rows that are dropped. Its body begins with the two atoms, of one relation, and binds every
    /// column of both rows; its head says the first row again.
    pub subsumptions: Vec<Rule>,
    /// `autoinc()`: variables of a rule to which every firing gives the next numbers. No literal binds them.
    pub counters: BTreeMap<RuleIx, Vec<VarId>>,
    /// `.limitsize`: the recursion of the relation ends with the round in which it has so many rows.
    pub limits: BTreeMap<RelId, u64>,
    /// Whether an [`crate::types::Kind`]'s clock relation exists.
    pub clocks: Vec<RelId>,
    /// Record and algebraic types.
    pub structures: Structures,
    /// Texts of the program in the order of first sight, which `ord` tells.
    pub texts: Vec<Arc<str>>,
}

#[derive(Clone, Debug)]
pub struct Relation {
    pub name: String,
    pub columns: Vec<Column>,
    /// `.input` or `.record`: rows come from outside.
    pub input: Option<Io>,
    /// One for each `.output`. A `.clue` is an output too, without parameters.
    pub outputs: Vec<Io>,
    pub printsize: bool,
    pub record: Option<RecordDecl>,
    pub clue: Option<ClueDecl>,
    /// One column of kind date or datetime, always exactly one row.
    pub clock: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// `T?`: may be absent.
    pub optional: bool,
    /// The declared type by name, without the mark.
    pub type_name: String,
}

/// Parameters of `.input` and `.output`, as written (`filename`, `delimiter`, …).
#[derive(Clone, Debug, Default)]
pub struct Io {
    pub params: Vec<(String, String)>,
}

/// `.record`: how the outside may change a relation. Columns by index.
#[derive(Clone, Debug)]
pub struct RecordDecl {
    /// Never empty, never optional columns.
    pub key: Vec<usize>,
    /// Kinds of agency that may write.
    pub owners: Vec<String>,
    /// The key column that must equal the speaking agency.
    pub by: Option<usize>,
    /// The date that coverage speaks of.
    pub since: Option<usize>,
    pub personal: Vec<usize>,
    /// Columns with identity numbers: the door mends their spelling and refuses what a spreadsheet has rounded.
    pub identity: Vec<usize>,
    pub title: String,
    /// Titles under which files may carry a column.
    pub titles: Vec<(usize, Vec<String>)>,
    /// Columns of text that take these words and no others: the door refuses the rest. What is there already is not judged.
    pub words: Vec<(usize, Vec<KnownWord>)>,
    /// Columns of the key in which texts are compared by a functor: two spellings of one number are one key.
    pub alike: Vec<(usize, Likeness)>,
    /// What values must be besides their kind: the door refuses the rest. What is there already is not judged.
    pub checks: Vec<Check>,
    /// Columns whose day has been: a later one is taken and told.
    pub past: Vec<usize>,
}

/// What a present value of a column must be.
#[derive(Clone, PartialEq, Debug)]
pub struct Check {
    pub column: usize,
    pub must: Must,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Must {
    /// A text of this form: `#` stands for any digit, every other character for itself.
    Look(String),
    AtLeast(Bound),
    AtMost(Bound),
}

/// Of the column's own kind.
#[derive(Clone, PartialEq, Debug)]
pub enum Bound {
    Value(Value),
    Column(usize),
}

/// A word that a column takes.
#[derive(Clone, Debug)]
pub struct KnownWord {
    pub word: String,
    /// What certainly means the same; it is read as the word.
    pub also: Vec<String>,
}

/// `.clue`: which columns are its identity and what people read of it.
#[derive(Clone, Debug)]
pub struct ClueDecl {
    pub title: String,
    pub key: Vec<usize>,
    pub agency: Option<usize>,
    pub person: Option<usize>,
    pub area: Option<usize>,
    pub due: Option<usize>,
    pub level: Option<ColumnOrText>,
    pub basis: Option<ColumnOrText>,
    pub reason: Vec<ReasonPart>,
}

#[derive(Clone, Debug)]
pub enum ColumnOrText {
    Column(usize),
    Text(String),
}

/// `"{agency}于{due}前…"` in pieces.
#[derive(Clone, Debug)]
pub enum ReasonPart {
    Text(String),
    Column(usize),
}

/// One head and one conjunction.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `@[name = …]`, else the first 16 hex digits of the SHA-256 of the canonical text. Rules that came from one written rule
    /// (several heads, disjuncts) share it.
    pub id: String,
    /// Whether the id is a name that the author gave.
    pub named: bool,
    pub basis: Option<String>,
    pub head: RelId,
    pub head_terms: Vec<HeadTerm>,
    /// In written order.
    pub body: Vec<Literal>,
    /// Where each literal of the body was written; a negated one without its `!`.
    pub places: Vec<Span>,
    pub vars: Vec<Var>,
    /// Canonical text of this one rule, for people.
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Var {
    /// As written; made up (`_1`) for captures and results of aggregates.
    pub name: String,
    pub kind: Kind,
    /// Only a [`Arg::Capture`] of an optional column can hold an absent value.
    pub optional: bool,
}

#[derive(Clone, Debug)]
pub enum HeadTerm {
    Expr(Expr<VarId>),
    /// `nil`
    Absent,
}

#[derive(Clone, Debug)]
pub enum Literal {
    Atom(Atom),
    /// No row matches. Its variables are bound by other literals; it holds no captures.
    Not(Atom),
    /// `lhs op rhs`, both of one kind. `Eq` with an unbound variable alone on one side binds it.
    Compare {
        op: Compared,
        kind: Kind,
        lhs: Expr<VarId>,
        rhs: Expr<VarId>,
    },
    Holds {
        test: Test,
        args: Vec<Expr<VarId>>,
        negated: bool,
    },
    Aggregate(Aggregate),
    /// Gives a variable each value of a range, or asks whether it has one of them.
    Range(Range),
}

#[derive(Clone, Debug)]
pub struct Atom {
    pub relation: RelId,
    /// One for each column.
    pub args: Vec<Arg>,
}

/// `result = range(from, to[, step])`
#[derive(Clone, Debug)]
pub struct Range {
    pub kind: Kind,
    pub result: VarId,
    pub from: Expr<VarId>,
    pub to: Expr<VarId>,
    pub step: Option<Expr<VarId>>,
}

/// How one column of an atom is matched.
#[derive(Clone, Debug)]
pub enum Arg {
    /// `_`: anything, absent too.
    Any,
    /// `nil`: only an absent value.
    Absent,
    /// A variable alone binds or compares; anything else is computed and compared. Matches only a present value.
    Term(Expr<VarId>),
    /// `x else CONST`: an absent value is taken as the constant. `x` may be bound already.
    Else(VarId, Value),
    /// Inside aggregates: `_` that counts as a column of its own; and in rules that nobody wrote (`clue`). Binds the variable to whatever
    /// stands there, absent too, or compares with it.
    Capture(VarId),
}

/// `result = fold target : { body }` over the *distinct assignments* to all variables of the body, one group for each assignment to `group`.
///
/// An empty group gives 0 for `count` and `sum` and no result otherwise. Variables of the body that are not in `group` are its own and
/// are not seen outside; they are listed in the rule's `vars` all the same, and no other literal uses them.
#[derive(Clone, Debug)]
pub struct Aggregate {
    pub fold: Fold,
    pub result: VarId,
    /// What is folded; `None` for `count`.
    pub target: Option<Expr<VarId>>,
    pub body: Vec<Literal>,
    /// Where each literal of the body was written.
    pub places: Vec<Span>,
    /// Variables bound outside ("injected").
    pub group: Vec<VarId>,
    /// Variables of the body that only hold what is taken apart there: they do not count.
    pub aside: Vec<VarId>,
}

/// Relations that depend on each other, or one that depends on nothing above.
#[derive(Clone, Debug)]
pub struct Stratum {
    pub relations: Vec<RelId>,
    pub rules: Vec<RuleIx>,
    pub recursive: bool,
}

impl Program {
    pub fn relation(&self, id: RelId) -> &Relation {
        &self.relations[id.index()]
    }

    pub fn find(&self, name: &str) -> Option<RelId> {
        self.relations.iter().position(|r| r.name == name).map(|i| RelId(i as u32))
    }

    pub fn rel_ids(&self) -> impl Iterator<Item = RelId> + use<> {
        (0..self.relations.len() as u32).map(RelId)
    }

    /// These relations and all that their rules read, however indirectly.
    pub fn behind(&self, ids: impl IntoIterator<Item = RelId>) -> BTreeSet<RelId> {
        let mut rules: Vec<Vec<&Rule>> = vec![Vec::new(); self.relations.len()];
        self.rules.iter().chain(&self.subsumptions).for_each(|rule| rules[rule.head.index()].push(rule));
        let mut behind = BTreeSet::new();
        let mut todo: Vec<RelId> = ids.into_iter().collect();
        while let Some(id) = todo.pop() {
            if behind.insert(id) {
                rules[id.index()].iter().for_each(|rule| read_by(&rule.body, &mut todo));
            }
        }
        behind
    }

    /// Rules and facts by the relation whose rows they give.
    pub fn heads(&self) -> Heads<'_> {
        let (rules, facts) = (vec![Vec::new(); self.relations.len()], vec![Vec::new(); self.relations.len()]);
        let mut heads = Heads { rules, facts };
        let rules = self.rules.iter().enumerate();
        rules.for_each(|(index, rule)| heads.rules[rule.head.index()].push(RuleIx(index as u32)));
        self.facts.iter().for_each(|(head, row)| heads.facts[head.index()].push(row));
        heads
    }

    /// Relations of clues.
    pub fn clue_ids(&self) -> impl Iterator<Item = RelId> + '_ {
        self.rel_ids().filter(|id| self.relation(*id).clue.is_some())
    }

    /// Relations whose changes are given out: `.output` and `.clue`.
    pub fn output_ids(&self) -> Vec<RelId> {
        self.rel_ids().filter(|id| !self.relation(*id).outputs.is_empty() || self.relation(*id).clue.is_some()).collect()
    }
}

/// What gives the rows of each relation, by its number.
pub struct Heads<'p> {
    pub rules: Vec<Vec<RuleIx>>,
    pub facts: Vec<Vec<&'p Row>>,
}

/// Relations that a body reads, those inside aggregates too.
pub fn read_by(body: &[Literal], into: &mut Vec<RelId>) {
    for literal in body {
        match literal {
            Literal::Atom(atom) | Literal::Not(atom) => into.push(atom.relation),
            Literal::Aggregate(aggregate) => read_by(&aggregate.body, into),
            Literal::Compare { .. } | Literal::Holds { .. } | Literal::Range(_) => {}
        }
    }
}

impl KnownWord {
    /// A text as words are compared: narrow, small, without spaces.
    pub fn compared(text: &str) -> String {
        text.chars().filter(|c| !is_space(*c)).map(|c| narrow(c).to_ascii_lowercase()).collect()
    }
}

/// The kind of agency that asserts data of packs.
const PACK: &str = "pack";

impl RecordDecl {
    /// Packs may fill it: reference data, written with care. There a text of nothing is a text, as the law's table of duties has it.
    pub fn is_reference(&self) -> bool {
        self.owners.iter().any(|owner| owner == PACK)
    }

    /// The words that a column takes; `None` where it takes any text.
    pub fn words_of(&self, column: usize) -> Option<&[KnownWord]> {
        self.words.iter().find(|(closed, _)| *closed == column).map(|(_, words)| words.as_slice())
    }

    /// The form of the texts of a column, if it has one.
    pub fn look_of(&self, column: usize) -> Option<&str> {
        self.checks_of(column).find_map(|must| if let Must::Look(form) = must { Some(form.as_str()) } else { None })
    }

    pub fn checks_of(&self, column: usize) -> impl Iterator<Item = &Must> {
        self.checks.iter().filter(move |check| check.column == column).map(|check| &check.must)
    }

    /// The first title of a column, or its name.
    pub fn title_of<'a>(&'a self, column: usize, columns: &'a [Column]) -> &'a str {
        let titles = self.titles.iter().find(|(of, _)| *of == column).and_then(|(_, titles)| titles.first());
        titles.map_or(&columns[column].name, String::as_str)
    }

    /// What a key means, however it is spelled: values of the key columns in their order, or of the first of them.
    pub fn meant(&self, key: &Row) -> Row {
        expr::meant(&self.alike, &self.key, key)
    }
}

impl Relation {
    pub fn arity(&self) -> usize {
        self.columns.len()
    }

    pub fn kinds(&self) -> Vec<Kind> {
        self.columns.iter().map(|c| c.kind).collect()
    }

    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
}

impl Literal {
    /// Every variable that occurs, those of an aggregate's own body too.
    pub fn each_var(&self, visit: &mut impl FnMut(VarId)) {
        match self {
            Literal::Atom(atom) | Literal::Not(atom) => atom.each_var(visit),
            Literal::Compare { lhs, rhs, .. } => {
                lhs.each_var(visit);
                rhs.each_var(visit);
            }
            Literal::Holds { args, .. } => args.iter().for_each(|arg| arg.each_var(visit)),
            Literal::Range(range) => {
                visit(range.result);
                range.bounds().for_each(|bound| bound.each_var(visit));
            }
            Literal::Aggregate(aggregate) => {
                visit(aggregate.result);
                aggregate.group.iter().for_each(|v| visit(*v));
                if let Some(target) = &aggregate.target {
                    target.each_var(visit);
                }
                aggregate.body.iter().for_each(|literal| literal.each_var(visit));
            }
        }
    }
}

impl Range {
    /// Its ends, and its step if it has one.
    pub fn bounds(&self) -> impl Iterator<Item = &Expr<VarId>> {
        [&self.from, &self.to].into_iter().chain(&self.step)
    }
}

impl Atom {
    pub fn each_var(&self, visit: &mut impl FnMut(VarId)) {
        for arg in &self.args {
            match arg {
                Arg::Any | Arg::Absent => {}
                Arg::Term(expr) => expr.each_var(visit),
                Arg::Else(v, _) | Arg::Capture(v) => visit(*v),
            }
        }
    }
}
