//! Keys: files of `keys/`, outside the journal, readable by their owner only.
//!
//! Promises: a key is durable before anybody gets it; a lost key is never replaced in silence once the journal holds something; a
//! damaged one is named. A sealing key is taken away by putting `seal-N.erased` in the place of `seal-N.key`: its cells then read as
//! erased, and new ones are sealed under the next number.

use super::disk::{Disk, make_dir_durable, read_whole, write_whole};
use super::error::JournalError;
use super::frame::HEADER;
use super::parts::{firsts, part_path};
use super::seal::Keyring;
use crate::limits::SEAL_KEYS_MAX;
use crate::types::Epoch;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

const MAGIC: [u8; 8] = *b"huiyanK\n";
const KEY_FILE: usize = 8 + 32 + 4;

fn key_path(dir: &Path, name: &str) -> PathBuf {
    dir.join("keys").join(format!("{name}.key"))
}

/// The key of this name in a data folder that is open (see [`super::open`]); made now if there is none and nothing was written yet.
/// Ask for every key before the first entry is appended.
pub fn open_key(disk: &dyn Disk, dir: &Path, name: &str) -> Result<[u8; 32], JournalError> {
    let file = key_path(dir, name);
    if let Some(key) = read_key(disk, dir, name)? {
        settle(disk, dir)?;
        return Ok(key);
    }
    if !journal_is_empty(disk, dir)? {
        return Err(JournalError::KeyMissing { file });
    }
    make_key(disk, dir, name)
}

/// The key of this name for somebody who only reads and cannot do without.
pub fn need_key(disk: &dyn Disk, dir: &Path, name: &str) -> Result<[u8; 32], JournalError> {
    read_key(disk, dir, name)?.ok_or_else(|| JournalError::KeyMissing { file: key_path(dir, name) })
}

/// Every key file in the folder, whole or not.
pub(super) fn all_keys(disk: &dyn Disk, dir: &Path) -> Result<Vec<Result<(), JournalError>>, JournalError> {
    let folder = dir.join("keys");
    let names = disk.list(&folder).map_err(JournalError::io("list", &folder))?;
    let keys = names.iter().filter_map(|name| name.strip_suffix(".key"));
    Ok(keys.map(|name| read_key(disk, dir, name).map(|_| ())).collect())
}

/// All sealing keys, a first one made if the journal is empty, a next one if the last was taken away.
pub(super) fn open_keyring(disk: &dyn Disk, dir: &Path, may_write: bool) -> Result<Keyring, JournalError> {
    let folder = dir.join("keys");
    let names = disk.list(&folder).map_err(JournalError::io("list", &folder))?;
    let mut keys = BTreeMap::new();
    for (id, name) in names.iter().filter_map(|name| Some((seal_number(name)?, name))) {
        if name.ends_with(".erased") {
            keys.insert(id, None);
        } else if let Some(key) = read_key(disk, dir, &seal_name(id))?
            && !names.contains(&format!("{}.erased", seal_name(id)))
        {
            keys.insert(id, Some(key));
        }
    }
    if may_write && !keys.is_empty() {
        settle(disk, dir)?;
    }
    let next = keys.keys().next_back().map_or(1, |last| last + 1);
    let lost = (1..next).find(|id| !keys.contains_key(id));
    let file = key_path(dir, &seal_name(lost.unwrap_or(1)));
    if lost.is_some() || (keys.is_empty() && !journal_is_empty(disk, dir)?) {
        return Err(JournalError::KeyMissing { file });
    }
    if let Some(back) = keys.range(..next.saturating_sub(1)).find(|(_, key)| key.is_some()).map(|(id, _)| *id) {
        return Err(JournalError::KeyBack { file: key_path(dir, &seal_name(back)) });
    }
    if keys.values().all(Option::is_none) {
        // A reader that may not write seals nothing, so its key is never used.
        let key = if may_write { make_key(disk, dir, &seal_name(next))? } else { [0; 32] };
        keys.insert(next, Some(key));
    }
    Keyring::new(keys).ok_or(JournalError::KeyMissing { file })
}

fn seal_name(id: u32) -> String {
    format!("seal-{id}")
}

fn seal_number(file: &str) -> Option<u32> {
    let stem = file.strip_suffix(".key").or_else(|| file.strip_suffix(".erased"))?;
    stem.strip_prefix("seal-")?.parse().ok().filter(|id| (1..=SEAL_KEYS_MAX).contains(id))
}

/// Is there no entry, not even part of one?
fn journal_is_empty(disk: &dyn Disk, dir: &Path) -> Result<bool, JournalError> {
    let firsts = firsts(disk, dir)?;
    // A later part begins only where entries are before it.
    if firsts.last().is_some_and(|last| *last > Epoch(1)) {
        return Ok(false);
    }
    let file = part_path(dir, Epoch(1));
    match disk.open(&file).and_then(|journal| journal.len()) {
        Ok(len) => Ok(len <= HEADER as u64),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(e) => Err(JournalError::io("read", &file)(e)),
    }
}

/// A key that is found may have been made by a process that died before its name was durable: it becomes so before it is used.
fn settle(disk: &dyn Disk, dir: &Path) -> Result<(), JournalError> {
    let folder = dir.join("keys");
    disk.sync_dir(&folder).map_err(JournalError::io("sync", &folder))
}

fn read_key(disk: &dyn Disk, dir: &Path, name: &str) -> Result<Option<[u8; 32]>, JournalError> {
    let file = key_path(dir, name);
    match read_whole(disk, &file, KEY_FILE) {
        Ok(bytes) => key_of(&bytes).map(Some).ok_or(JournalError::KeyDamaged { file }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == io::ErrorKind::FileTooLarge => Err(JournalError::KeyDamaged { file }),
        Err(e) => Err(JournalError::io("read", &file)(e)),
    }
}

fn make_key(disk: &dyn Disk, dir: &Path, name: &str) -> Result<[u8; 32], JournalError> {
    let (file, folder) = (key_path(dir, name), dir.join("keys"));
    let mut key = [0; 32];
    disk.random(&mut key).map_err(JournalError::io("make", &file))?;
    make_dir_durable(disk, &folder).map_err(JournalError::io("make", &folder))?;
    write_whole(disk, &file, &bytes_of(&key)).map_err(JournalError::io("write", &file))?;
    Ok(key)
}

fn bytes_of(key: &[u8; 32]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(key);
    let sum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

fn key_of(bytes: &[u8]) -> Option<[u8; 32]> {
    let key: [u8; 32] = *bytes.get(8..)?.first_chunk()?;
    (bytes == bytes_of(&key)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::disk::MemoryDisk;

    #[test]
    fn a_key_is_made_once_and_never_in_place_of_a_lost_one() {
        let (disk, dir) = (MemoryDisk::seeded(1), Path::new("data"));
        let key = open_key(&disk, dir, "position").unwrap();
        assert_eq!(open_key(&disk, dir, "position").unwrap(), key);
        assert_ne!(open_key(&disk, dir, "other").unwrap(), key);
        disk.put(&part_path(dir, Epoch(1)), &[0; HEADER + 1]);
        assert_eq!(open_key(&disk, dir, "position").unwrap(), key);
        assert!(matches!(open_key(&disk, dir, "third"), Err(JournalError::KeyMissing { .. })));
        assert!(matches!(open_keyring(&disk, dir, true), Err(JournalError::KeyMissing { .. })));
    }

    #[test]
    fn a_key_that_was_taken_away_does_not_come_back() {
        let (disk, dir) = (MemoryDisk::seeded(1), Path::new("data"));
        let (key, erased) = (key_path(dir, "seal-1"), key_path(dir, "seal-1").with_extension("erased"));
        assert_eq!(open_keyring(&disk, dir, true).map(|ring| ring.erased()).ok(), Some(0));
        let bytes = disk.bytes(&key).unwrap();
        disk.remove(&key).unwrap();
        disk.put(&erased, b"");
        disk.put(&part_path(dir, Epoch(1)), &[0; HEADER + 1]);
        assert_eq!(open_keyring(&disk, dir, true).map(|ring| ring.erased()).ok(), Some(1));
        disk.put(&key, &bytes);
        assert_eq!(open_keyring(&disk, dir, true).map(|ring| ring.erased()).ok(), Some(1), "the mark of the erasure counts");
        disk.remove(&erased).unwrap();
        // What is taken out from now on would be sealed under the next key, and no longer meet what came in under this one.
        assert!(matches!(open_keyring(&disk, dir, true), Err(JournalError::KeyBack { .. })));
    }

    #[test]
    fn q5_generations_of_a_key_are_counted_up_to_the_bound() {
        let of = |id: u32| seal_number(&format!("{}.key", seal_name(id)));
        assert_eq!((of(SEAL_KEYS_MAX), of(SEAL_KEYS_MAX + 1), of(0)), (Some(SEAL_KEYS_MAX), None, None));
    }

    #[test]
    fn a_touched_key_is_named() {
        let (disk, dir) = (MemoryDisk::seeded(1), Path::new("data"));
        open_key(&disk, dir, "position").unwrap();
        let path = key_path(dir, "position");
        let bytes = disk.bytes(&path).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut touched = bytes.clone();
            touched[bit / 8] ^= 1 << (bit % 8);
            disk.put(&path, &touched);
            assert!(matches!(open_key(&disk, dir, "position"), Err(JournalError::KeyDamaged { .. })), "bit {bit}");
        }
    }
}
