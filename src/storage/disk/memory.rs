//! [`MemoryDisk`]: a disk in memory that knows which bytes and names are durable, and what a crash may make of the others.
//!
//! Promises: deterministic for a seed. After [`MemoryDisk::crash`] synced bytes are untouched; each sector of bytes written since the
//! last sync is old, new or garbage; the length is one of those between; a folder's names are those after some prefix of its unsynced
//! changes. Must not know the formats of what it holds.

use super::{Disk, DiskFile, LockGuard, parent};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// Unit in which a write may tear.
pub const SECTOR: u64 = 512;

/// What becomes of unsynced bytes and names in a crash.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// The machine lived on, only the process died: what was unsynced still is.
    Kept,
    /// Nothing unsynced reached the medium.
    Lost,
    /// Any mix of old, new and garbage, decided by the seed.
    Mixed(u64),
}

#[derive(Clone, Default)]
pub struct MemoryDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Default)]
struct State {
    nodes: Vec<Node>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// Changes of names since the last sync of their folder, oldest first.
    renames: Vec<(PathBuf, NameChange)>,
    locked: BTreeSet<PathBuf>,
    random: u64,
    /// Bytes that all files together may have.
    size: Option<u64>,
}

#[derive(Clone)]
enum NameChange {
    Set(PathBuf, usize),
    Move(PathBuf, PathBuf),
    Remove(PathBuf),
}

#[derive(Clone, Default)]
struct Node {
    now: Vec<u8>,
    durable: Vec<u8>,
    /// Bytes written or cut since the last sync, as ranges of positions.
    dirty: Vec<(u64, u64)>,
}

impl MemoryDisk {
    pub fn new() -> MemoryDisk {
        MemoryDisk::default()
    }

    /// A disk whose random bytes follow from the seed.
    pub fn seeded(seed: u64) -> MemoryDisk {
        let disk = MemoryDisk::new();
        disk.state().random = seed;
        disk
    }

    /// What a machine that starts again finds. The old disk is left as it is.
    pub fn crash(&self, fate: Fate) -> MemoryDisk {
        let state = self.state();
        let mut dice = Dice(match fate {
            Fate::Kept | Fate::Lost => 0,
            Fate::Mixed(seed) => seed,
        });
        let next = match fate {
            Fate::Kept => State { locked: BTreeSet::new(), ..state.clone() },
            Fate::Lost | Fate::Mixed(_) => {
                let nodes = state.nodes.iter().map(|node| Node::settled(node.survive(fate, &mut dice))).collect();
                let names = state.surviving_names(fate, &mut dice);
                State { nodes, durable_names: names.clone(), names, random: state.random, size: state.size, ..State::default() }
            }
        };
        MemoryDisk { state: Arc::new(Mutex::new(next)) }
    }

    /// What a failed sync may leave: unsynced bytes are seen as before, but are no longer waiting to be written, so that a later sync
    /// says yes without them.
    pub fn forget_unsynced(&self) {
        self.state().nodes.iter_mut().for_each(|node| node.dirty.clear());
    }

    /// From now on all files together may have so many bytes, as on a disk of this size.
    pub fn set_size(&self, bytes: u64) {
        self.state().size = Some(bytes);
    }

    /// Bytes of a file as a reader sees them now.
    pub fn bytes(&self, file: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        state.names.get(file).map(|&node| state.nodes[node].now.clone())
    }

    /// Puts a file there, durably, as an outside hand would.
    pub fn put(&self, file: &Path, bytes: &[u8]) {
        let mut state = self.state();
        let node = state.nodes.len();
        state.nodes.push(Node::settled(bytes.to_vec()));
        state.names.insert(file.to_path_buf(), node);
        state.durable_names.insert(file.to_path_buf(), node);
    }

    /// All files, sorted.
    pub fn files(&self) -> Vec<PathBuf> {
        self.state().names.keys().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    fn file(&self, node: usize) -> Box<dyn DiskFile> {
        Box::new(MemoryFile { disk: self.clone(), node })
    }
}

impl State {
    fn change(&mut self, change: NameChange) {
        apply(&mut self.names, &change);
        let dir = match &change {
            NameChange::Set(path, _) | NameChange::Move(_, path) | NameChange::Remove(path) => parent(path).to_path_buf(),
        };
        self.renames.push((dir, change));
    }

    /// What may still be written.
    fn free(&self) -> Option<u64> {
        let used: usize = self.names.values().map(|&node| self.nodes[node].now.len()).sum();
        self.size.map(|size| size.saturating_sub(used as u64))
    }

    fn surviving_names(&self, fate: Fate, dice: &mut Dice) -> BTreeMap<PathBuf, usize> {
        let dirs: BTreeSet<&PathBuf> = self.renames.iter().map(|(dir, _)| dir).collect();
        let mut names = self.durable_names.clone();
        for dir in dirs {
            let changes: Vec<_> = self.renames.iter().filter(|(of, _)| of == dir).collect();
            let kept = match fate {
                Fate::Kept => changes.len(),
                Fate::Lost => 0,
                Fate::Mixed(_) => dice.below(changes.len() as u64 + 1) as usize,
            };
            changes[..kept].iter().for_each(|(_, change)| apply(&mut names, change));
        }
        names
    }
}

fn apply(names: &mut BTreeMap<PathBuf, usize>, change: &NameChange) {
    match change {
        NameChange::Set(path, node) => {
            names.insert(path.clone(), *node);
        }
        NameChange::Move(from, to) => {
            if let Some(node) = names.remove(from) {
                names.insert(to.clone(), node);
            }
        }
        NameChange::Remove(path) => {
            names.remove(path);
        }
    }
}

impl Node {
    fn settled(bytes: Vec<u8>) -> Node {
        Node { now: bytes.clone(), durable: bytes, dirty: Vec::new() }
    }

    fn survive(&self, fate: Fate, dice: &mut Dice) -> Vec<u8> {
        match fate {
            Fate::Kept => self.now.clone(),
            Fate::Lost => self.durable.clone(),
            Fate::Mixed(_) if self.dirty.is_empty() => self.durable.clone(),
            Fate::Mixed(_) => self.mixed(dice),
        }
    }

    fn mixed(&self, dice: &mut Dice) -> Vec<u8> {
        let (old, new) = (self.durable.len() as u64, self.now.len() as u64);
        let shortest = self.dirty.iter().map(|(from, _)| *from).min().unwrap_or(old).min(old).min(new);
        let longest = self.dirty.iter().map(|(_, to)| *to).max().unwrap_or(new).max(old).max(new);
        let len = match dice.below(4) {
            0 => old,
            1 => longest,
            2 => new,
            _ => shortest + dice.below(longest - shortest + 1),
        };
        let mut bytes: Vec<u8> = (0..len as usize).map(|i| self.durable.get(i).copied().unwrap_or(0)).collect();
        for sector in 0..len.div_ceil(SECTOR) {
            let (from, to) = (sector * SECTOR, len.min((sector + 1) * SECTOR));
            let outcome = dice.below(4);
            for at in from..to {
                // Only bytes that were being written may change.
                if !self.dirty.iter().any(|(a, b)| (*a..*b).contains(&at)) {
                    continue;
                }
                match outcome {
                    0 => {}
                    1 => bytes[at as usize] = dice.below(256) as u8,
                    _ => bytes[at as usize] = self.now.get(at as usize).copied().unwrap_or(0),
                }
            }
        }
        bytes
    }
}

struct MemoryFile {
    disk: MemoryDisk,
    node: usize,
}

impl MemoryFile {
    fn with<R>(&self, run: impl FnOnce(&mut Node) -> R) -> R {
        run(&mut self.disk.state().nodes[self.node])
    }
}

impl DiskFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.with(|node| node.now.len() as u64))
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.with(|node| {
            let from = usize::try_from(at).unwrap_or(usize::MAX).min(node.now.len());
            let n = into.len().min(node.now.len() - from);
            into[..n].copy_from_slice(&node.now[from..from + n]);
            Ok(n)
        })
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let free = self.disk.state().free().map_or(usize::MAX, |free| usize::try_from(free).unwrap_or(usize::MAX));
        let fits = &bytes[..bytes.len().min(free)];
        self.with(|node| {
            let from = node.now.len() as u64;
            node.now.extend_from_slice(fits);
            node.dirty.push((from, node.now.len() as u64));
        });
        if fits.len() < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.with(|node| {
            let old = node.now.len() as u64;
            node.now.resize(len as usize, 0);
            node.dirty.push((old.min(len), old.max(len)));
        });
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.with(|node| {
            node.durable.resize(node.now.len(), 0);
            for (from, to) in std::mem::take(&mut node.dirty) {
                let range = from as usize..node.now.len().min(to as usize);
                if !range.is_empty() {
                    node.durable[range.clone()].copy_from_slice(&node.now[range]);
                }
            }
        });
        Ok(())
    }
}

impl Disk for MemoryDisk {
    /// Folders are always there: what they hold is what may be lost.
    fn make_dir(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let inside = state.names.keys().filter(|path| parent(path) == dir);
        Ok(inside.filter_map(|path| path.file_name()?.to_str().map(str::to_string)).collect())
    }

    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        let node = state.nodes.len();
        state.nodes.push(Node::default());
        state.change(NameChange::Set(file.to_path_buf(), node));
        drop(state);
        Ok(self.file(node))
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        let node = self.state().names.get(file).copied();
        node.map(|node| self.file(node)).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        if !state.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change(NameChange::Move(from.to_path_buf(), to.to_path_buf()));
        Ok(())
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        let mut state = self.state();
        if !state.names.contains_key(file) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change(NameChange::Remove(file.to_path_buf()));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        let State { renames, durable_names, .. } = &mut *state;
        renames.iter().filter(|(of, _)| of == dir).for_each(|(_, change)| apply(durable_names, change));
        renames.retain(|(of, _)| of != dir);
        Ok(())
    }

    fn lock(&self, file: &Path) -> io::Result<LockGuard> {
        if !self.state().locked.insert(file.to_path_buf()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(Held { disk: self.clone(), file: file.to_path_buf() }))
    }

    fn free_bytes(&self, _dir: &Path) -> Option<u64> {
        self.state().free()
    }

    fn random(&self, bytes: &mut [u8]) -> io::Result<()> {
        let mut state = self.state();
        let mut dice = Dice(state.random);
        bytes.iter_mut().for_each(|byte| *byte = dice.below(256) as u8);
        state.random = dice.0;
        Ok(())
    }
}

struct Held {
    disk: MemoryDisk,
    file: PathBuf,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.disk.state().locked.remove(&self.file);
    }
}

/// SplitMix64: small, seeded, the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::disk::write_whole;

    #[test]
    fn synced_bytes_survive_every_fate_and_unsynced_ones_need_not() {
        let (disk, path) = (MemoryDisk::new(), Path::new("d/f"));
        write_whole(&disk, path, &[7; 700]).unwrap();
        let mut file = disk.open(path).unwrap();
        file.append(&[9; 1000]).unwrap();
        assert_eq!(disk.crash(Fate::Kept).bytes(path).unwrap().len(), 1700);
        assert_eq!(disk.crash(Fate::Lost).bytes(path).unwrap(), [7; 700]);
        let (mut lost, mut garbled) = (0, 0);
        for seed in 0..100 {
            let bytes = disk.crash(Fate::Mixed(seed)).bytes(path).unwrap();
            assert_eq!(bytes[..700], [7; 700], "seed {seed}");
            lost += usize::from(bytes.len() < 1700);
            garbled += usize::from(bytes[700..].iter().any(|b| *b != 9));
        }
        assert!(lost > 10 && garbled > 10, "{lost} {garbled}");
    }

    #[test]
    fn a_full_disk_takes_what_fits_and_says_so() {
        let (disk, path) = (MemoryDisk::new(), Path::new("d/f"));
        let mut file = disk.create(path).unwrap();
        assert_eq!(disk.free_bytes(Path::new("d")), None);
        disk.set_size(10);
        file.append(&[1; 7]).unwrap();
        assert_eq!(disk.free_bytes(Path::new("d")), Some(3));
        assert_eq!(file.append(&[1; 4]).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(disk.bytes(path).unwrap().len(), 10);
        disk.set_size(20);
        file.append(&[1; 4]).unwrap();
    }

    #[test]
    fn a_name_is_durable_only_after_its_folder_was_synced() {
        let (disk, path) = (MemoryDisk::new(), Path::new("d/f"));
        disk.create(path).unwrap().sync().unwrap();
        assert_eq!(disk.crash(Fate::Lost).bytes(path), None);
        disk.sync_dir(Path::new("elsewhere")).unwrap();
        assert_eq!(disk.crash(Fate::Lost).bytes(path), None);
        disk.sync_dir(Path::new("d")).unwrap();
        assert_eq!(disk.crash(Fate::Lost).bytes(path), Some(Vec::new()));
        disk.rename(path, Path::new("d/g")).unwrap();
        assert_eq!(disk.crash(Fate::Lost).files(), [path]);
        assert_eq!(disk.crash(Fate::Kept).files(), [Path::new("d/g")]);
    }
}
