//! The bodies of entries as they stand on disk, apart from [`super::entry`], so that neither moves the other. Fields are frozen in
//! order and kind with format version 1; what comes later is another layout, whose number stands first.
//!
//! Names that recur (relations, asserters, files) stand once per entry in `names`, in order of first use, and are referred to by index.

use super::cell::Cell;
use serde::{Deserialize, Serialize};

/// The layout of bodies and schemas that this huiyan writes. Each kind of entry may get a next one of its own.
pub const LAYOUT: u8 = 1;

/// What every entry begins with.
#[derive(Serialize, Deserialize)]
pub struct Preamble<'a> {
    /// Stays the first byte in every layout to come, so that a later one is told from damage.
    pub layout: u8,
    pub wall_us: i64,
    /// SHA-256 of the encoded schema.
    pub schema: [u8; 32],
    /// The schema itself, encoded, where it is not the one of the entry before.
    #[serde(borrow)]
    pub new_schema: Option<&'a [u8]>,
}

/// Everything that is needed to read, key, seal and give out rows without the rules.
#[derive(Serialize, Deserialize)]
pub struct SchemaWire<'a> {
    /// First here too, for the same reason.
    pub layout: u8,
    #[serde(borrow)]
    pub relations: Vec<RelationWire<'a>>,
}

#[derive(Serialize, Deserialize)]
pub struct RelationWire<'a> {
    pub name: &'a str,
    #[serde(borrow)]
    pub columns: Vec<ColumnWire<'a>>,
    /// Columns by number, in the order of the declaration; none where the whole row is the key.
    pub key: Vec<u32>,
    #[serde(borrow)]
    pub owners: Vec<&'a str>,
    pub by: Option<u32>,
    pub since: Option<u32>,
    pub clock: bool,
}

#[derive(Serialize, Deserialize)]
pub struct ColumnWire<'a> {
    pub name: &'a str,
    pub type_name: &'a str,
    /// Number of the kind's cells.
    pub kind: u8,
    pub optional: bool,
    pub personal: bool,
}

#[derive(Serialize, Deserialize)]
pub struct InstallWire<'a> {
    pub speaker: &'a str,
    pub pack: &'a str,
    pub version: &'a str,
    pub hash: [u8; 32],
    #[serde(borrow)]
    pub files: Vec<(&'a str, &'a str)>,
    #[serde(borrow)]
    pub changes: ChangesWire<'a>,
}

#[derive(Serialize, Deserialize)]
pub struct BatchWire<'a> {
    pub agency: &'a str,
    pub idempotency_key: Option<&'a str>,
    pub body_hash: [u8; 32],
    #[serde(borrow)]
    pub changes: ChangesWire<'a>,
    #[serde(borrow)]
    pub refusals: Vec<RefusalWire<'a>>,
    /// Relation, operation, key.
    #[serde(borrow)]
    pub mended: Vec<(&'a str, &'a str, Vec<Cell<'a>>)>,
    pub accepted: u64,
    pub changed: u64,
    pub refused: u64,
}

#[derive(Serialize, Deserialize)]
pub struct ClockWire<'a>(#[serde(borrow)] pub ChangesWire<'a>);

#[derive(Serialize, Deserialize)]
pub struct SuspendedWire<'a> {
    pub code: &'a str,
    pub from: u64,
}

#[derive(Serialize, Deserialize)]
pub struct VerdictWire<'a> {
    pub agency: &'a str,
    pub idempotency_key: Option<&'a str>,
    pub body_hash: [u8; 32],
    pub relation: &'a str,
    #[serde(borrow)]
    pub key: Vec<Cell<'a>>,
    /// Number of the state, and of the reason of a dismissal, else 0.
    pub state: u8,
    pub reason: u8,
    /// Sealed.
    #[serde(borrow)]
    pub note: Option<Cell<'a>>,
    pub day: i64,
}

#[derive(Serialize, Deserialize)]
pub struct ChangesWire<'a> {
    #[serde(borrow)]
    pub names: Vec<&'a str>,
    #[serde(borrow)]
    pub changes: Vec<ChangeWire<'a>>,
}

#[derive(Serialize, Deserialize)]
pub struct ChangeWire<'a> {
    /// Index into `names`.
    pub relation: u32,
    pub insert: bool,
    #[serde(borrow)]
    pub row: Vec<Cell<'a>>,
    /// Index into `names`.
    pub asserter: u32,
    pub line: u64,
    /// Index into `names`.
    pub source: Option<u32>,
    #[serde(borrow)]
    pub repaired: Vec<(u32, Cell<'a>)>,
}

#[derive(Serialize, Deserialize)]
pub struct RefusalWire<'a> {
    pub line: u64,
    pub relation: &'a str,
    pub op: &'a str,
    pub code: &'a str,
    pub pointer: &'a str,
    #[serde(borrow)]
    pub key: Vec<Cell<'a>>,
    pub day: i64,
}
