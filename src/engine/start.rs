//! Starting the engine: a thread of its own, which recovers, serves the queue, and says so if it fails.

use super::commit::Engine;
use super::derived::Derived;
use super::evaluation::Machine;
use super::failure::Failure;
use super::handle::{EngineHandle, Folder, Shared, panicked};
use super::install::Package;
use super::queue::{Asked, Taken};
use super::recover::{is_a_day, recover};
use super::world::World;
use super::{EngineError, Phase, Subscriptions, View};
use crate::clock::Clock;
use crate::dataflow::{Alarm, Budget};
use crate::limits::RULE_STACK_BYTES;
use crate::memory::Memory;
use crate::points::{self, Point};
use crate::security::{Names, Positions, Secret, Timelines};
use crate::storage::{self, Disk, JournalError, Recovered, open_key};
use crate::types::{Interner, Said};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Who moves the rules' clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockMode {
    /// The machine's clock.
    Wall,
    /// `POST /clock`; a new data folder begins on this day, an old one goes on where it was.
    Manual(i64),
}

#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The data folder.
    pub dir: PathBuf,
    pub workers: usize,
    pub clock: ClockMode,
    /// Requests that may wait.
    pub queue: usize,
    pub budget: Budget,
    pub memory: Memory,
    /// Bytes that one entry of the journal may have, at most [`crate::limits::JOURNAL_ENTRY_BYTES_MAX`].
    pub entry_bytes: usize,
    /// Bytes that a snapshot may hold for itself while it is written.
    pub snapshot_held: usize,
}

/// Why there is no engine at all. What goes wrong later is [`Phase::Failed`].
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Folder(#[from] Failure),
    #[error("the clock's first day is outside 0001-01-01 to 9999-12-31")]
    NoDay,
    #[error("no thread for the engine: {0}")]
    Thread(std::io::Error),
}

impl StartError {
    /// For the person at the terminal.
    pub fn said(&self) -> Said {
        match self {
            StartError::Journal(error) => error.said(),
            StartError::Folder(failure) => failure.said(),
            StartError::NoDay => Said::new(self.to_string(), "时钟的起始日不在 0001-01-01 至 9999-12-31 之间"),
            StartError::Thread(error) => Said::new(self.to_string(), format!("无法启动引擎线程：{}", Said::of_io(error).zh)),
        }
    }
}

/// Takes the data folder and returns at once; the journal is read by the engine's own thread, and the phase shows how far it is.
pub fn start(
    config: EngineConfig,
    package: Package,
    disk: Arc<dyn Disk>,
    clock: Arc<dyn Clock>,
) -> Result<EngineHandle, StartError> {
    if !is_a_day(config.clock) {
        return Err(StartError::NoDay);
    }
    let past = storage::open(disk.clone(), &config.dir)?;
    let key = |name| open_key(&*disk, &config.dir, name).map(Secret::new);
    let timelines = Arc::new(Timelines::new(storage::timelines(&*disk, &config.dir)?));
    let (names, positions) = (Names::new(&key("names")?), Positions::new(&key("positions")?, 1, timelines.clone()));
    let derived = Derived::open(&*disk, &config.dir, past.erasures())?;
    let texts = Arc::new(Interner::new());
    let naming = names.naming();
    let view = View::new(names, texts.clone());
    let (subscriptions, writer) = Subscriptions::open(disk.clone(), &config.dir, timelines);
    let folder = Folder { disk, dir: config.dir.clone() };
    let shared = Arc::new(Shared::new(config.queue, view, positions, subscriptions, folder, config.memory, config.budget));
    let broken = shared.clone();
    let alarm: Alarm = Arc::new(move || broken.break_off());
    let machine = Machine { texts, naming, workers: config.workers, budget: config.budget, alarm: Some(alarm) };
    let writer = writer.map(|writer| writer.start(&shared)).transpose().map_err(StartError::Thread)?;
    let world = World::new(shared.clone(), machine, derived);
    let within = shared.clone();
    let body = move || run(&within, || live(past, world, &config, package, clock));
    let thread = std::thread::Builder::new()
        .name("engine".to_string())
        .stack_size(RULE_STACK_BYTES)
        .spawn(body)
        .map_err(StartError::Thread)?;
    Ok(EngineHandle::new(shared, writer.into_iter().chain([thread]).collect()))
}

/// Runs the engine to its end and tells everybody how it ended. A panic is a failure like any other.
fn run(shared: &Shared, engine: impl FnOnce() -> Result<(), Failure>) {
    let end = match catch_unwind(AssertUnwindSafe(engine)) {
        Ok(Ok(()) | Err(Failure::Stopped)) => Phase::Stopping,
        Ok(Err(failure)) => Phase::Failed { reason: failure.said() },
        // What it said could hold a value of a record; the panic hook tells the place.
        Err(_) => Phase::Failed { reason: panicked() },
    };
    over(shared, end);
}

/// First nothing more gets in, then those who wait are told.
fn over(shared: &Shared, end: Phase) {
    let waiting = shared.queue.clear();
    shared.set_phase(end);
    // Something else may have broken before.
    let end = shared.phase();
    for asked in waiting {
        match asked {
            Asked::Batch(_, reply) => reply(Err(EngineError::NotReady(end.clone()))),
            Asked::Verdict(_, reply) => reply(Err(EngineError::NotReady(end.clone()))),
            Asked::Clock(_, reply) | Asked::Snapshot(reply) => reply(Err(EngineError::NotReady(end.clone()))),
        }
    }
}

fn live(past: Recovered, world: World, config: &EngineConfig, package: Package, clock: Arc<dyn Clock>) -> Result<(), Failure> {
    let mut engine = recover(past, world, config, package, clock)?;
    engine.begin();
    let shared = engine.world.shared.clone();
    // It is told before what the engine holds is let go, which may be much.
    match catch_unwind(AssertUnwindSafe(|| engine.serve())) {
        Ok(Ok(())) => engine.end(),
        Ok(Err(failure)) => {
            over(&shared, Phase::Failed { reason: failure.said() });
            Err(failure)
        }
        Err(panic) => {
            over(&shared, Phase::Failed { reason: panicked() });
            resume_unwind(panic)
        }
    }
}

impl Engine {
    /// Until nothing more can come.
    fn serve(&mut self) -> Result<(), Failure> {
        loop {
            self.catch_up()?;
            self.look_after_snapshots()?;
            let taken = self.next();
            points::pass(Point::Taken);
            match taken {
                Taken::Batches(waiting) => self.batches(waiting)?,
                Taken::Verdict(request, reply) => self.verdict(request, reply)?,
                Taken::Clock(to, reply) => self.move_clock(to, reply)?,
                Taken::Snapshot(reply) => self.snapshot(reply)?,
                Taken::Nothing => {}
                Taken::Closed => return Ok(()),
            }
        }
    }

    /// Everything is read: requests may come.
    fn begin(&self) {
        let shared = &self.world.shared;
        let program = shared.read().program.clone();
        shared.set_program(program);
        let metrics = &shared.metrics;
        metrics.journal_bytes.store(self.journal.len(), Ordering::Relaxed);
        metrics.dataflow_rows.store(self.world.rows_held(), Ordering::Relaxed);
        metrics.dataflow_rows_limit.store(self.world.machine.budget.rows, Ordering::Relaxed);
        // What was read may be all that there is memory for.
        shared.memory.look();
        shared.set_phase(self.open_phase());
    }

    fn next(&self) -> Taken {
        self.world.shared.queue.take(self.patience())
    }

    fn end(self) -> Result<(), Failure> {
        self.world.shared.set_phase(Phase::Stopping);
        drop(self.snapshots);
        Ok(self.journal.close()?)
    }
}
