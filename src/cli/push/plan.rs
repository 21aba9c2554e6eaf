//! How a file goes out: its head, its parts, and the hash that makes its keys.
//!
//! Promises: the file is read once here and once when it is sent, in pieces, whatever its length; a part ends where a record ends; the
//! lines of a part can be counted back to lines of the file.

use super::records::{Ends, Records};
use crate::cli::client::Failure;
use crate::limits::{MAX_BATCH_LINES, MAX_LINE_BYTES};
use crate::types::Said;
use hyper::body::Bytes;
use sha2::{Digest, Sha256};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// Records of a part: what the door takes under one key in one epoch.
pub const PART_RECORDS: u64 = MAX_BATCH_LINES as u64;
/// Bytes of a part, unless one record alone has more: what a broken line costs to send again.
pub const PART_BYTES: u64 = 64 << 20;
/// Bytes read at once.
const PIECE: usize = 256 << 10;

pub struct Plan {
    pub file: Arc<File>,
    /// What stands before every part: the header of a CSV file with its line end.
    pub head: Bytes,
    pub head_lines: u64,
    pub parts: Vec<Part>,
    pub hash: [u8; 32],
    /// What the file was when it was read.
    seen: Metadata,
}

pub struct Part {
    pub bytes: Range<u64>,
    /// The number of its first line in the file.
    pub first_line: u64,
}

impl Plan {
    /// Reads a file through. `whole`: it must go as one.
    pub fn of(path: &Path, is_csv: bool, whole: bool) -> Result<Plan, Failure> {
        let unreadable = |error: io::Error| {
            let (shown, why) = (path.display(), Said::of_io(&error));
            Failure::input(Said::new(format!("cannot read {shown}: {}", why.en), format!("无法读取 {shown}：{}", why.zh)))
        };
        let file = File::open(path).map_err(unreadable)?;
        let seen = file.metadata().map_err(unreadable)?;
        if !seen.is_file() {
            let shown = path.display();
            return Err(Failure::input(Said::new(
                format!("{shown} is no file that can be read twice: save it to the disk first"),
                format!("{shown} 不是可以重复读取的文件：请先保存到磁盘"),
            )));
        }
        let mut reading = Reading::new(is_csv, whole);
        let mut piece = vec![0; PIECE];
        loop {
            match (&file).read(&mut piece) {
                Ok(0) => break,
                Ok(n) => reading.take(&piece[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(error)),
            }
            if reading.head.len() > MAX_LINE_BYTES {
                let shown = path.display();
                return Err(Failure::input(Said::new(
                    format!("the header of {shown} has no end: is a quotation mark never closed, or is it no CSV file?"),
                    format!("{shown} 的表头没有结尾：是否有未闭合的引号，或不是 CSV 文件？"),
                )));
            }
        }
        Ok(reading.end(file, seen))
    }

    /// Is the file still the one that was read?
    pub fn still(&self) -> bool {
        let same = |now: Metadata| now.len() == self.seen.len() && now.modified().ok() == self.seen.modified().ok();
        self.file.metadata().is_ok_and(same)
    }

    /// When the file was last written, as the disk says it; empty if it does not.
    pub fn written(&self) -> String {
        let since = self.seen.modified().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.map(|since| since.as_nanos().to_string()).unwrap_or_default()
    }

    /// The line of the file that a line of a part is.
    pub fn line(&self, part: &Part, line: u64) -> u64 {
        if line <= self.head_lines { line } else { part.first_line + (line - self.head_lines - 1) }
    }
}

/// A file on its way through.
struct Reading {
    records: Records,
    /// The header is still to come.
    in_head: bool,
    head: Vec<u8>,
    head_lines: u64,
    whole: bool,
    parts: Vec<Part>,
    /// Of the part under way.
    begin: u64,
    first_line: u64,
    count: u64,
    /// Nothing but blanks so far.
    blank: bool,
    at: u64,
    hasher: Sha256,
    /// Where the byte order mark ends, before which there is no cell.
    mark: usize,
}

impl Reading {
    fn new(is_csv: bool, whole: bool) -> Reading {
        let records = Records::new(is_csv);
        let (head, parts) = (Vec::new(), Vec::new());
        Reading {
            records,
            in_head: is_csv,
            head,
            head_lines: 0,
            whole,
            parts,
            begin: 0,
            first_line: 1,
            count: 0,
            blank: true,
            at: 0,
            hasher: Sha256::new(),
            mark: 0,
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        if self.at == 0 && bytes.starts_with(BYTE_ORDER_MARK) {
            self.mark = BYTE_ORDER_MARK.len();
        }
        for &byte in bytes {
            self.at += 1;
            let in_mark = self.at <= self.mark as u64;
            let ends = if in_mark { Ends::Nothing } else { self.records.step(byte) };
            if self.in_head {
                self.head.push(byte);
                // Blank lines before the header belong to it.
                let blank = || self.head[self.mark..].trim_ascii().is_empty();
                if ends == Ends::Record && !blank() {
                    self.in_head = false;
                    self.head_lines = self.records.lines;
                    self.next_part();
                }
            } else {
                self.blank &= byte.is_ascii_whitespace();
                if ends == Ends::Record {
                    self.count += 1;
                    if !self.whole && (self.count >= PART_RECORDS || self.at - self.begin >= PART_BYTES) {
                        self.close_part();
                    }
                }
            }
        }
    }

    fn next_part(&mut self) {
        (self.begin, self.first_line, self.count, self.blank) = (self.at, self.records.lines + 1, 0, true);
    }

    fn close_part(&mut self) {
        self.parts.push(Part { bytes: self.begin..self.at, first_line: self.first_line });
        self.next_part();
    }

    fn end(mut self, file: File, seen: Metadata) -> Plan {
        if self.in_head {
            // A file that is nothing but a header without a line end.
            self.head_lines = self.records.lines + 1;
            self.next_part();
        }
        // Blank lines at the end are no part of their own.
        if !self.blank || self.parts.is_empty() {
            self.close_part();
        }
        let (head, hash) = (Bytes::from(self.head), self.hasher.finalize().into());
        Plan { file: Arc::new(file), head, head_lines: self.head_lines, parts: self.parts, hash, seen }
    }
}

pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str, is_csv: bool) -> Plan {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, text).unwrap();
        Plan::of(&path, is_csv, false).unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    fn parts(plan: &Plan) -> Vec<(Range<u64>, u64)> {
        plan.parts.iter().map(|part| (part.bytes.clone(), part.first_line)).collect()
    }

    #[test]
    fn the_header_stands_before_every_part_and_lines_count_back() {
        let plan = plan("\u{feff}\n\"a\nb\",c\n1,2\n3,4\n", true);
        assert_eq!((&plan.head[3..], plan.head_lines), (&b"\n\"a\nb\",c\n"[..], 3));
        assert_eq!(parts(&plan), [(12..20, 4)]);
        let part = Part { bytes: 0..0, first_line: 100 };
        assert_eq!([1, 3, 4, 5].map(|line| plan.line(&part, line)), [1, 3, 100, 101]);
    }

    #[test]
    fn a_long_file_is_cut_where_a_record_ends() {
        let row = "\"a\nb\",c\n";
        let text = format!("x,y\n{}", row.repeat(PART_RECORDS as usize + 2));
        let cut = 4 + PART_RECORDS * row.len() as u64;
        let end = text.len() as u64;
        assert_eq!(parts(&plan(&text, true)), [(4..cut, 2), (cut..end, 2 + 2 * PART_RECORDS)]);
    }

    #[test]
    fn files_without_rows_are_one_empty_part() {
        assert_eq!(parts(&plan("a,b\n", true)), [(4..4, 2)]);
        assert_eq!(parts(&plan("a,b", true)), [(3..3, 1)]);
        assert_eq!(parts(&plan("", false)), [(0..0, 1)]);
        assert_eq!(parts(&plan("{}\n{}", false)), [(0..5, 1)]);
        let full = "{}\n".repeat(PART_RECORDS as usize);
        assert_eq!(parts(&plan(&format!("{full}\n \n"), false)), [(0..3 * PART_RECORDS, 1)]);
    }
}
