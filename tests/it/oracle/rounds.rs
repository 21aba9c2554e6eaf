//! Of a stratum not all rows that its rules give: choices, subsumptions, numbers and limits, round by round as they are defined.

use super::faults::grounded;
use super::naive::{Env, Model, Rows, derive_from, solve, value};
use huiyan::program::{Arg, Atom, Literal, Program, Rule, Stratum, read_by};
use huiyan::types::{RelId, Row, RuleIx, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers that were given out so far.
#[derive(Default)]
pub struct Numbers(i64);

/// Does the stratum keep all rows, and take no numbers?
pub fn is_plain(program: &Program, stratum: &Stratum) -> bool {
    let kept = |id: &RelId| !program.choices.contains_key(id) && !is_subsumed(program, *id) && !program.limits.contains_key(id);
    stratum.relations.iter().all(kept) && stratum.rules.iter().all(|ix| !program.counters.contains_key(ix))
}

fn is_subsumed(program: &Program, id: RelId) -> bool {
    program.subsumptions.iter().any(|rule| rule.head == id)
}

struct Rounds<'a> {
    program: &'a Program,
    stratum: &'a Stratum,
    inputs: &'a BTreeMap<RelId, Rows>,
    /// Rows of the rules that read nothing of the stratum, by rule.
    base: BTreeMap<RuleIx, Rows>,
    /// All rows of a round, or those that a choice kept.
    rows: BTreeMap<RelId, Rows>,
}

/// So many rounds are enough for what the tests do, if it ends.
const ROUNDS: usize = 500;

pub fn evaluate(program: &Program, stratum: &Stratum, inputs: &BTreeMap<RelId, Rows>, numbers: &mut Numbers, model: &mut Model) {
    let reads = |ix: &RuleIx| {
        let mut read = Vec::new();
        read_by(&program.rules[ix.index()].body, &mut read);
        read.iter().any(|id| stratum.relations.contains(id))
    };
    let (again, first): (Vec<RuleIx>, Vec<RuleIx>) = stratum.rules.iter().partition(|ix| reads(ix));
    let mut base = BTreeMap::new();
    for ix in first {
        base.insert(ix, fired(program, ix, model, numbers));
    }
    let mut rounds = Rounds { program, stratum, inputs, base, rows: BTreeMap::new() };
    rounds.rows = rounds.beginning();
    for round in 0.. {
        assert!(round < ROUNDS, "a loop does not stand still");
        rounds.show(model);
        let is_full = |id: &RelId| {
            let rows = model.relations[id.index()].len() as u64;
            rows > 0 && program.limits.get(id).is_some_and(|limit| rows >= *limit)
        };
        if stratum.relations.iter().any(is_full) || !rounds.go_on(&again, model) {
            break;
        }
    }
    rounds.derive_again(model);
}

/// The rows of a rule, its firings numbered.
fn fired(program: &Program, ix: RuleIx, model: &Model, numbers: &mut Numbers) -> Rows {
    let rule = &program.rules[ix.index()];
    let mut rows = Rows::new();
    let Some(counters) = program.counters.get(&ix) else {
        derive_from(program, rule, &rule.body.iter().collect::<Vec<_>>(), &vec![None; rule.vars.len()], model, &mut |row| {
            rows.insert(row);
        });
        return rows;
    };
    let literals: Vec<&Literal> = rule.body.iter().collect();
    let early = grounded(&literals);
    let late: Vec<&Literal> = literals.into_iter().filter(|one| !early.iter().any(|other| std::ptr::eq(*one, *other))).collect();
    let mut firings: BTreeSet<Env> = BTreeSet::new();
    solve(&early, &mut vec![None; rule.vars.len()], model, &mut |env| {
        firings.insert(env.clone());
    });
    for mut env in firings {
        for counter in counters {
            env[counter.index()] = Some(Value::Number(numbers.0));
            numbers.0 += 1;
        }
        derive_from(program, rule, &late, &env, model, &mut |row| {
            rows.insert(row);
        });
    }
    rows
}

impl Rounds<'_> {
    fn given(&self, id: RelId) -> Rows {
        self.inputs.get(&id).cloned().unwrap_or_default()
    }

    fn facts(&self, id: RelId) -> Vec<Row> {
        self.program.facts.iter().filter(|(head, _)| *head == id).map(|(_, row)| row.clone()).collect()
    }

    /// Rows of the first round.
    fn beginning(&self) -> BTreeMap<RelId, Rows> {
        let mut first = Rounds { rows: BTreeMap::new(), base: self.base.clone(), ..*self };
        for &id in &self.stratum.relations {
            first.rows.insert(id, self.given(id));
            self.facts(id).iter().for_each(|fact| first.add(id, fact));
        }
        for (ix, rows) in &self.base {
            rows.iter().for_each(|row| first.add(self.program.rules[ix.index()].head, row));
        }
        first.rows
    }

    /// Adds a row, unless a choice leaves it out.
    fn add(&mut self, id: RelId, row: &Row) {
        let there = self.rows.entry(id).or_default();
        let domains = self.program.choices.get(&id).cloned().unwrap_or_default();
        let agrees = |domain: &Vec<usize>| there.iter().any(|other| domain.iter().all(|column| other[*column] == row[*column]));
        if !domains.iter().any(agrees) {
            there.insert(row.clone());
        }
    }

    /// What rules read: of all rows those that no other dominates.
    fn show(&self, model: &mut Model) {
        for (id, rows) in &self.rows {
            model.relations[id.index()] = rows.clone();
        }
        let dominated: Vec<(RelId, Rows)> = self.rows.keys().map(|id| (*id, dominated(self.program, *id, model))).collect();
        for (id, rows) in dominated {
            model.relations[id.index()].retain(|row| !rows.contains(row));
        }
    }

    /// One round; false if it brings nothing. Rows that were dropped are not read, and others go on being dropped for them.
    fn go_on(&mut self, rules: &[RuleIx], model: &Model) -> bool {
        let before = self.rows.clone();
        for ix in rules {
            let rule = &self.program.rules[ix.index()];
            fired(self.program, *ix, model, &mut Numbers::default()).iter().for_each(|row| self.add(rule.head, row));
        }
        self.rows != before
    }

    /// Relations that read rows which were dropped later, once more from those that stayed.
    fn derive_again(&self, model: &mut Model) {
        let program = self.program;
        let relations = &self.stratum.relations;
        let is_cut = relations.iter().any(|id| program.limits.contains_key(id));
        if is_cut || !relations.iter().any(|id| is_subsumed(program, *id)) {
            return;
        }
        let is_rest = |id: &RelId| !is_subsumed(program, *id) && !program.choices.contains_key(id);
        let rest: BTreeSet<RelId> = relations.iter().copied().filter(is_rest).collect();
        for id in &rest {
            model.relations[id.index()] = self.given(*id);
            model.relations[id.index()].extend(self.facts(*id));
        }
        loop {
            let before = model.clone();
            for ix in self.stratum.rules.iter().filter(|ix| rest.contains(&program.rules[ix.index()].head)) {
                let rows = match self.base.get(ix) {
                    Some(rows) => rows.clone(),
                    None => fired(program, *ix, &before, &mut Numbers::default()),
                };
                model.relations[program.rules[ix.index()].head.index()].extend(rows);
            }
            if *model == before {
                return;
            }
        }
    }
}

/// Rows for which there is another one, of the same relation, that they are dropped for. Of two that would be dropped for each other the
/// lesser stays.
fn dominated(program: &Program, id: RelId, model: &Model) -> Rows {
    let mut pairs: BTreeSet<(Row, Row)> = BTreeSet::new();
    for rule in program.subsumptions.iter().filter(|rule| rule.head == id) {
        let (lesser, greater) = both(rule);
        let body: Vec<&Literal> = rule.body.iter().collect();
        solve(&body, &mut vec![None; rule.vars.len()], model, &mut |env| {
            let pair = (row_of(lesser, env), row_of(greater, env));
            if pair.0 != pair.1 {
                pairs.insert(pair);
            }
        });
    }
    let falls = |(row, other): &&(Row, Row)| other < row || !pairs.contains(&(other.clone(), row.clone()));
    pairs.iter().filter(falls).map(|(row, _)| row.clone()).collect()
}

fn both(rule: &Rule) -> (&Atom, &Atom) {
    let own: Vec<&Atom> = rule
        .body
        .iter()
        .filter_map(|literal| match literal {
            Literal::Atom(atom) if atom.relation == rule.head => Some(atom),
            _ => None,
        })
        .collect();
    (own[0], own[1])
}

fn row_of(atom: &Atom, env: &Env) -> Row {
    let cell = |arg: &Arg| match arg {
        Arg::Term(expr) => value(expr, env).expect("it was compared"),
        Arg::Capture(v) => env[v.index()].clone().expect("it is bound"),
        Arg::Absent => Value::Absent,
        Arg::Any | Arg::Else(..) => panic!("a subsumption names every column of its rows"),
    };
    Row::new(atom.args.iter().map(cell).collect())
}
