//! Where the quotation marks of a CSV text stand, followed as the reader of its records follows them, so that one that is never closed
//! can be told by its place: the reader itself only gives one long last record.

/// Follows the bytes of a file.
#[derive(Default)]
pub(super) struct Quotes {
    state: State,
    /// Line ends passed.
    lines: u64,
    /// Carriage returns before the last byte.
    returns: u64,
    last: u8,
    /// Cells of this record before this one.
    cell: usize,
    opened: Opened,
}

/// Where a quotation mark stands.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Opened {
    /// From 1.
    pub line: u64,
    /// From 0.
    pub cell: usize,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    CellBegins,
    Bare,
    Quoted,
    /// After a quotation mark within a quoted cell: its end, or the first of two that stand for one.
    MaybeClosed,
}

impl Quotes {
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (State::CellBegins, b'"') => {
                    self.opened = Opened { line: self.lines + 1, cell: self.cell };
                    State::Quoted
                }
                (State::Quoted, b'"') => State::MaybeClosed,
                (State::MaybeClosed, b'"') => State::Quoted,
                (State::Quoted, _) => State::Quoted,
                (_, b',') => {
                    self.cell += 1;
                    State::CellBegins
                }
                (_, b'\n') => {
                    self.cell = 0;
                    State::CellBegins
                }
                _ => State::Bare,
            };
            self.lines += u64::from(byte == b'\n');
            self.returns += u64::from(self.last == b'\r');
            self.last = byte;
        }
    }

    /// No line has ended so far, but for those that a carriage return alone was to end.
    pub(super) fn only_returns(&self) -> bool {
        self.lines == 0 && self.returns > 0
    }

    /// The mark that is not closed so far.
    pub(super) fn open(&self) -> Option<Opened> {
        matches!(self.state, State::Quoted).then_some(self.opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_mark_is_known_by_line_and_cell() {
        for (text, want) in [
            ("a,b\n1,\"2", Some((2, 1))),
            ("a,b\n1,\"2\n3,4\n", Some((2, 1))),
            ("a,b\n\"x\ny\",\"2\n", Some((3, 1))),
            ("\"a\"\"", Some((1, 0))),
            ("\"a\"\"\"", None),
            ("a,b\n1,2\"\n", None),
            ("a,b\n1, \"2\n", None),
            ("a,b\n1,\"2\"x\n", None),
            ("\"a\n\n\"\n", None),
            ("", None),
        ] {
            let mut quotes = Quotes::default();
            text.as_bytes().chunks(3).for_each(|bytes| quotes.pass(bytes));
            assert_eq!(quotes.open(), want.map(|(line, cell)| Opened { line, cell }), "{text:?}");
        }
    }

    /// The reader of the records sees the same: what closes makes as many records as without a quoted cell, what does not, one.
    #[test]
    fn marks_are_followed_as_the_reader_follows_them() {
        let letters = ["\"", ",", "\n", "a", "\"\"", "\r\n"];
        for n in 0..letters.len().pow(5) {
            let text: String = (0..5).map(|i| letters[n / letters.len().pow(i) % letters.len()]).collect();
            let mut quotes = Quotes::default();
            quotes.pass(text.as_bytes());
            let records = |text: &str| {
                let mut builder = csv::ReaderBuilder::new();
                builder.has_headers(false).flexible(true).terminator(csv::Terminator::Any(b'\n'));
                builder.from_reader(text.as_bytes()).byte_records().count()
            };
            // A line more is a record more, unless it stands within quotation marks.
            let more = records(&format!("{text}\nz\n")) > records(&format!("{text}\n"));
            assert_eq!(quotes.open().is_none(), more, "{text:?}");
        }
    }
}
