//! Checked programs written by hand, all columns numbers: what the planner is given, without parser or checker.
//!
//! Terms are words: `x` a variable, `7` a constant, `x+y` (also `-`, `*`, `/`) computed, `_` anything, `nil` an absent value, `x?7`
//! an absent value taken as 7, `*x` anything captured.

use huiyan::expr::{Compared, Expr, Fold, Functor};
use huiyan::plan::{Options, Output, plan_with};
use huiyan::program::{Aggregate, Arg, Atom, Column, HeadTerm, Io, Literal, Program, RecordDecl, Relation, Rule, Stratum, Var};
use huiyan::syntax::Span;
use huiyan::types::{Interner, Kind, RelId, Row, RuleIx, Value, VarId};
use std::collections::{BTreeMap, BTreeSet};

use super::interpret::{Interpreter, Set};

#[derive(Default)]
pub struct Hand {
    pub program: Program,
    inputs: BTreeMap<RelId, BTreeSet<Vec<Value>>>,
    /// Of the rule that is being written.
    names: Vec<String>,
}

impl Hand {
    /// Columns that end in `?` are optional.
    pub fn relation(&mut self, name: &str, columns: &str) -> RelId {
        let column = |name: &str| Column {
            name: name.trim_end_matches('?').to_string(),
            kind: Kind::Number,
            optional: name.ends_with('?'),
            type_name: "number".to_string(),
        };
        let span = Span::default();
        self.program.relations.push(Relation {
            name: name.to_string(),
            columns: columns.split_whitespace().map(column).collect(),
            input: None,
            outputs: Vec::new(),
            printsize: false,
            record: None,
            clue: None,
            clock: false,
            span,
        });
        RelId(self.program.relations.len() as u32 - 1)
    }

    /// A relation with rows from outside; `nil` in a row is absent.
    pub fn input(&mut self, name: &str, columns: &str, rows: &[&str]) -> RelId {
        let id = self.relation(name, columns);
        self.program.relations[id.index()].input = Some(Io::default());
        self.inputs.insert(id, rows.iter().map(|row| values(row)).collect());
        id
    }

    pub fn record(&mut self, name: &str, columns: &str, rows: &[&str]) -> RelId {
        let id = self.input(name, columns, rows);
        self.program.relations[id.index()].record = Some(RecordDecl {
            key: vec![0, 1],
            owners: Vec::new(),
            by: Some(0),
            since: None,
            personal: Vec::new(),
            identity: Vec::new(),
            title: String::new(),
            titles: Vec::new(),
            words: Vec::new(),
            alike: Vec::new(),
            checks: Vec::new(),
            past: Vec::new(),
        });
        id
    }

    pub fn output(&mut self, name: &str, columns: &str) -> RelId {
        let id = self.relation(name, columns);
        self.program.relations[id.index()].outputs.push(Io::default());
        id
    }

    pub fn fact(&mut self, relation: RelId, row: &str) {
        self.program.facts.push((relation, Row::new(values(row))));
    }

    pub fn rule(&mut self, head: RelId, terms: &str, body: &[L]) {
        self.names.clear();
        let body: Vec<Literal> = body.iter().map(|literal| self.literal(literal)).collect();
        let head_terms =
            terms.split_whitespace().map(|word| if word == "nil" { HeadTerm::Absent } else { HeadTerm::Expr(self.expr(word)) });
        let head_terms = head_terms.collect();
        let var = |name: &String| Var { name: name.clone(), kind: Kind::Number, optional: false };
        let id = format!("r{}", self.program.rules.len());
        let vars = self.names.iter().map(var).collect();
        let (places, text, span) = (vec![Span::default(); body.len()], String::new(), Span::default());
        let rule = Rule { id, named: false, basis: None, head, head_terms, body, places, vars, text, span };
        self.program.rules.push(rule);
    }

    /// A stratum of these relations, with all their rules.
    pub fn stratum(&mut self, relations: &[RelId], recursive: bool) {
        let rules = (0..self.program.rules.len()).filter(|i| relations.contains(&self.program.rules[*i].head));
        let rules = rules.map(|i| RuleIx(i as u32)).collect();
        self.program.strata.push(Stratum { relations: relations.to_vec(), rules, recursive });
    }

    fn var(&mut self, name: &str) -> VarId {
        let place = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_string());
            self.names.len() - 1
        });
        VarId(place as u32)
    }

    fn expr(&mut self, word: &str) -> Expr<VarId> {
        if let Ok(number) = word.parse() {
            return Expr::Const(Value::Number(number));
        }
        let number = Kind::Number;
        let operators =
            [('+', Functor::Add(number)), ('-', Functor::Sub(number)), ('*', Functor::Mul(number)), ('/', Functor::Div(number))];
        for (sign, functor) in operators {
            if let Some((a, b)) = word.split_once(sign) {
                let args = vec![self.expr(a), self.expr(b)];
                return Expr::Call(functor, args);
            }
        }
        Expr::Var(self.var(word))
    }

    fn arg(&mut self, word: &str) -> Arg {
        match word {
            "_" => Arg::Any,
            "nil" => Arg::Absent,
            _ => match (word.strip_prefix('*'), word.split_once('?')) {
                (Some(name), _) => Arg::Capture(self.var(name)),
                (_, Some((name, number))) => Arg::Else(self.var(name), Value::Number(number.parse().unwrap())),
                _ => Arg::Term(self.expr(word)),
            },
        }
    }

    fn atom(&mut self, relation: RelId, terms: &str) -> Atom {
        let args: Vec<Arg> = terms.split_whitespace().map(|word| self.arg(word)).collect();
        assert_eq!(args.len(), self.program.relation(relation).arity(), "{terms}");
        Atom { relation, args }
    }

    fn literal(&mut self, literal: &L) -> Literal {
        match literal {
            L::Is(relation, terms) => Literal::Atom(self.atom(*relation, terms)),
            L::Not(relation, terms) => Literal::Not(self.atom(*relation, terms)),
            L::Cmp(lhs, op, rhs) => Literal::Compare { op: *op, kind: Kind::Number, lhs: self.expr(lhs), rhs: self.expr(rhs) },
            L::Agg(result, fold, target, group, body) => Literal::Aggregate(Aggregate {
                aside: Vec::new(),
                fold: *fold,
                result: self.var(result),
                target: (!target.is_empty()).then(|| self.expr(target)),
                group: group.split_whitespace().map(|name| self.var(name)).collect(),
                body: body.iter().map(|literal| self.literal(literal)).collect(),
                places: vec![Span::default(); body.len()],
            }),
        }
    }

    /// Rows of a relation, one text each, evaluated with these options.
    pub fn rows(&self, relation: RelId, options: &Options) -> Vec<String> {
        self.given(Output::Relation(relation), options)
    }

    /// Fault rows, columns joined by blanks.
    pub fn faults(&self, options: &Options) -> Vec<String> {
        self.given(Output::Faults, options)
    }

    fn given(&self, output: Output, options: &Options) -> Vec<String> {
        let texts = Interner::new();
        let plan = plan_with(&self.program, options);
        let encode = |row: &Vec<Value>| row.iter().map(|value| texts.encode(value, Kind::Number)).collect::<Vec<_>>();
        let inputs: BTreeMap<RelId, Set> =
            self.inputs.iter().map(|(id, rows)| (*id, rows.iter().map(encode).collect())).collect();
        let arities = self.program.relations.iter().map(Relation::arity).collect();
        let outputs = Interpreter { texts: &texts, inputs, arities }.outputs(&plan);
        let kind = if output == Output::Faults { Kind::Symbol } else { Kind::Number };
        let show = |row: &Vec<u64>| {
            let cells: Vec<String> = row.iter().map(|word| texts.decode(*word, kind, true)).map(shown).collect();
            cells.join(" ")
        };
        let mut rows: Vec<String> = outputs.get(&output).into_iter().flatten().map(show).collect();
        rows.sort();
        rows
    }
}

/// A literal to be written.
#[derive(Clone)]
pub enum L {
    Is(RelId, &'static str),
    Not(RelId, &'static str),
    Cmp(&'static str, Compared, &'static str),
    /// result, fold, target, group, body
    Agg(&'static str, Fold, &'static str, &'static str, Vec<L>),
}

fn shown(value: Value) -> String {
    match value {
        Value::Absent => "nil".to_string(),
        Value::Symbol(text) if text.is_empty() => "-".to_string(),
        other => other.to_string(),
    }
}

fn values(row: &str) -> Vec<Value> {
    let value = |word: &str| if word == "nil" { Value::Absent } else { Value::Number(word.parse().unwrap()) };
    row.split_whitespace().map(value).collect()
}
