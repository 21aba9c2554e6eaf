//! Snapshots: everything that a start needs and that an evaluation does not give, as of one epoch, in a file beside the journal.
//!
//! Promises: a file of this name is whole and durable; every touched bit of one is found and named, by file and offset; nothing of a row
//! can be read without the key; writing holds one section at a time and reading a few. Must not know what the sections mean to the engine.

mod ahead;
mod error;
mod header;
mod reader;
mod sections;
mod writer;

pub use ahead::read_ahead;
pub use error::SnapshotError;
pub use header::{Held, SnapshotHeader};
pub use reader::{Section, SnapshotReader};
pub use sections::*;
pub use writer::SnapshotWriter;

use super::disk::Disk;
use super::error::JournalError;
use crate::types::Epoch;
use std::cmp::Reverse;
use std::path::{Path, PathBuf};

const NAME: &str = "snapshot-";
const NEW: &str = ".new";

/// What the snapshot of an epoch is called.
pub fn snapshot_name(epoch: Epoch) -> String {
    format!("{NAME}{:016}", epoch.0)
}

pub fn snapshot_path(dir: &Path, epoch: Epoch) -> PathBuf {
    dir.join(snapshot_name(epoch))
}

/// Of which epoch is the snapshot of this name? `None` if it is none.
pub fn epoch_of(name: &str) -> Option<Epoch> {
    let digits = name.strip_prefix(NAME)?;
    let plain = digits.len() >= 16 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let epoch = digits.parse().ok().filter(|_| plain).map(Epoch)?;
    (snapshot_name(epoch) == name).then_some(epoch)
}

/// What an attempt left behind whose process ended.
fn is_unfinished(name: &str) -> bool {
    name.strip_suffix(NEW).and_then(epoch_of).is_some()
}

/// The epochs of the snapshots in a folder, the newest first. What was not written to its end is removed; the folder is held.
pub fn snapshots(disk: &dyn Disk, dir: &Path) -> Result<Vec<Epoch>, JournalError> {
    let names = disk.list(dir).map_err(JournalError::io("list", dir))?;
    for name in names.iter().filter(|name| is_unfinished(name)) {
        let left = dir.join(name);
        disk.remove(&left).map_err(JournalError::io("remove", &left))?;
    }
    Ok(newest_first(&names))
}

/// The same, of a folder that somebody else may hold: changes nothing.
pub fn snapshots_seen(disk: &dyn Disk, dir: &Path) -> Result<Vec<Epoch>, JournalError> {
    disk.list(dir).map(|names| newest_first(&names)).map_err(JournalError::io("list", dir))
}

fn newest_first(names: &[String]) -> Vec<Epoch> {
    let mut epochs: Vec<Epoch> = names.iter().filter_map(|name| epoch_of(name)).collect();
    epochs.sort_by_key(|epoch| Reverse(*epoch));
    epochs
}

/// Is this a file of snapshots, whole or not?
pub fn is_snapshot(name: &str) -> bool {
    epoch_of(name).is_some() || is_unfinished(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_has_one_name() {
        for epoch in [1, 42, 9_999_999_999_999_999, 10_000_000_000_000_000, u64::MAX] {
            let path = snapshot_path(Path::new("d"), Epoch(epoch));
            assert_eq!(epoch_of(path.file_name().and_then(|name| name.to_str()).unwrap()), Some(Epoch(epoch)));
        }
        for other in ["snapshot-", "snapshot-42", "snapshot-00000000000000042", "snapshot-0000000000000042.new", "snapshots"] {
            assert_eq!(epoch_of(other), None, "{other}");
        }
        assert!(is_snapshot("snapshot-0000000000000042.new") && !is_snapshot("snapshot.new"));
    }
}
