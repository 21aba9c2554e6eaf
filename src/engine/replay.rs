//! [`Past`]: the history of a folder, evaluated again epoch by epoch by the real engine, for whoever wants to see what followed from it.
//!
//! Promises: writes nothing, holds nothing, and gives exactly what was published then, for any number of workers; where the folder still
//! has the hashes of that, they are compared. Must not know: what is done with what it gives.

use super::derived::Derived;
use super::evaluation::Machine;
use super::failure::Failure;
use super::handle::{EngineHandle, Folder, Shared};
use super::recover::{Published, Replay, Survey, survey};
use super::world::World;
use super::{Phase, Subscriptions, View};
use crate::clues::EpochChanges;
use crate::dataflow::Budget;
use crate::memory::Memory;
use crate::security::{Names, Positions, Secret, Timelines};
use crate::storage::{Disk, JournalError, Reading, Recorded, need_key, timelines};
use crate::types::{Epoch, Interner, RelId, Value};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a history is, and what evaluates it.
#[derive(Clone)]
pub struct Retold {
    pub disk: Arc<dyn Disk>,
    pub dir: PathBuf,
    pub workers: usize,
    pub budget: Budget,
}

/// A history that was opened and not yet evaluated.
pub struct Past<'d> {
    pub(super) reading: Reading<'d>,
    pub(super) survey: Survey,
    pub(super) world: World,
    pub(super) shared: Arc<Shared>,
}

/// One epoch of it.
pub struct Moment {
    pub epoch: Epoch,
    pub wall_us: i64,
    /// What it changed; `None` if that is nothing, or if the rules stood still.
    pub changes: Option<Arc<EpochChanges>>,
    /// What the clocks of the rules showed.
    pub now: Vec<(RelId, Value)>,
}

impl Moment {
    pub(super) fn of(published: &Published) -> Moment {
        let Published { epoch, wall_us, shared } = published;
        let before = Epoch(epoch.0 - 1);
        let view = shared.read();
        let changes = view.feed.after(before, 1).ok().and_then(|mut epochs| epochs.pop());
        let changes = changes.filter(|changes| changes.epoch == *epoch);
        Moment { epoch: *epoch, wall_us: *wall_us, changes, now: view.now.clone() }
    }
}

/// How a history ended.
pub struct Retelling {
    /// Of the last epoch that was evaluated.
    pub epoch: Epoch,
    /// Epochs whose results were compared with those published then.
    pub compared: u64,
    /// Why the rules stand still, if they do.
    pub suspended: Option<String>,
}

impl Retold {
    /// Reads the outline of the journal. Keys must be there.
    pub fn open(&self) -> Result<(Past<'_>, EngineHandle), Failure> {
        let reading = Reading::open(&*self.disk, &self.dir)?.from_the_first_epoch()?;
        // Before the journal is read for evaluation: what a server beside this one publishes meanwhile is in what is read after it.
        let derived = Derived::look(&*self.disk, &self.dir, reading.erasures())?;
        let survey = survey(None, |visit| reading.outline(visit))?;
        let (world, shared) = self.world(derived)?;
        let handle = EngineHandle::of_past(shared.clone());
        Ok((Past { reading, survey, world, shared }, handle))
    }

    /// A world in which nothing has happened yet, with the names and positions of the folder.
    pub(super) fn world(&self, derived: Derived) -> Result<(World, Arc<Shared>), JournalError> {
        let key = |name| need_key(&*self.disk, &self.dir, name).map(Secret::new);
        let timelines = Arc::new(Timelines::new(timelines(&*self.disk, &self.dir)?));
        let (names, positions) = (Names::new(&key("names")?), Positions::new(&key("positions")?, 1, timelines));
        let texts = Arc::new(Interner::new());
        let folder = Folder { disk: self.disk.clone(), dir: self.dir.clone() };
        let naming = names.naming();
        let (view, memory) = (View::new(names, texts.clone()), Memory::of_process());
        let shared = Arc::new(Shared::new(0, view, positions, Subscriptions::none(), folder, memory, self.budget));
        let machine = Machine { texts, naming, workers: self.workers, budget: self.budget, alarm: None };
        Ok((World::new(shared.clone(), machine, derived), shared))
    }
}

impl Past<'_> {
    /// How many epochs there are.
    pub fn entries(&self) -> u64 {
        self.survey.entries
    }

    /// Evaluates everything, or as far as the visitor wants to see.
    pub fn run(self, mut visit: impl FnMut(Moment) -> ControlFlow<()>) -> Result<Retelling, Failure> {
        let Past { reading, survey, world, shared } = self;
        let told = move |published: &Published| match visit(Moment::of(published)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Failure::Stopped),
        };
        let mut replay = Replay::new(world, survey, 0).telling(Some(Box::new(told)));
        let read = reading.entries(|recorded: Recorded| replay.entry(recorded)).and_then(|_| replay.flush());
        Past::end(replay, &shared, read)
    }

    /// What became of a reading, which the visitor may have stopped.
    pub(super) fn end(mut replay: Replay<'_>, shared: &Shared, read: Result<(), Failure>) -> Result<Retelling, Failure> {
        let world = &mut replay.world;
        match read {
            Ok(()) => world.derived.finish()?,
            Err(Failure::Stopped) => {}
            Err(failure) => return Err(failure),
        }
        let (compared, suspended) = (world.derived.compared(), world.suspended.clone());
        let (epoch, program) = {
            let view = shared.read();
            (view.epoch, view.program.clone())
        };
        shared.set_program(program);
        shared.set_phase(Phase::Past);
        Ok(Retelling { epoch, compared, suspended })
    }
}
