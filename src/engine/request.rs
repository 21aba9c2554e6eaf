//! What the outside asks of the engine, and what it is answered.

use super::doubts::Doubts;
use super::repairs::Repairs;
use crate::security::Agency;
use crate::storage::entry::Receipt;
use crate::types::{CaseState, Epoch, RelId, Said};

pub use crate::ingest::{Op, Refused, Submitted, SubmittedRow};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnReject {
    /// Take the good rows.
    Skip,
    /// All or nothing.
    Fail,
}

/// `mode=replace`: the lines are the whole of what this agency asserts in this relation.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    pub relation: RelId,
    /// No line at all is meant: everything is withdrawn.
    pub may_be_empty: bool,
}

#[derive(Clone, Debug)]
pub struct BatchRequest {
    pub agency: Agency,
    pub idempotency_key: Option<String>,
    pub body_hash: [u8; 32],
    pub on_reject: OnReject,
    pub replace: Option<Whole>,
    pub lines: Vec<Submitted>,
    /// What ingest refused already.
    pub refused: Vec<Refused>,
    /// Name of the file, if any.
    pub source: Option<String>,
}

impl BatchRequest {
    /// The relation that it would empty without having said so.
    pub fn empties(&self) -> Option<RelId> {
        let nothing = self.lines.is_empty() && self.refused.is_empty();
        self.replace.filter(|whole| nothing && !whole.may_be_empty).map(|whole| whole.relation)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchAnswer {
    pub epoch: Epoch,
    pub receipt: Receipt,
    /// Kept for a repeated request too (codes, places, keys; messages are made again from the code).
    pub refused: Vec<Refused>,
    pub repairs: Repairs,
    /// Of a repeated request those of now.
    pub doubts: Doubts,
    pub replayed: bool,
}

/// Where a manual clock goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockTarget {
    /// 00:00 +08:00 of this day.
    Day(i64),
    /// Microseconds since 1970; a date clock takes the civil day in China.
    Instant(i64),
}

/// What the engine can do now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Reading the journal: entries done, entries in all (0 if not known yet).
    Recovering {
        done: u64,
        total: u64,
    },
    Ready,
    /// The program ran past its budget; records are still taken, clues stand still and are marked stale.
    Suspended {
        code: String,
    },
    /// A write, a sync or a thread failed: nothing more is accepted until a restart replays.
    Failed {
        reason: Said,
    },
    Stopping,
    /// A history that was evaluated again is shown: it is as it was, and nothing is taken.
    Past,
}

impl Phase {
    pub fn name(&self) -> &'static str {
        match self {
            Phase::Recovering { .. } => "recovering",
            Phase::Ready => "ready",
            Phase::Suspended { .. } => "suspended",
            Phase::Failed { .. } => "failed",
            Phase::Stopping => "stopping",
            Phase::Past => "past",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EngineError {
    /// 503 with Retry-After.
    #[error("the queue is full")]
    Busy,
    /// 503: recovering, failed, stopping.
    #[error("not ready")]
    NotReady(Phase),
    /// 422: the same idempotency key came with another body.
    #[error("the idempotency key was used for another body")]
    KeyReused,
    /// 503: the part of the journal that holds the first answer under this key is not there. Nothing was taken.
    #[error("the first answer is in a part of the journal that cannot be read")]
    Archived,
    /// 409: a request under this key is still running.
    #[error("a request under this idempotency key is still running")]
    KeyRunning,
    /// 409: a snapshot is being written.
    #[error("a snapshot is being written")]
    SnapshotRunning,
    /// 409: the program stands still, and there would be nothing to go on from.
    #[error("there can be no snapshot now")]
    NoSnapshotNow,
    /// 409: an agenda is being made.
    #[error("an agenda is being made")]
    AgendaRunning,
    /// 409: the program stands still, or would on the way.
    #[error("there can be no agenda now")]
    NoAgendaNow,
    /// 422: a day that has passed, or further ahead than is looked.
    #[error("the agenda does not reach that day")]
    AgendaRange,
    /// 503 with Retry-After: there is no memory for a second evaluation.
    #[error("there is no memory for an agenda")]
    NoRoomForAgenda,
    /// 500: the evaluation beside the server's own failed.
    #[error("there is no agenda")]
    AgendaFailed,
    /// 404: no clue of this id is remembered.
    #[error("there is no such clue")]
    NoSuchClue,
    /// 409: the clue does not hold any more.
    #[error("the clue is withdrawn")]
    ClueWithdrawn,
    /// 409: something has happened to the clue since it was seen.
    #[error("the clue has changed")]
    ClueChanged,
    /// 409: of a clue in this state that cannot be said.
    #[error("this does not follow on {}", before.name())]
    OutOfOrder { before: CaseState },
    /// 409: the clock is the wall's.
    #[error("the clock is not manual")]
    WallClock,
    /// 422: on_reject=fail and something was refused; nothing was taken. The refusals are kept all the same, under the epoch named.
    #[error("refused as a whole")]
    Refused(Box<BatchAnswer>),
    /// 422: the rules in force declare no clock.
    #[error("the rules have no clock")]
    NoClock,
    /// 422: further than a clock walks at once, or no day of the calendar.
    #[error("the clock does not go that far")]
    ClockRange,
    /// 413: what it would change is more than one entry of the journal holds. Nothing was taken.
    #[error("an entry of some {bytes} bytes is more than the journal takes at once, which is {limit}")]
    EntryTooLarge { bytes: usize, limit: usize },
    /// 422: a `replace` without a line would withdraw all rows of its sender, and does not say that this is meant. Nothing was done.
    #[error("the file has no rows and would withdraw all there are")]
    ReplacesWithNothing,
    /// 503 with Retry-After: the server has no memory for more records. Nothing was taken; retractions are.
    #[error("the memory is full")]
    MemoryFull,
    /// 507 with Retry-After: the disk has no room for it. Nothing was taken, and nothing has failed.
    #[error("the disk is full")]
    DiskFull,
    /// 503: the entry did not reach the disk.
    #[error("the write failed")]
    WriteFailed,
}
