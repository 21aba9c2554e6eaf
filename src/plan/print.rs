//! A plan as indented text, for people and golden tests: one node a line, `number = operator`, then what it makes as `key | values`
//! and under which conditions.
//!
//! Columns of what is read are `k0` (shared key), `l0` (left value), `r0` (right value).

use super::node::{Made, Node, NodeId, Operand, Output, Plan, Pred, Shape, Src};
use super::pick::Pick;
use crate::expr::{Compared, Expr, Fold, Functor};
use crate::program::Program;
use crate::types::Value;
use std::fmt::Write;

/// The whole plan.
pub fn print(plan: &Plan, program: &Program) -> String {
    let mut text = String::new();
    for (i, node) in plan.nodes.iter().enumerate() {
        line(&mut text, i, node, program, "");
    }
    for (output, node) in &plan.outputs {
        let name = match output {
            Output::Relation(id) => program.relation(*id).name.as_str(),
            Output::Faults => "(faults)",
        };
        put(&mut text, format_args!("output {name} = {}\n", node.0));
    }
    text
}

fn put(text: &mut String, args: std::fmt::Arguments) {
    text.write_fmt(args).expect("writing to a string never fails");
}

fn line(text: &mut String, i: usize, node: &Node, program: &Program, indent: &str) {
    put(text, format_args!("{indent}{i} = {}\n", head(node, program)));
    if let Node::Fix(scope) = node {
        let inner = format!("{indent}    ");
        for (j, node) in scope.body.iter().enumerate() {
            let note = match node {
                Node::Import(import) => format!(" of outer {}", scope.imports[*import].0),
                Node::Variable(variable) => format!(" next {}", scope.binds[*variable].0),
                _ => String::new(),
            };
            line(text, j, node, program, &inner);
            text.pop();
            put(text, format_args!("{note}\n"));
        }
        put(text, format_args!("{inner}exports {}\n", ids(&scope.exports)));
    }
}

fn head(node: &Node, program: &Program) -> String {
    match node {
        Node::Input { relation } => format!("input {}", program.relation(*relation).name),
        Node::Constant { rows, .. } => {
            let rows: Vec<String> = rows.iter().map(|row| format!("({})", list(row.iter().map(literal)))).collect();
            format!("constant {{{}}}", rows.join(", "))
        }
        Node::Import(i) => format!("import {i}"),
        Node::Variable(i) => format!("variable {i}"),
        Node::Map { source, shape } => format!("map {} {}", source.0, shaped(shape)),
        Node::Join { left, right, shape } => format!("join {} {} {}", left.0, right.0, shaped(shape)),
        Node::Anti { left, right, shape } => format!("anti {} {} {}", left.0, right.0, shaped(shape)),
        Node::Agenda { opens, closes, clock, shape } => {
            let opens = opens.map_or(String::new(), |id| format!(" from {}", id.0));
            let closes = closes.map_or(String::new(), |id| format!(" until {}", id.0));
            format!("agenda{opens}{closes} clock {} {}", clock.0, shaped(shape))
        }
        Node::Range { source, bounds, shape } => {
            let ends = list([&bounds.from, &bounds.to].into_iter().chain(&bounds.step).map(operand));
            format!("range {} r0 in ({ends}) {}", source.0, shaped(shape))
        }
        Node::Concat { sources } => format!("concat {}", ids(sources)),
        Node::Distinct { source } => format!("distinct {}", source.0),
        Node::Reduce { source, fold, column } => {
            let of = column.map_or(String::new(), |column| format!(" l{column}"));
            format!("reduce {} {}{of}", source.0, fold_name(*fold))
        }
        Node::Pick { source, pick } => format!("{} {}", picked(pick), source.0),
        Node::Fix(_) => "fix".to_string(),
        Node::Export { fix, index } => format!("export {index} of {}", fix.0),
    }
}

fn ids(ids: &[NodeId]) -> String {
    ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(" ")
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn shaped(shape: &Shape) -> String {
    let columns: Vec<String> = shape.columns.iter().map(made).collect();
    let (key, values) = columns.split_at(shape.key);
    let parts = [key.join(", "), "|".to_string(), values.join(", ")];
    let mut text = format!("({})", parts.join(" ").trim());
    if !shape.filter.is_empty() {
        put(&mut text, format_args!(" where {}", list(shape.filter.iter().map(pred))));
    }
    text
}

fn made(made: &Made) -> String {
    match made {
        Made::Operand(expr) => operand(expr),
        Made::Absent(_) => "nil".to_string(),
        Made::Else(src, _, value) => format!("{} else {}", column(*src), literal(value)),
    }
}

fn pred(pred: &Pred) -> String {
    match pred {
        Pred::Compare { op: Compared::Eq, lhs, rhs, .. } if lhs == rhs => format!("has value {}", operand(lhs)),
        Pred::Compare { op, lhs, rhs, .. } => format!("{} {} {}", operand(lhs), op.symbol(), operand(rhs)),
        Pred::Holds { test, args: [a, b], negated } => {
            let not = if *negated { "!" } else { "" };
            format!("{not}{}({}, {})", test.name(), operand(a), operand(b))
        }
        Pred::IsAbsent(src, _) => format!("{} is absent", column(*src)),
        Pred::IsPresent(src, _) => format!("{} is present", column(*src)),
        Pred::Fails(expr) => format!("fails {}", operand(expr)),
    }
}

fn operand(expr: &Operand) -> String {
    match expr {
        Expr::Const(value) => literal(value),
        Expr::Var(src) => column(*src),
        // A concatenation is spelled `+` in rules; here it may have any number of parts.
        Expr::Call(Functor::Cat, args) => format!("cat({})", list(args.iter().map(operand))),
        Expr::Call(functor, args) => {
            let infix = args.len() == 2 && !functor.name().starts_with(|c: char| c.is_ascii_alphabetic());
            if infix {
                format!("({} {} {})", operand(&args[0]), functor.name(), operand(&args[1]))
            } else {
                format!("{}({})", functor.name(), list(args.iter().map(operand)))
            }
        }
    }
}

fn column(src: Src) -> String {
    match src {
        Src::Key(i) => format!("k{i}"),
        Src::Left(i) => format!("l{i}"),
        Src::Right(i) => format!("r{i}"),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Symbol(text) => format!("{text:?}"),
        Value::Absent => "nil".to_string(),
        other => other.to_string(),
    }
}

fn picked(pick: &Pick) -> String {
    match pick {
        Pick::Choice { domains, .. } => {
            let domains = domains.iter().map(|domain| format!("({})", list(domain.iter().map(|i| format!("l{}", i + 1)))));
            format!("choice {}", list(domains))
        }
        Pick::Undominated { dominates, .. } => {
            let ways = dominates.iter().map(|shape| list(shape.filter.iter().map(pred))).collect::<Vec<_>>();
            format!("undominated where {} of", ways.join(" or "))
        }
        Pick::Dominated { .. } => "dominated of".to_string(),
        Pick::Numbered { .. } => "numbered".to_string(),
        Pick::AtLeast(n) => format!("at least {n} of"),
    }
}

fn fold_name(fold: Fold) -> &'static str {
    match fold {
        Fold::Count => "count",
        Fold::Sum(_) => "sum",
        Fold::Min(_) => "min",
        Fold::Least(_) => "least",
        Fold::Max(_) => "max",
        Fold::Mean => "mean",
    }
}
