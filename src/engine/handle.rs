//! [`EngineHandle`]: what everybody else holds of the engine. Asking never waits for the engine; answers come by call.

use super::memory_mark::MemoryMark;
use super::queue::{Asked, ClockReply, Depth, Queue, Reply, SnapshotReply, Turned, VerdictReply, Weight};
use super::snapshot::{KnownSnapshots, SnapshotInfo};
use super::{BatchRequest, ClockTarget, EngineError, Metrics, Op, Phase, Subscriptions, VerdictRequest, View};
use crate::dataflow::Budget;
use crate::limits::DISK_RESERVE;
use crate::memory::Memory;
use crate::program::Program;
use crate::security::Positions;
use crate::storage::{Chronicle, Disk, JournalError, Tally};
use crate::types::{Epoch, Said};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

/// Cheap to clone; all clones are the same engine.
#[derive(Clone)]
pub struct EngineHandle {
    shared: Arc<Shared>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

type Listener = Box<dyn Fn() + Send + Sync>;

/// What the engine thread and the handles have in common.
pub(super) struct Shared {
    pub queue: Queue,
    phase: RwLock<Phase>,
    program: RwLock<Option<Arc<Program>>>,
    view: RwLock<View>,
    listeners: Mutex<Vec<Arc<Listener>>>,
    positions: Positions,
    pub metrics: Metrics,
    pub subscriptions: Subscriptions,
    pub snapshots: KnownSnapshots,
    folder: Folder,
    chronicle: Mutex<Chronicle>,
    pub memory: MemoryMark,
    /// What a program may use.
    pub budget: Budget,
    /// Held while an agenda is made.
    pub agenda: Mutex<()>,
    /// A start waits for room on the disk.
    waiting: AtomicBool,
    /// The view is between two epochs, and stays so.
    torn: AtomicBool,
}

/// Where the data are.
pub(super) struct Folder {
    pub disk: Arc<dyn Disk>,
    pub dir: PathBuf,
}

impl EngineHandle {
    pub(super) fn new(shared: Arc<Shared>, threads: Vec<JoinHandle<()>>) -> EngineHandle {
        EngineHandle { shared, threads: Arc::new(Mutex::new(threads)) }
    }

    /// Of a past that is told again: no thread of its own, and nothing can be handed in.
    pub(super) fn of_past(shared: Arc<Shared>) -> EngineHandle {
        EngineHandle { shared, threads: Arc::default() }
    }

    /// Hands in a batch. `Err` at once if it cannot even wait; else `reply` is called, from the engine's thread.
    pub fn submit(&self, request: BatchRequest, reply: Reply) -> Result<(), EngineError> {
        self.shared.admit(Asked::Batch(request, reply)).map_err(|turned| turned.error)
    }

    /// The same; a batch that cannot wait comes back, to be tried again.
    pub fn offer(&self, request: BatchRequest, reply: Reply) -> Result<(), (EngineError, Option<Box<BatchRequest>>)> {
        self.shared.admit(Asked::Batch(request, reply)).map_err(|turned| match *turned.asked {
            Asked::Batch(request, _) => (turned.error, Some(Box::new(request))),
            Asked::Verdict(..) | Asked::Clock(..) | Asked::Snapshot(_) => (turned.error, None),
        })
    }

    /// Hands in what somebody says of a clue. Whether they may is the caller's to know.
    pub fn judge(&self, request: VerdictRequest, reply: VerdictReply) -> Result<(), EngineError> {
        self.shared.admit(Asked::Verdict(request, reply)).map_err(|turned| turned.error)
    }

    /// Moves a manual clock; the reply is the last epoch of the walk.
    pub fn set_clock(&self, to: ClockTarget, reply: ClockReply) -> Result<(), EngineError> {
        self.shared.admit(Asked::Clock(to, reply)).map_err(|turned| turned.error)
    }

    /// Begins a snapshot; the reply is its epoch, and [`EngineHandle::snapshots`] tells when it is whole.
    pub fn snapshot(&self, reply: SnapshotReply) -> Result<(), EngineError> {
        self.shared.admit(Asked::Snapshot(reply)).map_err(|turned| turned.error)
    }

    /// The snapshots of the folder and the one that is written, the newest first.
    pub fn snapshots(&self) -> Vec<SnapshotInfo> {
        self.shared.snapshots.list()
    }

    /// The epoch of the snapshot from which the start went on, 0 if it read the whole journal.
    pub fn went_on_from(&self) -> Epoch {
        self.shared.snapshots.base()
    }

    pub fn phase(&self) -> Phase {
        self.shared.phase()
    }

    /// The rules in force, once they are known.
    pub fn program(&self) -> Option<Arc<Program>> {
        read(&self.shared.program).clone()
    }

    /// What holds now. The engine cannot publish while a guard is held: take what is needed and let go.
    pub fn read(&self) -> RwLockReadGuard<'_, View> {
        read(&self.shared.view)
    }

    /// `listener` is called after each published group and each change of phase, from the engine's thread: it must not wait.
    pub fn on_advance(&self, listener: Listener) {
        lock(&self.shared.listeners).push(Arc::new(listener));
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub fn positions(&self) -> &Positions {
        &self.shared.positions
    }

    /// What the engine counts of itself.
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Named readers and where they are.
    pub fn subscriptions(&self) -> &Subscriptions {
        &self.shared.subscriptions
    }

    pub fn queue(&self) -> Depth {
        self.shared.queue.depth()
    }

    /// Bytes that the disk of the data folder still has; `None` if it cannot tell.
    pub fn free_bytes(&self) -> Option<u64> {
        self.shared.free_bytes()
    }

    /// The first epoch of which [`EngineHandle::history`] can tell: 1, unless parts of the journal were taken away.
    pub fn history_begins(&self) -> Result<Epoch, JournalError> {
        lock(&self.shared.chronicle).begins()
    }

    /// What happened in these epochs, both inclusive, which must have been published; at most `max` of them, fewer where they are large.
    /// Reads the disk, and waits for others who read.
    pub fn history(&self, from: Epoch, until: Epoch, max: usize) -> Result<Vec<Tally>, JournalError> {
        lock(&self.shared.chronicle).read(from, until, max)
    }

    /// Is there room for records? A disk that cannot tell has, unless a start found none.
    pub fn has_disk(&self) -> bool {
        !self.shared.waiting.load(Ordering::Relaxed) && self.free_bytes().is_none_or(|free| free >= 2 * DISK_RESERVE)
    }

    /// Are there fewer records than there is memory for?
    pub fn has_memory(&self) -> bool {
        !self.shared.memory.is_passed()
    }

    /// Bytes of memory that the server may have; `None` if nobody knows.
    pub fn memory_allowed(&self) -> Option<u64> {
        self.shared.memory.allowed()
    }

    /// A thread that others rely on panicked: the engine has failed.
    pub fn break_off(&self) {
        self.shared.break_off();
    }

    /// It failed while it let readers see an epoch: what they would see is half of it.
    pub fn is_torn(&self) -> bool {
        self.shared.torn.load(Ordering::Acquire)
    }

    /// Answers what waits in the queue, then ends all threads of the engine. Calling it again does nothing.
    pub fn stop(&self) {
        self.shared.queue.close();
        self.shared.subscriptions.close();
        for thread in lock(&self.threads).drain(..) {
            // A panic in it was already turned into `Phase::Failed`.
            let _ = thread.join();
        }
    }
}

impl Shared {
    pub fn new(
        queue: usize,
        view: View,
        positions: Positions,
        subscriptions: Subscriptions,
        folder: Folder,
        memory: Memory,
        budget: Budget,
    ) -> Shared {
        let chronicle = Mutex::new(Chronicle::new(folder.disk.clone(), &folder.dir));
        Shared {
            queue: Queue::new(queue),
            phase: RwLock::new(Phase::Recovering { done: 0, total: 0 }),
            program: RwLock::new(None),
            view: RwLock::new(view),
            listeners: Mutex::new(Vec::new()),
            positions,
            metrics: Metrics::default(),
            subscriptions,
            snapshots: KnownSnapshots::default(),
            folder,
            chronicle,
            memory: MemoryMark::new(memory),
            budget,
            agenda: Mutex::new(()),
            waiting: AtomicBool::new(false),
            torn: AtomicBool::new(false),
        }
    }

    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    fn admit(&self, asked: Asked) -> Result<(), Turned> {
        match self.phase() {
            Phase::Ready | Phase::Suspended { .. } => self.queue.push(self.with_memory(asked)?),
            phase @ (Phase::Recovering { .. } | Phase::Failed { .. } | Phase::Stopping | Phase::Past) => {
                Err(Turned::away(asked, EngineError::NotReady(phase)))
            }
        }
    }

    /// Records get in where there is memory for what they come to, which is theirs until they are answered. Who only takes records away gets in
    /// sooner, and clock and case work go on whatever memory there is.
    fn with_memory(&self, asked: Asked) -> Result<Asked, Turned> {
        match asked {
            Asked::Batch(request, reply) => {
                let brings = request.lines.iter().any(|line| line.op != Op::Retract);
                let weight = Weight::of_batch(&request);
                let coming = if brings { self.memory.admit(weight) } else { self.memory.admit_removal(weight) };
                let Some(coming) = coming else {
                    return Err(Turned::away(Asked::Batch(request, reply), EngineError::MemoryFull));
                };
                let answered = move |answer| {
                    drop(coming);
                    reply(answer);
                };
                Ok(Asked::Batch(request, Box::new(answered)))
            }
            Asked::Verdict(..) | Asked::Clock(..) | Asked::Snapshot(_) => Ok(asked),
        }
    }

    pub fn phase(&self) -> Phase {
        read(&self.phase).clone()
    }

    /// `Failed` is for good: only a restart leads out of it.
    pub fn set_phase(&self, phase: Phase) {
        self.turn_to(phase);
        self.advanced();
    }

    fn turn_to(&self, phase: Phase) {
        let mut present = self.phase.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*present, Phase::Failed { .. }) {
            if let Phase::Failed { reason } = &phase {
                tracing::error!(reason = reason.en, "the engine has failed; nothing more is accepted until a restart");
            }
            *present = phase;
        }
    }

    pub fn set_waiting(&self, waiting: bool) {
        self.waiting.store(waiting, Ordering::Relaxed);
    }

    pub fn set_program(&self, program: Arc<Program>) {
        *self.program.write().unwrap_or_else(PoisonError::into_inner) = Some(program);
    }

    pub fn write(&self) -> RwLockWriteGuard<'_, View> {
        self.view.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn read(&self) -> RwLockReadGuard<'_, View> {
        read(&self.view)
    }

    pub fn free_bytes(&self) -> Option<u64> {
        let Folder { disk, dir } = &self.folder;
        disk.free_bytes(dir)
    }

    /// A thread that others rely on panicked: nothing more is taken, and the engine ends, whatever it is waiting for.
    pub fn break_off(&self) {
        self.set_phase(Phase::Failed { reason: panicked() });
        self.queue.break_off();
    }

    /// What readers would see is half of an epoch. Nobody else is told yet: whoever says so holds the view.
    pub fn tear(&self, reason: Said) {
        self.torn.store(true, Ordering::Release);
        self.turn_to(Phase::Failed { reason });
    }

    /// Tells the listeners. They are called outside of every lock.
    pub fn advanced(&self) {
        let listeners: Vec<Arc<Listener>> = lock(&self.listeners).clone();
        listeners.iter().for_each(|listener| listener());
    }
}

/// What it said could hold a value of a record; the panic hook tells the place.
pub(super) fn panicked() -> Said {
    Said::new("a thread of the server panicked; the log names the place", "服务器的一个线程发生内部错误；位置见日志")
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
