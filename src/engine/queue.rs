//! [`Queue`]: what waits for the engine, bounded. The engine takes it in groups, so that one sync serves many.

use super::{BatchAnswer, BatchRequest, ClockTarget, EngineError, Phase};
use crate::limits::{GROUP_LINES, GROUP_REQUESTS};
use crate::types::Epoch;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a batch is answered.
pub type Reply = Box<dyn FnOnce(Result<BatchAnswer, EngineError>) + Send>;
/// How a move of the clock is answered.
pub type ClockReply = Box<dyn FnOnce(Result<Epoch, EngineError>) + Send>;

/// One thing asked of the engine.
pub enum Asked {
    Batch(BatchRequest, Reply),
    Clock(ClockTarget, ClockReply),
}

/// What the engine finds when it looks.
pub enum Taken {
    /// Batches that share a sync. Never empty.
    Batches(Vec<(BatchRequest, Reply)>),
    Clock(ClockTarget, ClockReply),
    /// Nothing came in time.
    Nothing,
    /// Closed and empty: there will be nothing more.
    Closed,
}

pub struct Queue {
    inner: Mutex<Inner>,
    changed: Condvar,
    limit: usize,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Asked>,
    /// Idempotency keys, with their agency, of batches that are not answered yet.
    running: BTreeSet<(String, String)>,
    closed: bool,
}

impl Queue {
    pub fn new(limit: usize) -> Queue {
        Queue { inner: Mutex::default(), changed: Condvar::new(), limit }
    }

    /// At once: in the queue, or why not.
    pub fn push(&self, asked: Asked) -> Result<(), EngineError> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(EngineError::NotReady(Phase::Stopping));
        }
        let key = running_key(&asked);
        if key.as_ref().is_some_and(|key| inner.running.contains(key)) {
            return Err(EngineError::KeyRunning);
        }
        if inner.waiting.len() >= self.limit {
            return Err(EngineError::Busy);
        }
        inner.running.extend(key);
        inner.waiting.push_back(asked);
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for something to do, at most so long.
    pub fn take(&self, longest: Duration) -> Taken {
        let inner = self.lock();
        let idle = |inner: &mut Inner| inner.waiting.is_empty() && !inner.closed;
        let (mut inner, _) = self.changed.wait_timeout_while(inner, longest, idle).unwrap_or_else(PoisonError::into_inner);
        let closed = inner.closed;
        match inner.waiting.pop_front() {
            None if closed => Taken::Closed,
            None => Taken::Nothing,
            Some(Asked::Clock(to, reply)) => Taken::Clock(to, reply),
            Some(Asked::Batch(request, reply)) => Taken::Batches(inner.group(request, reply)),
        }
    }

    /// The batch of this key is answered; the key may come again.
    pub fn answered(&self, agency: &str, key: &str) {
        self.lock().running.remove(&(agency.to_string(), key.to_string()));
    }

    /// Nothing more gets in; what is in stays until it is taken.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Closes, and gives back what is in.
    pub fn clear(&self) -> Vec<Asked> {
        let mut inner = self.lock();
        inner.closed = true;
        inner.running.clear();
        inner.waiting.drain(..).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn group(&mut self, request: BatchRequest, reply: Reply) -> Vec<(BatchRequest, Reply)> {
        let mut lines = request.lines.len();
        let mut group = vec![(request, reply)];
        while lines < GROUP_LINES && group.len() < GROUP_REQUESTS {
            match self.waiting.pop_front() {
                Some(Asked::Batch(request, reply)) => {
                    lines += request.lines.len();
                    group.push((request, reply));
                }
                Some(clock @ Asked::Clock(..)) => {
                    self.waiting.push_front(clock);
                    break;
                }
                None => break,
            }
        }
        group
    }
}

fn running_key(asked: &Asked) -> Option<(String, String)> {
    match asked {
        Asked::Batch(request, _) => request.idempotency_key.clone().map(|key| (request.agency.as_str().to_string(), key)),
        Asked::Clock(..) => None,
    }
}
