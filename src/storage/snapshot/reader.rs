//! [`SnapshotReader`]: a snapshot section by section, every checksum, every seal and at the end the hash of all of it checked.
//!
//! Nothing that was read may be used before [`SnapshotReader::section`] has said that the end was reached.

use super::error::SnapshotError;
use super::header::{END, HEADER, HeaderError, SECTION_HEAD, SectionHead, SnapshotHeader};
use super::sections::Part;
use super::snapshot_path;
use crate::limits::SNAPSHOT_SECTION_BYTES_MAX;
use crate::storage::cell::Sealed;
use crate::storage::codec::from_bytes;
use crate::storage::disk::{Disk, DiskFile};
use crate::storage::seal::{Keyring, Opened};
use crate::types::Epoch;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

pub struct SnapshotReader<'k> {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    keys: &'k Keyring,
    header: SnapshotHeader,
    hash: Sha256,
    number: u64,
    at: u64,
    len: u64,
}

/// What stands in one section.
pub struct Section {
    pub kind: u8,
    bytes: Vec<u8>,
    path: PathBuf,
    offset: u64,
}

impl Section {
    pub fn read<'a, P: Part + serde::Deserialize<'a>>(&'a self) -> Result<P, SnapshotError> {
        let inside = self.bytes.split_first().filter(|(kind, _)| **kind == P::KIND).map(|(_, inside)| inside);
        let read = inside.and_then(|inside| from_bytes(inside).ok());
        read.ok_or_else(|| self.damaged("a section does not decode"))
    }

    /// What it says cannot be.
    pub fn damaged(&self, what: &'static str) -> SnapshotError {
        SnapshotError::Damaged { file: self.path.clone(), offset: self.offset, what }
    }
}

impl<'k> SnapshotReader<'k> {
    pub fn open(disk: &dyn Disk, dir: &Path, epoch: Epoch, keys: &'k Keyring) -> Result<SnapshotReader<'k>, SnapshotError> {
        let path = snapshot_path(dir, epoch);
        let file = disk.open(&path).map_err(SnapshotError::io("open", &path))?;
        let len = file.len().map_err(SnapshotError::io("read", &path))?;
        let mut bytes = [0; HEADER];
        let read = file.read_at(0, &mut bytes).map_err(SnapshotError::io("read", &path))?;
        let header = SnapshotHeader::read(&bytes[..read]).map_err(|error| match error {
            HeaderError::NotASnapshot => SnapshotError::NotASnapshot { file: path.clone() },
            HeaderError::Newer(version) => SnapshotError::Newer { file: path.clone(), version },
            HeaderError::Cut => SnapshotError::Cut { file: path.clone(), offset: read as u64 },
            HeaderError::Damaged => damaged(&path, 0, "the header is not whole"),
        })?;
        if header.epoch != epoch {
            return Err(damaged(&path, 16, "it is of another epoch than its name says"));
        }
        let hash = Sha256::new_with_prefix(bytes);
        Ok(SnapshotReader { file, path, keys, header, hash, number: 0, at: HEADER as u64, len })
    }

    pub fn header(&self) -> &SnapshotHeader {
        &self.header
    }

    /// Bytes read, and in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.at, self.len)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it to its end without opening anything.
    pub fn check(mut self) -> Result<SnapshotHeader, SnapshotError> {
        while self.stored()?.is_some() {}
        Ok(self.header)
    }

    /// The next section; `None` at the end, and then all of it was right.
    pub fn section(&mut self) -> Result<Option<Section>, SnapshotError> {
        let Some((kind, offset, payload)) = self.stored()? else { return Ok(None) };
        let bytes = self.unseal(offset, kind, &payload)?;
        Ok(Some(Section { kind, bytes, path: self.path.clone(), offset }))
    }

    /// Kind, offset and payload of the next section.
    fn stored(&mut self) -> Result<Option<(u8, u64, Vec<u8>)>, SnapshotError> {
        let offset = self.at;
        let mut bytes = [0; SECTION_HEAD];
        self.take(&mut bytes)?;
        let head = SectionHead::read(&bytes).ok_or_else(|| self.damaged(offset, "the head of a section is not right"))?;
        if head.number != self.number || head.len as usize > SNAPSHOT_SECTION_BYTES_MAX {
            return Err(self.damaged(offset, "a section stands where it cannot"));
        }
        self.number += 1;
        let so_far = self.hash.clone();
        self.hash.update(bytes);
        if self.at + u64::from(head.len) > self.len {
            return Err(SnapshotError::Cut { file: self.path.clone(), offset: self.len });
        }
        let mut payload = vec![0; head.len as usize];
        self.take(&mut payload)?;
        if crc32fast::hash(&payload) != head.sum {
            return Err(self.damaged(offset + SECTION_HEAD as u64, "bytes of a section have changed"));
        }
        if head.kind == END {
            return self.end(offset, &so_far.finalize(), &payload).map(|()| None);
        }
        self.hash.update(&payload);
        Ok(Some((head.kind, offset, payload)))
    }

    fn end(&self, offset: u64, hash: &[u8], payload: &[u8]) -> Result<(), SnapshotError> {
        if hash != payload {
            return Err(self.damaged(offset, "the hash at the end is that of other bytes"));
        }
        if self.at != self.len {
            return Err(self.damaged(self.at, "something stands behind the end"));
        }
        Ok(())
    }

    fn unseal(&self, offset: u64, kind: u8, payload: &[u8]) -> Result<Vec<u8>, SnapshotError> {
        let (key, bytes) = payload.split_first_chunk().ok_or_else(|| self.damaged(offset, "a section is too short"))?;
        let sealed = Sealed { tag: kind, key: u32::from_le_bytes(*key), bytes: Cow::Borrowed(bytes) };
        match self.keys.open(&sealed) {
            Ok(Opened::Bytes(plain)) => Ok(plain),
            Ok(Opened::Erased(_)) => Err(self.damaged(offset, "the key of a section was taken away")),
            Err(_) => Err(self.damaged(offset, "a section does not open; are these the keys of this folder?")),
        }
    }

    fn take(&mut self, into: &mut [u8]) -> Result<(), SnapshotError> {
        let read = self.file.read_at(self.at, into).map_err(SnapshotError::io("read", &self.path))?;
        self.at += read as u64;
        if read < into.len() {
            return Err(SnapshotError::Cut { file: self.path.clone(), offset: self.at });
        }
        Ok(())
    }

    fn damaged(&self, offset: u64, what: &'static str) -> SnapshotError {
        damaged(&self.path, offset, what)
    }
}

fn damaged(path: &Path, offset: u64, what: &'static str) -> SnapshotError {
    SnapshotError::Damaged { file: path.to_path_buf(), offset, what }
}
