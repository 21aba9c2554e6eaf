//! The sections of a snapshot as they stand on disk. Numbers of kinds and fields are frozen in order and kind with format version 1; a later
//! layout of a section is another kind.
//!
//! Texts of rows stand once, in [`Texts`], and rows refer to them by number, from 1 in the order of the file; 0 is an absent text.

use crate::storage::cell::Cell;
use serde::{Deserialize, Serialize};

/// Something that a section holds.
pub trait Part: Serialize {
    const KIND: u8;
}

/// The pack in force.
#[derive(Serialize, Deserialize)]
pub struct Installed<'a> {
    pub pack: &'a str,
    pub version: &'a str,
    pub hash: [u8; 32],
    #[serde(borrow)]
    pub files: Vec<(&'a str, &'a str)>,
    /// What the rows are written under, encoded as in the journal.
    pub schema: &'a [u8],
}

/// Who asserts rows, by number from 0.
#[derive(Serialize, Deserialize)]
pub struct Asserters<'a>(#[serde(borrow)] pub Vec<&'a str>);

/// A relation; what follows up to the next one is of it.
#[derive(Serialize, Deserialize)]
pub struct Relation<'a> {
    pub name: &'a str,
    /// Name, kind as cells are numbered, optional.
    #[serde(borrow)]
    pub columns: Vec<(&'a str, u8, bool)>,
    pub key: Vec<u32>,
    pub keyed: bool,
    #[serde(borrow)]
    pub owners: Vec<&'a str>,
    pub by: Option<u32>,
    pub personal: Vec<bool>,
    pub clock: bool,
    /// The rules in force do not declare it.
    pub parked: bool,
    /// How its cells were sealed, if not as `personal` says.
    pub written: Option<Vec<bool>>,
    pub rows: u64,
}

/// The next texts.
#[derive(Serialize, Deserialize)]
pub struct Texts<'a>(#[serde(borrow)] pub Vec<&'a str>);

/// The next slots of the relation.
#[derive(Serialize, Deserialize)]
pub struct Rows<'a> {
    /// For each slot one more than the number of who asserts the row, 0 where there is none.
    pub asserters: Vec<u32>,
    /// Column by column of each row that is there.
    pub words: Vec<u64>,
    /// Slot, counted from the first of this section; column and text as sent.
    #[serde(borrow)]
    pub repaired: Vec<(u32, Vec<(u32, &'a str)>)>,
}

/// The next free slots of the relation, in the order in which they will *not* be taken: the last one is taken first.
#[derive(Serialize, Deserialize)]
pub struct Free(pub Vec<u32>);

/// Rows of the relation that another one hides: who asserts it, and its columns.
#[derive(Serialize, Deserialize)]
pub struct Hidden(pub Vec<(u32, Vec<u64>)>);

/// Rules and levels of which there are or were clues.
#[derive(Serialize, Deserialize)]
pub struct Levels<'a>(#[serde(borrow)] pub Vec<(&'a str, u8)>);

/// The next lives of clues.
#[derive(Serialize, Deserialize)]
pub struct Lives<'a> {
    /// Epochs in which steps of these lives were: epoch, cause, what the clock showed.
    #[serde(borrow)]
    pub epochs: Vec<(u64, CauseWire<'a>, &'a str)>,
    #[serde(borrow)]
    pub lives: Vec<Life<'a>>,
}

#[derive(Serialize, Deserialize)]
pub enum CauseWire<'a> {
    Batch(&'a str),
    Clock(&'a str),
    /// Of snapshots that did not know the hash.
    Rules(&'a str, &'a str),
    RulesOf(&'a str, &'a str, &'a str),
    /// Agency, and a state as [`StateWire`] has it.
    Verdict(&'a str, u8, u8),
}

/// Number of a state of case work, and of the reason of a dismissal, else 0.
pub type StateWire = (u8, u8);

#[derive(Serialize, Deserialize)]
pub struct Life<'a> {
    pub id: [u8; 16],
    pub relation: u32,
    pub rule: &'a str,
    #[serde(borrow)]
    pub key: Vec<Cell<'a>>,
    pub title: &'a str,
    pub person: Option<&'a str>,
    pub person_key: Option<&'a str>,
    pub agency: Option<&'a str>,
    pub area: Option<&'a str>,
    pub level: &'a str,
    pub basis: &'a str,
    #[serde(borrow)]
    pub due: Option<Cell<'a>>,
    pub reason: &'a str,
    #[serde(borrow)]
    pub columns: Vec<(&'a str, Cell<'a>)>,
    pub evidence: u64,
    /// 0 open, 1 changed, 2 withdrawn, 3 reopened.
    pub machine: u8,
    pub opened: u64,
    pub changed: u64,
    /// Index into `epochs`; 0 open, 1 change, 2 withdraw, 3 reopen; level.
    #[serde(borrow)]
    pub steps: Vec<(u32, u8, &'a str)>,
    /// Do its rows name two agencies, two areas?
    pub split: (bool, bool),
}

/// What people said of some of the next lives.
#[derive(Serialize, Deserialize)]
pub struct Judged<'a>(#[serde(borrow)] pub Vec<JudgedWire<'a>>);

#[derive(Serialize, Deserialize)]
pub struct JudgedWire<'a> {
    pub id: [u8; 16],
    pub state: StateWire,
    /// Of the rows to which the last dismissal is bound.
    pub bound: Option<[u8; 16]>,
    /// Which step, state from there on, note. Other steps left the clue new.
    #[serde(borrow)]
    pub steps: Vec<(u32, StateWire, Option<&'a str>)>,
}

/// What was last said of clues, the next of it.
#[derive(Serialize, Deserialize)]
pub struct SaidPart<'a>(#[serde(borrow)] pub Vec<SaidWire<'a>>);

#[derive(Serialize, Deserialize)]
pub struct SaidWire<'a> {
    /// Relation and key of the clue.
    pub rule: &'a str,
    #[serde(borrow)]
    pub key: Vec<Cell<'a>>,
    pub state: StateWire,
    pub agency: &'a str,
    pub day: i64,
}

/// Clues of which only the id is remembered.
#[derive(Serialize, Deserialize)]
pub struct Forgotten(pub Vec<[u8; 16]>);

/// What was answered under idempotency keys: first half of the hash of agency and key, epoch.
#[derive(Serialize, Deserialize)]
pub struct ReceiptsPart(pub Vec<([u8; 16], u64)>);

/// Refusals of one agency that are open.
#[derive(Serialize, Deserialize)]
pub struct RefusalsPart<'a> {
    pub agency: &'a str,
    #[serde(borrow)]
    pub refusals: Vec<OpenWire<'a>>,
}

#[derive(Serialize, Deserialize)]
pub struct OpenWire<'a> {
    pub relation: &'a str,
    #[serde(borrow)]
    pub key: Vec<Cell<'a>>,
    pub op: &'a str,
    pub code: &'a str,
    pub pointer: &'a str,
    pub line: u64,
    pub day: i64,
    pub epoch: u64,
}

/// Rules under which epochs were that the feed tells of, numbered from 0.
#[derive(Serialize, Deserialize)]
pub struct FeedRules<'a> {
    #[serde(borrow)]
    pub files: Vec<(&'a str, &'a str)>,
    /// As of the pack in force.
    pub schema: &'a [u8],
}

/// Clues as they were at some time, each once; numbered from 1 through all such sections, before the epochs that name them.
#[derive(Serialize, Deserialize)]
pub struct FeedClues<'a>(#[serde(borrow)] pub Vec<ClueWire<'a>>);

#[derive(Serialize, Deserialize)]
pub struct ClueWire<'a> {
    pub id: [u8; 16],
    pub relation: u32,
    pub rule: &'a str,
    pub title: &'a str,
    pub person: Option<&'a str>,
    pub person_key: Option<&'a str>,
    pub agency: Option<&'a str>,
    pub area: Option<&'a str>,
    pub level: &'a str,
    pub basis: &'a str,
    #[serde(borrow)]
    pub due: Option<Cell<'a>>,
    pub reason: &'a str,
    #[serde(borrow)]
    pub columns: Vec<(&'a str, Cell<'a>)>,
    pub evidence: u64,
    /// As of a life.
    pub machine: u8,
    pub opened: u64,
    pub changed: u64,
}

/// Which of the next clues of the feed were in which state; others were new.
#[derive(Serialize, Deserialize)]
pub struct FeedStates(pub Vec<(u32, StateWire)>);

/// The next epochs of the feed.
#[derive(Serialize, Deserialize)]
pub struct FeedEpochs<'a> {
    /// The oldest from which a reader can go on.
    pub oldest: u64,
    #[serde(borrow)]
    pub pieces: Vec<FeedPiece<'a>>,
}

/// What an epoch changed, or the next of it.
#[derive(Serialize, Deserialize)]
pub struct FeedPiece<'a> {
    pub epoch: u64,
    pub wall_us: i64,
    #[serde(borrow)]
    pub cause: CauseWire<'a>,
    /// Number of its rules, and of those before if they were others.
    pub rules: u32,
    pub before: Option<u32>,
    /// What happened (as of a life), the clue as it is then, and as it was, 0 if it was not.
    pub clues: Vec<(u8, u32, u32)>,
    /// Relation, how often it came (or went, below 0), row.
    #[serde(borrow)]
    pub rows: Vec<FeedRow<'a>>,
    #[serde(borrow)]
    pub gone: Vec<FeedRow<'a>>,
    /// The next piece is of the same epoch.
    pub more: bool,
}

#[derive(Serialize, Deserialize)]
pub struct FeedRow<'a>(pub u32, pub i64, #[serde(borrow)] pub Vec<Cell<'a>>);

macro_rules! kinds {
    ($($part:ty = $kind:literal),* $(,)?) => {
        $(impl Part for $part {
            const KIND: u8 = $kind;
        })*
    };
}

kinds! {
    Installed<'_> = 101, Asserters<'_> = 102, Relation<'_> = 103, Texts<'_> = 104, Rows<'_> = 105, Free = 106, Hidden = 107,
    Levels<'_> = 108, Lives<'_> = 109, Forgotten = 110, ReceiptsPart = 111, RefusalsPart<'_> = 112,
    FeedRules<'_> = 113, FeedClues<'_> = 114, FeedEpochs<'_> = 115, Judged<'_> = 116, FeedStates = 117,
    SaidPart<'_> = 118,
}
