//! `.plan`: the orders that somebody gives for the atoms of a rule. They change no answer; what they say must fit the rule all the same.

use super::expand::{LeafForm, conjunctions};
use super::report::{Report, say};
use super::schema::Schema;
use super::strata::{Edge, components_of};
use crate::syntax::{Diagnostic, ast};

pub(super) fn check(tree: &ast::Program, report: &mut Report) {
    let mut before: Option<&ast::Rule> = None;
    for item in &tree.items {
        match item {
            ast::Item::Rule(rule) => before = Some(rule),
            ast::Item::Plan(plan) => match before.and_then(atoms) {
                Some(atoms) => orders(plan, atoms, report),
                None if before.is_none() => {
                    let message = say("`.plan` stands behind no rule", "`.plan` 之前没有规则");
                    let help = say("write it right behind the rule that it speaks of", "请紧接在所说明的规则之后");
                    report.add(Diagnostic::error("E0319", plan.span, message).help(help));
                }
                // A rule of several conjunctions: which of them is meant is not said.
                None => {}
            },
            _ => {}
        }
    }
}

/// How many positive atoms a rule has, if it is one conjunction. The two rows of a subsumption come first.
fn atoms(rule: &ast::Rule) -> Option<u64> {
    let rows = if rule.subsumes { rule.heads.len() as u64 } else { 0 };
    let Some(body) = &rule.body else { return Some(rows) };
    let bodies = conjunctions(body).ok()?;
    let [leaves] = &bodies[..] else { return None };
    Some(rows + leaves.iter().filter(|leaf| !leaf.negated && matches!(leaf.form, LeafForm::Atom(_))).count() as u64)
}

fn orders(plan: &ast::Plan, atoms: u64, report: &mut Report) {
    for (version, order) in &plan.orders {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if sorted.iter().copied().eq(1..=atoms) {
            continue;
        }
        let message = say(
            format!("the order for version {version} does not name each of the {atoms} atoms once"),
            format!("第 {version} 版的次序没有恰好列出 {atoms} 个原子各一次"),
        );
        let help = say(
            format!("name the atoms by 1 to {atoms}, or leave `.plan` out"),
            format!("请以 1 至 {atoms} 列出各原子，或删去 `.plan`"),
        );
        report.add(Diagnostic::error("E0320", plan.span, message).help(help));
    }
}

/// A recursive rule is evaluated in as many versions as it reads relations of its own circle; others have none.
pub(super) fn versions(tree: &ast::Program, schema: &Schema, edges: &[Edge], report: &mut Report) {
    if !tree.items.iter().any(|item| matches!(item, ast::Item::Plan(_))) {
        return;
    }
    let circle = components_of(schema, edges);
    let mut before: Option<&ast::Rule> = None;
    for item in &tree.items {
        match (item, before) {
            (ast::Item::Rule(rule), _) => before = Some(rule),
            (ast::Item::Plan(plan), Some(rule)) => {
                if let Some(recursive) = recursive_atoms(rule, schema, &circle) {
                    permitted(plan, recursive, report);
                }
            }
            _ => {}
        }
    }
}

/// How many positive atoms are of the circle of the head, if the rule is one conjunction of known relations.
fn recursive_atoms(rule: &ast::Rule, schema: &Schema, circle: &[usize]) -> Option<u64> {
    let of = |name: &ast::Name| schema.find(&name.text).map(|id| circle[id.index()]);
    let ([head], Some(body)) = (&rule.heads[..], &rule.body) else { return None };
    let (head, bodies) = (of(&head.relation)?, conjunctions(body).ok()?);
    let [leaves] = &bodies[..] else { return None };
    let mut count = 0;
    for leaf in leaves.iter().filter(|leaf| !leaf.negated) {
        if let LeafForm::Atom(atom) = leaf.form {
            count += u64::from(of(&atom.relation)? == head);
        }
    }
    Some(count)
}

fn permitted(plan: &ast::Plan, recursive: u64, report: &mut Report) {
    if recursive == 0 {
        let message = say("`.plan` behind a rule that is not recursive has no effect", "非递归规则之后的 `.plan` 不起作用");
        let help = say("leave it out", "请删去");
        report.add(Diagnostic::warning("W0206", plan.span, message).help(help));
        return;
    }
    for (version, _) in plan.orders.iter().filter(|(version, _)| *version >= recursive) {
        let last = recursive - 1;
        let message = say(format!("the rule has no version {version}"), format!("此规则没有第 {version} 版"));
        let help = say(format!("its versions are 0 to {last}"), format!("其版本为 0 至 {last}"));
        report.add(Diagnostic::error("E0321", plan.span, message).help(help));
    }
}
