//! The judge: a naive evaluator of checked programs. It shares no code with planner or dataflow, not even arithmetic.
//!
//! Sets of rows of values; each stratum is evaluated again and again until nothing is new; each rule by trying every row of every atom.
//! Slow on purpose: what it does can be read off the definition of the language.

use super::arithmetic::{Failure, apply};
use super::rounds::{self, Numbers};
use huiyan::expr::{Compared, Expr, Fold};
use huiyan::program::{Aggregate, Arg, Atom, HeadTerm, Literal, Program, Rule};
use huiyan::types::{Kind, RelId, Row, Value, VarId};
use std::collections::{BTreeMap, BTreeSet};

pub type Rows = BTreeSet<Row>;

/// Rows of every relation, by index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub relations: Vec<Rows>,
    /// Rule, code, relation, key, agency.
    pub faults: BTreeSet<[String; 5]>,
}

pub type Env = Vec<Option<Value>>;

/// The stratified model of a program over rows of its inputs.
pub fn evaluate(program: &Program, inputs: &BTreeMap<RelId, Rows>) -> Model {
    let mut model = Model { relations: vec![Rows::new(); program.relations.len()], faults: BTreeSet::new() };
    for (id, rows) in inputs {
        model.relations[id.index()].extend(rows.iter().cloned());
    }
    for (id, row) in &program.facts {
        model.relations[id.index()].insert(row.clone());
    }
    let needed = program.behind(program.rel_ids().filter(|id| is_given_out(program, *id)));
    let mut numbers = Numbers::default();
    for stratum in &program.strata {
        if !rounds::is_plain(program, stratum) {
            // What no output needs takes no numbers.
            if stratum.relations.iter().any(|id| needed.contains(id)) {
                rounds::evaluate(program, stratum, inputs, &mut numbers, &mut model);
            }
            continue;
        }
        loop {
            let mut new = Vec::new();
            for ix in &stratum.rules {
                let rule = &program.rules[ix.index()];
                derive(program, rule, &model, &mut |row| {
                    if !model.relations[rule.head.index()].contains(&row) {
                        new.push((rule.head, row));
                    }
                });
            }
            if new.is_empty() {
                break;
            }
            for (head, row) in new {
                model.relations[head.index()].insert(row);
            }
        }
    }
    for rule in &program.rules {
        super::faults::collect(program, rule, &model).into_iter().for_each(|fault| {
            model.faults.insert(fault);
        });
    }
    model
}

fn is_given_out(program: &Program, id: RelId) -> bool {
    let relation = program.relation(id);
    !relation.outputs.is_empty() || relation.clue.is_some() || relation.printsize
}

fn derive(program: &Program, rule: &Rule, model: &Model, give: &mut impl FnMut(Row)) {
    let body: Vec<&Literal> = rule.body.iter().collect();
    derive_from(program, rule, &body, &vec![None; rule.vars.len()], model, give);
}

/// The heads of a rule for every way to extend an assignment so that these literals hold.
pub fn derive_from(program: &Program, rule: &Rule, body: &[&Literal], env: &Env, model: &Model, give: &mut impl FnMut(Row)) {
    let columns = &program.relation(rule.head).columns;
    solve(body, &mut env.clone(), model, &mut |env| {
        let values = rule.head_terms.iter().zip(columns).map(|(term, column)| match term {
            HeadTerm::Absent => Ok(Value::Absent),
            // The reserved value stands for absent where a column may be absent.
            HeadTerm::Expr(expr) => value(expr, env).map(|v| if column.optional && v.is_reserved() { Value::Absent } else { v }),
        });
        if let Ok(values) = values.collect::<Result<Vec<_>, _>>() {
            give(Row::new(values));
        }
    });
}

/// The value of an expression whose variables are bound.
pub fn value(expr: &Expr<VarId>, env: &Env) -> Result<Value, Failure> {
    match expr {
        Expr::Const(value) => Ok(value.clone()),
        Expr::Var(v) => Ok(env[v.index()].clone().expect("variables are bound before they are used")),
        Expr::Call(functor, args) => {
            let args = args.iter().map(|arg| value(arg, env)).collect::<Result<Vec<_>, _>>()?;
            apply(*functor, &args)
        }
    }
}

fn bound(expr: &Expr<VarId>, env: &Env) -> bool {
    let mut all = true;
    expr.each_var(&mut |v| all &= env[v.index()].is_some());
    all
}

fn as_var(expr: &Expr<VarId>) -> Option<VarId> {
    if let Expr::Var(v) = expr { Some(*v) } else { None }
}

/// Every assignment that satisfies all literals, in whatever order they become ready.
pub fn solve(body: &[&Literal], env: &mut Env, model: &Model, found: &mut dyn FnMut(&Env)) {
    let Some(next) = pick(body, env) else {
        assert!(body.is_empty(), "a checked rule always has a literal that is ready: {body:#?}");
        found(env);
        return;
    };
    let mut rest = body.to_vec();
    let literal = rest.remove(next);
    match literal {
        Literal::Atom(atom) => {
            for row in &model.relations[atom.relation.index()] {
                let before = env.clone();
                if matches(atom, row, env) {
                    solve(&rest, env, model, found);
                }
                *env = before;
            }
        }
        Literal::Not(atom) => {
            let failing = atom.args.iter().any(|arg| matches!(arg, Arg::Term(e) if value(e, env).is_err()));
            let present = model.relations[atom.relation.index()].iter().any(|row| matches(atom, row, &mut env.clone()));
            if !present && !failing {
                solve(&rest, env, model, found);
            }
        }
        Literal::Compare { op, lhs, rhs, .. } => compare(*op, lhs, rhs, &rest, env, model, found),
        Literal::Holds { test, args, negated } => {
            if let (Ok(a), Ok(b)) = (value(&args[0], env), value(&args[1], env))
                && test.holds(a.as_text().unwrap(), b.as_text().unwrap()) == Some(!negated)
            {
                solve(&rest, env, model, found);
            }
        }
        Literal::Range(range) => {
            let ends = range.bounds().map(|bound| value(bound, env)).collect::<Result<Vec<_>, _>>();
            for to in ends.iter().flat_map(|ends| super::arithmetic::range(ends)) {
                bind(range.result, to, &rest, env, model, found);
            }
        }
        Literal::Aggregate(aggregate) => {
            if let Some(result) = fold(aggregate, env, model) {
                bind(aggregate.result, result, &rest, env, model, found);
            }
        }
    }
}

fn bind(var: VarId, to: Value, rest: &[&Literal], env: &mut Env, model: &Model, found: &mut dyn FnMut(&Env)) {
    match &env[var.index()] {
        Some(present) if *present != to => {}
        Some(_) => solve(rest, env, model, found),
        None => {
            env[var.index()] = Some(to);
            solve(rest, env, model, found);
            env[var.index()] = None;
        }
    }
}

fn compare(
    op: Compared,
    lhs: &Expr<VarId>,
    rhs: &Expr<VarId>,
    rest: &[&Literal],
    env: &mut Env,
    model: &Model,
    found: &mut dyn FnMut(&Env),
) {
    let (free, other) = match (bound(lhs, env), bound(rhs, env)) {
        (true, true) => {
            if let (Ok(a), Ok(b)) = (value(lhs, env), value(rhs, env))
                && op.accepts(a.cmp(&b))
            {
                solve(rest, env, model, found);
            }
            return;
        }
        (false, _) => (lhs, rhs),
        (true, false) => (rhs, lhs),
    };
    if let Ok(to) = value(other, env) {
        bind(as_var(free).expect("only a variable alone is bound by ="), to, rest, env, model, found);
    }
}

/// Which literal to try now: whatever can be decided first, else the first atom that is ready.
fn pick(body: &[&Literal], env: &Env) -> Option<usize> {
    let ready = |literal: &&Literal| match literal {
        Literal::Atom(_) => false,
        Literal::Not(atom) => {
            let mut all = true;
            atom.each_var(&mut |v| all &= env[v.index()].is_some());
            all
        }
        Literal::Compare { op, lhs, rhs, .. } => match (bound(lhs, env), bound(rhs, env)) {
            (true, true) => true,
            (false, true) => *op == Compared::Eq && as_var(lhs).is_some(),
            (true, false) => *op == Compared::Eq && as_var(rhs).is_some(),
            (false, false) => false,
        },
        Literal::Holds { args, .. } => args.iter().all(|arg| bound(arg, env)),
        Literal::Range(range) => range.bounds().all(|end| bound(end, env)),
        Literal::Aggregate(aggregate) => aggregate.group.iter().all(|v| env[v.index()].is_some()),
    };
    body.iter().position(ready).or_else(|| {
        body.iter().position(|literal| match literal {
            Literal::Atom(atom) => {
                // What it computes may use what it binds itself.
                let binds =
                    |v| atom.args.iter().any(|arg| matches!(arg, Arg::Term(Expr::Var(own)) | Arg::Else(own, _) if *own == v));
                let mut ready = true;
                for arg in &atom.args {
                    if let Arg::Term(expr) = arg {
                        expr.each_var(&mut |v| ready &= env[v.index()].is_some() || binds(v));
                    }
                }
                ready
            }
            _ => false,
        })
    })
}

/// Does the row match; variables that were free are bound on the way.
fn matches(atom: &Atom, row: &Row, env: &mut Env) -> bool {
    // Variables first, so that an expression may use what the same atom binds.
    let (plain, computed): (Vec<_>, Vec<_>) =
        atom.args.iter().zip(row.values()).partition(|(arg, _)| !matches!(arg, Arg::Term(Expr::Call(..))));
    plain.into_iter().chain(computed).all(|(arg, cell)| match arg {
        Arg::Any => true,
        Arg::Absent => *cell == Value::Absent,
        Arg::Capture(v) => meet(*v, cell.clone(), env),
        Arg::Else(v, default) => meet(*v, if *cell == Value::Absent { default.clone() } else { cell.clone() }, env),
        Arg::Term(_) if *cell == Value::Absent => false,
        Arg::Term(Expr::Var(v)) => meet(*v, cell.clone(), env),
        Arg::Term(expr) => value(expr, env).is_ok_and(|value| value == *cell),
    })
}

fn meet(var: VarId, cell: Value, env: &mut Env) -> bool {
    match &env[var.index()] {
        Some(present) => *present == cell,
        None => {
            env[var.index()] = Some(cell);
            true
        }
    }
}

fn fold(aggregate: &Aggregate, env: &Env, model: &Model) -> Option<Value> {
    let mut vars = BTreeSet::new();
    aggregate.body.iter().for_each(|literal| {
        literal.each_var(&mut |v| {
            vars.insert(v);
        })
    });
    let mut inner = env.clone();
    // Its own variables are not seen outside, and what stands outside under their place does not count.
    vars.iter().filter(|v| !aggregate.group.contains(v)).for_each(|v| inner[v.index()] = None);
    let body: Vec<&Literal> = aggregate.body.iter().collect();
    let mut rows: BTreeMap<Vec<Option<Value>>, Value> = BTreeMap::new();
    solve(&body, &mut inner, model, &mut |env| {
        let key: Vec<Option<Value>> = own(aggregate).iter().map(|v| env[v.index()].clone()).collect();
        match &aggregate.target {
            None => {
                rows.insert(key, Value::Number(1));
            }
            Some(target) => {
                if let Ok(value) = value(target, env) {
                    rows.insert(key, value);
                }
            }
        }
    });
    let values: Vec<Value> = rows.into_values().collect();
    total(aggregate.fold, values)
}

/// Variables whose distinct assignments are counted: those of the body, but not those inside a nested aggregate.
fn own(aggregate: &Aggregate) -> BTreeSet<VarId> {
    let mut vars = BTreeSet::new();
    for literal in &aggregate.body {
        match literal {
            Literal::Aggregate(nested) => {
                vars.insert(nested.result);
                vars.extend(nested.group.iter().copied());
            }
            other => other.each_var(&mut |v| {
                vars.insert(v);
            }),
        }
    }
    // What is only there to be taken apart is no part of what is counted.
    vars.retain(|v| !aggregate.aside.contains(v));
    vars
}

fn total(fold: Fold, mut values: Vec<Value>) -> Option<Value> {
    values.sort();
    let floats = |values: &[Value]| values.iter().fold(0.0, |sum, v| if let Value::Float(x) = v { sum + x.get() } else { sum });
    match fold {
        Fold::Count => Some(Value::Number(values.len() as i64)),
        Fold::Sum(Kind::Float) => Some(Value::float(floats(&values))),
        Fold::Sum(Kind::Unsigned) => Some(Value::Unsigned(
            values.iter().fold(0u64, |sum, v| if let Value::Unsigned(x) = v { sum.wrapping_add(*x) } else { sum }),
        )),
        Fold::Sum(_) => Some(Value::Number(
            values.iter().fold(0i64, |sum, v| if let Value::Number(x) = v { sum.wrapping_add(*x) } else { sum }),
        )),
        Fold::Mean if values.is_empty() => None,
        Fold::Mean => Some(Value::float(floats(&values) / values.len() as f64)),
        Fold::Min(_) | Fold::Least(_) => values.into_iter().next(),
        Fold::Max(_) => values.into_iter().last(),
    }
}

/// Does the row match under an assignment that binds everything?
pub fn agrees(atom: &Atom, row: &Row, env: &[Option<Value>]) -> bool {
    matches(atom, row, &mut env.to_vec())
}
