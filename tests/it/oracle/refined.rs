//! Random programs with relations of which not all rows stay: choices, subsumptions, numbers and limits, in recursion too.

use super::random::{Made, Rng};
use huiyan::types::Kind;
use std::collections::BTreeSet;
use std::fmt::Write;

pub const FEATURES: [&str; 10] = [
    "choice",
    "several domains",
    "recursive choice",
    "subsumption",
    "subsumption of pairs",
    "recursive subsumption",
    "two in a circle",
    "numbers",
    "numbers of numbers",
    "limit",
];

#[derive(Clone)]
struct Rel {
    name: String,
    columns: Vec<(Kind, bool)>,
}

struct Maker<'r> {
    rng: &'r mut Rng,
    /// Those that are complete: rules of later ones may read them.
    below: Vec<Rel>,
    text: String,
    features: BTreeSet<&'static str>,
}

pub fn program(rng: &mut Rng) -> Made {
    let mut maker = Maker { rng, below: Vec::new(), text: String::new(), features: BTreeSet::new() };
    for i in 0..2 + maker.rng.below(2) {
        let rel = maker.declare(&format!("in{i}"), "");
        writeln!(maker.text, ".input {}", rel.name).unwrap();
        maker.below.push(rel);
    }
    for i in 0..2 + maker.rng.below(2) {
        match maker.rng.below(4) {
            0 => maker.choice(i),
            1 => maker.subsumption(i),
            2 => maker.numbers(i),
            _ => maker.circle(i),
        }
    }
    Made { text: maker.text, features: maker.features, free_clocks: false }
}

/// Variables of a rule with their kinds.
type Vars = Vec<(String, Kind)>;

impl Maker<'_> {
    fn declare(&mut self, name: &str, qualifier: &str) -> Rel {
        let columns = (0..1 + self.rng.below(3)).map(|_| {
            let kind = *self.rng.pick(&[Kind::Number, Kind::Number, Kind::Symbol, Kind::Unsigned]);
            (kind, self.rng.chance(12))
        });
        let rel = Rel { name: name.to_string(), columns: columns.collect() };
        self.declared(&rel, qualifier);
        rel
    }

    fn declared(&mut self, rel: &Rel, qualifier: &str) {
        let mark = |optional: bool| if optional { "?" } else { "" };
        let column = |(i, (kind, optional)): (usize, &(Kind, bool))| format!("c{i}: {}{}", kind.name(), mark(*optional));
        let columns: Vec<String> = rel.columns.iter().enumerate().map(column).collect();
        writeln!(self.text, ".decl {}({}) {qualifier}", rel.name, columns.join(", ")).unwrap();
    }

    fn constant(&mut self, kind: Kind) -> String {
        match kind {
            Kind::Symbol => format!("\"{}\"", ["", "a", "b", "吴"][self.rng.below(4)]),
            _ => self.rng.below(4).to_string(),
        }
    }

    fn atom(&mut self, rel: &Rel, vars: &mut Vars) -> String {
        let args: Vec<String> = rel
            .columns
            .iter()
            .map(|(kind, optional)| {
                let known: Vec<String> = vars.iter().filter(|(_, k)| k == kind).map(|(name, _)| name.clone()).collect();
                match self.rng.below(100) {
                    0..40 if !known.is_empty() => self.rng.pick(&known).clone(),
                    0..78 => {
                        let name = format!("v{}", vars.len());
                        vars.push((name.clone(), *kind));
                        name
                    }
                    78..86 => self.constant(*kind),
                    86..90 if *optional => "nil".to_string(),
                    _ => "_".to_string(),
                }
            })
            .collect();
        format!("{}({})", rel.name, args.join(", "))
    }

    fn head(&mut self, rel: &Rel, vars: &Vars, recursive: bool) -> String {
        let args: Vec<String> = rel
            .columns
            .iter()
            .map(|(kind, optional)| {
                let known: Vec<String> = vars.iter().filter(|(_, k)| k == kind).map(|(name, _)| name.clone()).collect();
                if *optional && self.rng.chance(10) {
                    return "nil".to_string();
                }
                if known.is_empty() || self.rng.chance(5) {
                    return self.constant(*kind);
                }
                let var = self.rng.pick(&known).clone();
                match kind {
                    Kind::Number if self.rng.chance(15) => format!("({var} + {}) % 5", self.rng.below(3)),
                    Kind::Number if !recursive && self.rng.chance(6) => format!("6 / {var}"),
                    _ => var,
                }
            })
            .collect();
        format!("{}({})", rel.name, args.join(", "))
    }

    fn body(&mut self, own: Option<&Rel>, vars: &mut Vars) -> Vec<String> {
        let mut body: Vec<String> = own.map(|own| self.atom(own, vars)).into_iter().collect();
        for _ in 0..1 + self.rng.below(2) {
            let rel = self.rng.pick(&self.below.clone()).clone();
            body.push(self.atom(&rel, vars));
        }
        if !vars.is_empty() && self.rng.chance(25) {
            let (var, kind) = self.rng.pick(&vars.clone()).clone();
            let other = self.constant(kind);
            body.push(format!("{var} {} {other}", self.rng.pick(&["!=", "<", "<=", ">"])));
        }
        body
    }

    fn rule(&mut self, head: &Rel, own: Option<&Rel>) {
        let mut vars = Vars::new();
        let body = self.body(own, &mut vars);
        let head = self.head(head, &vars, own.is_some());
        writeln!(self.text, "{head} :- {}.", body.join(", ")).unwrap();
    }

    fn rules(&mut self, rel: &Rel) {
        if self.rng.chance(20) {
            let row: Vec<String> = rel.columns.iter().map(|(kind, _)| self.constant(*kind)).collect();
            writeln!(self.text, "{}({}).", rel.name, row.join(", ")).unwrap();
        }
        if self.rng.chance(15) {
            writeln!(self.text, ".input {}", rel.name).unwrap();
        }
        for _ in 0..1 + self.rng.below(2) {
            self.rule(rel, None);
        }
    }

    fn given_out(&mut self, rel: Rel) {
        writeln!(self.text, ".output {}", rel.name).unwrap();
        self.below.push(rel);
    }

    fn choice(&mut self, i: usize) {
        let name = format!("c{i}");
        let columns = 2 + self.rng.below(2);
        let rel = Rel {
            name,
            columns: (0..columns).map(|_| (*self.rng.pick(&[Kind::Number, Kind::Symbol]), self.rng.chance(10))).collect(),
        };
        let domain = |rng: &mut Rng| match rng.below(4) {
            0 if columns == 3 => "(c1, c2)".to_string(),
            1 => "(c0, c1)".to_string(),
            _ => format!("c{}", rng.below(columns)),
        };
        let domains: Vec<String> = (0..1 + self.rng.below(3) / 2 + self.rng.below(2)).map(|_| domain(self.rng)).collect();
        self.features.insert(if domains.len() > 1 { "several domains" } else { "choice" });
        self.declared(&rel, &format!("choice-domain {}", domains.join(", ")));
        self.rules(&rel);
        if self.rng.chance(60) {
            self.features.insert("recursive choice");
            self.rule(&rel, Some(&rel));
        }
        self.limit(&rel);
        self.given_out(rel);
    }

    fn limit(&mut self, rel: &Rel) {
        if self.rng.chance(25) {
            self.features.insert("limit");
            writeln!(self.text, ".limitsize {}(n={})", rel.name, 1 + self.rng.below(8)).unwrap();
        }
    }

    fn subsumption(&mut self, i: usize) {
        let rel = self.declare(&format!("s{i}"), "");
        self.rules(&rel);
        self.features.insert("subsumption");
        let recursive = self.rng.chance(60);
        if recursive {
            self.features.insert("recursive subsumption");
            self.rule(&rel, Some(&rel));
        }
        self.dominance(&rel, recursive);
        self.limit(&rel);
        self.given_out(rel);
    }

    /// Ways for rows of a relation to be dropped; not all are orders, unless they have to be.
    fn dominance(&mut self, rel: &Rel, order: bool) {
        let ops: &[&str] = if order { &["<=", "<=", "<", ">=", ">"] } else { &["<=", "<=", "<", ">=", ">", "!="] };
        for _ in 0..if order { 1 } else { 1 + self.rng.below(2) } {
            let (mut one, mut other, mut vars, mut body) = (Vec::new(), Vec::new(), Vars::new(), Vec::new());
            for (i, (kind, _)) in rel.columns.iter().enumerate() {
                if self.rng.chance(35) {
                    one.push(format!("k{i}"));
                    other.push(format!("k{i}"));
                    vars.push((format!("k{i}"), *kind));
                    continue;
                }
                one.push(if self.rng.chance(10) { self.constant(*kind) } else { format!("a{i}") });
                other.push(match self.rng.below(10) {
                    0 => self.constant(*kind),
                    1 => "_".to_string(),
                    _ => format!("b{i}"),
                });
                let (a, b) = (one[i].clone(), other[i].clone());
                if b != "_" && (a.starts_with('a') || b.starts_with('b')) {
                    body.push(format!("{a} {} {b}", self.rng.pick(ops)));
                }
                vars.extend([(a, *kind), (b, *kind)].into_iter().filter(|(name, _)| name.starts_with(['a', 'b'])));
            }
            if self.rng.chance(30) {
                self.features.insert("subsumption of pairs");
                let rel = self.rng.pick(&self.below.clone()).clone();
                // What is asked of one row alone leaves an order an order.
                let side = if self.rng.chance(50) { 'a' } else { 'b' };
                vars.retain(|(name, _)| !order || !name.starts_with(side));
                let atom = self.atom(&rel, &mut vars);
                body.push(atom);
            }
            if body.is_empty() {
                body.push("true".to_string());
            }
            let name = &rel.name;
            writeln!(self.text, "{name}({}) <= {name}({}) :- {}.", one.join(", "), other.join(", "), body.join(", ")).unwrap();
        }
    }

    /// Two relations that depend on each other.
    fn circle(&mut self, i: usize) {
        self.features.insert("two in a circle");
        let first = self.declare(&format!("r{i}"), "");
        let chosen = self.rng.chance(35);
        let second = self.declare(&format!("t{i}"), if chosen { "choice-domain c0" } else { "" });
        if chosen {
            self.features.insert("recursive choice");
        }
        for rel in [&first, &second] {
            self.rules(rel);
        }
        self.rule(&first, Some(&second));
        self.rule(&second, Some(&first));
        if self.rng.chance(40) {
            self.rule(&first, Some(&first));
        }
        if self.rng.chance(60) {
            self.features.insert("recursive subsumption");
            self.dominance(&first, true);
        }
        self.limit(&second);
        self.given_out(first);
        self.given_out(second);
    }

    fn numbers(&mut self, i: usize) {
        let source = self.rng.pick(&self.below.clone()).clone();
        if source.name.starts_with('n') {
            self.features.insert("numbers of numbers");
        }
        self.features.insert("numbers");
        let (kind, optional) = source.columns[0];
        let rel = Rel { name: format!("n{i}"), columns: vec![(Kind::Number, false), (kind, optional)] };
        self.declared(&rel, "");
        for _ in 0..1 + self.rng.below(2) {
            let mut vars = vec![("w".to_string(), kind)];
            let mut args = vec!["w".to_string()];
            args.extend((1..source.columns.len()).map(|_| "_".to_string()));
            let mut body = vec![format!("{}({})", source.name, args.join(", "))];
            if self.rng.chance(40) {
                let other = self.rng.pick(&self.below.clone()).clone();
                body.push(self.atom(&other, &mut vars));
            }
            let number = match self.rng.below(5) {
                0 => {
                    body.push("i = $, i != 2".to_string());
                    "i".to_string()
                }
                1 => "$ * 2 - $".to_string(),
                2 => "autoinc() + 1".to_string(),
                _ => "autoinc()".to_string(),
            };
            writeln!(self.text, "{}({number}, w) :- {}.", rel.name, body.join(", ")).unwrap();
        }
        self.given_out(rel);
    }
}
