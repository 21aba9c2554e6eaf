//! What readers see of an epoch: records, clues, rows, faults and refusals all move from one epoch to the next under one lock.

use super::View;
use super::evaluation::{Deltas, Evaluated};
use super::failure::Failure;
use super::handle::panicked;
use super::install::InForce;
use super::rules::Rules;
use super::world::{Outcome, World};
use crate::clues::{AgencyNames, Cause, EpochChanges, Turn, Turned};
use crate::plan::Output;
use crate::points::{self, Point};
use crate::program::{Program, Relation};
use crate::records::{Appeared, Foresight};
use crate::storage::entry::{Entry, EntryBody, NetChange, Verdict};
use crate::types::{Change, Interner, Kind, RelId, Row, Value, short_hash};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// What an epoch changed of the outputs.
#[derive(Default)]
struct Moved {
    turned: Turned,
    rows: Vec<(RelId, Change)>,
    gone: Vec<(RelId, Change)>,
}

impl World {
    /// Lets readers see the entries that were staged, now that they are durable. All at once: nobody sees half a group.
    pub fn publish(&mut self, entries: Vec<Entry>, outcome: &mut Outcome) -> Result<(), Failure> {
        let shared = self.shared.clone();
        let mut view = shared.write();
        let published = catch_unwind(AssertUnwindSafe(|| {
            entries.into_iter().try_for_each(|entry| {
                let evaluated = outcome.evaluated.remove(&entry.epoch);
                self.publish_one(&mut view, entry, evaluated)
            })
        }));
        // Before anybody can look at half an epoch.
        match published {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => {
                shared.tear(failure.said());
                return Err(failure);
            }
            Err(panic) => {
                shared.tear(panicked());
                resume_unwind(panic)
            }
        }
        view.stale = self.is_still();
        self.foresight = Foresight::default();
        Ok(())
    }

    fn publish_one(&mut self, view: &mut View, entry: Entry, evaluated: Option<Evaluated>) -> Result<(), Failure> {
        let Some(rules) = self.rules().cloned() else { return Err(Failure::NoRules(entry.epoch)) };
        let Entry { epoch, wall_us, body } = entry;
        self.wall_us = wall_us;
        self.tell_of(&rules);
        self.derived.record(epoch, &rules.program, evaluated.as_ref())?;
        let mut said = None;
        let cause = match body {
            EntryBody::Suspended { .. } => {
                view.feed.pass(epoch);
                view.epoch = epoch;
                return Ok(());
            }
            EntryBody::Resumed => match &self.in_force {
                Some(InForce { pack, version, hash }) => {
                    Cause::Rules { pack: pack.clone(), version: version.clone(), hash: short_hash(hash) }
                }
                None => return Err(Failure::NoRules(epoch)),
            },
            EntryBody::Install(install) => {
                self.take_changes(view, &rules, &install.changes)?;
                Cause::Rules { pack: install.pack, version: install.version, hash: short_hash(&install.hash) }
            }
            EntryBody::Clock(changes) => {
                self.take_changes(view, &rules, &changes)?;
                Cause::Clock { now: now_text(&view.now) }
            }
            EntryBody::Batch(batch) => {
                self.take_changes(view, &rules, &batch.changes)?;
                view.refused.apply(epoch, &batch);
                self.receipts.keep(epoch, &batch.agency, batch.idempotency_key.as_deref());
                Cause::Batch { agency: batch.agency }
            }
            EntryBody::Verdict(verdict) => {
                self.receipts.keep(epoch, &verdict.agency, verdict.idempotency_key.as_deref());
                view.said.apply(&verdict, view.clues.names());
                let cause = Cause::Verdict { agency: verdict.agency.clone(), state: verdict.state };
                said = Some(verdict);
                cause
            }
        };
        let before = std::mem::replace(&mut view.program, rules.program.clone());
        let now = Arc::from(now_text(&view.now));
        let turn = Turn { epoch, cause: Arc::new(cause.clone()), now, program: &rules.program, agencies: &self.agencies };
        let judged = said.and_then(|Verdict { relation, key, state, note, .. }| {
            view.clues.judge(&turn, &(Arc::from(relation), key), state, note.as_deref())
        });
        let mut moved = Moved::default();
        let others = !Arc::ptr_eq(&before, &rules.program);
        if others {
            moved.gone = renumber(view, &before, &rules.program);
        }
        match evaluated {
            Some(Evaluated::Step(deltas)) => step(view, &turn, &deltas, &mut moved),
            Some(Evaluated::Fresh(all)) => fresh(view, &turn, &before, all, &mut moved),
            None => {}
        }
        points::pass(Point::Publishing);
        // Before what rules make of it.
        moved.turned.clues.splice(0..0, judged);
        let Moved { turned, rows, gone } = moved;
        let (program, before) = (rules.program.clone(), others.then_some(before));
        view.feed.push(EpochChanges { epoch, wall_us, cause, clues: turned.clues, rows, gone, before, program });
        view.epoch = epoch;
        Ok(())
    }

    /// The records move, and with them what is read off them: the clocks and the names of agencies.
    fn take_changes(&mut self, view: &mut View, rules: &Rules, changes: &[NetChange]) -> Result<(), Failure> {
        let program = &rules.program;
        let appeared = view.records.apply(changes)?;
        if !Arc::ptr_eq(&view.program, program) {
            self.read_off(view, program);
            return Ok(());
        }
        if appeared.iter().any(|rows| program.clocks.contains(&rows.relation)) {
            view.now = clocks(view, program);
        }
        let Some(columns) = AgencyColumns::of(program) else { return Ok(()) };
        let texts = &self.machine.texts;
        appeared
            .iter()
            .filter(|rows| rows.relation == columns.relation)
            .for_each(|rows| columns.take(&mut self.agencies, rows, texts));
        Ok(())
    }

    /// What is read off the records, read anew: other rules came, or other records.
    pub(super) fn read_off(&mut self, view: &mut View, program: &Program) {
        view.now = clocks(view, program);
        let Some(columns) = AgencyColumns::of(program) else { return };
        self.agencies = AgencyNames::default();
        for row in view.records.rows(columns.relation) {
            if let (Value::Symbol(code), Value::Symbol(name)) = (&row[columns.code], &row[columns.name]) {
                self.agencies.insert(code, name);
            }
        }
    }
}

fn clocks(view: &View, program: &Program) -> Vec<(RelId, Value)> {
    let clock = |id: &RelId| Some((*id, view.records.rows(*id).next()?[0].clone()));
    program.clocks.iter().filter_map(clock).collect()
}

/// Where rules keep the names of agencies.
struct AgencyColumns {
    relation: RelId,
    arity: usize,
    code: usize,
    name: usize,
}

impl AgencyColumns {
    fn of(program: &Program) -> Option<AgencyColumns> {
        let id = program.find(AgencyNames::RELATION)?;
        let relation = program.relation(id);
        relation.input.as_ref()?;
        let column = |name| relation.column(name).filter(|c| relation.columns[*c].kind == Kind::Symbol);
        let (code, name) = (column(AgencyNames::CODE)?, column(AgencyNames::NAME)?);
        Some(AgencyColumns { relation: id, arity: relation.arity(), code, name })
    }

    fn take(&self, names: &mut AgencyNames, rows: &Appeared, texts: &Interner) {
        for (row, diff) in rows.words.chunks(self.arity).zip(&rows.diffs) {
            let (code, name) = (texts.text(row[self.code]), texts.text(row[self.name]));
            if *diff > 0 { names.insert(&code, &name) } else { names.remove(&code, &name) }
        }
    }
}

/// What agencies are called in these rows.
pub fn agency_names(program: &Program, rows: &[Appeared], texts: &Interner) -> AgencyNames {
    let mut names = AgencyNames::default();
    if let Some(columns) = AgencyColumns::of(program) {
        rows.iter().filter(|rows| rows.relation == columns.relation).for_each(|rows| columns.take(&mut names, rows, texts));
    }
    names
}

/// The more exact clock, as text.
pub fn now_text(now: &[(RelId, Value)]) -> String {
    let exact = now.iter().max_by_key(|(_, value)| matches!(value, Value::Datetime(_)));
    exact.map_or_else(String::new, |(_, value)| value.to_string())
}

fn apply_set(set: &mut BTreeSet<Row>, changes: &[Change]) {
    for change in changes {
        if change.diff > 0 {
            set.insert(change.row.clone())
        } else {
            set.remove(&change.row)
        };
    }
}

/// Of an epoch, what it changed of the rows of clues.
pub fn clue_changes<'d>(program: &Program, deltas: &'d Deltas) -> impl Iterator<Item = (RelId, &'d [Change])> {
    deltas.iter().filter_map(|(output, changes)| match output {
        Output::Relation(id) => program.relation(*id).clue.is_some().then_some((*id, changes.as_slice())),
        Output::Faults => None,
    })
}

/// The same rules went on.
fn step(view: &mut View, turn: &Turn<'_>, deltas: &Deltas, moved: &mut Moved) {
    moved.turned = view.clues.apply(turn, clue_changes(turn.program, deltas));
    apply_set(&mut view.faults, &moved.turned.faults);
    for (output, changes) in deltas {
        match output {
            Output::Faults => apply_set(&mut view.faults, changes),
            Output::Relation(id) if turn.program.relation(*id).clue.is_some() => {}
            Output::Relation(id) => {
                apply_set(view.rows.entry(*id).or_default(), changes);
                moved.rows.extend(changes.iter().map(|change| (*id, change.clone())));
            }
        }
    }
}

/// Other rules hold something else: the difference comes out.
fn fresh(view: &mut View, turn: &Turn<'_>, before: &Program, all: BTreeMap<Output, BTreeSet<Row>>, moved: &mut Moved) {
    let none = BTreeSet::new();
    let of = |id: RelId| all.get(&Output::Relation(id)).unwrap_or(&none);
    let (clues, others): (Vec<RelId>, Vec<RelId>) =
        turn.program.output_ids().into_iter().partition(|id| turn.program.relation(*id).clue.is_some());
    moved.turned = view.clues.replace(turn, before, clues.into_iter().map(|id| (id, of(id))));
    view.faults = all.get(&Output::Faults).cloned().unwrap_or_default();
    view.faults.extend(view.clues.faults());
    for id in others {
        let (old, new) = (view.rows.remove(&id).unwrap_or_default(), of(id));
        let mut changes: Vec<Change> = old.difference(new).map(|row| Change { row: row.clone(), diff: -1 }).collect();
        changes.extend(new.difference(&old).map(|row| Change { row: row.clone(), diff: 1 }));
        changes.sort();
        moved.rows.extend(changes.into_iter().map(|change| (id, change)));
        if !new.is_empty() {
            view.rows.insert(id, new.clone());
        }
    }
}

/// Rows of outputs get the numbers that the new program gives their relations. Those it no longer has, or has with other columns, go as
/// they came: a reader takes away what it was given.
fn renumber(view: &mut View, before: &Program, after: &Program) -> Vec<(RelId, Change)> {
    let mut gone = Vec::new();
    let outputs = after.output_ids();
    for (old, rows) in std::mem::take(&mut view.rows) {
        let relation = before.relation(old);
        let same = after.find(&relation.name).filter(|id| {
            let now = after.relation(*id);
            outputs.contains(id) && now.clue.is_none() && columns(now).eq(columns(relation))
        });
        match same {
            Some(new) => {
                view.rows.insert(new, rows);
            }
            None => gone.extend(rows.into_iter().map(|row| (old, Change { row, diff: -1 }))),
        }
    }
    view.clues.renumber(after);
    gone
}

/// What a row is told by.
fn columns(relation: &Relation) -> impl Iterator<Item = (&str, &str, Kind)> {
    relation.columns.iter().map(|column| (column.name.as_str(), column.type_name.as_str(), column.kind))
}
