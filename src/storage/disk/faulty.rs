//! [`FaultyDisk`]: a [`MemoryDisk`] that counts its operations and fails one of them as told.
//!
//! Promises: the same plan on the same history fails at the same place. After a crash every operation fails, as it does for a process
//! that is no more; what the next process finds is [`FaultyDisk::after_crash`].

use super::{Disk, DiskFile, Fate, LockGuard, MemoryDisk, SECTOR};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

/// What a disk is asked to do. Taking a lock and random bytes are not counted: they leave nothing behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    MakeDir,
    List,
    Create,
    Open,
    Rename,
    Remove,
    SyncDir,
    Len,
    Read,
    /// Into a file of this length, this many bytes.
    Append {
        at: u64,
        bytes: u64,
    },
    Truncate,
    Sync,
}

impl Operation {
    /// Does it leave something behind?
    pub fn changes(self) -> bool {
        match self {
            Operation::List | Operation::Open | Operation::Len | Operation::Read => false,
            Operation::MakeDir
            | Operation::Create
            | Operation::Rename
            | Operation::Remove
            | Operation::SyncDir
            | Operation::Append { .. }
            | Operation::Truncate
            | Operation::Sync => true,
        }
    }

    /// At how many sector boundaries it can tear.
    pub fn tears(self) -> u64 {
        match self {
            Operation::Append { at, bytes } => (at + bytes).div_ceil(SECTOR) - at / SECTOR - 1,
            _ => 0,
        }
    }
}

/// Where in an operation the machine stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    Before,
    /// After this many sector boundaries of an append, from 1.
    Torn(u64),
    After,
}

/// What happens at one operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    Crash(When),
    /// The operation fails without effect (EIO); later ones succeed.
    Error,
    /// A sync fails and what it should have written is forgotten, though it can still be read; later syncs succeed. Other operations
    /// fail as with [`Fault::Error`].
    Forgotten,
    /// No space: an append writes the first half and fails. Every later append and creation fails too.
    Full,
    /// An append writes part of its bytes and fails; later ones succeed.
    Short,
}

#[derive(Clone)]
pub struct FaultyDisk {
    inner: MemoryDisk,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Default)]
struct Plan {
    fault: Option<(usize, Fault)>,
    done: Vec<Operation>,
    crashed: bool,
    full: bool,
}

/// What to do with one operation.
enum Verdict {
    Go,
    Fail,
    Part(u64),
    GoAndCrash,
    PartAndCrash(u64),
}

impl FaultyDisk {
    /// Never fails; for counting operations.
    pub fn counting(inner: MemoryDisk) -> FaultyDisk {
        FaultyDisk { inner, plan: Arc::new(Mutex::new(Plan::default())) }
    }

    /// Fails at operation `at`, counted from 0.
    pub fn failing(inner: MemoryDisk, at: usize, fault: Fault) -> FaultyDisk {
        let disk = FaultyDisk::counting(inner);
        disk.plan().fault = Some((at, fault));
        disk
    }

    /// The operations so far.
    pub fn operations(&self) -> Vec<Operation> {
        self.plan().done.clone()
    }

    pub fn has_crashed(&self) -> bool {
        self.plan().crashed
    }

    /// What the next process finds on the medium.
    pub fn after_crash(&self, fate: Fate) -> MemoryDisk {
        self.inner.crash(fate)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    fn run<R>(&self, operation: Operation, run: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        match self.plan().decide(operation) {
            Verdict::Go => run(),
            Verdict::GoAndCrash => {
                run()?;
                Err(dead())
            }
            Verdict::Fail | Verdict::Part(_) | Verdict::PartAndCrash(_) => Err(dead()),
        }
    }

    fn file(&self, inner: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(FaultyFile { inner, disk: self.clone() })
    }
}

impl Plan {
    fn decide(&mut self, operation: Operation) -> Verdict {
        let number = self.done.len();
        if self.crashed {
            return Verdict::Fail;
        }
        self.done.push(operation);
        let grows = matches!(operation, Operation::Append { .. } | Operation::Create);
        match self.fault {
            Some((at, fault)) if at == number => self.strike(operation, fault),
            _ if self.full && grows => Verdict::Fail,
            _ => Verdict::Go,
        }
    }

    fn strike(&mut self, operation: Operation, fault: Fault) -> Verdict {
        match (fault, operation) {
            (Fault::Crash(when), _) => {
                self.crashed = true;
                match (when, operation) {
                    (When::Torn(n), Operation::Append { at, .. }) => Verdict::PartAndCrash((at / SECTOR + n) * SECTOR - at),
                    (When::Before | When::Torn(_), _) => Verdict::Fail,
                    (When::After, _) => Verdict::GoAndCrash,
                }
            }
            (Fault::Error | Fault::Forgotten, _) => Verdict::Fail,
            (Fault::Full, Operation::Append { bytes, .. }) => {
                self.full = true;
                Verdict::Part(bytes / 2)
            }
            (Fault::Full, _) => {
                self.full = true;
                if operation == Operation::Create { Verdict::Fail } else { Verdict::Go }
            }
            (Fault::Short, Operation::Append { bytes, .. }) => Verdict::Part(bytes / 3),
            (Fault::Short, _) => Verdict::Go,
        }
    }
}

fn dead() -> io::Error {
    io::Error::other("injected fault")
}

struct FaultyFile {
    inner: Box<dyn DiskFile>,
    disk: FaultyDisk,
}

impl DiskFile for FaultyFile {
    fn len(&self) -> io::Result<u64> {
        self.disk.run(Operation::Len, || self.inner.len())
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.disk.run(Operation::Read, || self.inner.read_at(at, into))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let operation = Operation::Append { at: self.inner.len()?, bytes: bytes.len() as u64 };
        let verdict = self.disk.plan().decide(operation);
        match verdict {
            Verdict::Go => self.inner.append(bytes),
            Verdict::Fail => Err(dead()),
            Verdict::GoAndCrash => self.inner.append(bytes).and(Err(dead())),
            Verdict::Part(n) | Verdict::PartAndCrash(n) => {
                let n = bytes.len().min(n as usize);
                self.inner.append(&bytes[..n]).and(Err(dead()))
            }
        }
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let FaultyFile { inner, disk } = self;
        disk.run(Operation::Truncate, || inner.truncate(len))
    }

    fn sync(&mut self) -> io::Result<()> {
        let FaultyFile { inner, disk } = self;
        let result = disk.run(Operation::Sync, || inner.sync());
        if result.is_err() && matches!(disk.plan().fault, Some((_, Fault::Forgotten))) {
            disk.inner.forget_unsynced();
        }
        result
    }
}

impl Disk for FaultyDisk {
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        self.run(Operation::MakeDir, || self.inner.make_dir(dir))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.run(Operation::List, || self.inner.list(dir))
    }

    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.run(Operation::Create, || self.inner.create(file)).map(|inner| self.file(inner))
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.run(Operation::Open, || self.inner.open(file)).map(|inner| self.file(inner))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.run(Operation::Rename, || self.inner.rename(from, to))
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.run(Operation::Remove, || self.inner.remove(file))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.run(Operation::SyncDir, || self.inner.sync_dir(dir))
    }

    fn lock(&self, file: &Path) -> io::Result<LockGuard> {
        self.inner.lock(file)
    }

    fn is_copy(&self, dir: &Path) -> bool {
        self.inner.is_copy(dir)
    }

    fn own(&self, dir: &Path) -> io::Result<()> {
        self.inner.own(dir)
    }

    fn random(&self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.random(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_planned_operation_fails_and_a_crash_is_final() {
        let path = Path::new("f");
        let disk = FaultyDisk::failing(MemoryDisk::new(), 1, Fault::Error);
        let mut file = disk.create(path).unwrap();
        assert!(file.append(b"a").is_err());
        file.append(b"b").unwrap();
        assert_eq!(disk.inner.bytes(path).unwrap(), b"b");

        let disk = FaultyDisk::failing(MemoryDisk::new(), 2, Fault::Crash(When::Torn(1)));
        let mut file = disk.create(path).unwrap();
        file.append(&[1; 100]).unwrap();
        assert!(file.append(&[2; 1000]).is_err());
        assert!(file.append(b"late").is_err() && disk.create(path).is_err());
        assert!(disk.has_crashed());
        assert_eq!(disk.inner.bytes(path).unwrap().len(), 512);
        assert_eq!(disk.operations()[2].tears(), 2);
    }

    #[test]
    fn a_full_disk_stays_full() {
        let disk = FaultyDisk::failing(MemoryDisk::new(), 1, Fault::Full);
        let mut file = disk.create(Path::new("f")).unwrap();
        assert!(file.append(b"abcd").is_err());
        assert!(file.append(b"e").is_err() && disk.create(Path::new("g")).is_err());
        file.truncate(0).unwrap();
        file.sync().unwrap();
    }
}
