//! Short spellings of inputs and deltas, and the run of a history against the naive evaluation.

use super::naive::{Bag, Inputs, Naive, add};
use huiyan::dataflow::{Budget, EpochDelta, InputChanges, Runtime};
use huiyan::plan::{Output, Plan};
use huiyan::security::Names;
use huiyan::types::{Epoch, Interner, RelId, Word, word_of_number};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const WIDE: Budget = Budget { iterations: 10_000, rows: 50_000_000, made: 1 << 30 };

/// Changes of a relation whose columns are numbers.
pub fn changes(relation: u32, rows: &[(&[i64], i64)]) -> InputChanges {
    InputChanges {
        relation: Some(RelId(relation)),
        words: rows.iter().flat_map(|(row, _)| row.iter().map(|x| word_of_number(*x))).collect(),
        diffs: rows.iter().map(|(_, diff)| *diff).collect(),
    }
}

/// By epoch and relation, the net change.
pub type Shown = BTreeMap<(u64, u32), Bag>;

pub fn shown(deltas: &[EpochDelta]) -> Shown {
    let mut all = Shown::new();
    assert!(deltas.is_sorted_by(|a, b| a.epoch < b.epoch), "epochs in order, each once");
    for delta in deltas {
        assert!(!delta.outputs.is_empty(), "an epoch without change is left out");
        for output in &delta.outputs {
            let Output::Relation(relation) = output.output else { panic!("no faults are asked for") };
            let mut bag = Bag::new();
            for (i, diff) in output.diffs.iter().enumerate() {
                let row = output.words[i * output.arity..(i + 1) * output.arity].to_vec();
                assert!(*diff != 0 && bag.insert(row, *diff).is_none(), "a consolidated delta");
            }
            assert!(!bag.is_empty(), "an output without change is left out");
            assert!(all.insert((delta.epoch.0, relation.0), bag).is_none(), "one delta per output");
        }
    }
    all
}

/// A small repeatable source of numbers.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Changes of one epoch, by relation.
type Step = BTreeMap<u32, Bag>;

/// A plan, its inputs, and which words stand in them.
pub struct Subject<'a> {
    pub plan: Plan,
    pub arities: Vec<usize>,
    pub texts: Arc<Interner>,
    pub word: &'a dyn Fn(&mut Dice) -> Word,
}

impl Subject<'_> {
    /// Random insertions and retractions that keep every input a set.
    fn history(&self, seed: u64, epochs: usize) -> Vec<Step> {
        let mut dice = Dice(seed);
        let mut present: BTreeMap<u32, Bag> = BTreeMap::new();
        (0..epochs)
            .map(|epoch| {
                let mut step = Step::new();
                let edits = if epoch == 0 { 12 } else { dice.roll(5) };
                for _ in 0..edits {
                    let relation = dice.roll(self.arities.len() as u64) as u32;
                    let row: Vec<Word> = (0..self.arities[relation as usize]).map(|_| (self.word)(&mut dice)).collect();
                    let bag = present.entry(relation).or_default();
                    let diff = if bag.contains_key(&row) { -1 } else { 1 };
                    add(bag, row.clone(), diff);
                    add(step.entry(relation).or_default(), row, diff);
                }
                step
            })
            .collect()
    }

    /// What each epoch must change, by evaluating everything anew after each.
    fn expected(&self, history: &[Step]) -> Shown {
        let (mut inputs, mut shown) = (Inputs::new(), Shown::new());
        let mut before = vec![Bag::new(); self.plan.outputs.len()];
        for (step, epoch) in history.iter().zip(1..) {
            for (relation, bag) in step {
                bag.iter().for_each(|(row, n)| add(inputs.entry(*relation).or_default(), row.clone(), *n));
            }
            let after = Naive { texts: &self.texts, inputs: &inputs }.outputs(&self.plan);
            for ((output, _), (old, new)) in self.plan.outputs.iter().zip(before.iter().zip(&after)) {
                let Output::Relation(relation) = output else { panic!("no faults are asked for") };
                let mut delta = new.clone();
                old.iter().for_each(|(row, n)| add(&mut delta, row.clone(), -n));
                if !delta.is_empty() {
                    shown.insert((epoch, relation.0), delta);
                }
            }
            before = after;
        }
        shown
    }

    fn start(&self, workers: usize) -> Runtime {
        Runtime::start(
            Arc::new(self.plan.clone()),
            self.arities.clone(),
            self.texts.clone(),
            Names::of_no_folder().naming(),
            workers,
            WIDE,
        )
    }

    /// The deltas of a history of which `together` epochs are handed in before each wait.
    fn run(&self, history: &[Step], workers: usize, together: usize) -> Shown {
        let mut runtime = self.start(workers);
        let mut all = Shown::new();
        for (at, step) in history.iter().enumerate() {
            let epoch = Epoch(at as u64 + 1);
            runtime.submit(epoch, step.iter().map(|(relation, bag)| changes_of(*relation, bag)).collect());
            if (at + 1) % together == 0 || at + 1 == history.len() {
                all.extend(shown(&runtime.wait(epoch).expect("within its budget")));
            }
        }
        all
    }

    /// The engine and the naive evaluation agree, epoch by epoch, however the epochs are handed in.
    pub fn check(&self, seeds: std::ops::Range<u64>, epochs: usize) {
        for seed in seeds {
            let history = self.history(seed, epochs);
            let expected = self.expected(&history);
            for (workers, together) in [(1, 1), (1, 7), (3, 1), (3, 5)] {
                let run = self.run(&history, workers, together);
                assert_eq!(run, expected, "seed {seed}, {workers} workers, {together} epochs together");
            }
        }
    }
}

fn changes_of(relation: u32, bag: &Bag) -> InputChanges {
    InputChanges {
        relation: Some(RelId(relation)),
        words: bag.keys().flatten().copied().collect(),
        diffs: bag.values().copied().collect(),
    }
}
