//! One conjunctive clause while it is checked: one head and one conjunction, names resolved, not yet typed.
//!
//! Variables are slots: two variables of one name that mean different things (an aggregate's own and the rule's) have two slots.
//! Every expression has a number (`node`) under which its kind is found; copies share it, so that they share the kind.

use crate::expr::{Compared, Test};
use crate::syntax::{Span, ast::AggregateOp};
use crate::types::RelId;
use std::collections::HashMap;

use super::types::TypeId;

/// Index into [`Clause::slots`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Slot(pub u32);

#[derive(Clone, Debug)]
pub(super) struct SlotInfo {
    /// As written; for what is made up, `None`.
    pub name: Option<String>,
    /// A mistake in it was reported already: say no more.
    pub reported: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Clause {
    /// `None`: unknown or of another arity, which was reported.
    pub head: Option<RelId>,
    pub head_terms: Vec<Term>,
    pub body: Vec<Lit>,
    pub slots: Vec<SlotInfo>,
    /// What each `autoinc()` gives.
    pub counters: Vec<Slot>,
    /// How many nodes there are.
    pub nodes: u32,
    /// Nodes of records and branches and of `nil`, with the type they were found to be of.
    pub structures: HashMap<u32, TypeId>,
}

#[derive(Clone, Debug)]
pub(super) enum Lit {
    Atom(AtomLit),
    Not(AtomLit),
    Compare {
        op: Compared,
        lhs: Term,
        rhs: Term,
        span: Span,
    },
    Holds {
        test: Test,
        args: Vec<Term>,
        negated: bool,
        span: Span,
    },
    /// `call`: of `range`.
    Range {
        result: Slot,
        call: Term,
        span: Span,
    },
    Aggregate {
        result: Slot,
        group: Vec<Slot>,
        of: AggregateTerm,
    },
}

#[derive(Clone, Debug)]
pub(super) struct AtomLit {
    pub relation: Option<RelId>,
    pub args: Vec<Term>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(super) struct AggregateTerm {
    pub op: AggregateOp,
    pub target: Option<Term>,
    pub body: Vec<Lit>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(super) struct Term {
    pub node: u32,
    pub span: Span,
    pub form: Form,
}

#[derive(Clone, Debug)]
pub(super) enum Form {
    Var(Slot),
    /// `_`
    Any,
    /// `_` that counts as a column of its own.
    Capture(Slot),
    /// `nil`
    Absent,
    Integer(i128),
    Unsigned(u64),
    Float(f64),
    Text(String),
    /// `nil` as the record that is none.
    Nil,
    /// `[a, b]`
    Record(Vec<Term>),
    /// `$B(a, b)`
    Branch(String, Vec<Term>),
    Call(String, Vec<Term>),
    As(Box<Term>, Option<TypeId>),
    Else(Slot, Box<Term>),
    /// Only before aggregates become literals.
    Aggregate(Box<AggregateTerm>),
    /// Not understood, which was reported.
    Broken,
}

impl Clause {
    pub fn new_slot(&mut self, name: Option<String>) -> Slot {
        self.slots.push(SlotInfo { name, reported: false });
        Slot(self.slots.len() as u32 - 1)
    }

    /// The same name again for something else.
    pub fn twin(&mut self, slot: Slot) -> Slot {
        let name = self.slot(slot).name.clone();
        self.new_slot(name)
    }

    pub fn slot(&self, slot: Slot) -> &SlotInfo {
        &self.slots[slot.0 as usize]
    }

    pub fn slot_name(&self, slot: Slot) -> &str {
        self.slot(slot).name.as_deref().unwrap_or("_")
    }

    /// Each `_` of these atoms gets a name of its own, so that it counts as a column.
    pub fn capture(&mut self, places: impl Fn(&AtomLit) -> bool) {
        let mut body = std::mem::take(&mut self.body);
        for lit in &mut body {
            if let Lit::Atom(atom) = lit
                && places(atom)
            {
                let wild = atom.args.iter_mut().filter(|arg| matches!(arg.form, Form::Any));
                wild.for_each(|arg| arg.form = Form::Capture(self.new_slot(None)));
            }
        }
        self.body = body;
    }

    /// Marks a variable as reported; false if it was already.
    pub fn report_once(&mut self, slot: Slot) -> bool {
        !std::mem::replace(&mut self.slots[slot.0 as usize].reported, true)
    }
}

impl Term {
    /// A variable alone; a cast to a type of the same kind changes nothing about that.
    pub fn alone(&self) -> Option<Slot> {
        match &self.form {
            Form::Var(slot) => Some(*slot),
            Form::As(inner, _) => inner.alone(),
            _ => None,
        }
    }

    /// `[a, b]`, `$B(a, b)`, retyped or not: what takes a value apart, or puts one together.
    pub fn is_structure(&self) -> bool {
        match &self.form {
            Form::Record(_) | Form::Branch(..) => true,
            Form::As(inner, _) => inner.is_structure(),
            _ => false,
        }
    }

    /// Does a `_` stand within a structure?
    pub fn holds_wild(&self) -> bool {
        match &self.form {
            Form::Any => true,
            Form::Record(args) | Form::Branch(_, args) | Form::Call(_, args) => args.iter().any(Term::holds_wild),
            Form::As(inner, _) => inner.holds_wild(),
            _ => false,
        }
    }

    /// Does it ask for a number that only the running program knows?
    pub fn holds_ord(&self) -> bool {
        match &self.form {
            Form::Call(name, args) => name == "ord" || args.iter().any(Term::holds_ord),
            Form::Record(args) | Form::Branch(_, args) => args.iter().any(Term::holds_ord),
            Form::As(inner, _) => inner.holds_ord(),
            _ => false,
        }
    }

    pub fn holds_aggregate(&self) -> bool {
        match &self.form {
            Form::Aggregate(_) => true,
            Form::Call(_, args) | Form::Record(args) | Form::Branch(_, args) => args.iter().any(Term::holds_aggregate),
            Form::As(inner, _) => inner.holds_aggregate(),
            Form::Var(_)
            | Form::Capture(_)
            | Form::Else(..)
            | Form::Any
            | Form::Absent
            | Form::Nil
            | Form::Integer(_)
            | Form::Unsigned(_)
            | Form::Float(_)
            | Form::Text(_)
            | Form::Broken => false,
        }
    }

    /// Every occurrence of a slot, those in aggregates too.
    pub fn each_slot(&self, visit: &mut impl FnMut(Slot, Span)) {
        match &self.form {
            Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => visit(*slot, self.span),
            Form::Call(_, args) | Form::Record(args) | Form::Branch(_, args) => args.iter().for_each(|arg| arg.each_slot(visit)),
            Form::As(inner, _) => inner.each_slot(visit),
            Form::Aggregate(aggregate) => aggregate.each_slot(visit),
            Form::Any
            | Form::Absent
            | Form::Nil
            | Form::Integer(_)
            | Form::Unsigned(_)
            | Form::Float(_)
            | Form::Text(_)
            | Form::Broken => {}
        }
    }

    /// Every text, those in aggregates that are still terms too.
    pub fn each_text<'t>(&'t self, visit: &mut dyn FnMut(&'t str, Span)) {
        match &self.form {
            Form::Text(text) => visit(text, self.span),
            Form::Call(_, args) | Form::Record(args) | Form::Branch(_, args) => args.iter().for_each(|arg| arg.each_text(visit)),
            Form::As(inner, _) | Form::Else(_, inner) => inner.each_text(visit),
            Form::Aggregate(aggregate) => {
                aggregate.target.iter().for_each(|target| target.each_text(visit));
                aggregate.body.iter().for_each(|lit| lit.each_text(visit));
            }
            _ => {}
        }
    }

    /// Other slots in place of some, in aggregates too.
    pub fn rename(&mut self, to: &HashMap<Slot, Slot>) {
        match &mut self.form {
            Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => rename_slot(slot, to),
            Form::Call(_, args) | Form::Record(args) | Form::Branch(_, args) => args.iter_mut().for_each(|arg| arg.rename(to)),
            Form::As(inner, _) => inner.rename(to),
            Form::Aggregate(aggregate) => {
                aggregate.target.iter_mut().for_each(|target| target.rename(to));
                aggregate.body.iter_mut().for_each(|lit| lit.rename(to));
            }
            Form::Any
            | Form::Absent
            | Form::Nil
            | Form::Integer(_)
            | Form::Unsigned(_)
            | Form::Float(_)
            | Form::Text(_)
            | Form::Broken => {}
        }
    }

    /// Replaces each aggregate by what `put` makes of it; not inside the aggregates themselves.
    pub fn take_aggregates(&mut self, put: &mut impl FnMut(AggregateTerm) -> Form) {
        match &mut self.form {
            Form::Aggregate(_) => {
                if let Form::Aggregate(aggregate) = std::mem::replace(&mut self.form, Form::Broken) {
                    self.form = put(*aggregate);
                }
            }
            Form::Call(_, args) | Form::Record(args) | Form::Branch(_, args) => {
                args.iter_mut().for_each(|arg| arg.take_aggregates(put))
            }
            Form::As(inner, _) => inner.take_aggregates(put),
            Form::Var(_)
            | Form::Capture(_)
            | Form::Else(..)
            | Form::Any
            | Form::Absent
            | Form::Nil
            | Form::Integer(_)
            | Form::Unsigned(_)
            | Form::Float(_)
            | Form::Text(_)
            | Form::Broken => {}
        }
    }
}

impl AggregateTerm {
    pub fn each_slot(&self, visit: &mut impl FnMut(Slot, Span)) {
        self.target.iter().for_each(|target| target.each_slot(visit));
        self.body.iter().for_each(|lit| lit.each_slot(visit));
    }
}

impl Lit {
    /// Where it was written; a negated one without its `!`.
    pub fn span(&self) -> Span {
        match self {
            Lit::Atom(atom) | Lit::Not(atom) => atom.span,
            Lit::Compare { span, .. } | Lit::Holds { span, .. } | Lit::Range { span, .. } => *span,
            Lit::Aggregate { of, .. } => of.span,
        }
    }

    /// Its terms; none of an aggregate.
    pub fn terms(&self) -> Vec<&Term> {
        match self {
            Lit::Atom(atom) | Lit::Not(atom) => atom.args.iter().collect(),
            Lit::Compare { lhs, rhs, .. } => vec![lhs, rhs],
            Lit::Holds { args, .. } => args.iter().collect(),
            Lit::Range { call, .. } => vec![call],
            Lit::Aggregate { .. } => Vec::new(),
        }
    }

    pub fn terms_mut(&mut self) -> Vec<&mut Term> {
        match self {
            Lit::Atom(atom) | Lit::Not(atom) => atom.args.iter_mut().collect(),
            Lit::Compare { lhs, rhs, .. } => vec![lhs, rhs],
            Lit::Holds { args, .. } => args.iter_mut().collect(),
            Lit::Range { call, .. } => vec![call],
            Lit::Aggregate { .. } => Vec::new(),
        }
    }

    pub fn each_slot(&self, visit: &mut impl FnMut(Slot, Span)) {
        self.terms().into_iter().for_each(|term| term.each_slot(visit));
        if let Lit::Range { result, span, .. } = self {
            visit(*result, *span);
        }
        if let Lit::Aggregate { result, group, of } = self {
            visit(*result, of.span);
            group.iter().for_each(|slot| visit(*slot, of.span));
            of.each_slot(visit);
        }
    }

    pub fn each_text<'t>(&'t self, visit: &mut dyn FnMut(&'t str, Span)) {
        self.terms().into_iter().for_each(|term| term.each_text(visit));
    }

    pub fn rename(&mut self, to: &HashMap<Slot, Slot>) {
        self.terms_mut().into_iter().for_each(|term| term.rename(to));
        if let Lit::Range { result, .. } = self {
            rename_slot(result, to);
        }
        if let Lit::Aggregate { result, group, of } = self {
            rename_slot(result, to);
            group.iter_mut().for_each(|slot| rename_slot(slot, to));
            of.target.iter_mut().for_each(|target| target.rename(to));
            of.body.iter_mut().for_each(|lit| lit.rename(to));
        }
    }
}

fn rename_slot(slot: &mut Slot, to: &HashMap<Slot, Slot>) {
    if let Some(new) = to.get(slot) {
        *slot = *new;
    }
}
