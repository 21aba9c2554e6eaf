//! Does the demo find exactly what was planted?
//!
//! The county's records go through `ingest` and the engine, day by day; at the end of each day the open clues are compared with the truth,
//! which knows nothing of the rules. So do those of a county that breaks and keeps every rule of the catalogue, and of a prefecture of ten.
//! `HUIYAN_SCALE` multiplies the fifty counties of the demo and the three of all rules, `HUIYAN_SEED` is the first of them; from ten on a
//! prefecture lives, too. The long run, a thousand counties of each kind day by day (twenty minutes and an hour on a busy machine):
//!
//! ```text
//! HUIYAN_SCALE=20 cargo test --release --test it -- demo::found_equals
//! HUIYAN_SCALE=334 cargo test --release --test it -- demo::every_rule
//! ```

use huiyan::clock::WallClock;
use huiyan::dataflow::Budget;
use huiyan::demo::{self, County, FIRST_DAY, Kinds, Order, Size};
use huiyan::engine::{self, ClockMode, EngineConfig, EngineHandle, Package, Phase};
use huiyan::limits::JOURNAL_ENTRY_BYTES_MAX;
use huiyan::pack::Pack;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{Day, date_text};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rows of a county that is not the first.
const SMALL: usize = 700;
/// Counties for each unit of scale.
const SEEDS: u64 = 50;
/// Counties with all rules for each unit of scale, and their rows.
const YEARS: u64 = 3;
const WIDE: usize = 2_500;
/// From this scale on a prefecture lives.
const GATE: u64 = 10;
/// Counties that live at the same time.
const THREADS: u64 = 2;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn found_equals_planted_day_by_day() {
    let first = setting("HUIYAN_SEED", 1);
    // The other rules speak of tables and papers of which nobody in the county says that they are complete: they find nothing.
    counties(first, SEEDS * setting("HUIYAN_SCALE", 1), |seed| demo::county(if seed == first { 7_000 } else { SMALL }, seed));
}

#[test]
fn every_rule_finds_what_was_planted_for_it_day_by_day() {
    let years = YEARS * setting("HUIYAN_SCALE", 1);
    counties(setting("HUIYAN_SEED", 1), years, |seed| demo::together(&all_rules(seed, Size::County)));
}

#[test]
fn ten_counties_in_one_server_find_what_was_planted_in_each() {
    if setting("HUIYAN_SCALE", 1) >= GATE {
        let seed = setting("HUIYAN_SEED", 1);
        live_through(seed, &demo::together(&all_rules(seed, Size::Prefecture)));
    }
}

#[test]
fn something_is_planted_for_every_rule_of_the_pack() {
    let engine = start();
    let planted: BTreeSet<String> =
        demo::together(&all_rules(1, Size::County)).truth.iter().map(|t| t.rule.to_string()).collect();
    let silent: Vec<String> = rules(&engine).difference(&planted).cloned().collect();
    engine.stop();
    assert!(silent.is_empty(), "nothing planted for {silent:?}");
}

fn all_rules(seed: u64, size: Size) -> Order {
    Order { records: WIDE, seed, size, kinds: Kinds::All }
}

/// Counties from one seed on, some at a time.
fn counties(first: u64, count: u64, county: impl Fn(u64) -> County + Sync) {
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let county = &county;
            scope.spawn(move || {
                for seed in (first + thread..first + count).step_by(THREADS as usize) {
                    live_through(seed, &county(seed));
                }
            });
        }
    });
}

fn live_through(seed: u64, county: &County) {
    let engine = start();
    let (rules, expected): (_, BTreeSet<String>) = (rules(&engine), county.truth.iter().map(|t| t.rule.to_string()).collect());
    assert!(expected.is_subset(&rules), "nothing waits for a rule that is not there");
    let mut faults = Vec::new();
    demo::feed(&engine, county, |day| {
        let (found, planted) = (found(&engine), planted(county, day));
        for clue in found.symmetric_difference(&planted) {
            let how = if found.contains(clue) { "found, not planted" } else { "planted, not found" };
            faults.push(format!("{}: {how}: {clue:?}", date_text(day)));
        }
    })
    .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    engine.stop();
    assert!(faults.is_empty(), "seed {seed}: {} differences\n{}", faults.len(), faults[..faults.len().min(30)].join("\n"));
}

fn start() -> EngineHandle {
    let pack = Pack::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/supervision")).expect("the pack loads");
    let (program, _) = pack.check().expect("the pack has no mistakes");
    let package = Package::of_pack(&pack, &program).expect("the data fit the rules");
    let budget = Budget { iterations: 1_000, rows: 10_000_000, made: 1 << 30 };
    let config = EngineConfig {
        dir: "demo".into(),
        workers: 1,
        clock: ClockMode::Manual(FIRST_DAY),
        queue: 1_000,
        budget,
        memory: huiyan::memory::Memory::of_process(),
        entry_bytes: JOURNAL_ENTRY_BYTES_MAX,
        snapshot_held: huiyan::limits::SNAPSHOT_HELD_BYTES,
    };
    let engine = engine::start(config, package, Arc::new(MemoryDisk::new()), Arc::new(WallClock)).expect("the engine starts");
    let since = Instant::now();
    while engine.phase() != Phase::Ready {
        assert!(since.elapsed() < Duration::from_secs(60), "{:?}", engine.phase());
        std::thread::sleep(Duration::from_millis(2));
    }
    engine
}

/// Names of the clue relations of the pack.
fn rules(engine: &EngineHandle) -> BTreeSet<String> {
    let program = engine.program().expect("ready");
    program.relations.iter().filter(|relation| relation.clue.is_some()).map(|relation| relation.name.clone()).collect()
}

/// Rule, key and level of every clue that holds now.
fn found(engine: &EngineHandle) -> BTreeSet<(String, String, String)> {
    let (view, program) = (engine.read(), engine.program().expect("ready"));
    let key = |clue: &huiyan::clues::Clue| {
        let decl = program.relation(clue.relation).clue.clone().expect("a clue relation");
        decl.key.iter().map(|c| clue.columns[*c].1.to_string()).collect::<Vec<_>>().join("|")
    };
    view.clues.open().map(|clue| (clue.rule.clone(), key(clue), clue.level.clone())).collect()
}

/// Rule, key and level of every clue that must hold at the end of a day.
fn planted(county: &County, day: Day) -> BTreeSet<(String, String, String)> {
    let holds = county.truth.iter().filter(|t| t.holds_on(day));
    holds.map(|t| (t.rule.to_string(), t.key.clone(), t.level_on(day).to_string())).collect()
}
