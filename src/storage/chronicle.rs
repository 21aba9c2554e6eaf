//! [`Chronicle`]: what happened, read from the journal by a reader of its own, beside the one who writes it.
//!
//! Promises: it holds up nobody who writes, holds one entry at a time, opens no sealed cell, and gives no value of a row but what the clock
//! showed. It is asked only for epochs that were published, so all of what it reads is durable.

use super::disk::{Disk, DiskFile};
use super::error::JournalError;
use super::frame::{COMMIT, HEAD, HEADER, Head, Header, MARK};
use super::parts::{self, part_path};
use super::tally::{Tally, tally};
use crate::limits::{HISTORY_BYTES, JOURNAL_ENTRY_BYTES_MAX, JOURNAL_INDEX_BYTES};
use crate::types::Epoch;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub struct Chronicle {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// By the first epoch of a part: where entries begin in it, every now and then: epoch and offset; both go up.
    places: BTreeMap<Epoch, Vec<(u64, u64)>>,
}

/// A part of the journal that is open.
struct Open {
    first: Epoch,
    /// That of the next part that is there, if there is one.
    next: Option<Epoch>,
    file: Box<dyn DiskFile>,
    path: PathBuf,
    salt: u32,
}

impl Chronicle {
    pub fn new(disk: Arc<dyn Disk>, dir: &Path) -> Chronicle {
        Chronicle { disk, dir: dir.to_path_buf(), places: BTreeMap::new() }
    }

    /// The entries of these epochs, in order, at most `max` of them, and fewer where they are large.
    pub fn read(&mut self, from: Epoch, until: Epoch, max: usize) -> Result<Vec<Tally>, JournalError> {
        let (mut told, mut next, mut bytes) = (Vec::new(), from, 0);
        while next <= until && told.len() < max && bytes < HISTORY_BYTES {
            let part = self.open(next)?;
            let (mut at, mut last) = (self.place(part.first, next), part.first);
            // The epoch with which the next part begins is not in this one.
            while next <= until && Some(next) != part.next && told.len() < max && bytes < HISTORY_BYTES {
                let head = part.head(at, next).map_err(|error| self.unless_away(error, &part, at, last, next))?;
                last = Epoch(head.epoch);
                self.saw(part.first, &head, at);
                if head.kind == MARK || head.epoch < next.0 {
                    at += HEAD as u64 + u64::from(head.len);
                    continue;
                }
                let (body, end) = part.body(at, next)?;
                let read = tally(next, head.kind, &body);
                told.push(read.map_err(|_| part.damaged(at, next, "the body of an entry does not decode"))?);
                (bytes, at, next) = (bytes + body.len(), end, next.next());
            }
        }
        Ok(told)
    }

    /// Where a part ends before the epoch, and others follow, that part is away which begins after its last epoch.
    fn unless_away(&self, error: JournalError, part: &Open, at: u64, last: Epoch, epoch: Epoch) -> JournalError {
        if part.next.is_some() && part.file.len().is_ok_and(|len| len == at) {
            return JournalError::Archived { file: part_path(&self.dir, last.next()), epoch: epoch.0 };
        }
        error
    }

    /// The first epoch that can be read.
    pub fn begins(&self) -> Result<Epoch, JournalError> {
        Ok(parts::firsts(&*self.disk, &self.dir)?.first().copied().unwrap_or(Epoch(1)))
    }

    /// From where to look for an epoch.
    fn place(&self, part: Epoch, epoch: Epoch) -> u64 {
        let places = self.places.get(&part).map_or(&[][..], Vec::as_slice);
        let near = places.partition_point(|(known, _)| *known <= epoch.0).checked_sub(1);
        near.map_or(HEADER as u64, |near| places[near].1)
    }

    /// Remembers where an entry begins, if nothing near is.
    fn saw(&mut self, part: Epoch, head: &Head, offset: u64) {
        let begins = head.kind != MARK && head.kind != COMMIT;
        let places = self.places.entry(part).or_default();
        let (last_epoch, last) = places.last().copied().unwrap_or((0, 0));
        if begins && head.epoch > last_epoch && offset >= last + JOURNAL_INDEX_BYTES {
            places.push((head.epoch, offset));
        }
    }

    /// The part that holds an epoch, as far as names tell.
    fn open(&self, epoch: Epoch) -> Result<Open, JournalError> {
        let firsts = parts::firsts(&*self.disk, &self.dir)?;
        let after = firsts.partition_point(|first| *first <= epoch);
        let archived = |first| JournalError::Archived { file: part_path(&self.dir, first), epoch: epoch.0 };
        let first = after.checked_sub(1).map(|n| firsts[n]).ok_or_else(|| archived(Epoch(1)))?;
        let path = part_path(&self.dir, first);
        let file = self
            .disk
            .open(&path)
            .map_err(JournalError::io("open", &path))
            .map_err(|error| if parts::is_gone(&error) { archived(first) } else { error })?;
        let mut bytes = [0; HEADER];
        file.read_at(0, &mut bytes).map_err(JournalError::io("read", &path))?;
        let open = |salt| Open { first, next: firsts.get(after).copied(), file, path, salt };
        match Header::read(&bytes) {
            Ok(header) => Ok(open(header.salt)),
            Err(_) => Err(open(0).damaged(0, first, "the header is not whole")),
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
