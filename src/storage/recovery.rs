//! Opening a data folder: [`open`] gives [`Recovered`], the past not yet read; only reading it to its end gives a [`Journal`] to append to.
//!
//! Promises: nothing is written before the past was read and found whole, except what an empty folder lacks; then the remains of an
//! unfinished group are cut off, and all that was read is made durable before anybody can build on it. Damage is refused, never repaired.

use super::codec::{CodecError, KnownSchema, decode, outline};
use super::disk::{Disk, LockGuard, make_dir_durable, write_whole};
use super::entry::Entry;
use super::error::JournalError;
use super::frame::{Chain, Header};
use super::index::Index;
use super::journal::Journal;
use super::keys::{journal_path, open_keyring};
use super::reader::{Reader, Stored};
use super::schema::Schema;
use super::seal::{Keyring, SealError};
use super::tail;
use crate::types::Epoch;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A data folder that this process holds, its past not yet read.
pub struct Recovered {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    keys: Keyring,
    lock: LockGuard,
}

/// One entry of the past.
pub struct Recorded {
    pub entry: Entry,
    /// What its rows were written under.
    pub schema: Arc<Schema>,
    /// Link of the chain at this entry, for anchoring outside.
    pub chain: Chain,
    /// Bytes read so far, and in all.
    pub done: u64,
    pub total: u64,
}

/// What a whole reading found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Of the last entry, 0 if there is none.
    pub epoch: Epoch,
    pub chain: Chain,
    /// Bytes of whole entries and marks.
    pub bytes: u64,
    /// Bytes of an unfinished group behind them.
    pub unfinished: u64,
}

/// Takes a folder for this process, and makes what an empty one lacks.
pub fn open(disk: Arc<dyn Disk>, dir: &Path) -> Result<Recovered, JournalError> {
    make_dir_durable(&*disk, dir).map_err(JournalError::io("make", dir))?;
    let lock = disk.lock(&dir.join("lock")).map_err(|e| match e.kind() {
        io::ErrorKind::WouldBlock => JournalError::Locked { dir: dir.to_path_buf() },
        _ => JournalError::io("lock", dir)(e),
    })?;
    let path = journal_path(dir);
    let names = disk.list(dir).map_err(JournalError::io("list", dir))?;
    let present = names.iter().any(|name| name == "journal");
    if !present && names.iter().any(|name| name.starts_with("deltas-")) {
        // Hashes of what followed from a journal: there was one, and an empty one must not take its place.
        return Err(JournalError::Missing { file: path });
    }
    let keys = open_keyring(&*disk, dir, true)?;
    if !present {
        let mut salt = [0; 4];
        disk.random(&mut salt).map_err(JournalError::io("make", &path))?;
        let header = Header { salt: u32::from_le_bytes(salt), first_epoch: 1, before: [0; 32] };
        write_whole(&*disk, &path, &header.bytes()).map_err(JournalError::io("make", &path))?;
    }
    tail::resume(&*disk, &path)?;
    // The rename that put a file here may have happened just before a crash.
    disk.sync_dir(dir).map_err(JournalError::io("sync", dir))?;
    Ok(Recovered { disk, path, keys, lock })
}

impl Recovered {
    /// How many sealing keys were taken away: with each of them, what follows from the entries became something else.
    pub fn erasures(&self) -> u32 {
        self.keys.erased()
    }

    /// A pass over the past that changes nothing. It finds every entry whole and gives those that bring more than rows; for the others,
    /// whose rows are neither read nor opened, `None`.
    pub fn outline(&self, mut visit: impl FnMut(Option<Entry>)) -> Result<(), JournalError> {
        let mut past = Past::open(&*self.disk, &self.path)?;
        while let Some(entry) = past.next_outline(&self.keys)? {
            visit(entry);
        }
        Ok(())
    }

    /// The pass after which entries can be appended. An error of the visitor ends it, and then there is no journal.
    pub fn replay<E: From<JournalError>>(self, mut visit: impl FnMut(Recorded) -> Result<(), E>) -> Result<Journal, E> {
        let mut past = Past::open(&*self.disk, &self.path)?;
        while let Some(recorded) = past.next(&self.keys)? {
            visit(recorded)?;
        }
        Ok(Journal::after(&*self.disk, past.reader, past.schema, past.index, self.keys, self.lock)?)
    }
}

/// Which entry it is, and of what kind.
struct At {
    epoch: Epoch,
    kind: u8,
}

pub(super) struct Past {
    pub reader: Reader,
    schema: Option<KnownSchema>,
    index: Index,
}

impl Past {
    pub fn open(disk: &dyn Disk, path: &Path) -> Result<Past, JournalError> {
        let file = disk.open(path).map_err(JournalError::io("open", path))?;
        Ok(Past { reader: Reader::new(file, path)?, schema: None, index: Index::default() })
    }

    pub fn next(&mut self, keys: &Keyring) -> Result<Option<Recorded>, JournalError> {
        let read = self.next_as(|at, body, before| decode(at.epoch, at.kind, body, keys, before))?;
        Ok(read.map(|(entry, schema)| Recorded {
            entry,
            schema,
            chain: self.reader.chain,
            done: self.reader.good,
            total: self.reader.len(),
        }))
    }

    pub fn next_outline(&mut self, keys: &Keyring) -> Result<Option<Option<Entry>>, JournalError> {
        let read = self.next_as(|at, body, before| outline(at.epoch, at.kind, body, keys, before))?;
        Ok(read.map(|(entry, _)| entry))
    }

    /// The next entry as `read` gives it, and the schema it was written under.
    fn next_as<T>(
        &mut self,
        read: impl FnOnce(At, &[u8], Option<&KnownSchema>) -> Result<(T, KnownSchema), CodecError>,
    ) -> Result<Option<(T, Arc<Schema>)>, JournalError> {
        let Some(Stored { kind, epoch, body, offset }) = self.reader.entry()? else { return Ok(None) };
        let (entry, known) = read(At { epoch: Epoch(epoch), kind }, &body, self.schema.as_ref())
            .map_err(|error| self.undecoded(&error, offset, epoch))?;
        self.index.saw(epoch, offset, &known);
        let schema = known.schema.clone();
        self.schema = Some(known);
        Ok(Some((entry, schema)))
    }

    /// A later huiyan's entry is whole; it is only not known here.
    fn undecoded(&self, error: &CodecError, offset: u64, epoch: u64) -> JournalError {
        let file = self.reader.path().to_path_buf();
        match error {
            CodecError::Newer => JournalError::NewerEntry { file, epoch },
            other => JournalError::Damaged { file, offset, epoch, what: reason(other) },
        }
    }

    pub fn summary(&self) -> Summary {
        let Reader { good, epoch, chain, .. } = self.reader;
        Summary { epoch: Epoch(epoch), chain, bytes: good, unfinished: self.reader.len() - good }
    }
}

fn reason(error: &CodecError) -> &'static str {
    match error {
        CodecError::Malformed | CodecError::UnknownName => "the body of an entry does not decode",
        CodecError::WrongSchema => "the schema does not match its hash",
        CodecError::Seal(SealError::UnknownKey) => "a cell is sealed under a key that is not in keys/",
        CodecError::Seal(SealError::Damaged) => "a sealed cell does not open; are these the keys of this journal?",
        CodecError::NotOfSchema => "a row does not have the columns of its schema",
        CodecError::Newer => "it is of a kind or layout that a later huiyan wrote",
        CodecError::TooLarge => "an entry is larger than it can be",
    }
}
