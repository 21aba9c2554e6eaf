//! JSON as it was written: duplicate names kept, numbers in the widest kind that holds them, nesting bounded before anything is parsed.

use crate::limits::MAX_JSON_DEPTH;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// One JSON value, not yet judged.
#[derive(Clone, PartialEq, Debug)]
pub enum Raw {
    Null,
    Bool(bool),
    Int(i64),
    /// Above the largest `i64`.
    Unsigned(u64),
    /// Written with a fraction or an exponent, or too large for 64 bits.
    Float(f64),
    Text(String),
    List(Vec<Raw>),
    /// In written order, duplicates included.
    Object(Vec<(String, Raw)>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JsonError {
    #[error("not UTF-8")]
    NotUtf8,
    #[error("nested too deeply")]
    TooDeep,
    #[error("not one JSON value")]
    Syntax,
}

/// Exactly one value, with white space around it.
pub fn parse_json(bytes: &[u8]) -> Result<Raw, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|_| JsonError::NotUtf8)?;
    if depth_exceeds(bytes, MAX_JSON_DEPTH) {
        return Err(JsonError::TooDeep);
    }
    serde_json::from_str(text).map_err(|_| JsonError::Syntax)
}

/// Brackets outside strings, counted without recursion.
fn depth_exceeds(bytes: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Raw, D::Error> {
        from.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, x: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(x))
    }

    fn visit_i64<E>(self, x: i64) -> Result<Raw, E> {
        Ok(Raw::Int(x))
    }

    fn visit_u64<E>(self, x: u64) -> Result<Raw, E> {
        Ok(i64::try_from(x).map_or(Raw::Unsigned(x), Raw::Int))
    }

    fn visit_f64<E>(self, x: f64) -> Result<Raw, E> {
        Ok(Raw::Float(x))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_string()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Raw::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_outside_text_and_bounded() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse_json(nested(MAX_JSON_DEPTH).as_bytes()).is_ok());
        assert_eq!(parse_json(nested(MAX_JSON_DEPTH + 1).as_bytes()), Err(JsonError::TooDeep));
        assert_eq!(parse_json(nested(1_000_000).as_bytes()), Err(JsonError::TooDeep));
        let text = format!("\"{}\\\"{}\"", "[".repeat(100), "{".repeat(100));
        assert!(parse_json(text.as_bytes()).is_ok());
    }

    #[test]
    fn nothing_is_rounded_or_dropped() {
        let big = u64::MAX.to_string();
        assert_eq!(parse_json(big.as_bytes()), Ok(Raw::Unsigned(u64::MAX)));
        assert_eq!(parse_json(b"-9223372036854775808"), Ok(Raw::Int(i64::MIN)));
        assert_eq!(parse_json(b"1.0"), Ok(Raw::Float(1.0)));
        let twice = parse_json(br#"{"a":1,"a":2}"#);
        assert_eq!(twice, Ok(Raw::Object(vec![("a".into(), Raw::Int(1)), ("a".into(), Raw::Int(2))])));
        for bad in ["", "{} {}", "{\"a\":}", "nul"] {
            assert_eq!(parse_json(bad.as_bytes()), Err(JsonError::Syntax), "{bad}");
        }
        assert_eq!(parse_json(b"\"\xb0\xa1\""), Err(JsonError::NotUtf8));
    }
}
