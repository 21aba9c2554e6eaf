//! CSV with a header, for one relation. Columns go by their name or by a title; the order of the file does not matter.
//!
//! A line is numbered as an editor numbers it, the header being line 1; a record over several lines has the number of its first.

use super::form::{Form, Mistake, Slot};
use super::intake::IngestError;
use super::line::{Op, Refused, Submitted};
use super::refusal;
use crate::limits::MAX_LINE_BYTES;
use crate::types::Row;
use std::io::{self, Read};

pub(super) struct Table<R> {
    reader: csv::Reader<Measured<R>>,
    /// Column of the relation for each column of the file.
    targets: Vec<usize>,
    record: csv::ByteRecord,
}

/// Knows how much was read for one record, so that a quote that is never closed does not swallow the file, and how the file ends.
struct Measured<R> {
    from: R,
    read_since: usize,
    total: u64,
    at_end: bool,
    /// The last two bytes.
    tail: [u8; 2],
}

/// What a read past the bound reports.
#[derive(Debug, thiserror::Error)]
#[error("a record is longer than a line may be")]
struct RecordTooLong;

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read_since > MAX_LINE_BYTES {
            return Err(io::Error::other(RecordTooLong));
        }
        let n = self.from.read(buffer)?;
        self.read_since += n;
        self.total += n as u64;
        match buffer[..n] {
            [] => self.at_end = true,
            [only] => self.tail = [self.tail[1], only],
            [.., one, last] => self.tail = [one, last],
        }
        Ok(n)
    }
}

impl<R: Read> Table<R> {
    /// Reads the header. `titles` are the request's own, before those of the schema.
    pub(super) fn open(from: R, form: &Form, titles: &[(String, String)]) -> Result<Table<R>, IngestError> {
        let measured = Measured { from, read_since: 0, total: 0, at_end: false, tail: [0; 2] };
        // Ended by LF alone, so that the number of a line can be told; the CR before it is cut off below.
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.has_headers(false).flexible(true).terminator(csv::Terminator::Any(b'\n')).from_reader(measured);
        let mut table = Table { reader, targets: Vec::new(), record: csv::ByteRecord::new() };
        if table.advance()?.is_none() {
            return Err(IngestError::Empty);
        }
        table.targets = header(&table.record, form, titles)?;
        Ok(table)
    }

    pub(super) fn source(&self) -> &R {
        &self.reader.get_ref().from
    }

    pub(super) fn next(&mut self, form: &Form, op: Op) -> Result<Option<Result<Submitted, Vec<Refused>>>, IngestError> {
        Ok(self.advance()?.map(|line| self.judge(line, form, op)))
    }

    /// Reads the next record that is not blank; the number of its first line.
    fn advance(&mut self) -> Result<Option<u64>, IngestError> {
        loop {
            let line = self.reader.position().line();
            if !self.reader.read_byte_record(&mut self.record).map_err(|e| failed(e, line))? {
                return Ok(None);
            }
            let position = self.reader.position();
            let (byte, next_line) = (position.byte(), position.line());
            let measured = self.reader.get_mut();
            measured.read_since = 0;
            let at_end = measured.at_end && byte == measured.total;
            let tail = measured.tail;
            // A quote that was never closed swallowed the rest, its last line end too.
            let open = at_end
                && tail[1] == b'\n'
                && tail[0] != b'"'
                && self.record.iter().next_back().is_some_and(|c| c.ends_with(b"\n"));
            let unended = at_end && (tail[1] != b'\n' || open);
            let inner = self.record.iter().flatten().filter(|b| **b == b'\n').count() as u64;
            if !(self.record.len() == 1 && self.record[0].trim_ascii().is_empty()) {
                return Ok(Some(next_line - inner - u64::from(!unended)));
            }
        }
    }

    fn judge(&self, line: u64, form: &Form, op: Op) -> Result<Submitted, Vec<Refused>> {
        let mut mistakes: Vec<Mistake> = Vec::new();
        if self.record.len() != self.targets.len() {
            return Err(form.refuse(line, op, vec![(refusal::WRONG_LENGTH, String::new())], Row::default()));
        }
        let mut slots = vec![Slot::Missing; form.relation.arity()];
        for (i, &column) in self.targets.iter().enumerate() {
            let cell = &self.record[i];
            let cell = if i + 1 == self.targets.len() { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell };
            match std::str::from_utf8(cell) {
                Ok(text) => slots[column] = Slot::Text(text),
                Err(_) => mistakes.push((refusal::NOT_UTF8, format!("/row/{}", form.relation.columns[column].name))),
            }
        }
        if !mistakes.is_empty() {
            return Err(form.refuse(line, op, mistakes, Row::default()));
        }
        form.line_of(line, op, &slots, mistakes)
    }
}

/// The column of the relation under each title. A file that lacks a required column is refused here, once, not on every line.
fn header(record: &csv::ByteRecord, form: &Form, titles: &[(String, String)]) -> Result<Vec<usize>, IngestError> {
    let mut targets = Vec::new();
    let mut mistakes: Vec<Mistake> = Vec::new();
    for (i, cell) in record.iter().enumerate() {
        let cell = if i == 0 { cell.strip_prefix(b"\xef\xbb\xbf").unwrap_or(cell) } else { cell };
        if i == 0 && (cell.starts_with(b"\xff\xfe") || cell.starts_with(b"\xfe\xff")) {
            return Err(IngestError::NotUtf8);
        }
        let title = std::str::from_utf8(cell).map_err(|_| IngestError::NotUtf8)?.trim();
        let given = titles.iter().find(|(own, _)| own == title).map_or(title, |(_, column)| column.as_str());
        match form.titled(given) {
            // The title itself is not repeated: in a file without header it would be somebody's name.
            None => mistakes.push((refusal::UNKNOWN_COLUMN, format!("/header/{i}"))),
            Some(column) if targets.contains(&column) => mistakes.push((refusal::DUPLICATE_COLUMN, format!("/header/{i}"))),
            Some(column) => targets.push(column),
        }
    }
    for (i, column) in form.relation.columns.iter().enumerate() {
        if !column.optional && !targets.contains(&i) {
            mistakes.push((refusal::MISSING_COLUMN, format!("/row/{}", column.name)));
        }
    }
    if mistakes.is_empty() { Ok(targets) } else { Err(IngestError::Header(form.refuse(1, Op::Insert, mistakes, Row::default()))) }
}

fn failed(error: csv::Error, line: u64) -> IngestError {
    match error.into_kind() {
        csv::ErrorKind::Io(e) if e.get_ref().is_some_and(|inner| inner.is::<RecordTooLong>()) => {
            IngestError::RecordTooLong { line }
        }
        csv::ErrorKind::Io(e) => IngestError::Io(e),
        other => IngestError::Io(io::Error::other(format!("{other:?}"))),
    }
}
