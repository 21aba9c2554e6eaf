//! What the journal holds: [`Entry`], one per epoch, the *outcome* of whatever could change an answer. A later validator, repairer or
//! planner cannot change history, because replay validates nothing again.

use crate::types::{CaseState, Epoch, Row, Value};

/// One epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    pub epoch: Epoch,
    /// Microseconds since 1970, for people; no answer depends on it.
    pub wall_us: i64,
    pub body: EntryBody,
}

#[derive(Clone, PartialEq, Debug)]
pub enum EntryBody {
    /// Rule text and data of a pack (entry 1 is one, with the first value of each clock), or new ones at a later start.
    Install(Install),
    /// What an agency sent, accepted and refused.
    Batch(Batch),
    /// The clock moved.
    Clock(Vec<NetChange>),
    /// The program was suspended; recovery looks for such entries before it evaluates. `from`: the first epoch that was not evaluated
    /// (several may have been on their way when it happened), so that a replay stands still at the same place.
    Suspended { code: String, from: Epoch },
    /// The same rules are tried again, from this epoch on, with everything that is there.
    Resumed,
    /// What somebody said of a clue.
    Verdict(Verdict),
}

#[derive(Clone, PartialEq, Debug)]
pub struct Install {
    /// Who installed it.
    pub speaker: String,
    pub pack: String,
    pub version: String,
    /// SHA-256 over rule files and data, which decides whether a start makes a new entry.
    pub hash: [u8; 32],
    /// Main file first.
    pub files: Vec<(String, String)>,
    /// Data of the pack and first clock values, as net changes asserted by `pack:NAME` (clock rows by `operator:local`).
    pub changes: Vec<NetChange>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Batch {
    /// Who spoke: `police:640299-01`.
    pub agency: String,
    /// Belongs to the agency.
    pub idempotency_key: Option<String>,
    /// SHA-256 of the request's body (and of what else decides its meaning).
    pub body_hash: [u8; 32],
    pub changes: Vec<NetChange>,
    pub refusals: Vec<Refusal>,
    /// Refusals, of this batch or an earlier one, that are over after it: a row under their key was accepted (also one that changed
    /// nothing, which `changes` cannot tell), or the table was replaced.
    pub mended: Vec<Mended>,
    /// Answer to the sender, as it was given and will be given again.
    pub receipt: Receipt,
}

/// A clue is named by its relation and key: its id outside depends on a key of the folder. Where no such clue holds (a replay under other
/// rules) it says nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Who spoke.
    pub agency: String,
    pub idempotency_key: Option<String>,
    pub body_hash: [u8; 32],
    pub relation: String,
    pub key: Row,
    /// Which cells of the key are sealed on disk.
    pub personal: Vec<bool>,
    pub state: CaseState,
    /// May name persons: sealed on disk.
    pub note: Option<String>,
    /// Civil day on which it was said, as of a refusal.
    pub day: i64,
}

/// An assertion that comes or goes: a row of an input relation and who says it, as a set, never twice, never for nothing. Mostly that is
/// the row itself; only a pack's row may be hidden by the operator's of the same key (see `records`).
#[derive(Clone, PartialEq, Debug)]
pub struct NetChange {
    /// By name; columns by the schema whose hash the journal names.
    pub relation: String,
    pub insert: bool,
    pub row: Vec<Value>,
    /// Which cells are sealed on disk: those of personal columns, except that a row goes as it came where the mark has changed since.
    pub personal: Vec<bool>,
    /// Who asserts it; `pack:NAME` for data of the pack.
    pub asserter: String,
    /// Line in the request or file, from 1; 0 where there is none.
    pub line: u64,
    /// Name of the file it came from, if any. Never holds a personal value.
    pub source: Option<String>,
    /// Column and text as sent, where ingest repaired it. Sealed like a personal cell.
    pub repaired: Vec<(u32, String)>,
}

/// A line that was refused. No personal values: place, code and key only.
#[derive(Clone, PartialEq, Debug)]
pub struct Refusal {
    pub line: u64,
    pub relation: String,
    /// `insert`, `upsert`, `retract`
    pub op: String,
    pub code: String,
    /// The column, as a JSON pointer; empty for the whole line.
    pub pointer: String,
    /// Values of the key columns where the line had a readable key without personal columns, else empty.
    pub key: Row,
    /// Civil day (the day of the program's date clock, else of the wall) on which it was refused.
    pub day: i64,
}

/// A refusal of this agency that ended. Relation, operation and key as in [`Refusal`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mended {
    pub relation: String,
    pub op: String,
    pub key: Row,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Receipt {
    pub accepted: u64,
    /// Rows that appeared or went.
    pub changed: u64,
    pub refused: u64,
}
