//! What cannot be inlined: relations that come from outside or leave, circles, optional columns, uses within aggregates, counters, and
//! negations of what would need variables of its own.

use super::super::clause::{Clause, Lit};
use super::super::report::{Report, say};
use super::super::schema::Schema;
use super::super::strata::{Edge, components};
use super::Definitions;
use super::apply::has_new_variables;
use super::solve::closed;
use crate::limits::{MAX_INLINED_LITERALS, MAX_INLINED_WAYS, MAX_LITERALS};
use crate::program::{Arg, Literal, Relation, Rule};
use crate::syntax::{Diagnostic, Span};
use crate::types::RelId;
use std::collections::{BTreeMap, BTreeSet};

/// Looks at the relations as they are declared and at who reads whom.
pub(super) fn declarations(schema: &Schema, refined: &BTreeSet<RelId>, edges: &[Edge], report: &mut Report) {
    for id in &schema.inline {
        let relation = schema.relation(*id);
        let name = &relation.name;
        if is_outside(relation) {
            let message = say(
                format!("`{name}` is read or written from outside and cannot be inlined"),
                format!("`{name}` 有输入或输出，不能内联"),
            );
            let help = say("take `inline` off, or the directive", "请去掉 `inline`，或去掉该指令");
            report.add(Diagnostic::error("E0340", relation.span, message).help(help));
        }
        if refined.contains(id) {
            let message = say(
                format!("not all rows of `{name}` stay, so it cannot be inlined"),
                format!("`{name}` 并不保留全部行，不能内联"),
            );
            let help = say("take `inline` off", "请去掉 `inline`");
            report.add(Diagnostic::error("E0340", relation.span, message).help(help));
        }
        if relation.columns.iter().any(|column| column.optional) {
            let message =
                say(format!("`{name}` has optional columns and cannot be inlined"), format!("`{name}` 有可缺列，不能内联"));
            let help = say("take `inline` off", "请去掉 `inline`");
            report.add(Diagnostic::error("E0346", relation.span, message).help(help));
        }
    }
    if let Some(circle) = circle(schema, edges) {
        let names: Vec<&str> = circle.iter().map(|id| schema.relation(*id).name.as_str()).collect();
        let message = say(
            format!("the `inline` relations {{{}}} depend on themselves", names.join(", ")),
            format!("`inline` 关系 {{{}}} 依赖自身", names.join(", ")),
        );
        let help = say("take `inline` off one of them", "请去掉其中一个的 `inline`");
        report.add(Diagnostic::error("E0341", schema.relation(circle[0]).span, message).help(help));
    }
}

fn is_outside(relation: &Relation) -> bool {
    let Relation { input, outputs, printsize, record, clue, clock, .. } = relation;
    input.is_some() || !outputs.is_empty() || *printsize || record.is_some() || clue.is_some() || *clock
}

/// `inline` relations that read each other in a circle, the first declared one first.
fn circle(schema: &Schema, edges: &[Edge]) -> Option<Vec<RelId>> {
    let mut reads = vec![BTreeSet::new(); schema.relations.len()];
    for edge in edges.iter().filter(|edge| schema.inline.contains(&edge.head) && schema.inline.contains(&edge.on)) {
        reads[edge.head.index()].insert(edge.on.index());
    }
    let component = components(&reads);
    let mut sizes = vec![0; reads.len()];
    component.iter().for_each(|of| sizes[*of] += 1);
    let start = (0..reads.len()).find(|at| sizes[component[*at]] > 1 || reads[*at].contains(at))?;
    way(start, start, &reads).map(|path| path.into_iter().map(|at| RelId(at as u32)).collect())
}

fn way(from: usize, to: usize, reads: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let mut came: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for next in &reads[at] {
            if *next == to {
                let mut path = vec![at];
                while let Some(before) = path.last().filter(|last| **last != from).and_then(|last| came.get(last)) {
                    path.push(*before);
                }
                path.reverse();
                return Some(path);
            }
            if !came.contains_key(next) {
                came.insert(*next, at);
                open.push(*next);
            }
        }
    }
    None
}

/// Looks at each use as it is written.
pub(super) fn uses<'r>(schema: &Schema, definitions: &Definitions, rules: impl Iterator<Item = &'r Rule>, report: &mut Report) {
    let loose: BTreeSet<RelId> = definitions
        .iter()
        .filter(|(_, all)| all.iter().filter_map(closed).any(|one| has_new_variables(&one)))
        .map(|(id, _)| *id)
        .collect();
    for rule in rules {
        for (literal, place) in rule.body.iter().zip(&rule.places) {
            match literal {
                Literal::Aggregate(aggregate) => within(schema, &aggregate.body, &aggregate.places, report),
                Literal::Not(atom) if schema.inline.contains(&atom.relation) => {
                    let wild = atom.args.iter().any(|arg| matches!(arg, Arg::Any));
                    if wild || loose.contains(&atom.relation) {
                        negation(&schema.relation(atom.relation).name, *place, report);
                    }
                }
                _ => {}
            }
        }
    }
}

fn within(schema: &Schema, body: &[Literal], places: &[Span], report: &mut Report) {
    for (literal, place) in body.iter().zip(places) {
        match literal {
            Literal::Atom(atom) | Literal::Not(atom) if schema.inline.contains(&atom.relation) => {
                let name = &schema.relation(atom.relation).name;
                let message = say(
                    format!("`{name}` is `inline` and cannot stand in an aggregate"),
                    format!("`{name}` 是 `inline` 关系，不能用于聚合"),
                );
                let help = say(
                    "take `inline` off, or aggregate over a relation that reads it",
                    "请去掉 `inline`，或对另一个读取它的关系做聚合",
                );
                report.add(Diagnostic::error("E0342", *place, message).help(help));
            }
            Literal::Aggregate(aggregate) => within(schema, &aggregate.body, &aggregate.places, report),
            _ => {}
        }
    }
}

/// Looks at negated atoms as they are written: one with a `_` in a record or branch becomes an aggregate later.
pub(in super::super) fn wilds(clause: &Clause, schema: &Schema, report: &mut Report) {
    for lit in &clause.body {
        let Lit::Not(atom) = lit else { continue };
        let Some(id) = atom.relation.filter(|id| schema.inline.contains(id)) else { continue };
        if atom.args.iter().any(|arg| arg.is_structure() && arg.holds_wild()) {
            negation(&schema.relation(id).name, atom.span, report);
        }
    }
}

/// A negated atom that would need variables of its own.
pub(super) fn negation(name: &str, span: Span, report: &mut Report) {
    let message = say(
        format!("`{name}` is `inline` and cannot be negated here: its rules or this atom bring new variables or `_`"),
        format!("`{name}` 是 `inline` 关系，不能在此否定：其规则或此原子会引入新变量或 `_`"),
    );
    let help = say("take `inline` off, or negate a relation that reads it", "请去掉 `inline`，或否定另一个读取它的关系");
    report.add(Diagnostic::error("E0343", span, message).help(help));
}

/// A counter in a rule of an `inline` relation: each use would count for itself.
pub(in super::super) fn counter(span: Span, report: &mut Report) {
    let message = say("a counter in a rule of an `inline` relation", "`inline` 关系的规则中含有计数器");
    let help = say("take `inline` off", "请去掉 `inline`");
    report.add(Diagnostic::error("E0344", span, message).help(help));
}

/// A rule that comes to too much, and nothing in it can stay as it is.
pub(super) fn too_large(span: Span, report: &mut Report) {
    let message = say(
        format!(
            "`inline` relations make more than {MAX_INLINED_WAYS} rules of this one, rules of more than {MAX_LITERALS} literals, or more than {MAX_INLINED_LITERALS} literals in all"
        ),
        format!(
            "写出 `inline` 关系后，此规则超过 {MAX_INLINED_WAYS} 条，或单条超过 {MAX_LITERALS} 个文字，或总计超过 {MAX_INLINED_LITERALS} 个文字"
        ),
    );
    let help = say("take `inline` off the relations with the most rules", "请去掉规则最多的那些关系的 `inline`");
    report.add(Diagnostic::error("E0345", span, message).help(help));
}
