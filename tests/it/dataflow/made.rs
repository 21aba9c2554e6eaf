//! Short spellings of inputs and deltas.

use huiyan::dataflow::{EpochDelta, InputChanges};
use huiyan::plan::Output;
use huiyan::types::{RelId, number_of, word_of_number};

/// Changes of a relation whose columns are numbers.
pub fn changes(relation: u32, rows: &[(&[i64], i64)]) -> InputChanges {
    InputChanges {
        relation: Some(RelId(relation)),
        words: rows.iter().flat_map(|(row, _)| row.iter().map(|x| word_of_number(*x))).collect(),
        diffs: rows.iter().map(|(_, diff)| *diff).collect(),
    }
}

/// (epoch, relation, row, diff), in order.
pub type Shown = (u64, u32, Vec<i64>, i64);

pub fn shown(deltas: &[EpochDelta]) -> Vec<Shown> {
    let mut all = Vec::new();
    for delta in deltas {
        for output in &delta.outputs {
            let Output::Relation(relation) = output.output else { panic!("no faults are asked for") };
            for (i, diff) in output.diffs.iter().enumerate() {
                let words = &output.words[i * output.arity..(i + 1) * output.arity];
                all.push((delta.epoch.0, relation.0, words.iter().map(|word| number_of(*word)).collect(), *diff));
            }
        }
    }
    all.sort();
    all
}
