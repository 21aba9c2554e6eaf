//! [`Hall`]: where readers of the same filter meet, so that what an epoch looks like from inside it is written once for all of them.
//!
//! Promises: the engine's thread rings one bell, however many read; one task takes what is new from the feed, writes it for each room and
//! wakes readers, some at a time, for at most a part of the time. They send in turns, so few at a time that a request never waits behind
//! thousands of them. What is kept is bounded; a reader that is further behind reads from the feed on its own. Must not know connections.

use super::app::App;
use super::caught::caught;
use super::filter::Filter;
use super::tell;
use crate::clues::EpochChanges;
use crate::limits::{
    HALL_BYTES, HALL_CHANGES, HALL_EPOCHS, HALL_INLINE_CHANGES, HALL_QUICK, HALL_REST, ROOM_BYTES, ROOM_EPOCHS, STRETCH_BYTES,
    WAKE_READERS,
};
use crate::points::{self, Point};
use crate::types::Epoch;
use axum::body::Bytes;
use std::collections::{HashMap, VecDeque};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, Semaphore, SemaphorePermit, watch};
use tokio::time::Instant;

pub struct Hall {
    bell: Notify,
    rooms: Mutex<Rooms>,
    /// Bytes of text in all rooms.
    held: Arc<AtomicUsize>,
    /// Nobody writes for the rooms any more.
    broken: Arc<AtomicBool>,
    turns: Semaphore,
    all_turns: u32,
}

impl Default for Hall {
    /// Half of the processors send, so that requests find the others.
    fn default() -> Hall {
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
        let all_turns = u32::try_from(processors / 2).unwrap_or(u32::MAX).max(1);
        let turns = Semaphore::new(all_turns as usize);
        Hall { bell: Notify::default(), rooms: Mutex::default(), held: Arc::default(), broken: Arc::default(), turns, all_turns }
    }
}

#[derive(Default)]
struct Rooms {
    by_filter: HashMap<Filter, Arc<Room>>,
    tip: Arc<Tip>,
}

/// How far the hall has got.
#[derive(Default)]
pub struct Tip {
    pub through: Epoch,
    /// The mark that says so, written out.
    pub complete: Bytes,
}

/// Readers of one filter.
struct Room {
    filter: Filter,
    recent: Mutex<Recent>,
    /// Who waits, in groups that are woken together.
    benches: Mutex<Vec<watch::Sender<()>>>,
    held: Arc<AtomicUsize>,
    broken: Arc<AtomicBool>,
}

/// Everything of the epochs after `from` up to `through` that the filter sees.
struct Recent {
    from: Epoch,
    through: Epoch,
    told: VecDeque<Told>,
    bytes: usize,
}

struct Told {
    epoch: Epoch,
    texts: Vec<Bytes>,
}

/// A reader's place in a room.
pub struct Seat {
    room: Arc<Room>,
    rung: watch::Receiver<()>,
}

/// Texts of whole epochs, and up to where they lead.
pub struct Stretch {
    pub texts: Vec<Bytes>,
    pub through: Epoch,
}

impl Hall {
    /// There may be something new. Never waits.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// For handing one text to the network.
    pub async fn turn(&self) -> SemaphorePermit<'_> {
        self.turns.acquire().await.expect("it is never closed")
    }

    /// Comes when whoever waited for a turn has had it.
    async fn told(&self) {
        drop(self.all_turns().await);
    }

    /// While it is held nobody sends. Turns are given in the order in which they are asked for.
    pub async fn all_turns(&self) -> SemaphorePermit<'_> {
        self.turns.acquire_many(self.all_turns).await.expect("it is never closed")
    }

    pub fn tip(&self) -> Arc<Tip> {
        self.lock().tip.clone()
    }

    pub fn seat(&self, filter: &Filter) -> Seat {
        let mut rooms = self.lock();
        let at = rooms.tip.through;
        let room = rooms.by_filter.entry(filter.clone()).or_insert_with(|| Arc::new(Room::new(filter, at, self)));
        Seat { room: room.clone(), rung: room.sit() }
    }

    /// Takes what is new to the rooms until the server stops. If it panics, the engine has failed; readers are still told what is there, from the
    /// feed.
    pub async fn run(app: App) {
        if caught(Hall::serve(&app)).await.is_some() {
            return;
        }
        app.hall.broken.store(true, Ordering::Release);
        app.engine.break_off();
        loop {
            app.hall.wake(&app.hall.all()).await;
            tokio::select! {
                () = app.hall.bell.notified() => {}
                () = app.stopped() => return,
            }
        }
    }

    async fn serve(app: &App) {
        loop {
            points::pass(Point::Hall);
            // Also before the bell is rung for the first time: the engine may have been ready before anybody listened.
            let began = Instant::now();
            let more = app.hall.stretch(app).await;
            let took = began.elapsed();
            if took > HALL_QUICK {
                tokio::time::sleep((took * 2).min(HALL_REST)).await;
            }
            if more {
                continue;
            }
            tokio::select! {
                () = app.hall.bell.notified() => {}
                () = app.stopped() => return,
            }
        }
    }

    /// One stretch of the feed; is there more?
    async fn stretch(&self, app: &App) -> bool {
        let new = New::of(app, self.tip().through);
        if new.through == new.from {
            return false;
        }
        let more = new.epochs.as_ref().is_some_and(|epochs| epochs.len() == HALL_EPOCHS);
        let rooms = self.advance(Tip { through: new.through, complete: tell::complete(app, new.through) });
        let heard = take_in(app, rooms, new).await;
        self.wake(&heard).await;
        more
    }

    async fn wake(&self, rooms: &[Arc<Room>]) {
        let mut woken = 0;
        for room in rooms {
            let mut bench = 0;
            while let Some(readers) = room.ring(bench) {
                (bench, woken) = (bench + 1, woken + readers);
                if woken >= WAKE_READERS {
                    woken = 0;
                    // Behind those who were woken, so that they have asked for their turn.
                    tokio::task::yield_now().await;
                    self.told().await;
                }
            }
        }
    }

    /// The rooms that somebody sits in. One that is opened later begins behind the tip.
    fn advance(&self, tip: Tip) -> Vec<Arc<Room>> {
        let mut rooms = self.lock();
        rooms.by_filter.retain(|_, room| room.is_used());
        rooms.tip = Arc::new(tip);
        rooms.by_filter.values().cloned().collect()
    }

    fn all(&self) -> Vec<Arc<Room>> {
        self.lock().by_filter.values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stretch of the feed that the hall has not seen.
struct New {
    from: Epoch,
    through: Epoch,
    /// `None`: so long that nobody remembers all of it.
    epochs: Option<Vec<Arc<EpochChanges>>>,
}

impl New {
    fn of(app: &App, from: Epoch) -> New {
        let view = app.engine.read();
        let latest = view.feed.latest().max(from);
        let epochs = view.feed.after(from, HALL_EPOCHS).ok();
        let full = epochs.as_ref().filter(|epochs| epochs.len() == HALL_EPOCHS);
        let through = full.and_then(|epochs| epochs.last()).map_or(latest, |last| last.epoch);
        New { from, through, epochs }
    }
}

/// Writes the epochs for each room; those whose readers have something to hear.
async fn take_in(app: &App, rooms: Vec<Arc<Room>>, new: New) -> Vec<Arc<Room>> {
    let changes: usize = new.epochs.iter().flatten().map(|epoch| epoch.len()).sum();
    let (inline, app) = (changes.saturating_mul(rooms.len()) <= HALL_INLINE_CHANGES, app.clone());
    let write = move || rooms.into_iter().filter(|room| room.take_in(&app, &new)).collect();
    if inline {
        return write();
    }
    match tokio::task::spawn_blocking(write).await {
        Ok(heard) => heard,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        // The server is gone.
        Err(_) => Vec::new(),
    }
}

impl Room {
    fn new(filter: &Filter, at: Epoch, hall: &Hall) -> Room {
        let recent = Mutex::new(Recent { from: at, through: at, told: VecDeque::new(), bytes: 0 });
        let (held, broken) = (hall.held.clone(), hall.broken.clone());
        Room { filter: filter.clone(), recent, benches: Mutex::default(), held, broken }
    }

    fn is_used(&self) -> bool {
        let mut benches = self.benches();
        benches.retain(|bench| bench.receiver_count() > 0);
        !benches.is_empty()
    }

    /// A place on a bench that is not full.
    fn sit(&self) -> watch::Receiver<()> {
        let mut benches = self.benches();
        if let Some(bench) = benches.iter().find(|bench| bench.receiver_count() < WAKE_READERS) {
            return bench.subscribe();
        }
        let (bench, seat) = watch::channel(());
        benches.push(bench);
        seat
    }

    /// Wakes one bench, and says how many sit on it; `None` behind the last.
    fn ring(&self, bench: usize) -> Option<usize> {
        let benches = self.benches();
        let bench = benches.get(bench)?;
        bench.send_replace(());
        Some(bench.receiver_count())
    }

    /// Writes what is new; is there anything to hear? Who sees everything also hears how far everything goes.
    fn take_in(&self, app: &App, new: &New) -> bool {
        points::pass(Point::Telling);
        // Written before the lock is taken: readers do not wait for it.
        let told = new.epochs.iter().flatten().map(|changes| (changes.epoch, self.write(app, changes)));
        let told: Vec<(Epoch, Option<Vec<Bytes>>)> = told.collect();
        let mut recent = self.recent();
        if recent.through < new.from || new.epochs.is_none() {
            self.forget(&mut recent, new.from);
        }
        let mut heard = self.filter.is_whole() || new.epochs.is_none();
        for (epoch, texts) in told {
            match texts {
                Some(texts) if texts.is_empty() => continue,
                Some(texts) => self.keep(&mut recent, Told { epoch, texts }),
                None => self.forget(&mut recent, epoch),
            }
            heard = true;
        }
        if new.epochs.is_none() {
            recent.from = new.through;
        }
        recent.through = new.through;
        heard
    }

    /// The texts of an epoch from inside the filter, none if it sees nothing of it; `None`: too large to be kept for everybody.
    fn write(&self, app: &App, changes: &EpochChanges) -> Option<Vec<Bytes>> {
        (changes.len() <= HALL_CHANGES).then(|| tell::epoch(app, &self.filter, changes).collect())
    }

    fn keep(&self, recent: &mut Recent, told: Told) {
        let bytes = told.bytes();
        recent.bytes += bytes;
        let held = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        recent.told.push_back(told);
        while recent.told.len() > 1 && (recent.told.len() > ROOM_EPOCHS || recent.bytes > ROOM_BYTES || held > HALL_BYTES) {
            let Some(first) = recent.told.pop_front() else { return };
            recent.from = first.epoch;
            recent.bytes -= first.bytes();
            self.held.fetch_sub(first.bytes(), Ordering::Relaxed);
        }
    }

    /// Nothing up to an epoch is kept.
    fn forget(&self, recent: &mut Recent, upto: Epoch) {
        self.held.fetch_sub(recent.bytes, Ordering::Relaxed);
        *recent = Recent { from: upto, through: upto.max(recent.through), told: VecDeque::new(), bytes: 0 };
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn benches(&self) -> MutexGuard<'_, Vec<watch::Sender<()>>> {
        self.benches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.held.fetch_sub(self.recent().bytes, Ordering::Relaxed);
    }
}

impl Told {
    fn bytes(&self) -> usize {
        self.texts.iter().map(Bytes::len).sum()
    }
}

impl Seat {
    /// What follows an epoch, some of it if it is much; `None` if the room does not go back so far, or nobody writes for it.
    pub fn after(&self, cursor: Epoch) -> Option<Stretch> {
        let recent = self.room.recent();
        if cursor < recent.from || self.room.broken.load(Ordering::Acquire) {
            return None;
        }
        let mut stretch = Stretch { texts: Vec::new(), through: cursor };
        let (start, mut bytes) = (recent.told.partition_point(|told| told.epoch <= cursor), 0);
        for told in recent.told.iter().skip(start) {
            if bytes > STRETCH_BYTES {
                return Some(stretch);
            }
            bytes += told.bytes();
            stretch.texts.extend(told.texts.iter().cloned());
            stretch.through = told.epoch;
        }
        stretch.through = recent.through.max(cursor);
        Some(stretch)
    }

    /// What was rung before does not count.
    pub fn settle(&mut self) {
        self.rung.mark_unchanged();
    }

    /// Comes when there is something to hear.
    pub async fn rung(&mut self) {
        // The bench is there as long as somebody sits on it.
        if self.rung.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
