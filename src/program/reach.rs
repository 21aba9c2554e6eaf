//! What one relation rests on: the rules that may take part in a row of it, and what they ask of the relations from outside.
//!
//! Constants are carried along: where a rule asks a relation for the rows of one kind, only the rules of that kind are behind it. What is
//! known of reference data (rows that come with the rules) and of facts is taken into account. Promises: nothing that may take part is left
//! out, but what lies behind a relation of `helpers`. Must not know: any pack's relations.

use super::{Aggregate, Arg, Atom, HeadTerm, Literal, Program, Rule};
use crate::expr::{Compared, Expr};
use crate::types::{RelId, Row, RuleIx, Value, VarId};
use std::collections::{BTreeMap, BTreeSet};

/// Columns of which the value is known.
pub type Known = BTreeMap<usize, Value>;
type Env = BTreeMap<VarId, Value>;

/// Rows of facts or reference data that are gone through one by one; a relation with more of them is taken as a whole.
const FACTS: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct Reached {
    pub rules: BTreeSet<RuleIx>,
    /// Of each relation from outside the columns that are looked at.
    pub columns: BTreeMap<RelId, BTreeSet<usize>>,
    /// And what its rows are asked for.
    pub asked: BTreeMap<RelId, BTreeSet<Known>>,
}

pub struct Reach<'p> {
    program: &'p Program,
    /// Rows that are there whatever is sent.
    data: &'p BTreeMap<RelId, Vec<Row>>,
    /// Relations whose rows are worked out for whoever asks: what is behind them belongs to nobody alone.
    helpers: &'p BTreeSet<RelId>,
}

impl<'p> Reach<'p> {
    pub fn new(program: &'p Program, data: &'p BTreeMap<RelId, Vec<Row>>, helpers: &'p BTreeSet<RelId>) -> Reach<'p> {
        Reach { program, data, helpers }
    }

    pub fn reached(&self, from: RelId) -> Reached {
        let mut found = Reached::default();
        let mut seen = BTreeSet::new();
        let mut todo = vec![(from, Known::new())];
        while let Some((id, known)) = todo.pop() {
            if !seen.insert((id, known.clone())) {
                continue;
            }
            if self.is_given(id) {
                found.asked.entry(id).or_default().insert(known);
                continue;
            }
            if self.helpers.contains(&id) {
                continue;
            }
            for (index, rule, env) in self.ways(id, &known) {
                found.rules.insert(index);
                each_atom(&rule.body, &mut |atom| {
                    self.look(atom, &mut found.columns);
                    todo.push((atom.relation, known_of(atom, &env)));
                });
            }
        }
        found
    }

    /// The values that a column may take, as far as rules, facts and reference data name them.
    pub fn values(&self, id: RelId, column: usize) -> BTreeSet<Value> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut todo = vec![(id, Known::new(), column)];
        while let Some((id, known, column)) = todo.pop() {
            if !seen.insert((id, known.clone(), column)) {
                continue;
            }
            found.extend(self.rows(id).filter(|row| fits(row, &known)).map(|row| row[column].clone()));
            for (_, rule, env) in self.ways(id, &known) {
                match &rule.head_terms[column] {
                    HeadTerm::Expr(Expr::Const(value)) => {
                        found.insert(value.clone());
                    }
                    HeadTerm::Expr(Expr::Var(v)) => match env.get(v) {
                        Some(value) => {
                            found.insert(value.clone());
                        }
                        None => todo.extend(origin(&rule.body, *v).map(|(atom, at)| (atom.relation, known_of(atom, &env), at))),
                    },
                    HeadTerm::Expr(Expr::Call(..)) | HeadTerm::Absent => {}
                }
            }
        }
        found
    }

    /// Comes it from outside?
    fn is_given(&self, id: RelId) -> bool {
        let relation = self.program.relation(id);
        relation.input.is_some() || relation.record.is_some() || relation.clock
    }

    /// Facts and reference data.
    fn rows(&self, id: RelId) -> impl Iterator<Item = &'p Row> {
        let facts = self.program.facts.iter().filter(move |(of, _)| *of == id).map(|(_, row)| row);
        facts.chain(self.data.get(&id).into_iter().flatten())
    }

    /// Does it hold facts and nothing else?
    fn is_listed(&self, id: RelId) -> bool {
        !self.is_given(id) && !self.program.rules.iter().any(|rule| rule.head == id)
    }

    fn look(&self, atom: &Atom, columns: &mut BTreeMap<RelId, BTreeSet<usize>>) {
        if self.is_given(atom.relation) {
            let looked = atom.args.iter().enumerate().filter(|(_, arg)| !matches!(arg, Arg::Any | Arg::Capture(_)));
            columns.entry(atom.relation).or_default().extend(looked.map(|(column, _)| column));
        }
    }

    /// Each rule that may give such rows, with what is then known of its variables.
    fn ways(&self, id: RelId, known: &Known) -> Vec<(RuleIx, &'p Rule, Env)> {
        let mut ways = Vec::new();
        for (index, rule) in self.program.rules.iter().enumerate().filter(|(_, rule)| rule.head == id) {
            let Some(env) = head(rule, known) else { continue };
            ways.extend(self.envs(rule, env).into_iter().map(|env| (RuleIx(index as u32), rule, env)));
        }
        ways
    }

    /// What may be known of a rule's variables: one for each combination of the facts that it reads.
    fn envs(&self, rule: &Rule, env: Env) -> Vec<Env> {
        let mut envs: Vec<Env> = settled(rule, env).into_iter().collect();
        for literal in &rule.body {
            let Literal::Atom(atom) = literal else { continue };
            if !self.is_listed(atom.relation) && !self.data.contains_key(&atom.relation) {
                continue;
            }
            let mut next = BTreeSet::new();
            for env in envs {
                let known = known_of(atom, &env);
                let rows: Vec<&Row> = self.rows(atom.relation).filter(|row| fits(row, &known)).take(FACTS + 1).collect();
                if rows.len() <= FACTS {
                    next.extend(rows.iter().filter_map(|row| settled(rule, with_row(atom, row, &env)?)));
                } else {
                    next.insert(env);
                }
            }
            envs = next.into_iter().collect();
        }
        envs
    }
}

/// `None`: the head of the rule never has these values.
fn head(rule: &Rule, known: &Known) -> Option<Env> {
    let mut env = Env::new();
    for (column, value) in known {
        match &rule.head_terms[*column] {
            HeadTerm::Expr(Expr::Const(own)) if own != value => return None,
            HeadTerm::Expr(Expr::Var(v)) if env.insert(*v, value.clone()).is_some_and(|before| before != *value) => return None,
            HeadTerm::Absent => return None,
            HeadTerm::Expr(_) => {}
        }
    }
    Some(env)
}

/// With what equations say; `None` where one of them, or an inequation, does not hold.
fn settled(rule: &Rule, mut env: Env) -> Option<Env> {
    loop {
        let before = env.len();
        for literal in &rule.body {
            let Literal::Compare { op, lhs, rhs, .. } = literal else { continue };
            let (left, right) = (value_of(lhs, &env), value_of(rhs, &env));
            match (op, left, right) {
                (Compared::Eq, Some(a), Some(b)) if a != b => return None,
                (Compared::Ne, Some(a), Some(b)) if a == b => return None,
                (Compared::Eq, Some(a), None) => learn(rhs, a, &mut env),
                (Compared::Eq, None, Some(b)) => learn(lhs, b, &mut env),
                _ => {}
            }
        }
        if env.len() == before {
            return Some(env);
        }
    }
}

fn learn(expr: &Expr<VarId>, value: Value, env: &mut Env) {
    if let Expr::Var(v) = expr {
        env.insert(*v, value);
    }
}

fn value_of(expr: &Expr<VarId>, env: &Env) -> Option<Value> {
    match expr {
        Expr::Const(value) => Some(value.clone()),
        Expr::Var(v) => env.get(v).cloned(),
        Expr::Call(..) => None,
    }
}

fn known_of(atom: &Atom, env: &Env) -> Known {
    let known = atom.args.iter().enumerate().filter_map(|(column, arg)| match arg {
        Arg::Term(expr) => Some((column, value_of(expr, env)?)),
        Arg::Absent => Some((column, Value::Absent)),
        Arg::Any | Arg::Else(..) | Arg::Capture(_) => None,
    });
    known.collect()
}

fn fits(row: &Row, known: &Known) -> bool {
    known.iter().all(|(column, value)| row[*column] == *value)
}

fn with_row(atom: &Atom, row: &Row, env: &Env) -> Option<Env> {
    let mut env = env.clone();
    for (arg, value) in atom.args.iter().zip(row.values()) {
        if let Arg::Term(Expr::Var(v)) = arg
            && env.insert(*v, value.clone()).is_some_and(|before| before != *value)
        {
            return None;
        }
    }
    Some(env)
}

/// Atoms, negated ones too and those inside aggregates.
fn each_atom<'r>(body: &'r [Literal], visit: &mut impl FnMut(&'r Atom)) {
    for literal in body {
        match literal {
            Literal::Atom(atom) | Literal::Not(atom) => visit(atom),
            Literal::Aggregate(Aggregate { body, .. }) => each_atom(body, visit),
            Literal::Compare { .. } | Literal::Holds { .. } | Literal::Range(_) => {}
        }
    }
}

/// Where a variable has its value from: a column of the first atom that has it. Whatever the others say, it is one of that column's.
fn origin(body: &[Literal], v: VarId) -> Option<(&Atom, usize)> {
    let mut atoms = body.iter().filter_map(|literal| if let Literal::Atom(atom) = literal { Some(atom) } else { None });
    atoms.find_map(|atom| {
        let at = atom.args.iter().position(|arg| matches!(arg, Arg::Term(Expr::Var(own)) if *own == v));
        at.map(|column| (atom, column))
    })
}
