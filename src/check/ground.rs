//! Which variables have a value: bound by a positive atom, by an aggregate, by a range, or by `=` with something that has a value.
//! A functor passes a value on only from its arguments: `x + 1 = y` does not bind `x`.

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
                    _ => bound.extend(arg.alone()),
                }
            }
        }
        Lit::Compare { op: Compared::Eq, lhs, rhs, .. } => {
            for (to, from) in [(lhs, rhs), (rhs, lhs)] {
                if let Some(slot) = to.alone()
                    && has_value(from, bound)
                {
                    bound.insert(slot);
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

fn has_value(term: &Term, bound: &BTreeSet<Slot>) -> bool {
    match &term.form {
        Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => bound.contains(slot),
        Form::Call(_, args) => args.iter().all(|arg| has_value(arg, bound)),
        Form::As(inner, _) => has_value(inner, bound),
        // An aggregate's variables are its own affair.
        Form::Aggregate(_) => true,
        Form::Any | Form::Absent | Form::Integer(_) | Form::Unsigned(_) | Form::Float(_) | Form::Text(_) | Form::Broken => true,
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
    for lit in lits {
        lit.terms().into_iter().for_each(|term| term.each_slot(&mut look));
    }
    outputs.into_iter().for_each(|term| term.each_slot(&mut look));
    for lit in lits {
        if let Lit::Aggregate { group, of, .. } = lit {
            level(&of.body, &of.target, &group.iter().copied().collect(), loose);
        }
    }
}
