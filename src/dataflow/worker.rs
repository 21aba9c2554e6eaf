//! One worker thread: takes epochs, feeds them, steps the dataflow, and reports what each finished epoch changed. Parked when idle.
//!
//! Promises: every worker tells its share of every epoch, in order; whatever ends a worker, it says so, and its dataflow is dropped.

use super::halt::{Halt, Stopped};
use super::line::Context;
use super::render::{Rendering, render};
use super::runtime::{InputChanges, RuntimeError};
use super::updates::Updates;
use crate::limits::{EPOCHS_PER_STEP, ROWS_PER_STEP, ROWS_TO_SPLIT};
use crate::plan::Plan;
use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use timely::worker::Worker;

/// The changes of one epoch; all workers get the same and each takes its share.
pub struct Command {
    pub epoch: u64,
    pub changes: Arc<Vec<InputChanges>>,
}

pub enum Report {
    Progress(Progress),
    /// The worker has ended.
    Ended,
}

/// Everything before `frontier` is evaluated, as far as this worker is concerned.
pub struct Progress {
    pub worker: usize,
    pub frontier: u64,
    /// Epoch, output of the plan, this worker's share of the change.
    pub changes: Vec<(u64, usize, Updates<u64>)>,
}

/// What a worker thread is started with.
pub struct Job {
    pub plan: Arc<Plan>,
    pub arities: Arc<Vec<usize>>,
    pub context: Context,
}

/// How a worker and its owner talk.
pub struct Line {
    pub commands: Receiver<Command>,
    pub reports: Sender<Report>,
}

/// The life of a worker thread.
pub fn work(timely: &mut Worker, job: &Job, line: Line) {
    let halt = job.context.halt.clone();
    let reports = line.reports.clone();
    let life = AssertUnwindSafe(|| {
        let rendering = timely.dataflow(|scope| render(scope, &job.plan, &job.arities, &job.context));
        Evaluator { timely, rendering, line, halt: halt.clone(), started: false, fed: 0, told: 0 }.run();
    });
    if let Err(panic) = catch_unwind(life)
        && !panic.is::<Stopped>()
    {
        halt.fail(RuntimeError::Worker(message_of(&*panic)));
    }
    // Work that is pending goes with its dataflow; timely would otherwise finish it first.
    let drop_all = AssertUnwindSafe(|| {
        for dataflow in timely.installed_dataflows() {
            timely.drop_dataflow(dataflow);
        }
    });
    if let Err(panic) = catch_unwind(drop_all) {
        halt.fail(RuntimeError::Worker(message_of(&*panic)));
    }
    // The owner may be gone already.
    let _ = reports.send(Report::Ended);
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic").to_string()
}

struct Evaluator<'w> {
    timely: &'w mut Worker,
    rendering: Rendering,
    line: Line,
    halt: Arc<Halt>,
    /// Were the rows of the program text sent?
    started: bool,
    /// Everything before it was fed.
    fed: u64,
    /// Everything before it was reported, or was before the first epoch.
    told: u64,
}

impl Evaluator<'_> {
    fn run(mut self) {
        let mut taken = 0;
        while !self.halt.is_stopped() {
            match self.line.commands.try_recv() {
                Ok(command) => {
                    self.feed(&command);
                    taken += 1;
                    if taken < EPOCHS_PER_STEP {
                        continue;
                    }
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return,
            }
            taken = 0;
            self.advance();
            self.account();
            // Who sends a command or stops us also unparks this thread.
            self.timely.step_or_park(None);
            self.account();
        }
    }

    /// Hands this worker's share to the sources; between large parts the dataflow makes a step, so that rows do not pile up.
    fn feed(&mut self, command: &Command) {
        self.start(command.epoch);
        for changes in command.changes.iter() {
            let Some(relation) = changes.relation else { continue };
            if !self.rendering.inputs.contains_key(&relation) {
                continue;
            }
            let share = share_of(changes.diffs.len(), self.timely.index(), self.timely.peers());
            for part in parts(share) {
                let large = part.len() == ROWS_PER_STEP;
                let Some(source) = self.rendering.inputs.get_mut(&relation) else { continue };
                let stride = source.stride();
                for i in part {
                    source.add(&changes.words[i * stride..(i + 1) * stride], command.epoch, changes.diffs[i]);
                }
                if large {
                    source.flush();
                    self.timely.step();
                    self.account();
                    if self.halt.is_stopped() {
                        return;
                    }
                }
            }
        }
        self.fed = command.epoch + 1;
    }

    /// Sends the rows of the program text in the first epoch.
    fn start(&mut self, epoch: u64) {
        if self.started {
            return;
        }
        self.started = true;
        self.told = epoch;
        let mut constants = std::mem::take(&mut self.rendering.constants);
        if self.timely.index() == 0 {
            constants.iter_mut().for_each(|source| source.send_own(epoch));
        }
    }

    fn advance(&mut self) {
        for source in self.rendering.inputs.values_mut() {
            source.advance_to(self.fed);
        }
    }

    /// Reports what is complete and how many rows are held.
    fn account(&mut self) {
        let frontier = self.frontier();
        if frontier > self.told {
            self.told = frontier;
            let changes = self.changes_before(frontier);
            let progress = Progress { worker: self.timely.index(), frontier, changes };
            // The owner may be gone already.
            let _ = self.line.reports.send(Report::Progress(progress));
        }
        self.halt.account(self.told);
    }

    /// Before the first epoch nothing is known to be complete; without open sources everything fed is.
    fn frontier(&self) -> u64 {
        self.rendering.probe.with_frontier(|frontier| frontier.first().copied()).map_or(self.fed, |first| first.min(self.fed))
    }

    fn changes_before(&self, frontier: u64) -> Vec<(u64, usize, Updates<u64>)> {
        let mut changes = Vec::new();
        for (output, sink) in self.rendering.sinks.iter().enumerate() {
            let by_epoch = by_epoch(sink.take_before(frontier));
            changes.extend(by_epoch.into_iter().map(|(epoch, rows)| (epoch, output, rows)));
        }
        changes
    }
}

/// Which rows are this worker's to feed: few are not worth dividing.
fn share_of(rows: usize, worker: usize, workers: usize) -> Range<usize> {
    match rows {
        rows if rows >= ROWS_TO_SPLIT => rows * worker / workers..rows * (worker + 1) / workers,
        rows if worker == 0 => 0..rows,
        _ => 0..0,
    }
}

fn parts(range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    range.clone().step_by(ROWS_PER_STEP).map(move |from| from..range.end.min(from + ROWS_PER_STEP))
}

/// Consolidated rows, each epoch for itself.
fn by_epoch(rows: Updates<u64>) -> Vec<(u64, Updates<u64>)> {
    let Some(&first) = rows.times.first() else { return Vec::new() };
    if rows.times.iter().all(|time| *time == first) {
        return vec![(first, rows)];
    }
    let mut epochs = rows.times.clone();
    epochs.sort_unstable();
    epochs.dedup();
    let empty = || Updates { sorted: true, ..Updates::new(rows.stride, rows.key) };
    let mut parts: Vec<(u64, Updates<u64>)> = epochs.into_iter().map(|epoch| (epoch, empty())).collect();
    for i in 0..rows.len() {
        if let Ok(at) = parts.binary_search_by_key(&rows.times[i], |(epoch, _)| *epoch) {
            parts[at].1.push_from(&rows, i);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::sort::consolidate;
    use super::super::sort::model::*;
    use super::*;

    #[test]
    fn every_row_is_fed_by_one_worker() {
        for rows in [0, 1, ROWS_TO_SPLIT - 1, ROWS_TO_SPLIT, ROWS_TO_SPLIT + 1, 3 * ROWS_PER_STEP + 5] {
            for workers in 1..4 {
                let all: Vec<usize> = (0..workers).flat_map(|worker| parts(share_of(rows, worker, workers)).flatten()).collect();
                assert_eq!(all, (0..rows).collect::<Vec<_>>(), "{rows} rows, {workers} workers");
            }
        }
    }

    #[test]
    fn epochs_are_told_apart() {
        let mut dice = Dice(5);
        let mut rows = random(&mut dice, 2, 60);
        consolidate(&mut rows);
        let expected = net(&rows);
        let parts = by_epoch(rows);
        let mut all = Net::new();
        for (epoch, rows) in &parts {
            assert!(is_consolidated(rows) && rows.times.iter().all(|time| time == epoch));
            add_to(&mut all, rows);
        }
        assert_eq!(all, expected);
        assert!(parts.len() > 1 && parts.is_sorted_by_key(|(epoch, _)| *epoch));
        assert!(by_epoch(Updates::new(1, 1)).is_empty());
    }
}
