//! Random programs about records and algebraic types: taken apart and put together in atoms, comparisons, negations, aggregates and
//! recursions.

use super::random::{Made, Rng};
use huiyan::types::{Kind, Value};
use std::collections::BTreeSet;
use std::fmt::Write;

const TYPES: &str = ".type L = [head: number, name: symbol, tail: L]\n\
    .type T = Leaf {} | One {x: number} | Two {l: T, r: T} | Held {s: symbol, l: L}\n";

const KINDS: [Kind; 6] = [Kind::Number, Kind::Symbol, Kind::Record, Kind::Adt, Kind::Record, Kind::Adt];

/// A value of the one record type.
pub fn record(rng: &mut Rng) -> Value {
    if rng.chance(30) {
        return Value::nil();
    }
    Value::record(&[number(rng), symbol(rng), record(rng)])
}

/// A value of the one algebraic type.
pub fn tree(rng: &mut Rng) -> Value {
    match rng.below(6) {
        0 | 1 => Value::branch("Leaf", &[]),
        2 | 3 => Value::branch("One", &[number(rng)]),
        4 => Value::branch("Two", &[tree(rng), tree(rng)]),
        _ => Value::branch("Held", &[symbol(rng), record(rng)]),
    }
}

fn number(rng: &mut Rng) -> Value {
    Value::Number(rng.below(3) as i64)
}

fn symbol(rng: &mut Rng) -> Value {
    Value::symbol(["", "a", "吴"][rng.below(3)])
}

struct Rel {
    name: String,
    columns: Vec<Kind>,
}

#[derive(Default)]
struct Scope {
    vars: Vec<(String, Kind)>,
    fresh: usize,
}

struct Maker<'r> {
    rng: &'r mut Rng,
    relations: Vec<Rel>,
    text: String,
    features: BTreeSet<&'static str>,
}

pub fn program(rng: &mut Rng) -> Made {
    let mut maker = Maker { rng, relations: Vec::new(), text: TYPES.to_string(), features: BTreeSet::new() };
    for i in 0..2 + maker.rng.below(2) {
        maker.declare(format!("in{i}"), ".input");
    }
    for level in 1..=2 + maker.rng.below(2) {
        let known = maker.relations.len();
        let target = maker.declare(format!("d{level}"), ".output");
        for _ in 0..1 + maker.rng.below(3) {
            maker.rule(target, known);
        }
        maker.recursion(target);
    }
    maker.deep();
    Made { text: maker.text, features: maker.features, free_clocks: false }
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Record => "L",
        Kind::Adt => "T",
        kind => kind.name(),
    }
}

impl Maker<'_> {
    fn declare(&mut self, name: String, directive: &str) -> usize {
        let columns: Vec<Kind> = (0..1 + self.rng.below(3)).map(|_| *self.rng.pick(&KINDS)).collect();
        let list: Vec<String> = columns.iter().enumerate().map(|(i, kind)| format!("c{i}: {}", type_name(*kind))).collect();
        writeln!(self.text, ".decl {name}({})\n{directive} {name}", list.join(", ")).unwrap();
        self.relations.push(Rel { name, columns });
        self.relations.len() - 1
    }

    fn rule(&mut self, target: usize, known: usize) {
        let mut scope = Scope::default();
        let mut body: Vec<String> = (0..1 + self.rng.below(2)).map(|_| self.atom(known, &mut scope, true)).collect();
        for _ in 0..self.rng.below(4) {
            body.extend(self.extra(known, &mut scope));
        }
        let kinds = self.relations[target].columns.clone();
        let head: Vec<String> = kinds.iter().map(|kind| self.built(*kind, &scope, 2)).collect();
        writeln!(self.text, "{}({}) :- {}.", self.relations[target].name, head.join(", "), body.join(", ")).unwrap();
    }

    /// What hangs on a value of the relation is in it too.
    fn recursion(&mut self, target: usize) {
        let Rel { name, columns } = &self.relations[target];
        let Some(at) = columns.iter().position(|kind| matches!(kind, Kind::Record | Kind::Adt)).filter(|_| self.rng.chance(50))
        else {
            return;
        };
        let row = |term: &str| {
            let cells: Vec<String> =
                (0..columns.len()).map(|i| if i == at { term.to_string() } else { format!("w{i}") }).collect();
            format!("{name}({})", cells.join(", "))
        };
        let ways: &[&str] = if columns[at] == Kind::Record { &["[_, _, x]"] } else { &["$Two(x, _)", "$Two(_, x)"] };
        for pattern in ways {
            writeln!(self.text, "{} :- {}.", row("x"), row(pattern)).unwrap();
        }
        self.features.insert("recursion");
    }

    /// Lists that grow, with a bound.
    fn deep(&mut self) {
        let with_lists = |rel: &Rel| rel.columns.contains(&Kind::Record) && rel.name.starts_with("in");
        let Some(rel) = self.relations.iter().find(|rel| with_lists(rel)) else { return };
        let mut first = true;
        let args = rel.columns.iter().map(|kind| if *kind == Kind::Record && std::mem::take(&mut first) { "l" } else { "_" });
        let args: Vec<&str> = args.collect();
        let (name, bound) = (&rel.name, 1 + self.rng.below(3));
        writeln!(
            self.text,
            ".decl deep(l: L, n: number)\n.output deep\ndeep(l, 0) :- {name}({}).\n\
            deep([n, \"a\", l], n + 1) :- deep(l, n), n < {bound}.",
            args.join(", ")
        )
        .unwrap();
        self.features.insert("built in recursion");
    }

    fn extra(&mut self, known: usize, scope: &mut Scope) -> Option<String> {
        let structured = |scope: &Scope| -> Vec<(String, Kind)> {
            scope.vars.iter().filter(|(_, kind)| matches!(kind, Kind::Record | Kind::Adt)).cloned().collect()
        };
        let vars = structured(scope);
        match self.rng.below(6) {
            0 | 1 if !vars.is_empty() => {
                let (var, kind) = self.rng.pick(&vars).clone();
                self.features.insert("taken apart");
                let pattern = self.structure(kind, scope, true, 2);
                Some(if self.rng.chance(50) { format!("{var} = {pattern}") } else { format!("{pattern} = {var}") })
            }
            2 if !vars.is_empty() => {
                let (var, kind) = self.rng.pick(&vars).clone();
                self.features.insert("unequal");
                Some(format!("{var} != {}", self.built(kind, scope, 1)))
            }
            3 => {
                self.features.insert("negation");
                Some(format!("!{}", self.atom(known, scope, false)))
            }
            4 => Some(self.aggregate(known, scope)),
            _ => {
                let kind = *self.rng.pick(&KINDS);
                let built = self.built(kind, scope, 2);
                scope.fresh += 1;
                let name = format!("v{}", scope.fresh);
                let typed =
                    if matches!(kind, Kind::Record | Kind::Adt) { format!("as({built}, {})", type_name(kind)) } else { built };
                scope.vars.push((name.clone(), kind));
                Some(format!("{name} = {typed}"))
            }
        }
    }

    fn aggregate(&mut self, known: usize, scope: &mut Scope) -> String {
        scope.fresh += 100;
        let outside: Vec<(String, Kind)> = scope.vars.iter().filter(|_| self.rng.chance(50)).cloned().collect();
        let mut inner = Scope { fresh: scope.fresh + 100, vars: outside.clone() };
        let body: Vec<String> = (0..1 + self.rng.below(2)).map(|_| self.atom(known, &mut inner, true)).collect();
        let body = body.join(", ");
        let own = inner.vars[outside.len()..].iter().find(|(_, kind)| *kind == Kind::Number);
        scope.fresh += 200;
        let result = format!("v{}", scope.fresh);
        let text = match own {
            Some((var, _)) if self.rng.chance(60) => {
                format!("{result} = {} {var} : {{ {body} }}", self.rng.pick(&["sum", "max", "min"]))
            }
            _ => format!("{result} = count : {{ {body} }}"),
        };
        self.features.insert("aggregate");
        scope.vars.push((result, Kind::Number));
        text
    }

    fn atom(&mut self, known: usize, scope: &mut Scope, binding: bool) -> String {
        let at = self.rng.below(known);
        let (name, columns) = (self.relations[at].name.clone(), self.relations[at].columns.clone());
        let args: Vec<String> = columns.iter().map(|kind| self.pattern(*kind, scope, binding, 2)).collect();
        format!("{name}({})", args.join(", "))
    }

    /// What may stand in a body: with `binding` it may name new variables.
    fn pattern(&mut self, kind: Kind, scope: &mut Scope, binding: bool, depth: usize) -> String {
        let vars: Vec<String> = scope.vars.iter().filter(|(_, of)| *of == kind).map(|(name, _)| name.clone()).collect();
        let structured = matches!(kind, Kind::Record | Kind::Adt);
        match self.rng.below(10) {
            0 | 1 if !vars.is_empty() => self.rng.pick(&vars).clone(),
            2..=5 if binding => {
                scope.fresh += 1;
                scope.vars.push((format!("v{}", scope.fresh), kind));
                format!("v{}", scope.fresh)
            }
            6..=8 if structured && depth > 0 => {
                self.features.insert(if binding { "matched in an atom" } else { "matched in a negation" });
                self.structure(kind, scope, binding, depth)
            }
            9 => self.constant(kind),
            _ => "_".to_string(),
        }
    }

    fn structure(&mut self, kind: Kind, scope: &mut Scope, binding: bool, depth: usize) -> String {
        let (form, fields) = self.form(kind);
        let fields = fields.iter().map(|kind| self.pattern(*kind, scope, binding, depth - 1)).collect();
        written(form, fields)
    }

    /// The name of a branch, of a record none, and the kinds of the fields.
    fn form(&mut self, kind: Kind) -> (&'static str, &'static [Kind]) {
        if kind == Kind::Record {
            return ("", &[Kind::Number, Kind::Symbol, Kind::Record]);
        }
        [
            ("$Leaf", &[][..]),
            ("$One", &[Kind::Number]),
            ("$Two", &[Kind::Adt, Kind::Adt]),
            ("$Held", &[Kind::Symbol, Kind::Record]),
        ][self.rng.below(4)]
    }

    /// A value of what is known.
    fn built(&mut self, kind: Kind, scope: &Scope, depth: usize) -> String {
        let vars: Vec<&String> = scope.vars.iter().filter(|(_, of)| *of == kind).map(|(name, _)| name).collect();
        match self.rng.below(10) {
            0..=5 if !vars.is_empty() => match (kind, self.rng.below(8)) {
                (Kind::Number, 0) => format!("({} + 1)", self.rng.pick(&vars)),
                (Kind::Number, 1) => format!("({} / {})", self.rng.pick(&vars), self.rng.pick(&vars)),
                _ => self.rng.pick(&vars).to_string(),
            },
            6.. if depth > 0 && matches!(kind, Kind::Record | Kind::Adt) => {
                self.features.insert("put together");
                let (form, fields) = self.form(kind);
                let fields = fields.iter().map(|kind| self.built(*kind, scope, depth - 1)).collect();
                written(form, fields)
            }
            _ => self.constant(kind),
        }
    }

    fn constant(&mut self, kind: Kind) -> String {
        match kind {
            Kind::Record => ["nil", "[0, \"a\", nil]", "[1, \"\", [0, \"a\", nil]]"][self.rng.below(3)].to_string(),
            Kind::Adt => ["$Leaf", "$One(1)", "$Two($Leaf(), $One(0))", "$Held(\"a\", nil)"][self.rng.below(4)].to_string(),
            Kind::Symbol => ["\"a\"", "\"吴\"", "\"\""][self.rng.below(3)].to_string(),
            _ => self.rng.below(3).to_string(),
        }
    }
}

fn written(form: &str, fields: Vec<String>) -> String {
    let fields = fields.join(", ");
    if form.is_empty() { format!("[{fields}]") } else { format!("{form}({fields})") }
}
