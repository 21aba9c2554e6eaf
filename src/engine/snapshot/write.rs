//! [`Writing`]: a thread that writes a frozen world to the disk, and then removes snapshots that are not kept any more.

use super::freeze::{FrozenWorld, NotWritten};
use super::known::{SnapshotInfo, SnapshotState};
use crate::engine::handle::Shared;
use crate::limits::SNAPSHOTS_KEPT;
use crate::points::{self, Point};
use crate::storage::snapshot::{SnapshotWriter, snapshot_path};
use crate::storage::{Keyring, disk};
use crate::types::Epoch;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

pub struct Writing {
    pub epoch: Epoch,
    /// Bytes of the journal when it was begun.
    pub journal: u64,
    stop: Arc<AtomicBool>,
    /// Set before anybody is told: who has heard of its end may ask for the next one.
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<Option<u64>>>,
}

impl Writing {
    /// `held`: bytes that it may hold for itself.
    pub fn begin(frozen: FrozenWorld, shared: Arc<Shared>, keys: Keyring, journal: u64, held: usize) -> Writing {
        let (epoch, stop) = (frozen.header.epoch, Arc::<AtomicBool>::default());
        let ended = Arc::<AtomicBool>::default();
        let (wall_us, rows) = (frozen.header.wall_us, frozen.header.rows);
        let info = SnapshotInfo { epoch, wall_us, bytes: 0, rows, state: SnapshotState::Writing };
        shared.snapshots.put(info.clone());
        let (stopped, over) = (stop.clone(), ended.clone());
        let body = move || {
            let writing = AssertUnwindSafe(|| write(frozen, &shared, keys, &stopped, held));
            let written = catch_unwind(writing).unwrap_or(Err(NotWritten::Panicked));
            shared.metrics.wrote_snapshot(written.as_ref().ok().copied());
            let panicked = matches!(written, Err(NotWritten::Panicked));
            let (info, whole) = concluded(&shared, info, written);
            over.store(true, Ordering::Release);
            shared.snapshots.put(info);
            // A disk that refuses one is no failure of the engine; a mistake of the program is.
            if panicked {
                shared.break_off();
            }
            whole
        };
        let thread = std::thread::Builder::new().name("snapshot".to_string()).spawn(body);
        let thread = thread.inspect_err(|error| tracing::error!(%error, "no thread for a snapshot; it is tried again later"));
        Writing { epoch, journal, stop, ended, thread: thread.ok() }
    }

    pub fn has_ended(&self) -> bool {
        self.thread.is_none() || self.ended.load(Ordering::Acquire)
    }

    /// Bytes of the file, if it is whole. Waits.
    pub fn end(mut self) -> Option<u64> {
        // What panics in there is behind the writing.
        self.thread.take().and_then(|thread| thread.join().ok()).flatten()
    }
}

impl Drop for Writing {
    /// The engine ends: a snapshot is not waited for.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What came of it, to the log and for the list; what it takes the place of is removed.
fn concluded(shared: &Shared, info: SnapshotInfo, written: Result<u64, NotWritten>) -> (SnapshotInfo, Option<u64>) {
    let epoch = info.epoch;
    match written {
        Ok(bytes) => {
            tracing::info!(epoch = epoch.0, bytes, "a snapshot is whole");
            remove_old(shared, epoch);
            (SnapshotInfo { bytes, state: SnapshotState::Whole, ..info }, Some(bytes))
        }
        Err(error) => {
            if !matches!(error, NotWritten::Stopped) {
                tracing::error!(epoch = epoch.0, %error, "there is no snapshot; it is tried again later");
            }
            (SnapshotInfo { state: SnapshotState::Failed, ..info }, None)
        }
    }
}

fn write(frozen: FrozenWorld, shared: &Shared, keys: Keyring, stop: &AtomicBool, held: usize) -> Result<u64, NotWritten> {
    points::pass(Point::Freezing);
    let (disk, dir) = (&shared.folder().disk, &shared.folder().dir);
    let mut to = SnapshotWriter::begin(disk.clone(), dir, keys, &frozen.header)?;
    frozen.write(&mut to, stop, held)?;
    Ok(to.finish()?)
}

/// A file that cannot be removed now is removed behind the next one.
fn remove_old(shared: &Shared, newest: Epoch) {
    let (disk, dir) = (&shared.folder().disk, &shared.folder().dir);
    let old = shared.snapshots.old(newest, SNAPSHOTS_KEPT);
    if old.is_empty() {
        return;
    }
    for epoch in old {
        let path = snapshot_path(dir, epoch);
        match disk.remove(&path) {
            Ok(()) => shared.snapshots.forget(epoch),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => shared.snapshots.forget(epoch),
            Err(error) => tracing::warn!(%error, epoch = epoch.0, "an old snapshot cannot be removed"),
        }
    }
    if let Err(error) = disk.sync_dir(disk::parent(&snapshot_path(dir, Epoch::ZERO))) {
        tracing::warn!(%error, "the folder cannot be synced after old snapshots were removed");
    }
}
