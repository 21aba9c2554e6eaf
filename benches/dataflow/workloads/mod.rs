//! The workloads: a program, its records, and changes of them, all from a seed.
//!
//! Records are made in parts and not kept, so what a process holds is what its contestant holds. The distributions are those that Datalog
//! engines are usually measured with (random graphs, a points-to analysis in modules) and a county's supervision.

mod classic;
mod present;
mod supervision;

use crate::dice::Dice;
use classic::Graphs;
use huiyan::types::{Interner, Word};
use present::{Present, Row};
use supervision::Supervision;

/// Records of one relation that come (`+1`) or go (`-1`).
#[derive(Clone, Default)]
pub struct Changes {
    pub relation: usize,
    pub words: Vec<Word>,
    pub diffs: Vec<i64>,
}

/// Relations of a workload, and rows that come and go.
pub trait Records: Send + Sync {
    /// Each input relation by its name in the rules.
    fn relations(&self) -> &'static [&'static str];
    fn present(&mut self) -> &mut [Present];
    /// One record is inserted, retracted or corrected; how depends on the number of the transaction.
    fn change(&mut self, transaction: u64, dice: &mut Dice, changes: &mut Vec<(usize, Row, i64)>);
}

pub struct Workload {
    pub name: String,
    pub rules: &'static str,
    pub loaded: usize,
    records: Box<dyn Records>,
    /// Which relation is loaded next, from which place.
    next: (usize, u64),
    dice: Dice,
    transactions: u64,
}

pub const NAMES: [&str; 5] = ["reach", "tc", "tcu", "andersen", "supervision"];

impl Workload {
    /// `size`: records; for `tc` and `tcu` about the rows of the closure, for a closure grows with the square of its graph.
    pub fn new(name: &str, size: u64, seed: u64, texts: &Interner) -> Workload {
        let (rules, records): (_, Box<dyn Records>) = match name {
            "reach" => (classic::REACH, Box::new(Graphs::reach(size, seed))),
            "tc" => (classic::CLOSURE, Box::new(Graphs::closure(size, seed))),
            "tcu" => (classic::CLOSURE, Box::new(Graphs::layers(size, seed))),
            "andersen" => (classic::ANDERSEN, Box::new(Graphs::andersen(size, seed))),
            "supervision" => (supervision::RULES, Box::new(Supervision::new(size, seed, texts))),
            other => panic!("no workload {other}; there are {NAMES:?}"),
        };
        Workload { name: name.to_string(), rules, loaded: 0, records, next: (0, 0), dice: Dice::new(seed), transactions: 0 }
    }

    pub fn relations(&self) -> &'static [&'static str] {
        self.records.relations()
    }

    /// The next part of the load: at most so many records.
    pub fn load(&mut self, most: usize) -> Option<Vec<Changes>> {
        let mut parts: Vec<Changes> = Vec::new();
        let mut left = most;
        while left > 0 && self.next.0 < self.records.present().len() {
            let (relation, from) = self.next;
            let mut part = Changes { relation, ..Changes::default() };
            let base = &self.records.present()[relation];
            let mut place = from;
            while place < base.places() && left > 0 {
                if let Some(row) = base.row(place) {
                    part.words.extend_from_slice(&row);
                    part.diffs.push(1);
                    left -= 1;
                }
                place += 1;
            }
            self.next = if place < base.places() { (relation, place) } else { (relation + 1, 0) };
            self.loaded += part.diffs.len();
            parts.push(part);
        }
        parts.retain(|part| !part.diffs.is_empty());
        (!parts.is_empty()).then_some(parts)
    }

    /// The next transaction: so many records inserted, retracted or corrected.
    pub fn transaction(&mut self, records: usize) -> Vec<Changes> {
        let mut changes = Vec::new();
        for _ in 0..records {
            self.records.change(self.transactions, &mut self.dice, &mut changes);
        }
        self.transactions += 1;
        by_relation(changes)
    }
}

fn by_relation(changes: Vec<(usize, Row, i64)>) -> Vec<Changes> {
    let mut parts: Vec<Changes> = Vec::new();
    for (relation, row, diff) in changes {
        let at = parts.iter().position(|part| part.relation == relation).unwrap_or_else(|| {
            parts.push(Changes { relation, ..Changes::default() });
            parts.len() - 1
        });
        parts[at].words.extend_from_slice(&row);
        parts[at].diffs.push(diff);
    }
    parts
}
