//! [`App`]: what all handlers share: the engine, the wake-up of streams, the sign to stop, and the slots that bound what runs at once.

use super::error::Problem;
use super::hall::Hall;
use super::held::Held;
use super::pages::Pages;
use super::standing::Standings;
use super::traffic::Traffic;
use crate::engine::{EngineHandle, Phase};
use crate::limits::{MAX_SMALL_UPLOADS, MAX_STREAMS, MAX_UPLOADS, STREAM_CONNECTIONS, STREAM_STALL};
use crate::points::{self, Point};
use crate::program::Program;
use crate::security::Stamp;
use crate::types::Epoch;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub engine: EngineHandle,
    pub pages: Arc<Pages>,
    pub traffic: Arc<Traffic>,
    pub hall: Arc<Hall>,
    pub standing: Arc<Standings>,
    pub pace: Pace,
    /// That may be open at once.
    pub connections: usize,
    /// Only loopback names are answered.
    pub loopback: bool,
    advanced: watch::Sender<()>,
    stopping: watch::Sender<bool>,
    streams: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    small_uploads: Arc<Semaphore>,
    held: Arc<AtomicUsize>,
}

/// How long is waited for whom.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// A reader that takes nothing for so long is cut off.
    pub stall: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { stall: STREAM_STALL }
    }
}

/// Slots that are taken.
pub struct UnderWay {
    pub streams: usize,
    pub uploads: usize,
    pub small_uploads: usize,
}

impl App {
    pub fn new(engine: EngineHandle, loopback: bool, pace: Pace, connections: usize) -> App {
        let advanced = watch::Sender::new(());
        let hall = Arc::<Hall>::default();
        let (wake, bell) = (advanced.clone(), hall.clone());
        engine.on_advance(Box::new(move || {
            wake.send_replace(());
            bell.ring();
        }));
        App {
            engine,
            pages: Arc::default(),
            traffic: Arc::default(),
            hall,
            standing: Arc::default(),
            pace,
            connections,
            loopback,
            advanced,
            stopping: watch::Sender::new(false),
            streams: Arc::new(Semaphore::new(most_streams(connections))),
            uploads: Arc::new(Semaphore::new(MAX_UPLOADS)),
            small_uploads: Arc::new(Semaphore::new(MAX_SMALL_UPLOADS)),
            held: Arc::default(),
        }
    }

    /// Changes whenever the engine published something or changed its phase. For few who listen: whoever waits is woken by the engine's
    /// own thread.
    pub fn advances(&self) -> watch::Receiver<()> {
        self.advanced.subscribe()
    }

    /// Comes once, at the end.
    pub async fn stopped(&self) {
        // An error means that nobody can say so any more, which is an end too.
        let _ = self.stopping.subscribe().wait_for(|stop| *stop).await;
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    pub fn begin_stop(&self) {
        self.stopping.send_replace(true);
    }

    pub fn most_streams(&self) -> usize {
        most_streams(self.connections)
    }

    pub fn stream_slot(&self) -> Result<OwnedSemaphorePermit, Problem> {
        self.streams.clone().try_acquire_owned().map_err(|_| Problem::new("too-many-streams"))
    }

    /// Small bodies are not turned away for large ones, nor large ones for many small ones.
    pub fn upload_slot(&self, small: bool) -> Result<OwnedSemaphorePermit, Problem> {
        let slots = if small { &self.small_uploads } else { &self.uploads };
        slots.clone().try_acquire_owned().map_err(|_| Problem::new("busy"))
    }

    /// For an upload that is held as a whole; nothing so far.
    pub fn held(&self) -> Held {
        Held::of(self.held.clone(), self.engine.memory_allowed())
    }

    /// How much is under way.
    pub fn under_way(&self) -> UnderWay {
        let taken = |slots: &Semaphore, all: usize| all.saturating_sub(slots.available_permits());
        UnderWay {
            streams: taken(&self.streams, self.most_streams()),
            uploads: taken(&self.uploads, MAX_UPLOADS),
            small_uploads: taken(&self.small_uploads, MAX_SMALL_UPLOADS),
        }
    }

    /// The rules in force; a problem while the journal is being read.
    pub fn program(&self) -> Result<Arc<Program>, Problem> {
        // Every handler begins with it.
        points::pass(Point::Handler);
        match self.engine.phase() {
            phase @ Phase::Recovering { .. } => Err(phase.into()),
            // It failed while it read: nothing is known, and waiting does not help.
            phase @ Phase::Failed { .. } => self.engine.program().ok_or_else(|| Problem::from(phase)),
            Phase::Ready | Phase::Suspended { .. } | Phase::Stopping | Phase::Past => {
                self.engine.program().ok_or_else(|| Problem::new("recovering"))
            }
        }
    }

    pub fn position(&self, epoch: Epoch) -> String {
        self.engine.positions().encode(epoch)
    }

    /// The epoch of a position that this server gave out, not later than the latest.
    pub fn epoch(&self, position: &str) -> Result<Epoch, Problem> {
        let stamp = self.engine.positions().decode(position).ok_or_else(|| Problem::new("bad-position"))?;
        let epoch = self.epoch_of(stamp).ok_or_else(|| Problem::new("other-history"))?;
        // Nobody was given one of this history that it does not have.
        if epoch > self.engine.read().epoch { Err(Problem::new("bad-position")) } else { Ok(epoch) }
    }

    /// Its epoch, if it is of this history: the folder may have been put back since.
    pub fn epoch_of(&self, stamp: Stamp) -> Option<Epoch> {
        self.engine.positions().timelines().has(stamp).then_some(stamp.epoch)
    }

    pub fn stamp(&self, epoch: Epoch) -> Stamp {
        self.engine.positions().timelines().stamp(epoch)
    }

    /// The place of a reader from which it can go on; else why not.
    pub fn place(&self, stamp: Stamp) -> Result<Epoch, &'static str> {
        let epoch = self.epoch_of(stamp).ok_or("other-history")?;
        let view = self.engine.read();
        match () {
            () if epoch > view.epoch => Err("other-history"),
            () if epoch < view.feed.oldest() => Err("cursor-expired"),
            () => Ok(epoch),
        }
    }
}

/// Where few connections fit, those who only ask still find room beside those who stay.
fn most_streams(connections: usize) -> usize {
    let (streams, of) = STREAM_CONNECTIONS;
    MAX_STREAMS.min(connections * streams / of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q5_streams_leave_room_for_who_only_asks() {
        let (streams, of) = STREAM_CONNECTIONS;
        let connections = MAX_STREAMS * of / streams;
        assert_eq!((most_streams(connections), most_streams(connections + of)), (MAX_STREAMS, MAX_STREAMS));
        assert_eq!(most_streams(connections - of), MAX_STREAMS - streams);
    }
}
