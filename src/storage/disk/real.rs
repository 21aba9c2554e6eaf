//! [`RealDisk`]: files of the machine.
//!
//! A file stays open between write and sync, so that an error of writing back is reported to whoever wrote.

use super::{Disk, DiskFile, LockGuard};
use crate::limits::LOCK_PATIENCE;
use chacha20poly1305::aead::OsRng;
use chacha20poly1305::aead::rand_core::RngCore;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::Instant;

/// Only the owner reads and writes.
const FILE_MODE: u32 = 0o600;
const DIR_MODE: u32 = 0o700;

#[derive(Clone, Copy, Default, Debug)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(DIR_MODE).create(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let found = match fs::read_dir(dir) {
            Ok(found) => found,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let mut names = Vec::new();
        for item in found {
            let item = item?;
            if item.file_type()?.is_file()
                && let Ok(name) = item.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        match fs::remove_file(file) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        let opened = OpenOptions::new().read(true).append(true).create_new(true).mode(FILE_MODE).open(file)?;
        Ok(Box::new(RealFile(opened)))
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(RealFile(OpenOptions::new().read(true).append(true).open(file)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn lock(&self, file: &Path) -> io::Result<LockGuard> {
        let opened = OpenOptions::new().read(true).append(true).create(true).mode(FILE_MODE).open(file)?;
        let began = Instant::now();
        loop {
            match opened.try_lock() {
                Ok(()) => return Ok(Box::new(opened)),
                Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_PATIENCE => std::thread::sleep(LOCK_PATIENCE / 50),
                Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(TryLockError::Error(e)) => return Err(e),
            }
        }
    }

    fn free_bytes(&self, dir: &Path) -> Option<u64> {
        let state = rustix::fs::statvfs(dir).ok()?;
        Some(state.f_bavail.saturating_mul(state.f_frsize))
    }

    fn random(&self, bytes: &mut [u8]) -> io::Result<()> {
        OsRng.try_fill_bytes(bytes).map_err(|_| io::Error::other("the machine has no random bytes"))
    }
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        read_at(&self.0, at, into)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// As much as there is, however often the system gives less.
pub(super) fn read_at(file: &File, at: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < into.len() {
        match file.read_at(&mut into[done..], at + done as u64) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::disk::{read_whole, write_whole};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn files_are_private_appended_cut_and_listed() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("a/b");
        RealDisk.make_dir(&inner).unwrap();
        let path = inner.join("file");
        write_whole(&RealDisk, &path, b"hello").unwrap();
        let mut file = RealDisk.open(&path).unwrap();
        file.append(b" world").unwrap();
        file.truncate(8).unwrap();
        file.sync().unwrap();
        assert_eq!(file.len().unwrap(), 8);
        assert!(RealDisk.free_bytes(&inner).is_some_and(|bytes| bytes > 0));
        assert_eq!(RealDisk.free_bytes(&inner.join("nowhere")), None);
        let mut part = [0; 16];
        assert_eq!(file.read_at(4, &mut part).unwrap(), 4);
        assert_eq!(&part[..4], b"o wo");
        assert_eq!(read_whole(&RealDisk, &path, 8).unwrap(), b"hello wo");
        assert!(read_whole(&RealDisk, &path, 7).is_err());
        assert_eq!(RealDisk.list(&inner).unwrap(), ["file"]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(RealDisk.list(&inner.join("nowhere")).unwrap().is_empty());
    }

    #[test]
    fn a_lock_is_held_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let guard = RealDisk.lock(&path).unwrap();
        assert_eq!(RealDisk.lock(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        // Whoever is on the way out is waited for.
        let leaving = std::thread::spawn(move || {
            std::thread::sleep(LOCK_PATIENCE / 10);
            drop(guard);
        });
        assert!(RealDisk.lock(&path).is_ok());
        leaving.join().unwrap();
    }
}
