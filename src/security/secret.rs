//! [`Secret`]: a key, and what is made with it: other keys and keyed hashes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// 256 bits that never show themselves.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    pub fn new(bytes: [u8; 32]) -> Secret {
        Secret(bytes)
    }

    /// A key of its own for each purpose, so that no output of one use helps with another.
    pub fn derive(&self, purpose: &str) -> Secret {
        Secret(self.mac(&[b"huiyan key", purpose.as_bytes()]))
    }

    /// HMAC-SHA256 over the parts, each with its length before it: no two lists of parts hash as the same bytes.
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The first 128 bits of [`Secret::mac`].
    pub fn mac128(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut short = [0; 16];
        short.copy_from_slice(&self.mac(parts)[..16]);
        short
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_the_one_of_rfc_4231_and_parts_do_not_run_together() {
        // Test case 2 of RFC 4231 has the key "Jefe", which is no key of ours; so the check is by an independent construction.
        let key = [7u8; 32];
        let inner_pad = key.map(|b| b ^ 0x36);
        let outer_pad = key.map(|b| b ^ 0x5c);
        let hash = |parts: &[&[u8]]| -> Vec<u8> {
            use sha2::Digest;
            let mut hasher = Sha256::new();
            parts.iter().for_each(|p| hasher.update(p));
            hasher.finalize().to_vec()
        };
        let inner = hash(&[&inner_pad, &[0x36; 32], &2u64.to_be_bytes(), b"ab"]);
        let outer = hash(&[&outer_pad, &[0x5c; 32], &inner]);
        let secret = Secret::new(key);
        assert_eq!(secret.mac(&[b"ab"]).to_vec(), outer);
        assert_ne!(secret.mac(&[b"a", b"b"]), secret.mac(&[b"ab"]));
        assert_ne!(secret.derive("x").mac(&[b"ab"]), secret.derive("y").mac(&[b"ab"]));
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
