//! The engine of this project, from rule text, as a server runs it: a worker thread of its own.

use crate::contestant::{Contestant, Seen};
use crate::workloads::{Changes, Workload};
use huiyan::dataflow::{Budget, InputChanges, Runtime};
use huiyan::plan::{Options, Output, plan_with};
use huiyan::program::Program;
use huiyan::security::Names;
use huiyan::syntax::{Sources, parse};
use huiyan::types::{Epoch, Interner, RelId};
use std::sync::Arc;

pub struct Ours {
    runtime: Runtime,
    /// Of each relation of the workload.
    relations: Vec<RelId>,
    outputs: Vec<RelId>,
    epoch: u64,
    seen: Seen,
}

impl Ours {
    pub fn start(workload: &Workload, options: &Options, texts: Arc<Interner>, workers: usize) -> Ours {
        Ours::with(workload.rules, workload.relations(), options, texts, workers)
    }

    pub fn with(rules: &str, relations: &[&str], options: &Options, texts: Arc<Interner>, workers: usize) -> Ours {
        let program = program(rules);
        let arities = program.relations.iter().map(|relation| relation.arity()).collect();
        let find = |name: &&str| program.find(name).expect("the rules declare every relation of the workload");
        let relations = relations.iter().map(find).collect();
        let plan = plan_with(&program, options);
        let outputs =
            plan.outputs.iter().filter_map(|(output, _)| if let Output::Relation(id) = output { Some(*id) } else { None });
        let outputs = outputs.collect();
        let budget = Budget { iterations: 1_000_000, rows: 1 << 40, made: 1 << 30 };
        let runtime = Runtime::start(Arc::new(plan), arities, texts, Names::of_no_folder().naming(), workers, budget);
        Ours { runtime, relations, outputs, epoch: 0, seen: Seen::default() }
    }
}

fn program(text: &str) -> Program {
    let sources = Sources::single("bench.dl", text);
    let (tree, _) = parse(&sources);
    let (program, mistakes) = huiyan::check::check(&tree, &sources);
    program.unwrap_or_else(|| panic!("{mistakes:?}"))
}

impl Contestant for Ours {
    fn submit(&mut self, changes: Vec<Changes>) {
        self.epoch += 1;
        let of =
            |part: Changes| InputChanges { relation: Some(self.relations[part.relation]), words: part.words, diffs: part.diffs };
        self.runtime.submit(Epoch(self.epoch), changes.into_iter().map(of).collect());
    }

    fn settle(&mut self) {
        for delta in self.runtime.wait(Epoch(self.epoch)).expect("within its budget").iter().flat_map(|delta| &delta.outputs) {
            let Output::Relation(id) = delta.output else { continue };
            let output = self.outputs.iter().position(|other| *other == id).expect("an output of the plan") as u64;
            for (i, diff) in delta.diffs.iter().enumerate() {
                self.seen.add(output, &delta.words[i * delta.arity..(i + 1) * delta.arity], *diff);
            }
        }
    }

    fn rest(&mut self) {
        std::thread::sleep(std::time::Duration::from_millis(500));
    }

    fn seen(&self) -> Seen {
        self.seen
    }
}
