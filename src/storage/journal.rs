//! [`Journal`]: appends entries, one write and one sync for a group.
//!
//! Promises: `append` returns `Ok` only after the sync; after any failed write or sync every later append fails, also when the disk has
//! recovered meanwhile; epochs are consecutive; a new part begins only where the one before is whole on the disk. It exists only where the
//! past was read to its end (see [`super::recovery`]) and made durable ([`Unopened`]).

use super::codec::{KnownSchema, encode};
use super::disk::{Disk, DiskFile, LockGuard, parent};
use super::ended::Ended;
use super::entry::Entry;
use super::error::JournalError;
use super::frame::{Chain, GroupWriter, HEADER};
use super::index::Index;
use super::parts::{self, part_path};
use super::past::{EndedPart, Read};
use super::reader::Reader;
use super::schema::Schema;
use super::seal::Keyring;
use super::unopened::Unopened;
use crate::types::Epoch;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Journal {
    disk: Arc<dyn Disk>,
    /// The present part, which is the last one, and its first epoch.
    file: Box<dyn DiskFile>,
    path: PathBuf,
    first: Epoch,
    keys: Keyring,
    salt: u32,
    /// The link at the end of the part before, and what the next entry is chained to.
    before: Chain,
    chain: Chain,
    epoch: Epoch,
    len: u64,
    /// Bytes of the parts before.
    len_before: u64,
    /// Length at the last sync.
    durable: u64,
    /// Does a mark stand at the end?
    marked: bool,
    /// What the next entry is written under, and what the last one of this part was.
    schema: KnownSchema,
    written: Option<KnownSchema>,
    /// Where the entries of this part are, and those of the parts before.
    index: Index,
    ended: Ended,
    poisoned: bool,
    last_sync: Duration,
    _lock: LockGuard,
}

impl Journal {
    /// The journal after its past; `len`: of the last part.
    pub(super) fn after(past: Unopened, len: u64) -> Result<Journal, JournalError> {
        let durable = past.len();
        let Unopened { disk, read: Read { reader, index, written, schema, ended }, keys, len_before, lock, .. } = past;
        let path = reader.path().to_path_buf();
        let Reader { header, chain, epoch, .. } = reader;
        let current = match schema {
            Some(schema) => schema,
            None => known(Schema::default(), Epoch(epoch).next())?,
        };
        Ok(Journal {
            disk,
            file: reader.into_file(),
            path,
            first: Epoch(header.first_epoch),
            keys,
            salt: header.salt,
            before: header.before,
            chain,
            epoch: Epoch(epoch),
            len,
            len_before,
            durable,
            marked: true,
            schema: current,
            written,
            index,
            ended: Ended::of(ended),
            poisoned: false,
            last_sync: Duration::ZERO,
            _lock: lock,
        })
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

    /// Ends the present part and begins the next one, with the next epoch. Nothing happens where the present one has no entry yet.
    pub fn begin_part(&mut self) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        if self.epoch < self.first {
            return Ok(());
        }
        // Before another part is there, all of this one is durable, and says so: whatever is not right in it then is damage.
        self.mark()?;
        self.write(&[], true)?;
        self.poisoned = true;
        let (first, dir) = (self.epoch.next(), parent(&self.path).to_path_buf());
        let path = part_path(&dir, first);
        let header = parts::make(&*self.disk, &dir, first, self.chain)?;
        let file = self.disk.open(&path).map_err(JournalError::io("open", &path))?;
        let ended = EndedPart { last: self.epoch, salt: self.salt, index: std::mem::take(&mut self.index) };
        self.ended.insert(self.first, ended);
        (self.file, self.path, self.first) = (file, path, first);
        (self.salt, self.before, self.chain, self.written) = (header.salt, header.before, header.chain(), None);
        self.len_before += self.len;
        (self.len, self.durable, self.marked) = (HEADER as u64, HEADER as u64, true);
        self.poisoned = false;
        Ok(())
    }

    /// An entry of the past, read again.
    pub fn entry(&mut self, epoch: Epoch) -> Result<Entry, JournalError> {
        if epoch < self.first {
            return self.ended.entry(&*self.disk, parent(&self.path), &self.keys, epoch);
        }
        self.index.read(&*self.file, &self.path, self.salt, &self.keys, epoch)
    }

    /// Of the part that is written now: entries before this epoch are in parts that have ended.
    pub fn part(&self) -> Epoch {
        self.first
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

    /// Link of the chain at the last entry, in whichever part that is; zero if there is none.
    pub fn chain(&self) -> Chain {
        if self.epoch < self.first { self.before } else { self.chain }
    }

    /// Bytes of all parts that were there at the start or came since.
    pub fn len(&self) -> u64 {
        self.len_before + self.len
    }

    /// What seals cells.
    pub fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// Bytes of the present part.
    pub fn part_len(&self) -> u64 {
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

    /// The file of the present part.
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
