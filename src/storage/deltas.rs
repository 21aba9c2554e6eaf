//! [`DeltaChain`]: hashes of what followed from the journal, epoch by epoch, in a file of its own, `deltas-<engine version>`.
//!
//! Promises: a replay that derives something else than was published is noticed at its first epoch, and so is a journal that lost its
//! end. It is derived and never synced: a lost or torn end is written anew by the next replay, and another engine version begins its
//! own file, so that mending the engine never breaks the journal. Must not know what a delta holds.

use super::disk::{Disk, DiskFile, SECTOR, write_whole};
use super::error::{has_no_room, io_said};
use crate::types::{Epoch, Said};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};

const MAGIC: [u8; 8] = *b"huiyanD\n";
/// Of the file's name; the engine version follows.
pub const PREFIX: &str = "deltas-";
const HEADER: usize = 64;
/// Epoch, link, checksum of both.
const RECORD: usize = 8 + 32 + 4;
/// That are read at once.
const RECORDS_READ: usize = 4_096;
/// What of the version's name fits into the header.
const NAME_MAX: usize = 50;

pub struct DeltaChain {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    link: [u8; 32],
    /// Of the last record taken.
    epoch: Epoch,
    at: u64,
    len: u64,
    compared: u64,
    broken: bool,
    /// What is new is neither appended nor anything cut.
    only_looks: bool,
    /// The folder is a copy: this file may be of a later moment than the journal.
    copied: bool,
}

/// A record that is not whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hole {
    pub offset: u64,
    pub epoch: Epoch,
    /// Whole records follow, or all of its bytes are there: no crash leaves it so.
    pub is_damage: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum DeltaError {
    #[error("cannot {doing} {}: {source}", file.display())]
    Io { doing: &'static str, file: PathBuf, source: io::Error },
    #[error("{} is damaged; what it holds is derived, so it may be moved away", file.display())]
    Damaged { file: PathBuf },
    #[error("epoch {} gives other results than were published by the same version ({})", epoch.0, file.display())]
    Mismatch { file: PathBuf, epoch: Epoch },
    #[error("the journal ends at epoch {}, but results of epoch {} were published: its end is lost ({})", journal.0, published.0, file.display())]
    JournalShort { file: PathBuf, journal: Epoch, published: Epoch },
}

impl DeltaError {
    /// The disk had no room to begin it.
    pub fn is_full(&self) -> bool {
        matches!(self, DeltaError::Io { source, .. } if has_no_room(source))
    }

    /// For the person at the terminal.
    pub fn said(&self) -> Said {
        let zh = match self {
            DeltaError::Io { doing, file, source } => return io_said(doing, file, source),
            DeltaError::Damaged { file } => format!("{} 已损坏；其内容可由日志重新得出，移走此文件即可", file.display()),
            DeltaError::Mismatch { file, epoch } => {
                format!("第 {} 期得出的结果与同一版本先前公布的不同（{}）", epoch.0, file.display())
            }
            DeltaError::JournalShort { file, journal, published } => format!(
                "日志止于第 {} 期，而第 {} 期的结果已经公布：日志的末尾丢失（{}）",
                journal.0,
                published.0,
                file.display()
            ),
        };
        Said::new(self.to_string(), zh)
    }
}

impl DeltaChain {
    /// The chain of this engine version, begun if there is none.
    pub fn open(disk: &dyn Disk, dir: &Path, version: &str) -> Result<DeltaChain, DeltaError> {
        let path = dir.join(format!("{PREFIX}{version}"));
        let header = header(version);
        let file = match disk.open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                write_whole(disk, &path, &header).map_err(io_error("make", &path))?;
                disk.open(&path).map_err(io_error("open", &path))?
            }
            Err(e) => return Err(io_error("open", &path)(e)),
        };
        DeltaChain::begin(file, path, &header).map(|chain| DeltaChain { copied: disk.is_copy(dir), ..chain })
    }

    /// The chain of this engine version, if there is one, to compare with and not to be written.
    pub fn look(disk: &dyn Disk, dir: &Path, version: &str) -> Result<Option<DeltaChain>, DeltaError> {
        let path = dir.join(format!("{PREFIX}{version}"));
        match disk.open(&path) {
            Ok(file) => {
                let chain = DeltaChain::begin(file, path, &header(version))?;
                Ok(Some(DeltaChain { only_looks: true, copied: disk.is_copy(dir), ..chain }))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(io_error("open", &path)(e)),
        }
    }

    fn begin(file: Box<dyn DiskFile>, path: PathBuf, header: &[u8; HEADER]) -> Result<DeltaChain, DeltaError> {
        let mut found = [0; HEADER];
        let read = file.read_at(0, &mut found).map_err(io_error("read", &path))?;
        if read < HEADER || found != *header {
            return Err(DeltaError::Damaged { file: path });
        }
        let len = file.len().map_err(io_error("read", &path))?;
        let link = Sha256::digest(header).into();
        let (epoch, at) = (Epoch::ZERO, HEADER as u64);
        Ok(DeltaChain { file, path, link, epoch, at, len, compared: 0, broken: false, only_looks: false, copied: false })
    }

    /// What an epoch gave, as bytes in a fixed order: compared where the chain knows the epoch, appended where it does not.
    /// Epochs come one after the other from 1.
    pub fn record(&mut self, epoch: Epoch, delta: &[u8]) -> Result<(), DeltaError> {
        assert_eq!(epoch, self.epoch.next(), "epochs are consecutive");
        let record = record_of(epoch, &self.link, delta);
        let known = self.known(epoch)?;
        match known {
            Some(found) if found != record => return Err(DeltaError::Mismatch { file: self.path.clone(), epoch }),
            Some(_) => self.compared += 1,
            None if self.only_looks => {}
            None => self.append(&record)?,
        }
        self.link.copy_from_slice(&record[8..40]);
        self.epoch = epoch;
        self.at += RECORD as u64;
        Ok(())
    }

    /// Link of the last record taken.
    pub fn link(&self) -> [u8; 32] {
        self.link
    }

    /// Goes on behind an epoch whose link is known from elsewhere, nothing having been taken so far. Where the file knows that epoch it must
    /// say the same; where it does not, what is missing stays empty. Nobody derives again what comes before, so what a crash left there of
    /// records (the file is never synced) is emptied, too, as if it had never been whole.
    pub fn resume(&mut self, epoch: Epoch, link: [u8; 32]) -> Result<(), DeltaError> {
        let end = HEADER as u64 + epoch.0 * RECORD as u64;
        match self.whole(end.saturating_sub(RECORD as u64), epoch)? {
            Some(found) if found[8..40] != link => return Err(DeltaError::Mismatch { file: self.path.clone(), epoch }),
            Some(_) => self.compared += 1,
            None => {}
        }
        self.empty_remains(epoch)?;
        if self.len < end {
            self.file.truncate(end).map_err(io_error("write", &self.path))?;
            self.len = end;
        }
        (self.epoch, self.link, self.at) = (epoch, link, end);
        Ok(())
    }

    /// Zeros in place of the records up to an epoch that are not whole. Whole ones behind them stay: they were published.
    fn empty_remains(&mut self, epoch: Epoch) -> Result<(), DeltaError> {
        let Some(from) = self.first_remains(epoch)? else { return Ok(()) };
        let mut rest = vec![0; usize::try_from(self.len - from).unwrap_or(usize::MAX)];
        let read = self.file.read_at(from, &mut rest).map_err(io_error("read", &self.path))?;
        rest.truncate(read);
        let first = (from - HEADER as u64) / RECORD as u64 + 1;
        for (number, record) in (first..=epoch.0).zip(rest.chunks_mut(RECORD)) {
            if !is_whole(record, Epoch(number)) {
                record.fill(0);
            }
        }
        self.file.truncate(from).map_err(io_error("cut", &self.path))?;
        self.len = from;
        self.file.append(&rest).map_err(io_error("write", &self.path))?;
        self.len += rest.len() as u64;
        Ok(())
    }

    /// Where the first record up to an epoch begins that is neither whole nor empty.
    fn first_remains(&self, epoch: Epoch) -> Result<Option<u64>, DeltaError> {
        let end = self.len.min(HEADER as u64 + epoch.0 * RECORD as u64);
        let (mut at, mut number) = (HEADER as u64, 1);
        let mut block = vec![0; RECORDS_READ * RECORD];
        while at < end {
            let bytes = block.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
            let read = self.file.read_at(at, &mut block[..bytes]).map_err(io_error("read", &self.path))?;
            for record in block[..read].chunks(RECORD) {
                if !is_whole(record, Epoch(number)) && record.iter().any(|byte| *byte != 0) {
                    return Ok(Some(at));
                }
                (at, number) = (at + record.len() as u64, number + 1);
            }
            if read < bytes {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Does the file hold what this epoch gave? Then it was published, and whatever the journal had to say of it was written before.
    pub fn knows(&self, epoch: Epoch) -> bool {
        let at = HEADER as u64 + epoch.0.saturating_sub(1) * RECORD as u64;
        epoch > Epoch::ZERO && matches!(self.whole(at, epoch), Ok(Some(_)))
    }

    /// To be called when the replay has ended: was anything published that the journal no longer holds? In a copy of a folder this file may
    /// simply have been copied later; then that is cut off, and how far it went is told.
    pub fn finish(&mut self) -> Result<Option<Epoch>, DeltaError> {
        let next = self.epoch.next();
        if self.known(next)?.is_none() {
            return Ok(None);
        }
        let published = Epoch((self.len - HEADER as u64) / RECORD as u64);
        if !self.copied {
            return Err(DeltaError::JournalShort { file: self.path.clone(), journal: self.epoch, published });
        }
        if !self.only_looks {
            self.file.truncate(self.at).map_err(io_error("cut", &self.path))?;
            self.len = self.at;
        }
        Ok(Some(published))
    }

    /// Is it in a folder that was copied?
    pub fn is_copied(&self) -> bool {
        self.copied
    }

    /// What of the file is not whole: the first such record, and whether whole ones follow it. Where nothing but zeros stands, nothing was
    /// ever kept: a start that goes on from a snapshot leaves such a gap.
    pub fn hole(&self) -> Result<Option<Hole>, DeltaError> {
        let records = (self.len - HEADER as u64).div_ceil(RECORD as u64);
        let mut hole: Option<Hole> = None;
        for epoch in (1..=records).map(Epoch) {
            let offset = HEADER as u64 + (epoch.0 - 1) * RECORD as u64;
            match (self.whole(offset, epoch)?, &mut hole) {
                (None, None) if self.is_empty_at(offset)? => {}
                (None, None) => hole = Some(Hole { offset, epoch, is_damage: !self.is_torn_at(offset)? }),
                (Some(_), Some(hole)) => hole.is_damage = true,
                (None, Some(_)) | (Some(_), None) => {}
            }
        }
        Ok(hole)
    }

    fn is_empty_at(&self, offset: u64) -> Result<bool, DeltaError> {
        let mut found = [0; RECORD];
        let read = self.file.read_at(offset, &mut found).map_err(io_error("read", &self.path))?;
        Ok(read == RECORD && found == [0; RECORD])
    }

    /// Can a crash have left this? It cuts the file short, or leaves sectors that were never written: zeros up to the border of one, or from
    /// there on.
    fn is_torn_at(&self, offset: u64) -> Result<bool, DeltaError> {
        let mut found = [0; RECORD];
        let read = self.file.read_at(offset, &mut found).map_err(io_error("read", &self.path))?;
        let border = (offset.next_multiple_of(SECTOR) - offset) as usize;
        let (before, behind) = found.split_at(border.min(RECORD));
        let empty = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        Ok(read < RECORD || empty(before) || (border < RECORD && empty(behind)))
    }

    /// The last epoch of which the file holds a whole record: it was published, so the journal has it.
    pub fn published(&self) -> Result<Epoch, DeltaError> {
        let records = (self.len - HEADER as u64) / RECORD as u64;
        for epoch in (1..=records).rev().map(Epoch) {
            if self.whole(HEADER as u64 + (epoch.0 - 1) * RECORD as u64, epoch)?.is_some() {
                return Ok(epoch);
            }
        }
        Ok(Epoch::ZERO)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many epochs were compared with what was published before.
    pub fn compared(&self) -> u64 {
        self.compared
    }

    /// The record of an epoch, if the file holds it whole.
    fn known(&self, epoch: Epoch) -> Result<Option<[u8; RECORD]>, DeltaError> {
        self.whole(self.at, epoch)
    }

    fn whole(&self, at: u64, epoch: Epoch) -> Result<Option<[u8; RECORD]>, DeltaError> {
        if at + RECORD as u64 > self.len {
            return Ok(None);
        }
        let mut found = [0; RECORD];
        let read = self.file.read_at(at, &mut found).map_err(io_error("read", &self.path))?;
        Ok(is_whole(&found[..read], epoch).then_some(found))
    }

    fn append(&mut self, record: &[u8; RECORD]) -> Result<(), DeltaError> {
        if self.broken {
            return Err(io_error("write", &self.path)(io::Error::other("an earlier write failed")));
        }
        self.broken = true;
        if self.at < self.len {
            // Remains of a crash: records that were never whole.
            self.file.truncate(self.at).map_err(io_error("cut", &self.path))?;
        }
        self.file.append(record).map_err(io_error("write", &self.path))?;
        self.len = self.at + RECORD as u64;
        self.broken = false;
        Ok(())
    }
}

fn is_whole(record: &[u8], epoch: Epoch) -> bool {
    let sum = |record: &[u8]| crc32fast::hash(&record[..40]).to_le_bytes();
    record.len() == RECORD && record[40..] == sum(record) && record[..8] == epoch.0.to_le_bytes()
}

fn record_of(epoch: Epoch, before: &[u8; 32], delta: &[u8]) -> [u8; RECORD] {
    let mut hasher = Sha256::new();
    hasher.update(before);
    hasher.update(epoch.0.to_le_bytes());
    hasher.update(Sha256::digest(delta));
    let mut record = [0; RECORD];
    record[..8].copy_from_slice(&epoch.0.to_le_bytes());
    record[8..40].copy_from_slice(&hasher.finalize());
    let sum = crc32fast::hash(&record[..40]);
    record[40..].copy_from_slice(&sum.to_le_bytes());
    record
}

fn header(version: &str) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8] = 1;
    let name = version.as_bytes();
    let n = name.len().min(NAME_MAX);
    bytes[10..10 + n].copy_from_slice(&name[..n]);
    let sum = crc32fast::hash(&bytes[..60]);
    bytes[60..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn io_error<'a>(doing: &'static str, file: &'a Path) -> impl FnOnce(io::Error) -> DeltaError + 'a {
    move |source| DeltaError::Io { doing, file: file.to_path_buf(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::disk::{Fate, MemoryDisk};

    const DIR: &str = "data";

    fn filled(disk: &MemoryDisk, epochs: u64) -> DeltaChain {
        let mut chain = DeltaChain::open(disk, Path::new(DIR), "1.2").unwrap();
        (1..=epochs).for_each(|n| chain.record(Epoch(n), &[n as u8; 3]).unwrap());
        chain
    }

    #[test]
    fn a_replay_is_compared_and_what_is_new_appended() {
        let disk = MemoryDisk::new();
        assert_eq!(filled(&disk, 5).finish().unwrap(), None);
        let mut again = filled(&disk, 7);
        again.finish().unwrap();
        assert_eq!(again.compared(), 5);
        assert_eq!(filled(&disk, 7).compared(), 7);
        assert_eq!(DeltaChain::open(&disk, Path::new(DIR), "1.3").unwrap().compared(), 0);
    }

    #[test]
    fn a_chain_goes_on_behind_an_epoch_that_is_known_from_elsewhere() {
        let disk = MemoryDisk::new();
        let whole = filled(&disk, 7);
        let link = filled(&disk, 4).link();
        let on = |disk: &MemoryDisk, last: u64| {
            let mut chain = DeltaChain::open(disk, Path::new(DIR), "1.2").unwrap();
            chain.resume(Epoch(4), link).unwrap();
            (5..=last).for_each(|n| chain.record(Epoch(n), &[n as u8; 3]).unwrap());
            chain.finish().unwrap();
            chain
        };
        let again = on(&disk, 7);
        assert_eq!((again.link(), again.compared()), (whole.link(), 4));
        let other = DeltaChain::open(&disk, Path::new(DIR), "1.2").unwrap().resume(Epoch(4), [9; 32]);
        assert!(matches!(other, Err(DeltaError::Mismatch { epoch: Epoch(4), .. })));
        // The file is gone: it goes on from there, and a whole replay fills it.
        let empty = MemoryDisk::new();
        assert_eq!(on(&empty, 7).link(), whole.link());
        assert_eq!(on(&empty, 8).compared(), 3, "from behind the gap");
        filled(&empty, 9).finish().unwrap();
        assert_eq!(filled(&empty, 9).compared(), 9);
    }

    #[test]
    fn what_a_crash_left_before_an_epoch_known_from_elsewhere_is_emptied() {
        let disk = MemoryDisk::new();
        let link = filled(&disk, 9).link();
        let path = Path::new(DIR).join("deltas-1.2");
        let bytes = disk.bytes(&path).unwrap();
        let at = |record: usize| HEADER + record * RECORD;
        let resumed = |bytes: &[u8]| {
            disk.put(&path, bytes);
            let mut chain = DeltaChain::open(&disk, Path::new(DIR), "1.2").unwrap();
            chain.resume(Epoch(9), link).unwrap();
            (chain.hole().unwrap(), disk.bytes(&path).unwrap())
        };
        assert_eq!(resumed(&bytes), (None, bytes.clone()));
        // Cut off within the fourth record.
        let mut want = bytes[..at(3)].to_vec();
        want.resize(at(9), 0);
        assert_eq!(resumed(&bytes[..at(3) + 7]), (None, want));
        // Sectors that never were written, from the middle of a record to the middle of another.
        let mut torn = bytes.clone();
        torn[at(2) + 5..at(4) + 9].fill(0);
        let mut want = bytes.clone();
        want[at(2)..at(5)].fill(0);
        assert_eq!(resumed(&torn), (None, want));
    }

    #[test]
    fn another_result_and_a_lost_end_are_noticed() {
        let disk = MemoryDisk::new();
        filled(&disk, 5);
        let mut chain = filled(&disk, 2);
        assert!(matches!(chain.record(Epoch(3), b"other"), Err(DeltaError::Mismatch { epoch: Epoch(3), .. })));
        let short = filled(&disk, 3).finish();
        assert!(matches!(short, Err(DeltaError::JournalShort { journal: Epoch(3), published: Epoch(5), .. })));
    }

    #[test]
    fn who_only_looks_compares_and_writes_nothing() {
        let disk = MemoryDisk::new();
        assert!(DeltaChain::look(&disk, Path::new(DIR), "1.2").unwrap().is_none());
        filled(&disk, 5);
        let path = Path::new(DIR).join("deltas-1.2");
        let mut bytes = disk.bytes(&path).unwrap();
        let looked = |epochs: u64| {
            let mut chain = DeltaChain::look(&disk, Path::new(DIR), "1.2").unwrap().unwrap();
            (1..=epochs).for_each(|n| chain.record(Epoch(n), &[n as u8; 3]).unwrap());
            chain
        };
        assert_eq!((looked(7).compared(), looked(0).published().ok(), looked(0).hole().ok()), (5, Some(Epoch(5)), Some(None)));
        assert_eq!(disk.bytes(&path).as_ref(), Some(&bytes));
        for touched in [4, 2] {
            let offset = HEADER + touched * RECORD;
            bytes[offset + 20] ^= 1;
            disk.put(&path, &bytes);
            let hole = Hole { offset: offset as u64, epoch: Epoch(touched as u64 + 1), is_damage: true };
            assert_eq!(looked(0).hole().unwrap(), Some(hole));
            bytes[offset + 20] ^= 1;
        }
        assert_eq!(looked(0).published().ok(), Some(Epoch(5)));
    }

    #[test]
    fn a_last_record_that_a_crash_tore_is_told_from_a_damaged_one() {
        let disk = MemoryDisk::new();
        // The eleventh stands on both sides of the border of a sector.
        filled(&disk, 11);
        let path = Path::new(DIR).join("deltas-1.2");
        let bytes = disk.bytes(&path).unwrap();
        let (offset, border) = (HEADER + 10 * RECORD, SECTOR as usize);
        let damaged = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = bytes.clone();
            change(&mut bytes);
            disk.put(&path, &bytes);
            DeltaChain::look(&disk, Path::new(DIR), "1.2").unwrap().unwrap().hole().unwrap().map(|hole| hole.is_damage)
        };
        assert_eq!(damaged(&|_| ()), None);
        assert_eq!(damaged(&|bytes| bytes[offset + 43] ^= 1), Some(true));
        assert_eq!(damaged(&|bytes| bytes[border] ^= 1), Some(true));
        assert_eq!(damaged(&|bytes| bytes.truncate(border + 3)), Some(false));
        assert_eq!(damaged(&|bytes| bytes[border..].fill(0)), Some(false));
        assert_eq!(damaged(&|bytes| bytes[offset..border].fill(0)), Some(false));
    }

    #[test]
    fn a_torn_end_is_written_anew_and_a_touched_header_named() {
        let disk = MemoryDisk::new();
        filled(&disk, 5);
        for seed in 0..50 {
            let after = disk.crash(Fate::Mixed(seed));
            filled(&after, 6).finish().unwrap();
            assert_eq!(filled(&after, 6).compared(), 6, "seed {seed}");
        }
        let path = Path::new(DIR).join("deltas-1.2");
        let mut bytes = disk.bytes(&path).unwrap();
        bytes[3] ^= 1;
        disk.put(&path, &bytes);
        assert!(matches!(DeltaChain::open(&disk, Path::new(DIR), "1.2"), Err(DeltaError::Damaged { .. })));
    }
}
