//! How fast the engine loads and answers, and in how much memory: reachability and a supervision program, each at a million records.
//!
//! `cargo bench --bench dataflow [reach|supervision] [records]` prints one JSON line per workload: CPU of the whole process, because wall
//! time on a shared machine says little, and wall time of single transactions.

mod machine;
mod records;

use huiyan::dataflow::{Budget, InputChanges, Runtime};
use huiyan::plan::plan;
use huiyan::program::Program;
use huiyan::syntax::{Sources, parse};
use huiyan::types::{Epoch, Interner, RelId};
use machine::{cpu_seconds, memory_mib};
use records::{Change, Workload};
use std::sync::Arc;
use std::time::Instant;

/// Records that one epoch of the load brings, unless `LOAD_EPOCH` says otherwise.
const LOAD_EPOCH: usize = 200_000;
const SINGLE: usize = 1_500;
const GROUPS: usize = 15;
const GROUP: usize = 100;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let records = args.get(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    for name in ["reach", "supervision"] {
        if args.first().is_none_or(|wanted| wanted == name) {
            println!("{}", measure(name, records));
        }
    }
}

fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn program(text: &str) -> Program {
    let sources = Sources::single("bench.dl", text);
    let (tree, _) = parse(&sources);
    let (program, mistakes) = huiyan::check::check(&tree, &sources);
    program.unwrap_or_else(|| panic!("{mistakes:?}"))
}

struct Run {
    runtime: Runtime,
    program: Program,
    epoch: u64,
    changed: usize,
}

impl Run {
    fn submit(&mut self, changes: Vec<InputChanges>) {
        self.epoch += 1;
        self.runtime.submit(Epoch(self.epoch), changes);
    }

    fn wait(&mut self) {
        let deltas = self.runtime.wait(Epoch(self.epoch)).expect("within its budget");
        self.changed += deltas.iter().flat_map(|delta| &delta.outputs).map(|output| output.diffs.len()).sum::<usize>();
    }
}

fn grouped(program: &Program, changes: Vec<Change>) -> Vec<InputChanges> {
    let mut all: Vec<InputChanges> = (0..program.relations.len() as u32)
        .map(|id| InputChanges { relation: Some(RelId(id)), ..InputChanges::default() })
        .collect();
    for change in changes {
        let to = &mut all[program.find(change.relation).expect("a relation of the program").index()];
        to.words.extend_from_slice(&change.row);
        to.diffs.push(change.diff);
    }
    all.retain(|changes| !changes.diffs.is_empty());
    all
}

fn measure(name: &str, records: usize) -> String {
    let texts = Arc::new(Interner::new());
    let mut workload = match name {
        "reach" => Workload::reach(records),
        _ => Workload::supervision(records, &texts),
    };
    let program = program(workload.rules);
    let arities = program.relations.iter().map(|relation| relation.arity()).collect();
    let budget = Budget { iterations: 1_000_000, rows: 1 << 40 };
    let workers = setting("WORKERS", 1);
    let runtime = Runtime::start(Arc::new(plan(&program)), arities, texts, workers, budget);
    let mut run = Run { runtime, program, epoch: 0, changed: 0 };

    let (mut load_cpu, mut load_wall) = (0.0, 0.0);
    while let Some(changes) = workload.load(setting("LOAD_EPOCH", LOAD_EPOCH)) {
        let changes = grouped(&run.program, changes);
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        run.submit(changes);
        run.wait();
        load_cpu += cpu_seconds() - cpu;
        load_wall += wall.elapsed().as_secs_f64();
    }
    let (loaded, rows_out) = (memory_mib(), run.changed);

    let singles: Vec<_> = (0..SINGLE).map(|_| grouped(&run.program, workload.transaction())).collect();
    let cpu = cpu_seconds();
    let mut walls: Vec<f64> = singles
        .into_iter()
        .map(|changes| {
            let wall = Instant::now();
            run.submit(changes);
            run.wait();
            wall.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    let single_cpu = (cpu_seconds() - cpu) * 1e6 / SINGLE as f64;
    walls.sort_by(f64::total_cmp);

    let mut groups: Vec<_> = (0..GROUPS * GROUP).map(|_| grouped(&run.program, workload.transaction())).collect();
    let cpu = cpu_seconds();
    while !groups.is_empty() {
        groups.drain(..GROUP).for_each(|changes| run.submit(changes));
        run.wait();
    }
    let group_cpu = (cpu_seconds() - cpu) * 1e6 / (GROUPS * GROUP) as f64;
    format!(
        concat!(
            r#"{{"bench":"dataflow","workload":"{}","workers":{},"records":{},"rows_out":{},"load_cpu_s":{:.3},"load_wall_s":{:.3},"#,
            r#""rss_mib":{},"peak_mib":{},"txn_wall_us_p50":{:.0},"txn_wall_us_p99":{:.0},"txn_cpu_us":{:.0},"#,
            r#""txn_cpu_us_by_100":{:.1},"rss_after_mib":{}}}"#
        ),
        name,
        workers,
        workload.loaded,
        rows_out,
        load_cpu,
        load_wall,
        loaded.0,
        loaded.1,
        walls[SINGLE / 2],
        walls[SINGLE * 99 / 100],
        single_cpu,
        group_cpu,
        memory_mib().0
    )
}
