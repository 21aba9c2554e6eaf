//! Sealing: cells of personal columns are encrypted under a key that lies outside the journal, so that taking the key away erases them.
//!
//! Promises: equal cells under one key have equal bytes, so that a row and its later withdrawal stay equal after erasure too; the nonce
//! is an HMAC of the cell, which a stream cipher with 192-bit nonces permits. Who has no key learns which cells are equal and what kind
//! they are, nothing else. A cell that does not authenticate is damage, never a value.

use super::cell::{Sealed, TEXT};
use crate::types::Value;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;

const NONCE: usize = 24;

/// What can open cells and what can make new ones.
#[derive(Clone)]
pub struct Keyring {
    sealers: BTreeMap<u32, Option<Sealer>>,
    current: u32,
    erased: u32,
    /// Without a key: every cell stays closed.
    closed: bool,
}

#[derive(Clone)]
struct Sealer {
    cipher: XChaCha20Poly1305,
    nonces: Hmac<Sha256>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    #[error("no key of this number was ever there")]
    UnknownKey,
    #[error("a sealed cell does not authenticate")]
    Damaged,
}

/// What a sealed cell says.
pub enum Opened {
    /// The encoded cell.
    Bytes(Vec<u8>),
    /// Its key was taken away.
    Erased(Value),
}

impl Keyring {
    /// `None` for a key that was taken away on purpose. New cells are sealed under the highest number that has a key.
    pub fn new(keys: BTreeMap<u32, Option<[u8; 32]>>) -> Option<Keyring> {
        let current = keys.iter().rev().find(|(_, key)| key.is_some()).map(|(id, _)| *id)?;
        let erased = keys.values().filter(|key| key.is_none()).count() as u32;
        let sealers = keys.into_iter().map(|(id, key)| (id, key.map(|key| Sealer::new(&key)))).collect();
        Some(Keyring { sealers, current, erased, closed: false })
    }

    /// Of somebody who has no keys and only reads: every sealed cell reads as after an erasure.
    pub fn closed() -> Keyring {
        Keyring { sealers: BTreeMap::new(), current: 0, erased: 0, closed: true }
    }

    /// How many keys were taken away.
    pub fn erased(&self) -> u32 {
        self.erased
    }

    /// Seals an encoded cell whose tag is `tag`.
    pub fn seal(&self, tag: u8, encoded: &[u8]) -> Sealed<'static> {
        let sealer = self.sealers[&self.current].as_ref().expect("the current key is there");
        let mut mac = sealer.nonces.clone();
        mac.update(encoded);
        let nonce = XNonce::clone_from_slice(&mac.finalize().into_bytes()[..NONCE]);
        let payload = Payload { msg: encoded, aad: &bound(tag, self.current) };
        let mut bytes = nonce.to_vec();
        bytes.extend(sealer.cipher.encrypt(&nonce, payload).expect("a cell is far smaller than the cipher's limit"));
        Sealed { tag, key: self.current, bytes: Cow::Owned(bytes) }
    }

    pub fn open(&self, sealed: &Sealed<'_>) -> Result<Opened, SealError> {
        if self.closed {
            return Ok(Opened::Erased(pseudonym(sealed)));
        }
        let Some(sealer) = self.sealers.get(&sealed.key).ok_or(SealError::UnknownKey)? else {
            return Ok(Opened::Erased(pseudonym(sealed)));
        };
        let (nonce, ciphertext) = sealed.bytes.split_at_checked(NONCE).ok_or(SealError::Damaged)?;
        let payload = Payload { msg: ciphertext, aad: &bound(sealed.tag, sealed.key) };
        sealer.cipher.decrypt(XNonce::from_slice(nonce), payload).map(Opened::Bytes).map_err(|_| SealError::Damaged)
    }
}

impl Sealer {
    fn new(key: &[u8; 32]) -> Sealer {
        let cipher_key = derive(key, b"huiyan cell cipher 1");
        Sealer { cipher: XChaCha20Poly1305::new((&cipher_key).into()), nonces: keyed(&derive(key, b"huiyan cell nonce 1")) }
    }
}

fn derive(key: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(purpose);
    mac.finalize().into_bytes().into()
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    hmac::KeyInit::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// What the authenticator covers beside the cell, so that neither tag nor key number can be changed.
fn bound(tag: u8, key: u32) -> [u8; 5] {
    let [a, b, c, d] = key.to_le_bytes();
    [tag, a, b, c, d]
}

const PSEUDONYM: &str = "erased:";
/// Of the hash: so many that no two cells ever get one name.
const PSEUDONYM_BYTES: usize = 16;

/// What stands for an erased cell: for text a name that is the same wherever the cell was the same; otherwise nothing. (Personal columns of
/// other kinds may be absent, so they are in no key.)
fn pseudonym(sealed: &Sealed<'_>) -> Value {
    if sealed.tag != TEXT {
        return Value::Absent;
    }
    let hash = Sha256::digest(&sealed.bytes);
    let hex: String = hash[..PSEUDONYM_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
    Value::symbol(&format!("{PSEUDONYM}{hex}"))
}

/// Is this the name of an erased cell? (Who sends such a text himself has sent nothing that is worth a seal.)
pub fn is_pseudonym(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix(PSEUDONYM).is_some_and(|name| name.len() == 2 * PSEUDONYM_BYTES && name.bytes().all(hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(keys: &[(u32, Option<u8>)]) -> Keyring {
        Keyring::new(keys.iter().map(|(id, fill)| (*id, fill.map(|f| [f; 32]))).collect()).unwrap()
    }

    fn plain(opened: Result<Opened, SealError>) -> Vec<u8> {
        match opened {
            Ok(Opened::Bytes(bytes)) => bytes,
            Ok(Opened::Erased(value)) => panic!("erased: {value}"),
            Err(e) => panic!("{e}"),
        }
    }

    #[test]
    fn a_cell_opens_under_its_own_key_only_and_not_when_touched() {
        let sealed = ring(&[(1, Some(5))]).seal(TEXT, b"6402991990");
        assert!(!sealed.bytes.windows(4).any(|w| w == b"6402"));
        assert_eq!(plain(ring(&[(1, Some(5)), (2, Some(6))]).open(&sealed)), b"6402991990");
        assert_eq!(ring(&[(1, Some(6))]).open(&sealed).err(), Some(SealError::Damaged));
        assert_eq!(ring(&[(2, Some(5))]).open(&sealed).err(), Some(SealError::UnknownKey));
        for bit in 0..sealed.bytes.len() * 8 {
            let mut touched = sealed.clone();
            touched.bytes.to_mut()[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(ring(&[(1, Some(5))]).open(&touched).err(), Some(SealError::Damaged), "bit {bit}");
        }
        let retagged = Sealed { tag: 1, ..sealed };
        assert_eq!(ring(&[(1, Some(5))]).open(&retagged).err(), Some(SealError::Damaged));
    }

    #[test]
    fn equal_cells_stay_equal_after_erasure_and_different_ones_different() {
        let before = ring(&[(1, Some(5))]);
        let after = ring(&[(1, None), (2, Some(6))]);
        let name = |text: &[u8]| match after.open(&before.seal(TEXT, text)) {
            Ok(Opened::Erased(value)) => value.to_string(),
            _ => panic!("still readable"),
        };
        assert_eq!(name(b"a"), name(b"a"));
        assert_ne!(name(b"a"), name(b"b"));
        assert!(is_pseudonym(&name(b"a")));
        assert!(!is_pseudonym("erased:") && !is_pseudonym(&name(b"a").to_uppercase()) && !is_pseudonym(&(name(b"a") + "0")));
        assert_eq!(after.seal(TEXT, b"x").key, 2);
        assert!(Keyring::new(BTreeMap::from([(1, None)])).is_none());
    }
}
