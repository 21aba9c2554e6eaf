//! R3: is the result the same for any number of workers, any cut of the history into epochs, any order inside an epoch?
//!
//! A random history of a random program is told in other ways that mean the same: its lines in another order, on more workers, an epoch in
//! several, several epochs in one, with rows that come and go again in between. Where an epoch of the variant is one of the original, its
//! deltas must be the same; wherever the inputs are the same again, so must all that was derived. A difference prints its seed; that
//! seed as `HUIYAN_SEED` begins with it. `HUIYAN_SCALE` multiplies the variants (10 in the gate).

use super::random::{History, Made, Rng};
use super::{Held, compile, encode, inlined, listed, random, refined, setting, structured, timed};
use huiyan::dataflow::{Budget, EpochDelta, Runtime};
use huiyan::plan::{Output, Plan, plan};
use huiyan::program::Program;
use huiyan::security::Names;
use huiyan::types::{Change, Epoch, Interner, Kind, RelId, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const VARIANTS: u64 = 500;
const EPOCHS: usize = 12;

type Net = Vec<(RelId, Row, i64)>;

/// An epoch of a variant.
struct Step {
    net: Net,
    /// After it the inputs are those of the original after its epoch of this number, counted from 0.
    reached: Option<usize>,
    /// It is that epoch.
    same: bool,
}

/// Another way to tell a history, and on how many workers.
type Way = (&'static str, fn(&[Net], &Program, &mut Rng) -> Vec<Step>, usize);

const WAYS: [Way; 6] = [
    ("more workers", as_it_is, 2),
    ("permuted", permuted, 1),
    ("permuted on more workers", permuted, 3),
    ("split", split, 1),
    ("merged", merged, 2),
    ("with detours", with_detours, 1),
];

#[test]
fn r3_the_same_history_told_otherwise_gives_the_same() {
    let makers: [fn(&mut Rng) -> Made; 6] =
        [random::program, timed::program, listed::program, refined::program, structured::program, inlined::program];
    let (variants, first) = (VARIANTS * setting("HUIYAN_SCALE", 1), setting("HUIYAN_SEED", 1));
    let (mut done, mut seed, mut changed) = (0, first, 0usize);
    while done < variants {
        let mut rng = Rng(seed + 20_000_000);
        let made = makers[seed as usize % makers.len()](&mut rng);
        if let Ok(program) = compile(&made.text) {
            changed += all_ways(seed, &made, &program, &mut rng);
            done += WAYS.len() as u64;
        }
        seed += 1;
    }
    println!("R3: {done} variants agreed, seeds {first} to {}, {changed} epochs changed an output", seed - 1);
    println!("again: HUIYAN_SEED={first} HUIYAN_SCALE={} cargo test --release --test it -- r3_ --nocapture", variants / VARIANTS);
    assert!(changed as u64 > done / 2, "the histories change what is derived");
}

/// How many epochs of the original changed an output.
fn all_ways(seed: u64, made: &Made, program: &Program, rng: &mut Rng) -> usize {
    let mut history = History { free_clocks: made.free_clocks, ..History::new(program) };
    let nets: Vec<Net> = (0..EPOCHS).map(|_| history.transaction(program, rng).1).collect();
    let subject = Subject { program, plan: Arc::new(plan(program)) };
    let original = subject.run(&as_it_is(&nets, program, rng), 1, rng);
    for (way, tell, workers) in WAYS {
        let steps = tell(&nets, program, rng);
        let last = steps.last().expect("a history has epochs").reached;
        assert_eq!(last, Some(EPOCHS - 1), "a variant ends where the original does");
        let ran = subject.run(&steps, workers, rng);
        for (number, (step, (told, held))) in steps.iter().zip(&ran).enumerate() {
            let Some(at) = step.reached else { continue };
            let place = || {
                format!(
                    "seed {seed}, {way}, epoch {} (of the original {}), {workers} workers\n{}\n{nets:#?}",
                    number + 1,
                    at + 1,
                    made.text
                )
            };
            assert!(
                held.agrees(&original[at].1),
                "{}\nis not\n{}\nafter {}",
                held.shown(program),
                original[at].1.shown(program),
                place()
            );
            assert!(!step.same || *told == original[at].0, "a delta differs: {}", place());
        }
    }
    original.iter().filter(|(told, _)| !told.is_empty()).count()
}

/// What one epoch gave.
type Told = Vec<(Output, Vec<Change>)>;

struct Subject<'p> {
    program: &'p Program,
    plan: Arc<Plan>,
}

impl Subject<'_> {
    /// What each epoch gave, and what held after it. As many at once as the engine might commit in a group.
    fn run(&self, steps: &[Step], workers: usize, rng: &mut Rng) -> Vec<(Told, Held)> {
        let texts = Arc::new(Interner::new());
        let arities = self.program.relations.iter().map(|r| r.arity()).collect();
        let budget = Budget { iterations: 10_000, rows: 10_000_000, made: 1 << 30 };
        let naming = Names::of_no_folder().naming();
        let mut runtime = Runtime::start(self.plan.clone(), arities, texts.clone(), naming, workers, budget);
        let (mut held, mut all, mut at) = (Held::default(), Vec::new(), 0);
        while at < steps.len() {
            let until = (at + 1 + rng.below(4)).min(steps.len());
            for (number, step) in (at + 1..).zip(&steps[at..until]) {
                runtime.submit(Epoch(number as u64), encode(self.program, &self.plan.inputs, &step.net, &texts));
            }
            let deltas = runtime.wait(Epoch(until as u64)).expect("within its budget");
            for number in at + 1..=until {
                let delta = deltas.iter().find(|delta| delta.epoch == Epoch(number as u64));
                let told = delta.map_or_else(Told::new, |delta| {
                    held.apply(self.program, delta, &texts);
                    self.told(delta, &texts)
                });
                all.push((told, held.clone()));
            }
            at = until;
        }
        all
    }

    fn told(&self, delta: &EpochDelta, texts: &Interner) -> Told {
        let columns = |output: Output| match output {
            Output::Relation(id) => self.program.relation(id).columns.iter().map(|c| (c.kind, c.optional)).collect(),
            Output::Faults => vec![(Kind::Symbol, false); 5],
        };
        delta.outputs.iter().map(|output| (output.output, output.changes(&columns(output.output), texts))).collect()
    }
}

fn as_it_is(nets: &[Net], _: &Program, _: &mut Rng) -> Vec<Step> {
    nets.iter().enumerate().map(|(at, net)| Step { net: net.clone(), reached: Some(at), same: true }).collect()
}

fn shuffle<T>(items: &mut [T], rng: &mut Rng) {
    (1..items.len()).for_each(|at| items.swap(at, rng.below(at + 1)));
}

fn permuted(nets: &[Net], program: &Program, rng: &mut Rng) -> Vec<Step> {
    let mut steps = as_it_is(nets, program, rng);
    steps.iter_mut().for_each(|step| shuffle(&mut step.net, rng));
    steps
}

/// Each epoch in up to three, in any order. A clock moves at once.
fn split(nets: &[Net], program: &Program, rng: &mut Rng) -> Vec<Step> {
    let mut steps = Vec::new();
    for (at, net) in nets.iter().enumerate() {
        let mut net = net.clone();
        shuffle(&mut net, rng);
        let (parts, clock) = (1 + rng.below(3), rng.below(3));
        let mut cut: Vec<Net> = vec![Net::new(); parts];
        for line in net {
            let part = if program.relation(line.0).clock { clock } else { rng.below(3) };
            cut[part % parts].push(line);
        }
        steps.extend(cut.into_iter().map(|net| Step { net, reached: None, same: parts == 1 }));
        steps.last_mut().expect("at least one part").reached = Some(at);
    }
    steps
}

/// Up to three epochs in one.
fn merged(nets: &[Net], _: &Program, rng: &mut Rng) -> Vec<Step> {
    let (mut steps, mut at) = (Vec::new(), 0);
    while at < nets.len() {
        let until = (at + 1 + rng.below(3)).min(nets.len());
        let mut sum: BTreeMap<(RelId, Row), i64> = BTreeMap::new();
        for (id, row, diff) in nets[at..until].iter().flatten() {
            *sum.entry((*id, row.clone())).or_default() += diff;
        }
        let net = sum.into_iter().filter(|(_, diff)| *diff != 0).map(|((id, row), diff)| (id, row, diff)).collect();
        steps.push(Step { net, reached: Some(until - 1), same: until == at + 1 });
        at = until;
    }
    steps
}

/// Between two epochs, rows of the history come and go again, or go and come again.
fn with_detours(nets: &[Net], program: &Program, rng: &mut Rng) -> Vec<Step> {
    let all: BTreeSet<(RelId, Row)> = nets.iter().flatten().map(|(id, row, _)| (*id, row.clone())).collect();
    let all: Vec<(RelId, Row)> = all.into_iter().filter(|(id, _)| !program.relation(*id).clock).collect();
    let (mut present, mut steps) = (BTreeSet::new(), Vec::new());
    for (at, step) in as_it_is(nets, program, rng).into_iter().enumerate() {
        for (id, row, diff) in &step.net {
            let line = (*id, row.clone());
            if *diff > 0 {
                present.insert(line)
            } else {
                present.remove(&line)
            };
        }
        steps.push(step);
        if all.is_empty() || at + 1 == nets.len() && rng.chance(50) {
            continue;
        }
        let lines: BTreeSet<&(RelId, Row)> = (0..1 + rng.below(3)).map(|_| rng.pick(&all)).collect();
        let there = |(id, row): &(RelId, Row)| (*id, row.clone(), if present.contains(&(*id, row.clone())) { -1 } else { 1 });
        let away: Net = lines.into_iter().map(there).collect();
        let back = away.iter().map(|(id, row, diff)| (*id, row.clone(), -diff)).collect();
        steps.push(Step { net: away, reached: None, same: false });
        steps.push(Step { net: back, reached: Some(at), same: false });
    }
    steps
}
