//! [`KnownSnapshots`]: the snapshots of the folder, as readers are told of them.

use crate::storage::snapshot::SnapshotHeader;
use crate::types::Epoch;
use std::cmp::Reverse;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SnapshotInfo {
    pub epoch: Epoch,
    /// When that epoch was, in microseconds since 1970.
    pub wall_us: i64,
    /// Bytes of the file; 0 while it is written.
    pub bytes: u64,
    pub rows: u64,
    pub state: SnapshotState,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SnapshotState {
    Writing,
    Whole,
    /// The last attempt, given up or failed; nothing of it is there.
    Failed,
    /// In the folder, but no start goes on from it: damaged, of another version, or not of this journal.
    Unusable,
}

impl SnapshotState {
    pub fn name(self) -> &'static str {
        match self {
            SnapshotState::Writing => "writing",
            SnapshotState::Whole => "whole",
            SnapshotState::Failed => "failed",
            SnapshotState::Unusable => "unusable",
        }
    }
}

/// The newest first.
#[derive(Default)]
pub struct KnownSnapshots {
    list: Mutex<Vec<SnapshotInfo>>,
    /// From which the start went on; 0: the whole journal was read.
    base: AtomicU64,
}

impl KnownSnapshots {
    pub fn list(&self) -> Vec<SnapshotInfo> {
        self.lock().clone()
    }

    pub fn base(&self) -> Epoch {
        Epoch(self.base.load(Ordering::Relaxed))
    }

    pub fn went_on_from(&self, epoch: Epoch) {
        self.base.store(epoch.0, Ordering::Relaxed);
    }

    /// One that a start has found.
    pub fn found(&self, epoch: Epoch, header: Option<&SnapshotHeader>, bytes: u64, state: SnapshotState) {
        let (wall_us, rows) = header.map_or((0, 0), |header| (header.wall_us, header.rows));
        self.put(SnapshotInfo { epoch, wall_us, bytes, rows, state });
    }

    /// In the place of what was known of that epoch; of failed attempts only the last is told.
    pub fn put(&self, info: SnapshotInfo) {
        let mut list = self.lock();
        list.retain(|one| one.epoch != info.epoch && one.state != SnapshotState::Failed);
        list.push(info);
        list.sort_by_key(|one| Reverse(one.epoch));
    }

    /// Those behind the newest whole ones that are kept, `newest` being one of them.
    pub fn old(&self, newest: Epoch, kept: usize) -> Vec<Epoch> {
        let list = self.lock();
        let whole = list.iter().filter(|one| one.state == SnapshotState::Whole && one.epoch < newest).map(|one| one.epoch);
        let Some(oldest) = [newest].into_iter().chain(whole).nth(kept - 1) else { return Vec::new() };
        list.iter().map(|one| one.epoch).filter(|epoch| *epoch < oldest).collect()
    }

    pub fn forget(&self, epoch: Epoch) {
        self.lock().retain(|one| one.epoch != epoch);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SnapshotInfo>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_stands_behind_whole_ones() {
        let known = KnownSnapshots::default();
        let put = |epoch, state| known.put(SnapshotInfo { epoch: Epoch(epoch), wall_us: 0, bytes: 1, rows: 1, state });
        put(5, SnapshotState::Whole);
        put(3, SnapshotState::Whole);
        put(9, SnapshotState::Unusable);
        put(2, SnapshotState::Unusable);
        assert_eq!(known.old(Epoch(5), 2), [Epoch(2)]);
        put(7, SnapshotState::Failed);
        assert_eq!(known.old(Epoch(5), 2), [Epoch(2)]);
        put(7, SnapshotState::Writing);
        assert_eq!(known.old(Epoch(7), 2), [Epoch(3), Epoch(2)]);
        known.forget(Epoch(3));
        assert_eq!(known.list().iter().map(|one| one.epoch.0).collect::<Vec<_>>(), [9, 7, 5, 2]);
    }
}
