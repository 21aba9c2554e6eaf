//! The lives of clues of one moment, to be written into a snapshot while they go on; and a store made of a snapshot again, which gets the
//! rows behind its clues from an evaluation ([`ClueStore::attach`]).

use super::card::Split;
use super::judged::count;
use super::store::{Life, Shelf};
use super::{Cause, Clue, ClueOp, ClueStore, Level, Machine, Step};
use crate::limits::{SNAPSHOT_ITEMS, SNAPSHOT_TEXT_BYTES};
use crate::program::Program;
use crate::security::{ClueId, Names};
use crate::storage::Cell;
use crate::storage::snapshot::{self as file, CauseWire, Part, Section, SnapshotError, SnapshotWriter, StateWire};
use crate::types::{CaseState, Dismissal, Epoch, RelId, Row, Value};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Lives as they were.
pub struct FrozenClues {
    levels: Vec<(Arc<str>, Level)>,
    shelves: VecDeque<Arc<Shelf>>,
}

impl ClueStore {
    /// What is there now, whatever comes. Lives are not copied.
    pub fn freeze(&self) -> FrozenClues {
        FrozenClues { levels: self.counts.keys().cloned().collect(), shelves: self.shelves.freeze() }
    }
}

impl FrozenClues {
    /// Bytes of lives, roughly, that are kept for nobody else any more: they have changed since.
    pub fn held(&self) -> usize {
        let apart = self.shelves.iter().filter(|shelf| Arc::strong_count(shelf) == 1);
        let alone = |life: &&Arc<Life>| Arc::strong_count(life) == 1;
        let note = |step: &Step| step.note.as_ref().map_or(0, |note| note.len());
        let step = |step: &Step| size_of::<Step>() + LEVEL_BYTES + note(step);
        let bytes = |life: &Arc<Life>| size_of::<Life>() + life.steps.iter().map(step).sum::<usize>();
        apart.flat_map(|shelf| shelf.lives.values().filter(alone)).map(bytes).sum()
    }

    /// Writes all of it; `go_on` is asked between two sections, with what is still to be written.
    pub fn write<E: From<SnapshotError>>(
        mut self,
        to: &mut SnapshotWriter,
        mut go_on: impl FnMut(&FrozenClues) -> Result<(), E>,
    ) -> Result<(), E> {
        to.put(&file::Levels(self.levels.iter().map(|(rule, level)| (&**rule, number_of_level(*level))).collect()))?;
        let (mut lives, mut forgotten): (Vec<Arc<Life>>, Vec<[u8; 16]>) = (Vec::new(), Vec::new());
        while let Some(shelf) = self.shelves.pop_front() {
            lives.extend(shelf.lives.values().cloned());
            forgotten.extend(shelf.forgotten.iter().map(|id| *id.bytes()));
            let last = self.shelves.is_empty();
            while lives.len() >= SNAPSHOT_ITEMS || (last && !lives.is_empty()) {
                let some: Vec<Arc<Life>> = lives.drain(..lives.len().min(SNAPSHOT_ITEMS)).collect();
                put_judged(to, &some)?;
                to.put(&section_of(&some))?;
                go_on(&self)?;
            }
            while forgotten.len() >= SNAPSHOT_ITEMS || (last && !forgotten.is_empty()) {
                to.put(&file::Forgotten(forgotten.drain(..forgotten.len().min(SNAPSHOT_ITEMS)).collect()))?;
            }
        }
        Ok(())
    }
}

/// Of the name of a level.
const LEVEL_BYTES: usize = 16;

fn section_of(lives: &[Arc<Life>]) -> file::Lives<'_> {
    let mut epochs: BTreeMap<Epoch, (&Cause, &str)> = BTreeMap::new();
    let steps = || lives.iter().flat_map(|life| &life.steps);
    steps().for_each(|step| {
        epochs.insert(step.epoch, (&*step.cause, &*step.now));
    });
    let numbers: BTreeMap<Epoch, u32> = epochs.keys().copied().zip(0..).collect();
    file::Lives {
        epochs: epochs.into_iter().map(|(epoch, (cause, now))| (epoch.0, wire_of(cause), now)).collect(),
        lives: lives.iter().map(|life| life_wire(life, &numbers)).collect(),
    }
}

/// Notes may be long, so they are in sections of their own.
fn put_judged(to: &mut SnapshotWriter, lives: &[Arc<Life>]) -> Result<(), SnapshotError> {
    let (mut next, mut bytes) = (Vec::new(), 0);
    for life in lives.iter().filter(|life| life.judged) {
        let said = |(_, step): &(u32, &Step)| step.state != CaseState::New || step.note.is_some();
        let steps = (0u32..).zip(&life.steps).filter(said);
        let steps: Vec<_> = steps.map(|(at, step)| (at, number_of_state(step.state), step.note.as_deref())).collect();
        bytes += steps.iter().map(|(_, _, note)| size_of::<u64>() + note.map_or(0, str::len)).sum::<usize>();
        let (id, state) = (*life.clue.id.bytes(), number_of_state(life.clue.state));
        next.push(file::JudgedWire { id, state, bound: life.bound, steps });
        if bytes >= SNAPSHOT_TEXT_BYTES {
            to.put(&file::Judged(std::mem::take(&mut next)))?;
            bytes = 0;
        }
    }
    if next.is_empty() { Ok(()) } else { to.put(&file::Judged(next)) }
}

pub fn number_of_state(state: CaseState) -> StateWire {
    (state.number(), state.dismissal().map_or(0, Dismissal::number))
}

pub fn state_of((state, reason): StateWire) -> Option<CaseState> {
    let reason = if reason == 0 { None } else { Some(Dismissal::of_number(reason)?) };
    CaseState::of_number(state, reason)
}

pub(super) fn wire_of(cause: &Cause) -> CauseWire<'_> {
    match cause {
        Cause::Batch { agency } => CauseWire::Batch(agency),
        Cause::Clock { now } => CauseWire::Clock(now),
        Cause::Rules { pack, version, hash } => CauseWire::RulesOf(pack, version, hash),
        Cause::Verdict { agency, state } => {
            let (state, reason) = number_of_state(*state);
            CauseWire::Verdict(agency, state, reason)
        }
    }
}

/// `None`: of a verdict that is not known here.
pub(super) fn cause_of(wire: CauseWire<'_>) -> Option<Cause> {
    Some(match wire {
        CauseWire::Batch(agency) => Cause::Batch { agency: agency.to_string() },
        CauseWire::Clock(now) => Cause::Clock { now: now.to_string() },
        CauseWire::Rules(pack, version) => {
            Cause::Rules { pack: pack.to_string(), version: version.to_string(), hash: String::new() }
        }
        CauseWire::RulesOf(pack, version, hash) => {
            Cause::Rules { pack: pack.to_string(), version: version.to_string(), hash: hash.to_string() }
        }
        CauseWire::Verdict(agency, state, reason) => {
            Cause::Verdict { agency: agency.to_string(), state: state_of((state, reason))? }
        }
    })
}

pub(super) fn clue_wire(clue: &Clue) -> file::ClueWire<'_> {
    file::ClueWire {
        id: *clue.id.bytes(),
        relation: clue.relation.0,
        rule: &clue.rule,
        title: &clue.title,
        person: clue.person.as_deref(),
        person_key: clue.person_key.as_deref(),
        agency: clue.agency.as_deref(),
        area: clue.area.as_deref(),
        level: &clue.level,
        basis: &clue.basis,
        due: clue.due.as_ref().map(Cell::of),
        reason: &clue.reason,
        columns: clue.columns.iter().map(|(name, value)| (&**name, Cell::of(value))).collect(),
        evidence: clue.evidence,
        machine: MACHINES.iter().position(|machine| *machine == clue.machine).unwrap_or(0) as u8,
        opened: clue.opened.0,
        changed: clue.changed.0,
    }
}

fn life_wire<'a>(life: &'a Life, numbers: &BTreeMap<Epoch, u32>) -> file::Life<'a> {
    let clue = clue_wire(&life.clue);
    file::Life {
        id: clue.id,
        relation: clue.relation,
        rule: clue.rule,
        key: life.key.1.values().iter().map(Cell::of).collect(),
        title: clue.title,
        person: clue.person,
        person_key: clue.person_key,
        agency: clue.agency,
        area: clue.area,
        level: clue.level,
        basis: clue.basis,
        due: clue.due,
        reason: clue.reason,
        columns: clue.columns,
        evidence: clue.evidence,
        machine: clue.machine,
        opened: clue.opened,
        changed: clue.changed,
        steps: life.steps.iter().map(|step| (numbers[&step.epoch], number_of_op(step.op), &*step.level)).collect(),
        split: (life.splits.contains(&Split::Agency), life.splits.contains(&Split::Area)),
    }
}

/// By their numbers in the file.
const MACHINES: [Machine; 4] = [Machine::Open, Machine::Changed, Machine::Withdrawn, Machine::Reopened];
const OPS: [ClueOp; 4] = [ClueOp::Open, ClueOp::Change, ClueOp::Withdraw, ClueOp::Reopen];
const LEVELS: [Level; 4] = [Level::Violation, Level::Hint, Level::Quality, Level::Other];

pub(super) fn op_of(number: u8) -> Option<ClueOp> {
    OPS.get(usize::from(number)).copied()
}

pub(super) fn number_of_op(op: ClueOp) -> u8 {
    OPS.iter().position(|one| *one == op).unwrap_or(0) as u8
}

fn number_of_level(level: Level) -> u8 {
    LEVELS.iter().position(|one| *one == level).unwrap_or(0) as u8
}

/// A store that is made of the sections of a snapshot.
pub struct ThawingClues {
    store: ClueStore,
    /// Lives that share an epoch share what is said of it.
    epochs: BTreeMap<Epoch, (Arc<Cause>, Arc<str>)>,
    /// What people said of lives that are still to come.
    judged: BTreeMap<[u8; 16], Said>,
    rules: BTreeMap<String, Arc<str>>,
}

const UNFIT: &str = "a clue is not whole";

impl ThawingClues {
    pub fn new(names: Names) -> ThawingClues {
        ThawingClues { store: ClueStore::new(names), epochs: BTreeMap::new(), judged: BTreeMap::new(), rules: BTreeMap::new() }
    }

    /// One section; `false` if it is none of clues.
    pub fn take(&mut self, section: &Section) -> Result<bool, SnapshotError> {
        match section.kind {
            <file::Levels<'_> as Part>::KIND => {
                for (rule, level) in section.read::<file::Levels<'_>>()?.0 {
                    let level = *LEVELS.get(usize::from(level)).ok_or_else(|| section.damaged(UNFIT))?;
                    let rule = self.rule(rule);
                    self.store.counts.entry((rule, level)).or_default();
                }
            }
            <file::Forgotten as Part>::KIND => {
                for id in section.read::<file::Forgotten>()?.0 {
                    self.store.shelves.of_mut(&id).forgotten.insert(ClueId::of_bytes(id));
                }
            }
            <file::Judged<'_> as Part>::KIND => {
                for wire in section.read::<file::Judged<'_>>()?.0 {
                    let said = Said::of(&wire).ok_or_else(|| section.damaged(UNFIT))?;
                    self.judged.insert(wire.id, said);
                }
            }
            <file::Lives<'_> as Part>::KIND => self.take_lives(section, section.read()?)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// As it is at the end, if it was read.
    pub fn latest(&self, id: &ClueId) -> Option<&Arc<Clue>> {
        self.store.get(id)
    }

    pub fn finish(self) -> ClueStore {
        self.store
    }

    fn rule(&mut self, name: &str) -> Arc<str> {
        self.rules.entry(name.to_string()).or_insert_with(|| Arc::from(name)).clone()
    }

    fn take_lives(&mut self, section: &Section, part: file::Lives<'_>) -> Result<(), SnapshotError> {
        let mut epochs = Vec::new();
        for (epoch, cause, now) in part.epochs {
            let cause = cause_of(cause).ok_or_else(|| section.damaged(UNFIT))?;
            let told = self.epochs.entry(Epoch(epoch));
            let (cause, now) = told.or_insert_with(|| (Arc::new(cause), Arc::from(now))).clone();
            epochs.push((Epoch(epoch), cause, now));
        }
        for wire in part.lives {
            let rule = self.rule(wire.rule);
            let said = self.judged.remove(&wire.id);
            let life = life_of(wire, rule, &epochs, said).ok_or_else(|| section.damaged(UNFIT))?;
            self.store.put(Arc::new(life));
        }
        Ok(())
    }
}

/// What people said of one life.
struct Said {
    state: CaseState,
    bound: Option<[u8; 16]>,
    /// By their places.
    steps: BTreeMap<u32, (CaseState, Option<Arc<str>>)>,
}

impl Said {
    fn of(wire: &file::JudgedWire<'_>) -> Option<Said> {
        let step = |(at, state, note): &(u32, StateWire, Option<&str>)| Some((*at, (state_of(*state)?, note.map(Arc::from))));
        let steps = wire.steps.iter().map(step).collect::<Option<_>>()?;
        Some(Said { state: state_of(wire.state)?, bound: wire.bound, steps })
    }
}

/// Of a clue that is in this state.
pub(super) fn clue_of(wire: &file::ClueWire<'_>, state: CaseState) -> Option<Clue> {
    let columns = wire.columns.iter().map(|(name, cell)| Some((name.to_string(), cell.value()?)));
    let due: Option<Value> = match &wire.due {
        Some(cell) => Some(cell.value()?),
        None => None,
    };
    let text = |text: Option<&str>| text.map(str::to_string);
    Some(Clue {
        id: ClueId::of_bytes(wire.id),
        relation: RelId(wire.relation),
        rule: wire.rule.to_string(),
        title: wire.title.to_string(),
        person: text(wire.person),
        agency: text(wire.agency),
        area: text(wire.area),
        level: wire.level.to_string(),
        basis: wire.basis.to_string(),
        due,
        reason: wire.reason.to_string(),
        columns: columns.collect::<Option<_>>()?,
        evidence: wire.evidence,
        machine: *MACHINES.get(usize::from(wire.machine))?,
        state,
        opened: Epoch(wire.opened),
        changed: Epoch(wire.changed),
        person_key: wire.person_key.map(Arc::from),
    })
}

fn life_of(wire: file::Life<'_>, rule: Arc<str>, epochs: &[(Epoch, Arc<Cause>, Arc<str>)], said: Option<Said>) -> Option<Life> {
    let judged = said.is_some();
    let Said { state, bound, steps: mut noted } =
        said.unwrap_or(Said { state: CaseState::New, bound: None, steps: BTreeMap::new() });
    let as_clue = file::ClueWire {
        id: wire.id,
        relation: wire.relation,
        rule: wire.rule,
        title: wire.title,
        person: wire.person,
        person_key: wire.person_key,
        agency: wire.agency,
        area: wire.area,
        level: wire.level,
        basis: wire.basis,
        due: wire.due,
        reason: wire.reason,
        columns: wire.columns,
        evidence: wire.evidence,
        machine: wire.machine,
        opened: wire.opened,
        changed: wire.changed,
    };
    let clue = clue_of(&as_clue, state)?;
    let mut step = |(at, (epoch, op, level)): (u32, &(u32, u8, &str))| {
        let (epoch, cause, now) = epochs.get(*epoch as usize)?.clone();
        let (state, note) = noted.remove(&at).unwrap_or_default();
        Some(Step { epoch, cause, now, op: op_of(*op)?, level: level.to_string(), state, note })
    };
    let splits = [(wire.split.0, Split::Agency), (wire.split.1, Split::Area)];
    Some(Life {
        key: (rule, Row::new(wire.key.iter().map(Cell::value).collect::<Option<_>>()?)),
        clue: Arc::new(clue),
        steps: (0..).zip(&wire.steps).map(&mut step).collect::<Option<_>>()?,
        splits: splits.into_iter().filter(|(is, _)| *is).map(|(_, split)| split).collect(),
        judged,
        bound,
    })
}

impl ClueStore {
    fn put(&mut self, life: Arc<Life>) {
        let (id, clue) = (life.clue.id, life.clue.clone());
        count(&mut self.cases, &life.key.0, (&clue, life.judged), true);
        if clue.machine != Machine::Withdrawn {
            self.open.insert(life.key.clone(), id);
            *self.counts.entry((life.key.0.clone(), Level::of(&clue.level))).or_default() += 1;
        } else if life.judged {
            self.judged.insert(id);
        } else {
            self.withdrawn.insert(clue.changed, id, life.bytes());
        }
        self.shelves.of_mut(id.bytes()).lives.insert(id, life);
    }

    /// The lives as they were, to go on by themselves. The rows behind the clues come with [`ClueStore::attach`].
    pub fn of_frozen(frozen: FrozenClues, names: Names) -> ClueStore {
        let mut store = ClueStore::new(names);
        store.counts.extend(frozen.levels.into_iter().map(|level| (level, 0)));
        for shelf in frozen.shelves {
            for life in shelf.lives.values() {
                store.put(life.clone());
            }
            for id in &shelf.forgotten {
                store.shelves.of_mut(id.bytes()).forgotten.insert(*id);
            }
        }
        store
    }

    /// Gives a store of a snapshot the rows behind its clues. `false` if they are not those of exactly the clues that hold.
    #[must_use]
    pub fn attach<'d>(&mut self, program: &Program, rows: impl IntoIterator<Item = (RelId, &'d BTreeSet<Row>)>) -> bool {
        let mut evidence: BTreeMap<ClueId, BTreeSet<Row>> = BTreeMap::new();
        for (relation, rows) in rows {
            let relation = program.relation(relation);
            let Some(decl) = &relation.clue else { continue };
            for row in rows {
                let id = self.names.clue(&relation.name, &row.project(&decl.key));
                evidence.entry(id).or_default().insert(row.clone());
            }
        }
        let as_many = |id: &ClueId| {
            let held = evidence.get(id).map_or(0, BTreeSet::len);
            held > 0 && self.get(id).is_some_and(|clue| clue.evidence == held as u64)
        };
        let same = evidence.len() == self.open.len() && self.open.values().all(as_many);
        self.evidence = evidence;
        same
    }
}
