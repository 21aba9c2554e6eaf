//! The parameters of one directive: each known, each once; the columns that they name exist.

use super::report::{Report, say};
use crate::program::Relation;
use crate::syntax::{Diagnostic, Span, ast};

pub(super) struct Params<'a> {
    directive: &'a ast::Directive,
    /// As written: `.record`.
    name: &'static str,
    relation: &'a Relation,
}

impl<'a> Params<'a> {
    /// Reports parameters that the directive does not know or that stand twice.
    pub fn read(
        directive: &'a ast::Directive,
        name: &'static str,
        known: &[&'static str],
        relation: &'a Relation,
        report: &mut Report,
    ) -> Params<'a> {
        for (i, param) in directive.params.iter().enumerate() {
            let key = &param.key.text;
            if !known.contains(&key.as_str()) {
                let message = say(format!("`{name}` has no parameter `{key}`"), format!("`{name}` 没有参数 `{key}`"));
                let help = report.near(key, known.iter().copied()).unwrap_or_else(|| {
                    let list = known.join(", ");
                    say(format!("its parameters: {list}"), format!("可用参数：{list}"))
                });
                report.add(Diagnostic::error("E0221", param.key.span, message).help(help));
            } else if let Some(first) = directive.params[..i].iter().find(|p| p.key.text == *key) {
                let message = say(format!("parameter `{key}` stands twice"), format!("参数 `{key}` 重复"));
                let d = Diagnostic::error("E0222", param.key.span, message);
                report.add(d.also(first.key.span, say("first here", "首次出现在此")));
            }
        }
        Params { directive, name, relation }
    }

    pub fn get(&self, key: &str) -> Option<&'a ast::Param> {
        self.directive.params.iter().find(|param| param.key.text == key)
    }

    pub fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(|param| param.value.clone())
    }

    pub fn missing(&self, key: &str, example: &str, report: &mut Report) {
        let name = self.name;
        let message = say(format!("`{name}` needs the parameter `{key}`"), format!("`{name}` 缺少参数 `{key}`"));
        let help = say(format!("for example `{example}`"), format!("例如 `{example}`"));
        report.add(Diagnostic::error("E0223", self.directive.span, message).help(help));
    }

    /// The column that a parameter names.
    pub fn column(&self, key: &str, report: &mut Report) -> Option<usize> {
        let param = self.get(key)?;
        self.find(param.value.trim(), param.value_span, report)
    }

    /// The columns of a comma-separated list; none twice.
    pub fn columns(&self, key: &str, report: &mut Report) -> Vec<usize> {
        let Some(param) = self.get(key) else { return Vec::new() };
        let mut columns = Vec::new();
        for name in list(&param.value) {
            let Some(column) = self.find(name, param.value_span, report) else { continue };
            if columns.contains(&column) {
                let message = say(format!("column `{name}` stands twice in `{key}`"), format!("列 `{name}` 在 `{key}` 中重复"));
                report.error("E0224", param.value_span, message);
                continue;
            }
            columns.push(column);
        }
        columns
    }

    pub fn find(&self, name: &str, span: Span, report: &mut Report) -> Option<usize> {
        let found = self.relation.column(name);
        if found.is_none() {
            let of = &self.relation.name;
            let message = say(format!("`{of}` has no column `{name}`"), format!("`{of}` 没有列 `{name}`"));
            let names = || self.relation.columns.iter().map(|c| c.name.as_str());
            let help = report.near(name, names()).unwrap_or_else(|| {
                let all = names().collect::<Vec<_>>().join(", ");
                say(format!("its columns: {all}"), format!("各列为：{all}"))
            });
            report.add(Diagnostic::error("E0225", span, message).help(help));
        }
        found
    }

    /// A key: present, not empty, of columns that are never absent.
    pub fn key(&self, report: &mut Report) -> Vec<usize> {
        let Some(param) = self.get("key") else {
            self.missing("key", "key=\"agency,number\"", report);
            return Vec::new();
        };
        let columns = self.columns("key", report);
        if list(&param.value).next().is_none() {
            self.missing("key", "key=\"agency,number\"", report);
        }
        for &column in &columns {
            let column = &self.relation.columns[column];
            if column.optional {
                let name = &column.name;
                let message = say(
                    format!("`{name}` is part of the key and cannot be optional"),
                    format!("`{name}` 是主键的一部分，不能为可缺列"),
                );
                let help = say("declare it without `?`, or leave it out of the key", "请去掉类型后的 `?`，或将其移出主键");
                report.add(Diagnostic::error("E0226", param.value_span, message).help(help));
            }
        }
        columns
    }
}

/// The items of a comma-separated list, without blanks around.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}
