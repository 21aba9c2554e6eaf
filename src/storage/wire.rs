//! The bodies of entries as they stand on disk, apart from [`super::entry`], so that neither moves the other. Fields are frozen in
//! order and kind with format version 1; what comes later is another version.
//!
//! Names that recur (relations, asserters, files) stand once per entry in `names`, in order of first use, and are referred to by index.

use super::cell::Cell;
use serde::{Deserialize, Serialize};

/// What every entry begins with.
#[derive(Serialize, Deserialize)]
pub struct Preamble<'a> {
    pub wall_us: i64,
    /// SHA-256 of the encoded schema.
    pub schema: [u8; 32],
    /// The schema itself, encoded, where it is not the one of the entry before.
    #[serde(borrow)]
    pub new_schema: Option<&'a [u8]>,
}

/// Relations: name, columns.
#[derive(Serialize, Deserialize)]
pub struct SchemaWire<'a>(#[serde(borrow)] pub Vec<(&'a str, Vec<ColumnWire<'a>>)>);

#[derive(Serialize, Deserialize)]
pub struct ColumnWire<'a> {
    pub name: &'a str,
    /// Number of the kind's cells.
    pub kind: u8,
    pub optional: bool,
}

#[derive(Serialize, Deserialize)]
pub struct InstallWire<'a> {
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
    pub mended: Vec<(&'a str, &'a str, &'a str)>,
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
    pub key: &'a str,
    pub day: i64,
}
