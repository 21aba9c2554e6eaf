//! [`RealDisk`]: files of the machine.
//!
//! A file stays open between write and sync, so that an error of writing back is reported to whoever wrote.

use super::{Disk, DiskFile, LockGuard};
use crate::limits::LOCK_PATIENCE;
use chacha20poly1305::aead::OsRng;
use chacha20poly1305::aead::rand_core::RngCore;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
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
        let opened = lock_file(file)?;
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

    fn is_copy(&self, dir: &Path) -> bool {
        let said = match fs::read_to_string(lock_of(dir)) {
            Ok(said) => said,
            // Whoever copies leaves it out; a server does not.
            Err(e) => return e.kind() == io::ErrorKind::NotFound,
        };
        let is_said = said.starts_with(OF) && said.ends_with('\n');
        is_said && identity(dir).is_ok_and(|identity| identity != said)
    }

    fn own(&self, dir: &Path) -> io::Result<()> {
        let identity = identity(dir)?;
        let lock = OpenOptions::new().write(true).open(lock_of(dir))?;
        lock.write_all_at(identity.as_bytes(), 0)?;
        lock.set_len(identity.len() as u64)
    }

    fn free_bytes(&self, dir: &Path) -> Option<u64> {
        let state = rustix::fs::statvfs(dir).ok()?;
        Some(state.f_bavail.saturating_mul(state.f_frsize))
    }

    fn random(&self, bytes: &mut [u8]) -> io::Result<()> {
        OsRng.try_fill_bytes(bytes).map_err(|_| io::Error::other("the machine has no random bytes"))
    }
}

/// How the text of a lock begins. An empty one is of an earlier huiyan.
const OF: &str = "of ";

fn lock_of(dir: &Path) -> PathBuf {
    dir.join("lock")
}

/// A new one is nobody's yet.
fn lock_file(file: &Path) -> io::Result<File> {
    let options = || {
        let mut options = OpenOptions::new();
        options.read(true).append(true).mode(FILE_MODE);
        options
    };
    match options().create_new(true).open(file) {
        Ok(mut new) => {
            // On a full disk it stays empty, and nobody can tell.
            let _ = new.write_all(format!("{OF}nobody\n").as_bytes());
            Ok(new)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => options().open(file),
        Err(e) => Err(e),
    }
}

/// The numbers of the folder and of its lock on their file system: a copy has others, whatever was copied.
fn identity(dir: &Path) -> io::Result<String> {
    Ok(format!("{OF}{} {}\n", fs::metadata(dir)?.ino(), fs::metadata(lock_of(dir))?.ino()))
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
