//! [`Past`]: the entries of the journal one after the other, over all its parts or from a base on.
//!
//! Promises: each part begins where the one before ended, by epoch and by link; only the last one may have an unfinished end. What is
//! not so is an error that names the file. Reads only.

use super::codec::{CodecError, KnownSchema, decode, outline};
use super::disk::Disk;
use super::entry::Entry;
use super::error::JournalError;
use super::frame::Chain;
use super::index::Index;
use super::parts::{self, Part};
use super::reader::{Reader, Stored};
use super::schema::Schema;
use super::seal::{Keyring, SealError};
use crate::types::Epoch;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where something stands from which the past can be gone on with: the last epoch that it holds, and the link of the chain there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Base {
    pub epoch: Epoch,
    pub chain: Chain,
}

/// One entry of the past.
pub struct Recorded {
    pub entry: Entry,
    /// What its rows were written under.
    pub schema: Arc<Schema>,
    /// Link of the chain at this entry, for anchoring outside.
    pub chain: Chain,
    /// Bytes read so far, and in all, of the parts that are read.
    pub done: u64,
    pub total: u64,
}

/// What a whole reading found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// From which epoch on entries were read: 1, unless the parts before were taken away.
    pub from: Epoch,
    /// Of the last entry, 0 if there is none.
    pub epoch: Epoch,
    /// Link of the chain there, zero if there is none.
    pub chain: Chain,
    /// Bytes of whole entries and marks, headers included, in all parts.
    pub bytes: u64,
    /// Bytes of an unfinished group behind them.
    pub unfinished: u64,
    /// The last part, and where the unfinished group would begin in it.
    pub last: PathBuf,
    pub ends: u64,
}

/// Which entry it is, and of what kind.
pub struct At {
    pub epoch: Epoch,
    pub kind: u8,
}

/// A part that is read and that another one follows: where its entries are.
pub struct EndedPart {
    pub last: Epoch,
    pub salt: u32,
    pub index: Index,
}

/// What a journal goes on from.
pub struct Read {
    /// Of the last part.
    pub reader: Reader,
    pub index: Index,
    /// What the last entry of the last part was written under, and the last entry at all.
    pub written: Option<KnownSchema>,
    pub schema: Option<KnownSchema>,
    pub ended: BTreeMap<Epoch, EndedPart>,
}

pub struct Past<'d> {
    disk: &'d dyn Disk,
    keys: &'d Keyring,
    /// Parts to be read after the present one.
    rest: std::vec::IntoIter<Part>,
    base: Option<Base>,
    /// Of the first part that is read.
    from: Epoch,
    /// Bytes of the parts that were read, and of all as they were when they were listed.
    done: u64,
    total: u64,
    /// What the present part has given, and those before it.
    read: Read,
}

impl<'d> Past<'d> {
    /// Begins with the first of these parts. `base` must be its beginning or lie behind it.
    pub fn open(disk: &'d dyn Disk, keys: &'d Keyring, parts: Vec<Part>, base: Option<Base>) -> Result<Past<'d>, JournalError> {
        let total = parts.iter().map(|part| part.bytes).sum();
        let mut rest = parts.into_iter();
        let first = rest.next().expect("there is a part to begin with");
        let reader = first.read(disk)?;
        let read = Read { reader, index: Index::default(), written: None, schema: None, ended: BTreeMap::new() };
        let mut past = Past { disk, keys, rest, base, from: first.first, done: 0, total, read };
        let before = past.read.reader.header.before;
        past.reached(before)?;
        Ok(past)
    }

    /// The next entry, `None` at the end.
    pub fn next(&mut self) -> Result<Option<Recorded>, JournalError> {
        let keys = self.keys;
        let read = self.next_as(|at, body, before| decode(at.epoch, at.kind, body, keys, before))?;
        let done = self.done + self.read.reader.good;
        Ok(read.map(|(entry, schema)| Recorded { entry, schema, chain: self.chain(), done, total: self.total.max(done) }))
    }

    /// As [`Past::next`], but only what brings more than rows is read; else `None`.
    pub fn next_outline(&mut self) -> Result<Option<Option<Entry>>, JournalError> {
        let keys = self.keys;
        let read = self.next_as(|at, body, before| outline(at.epoch, at.kind, body, keys, before))?;
        Ok(read.map(|(entry, _)| entry))
    }

    fn next_as<T>(
        &mut self,
        read: impl FnOnce(At, &[u8], Option<&KnownSchema>) -> Result<(T, KnownSchema), CodecError>,
    ) -> Result<Option<(T, Arc<Schema>)>, JournalError> {
        loop {
            let Some(stored) = self.read.reader.entry()? else {
                match self.rest.next() {
                    Some(part) => self.go_on(part)?,
                    None => return self.end().map(|()| None),
                }
                continue;
            };
            if self.base.is_none() {
                return self.taken(stored, read).map(Some);
            }
            let keys = self.keys;
            self.taken(stored, |at, body, before| outline(at.epoch, at.kind, body, keys, before))?;
            self.reached(self.read.reader.chain)?;
        }
    }

    fn taken<T>(
        &mut self,
        Stored { kind, epoch, body, offset }: Stored,
        read: impl FnOnce(At, &[u8], Option<&KnownSchema>) -> Result<(T, KnownSchema), CodecError>,
    ) -> Result<(T, Arc<Schema>), JournalError> {
        let (entry, known) = read(At { epoch: Epoch(epoch), kind }, &body, self.read.written.as_ref())
            .map_err(|error| self.undecoded(&error, offset, epoch))?;
        // Each part brings its schema anew; who holds the last one goes on with it.
        let known = self.read.schema.take().filter(|last| last.hash == known.hash).unwrap_or(known);
        self.read.index.saw(epoch, offset, &known);
        let schema = known.schema.clone();
        self.read.written = Some(known.clone());
        self.read.schema = Some(known);
        Ok((entry, schema))
    }

    /// Leaves the present part, which is read, for the next one.
    fn go_on(&mut self, part: Part) -> Result<(), JournalError> {
        parts::check_ended(&self.read.reader)?;
        let ended = self.read.reader.epoch;
        if part.first.0 > ended + 1 {
            return Err(parts::missing(self.dir(), Epoch(ended + 1)));
        }
        let next = part.read(self.disk)?;
        parts::check_follows(&self.read.reader, &next)?;
        self.done += self.read.reader.len();
        let before = std::mem::replace(&mut self.read.reader, next);
        let index = std::mem::take(&mut self.read.index);
        let Reader { header, epoch, .. } = before;
        self.read.ended.insert(Epoch(header.first_epoch), EndedPart { last: Epoch(epoch), salt: header.salt, index });
        self.read.written = None;
        Ok(())
    }

    /// Is the present place that of the base? Then its link must be the same, and from here on entries are given.
    fn reached(&mut self, chain: Chain) -> Result<(), JournalError> {
        let Some(base) = self.base.filter(|base| base.epoch.0 == self.read.reader.epoch) else { return Ok(()) };
        if base.chain != chain {
            return Err(JournalError::OtherPast { file: self.read.reader.path().to_path_buf(), epoch: base.epoch.0 });
        }
        self.base = None;
        Ok(())
    }

    fn end(&self) -> Result<(), JournalError> {
        match self.base {
            Some(base) => {
                let (file, ends) = (self.read.reader.path().to_path_buf(), self.read.reader.epoch);
                Err(JournalError::Short { file, ends, epoch: base.epoch.0 })
            }
            None => Ok(()),
        }
    }

    /// A later huiyan's entry is whole; it is only not known here.
    fn undecoded(&self, error: &CodecError, offset: u64, epoch: u64) -> JournalError {
        let file = self.read.reader.path().to_path_buf();
        match error {
            CodecError::Newer => JournalError::NewerEntry { file, epoch },
            other => JournalError::Damaged { file, offset, epoch, what: reason(other) },
        }
    }

    fn dir(&self) -> &Path {
        super::disk::parent(self.read.reader.path())
    }

    /// What was read.
    pub fn into_read(self) -> Read {
        self.read
    }

    /// Of the last entry, 0 if there is none.
    pub fn epoch(&self) -> Epoch {
        Epoch(self.read.reader.epoch)
    }

    /// Link of the chain at the last entry.
    pub fn chain(&self) -> Chain {
        let Reader { header, epoch, chain, .. } = &self.read.reader;
        if *epoch < header.first_epoch { header.before } else { *chain }
    }

    /// What was found, at the end.
    pub fn summary(&self) -> Summary {
        let Reader { good, .. } = self.read.reader;
        Summary {
            from: self.from,
            epoch: self.epoch(),
            chain: self.chain(),
            bytes: self.done + good,
            unfinished: self.read.reader.len() - good,
            last: self.read.reader.path().to_path_buf(),
            ends: good,
        }
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
