//! The graphs of the classic programs: reachability and closure over random arcs, closure over layers, Andersen's points-to analysis over
//! modules. All rows are different; the arcs that come later are too.

use super::Records;
use super::present::{Present, Row};
use crate::dice::{Dice, Mix, Shuffle};
use huiyan::types::word_of_number;

pub const REACH: &str = "
    .decl arc(x: number, y: number) .input arc
    .decl source(x: number) .input source
    .decl reach(x: number) .output reach
    reach(x) :- source(x).
    reach(y) :- reach(x), arc(x, y).
";

pub const CLOSURE: &str = "
    .decl arc(x: number, y: number) .input arc
    .decl tc(x: number, y: number) .output tc
    tc(x, y) :- arc(x, y).
    tc(x, z) :- tc(x, y), arc(y, z).
";

pub const ANDERSEN: &str = "
    .decl addressOf(y: number, x: number) .input addressOf
    .decl assign(y: number, z: number) .input assign
    .decl load(y: number, x: number) .input load
    .decl store(y: number, x: number) .input store
    .decl pts(y: number, x: number) .output pts
    pts(y, x) :- addressOf(y, x).
    pts(y, x) :- assign(y, z), pts(z, x).
    pts(y, w) :- load(y, x), pts(x, z), pts(z, w).
    pts(z, w) :- store(y, x), pts(y, z), pts(x, w).
";

/// A pair of nodes for each place, none twice.
type Pairs = std::sync::Arc<dyn Fn(u64) -> (u64, u64) + Send + Sync>;

pub struct Graphs {
    relations: &'static [&'static str],
    present: Vec<Present>,
    /// Of each relation that changes: its pairs, and the place of the next new one.
    fresh: Vec<(Pairs, u64)>,
}

impl Graphs {
    fn new(relations: &'static [&'static str], graphs: Vec<(Pairs, u64)>) -> Graphs {
        let present = graphs.iter().map(|(pairs, count)| present(pairs.clone(), *count)).collect();
        Graphs { relations, present, fresh: graphs }
    }

    /// Four random arcs a node, three sources.
    pub fn reach(records: u64, seed: u64) -> Graphs {
        let mut graphs = Graphs::new(&["arc", "source"], vec![(random(records / 4, seed), records / 4 * 4)]);
        graphs.present.push(Present::new(3, Box::new(|at| Some(vec![word_of_number(at as i64)]))));
        graphs
    }

    /// 2.2 random arcs a node: about seven of ten pairs are connected.
    pub fn closure(rows: u64, seed: u64) -> Graphs {
        let nodes = (rows as f64 / 0.7).sqrt() as u64;
        Graphs::new(&["arc"], vec![(random(nodes, seed), nodes * 11 / 5)])
    }

    /// Twenty layers, 1.3 arcs from a node to the next layer: one arc changes some thousand rows and not all of them.
    pub fn layers(rows: u64, seed: u64) -> Graphs {
        let (layers, width) = (20, (rows / LAYER_ROWS).max(8));
        let domain = Shuffle::new((layers - 1) * width * width, seed);
        let pair = move |at| {
            let x = domain.at(at);
            let (layer, from, to) = (x / (width * width), x / width % width, x % width);
            (layer * width + from, (layer + 1) * width + to)
        };
        Graphs::new(&["arc"], vec![(std::sync::Arc::new(pair), (layers - 1) * width * 13 / 10)])
    }

    /// Modules of forty variables; two pairs in a thousand lead out of theirs. 2.1 records a variable.
    pub fn andersen(records: u64, seed: u64) -> Graphs {
        let n = records * 10 / 21 / MODULE * MODULE;
        let counts = [n, n * 9 / 10, n / 10, n / 10];
        let graphs = counts.into_iter().enumerate().map(|(i, count)| (modular(n, seed * 4 + i as u64), count)).collect();
        Graphs::new(&["addressOf", "assign", "load", "store"], graphs)
    }
}

/// Rows of the closure of twenty layers, for each node of a layer.
const LAYER_ROWS: u64 = 2_600;
const MODULE: u64 = 40;
/// One pair of this many goes anywhere.
const FAR: u64 = 500;

/// Arcs between different random nodes.
fn random(nodes: u64, seed: u64) -> Pairs {
    let domain = Shuffle::new(nodes * (nodes - 1), seed);
    std::sync::Arc::new(move |at| {
        let x = domain.at(at);
        let (from, to) = (x / (nodes - 1), x % (nodes - 1));
        (from, to + u64::from(to >= from))
    })
}

fn modular(n: u64, seed: u64) -> Pairs {
    let (near, far) = (Shuffle::new(n * MODULE, seed), Mix(seed));
    std::sync::Arc::new(move |at| {
        if at % FAR == 0 {
            // Into another module, so that it is none of the near pairs; and from a variable of its own.
            let from = at / FAR * 7_919 % n;
            let to = far.roll(at, 0, n - MODULE);
            let start = from / MODULE * MODULE;
            return (from, if to >= start { to + MODULE } else { to });
        }
        let x = near.at(at - at / FAR - 1);
        let (from, within) = (x / MODULE, x % MODULE);
        (from, from / MODULE * MODULE + within)
    })
}

fn row((from, to): (u64, u64)) -> Row {
    vec![word_of_number(from as i64), word_of_number(to as i64)]
}

fn present(pairs: Pairs, count: u64) -> Present {
    Present::new(count, Box::new(move |at| Some(row(pairs(at)))))
}

impl Records for Graphs {
    fn relations(&self) -> &'static [&'static str] {
        self.relations
    }

    fn present(&mut self) -> &mut [Present] {
        &mut self.present
    }

    /// In turn a new arc, and one less.
    fn change(&mut self, transaction: u64, dice: &mut Dice, changes: &mut Vec<(usize, Row, i64)>) {
        let relation = dice.roll(self.fresh.len() as u64) as usize;
        let present = &mut self.present[relation];
        if transaction.is_multiple_of(2) {
            let (pairs, next) = &mut self.fresh[relation];
            let new = row(pairs(*next));
            *next += 1;
            present.add(new.clone());
            changes.push((relation, new, 1));
        } else {
            let (place, old) = present.pick(dice);
            present.remove(place);
            changes.push((relation, old, -1));
        }
    }
}
