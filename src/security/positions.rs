//! [`Positions`]: an epoch as the outside sees it. Opaque and keyed, because the bare number would tell one office how busy another is.
//!
//! Layout: version, key id, tag, number and timeline. The tag is a keyed hash over version, key id, number and timeline; these two are masked
//! with a hash of the tag (the construction of SIV). So one epoch of one history has one text, and a text that this folder's key did not
//! make is nothing.

use super::{Secret, Stamp, Timeline, Timelines, base64url};
use crate::types::Epoch;
use std::sync::Arc;

const VERSION: u8 = 2;
const TAG: usize = 16;
/// Number and timeline.
const BODY: usize = 8 + 4;
const LENGTH: usize = 2 + TAG + BODY;

/// Encodes and decodes positions under the data folder's key.
#[derive(Clone, Debug)]
pub struct Positions {
    key_id: u8,
    tags: Secret,
    masks: Secret,
    timelines: Arc<Timelines>,
}

impl Positions {
    pub fn new(secret: &Secret, key_id: u8, timelines: Arc<Timelines>) -> Positions {
        Positions { key_id, tags: secret.derive("position tag"), masks: secret.derive("position mask"), timelines }
    }

    pub fn timelines(&self) -> &Arc<Timelines> {
        &self.timelines
    }

    /// Of an epoch of the present history.
    pub fn encode(&self, epoch: Epoch) -> String {
        self.encode_stamp(self.timelines.stamp(epoch))
    }

    /// Of whichever history: as it was given out then.
    pub fn encode_stamp(&self, stamp: Stamp) -> String {
        let mut body = [0; BODY];
        body[..8].copy_from_slice(&stamp.epoch.0.to_be_bytes());
        body[8..].copy_from_slice(&stamp.timeline.0.to_be_bytes());
        let tag = self.tag(&body);
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend_from_slice(&[VERSION, self.key_id]);
        bytes.extend_from_slice(&tag);
        bytes.extend_from_slice(&self.masked(&tag, body));
        base64url::encode(&bytes)
    }

    /// `None` for anything that was not written with this key. Whether it is of the present history is another question.
    pub fn decode(&self, text: &str) -> Option<Stamp> {
        // Longer text cannot be a position; it is not even read.
        if text.len() > LENGTH * 2 {
            return None;
        }
        let bytes: [u8; LENGTH] = base64url::decode(text)?.try_into().ok()?;
        let tag: [u8; TAG] = bytes[2..2 + TAG].try_into().ok()?;
        let masked: [u8; BODY] = bytes[2 + TAG..].try_into().ok()?;
        let body = self.masked(&tag, masked);
        let known = bytes[..2] == [VERSION, self.key_id] && same(&self.tag(&body), &tag);
        let (number, timeline) = (body[..8].try_into().ok()?, body[8..].try_into().ok()?);
        let stamp = Stamp { epoch: Epoch(u64::from_be_bytes(number)), timeline: Timeline(u32::from_be_bytes(timeline)) };
        known.then_some(stamp)
    }

    fn tag(&self, body: &[u8; BODY]) -> [u8; TAG] {
        self.tags.mac128(&[&[VERSION, self.key_id], body])
    }

    fn masked(&self, tag: &[u8; TAG], body: [u8; BODY]) -> [u8; BODY] {
        let mask = self.masks.mac128(&[tag]);
        std::array::from_fn(|i| body[i] ^ mask[i])
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
        Positions::new(&Secret::new([key; 32]), id, Arc::default())
    }

    fn epoch(p: &Positions, text: &str) -> Option<Epoch> {
        p.decode(text).filter(|stamp| p.timelines().has(*stamp)).map(|stamp| stamp.epoch)
    }

    #[test]
    fn an_epoch_comes_back_and_looks_like_nothing() {
        let p = positions(1, 0);
        let texts: Vec<String> = (0..300).map(|n| p.encode(Epoch(n))).collect();
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(epoch(&p, text), Some(Epoch(n as u64)));
        }
        assert_eq!(epoch(&p, &p.encode(Epoch(u64::MAX))), Some(Epoch(u64::MAX)));
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

    #[test]
    fn an_epoch_of_another_history_has_another_text_and_is_told_apart() {
        let (here, there) = (positions(1, 0), positions(1, 0));
        here.timelines().begin(Epoch(5), Timeline(1));
        there.timelines().begin(Epoch(5), Timeline(2));
        assert_eq!(here.encode(Epoch(4)), there.encode(Epoch(4)));
        let lost = there.encode(Epoch(5));
        let stamp = Stamp { epoch: Epoch(5), timeline: Timeline(2) };
        assert_eq!((here.decode(&lost), epoch(&here, &lost), epoch(&there, &lost)), (Some(stamp), None, Some(Epoch(5))));
        assert_eq!(here.encode_stamp(stamp), lost);
    }
}
