//! Files of refused records: what stands beside each record, and how it is taken off again when the mended file is pushed.
//!
//! In CSV four columns stand before those that were sent; in a file of JSON lines the line that was sent stands last in an object.

use super::plan::BYTE_ORDER_MARK;
use super::records::{Ends, Records};
use crate::types::Lang;
use encoding_rs::Encoding;

/// Line, code, column, and sentence.
const COLUMNS: usize = 4;
const HEAD_EN: &str = "huiyan_line,huiyan_code,huiyan_column,huiyan_message";
const HEAD_ZH: &str = "慧眼行号,慧眼代码,慧眼列,慧眼原因";
/// Before and after the line that was sent.
pub const JSON_BEGIN: &str = "{\"huiyan_line\":";
pub const JSON_SENT: &str = ",\"sent\":";

/// The columns that stand first in a file of refused records.
pub fn columns(lang: Lang) -> &'static str {
    match lang {
        Lang::En => HEAD_EN,
        Lang::Zh => HEAD_ZH,
    }
}

/// Is it the header of a file of refused records, perhaps saved again by a spreadsheet?
pub fn is_head(head: &[u8], charset: &'static Encoding) -> bool {
    let (text, _, _) = charset.decode(head);
    let mut names = text.trim_start().split(',').map(|name| name.trim_matches('"'));
    let first = [HEAD_EN, HEAD_ZH].map(|head| head.split(',').next());
    first.contains(&names.next())
}

/// Records as they were sent, without what was set beside them.
pub fn plain(text: &[u8], is_csv: bool) -> Vec<u8> {
    if is_csv { plain_csv(text) } else { plain_json(text) }
}

/// CSV without the columns that were set before it. Line ends stay, so that lines can be counted.
fn plain_csv(text: &[u8]) -> Vec<u8> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut records = Records::new(true);
    let mut cells = 0;
    let mut plain = Vec::with_capacity(text.len());
    for &byte in text {
        let ends = records.step(byte);
        if cells >= COLUMNS || byte == b'\n' {
            plain.push(byte);
        }
        match ends {
            Ends::Nothing => {}
            Ends::Cell => cells += 1,
            Ends::Record => cells = 0,
        }
    }
    plain
}

/// JSON lines without what was set around them; other lines stay as they are.
fn plain_json(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        plain.extend_from_slice(sent(line).unwrap_or(line.trim_ascii_end()));
        if line.ends_with(b"\n") {
            plain.push(b'\n');
        }
    }
    plain
}

/// The line that was sent. What stands before it is ours: no text in it holds a bare quotation mark.
fn sent(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii();
    let inner = line.strip_prefix(JSON_BEGIN.as_bytes())?.strip_suffix(b"}")?;
    let at = inner.windows(JSON_SENT.len()).position(|window| window == JSON_SENT.as_bytes())?;
    Some(&inner[at + JSON_SENT.len()..])
}

/// Is it a file of refused lines?
pub fn is_json(first: &[u8]) -> bool {
    first.strip_prefix(BYTE_ORDER_MARK).unwrap_or(first).trim_ascii_start().starts_with(JSON_BEGIN.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_beside_a_record_is_taken_off() {
        let text = "\u{feff}huiyan_line,huiyan_code,huiyan_column,huiyan_message,a,b\r\n7,x,\"a,b\",\"no, \"\"not\"\" so\",\"1\n2\",3\r\n\n8,,,,4\n";
        assert_eq!(String::from_utf8(plain_csv(text.as_bytes())).unwrap(), "a,b\r\n\"1\n2\",3\r\n\n4\n");
        let lines = "{\"huiyan_line\":7,\"refused\":[{\"message\":\"a \\\"b\\\"\"}],\"sent\":{\"a\":{}}}\n{\"b\":1}\n";
        assert_eq!(String::from_utf8(plain_json(lines.as_bytes())).unwrap(), "{\"a\":{}}\n{\"b\":1}\n");
    }

    #[test]
    fn a_file_of_refused_records_is_known_in_both_languages_and_charsets() {
        for lang in [Lang::En, Lang::Zh] {
            let head = format!("{},a,b", columns(lang));
            assert_eq!(columns(lang).split(',').count(), COLUMNS);
            assert!(is_head(format!("\u{feff}{head}").as_bytes(), encoding_rs::UTF_8));
            assert!(is_head(&encoding_rs::GB18030.encode(&head).0, encoding_rs::GB18030));
        }
        assert!(!is_head(b"a,b,huiyan_line", encoding_rs::UTF_8));
        assert!(is_json(b"{\"huiyan_line\":1") && !is_json(b"{\"relation\":1"));
    }
}
