//! [`Queue`]: what waits for the engine, bounded. The engine takes it in groups, so that one sync serves many.

use super::{BatchAnswer, BatchRequest, ClockTarget, EngineError, Phase, Refused, Submitted, VerdictAnswer, VerdictRequest};
use crate::limits::{GROUP_LINES, GROUP_REQUESTS, QUEUE_BYTES, QUEUE_LINES};
use crate::types::Epoch;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How something is answered.
pub type Answered<T> = Box<dyn FnOnce(Result<T, EngineError>) + Send>;
/// How a batch is answered.
pub type Reply = Answered<BatchAnswer>;
pub type VerdictReply = Answered<VerdictAnswer>;
/// How a move of the clock is answered.
pub type ClockReply = Answered<Epoch>;

/// How a snapshot is answered: with its epoch, when it is begun or whole already.
pub type SnapshotReply = ClockReply;

/// One thing asked of the engine.
pub enum Asked {
    Batch(BatchRequest, Reply),
    Verdict(VerdictRequest, VerdictReply),
    Clock(ClockTarget, ClockReply),
    Snapshot(SnapshotReply),
}

/// What did not get in, so that it can be tried again without a copy.
pub struct Turned {
    pub asked: Box<Asked>,
    pub error: EngineError,
}

impl Turned {
    pub fn away(asked: Asked, error: EngineError) -> Turned {
        Turned { asked: Box::new(asked), error }
    }
}

/// What the engine finds when it looks.
pub enum Taken {
    /// Batches that share a sync. Never empty.
    Batches(Vec<(BatchRequest, Reply)>),
    Verdict(VerdictRequest, VerdictReply),
    Clock(ClockTarget, ClockReply),
    Snapshot(SnapshotReply),
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

/// How full the queue is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Depth {
    pub requests: usize,
    pub lines: usize,
    /// Requests that may wait.
    pub limit: usize,
    /// Requests that found it full, since the process began.
    pub turned_away: u64,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<(Asked, Weight)>,
    /// Of all that wait.
    weight: Weight,
    turned_away: u64,
    /// Idempotency keys, with their agency, of what is not answered yet.
    running: BTreeSet<(String, String)>,
    closed: bool,
    /// Nothing is taken out either.
    broken: bool,
}

impl Queue {
    pub fn new(limit: usize) -> Queue {
        Queue { inner: Mutex::default(), changed: Condvar::new(), limit }
    }

    /// At once: in the queue, or given back with the reason.
    pub fn push(&self, asked: Asked) -> Result<(), Turned> {
        let weight = Weight::of(&asked);
        let mut inner = self.lock();
        if inner.closed {
            return Err(Turned::away(asked, EngineError::NotReady(Phase::Stopping)));
        }
        let key = running_key(&asked);
        if key.as_ref().is_some_and(|key| inner.running.contains(key)) {
            return Err(Turned::away(asked, EngineError::KeyRunning));
        }
        let all = inner.weight.and(weight);
        let too_much = !inner.waiting.is_empty() && (all.lines > QUEUE_LINES || all.bytes > QUEUE_BYTES);
        if inner.waiting.len() >= self.limit || too_much {
            inner.turned_away += 1;
            return Err(Turned::away(asked, EngineError::Busy));
        }
        inner.weight = all;
        inner.running.extend(key);
        inner.waiting.push_back((asked, weight));
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for something to do, at most so long.
    pub fn take(&self, longest: Duration) -> Taken {
        let inner = self.lock();
        let idle = |inner: &mut Inner| inner.waiting.is_empty() && !inner.closed;
        let (mut inner, _) = self.changed.wait_timeout_while(inner, longest, idle).unwrap_or_else(PoisonError::into_inner);
        if inner.broken {
            return Taken::Closed;
        }
        let closed = inner.closed;
        match inner.pop() {
            None if closed => Taken::Closed,
            None => Taken::Nothing,
            Some(Asked::Verdict(request, reply)) => Taken::Verdict(request, reply),
            Some(Asked::Clock(to, reply)) => Taken::Clock(to, reply),
            Some(Asked::Snapshot(reply)) => Taken::Snapshot(reply),
            Some(Asked::Batch(request, reply)) => Taken::Batches(inner.group(request, reply)),
        }
    }

    /// What came under this key is answered; the key may come again.
    pub fn answered(&self, agency: &str, key: &str) {
        self.lock().running.remove(&(agency.to_string(), key.to_string()));
    }

    /// Nothing more gets in; what is in stays until it is taken.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Nothing gets in or out any more but by [`Queue::clear`].
    pub fn break_off(&self) {
        self.lock().broken = true;
        self.close();
    }

    pub fn depth(&self) -> Depth {
        let inner = self.lock();
        Depth { requests: inner.waiting.len(), lines: inner.weight.lines, limit: self.limit, turned_away: inner.turned_away }
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Closes, and gives back what is in.
    pub fn clear(&self) -> Vec<Asked> {
        let mut inner = self.lock();
        inner.closed = true;
        inner.running.clear();
        inner.weight = Weight::default();
        inner.waiting.drain(..).map(|(asked, _)| asked).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn pop(&mut self) -> Option<Asked> {
        let (asked, weight) = self.waiting.pop_front()?;
        self.weight.lines -= weight.lines;
        self.weight.bytes -= weight.bytes;
        Some(asked)
    }

    /// This batch and those behind it, up to anything else or a limit.
    fn group(&mut self, request: BatchRequest, reply: Reply) -> Vec<(BatchRequest, Reply)> {
        let mut lines = request.lines.len();
        let mut group = vec![(request, reply)];
        while lines < GROUP_LINES && group.len() < GROUP_REQUESTS && matches!(self.waiting.front(), Some((Asked::Batch(..), _))) {
            let Some(Asked::Batch(request, reply)) = self.pop() else { break };
            lines += request.lines.len();
            group.push((request, reply));
        }
        group
    }
}

/// What something that waits takes of memory, good lines and bad ones: both are held. Counted once, when it comes.
#[derive(Clone, Copy, Default)]
pub struct Weight {
    pub lines: usize,
    pub bytes: usize,
}

impl Weight {
    fn of(asked: &Asked) -> Weight {
        match asked {
            Asked::Batch(request, _) => Weight::of_batch(request),
            Asked::Verdict(..) | Asked::Clock(..) | Asked::Snapshot(_) => Weight { lines: 1, bytes: size_of::<Asked>() },
        }
    }

    pub fn of_batch(request: &BatchRequest) -> Weight {
        let good = request.lines.iter().map(Submitted::bytes).sum::<usize>();
        let bad = request.refused.iter().map(Refused::bytes).sum::<usize>();
        Weight { lines: request.lines.len() + request.refused.len(), bytes: good + bad }
    }

    fn and(self, other: Weight) -> Weight {
        Weight { lines: self.lines + other.lines, bytes: self.bytes + other.bytes }
    }
}

fn running_key(asked: &Asked) -> Option<(String, String)> {
    let (agency, key) = match asked {
        Asked::Batch(request, _) => (&request.agency, &request.idempotency_key),
        Asked::Verdict(request, _) => (&request.agency, &request.idempotency_key),
        Asked::Clock(..) | Asked::Snapshot(_) => return None,
    };
    key.clone().map(|key| (agency.as_str().to_string(), key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{OnReject, Op, SubmittedRow};
    use crate::limits::QUEUE_REQUESTS;
    use crate::security::Agency;
    use crate::types::{RelId, Row, Value};

    fn batch(lines: usize) -> Asked {
        let row = Row::new(Vec::new());
        let line = |n| Submitted {
            line: n,
            relation: RelId(0),
            op: Op::Insert,
            row: SubmittedRow::Whole(row.clone()),
            repaired: Vec::new(),
        };
        let request = BatchRequest {
            agency: Agency::operator(),
            idempotency_key: None,
            body_hash: [0; 32],
            on_reject: OnReject::Skip,
            replace: None,
            lines: (1..=lines as u64).map(line).collect(),
            refused: Vec::new(),
            source: None,
        };
        Asked::Batch(request, Box::new(|_| ()))
    }

    fn push(queue: &Queue, asked: Asked) -> Result<(), EngineError> {
        queue.push(asked).map_err(|turned| turned.error)
    }

    fn clock() -> Asked {
        Asked::Clock(ClockTarget::Day(0), Box::new(|_| ()))
    }

    fn taken(queue: &Queue) -> usize {
        match queue.take(Duration::ZERO) {
            Taken::Batches(group) => group.len(),
            Taken::Verdict(..) | Taken::Clock(..) | Taken::Snapshot(_) | Taken::Nothing | Taken::Closed => 0,
        }
    }

    #[test]
    fn a_group_ends_at_a_clock_at_its_requests_and_at_its_lines() {
        let queue = Queue::new(10_000);
        let push = |asked| push(&queue, asked).unwrap();
        push(batch(1));
        push(batch(1));
        push(clock());
        push(batch(1));
        assert_eq!([taken(&queue), taken(&queue), taken(&queue)], [2, 0, 1]);
        (0..GROUP_REQUESTS + 1).for_each(|_| push(batch(1)));
        assert_eq!([taken(&queue), taken(&queue)], [GROUP_REQUESTS, 1]);
        [GROUP_LINES - 1, 1, 1].into_iter().for_each(|lines| push(batch(lines)));
        assert_eq!([taken(&queue), taken(&queue)], [2, 1]);
        assert!(matches!(queue.take(Duration::ZERO), Taken::Nothing));
        queue.close();
        assert!(matches!(queue.take(Duration::ZERO), Taken::Closed));
    }

    #[test]
    fn bytes_that_wait_are_bounded_too() {
        let queue = Queue::new(10);
        let long = Row::new(vec![Value::symbol(&"x".repeat(QUEUE_BYTES / 1_000))]);
        let heavy = || match batch(400) {
            Asked::Batch(mut request, reply) => {
                request.lines.iter_mut().for_each(|line| line.row = SubmittedRow::Whole(long.clone()));
                Asked::Batch(request, reply)
            }
            other @ (Asked::Verdict(..) | Asked::Clock(..) | Asked::Snapshot(_)) => other,
        };
        push(&queue, heavy()).unwrap();
        push(&queue, heavy()).unwrap();
        assert_eq!(push(&queue, heavy()), Err(EngineError::Busy));
        push(&queue, batch(1)).unwrap();
        assert_eq!(taken(&queue), 3);
        push(&queue, heavy()).unwrap();
    }

    #[test]
    fn q5_requests_that_wait_are_counted() {
        let queue = Queue::new(QUEUE_REQUESTS);
        (0..QUEUE_REQUESTS).for_each(|_| push(&queue, clock()).unwrap());
        assert_eq!(push(&queue, clock()), Err(EngineError::Busy));
    }

    #[test]
    fn lines_that_wait_are_bounded_together_but_one_request_always_fits() {
        let queue = Queue::new(10);
        push(&queue, batch(QUEUE_LINES + 1)).unwrap();
        assert_eq!(push(&queue, clock()), Err(EngineError::Busy));
        assert_eq!(queue.depth(), Depth { requests: 1, lines: QUEUE_LINES + 1, limit: 10, turned_away: 1 });
        assert_eq!(taken(&queue), 1);
        push(&queue, batch(QUEUE_LINES - 1)).unwrap();
        push(&queue, batch(1)).unwrap();
        assert_eq!(push(&queue, batch(1)), Err(EngineError::Busy));
        assert_eq!([taken(&queue), taken(&queue)], [1, 1]);
        push(&queue, batch(QUEUE_LINES)).unwrap();
    }
}
