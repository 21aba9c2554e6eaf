//! What to say of a need for a kind that cannot be met: which place, which kinds, what to do.

use super::clause::{Clause, Form, Term};
use super::report::say;
use super::schema::Schema;
use super::solve::{KindSet, Need, Solver, overloads};
use crate::expr::Signature;
use crate::syntax::{Diagnostic, ast::AggregateOp};
use crate::types::{Kind, RelId, Said};

/// Why something must be of a kind: decides the message.
pub(super) enum Why<'a> {
    Column {
        relation: RelId,
        column: usize,
        term: &'a Term,
    },
    /// Of a record, or of a branch of this name.
    Field {
        branch: &'a str,
        name: &'a str,
        kind: Kind,
        term: &'a Term,
    },
    Compare {
        lhs: &'a Term,
        rhs: &'a Term,
    },
    /// A comparison that asks which is less.
    Order,
    Call {
        name: &'a str,
    },
    Cast {
        to: Kind,
    },
    Condition {
        term: &'a Term,
    },
    Aggregate {
        op: AggregateOp,
    },
}

/// Every way to use a functor.
pub(super) fn forms(name: &str) -> Said {
    let one = |row: &&&Signature| {
        let args: Vec<&str> = row.args.iter().map(|kind| kind.name()).collect();
        let more = if row.variadic { ", …" } else { "" };
        format!("`{name}({}{more}) -> {}`", args.join(", "), row.result.name())
    };
    let all: Vec<String> = overloads(name).iter().map(|row| one(&row)).collect();
    let list = all.join(", ");
    say(format!("its forms: {list}"), format!("可用形式：{list}"))
}

/// The message for a need that cannot be met.
pub(super) fn explain(solver: &Solver, index: usize, why: &Why, clause: &Clause, schema: &Schema) -> Diagnostic {
    let at = |term: &Term| match term.form {
        Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => slot.0 as usize,
        _ => clause.slots.len() + term.node as usize,
    };
    match why {
        Why::Column { relation, column, term } => {
            let relation = schema.relation(*relation);
            let column = &relation.columns[*column];
            let want = format!("{}.{}", relation.name, column.name);
            mismatch(solver, at(term), term, clause, &want, column.kind)
        }
        Why::Field { branch, name, kind, term } => {
            let dot = if branch.is_empty() { "" } else { "." };
            mismatch(solver, at(term), term, clause, &format!("{branch}{dot}{name}"), *kind)
        }
        Why::Order => {
            let message = say("records and branches are equal or not; none is less", "记录与分支只分相等与否，没有大小");
            let help =
                say("compare their fields: `x = [a, b], y = [c, d], a < c`", "请比较其字段：`x = [a, b], y = [c, d], a < c`");
            Diagnostic::error("E0275", solver.span(index), message).help(help)
        }
        Why::Condition { term } => mismatch(solver, at(term), term, clause, "the condition", Kind::Symbol),
        Why::Compare { lhs, rhs } => {
            let (l, r) = (solver.sets[at(lhs)], solver.sets[at(rhs)]);
            let message = say(
                format!("a comparison of {} with {}", l.text(" or "), r.text(" or ")),
                format!("不能比较 {} 与 {}", l.text("或"), r.text("或")),
            );
            Diagnostic::error("E0284", lhs.span.to(rhs.span), message).help(say(
                "convert one side: `to_number`, `to_string`, `to_float`, `date` …",
                "请转换其中一侧：`to_number`、`to_string`、`to_float`、`date` 等",
            ))
        }
        Why::Call { name } => {
            let Need::Call { result, args, .. } = solver.need(index) else { unreachable!("calls need calls") };
            let have = args.iter().map(|arg| solver.sets[*arg].text("|")).collect::<Vec<_>>().join(", ");
            let mut en = format!("no form of `{name}` takes ({have})");
            let mut zh = format!("`{name}` 没有接受 ({have}) 的形式");
            if let Some(kind) = solver.sets[*result].single() {
                en.push_str(&format!(" and gives {}", kind.name()));
                zh.push_str(&format!(" 并得出 {}", kind.name()));
            }
            Diagnostic::error("E0285", solver.span(index), say(en, zh)).help(forms(name))
        }
        Why::Cast { to } => {
            let have = match solver.need(index) {
                Need::Is { at, .. } => solver.sets[*at],
                Need::Same(..) | Need::Call { .. } => KindSet::ANY,
            };
            let message = say(
                format!("`as` retypes, it does not convert: {} is no {}", have.text(" or "), to.name()),
                format!("`as` 只改类型、不做转换：{} 不是 {}", have.text("或"), to.name()),
            );
            Diagnostic::error("E0286", solver.span(index), message).help(say(
                "use a conversion: `to_number`, `to_string`, `to_float`, `date` …",
                "请使用转换函数：`to_number`、`to_string`、`to_float`、`date` 等",
            ))
        }
        Why::Aggregate { op } => {
            let (name, takes) = match op {
                AggregateOp::Count => ("count", "nothing"),
                AggregateOp::Sum => ("sum", "number, unsigned, float"),
                AggregateOp::Min => ("min", "any kind with an order"),
                AggregateOp::Max => ("max", "any kind with an order"),
                AggregateOp::Mean => ("mean", "float"),
            };
            let message = say(format!("`{name}` cannot take this kind of value"), format!("`{name}` 不能用于这种类型的值"));
            Diagnostic::error("E0287", solver.span(index), message)
                .help(say(format!("`{name}` takes: {takes}"), format!("`{name}` 可用于：{takes}")))
        }
    }
}

/// A term of one kind where another is wanted.
fn mismatch(solver: &Solver, at: usize, term: &Term, clause: &Clause, want: &str, kind: Kind) -> Diagnostic {
    let kind = kind.name();
    let have = solver.sets[at];
    let (have_en, have_zh) = (have.text(" or "), have.text("或"));
    let convert = || say("convert it, or declare the column otherwise", "请转换，或修改该列的声明");
    match &term.form {
        Form::Text(_) => {
            let message = say(format!("a text where {want} is a {kind}"), format!("{want} 的类型是 {kind}，此处却是文本"));
            let d = Diagnostic::error("E0280", term.span, message);
            match kind {
                "date" | "datetime" => d.help(say(
                    format!("a constant {kind} is written `{kind}(\"…\")`"),
                    format!("{kind} 常量写作 `{kind}(\"…\")`"),
                )),
                "symbol" => d,
                _ => d.help(say("write the number without quotes", "数字不加引号")),
            }
        }
        Form::Integer(_) | Form::Unsigned(_) | Form::Float(_) => {
            let message = say(
                format!("a constant of kind {have_en} where {want} is a {kind}"),
                format!("{want} 的类型是 {kind}，此处常量却是 {have_zh}"),
            );
            let d = Diagnostic::error("E0281", term.span, message);
            if kind == "symbol" { d.help(say("put it in quotes", "请加引号")) } else { d.help(convert()) }
        }
        Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => {
            let name = clause.slot_name(*slot);
            let message = say(
                format!("`{name}` is a {have_en}, but {want} is a {kind}"),
                format!("变量 `{name}` 是 {have_zh}，而 {want} 是 {kind}"),
            );
            let mut d = Diagnostic::error("E0282", term.span, message).help(convert());
            if let Some(since) = solver.since[at].filter(|since| *since != term.span) {
                d = d.also(since, say(format!("`{name}` is a {have_en} here"), format!("`{name}` 在此处是 {have_zh}")));
            }
            d
        }
        _ => {
            let message =
                say(format!("this is a {have_en}, but {want} is a {kind}"), format!("此处是 {have_zh}，而 {want} 是 {kind}"));
            Diagnostic::error("E0283", term.span, message).help(convert())
        }
    }
}
