//! Conditions that are no words of Soufflé: `starts_with(text, part)` and `ends_with(text, part)` are read as atoms, and are
//! conditions only where the program declares no relation of that name.

use super::ast::{Aggregate, Args, Atom, Body, Call, Item, Program, Term};

const CONDITIONS: &[&str] = &["starts_with", "ends_with"];

/// Makes conditions of the atoms that name no relation of the program.
pub(super) fn settle(program: &mut Program) {
    let mut conditions: Vec<&str> = CONDITIONS.to_vec();
    undeclared(&program.items, &mut conditions);
    if !conditions.is_empty() {
        in_items(&mut program.items, &conditions);
    }
}

fn undeclared(items: &[Item], conditions: &mut Vec<&str>) {
    for item in items {
        match item {
            Item::Decl(decl) => conditions.retain(|word| decl.names.iter().all(|name| name.text != *word)),
            Item::Component(component) => undeclared(&component.items, conditions),
            Item::Type(_) | Item::Directive(_) | Item::Rule(_) | Item::Pragma(_) | Item::Plan(_) | Item::Init(_) => {}
        }
    }
}

fn in_items(items: &mut [Item], conditions: &[&str]) {
    for item in items {
        match item {
            Item::Rule(rule) => {
                rule.heads.iter_mut().for_each(|head| in_atom(head, conditions));
                rule.body.iter_mut().for_each(|body| in_body(body, conditions));
            }
            Item::Component(component) => in_items(&mut component.items, conditions),
            Item::Decl(_) | Item::Type(_) | Item::Directive(_) | Item::Pragma(_) | Item::Plan(_) | Item::Init(_) => {}
        }
    }
}

fn in_body(body: &mut Body, conditions: &[&str]) {
    match body {
        Body::And(parts) | Body::Or(parts) => parts.iter_mut().for_each(|part| in_body(part, conditions)),
        Body::Not(inner, _) => in_body(inner, conditions),
        Body::Compare(comparison) => {
            in_term(&mut comparison.lhs, conditions);
            in_term(&mut comparison.rhs, conditions);
        }
        Body::Holds(call) => call.args.iter_mut().for_each(|arg| in_term(arg, conditions)),
        Body::Atom(atom) => {
            in_atom(atom, conditions);
            if conditions.contains(&atom.relation.text.as_str())
                && let Args::Positional(args) = &mut atom.args
            {
                let (name, args) = (atom.relation.clone(), std::mem::take(args));
                *body = Body::Holds(Call { name, args, span: atom.span });
            }
        }
        Body::True(_) | Body::False(_) => {}
    }
}

fn in_atom(atom: &mut Atom, conditions: &[&str]) {
    match &mut atom.args {
        Args::Positional(args) => args.iter_mut().for_each(|arg| in_term(arg, conditions)),
        Args::Named(args) => args.iter_mut().for_each(|(_, arg)| in_term(arg, conditions)),
    }
}

/// Terms hold conditions only inside aggregates.
fn in_term(term: &mut Term, conditions: &[&str]) {
    match term {
        Term::Call(Call { args, .. }) | Term::Branch(Call { args, .. }) | Term::Record(args, _) => {
            args.iter_mut().for_each(|arg| in_term(arg, conditions));
        }
        Term::As(inner, _, _) => in_term(inner, conditions),
        Term::Else(value, default, _) => {
            in_term(value, conditions);
            in_term(default, conditions);
        }
        Term::Aggregate(aggregate) => {
            let Aggregate { target, body, .. } = aggregate.as_mut();
            if let Some(target) = target {
                in_term(target, conditions);
            }
            in_body(body, conditions);
        }
        Term::Var(_) | Term::Wild(_) | Term::Nil(_) | Term::Number(_) | Term::Text(..) | Term::Unsupported(_) => {}
    }
}
