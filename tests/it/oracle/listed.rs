//! Random programs that read `clue`: clue relations whose rows share keys and differ in level, agency, person and day, some of which read
//! `clue` themselves; and what must stand in `clue`, said apart from the rules that the checker writes for it.

use super::naive::Model;
use super::random::{Made, Rng};
use huiyan::program::{ClueDecl, ColumnOrText, LEVELS, Literal, Program, Relation};
use huiyan::security::Names;
use huiyan::types::{RelId, Row, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What is fed: name, and its columns: `n` a number, `s` a text, `d` a day; `o` a text, `e` a day, `m` an instant, `u` an unsigned number
/// that may be absent.
const INPUTS: [(&str, &str); 3] = [("a", "nse"), ("b", "nodm"), ("c", "nus")];
/// What a clue may have, and what may be its key.
const COLUMNS: &str = "nssoodeemu";
const KEYS: &str = "nsd";

struct Maker<'r> {
    rng: &'r mut Rng,
    text: String,
    features: BTreeSet<&'static str>,
    clues: Vec<(String, String)>,
}

pub fn program(rng: &mut Rng) -> Made {
    let mut maker = Maker { rng, text: String::new(), features: BTreeSet::new(), clues: Vec::new() };
    for (name, columns) in INPUTS {
        maker.declare(name, columns);
        writeln!(maker.text, ".input {name}").unwrap();
    }
    maker.text.push_str(".output clue\n");
    let clues = 1 + maker.rng.below(3);
    for i in 0..clues {
        maker.clue(i);
    }
    for i in 0..1 + maker.rng.below(2) {
        maker.reader(i);
    }
    Made { text: maker.text, features: maker.features, free_clocks: false }
}

/// Variables of a rule by the letter of their kind, optional or not.
#[derive(Default)]
struct Bound(Vec<(char, String)>);

impl Bound {
    fn fresh(&mut self, kind: char) -> String {
        let name = format!("{kind}{}", self.0.len());
        self.0.push((kind, name.clone()));
        name
    }

    fn of(&self, kind: char) -> Vec<String> {
        self.0.iter().filter(|(known, _)| present(*known) == present(kind)).map(|(_, name)| name.clone()).collect()
    }
}

/// The kind without the mark.
fn present(kind: char) -> char {
    match kind {
        'o' => 's',
        'e' => 'd',
        kind => kind,
    }
}

fn type_of(kind: char) -> &'static str {
    match kind {
        'n' => "number",
        's' => "symbol",
        'd' => "date",
        'o' => "symbol?",
        'e' => "date?",
        'm' => "datetime?",
        _ => "unsigned?",
    }
}

impl Maker<'_> {
    fn declare(&mut self, name: &str, columns: &str) {
        let columns: Vec<String> = columns.chars().enumerate().map(|(i, kind)| format!("c{i}: {}", type_of(kind))).collect();
        writeln!(self.text, ".decl {name}({})", columns.join(", ")).unwrap();
    }

    fn letter(&mut self, from: &str) -> char {
        let letters: Vec<char> = from.chars().collect();
        *self.rng.pick(&letters)
    }

    fn clue(&mut self, i: usize) {
        let name = format!("q{i}");
        let mut columns: Vec<char> = (0..2 + self.rng.below(5)).map(|_| self.letter(COLUMNS)).collect();
        let key = self.rng.below(columns.len());
        columns[key] = self.letter(KEYS);
        let columns: String = columns.into_iter().collect();
        self.declare(&name, &columns);
        let level = self.parameters(&name, &columns, key);
        for _ in 0..1 + self.rng.below(3) {
            self.rule(&name, &columns, level, i);
        }
        self.clues.push((name, columns));
    }

    /// `.clue`; gives the column of the level.
    fn parameters(&mut self, name: &str, columns: &str, key: usize) -> Option<usize> {
        let kinds: Vec<char> = columns.chars().collect();
        let mut params = vec![format!("title=\"t\", key=\"c{key}\"")];
        let mut level = None;
        for param in ["agency", "person", "due", "level"] {
            let fits = |kind: char| if param == "due" { "dem".contains(kind) } else { "so".contains(kind) };
            let columns: Vec<usize> = (0..kinds.len()).filter(|i| fits(kinds[*i])).collect();
            if !columns.is_empty() && self.rng.chance(75) {
                let column = *self.rng.pick(&columns);
                params.push(format!("{param}=\"c{column}\""));
                match param {
                    "due" => _ = self.features.insert("a day to come"),
                    "level" => {
                        self.features.insert("a level");
                        level = Some(column);
                    }
                    _ => {}
                }
            }
        }
        writeln!(self.text, ".clue {name}({})", params.join(", ")).unwrap();
        level
    }

    fn rule(&mut self, name: &str, columns: &str, level: Option<usize>, place: usize) {
        let mut bound = Bound::default();
        let mut body = vec![self.input(&mut bound)];
        match self.rng.below(10) {
            0..=2 => {
                let atom = self.input(&mut bound);
                body.push(atom);
            }
            3 => body.push(self.absent(&bound)),
            4 if place > 0 => {
                self.features.insert("a clue of clues");
                body.push("clue(rule: \"q0\")".to_string());
            }
            5 if place > 0 => {
                self.features.insert("a clue of clues");
                body.push("!clue(rule: \"q0\", agency: nil)".to_string());
            }
            _ => {}
        }
        let head: Vec<String> = columns.chars().enumerate().map(|(i, kind)| self.head(kind, level == Some(i), &bound)).collect();
        writeln!(self.text, "{name}({}) :- {}.", head.join(", "), body.join(", ")).unwrap();
    }

    /// An atom that is fed, sharing its number or not.
    fn input(&mut self, bound: &mut Bound) -> String {
        let (name, columns) = *self.rng.pick(&INPUTS);
        let args: Vec<String> = columns
            .chars()
            .map(|kind| {
                let known = bound.of(kind);
                match self.rng.below(10) {
                    0..=2 if !known.is_empty() => self.rng.pick(&known).clone(),
                    0..=1 => "_".to_string(),
                    2 if "oemu".contains(kind) => "nil".to_string(),
                    _ => bound.fresh(kind),
                }
            })
            .collect();
        format!("{name}({})", args.join(", "))
    }

    fn absent(&mut self, bound: &Bound) -> String {
        let number = bound.of('n').first().cloned().unwrap_or("0".to_string());
        format!("!{}(c0: {number})", self.rng.pick(&INPUTS).0)
    }

    fn head(&mut self, kind: char, is_level: bool, bound: &Bound) -> String {
        if is_level && self.rng.chance(80) {
            return format!("\"{}\"", self.rng.pick(&["violation", "hint", "quality", "odd", ""]));
        }
        if "oemu".contains(kind) && self.rng.chance(25) {
            return "nil".to_string();
        }
        let vars = bound.of(kind);
        if !vars.is_empty() && self.rng.chance(85) {
            return self.rng.pick(&vars).clone();
        }
        match present(kind) {
            'n' => self.rng.below(2).to_string(),
            's' => self.rng.pick(&["\"\"", "\"a\"", "\"吴\""]).to_string(),
            'd' => "date(\"2022-01-08\")".to_string(),
            'm' => "datetime(\"2022-01-08T20:00:00Z\")".to_string(),
            _ => self.rng.below(2).to_string(),
        }
    }

    /// A rule over `clue`; of clues that a reader makes clues again, `clue` has none.
    fn reader(&mut self, i: usize) {
        let forms = [
            ("rule: symbol, agency: symbol", "(x, a) :- clue(rule: x, agency: a)."),
            ("rule: symbol, n: number", "(x, n) :- clue(rule: x), n = count : { clue(_, x, _, _, _) }."),
            ("rule: symbol, n: number", "(x, 6 / (day(d) - 8)) :- clue(rule: x, due: d)."),
            ("id: symbol, due: date", "(i, d) :- clue(i, _, _, _, d else date(\"2022-01-09\")), !clue(id: i, person: nil)."),
            (
                "rule: symbol, agency: symbol, due: date",
                "(x, a, d) :- clue(rule: x, agency: a), d = min e : { clue(agency: a, due: e) }.",
            ),
            ("one: symbol, other: symbol", "(x, y) :- clue(i, x, a, _, _), clue(j, y, a, _, _), i != j."),
        ];
        let (columns, rule) = *self.rng.pick(&forms);
        let name = format!("r{i}");
        writeln!(self.text, ".decl {name}({columns})\n.output {name}\n{name}{rule}").unwrap();
        self.features.insert("a listed clue");
        if self.rng.chance(30) {
            self.features.insert("a clue of clues");
            let key = columns.split(':').next().unwrap();
            writeln!(self.text, ".clue {name}(title=\"t\", key=\"{key}\")").unwrap();
        }
    }
}

/// What stands in `clue` and should not, or should and does not: by the clue relations of the model, each key once, by the row that people
/// are shown.
pub fn differs(program: &Program, model: &Model) -> Option<String> {
    let listing = program.find("clue")?;
    let mut want: BTreeSet<Row> = BTreeSet::new();
    for (i, relation) in program.relations.iter().enumerate() {
        let Some(decl) = &relation.clue else { continue };
        if !depends(program, RelId(i as u32), listing) {
            want.extend(listed(relation, decl, &model.relations[i]));
        }
    }
    let got = &model.relations[listing.index()];
    (*got != want).then(|| {
        let (more, less) = (got.difference(&want).collect::<Vec<_>>(), want.difference(got).collect::<Vec<_>>());
        format!("clue: too many {more:?}, missing {less:?}")
    })
}

fn listed(relation: &Relation, decl: &ClueDecl, rows: &BTreeSet<Row>) -> Vec<Row> {
    let mut shown: BTreeMap<Row, (usize, Row)> = BTreeMap::new();
    for row in rows {
        let level = match &decl.level {
            Some(ColumnOrText::Column(column)) => row[*column].to_string(),
            Some(ColumnOrText::Text(text)) => text.clone(),
            None => String::new(),
        };
        let one = (LEVELS.iter().position(|known| *known == level).unwrap_or(LEVELS.len()), row.clone());
        let best = shown.entry(row.project(&decl.key)).or_insert_with(|| one.clone());
        if one < *best {
            *best = one;
        }
    }
    let names = Names::of_no_folder();
    let of = |(key, (_, row)): (Row, (usize, Row))| {
        let cell = |column: Option<usize>| column.map_or(Value::Absent, |column| row[column].clone());
        let due = match cell(decl.due) {
            Value::Datetime(us) => Value::Date((us + 8 * 3_600_000_000).div_euclid(86_400_000_000)),
            day => day,
        };
        let id = names.clue(&relation.name, &key).to_string();
        Row::new(vec![Value::symbol(&id), Value::symbol(&relation.name), cell(decl.agency), cell(decl.person), due])
    };
    shown.into_iter().map(of).collect()
}

/// Does a relation read another, through whatever rules?
fn depends(program: &Program, relation: RelId, on: RelId) -> bool {
    let (mut seen, mut todo) = (BTreeSet::new(), vec![relation]);
    while let Some(id) = todo.pop() {
        if id == on {
            return true;
        }
        if seen.insert(id) {
            program.rules.iter().filter(|rule| rule.head == id).for_each(|rule| reads(&rule.body, &mut todo));
        }
    }
    false
}

fn reads(body: &[Literal], into: &mut Vec<RelId>) {
    for literal in body {
        match literal {
            Literal::Atom(atom) | Literal::Not(atom) => into.push(atom.relation),
            Literal::Aggregate(aggregate) => reads(&aggregate.body, into),
            Literal::Compare { .. } | Literal::Holds { .. } | Literal::Range(_) => {}
        }
    }
}
