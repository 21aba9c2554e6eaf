//! The last group of a journal whose process died, written once more before anything is built on it.
//!
//! Only the last part of a journal can have such a group. Why: after a failed sync the machine may show bytes that are on no medium, and a later sync may say yes without writing them. Entries
//! appended behind such bytes would be lost with them. So whatever no later frame vouches for is put aside in `journal.tail`, durably, cut
//! off, appended again and synced. The file is there exactly while that is under way; whoever finds it goes on with it, and who only reads
//! has what it will come to ([`Aside`]).

use super::disk::{Disk, DiskFile, parent, read_whole, write_whole};
use super::error::JournalError;
use super::frame::Head;
use super::reader::Reader;
use crate::limits::JOURNAL_TAIL_BYTES_MAX;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// What a rewrite that is under way makes of the last part: these bytes from this place on, and nothing behind them.
#[derive(Clone, PartialEq, Eq)]
pub struct Aside {
    from: u64,
    bytes: Arc<[u8]>,
}

/// Without the bytes, for they are records.
impl std::fmt::Debug for Aside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Aside({} bytes from {})", self.bytes.len(), self.from)
    }
}

impl Aside {
    /// What is put aside for this part; `None` if no rewrite is under way.
    pub fn find(disk: &dyn Disk, journal: &Path) -> Result<Option<Aside>, JournalError> {
        let aside = path(journal);
        let Some(stored) = read(disk, &aside)? else { return Ok(None) };
        let (from, bytes) = whole(&aside, &stored)?;
        check_place(disk, journal, from, bytes)?;
        Ok(Some(Aside { from, bytes: Arc::from(bytes) }))
    }

    /// Bytes of the part, once they are in it.
    pub fn end(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }

    /// The part as it will be, to be read.
    pub fn over(&self, part: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(Mended { part, aside: self.clone() })
    }
}

/// A part with what was put aside in its place. Reads only.
struct Mended {
    part: Box<dyn DiskFile>,
    aside: Aside,
}

impl DiskFile for Mended {
    fn len(&self) -> io::Result<u64> {
        Ok(self.aside.end())
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let Aside { from, bytes } = &self.aside;
        let before = usize::try_from(from.saturating_sub(at)).unwrap_or(usize::MAX).min(into.len());
        let (below, above) = into.split_at_mut(before);
        let read = if below.is_empty() { 0 } else { self.part.read_at(at, below)? };
        if read < below.len() {
            return Ok(read);
        }
        let skip = usize::try_from(at.saturating_sub(*from)).unwrap_or(usize::MAX);
        let rest = bytes.get(skip..).unwrap_or_default();
        let taken = rest.len().min(above.len());
        above[..taken].copy_from_slice(&rest[..taken]);
        Ok(before + taken)
    }

    fn append(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn truncate(&mut self, _len: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

/// Goes on with a rewrite that was interrupted.
pub fn resume(disk: &dyn Disk, journal: &Path) -> Result<(), JournalError> {
    let aside = path(journal);
    let Some(stored) = read(disk, &aside)? else { return Ok(()) };
    // Its name may not be durable yet, and what it holds is about to be cut off the journal.
    disk.sync_dir(parent(journal)).map_err(JournalError::io("sync", parent(journal)))?;
    let (from, bytes) = whole(&aside, &stored)?;
    let part = check_place(disk, journal, from, bytes)?;
    put_back(disk, journal, &mut part.into_file(), from, bytes)
}

/// Do these bytes belong into this part? Then it, opened.
fn check_place(disk: &dyn Disk, journal: &Path, from: u64, bytes: &[u8]) -> Result<Reader, JournalError> {
    let file = disk.open(journal).map_err(JournalError::io("open", journal))?;
    let part = Reader::new(file, journal)?;
    if Head::read(bytes, part.header.salt).is_none() {
        return Err(damaged(&path(journal), "it is of another part than the last"));
    }
    if part.len() < from {
        return Err(damaged(&path(journal), "the journal ends before the place where it belongs"));
    }
    Ok(part)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::disk::MemoryDisk;

    #[test]
    fn a_part_with_what_was_put_aside_reads_as_it_will_be() {
        let disk = MemoryDisk::seeded(1);
        let file = Path::new("d/part");
        disk.put(file, b"0123456789");
        for (from, bytes, whole) in [(4, &b"abc"[..], &b"0123abc"[..]), (10, b"x", b"0123456789x"), (0, b"yz", b"yz")] {
            let part = Aside { from, bytes: Arc::from(bytes) }.over(disk.open(file).unwrap());
            assert_eq!(part.len().unwrap(), whole.len() as u64);
            for (at, len) in (0..14).flat_map(|at| (0..14).map(move |len| (at, len))) {
                let mut into = vec![0; len];
                let read = part.read_at(at as u64, &mut into).unwrap();
                let expected = whole.get(at..).unwrap_or_default();
                assert_eq!(into[..read], expected[..len.min(expected.len())], "{from}: {len} at {at}");
            }
        }
    }
}
