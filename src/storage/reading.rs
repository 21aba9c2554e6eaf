//! [`Reading`]: a data folder that somebody else may hold, read without taking or changing it.
//!
//! Promises: writes nothing and takes no lock, so it works on a copy, on what must not be touched, and beside a running server. There it
//! reads up to where the journal reached when the reading began; the end of the last group may still be on its way.

use super::disk::Disk;
use super::entry::Entry;
use super::error::JournalError;
use super::keys::{journal_path, open_keyring};
use super::recovery::{Past, Recorded, Summary};
use super::seal::Keyring;
use super::tail;
use std::path::{Path, PathBuf};

pub struct Reading<'d> {
    disk: &'d dyn Disk,
    path: PathBuf,
    keys: Keyring,
}

impl<'d> Reading<'d> {
    /// With the keys of the folder.
    pub fn open(disk: &'d dyn Disk, dir: &Path) -> Result<Reading<'d>, JournalError> {
        let reading = Reading::closed(disk, dir)?;
        Ok(Reading { keys: open_keyring(disk, dir, false)?, ..reading })
    }

    /// Without keys: sealed cells are not opened and read as after an erasure.
    pub fn closed(disk: &'d dyn Disk, dir: &Path) -> Result<Reading<'d>, JournalError> {
        let path = journal_path(dir);
        if tail::is_interrupted(disk, &path)? {
            return Err(JournalError::Interrupted { file: path });
        }
        Ok(Reading { disk, path, keys: Keyring::closed() })
    }

    /// How many sealing keys were taken away.
    pub fn erasures(&self) -> u32 {
        self.keys.erased()
    }

    /// Finds every entry whole and gives those that bring more than rows; for the others `None`.
    pub fn outline(&self, mut visit: impl FnMut(Option<Entry>)) -> Result<(), JournalError> {
        let mut past = Past::open(self.disk, &self.path)?;
        while let Some(entry) = past.next_outline(&self.keys)? {
            visit(entry);
        }
        Ok(())
    }

    /// Every entry, in order. An error of the visitor ends it.
    pub fn entries<E: From<JournalError>>(&self, mut visit: impl FnMut(Recorded) -> Result<(), E>) -> Result<Summary, E> {
        let mut past = Past::open(self.disk, &self.path)?;
        while let Some(recorded) = past.next(&self.keys)? {
            visit(recorded)?;
        }
        Ok(past.summary())
    }
}

/// Reads a whole folder.
pub fn verify(disk: &dyn Disk, dir: &Path, mut visit: impl FnMut(Recorded)) -> Result<Summary, JournalError> {
    Reading::open(disk, dir)?.entries(|recorded| {
        visit(recorded);
        Ok(())
    })
}
