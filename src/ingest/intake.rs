//! [`Intake`]: a body of one format, read in pieces of so many lines.

use super::csv::Table;
use super::form::Form;
use super::line::{Op, Refused, Submitted};
use super::ndjson::{self, Line, Lines};
use super::refusal;
use crate::limits::MAX_MISTAKES_IN_FULL;
use crate::program::Program;
use crate::types::RelId;
use std::collections::HashMap;
use std::io::{self, BufReader, Read};

/// What the lines of a body are.
#[derive(Clone, Debug)]
pub enum Format {
    /// `{"relation","op","row"}` on each line.
    Changes,
    /// A row of this relation on each line.
    Rows { relation: RelId, op: Op },
    /// A header, then rows. `titles`: title in the file, name of the column.
    Csv { relation: RelId, op: Op, titles: Vec<(String, String)> },
}

/// Lines that stand together, judged.
#[derive(Default, Debug)]
pub struct Piece {
    pub lines: Vec<Submitted>,
    pub refused: Vec<Refused>,
    /// Lines that are neither blank nor header, good and bad.
    pub read: u64,
    /// Nothing follows.
    pub last: bool,
}

/// Why a body cannot be read on. What of it was given out before stands.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error("the body is empty")]
    Empty,
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the header does not fit the relation")]
    Header(Vec<Refused>),
    #[error("the record that begins on line {line} is longer than a line may be")]
    RecordTooLong { line: u64 },
    #[error("the body broke off: {0}")]
    Io(#[from] io::Error),
}

type Judged = Result<Submitted, Vec<Refused>>;

enum Source<R: Read> {
    Changes(Lines<BufReader<R>>),
    Rows(Lines<BufReader<R>>, RelId, Op),
    Csv(Table<R>, RelId, Op),
}

/// A body on its way in. It reads one line ahead, to know where the end is.
pub struct Intake<'p, R: Read> {
    forms: Forms<'p>,
    source: Source<R>,
    ahead: Option<Judged>,
    told: usize,
}

impl<'p, R: Read> Intake<'p, R> {
    pub fn new(program: &'p Program, format: Format, from: R) -> Result<Intake<'p, R>, IngestError> {
        let mut forms = Forms { program, by_name: HashMap::new(), by_id: HashMap::new() };
        let source = match format {
            Format::Changes => Source::Changes(Lines::new(BufReader::new(from))),
            Format::Rows { relation, op } => {
                forms.open(relation);
                Source::Rows(Lines::new(BufReader::new(from)), relation, op)
            }
            Format::Csv { relation, op, titles } => Source::Csv(Table::open(from, forms.open(relation), &titles)?, relation, op),
        };
        let is_csv = matches!(source, Source::Csv(..));
        let mut intake = Intake { forms, source, ahead: None, told: 0 };
        intake.ahead = intake.read_one()?;
        if intake.ahead.is_none() && !is_csv {
            return Err(IngestError::Empty);
        }
        Ok(intake)
    }

    /// At most `max` lines.
    pub fn piece(&mut self, max: usize) -> Result<Piece, IngestError> {
        let mut piece = Piece::default();
        while piece.read < max as u64 {
            let Some(judged) = self.ahead.take() else { break };
            piece.read += 1;
            match judged {
                Ok(line) => piece.lines.push(line),
                Err(mut mistakes) => {
                    if self.told >= MAX_MISTAKES_IN_FULL {
                        mistakes.truncate(1);
                    }
                    self.told += mistakes.len();
                    piece.refused.extend(mistakes);
                }
            }
            self.ahead = self.read_one()?;
        }
        piece.last = self.ahead.is_none();
        Ok(piece)
    }

    fn read_one(&mut self) -> Result<Option<Judged>, IngestError> {
        let forms = &mut self.forms;
        match &mut self.source {
            Source::Changes(lines) => {
                let Some((number, line)) = lines.next()? else { return Ok(None) };
                check_encoding(number, &line)?;
                Ok(Some(match line {
                    Line::Text(text) => ndjson::change(number, &text, |name| forms.find(name)),
                    Line::TooLong => Err(too_long(number, "", Op::Insert)),
                }))
            }
            Source::Rows(lines, relation, op) => {
                let Some((number, line)) = lines.next()? else { return Ok(None) };
                check_encoding(number, &line)?;
                let form = forms.open(*relation);
                Ok(Some(match line {
                    Line::Text(text) => ndjson::row(number, &text, form, *op),
                    Line::TooLong => Err(too_long(number, &form.relation.name, *op)),
                }))
            }
            Source::Csv(table, relation, op) => table.next(forms.open(*relation), *op),
        }
    }
}

/// A file that begins as UTF-16 does is wrong as a whole; telling it of every line would help nobody.
fn check_encoding(number: u64, line: &Line) -> Result<(), IngestError> {
    match line {
        Line::Text(text) if number == 1 && (text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff")) => {
            Err(IngestError::NotUtf8)
        }
        Line::Text(_) | Line::TooLong => Ok(()),
    }
}

fn too_long(line: u64, relation: &str, op: Op) -> Vec<Refused> {
    super::form::refuse(line, relation, op, vec![(refusal::LINE_TOO_LONG, String::new())], "")
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
