//! [`CursorFile`]: where named readers are, in a file of its own, `cursors`: a log of what readers said, written anew when it is long.
//!
//! Promises: what `commit` returned `Ok` for is there after any crash; what it did not is there wholly or not at all. After a failed write
//! or sync the file is not written to again: the next commit puts a new one in its place. Damage to what was synced is told, never taken
//! for the remains of a crash. Must not know what filters mean, nor which position a reader may have. Layout in `docs/format.md`.

use super::codec::{from_bytes, to_bytes};
use super::disk::{Disk, DiskFile, read_whole, write_whole};
use super::frame::{HEAD, Head};
use crate::limits::{CURSORS_BYTES_MAX, CURSORS_SLACK_BYTES};
use crate::security::{Stamp, Timeline};
use crate::types::{Epoch, Said};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: [u8; 8] = *b"huiyanC\n";
/// Version 1 had no timelines: its places are kinds 1 and 2.
const VERSION: u16 = 2;
/// Magic, version, codec, zero, salt, checksum.
const HEADER: usize = 8 + 2 + 1 + 1 + 4 + 4;
/// Kinds of frames, frozen.
const PUT_BEFORE: u8 = 1;
const ACKNOWLEDGED_BEFORE: u8 = 2;
const GONE: u8 = 3;
const PUT: u8 = 4;
const ACKNOWLEDGED: u8 = 5;
/// Everything before was synced.
const MARK: u8 = 255;

/// Who named it, and how.
pub type CursorKey = (String, String);
/// A field and its values.
pub type FilterField = (String, Vec<String>);

/// A named reader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cursor {
    pub filter: Vec<FilterField>,
    /// It has everything up to here; `None`: nothing yet, so it begins with a snapshot.
    pub at: Option<Stamp>,
}

pub type Cursors = BTreeMap<CursorKey, Cursor>;

/// One thing that a reader said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CursorChange {
    Put(CursorKey, Cursor),
    Acknowledged(CursorKey, Stamp),
    Gone(CursorKey),
}

impl CursorChange {
    pub fn apply(self, cursors: &mut Cursors) {
        match self {
            CursorChange::Put(key, cursor) => drop(cursors.insert(key, cursor)),
            CursorChange::Acknowledged(key, at) => {
                if let Some(cursor) = cursors.get_mut(&key) {
                    cursor.at = Some(at);
                }
            }
            CursorChange::Gone(key) => drop(cursors.remove(&key)),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    #[error("cannot read or write {}: {source}", file.display())]
    Io { file: PathBuf, source: io::Error },
    #[error("{} is damaged at byte {offset}; it holds the places of named readers only and may be moved away: they then begin anew", file.display())]
    Damaged { file: PathBuf, offset: u64 },
    #[error("{} was written by a later huiyan", file.display())]
    Newer { file: PathBuf },
}

impl CursorError {
    /// For the person at the terminal.
    pub fn said(&self) -> Said {
        let zh = match self {
            CursorError::Io { file, source } => format!("无法读写 {}：{}", file.display(), Said::of_io(source).zh),
            CursorError::Damaged { file, offset } => {
                format!(
                    "{} 在第 {offset} 字节处已损坏；其中只有具名订阅的位置，可移走此文件，这些订阅随后重新开始",
                    file.display()
                )
            }
            CursorError::Newer { file } => format!("{} 由更新的慧眼写成", file.display()),
        };
        Said::new(self.to_string(), zh)
    }
}

/// What the file holds.
#[derive(Default)]
pub struct Places {
    pub cursors: Cursors,
    /// Where the remains of an unfinished commit begin, and how many bytes they have.
    pub ends: u64,
    pub unfinished: u64,
}

/// What a folder remembers of its readers, for who only looks; `None` if it has no such file.
pub fn places(disk: &dyn Disk, dir: &Path) -> Result<Option<Places>, CursorError> {
    let path = path(dir);
    match read_whole(disk, &path, CURSORS_BYTES_MAX) {
        Ok(bytes) => read(&bytes, &path).map(Some),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == io::ErrorKind::FileTooLarge => {
            Err(CursorError::Damaged { file: path, offset: CURSORS_BYTES_MAX as u64 })
        }
        Err(source) => Err(CursorError::Io { file: path, source }),
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join("cursors")
}

pub struct CursorFile {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    /// `None`: there is none, or it can no longer be trusted.
    file: Option<Open>,
}

/// A file whose every byte was synced.
struct Open {
    file: Box<dyn DiskFile>,
    salt: u32,
    len: u64,
    /// Of the next frame.
    number: u64,
    /// Beyond it the file is written anew.
    long: u64,
}

#[derive(Serialize, Deserialize)]
struct PutWire<'a> {
    speaker: &'a str,
    name: &'a str,
    #[serde(borrow)]
    filter: Vec<(&'a str, Vec<&'a str>)>,
    /// Epoch and timeline.
    at: Option<(u64, u32)>,
}

#[derive(Deserialize)]
struct PutBefore<'a> {
    speaker: &'a str,
    name: &'a str,
    #[serde(borrow)]
    filter: Vec<(&'a str, Vec<&'a str>)>,
    at: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct AcknowledgedWire<'a> {
    speaker: &'a str,
    name: &'a str,
    at: (u64, u32),
}

#[derive(Deserialize)]
struct AcknowledgedBefore<'a> {
    speaker: &'a str,
    name: &'a str,
    at: u64,
}

#[derive(Serialize, Deserialize)]
struct GoneWire<'a> {
    speaker: &'a str,
    name: &'a str,
}

impl CursorFile {
    /// What a data folder that is open remembers of its readers. A process that died may have left bytes that are on no medium, so what is
    /// found is written anew before anything is built on it.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path) -> Result<(CursorFile, Cursors), CursorError> {
        let found = places(&*disk, dir)?.unwrap_or_default();
        Ok((CursorFile { disk, path: path(dir), file: None }, found.cursors))
    }

    /// Makes changes durable that follow on what is there before.
    pub fn commit(&mut self, before: &Cursors, changes: &[CursorChange]) -> Result<(), CursorError> {
        let done = match self.file.take() {
            Some(open) if open.len <= open.long => open.append(changes),
            Some(_) | None => {
                let mut after = before.clone();
                changes.iter().cloned().for_each(|change| change.apply(&mut after));
                self.write_anew(&after)
            }
        };
        self.file = Some(done.map_err(|source| CursorError::Io { file: self.path.clone(), source })?);
        Ok(())
    }

    fn write_anew(&self, cursors: &Cursors) -> io::Result<Open> {
        let mut salt = [0; 4];
        self.disk.random(&mut salt)?;
        let salt = u32::from_le_bytes(salt);
        let mut bytes = header(VERSION, salt).to_vec();
        let mut number = 1;
        for (key, cursor) in cursors {
            let change = CursorChange::Put(key.clone(), cursor.clone());
            frame(&mut bytes, salt, number, 0, &change)?;
            number += 1;
        }
        // Vouches for all of the above, which is durable before its name is.
        let synced = bytes.len() as u64;
        bytes.extend_from_slice(&head(MARK, number, synced, &[]).bytes(salt));
        number += 1;
        write_whole(&*self.disk, &self.path, &bytes)?;
        let len = bytes.len() as u64;
        Ok(Open { file: self.disk.open(&self.path)?, salt, len, number, long: 2 * len + CURSORS_SLACK_BYTES })
    }
}

impl Open {
    /// The file is given back only if all of it is synced.
    fn append(mut self, changes: &[CursorChange]) -> io::Result<Open> {
        let mut bytes = Vec::new();
        for change in changes {
            frame(&mut bytes, self.salt, self.number, self.len, change)?;
            self.number += 1;
        }
        self.file.append(&bytes)?;
        self.file.sync()?;
        self.len += bytes.len() as u64;
        Ok(self)
    }
}

fn header(version: u16, salt: u32) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&version.to_le_bytes());
    bytes[10] = super::frame::CODEC;
    bytes[12..16].copy_from_slice(&salt.to_le_bytes());
    let sum = crc32fast::hash(&bytes[..16]);
    bytes[16..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn head(kind: u8, number: u64, synced: u64, payload: &[u8]) -> Head {
    let len = u32::try_from(payload.len()).expect("a reader's record has a small limit");
    Head { len, kind, last: true, epoch: number, synced, payload_sum: crc32fast::hash(payload) }
}

fn frame(bytes: &mut Vec<u8>, salt: u32, number: u64, synced: u64, change: &CursorChange) -> io::Result<()> {
    let (kind, payload) = match change {
        CursorChange::Put((speaker, name), Cursor { filter, at }) => {
            let filter = filter.iter().map(|(field, values)| (field.as_str(), values.iter().map(String::as_str).collect()));
            (PUT, to_bytes(&PutWire { speaker, name, filter: filter.collect(), at: at.map(numbers) }))
        }
        CursorChange::Acknowledged((speaker, name), at) => {
            (ACKNOWLEDGED, to_bytes(&AcknowledgedWire { speaker, name, at: numbers(*at) }))
        }
        CursorChange::Gone((speaker, name)) => (GONE, to_bytes(&GoneWire { speaker, name })),
    };
    let payload = payload.map_err(io::Error::other)?;
    bytes.extend_from_slice(&head(kind, number, synced, &payload).bytes(salt));
    bytes.extend_from_slice(&payload);
    Ok(())
}

/// What the log comes to. Behind the last whole frame there may be the remains of the one commit that was being written.
fn read(bytes: &[u8], path: &Path) -> Result<Places, CursorError> {
    let damaged = |offset: usize| CursorError::Damaged { file: path.to_path_buf(), offset: offset as u64 };
    let start: &[u8; HEADER] = bytes.first_chunk().ok_or(damaged(0))?;
    let version = u16::from_le_bytes([start[8], start[9]]);
    if start[..8] == MAGIC && version > VERSION {
        return Err(CursorError::Newer { file: path.to_path_buf() });
    }
    let salt = u32::from_le_bytes([start[12], start[13], start[14], start[15]]);
    if version == 0 || *start != header(version, salt) {
        return Err(damaged(0));
    }
    let (mut cursors, mut at, mut number) = (Cursors::new(), HEADER, 1);
    while at < bytes.len() {
        let Some((head, payload)) = whole_frame(&bytes[at..], salt) else {
            let vouched = |later: &[u8]| Head::read(later, salt).is_some_and(|head| head.synced > at as u64);
            // Who says that this was synced says that it has changed since.
            if bytes[at + 1..].windows(HEAD).any(vouched) {
                return Err(damaged(at));
            }
            break;
        };
        if head.epoch != number || head.synced > at as u64 {
            return Err(damaged(at));
        }
        match head.kind {
            MARK => {}
            kind => change(kind, payload).ok_or(damaged(at))?.apply(&mut cursors),
        }
        (at, number) = (at + HEAD + payload.len(), number + 1);
    }
    Ok(Places { cursors, ends: at as u64, unfinished: (bytes.len() - at) as u64 })
}

fn numbers(at: Stamp) -> (u64, u32) {
    (at.epoch.0, at.timeline.0)
}

fn stamp((epoch, timeline): (u64, u32)) -> Stamp {
    Stamp { epoch: Epoch(epoch), timeline: Timeline(timeline) }
}

/// A place that was kept when there were no timelines is of what was there before the first.
fn before_timelines(epoch: u64) -> Stamp {
    stamp((epoch, 0))
}

fn whole_frame(bytes: &[u8], salt: u32) -> Option<(Head, &[u8])> {
    let head = Head::read(bytes, salt)?;
    let payload = bytes.get(HEAD..HEAD + head.len as usize)?;
    (crc32fast::hash(payload) == head.payload_sum).then_some((head, payload))
}

fn change(kind: u8, payload: &[u8]) -> Option<CursorChange> {
    let key = |speaker: &str, name: &str| (speaker.to_string(), name.to_string());
    let cursor = |filter: Vec<(&str, Vec<&str>)>, at: Option<Stamp>| {
        let field = |(field, values): (&str, Vec<&str>)| (field.to_string(), values.into_iter().map(str::to_string).collect());
        Cursor { filter: filter.into_iter().map(field).collect(), at }
    };
    match kind {
        PUT => {
            let PutWire { speaker, name, filter, at } = from_bytes(payload).ok()?;
            Some(CursorChange::Put(key(speaker, name), cursor(filter, at.map(stamp))))
        }
        PUT_BEFORE => {
            let PutBefore { speaker, name, filter, at } = from_bytes(payload).ok()?;
            Some(CursorChange::Put(key(speaker, name), cursor(filter, at.map(before_timelines))))
        }
        ACKNOWLEDGED => {
            let AcknowledgedWire { speaker, name, at } = from_bytes(payload).ok()?;
            Some(CursorChange::Acknowledged(key(speaker, name), stamp(at)))
        }
        ACKNOWLEDGED_BEFORE => {
            let AcknowledgedBefore { speaker, name, at } = from_bytes(payload).ok()?;
            Some(CursorChange::Acknowledged(key(speaker, name), before_timelines(at)))
        }
        GONE => from_bytes(payload).ok().map(|GoneWire { speaker, name }| CursorChange::Gone(key(speaker, name))),
        _ => None,
    }
}
