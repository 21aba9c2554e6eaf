//! The header of a snapshot: where in the past it stands, and what wrote it. Layout in `docs/format.md`, frozen with format version 1.

use crate::storage::frame::{CODEC, Chain, HASH, VERSION};
use crate::types::Epoch;

pub const MAGIC: [u8; 8] = *b"huiyanS\n";
pub const HEADER: usize = 256;
/// What of the engine version's name fits.
const ENGINE_MAX: usize = 50;

/// A sum of hashes over all rows of the outputs.
pub type Held = [u8; 32];

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SnapshotHeader {
    pub epoch: Epoch,
    /// When that epoch was, in microseconds since 1970.
    pub wall_us: i64,
    /// Sealing keys that were taken away before.
    pub erasures: u32,
    /// Link of the journal at that epoch, and of the hashes of results.
    pub chain: Chain,
    pub deltas: Chain,
    /// What an evaluation of the rows must give.
    pub held: Held,
    /// Rows of all relations, those that are set aside too.
    pub rows: u64,
    /// Name of the version that wrote it.
    pub engine: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderError {
    NotASnapshot,
    Newer(u16),
    Cut,
    Damaged,
}

impl SnapshotHeader {
    pub fn bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
        bytes[10] = CODEC;
        bytes[11] = HASH;
        bytes[12..16].copy_from_slice(&self.erasures.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.epoch.0.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.wall_us.to_le_bytes());
        bytes[32..64].copy_from_slice(&self.chain);
        bytes[64..96].copy_from_slice(&self.deltas);
        bytes[96..128].copy_from_slice(&self.held);
        bytes[128..136].copy_from_slice(&self.rows.to_le_bytes());
        let name = self.engine.as_bytes();
        let n = name.len().min(ENGINE_MAX);
        bytes[136..136 + n].copy_from_slice(&name[..n]);
        let sum = crc32fast::hash(&bytes[..HEADER - 4]);
        bytes[HEADER - 4..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    pub fn read(bytes: &[u8]) -> Result<SnapshotHeader, HeaderError> {
        let magic = bytes.get(..8).ok_or(HeaderError::Cut)?;
        if magic != MAGIC {
            return Err(HeaderError::NotASnapshot);
        }
        let version = bytes.get(8..10).and_then(|bytes| bytes.first_chunk()).map(|bytes| u16::from_le_bytes(*bytes));
        if let Some(version) = version.filter(|version| *version > VERSION) {
            return Err(HeaderError::Newer(version));
        }
        let bytes: &[u8; HEADER] = bytes.first_chunk().ok_or(HeaderError::Cut)?;
        let name = &bytes[136..136 + ENGINE_MAX];
        let name = &name[..name.iter().position(|byte| *byte == 0).unwrap_or(ENGINE_MAX)];
        let header = SnapshotHeader {
            erasures: u32::from_le_bytes(part(bytes, 12)),
            epoch: Epoch(u64::from_le_bytes(part(bytes, 16))),
            wall_us: i64::from_le_bytes(part(bytes, 24)),
            chain: part(bytes, 32),
            deltas: part(bytes, 64),
            held: part(bytes, 96),
            rows: u64::from_le_bytes(part(bytes, 128)),
            engine: String::from_utf8_lossy(name).into_owned(),
        };
        if header.bytes() == *bytes { Ok(header) } else { Err(HeaderError::Damaged) }
    }
}

fn part<const N: usize>(bytes: &[u8; HEADER], at: usize) -> [u8; N] {
    *bytes[at..].first_chunk().expect("the header is longer")
}

/// What stands before a section.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SectionHead {
    pub len: u32,
    pub kind: u8,
    /// From 0.
    pub number: u64,
    pub sum: u32,
}

pub const SECTION_HEAD: usize = 24;
/// The last section: a hash of all bytes before it.
pub const END: u8 = 255;

impl SectionHead {
    pub fn bytes(&self) -> [u8; SECTION_HEAD] {
        let mut bytes = [0; SECTION_HEAD];
        bytes[..4].copy_from_slice(&self.len.to_le_bytes());
        bytes[4] = self.kind;
        bytes[8..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.sum.to_le_bytes());
        let sum = crc32fast::hash(&bytes[..20]);
        bytes[20..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    pub fn read(bytes: &[u8; SECTION_HEAD]) -> Option<SectionHead> {
        let u32_at = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().expect("a head is longer"));
        let number = u64::from_le_bytes(*bytes[8..].first_chunk().expect("a head is longer"));
        let head = SectionHead { len: u32_at(0), kind: bytes[4], number, sum: u32_at(16) };
        (head.bytes() == *bytes).then_some(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> SnapshotHeader {
        SnapshotHeader {
            epoch: Epoch(7),
            wall_us: -2,
            erasures: 1,
            chain: [1; 32],
            deltas: [2; 32],
            held: [3; 32],
            rows: 9,
            engine: "0.1.0".to_string(),
        }
    }

    #[test]
    fn the_header_has_these_bytes_for_ever() {
        let mut expected = b"huiyanS\n\x01\x00\x01\x01\x01\0\0\0\x07\0\0\0\0\0\0\0".to_vec();
        expected.extend((-2i64).to_le_bytes());
        [1, 2, 3].into_iter().for_each(|byte| expected.extend([byte; 32]));
        expected.extend(b"\x09\0\0\0\0\0\0\x000.1.0");
        expected.resize(HEADER - 4, 0);
        expected.extend(crc32fast::hash(&expected).to_le_bytes());
        assert_eq!(header().bytes()[..], expected);
        assert_eq!(SnapshotHeader::read(&expected), Ok(header()));
    }

    #[test]
    fn every_touched_bit_of_header_and_head_is_seen() {
        let bytes = header().bytes();
        for bit in 0..HEADER * 8 {
            let mut touched = bytes;
            touched[bit / 8] ^= 1 << (bit % 8);
            assert!(SnapshotHeader::read(&touched).is_err(), "bit {bit}");
        }
        let head = SectionHead { len: 7, kind: 2, number: 3, sum: 9 };
        for bit in 0..SECTION_HEAD * 8 {
            let mut touched = head.bytes();
            touched[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SectionHead::read(&touched), None, "bit {bit}");
        }
        assert_eq!(SectionHead::read(&head.bytes()), Some(head));
    }

    #[test]
    fn a_newer_version_and_a_cut_one_are_told_from_damage() {
        let mut bytes = header().bytes();
        assert_eq!(SnapshotHeader::read(&bytes[..100]), Err(HeaderError::Cut));
        bytes[8] = 2;
        assert_eq!(SnapshotHeader::read(&bytes), Err(HeaderError::Newer(2)));
        assert_eq!(SnapshotHeader::read(b"something"), Err(HeaderError::NotASnapshot));
    }
}
