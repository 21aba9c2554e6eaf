//! A subscription: from a snapshot, or from where the reader was, through the feed to now, and on.
//!
//! Promises: every epoch that the filter sees is given once and in order; an id stands only on what ends an epoch, so that a resume
//! never lands inside one; `complete` never runs ahead of what was given. A reader pulls: it holds one piece, never the engine, and
//! whoever is slow is told, cut off at last, and can come back with the last id. What all readers of a filter are told is written once
//! ([`super::hall`]).

use super::app::App;
use super::caught::{self, caught};
use super::error::Problem;
use super::filter::Filter;
use super::hall::{Hall, Seat};
use super::pieces::Pieces;
use super::standing::Standing;
use super::traffic::Follows;
use super::{show, tell};
use crate::clues::{EpochChanges, TooOld};
use crate::limits::{COMPLETE_EVERY, KEEP_ALIVE, LAGGING_EPOCHS, SENDING, STREAM_EPOCHS};
use crate::points::{self, Point};
use crate::types::Epoch;
use axum::body::Bytes;
use futures_core::Stream;
use serde_json::json;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, Interval, MissedTickBehavior, sleep_until, timeout};

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
            let snapshot = app.standing.of(&app, &filter);
            (snapshot.at, Some(snapshot))
        }
        Start::After(epoch) => {
            pull(&app, epoch, 0).map_err(|_| Problem::new("cursor-expired"))?;
            (epoch, None)
        }
    };
    let follows = app.traffic.reader(cursor);
    let spoke = Instant::now();
    let (own, left) = (app.clone(), out.clone());
    let reader = Reader { app, filter, out, cursor, completed: None, lagging: false, spoke, follows, _slot: slot };
    tokio::spawn(async move {
        if caught(reader.run(snapshot)).await.is_none() {
            caught::count(&own);
            // It comes back with the last id that it has.
            let _ = timeout(own.pace.stall, left.send(Bytes::from_static(b": broken\n\n"))).await;
        }
    });
    Ok(Events(events))
}

impl Reader {
    async fn run(mut self, snapshot: Option<Arc<Standing>>) -> Result<(), Over> {
        points::pass(Point::Reader);
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

    async fn give_snapshot(&mut self, snapshot: Arc<Standing>) -> Result<(), Over> {
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

    async fn send(&mut self, text: Bytes) -> Result<(), Over> {
        let sent = tokio::select! {
            sent = hand_over(&self.app.hall, &self.out, text, self.app.pace.stall) => sent,
            // A reader that takes nothing does not hold up the end.
            () = stopped_for_a_second(&self.app) => Err(Over),
        };
        self.spoke = Instant::now();
        sent
    }
}

/// Waits for the reader to take what it was sent before, for a while, and for its turn to send more.
async fn hand_over(hall: &Hall, out: &mpsc::Sender<Bytes>, text: Bytes, stall: Duration) -> Result<(), Over> {
    let Ok(Ok(room)) = timeout(stall, out.reserve()).await else { return Err(Over) };
    let turn = hall.turn().await;
    room.send(text);
    // The turn lasts until the network has it. Where that is full it takes nothing, and whoever is next has his turn.
    let _ = timeout(SENDING, out.reserve()).await;
    drop(turn);
    Ok(())
}

async fn stopped_for_a_second(app: &App) {
    app.stopped().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// The text of one reader, as the network takes it.
pub struct Events(mpsc::Receiver<Bytes>);

impl Stream for Events {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|text| text.map(Ok))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    const STALL: Duration = Duration::from_secs(60);

    fn text() -> Bytes {
        Bytes::from_static(b"x")
    }

    #[tokio::test]
    async fn nobody_sends_out_of_turn() {
        let hall = Hall::default();
        let taken = hall.all_turns().await;
        let (out, mut events) = mpsc::channel(1);
        let mut sent = pin!(hand_over(&hall, &out, text(), STALL));
        assert!(timeout(SENDING * 50, sent.as_mut()).await.is_err(), "others have all turns");
        assert!(events.try_recv().is_err());
        drop(taken);
        assert!(sent.await.is_ok() && events.try_recv().is_ok());
    }

    #[tokio::test]
    async fn a_network_that_takes_nothing_keeps_nobody_from_his_turn() {
        let hall = Hall::default();
        let mut stuck = Vec::new();
        // More of them than there are turns: each has its own and gives it back.
        for _ in 0..64 {
            let (out, events) = mpsc::channel(1);
            assert!(timeout(STALL / 2, hand_over(&hall, &out, text(), STALL)).await.is_ok_and(|sent| sent.is_ok()));
            stuck.push((out, events));
        }
        let (out, _events) = &stuck[0];
        assert!(hand_over(&hall, out, text(), SENDING * 50).await.is_err(), "it took nothing until the patience ended");
    }
}
