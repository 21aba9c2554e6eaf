//! How a hash is told to people: by its beginning.

/// Bytes that are told: enough to tell two versions of a pack apart.
const TOLD: usize = 4;

/// The first eight digits, in lower case.
pub fn short_hash(hash: &[u8; 32]) -> String {
    hash[..TOLD].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_told() {
        let mut hash = [0xff; 32];
        (hash[0], hash[1], hash[2]) = (0xa1, 0x0b, 0);
        assert_eq!(short_hash(&hash), "a10b00ff");
    }
}
