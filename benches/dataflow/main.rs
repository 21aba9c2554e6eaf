//! The engine beside hand-written programs: the same records, the same changes, the same answers (checked), each contestant in a process
//! of its own, in turn.
//!
//! `cargo bench --bench dataflow -- [WORKLOAD SIZE]... [--seed N] [--rounds N] [--workers N] [--transactions N] [--planner yes]` prints a JSON
//! line per run and one with the ratios per workload. With `--planner` the engine stands beside itself with every optimisation of the planner
//! off. What the figures mean is in `docs/performance.md`.

mod agenda;
mod contestant;
#[path = "../dice.rs"]
mod dice;
mod fixed;
#[path = "../machine.rs"]
mod machine;
mod measure;
mod ours;
mod planner;
mod ratio;
mod workloads;

use huiyan::types::Interner;
use ours::Ours;
use serde_json::{Value, json};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use workloads::Workload;

/// What is measured if nothing is named: in a few minutes.
const USUAL: [(&str, u64); 6] = [
    ("reach", 1_000_000),
    ("tc", 1_000_000),
    ("tcu", 1_000_000),
    ("andersen", 100_000),
    ("supervision", 1_000_000),
    (AGENDA, 1_000_000),
];
const CONTESTANTS: [&str; 2] = ["by hand", "huiyan"];

/// The workload that is no side by side with a program written by hand: so many deadlines, and a clock.
const AGENDA: &str = "agenda";

struct Asked {
    workloads: Vec<(String, u64)>,
    seed: u64,
    rounds: usize,
    workers: usize,
    /// Transactions of one record, if not as many as is usual.
    transactions: Option<usize>,
    /// Beside itself, not beside programs written by hand.
    planner: bool,
    /// This process is one contestant.
    contestant: Option<String>,
}

fn main() -> ExitCode {
    let asked = asked();
    if let Some(contestant) = &asked.contestant {
        println!("{}", alone(contestant, &asked));
        return ExitCode::SUCCESS;
    }
    let mut same = true;
    for (workload, size) in &asked.workloads {
        same &= if workload == AGENDA { ticks(*size, &asked) } else { side_by_side(workload, *size, &asked) };
    }
    if same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn asked() -> Asked {
    let mut asked =
        Asked { workloads: Vec::new(), seed: 1, rounds: 3, workers: 1, transactions: None, planner: false, contestant: None };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let value = args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        let number = || value.parse::<u64>().unwrap_or_else(|_| panic!("{value} is no number"));
        match arg.as_str() {
            "--seed" => asked.seed = number(),
            "--rounds" => asked.rounds = number() as usize,
            "--workers" => asked.workers = number() as usize,
            "--transactions" => asked.transactions = Some(number() as usize),
            "--planner" => asked.planner = value == "yes",
            "--contestant" => asked.contestant = Some(value),
            _ => asked.workloads.push((arg, number())),
        }
    }
    if asked.workloads.is_empty() {
        let usual: &[(&str, u64)] = if asked.planner { &planner::USUAL } else { &USUAL };
        asked.workloads = usual.iter().map(|(name, size)| (name.to_string(), *size)).collect();
    }
    asked
}

/// Measures one contestant, here.
fn alone(contestant: &str, asked: &Asked) -> Value {
    let (name, size) = &asked.workloads[0];
    if name == AGENDA {
        return agenda::measure(contestant, *size);
    }
    let texts = Arc::new(Interner::new());
    let (workload, transactions) = (Workload::new(name, *size, asked.seed, &texts), asked.transactions);
    match contestant {
        "by hand" => fixed::run(workload, &texts, move |workload, fixed| measure::measure(workload, fixed, transactions)),
        _ => {
            let mut ours = Ours::start(&workload, &planner::options(contestant), texts, asked.workers);
            measure::measure(workload, &mut ours, transactions)
        }
    }
}

/// Measures both in turn and tells whether they agreed.
fn side_by_side(workload: &str, size: u64, asked: &Asked) -> bool {
    let mut runs: [Vec<Value>; 2] = Default::default();
    let (each, both, contestants) =
        if asked.planner { ("as planned", "planner", planner::CONTESTANTS) } else { ("dataflow", "ratio", CONTESTANTS) };
    for round in 0..asked.rounds {
        for (of, contestant) in runs.iter_mut().zip(contestants) {
            let mut line = json!({
                "bench": each, "workload": workload, "size": size, "seed": asked.seed, "round": round, "contestant": contestant,
                "workers": if contestant == CONTESTANTS[0] { 1 } else { asked.workers },
            });
            let figures = child(contestant, workload, size, asked);
            line.as_object_mut().expect("just made").extend(figures.as_object().expect("a child prints an object").clone());
            println!("{line}");
            of.push(line);
        }
    }
    let same = runs[0].iter().zip(&runs[1]).all(|(a, b)| a["seen"] == b["seen"]);
    let mut line = json!({
        "bench": both, "workload": workload, "size": size, "seed": asked.seed, "rounds": asked.rounds, "workers": asked.workers,
        "same_answers": same,
    });
    line.as_object_mut().expect("just made").extend(ratio::ratios(&runs[0], &runs[1]));
    println!("{line}");
    same
}

/// Measures ticks with and without an agenda, and tells whether both gave the same.
fn ticks(pending: u64, asked: &Asked) -> bool {
    let mut seen = Vec::new();
    for (round, contestant) in (0..asked.rounds).flat_map(|round| agenda::CONTESTANTS.map(|contestant| (round, contestant))) {
        let mut line = json!({"bench": AGENDA, "pending": pending, "round": round, "contestant": contestant});
        let figures = child(contestant, AGENDA, pending, asked);
        line.as_object_mut().expect("just made").extend(figures.as_object().expect("a child prints an object").clone());
        println!("{line}");
        seen.push(line["seen"].clone());
    }
    seen.windows(2).all(|two| two[0] == two[1])
}

fn child(contestant: &str, workload: &str, size: u64, asked: &Asked) -> Value {
    let (size, seed, workers) = (size.to_string(), asked.seed.to_string(), asked.workers.to_string());
    let exe = std::env::current_exe().expect("this program has a path");
    let transactions = asked.transactions.map(|count| ["--transactions".to_string(), count.to_string()]);
    let out = Command::new(exe)
        .args([workload, size.as_str(), "--seed", seed.as_str(), "--workers", workers.as_str(), "--contestant", contestant])
        .args(transactions.iter().flatten())
        .stderr(std::process::Stdio::inherit())
        .output()
        .expect("a child starts");
    assert!(out.status.success(), "{contestant} on {workload} {size} ended with {}", out.status);
    serde_json::from_slice(&out.stdout).expect("a child prints JSON")
}
