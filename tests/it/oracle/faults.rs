//! Faults by their definition: a failing expression faults its rule for every assignment under which all literals hold that do not
//! depend on it.

use super::arithmetic::Failure;
use super::naive::{Model, solve, value};
use huiyan::expr::{Compared, Expr, FaultCode};
use huiyan::program::{Aggregate, Arg, Atom, HeadTerm, Literal, Program, Rule};
use huiyan::types::{Value, VarId};
use std::collections::BTreeSet;

type Fault = [String; 5];

/// Every fault of one rule over a finished model.
pub fn collect(program: &Program, rule: &Rule, model: &Model) -> Vec<Fault> {
    let mut faults = Vec::new();
    let whole: Vec<&Literal> = rule.body.iter().collect();
    for term in &rule.head_terms {
        if let HeadTerm::Expr(expr) = term {
            each_call(expr, &mut |call| one(program, rule, model, &whole, call, &mut faults));
        }
    }
    for i in 0..rule.body.len() {
        let others = || without(&whole, i);
        match &rule.body[i] {
            Literal::Aggregate(aggregate) => inside(program, rule, model, &others(), aggregate, &mut faults),
            literal => each_call_of(literal, &mut |call| one(program, rule, model, &others(), call, &mut faults)),
        }
    }
    faults
}

/// Failing expressions inside an aggregate: the outer literals that hold without it, and the inner ones.
fn inside<'a>(
    program: &Program,
    rule: &'a Rule,
    model: &Model,
    outer: &[&'a Literal],
    aggregate: &'a Aggregate,
    faults: &mut Vec<Fault>,
) {
    let inner: Vec<&Literal> = aggregate.body.iter().collect();
    let together = |inner: Vec<&'a Literal>| outer.iter().copied().chain(inner).collect::<Vec<_>>();
    if let Some(target) = &aggregate.target {
        each_call(target, &mut |call| one(program, rule, model, &together(inner.clone()), call, faults));
    }
    for i in 0..inner.len() {
        let others = together(without(&inner, i));
        match inner[i] {
            Literal::Aggregate(nested) => inside(program, rule, model, &others, nested, faults),
            literal => each_call_of(literal, &mut |call| one(program, rule, model, &others, call, faults)),
        }
    }
}

/// Does a literal stand or fall with the same call?
fn mentions(literal: &Literal, call: &Expr<VarId>) -> bool {
    let mut equal = false;
    each_call_of(literal, &mut |found| equal = equal || found == call);
    equal
}

fn without<'a>(body: &[&'a Literal], i: usize) -> Vec<&'a Literal> {
    body.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, literal)| *literal).collect()
}

fn each_call(expr: &Expr<VarId>, visit: &mut impl FnMut(&Expr<VarId>)) {
    if let Expr::Call(functor, args) = expr {
        args.iter().for_each(|arg| each_call(arg, visit));
        if functor.can_fail() {
            visit(expr);
        }
    }
}

fn each_call_of(literal: &Literal, visit: &mut impl FnMut(&Expr<VarId>)) {
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

/// The faults of one call, given the literals beside the one in which it was found.
fn one(program: &Program, rule: &Rule, model: &Model, others: &[&Literal], call: &Expr<VarId>, faults: &mut Vec<Fault>) {
    let without_it: Vec<&Literal> = others.iter().copied().filter(|literal| !mentions(literal, call)).collect();
    let body = grounded(&without_it);
    let ground = variables_bound(&body);
    let mut reachable = true;
    call.each_var(&mut |v| reachable &= ground.contains(&v));
    if !reachable {
        return;
    }
    let Expr::Call(_, args) = call else { return };
    let record = first_record(program, &body, call);
    solve(&body, &mut vec![None; rule.vars.len()], model, &mut |env| {
        if args.iter().any(|arg| value(arg, env).is_err()) {
            return;
        }
        let Err(Failure(code)) = value(call, env) else { return };
        for [relation, key, agency] in sources(program, model, record, env) {
            faults.push([rule.id.clone(), code_name(code), relation, key, agency]);
        }
    });
}

fn code_name(code: FaultCode) -> String {
    code.name().to_string()
}

/// The largest part of these literals that can be evaluated without the failing one.
pub fn grounded<'a>(literals: &[&'a Literal]) -> Vec<&'a Literal> {
    let mut kept = literals.to_vec();
    loop {
        let bound = variables_bound(&kept);
        let before = kept.len();
        kept.retain(|literal| needs(literal).is_subset(&bound));
        if kept.len() == before {
            return kept;
        }
    }
}

/// Variables that a literal uses without binding them.
fn needs(literal: &Literal) -> BTreeSet<VarId> {
    let mut vars = BTreeSet::new();
    let mut add = |v| {
        vars.insert(v);
    };
    match literal {
        Literal::Atom(atom) => atom.args.iter().for_each(|arg| {
            if let Arg::Term(expr @ Expr::Call(..)) = arg {
                expr.each_var(&mut add);
            }
        }),
        Literal::Aggregate(aggregate) => aggregate.group.iter().for_each(|v| add(*v)),
        Literal::Range(range) => range.bounds().for_each(|bound| bound.each_var(&mut add)),
        other => other.each_var(&mut add),
    }
    vars
}

/// What positive atoms, aggregates and `=` bind among these literals.
fn variables_bound(literals: &[&Literal]) -> BTreeSet<VarId> {
    let mut bound = BTreeSet::new();
    loop {
        let before = bound.len();
        for literal in literals {
            match literal {
                Literal::Atom(atom) => atom.args.iter().for_each(|arg| match arg {
                    Arg::Term(Expr::Var(v)) | Arg::Else(v, _) | Arg::Capture(v) => {
                        bound.insert(*v);
                    }
                    _ => {}
                }),
                Literal::Aggregate(aggregate) if aggregate.group.iter().all(|v| bound.contains(v)) => {
                    bound.insert(aggregate.result);
                }
                Literal::Range(range) => {
                    let mut all = true;
                    range.bounds().for_each(|end| end.each_var(&mut |v| all &= bound.contains(&v)));
                    if all {
                        bound.insert(range.result);
                    }
                }
                Literal::Compare { op: Compared::Eq, lhs, rhs, .. } => {
                    for (one, other) in [(lhs, rhs), (rhs, lhs)] {
                        let mut all = true;
                        other.each_var(&mut |v| all &= bound.contains(&v));
                        if let (true, Expr::Var(v)) = (all, one) {
                            bound.insert(*v);
                        }
                    }
                }
                _ => {}
            }
        }
        if bound.len() == before {
            return bound;
        }
    }
}

fn first_record<'a>(program: &Program, body: &[&'a Literal], call: &Expr<VarId>) -> Option<&'a Atom> {
    let mut used = BTreeSet::new();
    call.each_var(&mut |v| {
        used.insert(v);
    });
    body.iter().find_map(|literal| match literal {
        Literal::Atom(atom) if program.relation(atom.relation).record.is_some() => {
            let binds = atom.args.iter().any(|arg| match arg {
                Arg::Term(Expr::Var(v)) | Arg::Else(v, _) | Arg::Capture(v) => used.contains(v),
                _ => false,
            });
            binds.then_some(atom)
        }
        _ => None,
    })
}

/// Relation, key and agency of every row of the record that this assignment is about.
fn sources(program: &Program, model: &Model, record: Option<&Atom>, env: &[Option<Value>]) -> Vec<[String; 3]> {
    let Some(atom) = record else { return vec![Default::default()] };
    let relation = program.relation(atom.relation);
    let decl = relation.record.as_ref().expect("only record atoms are chosen");
    let rows = model.relations[atom.relation.index()].iter().filter(|row| super::naive::agrees(atom, row, env));
    rows.map(|row| {
        let key: Vec<String> = decl.key.iter().map(|c| row[*c].to_string()).collect();
        [relation.name.clone(), key.join("|"), decl.by.map_or(String::new(), |c| row[c].to_string())]
    })
    .collect()
}
