//! One worker thread. The first takes epochs, evaluates them, and reports what each changed; the others do their share of its recursions.
//! Parked when idle.
//!
//! Promises: every epoch is told, in order; whatever ends a worker, it says so, and its dataflows are dropped.

use super::halt::{Halt, Stopped};
use super::line::Context;
use super::outer::{InFlight, Outer};
use super::render::render;
use super::runtime::InputChanges;
use super::updates::Delta;
use crate::limits::{EPOCHS_PER_REPORT, MERGED_AT_REST, ROWS_AT_ONCE};
use crate::plan::Plan;
use crate::points::{self, Point};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::thread::panicking;
use timely::worker::Worker;

/// The changes of one epoch.
pub struct Command {
    pub epoch: u64,
    pub changes: Vec<InputChanges>,
}

pub enum Report {
    Progress(Progress),
    /// The worker has ended.
    Ended,
}

/// Everything before `frontier` is evaluated.
pub struct Progress {
    pub frontier: u64,
    /// Epoch, output of the plan, its change.
    pub changes: Vec<(u64, usize, Delta)>,
}

/// What a worker thread is started with.
pub struct Job {
    pub plan: Arc<Plan>,
    pub arities: Arc<Vec<usize>>,
    pub context: Context,
}

/// How a worker and its owner talk.
pub struct Line {
    /// Only the first worker is commanded.
    pub commands: Option<Receiver<Command>>,
    pub reports: Sender<Report>,
}

/// The life of a worker thread.
pub fn work(timely: &mut Worker, job: &Job, line: Line) {
    let halt = job.context.halt.clone();
    halt.measure_thread();
    let life = AssertUnwindSafe(|| {
        let outer = render(timely, &job.plan, &job.arities, &job.context);
        match &line.commands {
            Some(commands) => lead(timely, outer, &halt, commands, &line.reports),
            None => follow(timely, outer, &halt),
        }
    });
    if let Err(panic) = catch_unwind(life)
        && !panic.is::<Stopped>()
    {
        halt.broke();
    }
    // Work that is pending goes with its dataflow; timely would otherwise finish it first.
    let drop_all = AssertUnwindSafe(|| {
        for dataflow in timely.installed_dataflows() {
            timely.drop_dataflow(dataflow);
        }
    });
    if catch_unwind(drop_all).is_err() {
        halt.broke();
    }
    // The owner may be gone already.
    let _ = line.reports.send(Report::Ended);
}

/// Tells that a worker panics before what it holds is let go, which may be much.
struct Broken<'h>(&'h Halt);

impl Drop for Broken<'_> {
    fn drop(&mut self) {
        // Who leaves a step because all stop unwinds too.
        if panicking() && !self.0.is_stopped() {
            self.0.broke();
        }
    }
}

/// Evaluates what is commanded until the owner hangs up. What waits is reported together.
fn lead(timely: &mut Worker, mut outer: Outer, halt: &Halt, commands: &Receiver<Command>, reports: &Sender<Report>) {
    let _broken = Broken(halt);
    while let Some(first) = next(commands, &mut outer, halt) {
        let mut progress = Progress { frontier: 0, changes: Vec::new() };
        let waiting = std::iter::from_fn(|| commands.try_recv().ok());
        let mut waiting = std::iter::once(first).chain(waiting).take(EPOCHS_PER_REPORT);
        loop {
            let group = at_once(&mut waiting, outer.epochs_at_once());
            if group.is_empty() {
                break;
            }
            points::pass(Point::Evaluating);
            halt.begin_group(group.len());
            for (epoch, changed) in outer.evaluate(timely, group) {
                progress.changes.extend(changed.into_iter().map(|(output, change)| (epoch, output, change)));
                progress.frontier = epoch + 1;
            }
            halt.account();
            if halt.is_stopped() {
                return;
            }
        }
        // The owner may be gone already.
        let _ = reports.send(Report::Progress(progress));
    }
}

/// The next epochs, as many as are evaluated together.
fn at_once(waiting: &mut impl Iterator<Item = Command>, most: usize) -> Vec<InFlight> {
    let mut group: Vec<InFlight> = Vec::new();
    let mut rows = 0;
    while group.len() < most
        && rows < ROWS_AT_ONCE
        && let Some(Command { epoch, changes }) = waiting.next()
    {
        let flight = InFlight::new(epoch, changes);
        rows += flight.rows();
        group.push(flight);
    }
    group
}

/// Waits for a command. Until one comes, what indexes still have to merge is merged.
fn next(commands: &Receiver<Command>, outer: &mut Outer, halt: &Halt) -> Option<Command> {
    loop {
        match commands.try_recv() {
            Ok(command) => return Some(command),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        points::pass(Point::Resting);
        if !outer.tidy(MERGED_AT_REST) {
            halt.account();
            return commands.recv().ok();
        }
    }
}

/// Takes part in the recursions until all stop.
fn follow(timely: &mut Worker, mut outer: Outer, halt: &Halt) {
    let _broken = Broken(halt);
    outer.close();
    while !halt.is_stopped() {
        points::pass(Point::Sharing);
        halt.account();
        // The first worker's rows, and who stops us, wake this thread.
        timely.step_or_park(None);
    }
}
