//! Files in the form of gzip (RFC 1951, RFC 1952): fact files are unpacked, whatever they are called; what is written has the form, so that
//! every tool reads it, and is not made smaller.
//!
//! A damaged file gives nothing: its length and its checksum must be right.

use crate::limits::MAX_UNPACKED_BYTES;
use std::io::{self, BufWriter, Write};

/// What a file in this form begins with: the third byte is the only method that there is.
const MAGIC: [u8; 3] = [0x1F, 0x8B, 8];
/// The rest of the head: no name, no time, of an unknown system.
const HEAD_REST: [u8; 7] = [0, 0, 0, 0, 0, 0, 255];
/// An empty piece, as it is, and the last.
const LAST_PIECE: [u8; 5] = [1, 0, 0, 255, 255];
/// Bytes of a piece that is written: fewer than 65,536.
const PIECE_BYTES: usize = 32 << 10;

/// Bits of the longest code.
const CODE_BITS: usize = 15;
const LENGTH_BASE: [u16; 29] =
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS: [u8; 29] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const BACK_BASE: [u16; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
    12289, 16385, 24577,
];
/// The order in which the lengths of the codes for lengths stand.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The bytes themselves, or what was packed in them. `None`: damaged, or more than may be unpacked.
pub(super) fn unpacked(bytes: Vec<u8>) -> Option<Vec<u8>> {
    if !bytes.starts_with(&MAGIC) {
        return Some(bytes);
    }
    let (mut out, mut rest) = (Vec::new(), bytes.as_slice());
    // Packed files one after the other are one; what else stands behind them does not count.
    while rest.starts_with(&MAGIC) {
        rest = member(rest, &mut out)?;
    }
    Some(out)
}

fn member<'a>(bytes: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let body = &bytes[head(bytes)?..];
    let start = out.len();
    let mut bits = Bits { bytes: body, at: 0, held: 0, count: 0 };
    while !piece(&mut bits, out, start)? {}
    let (end, rest) = body.get(bits.at..)?.split_at_checked(8)?;
    let made = &out[start..];
    let right = [crc32fast::hash(made).to_le_bytes(), (made.len() as u32).to_le_bytes()].concat();
    (end == right).then_some(rest)
}

/// The length of the head.
fn head(bytes: &[u8]) -> Option<usize> {
    let (flags, mut at) = (*bytes.get(3)?, 10);
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    }
    for _ in 0..(flags >> 3 & 1) + (flags >> 4 & 1) {
        at += 1 + bytes.get(at..)?.iter().position(|byte| *byte == 0)?;
    }
    at += if flags & 2 != 0 { 2 } else { 0 };
    (at <= bytes.len()).then_some(at)
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u32,
    count: u32,
}

impl Bits<'_> {
    fn take(&mut self, wanted: u32) -> Option<usize> {
        while self.count < wanted {
            self.held |= u32::from(*self.bytes.get(self.at)?) << self.count;
            (self.at, self.count) = (self.at + 1, self.count + 8);
        }
        let taken = self.held & ((1 << wanted) - 1);
        (self.held, self.count) = (self.held >> wanted, self.count - wanted);
        Some(taken as usize)
    }
}

/// A canonical code: how many symbols have each length, and the symbols in order.
struct Code {
    counts: [u16; CODE_BITS + 1],
    symbols: Vec<u16>,
}

impl Code {
    /// `None` if there are more codes than bits for them.
    fn of(lengths: &[u8]) -> Option<Code> {
        let mut counts = [0; CODE_BITS + 1];
        lengths.iter().filter(|length| **length > 0).for_each(|length| counts[usize::from(*length)] += 1);
        let left = counts[1..].iter().try_fold(1_i32, |left, count| Some(left * 2 - i32::from(*count)).filter(|left| *left >= 0));
        left?;
        let mut symbols: Vec<u16> = (0..lengths.len() as u16).filter(|symbol| lengths[usize::from(*symbol)] > 0).collect();
        symbols.sort_by_key(|symbol| lengths[usize::from(*symbol)]);
        Some(Code { counts, symbols })
    }

    fn read(&self, bits: &mut Bits) -> Option<usize> {
        let (mut code, mut first, mut index) = (0_usize, 0, 0);
        for count in &self.counts[1..] {
            code |= bits.take(1)?;
            let count = usize::from(*count);
            if code < first + count {
                return Some(usize::from(self.symbols[index + code - first]));
            }
            (index, first, code) = (index + count, (first + count) << 1, code << 1);
        }
        None
    }
}

/// Unpacks one piece; true if it is the last.
fn piece(bits: &mut Bits, out: &mut Vec<u8>, start: usize) -> Option<bool> {
    let is_last = bits.take(1)? == 1;
    match bits.take(2)? {
        0 => as_it_is(bits, out)?,
        1 => {
            let lengths: Vec<u8> =
                (0..288).map(|i| [8, 9, 7, 8][[144, 256, 280].iter().filter(|end| i >= **end).count()]).collect();
            coded(bits, out, start, &Code::of(&lengths)?, &Code::of(&[5; 30])?)?;
        }
        2 => {
            let (literals, backs) = codes(bits)?;
            coded(bits, out, start, &literals, &backs)?;
        }
        _ => return None,
    }
    Some(is_last)
}

fn as_it_is(bits: &mut Bits, out: &mut Vec<u8>) -> Option<()> {
    (bits.held, bits.count) = (0, 0);
    let [a, b, c, d] = *bits.bytes.get(bits.at..)?.first_chunk()?;
    let length = u16::from_le_bytes([a, b]);
    let from = bits.at + 4;
    bits.at = from + usize::from(length);
    out.extend_from_slice(bits.bytes.get(from..bits.at)?);
    (length == !u16::from_le_bytes([c, d]) && out.len() <= MAX_UNPACKED_BYTES).then_some(())
}

/// The codes that a piece brings along.
fn codes(bits: &mut Bits) -> Option<(Code, Code)> {
    let (literals, backs, given) = (bits.take(5)? + 257, bits.take(5)? + 1, bits.take(4)? + 4);
    let mut lengths = vec![0; ORDER.len()];
    for at in &ORDER[..given] {
        lengths[*at] = bits.take(3)? as u8;
    }
    let of_lengths = Code::of(&lengths)?;
    let mut lengths = Vec::new();
    while lengths.len() < literals + backs {
        let (length, times) = match of_lengths.read(bits)? {
            16 => (*lengths.last()?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length as u8, 1),
        };
        lengths.resize(lengths.len() + times, length);
    }
    let (of_literals, of_backs) = lengths.split_at(literals);
    (lengths.len() == literals + backs).then_some((Code::of(of_literals)?, Code::of(of_backs)?))
}

/// Bytes, and lengths of what stood so far back, up to the sign that ends the piece.
fn coded(bits: &mut Bits, out: &mut Vec<u8>, start: usize, literals: &Code, backs: &Code) -> Option<()> {
    loop {
        if out.len() > MAX_UNPACKED_BYTES {
            return None;
        }
        match literals.read(bits)? {
            byte @ 0..256 => out.push(byte as u8),
            256 => return Some(()),
            symbol => {
                let of = symbol - 257;
                let length = usize::from(*LENGTH_BASE.get(of)?) + bits.take(u32::from(LENGTH_BITS[of]))?;
                let of = backs.read(bits)?;
                let back = usize::from(*BACK_BASE.get(of)?) + bits.take((of as u32 / 2).saturating_sub(1))?;
                if back > out.len() - start {
                    return None;
                }
                for _ in 0..length {
                    out.push(out[out.len() - back]);
                }
            }
        }
    }
}

/// Writes what `write` writes in the form of gzip.
pub(super) fn pack<W: Write>(to: &mut W, write: impl FnOnce(&mut BufWriter<Pieces<'_, W>>) -> io::Result<()>) -> io::Result<()> {
    to.write_all(&MAGIC)?;
    to.write_all(&HEAD_REST)?;
    let mut pieces = BufWriter::with_capacity(PIECE_BYTES, Pieces { to, sum: crc32fast::Hasher::new(), bytes: 0 });
    write(&mut pieces)?;
    let Pieces { to, sum, bytes } = pieces.into_inner().map_err(io::IntoInnerError::into_error)?;
    to.write_all(&LAST_PIECE)?;
    to.write_all(&sum.finalize().to_le_bytes())?;
    to.write_all(&bytes.to_le_bytes())
}

/// Each write becomes a piece.
pub(super) struct Pieces<'a, W> {
    to: &'a mut W,
    sum: crc32fast::Hasher,
    bytes: u32,
}

impl<W: Write> Write for Pieces<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = &bytes[..bytes.len().min(PIECE_BYTES)];
        let length = bytes.len() as u16;
        self.to.write_all(&[0])?;
        self.to.write_all(&length.to_le_bytes())?;
        self.to.write_all(&(!length).to_le_bytes())?;
        self.to.write_all(bytes)?;
        self.sum.update(bytes);
        self.bytes = self.bytes.wrapping_add(u32::from(length));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forty lines as `gzip` packs them, with codes of their own; and three lines with the codes that are fixed.
    const OWN_CODES: &str = "1f8b080000000000020335d0b1b143210c44d1f8df2a7e09480281ca71e0d0ee3fb466d897edc0a23368fc7d5f9ff7ffc06e30fc8649dc504c5d25eb265fe44d916cf58b73534eeaa663d8501193e0137b8c8d49d98ec9e92427fabda0ec5349b53051d16365ed81cb32c785adc08555e2c2e6c485557f58daecaeb4ea82b4d573a51d5c582e42986f42d83984b0d5eb13e64e083b45084b239e1df63061d6a70f96c4a3253fb9e2e266a7010000";
    const FIXED_CODES: &str = "1f8b080000000000020333e44ce432046223ce242e00a15e15930c000000";

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    fn forty() -> Vec<u8> {
        (0..40).map(|i| format!("{i}\tname {}\n", i * i % 97)).collect::<String>().into_bytes()
    }

    #[test]
    fn what_gzip_packed_is_unpacked_and_several_are_one() {
        let three = b"1\ta\n1\ta\n2\tb\n".to_vec();
        assert_eq!(unpacked(bytes(OWN_CODES)), Some(forty()));
        assert_eq!(unpacked(bytes(FIXED_CODES)), Some(three.clone()));
        let both = [bytes(FIXED_CODES), bytes(OWN_CODES), vec![0; 9]].concat();
        assert_eq!(unpacked(both), Some([three.clone(), forty()].concat()));
        assert_eq!(unpacked(three.clone()), Some(three));
        let mut named = bytes(FIXED_CODES);
        named[3] = 8 | 4;
        named.splice(10..10, *b"\x02\x00xya.facts\0");
        assert_eq!(unpacked(named), unpacked(bytes(FIXED_CODES)));
    }

    #[test]
    fn what_was_written_is_read_again() {
        for times in [0, 1, 100_000] {
            let text = "甲\t1\n".repeat(times).into_bytes();
            let mut file = Vec::new();
            pack(&mut file, |to| text.chunks(7).try_for_each(|part| to.write_all(part))).unwrap();
            assert!(unpacked(file) == Some(text), "{times}");
        }
    }

    #[test]
    fn damage_of_any_byte_and_any_cut_gives_nothing_and_ends() {
        for file in [bytes(OWN_CODES), bytes(FIXED_CODES)] {
            let whole = unpacked(file.clone());
            for at in 3..file.len() {
                assert_eq!(unpacked(file[..at].to_vec()), None, "cut at {at}");
                let mut other = file.clone();
                other[at] ^= 0x41;
                let found = unpacked(other);
                // Time and system do not count; a flag may only add to the head.
                assert!(found.is_none() || (4..10).contains(&at) && found == whole, "byte {at}");
            }
        }
    }
}
