//! Records and branches of a clause in the checked program: what is taken apart becomes the question of which shape it is and one equation
//! for each field, all of them literals like any other, so that nothing after the checker knows of patterns.
//!
//! `A([x, [y, _]])` is `A(v), v is [_, _], x = v.0, v.1 is [_, _], y = v.1.0`.

use super::clause::{AtomLit, Form, Term};
use super::lower::{Lowering, Vars};
use super::structures::{Field, shape};
use crate::expr::{Compared, Expr, Fold, Functor};
use crate::program::{Aggregate, Arg, Literal};
use crate::syntax::Span;
use crate::types::{Kind, Shape, Value, VarId};

/// Literals of a body, and where each was written.
#[derive(Default)]
pub(super) struct Body {
    pub literals: Vec<Literal>,
    pub places: Vec<Span>,
    /// Variables that only hold what is taken apart.
    pub aside: Vec<VarId>,
}

impl Body {
    pub fn push(&mut self, literal: Literal, place: Span) {
        self.literals.push(literal);
        self.places.push(place);
    }

    pub fn append(&mut self, later: &mut Body) {
        self.literals.append(&mut later.literals);
        self.places.append(&mut later.places);
        self.aside.append(&mut later.aside);
    }
}

impl Lowering<'_> {
    /// The shape of a record or branch, and its fields.
    fn shape_of(&self, term: &Term) -> Option<(Shape, &[Field])> {
        let types = &self.schema.types;
        let (branch, fields) = match &term.form {
            Form::Record(_) => (None, types.structures.record(*self.clause.structures.get(&term.node)?)?),
            Form::Branch(name, _) => (Some(name.as_str()), types.structures.branch(name)?.1),
            _ => return None,
        };
        Some((shape(branch, fields, types)?, fields))
    }

    /// A record or branch that is put together.
    pub(super) fn built(&mut self, term: &Term, fields: Vec<Expr<VarId>>) -> Expr<VarId> {
        let (shape, _) = self.shape_of(term).expect("records and branches without a type are reported and not lowered");
        let constant = |expr: &Expr<VarId>| if let Expr::Const(value) = expr { Some(value.clone()) } else { None };
        match fields.iter().map(constant).collect::<Option<Vec<Value>>>() {
            Some(values) => Expr::Const(Value::of_shape(&shape, &values)),
            None => Expr::Call(Functor::Build, std::iter::once(text_of(&shape)).chain(fields).collect()),
        }
    }

    /// Says of a value all that a term says of it: binds its variables, compares the rest.
    pub(super) fn take_apart(&mut self, value: Expr<VarId>, term: &Term, place: Span, vars: &mut Vars, into: &mut Body) {
        let (args, inner) = match &term.form {
            Form::Any => return,
            Form::As(inner, _) if inner.is_structure() => return self.take_apart(value, inner, place, vars, into),
            Form::Record(args) | Form::Branch(_, args) => (args, self.shape_of(term)),
            _ => {
                let (kind, rhs) = (self.kinds.term(term), self.expr(term, vars));
                return into.push(Literal::Compare { op: Compared::Eq, kind, lhs: rhs, rhs: value }, place);
            }
        };
        let (shape, _) = inner.expect("records and branches without a type are reported and not lowered");
        if let Expr::Call(Functor::Build, parts) = &value {
            return self.pairs(parts, &shape, args, place, vars, into);
        }
        let is = Expr::Call(Functor::Is, vec![text_of(&shape), value.clone()]);
        into.push(equal(Kind::Number, is, Expr::Const(Value::Number(1))), place);
        for (at, (arg, kind)) in args.iter().zip(&shape.kinds).enumerate() {
            let field = Expr::Call(Functor::Field(at as u16, *kind), vec![text_of(&shape), value.clone()]);
            self.take_apart(field, arg, place, vars, into);
        }
    }

    /// What is put together only to be taken apart: the fields are the same, if the shapes are.
    fn pairs(&mut self, parts: &[Expr<VarId>], shape: &Shape, args: &[Term], place: Span, vars: &mut Vars, into: &mut Body) {
        if parts[0] != text_of(shape) {
            let number = |x| Expr::Const(Value::Number(x));
            return into.push(equal(Kind::Number, number(0), number(1)), place);
        }
        for (arg, part) in args.iter().zip(&parts[1..]) {
            self.take_apart(part.clone(), arg, place, vars, into);
        }
    }

    /// An atom, and what its records and branches say of their columns, for later: atoms side by side stay so.
    pub(super) fn atom_apart(&mut self, atom: &AtomLit, vars: &mut Vars, into: &mut Body, later: &mut Body) {
        let mut lowered = self.atom(atom, vars);
        let mut apart = Vec::new();
        for (arg, term) in lowered.args.iter_mut().zip(&atom.args) {
            if is_taken_apart(term) {
                let column = vars.made_up(self.kinds.term(term));
                later.aside.push(column);
                *arg = Arg::Term(Expr::Var(column));
                apart.push((column, term));
            }
        }
        into.push(Literal::Atom(lowered), atom.span);
        for (column, term) in apart {
            self.take_apart(Expr::Var(column), term, atom.span, vars, later);
        }
    }

    /// A negated atom. One with a `_` in a record or branch matches no one row: it holds if there are none that match.
    pub(super) fn not_atom(&mut self, atom: &AtomLit, vars: &mut Vars, into: &mut Body) {
        if !atom.args.iter().any(|arg| arg.is_structure() && arg.holds_wild()) {
            let lowered = self.atom(atom, vars);
            return into.push(Literal::Not(lowered), atom.span);
        }
        let mut group = Vec::new();
        atom.args.iter().for_each(|arg| {
            arg.each_slot(&mut |slot, _| {
                let id = self.var(slot, vars);
                if !group.contains(&id) {
                    group.push(id);
                }
            })
        });
        let (mut body, mut later) = (Body::default(), Body::default());
        self.atom_apart(atom, vars, &mut body, &mut later);
        body.append(&mut later);
        let result = vars.made_up(Kind::Number);
        let Body { literals, places, aside } = body;
        let none = Aggregate { fold: Fold::Count, result, target: None, body: literals, places, group, aside };
        into.push(Literal::Aggregate(none), atom.span);
        into.push(equal(Kind::Number, Expr::Var(result), Expr::Const(Value::Number(0))), atom.span);
    }
}

/// A structure that holds anything but constants.
fn is_taken_apart(term: &Term) -> bool {
    let mut slots = 0;
    term.each_slot(&mut |_, _| slots += 1);
    term.is_structure() && (slots > 0 || term.holds_wild())
}

fn equal(kind: Kind, lhs: Expr<VarId>, rhs: Expr<VarId>) -> Literal {
    Literal::Compare { op: Compared::Eq, kind, lhs, rhs }
}

fn text_of(shape: &Shape) -> Expr<VarId> {
    Expr::Const(Value::symbol(&shape.text()))
}
