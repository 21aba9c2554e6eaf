//! Which variables have a value: bound by a positive atom, by an aggregate, by a range, or by `=` with something that has a value.
//! A functor passes a value on only from its arguments: `x + 1 = y` does not bind `x`. A record or branch passes it on both ways: from
//! its fields, and to them where it is taken apart.

use super::clause::{Clause, Form, Lit, Slot, Term};
use super::report::{Report, say};
use crate::expr::Compared;
use crate::syntax::{Diagnostic, Span};
use std::collections::BTreeSet;

/// What the literals bind, given what is bound already.
pub(super) fn closure<'a>(lits: impl Iterator<Item = &'a Lit> + Clone, given: &BTreeSet<Slot>) -> BTreeSet<Slot> {
    let mut bound = given.clone();
    loop {
        let before = bound.len();
        for lit in lits.clone() {
            bind(lit, &mut bound);
        }
        if bound.len() == before {
            return bound;
        }
    }
}

fn bind(lit: &Lit, bound: &mut BTreeSet<Slot>) {
    match lit {
        Lit::Atom(atom) => {
            for arg in &atom.args {
                match &arg.form {
                    Form::Capture(slot) | Form::Else(slot, _) => {
                        bound.insert(*slot);
                    }
                    _ => taken_apart(arg, bound),
                }
            }
        }
        Lit::Compare { op: Compared::Eq, lhs, rhs, .. } => {
            for (to, from) in [(lhs, rhs), (rhs, lhs)] {
                if has_value(from, bound) {
                    taken_apart(to, bound);
                }
            }
        }
        Lit::Aggregate { result, .. } => {
            bound.insert(*result);
        }
        Lit::Range { result, call, .. } => {
            if has_value(call, bound) {
                bound.insert(*result);
            }
        }
        Lit::Compare { .. } | Lit::Not(_) | Lit::Holds { .. } => {}
    }
}

/// Binds what takes its value from a value that is there: a variable, and within records and branches each of them.
pub(super) fn taken_apart(term: &Term, bound: &mut BTreeSet<Slot>) {
    match &term.form {
        Form::Record(fields) | Form::Branch(_, fields) => fields.iter().for_each(|field| taken_apart(field, bound)),
        Form::As(inner, _) if inner.is_structure() => taken_apart(inner, bound),
        _ => bound.extend(term.alone()),
    }
}

/// How each literal is read: from left to right on the first occasion at which one side has a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// Both sides are computed and compared, or it is no equation.
    Plain,
    /// The left side is taken apart by the value of the right one.
    Left,
    Right,
}

/// Of each literal which side of it is taken apart, if one is a record or branch.
pub(super) fn ways(lits: &[Lit], given: &BTreeSet<Slot>) -> Vec<Way> {
    let mut ways = vec![None; lits.len()];
    let mut bound = given.clone();
    loop {
        let before = (bound.len(), ways.iter().flatten().count());
        for (lit, way) in lits.iter().zip(&mut ways) {
            match lit {
                Lit::Compare { op: Compared::Eq, lhs, rhs, .. } if way.is_none() => {
                    *way = match (has_value(lhs, &bound), has_value(rhs, &bound)) {
                        (true, true) => Some(Way::Plain),
                        (false, true) => Some(Way::Left),
                        (true, false) => Some(Way::Right),
                        (false, false) => None,
                    };
                    bind(lit, &mut bound);
                }
                // What comes into it first must be there.
                Lit::Aggregate { group, .. } if !group.iter().all(|slot| bound.contains(slot)) => {}
                lit => bind(lit, &mut bound),
            }
        }
        if before == (bound.len(), ways.iter().flatten().count()) {
            return ways.into_iter().map(|way| way.unwrap_or(Way::Plain)).collect();
        }
    }
}

fn has_value(term: &Term, bound: &BTreeSet<Slot>) -> bool {
    match &term.form {
        Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => bound.contains(slot),
        Form::Call(_, args) | Form::Record(args) | Form::Branch(_, args) => args.iter().all(|arg| has_value(arg, bound)),
        Form::As(inner, _) => has_value(inner, bound),
        // An aggregate's variables are its own affair.
        Form::Aggregate(_) => true,
        // Only within a record or branch: it takes any value and has none.
        Form::Any => false,
        Form::Absent | Form::Nil | Form::Integer(_) | Form::Unsigned(_) | Form::Float(_) | Form::Text(_) | Form::Broken => true,
    }
}

/// Reports every `_` within a record or branch that is not taken apart there.
pub(super) fn wilds(clause: &Clause, given: &BTreeSet<Slot>, report: &mut Report) {
    let mut open = Vec::new();
    clause
        .head_terms
        .iter()
        .filter(|term| !matches!(term.form, Form::Any) && term.holds_wild())
        .for_each(|term| open.push(term.span));
    level_wilds(&clause.body, given, &mut open);
    for span in open {
        let message = say("a record or branch with `_` in it has no value here", "含 `_` 的记录或分支在此没有值");
        let help = say(
            "write the value in place of `_`; it may stand where a known value is taken apart",
            "请写出值；`_` 只能用于拆解已知的值",
        );
        report.add(Diagnostic::error("E0276", span, message).help(help));
    }
}

fn level_wilds(lits: &[Lit], given: &BTreeSet<Slot>, open: &mut Vec<Span>) {
    for (lit, way) in lits.iter().zip(ways(lits, given)) {
        let sides = lit.terms().into_iter().enumerate().filter(|(i, term)| match lit {
            Lit::Atom(_) | Lit::Not(_) => within_call(term),
            Lit::Compare { .. } => {
                term.holds_wild() && !matches!((way, i), (Way::Left, 0) | (Way::Right, 1)) || within_call(term)
            }
            Lit::Holds { .. } | Lit::Aggregate { .. } | Lit::Range { .. } => term.holds_wild(),
        });
        open.extend(sides.map(|(_, term)| term.span));
        if let Lit::Aggregate { group, of, .. } = lit {
            open.extend(of.target.iter().filter(|target| target.holds_wild()).map(|target| target.span));
            level_wilds(&of.body, &group.iter().copied().collect(), open);
        }
    }
}

/// Does a `_` stand in what is computed?
fn within_call(term: &Term) -> bool {
    match &term.form {
        Form::Call(_, args) => args.iter().any(Term::holds_wild),
        Form::Record(args) | Form::Branch(_, args) => args.iter().any(within_call),
        Form::As(inner, _) => within_call(inner),
        _ => false,
    }
}

/// Reports every variable that is used without a value, once in each clause. `given`: those that have one whatever the body says.
pub(super) fn check(clause: &mut Clause, given: &BTreeSet<Slot>, report: &mut Report) {
    let mut loose = Vec::new();
    let given = given.iter().chain(&clause.counters).copied().collect();
    level(&clause.body, &clause.head_terms, &given, &mut loose);
    for (slot, span) in loose {
        if !clause.report_once(slot) {
            continue;
        }
        let name = clause.slot_name(slot);
        let message = say(format!("nothing gives `{name}` a value"), format!("变量 `{name}` 没有来源"));
        let help = say(
            format!("let `{name}` stand alone in a column of a positive atom, or write `{name} = …` with known values"),
            format!("请让 `{name}` 单独出现在肯定原子的一列中，或用已知的值写 `{name} = …`"),
        );
        report.add(Diagnostic::error("E0290", span, message).help(help));
    }
}

fn level<'a>(
    lits: &'a [Lit],
    outputs: impl IntoIterator<Item = &'a Term>,
    given: &BTreeSet<Slot>,
    loose: &mut Vec<(Slot, Span)>,
) {
    let bound = closure(lits.iter(), given);
    let mut look = |slot: Slot, span: Span| {
        if !bound.contains(&slot) {
            loose.push((slot, span));
        }
    };
    // The head first, as it is written: a variable is told where it first stands.
    outputs.into_iter().for_each(|term| term.each_slot(&mut look));
    for lit in lits {
        lit.terms().into_iter().for_each(|term| term.each_slot(&mut look));
    }
    for lit in lits {
        if let Lit::Aggregate { group, of, .. } = lit {
            level(&of.body, &of.target, &group.iter().copied().collect(), loose);
        }
    }
}
