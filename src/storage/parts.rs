//! The journal as files: a first part, `journal`, and later ones, each named by its first epoch: `journal-0000000000000042`.
//!
//! Promises: parts are told in the order of their epochs; a part whose header says another first epoch than its name is refused; a new
//! one is there wholly and durably, or not at all. Must not know what entries are.

use super::disk::{Disk, DiskFile, write_whole};
use super::error::JournalError;
use super::frame::{Chain, Header};
use super::reader::Reader;
use super::tail::Aside;
use crate::types::Epoch;
use std::io;
use std::path::{Path, PathBuf};

const FIRST: &str = "journal";
const NEW: &str = ".new";

/// A part of the journal that lies in the folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its first epoch; the part may have no entry yet.
    pub first: Epoch,
    pub path: PathBuf,
    pub bytes: u64,
    /// What of it is being written again, for who reads meanwhile.
    pub aside: Option<Aside>,
}

impl Part {
    /// With what is put aside for it, if a rewrite is under way.
    pub fn with_aside(self, aside: Option<Aside>) -> Part {
        let bytes = aside.as_ref().map_or(self.bytes, Aside::end);
        Part { bytes, aside, ..self }
    }

    /// Reads it from its header on.
    pub fn read(&self, disk: &dyn Disk) -> Result<Reader, JournalError> {
        let file = disk.open(&self.path).map_err(JournalError::io("open", &self.path))?;
        let file = match &self.aside {
            Some(aside) => aside.over(file),
            None => file,
        };
        begin(file, &self.path, self.first)
    }
}

/// What the part is called that begins with this epoch.
pub fn part_path(dir: &Path, first: Epoch) -> PathBuf {
    dir.join(if first.0 <= 1 { FIRST.to_string() } else { format!("{FIRST}-{:016}", first.0) })
}

/// With which epoch does the part of this name begin? `None` if it is no part.
pub fn first_of(name: &str) -> Option<Epoch> {
    if name == FIRST {
        return Some(Epoch(1));
    }
    let digits = name.strip_prefix(FIRST)?.strip_prefix('-')?;
    let plain = digits.len() >= 16 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let first = digits.parse().ok().filter(|first| plain && *first > 1)?;
    // A name of more digits than are needed would be a second one of the same part.
    (part_path(Path::new(""), Epoch(first)).as_os_str() == name).then_some(Epoch(first))
}

/// What a process left behind that ended while it was making a part.
pub fn is_unfinished(name: &str) -> bool {
    name.strip_suffix(NEW).and_then(first_of).is_some_and(|first| first > Epoch(1))
}

/// The first epochs of the parts in a folder, in order.
pub fn firsts(disk: &dyn Disk, dir: &Path) -> Result<Vec<Epoch>, JournalError> {
    let names = disk.list(dir).map_err(JournalError::io("list", dir))?;
    let mut firsts: Vec<Epoch> = names.iter().filter_map(|name| first_of(name)).collect();
    firsts.sort();
    Ok(firsts)
}

/// The parts in a folder, in order.
pub fn list(disk: &dyn Disk, dir: &Path) -> Result<Vec<Part>, JournalError> {
    let part = |first| {
        let path = part_path(dir, first);
        let bytes = disk.open(&path).and_then(|file| file.len()).map_err(JournalError::io("read", &path))?;
        Ok(Part { first, path, bytes, aside: None })
    };
    firsts(disk, dir)?.into_iter().map(part).collect()
}

/// A new part without entries; `before` is the link at the end of the part before.
pub fn make(disk: &dyn Disk, dir: &Path, first: Epoch, before: Chain) -> Result<Header, JournalError> {
    let path = part_path(dir, first);
    let mut salt = [0; 4];
    disk.random(&mut salt).map_err(JournalError::io("make", &path))?;
    let header = Header { salt: u32::from_le_bytes(salt), first_epoch: first.0, before };
    write_whole(disk, &path, &header.bytes()).map_err(JournalError::io("make", &path))?;
    Ok(header)
}

/// Reads a part from its header on.
pub fn read(disk: &dyn Disk, path: &Path, first: Epoch) -> Result<Reader, JournalError> {
    begin(disk.open(path).map_err(JournalError::io("open", path))?, path, first)
}

fn begin(file: Box<dyn DiskFile>, path: &Path, first: Epoch) -> Result<Reader, JournalError> {
    let reader = Reader::new(file, path)?;
    if reader.header.first_epoch != first.0 {
        return Err(damaged(path, 16, first, "it begins with another epoch than its name says"));
    }
    Ok(reader)
}

/// A part that another one follows: it was ended by a mark and synced before the next one was made, so all of it must be whole.
pub fn check_ended(reader: &Reader) -> Result<(), JournalError> {
    if reader.good < reader.len() || !reader.marked {
        return Err(reader.damaged(reader.good, "its end is lost, though a later part follows"));
    }
    Ok(())
}

/// Does this part go on where the one before ended?
pub fn check_follows(before: &Reader, next: &Reader) -> Result<(), JournalError> {
    let first = Epoch(next.header.first_epoch);
    if next.header.before == before.chain && first.0 == before.epoch + 1 {
        return Ok(());
    }
    Err(damaged(next.path(), 24, first, "it does not go on where the part before it ends"))
}

/// The part that would begin with this epoch is not in the folder.
pub fn missing(dir: &Path, first: Epoch) -> JournalError {
    JournalError::PartMissing { file: part_path(dir, first), epoch: first.0 }
}

/// A file that is gone since it was listed.
pub fn is_gone(error: &JournalError) -> bool {
    matches!(error, JournalError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
}

fn damaged(path: &Path, offset: u64, epoch: Epoch, what: &'static str) -> JournalError {
    JournalError::Damaged { file: path.to_path_buf(), offset, epoch: epoch.0, what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::disk::MemoryDisk;

    #[test]
    fn a_part_has_one_name() {
        for first in [1, 2, 42, 9_999_999_999_999_999, 10_000_000_000_000_000, u64::MAX] {
            let path = part_path(Path::new("d"), Epoch(first));
            assert_eq!(first_of(path.file_name().and_then(|name| name.to_str()).unwrap()), Some(Epoch(first)));
        }
        for other in [
            "journals",
            "journal-",
            "journal-2",
            "journal-0000000000000001",
            "journal-00000000000000042",
            "journal-000000000000004x",
            "journal-+000000000000042",
            "journal-0000000000000042.new",
            "journal.tail",
            "journal-99999999999999999999999",
        ] {
            assert_eq!(first_of(other), None, "{other}");
        }
        assert!(is_unfinished("journal-0000000000000042.new") && !is_unfinished("journal.new") && !is_unfinished("x.new"));
    }

    #[test]
    fn parts_are_told_in_order_and_a_renamed_one_is_refused() {
        let (disk, dir) = (MemoryDisk::seeded(1), Path::new("d"));
        for first in [300, 1, 20] {
            make(&disk, dir, Epoch(first), [first as u8; 32]).unwrap();
        }
        let parts = list(&disk, dir).unwrap();
        assert_eq!(parts.iter().map(|part| (part.first.0, part.bytes)).collect::<Vec<_>>(), [(1, 64), (20, 64), (300, 64)]);
        assert_eq!(read(&disk, &parts[1].path, Epoch(20)).map(|reader| reader.epoch).ok(), Some(19));
        disk.rename(&parts[1].path, &part_path(dir, Epoch(21))).unwrap();
        let renamed = read(&disk, &part_path(dir, Epoch(21)), Epoch(21)).err();
        assert!(matches!(renamed, Some(JournalError::Damaged { offset: 16, epoch: 21, .. })), "{renamed:?}");
    }
}
