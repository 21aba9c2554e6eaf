//! Faults: for each functor in a rule that can be without a value, a pipeline that finds when it is.
//!
//! A failing expression faults its rule for every assignment under which all literals hold that do not depend on it: not those that
//! hold it, and not those that use a variable which only these could have bound. Inside an aggregate the rest of the
//! aggregate's body counts, and of the outer body what does not depend on the result. So a fault follows from the text of a rule and
//! never from the order in which it is evaluated.

mod source;

use super::build::{Builder, Flattener, Flow, Goal};
use super::node::{Made, NodeId};
use super::order::bindable;
use crate::expr::Expr;
use crate::program::{Aggregate, Arg, HeadTerm, Literal, Rule};
use crate::types::{Value, VarId};
use source::Source;
use std::collections::BTreeSet;

/// Rule id, fault code, relation, key, agency.
pub(super) const FAULT_COLUMNS: usize = 5;

/// A call that can fail, and the literals that do not hold it; not all of these may be known to do without it.
struct Occurrence<'r> {
    call: &'r Expr<VarId>,
    others: Vec<&'r Literal>,
}

/// One node with every fault of the rules that are planned; `None` if no expression in them can fail.
pub(super) fn faults(builder: &mut Builder) -> Option<NodeId> {
    let program = builder.program;
    let mut found = Vec::new();
    for rule in &program.rules {
        if !builder.is_needed(rule.head) {
            continue;
        }
        found.extend(occurrences(rule).iter().filter_map(|occurrence| pipeline(builder, rule, occurrence)));
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        return None;
    }
    let all = builder.draft.concat(found);
    Some(builder.distinct(all))
}

fn pipeline(builder: &mut Builder, rule: &Rule, occurrence: &Occurrence) -> Option<NodeId> {
    let Expr::Call(functor, _) = occurrence.call else { unreachable!("only calls fail") };
    let code = functor.fault_code()?;
    let mut flattener = Flattener::of(builder.program, rule);
    let (literals, bound) = independent(&occurrence.others, &flattener);
    let mut reachable = true;
    occurrence.call.each_var(&mut |v| reachable &= bound.contains(&v));
    if !reachable {
        // Only the failing literal itself could give it its arguments: there is no instance to speak of.
        return None;
    }
    let mut literals: Vec<Literal> = literals.into_iter().cloned().collect();
    let source = Source::of(&mut literals, occurrence.call, &mut flattener);
    let mut goals = vec![Goal::Fails(occurrence.call.clone())];
    goals.extend(flattener.goals(&literals));
    let mut keep = BTreeSet::new();
    source.columns().for_each(|expr| {
        expr.each_var(&mut |v| {
            keep.insert(v);
        })
    });
    let mut flow = builder.body(Flow::unit(), goals, &keep);
    source.columns().for_each(|expr| flow.settle_for(&mut builder.draft, expr));
    let said = |text: &str| Made::Operand(Expr::Const(Value::symbol(text)));
    Some(flow.make(&mut builder.draft, FAULT_COLUMNS, |branch| {
        let place = source.columns().map(|expr| branch.made_of(expr));
        [said(&rule.id), said(code.name())].into_iter().chain(place).collect()
    }))
}

fn occurrences(rule: &Rule) -> Vec<Occurrence<'_>> {
    let body: Vec<&Literal> = rule.body.iter().collect();
    let mut found = Vec::new();
    for term in &rule.head_terms {
        if let HeadTerm::Expr(expr) = term {
            each_call(expr, &mut |call| found.push(Occurrence { call, others: body.clone() }));
        }
    }
    within_body(&[], &body, &mut found);
    found.iter_mut().for_each(|occurrence| occurrence.others.retain(|literal| !holds(literal, occurrence.call)));
    found
}

/// The same call twice in a body fails twice at once.
fn holds(literal: &Literal, call: &Expr<VarId>) -> bool {
    let mut found = false;
    each_call_of(literal, &mut |held| found |= held == call);
    found
}

/// Calls in the literals of one body; `outer` are the literals around the aggregate that it belongs to.
fn within_body<'r>(outer: &[&'r Literal], body: &[&'r Literal], found: &mut Vec<Occurrence<'r>>) {
    for (i, literal) in body.iter().enumerate() {
        let mut others = outer.to_vec();
        others.extend(body.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, literal)| *literal));
        match literal {
            Literal::Aggregate(aggregate) => within_aggregate(&others, aggregate, found),
            literal => each_call_of(literal, &mut |call| found.push(Occurrence { call, others: others.clone() })),
        }
    }
}

fn within_aggregate<'r>(outer: &[&'r Literal], aggregate: &'r Aggregate, found: &mut Vec<Occurrence<'r>>) {
    let inner: Vec<&Literal> = aggregate.body.iter().collect();
    if let Some(target) = &aggregate.target {
        let others: Vec<&Literal> = outer.iter().chain(&inner).copied().collect();
        each_call(target, &mut |call| found.push(Occurrence { call, others: others.clone() }));
    }
    within_body(outer, &inner, found);
}

fn each_call<'r>(expr: &'r Expr<VarId>, visit: &mut impl FnMut(&'r Expr<VarId>)) {
    if let Expr::Call(_, args) = expr {
        args.iter().for_each(|arg| each_call(arg, visit));
        if expr.can_fail_itself() {
            visit(expr);
        }
    }
}

fn each_call_of<'r>(literal: &'r Literal, visit: &mut impl FnMut(&'r Expr<VarId>)) {
    match literal {
        Literal::Atom(atom) | Literal::Not(atom) => atom.args.iter().for_each(|arg| {
            if let Arg::Term(expr) = arg {
                each_call(expr, visit);
            }
        }),
        Literal::Compare { lhs, rhs, .. } => {
            each_call(lhs, visit);
            each_call(rhs, visit);
        }
        Literal::Holds { args, .. } => args.iter().for_each(|arg| each_call(arg, visit)),
        Literal::Range(range) => range.bounds().for_each(|bound| each_call(bound, visit)),
        Literal::Aggregate(_) => {}
    }
}

/// The largest part of these literals that stands without the others, and what it binds.
fn independent<'r>(literals: &[&'r Literal], flattener: &Flattener) -> (Vec<&'r Literal>, BTreeSet<VarId>) {
    let mut kept = literals.to_vec();
    loop {
        let goals: Vec<Goal> = kept.iter().flat_map(|literal| flattener.scratch(literal)).collect();
        let bound = bindable(&goals);
        let before = kept.len();
        kept.retain(|literal| uses(literal).is_subset(&bound));
        if kept.len() == before {
            return (kept, bound);
        }
    }
}

/// Variables that must be bound for a literal to mean anything, whoever binds them.
fn uses(literal: &Literal) -> BTreeSet<VarId> {
    let mut used = BTreeSet::new();
    let mut add = |v: VarId| {
        used.insert(v);
    };
    match literal {
        Literal::Aggregate(aggregate) => aggregate.group.iter().for_each(|v| add(*v)),
        other => other.each_var(&mut add),
    }
    used
}
