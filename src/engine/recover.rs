//! Reading the past: every entry goes the way it went when it was new, in long groups. What comes out is an [`Engine`] that can write.

use super::commit::Engine;
use super::failure::Failure;
use super::handle::Shared;
use super::install::Package;
use super::room::await_room;
use super::snapshot::{Beginning, Snapshots, choose};
use super::start::EngineConfig;
use super::world::{Run, Staged, World};
use super::{ClockMode, Phase};
use crate::clock::Clock;
use crate::limits::{JOURNAL_ENTRY_BYTES_MAX, REPLAY_CHANGES, REPLAY_EPOCHS};
use crate::points::{self, Point};
use crate::security::Timeline;
use crate::storage::entry::{Entry, EntryBody};
use crate::storage::{self, Journal, JournalError, Recorded, Recovered, Unopened};
use crate::types::{DAY_MAX, DAY_MIN, Epoch};
use std::sync::Arc;

/// What has to be known of the past before any of it is evaluated.
#[derive(Default)]
pub struct Survey {
    pub entries: u64,
    /// Epochs in which the program stood still: from, and up to but not including, where other rules began (if they did).
    still: Vec<(Epoch, Option<Epoch>)>,
}

/// Looks through all of it once, evaluating nothing. `files`: of the rules that are in force where it begins. `outline` gives every entry, and
/// those that bring more than rows whole.
pub fn survey(
    mut files: Option<Vec<(String, String)>>,
    outline: impl FnOnce(&mut dyn FnMut(Option<Entry>)) -> Result<(), JournalError>,
) -> Result<Survey, JournalError> {
    let mut survey = Survey::default();
    outline(&mut |entry| {
        survey.entries += 1;
        let Some(entry) = entry else { return };
        let begins = match entry.body {
            EntryBody::Suspended { from, .. } => {
                survey.still.push((from, None));
                false
            }
            EntryBody::Install(install) => {
                let other = files.as_ref() != Some(&install.files);
                files = Some(install.files);
                other
            }
            EntryBody::Resumed => true,
            EntryBody::Batch(_) | EntryBody::Clock(_) | EntryBody::Verdict(_) => false,
        };
        if let Some((_, until @ None)) = survey.still.last_mut().filter(|_| begins) {
            *until = Some(entry.epoch);
        }
    })?;
    Ok(survey)
}

impl Survey {
    /// Was the program cut in this epoch or an earlier one, though the journal says so only later?
    pub fn stood_still_at(&self, epoch: Epoch) -> bool {
        self.still.iter().any(|(from, _)| *from <= epoch)
    }

    fn run(&self, epoch: Epoch) -> Run {
        let stands = |(from, until): &(Epoch, Option<Epoch>)| *from <= epoch && until.is_none_or(|until| epoch < until);
        if self.still.iter().any(stands) { Run::Stands } else { Run::Runs }
    }
}

/// Reads the journal to its end and brings rules and clock up to today: from here on the engine is live.
pub fn recover(
    mut past: Recovered,
    mut world: World,
    config: &EngineConfig,
    package: Package,
    wall: Arc<dyn Clock>,
) -> Result<Engine, Failure> {
    let shared = world.shared.clone();
    await_room(&shared, None, || if_room(past.resume()))?;
    let Beginning { survey, snapshot, rows } = choose(&mut past, &mut world)?;
    let later = past.parts().iter().filter(|part| snapshot.is_none_or(|(epoch, _)| part.first > epoch));
    let since: u64 = later.map(|part| part.bytes).sum();
    let mut replay = Replay::new(world, survey, rows);
    let unopened = past.read(|recorded| {
        points::pass(Point::Recovering);
        replay.entry(recorded)
    })?;
    let (world, cut) = replay.finish()?;
    let folder = shared.folder();
    if let Err(error) = folder.disk.own(&folder.dir) {
        tracing::warn!(%error, "the folder cannot be told from a copy of it");
    }
    let journal = opened(&world, unopened)?;
    let timeline = Some(begin_timeline(&world.shared, journal.epoch())?);
    let entry_bytes = config.entry_bytes.min(JOURNAL_ENTRY_BYTES_MAX);
    // What a crash left of the last group is cut off by now, and was counted.
    let before = journal.len().saturating_sub(since);
    let snapshots = Snapshots::new(snapshot, before, wall.now_us(), config.snapshot_held);
    let mut engine = Engine { world, journal, timeline, wall, mode: config.clock, entry_bytes, disk_full: false, snapshots };
    if let Some(schema) = engine.world.rules().map(|rules| rules.schema()) {
        engine.journal.set_schema(schema)?;
    }
    if let Some((code, from)) = cut.filter(|_| engine.world.is_still()) {
        engine.commit_with_room(vec![EntryBody::Suspended { code, from }])?;
    }
    engine.install_if_changed(package)?;
    engine.resume_if_moved()?;
    engine.catch_up()?;
    Ok(engine)
}

/// The journal, once there is room to open it; what was read can be read before.
fn opened(world: &World, mut unopened: Unopened) -> Result<Journal, Failure> {
    let shared = &world.shared;
    let open = world.rules().map(|_| match &world.suspended {
        Some(code) => Phase::Suspended { code: code.clone() },
        None => Phase::Ready,
    });
    await_room(shared, open, || {
        // What is put aside while it lasts would take the very room that is waited for.
        if shared.free_bytes().is_none_or(|free| free >= unopened.needs()) { if_room(unopened.make_ready()) } else { Ok(None) }
    })?;
    Ok(unopened.journal()?)
}

/// Nothing where the disk is full.
fn if_room<T>(attempt: Result<T, JournalError>) -> Result<Option<T>, Failure> {
    match attempt {
        Err(error) if error.is_full() => Ok(None),
        attempt => Ok(Some(attempt?)),
    }
}

/// What comes after this is of a history of its own: the folder may have been put back, and then as many epochs are lost as there will be.
fn begin_timeline(shared: &Shared, last: Epoch) -> Result<(Epoch, Timeline), JournalError> {
    let (folder, timelines) = (shared.folder(), shared.positions().timelines());
    let (first, timeline) = storage::new_timeline(&*folder.disk, &folder.dir, timelines.known(), last)?;
    timelines.begin(first, timeline);
    Ok((first, timeline))
}

/// Reads entries into a world.
pub struct Replay<'t> {
    pub world: World,
    shared: Arc<Shared>,
    survey: Survey,
    /// Staged, not waited for.
    pending: Vec<Staged>,
    changes: usize,
    /// Entries; a row of a snapshot counts as one when it is read, and once more when it is evaluated.
    done: u64,
    total: u64,
    /// A cut of which the journal says nothing: the process ended before it was written.
    cut: Option<(String, Epoch)>,
    told: Told<'t>,
}

/// What wants to know of every epoch that was published, in order, before the next one is.
pub type Told<'t> = Option<Box<dyn FnMut(&Published) -> Result<(), Failure> + 't>>;

/// Of an entry: what it was, while what it changed is the last thing that readers see.
pub struct Published {
    pub epoch: Epoch,
    pub wall_us: i64,
    pub shared: Arc<Shared>,
}

impl<'t> Replay<'t> {
    /// `rows`: of a snapshot, which are there already.
    pub fn new(world: World, survey: Survey, rows: u64) -> Replay<'t> {
        let shared = world.shared.clone();
        let (done, total) = (2 * rows, 2 * rows + survey.entries);
        shared.set_phase(Phase::Recovering { done, total });
        Replay { world, shared, survey, pending: Vec::new(), changes: 0, done, total, cut: None, told: None }
    }

    /// The same, told epoch by epoch.
    pub fn telling(self, told: Told<'t>) -> Replay<'t> {
        Replay { told, ..self }
    }

    pub fn entry(&mut self, Recorded { entry, schema, .. }: Recorded) -> Result<(), Failure> {
        if self.shared.queue.is_closed() {
            return Err(Failure::Stopped);
        }
        let run = self.survey.run(entry.epoch);
        let starts = self.world.starts_rules(&entry);
        // What begins or stops the evaluation stands alone: nothing else may be on its way.
        if starts || (run == Run::Stands && !self.world.is_still()) {
            self.flush()?;
        }
        self.changes += changes_of(&entry);
        let staged = Staged { entry, schema, run, starts };
        self.world.stage(&staged)?;
        self.pending.push(staged);
        if starts || self.world.careful || self.pending.len() >= REPLAY_EPOCHS || self.changes >= REPLAY_CHANGES {
            self.flush()?;
        }
        Ok(())
    }

    /// Waits for what is pending and publishes it.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return Ok(());
        }
        let mut outcome = self.world.settle(&pending)?;
        self.cut = outcome.suspended.clone().or(self.cut.take());
        self.done += pending.len() as u64;
        self.changes = 0;
        let entries = pending.into_iter().map(|one| one.entry);
        match &mut self.told {
            None => self.world.publish(entries.collect(), &mut outcome)?,
            Some(told) => {
                for entry in entries {
                    let published = Published { epoch: entry.epoch, wall_us: entry.wall_us, shared: self.shared.clone() };
                    self.world.publish(vec![entry], &mut outcome)?;
                    told(&published)?;
                }
            }
        }
        self.shared.set_phase(Phase::Recovering { done: self.done, total: self.total });
        Ok(())
    }

    /// Is everything published that was read?
    pub fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    /// Everything was read. What was published before must have been in it.
    pub fn finish(mut self) -> Result<(World, Option<(String, Epoch)>), Failure> {
        self.flush()?;
        self.world.derived.finish()?;
        Ok((self.world, self.cut))
    }
}

fn changes_of(entry: &Entry) -> usize {
    match &entry.body {
        EntryBody::Install(install) => install.changes.len(),
        EntryBody::Batch(batch) => batch.changes.len(),
        EntryBody::Clock(changes) => changes.len(),
        EntryBody::Verdict(_) | EntryBody::Suspended { .. } | EntryBody::Resumed => 0,
    }
}

/// A manual clock's first day must be one.
pub fn is_a_day(clock: ClockMode) -> bool {
    match clock {
        ClockMode::Wall => true,
        ClockMode::Manual(day) => (DAY_MIN..=DAY_MAX).contains(&day),
    }
}
