//! [`Journal`]: appends entries, one write and one sync for a group.
//!
//! Promises: `append` returns `Ok` only after the sync; after any failed write or sync every later append fails, also when the disk has
//! recovered meanwhile; epochs are consecutive. It exists only where the past was read to its end (see [`super::recovery`]).

use super::codec::{KnownSchema, encode};
use super::disk::{Disk, DiskFile, LockGuard};
use super::entry::Entry;
use super::error::JournalError;
use super::frame::{Chain, GroupWriter};
use super::index::Index;
use super::reader::Reader;
use super::schema::Schema;
use super::seal::Keyring;
use super::tail;
use crate::types::Epoch;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Journal {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    keys: Keyring,
    salt: u32,
    chain: Chain,
    epoch: Epoch,
    len: u64,
    /// Length at the last sync.
    durable: u64,
    /// Does a mark stand at the end?
    marked: bool,
    /// What the next entry is written under, and what the last one was.
    schema: KnownSchema,
    written: Option<KnownSchema>,
    index: Index,
    poisoned: bool,
    last_sync: Duration,
    _lock: LockGuard,
}

impl Journal {
    /// The journal after its past. What was read is made durable first: a process that died may have left it in the machine's memory only.
    pub(super) fn after(
        disk: &dyn Disk,
        reader: Reader,
        schema: Option<KnownSchema>,
        index: Index,
        keys: Keyring,
        lock: LockGuard,
    ) -> Result<Journal, JournalError> {
        let (path, total) = (reader.path().to_path_buf(), reader.len());
        let Reader { header, good, synced, chain, epoch, marked, .. } = reader;
        let mut file = reader.into_file();
        // Nobody vouches for what is behind `synced`. A mark there holds nothing: it goes, and comes again. Entries are written again.
        let len = if marked { synced } else { good };
        if synced < len {
            tail::rewrite(disk, &path, &mut file, synced, len)?;
        } else if len < total {
            file.truncate(len).map_err(JournalError::io("cut", &path))?;
        }
        file.sync().map_err(JournalError::io("sync", &path))?;
        let current = match &schema {
            Some(schema) => schema.clone(),
            None => known(Schema::default(), Epoch(epoch).next())?,
        };
        let mut journal = Journal {
            file,
            path,
            keys,
            salt: header.salt,
            chain,
            epoch: Epoch(epoch),
            len,
            durable: len,
            marked: epoch == 0,
            schema: current,
            written: schema,
            index,
            poisoned: false,
            last_sync: Duration::ZERO,
            _lock: lock,
        };
        journal.mark()?;
        Ok(journal)
    }

    /// Writes entries durably, all or (after a crash) the first few of them. Their epochs follow the last one without a gap.
    pub fn append<'a>(&mut self, entries: impl IntoIterator<Item = &'a Entry>) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        let mut group = GroupWriter::new(self.salt, self.durable);
        let mut offsets = Vec::new();
        let (mut chain, mut epoch, mut written) = (self.chain, self.epoch, self.written.clone());
        for entry in entries {
            assert_eq!(entry.epoch, epoch.next(), "epochs are consecutive");
            epoch = entry.epoch;
            let (kind, body) = encode(entry, &self.keys, &self.schema, written.as_ref())
                .map_err(|source| JournalError::Encode { epoch: epoch.0, source })?;
            offsets.push((epoch.0, self.len + group.bytes.len() as u64));
            chain = group.entry(kind, epoch.0, &body, &chain);
            written = Some(self.schema.clone());
        }
        if epoch == self.epoch {
            return Ok(());
        }
        self.write(&group.bytes, true)?;
        offsets.into_iter().for_each(|(epoch, offset)| self.index.saw(epoch, offset, &self.schema));
        (self.chain, self.epoch, self.written, self.marked) = (chain, epoch, written, false);
        Ok(())
    }

    /// What the rows of later entries are written under. Kept in the journal with the next entry if it is not the one before.
    pub fn set_schema(&mut self, schema: Schema) -> Result<(), JournalError> {
        if *self.schema.schema != schema {
            self.schema = known(schema, self.epoch.next())?;
        }
        Ok(())
    }

    /// An entry of the past, read again.
    pub fn entry(&self, epoch: Epoch) -> Result<Entry, JournalError> {
        self.index.read(&*self.file, &self.path, self.salt, &self.keys, epoch)
    }

    /// What the next entry is written under.
    pub fn schema(&self) -> Arc<Schema> {
        self.schema.schema.clone()
    }

    /// Orderly end: the last group is marked as synced, so that later damage to it is not taken for the remains of a crash.
    pub fn close(mut self) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        self.mark()?;
        self.write(&[], true)
    }

    /// Epoch of the last entry, 0 if there is none.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Link of the chain at the last entry.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// Bytes of the file.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.epoch == Epoch::ZERO
    }

    /// How long the disk took for the last sync.
    pub fn last_sync(&self) -> Duration {
        self.last_sync
    }

    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn mark(&mut self) -> Result<(), JournalError> {
        if self.marked {
            return Ok(());
        }
        let mut group = GroupWriter::new(self.salt, self.durable);
        group.mark(self.epoch.0);
        self.write(&group.bytes, false)?;
        self.marked = true;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], sync: bool) -> Result<(), JournalError> {
        // Until the disk has said yes, the answer is no: a panic on the way counts as a failure too.
        self.poisoned = true;
        if !bytes.is_empty() {
            self.file.append(bytes).map_err(JournalError::io("write", &self.path))?;
            self.len += bytes.len() as u64;
        }
        if sync {
            let began = Instant::now();
            self.file.sync().map_err(JournalError::io("sync", &self.path))?;
            self.last_sync = began.elapsed();
            self.durable = self.len;
        }
        self.poisoned = false;
        Ok(())
    }
}

fn known(schema: Schema, epoch: Epoch) -> Result<KnownSchema, JournalError> {
    KnownSchema::new(schema).map_err(|source| JournalError::Encode { epoch: epoch.0, source })
}
