//! [`Subscriptions`]: named readers with the place up to which each has everything. They are no part of the history: no epoch, no journal.
//!
//! Promises: what was answered is durable; those who ask at the same time share one sync. A place only moves forward, unless its reader
//! sets it anew, or it is one of a history that is no more. A file that cannot be written or read fails those who ask, and nothing else. Must not know what filters mean.

use super::handle::Shared;
use crate::limits::{CURSOR_GROUP, CURSOR_QUEUE, MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_EACH};
use crate::points::{self, Point};
use crate::security::{Agency, ReaderName, Stamp, Timelines};
use crate::storage::{Cursor, CursorChange, CursorError, CursorFile, CursorKey, Cursors, Disk, FilterField};
use crate::types::Said;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;

/// Where a subscription that is put begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begin {
    /// Where it was, if it was there with the same filter; else with a snapshot.
    AsItWas,
    Snapshot,
    After(Stamp),
}

/// What a reader says of a subscription of its own.
#[derive(Clone, Debug)]
pub enum Say {
    Put { filter: Vec<FilterField>, begin: Begin },
    Acknowledge(Stamp),
    Remove,
}

/// How it is afterwards; of one that was removed, how it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    pub cursor: Cursor,
    /// It was not there before.
    pub new: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SubscriptionError {
    #[error("there is no subscription of this name")]
    Unknown,
    #[error("there are as many subscriptions as there may be")]
    TooMany,
    /// 503: many wait already.
    #[error("too many wait")]
    Busy,
    /// 503: it did not reach the disk.
    #[error("the write failed")]
    WriteFailed,
    /// 503: what is on the disk cannot be read, and is not overwritten.
    #[error("the file cannot be read")]
    Unreadable,
    /// 409: a past that is told again has none.
    #[error("this is the past")]
    Past,
    /// 503: all is over.
    #[error("the server stops")]
    Stopping,
}

pub type SubscriptionReply = Box<dyn FnOnce(Result<Kept, SubscriptionError>) + Send>;

struct Asked {
    key: CursorKey,
    say: Say,
    reply: SubscriptionReply,
}

pub struct Subscriptions {
    kept: Arc<RwLock<Cursors>>,
    queue: Mutex<Result<SyncSender<Asked>, SubscriptionError>>,
    /// Why the file cannot be read, if it cannot.
    unreadable: Option<Said>,
    /// Writes that failed.
    pub failed: Arc<AtomicU64>,
}

impl Subscriptions {
    /// Reads what is there; who writes is still to be started.
    pub(super) fn open(disk: Arc<dyn Disk>, dir: &Path, timelines: Arc<Timelines>) -> (Subscriptions, Option<PlaceWriter>) {
        let failed = Arc::new(AtomicU64::new(0));
        let (file, found) = match CursorFile::open(disk, dir) {
            Ok(opened) => opened,
            Err(error) => {
                tell(&error);
                let unreadable = Some(error.said());
                return (Subscriptions { failed, unreadable, ..Subscriptions::without(SubscriptionError::Unreadable) }, None);
            }
        };
        let kept = Arc::new(RwLock::new(found));
        let (sender, asked) = sync_channel(CURSOR_QUEUE);
        let writer = Writer { file, timelines, kept: kept.clone(), failed: failed.clone() };
        (Subscriptions { kept, queue: Mutex::new(Ok(sender)), unreadable: None, failed }, Some(PlaceWriter { writer, asked }))
    }

    /// Of a past that is told again: nobody names readers of it.
    pub(super) fn none() -> Subscriptions {
        Subscriptions::without(SubscriptionError::Past)
    }

    fn without(why: SubscriptionError) -> Subscriptions {
        Subscriptions { kept: Arc::default(), queue: Mutex::new(Err(why)), unreadable: None, failed: Arc::default() }
    }

    /// Why what is on the disk cannot be read, if it cannot.
    pub fn unreadable(&self) -> Option<&Said> {
        self.unreadable.as_ref()
    }

    /// `reply` is called when it is durable, from a thread of ours. It must not wait.
    pub fn say(&self, speaker: &Agency, name: &ReaderName, say: Say, reply: SubscriptionReply) {
        let asked = Asked { key: key(speaker, name), say, reply };
        let refused = match &*lock(&self.queue) {
            Ok(queue) => match queue.try_send(asked) {
                Ok(()) => return,
                Err(TrySendError::Full(asked)) => (asked, SubscriptionError::Busy),
                Err(TrySendError::Disconnected(asked)) => (asked, SubscriptionError::WriteFailed),
            },
            Err(why) => (asked, *why),
        };
        (refused.0.reply)(Err(refused.1));
    }

    pub fn get(&self, speaker: &Agency, name: &ReaderName) -> Result<Cursor, SubscriptionError> {
        self.readable()?;
        read(&self.kept).get(&key(speaker, name)).cloned().ok_or(SubscriptionError::Unknown)
    }

    /// Those of one speaker, by name.
    pub fn of(&self, speaker: &Agency) -> Result<Vec<(String, Cursor)>, SubscriptionError> {
        self.readable()?;
        let kept = read(&self.kept);
        Ok(own(&kept, speaker.as_str()).map(|((_, name), cursor)| (name.clone(), cursor.clone())).collect())
    }

    pub fn len(&self) -> usize {
        read(&self.kept).len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Nothing is taken any more; what waits is still written.
    pub(super) fn close(&self) {
        let mut queue = lock(&self.queue);
        if queue.is_ok() {
            *queue = Err(SubscriptionError::Stopping);
        }
    }

    fn readable(&self) -> Result<(), SubscriptionError> {
        lock(&self.queue).as_ref().map(|_| ()).map_err(|why| *why)
    }
}

/// The only one who writes, and what it is asked.
pub(super) struct PlaceWriter {
    writer: Writer,
    asked: Receiver<Asked>,
}

impl PlaceWriter {
    /// Its thread. If it panics, the engine has failed: readers must not find out one by one that nobody keeps their places any more.
    pub fn start(mut self, shared: &Arc<Shared>) -> Result<JoinHandle<()>, std::io::Error> {
        let shared = shared.clone();
        let body = move || {
            if catch_unwind(AssertUnwindSafe(|| self.writer.run(&self.asked))).is_err() {
                shared.break_off();
            }
        };
        std::thread::Builder::new().name("cursors".to_string()).spawn(body)
    }
}

struct Writer {
    file: CursorFile,
    timelines: Arc<Timelines>,
    kept: Arc<RwLock<Cursors>>,
    failed: Arc<AtomicU64>,
}

impl Writer {
    fn run(&mut self, asked: &Receiver<Asked>) {
        while let Ok(first) = asked.recv() {
            let group: Vec<Asked> = std::iter::once(first).chain(asked.try_iter().take(CURSOR_GROUP - 1)).collect();
            points::pass(Point::Places);
            self.commit(group);
        }
    }

    fn commit(&mut self, group: Vec<Asked>) {
        let kept = read(&self.kept);
        let mut draft = Draft { timelines: &self.timelines, kept: &kept, after: BTreeMap::new(), changes: Vec::new() };
        let judged: Vec<_> = group.into_iter().map(|asked| (asked.reply, draft.judge(asked.key, asked.say))).collect();
        let changes = draft.changes;
        let written = if changes.is_empty() { Ok(()) } else { self.file.commit(&kept, &changes) };
        drop(kept);
        match &written {
            Ok(()) => {
                let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
                changes.into_iter().for_each(|change| change.apply(&mut kept));
            }
            Err(error) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                tell(error);
            }
        }
        for (reply, judged) in judged {
            // What changed nothing did not need the disk.
            let lost = written.is_err() && judged.as_ref().is_ok_and(|(_, changed)| *changed);
            reply(if lost { Err(SubscriptionError::WriteFailed) } else { judged.map(|(kept, _)| kept) });
        }
    }
}

/// What is there, and what a group has made of it so far.
struct Draft<'a> {
    timelines: &'a Timelines,
    kept: &'a Cursors,
    after: BTreeMap<CursorKey, Option<Cursor>>,
    changes: Vec<CursorChange>,
}

impl Draft<'_> {
    /// How it is then, and whether anything changed.
    fn judge(&mut self, key: CursorKey, say: Say) -> Result<(Kept, bool), SubscriptionError> {
        let before = self.after.get(&key).cloned().unwrap_or_else(|| self.kept.get(&key).cloned());
        let (after, change) = match (say, before.clone()) {
            (Say::Put { filter, begin }, before) => {
                self.room(&key, before.is_none())?;
                let was = before.filter(|cursor| cursor.filter == filter).and_then(|cursor| cursor.at);
                let at = match begin {
                    Begin::AsItWas => was,
                    Begin::Snapshot => None,
                    Begin::After(at) => Some(at),
                };
                let cursor = Cursor { filter, at };
                (cursor.clone(), CursorChange::Put(key.clone(), cursor))
            }
            (Say::Acknowledge(_) | Say::Remove, None) => return Err(SubscriptionError::Unknown),
            (Say::Acknowledge(at), Some(cursor)) => {
                // A place in a history that is no more holds nobody back.
                let present = cursor.at.filter(|present| self.timelines.has(*present) && present.epoch > at.epoch);
                let at = present.unwrap_or(at);
                (Cursor { at: Some(at), ..cursor }, CursorChange::Acknowledged(key.clone(), at))
            }
            (Say::Remove, Some(cursor)) => {
                self.after.insert(key.clone(), None);
                self.changes.push(CursorChange::Gone(key));
                return Ok((Kept { cursor, new: false }, true));
            }
        };
        let changed = before.as_ref() != Some(&after);
        if changed {
            self.after.insert(key, Some(after.clone()));
            self.changes.push(change);
        }
        Ok((Kept { cursor: after, new: before.is_none() }, changed))
    }

    /// May there be one more, if it is one more?
    fn room(&self, key: &CursorKey, more: bool) -> Result<(), SubscriptionError> {
        let came = |of: &dyn Fn(&CursorKey) -> bool| -> isize {
            let changed = self.after.iter().filter(|(key, _)| of(key));
            changed.map(|(key, now)| isize::from(now.is_some()) - isize::from(self.kept.contains_key(key))).sum()
        };
        let all = self.kept.len().saturating_add_signed(came(&|_| true));
        let each = own(self.kept, &key.0).count().saturating_add_signed(came(&|other| other.0 == key.0));
        if more && (all >= MAX_SUBSCRIPTIONS || each >= MAX_SUBSCRIPTIONS_EACH) {
            Err(SubscriptionError::TooMany)
        } else {
            Ok(())
        }
    }
}

fn key(speaker: &Agency, name: &ReaderName) -> CursorKey {
    (speaker.as_str().to_string(), name.as_str().to_string())
}

fn own<'a>(kept: &'a Cursors, speaker: &'a str) -> impl Iterator<Item = (&'a CursorKey, &'a Cursor)> {
    kept.range((speaker.to_string(), String::new())..).take_while(move |((of, _), _)| of == speaker)
}

/// File and cause; no names.
fn tell(error: &CursorError) {
    tracing::error!(%error, "the places of named readers");
}

fn read(kept: &RwLock<Cursors>) -> RwLockReadGuard<'_, Cursors> {
    kept.read().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
