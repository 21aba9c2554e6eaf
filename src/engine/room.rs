//! Room on the disk. Whoever sends more than there is room for is told to come back, before anything is written: a full disk then is
//! no failed write, reading goes on, and so does writing as soon as there is room again.
//!
//! Must not know what is to be written. A disk that cannot tell its room, and one that somebody else fills between the look and the
//! write, end as any failed write does.

use super::commit::Engine;
use crate::limits::DISK_RESERVE;

impl Engine {
    /// Is there room for entries of so many bytes? Twice, because a start after a crash writes the last group once more beside itself.
    pub(super) fn has_room(&mut self, bytes: usize) -> bool {
        let needed = 2 * bytes as u64 + DISK_RESERVE;
        let room = self.world.shared.free_bytes().is_none_or(|free| free >= needed);
        if !room && !self.disk_full {
            tracing::error!(needed, "the disk is full; records are refused until there is room");
        }
        if room && self.disk_full {
            tracing::info!("the disk has room again; records are taken");
        }
        self.disk_full = !room;
        room
    }
}
