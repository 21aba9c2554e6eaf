//! The tree as canonical text: parsed again it gives the same tree, and nothing in it depends on how it was written.
//!
//! Comments and pragmas are not in the tree, and included files stand in place of their `.include`.

use super::ast::{
    Aggregate, Annotation, Args, Atom, Body, Call, Column, Component, ComponentRef, Decl, Directive, DirectiveKind, Init, Item,
    Name, Plan, Program, Rule, Term, TypeDecl, TypeDef, TypeRef,
};
use super::literal::{write_number, write_text};
use super::operator::{self, PREFIX_STRENGTH};

/// Every item on a line of its own.
pub fn print_program(program: &Program) -> String {
    let mut out = String::new();
    items(&program.items, &mut out);
    out
}

fn items(items: &[Item], out: &mut String) {
    for item in items {
        match item {
            Item::Decl(decl) => declaration(decl, out),
            Item::Type(ty) => type_declaration(ty, out),
            Item::Directive(found) => directive(found, out),
            Item::Rule(found) => rule(found, out),
            Item::Component(found) => component(found, out),
            Item::Init(Init { name: instance, of, .. }) => {
                out.push_str(".init ");
                name(instance, out);
                out.push_str(" = ");
                component_ref(of, out);
            }
            Item::Plan(Plan { orders, .. }) => {
                out.push_str(".plan ");
                list(orders, ", ", out, |(version, order), out| {
                    out.push_str(&format!("{version}:("));
                    list(order, ", ", out, |atom, out| out.push_str(&atom.to_string()));
                    out.push(')');
                });
            }
            Item::Pragma(_) => continue,
        }
        out.push('\n');
    }
}

fn component(found: &Component, out: &mut String) {
    let Component { name, params, bases, overrides, items: inner, .. } = found;
    out.push_str(".comp ");
    component_ref(&ComponentRef { name: name.clone(), args: params.clone() }, out);
    if !bases.is_empty() {
        out.push_str(" : ");
        list(bases, ", ", out, component_ref);
    }
    out.push_str(" {\n");
    if !overrides.is_empty() {
        out.push_str(".override ");
        list(overrides, ", ", out, self::name);
        out.push('\n');
    }
    items(inner, out);
    out.push('}');
}

fn component_ref(of: &ComponentRef, out: &mut String) {
    name(&of.name, out);
    if !of.args.is_empty() {
        out.push('<');
        list(&of.args, ", ", out, name);
        out.push('>');
    }
}

/// One rule with its annotations, without a line break at its end.
pub fn print_rule(found: &Rule) -> String {
    let mut out = String::new();
    rule(found, &mut out);
    out
}

fn list<T>(parts: &[T], separator: &str, out: &mut String, mut print: impl FnMut(&T, &mut String)) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        print(part, out);
    }
}

fn name(found: &Name, out: &mut String) {
    out.push_str(&found.text);
}

fn type_ref(ty: &TypeRef, out: &mut String) {
    name(&ty.name, out);
    if ty.optional {
        out.push('?');
    }
}

fn declaration(decl: &Decl, out: &mut String) {
    out.push_str(".decl ");
    list(&decl.names, ", ", out, name);
    out.push('(');
    columns(&decl.columns, out);
    out.push(')');
    for qualifier in &decl.qualifiers {
        out.push(' ');
        name(qualifier, out);
    }
    if !decl.choice.is_empty() {
        out.push_str(" choice-domain ");
        list(&decl.choice, ", ", out, domain);
    }
}

fn domain(columns: &Vec<Name>, out: &mut String) {
    match columns.as_slice() {
        [column] => name(column, out),
        columns => {
            out.push('(');
            list(columns, ", ", out, name);
            out.push(')');
        }
    }
}

fn columns(columns: &[Column], out: &mut String) {
    list(columns, ", ", out, |Column { name: column, ty }, out| {
        name(column, out);
        out.push_str(": ");
        type_ref(ty, out);
    });
}

fn type_declaration(ty: &TypeDecl, out: &mut String) {
    out.push_str(".type ");
    name(&ty.name, out);
    match &ty.def {
        TypeDef::Subset(base) => {
            out.push_str(" <: ");
            name(base, out);
        }
        TypeDef::Alias(base) => {
            out.push_str(" = ");
            name(base, out);
        }
        TypeDef::Union(members) => {
            out.push_str(" = ");
            list(members, " | ", out, name);
        }
        TypeDef::Record(fields) => {
            out.push_str(" = [");
            columns(fields, out);
            out.push(']');
        }
        TypeDef::Adt(branches) => {
            out.push_str(" = ");
            list(branches, " | ", out, |branch, out| {
                name(&branch.name, out);
                out.push_str(" {");
                columns(&branch.fields, out);
                out.push('}');
            });
        }
        TypeDef::Bare => {}
    }
}

fn directive(found: &Directive, out: &mut String) {
    out.push_str(match found.kind {
        DirectiveKind::Input => ".input ",
        DirectiveKind::Output => ".output ",
        DirectiveKind::PrintSize => ".printsize ",
        DirectiveKind::LimitSize => ".limitsize ",
        DirectiveKind::Record => ".record ",
        DirectiveKind::Clue => ".clue ",
        DirectiveKind::Clock => ".clock ",
    });
    list(&found.relations, ", ", out, name);
    if found.params.is_empty() {
        return;
    }
    out.push('(');
    list(&found.params, ", ", out, |param, out| {
        name(&param.key, out);
        out.push('=');
        write_text(&param.value, out);
    });
    out.push(')');
}

fn rule(found: &Rule, out: &mut String) {
    for Annotation { key, value, .. } in &found.annotations {
        out.push_str("@[");
        name(key, out);
        out.push_str(" = ");
        write_text(value, out);
        out.push_str("]\n");
    }
    list(&found.heads, if found.subsumes { " <= " } else { ", " }, out, atom);
    if let Some(conditions) = &found.body {
        out.push_str(" :- ");
        body(conditions, Place::Alone, out);
    }
    out.push('.');
}

/// Where conditions stand: it decides whether they need parentheses.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Alone,
    /// One of several alternatives.
    Alternative,
    /// One of several that hold together, or under `!`.
    Part,
}

fn body(found: &Body, place: Place, out: &mut String) {
    match found {
        Body::And(parts) => {
            enclosed(place == Place::Part, out, |out| list(parts, ", ", out, |part, out| body(part, Place::Part, out)));
        }
        Body::Or(parts) => {
            enclosed(place != Place::Alone, out, |out| list(parts, " ; ", out, |part, out| body(part, Place::Alternative, out)));
        }
        Body::Not(inner, _) => {
            out.push('!');
            body(inner, Place::Part, out);
        }
        Body::Atom(found) => atom(found, out),
        Body::Compare(comparison) => {
            term(&comparison.lhs, out);
            out.push(' ');
            out.push_str(operator::comparison_symbol(comparison.op));
            out.push(' ');
            term(&comparison.rhs, out);
        }
        Body::Holds(call) => functor(call, out),
        Body::True(_) => out.push_str("true"),
        Body::False(_) => out.push_str("false"),
    }
}

fn enclosed(needed: bool, out: &mut String, print: impl FnOnce(&mut String)) {
    if needed {
        out.push('(');
    }
    print(out);
    if needed {
        out.push(')');
    }
}

fn atom(found: &Atom, out: &mut String) {
    name(&found.relation, out);
    out.push('(');
    match &found.args {
        Args::Positional(args) => list(args, ", ", out, term),
        Args::Named(args) => list(args, ", ", out, |(column, value), out| {
            name(column, out);
            out.push_str(": ");
            term(value, out);
        }),
    }
    out.push(')');
}

fn term(found: &Term, out: &mut String) {
    match found {
        Term::Else(value, default, _) => {
            operand(value, 0, out);
            out.push_str(" else ");
            operand(default, 0, out);
        }
        found => operand(found, 0, out),
    }
}

/// A term where an operator of this strength, or a tighter one, may stand without parentheses.
fn operand(found: &Term, weakest: u8, out: &mut String) {
    match found {
        Term::Var(found) => name(found, out),
        Term::Wild(_) => out.push('_'),
        Term::Nil(_) => out.push_str("nil"),
        Term::Number(number) => write_number(number.value, out),
        Term::Text(value, _) => write_text(value, out),
        Term::Call(call) => call_operand(call, weakest, out),
        Term::Record(fields, _) => {
            out.push('[');
            list(fields, ", ", out, term);
            out.push(']');
        }
        Term::Branch(call) => {
            out.push('$');
            functor(call, out);
        }
        Term::As(value, ty, _) => {
            out.push_str("as(");
            term(value, out);
            out.push_str(", ");
            type_ref(ty, out);
            out.push(')');
        }
        Term::Aggregate(found) => aggregate(found, out),
        Term::Else(..) => enclosed(true, out, |out| term(found, out)),
        // Reads back as what it is: a form that is not supported.
        Term::Unsupported(_) => out.push_str("@f()"),
    }
}

fn call_operand(call: &Call, weakest: u8, out: &mut String) {
    let symbol = call.name.text.as_str();
    match (call.args.as_slice(), operator::binary(symbol)) {
        ([left, right], Some(found)) => enclosed(found.strength < weakest, out, |out| {
            let (of_left, of_right) = match found.right_to_left {
                // A prefix operator on the left would swallow this one.
                true => (PREFIX_STRENGTH + 2, found.strength),
                false => (found.strength, found.strength + 1),
            };
            operand(left, of_left, out);
            out.push(' ');
            out.push_str(symbol);
            out.push(' ');
            // On the right a prefix operator needs no parentheses: nothing before it can swallow it.
            operand(right, if is_prefixed(right) { 0 } else { of_right }, out);
        }),
        ([inner], _) if operator::prefix(symbol).is_some() => enclosed(PREFIX_STRENGTH < weakest, out, |out| {
            out.push_str(symbol);
            if symbol != "-" {
                out.push(' ');
            }
            operand(inner, PREFIX_STRENGTH, out);
        }),
        _ => functor(call, out),
    }
}

fn is_prefixed(found: &Term) -> bool {
    matches!(found, Term::Call(call) if call.args.len() == 1 && operator::prefix(&call.name.text).is_some())
}

fn functor(call: &Call, out: &mut String) {
    name(&call.name, out);
    out.push('(');
    list(&call.args, ", ", out, term);
    out.push(')');
}

fn aggregate(found: &Aggregate, out: &mut String) {
    out.push_str(operator::aggregate_word(found.op));
    if let Some(target) = &found.target {
        out.push(' ');
        operand(target, 0, out);
    }
    out.push_str(" : { ");
    body(&found.body, Place::Alone, out);
    out.push_str(" }");
}
