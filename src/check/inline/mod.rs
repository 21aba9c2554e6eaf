//! `inline`: rules of such a relation are written into the rules that read it, and the relation itself holds nothing.
//!
//! Works on checked rules, not on text: kinds, overloads and the scopes of aggregates are settled, so that nothing changes its meaning
//! by standing elsewhere, and every use has variables of its own. A rule of an `inline` relation may be unsound by itself (columns of its
//! head count as given); what it is written into must be sound.
//!
//! Promises: what comes out reads no such relation, and is bounded; what cannot be written in is refused at its place.

mod apply;
mod refuse;
mod rename;

use super::report::{Report, say};
use super::rules::Checked;
use super::schema::Schema;
use super::strata::{Edge, How};
use crate::expr::Expr;
use crate::limits::{MAX_DISJUNCTS, MAX_INLINED_LITERALS, MAX_LITERALS};
use crate::program::{HeadTerm, Literal, Rule, Var, ground, text::rule_text};
use crate::syntax::{Diagnostic, Span};
use crate::types::{RelId, RuleIx, VarId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) use refuse::counter;

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

/// Writes the rules of `inline` relations in wherever they are read. Does nothing if something is refused.
/// `refined`: relations of which not all rows stay.
pub(super) fn substitute(schema: &Schema, refined: &BTreeSet<RelId>, checked: &mut Checked, report: &mut Report) {
    if schema.inline.is_empty() {
        return;
    }
    let errors = report.errors();
    refuse::declarations(schema, refined, &checked.edges, report);
    let definitions = definitions(schema, checked);
    refuse::uses(schema, &definitions, checked.rules.iter().chain(&checked.subsumptions), report);
    if report.errors() > errors {
        return;
    }
    checked.facts.retain(|(id, _)| !schema.inline.contains(id));
    let mut writing = Writing { schema, definitions: &definitions, report, literals: 0 };
    let counters = std::mem::take(&mut checked.counters);
    for (at, rule) in std::mem::take(&mut checked.rules).into_iter().enumerate() {
        if schema.inline.contains(&rule.head) {
            continue;
        }
        let counts = counters.get(&RuleIx(at as u32));
        for made in writing.rule(rule, counts.map_or(&[], Vec::as_slice)) {
            if let Some(counts) = counts {
                checked.counters.insert(RuleIx(checked.rules.len() as u32), counts.clone());
            }
            checked.rules.push(made);
        }
    }
    let subsumptions = std::mem::take(&mut checked.subsumptions);
    checked.subsumptions = subsumptions.into_iter().flat_map(|rule| writing.rule(rule, &[])).collect();
    checked.edges = edges(checked);
}

fn definitions(schema: &Schema, checked: &Checked) -> Definitions {
    let mut definitions: Definitions = schema.inline.iter().map(|id| (*id, Vec::new())).collect();
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

struct Writing<'a> {
    schema: &'a Schema,
    definitions: &'a Definitions,
    report: &'a mut Report,
    /// Written so far, in all rules.
    literals: usize,
}

impl Writing<'_> {
    /// What a rule comes to: one rule for each way in which its literals can be written out.
    /// `counts`: variables of it that have values whatever the literals say.
    fn rule(&mut self, rule: Rule, counts: &[VarId]) -> Vec<Rule> {
        let reads_none = !rule.body.iter().any(|literal| self.read(literal).is_some());
        if reads_none {
            return vec![rule];
        }
        let placed = rule.body.iter().zip(&rule.places);
        let placed = placed.map(|(literal, place)| Placed { literal: literal.clone(), place: *place, written: *place });
        let mut open = vec![(placed.collect::<Vec<_>>(), rule.vars.clone())];
        let mut done = Vec::new();
        while let Some((body, vars)) = open.pop() {
            let Some(at) = body.iter().position(|placed| self.read(&placed.literal).is_some()) else {
                done.extend(self.finished(&rule, body, vars, counts));
                continue;
            };
            let Some(ways) = self.ways(&body, at, vars) else { return Vec::new() };
            self.literals += ways.iter().map(|(body, _)| body.len()).sum::<usize>();
            let too_long = ways.iter().any(|(body, _)| body.len() > MAX_LITERALS);
            if too_long || open.len() + done.len() + ways.len() > MAX_DISJUNCTS || self.literals > MAX_INLINED_LITERALS {
                self.too_large(&rule);
                return Vec::new();
            }
            open.extend(ways.into_iter().rev());
        }
        done
    }

    /// The `inline` relation that a literal reads.
    fn read(&self, literal: &Literal) -> Option<&[Definition]> {
        match literal {
            Literal::Atom(atom) | Literal::Not(atom) => self.definitions.get(&atom.relation).map(Vec::as_slice),
            _ => None,
        }
    }

    /// The body with one literal written out, in each way. `None` if that cannot be, which is reported.
    fn ways(&mut self, body: &[Placed], at: usize, vars: Vec<Var>) -> Option<Vec<(Vec<Placed>, Vec<Var>)>> {
        let Placed { literal, place, written } = &body[at];
        let (Literal::Atom(atom) | Literal::Not(atom)) = literal else { return None };
        let definitions = self.read(literal)?;
        let relation = self.schema.relation(atom.relation);
        let kinds = relation.kinds();
        let ways = match literal {
            Literal::Not(_) => match apply::negated(atom, &kinds, definitions, vars) {
                Some(ways) => ways,
                None => {
                    refuse::negation(&relation.name, *written, self.report);
                    return None;
                }
            },
            _ => definitions.iter().filter_map(|definition| apply::positive(atom, &kinds, definition, vars.clone())).collect(),
        };
        let whole = |(literals, vars): (Vec<(Literal, Option<Span>)>, Vec<Var>)| {
            let made =
                literals.into_iter().map(|(literal, own)| Placed { literal, place: own.unwrap_or(*place), written: *written });
            let body = body[..at].iter().cloned().chain(made).chain(body[at + 1..].iter().cloned());
            (body.collect(), vars)
        };
        Some(ways.into_iter().map(whole).collect())
    }

    fn finished(&mut self, rule: &Rule, body: Vec<Placed>, vars: Vec<Var>, counts: &[VarId]) -> Option<Rule> {
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

    fn too_large(&mut self, rule: &Rule) {
        let message = say(
            format!(
                "`inline` relations make more than {MAX_DISJUNCTS} rules of this one, rules of more than {MAX_LITERALS} literals, or more than {MAX_INLINED_LITERALS} literals in all"
            ),
            format!(
                "写出 `inline` 关系后，此规则超过 {MAX_DISJUNCTS} 条，或单条超过 {MAX_LITERALS} 个文字，或总计超过 {MAX_INLINED_LITERALS} 个文字"
            ),
        );
        let help = say("take `inline` off the relations with the most rules", "请去掉规则最多的那些关系的 `inline`");
        self.report.add(Diagnostic::error("E0345", rule.span, message).help(help));
    }
}

/// A variable that nothing gives a value, and where it is used.
fn loose(rule: &Rule, written: &[Span], counts: &[VarId]) -> Option<(String, Span)> {
    let bound: BTreeSet<VarId> = ground::bound(&rule.body).into_iter().chain(counts.iter().copied()).collect();
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
