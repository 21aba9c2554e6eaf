//! What becomes of a batch: its lines are judged by the records, its refusals written down, its answer made. Nothing is changed here.

use super::doubts::Doubts;
use super::refusals::{Delivery, Outcome, RefusedKey, mended};
use super::repairs::Repairs;
use super::view::View;
use super::{BatchAnswer, BatchRequest, EngineError, OnReject, Op, Refusals, Refused, Submitted, SubmittedRow, Whole};
use crate::clues::AgencyNames;
use crate::ingest::{refusal, told_in_full};
use crate::program::{Program, RecordDecl, Relation};
use crate::records::{Draft, Fault, Given, Line, Records, Write, own_key};
use crate::security::Agency;
use crate::storage::entry::{Batch, Mended, Receipt, Refusal};
use crate::types::{Day, Epoch, RelId, Row};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A batch that gets an epoch, and what its sender will be told once that is durable.
pub struct Judged {
    pub batch: Batch,
    pub answer: Result<BatchAnswer, EngineError>,
}

/// Judges a batch against the records as the view has them, its refusals against those that are open. `day`: on which it happens.
pub fn judge(view: &View, (open, agencies): (&Refusals, &AgencyNames), request: BatchRequest, epoch: Epoch, day: Day) -> Judged {
    let replace = request.replace.map(|whole| whole.relation);
    let draft = draft(&view.records, &request);
    let mut refused = request.refused;
    let faulty = draft.faults().map(|(at, fault)| refused_line(&view.program, &request.agency, &request.lines[at], fault));
    refused.extend(faulty);
    refused.sort_by_key(|refused| refused.line);
    let bad: BTreeSet<u64> = refused.iter().map(|refused| refused.line).collect();
    let nothing = request.on_reject == OnReject::Fail && !refused.is_empty();
    let (changes, lines) = if nothing { (Vec::new(), &[][..]) } else { (draft.changes, request.lines.as_slice()) };
    let respelled = if nothing { Vec::new() } else { draft.respelled };
    let accepted: Vec<&Submitted> = lines.iter().filter(|line| !bad.contains(&line.line)).collect();
    let receipt = Receipt { accepted: accepted.len() as u64, changed: changes.len() as u64, refused: bad.len() as u64 };
    let agency = request.agency.as_str().to_string();
    let replaced = replace.filter(|_| !nothing).map(|id| view.program.relation(id).name.as_str());
    let mended = ended(&view.program, open, &agency, Delivery { replaced, day, ..Delivery::default() }, &accepted, &refused);
    let refusals = refused.iter().map(|refused| written(refused, day)).collect();
    let repairs = Repairs::of(changes.iter().chain(&respelled), &view.program);
    let doubts = Doubts::of(&changes, &view.program, agencies, day);
    let answer = BatchAnswer { epoch, receipt: receipt.clone(), refused, repairs, doubts, replayed: false };
    let batch = Batch {
        agency,
        idempotency_key: request.idempotency_key,
        body_hash: request.body_hash,
        changes,
        refusals,
        mended,
        receipt,
    };
    Judged { batch, answer: given(request.on_reject, answer) }
}

fn draft(records: &Records, request: &BatchRequest) -> Draft {
    let source = request.source.as_deref();
    let lines = request.lines.iter().map(|submitted| Line {
        line: submitted.line,
        relation: submitted.relation,
        write: match submitted.op {
            Op::Insert => Write::Insert,
            Op::Upsert => Write::Upsert,
            Op::Retract => Write::Retract,
        },
        given: match &submitted.row {
            SubmittedRow::Whole(row) => Given::Whole(row),
            SubmittedRow::Key(key) => Given::Key(key),
        },
        repaired: &submitted.repaired,
    });
    match request.replace {
        Some(Whole { relation, .. }) => {
            let unread = request.refused.iter().map(|refused| refused.key.clone()).collect();
            records.judge_whole(&request.agency, relation, lines, &unread, source)
        }
        None => records.judge(&request.agency, lines, source),
    }
}

/// A line that the records refuse, as its sender is told.
fn refused_line(program: &Program, agency: &Agency, line: &Submitted, fault: Fault) -> Refused {
    let relation = program.relation(line.relation);
    let pointer = fault.column.map_or_else(String::new, |c| format!("/row/{}", relation.columns[c].name));
    let (_, message) = told_in_full(fault.code, &pointer, Some(relation), agency.as_str());
    let key = told_key(relation, line).unwrap_or_default();
    // Who writes another's name in place of its own means a row of its own: under that key it can be mended.
    let key = match &relation.record {
        Some(record) if fault.code == refusal::NOT_YOURSELF => own_key(record.by, &record.key, &key, agency.as_str()),
        _ => key,
    };
    Refused { line: line.line, relation: relation.name.clone(), op: Some(line.op), code: fault.code, message, pointer, key }
}

/// The key as refusals name it: not if it holds personal columns.
fn told_key(relation: &Relation, line: &Submitted) -> Option<Row> {
    let record = relation.record.as_ref()?;
    if record.key.iter().any(|c| record.personal.contains(c)) {
        return None;
    }
    Some(match &line.row {
        SubmittedRow::Key(key) => key.clone(),
        SubmittedRow::Whole(row) => row.project(&record.key),
    })
}

/// How an answer is given, the first time and every other.
pub fn given(on_reject: OnReject, answer: BatchAnswer) -> Result<BatchAnswer, EngineError> {
    match on_reject {
        OnReject::Fail if !answer.refused.is_empty() => Err(EngineError::Refused(Box::new(answer))),
        OnReject::Fail | OnReject::Skip => Ok(answer),
    }
}

fn written(refused: &Refused, day: Day) -> Refusal {
    let Refused { line, relation, op, code, message: _, pointer, key } = refused.clone();
    Refusal { line, relation, op: Op::written(op).to_string(), code: code.to_string(), pointer, key, day }
}

/// Which refusals of the agency are over after this batch.
fn ended<'a>(
    program: &'a Program,
    open: &Refusals,
    agency: &str,
    mut delivery: Delivery<'a>,
    accepted: &[&Submitted],
    refused: &[Refused],
) -> Vec<Mended> {
    if refused.is_empty() && open.of_agency(agency).next().is_none() {
        // By far the most batches: nothing was and nothing is refused.
        return Vec::new();
    }
    if refused.is_empty() {
        let brought = accepted.iter().filter(|line| line.op != Op::Retract);
        let name = |line: &&Submitted| program.relation(line.relation).name.as_str();
        delivery.clean = brought.map(name).collect();
        delivery.taken_back = accepted.iter().filter(|line| line.op == Op::Retract).map(name).collect();
    }
    let of_refused = |r: &Refused| {
        let key = RefusedKey { relation: r.relation.clone(), key: r.key.clone(), op: Op::written(r.op).to_string() };
        (r.line, key, Outcome::Refused)
    };
    let of_accepted = |line: &&Submitted| {
        let outcome = if line.op == Op::Retract { Outcome::TakenBack } else { Outcome::Accepted };
        Some((line.line, mending_key(program, line)?, outcome))
    };
    let mut lines: Vec<(u64, RefusedKey, Outcome)> = refused.iter().map(of_refused).collect();
    lines.extend(accepted.iter().filter_map(of_accepted));
    lines.sort_by_key(|(line, ..)| *line);
    mended(open, agency, &delivery, meaning(program), lines.into_iter().map(|(_, key, outcome)| (key, outcome)))
}

/// What the key of a refusal means, however it is spelled.
fn meaning(program: &Program) -> impl Fn(&RefusedKey) -> Row {
    let records = program.relations.iter().filter_map(|relation| Some((relation.name.as_str(), relation.record.as_ref()?)));
    let spelled: HashMap<&str, &RecordDecl> = records.filter(|(_, record)| !record.alike.is_empty()).collect();
    move |key| spelled.get(key.relation.as_str()).map_or_else(|| key.key.clone(), |record| record.meant(&key.key))
}

/// The key under which an accepted line ends refusals; a key that refusals may not name ends none.
fn mending_key(program: &Program, line: &Submitted) -> Option<RefusedKey> {
    let relation = program.relation(line.relation);
    let key = told_key(relation, line)?;
    Some(RefusedKey { relation: relation.name.clone(), key, op: String::new() })
}

/// What batches of one group touch. A batch is judged against records that do not hold the ones before it yet, so two that could touch
/// the same rows do not go into one group.
#[derive(Default)]
pub struct Touched {
    keys: HashSet<(RelId, Row)>,
    /// Agencies some of whose lines were refused: what they send next may end such a refusal, which must be known by then.
    refused: HashSet<Agency>,
    written: HashSet<RelId>,
    replaced: HashSet<RelId>,
}

impl Touched {
    /// Adds a batch; `false`, and nothing added, if it could meet one that is in already.
    pub fn admits(&mut self, program: &Program, request: &BatchRequest) -> bool {
        let keys: Vec<(RelId, Row)> = request.lines.iter().map(|line| (line.relation, touched_key(program, line))).collect();
        let replace = request.replace.map(|whole| whole.relation);
        let meets = |id: &RelId| self.written.contains(id) || self.replaced.contains(id);
        let refuses = self.refused.contains(&request.agency)
            || replace.as_ref().is_some_and(meets)
            || keys.iter().any(|key| self.replaced.contains(&key.0) || self.keys.contains(key));
        if refuses {
            return false;
        }
        self.written.extend(keys.iter().map(|(id, _)| *id));
        self.keys.extend(keys);
        self.replaced.extend(replace);
        true
    }

    /// Some of this agency's lines were refused.
    pub fn refused(&mut self, agency: Agency) {
        self.refused.insert(agency);
    }
}

/// What the row's key means; the whole row where the relation has none.
fn touched_key(program: &Program, line: &Submitted) -> Row {
    let record: Option<&RecordDecl> = program.relation(line.relation).record.as_ref();
    match (&line.row, record) {
        (SubmittedRow::Key(key), Some(record)) => record.meant(key),
        (SubmittedRow::Whole(row), Some(record)) => record.meant(&row.project(&record.key)),
        (SubmittedRow::Key(row) | SubmittedRow::Whole(row), None) => row.clone(),
    }
}
