//! `clue(id, rule, agency, person, due)`: the clues that hold, for rules to read. A program that reads it without declaring it is given it,
//! filled by one rule for each clue relation that does not depend on it.
//!
//! Of the rows of one key a rule takes the one that people are shown: the strongest level's least by value. It is found column by column,
//! as far as the last column that `clue` shows; each is the least among the rows that agree in those before it.

use super::report::{Report, say};
use super::rules::{Checked, hash};
use super::schema::Schema;
use super::strata::{Edge, How};
use crate::expr::{Compared, Expr, Fold, Functor};
use crate::program::{
    AGENCY_TYPE, Aggregate, Arg, Atom, ClueDecl, Column, ColumnOrText, HeadTerm, LEVELS, Literal, PERSON_TYPE, Relation, Rule,
    Var, text::rule_text,
};
use crate::syntax::{Diagnostic, Span, ast, ast::DirectiveKind, walk};
use crate::types::{Kind, RelId, Value, VarId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const NAME: &str = "clue";

/// Declares it, if the program reads it and does not make one of its own.
pub(super) fn declare(tree: &ast::Program, schema: &mut Schema) -> Option<RelId> {
    if schema.find(NAME).is_some() || is_own(tree) {
        return None;
    }
    let span = first_reading(tree)?;
    let column = |name: &str, kind, optional, type_name: &str| Column {
        name: name.to_string(),
        kind,
        optional,
        type_name: type_name.to_string(),
    };
    let (symbol, date) = (Kind::Symbol, Kind::Date);
    let columns = vec![
        column("id", symbol, false, symbol.name()),
        column("rule", symbol, false, symbol.name()),
        column("agency", symbol, true, AGENCY_TYPE),
        column("person", symbol, true, PERSON_TYPE),
        column("due", date, true, date.name()),
    ];
    Some(schema.give(NAME, columns, span))
}

/// It derives it, or says where it comes from: then it has to declare it.
fn is_own(tree: &ast::Program) -> bool {
    tree.items.iter().any(|item| match item {
        ast::Item::Rule(rule) => rule.heads.iter().any(|head| head.relation.text == NAME),
        ast::Item::Directive(directive) => {
            let given_out = matches!(directive.kind, DirectiveKind::Output | DirectiveKind::PrintSize | DirectiveKind::LimitSize);
            !given_out && directive.relations.iter().any(|name| name.text == NAME)
        }
        _ => false,
    })
}

/// Where it is read, or given out, first.
fn first_reading(tree: &ast::Program) -> Option<Span> {
    let mut found = None;
    let mut visit = |name: &ast::Name| {
        if name.text == NAME && found.is_none() {
            found = Some(name.span);
        }
    };
    for item in &tree.items {
        match item {
            ast::Item::Rule(rule) => walk::relations_read(rule, &mut visit),
            ast::Item::Directive(directive) => directive.relations.iter().for_each(&mut visit),
            _ => {}
        }
    }
    found
}

/// Adds the rules that fill it.
pub(super) fn fill(listing: RelId, schema: &Schema, checked: &mut Checked, report: &mut Report) {
    let span = schema.relation(listing).span;
    let dependent = dependent(listing, &checked.edges);
    let clues = schema.relations.iter().enumerate().map(|(i, relation)| (RelId(i as u32), relation));
    let listed: Vec<(RelId, &Relation, &ClueDecl)> = clues
        .filter(|(id, _)| !dependent.contains(id))
        .filter_map(|(id, relation)| Some((id, relation, relation.clue.as_ref()?)))
        .collect();
    checked.filled.insert(listing);
    if listed.is_empty() {
        let message = say("no clue ever stands in `clue`", "`clue` 中不会有任何线索");
        let help = say(
            "it holds clues of relations with `.clue` that do not depend on it themselves",
            "它只含本身不依赖 `clue` 的 `.clue` 关系的线索",
        );
        report.add(Diagnostic::warning("W0203", span, message).help(help));
    }
    for (id, relation, decl) in listed {
        checked.rules.push(Listed::new(id, relation, decl).rule(listing, &schema.relations));
        checked.edges.push(Edge { head: listing, on: id, how: How::Positive, span });
    }
}

/// What reads a relation, directly or not, and the relation itself.
fn dependent(on: RelId, edges: &[Edge]) -> BTreeSet<RelId> {
    let mut readers: BTreeMap<RelId, Vec<RelId>> = BTreeMap::new();
    edges.iter().for_each(|edge| readers.entry(edge.on).or_default().push(edge.head));
    let (mut found, mut todo) = (BTreeSet::new(), vec![on]);
    while let Some(id) = todo.pop() {
        if found.insert(id) {
            todo.extend(readers.get(&id).into_iter().flatten());
        }
    }
    found
}

/// The rule of one clue relation while it is written.
struct Listed<'a> {
    id: RelId,
    relation: &'a Relation,
    decl: &'a ClueDecl,
    /// The column of the level, where rows of one key may differ in it.
    level: Option<usize>,
    vars: Vec<Var>,
    /// Of the row that is shown: columns with their variables.
    shown: BTreeMap<usize, VarId>,
}

impl<'a> Listed<'a> {
    fn new(id: RelId, relation: &'a Relation, decl: &'a ClueDecl) -> Listed<'a> {
        let mut listed = Listed { id, relation, decl, level: None, vars: Vec::new(), shown: BTreeMap::new() };
        listed.level = listed.level_column().filter(|_| !listed.deciding().is_empty());
        let columns: BTreeSet<usize> = decl.key.iter().copied().chain(listed.deciding()).chain(listed.level).collect();
        for column in columns {
            let var = listed.var(column);
            listed.shown.insert(column, var);
        }
        listed
    }

    /// A level that is no text is none of those that have an order.
    fn level_column(&self) -> Option<usize> {
        let Some(ColumnOrText::Column(level)) = self.decl.level else { return None };
        (self.relation.columns[level].kind == Kind::Symbol && !self.decl.key.contains(&level)).then_some(level)
    }

    /// The columns by which the row is chosen, in their order: none if the key gives everything that is wanted.
    fn deciding(&self) -> Vec<usize> {
        let beside_the_key = |column: &usize| !self.decl.key.contains(column);
        let wanted = [self.decl.agency, self.decl.person, self.decl.due];
        let last = wanted.into_iter().flatten().filter(beside_the_key).max();
        last.map_or(Vec::new(), |last| (0..=last).filter(beside_the_key).collect())
    }

    fn rule(mut self, head: RelId, relations: &[Relation]) -> Rule {
        let mut body = vec![self.atom(&self.shown)];
        let mut known: BTreeMap<usize, VarId> = self.decl.key.iter().map(|column| (*column, self.shown[column])).collect();
        let mut rank = None;
        if let Some(level) = self.level {
            let var = self.push("rank", Kind::Number, false);
            body.push(equal(Kind::Number, Expr::Var(var), place(self.shown[&level])));
            body.push(self.strongest(level, var, &known));
            rank = Some(var);
        }
        for column in self.deciding() {
            body.push(self.least(column, rank, &known));
            known.insert(column, self.shown[&column]);
            // Rows of one level are of one rank.
            rank = rank.filter(|_| self.level != Some(column));
        }
        let head_terms = self.head();
        let Listed { relation, vars, .. } = self;
        let (id, text) = (String::new(), String::new());
        // No text of a program has it: each literal stands where the clue is declared.
        let (span, places) = (relation.span, vec![relation.span; body.len()]);
        let mut rule = Rule { id, named: false, basis: None, head, head_terms, body, places, vars, text, span };
        rule.text = rule_text(&rule, relations);
        rule.id = hash(&rule.text);
        rule
    }

    /// `rank = min place(level) : { R(key, level) }`
    fn strongest(&mut self, level: usize, rank: VarId, key: &BTreeMap<usize, VarId>) -> Literal {
        let own = self.var(level);
        let mut columns = key.clone();
        columns.insert(level, own);
        let group = key.values().copied().collect();
        let body = vec![self.atom(&columns)];
        let (places, target) = (vec![self.relation.span], Some(place(own)));
        Literal::Aggregate(Aggregate {
            fold: Fold::Min(Kind::Number),
            result: rank,
            target,
            body,
            places,
            group,
            aside: Vec::new(),
        })
    }

    /// `column = least own : { R(known, own), rank = place(level) }`
    fn least(&mut self, column: usize, rank: Option<VarId>, known: &BTreeMap<usize, VarId>) -> Literal {
        let own = self.var(column);
        let mut columns = known.clone();
        columns.insert(column, own);
        let mut group: Vec<VarId> = known.values().copied().collect();
        let mut conditions = Vec::new();
        if let (Some(rank), Some(level)) = (rank, self.level) {
            let level = *columns.entry(level).or_insert_with(|| self.var(level));
            conditions.push(equal(Kind::Number, Expr::Var(rank), place(level)));
            group.push(rank);
        }
        let mut body = vec![self.atom(&columns)];
        body.append(&mut conditions);
        let fold = Fold::Least(self.relation.columns[column].kind);
        let (places, target) = (vec![self.relation.span; body.len()], Some(Expr::Var(own)));
        Literal::Aggregate(Aggregate { fold, result: self.shown[&column], target, body, places, group, aside: Vec::new() })
    }

    fn head(&self) -> Vec<HeadTerm> {
        let text = |text: &str| Expr::Const(Value::symbol(text));
        let mut id = vec![text(&self.relation.name)];
        for column in &self.decl.key {
            id.extend([text(self.relation.columns[*column].kind.name()), Expr::Var(self.shown[column])]);
        }
        let shown = |column: Option<usize>| match column {
            None => HeadTerm::Absent,
            Some(column) if self.relation.columns[column].kind == Kind::Datetime => {
                HeadTerm::Expr(Expr::Call(Functor::DueDay, vec![Expr::Var(self.shown[&column])]))
            }
            Some(column) => HeadTerm::Expr(Expr::Var(self.shown[&column])),
        };
        vec![
            HeadTerm::Expr(Expr::Call(Functor::ClueId, id)),
            HeadTerm::Expr(text(&self.relation.name)),
            shown(self.decl.agency),
            shown(self.decl.person),
            shown(self.decl.due),
        ]
    }

    /// The relation with these columns bound, or compared.
    fn atom(&self, columns: &BTreeMap<usize, VarId>) -> Literal {
        let arg = |(i, column): (usize, &Column)| match columns.get(&i) {
            None => Arg::Any,
            Some(var) if column.optional => Arg::Capture(*var),
            Some(var) => Arg::Term(Expr::Var(*var)),
        };
        Literal::Atom(Atom { relation: self.id, args: self.relation.columns.iter().enumerate().map(arg).collect() })
    }

    /// A variable for a column.
    fn var(&mut self, column: usize) -> VarId {
        let Column { name, kind, optional, .. } = &self.relation.columns[column];
        self.push(name, *kind, *optional)
    }

    fn push(&mut self, name: &str, kind: Kind, optional: bool) -> VarId {
        let id = self.vars.len() as u32;
        let taken = self.vars.iter().any(|var| var.name == name);
        let name = if taken { format!("{name}_{id}") } else { name.to_string() };
        self.vars.push(Var { name, kind, optional });
        VarId(id)
    }
}

fn equal(kind: Kind, lhs: Expr<VarId>, rhs: Expr<VarId>) -> Literal {
    Literal::Compare { op: Compared::Eq, kind, lhs, rhs }
}

/// How strong a level is, from 0; whatever is none of them comes last.
fn place(level: VarId) -> Expr<VarId> {
    let levels = LEVELS.iter().map(|level| Expr::Const(Value::symbol(level)));
    Expr::Call(Functor::Place, std::iter::once(Expr::Var(level)).chain(levels).collect())
}
