//! Which record or algebraic type each `[a, b]`, `$B(a, b)` and `nil` of a clause is of: a branch says so itself, for the others it follows
//! from where they stand: in a column, in a field, in a cast, beside something whose type is known.
//!
//! Runs before kinds are inferred, which need the kinds of the fields. Must not know what a value is; whether types agree is seen later.

use super::clause::{AtomLit, Clause, Form, Lit, Slot, Term};
use super::report::{Report, say};
use super::schema::Schema;
use super::structures::Field;
use super::types::TypeId;
use crate::syntax::{Diagnostic, Span};
use crate::types::{Kind, RelId};
use std::collections::{HashMap, HashSet};

/// Writes the types into the clause and reports what is of none, or not of its type's form.
pub(super) fn infer(clause: &mut Clause, schema: &Schema, report: &mut Report) {
    let mut finder = Finder { schema, nodes: HashMap::new(), slots: HashMap::new(), changed: true };
    while std::mem::take(&mut finder.changed) {
        finder.columns(clause.head, &clause.head_terms);
        finder.level(&clause.body);
    }
    let mut judge = Judge { schema, report, nodes: &finder.nodes, seen: HashSet::new(), broken: HashSet::new() };
    clause.head_terms.iter().for_each(|term| judge.term(term));
    each_term(&clause.body, &mut |term| judge.term(term));
    let broken = judge.broken;
    let known = |(node, ty): (u32, TypeId)| schema.types.kind(ty).is_structured().then_some((node, ty));
    clause.structures = finder.nodes.into_iter().filter_map(known).collect();
    if !broken.is_empty() {
        clause.head_terms.iter_mut().for_each(|term| break_off(term, &broken));
        clause.body.iter_mut().for_each(|lit| break_off_in(lit, &broken));
    }
}

/// Terms of all levels, targets too; those within terms are left to the caller.
fn each_term<'c>(lits: &'c [Lit], visit: &mut impl FnMut(&'c Term)) {
    for lit in lits {
        lit.terms().into_iter().for_each(&mut *visit);
        if let Lit::Aggregate { of, .. } = lit {
            of.target.iter().for_each(&mut *visit);
            each_term(&of.body, visit);
        }
    }
}

fn break_off_in(lit: &mut Lit, broken: &HashSet<u32>) {
    lit.terms_mut().into_iter().for_each(|term| break_off(term, broken));
    if let Lit::Aggregate { of, .. } = lit {
        of.target.iter_mut().for_each(|target| break_off(target, broken));
        of.body.iter_mut().for_each(|lit| break_off_in(lit, broken));
    }
}

fn break_off(term: &mut Term, broken: &HashSet<u32>) {
    if broken.contains(&term.node) {
        term.form = Form::Broken;
    }
    match &mut term.form {
        Form::Call(_, args) | Form::Record(args) | Form::Branch(_, args) => {
            args.iter_mut().for_each(|arg| break_off(arg, broken))
        }
        Form::As(inner, _) => break_off(inner, broken),
        _ => {}
    }
}

struct Finder<'s> {
    schema: &'s Schema,
    /// What was found, whatever kind of type it is.
    nodes: HashMap<u32, TypeId>,
    /// Of variables only what is structured.
    slots: HashMap<Slot, TypeId>,
    changed: bool,
}

impl Finder<'_> {
    fn level(&mut self, lits: &[Lit]) {
        for lit in lits {
            match lit {
                Lit::Atom(AtomLit { relation, args, .. }) | Lit::Not(AtomLit { relation, args, .. }) => {
                    self.columns(*relation, args)
                }
                Lit::Compare { lhs, rhs, .. } => {
                    self.within(lhs);
                    self.within(rhs);
                    for (to, from) in [(lhs, rhs), (rhs, lhs)] {
                        if let Some(ty) = self.type_of(from) {
                            self.give(to, ty);
                        }
                    }
                }
                Lit::Range { call, .. } => self.within(call),
                Lit::Holds { args, .. } => args.iter().for_each(|arg| self.within(arg)),
                Lit::Aggregate { of, .. } => {
                    self.level(&of.body);
                    of.target.iter().for_each(|target| self.within(target));
                }
            }
        }
    }

    fn columns(&mut self, relation: Option<RelId>, args: &[Term]) {
        for (column, arg) in args.iter().enumerate() {
            self.within(arg);
            if let Some(ty) = relation.and_then(|relation| self.schema.column_type(relation, column)) {
                self.give(arg, ty);
            }
        }
    }

    /// What terms say by themselves.
    fn within(&mut self, term: &Term) {
        match &term.form {
            Form::As(inner, ty) => {
                self.within(inner);
                // What has a type of its own is retyped.
                if let (Some(ty), Form::Record(_) | Form::Branch(..) | Form::Nil) = (ty, &inner.form) {
                    self.give(inner, *ty);
                }
                self.raw_number(term, inner);
            }
            Form::Branch(name, args) => {
                args.iter().for_each(|arg| self.within(arg));
                if let Some((ty, _)) = self.schema.types.structures.branch(name) {
                    self.give(term, ty);
                }
            }
            Form::Call(name, args) => {
                args.iter().for_each(|arg| self.within(arg));
                if let ("ord", [arg]) = (name.as_str(), args.as_slice()) {
                    self.raw_number(term, arg);
                }
            }
            Form::Record(args) => args.iter().for_each(|arg| self.within(arg)),
            _ => {}
        }
    }

    /// Of an `ord` or `as`, the type of what it takes: it decides what the raw number is.
    fn raw_number(&mut self, term: &Term, of: &Term) {
        if let Some(ty) = self.type_of(of) {
            self.note(term, ty);
        }
    }

    fn type_of(&self, term: &Term) -> Option<TypeId> {
        match &term.form {
            Form::Var(slot) => self.slots.get(slot).copied(),
            Form::Record(_) | Form::Branch(..) | Form::Nil => self.nodes.get(&term.node).copied(),
            Form::As(_, ty) => *ty,
            _ => None,
        }
    }

    /// The first type that is found stays.
    fn give(&mut self, term: &Term, ty: TypeId) {
        let structures = &self.schema.types.structures;
        match &term.form {
            Form::Var(slot) if self.schema.types.kind(ty).is_structured() => {
                self.changed |= !self.slots.contains_key(slot);
                self.slots.entry(*slot).or_insert(ty);
            }
            Form::Nil => self.note(term, ty),
            Form::Record(args) => {
                self.note(term, ty);
                let fields = structures.record(self.nodes[&term.node]);
                self.fields(args, fields);
            }
            Form::Branch(name, args) => {
                if let Some((ty, fields)) = structures.branch(name) {
                    self.note(term, ty);
                    self.fields(args, Some(fields));
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, term: &Term, ty: TypeId) {
        self.changed |= !self.nodes.contains_key(&term.node);
        self.nodes.entry(term.node).or_insert(ty);
    }

    fn fields(&mut self, args: &[Term], fields: Option<&[Field]>) {
        for (arg, field) in args.iter().zip(fields.unwrap_or_default()) {
            if let Some(ty) = field.ty {
                self.give(arg, ty);
            }
        }
    }
}

/// Looks whether everything is of a type, and of its form.
struct Judge<'a> {
    schema: &'a Schema,
    report: &'a mut Report,
    nodes: &'a HashMap<u32, TypeId>,
    /// Copies are told of once.
    seen: HashSet<u32>,
    /// Nothing more is said of these.
    broken: HashSet<u32>,
}

impl Judge<'_> {
    fn term(&mut self, term: &Term) {
        if !self.seen.insert(term.node) {
            return;
        }
        match &term.form {
            Form::Nil => self.nil(term),
            Form::Record(args) => {
                self.record(term, args.len());
                let stands = |ty: &TypeId| self.schema.types.kind(*ty) == Kind::Record;
                if self.nodes.get(&term.node).is_none_or(stands) {
                    args.iter().for_each(|arg| self.term(arg));
                }
            }
            Form::Branch(name, args) => {
                self.branch(name, term.span, args.len());
                args.iter().for_each(|arg| self.term(arg));
            }
            Form::Call(_, args) => args.iter().for_each(|arg| self.term(arg)),
            Form::As(inner, _) => self.term(inner),
            _ => {}
        }
    }

    fn nil(&mut self, term: &Term) {
        let structures = &self.schema.types.structures;
        if self.nodes.get(&term.node).is_some_and(|ty| structures.record(*ty).is_some()) {
            return;
        }
        let message = say("`nil` where no record is expected", "`nil` 所在之处并非记录");
        let help = say(
            "it stands alone in an optional column of an atom, or where a record may stand",
            "`nil` 只能单独作为原子的可缺列，或出现在记录的位置",
        );
        self.report.add(Diagnostic::error("E0254", term.span, message).help(help));
        self.broken.insert(term.node);
    }

    fn record(&mut self, term: &Term, got: usize) {
        match self.nodes.get(&term.node) {
            None => {
                let message = say("nothing says of which type this record is", "无法确定此记录的类型");
                let help = say("retype it: `as([…], T)`", "请写明类型：`as([…], T)`");
                self.report.add(Diagnostic::error("E0270", term.span, message).help(help));
            }
            Some(ty) => {
                let types = &self.schema.types;
                if let Some(fields) = types.structures.record(*ty).filter(|fields| fields.len() != got) {
                    self.arity("E0271", types.name(*ty), fields, got, term.span);
                }
            }
        }
    }

    fn branch(&mut self, name: &str, span: Span, got: usize) {
        let structures = &self.schema.types.structures;
        let Some((_, fields)) = structures.branch(name) else {
            let message = say(format!("no type has a branch `{name}`"), format!("没有类型含分支 `{name}`"));
            let help = self.report.near(name, structures.branch_names());
            let help = help.unwrap_or_else(|| {
                say(format!("declare it: `.type T = {name} {{…}}`"), format!("请先声明：`.type T = {name} {{…}}`"))
            });
            self.report.add(Diagnostic::error("E0272", span, message).help(help));
            return;
        };
        if fields.len() != got {
            self.arity("E0273", &format!("${name}"), fields, got, span);
        }
    }

    fn arity(&mut self, code: &'static str, name: &str, fields: &[Field], got: usize, span: Span) {
        let want = fields.len();
        let message =
            say(format!("`{name}` has {want} fields, here are {got}"), format!("`{name}` 有 {want} 个字段，此处有 {got} 个"));
        let list = fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ");
        let help = say(format!("its fields: {list}"), format!("各字段为：{list}"));
        self.report.add(Diagnostic::error(code, span, message).help(help));
    }
}
