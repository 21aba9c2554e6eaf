//! R2: whoever has what held at any epoch, and adds the deltas since, has what holds at every later one.
//!
//! What held is the judge's word, not the engine's, so that an error of one delta is not carried on into what the next are added to.

use super::naive::Model;
use huiyan::dataflow::EpochDelta;
use huiyan::plan::Output;
use huiyan::program::Program;
use huiyan::types::{Interner, Kind, RelId, Row, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A row of an output, or a fault.
type Item = (Option<RelId>, Row);

/// What held after each epoch, and what each changed; nothing before the first.
pub struct Sums {
    held: Vec<BTreeSet<Item>>,
    told: Vec<BTreeMap<Item, i64>>,
}

impl Sums {
    pub fn new() -> Sums {
        Sums { held: vec![BTreeSet::new()], told: vec![BTreeMap::new()] }
    }

    /// The next epoch: its delta, if it has one, and what the judge says.
    pub fn push(&mut self, program: &Program, delta: Option<&EpochDelta>, texts: &Interner, judge: &Model) {
        let mut told = BTreeMap::new();
        for output in delta.iter().flat_map(|delta| &delta.outputs) {
            let (of, columns) = match output.output {
                Output::Relation(id) => {
                    (Some(id), program.relation(id).columns.iter().map(|c| (c.kind, c.optional)).collect::<Vec<_>>())
                }
                Output::Faults => (None, vec![(Kind::Symbol, false); output.arity]),
            };
            let changes = output.changes(&columns, texts);
            assert!(!changes.is_empty(), "an output that did not change is left out");
            for change in changes {
                assert!(told.insert((of, change.row.clone()), change.diff).is_none(), "{change:?} is told twice in an epoch");
            }
        }
        assert!(delta.is_none() || !told.is_empty(), "an epoch that changed nothing is left out");
        let rows = program.output_ids().into_iter().flat_map(|id| judge.relations[id.index()].iter().map(move |row| (id, row)));
        let faults = judge.faults.iter().map(|fault| (None, Row::new(fault.iter().map(|text| Value::symbol(text)).collect())));
        self.held.push(rows.map(|(id, row)| (Some(id), row.clone())).chain(faults).collect());
        self.told.push(told);
    }

    /// From each epoch to each later one; how many such stretches there were, or the first that is wrong.
    pub fn check(&self) -> Result<u64, String> {
        let mut stretches = 0;
        for from in 0..self.held.len() {
            let mut sum: BTreeMap<&Item, i64> = self.held[from].iter().map(|item| (item, 1)).collect();
            for to in from + 1..self.held.len() {
                for (item, diff) in &self.told[to] {
                    let times = sum.entry(item).or_default();
                    *times += diff;
                    if *times == 0 {
                        sum.remove(item);
                    }
                }
                if !sum.iter().map(|(item, times)| (*item, *times)).eq(self.held[to].iter().map(|item| (item, 1))) {
                    return Err(format!("from epoch {from} on, the deltas do not lead to what holds at {to}: {sum:?}"));
                }
                stretches += 1;
            }
        }
        Ok(stretches)
    }
}
