//! Feeds a county to a running engine, day by day, through the same door that agencies use: CSV through `ingest`, a batch each.

use super::record::Sent;
use super::{County, csv_of};
use crate::engine::{BatchAnswer, BatchRequest, ClockTarget, EngineError, EngineHandle, OnReject};
use crate::ingest::{Charset, Format, IngestError, Intake, Op, Titles};
use crate::program::Program;
use crate::security::Agency;
use crate::types::{Day, date_text};
use std::sync::mpsc;

/// Why a demo cannot go on. A county's records are made to be accepted, so each of these is a fault of the program or the machine.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("the pack has no relation {0}")]
    Relation(String),
    #[error("{file}: {cause}")]
    Ingest { file: String, cause: IngestError },
    #[error("{file}: line {line} was refused ({code})")]
    Refused { file: String, line: u64, code: &'static str },
    #[error("{file}: line {line} was taken and must be refused")]
    Taken { file: String, line: u64 },
    #[error("{0}")]
    Engine(#[from] EngineError),
    #[error("the engine went away")]
    Gone,
}

/// The name of a file, its lines that must be refused, and what the engine says.
type Answer = (String, Vec<u64>, Result<BatchAnswer, EngineError>);

/// Lives through all days; `day` is called at the end of each.
pub fn feed(engine: &EngineHandle, county: &County, mut day: impl FnMut(Day)) -> Result<(), FeedError> {
    let program = engine.program().ok_or(FeedError::Gone)?;
    for sent in county.sent.chunk_by(|a, b| a.day == b.day) {
        set_clock(engine, sent[0].day)?;
        let (answer, answers) = mpsc::channel::<Answer>();
        let mut waiting = 0;
        for file in sent.chunk_by(|a, b| (&a.agency, a.relation) == (&b.agency, b.relation)) {
            submit(engine, &program, file, &answer)?;
            waiting += 1;
        }
        for _ in 0..waiting {
            let (file, expected, answered) = answers.recv().map_err(|_| FeedError::Gone)?;
            compare(file, &expected, &answered?)?;
        }
        day(sent[0].day);
    }
    Ok(())
}

/// A county's rows are made to be accepted, but for those that are made to be refused.
fn compare(file: String, expected: &[u64], answer: &BatchAnswer) -> Result<(), FeedError> {
    if let Some(refused) = answer.refused.iter().find(|refused| !expected.contains(&refused.line)) {
        return Err(FeedError::Refused { file, line: refused.line, code: refused.code });
    }
    match expected.iter().find(|line| answer.refused.iter().all(|refused| refused.line != **line)) {
        Some(line) => Err(FeedError::Taken { file, line: *line }),
        None => Ok(()),
    }
}

fn set_clock(engine: &EngineHandle, day: Day) -> Result<(), FeedError> {
    let (answer, answered) = mpsc::channel();
    engine.set_clock(
        ClockTarget::Day(day),
        Box::new(move |result| {
            // The receiver waits just below; if it is gone, so is the demo.
            answer.send(result).ok();
        }),
    )?;
    answered.recv().map_err(|_| FeedError::Gone)??;
    Ok(())
}

/// One file: the records of one agency in one relation on one day.
fn submit(engine: &EngineHandle, program: &Program, file: &[Sent], answer: &mpsc::Sender<Answer>) -> Result<(), FeedError> {
    let first = &file[0];
    let name = format!("{}/{}/{}.csv", date_text(first.day), first.agency, first.relation);
    let relation = program.find(first.relation).ok_or_else(|| FeedError::Relation(first.relation.to_string()))?;
    let bytes = csv_of(&file.iter().collect::<Vec<_>>());
    let fail = |cause| FeedError::Ingest { file: name.clone(), cause };
    let format = Format::Csv { relation, op: Op::Upsert, charset: Charset::Utf8, titles: Titles::default() };
    let piece = Intake::new(program, format, bytes.as_slice()).and_then(|mut intake| intake.piece(file.len())).map_err(fail)?;
    let request = BatchRequest {
        agency: Agency::parse(&first.agency).ok_or(FeedError::Gone)?,
        idempotency_key: None,
        body_hash: [0; 32],
        on_reject: OnReject::Skip,
        replace: None,
        lines: piece.lines,
        refused: piece.refused,
        source: Some(name.clone()),
    };
    let answer = answer.clone();
    // The header is line 1.
    let expected = (2..).zip(file).filter(|(_, sent)| sent.refused).map(|(line, _)| line).collect();
    let reply = Box::new(move |result| {
        answer.send((name, expected, result)).ok();
    });
    engine.submit(request, reply).map_err(FeedError::Engine)
}
