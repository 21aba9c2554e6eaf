//! Where records end in a file: at each line's end, and in CSV only outside quotation marks.
//!
//! Promises: the same records as the door reads. Works on bytes: in UTF-8 and GB18030 no sign that matters here is part of another.

/// What a byte ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    Nothing,
    /// A cell of a CSV record, but not the last.
    Cell,
    Record,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first byte of a cell: only here a quotation mark opens.
    Cell,
    Plain,
    Quoted,
    /// After a quotation mark in a quoted cell: a second one makes it a sign of the text.
    Closing,
}

/// Reads along, byte by byte.
pub struct Records {
    is_csv: bool,
    state: State,
    /// Line ends seen.
    pub lines: u64,
}

impl Records {
    pub fn new(is_csv: bool) -> Records {
        Records { is_csv, state: State::Cell, lines: 0 }
    }

    pub fn step(&mut self, byte: u8) -> Ends {
        if byte == b'\n' {
            self.lines += 1;
        }
        if !self.is_csv {
            return if byte == b'\n' { Ends::Record } else { Ends::Nothing };
        }
        let inside = self.state == State::Quoted;
        self.state = match (self.state, byte) {
            (State::Cell, b'"') | (State::Closing, b'"') => State::Quoted,
            (State::Quoted, b'"') => State::Closing,
            (State::Quoted, _) => State::Quoted,
            (_, b',' | b'\n') => State::Cell,
            (State::Cell | State::Plain | State::Closing, _) => State::Plain,
        };
        match byte {
            b'\n' if !inside => Ends::Record,
            b',' if !inside => Ends::Cell,
            _ => Ends::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of a text, by the door's own reader.
    fn by_csv(text: &str) -> Vec<usize> {
        let mut builder = csv::ReaderBuilder::new();
        let builder = builder.has_headers(false).flexible(true).terminator(csv::Terminator::Any(b'\n'));
        let mut reader = builder.from_reader(text.as_bytes());
        let mut record = csv::ByteRecord::new();
        let mut cells = Vec::new();
        while reader.read_byte_record(&mut record).unwrap() {
            cells.push(record.len());
        }
        cells
    }

    /// The same, by stepping along; a last record without a line end is not among them.
    fn by_steps(text: &str) -> Vec<usize> {
        let mut records = Records::new(true);
        let (mut all, mut cells, mut begin) = (Vec::new(), 1, 0);
        for (i, byte) in text.bytes().enumerate() {
            match records.step(byte) {
                Ends::Nothing => {}
                Ends::Cell => cells += 1,
                Ends::Record => {
                    if i > begin {
                        all.push(cells);
                    }
                    (cells, begin) = (1, i + 1);
                }
            }
        }
        all
    }

    #[test]
    fn records_and_cells_are_those_that_the_door_reads() {
        for text in [
            "a,b\n1,2\n",
            "a,\"x\ny\",c\n1\n",
            "5\" pipe,\"b\"\nx,\"\"\"\n\"\"\",y\n",
            "\"a\"b\"\n\"c\",d\n",
            ",,\n\"\",\"\"\n",
            "\"a\r\nb\",c\r\nd\r\n",
            "一,\"二\n三\"\n四\n",
        ] {
            assert_eq!(by_steps(text), by_csv(text), "{text:?}");
        }
        // And every text of up to seven signs that matter.
        for length in 1..=7u32 {
            for number in 0..4usize.pow(length) {
                let sign = |i| [b'a', b'"', b',', b'\n'][number / 4usize.pow(i) % 4] as char;
                let text: String = (0..length).map(sign).collect();
                let (steps, read) = (by_steps(&text), by_csv(&text));
                let unended = read.len() - steps.len();
                assert!(read.starts_with(&steps) && unended <= 1, "{text:?}: {steps:?}, {read:?}");
            }
        }
    }

    #[test]
    fn lines_of_json_end_at_each_line_end() {
        let mut records = Records::new(false);
        let ends: Vec<usize> =
            "{\"a\":\"\n\n".bytes().enumerate().filter(|(_, b)| records.step(*b) == Ends::Record).map(|(i, _)| i).collect();
        assert_eq!((ends, records.lines), (vec![6, 7], 2));
    }
}
