//! CSV with a header, for one relation. Columns go by their name or by a title; the order of the file does not matter.
//!
//! A line is numbered as an editor numbers it, from 1; a record over several lines has the number of its first. A quotation mark that is
//! never closed is told where it stands; what it swallowed belongs to nobody.

use super::charset::{Charset, Text};
use super::form::Form;
use super::header::{self, Columns, Header, Titles, is_blank};
use super::intake::IngestError;
use super::line::{Op, Refused, Skip, Submitted};
use super::quote::{Opened, Quotes};
use super::refusal;
use crate::limits::MAX_LINE_BYTES;
use std::io::{self, Read};

/// Lines under the first among which a header is looked for.
const MAX_CAPTIONS: usize = 4;

pub(super) struct Table<R> {
    reader: csv::Reader<Measured<Text<R>>>,
    columns: Columns,
    record: csv::ByteRecord,
    /// On which the record begins; 0 for one that a quotation mark left open swallowed.
    line: u64,
}

/// Knows how much was read for one record, so that a quote that is never closed does not swallow the file, and how the file ends.
struct Measured<R> {
    from: R,
    quotes: Quotes,
    read_since: usize,
    total: u64,
    at_end: bool,
    last: u8,
}

/// What a read past the bound reports, with the quotation mark that is open there.
#[derive(Debug, thiserror::Error)]
#[error("a record is longer than a line may be")]
struct RecordTooLong(Option<Opened>);

/// Where a record stands.
struct Place {
    /// Of its first line.
    line: u64,
    /// The quotation mark that was not closed before the end.
    open: Option<Opened>,
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read_since > MAX_LINE_BYTES {
            return Err(io::Error::other(RecordTooLong(self.quotes.open())));
        }
        let n = self.from.read(buffer)?;
        self.quotes.pass(&buffer[..n]);
        self.read_since += n;
        self.total += n as u64;
        match buffer[..n].last() {
            Some(last) => self.last = *last,
            None => self.at_end = true,
        }
        Ok(n)
    }
}

impl<R: Read> Table<R> {
    /// Reads the header. `own` titles are the request's, before those of the schema.
    pub(super) fn open(from: R, form: &Form, charset: Charset, own: &Titles) -> Result<Table<R>, IngestError> {
        let from = Text::open(from, charset)?;
        let measured = Measured { from, quotes: Quotes::default(), read_since: 0, total: 0, at_end: false, last: 0 };
        // Ended by LF alone, so that the number of a line can be told; the CR before it is cut off below.
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.has_headers(false).flexible(true).terminator(csv::Terminator::Any(b'\n')).from_reader(measured);
        let mut table = Table { reader, columns: Columns::default(), record: csv::ByteRecord::new(), line: 0 };
        let first = table.advance();
        if table.reader.get_ref().quotes.only_returns() {
            return Err(header::line_ends(form));
        }
        let Some(place) = first? else { return Err(IngestError::Empty) };
        table.columns = match table.header(&place, charset).columns(form, own) {
            Err(wrong) if place.open.is_none() && (header::is_caption(&table.record) || header::has_no_title(&wrong)) => {
                return Err(table.below_captions(form, own, charset, place.line, wrong));
            }
            read => read?,
        };
        Ok(table)
    }

    fn header(&self, place: &Place, charset: Charset) -> Header<'_> {
        Header { cells: &self.record, line: place.line, open: place.open, charset }
    }

    /// The first line is no header (`wrong`) and may be the name of the whole table, with lines on who made it and when. If a header
    /// stands under them, that is what to say.
    fn below_captions(&mut self, form: &Form, own: &Titles, charset: Charset, caption: u64, wrong: IngestError) -> IngestError {
        for _ in 0..MAX_CAPTIONS {
            let Ok(Some(place)) = self.advance() else { break };
            if place.open.is_none() && self.header(&place, charset).columns(form, own).is_ok() {
                return header::caption(form, caption, place.line);
            }
        }
        wrong
    }

    pub(super) fn source(&self) -> &R {
        self.reader.get_ref().from.source()
    }

    pub(super) fn next(&mut self, form: &Form, op: Op) -> Result<Option<Result<Submitted, Vec<Refused>>>, IngestError> {
        Ok(self.advance()?.map(|place| match place.open {
            Some(open) => Err(self.columns.never_closed(open, form, op)),
            None => self.columns.judge(place.line, &self.record, form, op),
        }))
    }

    /// The line of the record that was read last and what it is, if it belongs to a table and is no record at all.
    pub(super) fn beside_records(&self) -> Option<Skip> {
        let code = match () {
            () if self.line == 0 => return None,
            () if header::is_totals(&self.record) => refusal::TOTALS_ROW,
            () if header::is_remark(&self.record) => refusal::REMARK_ROW,
            () => return None,
        };
        Some(Skip { line: self.line, code })
    }

    /// The columns that are left out, by place and title.
    pub(super) fn ignored(&self) -> &[(usize, String)] {
        &self.columns.ignored
    }

    /// Reads the next record in which something stands. Spreadsheets leave lines of nothing but commas behind a table.
    fn advance(&mut self) -> Result<Option<Place>, IngestError> {
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
            let open = measured.quotes.open().filter(|_| at_end);
            let unended = at_end && measured.last != b'\n';
            let inner = self.record.iter().flatten().filter(|b| **b == b'\n').count() as u64;
            if open.is_some() || !self.record.iter().all(is_blank) {
                // Of an open one the line is told by its mark, and its last line end stands within.
                let line = open.map_or_else(|| next_line - inner - u64::from(!unended), |open| open.line);
                self.line = if open.is_none() { line } else { 0 };
                return Ok(Some(Place { line, open }));
            }
        }
    }
}

fn failed(error: csv::Error, line: u64) -> IngestError {
    let csv::ErrorKind::Io(error) = error.into_kind() else {
        return IngestError::Io(io::Error::other("no CSV"));
    };
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(RecordTooLong(Some(open))) => IngestError::OpenQuote { line: open.line },
        Some(RecordTooLong(None)) => IngestError::RecordTooLong { line },
        None => IngestError::Io(error),
    }
}
