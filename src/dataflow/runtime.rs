//! [`Runtime`]: worker threads that evaluate one plan, commanded from outside, parked when idle.

use super::halt::{Alarm, Halt};
use super::line::Context;
use super::output::OutputDelta;
use super::updates::Delta;
use super::worker::{Command, Job, Line, Progress, Report, work};
use crate::expr::Naming;
use crate::limits::{ITERATIONS, MADE_BYTES, MADE_PERCENT, ROW_BYTES, ROWS};
use crate::memory::Memory;
use crate::plan::{Node, Plan};
use crate::types::{Epoch, Interner, RelId, Word};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use timely::communication::WorkerGuards;

/// What a program may use before it is suspended.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Rounds of a recursive stratum in one epoch.
    pub iterations: u32,
    /// Rows held in all arrangements together; and values of ranges that epochs evaluated together look at.
    pub rows: u64,
    /// Bytes of texts and structured values that epochs evaluated together make.
    pub made: u64,
}

impl Budget {
    /// For what is known to end.
    pub const NONE: Budget = Budget { iterations: u32::MAX, rows: u64::MAX, made: u64::MAX };

    /// For rules of which nobody knows, on this machine.
    pub fn of_machine() -> Budget {
        Budget::of(Memory::of_process())
    }

    /// The same with so much memory.
    pub fn of(memory: Memory) -> Budget {
        let made = memory.allowed().map_or(MADE_BYTES, |allowed| allowed / 100 * MADE_PERCENT);
        let rows = memory.allowed().map_or(ROWS, |allowed| ROWS.max(allowed / ROW_BYTES));
        Budget { iterations: ITERATIONS, rows, made }
    }
}

/// Net changes of one input relation in one epoch: a `+1` is a row that was absent, a `-1` one that was present.
#[derive(Clone, Debug, Default)]
pub struct InputChanges {
    pub relation: Option<RelId>,
    /// As many words a row as the relation has columns.
    pub words: Vec<Word>,
    pub diffs: Vec<i64>,
}

/// Every output that changed in one epoch.
#[derive(Clone, Debug)]
pub struct EpochDelta {
    pub epoch: Epoch,
    pub outputs: Vec<OutputDelta>,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuntimeError {
    /// A recursion ran longer than its budget; the program must be suspended.
    #[error("recursion passed {rounds} rounds in epoch {epoch}")]
    Iterations { epoch: u64, rounds: u32 },
    #[error("the program holds more than {rows} rows (epoch {epoch})")]
    Rows { epoch: u64, rows: u64 },
    #[error("ranges gave more than {values} values (epoch {epoch})")]
    Values { epoch: u64, values: u64 },
    #[error("rules made more than {bytes} bytes of texts and structured values (epoch {epoch})")]
    Made { epoch: u64, bytes: u64 },
    /// A worker thread is gone; nothing it says later counts.
    #[error("a worker stopped: {0}")]
    Worker(String),
}

/// A running plan. Dropping it ends its threads, at the latest after the step each is in.
pub struct Runtime {
    plan: Arc<Plan>,
    halt: Arc<Halt>,
    /// Of the first worker; none once all are told to stop.
    commands: Option<Sender<Command>>,
    reports: Receiver<Report>,
    threads: Option<WorkerGuards<()>>,
    /// Everything before it is evaluated.
    frontier: u64,
    /// Changes not yet given out, by epoch and output.
    waiting: BTreeMap<(u64, usize), Delta>,
    last: Option<Epoch>,
    failed: Option<RuntimeError>,
}

impl Runtime {
    /// Starts `workers` threads (at least one). One evaluates; all share the work of recursions.
    pub fn start(
        plan: Arc<Plan>,
        arities: Vec<usize>,
        texts: Arc<Interner>,
        naming: Naming,
        workers: usize,
        budget: Budget,
    ) -> Runtime {
        let workers = workers.max(1);
        let halt = Arc::new(Halt::new(budget));
        let context = Context { texts, naming, halt: halt.clone() };
        let job = Job { plan: plan.clone(), arities: Arc::new(arities), context };
        let (told, reports) = channel();
        let (command, commanded) = channel();
        let mut commanded = Some(commanded);
        let lines = (0..workers).map(|_| Some(Line { commands: commanded.take(), reports: told.clone() })).collect();
        let (threads, failed) = match start_threads(job, lines) {
            Ok(threads) => (Some(threads), None),
            Err(error) => (None, Some(RuntimeError::Worker(error))),
        };
        let commands = Some(command);
        Runtime { plan, halt, commands, reports, threads, frontier: 0, waiting: BTreeMap::new(), last: None, failed }
    }

    /// What later epochs may use. Nothing may be on its way.
    pub fn set_budget(&self, budget: Budget) {
        self.halt.set_budget(budget);
    }

    /// Who is to hear at once, from a thread of ours, that a worker broke. Also while nobody waits.
    pub fn on_break(&self, alarm: Alarm) {
        self.halt.on_break(alarm);
    }

    /// Hands in the changes of one epoch and returns at once. Epochs go up; one without changes may be left out.
    pub fn submit(&mut self, epoch: Epoch, changes: Vec<InputChanges>) {
        assert!(self.last < Some(epoch), "epochs go up");
        self.last = Some(epoch);
        if self.failed.is_some() {
            return;
        }
        // A worker that is gone is noticed by `wait`.
        let _ = self.commands.as_ref().map(|worker| worker.send(Command { epoch: epoch.0, changes }));
    }

    /// Waits until everything up to and including `epoch` is evaluated; every delta not yet given out, in order of epochs. Epochs in
    /// which no output changed are left out.
    pub fn wait(&mut self, epoch: Epoch) -> Result<Vec<EpochDelta>, RuntimeError> {
        if self.last.is_none() && self.has_constants() {
            self.submit(epoch, Vec::new());
        }
        let Some(last) = self.last else { return Ok(Vec::new()) };
        let until = epoch.min(last).0;
        while self.failed.is_none() && self.frontier <= until {
            self.receive();
        }
        match &self.failed {
            Some(error) => Err(error.clone()),
            None => Ok(self.give_out(until)),
        }
    }

    /// Rows held in all arrangements, out of the budget's.
    pub fn rows_held(&self) -> u64 {
        self.halt.held()
    }

    fn has_constants(&self) -> bool {
        self.plan.nodes.iter().any(|node| matches!(node, Node::Constant { .. }))
    }

    /// The next report of any worker.
    fn receive(&mut self) {
        match self.reports.recv() {
            Ok(Report::Progress(Progress { frontier, changes })) => {
                self.frontier = frontier;
                self.waiting.extend(changes.into_iter().map(|(epoch, output, rows)| ((epoch, output), rows)));
            }
            Ok(Report::Ended) | Err(_) => {
                let why = self.halt.why().unwrap_or_else(|| RuntimeError::Worker("ended before its owner".to_string()));
                self.failed = Some(why);
                self.waiting.clear();
                self.stop();
            }
        }
    }

    /// The changes of all epochs up to `until`.
    fn give_out(&mut self, until: u64) -> Vec<EpochDelta> {
        let later = self.waiting.split_off(&(until + 1, 0));
        let ready = std::mem::replace(&mut self.waiting, later);
        let mut deltas: Vec<EpochDelta> = Vec::new();
        for ((epoch, output), rows) in ready {
            let delta =
                OutputDelta { output: self.plan.outputs[output].0, arity: rows.stride, words: rows.words, diffs: rows.diffs };
            match deltas.last_mut().filter(|last| last.epoch.0 == epoch) {
                Some(last) => last.outputs.push(delta),
                None => deltas.push(EpochDelta { epoch: Epoch(epoch), outputs: vec![delta] }),
            }
        }
        deltas
    }

    fn stop(&mut self) {
        self.halt.stop();
        self.commands = None;
        for thread in self.threads.iter().flat_map(WorkerGuards::guards) {
            thread.thread().unpark();
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.stop();
        if let Some(threads) = self.threads.take() {
            // Each worker catches its own panic, and whoever waits has been told.
            let _ = threads.join();
        }
    }
}

fn start_threads(job: Job, lines: Vec<Option<Line>>) -> Result<WorkerGuards<()>, String> {
    let config = match lines.len() {
        1 => timely::Config::thread(),
        workers => timely::Config::process(workers),
    };
    let lines = Mutex::new(lines);
    timely::execute(config, move |worker| {
        let line = lines.lock().unwrap_or_else(|poison| poison.into_inner())[worker.index()].take();
        if let Some(line) = line {
            work(worker, &job, line);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fifty rules hold some seventy rows for a record: ten million of them are what a machine of 24 GiB is meant for. Suspended rules tell
    /// nobody anything.
    #[test]
    fn rows_there_may_be_follow_from_memory() {
        let rows = |gib: u64| Budget::of(Memory::told(gib << 30, || None)).rows;
        assert!(rows(24) > 10_000_000 * 70, "{}", rows(24));
        assert_eq!(rows(48), 2 * rows(24));
        assert_eq!(rows(1), ROWS, "and a small machine has as many as it ever had");
    }

    #[test]
    fn q5_rounds_and_what_is_made_are_bounded_for_who_says_nothing() {
        let told = Budget::of(Memory::told(100 << 30, || None));
        assert_eq!((told.iterations, told.made), (ITERATIONS, MADE_PERCENT << 30));
        assert_eq!(Budget::of(Memory::unknown()).made, MADE_BYTES);
    }
}
