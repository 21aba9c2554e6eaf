//! Warnings: what is legal and yet most often a slip. Looked for in the rule as written, before it is taken apart.

use super::report::{Report, say};
use super::schema::Schema;
use crate::expr::is_pattern;
use crate::syntax::{Diagnostic, Span, ast};
use crate::types::RelId;
use std::collections::{BTreeMap, HashSet};

/// A variable that occurs once joins nothing; a `_name` says that it occurs once. Inside an aggregate a variable that occurs once may
/// still be meant: there each of its values counts.
pub(super) fn variables(rule: &ast::Rule, report: &mut Report) {
    let Some(body) = &rule.body else { return };
    let mut names = Names::default();
    rule.heads.iter().for_each(|head| names.atom(head));
    names.body(body);
    let mut seen: BTreeMap<&str, (Span, usize, bool)> = BTreeMap::new();
    for (name, counts) in names.all {
        let entry = seen.entry(&name.text).or_insert((name.span, 0, false));
        entry.1 += 1;
        entry.2 |= counts;
    }
    for (name, (span, count, counts)) in seen {
        if count == 1 && !name.starts_with('_') && !counts {
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

/// A constant pattern that is none: `match` and `!match` are both false.
pub(super) fn pattern(pattern: &str, span: Span, report: &mut Report) {
    if is_pattern(pattern) {
        return;
    }
    let message = say("this is no pattern: neither `match` nor `!match` holds", "这不是可用的模式：`match` 和 `!match` 都不成立");
    let help = say(
        "patterns are regular expressions without references back (`\\1`) and without looking ahead (`(?=…)`)",
        "模式是正则表达式，不支持反向引用（`\\1`）和前瞻（`(?=…)`）",
    );
    report.add(Diagnostic::warning("W0208", span, message).help(help));
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

/// The variables of a rule in written order, and whether they stand in an aggregate.
#[derive(Default)]
struct Names<'a> {
    all: Vec<(&'a ast::Name, bool)>,
    inside: bool,
}

impl<'a> Names<'a> {
    fn atom(&mut self, atom: &'a ast::Atom) {
        match &atom.args {
            ast::Args::Positional(terms) => terms.iter().for_each(|term| self.term(term)),
            ast::Args::Named(named) => named.iter().for_each(|(_, term)| self.term(term)),
        }
    }

    fn body(&mut self, body: &'a ast::Body) {
        match body {
            ast::Body::And(parts) | ast::Body::Or(parts) => parts.iter().for_each(|part| self.body(part)),
            ast::Body::Not(inner, _) => self.body(inner),
            ast::Body::Atom(atom) => self.atom(atom),
            ast::Body::Compare(comparison) => {
                self.term(&comparison.lhs);
                self.term(&comparison.rhs);
            }
            ast::Body::Holds(call) => call.args.iter().for_each(|arg| self.term(arg)),
            ast::Body::True(_) | ast::Body::False(_) => {}
        }
    }

    fn term(&mut self, term: &'a ast::Term) {
        match term {
            ast::Term::Var(name) => self.all.push((name, self.inside)),
            ast::Term::Call(ast::Call { args, .. }) | ast::Term::Branch(ast::Call { args, .. }) | ast::Term::Record(args, _) => {
                args.iter().for_each(|arg| self.term(arg))
            }
            ast::Term::As(inner, _, _) => self.term(inner),
            ast::Term::Else(inner, constant, _) => {
                self.term(inner);
                self.term(constant);
            }
            ast::Term::Aggregate(aggregate) => {
                let around = std::mem::replace(&mut self.inside, true);
                aggregate.target.iter().for_each(|target| self.term(target));
                self.body(&aggregate.body);
                self.inside = around;
            }
            ast::Term::Wild(_) | ast::Term::Nil(_) | ast::Term::Number(_) | ast::Term::Text(..) | ast::Term::Unsupported(_) => {}
        }
    }
}
