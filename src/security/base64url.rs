//! Bytes as text that may stand in a URL, a header or a file name: base64url without padding (RFC 4648, section 5).

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut word = [0u8; 4];
        word[1..1 + chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        for place in 0..=chunk.len() {
            text.push(char::from(LETTERS[(word >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

/// Exactly what `encode` writes, and nothing else: one text for each value.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        if chunk.len() == 1 {
            return None;
        }
        let mut word = 0u32;
        for (place, letter) in chunk.iter().enumerate() {
            let six = LETTERS.iter().position(|l| l == letter)? as u32;
            word |= six << (18 - 6 * place);
        }
        let [_, a, b, c] = word.to_be_bytes();
        bytes.extend_from_slice(&[a, b, c][..chunk.len() - 1]);
    }
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back_and_only_one_spelling_is_read() {
        let bytes: Vec<u8> = (0u8..=255).rev().collect();
        for n in 0..40 {
            let text = encode(&bytes[..n]);
            assert_eq!(decode(&text).as_deref(), Some(&bytes[..n]), "{n}");
        }
        assert_eq!(encode(&[0xfb, 0xff, 0xfe]), "-__-");
        assert_eq!(decode("AA"), Some(vec![0]));
        for bad in ["A", "AB", "AA==", "AA A", "A+AA", "吴吴"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
