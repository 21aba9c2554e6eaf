//! The life of a write. [`Engine::commit`] is the one way by which anything gets into the journal and out to readers.

use super::ask::Asker;
use super::failure::Failure;
use super::judge::{self, Judged, Touched};
use super::queue::Reply;
use super::receipts::answer_again;
use super::snapshot::Snapshots;
use super::walk::{Clocks, instant_of};
use super::world::{Run, Staged, World};
use super::{BatchAnswer, BatchRequest, ClockMode, EngineError, Phase};
use crate::clock::Clock;
use crate::limits::GROUP_BYTES;
use crate::points::{self, Point};
use crate::security::{Agency, Timeline};
use crate::storage::entry::{Entry, EntryBody};
use crate::storage::{self, Journal, bytes_at_most};
use crate::types::{Day, Epoch, day_of_datetime};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// The single writer. It exists only where the journal was read to its end.
pub struct Engine {
    pub(super) world: World,
    /// Before the journal, which holds the folder: nobody writes into it after the engine.
    pub(super) snapshots: Snapshots,
    pub(super) journal: Journal,
    /// That of this process, until it is on the disk.
    pub(super) timeline: Option<(Epoch, Timeline)>,
    pub(super) wall: Arc<dyn Clock>,
    pub(super) mode: ClockMode,
    /// Of one entry.
    pub(super) entry_bytes: usize,
    /// As of the last look.
    pub(super) disk_full: bool,
}

impl Engine {
    /// THE function: takes the outcomes of a group, one epoch each, and brings them to the disk, to the workers and to readers.
    ///
    /// Whatever goes wrong on the way ends the engine: what is on the disk then is read by the next one.
    pub fn commit(&mut self, bodies: Vec<EntryBody>) -> Result<(), Failure> {
        let began = Instant::now();
        // 1. Each outcome gets its epoch: number of the entry, time in the dataflow, number of the delta.
        let entries = self.number(bodies);
        if entries.is_empty() {
            return Ok(());
        }
        self.keep_timeline()?;
        let schema = self.journal.schema();
        let staged = |entry| Staged { starts: self.world.starts_rules(&entry), entry, schema: schema.clone(), run: Run::Runs };
        let staged: Vec<Staged> = entries.into_iter().map(staged).collect();

        let handed_over = Instant::now();
        // 2. The changes go to the workers, which begin at once.
        for one in &staged {
            self.world.stage(one)?;
        }

        points::pass(Point::Staged);
        // 3. Meanwhile the entries go to the disk: one write, one sync for the group.
        self.journal.append(staged.iter().map(|one| &one.entry))?;

        // 4. The workers come back with what the epochs derived; or the program is cut, and that is an outcome like any other.
        let mut outcome = self.world.settle(&staged)?;
        let evaluated = handed_over.elapsed();
        let mut entries: Vec<Entry> = staged.into_iter().map(|one| one.entry).collect();
        if let Some((code, from)) = outcome.suspended.clone() {
            tracing::error!(code, "the rules ran past their budget and are suspended; clues stand still");
            let suspension = self.number(vec![EntryBody::Suspended { code, from }]);
            self.journal.append(&suspension)?;
            entries.extend(suspension);
        }

        points::pass(Point::Durable);
        // 5. Both are done: now, and not before, readers see it.
        self.count(&entries);
        self.world.publish(entries, &mut outcome)?;
        let metrics = &self.world.shared.metrics;
        metrics.evaluation.observe_time(evaluated);
        metrics.commit.observe_time(began.elapsed());
        self.announce();
        points::pass(Point::Published);
        Ok(())
    }

    /// Before the first entry of this process: once it is durable, which history it belongs to must be, too.
    fn keep_timeline(&mut self) -> Result<(), Failure> {
        if let Some(new) = self.timeline {
            let shared = &self.world.shared;
            let (folder, timelines) = (shared.folder(), shared.positions().timelines());
            storage::keep_timeline(&*folder.disk, &folder.dir, timelines.known(), new)?;
            self.timeline = None;
        }
        Ok(())
    }

    /// For the operator.
    fn count(&self, entries: &[Entry]) {
        let metrics = &self.world.shared.metrics;
        metrics.sync.observe_time(self.journal.last_sync());
        metrics.journal_bytes.store(self.journal.len(), Ordering::Relaxed);
        metrics.dataflow_rows.store(self.world.rows_held(), Ordering::Relaxed);
        entries.iter().for_each(|entry| metrics.count(&entry.body));
    }

    fn number(&self, bodies: Vec<EntryBody>) -> Vec<Entry> {
        let (wall_us, before) = (self.wall.now_us(), self.journal.epoch().0);
        let entry = |(epoch, body)| Entry { epoch: Epoch(epoch), wall_us, body };
        (before + 1..).zip(bodies).map(entry).collect()
    }

    /// Batches that waited together. Those that could touch the same rows are committed one after the other.
    pub fn batches(&mut self, waiting: Vec<(BatchRequest, Reply)>) -> Result<(), Failure> {
        self.world.shared.metrics.group_requests.observe(waiting.len() as u64);
        let mut group = Group::default();
        for (request, reply) in waiting {
            let asker = Asker::new(&self.world.shared, &request.agency, request.idempotency_key.as_deref(), reply);
            if let Some(answer) = self.answered_before(&request)? {
                self.count_replayed(&answer);
                asker.answer(answer);
                continue;
            }
            let program = self.world.shared.read().program.clone();
            if !group.touched.admits(&program, &request) {
                self.commit_group(std::mem::take(&mut group))?;
                group.touched.admits(&program, &request);
            }
            let agency = request.agency.as_str();
            if request.empties().is_some_and(|relation| self.world.shared.read().records.has_of(relation, agency)) {
                asker.answer(Err(EngineError::ReplacesWithNothing));
                continue;
            }
            let day = self.day();
            let epoch = Epoch(self.journal.epoch().0 + 1 + group.bodies.len() as u64);
            let agency = request.agency.clone();
            let Judged { batch, answer } = {
                let view = self.world.shared.read();
                judge::judge(&view, (&self.world.refusals, &self.world.agencies), request, epoch, day)
            };
            if !batch.refusals.is_empty() {
                group.touched.refused(agency);
            }
            let body = EntryBody::Batch(batch);
            let bytes = bytes_at_most(&body);
            if bytes > self.entry_bytes {
                asker.answer(Err(EngineError::EntryTooLarge { bytes, limit: self.entry_bytes }));
                continue;
            }
            group.bodies.push(body);
            group.askers.push((asker, answer));
            group.bytes += bytes;
            if group.bytes >= GROUP_BYTES {
                self.commit_group(std::mem::take(&mut group))?;
            }
        }
        self.commit_group(group)
    }

    /// The writers are answered last: what they are told is durable and to be seen.
    fn commit_group(&mut self, group: Group) -> Result<(), Failure> {
        if !group.bodies.is_empty() && !self.has_room(group.bytes) {
            group.askers.into_iter().for_each(|(asker, _)| asker.answer(Err(EngineError::DiskFull)));
            return Ok(());
        }
        self.commit(group.bodies)?;
        self.world.shared.memory.look();
        for (asker, answer) in group.askers {
            asker.answer(answer);
        }
        Ok(())
    }

    /// The same key and body: the same answer, as the journal has it.
    fn answered_before(&mut self, request: &BatchRequest) -> Result<Option<Given>, Failure> {
        let (epoch, batch) = match self.under_key(&request.agency, request.idempotency_key.as_deref())? {
            None => return Ok(None),
            Some(Err(error)) => return Ok(Some(Err(error))),
            Some(Ok((epoch, EntryBody::Batch(batch)))) if batch.body_hash == request.body_hash => (epoch, batch),
            Some(Ok(_)) => return Ok(Some(Err(EngineError::KeyReused))),
        };
        let program = self.world.rules().map(|rules| rules.program.clone()).unwrap_or_default();
        let again = answer_again(epoch, batch, &program, &self.world.agencies, self.day());
        Ok(Some(judge::given(request.on_reject, again)))
    }

    pub(super) fn count_replayed<T>(&self, answer: &Result<T, EngineError>) {
        let told = !matches!(answer, Err(EngineError::Archived));
        self.world.shared.metrics.replayed.fetch_add(u64::from(told), Ordering::Relaxed);
    }

    /// What came under this key of this agency, as the journal has it; or why it cannot be read.
    pub(super) fn under_key(&mut self, agency: &Agency, key: Option<&str>) -> Result<Option<UnderKey>, Failure> {
        let Some(key) = key else { return Ok(None) };
        let Some(epoch) = self.world.receipts.find(agency.as_str(), key) else { return Ok(None) };
        let entry = match self.journal.entry(epoch) {
            Ok(entry) => entry,
            // A part that has ended and cannot be read is for the operator to put back; nothing else depends on it.
            Err(error) if epoch < self.journal.part() => {
                tracing::error!(%error, "the first answer to a repeated request cannot be read");
                return Ok(Some(Err(EngineError::Archived)));
            }
            Err(error) => return Err(error.into()),
        };
        let (whose, under) = match &entry.body {
            EntryBody::Batch(batch) => (&batch.agency, &batch.idempotency_key),
            EntryBody::Verdict(verdict) => (&verdict.agency, &verdict.idempotency_key),
            EntryBody::Install(_) | EntryBody::Clock(_) | EntryBody::Suspended { .. } | EntryBody::Resumed => return Ok(None),
        };
        let theirs = whose == agency.as_str() && under.as_deref() == Some(key);
        Ok(theirs.then_some(Ok((epoch, entry.body))))
    }

    /// Tells the listeners, with the new phase if there is one.
    fn announce(&self) {
        let (shared, open) = (&self.world.shared, self.open_phase());
        match shared.phase() {
            Phase::Ready | Phase::Suspended { .. } if shared.phase() != open => shared.set_phase(open),
            // While it recovers nobody is let in, whatever is committed.
            Phase::Ready
            | Phase::Suspended { .. }
            | Phase::Recovering { .. }
            | Phase::Failed { .. }
            | Phase::Stopping
            | Phase::Past => {
                shared.advanced();
            }
        }
    }

    /// The phase in which requests are taken.
    pub fn open_phase(&self) -> Phase {
        match &self.world.suspended {
            Some(code) => Phase::Suspended { code: code.clone() },
            None => Phase::Ready,
        }
    }

    /// What the clocks of the rules show, as an instant; `None` if they have none.
    pub fn instant(&self) -> Option<i64> {
        instant_of(&self.world.shared.read().now)
    }

    pub fn clocks(&self) -> Clocks {
        self.world.rules().map_or(Clocks::None, |rules| rules.clocks())
    }

    /// The civil day on which something happens: that of the rules' clock, else of the wall.
    pub(super) fn day(&self) -> Day {
        let instant = self.instant().unwrap_or_else(|| self.wall.now_us());
        day_of_datetime(instant).unwrap_or(0)
    }
}

/// What a sender is told.
type Given = Result<BatchAnswer, EngineError>;

/// What stands in the journal under an idempotency key.
type UnderKey = Result<(Epoch, EntryBody), EngineError>;

/// Batches on their way to one sync.
#[derive(Default)]
struct Group {
    touched: Touched,
    bodies: Vec<EntryBody>,
    bytes: usize,
    askers: Vec<(Asker<BatchAnswer>, Given)>,
}
