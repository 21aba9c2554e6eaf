//! `file:` addresses of documents, and paths.

use std::path::{Component, Path, PathBuf};

/// The path of a document that is a file.
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    let coded = uri.strip_prefix("file://")?;
    let coded = &coded[coded.find('/')?..];
    let path = PathBuf::from(String::from_utf8(decoded(coded.as_bytes())).ok()?);
    Some(plain(&path))
}

fn decoded(coded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(coded.len());
    let mut at = 0;
    while at < coded.len() {
        let code = coded.get(at + 1..at + 3).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match code {
            Some(byte) if coded[at] == b'%' => {
                bytes.push(byte);
                at += 3;
            }
            _ => {
                bytes.push(coded[at]);
                at += 1;
            }
        }
    }
    bytes
}

/// The address of a file.
pub(super) fn of(path: &Path) -> String {
    let mut text = String::from("file://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => text.push(byte as char),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Without `.` and `..`, so that one file has one path.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_paths_and_back() {
        let path_of = Path::new("/规 则/a+b.dl");
        assert_eq!(of(path_of), "file:///%E8%A7%84%20%E5%88%99/a%2Bb.dl");
        assert_eq!(path(&of(path_of)).as_deref(), Some(path_of));
        assert_eq!(path("file://host/a/../b%2").as_deref(), Some(Path::new("/b%2")));
        for none in ["untitled:1", "file://", "file:///%FF", "%"] {
            assert_eq!(path(none), None, "{none}");
        }
    }
}
