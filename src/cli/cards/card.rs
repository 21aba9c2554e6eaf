//! [`Card`]: what the program, the pack's data and the files know of one kind of clue, gathered.

use super::cases::{self, Case};
use super::remarks::Remarks;
use crate::expr::Expr;
use crate::pack::Pack;
use crate::program::reach::{Known, Reach, Reached};
use crate::program::{Arg, ClueDecl, ColumnOrText, LEVELS, Literal, Program, ReasonPart, Relation};
use crate::types::{RelId, Row, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The word by which a comment says that a relation is worked out for whoever asks.
const HELPER: &str = "辅助";
/// And that by which one names what a clue gets wrong.
const MISTAKES: &str = "误报";

/// What all cards are made from.
pub(super) struct Source<'p> {
    pub pack: &'p Pack,
    pub program: &'p Program,
    pub cases: &'p [Case],
    data: BTreeMap<RelId, Vec<Row>>,
    helpers: BTreeSet<RelId>,
}

pub(super) struct Card<'p> {
    pub relation: &'p Relation,
    pub clue: &'p ClueDecl,
    /// File and line.
    pub place: (String, usize),
    pub levels: Vec<String>,
    /// The rule could accuse, and no duty behind it is verified.
    pub only_hints: bool,
    pub remarks: Remarks,
    pub articles: Vec<Named>,
    pub duties: Vec<Named>,
    /// Rule, name, value.
    pub settings: Vec<[String; 3]>,
    /// Relations from outside, with the columns that are looked at.
    pub tables: Vec<(&'p Relation, Vec<usize>)>,
    /// File, and the names of its rules that may take part.
    pub rules: Vec<(String, Vec<String>)>,
    pub opens: Vec<&'p Case>,
    pub silent: Vec<&'p Case>,
}

/// A row of reference data, its cells by the names of their columns; "" for an absent one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Named(BTreeMap<String, String>);

impl Named {
    fn of(relation: &Relation, row: &Row) -> Named {
        let cell = |value: &Value| if *value == Value::Absent { String::new() } else { value.to_string() };
        Named(relation.columns.iter().zip(row.values()).map(|(column, value)| (column.name.clone(), cell(value))).collect())
    }

    pub fn get(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }
}

/// Whether a duty may carry an accusation, by how sure its text is.
pub(super) fn is_verified(duty: &Named) -> bool {
    matches!(duty.get("verified"), "V" | "V2")
}

impl<'p> Source<'p> {
    pub fn new(pack: &'p Pack, program: &'p Program, rows: Vec<(RelId, Vec<Row>)>, cases: &'p [Case]) -> Source<'p> {
        let mut source = Source { pack, program, cases, data: rows.into_iter().collect(), helpers: BTreeSet::new() };
        let helps = |id: &RelId| source.remarks(program.relation(*id)).marks(HELPER).next().is_some();
        source.helpers = program.rel_ids().filter(helps).collect();
        source
    }

    fn remarks(&self, relation: &Relation) -> Remarks {
        let (_, line) = self.place(relation);
        Remarks::of(&self.pack.sources.file(relation.span.file).text, line)
    }

    fn place(&self, relation: &Relation) -> (String, usize) {
        let sources = &self.pack.sources;
        (sources.file(relation.span.file).name.clone(), sources.line_column(relation.span).0)
    }

    pub fn card(&self, id: RelId) -> Option<Card<'p>> {
        let relation = self.program.relation(id);
        let clue = relation.clue.as_ref()?;
        let reach = Reach::new(self.program, &self.data, &self.helpers);
        let reached = reach.reached(id);
        let values = |of: &Option<ColumnOrText>| -> BTreeSet<String> {
            match of {
                Some(ColumnOrText::Text(text)) => BTreeSet::from([text.clone()]),
                Some(ColumnOrText::Column(column)) => reach.values(id, *column).iter().map(ToString::to_string).collect(),
                None => BTreeSet::new(),
            }
        };
        let duties = self.meant(id, self.duties(&reached));
        let mut bases = values(&clue.basis);
        bases.extend(duties.iter().map(|duty| duty.get("basis").to_string()));
        bases.extend(self.rule_bases(&reached));
        let mut levels = values(&clue.level);
        // Whatever the rule can say: nobody is accused by a duty that was not verified.
        let only_hints = !duties.is_empty() && duties.iter().all(|duty| !is_verified(duty)) && levels.remove("violation");
        let (opens, silent) = cases::of(self.cases, &relation.name);
        Some(Card {
            relation,
            clue,
            place: self.place(relation),
            levels: LEVELS.iter().filter(|level| levels.contains(**level)).map(ToString::to_string).collect(),
            only_hints,
            remarks: self.remarks(relation),
            articles: self.named("article").into_iter().filter(|article| bases.contains(article.get("code"))).collect(),
            duties,
            settings: self.settings(&reached),
            tables: self.tables(&reached),
            rules: self.rules(&reached),
            opens,
            silent,
        })
    }

    /// Rows of a relation of the pack's data; none if it has none.
    fn named(&self, relation: &str) -> Vec<Named> {
        let Some(id) = self.program.find(relation) else { return Vec::new() };
        let rows = self.data.get(&id).into_iter().flatten();
        rows.map(|row| Named::of(self.program.relation(id), row)).collect()
    }

    /// Rows of the pack's data that a clue asks for by these columns, in the order of the data.
    fn asked(&self, reached: &Reached, relation: &str, by: &[&str]) -> Vec<&Row> {
        let Some(id) = self.program.find(relation) else { return Vec::new() };
        let columns: Vec<usize> = by.iter().filter_map(|name| self.program.relation(id).column(name)).collect();
        let asked: Vec<&Known> = reached.asked.get(&id).into_iter().flatten().collect();
        // Who asks for less than somebody else does looks about for another reason.
        let is_within =
            |known: &Known, other: &Known| known != other && known.iter().all(|(column, value)| other.get(column) == Some(value));
        let asked: Vec<&Known> = asked
            .iter()
            .copied()
            .filter(|known| columns.iter().all(|column| known.contains_key(column)))
            .filter(|known| !asked.iter().any(|other| is_within(known, other)))
            .collect();
        let is_asked = |row: &&Row| asked.iter().any(|known| known.iter().all(|(column, value)| row[*column] == *value));
        self.data.get(&id).into_iter().flatten().filter(is_asked).collect()
    }

    fn duties(&self, reached: &Reached) -> Vec<Named> {
        let Some(id) = self.program.find("duty") else { return Vec::new() };
        let rows = self.asked(reached, "duty", &["trigger"]);
        rows.into_iter().map(|row| Named::of(self.program.relation(id), row)).collect()
    }

    /// Of duties those that the clue's own rules name by a constant; all of them where they name none.
    fn meant(&self, id: RelId, duties: Vec<Named>) -> Vec<Named> {
        let mut named: BTreeSet<String> = BTreeSet::new();
        for rule in self.program.rules.iter().filter(|rule| rule.head == id) {
            for literal in &rule.body {
                let Literal::Atom(atom) = literal else { continue };
                named.extend(atom.args.iter().filter_map(|arg| match arg {
                    Arg::Term(Expr::Const(Value::Symbol(text))) if !text.is_empty() => Some(text.to_string()),
                    _ => None,
                }));
            }
        }
        let is_named = |duty: &Named, column: &str| named.contains(duty.get(column));
        let narrowed = |all: Vec<Named>, column: &&str| {
            let some: Vec<Named> = all.iter().filter(|duty| is_named(duty, column)).cloned().collect();
            if some.is_empty() { all } else { some }
        };
        ["trigger", "trigger_kind", "recipient_role", "doc_kind"].iter().fold(duties, narrowed)
    }

    fn settings(&self, reached: &Reached) -> Vec<[String; 3]> {
        let rows = self.asked(reached, "setting", &["rule", "name"]);
        rows.into_iter()
            .filter(|row| row.values().len() == 3)
            .map(|row| [0, 1, 2].map(|column| row[column].to_string()))
            .collect()
    }

    /// What `@[basis]` says of the rules that take part.
    fn rule_bases(&self, reached: &Reached) -> Vec<String> {
        reached.rules.iter().filter_map(|rule| self.program.rules[rule.index()].basis.clone()).collect()
    }

    fn tables(&self, reached: &Reached) -> Vec<(&'p Relation, Vec<usize>)> {
        let tables = reached.columns.iter().map(|(id, columns)| (self.program.relation(*id), columns.iter().copied().collect()));
        tables.collect()
    }

    fn rules(&self, reached: &Reached) -> Vec<(String, Vec<String>)> {
        let mut files: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for rule in reached.rules.iter().map(|rule| &self.program.rules[rule.index()]).filter(|rule| rule.named) {
            let names = files.entry(rule.span.file.0).or_default();
            if !names.contains(&rule.id) {
                names.push(rule.id.clone());
            }
        }
        let name = |file: u32| self.pack.sources.files[file as usize].name.clone();
        files.into_iter().map(|(file, names)| (name(file), names)).collect()
    }
}

impl Card<'_> {
    /// The relation's name as words.
    pub fn english(&self) -> String {
        let words = self.relation.name.replace('_', " ");
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// The reason with its columns in braces.
    pub fn reason(&self) -> String {
        let part = |part: &ReasonPart| match part {
            ReasonPart::Text(text) => text.clone(),
            ReasonPart::Column(column) => format!("{{{}}}", self.relation.columns[*column].name),
        };
        self.clue.reason.iter().map(part).collect()
    }

    pub fn mistakes(&self) -> Vec<&str> {
        self.remarks.marks(MISTAKES).collect()
    }
}
