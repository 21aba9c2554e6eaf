//! A start from a snapshot: which one, what it holds, and whether an evaluation of its rows gives what held when it was made. The evaluation
//! begins as soon as the rows are there, while what readers may come back for is still being read.

use super::known::SnapshotState;
use crate::clues::{ClueStore, Feed, ThawingClues, ThawingFeed, state_of};
use crate::dataflow::Budget;
use crate::engine::Phase;
use crate::engine::derived::VERSION;
use crate::engine::evaluation::{Beside, Evaluated, Evaluation, Machine};
use crate::engine::failure::Failure;
use crate::engine::install::InForce;
use crate::engine::judged::{Judged, Last};
use crate::engine::receipts::Receipts;
use crate::engine::recover::{Survey, survey};
use crate::engine::refusals::{OpenRefusal, Refusals, RefusedKey};
use crate::engine::rules::Rules;
use crate::engine::world::World;
use crate::plan::Output;
use crate::points::{self, Point};
use crate::program::Program;
use crate::records::{Records, Thawing};
use crate::security::Names;
use crate::storage::snapshot::{
    self as file, Part, Section, SnapshotError, SnapshotHeader, SnapshotReader, read_ahead, snapshot_path,
};
use crate::storage::{Base, Cell, JournalError, Recovered, schema_of_bytes};
use crate::types::{Epoch, RelId, Row, Said};
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

/// What a snapshot holds, read to its end.
struct Thawed {
    header: SnapshotHeader,
    bytes: u64,
    in_force: InForce,
    rules: Rules,
    begun: Begun,
    clues: ClueStore,
    receipts: Receipts,
    refusals: Refusals,
    said: Judged,
    feed: Feed,
    /// Of which the feed tells.
    told: Vec<Rules>,
}

/// Its rows, and their evaluation on its way.
struct Begun {
    records: Records,
    evaluation: Evaluation,
}

/// Where a start begins.
pub struct Beginning {
    pub survey: Survey,
    /// Epoch and bytes of the snapshot.
    pub snapshot: Option<(Epoch, u64)>,
    /// Rows that are there already.
    pub rows: u64,
}

/// Why a start does not go on from a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error(transparent)]
    File(#[from] SnapshotError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("it was written by version {0}")]
    OtherVersion(String),
    #[error("it is from before an erasure")]
    Erased,
    #[error("the text of its rules is not taken any more")]
    Unread,
    #[error("the rules stood still from an epoch on that it holds")]
    Suspended,
    #[error("stopped")]
    Stopped,
}

impl Unusable {
    pub fn said(&self) -> Said {
        let zh = match self {
            Unusable::File(error) => return error.said(),
            Unusable::Journal(error) => return error.said(),
            Unusable::OtherVersion(version) => format!("由版本 {version} 写成"),
            Unusable::Erased => "写于一次删除之前".to_string(),
            Unusable::Unread => "其中的规则文本不再被接受".to_string(),
            Unusable::Suspended => "规则自其所含的某期起已停止计算".to_string(),
            Unusable::Stopped => "已停止".to_string(),
        };
        Said::new(self.to_string(), zh)
    }
}

/// Finds the newest snapshot from which the journal can be gone on with, and makes the world what it was then; else the whole journal.
pub fn choose(past: &mut Recovered, world: &mut World) -> Result<Beginning, Failure> {
    let shared = world.shared.clone();
    let (disk, dir) = (&shared.folder().disk, &shared.folder().dir);
    let (mut chosen, mut reasons) = (None, Vec::new());
    for epoch in file::snapshots(&**disk, dir)? {
        let path = snapshot_path(dir, epoch);
        let bytes = disk.open(&path).and_then(|file| file.len()).unwrap_or(0);
        let looked = if chosen.is_none() {
            read(past, world, epoch).map(|(thawed, survey)| (thawed.header.clone(), Some((thawed, survey))))
        } else {
            look(past, world, epoch).map(|header| (header, None))
        };
        match looked {
            Ok((header, whole)) => {
                shared.snapshots.found(epoch, Some(&header), bytes, SnapshotState::Whole);
                chosen = chosen.or(whole);
            }
            Err(Unusable::Stopped) => return Err(Failure::Stopped),
            Err(reason) => {
                tracing::warn!(file = %path.display(), %reason, "no start goes on from this snapshot");
                shared.snapshots.found(epoch, None, bytes, SnapshotState::Unusable);
                reasons.push((path, reason.said()));
            }
        }
    }
    match chosen {
        Some((thawed, survey)) => {
            let (snapshot, rows) = (Some((thawed.header.epoch, thawed.bytes)), thawed.header.rows);
            past.begin_after(base_of(&thawed.header))?;
            let shared = world.shared.clone();
            shared.snapshots.went_on_from(thawed.header.epoch);
            world.become_as(thawed)?;
            shared.set_phase(Phase::Recovering { done: 2 * rows, total: 2 * rows + survey.entries });
            Ok(Beginning { survey, snapshot, rows })
        }
        None => whole_journal(past, reasons),
    }
}

fn whole_journal(past: &mut Recovered, reasons: Vec<(PathBuf, Said)>) -> Result<Beginning, Failure> {
    match past.begin_after(Base { epoch: Epoch::ZERO, chain: [0; 32] }) {
        Ok(()) => Ok(Beginning { survey: survey(None, |visit| past.outline(visit))?, snapshot: None, rows: 0 }),
        Err(JournalError::PartMissing { file, .. }) => Err(Failure::NoBeginning { file, reasons }),
        Err(error) => Err(error.into()),
    }
}

fn base_of(header: &SnapshotHeader) -> Base {
    Base { epoch: header.epoch, chain: header.chain }
}

/// What can be told without reading all of it.
fn look(past: &Recovered, world: &World, epoch: Epoch) -> Result<SnapshotHeader, Unusable> {
    let folder = world.shared.folder();
    let header = SnapshotReader::open(&*folder.disk, &folder.dir, epoch, past.keys())?.header().clone();
    match () {
        () if header.engine != VERSION => Err(Unusable::OtherVersion(header.engine)),
        () if header.erasures != past.erasures() => Err(Unusable::Erased),
        () => Ok(header),
    }
}

/// A snapshot to its end, and what the journal says of the time after it.
fn read(past: &mut Recovered, world: &World, epoch: Epoch) -> Result<(Thawed, Survey), Unusable> {
    let header = look(past, world, epoch)?;
    past.begin_after(base_of(&header))?;
    let folder = world.shared.folder();
    let mut file = SnapshotReader::open(&*folder.disk, &folder.dir, epoch, past.keys())?;
    let Some(first) = file.section()? else {
        return Err(SnapshotError::Cut { file: file.path().to_path_buf(), offset: 0 }.into());
    };
    let installed = first.read::<file::Installed<'_>>()?;
    let schema = schema_of_bytes(installed.schema).map_err(|_| first.damaged("the schema does not decode"))?;
    let files: Vec<(String, String)> = installed.files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    let survey = survey(Some(files.clone()), |visit| past.outline(visit))?;
    if survey.stood_still_at(epoch) {
        return Err(Unusable::Suspended);
    }
    let rules = Rules::of_past(&files, &schema);
    if rules.unread {
        return Err(Unusable::Unread);
    }
    let (pack, version) = (installed.pack.to_string(), installed.version.to_string());
    let in_force = InForce { pack, version, hash: installed.hash };
    let mut thawing = Sections::new(world, rules.clone(), epoch);
    let total = 2 * header.rows + survey.entries;
    let mut last = None;
    let bytes = read_ahead(file, |section| {
        if world.shared.queue.is_closed() {
            return Err(Unusable::Stopped);
        }
        thawing.take(&section)?;
        world.shared.set_phase(Phase::Recovering { done: thawing.rows(), total });
        last = Some(section);
        Ok(())
    })?;
    let last = last.as_ref().unwrap_or(&first);
    thawing.begin(last)?;
    let Sections { begun, clues, receipts, refusals, said, feed, told, .. } = thawing;
    let begun = begun.ok_or_else(|| last.damaged("there are no rows"))?;
    let feed = feed.finish(epoch).ok_or_else(|| last.damaged("the feed is not whole"))?;
    let clues = clues.finish();
    let thawed = Thawed { header, bytes, in_force, rules, begun, clues, receipts, refusals, said, feed, told };
    Ok((thawed, survey))
}

/// On the way from sections to a state.
struct Sections {
    /// Until all of them are there.
    records: Option<Thawing>,
    begun: Option<Begun>,
    machine: Machine,
    names: Names,
    epoch: Epoch,
    clues: ThawingClues,
    receipts: Receipts,
    refusals: Refusals,
    said: Judged,
    /// A section of it has come.
    all_said: bool,
    feed: ThawingFeed,
    /// The rules in force, and those of which the feed tells, by their numbers.
    rules: Rules,
    told: Vec<Rules>,
    programs: Vec<Arc<Program>>,
}

impl Sections {
    fn new(world: &World, rules: Rules, epoch: Epoch) -> Sections {
        let names = world.shared.read().clues.names().clone();
        Sections {
            records: Some(Thawing::new(&rules.program, world.machine.texts.clone())),
            begun: None,
            // What readers saw already was whole.
            machine: Machine { budget: Budget::NONE, ..world.machine.clone() },
            epoch,
            clues: ThawingClues::new(names.clone()),
            names,
            receipts: Receipts::default(),
            refusals: Refusals::default(),
            said: Judged::default(),
            all_said: false,
            feed: ThawingFeed::default(),
            rules,
            told: Vec::new(),
            programs: Vec::new(),
        }
    }

    fn take(&mut self, section: &Section) -> Result<(), SnapshotError> {
        match section.kind {
            <file::ReceiptsPart as Part>::KIND => {
                section
                    .read::<file::ReceiptsPart>()?
                    .0
                    .into_iter()
                    .for_each(|(name, epoch)| self.receipts.put(name, Epoch(epoch)));
            }
            <file::RefusalsPart<'_> as Part>::KIND => {
                let part = section.read::<file::RefusalsPart<'_>>()?;
                for open in part.refusals {
                    let (key, refusal) = refusal_of(open).ok_or_else(|| section.damaged("a refusal is not whole"))?;
                    self.refusals.put(part.agency, key, refusal);
                }
            }
            <file::SaidPart<'_> as Part>::KIND => {
                for wire in section.read::<file::SaidPart<'_>>()?.0 {
                    let (key, last) = said_of(wire).ok_or_else(|| section.damaged("a verdict is not whole"))?;
                    self.said.put(key, last);
                }
                self.all_said = true;
            }
            // Refusals and what was said stand before, but in older files.
            <file::Levels<'_> as Part>::KIND if self.all_said => {
                self.begin(section)?;
                self.clues.take(section)?;
            }
            <file::FeedRules<'_> as Part>::KIND => {
                self.begin(section)?;
                self.take_rules(section)?;
            }
            _ if self.feed.take(section, &self.programs, |id| self.clues.latest(id))? => {}
            _ if self.clues.take(section)? => {}
            _ => {
                let taken = self.records.as_mut().map(|records| records.take(section)).transpose()?;
                if taken != Some(true) {
                    return Err(section.damaged("a section is of a kind that does not belong here"));
                }
            }
        }
        Ok(())
    }

    /// Rows that have come.
    fn rows(&self) -> u64 {
        let begun = self.begun.as_ref().map(|begun| begun.records.len() as u64);
        begun.or(self.records.as_ref().map(Thawing::rows)).unwrap_or(0)
    }

    /// Rows, refusals and what was said of clues stand before what readers may come back for: if it has not yet, their evaluation begins.
    fn begin(&mut self, section: &Section) -> Result<(), SnapshotError> {
        let Some(records) = self.records.take() else { return Ok(()) };
        let records = records.finish(section)?;
        let beside = Beside::all(&self.refusals, &self.said, &self.names);
        let mut evaluation = Evaluation::start(self.rules.clone(), &self.machine, self.epoch);
        evaluation.submit(self.epoch, records.all(), &beside);
        self.begun = Some(Begun { records, evaluation });
        Ok(())
    }

    /// The same text gave the same rules then; those in force are not made twice.
    fn take_rules(&mut self, section: &Section) -> Result<(), SnapshotError> {
        let part = section.read::<file::FeedRules<'_>>()?;
        let schema = schema_of_bytes(part.schema).map_err(|_| section.damaged("the schema does not decode"))?;
        let files: Vec<(String, String)> = part.files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
        let rules = if *self.rules.files == *files { self.rules.clone() } else { Rules::of_past(&files, &schema) };
        self.programs.push(rules.program.clone());
        self.told.push(rules);
        Ok(())
    }
}

fn said_of(wire: file::SaidWire<'_>) -> Option<((String, Row), Last)> {
    let key = Row::new(wire.key.iter().map(Cell::value).collect::<Option<_>>()?);
    let last = Last { state: state_of(wire.state)?, agency: wire.agency.to_string(), day: wire.day };
    Some(((wire.rule.to_string(), key), last))
}

fn refusal_of(wire: file::OpenWire<'_>) -> Option<(RefusedKey, OpenRefusal)> {
    let file::OpenWire { relation, key, op, code, pointer, line, day, epoch } = wire;
    let key = Row::new(key.iter().map(Cell::value).collect::<Option<_>>()?);
    let refusal = OpenRefusal { code: code.to_string(), pointer: pointer.to_string(), line, day, epoch: Epoch(epoch) };
    Some((RefusedKey { relation: relation.to_string(), key, op: op.to_string() }, refusal))
}

impl World {
    /// Makes everything what it was when the snapshot was taken; what it does not hold comes out of one evaluation.
    fn become_as(&mut self, thawed: Thawed) -> Result<(), Failure> {
        let Thawed { header, bytes: _, in_force, rules, begun, clues, receipts, refusals, said, feed, told } = thawed;
        let (epoch, Begun { records, evaluation }) = (header.epoch, begun);
        {
            let shared = self.shared.clone();
            let mut view = shared.write();
            (view.epoch, view.feed, view.program) = (epoch, feed, rules.program.clone());
            (view.records, view.clues, view.refused, view.said) = (records, clues, refusals.clone(), said.clone());
            self.read_off(&mut view, &rules.program);
        }
        (self.receipts, self.refusals, self.said) = (receipts, refusals, said);
        (self.in_force, self.wall_us) = (Some(in_force), header.wall_us);
        self.told = told;
        self.tell_of(&rules);
        let program = rules.program;
        self.evaluation = Some(evaluation);
        let all = self.all_at(epoch)?;
        let other = || Failure::OtherThanSnapshot { file: snapshot_path(&self.shared.folder().dir, epoch) };
        let shared = self.shared.clone();
        let mut view = shared.write();
        let is_clue = |id: &RelId| program.relation(*id).clue.is_some();
        let none = BTreeSet::new();
        let rows_of = |id| match &all {
            Evaluated::Fresh(all) => all.get(&Output::Relation(id)).unwrap_or(&none),
            Evaluated::Step(_) => &none,
        };
        let (held, attached) = thread::scope(|scope| {
            let summing = scope.spawn(|| {
                points::pass(Point::Summing);
                self.derived.resume(epoch, header.deltas, &program, &all)
            });
            let clues = program.output_ids().into_iter().filter(is_clue).map(|id| (id, rows_of(id)));
            let attached = view.clues.attach(&program, clues);
            (summing.join().unwrap_or_else(|panic| resume_unwind(panic)), attached)
        });
        if held? != header.held || !attached {
            return Err(other());
        }
        let Evaluated::Fresh(mut all) = all else { return Err(other()) };
        view.faults = all.remove(&Output::Faults).unwrap_or_default();
        let splits = view.clues.faults();
        view.faults.extend(splits);
        view.rows = all
            .into_iter()
            .filter_map(|(output, rows)| match output {
                Output::Relation(id) if !is_clue(&id) && !rows.is_empty() => Some((id, rows)),
                Output::Relation(_) | Output::Faults => None,
            })
            .collect();
        Ok(())
    }
}
