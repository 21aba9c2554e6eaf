//! A subscription: from a snapshot, or from where the reader was, through the feed to now, and on.
//!
//! Promises: every epoch that the filter sees is given once and in order; an id stands only on what ends an epoch, so that a resume
//! never lands inside one; `complete` never runs ahead of what was given. A reader pulls: it holds one piece, never the engine, and
//! whoever is slow is told, cut off at last, and can come back with the last id.

use super::app::App;
use super::error::Problem;
use super::filter::{Filter, Seen};
use super::pieces::{Piece, Pieces};
use super::show;
use super::traffic::Follows;
use crate::clues::{Cause, Clue, ClueOp, EpochChanges, TooOld};
use crate::limits::{COMPLETE_EVERY, LAGGING_EPOCHS, STREAM_EPOCHS, STREAM_STALL};
use crate::program::Program;
use crate::security::Names;
use crate::types::{Epoch, RelId, Row};
use axum::response::sse::Event;
use futures_core::Stream;
use serde_json::{Value as Json, json};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Interval, MissedTickBehavior};

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

/// What a reader sees of one epoch, made as it is asked for.
pub fn see<'a>(app: &'a App, filter: &'a Filter, changes: &'a EpochChanges) -> impl Iterator<Item = Json> + Send + 'a {
    let names = app.engine.read().clues.names().clone();
    let clues = changes.clues.iter().filter_map(|delta| filter.change(delta)).map(|seen| show::clue_change(app, &seen));
    let rows = changes.rows.iter().map(|(id, change)| (changes.program.relation(*id), change));
    let rows = rows.filter(|(relation, _)| filter.sees_rows_of(&relation.name));
    let rows = rows.map(move |(relation, change)| show::row_change(relation, &change.row, change.diff, &names));
    let gone = changes.gone.iter().filter(|(name, _)| filter.sees_rows_of(name));
    clues.chain(rows).chain(gone.map(|(name, change)| show::gone_row(name, &change.row)))
}

/// Is an epoch told of even if nothing of it is seen?
pub fn is_told(changes: &EpochChanges) -> bool {
    matches!(changes.cause, Cause::Rules { .. })
}

/// A reader at work.
pub struct Reader {
    app: App,
    filter: Filter,
    out: mpsc::Sender<Event>,
    cursor: Epoch,
    /// What `complete` last said.
    completed: Option<Epoch>,
    lagging: bool,
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
    let reader = Reader { app, filter, out, cursor, completed: None, lagging: false, follows, _slot: slot };
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
        self.send(Event::default().retry(std::time::Duration::from_secs(3)).comment("huiyan")).await?;
        if let Some(snapshot) = snapshot {
            self.give_snapshot(snapshot).await?;
        }
        let mut advances = self.app.advances();
        let app = self.app.clone();
        let mut ticks = tokio::time::interval(COMPLETE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            advances.mark_unchanged();
            self.catch_up().await?;
            tokio::select! {
                _ = self.out.closed() => return Err(Over),
                () = app.stopped() => return self.send(Event::default().comment("stopping")).await,
                changed = advances.changed() => changed.map_err(|_| Over)?,
                () = self.tick(&mut ticks) => self.complete().await?,
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
        let at = self.cursor;
        let position = self.position_data(at);
        self.send(event("snapshot-begin", &position)).await?;
        let head = show::snapshot_head(&self.app, at);
        // All of these are parts of one whole, which the end of the snapshot ends: none of them says whether it is the last.
        for piece in Pieces::of(snapshot.changes(&self.app)) {
            self.send(change(&head, &Piece { more: false, ..piece })).await?;
        }
        self.send(event("snapshot-end", &position).id(self.app.position(at))).await?;
        self.complete().await
    }

    /// Gives everything up to now, piece by piece.
    async fn catch_up(&mut self) -> Result<(), Over> {
        loop {
            let from = self.cursor;
            let Ok(pulled) = pull(&self.app, from, STREAM_EPOCHS) else {
                self.app.traffic.resets.fetch_add(1, Ordering::Relaxed);
                // An empty id makes a browser forget where it was: it comes back for a snapshot.
                let reason = json!({"reason": "cursor-expired"});
                self.send(event("reset", &reason).id("")).await?;
                return Err(Over);
            };
            self.tell_lag(pulled.behind).await?;
            for changes in pulled.epochs {
                self.give_epoch(&changes).await?;
                self.follows.reached(changes.epoch);
            }
            self.cursor = pulled.through;
            self.follows.reached(self.cursor);
            // Also to a reader that came back and missed nothing: it cannot know otherwise.
            if self.filter.is_whole() && self.completed != Some(self.cursor) {
                self.complete().await?;
            }
            if self.cursor == from || self.app.is_stopping() {
                return Ok(());
            }
        }
    }

    async fn tell_lag(&mut self, behind: u64) -> Result<(), Over> {
        let was = std::mem::replace(&mut self.lagging, behind > LAGGING_EPOCHS);
        if self.lagging && !was {
            let position = json!({"position": self.app.position(self.cursor)});
            self.send(event("lagging", &position)).await?;
        }
        Ok(())
    }

    /// In pieces if it is large; the id stands on the last, so that nobody resumes inside an epoch.
    async fn give_epoch(&self, changes: &EpochChanges) -> Result<(), Over> {
        let position = self.app.position(changes.epoch);
        if let Cause::Rules { pack, version } = &changes.cause {
            let told = json!({"position": position, "pack": pack, "version": version});
            self.send(event("rules-changed", &told)).await?;
        }
        let head = show::epoch_head(&self.app, changes);
        let mut pieces = Pieces::of(see(&self.app, &self.filter, changes)).peekable();
        if pieces.peek().is_none() && is_told(changes) {
            let nothing = Piece { changes: String::new(), more: false };
            return self.send(change(&head, &nothing).id(position)).await;
        }
        for piece in pieces {
            let told = change(&head, &piece);
            self.send(if piece.more { told } else { told.id(position.clone()) }).await?;
        }
        Ok(())
    }

    async fn complete(&mut self) -> Result<(), Over> {
        let data = self.position_data(self.cursor);
        self.completed = Some(self.cursor);
        self.send(event("complete", &data).id(self.app.position(self.cursor))).await
    }

    /// A suspended program is said to be so: what is shown stands still while records go on.
    fn position_data(&self, at: Epoch) -> Json {
        let position = self.app.position(at);
        if self.app.engine.read().stale { json!({"position": position, "stale": true}) } else { json!({"position": position}) }
    }

    /// Waits for the reader to take it; for a while.
    async fn send(&self, event: Event) -> Result<(), Over> {
        tokio::select! {
            sent = tokio::time::timeout(STREAM_STALL, self.out.send(event)) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(Over),
            },
            // A reader that takes nothing does not hold up the end.
            () = stopped_for_a_second(&self.app) => Err(Over),
        }
    }
}

async fn stopped_for_a_second(app: &App) {
    app.stopped().await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
}

fn event(name: &str, data: &Json) -> Event {
    Event::default().event(name).data(data.to_string())
}

fn change(head: &Json, piece: &Piece) -> Event {
    Event::default().event("change").data(show::piece(head, piece))
}

/// The events of one reader, as the network takes them.
pub struct Events(mpsc::Receiver<Event>);

impl Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|event| event.map(Ok))
    }
}
