//! The last group of a journal whose process died, written once more before anything is built on it.
//!
//! Only the last part of a journal can have such a group. Why: after a failed sync the machine may show bytes that are on no medium, and a later sync may say yes without writing them. Entries
//! appended behind such bytes would be lost with them. So whatever no later frame vouches for is put aside in `journal.tail`, durably, cut
//! off, appended again and synced. The file is there exactly while that is under way; whoever finds it goes on with it.

use super::disk::{Disk, DiskFile, parent, read_whole, write_whole};
use super::error::JournalError;
use super::frame::Head;
use super::reader::Reader;
use crate::limits::JOURNAL_TAIL_BYTES_MAX;
use std::io;
use std::path::{Path, PathBuf};

/// Offset in the journal, checksum of offset and bytes.
const HEAD: usize = 8 + 4;

/// Writes the bytes from `from` to `to` again, and drops what is behind them.
pub fn rewrite(disk: &dyn Disk, journal: &Path, file: &mut Box<dyn DiskFile>, from: u64, to: u64) -> Result<(), JournalError> {
    let len = usize::try_from(to - from).ok().filter(|len| *len <= JOURNAL_TAIL_BYTES_MAX - HEAD);
    let what = "the last group is larger than it can be";
    let len = len.ok_or_else(|| JournalError::Damaged { file: journal.to_path_buf(), offset: from, epoch: 0, what })?;
    let mut stored = vec![0; HEAD + len];
    let read = file.read_at(from, &mut stored[HEAD..]).map_err(JournalError::io("read", journal))?;
    stored.truncate(HEAD + read);
    let head = head(from, &stored[HEAD..]);
    stored[..HEAD].copy_from_slice(&head);
    let aside = path(journal);
    write_whole(disk, &aside, &stored).map_err(|error| {
        // On a full disk the half of it would take the room that is waited for.
        let _ = disk.remove(&aside.with_extension("tail.new"));
        JournalError::io("write", &aside)(error)
    })?;
    put_back(disk, journal, file, from, &stored[HEAD..])
}

/// Goes on with a rewrite that was interrupted.
pub fn resume(disk: &dyn Disk, journal: &Path) -> Result<(), JournalError> {
    let aside = path(journal);
    let Some(stored) = read(disk, &aside)? else { return Ok(()) };
    // Its name may not be durable yet, and what it holds is about to be cut off the journal.
    disk.sync_dir(parent(journal)).map_err(JournalError::io("sync", parent(journal)))?;
    let (from, bytes) = whole(&aside, &stored)?;
    let file = disk.open(journal).map_err(JournalError::io("open", journal))?;
    let part = Reader::new(file, journal)?;
    if Head::read(bytes, part.header.salt).is_none() {
        return Err(damaged(&aside, "it is of another part than the last"));
    }
    if part.len() < from {
        return Err(damaged(&aside, "the journal ends before the place where it belongs"));
    }
    put_back(disk, journal, &mut part.into_file(), from, bytes)
}

fn read(disk: &dyn Disk, aside: &Path) -> Result<Option<Vec<u8>>, JournalError> {
    match read_whole(disk, aside, JOURNAL_TAIL_BYTES_MAX) {
        Ok(stored) => Ok(Some(stored)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(JournalError::io("read", aside)(e)),
    }
}

/// Where its bytes belong, and they.
fn whole<'b>(aside: &Path, stored: &'b [u8]) -> Result<(u64, &'b [u8]), JournalError> {
    let (start, bytes) = stored.split_at_checked(HEAD).ok_or_else(|| damaged(aside, "it is too short"))?;
    let from = u64::from_le_bytes(*start.first_chunk().expect("the head begins with eight bytes"));
    if *start == head(from, bytes) { Ok((from, bytes)) } else { Err(damaged(aside, "its checksum is wrong")) }
}

fn damaged(aside: &Path, what: &'static str) -> JournalError {
    JournalError::Damaged { file: aside.to_path_buf(), offset: 0, epoch: 0, what }
}

/// Is a rewrite under way? What was put aside for it must be whole.
pub fn is_interrupted(disk: &dyn Disk, journal: &Path) -> Result<bool, JournalError> {
    let aside = path(journal);
    let Some(stored) = read(disk, &aside)? else { return Ok(false) };
    whole(&aside, &stored).map(|_| true)
}

fn put_back(disk: &dyn Disk, journal: &Path, file: &mut Box<dyn DiskFile>, from: u64, bytes: &[u8]) -> Result<(), JournalError> {
    file.truncate(from).map_err(JournalError::io("cut", journal))?;
    file.sync().map_err(JournalError::io("sync", journal))?;
    file.append(bytes).map_err(JournalError::io("write", journal))?;
    file.sync().map_err(JournalError::io("sync", journal))?;
    let aside = path(journal);
    disk.remove(&aside).map_err(JournalError::io("remove", &aside))?;
    disk.sync_dir(parent(journal)).map_err(JournalError::io("sync", parent(journal)))
}

fn path(journal: &Path) -> PathBuf {
    journal.with_file_name("journal.tail")
}

fn head(from: u64, bytes: &[u8]) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(&from.to_le_bytes());
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&head[..8]);
    hasher.update(bytes);
    head[8..].copy_from_slice(&hasher.finalize().to_le_bytes());
    head
}
