//! Every name of a program with what it stands for, and where each is declared. Names are looked for as the checker does: in the component
//! around, in what it derives from, then further out.

use crate::limits::MAX_COMPONENT_DEPTH;
use crate::syntax::ast::{Aggregate, AggregateOp, Args, Atom, Body, Call, Component, Decl, Directive, Item, Name, Program};
use crate::syntax::ast::{Rule, Term, TypeDecl, TypeDef};
use crate::syntax::{FileId, Span};
use std::collections::HashMap;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum What {
    Relation,
    Type,
    Component,
    /// `.init a = C`
    Instance,
    /// Functors, conditions and aggregates.
    Functor,
    Variable,
    Column,
    /// A way to be a value of an algebraic type; the whole program knows it.
    Branch,
}

/// A name where it stands.
pub(super) struct Seen<'t> {
    pub span: Span,
    pub what: What,
    pub name: &'t str,
    pub scope: usize,
    pub declares: bool,
    /// Of a variable its rule.
    pub rule: usize,
    /// Of a column the relation; of a variable the relation with the column that it alone stands for.
    pub of: Option<(&'t str, Which<'t>)>,
}

#[derive(Clone, Copy)]
pub(super) enum Which<'t> {
    Number(usize),
    Named(&'t str),
}

/// What a name of a declaration is declared by.
#[derive(Clone, Copy)]
pub(super) enum Declared<'t> {
    Relation(&'t Decl),
    Type(&'t TypeDecl),
    Component(&'t Component, usize),
    Instance(&'t str, Span),
    /// The parameter of a component.
    Parameter,
}

/// The whole program, or the inside of a component.
#[derive(Default)]
struct Scope<'t> {
    parent: usize,
    bases: Vec<&'t str>,
}

#[derive(Default)]
pub(super) struct Index<'t> {
    pub seen: Vec<Seen<'t>>,
    scopes: Vec<Scope<'t>>,
    declared: HashMap<(usize, What, &'t str), (Span, Declared<'t>)>,
    pub directives: Vec<(usize, &'t Directive)>,
    /// Each with the scope that it stands in.
    pub rules: Vec<(usize, &'t Rule)>,
}

impl<'t> Index<'t> {
    pub fn new(tree: &'t Program) -> Index<'t> {
        let mut index = Index { scopes: vec![Scope::default()], ..Index::default() };
        tree.items.iter().for_each(|item| index.item(item, 0));
        index
    }

    /// The name at a byte of a file.
    pub fn at(&self, file: FileId, offset: usize) -> Option<&Seen<'t>> {
        let holds = |span: Span| span.file == file && span.start as usize <= offset && offset <= span.end as usize;
        let found = self.seen.iter().filter(|seen| holds(seen.span));
        // Where two names touch, the one that begins here.
        found.min_by_key(|seen| (seen.span.end as usize == offset, seen.span.end - seen.span.start))
    }

    /// Where a name is declared.
    pub fn declaration(&self, scope: usize, what: What, name: &str) -> Option<(Span, Declared<'t>)> {
        let mut scope = scope;
        if what == What::Relation || what == What::Type {
            let mut parts: Vec<&str> = name.split('.').collect();
            let last = parts.pop()?;
            if parts.is_empty() {
                return self.outwards(scope, what, last);
            }
            for (n, part) in parts.iter().enumerate() {
                let (_, instance) = if n == 0 {
                    self.outwards(scope, What::Instance, part)?
                } else {
                    self.within(scope, What::Instance, part, &mut { LOOKS })?
                };
                let Declared::Instance(of, _) = instance else { return None };
                let Declared::Component(_, inside) = self.outwards(scope, What::Component, of)?.1 else { return None };
                scope = inside;
            }
            return self.within(scope, what, last, &mut { LOOKS });
        }
        self.outwards(scope, what, name)
    }

    fn outwards(&self, mut scope: usize, what: What, name: &str) -> Option<(Span, Declared<'t>)> {
        let mut left = LOOKS;
        loop {
            if let Some(found) = self.within(scope, what, name, &mut left) {
                return Some(found);
            }
            if scope == 0 {
                return None;
            }
            scope = self.scopes[scope].parent;
        }
    }

    /// In a component and what it derives from.
    fn within(&self, scope: usize, what: What, name: &str, left: &mut usize) -> Option<(Span, Declared<'t>)> {
        if let Some(found) = self.declared.get(&(scope, what, name)) {
            return Some(*found);
        }
        if *left == 0 || what == What::Component {
            return None;
        }
        *left -= 1;
        let Scope { parent, bases } = &self.scopes[scope];
        bases.iter().find_map(|base| {
            let Declared::Component(_, inside) = self.outwards(*parent, What::Component, base)?.1 else { return None };
            (inside != scope).then(|| self.within(inside, what, name, left)).flatten()
        })
    }

    /// The declaration of the relation that a column is of, and which it is.
    pub fn column(&self, scope: usize, relation: &str, which: Which) -> Option<(&'t Decl, usize)> {
        let Declared::Relation(decl) = self.declaration(scope, What::Relation, relation)?.1 else { return None };
        let number = match which {
            Which::Number(number) => number,
            Which::Named(name) => decl.columns.iter().position(|column| column.name.text == name)?,
        };
        (number < decl.columns.len()).then_some((decl, number))
    }

    /// Where what is seen is declared; of a variable, where it stands first in its rule.
    pub fn origin(&self, seen: &Seen<'t>) -> Option<Span> {
        match (seen.what, seen.of) {
            (What::Variable, _) => self.of_variable(seen).map(|one| one.span).min_by_key(|span| (span.file, span.start)),
            (What::Column, Some((relation, which))) => {
                self.column(seen.scope, relation, which).map(|(decl, number)| decl.columns[number].name.span)
            }
            (What::Functor, _) => None,
            _ => self.declaration(seen.scope, seen.what, seen.name).map(|(span, _)| span),
        }
    }

    /// A variable wherever it stands in its rule.
    pub fn of_variable<'s>(&'s self, seen: &Seen<'t>) -> impl Iterator<Item = &'s Seen<'t>> {
        let (rule, name) = (seen.rule, seen.name);
        self.seen.iter().filter(move |one| one.what == What::Variable && one.rule == rule && one.name == name)
    }

    /// Names that stand outside of components, in written order.
    pub fn relations(&self) -> impl Iterator<Item = (&'t str, &'t Decl)> {
        self.seen.iter().filter(|seen| seen.declares && seen.what == What::Relation).filter_map(|seen| {
            match self.declared.get(&(seen.scope, What::Relation, seen.name)) {
                Some((_, Declared::Relation(decl))) => Some((seen.name, *decl)),
                _ => None,
            }
        })
    }

    fn see(&mut self, name: &'t Name, what: What, scope: usize) {
        self.push(name.span, what, &name.text, scope);
    }

    fn push(&mut self, span: Span, what: What, name: &'t str, scope: usize) {
        let rule = self.rules.len();
        self.seen.push(Seen { span, what, name, scope, declares: false, rule, of: None });
    }

    /// Notes of what was seen last.
    fn last(&mut self, note: impl FnOnce(&mut Seen<'t>)) {
        if let Some(seen) = self.seen.last_mut() {
            note(seen);
        }
    }

    fn declare(&mut self, name: &'t Name, what: What, scope: usize, declared: Declared<'t>) {
        self.see(name, what, scope);
        self.last(|seen| seen.declares = true);
        self.declared.entry((scope, what, &name.text)).or_insert((name.span, declared));
    }

    fn item(&mut self, item: &'t Item, scope: usize) {
        match item {
            Item::Decl(decl) => self.decl(decl, scope),
            Item::Type(decl) => self.type_decl(decl, scope),
            Item::Directive(directive) => {
                directive.relations.iter().for_each(|name| self.see(name, What::Relation, scope));
                self.directives.push((scope, directive));
            }
            Item::Rule(rule) => self.rule(rule, scope),
            Item::Component(component) => self.component(component, scope),
            Item::Init(init) => {
                self.declare(&init.name, What::Instance, scope, Declared::Instance(&init.of.name.text, init.span));
                self.see(&init.of.name, What::Component, scope);
                init.of.args.iter().for_each(|arg| self.see(arg, What::Type, scope));
            }
            Item::Pragma(_) | Item::Plan(_) => {}
        }
    }

    fn decl(&mut self, decl: &'t Decl, scope: usize) {
        decl.names.iter().for_each(|name| self.declare(name, What::Relation, scope, Declared::Relation(decl)));
        for column in &decl.columns {
            self.see(&column.name, What::Column, scope);
            let of = decl.names.first().map(|name| (name.text.as_str(), Which::Named(&column.name.text)));
            self.last(|seen| (seen.of, seen.declares) = (of, true));
            self.see(&column.ty.name, What::Type, scope);
        }
    }

    fn type_decl(&mut self, decl: &'t TypeDecl, scope: usize) {
        self.declare(&decl.name, What::Type, scope, Declared::Type(decl));
        match &decl.def {
            TypeDef::Subset(base) | TypeDef::Alias(base) => self.see(base, What::Type, scope),
            TypeDef::Union(members) => members.iter().for_each(|member| self.see(member, What::Type, scope)),
            TypeDef::Record(fields) => fields.iter().for_each(|field| self.see(&field.ty.name, What::Type, scope)),
            TypeDef::Adt(branches) => {
                for branch in branches {
                    self.declare(&branch.name, What::Branch, 0, Declared::Type(decl));
                    branch.fields.iter().for_each(|field| self.see(&field.ty.name, What::Type, scope));
                }
            }
            TypeDef::Bare => {}
        }
    }

    fn component(&mut self, component: &'t Component, scope: usize) {
        let inside = self.scopes.len();
        let bases = component.bases.iter().map(|base| base.name.text.as_str()).collect();
        self.scopes.push(Scope { parent: scope, bases });
        self.declare(&component.name, What::Component, scope, Declared::Component(component, inside));
        component.params.iter().for_each(|name| self.declare(name, What::Type, inside, Declared::Parameter));
        for base in &component.bases {
            self.see(&base.name, What::Component, scope);
            base.args.iter().for_each(|arg| self.see(arg, What::Type, inside));
        }
        component.overrides.iter().for_each(|name| self.see(name, What::Relation, inside));
        component.items.iter().for_each(|item| self.item(item, inside));
    }

    fn rule(&mut self, rule: &'t Rule, scope: usize) {
        rule.heads.iter().for_each(|head| self.atom(head, scope));
        rule.body.iter().for_each(|body| self.body(body, scope));
        self.rules.push((scope, rule));
    }

    fn body(&mut self, body: &'t Body, scope: usize) {
        match body {
            Body::And(parts) | Body::Or(parts) => parts.iter().for_each(|part| self.body(part, scope)),
            Body::Not(inner, _) => self.body(inner, scope),
            Body::Atom(atom) => self.atom(atom, scope),
            Body::Compare(comparison) => [&comparison.lhs, &comparison.rhs].into_iter().for_each(|term| self.term(term, scope)),
            Body::Holds(call) => self.call(call, scope),
            Body::True(_) | Body::False(_) => {}
        }
    }

    fn atom(&mut self, atom: &'t Atom, scope: usize) {
        self.see(&atom.relation, What::Relation, scope);
        let relation = atom.relation.text.as_str();
        match &atom.args {
            Args::Positional(args) => {
                for (number, arg) in args.iter().enumerate() {
                    self.argument(arg, scope, (relation, Which::Number(number)));
                }
            }
            Args::Named(args) => {
                for (name, arg) in args {
                    let of = (relation, Which::Named(name.text.as_str()));
                    self.see(name, What::Column, scope);
                    self.last(|seen| seen.of = Some(of));
                    self.argument(arg, scope, of);
                }
            }
        }
    }

    fn argument(&mut self, arg: &'t Term, scope: usize, of: (&'t str, Which<'t>)) {
        self.term(arg, scope);
        if matches!(arg, Term::Var(_)) {
            self.last(|seen| seen.of = Some(of));
        }
    }

    fn call(&mut self, call: &'t Call, scope: usize) {
        self.see(&call.name, What::Functor, scope);
        call.args.iter().for_each(|arg| self.term(arg, scope));
    }

    fn term(&mut self, term: &'t Term, scope: usize) {
        match term {
            Term::Var(name) => self.see(name, What::Variable, scope),
            Term::Call(call) => self.call(call, scope),
            Term::As(inner, ty, span) => {
                self.word(*span, "as", scope);
                self.term(inner, scope);
                self.see(&ty.name, What::Type, scope);
            }
            Term::Else(value, default, _) => [value, default].into_iter().for_each(|term| self.term(term, scope)),
            Term::Aggregate(aggregate) => self.aggregate(aggregate, scope),
            Term::Record(fields, _) => fields.iter().for_each(|field| self.term(field, scope)),
            Term::Branch(call) => {
                self.see(&call.name, What::Branch, 0);
                call.args.iter().for_each(|arg| self.term(arg, scope));
            }
            Term::Wild(_) | Term::Nil(_) | Term::Number(_) | Term::Text(..) | Term::Unsupported(_) => {}
        }
    }

    fn aggregate(&mut self, aggregate: &'t Aggregate, scope: usize) {
        self.word(aggregate.span, aggregate_name(aggregate.op), scope);
        aggregate.target.iter().for_each(|target| self.term(target, scope));
        self.body(&aggregate.body, scope);
    }

    /// The word that a form begins with.
    fn word(&mut self, span: Span, word: &'static str, scope: usize) {
        let letters = word.trim_end_matches(" :").len() as u32;
        let end = span.end.min(span.start + letters);
        self.push(Span { end, ..span }, What::Functor, word, scope);
    }
}

/// Components that are looked into for one name: they may derive from each other in a circle.
const LOOKS: usize = 10 * MAX_COMPONENT_DEPTH;

/// As [`crate::expr::meaning`] knows it.
fn aggregate_name(op: AggregateOp) -> &'static str {
    match op {
        AggregateOp::Count => "count :",
        AggregateOp::Sum => "sum :",
        AggregateOp::Min => "min :",
        AggregateOp::Max => "max :",
        AggregateOp::Mean => "mean :",
    }
}
