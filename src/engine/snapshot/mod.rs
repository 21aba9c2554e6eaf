//! Snapshots of the engine: when one is due, who writes it, which are kept, and how a start goes on from one.
//!
//! Promises: a snapshot is of one epoch, between two groups; writing it stops nobody, and what it holds for itself is bounded; one that
//! the disk refuses is no failure of the engine. Nothing is written while the program stands still.

mod freeze;
mod known;
mod thaw;
mod write;

pub use known::{SnapshotInfo, SnapshotState};
pub use thaw::{Beginning, choose};

pub(super) use known::KnownSnapshots;
pub(super) use write::Writing;

use super::commit::Engine;
use super::failure::Failure;
use super::queue::SnapshotReply;
use super::{EngineError, Phase};
use crate::limits::{
    DISK_RESERVE, SNAPSHOT_AFTER_BYTES, SNAPSHOT_AFTER_US, SNAPSHOT_CHANGE_BYTES, SNAPSHOT_RETRY_US, SNAPSHOT_ROW_BYTES,
};
use crate::storage::Journal;
use crate::types::Epoch;

/// What decides when the next snapshot is due.
pub struct Snapshots {
    writing: Option<Writing>,
    /// Of the last whole one.
    epoch: Epoch,
    bytes: u64,
    /// Bytes of the journal then.
    journal: u64,
    /// When it was begun, by the wall; at first, when the engine was.
    since_us: i64,
    /// Bytes that one may hold for itself.
    held: usize,
    /// After a failed attempt nothing is tried before this.
    not_before_us: i64,
}

impl Snapshots {
    /// `from`: epoch and bytes of the one that the start went on from, `journal`: bytes of the journal then.
    pub fn new(from: Option<(Epoch, u64)>, journal: u64, now_us: i64, held: usize) -> Snapshots {
        let (epoch, bytes) = from.unwrap_or((Epoch::ZERO, 0));
        Snapshots { writing: None, epoch, bytes, journal, since_us: now_us, held, not_before_us: i64::MIN }
    }

    fn is_due(&self, journal: &Journal, now_us: i64) -> bool {
        let grown = journal.len().saturating_sub(self.journal) > SNAPSHOT_AFTER_BYTES.max(self.bytes / 2);
        let old = now_us.saturating_sub(self.since_us) >= SNAPSHOT_AFTER_US && journal.epoch() > self.epoch;
        now_us >= self.not_before_us && (grown || old)
    }
}

impl Engine {
    /// Between two groups: takes note of one that has ended, and begins one that is due.
    pub fn look_after_snapshots(&mut self) -> Result<(), Failure> {
        self.note_written();
        if self.snapshots.writing.is_some() || !self.snapshots.is_due(&self.journal, self.wall.now_us()) {
            return Ok(());
        }
        match self.may_snapshot() {
            Ok(()) => self.begin_snapshot(),
            Err(error @ EngineError::DiskFull) => {
                tracing::error!(%error, "a snapshot is due, but there is no room for one; it is tried again later");
                self.not_now();
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }

    /// What `POST /v1/snapshots` asks for.
    pub fn snapshot(&mut self, reply: SnapshotReply) -> Result<(), Failure> {
        self.note_written();
        let now = self.journal.epoch();
        if self.snapshots.writing.is_some() {
            reply(Err(EngineError::SnapshotRunning));
        } else if let Err(error) = self.may_snapshot() {
            reply(Err(error));
        } else if self.snapshots.epoch == now {
            reply(Ok(now));
        } else if let Err(failure) = self.begin_snapshot() {
            reply(Err(EngineError::WriteFailed));
            return Err(failure);
        } else {
            reply(Ok(now));
        }
        Ok(())
    }

    fn may_snapshot(&self) -> Result<(), EngineError> {
        let is_ready = self.open_phase() == Phase::Ready && self.world.derived.now().is_some();
        let needed = || {
            let view = self.world.shared.read();
            let (rows, changes) = (view.records.len() as u64, view.feed.changes() as u64);
            DISK_RESERVE + rows * SNAPSHOT_ROW_BYTES + changes * SNAPSHOT_CHANGE_BYTES
        };
        match self.world.shared.free_bytes() {
            _ if !is_ready => Err(EngineError::NoSnapshotNow),
            Some(free) if free < needed() => Err(EngineError::DiskFull),
            Some(_) | None => Ok(()),
        }
    }

    /// After a failed attempt.
    fn not_now(&mut self) {
        self.snapshots.not_before_us = self.wall.now_us().saturating_add(SNAPSHOT_RETRY_US);
    }

    fn begin_snapshot(&mut self) -> Result<(), Failure> {
        // Later parts of the journal begin where the snapshot ends, so that earlier ones can be put away.
        self.journal.begin_part()?;
        self.snapshots.since_us = self.wall.now_us();
        let Some(frozen) = self.world.freeze(&self.journal)? else { return Ok(()) };
        let (shared, keys) = (self.world.shared.clone(), self.journal.keys().clone());
        self.snapshots.writing = Some(Writing::begin(frozen, shared, keys, self.journal.len(), self.snapshots.held));
        Ok(())
    }

    fn note_written(&mut self) {
        let Some(writing) = self.snapshots.writing.take_if(|writing| writing.has_ended()) else { return };
        let (epoch, journal) = (writing.epoch, writing.journal);
        match writing.end() {
            Some(bytes) => (self.snapshots.epoch, self.snapshots.bytes, self.snapshots.journal) = (epoch, bytes, journal),
            None => self.not_now(),
        }
    }
}
