//! `inline`: rules of such a relation are written into the rules that read it, and the relation itself holds nothing.
//!
//! Works on checked rules, not on text: kinds, overloads and the scopes of aggregates are settled, so that nothing changes its meaning
//! by standing elsewhere, and every use has variables of its own. A rule of an `inline` relation may be unsound by itself (columns of its
//! head count as given); what it is written into must be sound.
//!
//! Promises: what comes out reads no such relation, and is bounded; what cannot be written in is refused at its place.

mod apply;
mod place;
mod refuse;
mod rename;
mod solve;

use super::report::{Report, say};
use super::rules::Checked;
use super::schema::Schema;
use super::strata::{Edge, How};
use crate::expr::Expr;
use crate::limits::{MAX_INLINED_LITERALS, MAX_INLINED_WAYS, MAX_LITERALS};
use crate::program::{HeadTerm, Literal, Rule, Var, ground, text::rule_text};
use crate::syntax::{Diagnostic, Span};
use crate::types::{RelId, RuleIx, VarId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) use refuse::{counter, wilds};

/// One rule of an `inline` relation.
struct Definition {
    head_terms: Vec<HeadTerm>,
    body: Vec<Literal>,
    places: Vec<Span>,
    vars: Vec<Var>,
}

/// Of each `inline` relation its rules and facts.
type Definitions = BTreeMap<RelId, Vec<Definition>>;

/// A literal of a rule under work: where it was written, and what of the rule itself it stands for.
#[derive(Clone)]
struct Placed {
    literal: Literal,
    place: Span,
    written: Span,
}

impl Placed {
    /// One that stands for itself.
    fn new(literal: &Literal, place: Span) -> Placed {
        Placed { literal: literal.clone(), place, written: place }
    }
}

/// What a body comes to in one way of writing it out, and the variables that it has then.
type Body = (Vec<Placed>, Vec<Var>);

/// Why something is not written out.
enum Stop {
    /// It comes to too much.
    TooLarge,
    /// It was reported.
    Reported,
}

/// Writes the rules of `inline` relations in wherever they are read. Does nothing if something is refused.
/// `refined`: relations of which not all rows stay.
pub(super) fn substitute(schema: &Schema, refined: &BTreeSet<RelId>, checked: &mut Checked, report: &mut Report) {
    if schema.inline.is_empty() {
        return;
    }
    let errors = report.errors();
    refuse::declarations(schema, refined, &checked.edges, report);
    let all = definitions(&schema.inline, checked);
    refuse::uses(schema, &all, checked.rules.iter().chain(&checked.subsumptions), report);
    if report.errors() > errors {
        return;
    }
    // What would come to too much stays a relation, where its rules are sound by themselves.
    let mut inline = schema.inline.clone();
    let (written, tried) = loop {
        let left = definitions(&inline, checked);
        let mut tried = Report::default();
        let written = Writing { schema, definitions: &left, report: &mut tried, literals: 0 }.all(checked);
        if written.too_large.is_empty() {
            break (written, tried);
        }
        let Some(stays) = place::largest(&written.too_large, &left, checked) else {
            written.too_large.iter().for_each(|span| refuse::too_large(*span, &mut tried));
            break (written, tried);
        };
        inline.remove(&stays);
    };
    report.absorb(tried);
    checked.facts.retain(|(id, _)| !inline.contains(id));
    let Written { rules, counters, subsumptions, .. } = written;
    (checked.rules, checked.counters, checked.subsumptions) = (rules, counters, subsumptions);
    checked.edges = edges(checked);
}

fn definitions(inline: &BTreeSet<RelId>, checked: &Checked) -> Definitions {
    let mut definitions: Definitions = inline.iter().map(|id| (*id, Vec::new())).collect();
    for (id, row) in &checked.facts {
        let constants = row.values().iter().map(|value| HeadTerm::Expr(Expr::Const(value.clone())));
        let fact = Definition { head_terms: constants.collect(), body: Vec::new(), places: Vec::new(), vars: Vec::new() };
        definitions.entry(*id).and_modify(|all| all.push(fact));
    }
    for rule in &checked.rules {
        if let Some(all) = definitions.get_mut(&rule.head) {
            let Rule { head_terms, body, places, vars, .. } = rule.clone();
            all.push(Definition { head_terms, body, places, vars });
        }
    }
    definitions
}

/// What the rules of a program come to.
#[derive(Default)]
struct Written {
    rules: Vec<Rule>,
    counters: BTreeMap<RuleIx, Vec<VarId>>,
    subsumptions: Vec<Rule>,
    /// Rules that come to too much.
    too_large: Vec<Span>,
}

struct Writing<'a> {
    schema: &'a Schema,
    definitions: &'a Definitions,
    report: &'a mut Report,
    /// Written so far, in all rules.
    literals: usize,
}

impl Writing<'_> {
    fn all(mut self, checked: &Checked) -> Written {
        let mut written = Written::default();
        for (at, rule) in checked.rules.iter().enumerate() {
            if self.definitions.contains_key(&rule.head) {
                continue;
            }
            let counts = checked.counters.get(&RuleIx(at as u32));
            for made in self.rule(rule, counts.map_or(&[], Vec::as_slice), &mut written.too_large) {
                if let Some(counts) = counts {
                    written.counters.insert(RuleIx(written.rules.len() as u32), counts.clone());
                }
                written.rules.push(made);
            }
        }
        for rule in &checked.subsumptions {
            written.subsumptions.extend(self.rule(rule, &[], &mut written.too_large));
        }
        written
    }

    /// What a rule comes to: one rule for each way in which its literals can be written out.
    /// `counts`: variables of it that have values whatever the literals say.
    fn rule(&mut self, rule: &Rule, counts: &[VarId], too_large: &mut Vec<Span>) -> Vec<Rule> {
        let reads_none = !rule.body.iter().any(|literal| self.read(literal).is_some());
        if reads_none {
            return vec![rule.clone()];
        }
        match self.written_out(&rule.body, &rule.places, &rule.vars) {
            Ok(ways) => ways.into_iter().filter_map(|(body, vars)| self.finished(rule, body, vars, counts)).collect(),
            Err(stop) => {
                if let Stop::TooLarge = stop {
                    too_large.push(rule.span);
                }
                Vec::new()
            }
        }
    }

    /// A body in each way in which its literals can be written out.
    fn written_out(&mut self, body: &[Literal], places: &[Span], vars: &[Var]) -> Result<Vec<Body>, Stop> {
        let placed = body.iter().zip(places).map(|(literal, place)| Placed::new(literal, *place));
        let mut open = vec![(placed.collect::<Vec<_>>(), vars.to_vec())];
        let mut done = Vec::new();
        while let Some((body, vars)) = open.pop() {
            let Some(at) = body.iter().position(|placed| self.read(&placed.literal).is_some()) else {
                done.push((body, vars));
                continue;
            };
            let ways = self.ways(&body, at, vars)?;
            self.literals += ways.iter().map(|(body, _)| body.len()).sum::<usize>();
            let too_long = ways.iter().any(|(body, _)| body.len() > MAX_LITERALS);
            if too_long || open.len() + done.len() + ways.len() > MAX_INLINED_WAYS || self.literals > MAX_INLINED_LITERALS {
                return Err(Stop::TooLarge);
            }
            open.extend(ways.into_iter().rev());
        }
        Ok(done)
    }

    /// The `inline` relation that a literal reads.
    fn read(&self, literal: &Literal) -> Option<&[Definition]> {
        match literal {
            Literal::Atom(atom) | Literal::Not(atom) => self.definitions.get(&atom.relation).map(Vec::as_slice),
            _ => None,
        }
    }

    /// The body with one literal written out, in each way.
    fn ways(&mut self, body: &[Placed], at: usize, vars: Vec<Var>) -> Result<Vec<Body>, Stop> {
        let Placed { literal, place, written } = &body[at];
        let (Literal::Atom(atom) | Literal::Not(atom)) = literal else { return Ok(Vec::new()) };
        let relation = self.schema.relation(atom.relation);
        let kinds = relation.kinds();
        let definitions = self.definitions;
        let definitions = definitions.get(&atom.relation).map_or(&[][..], Vec::as_slice);
        let ways = match literal {
            Literal::Not(_) => {
                let definitions = self.deniable(definitions)?;
                match apply::negated(atom, &kinds, &definitions, vars, *place) {
                    Some(ways) => ways,
                    None => {
                        refuse::negation(&relation.name, *written, self.report);
                        return Err(Stop::Reported);
                    }
                }
            }
            _ => definitions.iter().filter_map(|definition| apply::positive(atom, &kinds, definition, vars.clone())).collect(),
        };
        let whole = |(literals, vars): (Vec<(Literal, Option<Span>)>, Vec<Var>)| {
            let made =
                literals.into_iter().map(|(literal, own)| Placed { literal, place: own.unwrap_or(*place), written: *written });
            let body = body[..at].iter().cloned().chain(made).chain(body[at + 1..].iter().cloned());
            (body.collect(), vars)
        };
        Ok(ways.into_iter().map(whole).collect())
    }

    /// Definitions as they can be negated. What stands in an aggregate is not written out later, so it is now.
    fn deniable(&mut self, definitions: &[Definition]) -> Result<Vec<Definition>, Stop> {
        let mut deniable = Vec::new();
        for definition in definitions {
            if !self.may_fail(definition) {
                deniable.extend(solve::closed(definition));
                continue;
            }
            for (body, vars) in self.written_out(&definition.body, &definition.places, &definition.vars)? {
                let (body, places) = body.into_iter().map(|placed| (placed.literal, placed.place)).unzip();
                let whole = Definition { head_terms: definition.head_terms.clone(), body, places, vars };
                deniable.extend(solve::closed(&whole));
            }
        }
        Ok(deniable)
    }

    /// Can it, or something that is written into it, be without a value?
    fn may_fail(&self, definition: &Definition) -> bool {
        let read = definition.body.iter().filter_map(|literal| self.read(literal));
        apply::can_fail(definition) || read.flatten().any(|definition| self.may_fail(definition))
    }

    fn finished(&mut self, rule: &Rule, body: Vec<Placed>, mut vars: Vec<Var>, counts: &[VarId]) -> Option<Rule> {
        let mut used = BTreeSet::new();
        rule.head_terms.iter().for_each(|term| {
            if let HeadTerm::Expr(expr) = term {
                expr.each_var(&mut |v| {
                    used.insert(v);
                });
            }
        });
        let body = solve::solved(body, &mut vars, &counts.iter().copied().collect(), &used)?;
        let written: Vec<Span> = body.iter().map(|placed| placed.written).collect();
        let (body, places): (Vec<Literal>, Vec<Span>) = body.into_iter().map(|placed| (placed.literal, placed.place)).unzip();
        let mut made = Rule { body, places, vars, ..rule.clone() };
        if let Some((name, span)) = loose(&made, &written, counts) {
            let message = say(
                format!("nothing gives `{name}` a value once the `inline` relations are written out"),
                format!("写出 `inline` 关系之后，变量 `{name}` 没有来源"),
            );
            let help = say(
                format!("let `{name}` stand alone in a column of a positive atom of a relation that is not `inline`"),
                format!("请让 `{name}` 单独出现在某个非 `inline` 关系的肯定原子的一列中"),
            );
            self.report.add(Diagnostic::error("E0290", span, message).help(help));
            return None;
        }
        made.text = rule_text(&made, &self.schema.relations);
        Some(made)
    }
}

/// A variable that nothing gives a value, and where it is used.
fn loose(rule: &Rule, written: &[Span], counts: &[VarId]) -> Option<(String, Span)> {
    let bound = ground::bound_with(rule.body.iter(), &counts.iter().copied().collect());
    let name = |id: &VarId| rule.vars[id.index()].name.clone();
    for (literal, span) in rule.body.iter().zip(written) {
        if let Some(id) = ground::uses(literal).iter().find(|id| !bound.contains(id)) {
            return Some((name(id), *span));
        }
    }
    let mut found = None;
    for term in &rule.head_terms {
        if let HeadTerm::Expr(expr) = term {
            expr.each_var(&mut |id| {
                if !bound.contains(&id) {
                    found.get_or_insert((name(&id), rule.span));
                }
            });
        }
    }
    found
}

/// Who reads whom, now that some relations are gone. A subsumption reads rows of its own relation before any is dropped.
fn edges(checked: &Checked) -> Vec<Edge> {
    let mut edges = Vec::new();
    for rule in &checked.rules {
        for (literal, span) in rule.body.iter().zip(&rule.places) {
            edges_of(rule, literal, *span, false, &mut edges);
        }
    }
    for rule in &checked.subsumptions {
        let is_own = |literal: &Literal| matches!(literal, Literal::Atom(atom) if atom.relation == rule.head);
        for (literal, span) in rule.body.iter().zip(&rule.places).filter(|(literal, _)| !is_own(literal)) {
            edges_of(rule, literal, *span, false, &mut edges);
        }
    }
    edges
}

fn edges_of(rule: &Rule, literal: &Literal, span: Span, inside: bool, edges: &mut Vec<Edge>) {
    let (on, how) = match literal {
        Literal::Atom(atom) if inside => (atom.relation, How::Aggregated),
        Literal::Atom(atom) => (atom.relation, How::Positive),
        Literal::Not(atom) => (atom.relation, How::Negated),
        Literal::Aggregate(aggregate) => {
            aggregate.body.iter().for_each(|literal| edges_of(rule, literal, span, true, edges));
            return;
        }
        Literal::Compare { .. } | Literal::Holds { .. } | Literal::Range(_) => return,
    };
    edges.push(Edge { head: rule.head, on, how, span });
}
