//! Does the engine agree with a naive evaluator over random programs and random histories?
//!
//! Every difference prints the seed, the program and the transaction. `HUIYAN_SCALE` multiplies the epochs (10 in the gate), `HUIYAN_SEED`
//! starts elsewhere. The rules of the supervision pack, which no generator would think of, are judged in the same way.

pub mod arithmetic;
mod faults;
mod inlined;
pub mod listed;
pub mod naive;
mod pack;
pub mod random;
pub mod refined;
mod rounds;
pub mod structured;
mod sums;
pub mod timed;
mod variants;

use huiyan::dataflow::{Budget, InputChanges, Runtime};
use huiyan::plan::{Node, Output, plan};
use huiyan::program::Program;
use huiyan::security::Names;
use huiyan::syntax::{Sources, has_errors, parse, render};
use huiyan::types::{Change, Epoch, Interner, Kind, Lang, RelId, Row};
use random::{ChangeKind, History, Rng};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use sums::Sums;

const EPOCHS_EACH: usize = 20;

pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn one_worker_agrees_with_the_naive_evaluator() {
    compare(random::program, 1, 20_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1));
}

#[test]
fn three_workers_agree_with_the_naive_evaluator() {
    compare(random::program, 3, 1_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 1_000_000);
}

/// Rules about time. Their clocks go in both directions, and have no row now and then, or two.
#[test]
fn agendas_agree_with_the_naive_evaluator() {
    let coverage = compare(timed::program, 1, 20_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 2_000_000);
    for feature in ["a beginning", "an end", "an equality", "an inequality", "a moved clock", "a distance", "an instant"] {
        let met = coverage.get(&(feature, ChangeKind::Clock)).copied().unwrap_or(0);
        assert!(met > 100, "{feature}: an output changed with a clock in {met} epochs");
    }
}

#[test]
fn agendas_of_three_workers_agree_with_the_naive_evaluator() {
    compare(timed::program, 3, 1_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 3_000_000);
}

/// Rules that read `clue`, over clue relations of which some read it themselves.
#[test]
fn programs_that_read_clues_agree_with_the_naive_evaluator() {
    let coverage = compare(listed::program, 1, 10_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 6_000_000);
    for kind in [ChangeKind::Insert, ChangeKind::Retract, ChangeKind::Correct] {
        for feature in ["a listed clue", "a clue of clues", "a level", "a day to come"] {
            let met = coverage.get(&(feature, kind)).copied().unwrap_or(0);
            assert!(met > 50, "{feature}: an output changed with {kind:?} in {met} epochs");
        }
    }
}

#[test]
fn three_workers_agree_on_programs_that_read_clues() {
    compare(listed::program, 3, 1_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 7_000_000);
}

/// Relations of which not all rows stay: choices, subsumptions, numbers, limits.
#[test]
fn refined_relations_agree_with_the_naive_evaluator() {
    let coverage = compare(refined::program, 1, 10_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 8_000_000);
    for kind in [ChangeKind::Insert, ChangeKind::Retract, ChangeKind::Correct] {
        for feature in refined::FEATURES {
            let met = coverage.get(&(feature, kind)).copied().unwrap_or(0);
            assert!(met > 50, "{feature}: an output changed with {kind:?} in {met} epochs");
        }
    }
}

/// Records and algebraic types.
#[test]
fn programs_about_structures_agree_with_the_naive_evaluator() {
    let coverage = compare(structured::program, 1, 4_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 12_000_000);
    let features = [
        "taken apart",
        "matched in an atom",
        "matched in a negation",
        "put together",
        "unequal",
        "aggregate",
        "recursion",
        "built in recursion",
    ];
    for kind in [ChangeKind::Insert, ChangeKind::Retract, ChangeKind::Correct] {
        for feature in features {
            let met = coverage.get(&(feature, kind)).copied().unwrap_or(0);
            assert!(met > 50, "{feature}: an output changed with {kind:?} in {met} epochs");
        }
    }
}

#[test]
fn refined_relations_of_three_workers_agree_with_the_naive_evaluator() {
    compare(refined::program, 3, 1_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 9_000_000);
}

/// Ranges, and rules that are written into others.
#[test]
fn ranges_and_inlined_rules_agree_with_the_naive_evaluator() {
    let coverage = compare(inlined::program, 1, 4_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 10_000_000);
    for kind in [ChangeKind::Insert, ChangeKind::Retract, ChangeKind::Correct] {
        for feature in ["range", "inline"] {
            let met = coverage.get(&(feature, kind)).copied().unwrap_or(0);
            assert!(met > 100, "{feature}: an output changed with {kind:?} in {met} epochs");
        }
    }
}

/// Rules about records and algebraic types that are written into others.
#[test]
fn inlined_rules_about_structures_agree_with_the_naive_evaluator() {
    let coverage = compare(inlined::structured, 1, 4_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 14_000_000);
    for kind in [ChangeKind::Insert, ChangeKind::Retract, ChangeKind::Correct] {
        let met = coverage.get(&("inline", kind)).copied().unwrap_or(0);
        assert!(met > 50, "an output changed with {kind:?} in {met} epochs");
    }
}

#[test]
fn three_workers_agree_on_ranges_and_inlined_rules() {
    compare(inlined::program, 3, 1_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 11_000_000);
}

#[test]
fn three_workers_agree_on_programs_about_structures() {
    compare(structured::program, 3, 1_000 * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1) + 13_000_000);
}

/// Programs on which engine and judge once differed.
#[test]
fn what_once_differed_agrees() {
    for (seed, workers) in [(115, 1), (239, 1), (1_917, 1), (5_000_833, 1)] {
        compare(random::program, workers, EPOCHS_EACH as u64, seed);
    }
}

/// Which feature met which kind of change, in epochs that changed an output.
type Coverage = BTreeMap<(&'static str, ChangeKind), u64>;

fn compare(maker: fn(&mut Rng) -> random::Made, workers: usize, epochs: u64, first_seed: u64) -> Coverage {
    let (mut done, mut seed, mut refused, mut programs, mut agendas, mut stretches) = (0, first_seed, 0u64, 0u64, 0u64, 0u64);
    let mut coverage = Coverage::new();
    while done < epochs {
        let mut rng = Rng(seed);
        let made = maker(&mut rng);
        match compile(&made.text) {
            Ok(program) => {
                programs += 1;
                agendas += u64::from(plan(&program).nodes.iter().any(|node| matches!(node, Node::Agenda { .. })));
                stretches += run(seed, workers, &made, &program, &mut rng, &mut coverage);
                done += EPOCHS_EACH as u64;
            }
            Err(_) => refused += 1,
        }
        seed += 1;
    }
    println!(
        "{done} epochs of {programs} programs agreed, {stretches} sums of deltas from an epoch to a later one, {workers} workers, seeds {first_seed} to {}; {refused} programs refused, {agendas} with an agenda",
        seed - 1
    );
    for ((feature, change), count) in &coverage {
        println!("  {feature:>18} x {change:?}: {count}");
    }
    assert!(refused * 4 < programs, "the generator makes too many programs that the checker refuses");
    coverage
}

pub fn compile(text: &str) -> Result<Program, String> {
    let sources = Sources::single("random.dl", text);
    let (tree, mut diagnostics) = parse(&sources);
    let (program, more) = huiyan::check::check(&tree, &sources);
    diagnostics.extend(more);
    if has_errors(&diagnostics) {
        Err(render(&diagnostics, &sources, Lang::En))
    } else {
        Ok(program.expect("no errors, so a program"))
    }
}

/// How many sums of deltas led to what the judge says.
fn run(seed: u64, workers: usize, made: &random::Made, program: &Program, rng: &mut Rng, coverage: &mut Coverage) -> u64 {
    // The judge of what is inlined reads it as relations.
    let plain = made.features.contains("inline").then(|| compile(&made.text.replace(" inline", "")).expect("it was sound"));
    let texts = Arc::new(Interner::new());
    let plan = Arc::new(plan(program));
    let arities = program.relations.iter().map(|r| r.arity()).collect();
    let budget = Budget { iterations: 10_000, rows: 10_000_000, made: 1 << 30 };
    let mut runtime = Runtime::start(plan.clone(), arities, texts.clone(), Names::of_no_folder().naming(), workers, budget);
    let mut history = History { free_clocks: made.free_clocks, ..History::new(program) };
    let (mut held, mut sums) = (Held::default(), Sums::new());
    let mut epoch = 0;
    while epoch < EPOCHS_EACH {
        // Several epochs at once, as the engine commits them in groups.
        let mut group = Vec::new();
        for _ in 0..1 + rng.below(4) {
            epoch += 1;
            let (kinds, net) = history.transaction(program, rng);
            runtime.submit(Epoch(epoch as u64), encode(program, &plan.inputs, &net, &texts));
            group.push((epoch, kinds, net, history.inputs.clone()));
        }
        let deltas = runtime.wait(Epoch(epoch as u64)).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{}", made.text));
        for (epoch, kinds, net, inputs) in group {
            let delta = deltas.iter().find(|delta| delta.epoch == Epoch(epoch as u64));
            let changed = delta.is_some_and(|delta| held.apply(program, delta, &texts));
            let mut expected = naive::evaluate(program, &inputs);
            if let Some(plain) = &plain {
                expected.relations = naive::evaluate(plain, &inputs).relations;
            }
            let difference = held.differs(program, &expected).or_else(|| listed::differs(program, &expected));
            if let Some(difference) = difference {
                panic!(
                    "seed {seed}, epoch {epoch}, {workers} workers: {difference}\n{}\ntransaction {net:#?}\ninputs {inputs:#?}",
                    made.text
                );
            }
            sums.push(program, delta, &texts, &expected);
            if changed {
                for (feature, kind) in made.features.iter().flat_map(|f| kinds.iter().map(move |k| (*f, *k))) {
                    *coverage.entry((feature, kind)).or_default() += 1;
                }
            }
        }
    }
    sums.check().unwrap_or_else(|wrong| panic!("seed {seed}, {workers} workers: {wrong}\n{}", made.text))
}

fn encode(program: &Program, read: &[RelId], net: &[(RelId, Row, i64)], texts: &Interner) -> Vec<InputChanges> {
    let mut changes: BTreeMap<RelId, InputChanges> = BTreeMap::new();
    for (id, row, diff) in net.iter().filter(|(id, _, _)| read.contains(id)) {
        let entry = changes.entry(*id).or_insert_with(|| InputChanges { relation: Some(*id), ..Default::default() });
        entry.words.extend(row.values().iter().zip(&program.relation(*id).columns).map(|(v, c)| texts.encode(v, c.kind)));
        entry.diffs.push(*diff);
    }
    changes.into_values().collect()
}

/// What the deltas so far sum up to.
#[derive(Clone, Default)]
struct Held {
    relations: BTreeMap<RelId, BTreeSet<Row>>,
    faults: BTreeSet<[String; 5]>,
}

impl Held {
    /// Adds one epoch; every change must be a change.
    fn apply(&mut self, program: &Program, delta: &huiyan::dataflow::EpochDelta, texts: &Interner) -> bool {
        for output in &delta.outputs {
            match output.output {
                Output::Relation(id) => {
                    let columns: Vec<(Kind, bool)> = program.relation(id).columns.iter().map(|c| (c.kind, c.optional)).collect();
                    let rows = self.relations.entry(id).or_default();
                    for Change { row, diff } in output.changes(&columns, texts) {
                        let took = if diff > 0 { rows.insert(row) } else { rows.remove(&row) };
                        assert!(took && diff.abs() == 1, "a delta changes what it says, once");
                    }
                }
                Output::Faults => {
                    for Change { row, diff } in output.changes(&[(Kind::Symbol, false); 5], texts) {
                        let fault = std::array::from_fn(|i| row[i].to_string());
                        let took = if diff > 0 { self.faults.insert(fault) } else { self.faults.remove(&fault) };
                        assert!(took && diff.abs() == 1, "a delta of faults changes what it says, once");
                    }
                }
            }
            assert!(!output.diffs.is_empty(), "an output that did not change is left out");
        }
        !delta.outputs.is_empty()
    }

    /// The same rows; a relation that has none is as good as one that never had any.
    fn agrees(&self, other: &Held) -> bool {
        let rows = |held: &'_ Held| -> BTreeMap<RelId, BTreeSet<Row>> {
            held.relations.iter().filter(|(_, rows)| !rows.is_empty()).map(|(id, rows)| (*id, rows.clone())).collect()
        };
        rows(self) == rows(other) && self.faults == other.faults
    }

    fn shown(&self, program: &Program) -> String {
        let rows = self.relations.iter().map(|(id, rows)| format!("{} {rows:?}\n", program.relation(*id).name));
        rows.chain([format!("faults {:?}", self.faults)]).collect()
    }

    fn differs(&self, program: &Program, expected: &naive::Model) -> Option<String> {
        let none = BTreeSet::new();
        for id in program.output_ids() {
            let (got, want) = (self.relations.get(&id).unwrap_or(&none), &expected.relations[id.index()]);
            if got != want {
                let (more, less) = (got.difference(want).collect::<Vec<_>>(), want.difference(got).collect::<Vec<_>>());
                return Some(format!("{}: too many {more:?}, missing {less:?}", program.relation(id).name));
            }
        }
        (self.faults != expected.faults).then(|| {
            let more: Vec<_> = self.faults.difference(&expected.faults).collect();
            let less: Vec<_> = expected.faults.difference(&self.faults).collect();
            format!("faults: too many {more:?}, missing {less:?}")
        })
    }
}
