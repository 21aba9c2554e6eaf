//! `choice-domain`: the columns of each domain, and where there can be none.

use super::report::{Report, say};
use super::schema::Schema;
use crate::program::Rule;
use crate::syntax::{Diagnostic, ast};
use crate::types::RelId;
use std::collections::BTreeMap;

pub(super) fn domains(
    tree: &ast::Program,
    schema: &Schema,
    subsumptions: &[Rule],
    report: &mut Report,
) -> BTreeMap<RelId, Vec<Vec<usize>>> {
    let mut choices = BTreeMap::new();
    for item in &tree.items {
        let ast::Item::Decl(decl) = item else { continue };
        if decl.choice.is_empty() {
            continue;
        }
        let domains: Vec<Vec<usize>> = decl.choice.iter().map(|domain| columns(decl, domain, report)).collect();
        for id in decl.names.iter().filter_map(|name| schema.find(&name.text)) {
            is_possible(decl, id, schema, subsumptions, report);
            choices.insert(id, domains.clone());
        }
    }
    choices
}

fn columns(decl: &ast::Decl, domain: &[ast::Name], report: &mut Report) -> Vec<usize> {
    let mut columns = Vec::new();
    for name in domain {
        let text = &name.text;
        let Some(column) = decl.columns.iter().position(|column| column.name.text == *text) else {
            let message = say(
                format!("`choice-domain` names `{text}`, which is no column here"),
                format!("`choice-domain` 所指的 `{text}` 不是此处的列"),
            );
            let names = || decl.columns.iter().map(|column| column.name.text.as_str());
            let help = report.near(text, names()).unwrap_or_else(|| {
                let list = names().collect::<Vec<_>>().join(", ");
                say(format!("its columns: {list}"), format!("各列为：{list}"))
            });
            report.add(Diagnostic::error("E0331", name.span, message).help(help));
            continue;
        };
        columns.push(column);
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Rows that others say are there cannot be left out, and only one thing can decide which rows stay.
fn is_possible(decl: &ast::Decl, id: RelId, schema: &Schema, subsumptions: &[Rule], report: &mut Report) {
    let relation = schema.relation(id);
    let subsumed = subsumptions.iter().any(|rule| rule.head == id);
    let (other_en, other_zh) = match () {
        () if relation.record.is_some() => ("a record", "记录"),
        () if relation.clock => ("a clock", "时钟"),
        () if decl.has_qualifier("eqrel") => ("an equivalence", "等价关系"),
        () if subsumed => ("subsumed", "带包容规则的关系"),
        () => return,
    };
    let name = &relation.name;
    let message = say(
        format!("`{name}` cannot have a `choice-domain` and be {other_en}"),
        format!("`{name}` 是{other_zh}，不能带 `choice-domain`"),
    );
    let help = say("choose in a relation of its own", "请在单独的关系中选择");
    report.add(Diagnostic::error("E0333", decl.span, message).help(help));
}
