//! [`Index`]: where in the journal the entry of an epoch is, so that one can be read again without reading all before it.
//!
//! It remembers a place every now and then, and the schemas with the epochs from which they count; between two places the heads of frames
//! lead on. Lives in memory only and is made anew with every reading.

use super::codec::{CodecError, KnownSchema, decode};
use super::disk::DiskFile;
use super::entry::Entry;
use super::error::JournalError;
use super::frame::{COMMIT, HEAD, Head, MARK};
use super::seal::Keyring;
use crate::limits::{JOURNAL_ENTRY_BYTES_MAX, JOURNAL_INDEX_BYTES};
use crate::types::Epoch;
use std::path::Path;

#[derive(Default)]
pub struct Index {
    /// Epoch and offset of its first frame; both go up.
    places: Vec<(u64, u64)>,
    /// From which epoch a schema counts.
    schemas: Vec<(u64, KnownSchema)>,
}

impl Index {
    /// Entries are told in order.
    pub fn saw(&mut self, epoch: u64, offset: u64, schema: &KnownSchema) {
        if self.places.last().is_none_or(|(_, last)| offset - last >= JOURNAL_INDEX_BYTES) {
            self.places.push((epoch, offset));
        }
        if self.schemas.last().is_none_or(|(_, last)| last.hash != schema.hash) {
            self.schemas.push((epoch, schema.clone()));
        }
    }

    /// Reads one entry again. Its frames are checked; the chain was, when it was read or written first.
    pub fn read(&self, file: &dyn DiskFile, path: &Path, salt: u32, keys: &Keyring, epoch: Epoch) -> Result<Entry, JournalError> {
        let near = self.places.partition_point(|(other, _)| *other <= epoch.0).checked_sub(1);
        let known = self.schemas.partition_point(|(other, _)| *other <= epoch.0).checked_sub(1);
        let (mut at, schema) = match near.zip(known) {
            Some((near, known)) => (self.places[near].1, &self.schemas[known].1),
            None => return Err(damaged(path, 0, epoch, "the entry is not there any more")),
        };
        let (mut kind, mut body) = (0, Vec::new());
        loop {
            let head = head_at(file, path, salt, at, epoch)?;
            let from = at + HEAD as u64;
            match head.kind {
                MARK => {}
                _ if head.epoch < epoch.0 => {}
                COMMIT if head.epoch == epoch.0 => break,
                _ if head.epoch == epoch.0 && body.len() + head.len as usize <= JOURNAL_ENTRY_BYTES_MAX => {
                    kind = head.kind;
                    payload(file, path, from, &head, &mut body)?;
                }
                _ => return Err(damaged(path, at, epoch, "a frame stands where it cannot")),
            }
            at = from + u64::from(head.len);
        }
        let decoded = decode(epoch, kind, &body, keys, Some(schema));
        decoded.map(|(entry, _)| entry).map_err(|_: CodecError| damaged(path, at, epoch, "the body of an entry does not decode"))
    }
}

fn head_at(file: &dyn DiskFile, path: &Path, salt: u32, at: u64, epoch: Epoch) -> Result<Head, JournalError> {
    let mut bytes = [0; HEAD];
    let read = file.read_at(at, &mut bytes).map_err(JournalError::io("read", path))?;
    let head = if read == HEAD { Head::read(&bytes, salt) } else { None };
    head.ok_or_else(|| damaged(path, at, epoch, "bytes that were synced have changed"))
}

fn payload(file: &dyn DiskFile, path: &Path, at: u64, head: &Head, body: &mut Vec<u8>) -> Result<(), JournalError> {
    let start = body.len();
    body.resize(start + head.len as usize, 0);
    let read = file.read_at(at, &mut body[start..]).map_err(JournalError::io("read", path))?;
    if read < head.len as usize || crc32fast::hash(&body[start..]) != head.payload_sum {
        return Err(damaged(path, at, Epoch(head.epoch), "bytes that were synced have changed"));
    }
    Ok(())
}

fn damaged(path: &Path, offset: u64, epoch: Epoch, what: &'static str) -> JournalError {
    JournalError::Damaged { file: path.to_path_buf(), offset, epoch: epoch.0, what }
}
