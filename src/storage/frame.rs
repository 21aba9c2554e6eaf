//! The frame: what the journal file is made of, and the file's header. Layout in `docs/format.md`, frozen with format version 1.
//!
//! Promises: a head is taken for one only if its checksum, salted per file, is right, so that text sent from outside cannot pass for a
//! frame; a payload only if its own checksum is right too. Must not know what payloads mean.

use crate::limits::JOURNAL_FRAME_BYTES_MAX;
use sha2::{Digest, Sha256};

pub const MAGIC: [u8; 8] = *b"huiyanJ\n";
pub const VERSION: u16 = 1;
/// bincode 1.3.3, little endian, variable-length integers.
pub const CODEC: u8 = 1;
/// SHA-256.
pub const HASH: u8 = 1;

pub const HEADER: usize = 64;
pub const HEAD: usize = 32;

/// The chain so far has been hashed into this frame's payload; the entry counts from here.
pub const COMMIT: u8 = 254;
/// Everything before was synced. Holds nothing.
pub const MARK: u8 = 255;

/// A link of the chain.
pub type Chain = [u8; 32];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Random; checksums of heads begin from it.
    pub salt: u32,
    pub first_epoch: u64,
    /// Last link of the file before, zero for the first.
    pub before: Chain,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderError {
    NotAJournal,
    Newer(u16),
    Damaged,
}

impl Header {
    pub fn bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
        bytes[10] = CODEC;
        bytes[11] = HASH;
        bytes[12..16].copy_from_slice(&self.salt.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first_epoch.to_le_bytes());
        bytes[24..56].copy_from_slice(&self.before);
        let sum = crc32fast::hash(&bytes[..60]);
        bytes[60..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    pub fn read(bytes: &[u8]) -> Result<Header, HeaderError> {
        let magic = bytes.get(..8).ok_or(HeaderError::Damaged)?;
        if magic != MAGIC {
            return Err(HeaderError::NotAJournal);
        }
        let bytes: &[u8; HEADER] = bytes.first_chunk().ok_or(HeaderError::Damaged)?;
        // Magic and version stay where they are in every version to come; the rest may not.
        let version = u16::from_le_bytes([bytes[8], bytes[9]]);
        if version > VERSION {
            return Err(HeaderError::Newer(version));
        }
        let header = Header {
            salt: u32_at(bytes, 12),
            first_epoch: u64_at(bytes, 16),
            before: *bytes[24..].first_chunk().expect("the header is longer"),
        };
        if header.bytes() == *bytes { Ok(header) } else { Err(HeaderError::Damaged) }
    }

    /// The link that the first entry is chained to.
    pub fn chain(&self) -> Chain {
        Sha256::digest(self.bytes()).into()
    }
}

/// What stands before a payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    pub len: u32,
    pub kind: u8,
    /// The last frame of the body.
    pub last: bool,
    pub epoch: u64,
    /// Length of the file up to which everything was synced when this frame was written.
    pub synced: u64,
    pub payload_sum: u32,
}

impl Head {
    pub fn bytes(&self, salt: u32) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&self.len.to_le_bytes());
        bytes[4] = self.kind;
        bytes[5] = u8::from(self.last);
        bytes[8..16].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.synced.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.payload_sum.to_le_bytes());
        let sum = salted(salt, &bytes[..28]);
        bytes[28..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// `None` if these bytes are no head of this file.
    pub fn read(bytes: &[u8], salt: u32) -> Option<Head> {
        let bytes: &[u8; HEAD] = bytes.first_chunk()?;
        let plausible = bytes[5] <= 1 && bytes[6] == 0 && bytes[7] == 0 && u32_at(bytes, 0) as usize <= JOURNAL_FRAME_BYTES_MAX;
        if !plausible || u32_at(bytes, 28) != salted(salt, &bytes[..28]) {
            return None;
        }
        Some(Head {
            len: u32_at(bytes, 0),
            kind: bytes[4],
            last: bytes[5] == 1,
            epoch: u64_at(bytes, 8),
            synced: u64_at(bytes, 16),
            payload_sum: u32_at(bytes, 24),
        })
    }
}

fn salted(salt: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&salt.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(*bytes[at..].first_chunk().expect("four bytes are there"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(*bytes[at..].first_chunk().expect("eight bytes are there"))
}

/// Writes the frames of a group behind each other.
pub struct GroupWriter {
    salt: u32,
    synced: u64,
    pub bytes: Vec<u8>,
}

impl GroupWriter {
    pub fn new(salt: u32, synced: u64) -> GroupWriter {
        GroupWriter { salt, synced, bytes: Vec::new() }
    }

    fn frame(&mut self, kind: u8, last: bool, epoch: u64, payload: &[u8]) {
        let head = Head {
            len: u32::try_from(payload.len()).expect("a frame's payload has a small limit"),
            kind,
            last,
            epoch,
            synced: self.synced,
            payload_sum: crc32fast::hash(payload),
        };
        self.bytes.extend_from_slice(&head.bytes(self.salt));
        self.bytes.extend_from_slice(payload);
    }

    /// One entry and its commit frame; the new link of the chain.
    pub fn entry(&mut self, kind: u8, epoch: u64, body: &[u8], before: &Chain) -> Chain {
        let start = self.bytes.len();
        let mut parts = body.chunks(JOURNAL_FRAME_BYTES_MAX).peekable();
        while let Some(part) = parts.next() {
            self.frame(kind, parts.peek().is_none(), epoch, part);
        }
        let link = link(before, &self.bytes[start..]);
        self.frame(COMMIT, true, epoch, &link);
        link
    }

    pub fn mark(&mut self, epoch: u64) {
        self.frame(MARK, true, epoch, &[]);
    }
}

/// The next link: over the link before and the stored bytes of the entry's body frames, heads included.
pub fn link(before: &Chain, stored: &[u8]) -> Chain {
    let mut hasher = Sha256::new();
    hasher.update(before);
    hasher.update(stored);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER_OF_TEST: Header = Header { salt: 0x0403_0201, first_epoch: 1, before: [0; 32] };

    #[test]
    fn the_header_has_these_bytes_for_ever() {
        let bytes = HEADER_OF_TEST.bytes();
        let mut expected = b"huiyanJ\n\x01\x00\x01\x01\x01\x02\x03\x04\x01\0\0\0\0\0\0\0".to_vec();
        expected.extend([0; 36]);
        expected.extend(crc32fast::hash(&expected).to_le_bytes());
        assert_eq!(bytes[..], expected);
        assert_eq!(Header::read(&bytes), Ok(HEADER_OF_TEST));
    }

    #[test]
    fn every_touched_bit_of_header_and_head_is_seen() {
        let bytes = HEADER_OF_TEST.bytes();
        for bit in 0..HEADER * 8 {
            let mut touched = bytes;
            touched[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::read(&touched).is_err(), "bit {bit}");
        }
        let head = Head { len: 7, kind: 2, last: true, epoch: 3, synced: 64, payload_sum: 9 };
        let of = |len: usize| Head::read(&Head { len: len as u32, ..head }.bytes(5), 5).map(|head| head.len as usize);
        assert_eq!((of(JOURNAL_FRAME_BYTES_MAX), of(JOURNAL_FRAME_BYTES_MAX + 1)), (Some(JOURNAL_FRAME_BYTES_MAX), None));
        let bytes = head.bytes(5);
        assert_eq!(Head::read(&bytes, 5), Some(head));
        assert_eq!(Head::read(&bytes, 6), None);
        for bit in 0..HEAD * 8 {
            let mut touched = bytes;
            touched[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Head::read(&touched, 5), None, "bit {bit}");
        }
    }

    #[test]
    fn a_newer_version_is_not_taken_for_damage() {
        let mut bytes = HEADER_OF_TEST.bytes();
        bytes[8] = 2;
        assert_eq!(Header::read(&bytes), Err(HeaderError::Newer(2)));
        assert_eq!(Header::read(b"something"), Err(HeaderError::NotAJournal));
        assert_eq!(Header::read(&MAGIC), Err(HeaderError::Damaged));
    }
}
