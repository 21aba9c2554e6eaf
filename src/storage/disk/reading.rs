//! [`ReadingDisk`]: files of the machine, opened for reading. Whatever would change a byte, a name or a lock is refused, so that who is
//! given this disk cannot, by whatever mistake, touch a folder that a server holds or that is evidence.

use super::{Disk, DiskFile, LockGuard, RealDisk};
use std::fs::File;
use std::io;
use std::path::Path;

#[derive(Clone, Copy, Default, Debug)]
pub struct ReadingDisk;

fn refused<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Disk for ReadingDisk {
    fn make_dir(&self, _dir: &Path) -> io::Result<()> {
        refused()
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(dir)
    }

    fn create(&self, _file: &Path) -> io::Result<Box<dyn DiskFile>> {
        refused()
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(ReadingFile(File::open(file)?)))
    }

    fn rename(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        refused()
    }

    fn remove(&self, _file: &Path) -> io::Result<()> {
        refused()
    }

    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        refused()
    }

    fn lock(&self, _file: &Path) -> io::Result<LockGuard> {
        refused()
    }

    fn is_copy(&self, dir: &Path) -> bool {
        RealDisk.is_copy(dir)
    }

    fn own(&self, _dir: &Path) -> io::Result<()> {
        refused()
    }

    fn random(&self, _bytes: &mut [u8]) -> io::Result<()> {
        refused()
    }
}

struct ReadingFile(File);

impl DiskFile for ReadingFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        super::real::read_at(&self.0, at, into)
    }

    fn append(&mut self, _bytes: &[u8]) -> io::Result<()> {
        refused()
    }

    fn truncate(&mut self, _len: u64) -> io::Result<()> {
        refused()
    }

    fn sync(&mut self) -> io::Result<()> {
        refused()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_and_refuses_all_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, b"hello").unwrap();
        let mut file = ReadingDisk.open(&path).unwrap();
        let mut part = [0; 16];
        assert_eq!((file.len().unwrap(), file.read_at(1, &mut part).unwrap(), &part[..4]), (5, 4, &b"ello"[..]));
        assert_eq!(ReadingDisk.list(dir.path()).unwrap(), ["file"]);
        assert!(file.append(b"!").is_err() && file.truncate(0).is_err() && file.sync().is_err());
        assert!(ReadingDisk.create(&path).is_err() && ReadingDisk.remove(&path).is_err() && ReadingDisk.lock(&path).is_err());
        assert!(ReadingDisk.rename(&path, dir.path()).is_err() && ReadingDisk.make_dir(dir.path()).is_err());
        assert!(ReadingDisk.sync_dir(dir.path()).is_err() && ReadingDisk.random(&mut part).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"hello");
    }
}
