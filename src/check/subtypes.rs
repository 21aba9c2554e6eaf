//! Subset types, by Soufflé's rules. A variable is of the greatest common subtype of the columns that bind it; what a head puts into a
//! column must be of a subtype of the column's. Constants are exempt, and so are negated atoms: there only the kind counts.

use super::clause::{Clause, Form, Lit, Slot, Term};
use super::kinds::Kinds;
use super::report::{Report, say};
use super::schema::Schema;
use super::types::TypeId;
use crate::expr::Compared;
use crate::syntax::{Diagnostic, Span, ast::AggregateOp};
use std::collections::HashMap;

pub(super) fn check(clause: &mut Clause, kinds: &Kinds, schema: &Schema, report: &mut Report) {
    let (slots, structures) = (clause.slots.len(), &clause.structures);
    let mut types = Types { of: vec![None; slots], places: vec![None; slots], clashes: Vec::new(), schema, kinds, structures };
    types.columns(&clause.body);
    clause.head_terms.iter().for_each(|term| types.fields(term));
    while types.equalities(&clause.body) {}
    let Types { of, clashes, .. } = &types;
    let of = of.clone();
    for clash in clashes {
        if clause.report_once(clash.slot) {
            report.add(no_common_type(clause.slot_name(clash.slot), clash, schema));
        }
    }
    let Some(head) = clause.head else { return };
    for (column, term) in clause.head_terms.iter().enumerate() {
        let Some(want) = schema.column_type(head, column) else { continue };
        let Some(have) = type_of(term, &of, &clause.structures) else { continue };
        let same_kind = schema.types.kind(have) == schema.types.kind(want);
        let known = !matches!(term.form, Form::Var(slot) if clause.slot(slot).reported);
        if same_kind && known && !schema.types.is_subtype(have, want) {
            report.add(not_a_subtype(term, have, want, &schema.relation(head).columns[column].name, schema));
        }
    }
}

struct Clash {
    slot: Slot,
    span: Span,
    first: (TypeId, Span),
    second: TypeId,
}

struct Types<'a> {
    /// The type of each variable; `None` so far, or only constants.
    of: Vec<Option<TypeId>>,
    places: Vec<Option<Span>>,
    clashes: Vec<Clash>,
    schema: &'a Schema,
    kinds: &'a Kinds,
    structures: &'a HashMap<u32, TypeId>,
}

impl Types<'_> {
    fn columns(&mut self, lits: &[Lit]) {
        for lit in lits {
            match lit {
                Lit::Atom(atom) => {
                    let Some(relation) = atom.relation else { continue };
                    for (column, arg) in atom.args.iter().enumerate() {
                        if let (Form::Var(slot) | Form::Else(slot, _), Some(ty)) =
                            (&arg.form, self.schema.column_type(relation, column))
                        {
                            self.narrow(*slot, ty, arg.span);
                        }
                        self.fields(arg);
                    }
                }
                Lit::Aggregate { of, .. } => {
                    self.columns(&of.body);
                    of.target.iter().for_each(|target| self.fields(target));
                }
                lit => lit.terms().into_iter().for_each(|term| self.fields(term)),
            }
        }
    }

    /// What stands in a record or branch is of the type of its field.
    fn fields(&mut self, term: &Term) {
        let structures = &self.schema.types.structures;
        let (declared, args) = match &term.form {
            Form::Record(args) => (self.structures.get(&term.node).and_then(|ty| structures.record(*ty)), args),
            Form::Branch(name, args) => (structures.branch(name).map(|(_, fields)| fields), args),
            Form::Call(_, args) => (None, args),
            Form::As(inner, _) => return self.fields(inner),
            _ => return,
        };
        for (i, arg) in args.iter().enumerate() {
            if let (Form::Var(slot), Some(ty)) = (&arg.form, declared.and_then(|fields| fields.get(i)?.ty)) {
                self.narrow(*slot, ty, arg.span);
            }
            self.fields(arg);
        }
    }

    /// Passes types over `=` and out of `min` and `max`; true if something changed.
    fn equalities(&mut self, lits: &[Lit]) -> bool {
        let mut changed = false;
        for lit in lits {
            match lit {
                Lit::Compare { op: Compared::Eq, lhs, rhs, .. } => {
                    let clashes = self.clashes.len();
                    for (to, from) in [(lhs, rhs), (rhs, lhs)] {
                        // A clash of two variables is told of one of them.
                        if clashes == self.clashes.len()
                            && let (Form::Var(slot), Some(ty)) = (&to.form, self.type_of(from))
                        {
                            changed |= self.narrow(*slot, ty, to.span);
                        }
                    }
                }
                Lit::Aggregate { result, of, .. } => {
                    changed |= self.equalities(&of.body);
                    if let (AggregateOp::Min | AggregateOp::Max, Some(target)) = (of.op, &of.target)
                        && let Some(ty) = self.type_of(target)
                    {
                        changed |= self.narrow(*result, ty, of.span);
                    }
                }
                Lit::Range { result, call, span } => {
                    if let Some(ty) = self.type_of(call) {
                        changed |= self.narrow(*result, ty, *span);
                    }
                }
                Lit::Atom(_) | Lit::Not(_) | Lit::Compare { .. } | Lit::Holds { .. } => {}
            }
        }
        changed
    }

    fn type_of(&self, term: &Term) -> Option<TypeId> {
        type_of(term, &self.of, self.structures)
    }

    fn narrow(&mut self, slot: Slot, ty: TypeId, span: Span) -> bool {
        let at = slot.0 as usize;
        let types = &self.schema.types;
        if types.kind(ty) != self.kinds.slot(slot) {
            return false;
        }
        let Some(have) = self.of[at] else {
            (self.of[at], self.places[at]) = (Some(ty), Some(span));
            return true;
        };
        match types.meet(have, ty) {
            Some(lower) if lower == have => false,
            Some(lower) => {
                (self.of[at], self.places[at]) = (Some(lower), Some(span));
                true
            }
            None => {
                let first = (have, self.places[at].unwrap_or(span));
                self.clashes.push(Clash { slot, span, first, second: ty });
                false
            }
        }
    }
}

/// `None` for constants, for what functors give (it fits any type of its kind, as a constant does), and for what has no type yet.
fn type_of(term: &Term, of: &[Option<TypeId>], structures: &HashMap<u32, TypeId>) -> Option<TypeId> {
    match &term.form {
        Form::Var(slot) => of[slot.0 as usize],
        Form::As(_, ty) => *ty,
        Form::Record(_) | Form::Branch(..) => structures.get(&term.node).copied(),
        _ => None,
    }
}

fn no_common_type(name: &str, clash: &Clash, schema: &Schema) -> Diagnostic {
    let (a, b) = (schema.types.name(clash.first.0), schema.types.name(clash.second));
    let message = say(
        format!("`{name}` cannot be both of type {a} and of type {b}"),
        format!("变量 `{name}` 不能既是类型 {a} 又是类型 {b}"),
    );
    Diagnostic::error("E0289", clash.span, message)
        .also(clash.first.1, say(format!("of type {a} here"), format!("此处类型为 {a}")))
        .help(say(format!("if it is meant, retype one side: `as(…, {a})`"), format!("如确有此意，请改类型：`as(…, {a})`")))
}

fn not_a_subtype(term: &Term, have: TypeId, want: TypeId, column: &str, schema: &Schema) -> Diagnostic {
    let (have, want) = (schema.types.name(have), schema.types.name(want));
    let message = say(
        format!("the argument's type {have} is not a subtype of {want}, the declared type of `{column}`"),
        format!("参数类型 {have} 不是列 `{column}` 声明类型 {want} 的子类型"),
    );
    Diagnostic::error("E0288", term.span, message)
        .help(say(format!("if it is meant, write `as(…, {want})`"), format!("如确有此意，请写 `as(…, {want})`")))
}
