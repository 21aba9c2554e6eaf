//! Warnings: what is legal and yet most often a slip. Looked for in the rule as written, before it is taken apart.

use super::report::{Report, say};
use super::schema::Schema;
use crate::syntax::{Diagnostic, Span, ast};
use crate::types::RelId;
use std::collections::{BTreeMap, HashSet};

/// A variable that occurs once joins nothing; a `_name` says that it occurs once.
pub(super) fn variables(rule: &ast::Rule, report: &mut Report) {
    let Some(body) = &rule.body else { return };
    let mut names = Vec::new();
    rule.heads.iter().for_each(|head| atom_names(head, &mut names));
    body_names(body, &mut names);
    let mut seen: BTreeMap<&str, (Span, usize)> = BTreeMap::new();
    for name in names {
        seen.entry(&name.text).or_insert((name.span, 0)).1 += 1;
    }
    for (name, (span, count)) in seen {
        if count == 1 && !name.starts_with('_') {
            let message = say(format!("variable `{name}` occurs only once"), format!("变量 `{name}` 只出现一次"));
            let help = say("write `_` if it does not matter, or check the spelling", "若无关紧要请写 `_`，否则请检查拼写");
            report.add(Diagnostic::warning("W0201", span, message).help(help));
        } else if count > 1 && name.starts_with('_') {
            let message = say(
                format!("`{name}` is marked as occurring once but occurs {count} times"),
                format!("`{name}` 标记为只出现一次，却出现了 {count} 次"),
            );
            let help = say("take the underscore off", "请去掉下划线");
            report.add(Diagnostic::warning("W0202", span, message).help(help));
        }
    }
}

/// A relation that nothing can ever fill.
pub(super) fn empty_relations(schema: &Schema, filled: &HashSet<RelId>, report: &mut Report) {
    for (index, relation) in schema.relations.iter().enumerate() {
        if relation.input.is_none() && !relation.clock && !filled.contains(&RelId(index as u32)) {
            let name = &relation.name;
            let message = say(format!("no rules, facts or input for `{name}`"), format!("`{name}` 没有规则、事实或输入"));
            let help = say(format!("write a rule, or `.input {name}`"), format!("请写规则，或写 `.input {name}`"));
            report.add(Diagnostic::warning("W0203", relation.span, message).help(help));
        }
    }
}

fn atom_names<'a>(atom: &'a ast::Atom, names: &mut Vec<&'a ast::Name>) {
    match &atom.args {
        ast::Args::Positional(terms) => terms.iter().for_each(|term| term_names(term, names)),
        ast::Args::Named(named) => named.iter().for_each(|(_, term)| term_names(term, names)),
    }
}

fn body_names<'a>(body: &'a ast::Body, names: &mut Vec<&'a ast::Name>) {
    match body {
        ast::Body::And(parts) | ast::Body::Or(parts) => parts.iter().for_each(|part| body_names(part, names)),
        ast::Body::Not(inner, _) => body_names(inner, names),
        ast::Body::Atom(atom) => atom_names(atom, names),
        ast::Body::Compare(comparison) => {
            term_names(&comparison.lhs, names);
            term_names(&comparison.rhs, names);
        }
        ast::Body::Holds(call) => call.args.iter().for_each(|arg| term_names(arg, names)),
        ast::Body::True(_) | ast::Body::False(_) => {}
    }
}

fn term_names<'a>(term: &'a ast::Term, names: &mut Vec<&'a ast::Name>) {
    match term {
        ast::Term::Var(name) => names.push(name),
        ast::Term::Call(call) => call.args.iter().for_each(|arg| term_names(arg, names)),
        ast::Term::As(inner, _, _) => term_names(inner, names),
        ast::Term::Else(inner, constant, _) => {
            term_names(inner, names);
            term_names(constant, names);
        }
        ast::Term::Aggregate(aggregate) => {
            aggregate.target.iter().for_each(|target| term_names(target, names));
            body_names(&aggregate.body, names);
        }
        ast::Term::Wild(_) | ast::Term::Nil(_) | ast::Term::Number(_) | ast::Term::Text(..) | ast::Term::Unsupported(_) => {}
    }
}
