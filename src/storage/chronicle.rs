//! [`Chronicle`]: what happened, read from the journal by a reader of its own, beside the one who writes it.
//!
//! Promises: it holds up nobody who writes, holds one entry at a time, opens no sealed cell, and gives no value of a row but what the clock
//! showed. It is asked only for epochs that were published, so all of what it reads is durable.

use super::disk::{Disk, DiskFile};
use super::error::JournalError;
use super::frame::{COMMIT, HEAD, HEADER, Head, Header, MARK};
use super::keys::journal_path;
use super::tally::{Tally, tally};
use crate::limits::{HISTORY_BYTES, JOURNAL_ENTRY_BYTES_MAX, JOURNAL_INDEX_BYTES};
use crate::types::Epoch;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub struct Chronicle {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// Where entries begin, every now and then: epoch and offset; both go up.
    places: Vec<(u64, u64)>,
}

/// A part of the journal that is open.
struct Open {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    salt: u32,
}

impl Chronicle {
    pub fn new(disk: Arc<dyn Disk>, dir: &Path) -> Chronicle {
        Chronicle { disk, dir: dir.to_path_buf(), places: Vec::new() }
    }

    /// The entries of these epochs, in order, at most `max` of them, and fewer where they are large.
    pub fn read(&mut self, from: Epoch, until: Epoch, max: usize) -> Result<Vec<Tally>, JournalError> {
        let mut told = Vec::new();
        if from > until {
            return Ok(told);
        }
        let part = self.open(&journal_path(&self.dir))?;
        let (mut at, mut bytes) = (self.place(from), 0);
        while told.len() < max && bytes < HISTORY_BYTES {
            let (begin, head) = (at, part.head(at, from)?);
            if head.kind == MARK || head.epoch < from.0 {
                self.saw(&head, begin);
                at += HEAD as u64 + u64::from(head.len);
                continue;
            }
            self.saw(&head, begin);
            let (body, end) = part.body(begin, Epoch(head.epoch))?;
            let read = tally(Epoch(head.epoch), head.kind, &body);
            told.push(read.map_err(|_| part.damaged(begin, Epoch(head.epoch), "the body of an entry does not decode"))?);
            bytes += body.len();
            at = end;
            if head.epoch >= until.0 {
                break;
            }
        }
        Ok(told)
    }

    /// From where to look for an epoch.
    fn place(&self, epoch: Epoch) -> u64 {
        let near = self.places.partition_point(|(known, _)| *known <= epoch.0).checked_sub(1);
        near.map_or(HEADER as u64, |near| self.places[near].1)
    }

    /// Remembers where an entry begins, if nothing near is.
    fn saw(&mut self, head: &Head, offset: u64) {
        let begins = head.kind != MARK && head.kind != COMMIT;
        let (last_epoch, last) = self.places.last().copied().unwrap_or((0, 0));
        if begins && head.epoch > last_epoch && offset >= last + JOURNAL_INDEX_BYTES {
            self.places.push((head.epoch, offset));
        }
    }

    fn open(&self, path: &Path) -> Result<Open, JournalError> {
        let file = self.disk.open(path).map_err(JournalError::io("open", path))?;
        let mut bytes = [0; HEADER];
        file.read_at(0, &mut bytes).map_err(JournalError::io("read", path))?;
        let open = |salt| Open { file, path: path.to_path_buf(), salt };
        match Header::read(&bytes) {
            Ok(header) => Ok(open(header.salt)),
            Err(_) => Err(open(0).damaged(0, Epoch::ZERO, "the header is not whole")),
        }
    }
}

impl Open {
    fn head(&self, at: u64, epoch: Epoch) -> Result<Head, JournalError> {
        let mut bytes = [0; HEAD];
        let read = self.file.read_at(at, &mut bytes).map_err(JournalError::io("read", &self.path))?;
        let head = if read == HEAD { Head::read(&bytes, self.salt) } else { None };
        head.ok_or_else(|| self.damaged(at, epoch, "bytes that were synced have changed"))
    }

    /// The body that begins at an offset, and where its commit frame ends.
    fn body(&self, mut at: u64, epoch: Epoch) -> Result<(Vec<u8>, u64), JournalError> {
        let mut body = Vec::new();
        loop {
            let head = self.head(at, epoch)?;
            let (from, len) = (at + HEAD as u64, head.len as usize);
            at = from + u64::from(head.len);
            if head.epoch != epoch.0 || head.kind == MARK || body.len() + len > JOURNAL_ENTRY_BYTES_MAX {
                return Err(self.damaged(from, epoch, "a frame stands where it cannot"));
            }
            if head.kind == COMMIT {
                return Ok((body, at));
            }
            let start = body.len();
            body.resize(start + len, 0);
            let read = self.file.read_at(from, &mut body[start..]).map_err(JournalError::io("read", &self.path))?;
            if read < len || crc32fast::hash(&body[start..]) != head.payload_sum {
                return Err(self.damaged(from, epoch, "bytes that were synced have changed"));
            }
        }
    }

    fn damaged(&self, offset: u64, epoch: Epoch, what: &'static str) -> JournalError {
        JournalError::Damaged { file: self.path.clone(), offset, epoch: epoch.0, what }
    }
}
