//! The file `timelines`: which histories the epochs of a folder belong to (see [`Timelines`](crate::security::Timelines)). Layout in
//! `docs/format.md`.
//!
//! Promises: a timeline is durable before the first epoch of it is; what no epoch came of, and what lies behind the end of the journal, is
//! left out. It may be taken away: then no position of earlier is of this history, which its reader is told.

use super::disk::{Disk, read_whole, write_whole};
use super::error::JournalError;
use crate::limits::TIMELINES_KEPT;
use crate::security::Timeline;
use crate::types::Epoch;
use std::io;
use std::path::{Path, PathBuf};

pub const NAME: &str = "timelines";
const MAGIC: [u8; 8] = *b"huiyanT\n";
const VERSION: u16 = 1;
/// Magic, version, zeros.
const HEADER: usize = 8 + 2 + 6;
/// First epoch and name.
const RECORD: usize = 8 + 4;
/// A checksum of all before it.
const END: usize = 4;

/// What the folder says; nothing where it says nothing. First epochs go up.
pub fn timelines(disk: &dyn Disk, dir: &Path) -> Result<Vec<(Epoch, Timeline)>, JournalError> {
    let file = path(dir);
    match read_whole(disk, &file, HEADER + TIMELINES_KEPT * RECORD + END) {
        Ok(bytes) => read(&bytes, &file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(JournalError::TimelinesDamaged { file }),
        Err(error) => Err(JournalError::io("read", &file)(error)),
    }
}

/// A new one, for what comes after `last`, the end of the journal of an open folder. `known`: what was there. Nothing is written: a full
/// disk keeps nobody from starting.
pub fn new_timeline(
    disk: &dyn Disk,
    dir: &Path,
    known: &[(Epoch, Timeline)],
    last: Epoch,
) -> Result<(Epoch, Timeline), JournalError> {
    let name = name(disk, known).map_err(JournalError::io("make", &path(dir)))?;
    Ok((last.next(), name))
}

/// Makes a new one durable; to be called before its first epoch is written.
pub fn keep_timeline(
    disk: &dyn Disk,
    dir: &Path,
    known: &[(Epoch, Timeline)],
    new: (Epoch, Timeline),
) -> Result<(), JournalError> {
    let kept = &known[..known.partition_point(|(first, _)| *first < new.0)];
    let kept = &kept[kept.len().saturating_sub(TIMELINES_KEPT - 1)..];
    let all: Vec<_> = kept.iter().chain([&new]).copied().collect();
    let file = path(dir);
    write_whole(disk, &file, &bytes(&all)).map_err(JournalError::io("make", &file))
}

/// One that no other has, also none of a future that is lost.
fn name(disk: &dyn Disk, known: &[(Epoch, Timeline)]) -> io::Result<Timeline> {
    loop {
        let mut bytes = [0; 4];
        disk.random(&mut bytes)?;
        let name = Timeline(u32::from_le_bytes(bytes));
        if name != Timeline::default() && known.iter().all(|(_, other)| *other != name) {
            return Ok(name);
        }
    }
}

fn bytes(all: &[(Epoch, Timeline)]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.resize(HEADER, 0);
    for (Epoch(first), Timeline(name)) in all {
        bytes.extend(first.to_le_bytes());
        bytes.extend(name.to_le_bytes());
    }
    let sum = crc32fast::hash(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

fn read(found: &[u8], file: &Path) -> Result<Vec<(Epoch, Timeline)>, JournalError> {
    let damaged = || JournalError::TimelinesDamaged { file: file.to_path_buf() };
    let version = found.get(8..10).and_then(|bytes| bytes.first_chunk()).map(|bytes| u16::from_le_bytes(*bytes));
    if let Some(version) = version.filter(|version| found.starts_with(&MAGIC) && *version > VERSION) {
        return Err(JournalError::Newer { file: file.to_path_buf(), version });
    }
    let records = found.len().checked_sub(HEADER + END).ok_or_else(damaged)?;
    let record = |bytes: &[u8]| {
        let (first, name) = bytes.split_first_chunk()?;
        Some((Epoch(u64::from_le_bytes(*first)), Timeline(u32::from_le_bytes(*name.first_chunk()?))))
    };
    let all: Vec<_> = found[HEADER..HEADER + records].chunks(RECORD).map_while(record).collect();
    let is_whole = bytes(&all) == found && all.is_sorted_by(|(a, _), (b, _)| a < b);
    is_whole.then_some(all).ok_or_else(damaged)
}

fn path(dir: &Path) -> PathBuf {
    dir.join(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::disk::MemoryDisk;

    const DIR: &str = "data";

    fn begin(disk: &MemoryDisk, last: u64) -> Vec<(Epoch, Timeline)> {
        let known = timelines(disk, Path::new(DIR)).unwrap();
        let new = new_timeline(disk, Path::new(DIR), &known, Epoch(last)).unwrap();
        keep_timeline(disk, Path::new(DIR), &known, new).unwrap();
        timelines(disk, Path::new(DIR)).unwrap()
    }

    #[test]
    fn what_no_epoch_came_of_and_what_is_lost_is_left_out() {
        let disk = MemoryDisk::seeded(1);
        disk.make_dir(Path::new(DIR)).unwrap();
        assert_eq!(timelines(&disk, Path::new(DIR)).unwrap(), []);
        let first = begin(&disk, 0);
        assert_eq!(first.iter().map(|(first, _)| first.0).collect::<Vec<_>>(), [1]);
        let second = begin(&disk, 10);
        assert_eq!(second[..1], first[..]);
        // Nothing was written: the next one takes its place.
        let third = begin(&disk, 10);
        assert_eq!((third.len(), third[1].0), (2, Epoch(11)));
        assert_ne!(third[1].1, second[1].1);
        begin(&disk, 20);
        // The journal was put back.
        let back = begin(&disk, 15);
        assert_eq!(back.iter().map(|(first, _)| first.0).collect::<Vec<_>>(), [1, 11, 16]);
        assert_eq!(back[..2], third[..]);
    }

    #[test]
    fn q5_the_oldest_are_forgotten_beyond_the_bound() {
        let (disk, dir) = (MemoryDisk::seeded(1), Path::new(DIR));
        disk.make_dir(dir).unwrap();
        let full: Vec<_> = (1..=TIMELINES_KEPT as u64).map(|n| (Epoch(n), Timeline(n as u32))).collect();
        disk.put(&dir.join("timelines"), &bytes(&full));
        assert_eq!(timelines(&disk, dir).unwrap(), full, "as many as may be are read");
        let more = begin(&disk, 2 * TIMELINES_KEPT as u64);
        assert_eq!((more.len(), &more[..more.len() - 1]), (TIMELINES_KEPT, &full[1..]));
    }

    #[test]
    fn the_file_has_these_bytes_for_ever_and_every_touched_bit_is_seen() {
        let all = [(Epoch(1), Timeline(0x0403_0201)), (Epoch(300), Timeline(5))];
        let mut expected =
            b"huiyanT\n\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\x02\x03\x04\x2c\x01\0\0\0\0\0\0\x05\0\0\0".to_vec();
        expected.extend(crc32fast::hash(&expected).to_le_bytes());
        assert_eq!(bytes(&all), expected);
        let file = Path::new("timelines");
        assert_eq!(read(&expected, file).unwrap(), all);
        for bit in 0..expected.len() * 8 {
            let mut touched = expected.clone();
            touched[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&touched, file).is_err(), "bit {bit}");
        }
        for cut in 0..expected.len() {
            assert!(matches!(read(&expected[..cut], file), Err(JournalError::TimelinesDamaged { .. })), "{cut}");
        }
        assert!(read(&bytes(&[all[1], all[0]]), file).is_err(), "first epochs go up");
    }
}
