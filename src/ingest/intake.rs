//! [`Intake`]: a body of one format, read in pieces of so many lines.

use super::charset::{Charset, Looks, Text};
use super::csv::Table;
use super::form::Form;
use super::header::Titles;
use super::line::{Op, Refused, Skip, Submitted, SubmittedRow};
use super::ndjson::{self, Line, Lines};
use super::once::{Once, Seen};
use super::refusal;
use crate::limits::{MAX_MISTAKES_IN_FULL, MAX_PIECE_BYTES, MAX_REPAIRS_TOLD};
use crate::program::Program;
use crate::types::{RelId, Row};
use std::collections::HashMap;
use std::io::{self, BufReader, Read};

/// What the lines of a body are.
#[derive(Clone, Debug)]
pub enum Format {
    /// `{"relation","op","row"}` on each line.
    Changes,
    /// A row of this relation on each line.
    Rows { relation: RelId, op: Op },
    /// A header, then rows.
    Csv { relation: RelId, op: Op, charset: Charset, titles: Titles },
}

/// Lines that stand together, judged.
#[derive(Default, Debug)]
pub struct Piece {
    pub lines: Vec<Submitted>,
    pub refused: Vec<Refused>,
    /// Lines that are neither blank nor header, good and bad.
    pub read: u64,
    /// Good lines whose row stands on an earlier line of the file already.
    pub duplicates: u64,
    /// Lines that are no records and were left out, and the first of them.
    pub skipped: u64,
    pub skips: Vec<Skip>,
    /// What they take of memory, roughly.
    pub bytes: usize,
    /// Nothing follows.
    pub last: bool,
}

/// Why a body cannot be read on. What of it was given out before stands.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error("the body is empty")]
    Empty,
    #[error("the body is not in the charset {said:?}")]
    Charset { said: Charset, looks: Option<Looks> },
    #[error("the header does not fit the relation")]
    Header(Vec<Refused>),
    #[error("the record that begins on line {line} is longer than a line may be")]
    RecordTooLong { line: u64 },
    #[error("a quotation mark on line {line} is not closed within what a line may have")]
    OpenQuote { line: u64 },
    #[error("the body broke off: {0}")]
    Io(#[from] io::Error),
}

type Judged = Result<Submitted, Vec<Refused>>;

enum Source<R: Read> {
    Changes(Lines<BufReader<Text<R>>>),
    Rows(Lines<BufReader<Text<R>>>, RelId, Op),
    /// Holds much, and there is one of a body.
    Csv(Box<Table<R>>, RelId, Op),
}

/// A body on its way in. It reads one line ahead, to know where the end is.
pub struct Intake<'p, R: Read> {
    forms: Forms<'p>,
    source: Source<R>,
    ahead: Option<Judged>,
    told: usize,
    /// Of a file; changes are taken in their order, whatever they say twice.
    once: Option<Once>,
    /// Lines that are no records since the last piece.
    skipped: u64,
    skips: Vec<Skip>,
}

impl<'p, R: Read> Intake<'p, R> {
    pub fn new(program: &'p Program, format: Format, from: R) -> Result<Intake<'p, R>, IngestError> {
        let mut forms = Forms { program, by_name: HashMap::new(), by_id: HashMap::new() };
        let source = match format {
            Format::Changes => Source::Changes(lines_of(from)?),
            Format::Rows { relation, op } => {
                forms.open(relation);
                Source::Rows(lines_of(from)?, relation, op)
            }
            Format::Csv { relation, op, charset, titles } => {
                Source::Csv(Box::new(Table::open(from, forms.open(relation), charset, &titles)?), relation, op)
            }
        };
        let is_csv = matches!(source, Source::Csv(..));
        let once = (!matches!(source, Source::Changes(_))).then(Once::default);
        let mut intake = Intake { forms, source, ahead: None, told: 0, once, skipped: 0, skips: Vec::new() };
        intake.ahead = intake.read_one()?;
        if intake.ahead.is_none() && !is_csv {
            return Err(IngestError::Empty);
        }
        Ok(intake)
    }

    /// What is read from; it has been read to its end once a piece was the last.
    pub fn source(&self) -> &R {
        match &self.source {
            Source::Changes(lines) | Source::Rows(lines, ..) => lines.source().get_ref().source(),
            Source::Csv(table, ..) => table.source(),
        }
    }

    /// The columns of a table that its request leaves out, by place and title.
    pub fn ignored(&self) -> &[(usize, String)] {
        match &self.source {
            Source::Csv(table, ..) => table.ignored(),
            Source::Changes(_) | Source::Rows(..) => &[],
        }
    }

    /// At most `max` lines, and none beyond that which fills [`MAX_PIECE_BYTES`].
    pub fn piece(&mut self, max: usize) -> Result<Piece, IngestError> {
        let mut piece = Piece::default();
        while piece.read < max as u64 && piece.bytes < MAX_PIECE_BYTES {
            let Some(judged) = self.ahead.take() else { break };
            piece.read += 1;
            match judged.and_then(|line| self.once(line, &mut piece.duplicates)) {
                Ok(line) => {
                    piece.bytes += line.bytes();
                    piece.lines.push(line);
                }
                Err(mut mistakes) => {
                    if self.told >= MAX_MISTAKES_IN_FULL {
                        mistakes.truncate(1);
                    }
                    self.told += mistakes.len();
                    piece.bytes += mistakes.iter().map(Refused::bytes).sum::<usize>();
                    piece.refused.extend(mistakes);
                }
            }
            self.ahead = self.read_one()?;
        }
        piece.last = self.ahead.is_none();
        (piece.skipped, piece.skips) = (std::mem::take(&mut self.skipped), std::mem::take(&mut self.skips));
        Ok(piece)
    }

    /// What follows lands by itself: a key may stand there again.
    pub fn begin_part(&mut self) {
        self.once.iter_mut().for_each(Once::forget);
    }

    /// The line, if none before it has another row under its key.
    fn once(&mut self, line: Submitted, duplicates: &mut u64) -> Judged {
        let form = self.forms.open(line.relation);
        let (Some(once), Some(record), SubmittedRow::Whole(row)) = (&mut self.once, &form.relation.record, &line.row) else {
            return Ok(line);
        };
        match once.see(record, line.line, row) {
            Seen::First => Ok(line),
            Seen::Again => {
                *duplicates += 1;
                Ok(line)
            }
            Seen::Other(first) => {
                Err(form.refuse(line.line, line.op, vec![(refusal::KEY_TWICE, refusal::first_line(first))], form.key_of(row)))
            }
        }
    }

    fn read_one(&mut self) -> Result<Option<Judged>, IngestError> {
        let forms = &mut self.forms;
        match &mut self.source {
            Source::Changes(lines) => {
                let Some((number, line)) = lines.next()? else { return Ok(None) };
                Ok(Some(match line {
                    Line::Text(text) => ndjson::change(number, &text, |name| forms.find(name)),
                    Line::TooLong => Err(too_long(number, "", None)),
                }))
            }
            Source::Rows(lines, relation, op) => {
                let Some((number, line)) = lines.next()? else { return Ok(None) };
                let form = forms.open(*relation);
                Ok(Some(match line {
                    Line::Text(text) => ndjson::row(number, &text, form, *op),
                    Line::TooLong => Err(too_long(number, &form.relation.name, Some(*op))),
                }))
            }
            Source::Csv(table, relation, op) => loop {
                let read = table.next(forms.open(*relation), *op)?;
                // What is a good record is one, whatever its first text says.
                let Some(skip) = table.beside_records().filter(|_| matches!(read, Some(Err(_)))) else { return Ok(read) };
                self.skipped += 1;
                if self.skips.len() < MAX_REPAIRS_TOLD {
                    self.skips.push(skip);
                }
            },
        }
    }
}

/// JSON is UTF-8.
fn lines_of<R: Read>(from: R) -> Result<Lines<BufReader<Text<R>>>, IngestError> {
    Ok(Lines::new(BufReader::new(Text::open(from, Charset::Utf8)?)))
}

fn too_long(line: u64, relation: &str, op: Option<Op>) -> Vec<Refused> {
    super::form::refuse(line, relation, op, vec![(refusal::LINE_TOO_LONG, String::new())], &Row::default())
}

/// The forms that were needed so far.
struct Forms<'p> {
    program: &'p Program,
    by_name: HashMap<String, RelId>,
    by_id: HashMap<RelId, Form<'p>>,
}

impl<'p> Forms<'p> {
    fn open(&mut self, id: RelId) -> &Form<'p> {
        self.by_id.entry(id).or_insert_with(|| Form::new(self.program, id))
    }

    fn find(&mut self, name: &str) -> Option<&Form<'p>> {
        let id = match self.by_name.get(name) {
            Some(id) => *id,
            None => {
                let id = self.program.find(name)?;
                self.by_name.insert(name.to_string(), id);
                id
            }
        };
        Some(self.open(id))
    }
}

#[cfg(test)]
mod tests;
