//! Which charset a file is in: what its sender says, what its beginning shows, and GB18030 read as a stream.
//!
//! Promises: what comes out is UTF-8 with the same line ends at the same places, and without the mark that some programs put before it. Bytes
//! that are no character come out as [`NO_CHARACTER`], which no text holds, so that they are found on their line and in their column; never as
//! a replacement character. Must not know lines, columns or relations.

use super::intake::IngestError;
use crate::limits::SNIFFED_BYTES;
use crate::types::Said;
use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, GBK, UTF_8};
use std::io::{self, Cursor, Read};

/// Stands where bytes of the file are no character.
const NO_CHARACTER: u8 = 0xff;

/// What is decoded at once.
const RAW_BYTES: usize = 8 << 10;

const MARK_OF_UTF_8: &[u8] = b"\xef\xbb\xbf";
const MARK_OF_GB18030: &[u8] = b"\x84\x31\x95\x33";

/// A charset that is read here.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Charset {
    #[default]
    Utf8,
    /// And its older parts GBK and GB2312, which it contains.
    Gb18030,
}

impl Charset {
    /// Those that can be said, for whoever said another.
    pub const KNOWN: &str = "utf-8, gb18030, gbk, gb2312";

    /// By a label of `Content-Type`, in any case.
    pub fn named(label: &str) -> Option<Charset> {
        let windows = ["cp936", "ms936", "windows-936"];
        if windows.contains(&label.to_ascii_lowercase().as_str()) {
            return Some(Charset::Gb18030);
        }
        match Encoding::for_label(label.as_bytes())? {
            found if found == UTF_8 => Some(Charset::Utf8),
            found if found == GB18030 || found == GBK => Some(Charset::Gb18030),
            _ => None,
        }
    }
}

/// What a file seems to be that is not what its sender says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Looks {
    Utf8,
    Gb18030,
    Utf16,
    Workbook,
}

impl Looks {
    /// A stable code, and what to do.
    pub fn told(self) -> (&'static str, Said) {
        match self {
            Looks::Utf8 => (
                "looks-like-utf8",
                Said::new(
                    "the file looks like UTF-8; send it without a charset, or with charset=utf-8",
                    "文件看来是 UTF-8 编码；请去掉 charset，或写作 charset=utf-8",
                ),
            ),
            Looks::Gb18030 => (
                "looks-like-gb18030",
                Said::new(
                    "the file looks like GB18030 (GBK); send CSV again as charset gb18030, save anything else as UTF-8",
                    "文件看来是 GB18030（GBK）编码；CSV 请注明编码 gb18030 重新报送，其他文件请另存为 UTF-8",
                ),
            ),
            Looks::Utf16 => (
                "looks-like-utf16",
                Said::new(
                    "the file is UTF-16, which spreadsheets call “Unicode text”; save it as “CSV UTF-8” and send that",
                    "文件是 UTF-16 编码（表格软件称“Unicode 文本”）；请另存为“CSV UTF-8”后报送",
                ),
            ),
            Looks::Workbook => (
                "looks-like-workbook",
                Said::new(
                    "the file is a workbook of a spreadsheet (XLSX or XLS); save its sheet as “CSV UTF-8” and send that",
                    "文件是电子表格工作簿（XLSX 或 XLS）；请将工作表另存为“CSV UTF-8”后报送",
                ),
            ),
        }
    }

    /// Judged by the beginning of the file; `None` where it may well be what was said.
    fn of(beginning: &[u8], said: Charset) -> Option<Looks> {
        match beginning {
            [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => return Some(Looks::Workbook),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Some(Looks::Utf16),
            // Without its mark every second byte of plain text is empty.
            [a, b, ..] if (*a == 0) != (*b == 0) => return Some(Looks::Utf16),
            _ => {}
        }
        let tally = Tally::of(beginning);
        match said {
            // A damaged cell does not make a file of another charset.
            Charset::Utf8 if tally.broken > tally.wider && is_gb18030(beginning) => Some(Looks::Gb18030),
            // Of text in GB18030 some byte is wrong for UTF-8, unless it has a few characters only.
            Charset::Gb18030 if beginning.starts_with(MARK_OF_UTF_8) => Some(Looks::Utf8),
            Charset::Gb18030 if tally.broken == 0 && tally.wide > 0 && tally.wide * 2 > tally.wider => Some(Looks::Utf8),
            Charset::Utf8 | Charset::Gb18030 => None,
        }
    }
}

/// What of some bytes is UTF-8.
#[derive(Default)]
struct Tally {
    /// Characters beyond ASCII.
    wider: usize,
    /// Those of them that have three bytes or four, as Chinese ones do.
    wide: usize,
    /// Sequences that are no character. One that is cut off by the end is not counted.
    broken: usize,
}

impl Tally {
    fn of(bytes: &[u8]) -> Tally {
        let mut tally = Tally::default();
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            tally.wider += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
            tally.wide += chunk.valid().chars().filter(|c| c.len_utf8() > 2).count();
            tally.broken += usize::from(!chunk.invalid().is_empty() && chunks.peek().is_some());
        }
        tally
    }
}

/// Apart from a character that the end cuts off.
fn is_gb18030(bytes: &[u8]) -> bool {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(0);
    let (result, ..) = decoder.decode_to_utf8_without_replacement(bytes, &mut vec![0; room], false);
    result == DecoderResult::InputEmpty
}

/// A body as UTF-8.
pub(super) struct Text<R> {
    from: io::Chain<Cursor<Vec<u8>>, R>,
    decoding: Option<Decoding>,
}

impl<R: Read> Text<R> {
    /// Looks at the beginning before anything is read of it.
    pub(super) fn open(mut from: R, said: Charset) -> Result<Text<R>, IngestError> {
        let mut beginning = Vec::new();
        (&mut from).take(SNIFFED_BYTES).read_to_end(&mut beginning)?;
        if let Some(looks) = Looks::of(&beginning, said) {
            return Err(IngestError::Charset { said, looks: Some(looks) });
        }
        let (mark, decoding) = match said {
            Charset::Utf8 => (MARK_OF_UTF_8, None),
            Charset::Gb18030 => (MARK_OF_GB18030, Some(Decoding::new())),
        };
        let after = if beginning.starts_with(mark) { mark.len() } else { 0 };
        let mut beginning = Cursor::new(beginning);
        beginning.set_position(after as u64);
        Ok(Text { from: beginning.chain(from), decoding })
    }

    pub(super) fn source(&self) -> &R {
        self.from.get_ref().1
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.decoding {
            None => self.from.read(buffer),
            Some(decoding) => decoding.read(&mut self.from, buffer),
        }
    }
}

/// GB18030 on its way to UTF-8.
struct Decoding {
    decoder: Decoder,
    /// Read and not decoded: `raw[raw_from..raw_to]`.
    raw: Vec<u8>,
    raw_from: usize,
    raw_to: usize,
    /// Decoded and not handed out: `text[text_from..text_to]`.
    text: Vec<u8>,
    text_from: usize,
    text_to: usize,
    /// Nothing more to read.
    at_end: bool,
    done: bool,
}

impl Decoding {
    fn new() -> Decoding {
        let decoder = GB18030.new_decoder_without_bom_handling();
        // A character of two bytes may become one of three.
        let text = vec![0; 2 * RAW_BYTES];
        let raw = vec![0; RAW_BYTES];
        Decoding { decoder, raw, raw_from: 0, raw_to: 0, text, text_from: 0, text_to: 0, at_end: false, done: false }
    }

    fn read(&mut self, from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
        while self.text_from == self.text_to && !self.done {
            if self.raw_from == self.raw_to && !self.at_end {
                self.raw_to = from.read(&mut self.raw)?;
                self.raw_from = 0;
                self.at_end = self.raw_to == 0;
            }
            self.decode();
        }
        let n = buffer.len().min(self.text_to - self.text_from);
        buffer[..n].copy_from_slice(&self.text[self.text_from..self.text_from + n]);
        self.text_from += n;
        Ok(n)
    }

    /// Decodes what was read, as far as there is room or up to bytes that are no character.
    fn decode(&mut self) {
        let raw = &self.raw[self.raw_from..self.raw_to];
        // One place is left free for what is no character.
        let room = self.text.len() - 1;
        let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text[..room], self.at_end);
        self.raw_from += read;
        (self.text_from, self.text_to) = (0, written);
        match result {
            DecoderResult::InputEmpty => self.done = self.at_end,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                self.text[written] = NO_CHARACTER;
                self.text_to += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn decoded(bytes: &[u8], said: Charset, at_once: usize) -> Vec<u8> {
        let mut text = Vec::new();
        Text::open(Drops(bytes, at_once), said).unwrap_or_else(|e| panic!("{e}")).read_to_end(&mut text).unwrap();
        text
    }

    fn looks(bytes: &[u8], said: Charset) -> Option<Looks> {
        match Text::open(bytes, said) {
            Ok(_) => None,
            Err(IngestError::Charset { looks, .. }) => looks,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn gb18030_is_the_same_text_however_it_comes() {
        // Characters of one, two and four bytes; 㐂 and 𠮷 have four.
        let text = "姓名,决定日期\n吴某〔2022〕,㐂𠮷\r\n".repeat(2_000);
        let (bytes, _, lossy) = GB18030.encode(&text);
        assert!(!lossy && bytes.len() > SNIFFED_BYTES as usize);
        for at_once in [1, 3, 1_000, usize::MAX] {
            assert!(decoded(&bytes, Charset::Gb18030, at_once) == text.as_bytes(), "{at_once}");
        }
        assert_eq!(decoded(b"\x84\x31\x95\x33a", Charset::Gb18030, 1), b"a");
        assert_eq!(decoded("\u{feff}吴".as_bytes(), Charset::Utf8, 1), "吴".as_bytes());
    }

    #[test]
    fn what_is_no_character_keeps_its_place_and_swallows_nothing() {
        // A first byte alone before a comma, a line end, the end; a byte that begins nothing.
        for (bytes, want) in [
            (&b"a,\xc8,b\n"[..], &b"a,\xff,b\n"[..]),
            (b"a\xc8\nb\n", b"a\xff\nb\n"),
            (b"\xc8\xd5\xff\"x\"", b"\xe6\x97\xa5\xff\"x\""),
            (b"ab\xc8", b"ab\xff"),
            (b"ab\x84\x31\x95", b"ab\xff"),
        ] {
            let got = decoded(bytes, Charset::Gb18030, 1);
            assert!(got.starts_with(&want[..want.len() - 1]) && got.contains(&NO_CHARACTER), "{bytes:x?}: {got:x?}");
            assert_eq!(
                got.iter().filter(|b| b"\n,\"".contains(b)).count(),
                bytes.iter().filter(|b| b"\n,\"".contains(b)).count()
            );
        }
    }

    #[test]
    fn a_beginning_shows_what_the_file_is() {
        let gb = |text: &str| GB18030.encode(text).0.into_owned();
        let utf = |text: &str| text.as_bytes().to_vec();
        let (both, damaged) = ([Charset::Utf8, Charset::Gb18030], [utf("姓名,吴某某,"), vec![0xd3, b','], utf("李某")].concat());
        for said in both {
            assert_eq!(looks(b"PK\x03\x04\x14\0", said), Some(Looks::Workbook));
            for utf16 in [&b"\xff\xfeo\0"[..], b"\xfe\xff\0o", b"o\0r\0", b"\0o\0r"] {
                assert_eq!(looks(utf16, said), Some(Looks::Utf16));
            }
            assert_eq!(looks(b"organ,no\n1,2\n", said), None);
            assert_eq!(looks(b"", said), None);
        }
        for (bytes, said, want) in [
            (gb("日期,no\n"), Charset::Utf8, Some(Looks::Gb18030)),
            (gb("organ,no,name\n1,2,吴某\n"), Charset::Utf8, Some(Looks::Gb18030)),
            (gb("日期,no\n"), Charset::Gb18030, None),
            (utf("日期,no\n"), Charset::Gb18030, Some(Looks::Utf8)),
            (utf("\u{feff}no\n"), Charset::Gb18030, Some(Looks::Utf8)),
            (utf("日期,no\n"), Charset::Utf8, None),
            (damaged, Charset::Utf8, None),
            (b"\x80\x81\xff\xff,a\n".to_vec(), Charset::Utf8, None),
        ] {
            assert_eq!(looks(&bytes, said), want, "{bytes:x?}");
        }
        // Cut off within a character at the end of what is looked at.
        let long = utf(&format!("a{}", "吴".repeat(SNIFFED_BYTES as usize)));
        assert_eq!((looks(&long, Charset::Utf8), looks(&long, Charset::Gb18030)), (None, Some(Looks::Utf8)));
        let long = gb(&format!("a{}", "吴".repeat(SNIFFED_BYTES as usize)));
        assert_eq!((looks(&long, Charset::Gb18030), looks(&long, Charset::Utf8)), (None, Some(Looks::Gb18030)));
    }

    #[test]
    fn labels_go_by_any_of_their_names() {
        for (label, want) in [
            ("UTF-8", Some(Charset::Utf8)),
            ("utf8", Some(Charset::Utf8)),
            ("GB18030", Some(Charset::Gb18030)),
            ("gbk", Some(Charset::Gb18030)),
            ("gb2312", Some(Charset::Gb18030)),
            ("cp936", Some(Charset::Gb18030)),
            ("big5", None),
            ("utf-16", None),
            ("iso-8859-1", None),
            ("", None),
        ] {
            assert_eq!(Charset::named(label), want, "{label}");
        }
        for looks in [Looks::Utf8, Looks::Gb18030, Looks::Utf16, Looks::Workbook] {
            assert!(!looks.told().1.en.is_empty() && looks.told().1.zh.chars().any(|c| c as u32 > 0x4e00));
        }
    }
}
