//! Going through a tree: every name in it, so that it can be replaced.

use super::ast::{Aggregate, Args, Atom, Body, Call, Item, Name, Rule, Term, TypeDef};

/// What is done to each name; nothing, unless it is said.
pub trait Names {
    fn relation(&mut self, _name: &mut Name) {}
    fn ty(&mut self, _name: &mut Name) {}
}

/// Also the names that the item declares. What stands within a component is none of its own.
pub fn item(item: &mut Item, names: &mut impl Names) {
    match item {
        Item::Decl(decl) => {
            decl.names.iter_mut().for_each(|name| names.relation(name));
            decl.columns.iter_mut().for_each(|column| names.ty(&mut column.ty.name));
        }
        Item::Type(decl) => {
            names.ty(&mut decl.name);
            match &mut decl.def {
                TypeDef::Subset(base) | TypeDef::Alias(base) => names.ty(base),
                TypeDef::Union(members) => members.iter_mut().for_each(|member| names.ty(member)),
                TypeDef::Record(fields) => fields.iter_mut().for_each(|field| names.ty(&mut field.ty.name)),
                TypeDef::Adt(branches) => branches.iter_mut().for_each(|branch| {
                    branch.fields.iter_mut().for_each(|field| names.ty(&mut field.ty.name));
                }),
                TypeDef::Bare => {}
            }
        }
        Item::Directive(directive) => directive.relations.iter_mut().for_each(|name| names.relation(name)),
        Item::Rule(found) => rule(found, names),
        Item::Pragma(_) | Item::Plan(_) | Item::Component(_) | Item::Init(_) => {}
    }
}

fn rule(rule: &mut Rule, names: &mut impl Names) {
    rule.heads.iter_mut().for_each(|head| atom(head, names));
    rule.body.iter_mut().for_each(|found| body(found, names));
}

fn body(found: &mut Body, names: &mut impl Names) {
    match found {
        Body::And(parts) | Body::Or(parts) => parts.iter_mut().for_each(|part| body(part, names)),
        Body::Not(inner, _) => body(inner, names),
        Body::Atom(found) => atom(found, names),
        Body::Compare(comparison) => {
            term(&mut comparison.lhs, names);
            term(&mut comparison.rhs, names);
        }
        Body::Holds(call) => call.args.iter_mut().for_each(|arg| term(arg, names)),
        Body::True(_) | Body::False(_) => {}
    }
}

fn atom(found: &mut Atom, names: &mut impl Names) {
    names.relation(&mut found.relation);
    match &mut found.args {
        Args::Positional(args) => args.iter_mut().for_each(|arg| term(arg, names)),
        Args::Named(args) => args.iter_mut().for_each(|(_, arg)| term(arg, names)),
    }
}

fn term(found: &mut Term, names: &mut impl Names) {
    match found {
        Term::Call(Call { args, .. }) | Term::Branch(Call { args, .. }) | Term::Record(args, _) => {
            args.iter_mut().for_each(|arg| term(arg, names));
        }
        Term::As(inner, ty, _) => {
            names.ty(&mut ty.name);
            term(inner, names);
        }
        Term::Else(value, default, _) => {
            term(value, names);
            term(default, names);
        }
        Term::Aggregate(aggregate) => {
            let Aggregate { target, body: inner, .. } = aggregate.as_mut();
            target.iter_mut().for_each(|target| term(target, names));
            body(inner, names);
        }
        Term::Var(_) | Term::Wild(_) | Term::Nil(_) | Term::Number(_) | Term::Text(..) | Term::Unsupported(_) => {}
    }
}

/// The atoms of a body, but not those within aggregates.
fn atoms<'b>(found: &'b Body, visit: &mut dyn FnMut(&'b Atom)) {
    match found {
        Body::And(parts) | Body::Or(parts) => parts.iter().for_each(|part| atoms(part, visit)),
        Body::Not(inner, _) => atoms(inner, visit),
        Body::Atom(atom) => visit(atom),
        Body::Compare(_) | Body::Holds(_) | Body::True(_) | Body::False(_) => {}
    }
}

/// The relations that a rule reads, those in its aggregates too, each as often as it does.
pub fn relations_read<'r>(rule: &'r Rule, visit: &mut dyn FnMut(&'r Name)) {
    rule.heads.iter().for_each(|head| aggregates_of_args(&head.args, &mut |aggregate| read_by(aggregate, visit)));
    rule.body.iter().for_each(|body| read_in(body, visit));
}

fn read_in<'b>(body: &'b Body, visit: &mut dyn FnMut(&'b Name)) {
    atoms(body, &mut |atom| visit(&atom.relation));
    aggregates(body, &mut |aggregate| read_by(aggregate, visit));
}

fn read_by<'b>(aggregate: &'b Aggregate, visit: &mut dyn FnMut(&'b Name)) {
    aggregate.target.iter().for_each(|target| in_term(target, &mut |inner| read_by(inner, visit)));
    read_in(&aggregate.body, visit);
}

/// The aggregates of a body, but not those within aggregates.
fn aggregates<'b>(found: &'b Body, visit: &mut dyn FnMut(&'b Aggregate)) {
    match found {
        Body::And(parts) | Body::Or(parts) => parts.iter().for_each(|part| aggregates(part, visit)),
        Body::Not(inner, _) => aggregates(inner, visit),
        Body::Atom(atom) => aggregates_of_args(&atom.args, visit),
        Body::Compare(comparison) => {
            in_term(&comparison.lhs, visit);
            in_term(&comparison.rhs, visit);
        }
        Body::Holds(call) => call.args.iter().for_each(|arg| in_term(arg, visit)),
        Body::True(_) | Body::False(_) => {}
    }
}

fn aggregates_of_args<'b>(args: &'b Args, visit: &mut dyn FnMut(&'b Aggregate)) {
    match args {
        Args::Positional(args) => args.iter().for_each(|arg| in_term(arg, visit)),
        Args::Named(args) => args.iter().for_each(|(_, arg)| in_term(arg, visit)),
    }
}

fn in_term<'b>(found: &'b Term, visit: &mut dyn FnMut(&'b Aggregate)) {
    match found {
        Term::Call(Call { args, .. }) | Term::Branch(Call { args, .. }) | Term::Record(args, _) => {
            args.iter().for_each(|arg| in_term(arg, visit));
        }
        Term::As(inner, _, _) => in_term(inner, visit),
        Term::Else(value, default, _) => {
            in_term(value, visit);
            in_term(default, visit);
        }
        Term::Aggregate(aggregate) => visit(aggregate),
        Term::Var(_) | Term::Wild(_) | Term::Nil(_) | Term::Number(_) | Term::Text(..) | Term::Unsupported(_) => {}
    }
}
