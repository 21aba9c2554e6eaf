//! [`SnapshotWriter`]: a snapshot on its way to the disk, section by section.
//!
//! Promises: the file has its name only once all of it is durable; given up or failed, nothing of it stays (as far as the disk obeys).

use super::error::SnapshotError;
use super::header::{END, SectionHead, SnapshotHeader};
use super::sections::Part;
use super::{NEW, snapshot_path};
use crate::limits::{SNAPSHOT_SECTION_BYTES_MAX, SNAPSHOT_SYNC_BYTES};
use crate::storage::codec::to_bytes;
use crate::storage::disk::{Disk, DiskFile, parent};
use crate::storage::seal::Keyring;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub struct SnapshotWriter {
    disk: Arc<dyn Disk>,
    keys: Keyring,
    file: Option<Box<dyn DiskFile>>,
    path: PathBuf,
    new: PathBuf,
    hash: Sha256,
    number: u64,
    len: u64,
    /// Up to where it was synced.
    synced: u64,
}

impl SnapshotWriter {
    pub fn begin(
        disk: Arc<dyn Disk>,
        dir: &Path,
        keys: Keyring,
        header: &SnapshotHeader,
    ) -> Result<SnapshotWriter, SnapshotError> {
        let path = snapshot_path(dir, header.epoch);
        let mut new = path.clone().into_os_string();
        new.push(NEW);
        let new = PathBuf::from(new);
        let file = disk.create(&new).map_err(SnapshotError::io("make", &new))?;
        let mut writer =
            SnapshotWriter { disk, keys, file: Some(file), path, new, hash: Sha256::new(), number: 0, len: 0, synced: 0 };
        writer.append(&header.bytes())?;
        Ok(writer)
    }

    /// One section, sealed.
    pub fn put<P: Part>(&mut self, part: &P) -> Result<(), SnapshotError> {
        let too_large = || SnapshotError::TooLarge { file: self.new.clone() };
        // The kind stands inside too: no section has the plaintext of another kind, or of a cell, and with it their nonce.
        let mut plain = vec![P::KIND];
        plain.extend(to_bytes(part).map_err(|_| too_large())?);
        let sealed = self.keys.seal(P::KIND, &plain);
        let mut payload = sealed.key.to_le_bytes().to_vec();
        payload.extend_from_slice(&sealed.bytes);
        if payload.len() > SNAPSHOT_SECTION_BYTES_MAX {
            return Err(too_large());
        }
        self.section(P::KIND, &payload)
    }

    /// Makes the file whole, durable and called by its name. Its bytes.
    pub fn finish(mut self) -> Result<u64, SnapshotError> {
        let hash: [u8; 32] = self.hash.clone().finalize().into();
        self.section(END, &hash)?;
        let Some(mut file) = self.file.take() else { return Ok(self.len) };
        let done = file
            .sync()
            .map_err(SnapshotError::io("sync", &self.new))
            .and_then(|()| self.disk.rename(&self.new, &self.path).map_err(SnapshotError::io("make", &self.path)))
            .and_then(|()| self.disk.sync_dir(parent(&self.path)).map_err(SnapshotError::io("sync", &self.path)));
        if done.is_err() {
            self.clear();
        }
        done.map(|()| self.len)
    }

    fn section(&mut self, kind: u8, payload: &[u8]) -> Result<(), SnapshotError> {
        let len = u32::try_from(payload.len()).expect("a section has a limit");
        let head = SectionHead { len, kind, number: self.number, sum: crc32fast::hash(payload) };
        self.number += 1;
        self.append(&head.bytes())?;
        self.append(payload)?;
        match &mut self.file {
            Some(file) if self.len - self.synced >= SNAPSHOT_SYNC_BYTES => {
                self.synced = self.len;
                file.sync().map_err(SnapshotError::io("sync", &self.new))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.hash.update(bytes);
        self.len += bytes.len() as u64;
        match &mut self.file {
            Some(file) => file.append(bytes).map_err(SnapshotError::io("write", &self.new)),
            None => Ok(()),
        }
    }

    /// A disk that does not obey now is asked again by the next start.
    fn clear(&self) {
        let _ = self.disk.remove(&self.new);
    }
}

impl Drop for SnapshotWriter {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            self.clear();
        }
    }
}
