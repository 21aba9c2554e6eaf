//! One contestant on one workload, in a process of its own: load, memory at rest, transactions alone and in groups.

use crate::contestant::{Contestant, Seen};
use crate::machine::{cpu_seconds, memory_mib, quantile};
use crate::workloads::Workload;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Records that one epoch of the load brings: as many as one batch of the server may.
const LOAD_EPOCH: usize = 200_000;

/// In which a worker thread that has nothing to do stops.
const TO_STOP: Duration = Duration::from_micros(200);

/// How many transactions of each sort; those of a large closure take long.
struct Counts {
    single: usize,
    hundreds: usize,
    grouped: usize,
}

fn counts(workload: &str) -> Counts {
    match workload {
        "tc" => Counts { single: 0, hundreds: 0, grouped: 0 },
        "tcu" => Counts { single: 300, hundreds: 20, grouped: 100 },
        "andersen" => Counts { single: 600, hundreds: 20, grouped: 200 },
        _ => Counts { single: 1_500, hundreds: 100, grouped: 1_500 },
    }
}

/// Processor and wall time of what ran in it, in microseconds. The system counts the time of a thread when it stops or at the next tick,
/// so the clock is read when all threads have stopped.
pub fn timed(run: impl FnOnce()) -> (f64, f64) {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    run();
    let wall = wall.elapsed();
    std::thread::sleep(TO_STOP);
    ((cpu_seconds() - cpu) * 1e6, wall.as_secs_f64() * 1e6)
}

/// What one sort of transactions took.
#[derive(Default)]
pub struct Taken {
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

impl Taken {
    pub fn add(&mut self, (cpu, wall): (f64, f64)) {
        self.cpu.push(cpu);
        self.wall.push(wall);
    }

    pub fn cpu_us(&self) -> f64 {
        self.cpu.iter().sum()
    }

    /// For so many transactions in each measurement.
    pub fn figures(mut self, transactions: usize) -> Value {
        if self.cpu.is_empty() {
            return Value::Null;
        }
        // What stopping costs is no part of it.
        let mut stops: Vec<f64> = (0..100).map(|_| timed(|| ()).0).collect();
        let stop = quantile(&mut stops, 0.5);
        self.cpu.iter_mut().for_each(|cpu| *cpu -= stop);
        let per_second = self.cpu.len() as f64 * transactions as f64 / self.cpu.iter().sum::<f64>() * 1e6;
        let of = |values: &mut Vec<f64>, part| round(quantile(values, part));
        json!({
            "cpu_us_p50": of(&mut self.cpu, 0.5), "cpu_us_p99": of(&mut self.cpu, 0.99),
            "wall_us_p50": of(&mut self.wall, 0.5), "wall_us_p99": of(&mut self.wall, 0.99),
            "cpu_us_max": of(&mut self.cpu, 1.0), "wall_us_max": of(&mut self.wall, 1.0),
            "per_cpu_second": round(per_second),
        })
    }
}

pub fn round(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// `asked`: transactions of one record, if not as many as is usual.
pub fn measure(mut workload: Workload, contestant: &mut dyn Contestant, asked: Option<usize>) -> Value {
    let before = memory_mib("self").0;
    let mut load = Taken::default();
    while let Some(changes) = workload.load(LOAD_EPOCH) {
        load.add(timed(|| {
            contestant.submit(changes);
            contestant.settle();
        }));
    }
    let loaded = contestant.seen();
    let peak = memory_mib("self").1;
    contestant.rest();
    let rested = memory_mib("self").0;
    let mut counts = counts(&workload.name);
    counts.single = asked.unwrap_or(counts.single);
    let single = transactions(&mut workload, contestant, counts.single, 1, 1);
    let hundreds = transactions(&mut workload, contestant, counts.hundreds, 100, 1);
    let tens = transactions(&mut workload, contestant, counts.grouped / 10, 1, 10);
    let by_hundred = transactions(&mut workload, contestant, counts.grouped / 100, 1, 100);
    contestant.rest();
    json!({
        "records": workload.loaded,
        "load_cpu_s": round(load.cpu_us() * 1e-6), "load_wall_s": round(load.wall.iter().sum::<f64>() * 1e-6),
        "memory_mib": round(rested - before), "rss_mib": round(rested), "peak_mib": round(peak), "rss_after_mib": round(memory_mib("self").0),
        "one_record": single.figures(1), "hundred_records": hundreds.figures(1),
        "groups_of_10": tens.figures(10), "groups_of_100": by_hundred.figures(100),
        "rows_out": loaded.rows, "seen": [shown(loaded), shown(contestant.seen())],
    })
}

fn transactions(workload: &mut Workload, contestant: &mut dyn Contestant, count: usize, records: usize, group: usize) -> Taken {
    let mut taken = Taken::default();
    for _ in 0..count {
        let changes: Vec<_> = (0..group).map(|_| workload.transaction(records)).collect();
        taken.add(timed(|| {
            changes.into_iter().for_each(|changes| contestant.submit(changes));
            contestant.settle();
        }));
    }
    taken
}

pub fn shown(seen: Seen) -> String {
    format!("{} rows, {:016x}", seen.rows, seen.hash)
}
