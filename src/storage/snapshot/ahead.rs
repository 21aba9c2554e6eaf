//! [`read_ahead`]: the sections of a snapshot, each read, checked and opened by a thread of its own while something is made of those before.

use super::error::SnapshotError;
use super::reader::{Section, SnapshotReader};
use crate::limits::SNAPSHOT_SECTIONS_AHEAD;
use crate::points::{self, Point};
use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// Gives all sections that are still to come to `take`, in order; bytes of the file. What was given may be used only if this went well:
/// then the end was reached, and all of it was right.
pub fn read_ahead<E: From<SnapshotError>>(
    mut file: SnapshotReader<'_>,
    mut take: impl FnMut(Section) -> Result<(), E>,
) -> Result<u64, E> {
    let path = file.path().to_path_buf();
    thread::scope(|scope| {
        let (give, sections) = sync_channel(SNAPSHOT_SECTIONS_AHEAD);
        let reader = thread::Builder::new().name("snapshot".to_string());
        let reading = reader.spawn_scoped(scope, move || give_all(&mut file, &give));
        let reading = reading.map_err(|source: io::Error| SnapshotError::Io { doing: "read", file: path, source })?;
        // Who does not want the rest drops the channel, and with it the reader ends.
        sections.into_iter().try_for_each(&mut take)?;
        Ok(reading.join().unwrap_or_else(|panic| resume_unwind(panic))?)
    })
}

fn give_all(file: &mut SnapshotReader<'_>, give: &SyncSender<Section>) -> Result<u64, SnapshotError> {
    points::pass(Point::ReadingAhead);
    while let Some(section) = file.section()? {
        if give.send(section).is_err() {
            break;
        }
    }
    Ok(file.progress().0)
}
