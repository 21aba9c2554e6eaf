//! The checked program as text, for golden tests and for people: one rule a line, kinds shown.

use super::{Aggregate, Arg, Atom, HeadTerm, Literal, Program, Relation, Rule, Var};
use crate::expr::{Expr, Fold, Functor};
use crate::types::{Shape, Value, VarId};
use std::fmt::Write;

/// Relations, facts, and the rules by strata. Each rule is followed by the kinds of its variables and by what its aggregates are
/// computed for.
pub fn program_text(program: &Program) -> String {
    let mut out = String::new();
    for relation in &program.relations {
        relation_line(relation, &mut out);
    }
    for (relation, row) in &program.facts {
        let values: Vec<String> = row.values().iter().map(value_text).collect();
        out.push_str(&format!("{}({}).\n", program.relation(*relation).name, values.join(", ")));
    }
    for (number, stratum) in program.strata.iter().enumerate() {
        let names: Vec<&str> = stratum.relations.iter().map(|id| program.relation(*id).name.as_str()).collect();
        let recursive = if stratum.recursive { " (recursive)" } else { "" };
        out.push_str(&format!("stratum {number}: {}{recursive}\n", names.join(", ")));
        for rule in &stratum.rules {
            let rule = &program.rules[rule.index()];
            let mut notes = rule.vars.iter().map(var_text).collect::<Vec<_>>().join(", ");
            groups(&rule.body, &rule.vars, &mut notes);
            out.push_str(&format!("  {}  // {notes}\n", rule_text(rule, &program.relations)));
        }
    }
    out
}

/// `; _1 for each x, y` for every aggregate that variables from outside come into.
fn groups(body: &[Literal], vars: &[Var], out: &mut String) {
    for literal in body {
        let Literal::Aggregate(aggregate) = literal else { continue };
        let name = |id: &VarId| vars[id.index()].name.as_str();
        if !aggregate.group.is_empty() {
            let group: Vec<&str> = aggregate.group.iter().map(name).collect();
            let _ = write!(out, "; {} for each {}", name(&aggregate.result), group.join(", "));
        }
        groups(&aggregate.body, vars, out);
    }
}

fn relation_line(relation: &Relation, out: &mut String) {
    let columns: Vec<String> = relation
        .columns
        .iter()
        .map(|c| {
            let mark = if c.optional { "?" } else { "" };
            let of = if c.type_name == c.kind.name() { String::new() } else { format!("={}", c.kind.name()) };
            format!("{}: {}{mark}{of}", c.name, c.type_name)
        })
        .collect();
    out.push_str(&format!("{}({})", relation.name, columns.join(", ")));
    for (is, word) in [
        (relation.input.is_some(), " input"),
        (!relation.outputs.is_empty(), " output"),
        (relation.printsize, " printsize"),
        (relation.record.is_some(), " record"),
        (relation.clue.is_some(), " clue"),
        (relation.clock, " clock"),
    ] {
        if is {
            out.push_str(word);
        }
    }
    out.push('\n');
}

fn var_text(var: &Var) -> String {
    format!("{} {}{}", var.name, var.kind.name(), if var.optional { "?" } else { "" })
}

/// One rule in the rule language, aggregates taken out of expressions, named columns in place.
pub fn rule_text(rule: &Rule, relations: &[Relation]) -> String {
    let printer = Printer { vars: &rule.vars, relations };
    let head: Vec<String> = rule
        .head_terms
        .iter()
        .map(|term| match term {
            HeadTerm::Expr(expr) => printer.expr(expr, 0),
            HeadTerm::Absent => "nil".to_string(),
        })
        .collect();
    let body: Vec<String> = rule.body.iter().map(|literal| printer.literal(literal)).collect();
    format!("{}({}) :- {}.", relations[rule.head.index()].name, head.join(", "), body.join(", "))
}

/// One literal of a rule in the rule language.
pub fn literal_text(literal: &Literal, vars: &[Var], relations: &[Relation]) -> String {
    Printer { vars, relations }.literal(literal)
}

struct Printer<'a> {
    vars: &'a [Var],
    relations: &'a [Relation],
}

impl Printer<'_> {
    fn var(&self, id: VarId) -> &str {
        &self.vars[id.index()].name
    }

    fn literal(&self, literal: &Literal) -> String {
        match literal {
            Literal::Atom(atom) => self.atom(atom),
            Literal::Not(atom) => format!("!{}", self.atom(atom)),
            Literal::Compare { op, lhs, rhs, .. } => format!("{} {} {}", self.expr(lhs, 0), op.symbol(), self.expr(rhs, 0)),
            Literal::Holds { test, args, negated } => {
                format!("{}{}({})", if *negated { "!" } else { "" }, test.name(), self.list(args))
            }
            Literal::Aggregate(aggregate) => self.aggregate(aggregate),
            Literal::Range(range) => {
                let bounds: Vec<String> = range.bounds().map(|bound| self.expr(bound, 0)).collect();
                format!("{} = range({})", self.var(range.result), bounds.join(", "))
            }
        }
    }

    fn aggregate(&self, aggregate: &Aggregate) -> String {
        let mut text = format!("{} = {}", self.var(aggregate.result), fold_name(aggregate.fold));
        if let Some(target) = &aggregate.target {
            let _ = write!(text, " {}", self.expr(target, 0));
        }
        let body: Vec<String> = aggregate.body.iter().map(|literal| self.literal(literal)).collect();
        let _ = write!(text, " : {{ {} }}", body.join(", "));
        text
    }

    fn atom(&self, atom: &Atom) -> String {
        let args: Vec<String> = atom
            .args
            .iter()
            .map(|arg| match arg {
                Arg::Any => "_".to_string(),
                Arg::Absent => "nil".to_string(),
                Arg::Term(expr) => self.expr(expr, 0),
                Arg::Else(var, value) => format!("{} else {}", self.var(*var), value_text(value)),
                Arg::Capture(var) => self.var(*var).to_string(),
            })
            .collect();
        format!("{}({})", self.relations[atom.relation.index()].name, args.join(", "))
    }

    /// `[a, b]`; whether a value is one is `x is [_, _]`, and what stands in it `x.0`, which no rule can say itself.
    fn structure(&self, functor: Functor, args: &[Expr<VarId>]) -> String {
        let shape = match &args[0] {
            Expr::Const(Value::Symbol(text)) => Shape::from_text(text),
            _ => None,
        };
        let branch = shape.as_ref().and_then(|shape| shape.branch.as_deref());
        let fields = shape.as_ref().map_or(0, |shape| shape.kinds.len());
        match functor {
            Functor::Build => structure_text(branch, args[1..].iter().map(|arg| self.expr(arg, 0))),
            Functor::Field(at, _) => format!("{}.{at}", self.expr(&args[1], UNARY)),
            _ => format!(
                "({} is {})",
                self.expr(&args[1], UNARY),
                structure_text(branch, vec!["_".to_string(); fields].into_iter())
            ),
        }
    }

    fn list(&self, args: &[Expr<VarId>]) -> String {
        args.iter().map(|arg| self.expr(arg, 0)).collect::<Vec<_>>().join(", ")
    }

    /// `tightness`: how tightly the operator around binds; a looser one within it needs brackets.
    fn expr(&self, expr: &Expr<VarId>, tightness: u8) -> String {
        match expr {
            Expr::Const(value) => {
                let text = value_text(value);
                if text.starts_with('-') && tightness > UNARY { format!("({text})") } else { text }
            }
            Expr::Var(var) => self.var(*var).to_string(),
            Expr::Call(functor, args) => match (operator(*functor), args.as_slice()) {
                (Some(own), [a, b]) => {
                    // `^` binds to the right; brackets on both sides are never wrong.
                    let left = if own == POWER { own + 1 } else { own };
                    let text = format!("{} {} {}", self.expr(a, left), functor.name(), self.expr(b, own + 1));
                    if own < tightness { format!("({text})") } else { text }
                }
                (Some(own), [a]) => {
                    let text = format!("{}{}", prefix(*functor), self.expr(a, own));
                    if own < tightness { format!("({text})") } else { text }
                }
                _ if matches!(functor, Functor::Build | Functor::Is | Functor::Field(..)) => self.structure(*functor, args),
                // Of its two names (`+` is the other) the one that takes any number.
                _ if *functor == Functor::Cat => format!("cat({})", self.list(args)),
                _ => format!("{}({})", functor.name(), self.list(args)),
            },
        }
    }
}

const UNARY: u8 = 10;
const POWER: u8 = 11;

/// How tightly an operator binds; `None` for what is written as a call.
fn operator(functor: Functor) -> Option<u8> {
    Some(match functor {
        Functor::LogicOr(_) => 1,
        Functor::LogicXor(_) => 2,
        Functor::LogicAnd(_) => 3,
        Functor::BitOr(_) => 4,
        Functor::BitXor(_) => 5,
        Functor::BitAnd(_) => 6,
        Functor::ShiftLeft(_) | Functor::ShiftRight(_) | Functor::ShiftRightUnsigned(_) => 7,
        Functor::Add(_) | Functor::Sub(_) | Functor::DateAdd | Functor::DateSubDays | Functor::DateDiff => 8,
        Functor::Mul(_) | Functor::Div(_) | Functor::Mod(_) => 9,
        Functor::Neg(_) | Functor::BitNot(_) | Functor::LogicNot(_) => UNARY,
        Functor::Pow(_) => POWER,
        _ => return None,
    })
}

fn prefix(functor: Functor) -> String {
    if matches!(functor, Functor::Neg(_)) { "-".to_string() } else { format!("{} ", functor.name()) }
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

/// A value as a constant of the language.
pub fn value_text(value: &Value) -> String {
    match value {
        Value::Absent => "nil".to_string(),
        Value::Number(_) => value.to_string(),
        Value::Unsigned(x) => format!("{x}u"),
        Value::Float(x) => {
            let text = format!("{:?}", x.get());
            if text.contains(['.', 'e', 'n', 'N']) { text } else { format!("{text}.0") }
        }
        Value::Symbol(text) => quoted(text),
        Value::Date(_) => format!("date(\"{value}\")"),
        Value::Datetime(_) => format!("datetime(\"{value}\")"),
        Value::Record(_) | Value::Adt(_) => match value.opened() {
            None => "nil".to_string(),
            Some((branch, fields)) => structure_text(branch, fields.iter().map(value_text)),
        },
    }
}

/// `[a, b]`, `$B(a, b)`
pub fn structure_text(branch: Option<&str>, fields: impl Iterator<Item = String>) -> String {
    let fields = fields.collect::<Vec<_>>().join(", ");
    branch.map_or_else(|| format!("[{fields}]"), |branch| format!("${branch}({fields})"))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}
