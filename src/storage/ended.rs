//! [`Ended`]: the parts of the journal before the present one, as places where entries can be read again.
//!
//! Promises: a part is opened when it is asked for, one at a time; one that was not read at the start is looked through once, with every
//! checksum and link, when the first of its entries is asked for. A part that is not there any more is said to be archived, by name.

use super::disk::{Disk, DiskFile};
use super::entry::Entry;
use super::error::JournalError;
use super::parts::{self, Part, part_path};
use super::past::{EndedPart, Past, Read};
use super::seal::Keyring;
use crate::types::Epoch;
use std::collections::{BTreeMap, btree_map};
use std::path::Path;

#[derive(Default)]
pub struct Ended {
    /// Those that were looked through, by their first epoch.
    parts: BTreeMap<Epoch, EndedPart>,
    /// The one that was asked for last.
    open: Option<(Epoch, Box<dyn DiskFile>)>,
}

impl Ended {
    pub fn of(parts: BTreeMap<Epoch, EndedPart>) -> Ended {
        Ended { parts, open: None }
    }

    pub fn insert(&mut self, first: Epoch, part: EndedPart) {
        self.parts.insert(first, part);
    }

    /// Reads one entry again.
    pub fn entry(&mut self, disk: &dyn Disk, dir: &Path, keys: &Keyring, epoch: Epoch) -> Result<Entry, JournalError> {
        let first = self.part_of(disk, dir, keys, epoch)?;
        let path = part_path(dir, first);
        let file = match self.open.take().filter(|(of, _)| *of == first) {
            Some((_, file)) => file,
            None => disk.open(&path).map_err(JournalError::io("open", &path)).map_err(|error| archived(error, &path, epoch))?,
        };
        let part = &self.parts[&first];
        let entry = part.index.read(&*file, &path, part.salt, keys, epoch);
        // One that cannot be read may be replaced by a whole one, which is another file.
        self.open = entry.is_ok().then_some((first, file));
        entry
    }

    /// The first epoch of the part that holds this one.
    fn part_of(&mut self, disk: &dyn Disk, dir: &Path, keys: &Keyring, epoch: Epoch) -> Result<Epoch, JournalError> {
        if let Some((first, part)) = self.parts.range(..=epoch).next_back()
            && epoch <= part.last
        {
            return Ok(*first);
        }
        let firsts = parts::firsts(disk, dir)?;
        let not_there = |first| JournalError::Archived { file: part_path(dir, first), epoch: epoch.0 };
        let first = firsts.iter().rev().find(|first| **first <= epoch).copied().ok_or_else(|| not_there(Epoch(1)))?;
        let last = match self.parts.entry(first) {
            btree_map::Entry::Occupied(known) => known.get().last,
            btree_map::Entry::Vacant(place) => {
                let part = look_through(disk, dir, keys, first, &firsts);
                place.insert(part.map_err(|error| archived(error, &part_path(dir, first), epoch))?).last
            }
        };
        // It ends before: the one that follows it is the one that is gone.
        if epoch <= last { Ok(first) } else { Err(not_there(last.next())) }
    }
}

/// Reads a part that others follow.
fn look_through(disk: &dyn Disk, dir: &Path, keys: &Keyring, first: Epoch, all: &[Epoch]) -> Result<EndedPart, JournalError> {
    let part = Part { first, path: part_path(dir, first), bytes: 0, aside: None };
    let mut past = Past::open(disk, keys, vec![part], None)?;
    while past.next_outline()?.is_some() {}
    let (last, Read { reader, index, .. }) = (past.epoch(), past.into_read());
    parts::check_ended(&reader)?;
    if all.contains(&last.next()) {
        parts::check_follows(&reader, &parts::read(disk, &part_path(dir, last.next()), last.next())?)?;
    }
    Ok(EndedPart { last, salt: reader.header.salt, index })
}

fn archived(error: JournalError, file: &Path, epoch: Epoch) -> JournalError {
    if parts::is_gone(&error) { JournalError::Archived { file: file.to_path_buf(), epoch: epoch.0 } } else { error }
}
