//! Feeds a county to a running engine, day by day, through the same door that agencies use: CSV through `ingest`, a batch each.

use super::record::Sent;
use super::{County, csv_of};
use crate::engine::{BatchAnswer, BatchRequest, ClockTarget, EngineError, EngineHandle, OnReject};
use crate::ingest::{Format, IngestError, Intake, Op};
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
    #[error("{0}")]
    Engine(#[from] EngineError),
    #[error("the engine went away")]
    Gone,
}

type Answer = (String, Result<BatchAnswer, EngineError>);

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
            let (file, answered) = answers.recv().map_err(|_| FeedError::Gone)?;
            if let Some(refused) = answered?.refused.first() {
                return Err(FeedError::Refused { file, line: refused.line, code: refused.code });
            }
        }
        day(sent[0].day);
    }
    Ok(())
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
    let format = Format::Csv { relation, op: Op::Upsert, titles: Vec::new() };
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
    let reply = Box::new(move |result| {
        answer.send((name, result)).ok();
    });
    engine.submit(request, reply).map_err(FeedError::Engine)
}
