//! [`Positions`]: an epoch as the outside sees it. Opaque and keyed, because the bare number would tell one office how busy another is.
//!
//! Layout: version, key id, tag, number. The tag is a keyed hash over version, key id and number; the number is masked with a hash of the
//! tag (the construction of SIV). So one epoch has one text, and a text that this folder's key did not make is nothing.

use super::{Secret, base64url};
use crate::types::Epoch;

const VERSION: u8 = 1;
const TAG: usize = 16;
const LENGTH: usize = 2 + TAG + 8;

/// Encodes and decodes positions under the data folder's key.
#[derive(Clone, Debug)]
pub struct Positions {
    key_id: u8,
    tags: Secret,
    masks: Secret,
}

impl Positions {
    pub fn new(secret: &Secret, key_id: u8) -> Positions {
        Positions { key_id, tags: secret.derive("position tag"), masks: secret.derive("position mask") }
    }

    pub fn encode(&self, epoch: Epoch) -> String {
        let number = epoch.0.to_be_bytes();
        let tag = self.tag(number);
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend_from_slice(&[VERSION, self.key_id]);
        bytes.extend_from_slice(&tag);
        bytes.extend_from_slice(&self.masked(&tag, number));
        base64url::encode(&bytes)
    }

    /// `None` for anything that `encode` with this key did not write.
    pub fn decode(&self, text: &str) -> Option<Epoch> {
        // Longer text cannot be a position; it is not even read.
        if text.len() > LENGTH * 2 {
            return None;
        }
        let bytes: [u8; LENGTH] = base64url::decode(text)?.try_into().ok()?;
        let tag: [u8; TAG] = bytes[2..2 + TAG].try_into().ok()?;
        let masked: [u8; 8] = bytes[2 + TAG..].try_into().ok()?;
        let number = self.masked(&tag, masked);
        let known = bytes[..2] == [VERSION, self.key_id] && same(&self.tag(number), &tag);
        known.then(|| Epoch(u64::from_be_bytes(number)))
    }

    fn tag(&self, number: [u8; 8]) -> [u8; TAG] {
        self.tags.mac128(&[&[VERSION, self.key_id], &number])
    }

    fn masked(&self, tag: &[u8; TAG], number: [u8; 8]) -> [u8; 8] {
        let mask = self.masks.mac128(&[tag]);
        std::array::from_fn(|i| number[i] ^ mask[i])
    }
}

/// Takes the same time wherever the first difference is.
fn same(a: &[u8; TAG], b: &[u8; TAG]) -> bool {
    a.iter().zip(b).fold(0, |all, (x, y)| all | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(key: u8, id: u8) -> Positions {
        Positions::new(&Secret::new([key; 32]), id)
    }

    #[test]
    fn an_epoch_comes_back_and_looks_like_nothing() {
        let p = positions(1, 0);
        let texts: Vec<String> = (0..300).map(|n| p.encode(Epoch(n))).collect();
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(p.decode(text), Some(Epoch(n as u64)));
        }
        assert_eq!(p.decode(&p.encode(Epoch(u64::MAX))), Some(Epoch(u64::MAX)));
        // Neighbours share version and key id (the first 2 bytes) and no more than chance allows.
        let shared = texts[41].bytes().zip(texts[42].bytes()).take_while(|(a, b)| a == b).count();
        assert!(shared < 8, "{} {}", texts[41], texts[42]);
    }

    #[test]
    fn a_changed_text_or_another_key_is_no_position() {
        let p = positions(1, 0);
        let bytes = base64url::decode(&p.encode(Epoch(7))).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(p.decode(&base64url::encode(&bad)), None, "bit {bit}");
        }
        assert_eq!(positions(2, 0).decode(&p.encode(Epoch(7))), None);
        assert_eq!(positions(1, 1).decode(&p.encode(Epoch(7))), None);
        for bad in ["", "7", "吴", &"A".repeat(10_000)] {
            assert_eq!(p.decode(bad), None);
        }
    }
}
