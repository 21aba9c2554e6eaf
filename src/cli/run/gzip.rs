//! Files in the form of gzip: fact files are unpacked, whatever they are called; outputs are packed where the program says so.
//!
//! A damaged file gives nothing: its length and its checksum must be right.

use crate::limits::MAX_UNPACKED_BYTES;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{self, BufWriter, Read, Write};

/// What a file in this form begins with: the third byte is the only method that there is.
const MAGIC: [u8; 3] = [0x1F, 0x8B, 8];

/// The bytes themselves, or what was packed in them. `None`: damaged, or more than may be unpacked.
pub(super) fn unpacked(bytes: Vec<u8>) -> Option<Vec<u8>> {
    if !bytes.starts_with(&MAGIC) {
        return Some(bytes);
    }
    let (mut out, mut rest) = (Vec::new(), bytes.as_slice());
    // Packed files one after the other are one; what else stands behind them does not count.
    while rest.starts_with(&MAGIC) {
        let room = MAX_UNPACKED_BYTES - out.len();
        let read = GzDecoder::new(&mut rest).take(room as u64 + 1).read_to_end(&mut out).ok()?;
        if read > room {
            return None;
        }
    }
    Some(out)
}

/// Writes what `write` writes in the form of gzip.
pub(super) fn pack<W: Write>(
    to: &mut W,
    write: impl FnOnce(&mut BufWriter<GzEncoder<&mut W>>) -> io::Result<()>,
) -> io::Result<()> {
    let mut packing = BufWriter::new(GzEncoder::new(to, Compression::default()));
    write(&mut packing)?;
    packing.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
    Ok(())
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
