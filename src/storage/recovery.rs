//! Opening a data folder: [`open`] gives [`Recovered`], the past not yet read; only reading it to its end gives a [`Journal`] to append to.
//!
//! Promises: nothing is written before the past was read and found whole, except what an empty folder lacks; then (see [`Unopened`]) the remains of an
//! unfinished group are cut off, and all that was read is made durable before anybody can build on it. Damage is refused, never repaired.
//! The past is read from its first entry, or from a base (see [`Base`]) on; parts of the journal before that need not be there.

use super::disk::{Disk, LockGuard, make_dir_durable};
use super::entry::Entry;
use super::error::JournalError;
use super::journal::Journal;
use super::keys::open_keyring;
use super::parts::{self, Part, part_path};
use super::past::{Base, Past, Recorded};
use super::seal::Keyring;
use super::snapshot::is_snapshot;
use super::tail;
use super::unopened::Unopened;
use crate::types::Epoch;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A data folder that this process holds, its past not yet read.
pub struct Recovered {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    parts: Vec<Part>,
    base: Option<Base>,
    keys: Keyring,
    lock: LockGuard,
    /// The last group is still put aside: there was no room to write it again.
    interrupted: bool,
}

/// Takes a folder for this process, and makes what an empty one lacks.
pub fn open(disk: Arc<dyn Disk>, dir: &Path) -> Result<Recovered, JournalError> {
    make_dir_durable(&*disk, dir).map_err(JournalError::io("make", dir))?;
    let lock = disk.lock(&dir.join("lock")).map_err(|e| match e.kind() {
        io::ErrorKind::WouldBlock => JournalError::Locked { dir: dir.to_path_buf() },
        _ => JournalError::io("lock", dir)(e),
    })?;
    let names = disk.list(dir).map_err(JournalError::io("list", dir))?;
    let present = parts::firsts(&*disk, dir)?;
    if present.is_empty() && names.iter().any(|name| name.starts_with("deltas-") || is_snapshot(name)) {
        // Hashes of what followed from a journal, or a snapshot of it: there was one, and an empty one must not take its place.
        return Err(JournalError::Missing { file: part_path(dir, Epoch(1)) });
    }
    for name in names.iter().filter(|name| parts::is_unfinished(name)) {
        let left = dir.join(name);
        disk.remove(&left).map_err(JournalError::io("remove", &left))?;
    }
    let keys = open_keyring(&*disk, dir, true)?;
    if present.is_empty() {
        parts::make(&*disk, dir, Epoch(1), [0; 32])?;
    }
    let interrupted = match tail::resume(&*disk, &part_path(dir, present.last().copied().unwrap_or(Epoch(1)))) {
        Err(error) if error.is_full() => true,
        resumed => {
            resumed?;
            false
        }
    };
    // The rename that put a file here may have happened just before a crash.
    disk.sync_dir(dir).map_err(JournalError::io("sync", dir))?;
    let parts = parts::list(&*disk, dir)?;
    Ok(Recovered { disk, dir: dir.to_path_buf(), parts, base: None, keys, lock, interrupted })
}

impl Recovered {
    /// Goes on with what an earlier start had no room for; may be called again after an error. Before this the past cannot be read.
    pub fn resume(&mut self) -> Result<(), JournalError> {
        if self.interrupted {
            tail::resume(&*self.disk, &self.last().path)?;
            self.parts = parts::list(&*self.disk, &self.dir)?;
            self.interrupted = false;
        }
        Ok(())
    }

    fn last(&self) -> &Part {
        self.parts.last().expect("a folder that was opened has a part")
    }

    /// How many sealing keys were taken away: with each of them, what follows from the entries became something else.
    pub fn erasures(&self) -> u32 {
        self.keys.erased()
    }

    /// What opens cells.
    pub fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// The parts of the journal that are there, in order. There is at least one.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// From now on only what came after `base` is read, and parts before it need not be there. An error leaves everything as it was: the
    /// entries after `base` are not all there, or the journal's past is another one than that of `base`.
    ///
    /// A base inside a part is found too: its part is read from the beginning, and the link is compared on the way.
    pub fn begin_after(&mut self, base: Base) -> Result<(), JournalError> {
        Past::open(&*self.disk, &self.keys, self.read_after(base)?, Some(base))?;
        self.base = Some(base);
        Ok(())
    }

    /// The parts that hold what came after this.
    fn read_after(&self, base: Base) -> Result<Vec<Part>, JournalError> {
        if self.interrupted {
            return Err(JournalError::Interrupted { file: self.last().path.clone() });
        }
        let next = base.epoch.next();
        let from = self.parts.iter().rposition(|part| part.first <= next);
        from.map(|from| self.parts[from..].to_vec()).ok_or_else(|| parts::missing(&self.dir, next))
    }

    fn past(&self) -> Result<Past<'_>, JournalError> {
        let base = self.base.unwrap_or(Base { epoch: Epoch::ZERO, chain: [0; 32] });
        Past::open(&*self.disk, &self.keys, self.read_after(base)?, Some(base))
    }

    /// A pass over the past that changes nothing. It finds every entry whole and gives those that bring more than rows; for the others,
    /// whose rows are neither read nor opened, `None`.
    pub fn outline(&self, mut visit: impl FnMut(Option<Entry>)) -> Result<(), JournalError> {
        let mut past = self.past()?;
        while let Some(entry) = past.next_outline()? {
            visit(entry);
        }
        Ok(())
    }

    /// The pass after which entries can be appended. An error of the visitor ends it, and then there is no journal.
    pub fn replay<E: From<JournalError>>(self, visit: impl FnMut(Recorded) -> Result<(), E>) -> Result<Journal, E> {
        Ok(self.read(visit)?.journal()?)
    }

    /// The same, up to where something has to be written.
    pub fn read<E: From<JournalError>>(self, mut visit: impl FnMut(Recorded) -> Result<(), E>) -> Result<Unopened, E> {
        let mut past = self.past()?;
        while let Some(recorded) = past.next()? {
            visit(recorded)?;
        }
        let read = past.into_read();
        let before = self.parts[..self.parts.len() - 1].iter().map(|part| part.bytes).sum();
        Ok(Unopened::new(self.disk, read, self.keys, before, self.lock))
    }
}
