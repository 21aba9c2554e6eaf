//! `.record r(checks="days>=0,from_day<=through,county=######")`: what values must be besides their kind.

use super::params::{Params, list};
use super::report::{Report, say};
use crate::program::{Bound, Check, Column, Must, Relation};
use crate::syntax::{Diagnostic, Span};
use crate::types::{Kind, Value, parse_date};

/// Each says one thing of one column: a form of its text, or that it is at least or at most a constant or another column of its kind.
pub(super) fn checks(params: &Params, relation: &Relation, report: &mut Report) -> Vec<Check> {
    let Some(param) = params.get("checks") else { return Vec::new() };
    let mut all: Vec<Check> = Vec::new();
    for item in list(&param.value) {
        let Some(check) = check(item, params, relation, param.value_span, report) else { continue };
        let again = matches!(check.must, Must::Look(_))
            && all.iter().any(|other| other.column == check.column && matches!(other.must, Must::Look(_)));
        if again || all.contains(&check) {
            let name = &relation.columns[check.column].name;
            let message = say(format!("`checks` says this of `{name}` twice"), format!("`checks` 对 `{name}` 重复规定"));
            report.add(Diagnostic::error("E0224", param.value_span, message).help(say("remove one of them", "请删除其中一个")));
        } else {
            all.push(check);
        }
    }
    all
}

fn check(item: &str, params: &Params, relation: &Relation, span: Span, report: &mut Report) -> Option<Check> {
    let parts = ["<=", ">=", "="].into_iter().find_map(|op| item.split_once(op).map(|(a, b)| (a.trim(), op, b.trim())));
    let Some((name, op, other)) = parts.filter(|(_, _, other)| !other.is_empty()) else {
        let message = say(format!("`{item}` is no check"), format!("`{item}` 不是检查"));
        let help = say(
            "for example `checks=\"days>=0,from_day<=through,county=######\"`; # stands for a digit",
            "例如 `checks=\"days>=0,from_day<=through,county=######\"`，# 代表一位数字",
        );
        report.add(Diagnostic::error("E0238", span, message).help(help));
        return None;
    };
    let column = params.find(name, span, report)?;
    let kind = relation.columns[column].kind;
    if op == "=" {
        if kind == Kind::Symbol {
            return Some(Check { column, must: Must::Look(other.to_string()) });
        }
        let message = say(format!("`{name}` is no text and has no form"), format!("`{name}` 不是文本，没有形式可言"));
        report.error("E0229", span, message);
        return None;
    }
    let bound = bound(column, other, &relation.columns, params, span, report)?;
    Some(Check { column, must: if op == "<=" { Must::AtMost(bound) } else { Must::AtLeast(bound) } })
}

/// A constant of the column's kind, or another column of it.
fn bound(column: usize, other: &str, columns: &[Column], params: &Params, span: Span, report: &mut Report) -> Option<Bound> {
    let Column { name, kind, .. } = &columns[column];
    let constant = match kind {
        Kind::Number => other.parse().ok().map(Value::Number),
        Kind::Unsigned => other.parse().ok().map(Value::Unsigned),
        Kind::Float => other.parse().ok().map(Value::float),
        Kind::Date => parse_date(other).ok().map(Value::Date),
        Kind::Symbol | Kind::Datetime | Kind::Record | Kind::Adt => None,
    };
    if let Some(value) = constant {
        return Some(Bound::Value(value));
    }
    let found = params.find(other, span, report)?;
    if found == column || *kind == Kind::Symbol || !kind.is_ordered() || columns[found].kind != *kind {
        let message = say(
            format!("`{name}` cannot be compared with `{other}`: only columns of one kind that has an order are"),
            format!("`{name}` 不能与 `{other}` 比较：只能比较类型相同且有大小先后的列"),
        );
        report.error("E0238", span, message);
        return None;
    }
    Some(Bound::Column(found))
}
