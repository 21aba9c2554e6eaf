//! [`Disk`]: the seam between the journal and the machine, as small as the journal needs.
//!
//! Promises of every disk: after [`DiskFile::sync`] the bytes of a file stay, after [`Disk::sync_dir`] the names in a folder stay; before
//! that, both may be there, gone or garbled after a crash. `append` writes everything or fails, and then may have written any part of it.
//! [`RealDisk`] is the machine, [`ReadingDisk`] the machine for who may only look; [`MemoryDisk`] keeps durable bytes apart from unsynced
//! ones; [`FaultyDisk`] fails it at a chosen operation.

mod faulty;
mod memory;
mod reading;
mod real;

pub use faulty::{Fault, FaultyDisk, Operation, When};
pub use memory::{Fate, MemoryDisk, SECTOR};
pub use reading::ReadingDisk;
pub use real::RealDisk;

use std::io;
use std::path::{Path, PathBuf};

/// Kept until dropped: nobody else has the folder open.
pub type LockGuard = Box<dyn std::any::Any + Send + Sync>;

pub trait Disk: Send + Sync {
    /// Makes a folder and those above it; it may be there already. Only the owner may enter.
    fn make_dir(&self, dir: &Path) -> io::Result<()>;
    /// Names of the files in a folder, sorted; an absent folder has none.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// A new empty file, readable by its owner only, in place of whatever had that name.
    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// An existing file, or `NotFound`.
    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, file: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Takes the lock file, made if absent; `WouldBlock` if somebody else holds it.
    fn lock(&self, file: &Path) -> io::Result<LockGuard>;
    /// Bytes that nobody can guess, for keys.
    fn random(&self, bytes: &mut [u8]) -> io::Result<()>;
    /// Bytes that may still be written below this folder; `None` if nobody knows.
    fn free_bytes(&self, _dir: &Path) -> Option<u64> {
        None
    }
    /// Was this folder copied, file by file, since it was last said to be [`Disk::own`]? Then its files may be of different moments. Where
    /// nobody can tell, it was not.
    fn is_copy(&self, _dir: &Path) -> bool {
        false
    }
    /// Its files belong together: from now on it is no copy. Nothing depends on it but that question.
    fn own(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }
}

pub trait DiskFile: Send {
    fn len(&self) -> io::Result<u64>;
    /// Fills as much as there is, and says how much that was.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;
    /// At the end of the file.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    fn truncate(&mut self, len: u64) -> io::Result<()>;
    /// Makes contents and length durable.
    fn sync(&mut self) -> io::Result<()>;

    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// A whole small file, at most `limit` bytes of it.
pub fn read_whole(disk: &dyn Disk, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let file = disk.open(path)?;
    let len = usize::try_from(file.len()?).unwrap_or(usize::MAX);
    if len > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than it can be"));
    }
    let mut bytes = vec![0; len];
    let read = file.read_at(0, &mut bytes)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// A file that is there wholly and durably, or not at all: written under another name, synced, then renamed.
pub fn write_whole(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (dir, new) = (parent(path), with_suffix(path, ".new"));
    let mut file = disk.create(&new)?;
    file.append(bytes)?;
    file.sync()?;
    drop(file);
    disk.rename(&new, path)?;
    disk.sync_dir(dir)
}

/// A folder that is there durably.
pub fn make_dir_durable(disk: &dyn Disk, dir: &Path) -> io::Result<()> {
    disk.make_dir(dir)?;
    disk.sync_dir(parent(dir))
}

/// The folder a path stands in; the current one for a bare name.
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        Some(_) | None => Path::new("."),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}
