//! A subscription: from a snapshot, or from where the reader was, through the feed to now, and on.
//!
//! Promises: every epoch that the filter sees is given once and in order; an id stands only on what ends an epoch, so that a resume
//! never lands inside one; `complete` never runs ahead of what was given. A reader pulls: it holds one piece, never the engine, and
//! whoever is slow is told, cut off at last, and can come back with the last id. What all readers of a filter are told is written once
//! ([`super::hall`]).

use super::app::App;
use super::error::Problem;
use super::filter::{Filter, Seen};
use super::hall::Seat;
use super::pieces::Pieces;
use super::traffic::Follows;
use super::{show, tell};
use crate::clues::{Clue, ClueOp, EpochChanges, TooOld};
use crate::limits::{COMPLETE_EVERY, KEEP_ALIVE, LAGGING_EPOCHS, SENDING, STREAM_EPOCHS};
use crate::program::Program;
use crate::security::Names;
use crate::types::{Epoch, RelId, Row};
use axum::body::Bytes;
use futures_core::Stream;
use serde_json::{Value as Json, json};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, Interval, MissedTickBehavior, sleep_until};

/// Where a reader begins.
pub enum Start {
    Snapshot,
    /// After this epoch, which the feed still reaches.
    After(Epoch),
}

/// Epochs pulled from the feed.
pub struct Pulled {
    pub epochs: Vec<Arc<EpochChanges>>,
    /// Everything at or before this was given.
    pub through: Epoch,
    /// How many epochs were behind before the pull.
    pub behind: u64,
}

/// The next epochs after a cursor.
pub fn pull(app: &App, after: Epoch, max: usize) -> Result<Pulled, TooOld> {
    let view = app.engine.read();
    let (epochs, latest) = (view.feed.after(after, max)?, view.feed.latest().max(after));
    let through = if epochs.len() < max { latest } else { epochs.last().map_or(latest, |last| last.epoch) };
    Ok(Pulled { epochs, through, behind: latest.0 - after.0 })
}

/// A reader at work.
pub struct Reader {
    app: App,
    filter: Filter,
    out: mpsc::Sender<Bytes>,
    cursor: Epoch,
    /// What `complete` last said.
    completed: Option<Epoch>,
    lagging: bool,
    /// When something was last sent.
    spoke: Instant,
    follows: Follows,
    _slot: OwnedSemaphorePermit,
}

/// The reader is gone, or has to go.
struct Over;

/// Starts a reader and gives its events.
pub fn start(app: App, filter: Filter, start: Start, slot: OwnedSemaphorePermit) -> Result<Events, Problem> {
    let (out, events) = mpsc::channel(1);
    let (cursor, snapshot) = match start {
        Start::Snapshot => {
            let (at, snapshot) = Snapshot::take(&app, &filter);
            (at, Some(snapshot))
        }
        Start::After(epoch) => {
            pull(&app, epoch, 0).map_err(|_| Problem::new("cursor-expired"))?;
            (epoch, None)
        }
    };
    let follows = app.traffic.reader(cursor);
    let spoke = Instant::now();
    let reader = Reader { app, filter, out, cursor, completed: None, lagging: false, spoke, follows, _slot: slot };
    tokio::spawn(async move {
        let _ = reader.run(snapshot).await;
    });
    Ok(Events(events))
}

/// What holds at one epoch, not yet written out.
struct Snapshot {
    clues: Vec<Arc<Clue>>,
    rows: Vec<(RelId, Vec<Row>)>,
    program: Arc<Program>,
    names: Names,
}

impl Snapshot {
    /// Under one lock, so that it is of one epoch; what it holds are counted references.
    fn take(app: &App, filter: &Filter) -> (Epoch, Snapshot) {
        let view = app.engine.read();
        let mut clues: Vec<Arc<Clue>> = view.clues.open().filter(|clue| filter.sees(clue)).cloned().collect();
        // As they came: a reader that puts the latest on top is right from the start.
        clues.sort_by_key(|clue| (clue.opened, clue.id));
        let wanted = view.rows.iter().filter(|(id, _)| filter.sees_rows_of(&view.program.relation(**id).name));
        let rows = wanted.map(|(id, rows)| (*id, rows.iter().cloned().collect())).collect();
        (view.epoch, Snapshot { clues, rows, program: view.program.clone(), names: view.clues.names().clone() })
    }

    /// Made as they are asked for.
    fn changes<'a>(&'a self, app: &'a App) -> impl Iterator<Item = Json> + Send + 'a {
        let opened = self.clues.iter().map(|clue| show::clue_change(app, &Seen { op: ClueOp::Open, clue, was: None }));
        let rows = self.rows.iter().flat_map(|(id, rows)| rows.iter().map(|row| (self.program.relation(*id), row)));
        opened.chain(rows.map(|(relation, row)| show::row_change(relation, row, 1, &self.names)))
    }
}

impl Reader {
    async fn run(mut self, snapshot: Option<Snapshot>) -> Result<(), Over> {
        // It waits in the empty channel for the answer's head, and for nobody's turn.
        self.out.try_send(Bytes::from_static(b": huiyan\nretry: 3000\n\n")).map_err(|_| Over)?;
        if let Some(snapshot) = snapshot {
            self.give_snapshot(snapshot).await?;
        }
        let app = self.app.clone();
        let mut seat = app.hall.seat(&self.filter);
        let mut ticks = tokio::time::interval(COMPLETE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            seat.settle();
            self.catch_up(&seat).await?;
            tokio::select! {
                _ = self.out.closed() => return Err(Over),
                () = app.stopped() => return self.send(Bytes::from_static(b": stopping\n\n")).await,
                () = seat.rung() => {}
                () = self.tick(&mut ticks) => {
                    self.catch_up(&seat).await?;
                    let complete = self.complete();
                    self.send(complete).await?;
                }
                // A comment keeps proxies from closing a silent stream.
                () = sleep_until(self.spoke + KEEP_ALIVE) => self.send(Bytes::from_static(b":\n\n")).await?,
            }
        }
    }

    /// Only filtered readers are paced.
    async fn tick(&self, ticks: &mut Interval) {
        if self.filter.is_whole() {
            std::future::pending::<()>().await;
        }
        ticks.tick().await;
    }

    async fn give_snapshot(&mut self, snapshot: Snapshot) -> Result<(), Over> {
        let (app, at) = (self.app.clone(), self.cursor);
        self.send(tell::mark(&app, "snapshot-begin", at, false)).await?;
        let head = show::snapshot_head(&app, at);
        for piece in Pieces::of(snapshot.changes(&app)) {
            self.send(tell::snapshot_piece(&head, piece)).await?;
        }
        self.send(tell::mark(&app, "snapshot-end", at, true)).await?;
        let complete = self.complete();
        self.send(complete).await
    }

    /// Gives everything up to now: what the room remembers, and before that what the feed does.
    async fn catch_up(&mut self, seat: &Seat) -> Result<(), Over> {
        loop {
            let from = self.cursor;
            match seat.after(from) {
                Some(stretch) => {
                    self.tell_lag(self.app.hall.tip().through.0.saturating_sub(from.0)).await?;
                    self.cursor = stretch.through;
                    let complete = self.owes_complete().then(|| self.complete());
                    for part in tell::together(stretch.texts.into_iter().chain(complete)) {
                        self.send(part).await?;
                    }
                }
                None => self.give_from_feed().await?,
            }
            self.follows.reached(self.cursor);
            if self.cursor == from || self.app.is_stopping() {
                return Ok(());
            }
        }
    }

    /// Some epochs, piece by piece.
    async fn give_from_feed(&mut self) -> Result<(), Over> {
        let app = self.app.clone();
        let Ok(pulled) = pull(&app, self.cursor, STREAM_EPOCHS) else {
            app.traffic.resets.fetch_add(1, Ordering::Relaxed);
            // An empty id makes a browser forget where it was: it comes back for a snapshot.
            self.send(tell::event("reset", &json!({"reason": "cursor-expired"}).to_string(), Some(""))).await?;
            return Err(Over);
        };
        self.tell_lag(pulled.behind).await?;
        for changes in pulled.epochs {
            let filter = self.filter.clone();
            for text in tell::epoch(&app, &filter, &changes) {
                self.send(text).await?;
            }
            self.follows.reached(changes.epoch);
        }
        self.cursor = pulled.through;
        if self.owes_complete() {
            let complete = self.complete();
            self.send(complete).await?;
        }
        Ok(())
    }

    async fn tell_lag(&mut self, behind: u64) -> Result<(), Over> {
        let was = std::mem::replace(&mut self.lagging, behind > LAGGING_EPOCHS);
        if self.lagging && !was {
            let position = json!({"position": self.app.position(self.cursor)});
            self.send(tell::event("lagging", &position.to_string(), None)).await?;
        }
        Ok(())
    }

    /// Also to a reader that came back and missed nothing: it cannot know otherwise.
    fn owes_complete(&self) -> bool {
        self.filter.is_whole() && self.completed != Some(self.cursor)
    }

    fn complete(&mut self) -> Bytes {
        self.completed = Some(self.cursor);
        let tip = self.app.hall.tip();
        if tip.through == self.cursor { tip.complete.clone() } else { tell::complete(&self.app, self.cursor) }
    }

    /// Waits for the reader to take what it was sent before, for a while, and for its turn to send more.
    async fn send(&mut self, text: Bytes) -> Result<(), Over> {
        let sent = tokio::select! {
            room = tokio::time::timeout(self.app.pace.stall, self.out.reserve()) => match room {
                Ok(Ok(room)) => {
                    let turn = self.app.hall.turn().await;
                    room.send(text);
                    // The turn lasts until the network has it. Where that is full it takes nothing, and whoever is next has his turn.
                    let _ = tokio::time::timeout(SENDING, self.out.reserve()).await;
                    drop(turn);
                    Ok(())
                }
                Ok(Err(_)) | Err(_) => Err(Over),
            },
            // A reader that takes nothing does not hold up the end.
            () = stopped_for_a_second(&self.app) => Err(Over),
        };
        self.spoke = Instant::now();
        sent
    }
}

async fn stopped_for_a_second(app: &App) {
    app.stopped().await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
}

/// The text of one reader, as the network takes it.
pub struct Events(mpsc::Receiver<Bytes>);

impl Stream for Events {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|text| text.map(Ok))
    }
}
