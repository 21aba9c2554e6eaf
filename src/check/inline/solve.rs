//! Equations about records and branches, once relations are written out: what a rule puts together another one takes apart, so that they
//! are solved field by field. `v = [a, b], x = v.0` says `x = a`, and `v is [_, _]` of a `v` that nothing else gives a value says what it
//! is made of.
//!
//! Promises: the literals that come out hold for the same values; all that could have a value has one.

use super::{Definition, Placed};
use crate::expr::{Compared, Expr, Functor};
use crate::limits::MAX_LITERALS;
use crate::program::{Arg, HeadTerm, Literal, Var, ground};
use crate::types::{Kind, Shape, Value, VarId};
use std::collections::BTreeSet;

/// A body under work.
struct Solving<'a> {
    body: Vec<Placed>,
    vars: &'a mut Vec<Var>,
    /// Have values whatever the body says.
    known: &'a BTreeSet<VarId>,
    /// Used outside the body.
    used: &'a BTreeSet<VarId>,
    /// Do atoms give values?
    atoms_bind: bool,
}

/// The body with its equations solved. `None`: it never holds.
pub(super) fn solved(
    body: Vec<Placed>,
    vars: &mut Vec<Var>,
    known: &BTreeSet<VarId>,
    used: &BTreeSet<VarId>,
) -> Option<Vec<Placed>> {
    Solving { body, vars, known, used, atoms_bind: true }.run()
}

/// The definition without the variables that only stand for what the columns of its head say. `None`: it never holds.
pub(super) fn closed(definition: &Definition) -> Option<Definition> {
    let Definition { head_terms, body, places, vars } = definition;
    let given = given(head_terms);
    let mut vars = vars.clone();
    let mut body: Vec<Placed> = body.iter().zip(places).map(|(literal, place)| Placed::new(literal, *place)).collect();
    loop {
        body = Solving { body, vars: &mut vars, known: &given, used: &given, atoms_bind: false }.run()?;
        if !eliminate(&mut body, &given) {
            let (body, places) = body.into_iter().map(|placed| (placed.literal, placed.place)).unzip();
            return Some(Definition { head_terms: head_terms.clone(), body, places, vars });
        }
    }
}

/// Variables of a head that have values because its columns have.
pub(super) fn given(head_terms: &[HeadTerm]) -> BTreeSet<VarId> {
    fn within(expr: &Expr<VarId>, given: &mut BTreeSet<VarId>) {
        match expr {
            Expr::Var(v) => {
                given.insert(*v);
            }
            Expr::Call(Functor::Build, parts) => parts.iter().for_each(|part| within(part, given)),
            _ => {}
        }
    }
    let mut given = BTreeSet::new();
    for term in head_terms {
        if let HeadTerm::Expr(expr) = term {
            within(expr, &mut given);
        }
    }
    given
}

/// A record or branch whose fields are known one by one.
pub(super) enum Opened {
    /// Of this shape.
    Fields(Shape, Vec<Expr<VarId>>),
    Nil,
    /// Some value.
    Unknown,
}

pub(super) fn opened(expr: &Expr<VarId>) -> Opened {
    match expr {
        Expr::Call(Functor::Build, parts) => match shape_in(&parts[0]) {
            Some(shape) => Opened::Fields(shape, parts[1..].to_vec()),
            None => Opened::Unknown,
        },
        Expr::Const(value @ (Value::Record(_) | Value::Adt(_))) => match value.opened() {
            Some((branch, fields)) => {
                let kinds = fields.iter().map(|field| field.kind().unwrap_or(Kind::Record)).collect();
                Opened::Fields(Shape { branch: branch.map(Into::into), kinds }, fields.into_iter().map(Expr::Const).collect())
            }
            None => Opened::Nil,
        },
        _ => Opened::Unknown,
    }
}

/// The shape that the first argument of a functor of structures names.
fn shape_in(expr: &Expr<VarId>) -> Option<Shape> {
    let Expr::Const(value) = expr else { return None };
    Shape::from_text(value.as_text()?)
}

pub(super) fn is_of(shape: &Shape, value: &Expr<VarId>) -> Expr<VarId> {
    Expr::Call(Functor::Is, vec![Expr::Const(Value::symbol(&shape.text())), value.clone()])
}

/// Every field of what is of this shape.
pub(super) fn fields_of(shape: &Shape, value: &Expr<VarId>) -> Vec<Expr<VarId>> {
    let text = Expr::Const(Value::symbol(&shape.text()));
    let field = |(at, kind): (usize, &Kind)| Expr::Call(Functor::Field(at as u16, *kind), vec![text.clone(), value.clone()]);
    shape.kinds.iter().enumerate().map(field).collect()
}

pub(super) fn equal(kind: Kind, lhs: Expr<VarId>, rhs: Expr<VarId>) -> Literal {
    Literal::Compare { op: Compared::Eq, kind, lhs, rhs }
}

pub(super) fn number(x: i64) -> Expr<VarId> {
    Expr::Const(Value::Number(x))
}

/// Does this literal ask whether a value is of a shape?
pub(super) fn asks_shape(literal: &Literal) -> Option<(&Expr<VarId>, &Expr<VarId>)> {
    match literal {
        Literal::Compare { op: Compared::Eq, lhs: Expr::Call(Functor::Is, args), rhs: Expr::Const(Value::Number(1)), .. } => {
            Some((&args[0], &args[1]))
        }
        _ => None,
    }
}

impl Solving<'_> {
    fn run(mut self) -> Option<Vec<Placed>> {
        while self.body.len() <= MAX_LITERALS {
            self.fold()?;
            if !(self.substitute() || self.pair()? || self.open() || self.close()) {
                self.drop_idle();
                break;
            }
        }
        Some(self.body)
    }

    fn bound(&self) -> BTreeSet<VarId> {
        let gives = |literal: &&Literal| self.atoms_bind || !matches!(literal, Literal::Atom(_) | Literal::Range(_));
        ground::bound_with(self.body.iter().map(|placed| &placed.literal).filter(gives), self.known)
    }

    /// Fields of what is put together are its parts, and its shape is known.
    fn fold(&mut self) -> Option<()> {
        let mut never = false;
        self.body.retain_mut(|placed| {
            let mut folded = false;
            each_expr(&mut placed.literal, &mut |expr| folded |= fold(expr));
            match &placed.literal {
                Literal::Compare { op, lhs: Expr::Const(one), rhs: Expr::Const(other), .. } if folded => {
                    let holds = op.accepts(one.cmp(other));
                    never |= !holds;
                    !holds
                }
                _ => true,
            }
        });
        (!never).then_some(())
    }

    /// What a variable is made of, in the place of its fields and wherever else it is said to be made of something.
    fn substitute(&mut self) -> bool {
        for at in 0..self.body.len() {
            let Some((v, built)) = made_of(&self.body[at].literal) else { continue };
            let mut changed = false;
            for (other, placed) in self.body.iter_mut().enumerate().filter(|(other, _)| *other != at) {
                if let Literal::Compare { op: Compared::Eq, lhs, rhs, .. } = &mut placed.literal
                    && other > at
                {
                    let is_made = |expr: &Expr<VarId>| !matches!(opened(expr), Opened::Unknown);
                    if *lhs == Expr::Var(v) && is_made(rhs) {
                        (*lhs, changed) = (built.clone(), true);
                    } else if *rhs == Expr::Var(v) && is_made(lhs) {
                        (*rhs, changed) = (built.clone(), true);
                    }
                }
                each_expr(&mut placed.literal, &mut |expr| changed |= fill(expr, v, &built));
            }
            if changed {
                return true;
            }
        }
        false
    }

    /// What is put together on both sides is equal if all its fields are.
    fn pair(&mut self) -> Option<bool> {
        for at in 0..self.body.len() {
            let Literal::Compare { op: Compared::Eq, lhs, rhs, .. } = &self.body[at].literal else { continue };
            match (opened(lhs), opened(rhs)) {
                (Opened::Unknown, _) | (_, Opened::Unknown) => {}
                (Opened::Nil, Opened::Nil) => {}
                (Opened::Fields(one, parts), Opened::Fields(other, others)) if one == other => {
                    let equations = parts.into_iter().zip(others).zip(one.kinds.iter());
                    let equations = equations.map(|((lhs, rhs), kind)| equal(*kind, lhs, rhs)).collect();
                    self.replace(at, equations);
                    return Some(true);
                }
                _ => return None,
            }
        }
        Some(false)
    }

    /// A value that is known is taken apart, if what it should be made of is not.
    fn open(&mut self) -> bool {
        let bound = self.bound();
        let taken_apart = |placed: &Placed| {
            let Literal::Compare { op: Compared::Eq, lhs, rhs, .. } = &placed.literal else { return None };
            [(lhs, rhs), (rhs, lhs)].into_iter().find_map(|(value, built)| taken_apart(value, built, &bound))
        };
        let found = self.body.iter().enumerate().find_map(|(at, placed)| Some((at, taken_apart(placed)?)));
        let Some((at, equations)) = found else { return false };
        self.replace(at, equations);
        true
    }

    /// A variable of a known shape that nothing gives a value is made of its fields.
    fn close(&mut self) -> bool {
        let bound = self.bound();
        for at in 0..self.body.len() {
            let Some((text, Expr::Var(v))) = asks_shape(&self.body[at].literal) else { continue };
            let Some(shape) = shape_in(text).filter(|_| !bound.contains(v)) else { continue };
            let (text, v) = (text.clone(), *v);
            let name = self.vars[v.index()].name.clone();
            let mut fields = Vec::new();
            for kind in &shape.kinds {
                let var = Var { name: name.clone(), kind: *kind, optional: false };
                fields.push(Expr::Var(super::rename::fresh(self.vars, var)));
            }
            let built = Expr::Call(Functor::Build, std::iter::once(text).chain(fields).collect());
            self.replace(at, vec![equal(shape.kind(), Expr::Var(v), built)]);
            return true;
        }
        false
    }

    /// What is said of a variable that nobody asks for.
    fn drop_idle(&mut self) {
        while let Some(at) = (0..self.body.len()).find(|at| self.is_idle(*at)) {
            self.body.remove(at);
        }
    }

    fn is_idle(&self, at: usize) -> bool {
        let Some((v, built)) = made_of(&self.body[at].literal) else { return false };
        let others = self.body.iter().enumerate().filter(|(other, _)| *other != at);
        let asked = others.map(|(_, placed)| ground::uses(&placed.literal)).any(|uses| uses.contains(&v));
        !asked && !self.known.contains(&v) && !self.used.contains(&v) && !built.can_fail()
    }

    fn replace(&mut self, at: usize, by: Vec<Literal>) {
        let Placed { place, written, .. } = self.body[at];
        let by = by.into_iter().map(|literal| Placed { literal, place, written });
        self.body.splice(at..=at, by);
    }
}

/// What a known value says of what it is made of.
fn taken_apart(value: &Expr<VarId>, built: &Expr<VarId>, bound: &BTreeSet<VarId>) -> Option<Vec<Literal>> {
    let Opened::Fields(shape, parts) = opened(built) else { return None };
    let is_known = |expr: &Expr<VarId>| all_vars(expr, |v| bound.contains(&v));
    if is_known(built) || !is_known(value) {
        return None;
    }
    let fields = fields_of(&shape, value).into_iter().zip(parts).zip(shape.kinds.iter());
    let fields = fields.map(|((field, part), kind)| equal(*kind, part, field));
    Some(std::iter::once(equal(Kind::Number, is_of(&shape, value), number(1))).chain(fields).collect())
}

/// `v = [a, b]`, where `v` is no part of it.
fn made_of(literal: &Literal) -> Option<(VarId, Expr<VarId>)> {
    let Literal::Compare { op: Compared::Eq, lhs, rhs, .. } = literal else { return None };
    for (var, built) in [(lhs, rhs), (rhs, lhs)] {
        if let (Expr::Var(v), Expr::Call(Functor::Build, _)) = (var, built) {
            return all_vars(built, |other| other != *v).then(|| (*v, built.clone()));
        }
    }
    None
}

/// One variable less that is equal to something known: that stands in its place.
fn eliminate(body: &mut Vec<Placed>, given: &BTreeSet<VarId>) -> bool {
    let Some((at, v, value)) = (0..body.len()).find_map(|at| redundant(body, at, given)) else { return false };
    body.remove(at);
    body.iter_mut().for_each(|placed| put(&mut placed.literal, v, &value));
    true
}

/// A variable that this literal makes equal to something known which may stand in its place everywhere.
fn redundant(body: &[Placed], at: usize, given: &BTreeSet<VarId>) -> Option<(usize, VarId, Expr<VarId>)> {
    let Literal::Compare { op: Compared::Eq, lhs, rhs, .. } = &body[at].literal else { return None };
    let others = || body.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, placed)| &placed.literal);
    let is_so = |v: VarId, value: &Expr<VarId>| {
        let is_asked = others().any(|literal| ground::uses(literal).contains(&v));
        let gives_way = others().all(|literal| !ground::uses(literal).contains(&v) || takes(literal, v, value));
        !given.contains(&v) && all_vars(value, |v| given.contains(&v)) && gives_way && (is_asked || !value.can_fail())
    };
    [(lhs, rhs), (rhs, lhs)].into_iter().find_map(|(var, value)| match var {
        Expr::Var(v) if is_so(*v, value) => Some((at, *v, value.clone())),
        _ => None,
    })
}

/// May the value stand wherever this literal has the variable?
fn takes(literal: &Literal, v: VarId, value: &Expr<VarId>) -> bool {
    match literal {
        Literal::Atom(atom) | Literal::Not(atom) => {
            atom.args.iter().all(|arg| !matches!(arg, Arg::Else(own, _) | Arg::Capture(own) if *own == v))
        }
        Literal::Compare { .. } | Literal::Holds { .. } => true,
        Literal::Range(range) => range.result != v || matches!(value, Expr::Var(_)),
        Literal::Aggregate(_) => false,
    }
}

fn put(literal: &mut Literal, v: VarId, value: &Expr<VarId>) {
    if let (Literal::Range(range), Expr::Var(other)) = (&mut *literal, value)
        && range.result == v
    {
        range.result = *other;
    }
    each_expr(literal, &mut |expr| {
        rewrite(expr, &mut |expr| {
            let found = *expr == Expr::Var(v);
            if found {
                *expr = value.clone();
            }
            found
        });
    });
}

/// Every expression of a literal; none of an aggregate.
fn each_expr(literal: &mut Literal, visit: &mut dyn FnMut(&mut Expr<VarId>)) {
    match literal {
        Literal::Atom(atom) | Literal::Not(atom) => atom.args.iter_mut().for_each(|arg| {
            if let Arg::Term(expr) = arg {
                visit(expr);
            }
        }),
        Literal::Compare { lhs, rhs, .. } => {
            visit(lhs);
            visit(rhs);
        }
        Literal::Holds { args, .. } => args.iter_mut().for_each(visit),
        Literal::Range(range) => {
            visit(&mut range.from);
            visit(&mut range.to);
            range.step.iter_mut().for_each(visit);
        }
        Literal::Aggregate(_) => {}
    }
}

/// From the inside out; was anything changed?
fn rewrite(expr: &mut Expr<VarId>, change: &mut dyn FnMut(&mut Expr<VarId>) -> bool) -> bool {
    let mut changed = false;
    if let Expr::Call(_, args) = expr {
        args.iter_mut().for_each(|arg| changed |= rewrite(arg, change));
    }
    change(expr) || changed
}

/// What a variable is made of, where its shape or a field of it is asked for.
fn fill(expr: &mut Expr<VarId>, v: VarId, built: &Expr<VarId>) -> bool {
    rewrite(expr, &mut |expr| match expr {
        Expr::Call(Functor::Is | Functor::Field(..), args) if args[1] == Expr::Var(v) => {
            args[1] = built.clone();
            true
        }
        _ => false,
    })
}

fn fold(expr: &mut Expr<VarId>) -> bool {
    rewrite(expr, &mut |expr| {
        let Expr::Call(functor, args) = &*expr else { return false };
        let (Functor::Is | Functor::Field(..)) = functor else { return false };
        let folded = match (functor, opened(&args[1]), shape_in(&args[0])) {
            (Functor::Is, Opened::Fields(own, _), Some(shape)) => number(i64::from(own == shape)),
            (Functor::Is, Opened::Nil, _) => number(0),
            (Functor::Field(at, _), Opened::Fields(own, mut fields), Some(shape)) if own == shape => {
                fields.swap_remove(usize::from(*at))
            }
            _ => return false,
        };
        *expr = folded;
        true
    })
}

fn all_vars(expr: &Expr<VarId>, is: impl Fn(VarId) -> bool) -> bool {
    let mut all = true;
    expr.each_var(&mut |v| all &= is(v));
    all
}
