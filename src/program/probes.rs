//! Probes: what cases leave untried. For each clause, and for each condition that only tests, a question to a history: did it ever
//! matter?
//!
//! A *clause* is one conjunction of a written rule, whatever its heads. It matters where its body holds. A literal *only tests* if all
//! variables of its clause have values without it; it matters where every other literal of the clause holds and it does not, so that
//! it alone keeps the clause silent. A `nil` only tests as well: it matters where the column holds a value and all else holds. An `else`
//! stands for two ways, each of which matters where the clause holds by it. The body of an aggregate is a clause of its own, together
//! with what of the literals around it does not depend on its result.
//!
//! Questions are rules over the relations of the program, each with a head without columns. The program itself is not changed, and what
//! it answers does not depend on whether it is asked. Must not know: how and over which histories the questions are evaluated.

use super::ground::{bound, independent, is_grounded, uses};
use super::text::literal_text;
use super::{Arg, Atom, HeadTerm, Io, Literal, Program, Relation, Rule, Stratum, Var};
use crate::expr::{Compared, Expr};
use crate::syntax::Span;
use crate::types::{RelId, RuleIx, VarId};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked of a history.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Asks {
    /// Does this clause ever hold?
    Clause,
    /// Does this aggregate ever take anything in?
    Aggregate,
    /// Does this literal alone ever keep its clause silent?
    Condition,
    /// Does the `nil` of this column alone ever do so?
    Nil { relation: RelId, column: usize },
    /// Does the clause ever hold with a value in this column, which has an `else`?
    Given { relation: RelId, column: usize },
    /// And with none, so that what stands after `else` is taken?
    Else { relation: RelId, column: usize },
}

#[derive(Clone, Debug)]
pub struct Probe {
    pub asks: Asks,
    /// A rule of the program that it is about; its clause may have come to several, for several heads.
    pub rule: RuleIx,
    pub place: Span,
    pub shown: Shown,
    /// Any of them answers with yes.
    ways: Vec<Way>,
}

/// How people are shown what a probe is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shown {
    /// As it was written, in pieces; each with whether a `!` stands before it.
    Written(Vec<(Span, bool)>),
    Text(String),
}

#[derive(Clone, Debug)]
struct Way {
    body: Vec<Literal>,
    vars: Vec<Var>,
}

/// Every probe of the rules that these relations depend on, in written order.
pub fn probes(program: &Program, of: impl IntoIterator<Item = RelId>) -> Vec<Probe> {
    let behind = program.behind(of);
    let mut making = Making { program, found: Vec::new(), known: BTreeMap::new() };
    for (index, rule) in program.rules.iter().enumerate() {
        // Numbers of `autoinc()` come from all firings at once: what one condition does to them is no question of one rule.
        let is_numbered = program.counters.contains_key(&RuleIx(index as u32));
        if behind.contains(&rule.head) && is_written(program, rule) && !is_numbered {
            making.rule(RuleIx(index as u32), rule);
        }
    }
    let mut found = making.found;
    name_clauses(program, &mut found);
    found.sort_by_key(|probe| (probe.place.file, probe.place.start, probe.asks));
    found
}

/// What fills `clue` nobody wrote, and no case need try it: such a rule stands where its clue relation is declared.
fn is_written(program: &Program, rule: &Rule) -> bool {
    !program.relations.iter().any(|relation| relation.clue.is_some() && relation.span == rule.span)
}

/// The program with these probes as its only outputs, and the relation of each.
pub fn asking(program: &Program, probes: &[Probe]) -> (Program, Vec<RelId>) {
    let mut asking = program.clone();
    for relation in &mut asking.relations {
        (relation.outputs, relation.printsize, relation.clue) = (Vec::new(), false, None);
    }
    let mut ids = Vec::new();
    for probe in probes {
        let id = RelId(asking.relations.len() as u32);
        asking.relations.push(hidden(id, probe));
        let first = asking.rules.len();
        asking.rules.extend(probe.ways.iter().map(|way| question(id, probe, way, &program.rules[probe.rule.index()])));
        let rules = (first..asking.rules.len()).map(|index| RuleIx(index as u32)).collect();
        asking.strata.push(Stratum { relations: vec![id], rules, recursive: false });
        ids.push(id);
    }
    (asking, ids)
}

fn hidden(id: RelId, probe: &Probe) -> Relation {
    Relation {
        name: format!("?{}", id.0),
        columns: Vec::new(),
        input: None,
        outputs: vec![Io::default()],
        printsize: false,
        record: None,
        clue: None,
        clock: false,
        span: probe.place,
    }
}

fn question(head: RelId, probe: &Probe, way: &Way, of: &Rule) -> Rule {
    Rule {
        id: of.id.clone(),
        named: of.named,
        basis: None,
        head,
        head_terms: Vec::new(),
        body: way.body.clone(),
        places: vec![probe.place; way.body.len()],
        vars: way.vars.clone(),
        text: String::new(),
        span: probe.place,
    }
}

/// What makes two probes one: the written rule, the question, and the places of what it is about.
type Same = (Span, Asks, Vec<Span>);

struct Making<'p> {
    program: &'p Program,
    found: Vec<Probe>,
    known: BTreeMap<Same, usize>,
}

/// A body under work: what stands around it and holds, and the variables that whoever reads it needs.
struct Level<'r> {
    rule: (RuleIx, &'r Rule),
    around: Vec<Literal>,
    body: &'r [Literal],
    places: &'r [Span],
    outputs: BTreeSet<VarId>,
}

impl Making<'_> {
    fn rule(&mut self, index: RuleIx, rule: &Rule) {
        let mut outputs = BTreeSet::new();
        for term in &rule.head_terms {
            if let HeadTerm::Expr(expr) = term {
                expr.each_var(&mut |v| {
                    outputs.insert(v);
                });
            }
        }
        let pieces = rule.places.iter().zip(&rule.body).map(|(place, literal)| (*place, is_negated(literal)));
        let shown = Shown::Written(pieces.collect());
        self.ask(Asks::Clause, (index, rule), rule.places.clone(), shown, rule.body.clone(), rule.vars.clone());
        let level = Level { rule: (index, rule), around: Vec::new(), body: &rule.body, places: &rule.places, outputs };
        self.level(&level);
    }

    fn level(&mut self, level: &Level) {
        for (i, literal) in level.body.iter().enumerate() {
            let others = level.body.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, literal)| literal.clone());
            let rest: Vec<Literal> = level.around.iter().cloned().chain(others).collect();
            let place = level.places[i];
            if let Literal::Aggregate(aggregate) = literal {
                let around = independent(&rest, aggregate.result);
                let body: Vec<Literal> = around.iter().chain(&aggregate.body).cloned().collect();
                self.ask(Asks::Aggregate, level.rule, vec![place], written(place), body, level.rule.1.vars.clone());
                let mut outputs = BTreeSet::new();
                aggregate.target.iter().for_each(|target| {
                    target.each_var(&mut |v| {
                        outputs.insert(v);
                    })
                });
                let (body, places) = (&aggregate.body, &aggregate.places);
                self.level(&Level { rule: level.rule, around, body, places, outputs });
                continue;
            }
            self.condition(level, literal, place, &rest);
            if let Literal::Atom(atom) = literal {
                self.columns(level, atom, place, &rest);
            }
        }
    }

    fn condition(&mut self, level: &Level, literal: &Literal, place: Span, rest: &[Literal]) {
        let Some(opposite) = opposite(literal) else { return };
        let bound = bound(rest);
        let only_tests = is_grounded(rest, &bound) && uses(literal).is_subset(&bound) && level.outputs.is_subset(&bound);
        if !only_tests {
            return;
        }
        let vars = &level.rule.1.vars;
        let mut shown = Shown::Written(vec![(place, is_negated(literal))]);
        // A comparison under a `!( … )` is turned round, which its place does not show; one of an aggregate has no words of its own.
        if matches!(literal, Literal::Compare { .. }) && uses(literal).iter().all(|v| !is_result(rest, *v)) {
            shown = Shown::Text(literal_text(literal, vars, &self.program.relations));
        }
        let body = rest.iter().cloned().chain([opposite]).collect();
        self.ask(Asks::Condition, level.rule, vec![place], shown, body, vars.clone());
    }

    /// What an atom asks of columns that may be absent.
    fn columns(&mut self, level: &Level, atom: &Atom, place: Span, rest: &[Literal]) {
        let relation = atom.relation;
        let columns = &self.program.relation(relation).columns;
        for (column, arg) in atom.args.iter().enumerate() {
            let kind = columns[column].kind;
            let mut vars = level.rule.1.vars.clone();
            let mut ask = |asks: Asks, arg: Arg, also: Option<Literal>, vars: Vec<Var>| {
                let mut atom = atom.clone();
                atom.args[column] = arg;
                let body = rest.iter().cloned().chain([Literal::Atom(atom)]).chain(also).collect();
                self.ask(asks, level.rule, vec![place], written(place), body, vars);
            };
            match arg {
                Arg::Absent => {
                    let present = VarId(vars.len() as u32);
                    vars.push(Var { name: "present".to_string(), kind, optional: false });
                    ask(Asks::Nil { relation, column }, Arg::Term(Expr::Var(present)), None, vars);
                }
                Arg::Else(v, value) => {
                    ask(Asks::Given { relation, column }, Arg::Term(Expr::Var(*v)), None, vars.clone());
                    let (lhs, rhs) = (Expr::Var(*v), Expr::Const(value.clone()));
                    let taken = Literal::Compare { op: Compared::Eq, kind, lhs, rhs };
                    ask(Asks::Else { relation, column }, Arg::Absent, Some(taken), vars);
                }
                Arg::Any | Arg::Term(_) | Arg::Capture(_) => {}
            }
        }
    }

    fn ask(
        &mut self,
        asks: Asks,
        (rule, of): (RuleIx, &Rule),
        about: Vec<Span>,
        shown: Shown,
        mut body: Vec<Literal>,
        vars: Vec<Var>,
    ) {
        body.iter_mut().for_each(forget_captures);
        let place = about.first().copied().unwrap_or(of.span);
        let at = *self.known.entry((of.span, asks, about)).or_insert_with(|| {
            self.found.push(Probe { asks, rule, place, shown, ways: Vec::new() });
            self.found.len() - 1
        });
        self.found[at].ways.push(Way { body, vars });
    }
}

/// A clause is shown by what tells it from the other clauses of its rule, and is at the rule where it is the only one.
fn name_clauses(program: &Program, found: &mut [Probe]) {
    let mut clauses: BTreeMap<Span, Vec<BTreeSet<Span>>> = BTreeMap::new();
    for probe in found.iter() {
        if let (Asks::Clause, Shown::Written(pieces)) = (probe.asks, &probe.shown) {
            let rule = program.rules[probe.rule.index()].span;
            clauses.entry(rule).or_default().push(pieces.iter().map(|(place, _)| *place).collect());
        }
    }
    for probe in found.iter_mut().filter(|probe| probe.asks == Asks::Clause) {
        let rule = program.rules[probe.rule.index()].span;
        let all = &clauses[&rule];
        probe.place = rule;
        if let Shown::Written(pieces) = &mut probe.shown {
            pieces.retain(|(place, _)| !all.iter().all(|clause| clause.contains(place)));
            probe.place = pieces.first().map_or(rule, |(place, _)| *place);
        }
    }
}

/// What an aggregate counts apart is nothing to a question: there is a row or there is none.
fn forget_captures(literal: &mut Literal) {
    if let Literal::Atom(atom) = literal {
        atom.args.iter_mut().filter(|arg| matches!(arg, Arg::Capture(_))).for_each(|arg| *arg = Arg::Any);
    }
}

fn written(place: Span) -> Shown {
    Shown::Written(vec![(place, false)])
}

fn is_negated(literal: &Literal) -> bool {
    matches!(literal, Literal::Not(_) | Literal::Holds { negated: true, .. })
}

fn is_result(literals: &[Literal], v: VarId) -> bool {
    literals.iter().any(|literal| matches!(literal, Literal::Aggregate(aggregate) if aggregate.result == v))
}

/// What holds where a literal, whose variables all have values, does not; an aggregate has no opposite.
fn opposite(literal: &Literal) -> Option<Literal> {
    Some(match literal {
        Literal::Atom(atom) => Literal::Not(atom.clone()),
        Literal::Not(atom) => Literal::Atom(atom.clone()),
        Literal::Compare { op, kind, lhs, rhs } => {
            Literal::Compare { op: op.opposite(), kind: *kind, lhs: lhs.clone(), rhs: rhs.clone() }
        }
        Literal::Holds { test, args, negated } => Literal::Holds { test: *test, args: args.clone(), negated: !negated },
        Literal::Aggregate(_) | Literal::Range(_) => return None,
    })
}
