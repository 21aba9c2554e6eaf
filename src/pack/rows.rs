//! Rows of one data file, judged as strictly as those of an agency: kinds, columns, keys.

use super::DataFile;
use super::error::{DataMistake, PackError, Unfit};
use crate::ingest::{Charset, Format, IngestError, Intake, Op, Refused, SubmittedRow, Titles, refusal};
use crate::limits::MAX_BATCH_LINES;
use crate::program::{Program, RecordDecl, Relation};
use crate::types::{RelId, Row};
use std::collections::BTreeSet;

pub(super) fn of_file(file: &DataFile, program: &Program) -> Result<(RelId, Vec<Row>), PackError> {
    let unfit = |what| PackError::Relation { file: file.name.clone(), relation: file.relation.clone(), what };
    let id = program.find(&file.relation).ok_or_else(|| unfit(Unfit::Unknown))?;
    let relation = program.relation(id);
    if let Some(what) = unfitness(relation) {
        return Err(unfit(what));
    }
    let mut rows = Vec::new();
    let mut mistakes = Vec::new();
    let mut keys = BTreeSet::new();
    let format = Format::Csv { relation: id, op: Op::Insert, charset: Charset::Utf8, titles: Titles::default() };
    let broken = |error| broken(file, error);
    let mut intake = Intake::new(program, format, file.bytes.as_slice()).map_err(broken)?;
    loop {
        let piece = intake.piece(MAX_BATCH_LINES).map_err(broken)?;
        mistakes.extend(piece.refused.iter().map(mistake_of));
        for line in piece.lines {
            // A pack is written, not exported: its values stand in their one form.
            let misspelled = line.repaired.iter().map(|(column, _)| relation.columns[*column as usize].name.as_str());
            mistakes.extend(misspelled.map(|column| mistake(line.line, column, refusal::SPELLING)));
            let SubmittedRow::Whole(row) = line.row else { continue };
            let key = relation.record.as_ref().map_or_else(|| row.clone(), |record| record.meant(&row.project(&record.key)));
            if keys.insert(key) {
                rows.push(row);
            } else {
                mistakes.push(mistake(line.line, "", refusal::KEY_TWICE));
            }
        }
        if piece.last {
            break;
        }
    }
    if mistakes.is_empty() {
        Ok((id, rows))
    } else {
        mistakes.sort_by_key(|mistake| mistake.line);
        Err(PackError::Data { file: file.name.clone(), mistakes })
    }
}

fn unfitness(relation: &Relation) -> Option<Unfit> {
    if relation.clock {
        Some(Unfit::Clock)
    } else if relation.input.is_none() && relation.record.is_none() {
        Some(Unfit::Derived)
    } else {
        let owned = relation.record.as_ref().is_none_or(RecordDecl::is_reference);
        (!owned).then_some(Unfit::NotOwned)
    }
}

fn broken(file: &DataFile, error: IngestError) -> PackError {
    let at = |line, code| PackError::Data { file: file.name.clone(), mistakes: vec![mistake(line, "", code)] };
    match error {
        IngestError::Empty => at(1, refusal::MISSING_COLUMN),
        IngestError::Charset { .. } => at(1, refusal::NOT_UTF8),
        IngestError::Header(refused) => {
            PackError::Data { file: file.name.clone(), mistakes: refused.iter().map(mistake_of).collect() }
        }
        IngestError::RecordTooLong { line } => at(line, refusal::LINE_TOO_LONG),
        IngestError::OpenQuote { line } => at(line, refusal::OPEN_QUOTE),
        IngestError::Io(cause) => PackError::Read { path: file.name.clone().into(), cause },
    }
}

fn mistake_of(refused: &Refused) -> DataMistake {
    let pointer = &refused.pointer;
    // A line that has too many cells names none of them.
    let column = pointer
        .strip_prefix("/row/")
        .or_else(|| pointer.strip_prefix("/header/").map(|_| &pointer[1..]))
        .unwrap_or("")
        .to_string();
    DataMistake { line: refused.line, column, code: refused.code, said: refused.message.clone() }
}

fn mistake(line: u64, column: &str, code: &'static str) -> DataMistake {
    let (_, said) = refusal::known(code).expect("codes of the door have their sentences");
    DataMistake { line, column: column.to_string(), code, said }
}
