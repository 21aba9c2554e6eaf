//! `lesser <= greater :- body.`: two rows of one relation, of which the first is dropped where the body holds.
//!
//! It goes through the passes as a rule for its first row that reads both.

use super::clause::{Clause, Form, Lit};
use super::counters;
use super::report::{Report, say};
use super::schema::Schema;
use crate::syntax::{Diagnostic, Span, ast};

/// Can rows of this relation be dropped, and is it one?
pub(super) fn is_sound(rule: &ast::Rule, schema: &Schema, report: &mut Report) -> bool {
    let [lesser, greater] = &rule.heads[..] else { return false };
    let Some(id) = schema.expect(&lesser.relation, report) else { return false };
    if lesser.relation.text != greater.relation.text {
        let message = say("a row is dropped for another row of the same relation", "一行只能让位于同一关系的另一行");
        let help = say("name one relation on both sides of `<=`", "`<=` 两边请写同一关系");
        report.add(Diagnostic::error("E0332", greater.relation.span, message).help(help));
        return false;
    }
    let relation = schema.relation(id);
    let what = if relation.arity() == 0 {
        ("has no columns, so no two rows", "没有列，不存在两行")
    } else if relation.record.is_some() {
        ("is a record: its rows are what others say", "是记录，其各行由外部给出")
    } else if relation.clock {
        ("is a clock", "是时钟")
    } else {
        return true;
    };
    refuse(&relation.name, lesser.span, what, report);
    false
}

/// Relations whose form keeps every row.
pub(super) fn check(tree: &ast::Program, report: &mut Report) {
    for item in &tree.items {
        let ast::Item::Rule(rule) = item else { continue };
        let Some(head) = rule.heads.first().filter(|_| rule.subsumes) else { continue };
        let keeps = |item: &ast::Item| match item {
            ast::Item::Decl(decl) if decl.names.iter().any(|name| name.text == head.relation.text) => {
                decl.qualifiers.iter().find(|word| matches!(word.text.as_str(), "eqrel" | "brie")).map(|word| word.text.clone())
            }
            _ => None,
        };
        if let Some(word) = tree.items.iter().find_map(keeps) {
            let what = (format!("is declared `{word}`"), format!("声明为 `{word}`"));
            refuse(&head.relation.text, head.span, (&what.0, &what.1), report);
        }
    }
}

/// The row that is dropped with a name for each `_`: whatever stands there, the row is known by it.
pub(super) fn named(lesser: &ast::Atom) -> ast::Atom {
    let mut lesser = lesser.clone();
    let mut count = 0;
    match &mut lesser.args {
        ast::Args::Positional(terms) => terms.iter_mut().for_each(|term| name_wilds(term, &mut count)),
        ast::Args::Named(columns) => columns.iter_mut().for_each(|(_, term)| name_wilds(term, &mut count)),
    }
    lesser
}

fn name_wilds(term: &mut ast::Term, count: &mut usize) {
    match term {
        ast::Term::Wild(span) => {
            *count += 1;
            // No name that is written has a blank in it.
            *term = ast::Term::Var(ast::Name { text: format!("_ {count}"), span: *span });
        }
        ast::Term::Record(fields, _) => fields.iter_mut().for_each(|field| name_wilds(field, count)),
        ast::Term::Branch(call) => call.args.iter_mut().for_each(|field| name_wilds(field, count)),
        ast::Term::As(inner, ..) => name_wilds(inner, count),
        _ => {}
    }
}

fn refuse(name: &str, span: Span, (en, zh): (&str, &str), report: &mut Report) {
    let message = say(format!("no row of `{name}` can be dropped: it {en}"), format!("`{name}` 不能舍去行：它{zh}"));
    let help = say("derive the rows into a relation of its own and drop them there", "请推导到单独的关系，在那里舍去");
    report.add(Diagnostic::error("E0332", span, message).help(help));
}

/// Every column of the second row has a name, so that it can be told from the first.
pub(super) fn prepare(clause: &mut Clause, report: &mut Report) {
    if let Some(Lit::Atom(greater)) = clause.body.get(1) {
        for arg in greater.args.iter().filter(|arg| matches!(arg.form, Form::Else(..))) {
            let message = say("`else` in a row that another is dropped for", "`else` 不能用于保留的行");
            let help = say(
                "write the rows as they are, and `else` in an atom of the body",
                "请如实写出该行，在规则体的原子中使用 `else`",
            );
            report.add(Diagnostic::error("E0332", arg.span, message).help(help));
        }
    }
    let head = clause.head;
    clause.capture(|atom| atom.relation == head);
    if !clause.counters.is_empty() {
        let span = clause.body.first().map(|lit| lit.span()).unwrap_or_default();
        counters::in_subsumption(span, report);
    }
}
