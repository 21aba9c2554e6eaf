//! [`Reader`]: the journal file from its header to its end, entry by entry, with every checksum and every link checked.
//!
//! Promises: what it gives was written and is whole. What follows the last whole entry is either the remains of the one group that was
//! being written (the end), or damage (an error that names file, offset and epoch). They are told apart by later frames: each says up to
//! where the file was synced when it was written, and what was synced cannot have been torn. Reads only.

use super::disk::DiskFile;
use super::error::JournalError;
use super::frame::{COMMIT, Chain, HEAD, HEADER, Head, Header, HeaderError, MARK};
use crate::limits::{JOURNAL_ENTRY_BYTES_MAX, JOURNAL_FRAME_BYTES_MAX, JOURNAL_READ_BYTES};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

pub struct Reader {
    window: Window,
    pub header: Header,
    /// End of the last whole entry or mark.
    pub good: u64,
    pub chain: Chain,
    /// Of the last whole entry.
    pub epoch: u64,
    /// Up to where a frame vouches that everything was synced.
    pub synced: u64,
    /// Nothing but a mark stands after the last entry: all of it is known to have been synced.
    pub marked: bool,
}

/// One entry as stored.
pub struct Stored {
    pub kind: u8,
    pub epoch: u64,
    pub body: Vec<u8>,
    pub offset: u64,
}

/// Why a frame could not be taken.
enum Bad {
    /// Broken or cut off at this offset: a crash can do this.
    Torn(u64),
    /// Whole, but not what may stand here: no crash does this.
    Wrong(u64, &'static str),
}

enum Next {
    Entry(Stored),
    Mark,
    End,
}

impl Reader {
    pub fn new(file: Box<dyn DiskFile>, path: &Path) -> Result<Reader, JournalError> {
        let mut window = Window::new(file, path)?;
        let first = window.len.min(HEADER as u64) as usize;
        let bytes = window.bytes(0, first)?.unwrap_or(&[]).to_vec();
        let header = Header::read(&bytes).map_err(|e| match e {
            HeaderError::NotAJournal => JournalError::NotAJournal { file: path.to_path_buf() },
            HeaderError::Newer(version) => JournalError::Newer { file: path.to_path_buf(), version },
            HeaderError::Damaged => damaged(path, 0, 0, "the header is not whole"),
        })?;
        let epoch = header.first_epoch.saturating_sub(1);
        Ok(Reader { window, header, good: HEADER as u64, synced: HEADER as u64, chain: header.chain(), epoch, marked: true })
    }

    pub fn path(&self) -> &Path {
        &self.window.path
    }

    /// Length of the file when reading began.
    pub fn len(&self) -> u64 {
        self.window.len
    }

    pub fn file(&mut self) -> &mut Box<dyn DiskFile> {
        &mut self.window.file
    }

    pub fn into_file(self) -> Box<dyn DiskFile> {
        self.window.file
    }

    /// The next whole entry, `None` at the end.
    pub fn entry(&mut self) -> Result<Option<Stored>, JournalError> {
        loop {
            match self.next()? {
                Ok(Next::Entry(stored)) => return Ok(Some(stored)),
                Ok(Next::Mark) => {}
                Ok(Next::End) => return Ok(None),
                Err(Bad::Wrong(at, what)) => return Err(self.damaged(at, what)),
                Err(Bad::Torn(at)) if self.was_synced(at)? => return Err(self.damaged(at, "bytes that were synced have changed")),
                Err(Bad::Torn(_)) => return Ok(None),
            }
        }
    }

    /// Damage at an offset inside the entry after the last whole one.
    pub fn damaged(&self, at: u64, what: &'static str) -> JournalError {
        damaged(self.path(), at, self.epoch + 1, what)
    }

    fn next(&mut self) -> Result<Result<Next, Bad>, JournalError> {
        let start = self.good;
        if start == self.window.len {
            return Ok(Ok(Next::End));
        }
        let mut hasher = Sha256::new();
        hasher.update(self.chain);
        let (mut body, mut at, mut kind) = (Vec::new(), start, None);
        loop {
            let (head, payload) = match self.frame(at)? {
                Ok(frame) => frame,
                Err(bad) => return Ok(Err(bad)),
            };
            let end = at + (HEAD + payload.len()) as u64;
            self.synced = self.synced.max(head.synced);
            match (head.kind, kind) {
                (MARK, None) if head.epoch == self.epoch && payload.is_empty() => {
                    (self.good, self.marked) = (end, true);
                    return Ok(Ok(Next::Mark));
                }
                (COMMIT, Some((kind, true))) if head.epoch == self.epoch + 1 => {
                    let link: Chain = hasher.finalize().into();
                    if *payload != link {
                        return Ok(Err(Bad::Wrong(at, "the chain of hashes is broken")));
                    }
                    (self.good, self.marked, self.chain, self.epoch) = (end, false, link, head.epoch);
                    return Ok(Ok(Next::Entry(Stored { kind, epoch: head.epoch, body, offset: start })));
                }
                (MARK | COMMIT, _) | (_, Some((_, true))) => return Ok(Err(Bad::Wrong(at, "a frame stands where it cannot"))),
                (_, Some((first, false))) if first != head.kind => return Ok(Err(Bad::Wrong(at, "an entry changes its kind"))),
                (_, _) if head.epoch != self.epoch + 1 => return Ok(Err(Bad::Wrong(at, "an epoch is out of order"))),
                (_, _) if body.len() + payload.len() > JOURNAL_ENTRY_BYTES_MAX => {
                    return Ok(Err(Bad::Wrong(at, "an entry is larger than it can be")));
                }
                (_, _) => {
                    hasher.update(head.bytes(self.header.salt));
                    hasher.update(&payload);
                    body.extend_from_slice(&payload);
                    kind = Some((head.kind, head.last));
                    at = end;
                }
            }
        }
    }

    /// Head and payload of the frame at an offset.
    fn frame(&mut self, at: u64) -> Result<Result<(Head, Vec<u8>), Bad>, JournalError> {
        let salt = self.header.salt;
        let Some(head) = self.window.bytes(at, HEAD)?.and_then(|bytes| Head::read(bytes, salt)) else {
            return Ok(Err(Bad::Torn(at)));
        };
        if head.synced > at {
            return Ok(Err(Bad::Wrong(at, "a frame claims that it was synced before it was written")));
        }
        let Some(payload) = self.window.bytes(at + HEAD as u64, head.len as usize)? else { return Ok(Err(Bad::Torn(at))) };
        if crc32fast::hash(payload) != head.payload_sum {
            return Ok(Err(Bad::Torn(at)));
        }
        Ok(Ok((head, payload.to_vec())))
    }

    /// Does any later frame say that the byte at `bad` was synced?
    fn was_synced(&mut self, bad: u64) -> Result<bool, JournalError> {
        let salt = self.header.salt;
        let mut at = bad + 1;
        while at + HEAD as u64 <= self.window.len {
            let n = (self.window.len - at).min(JOURNAL_READ_BYTES as u64) as usize;
            let Some(bytes) = self.window.bytes(at, n)? else { break };
            let says_so = |bytes: &[u8]| Head::read(bytes, salt).is_some_and(|head| head.synced > bad);
            if bytes.windows(HEAD).any(says_so) {
                return Ok(true);
            }
            at += (n - HEAD + 1) as u64;
        }
        Ok(false)
    }
}

fn damaged(path: &Path, offset: u64, epoch: u64, what: &'static str) -> JournalError {
    JournalError::Damaged { file: path.to_path_buf(), offset, epoch, what }
}

/// A part of the file in memory.
struct Window {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    len: u64,
    at: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn new(file: Box<dyn DiskFile>, path: &Path) -> Result<Window, JournalError> {
        let len = file.len().map_err(JournalError::io("read", path))?;
        Ok(Window { file, path: path.to_path_buf(), len, at: 0, bytes: Vec::new() })
    }

    /// `None` where the file ends before.
    fn bytes(&mut self, at: u64, n: usize) -> Result<Option<&[u8]>, JournalError> {
        debug_assert!(n <= JOURNAL_FRAME_BYTES_MAX.max(JOURNAL_READ_BYTES), "nothing larger than a frame or a step is asked for");
        if at + n as u64 > self.len {
            return Ok(None);
        }
        let inside = at >= self.at && at + n as u64 <= self.at + self.bytes.len() as u64;
        if !inside {
            let want = (self.len - at).min(n.max(JOURNAL_READ_BYTES) as u64) as usize;
            self.bytes.resize(want, 0);
            let read = self.file.read_at(at, &mut self.bytes).map_err(JournalError::io("read", &self.path))?;
            self.bytes.truncate(read);
            self.at = at;
        }
        let from = (at - self.at) as usize;
        Ok(self.bytes.get(from..from + n))
    }
}
