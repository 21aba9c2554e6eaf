//! [`Unopened`]: a journal whose past was read to its end, before anything of it is written.
//!
//! Promises: what was read is made durable, and the remains of an unfinished group are cut off, before there is a [`Journal`]; where the
//! disk has no room for that, the same may be tried again, as often as it takes, and nothing that was read is lost by it.

use super::disk::{Disk, LockGuard};
use super::error::JournalError;
use super::frame::GroupWriter;
use super::journal::Journal;
use super::past::Read;
use super::seal::Keyring;
use super::tail::{self, Aside};
use std::sync::Arc;

pub struct Unopened {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) read: Read,
    pub(super) keys: Keyring,
    /// Bytes of all parts but the last.
    pub(super) len_before: u64,
    pub(super) lock: LockGuard,
    /// What was read of the last part is durable, and nothing stands behind it.
    settled: bool,
    /// An attempt was made to settle it, and one to set the mark.
    tried: bool,
    marking: bool,
    /// Bytes of the last part with its mark, once that is set.
    marked: Option<u64>,
}

impl Unopened {
    pub(super) fn new(disk: Arc<dyn Disk>, read: Read, keys: Keyring, len_before: u64, lock: LockGuard) -> Unopened {
        Unopened { disk, read, keys, len_before, lock, settled: false, tried: false, marking: false, marked: None }
    }

    /// Bytes that [`Unopened::make_ready`] needs for a while: what it puts aside, and writes again.
    pub fn needs(&self) -> u64 {
        if self.settled { 0 } else { 2 * self.len().saturating_sub(self.read.reader.synced) }
    }

    /// Makes what was read durable: a process that died may have left it in the machine's memory only. May be called again after an error.
    pub fn make_ready(&mut self) -> Result<(), JournalError> {
        self.settle()?;
        self.mark()
    }

    /// The journal, to be appended to.
    pub fn journal(mut self) -> Result<Journal, JournalError> {
        self.make_ready()?;
        let len = self.marked.unwrap_or_else(|| self.len());
        Journal::after(self, len)
    }

    /// Where the last part ends. Nobody vouches for what is behind `synced`. A mark there holds nothing: it goes, and comes again. Entries
    /// are written again.
    pub(super) fn len(&self) -> u64 {
        let reader = &self.read.reader;
        if reader.marked { reader.synced } else { reader.good }
    }

    fn settle(&mut self) -> Result<(), JournalError> {
        if self.settled {
            return Ok(());
        }
        let (path, len, again) = (self.read.reader.path().to_path_buf(), self.len(), std::mem::replace(&mut self.tried, true));
        let (synced, total) = (self.read.reader.synced, self.read.reader.len());
        let file = self.read.reader.file();
        // What an attempt before this one put aside may not be in the journal any more.
        if again && Aside::find(&*self.disk, &path)?.is_some() {
            tail::resume(&*self.disk, &path)?;
        } else if synced < len {
            tail::rewrite(&*self.disk, &path, file, synced, len)?;
        } else if len < total {
            file.truncate(len).map_err(JournalError::io("cut", &path))?;
        }
        file.sync().map_err(JournalError::io("sync", &path))?;
        self.settled = true;
        Ok(())
    }

    fn mark(&mut self) -> Result<(), JournalError> {
        let (path, len) = (self.read.reader.path().to_path_buf(), self.len());
        let (header, epoch) = (self.read.reader.header, self.read.reader.epoch);
        if self.marked.is_some() || epoch < header.first_epoch {
            return Ok(());
        }
        let mut group = GroupWriter::new(header.salt, len);
        group.mark(epoch);
        let file = self.read.reader.file();
        if std::mem::replace(&mut self.marking, true) {
            // The half of a mark that there was room for.
            file.truncate(len).map_err(JournalError::io("cut", &path))?;
        }
        file.append(&group.bytes).map_err(JournalError::io("write", &path))?;
        self.marked = Some(len + group.bytes.len() as u64);
        Ok(())
    }
}
