//! [`Reading`]: a data folder that somebody else may hold, read without taking or changing it.
//!
//! Promises: writes nothing and takes no lock, so it works on a copy, on what must not be touched, and beside a running server. There it
//! reads up to where the journal reached when the reading began; the end of the last group may still be on its way. It begins with the first
//! part that is there. A recovery that was interrupted is read as if it had ended.

use super::disk::{Disk, parent};
use super::entry::Entry;
use super::error::JournalError;
use super::keys::open_keyring;
use super::parts::{self, Part};
use super::past::{Past, Recorded, Summary};
use super::seal::Keyring;
use super::tail::Aside;
use crate::types::Epoch;
use std::path::Path;

pub struct Reading<'d> {
    disk: &'d dyn Disk,
    parts: Vec<Part>,
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
        let mut parts = parts::list(disk, dir)?;
        let last = parts.pop().ok_or_else(|| parts::missing(dir, Epoch(1)))?;
        let aside = Aside::find(disk, &last.path)?;
        parts.push(last.with_aside(aside));
        Ok(Reading { disk, parts, keys: Keyring::closed() })
    }

    /// For who cannot do without the beginning.
    pub fn from_the_first_epoch(self) -> Result<Reading<'d>, JournalError> {
        let first = &self.parts[0];
        if first.first > Epoch(1) { Err(parts::missing(parent(&first.path), Epoch(1))) } else { Ok(self) }
    }

    /// Was the last group being written again when the process ended? It is read as it will be.
    pub fn is_interrupted(&self) -> bool {
        self.parts.iter().any(|part| part.aside.is_some())
    }

    /// How many sealing keys were taken away.
    pub fn erasures(&self) -> u32 {
        self.keys.erased()
    }

    /// Finds every entry whole and gives those that bring more than rows; for the others `None`.
    pub fn outline(&self, mut visit: impl FnMut(Option<Entry>)) -> Result<(), JournalError> {
        let mut past = Past::open(self.disk, &self.keys, self.parts.clone(), None)?;
        while let Some(entry) = past.next_outline()? {
            visit(entry);
        }
        Ok(())
    }

    /// Every entry, in order. An error of the visitor ends it.
    pub fn entries<E: From<JournalError>>(&self, mut visit: impl FnMut(Recorded) -> Result<(), E>) -> Result<Summary, E> {
        let mut past = Past::open(self.disk, &self.keys, self.parts.clone(), None)?;
        while let Some(recorded) = past.next()? {
            visit(recorded)?;
        }
        Ok(past.summary())
    }
}

/// Reads a whole folder: all parts that are there.
pub fn verify(disk: &dyn Disk, dir: &Path, mut visit: impl FnMut(Recorded)) -> Result<Summary, JournalError> {
    Reading::open(disk, dir)?.entries(|recorded| {
        visit(recorded);
        Ok(())
    })
}
