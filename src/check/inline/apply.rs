//! One atom of an `inline` relation, written out. What the atom asks of a column and what the head gives for it become one variable where
//! both are variables, else an equation.
//!
//! A negated atom is the negation of all definitions: of each, one of its conditions does not hold. Aggregates have no opposite: they stay,
//! and what is asked of their result is negated. A condition without a value has no opposite either: the definition gives no row then, as it
//! gives none by itself, so of such a definition the rows are counted.

use super::rename::{Renaming, fresh};
use super::solve::{self, Opened, equal, fields_of, is_of, number, opened};
use super::{Definition, Placed};
use crate::expr::{Compared, Expr, Fold, Functor};
use crate::program::{Aggregate, Arg, Atom, HeadTerm, Literal, Range, Var, ground};
use crate::syntax::Span;
use crate::types::{Kind, VarId};
use std::collections::{BTreeSet, HashMap};

/// Literals in place of an atom, each with its own place if it has one, and the variables of the rule with those that came.
type Way = (Literals, Vec<Var>);

/// What stands for a positive atom if this definition gives its row. `None`: it never does.
pub(super) fn positive(atom: &Atom, kinds: &[Kind], definition: &Definition, vars: Vec<Var>) -> Option<Way> {
    let mut renaming = Renaming { from: &definition.vars, to: HashMap::new(), vars };
    let mut asked = Vec::new();
    for ((arg, term), kind) in atom.args.iter().zip(&definition.head_terms).zip(kinds) {
        let HeadTerm::Expr(given) = term else { continue };
        match (arg, given) {
            (Arg::Term(Expr::Var(own)) | Arg::Capture(own), Expr::Var(v)) if !renaming.to.contains_key(v) => {
                renaming.to.insert(*v, *own);
            }
            (Arg::Term(expr), _) => asked.push((*kind, expr.clone(), given)),
            // Where firings are counted.
            (Arg::Capture(own), _) => asked.push((*kind, Expr::Var(*own), given)),
            // It must have a value though nobody asks for it.
            _ if given.can_fail() => {
                let own = renaming.fresh(Var { name: "_1".to_string(), kind: *kind, optional: false });
                asked.push((*kind, Expr::Var(own), given));
            }
            _ => {}
        }
    }
    let mut literals = Vec::new();
    for (literal, place) in definition.body.iter().zip(&definition.places) {
        literals.push((renaming.literal(literal), Some(*place)));
    }
    for (kind, lhs, given) in asked {
        let rhs = renaming.expr(given);
        match (&lhs, &rhs) {
            (Expr::Const(one), Expr::Const(other)) if one == other => {}
            (Expr::Const(_), Expr::Const(_)) => return None,
            _ => literals.push((equal(kind, lhs, rhs), None)),
        }
    }
    Some((literals, renaming.vars))
}

/// Every way in which no definition gives the row of a negated atom. `None`: it would need variables that have no value.
/// `definitions`: [closed](super::solve::closed), and of those that may have no value all that they read written out.
pub(super) fn negated(atom: &Atom, kinds: &[Kind], definitions: &[Definition], vars: Vec<Var>, place: Span) -> Option<Vec<Way>> {
    if atom.args.iter().any(|arg| matches!(arg, Arg::Any)) || definitions.iter().any(has_new_variables) {
        return None;
    }
    let (atom, asked, mut vars) = with_values(atom, kinds, vars);
    let mut ways = vec![asked];
    for definition in definitions {
        let denied = if can_fail(definition) {
            none(&atom, kinds, definition, std::mem::take(&mut vars), place)
        } else {
            denied(&atom, kinds, definition, std::mem::take(&mut vars))
        };
        vars = denied.vars;
        let Some(conditions) = denied.conditions else { continue };
        let more = |so_far: &Literals| -> Vec<Literals> {
            let with = |condition: &Literals| so_far.iter().chain(&denied.known).chain(condition).cloned().collect();
            conditions.iter().map(with).collect()
        };
        ways = ways.iter().flat_map(more).take(crate::limits::MAX_INLINED_WAYS + 1).collect();
    }
    Some(ways.into_iter().map(|way| (way, vars.clone())).collect())
}

/// The atom with variables for what may have no value: without one neither it nor its negation holds, whatever the definitions say.
fn with_values(atom: &Atom, kinds: &[Kind], mut vars: Vec<Var>) -> (Atom, Literals, Vec<Var>) {
    let (mut atom, mut asked) = (atom.clone(), Vec::new());
    for (arg, kind) in atom.args.iter_mut().zip(kinds) {
        if let Arg::Term(expr) = arg
            && expr.can_fail()
        {
            let own = fresh(&mut vars, Var { name: "_1".to_string(), kind: *kind, optional: false });
            let expr = std::mem::replace(expr, Expr::Var(own));
            asked.push((equal(*kind, Expr::Var(own), expr), None));
        }
    }
    (atom, asked, vars)
}

/// Literals, each with its own place if it has one.
type Literals = Vec<(Literal, Option<Span>)>;

/// A definition turned round.
struct Denied {
    /// Equations and aggregates that give variables values, whatever else holds.
    known: Literals,
    /// All of any of these, and the definition does not give the row. `None`: it never does.
    conditions: Option<Vec<Literals>>,
    vars: Vec<Var>,
}

/// Of a definition all of which has a value: one of its conditions does not hold.
fn denied(atom: &Atom, kinds: &[Kind], definition: &Definition, vars: Vec<Var>) -> Denied {
    let renaming = Renaming { from: &definition.vars, to: HashMap::new(), vars };
    let mut meeting = Meeting { renaming, known: Vec::new(), shapes: Vec::new(), asked: Vec::new(), never: false };
    for ((arg, term), kind) in atom.args.iter().zip(&definition.head_terms).zip(kinds) {
        let (Arg::Term(own), HeadTerm::Expr(given)) = (arg, term) else { continue };
        meeting.meet(own, given, *kind);
    }
    let Meeting { mut renaming, mut known, shapes, asked, never } = meeting;
    if never {
        return Denied { known: Vec::new(), conditions: None, vars: renaming.vars };
    }
    // What is taken apart is of its shape, or nothing else is asked.
    let (mut conditions, mut guards) = (Vec::new(), Literals::new());
    for shape in shapes {
        conditions.push([&guards[..], &[(opposite(shape.clone()), None)]].concat());
        guards.push((shape, None));
    }
    for (kind, lhs, given) in asked {
        let rhs = renaming.expr(given);
        conditions.push([&guards[..], &[(Literal::Compare { op: Compared::Ne, kind, lhs, rhs }, None)]].concat());
    }
    for (literal, place) in definition.body.iter().zip(&definition.places) {
        let literal = renaming.literal(literal);
        if let Literal::Aggregate(_) = literal {
            known.push((literal, Some(*place)));
            continue;
        }
        conditions.push([&guards[..], &[(opposite(literal.clone()), Some(*place))]].concat());
        if solve::asks_shape(&literal).is_some() {
            guards.push((literal, Some(*place)));
        }
    }
    Denied { known, conditions: Some(conditions), vars: renaming.vars }
}

/// The columns of a negated atom against those of a head.
struct Meeting<'d> {
    renaming: Renaming<'d>,
    /// What gives variables of the definition their values.
    known: Literals,
    /// Shapes that columns of the atom must be of.
    shapes: Vec<Literal>,
    /// Pairs that must be equal.
    asked: Vec<(Kind, Expr<VarId>, &'d Expr<VarId>)>,
    /// Some of them never are.
    never: bool,
}

impl<'d> Meeting<'d> {
    fn meet(&mut self, own: &Expr<VarId>, given: &'d Expr<VarId>, kind: Kind) {
        match (own, given) {
            (Expr::Var(own), Expr::Var(v)) if !self.renaming.to.contains_key(v) => {
                self.renaming.to.insert(*v, *own);
            }
            (_, Expr::Var(v)) if !self.renaming.to.contains_key(v) => {
                let made = self.renaming.var(*v);
                self.known.push((equal(kind, Expr::Var(made), own.clone()), None));
            }
            (_, Expr::Call(Functor::Build, parts)) => {
                let Opened::Fields(shape, _) = opened(given) else { return self.asked.push((kind, own.clone(), given)) };
                let fields = match opened(own) {
                    Opened::Fields(other, fields) if other == shape => fields,
                    Opened::Fields(..) | Opened::Nil => {
                        self.never = true;
                        return;
                    }
                    Opened::Unknown => {
                        self.shapes.push(equal(Kind::Number, is_of(&shape, own), number(1)));
                        fields_of(&shape, own)
                    }
                };
                for ((field, part), kind) in fields.iter().zip(&parts[1..]).zip(shape.kinds.iter()) {
                    self.meet(field, part, *kind);
                }
            }
            _ => self.asked.push((kind, own.clone(), given)),
        }
    }
}

/// Of a definition some of which may have no value: there is no way in which it gives the row, which is counted. What has no value there
/// is a fault, and gives no row.
fn none(atom: &Atom, kinds: &[Kind], definition: &Definition, vars: Vec<Var>, place: Span) -> Denied {
    let mut group = BTreeSet::new();
    atom.each_var(&mut |v| {
        group.insert(v);
    });
    let never = |vars| Denied { known: Vec::new(), conditions: None, vars };
    let Some((literals, mut made)) = positive(atom, kinds, definition, vars.clone()) else { return never(vars) };
    let placed = literals.into_iter().map(|(literal, own)| Placed::new(&literal, own.unwrap_or(place))).collect();
    let Some(body) = solve::solved(placed, &mut made, &group, &group) else { return never(vars) };
    let result = fresh(&mut made, Var { name: "_1".to_string(), kind: Kind::Number, optional: false });
    let (body, places) = body.into_iter().map(|placed| (placed.literal, placed.place)).unzip();
    let count = Aggregate {
        fold: Fold::Count,
        result,
        target: None,
        body,
        places,
        group: group.into_iter().collect(),
        aside: Vec::new(),
    };
    let is_none = equal(Kind::Number, Expr::Var(result), number(0));
    Denied { known: vec![(Literal::Aggregate(count), None)], conditions: Some(vec![vec![(is_none, None)]]), vars: made }
}

/// Can a column of its head or a condition be without a value?
pub(super) fn can_fail(definition: &Definition) -> bool {
    let head = definition.head_terms.iter().any(|term| matches!(term, HeadTerm::Expr(expr) if expr.can_fail()));
    head || definition.body.iter().any(|literal| match literal {
        Literal::Atom(atom) | Literal::Not(atom) => atom.args.iter().any(|arg| matches!(arg, Arg::Term(expr) if expr.can_fail())),
        Literal::Compare { lhs, rhs, .. } => lhs.can_fail() || rhs.can_fail(),
        Literal::Holds { args, .. } => args.iter().any(Expr::can_fail),
        Literal::Range(range) => range.bounds().any(Expr::can_fail),
        // What fails within is left out there.
        Literal::Aggregate(_) => false,
    })
}

/// Variables of its body that no column of its head gives a value; the results of aggregates have one.
pub(super) fn has_new_variables(definition: &Definition) -> bool {
    let mut given = solve::given(&definition.head_terms);
    let results = definition.body.iter().filter_map(|literal| match literal {
        Literal::Aggregate(aggregate) => Some(aggregate.result),
        _ => None,
    });
    given.extend(results);
    let mut new = definition.body.iter().any(|literal| !ground::uses(literal).is_subset(&given));
    for term in &definition.head_terms {
        if let HeadTerm::Expr(expr) = term {
            expr.each_var(&mut |v| new |= !given.contains(&v));
        }
    }
    new
}

/// Holds where this condition does not. An aggregate is none, and stays.
fn opposite(literal: Literal) -> Literal {
    match literal {
        Literal::Atom(atom) => Literal::Not(atom),
        Literal::Not(atom) => Literal::Atom(atom),
        Literal::Compare { op, kind, lhs, rhs } => Literal::Compare { op: op.opposite(), kind, lhs, rhs },
        Literal::Holds { test, args, negated } => Literal::Holds { test, args, negated: !negated },
        Literal::Range(Range { kind, result, from, to, step }) => {
            let args = [Expr::Var(result), from, to].into_iter().chain(step).collect();
            let lhs = Expr::Call(Functor::IsInRange(kind), args);
            Literal::Compare { op: Compared::Ne, kind: Kind::Number, lhs, rhs: number(1) }
        }
        Literal::Aggregate(_) => literal,
    }
}
