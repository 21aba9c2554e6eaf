//! [`EngineHandle::agenda`]: what the clock alone will do to clues, day by day. A copy of what holds goes on in an evaluation of its own,
//! whose clock walks ahead; the server's goes on beside it and hears nothing of that.
//!
//! Promises: what is told for a day is what the stream says when the clock gets there and nothing else has come; one agenda at a time, and
//! none where memory would not do; nothing is written. Must not know: who may see which clue.

use super::evaluation::{Beside, Cut, Deltas, Evaluated, Evaluation, Machine};
use super::handle::{EngineHandle, Shared};
use super::judged::Judged;
use super::publish::{agency_names, clue_changes, now_text};
use super::refusals::Refusals;
use super::rules::Rules;
use super::walk::{instant_of, midnight, steps, value_at};
use super::{EngineError, Phase};
use crate::clues::{AgencyNames, Cause, ClueDelta, ClueStore, FrozenClues, Turn};
use crate::limits::{AGENDA_BYTES_PER_ROW, AGENDA_DAYS};
use crate::plan::Output;
use crate::program::Program;
use crate::records::{Appeared, Frozen};
use crate::security::Names;
use crate::types::{Day, Epoch, Interner, RelId, Value, day_of_datetime};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, TryLockError};

/// A stop of the clock on its way.
pub struct Foreseen {
    pub day: Day,
    /// What the clock shows then, the more exact one if there are two.
    pub now: String,
    /// What it does to clues. Epochs behind that of [`Agenda::epoch`] are not there yet.
    pub clues: Vec<ClueDelta>,
}

/// From where an agenda looks ahead.
pub struct Agenda {
    /// What was there up to this epoch is known to it, and nothing later.
    pub epoch: Epoch,
    /// What the clock showed.
    pub now: String,
}

/// Why an evaluation beside the server's own gives nothing.
const OTHER: &str = "an evaluation of the same rows gave other clues";

impl EngineHandle {
    /// Shows every stop of the clock up to a day, those at which nothing happens too, until the visitor has seen enough. Takes as long as an
    /// evaluation of all records does.
    pub fn agenda(&self, until: Day, visit: impl FnMut(Foreseen) -> ControlFlow<()>) -> Result<Agenda, EngineError> {
        let shared = self.shared();
        let running = match shared.agenda.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(EngineError::AgendaRunning),
        };
        let (mut side, stops) = Side::begin(shared, until)?;
        let agenda = Agenda { epoch: side.epoch, now: now_text(&side.now) };
        let walked = side.walk(shared, &stops, visit);
        // The next one is made when the memory of this one is free again.
        drop(side);
        drop(running);
        walked.map(|()| agenda)
    }
}

/// What holds, going on by itself.
struct Side {
    program: Arc<Program>,
    evaluation: Evaluation,
    clues: ClueStore,
    agencies: AgencyNames,
    texts: Arc<Interner>,
    epoch: Epoch,
    now: Vec<(RelId, Value)>,
}

/// What holds between two epochs. Nothing of it is copied, so long as it does not change.
struct Standing {
    program: Arc<Program>,
    epoch: Epoch,
    now: Vec<(RelId, Value)>,
    refused: Refusals,
    said: Judged,
    records: Frozen,
    clues: FrozenClues,
    names: Names,
}

impl Standing {
    fn of(shared: &Shared) -> Result<Standing, EngineError> {
        match shared.phase() {
            Phase::Ready => {}
            Phase::Suspended { .. } => return Err(EngineError::NoAgendaNow),
            phase => return Err(EngineError::NotReady(phase)),
        }
        let view = shared.read();
        if view.stale {
            return Err(EngineError::NoAgendaNow);
        }
        Ok(Standing {
            program: view.program.clone(),
            epoch: view.epoch,
            now: view.now.clone(),
            refused: view.refused.clone(),
            said: view.said.clone(),
            records: view.records.freeze(),
            clues: view.clues.freeze(),
            names: view.clues.names().clone(),
        })
    }
}

impl Side {
    /// A copy of what holds, and where the clock will stop.
    fn begin(shared: &Shared, until: Day) -> Result<(Side, Vec<i64>), EngineError> {
        let Standing { program, epoch, now, refused, said, records, clues, names } = Standing::of(shared)?;
        let rules = Rules::of_program(program.clone());
        let stops = stops(&rules, &now, until)?;
        let rows = shared.metrics.dataflow_rows.load(Ordering::Relaxed) + records.rows() as u64;
        if !shared.memory.has_room_for(rows.saturating_mul(AGENDA_BYTES_PER_ROW)) {
            return Err(EngineError::NoRoomForAgenda);
        }
        let texts = records.texts().clone();
        // From here on records that change are copied no more for this.
        let rows = records.into_rows();
        let agencies = agency_names(&program, &rows, &texts);
        let machine = Machine { texts: texts.clone(), naming: names.naming(), workers: 1, budget: shared.budget, alarm: None };
        let mut evaluation = Evaluation::start(rules, &machine, epoch);
        evaluation.submit(epoch, rows, &Beside::all(&refused, &said, &names));
        let all = match evaluation.wait(epoch).map_err(cut)?.remove(&epoch) {
            Some(Evaluated::Fresh(all)) => all,
            Some(Evaluated::Step(_)) | None => return Err(failed(OTHER)),
        };
        let mut clues = ClueStore::of_frozen(clues, names);
        let none = BTreeSet::new();
        let is_clue = |id: &RelId| program.relation(*id).clue.is_some();
        let relations = program.output_ids().into_iter().filter(is_clue);
        let held = relations.map(|id| (id, all.get(&Output::Relation(id)).unwrap_or(&none)));
        if !clues.attach(&program, held) {
            return Err(failed(OTHER));
        }
        Ok((Side { program, evaluation, clues, agencies, texts, epoch, now }, stops))
    }

    fn walk(
        &mut self,
        shared: &Shared,
        stops: &[i64],
        mut visit: impl FnMut(Foreseen) -> ControlFlow<()>,
    ) -> Result<(), EngineError> {
        for stop in stops {
            if shared.queue.is_closed() {
                return Err(EngineError::NotReady(Phase::Stopping));
            }
            let foreseen = self.step(*stop)?;
            if visit(foreseen).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn step(&mut self, stop: i64) -> Result<Foreseen, EngineError> {
        self.epoch = self.epoch.next();
        let moved = self.move_clocks(stop)?;
        self.evaluation.submit(self.epoch, moved, &Beside::default());
        let mut evaluated = self.evaluation.wait(self.epoch).map_err(cut)?;
        let deltas = match evaluated.remove(&self.epoch) {
            Some(Evaluated::Step(deltas)) => deltas,
            Some(Evaluated::Fresh(_)) => return Err(failed(OTHER)),
            None => Deltas::new(),
        };
        let day = day_of_datetime(stop).ok_or(EngineError::AgendaRange)?;
        let now = now_text(&self.now);
        let cause = Arc::new(Cause::Clock { now: now.clone() });
        let Side { program, agencies, clues, epoch, .. } = self;
        let turn = Turn { epoch: *epoch, cause, now: Arc::from(now.as_str()), program: &*program, agencies: &*agencies };
        let turned = clues.apply(&turn, clue_changes(program, &deltas));
        Ok(Foreseen { day, now, clues: turned.clues })
    }

    fn move_clocks(&mut self, stop: i64) -> Result<Vec<Appeared>, EngineError> {
        let mut moved = Vec::new();
        for (relation, value) in &mut self.now {
            let kind = self.program.relation(*relation).columns[0].kind;
            let next = value_at(kind, stop).ok_or(EngineError::AgendaRange)?;
            if next != *value {
                let words = vec![self.texts.encode(value, kind), self.texts.encode(&next, kind)];
                moved.push(Appeared { relation: *relation, words, diffs: vec![-1, 1] });
                *value = next;
            }
        }
        Ok(moved)
    }
}

/// The same stops that a clock makes which is moved to that day.
fn stops(rules: &Rules, now: &[(RelId, Value)], until: Day) -> Result<Vec<i64>, EngineError> {
    let from = instant_of(now).ok_or(EngineError::NoClock)?;
    let ahead = day_of_datetime(from).and_then(|today| until.checked_sub(today)).ok_or(EngineError::AgendaRange)?;
    match ahead {
        0 => Ok(Vec::new()),
        1..=AGENDA_DAYS => steps(rules.clocks(), from, midnight(until)).map_err(|_| EngineError::AgendaRange),
        _ => Err(EngineError::AgendaRange),
    }
}

fn cut(cut: Cut) -> EngineError {
    match cut {
        Cut::Suspended { .. } => EngineError::NoAgendaNow,
        Cut::Broken { reason } => failed(&reason),
    }
}

fn failed(reason: &str) -> EngineError {
    tracing::error!(reason, "there is no agenda");
    EngineError::AgendaFailed
}
