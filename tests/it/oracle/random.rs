//! Random programs as text, random rows for them, and random histories. Everything follows from one seed.

use huiyan::program::Program;
use huiyan::types::{Kind, RelId, Row, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// SplitMix64: small, seeded, the same everywhere.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const KINDS: [Kind; 5] = [Kind::Number, Kind::Symbol, Kind::Date, Kind::Unsigned, Kind::Float];

/// A value of a small domain, so that joins meet.
pub fn cell(kind: Kind, optional: bool, rng: &mut Rng) -> Value {
    if optional && rng.chance(30) {
        return Value::Absent;
    }
    match kind {
        Kind::Number => Value::Number(if rng.chance(3) { i64::MAX } else { rng.below(6) as i64 - 1 }),
        Kind::Unsigned => Value::Unsigned(if rng.chance(3) { u64::MAX - 1 } else { rng.below(4) as u64 }),
        Kind::Float => Value::float([0.0, -0.0, 0.5, 1.0, -2.25, f64::NAN, f64::INFINITY][rng.below(7)]),
        Kind::Symbol => Value::symbol(["", "a", "b", "ab", "吴", "7", "-3x"][rng.below(7)]),
        Kind::Date => Value::Date(if rng.chance(3) { 2_932_896 } else { 19_000 + rng.below(5) as i64 }),
        Kind::Datetime => Value::Datetime(rng.below(4) as i64 * 40_000_000_000),
        Kind::Record => super::structured::record(rng),
        Kind::Adt => super::structured::tree(rng),
    }
}

/// A constant of a kind as rule text.
fn constant(kind: Kind, rng: &mut Rng) -> String {
    match kind {
        Kind::Number => (rng.below(5) as i64 - 1).to_string(),
        Kind::Unsigned => rng.below(3).to_string(),
        Kind::Float => ["0.5", "1.0", "2.25"][rng.below(3)].to_string(),
        Kind::Symbol => format!("\"{}\"", ["", "a", "b", "吴"][rng.below(4)]),
        Kind::Date => format!("date(\"2022-01-0{}\")", 8 + rng.below(2)),
        Kind::Datetime => "datetime(\"2022-01-08T00:00:00+08:00\")".to_string(),
        Kind::Record | Kind::Adt => unreachable!("other programs are about these"),
    }
}

#[derive(Clone)]
struct Rel {
    name: String,
    columns: Vec<(Kind, bool)>,
    /// Negation and aggregation only look at lower levels.
    level: usize,
}

/// Text of a program and the language features that stand in it.
pub struct Made {
    pub text: String,
    pub features: BTreeSet<&'static str>,
    /// Of its histories.
    pub free_clocks: bool,
}

struct Maker<'r> {
    rng: &'r mut Rng,
    relations: Vec<Rel>,
    text: String,
    features: BTreeSet<&'static str>,
}

/// One random program: a few inputs, a few levels of derived relations, each level possibly recursive.
pub fn program(rng: &mut Rng) -> Made {
    let mut maker = Maker { rng, relations: Vec::new(), text: String::new(), features: BTreeSet::new() };
    maker.inputs();
    let levels = 2 + maker.rng.below(3);
    for level in 1..=levels {
        maker.level(level);
    }
    Made { text: maker.text, features: maker.features, free_clocks: false }
}

/// What a rule has bound so far.
struct Scope {
    vars: Vec<(String, Kind)>,
    fresh: usize,
}

impl Scope {
    fn of_kind(&self, kind: Kind) -> Vec<String> {
        self.vars.iter().filter(|(_, k)| *k == kind).map(|(name, _)| name.clone()).collect()
    }

    fn new_var(&mut self, kind: Kind) -> String {
        self.fresh += 1;
        let name = format!("v{}", self.fresh);
        self.vars.push((name.clone(), kind));
        name
    }
}

impl Maker<'_> {
    fn columns(&mut self) -> Vec<(Kind, bool)> {
        let n = if self.rng.chance(4) { 0 } else { 1 + self.rng.below(3) };
        (0..n)
            .map(|_| {
                let kind = if self.rng.chance(50) { Kind::Number } else { *self.rng.pick(&KINDS) };
                (kind, self.rng.chance(20))
            })
            .collect()
    }

    fn declare(&mut self, name: &str, columns: &[(Kind, bool)]) {
        let list: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(i, (kind, optional))| format!("c{i}: {}{}", kind.name(), if *optional { "?" } else { "" }))
            .collect();
        writeln!(self.text, ".decl {name}({})", list.join(", ")).unwrap();
    }

    fn inputs(&mut self) {
        for i in 0..2 + self.rng.below(3) {
            let name = format!("in{i}");
            let mut columns = self.columns();
            let record = !columns.is_empty() && self.rng.chance(50);
            if record {
                columns[0].1 = false;
            }
            self.declare(&name, &columns);
            if record {
                self.features.insert("record");
                writeln!(self.text, ".record {name}(key=\"c0\", owner=\"court\")").unwrap();
            } else {
                writeln!(self.text, ".input {name}").unwrap();
            }
            self.relations.push(Rel { name, columns, level: 0 });
        }
        if self.rng.chance(40) {
            self.features.insert("clock");
            self.text.push_str(".decl now(day: date)\n.clock now\n");
            self.relations.push(Rel { name: "now".to_string(), columns: vec![(Kind::Date, false)], level: 0 });
        }
    }

    fn level(&mut self, level: usize) {
        let members = 1 + self.rng.below(2);
        let first = self.relations.len();
        for i in 0..members {
            let name = format!("d{level}_{i}");
            let columns = if self.rng.chance(15) { self.closed(&name) } else { self.plain(&name) };
            writeln!(self.text, ".output {name}").unwrap();
            self.relations.push(Rel { name, columns, level });
        }
        for i in first..first + members {
            let target = self.relations[i].clone();
            if self.rng.chance(15) {
                let row: Vec<String> = target.columns.iter().map(|(kind, _)| constant(*kind, self.rng)).collect();
                writeln!(self.text, "{}({}).", target.name, row.join(", ")).unwrap();
                self.features.insert("fact");
            }
            for k in 0..1 + self.rng.below(3) {
                let recursive = k > 0 && self.rng.chance(50);
                self.rule(&target, recursive);
            }
        }
    }

    fn plain(&mut self, name: &str) -> Vec<(Kind, bool)> {
        let columns = self.columns();
        self.declare(name, &columns);
        columns
    }

    /// A relation that is transitive, by a rule or as an equivalence.
    fn closed(&mut self, name: &str) -> Vec<(Kind, bool)> {
        let columns = vec![(*self.rng.pick(&KINDS), false); 2];
        self.declare(name, &columns);
        if self.rng.chance(50) {
            self.features.insert("eqrel");
            self.text.insert_str(self.text.len() - 1, " eqrel");
        } else {
            self.features.insert("transitive");
            let (one, other) = (format!("{name}(x, y)"), format!("{name}(y, z)"));
            let body = if self.rng.chance(50) { [one, other] } else { [other, one] };
            writeln!(self.text, "{name}(x, z) :- {}.", body.join(", ")).unwrap();
        }
        columns
    }

    fn rule(&mut self, target: &Rel, recursive: bool) {
        let mut scope = Scope { vars: Vec::new(), fresh: 0 };
        let mut body = Vec::new();
        for i in 0..1 + self.rng.below(3) {
            let own = recursive && i == 0;
            let below: Vec<Rel> = self
                .relations
                .iter()
                .filter(|r| if own { r.level == target.level } else { r.level < target.level })
                .cloned()
                .collect();
            let relation = self.rng.pick(&below).clone();
            let atom = self.atom(&relation, &mut scope, true);
            body.push(atom);
        }
        if recursive {
            self.features.insert("recursion");
        }
        for _ in 0..self.rng.below(3) {
            if let Some(literal) = self.extra(target.level, recursive, &mut scope) {
                body.push(literal);
            }
        }
        let head: Vec<String> =
            target.columns.iter().map(|(kind, optional)| self.head(*kind, *optional, recursive, &scope)).collect();
        writeln!(self.text, "{}({}) :- {}.", target.name, head.join(", "), body.join(", ")).unwrap();
    }

    fn head(&mut self, kind: Kind, optional: bool, recursive: bool, scope: &Scope) -> String {
        let vars = scope.of_kind(kind);
        if optional && self.rng.chance(25) {
            self.features.insert("nil");
            return "nil".to_string();
        }
        if vars.is_empty() || self.rng.chance(8) {
            return constant(kind, self.rng);
        }
        let var = self.rng.pick(&vars).clone();
        if recursive || self.rng.chance(70) {
            return var;
        }
        self.features.insert("arithmetic");
        match kind {
            Kind::Number => format!("{var} {} {}", self.rng.pick(&["+", "-", "*", "/", "%"]), self.rng.below(3)),
            Kind::Unsigned | Kind::Float => format!("{var} {} {}", self.rng.pick(&["+", "*"]), constant(kind, self.rng)),
            Kind::Symbol => format!("cat({var}, \"x\")"),
            Kind::Date => format!("{var} + {}", self.rng.below(4)),
            Kind::Datetime | Kind::Record | Kind::Adt => var,
        }
    }

    /// An atom; with `binding`, new variables may stand in it.
    fn atom(&mut self, relation: &Rel, scope: &mut Scope, binding: bool) -> String {
        let args: Vec<String> =
            relation.columns.iter().map(|(kind, optional)| self.arg(*kind, *optional, scope, binding)).collect();
        if !args.is_empty() && self.rng.chance(20) && relation.name != "now" {
            self.features.insert("named columns");
            let named: Vec<String> =
                args.iter().enumerate().filter(|(_, a)| *a != "_").map(|(i, a)| format!("c{i}: {a}")).collect();
            if !named.is_empty() {
                return format!("{}({})", relation.name, named.join(", "));
            }
        }
        format!("{}({})", relation.name, args.join(", "))
    }

    fn arg(&mut self, kind: Kind, optional: bool, scope: &mut Scope, binding: bool) -> String {
        let vars = scope.of_kind(kind);
        let roll = self.rng.below(100);
        if optional && roll < 12 {
            self.features.insert("nil");
            return "nil".to_string();
        }
        if optional && roll < 30 && (binding || !vars.is_empty()) {
            self.features.insert("else");
            let known = !vars.is_empty() && (!binding || self.rng.chance(50));
            let default = constant(kind, self.rng);
            let var = if known { self.rng.pick(&vars).clone() } else { scope.new_var(kind) };
            return format!("{var} else {default}");
        }
        match roll {
            0..55 if !vars.is_empty() => self.rng.pick(&vars).clone(),
            0..75 if binding => scope.new_var(kind),
            75..83 => constant(kind, self.rng),
            83..87 if !vars.is_empty() && kind == Kind::Number => {
                self.features.insert("computed argument");
                format!("{} + 1", self.rng.pick(&vars))
            }
            _ => "_".to_string(),
        }
    }

    fn extra(&mut self, level: usize, recursive: bool, scope: &mut Scope) -> Option<String> {
        match self.rng.below(7) {
            0 | 1 => self.comparison(scope),
            2 | 3 => {
                self.features.insert("negation");
                let below: Vec<Rel> = self.relations.iter().filter(|r| r.level < level).cloned().collect();
                let relation = self.rng.pick(&below).clone();
                Some(format!("!{}", self.atom(&relation, scope, false)))
            }
            4 => self.aggregate(level, scope),
            5 if !recursive => self.binding(scope),
            _ => {
                let (a, b) = (self.comparison(scope)?, self.comparison(scope)?);
                self.features.insert("disjunction");
                Some(format!("({a} ; {b})"))
            }
        }
    }

    fn comparison(&mut self, scope: &Scope) -> Option<String> {
        if scope.vars.is_empty() {
            return None;
        }
        let (var, kind) = self.rng.pick(&scope.vars).clone();
        let others = scope.of_kind(kind);
        let other = if self.rng.chance(50) { constant(kind, self.rng) } else { self.rng.pick(&others).clone() };
        self.features.insert("comparison");
        if kind == Kind::Number && self.rng.chance(20) {
            if scope.fresh.is_multiple_of(3) {
                self.features.insert("a call twice");
                return Some(format!("{var} / {other} >= 1, {var} / {other} != 2"));
            }
            return Some(format!("{var} / {other} >= 1"));
        }
        Some(format!("{var} {} {other}", self.rng.pick(&["=", "!=", "<", "<=", ">", ">="])))
    }

    /// `new = expression`
    fn binding(&mut self, scope: &mut Scope) -> Option<String> {
        let (var, kind) = if scope.vars.is_empty() { return None } else { self.rng.pick(&scope.vars).clone() };
        let numbers = scope.of_kind(Kind::Number);
        let by = numbers.first().cloned().unwrap_or("2".to_string());
        let (result, expr) = match kind {
            Kind::Number => (Kind::Number, format!("{var} {} {by}", self.rng.pick(&["+", "-", "*", "/", "%"]))),
            Kind::Symbol if self.rng.chance(40) => (Kind::Number, format!("to_number({var})")),
            Kind::Symbol if self.rng.chance(50) => (Kind::Number, format!("char_len({var}) + strlen({var})")),
            Kind::Symbol => (Kind::Symbol, format!("cat({var}, to_string({by}))")),
            Kind::Date if self.rng.chance(50) => (Kind::Date, format!("{var} + {by}")),
            Kind::Date => (Kind::Number, format!("day({var}) + month({var}) - year({var})")),
            Kind::Unsigned => (Kind::Unsigned, format!("max({var}, 1)")),
            Kind::Float => (Kind::Float, format!("{var} * 0.5")),
            Kind::Datetime | Kind::Record | Kind::Adt => return None,
        };
        self.features.insert("arithmetic");
        scope.fresh += 1;
        let name = format!("v{}", scope.fresh);
        scope.vars.push((name.clone(), result));
        Some(format!("{name} = {expr}"))
    }

    fn aggregate(&mut self, level: usize, scope: &mut Scope) -> Option<String> {
        let below: Vec<Rel> = self.relations.iter().filter(|r| r.level < level).cloned().collect();
        // Variables of the outside may group; the others are the aggregate's own and have names of their own.
        let mut inner =
            Scope { vars: scope.vars.iter().filter(|_| self.rng.chance(60)).cloned().collect(), fresh: scope.fresh + 100 };
        let outside = inner.vars.len();
        let mut body = Vec::new();
        for _ in 0..1 + self.rng.below(2) {
            let relation = self.rng.pick(&below).clone();
            body.push(self.atom(&relation, &mut inner, true));
        }
        if self.rng.chance(30) {
            body.extend(self.comparison(&inner));
        }
        let own: Vec<(String, Kind)> = inner.vars[outside..].to_vec();
        let numeric: Vec<&(String, Kind)> =
            own.iter().filter(|(_, k)| matches!(k, Kind::Number | Kind::Unsigned | Kind::Float)).collect();
        let body = body.join(", ");
        scope.fresh += 200;
        let result = format!("v{}", scope.fresh);
        let (kind, text, feature) = match self.rng.below(4) {
            1 if !numeric.is_empty() => {
                let (var, kind) = *self.rng.pick(&numeric);
                (*kind, format!("sum {var} : {{ {body} }}"), "sum")
            }
            2 if !own.is_empty() => {
                let (var, kind) = self.rng.pick(&own).clone();
                (kind, format!("min {var} : {{ {body} }}"), "min")
            }
            3 if !own.is_empty() => {
                let (var, kind) = self.rng.pick(&own).clone();
                (kind, format!("max {var} : {{ {body} }}"), "max")
            }
            _ => (Kind::Number, format!("count : {{ {body} }}"), "count"),
        };
        self.features.insert(feature);
        scope.vars.push((result.clone(), kind));
        Some(format!("{result} = {text}"))
    }
}

/// What a transaction does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ChangeKind {
    Insert,
    Retract,
    Correct,
    Clock,
}

/// Inputs as they stand, and the random changes to them.
pub struct History {
    pub inputs: BTreeMap<RelId, BTreeSet<Row>>,
    /// Clocks may have no row, or several, which the server's never have.
    pub free_clocks: bool,
}

impl History {
    pub fn new(program: &Program) -> History {
        let read = program.rel_ids().filter(|id| program.relation(*id).input.is_some() || program.relation(*id).clock);
        History { inputs: read.map(|id| (id, BTreeSet::new())).collect(), free_clocks: false }
    }

    /// A few changes; what they were, and the net changes of each relation.
    pub fn transaction(&mut self, program: &Program, rng: &mut Rng) -> (BTreeSet<ChangeKind>, Vec<(RelId, Row, i64)>) {
        let before = self.inputs.clone();
        let mut kinds = BTreeSet::new();
        let ids: Vec<RelId> = self.inputs.keys().copied().collect();
        for _ in 0..1 + rng.below(4) {
            let id = *rng.pick(&ids);
            kinds.insert(self.change(program, id, rng));
        }
        for id in &ids {
            if program.relation(*id).clock && self.inputs[id].is_empty() && !self.free_clocks {
                kinds.insert(self.change(program, *id, rng));
            }
        }
        let mut net = Vec::new();
        for id in &ids {
            let (old, new) = (&before[id], &self.inputs[id]);
            net.extend(old.difference(new).map(|row| (*id, row.clone(), -1)));
            net.extend(new.difference(old).map(|row| (*id, row.clone(), 1)));
        }
        (kinds, net)
    }

    fn change(&mut self, program: &Program, id: RelId, rng: &mut Rng) -> ChangeKind {
        let relation = program.relation(id);
        let random = |rng: &mut Rng| Row::new(relation.columns.iter().map(|c| cell(c.kind, c.optional, rng)).collect());
        let rows = self.inputs.entry(id).or_default();
        if relation.clock {
            let is_free = self.free_clocks && rng.chance(25);
            if !is_free || rng.chance(50) {
                rows.clear();
            }
            if !is_free || rng.chance(50) {
                rows.insert(random(rng));
            }
            return ChangeKind::Clock;
        }
        let present: Vec<Row> = rows.iter().cloned().collect();
        match rng.below(3) {
            1 if !present.is_empty() => {
                rows.remove(rng.pick(&present));
                ChangeKind::Retract
            }
            2 if !present.is_empty() && relation.arity() > 0 => {
                let old = rng.pick(&present).clone();
                rows.remove(&old);
                let mut values = old.values().to_vec();
                let at = rng.below(values.len());
                values[at] = cell(relation.columns[at].kind, relation.columns[at].optional, rng);
                rows.insert(Row::new(values));
                ChangeKind::Correct
            }
            _ => {
                rows.insert(random(rng));
                ChangeKind::Insert
            }
        }
    }
}
