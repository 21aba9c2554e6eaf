//! The outside's data becomes typed rows: NDJSON and CSV, read line by line against the schema.
//!
//! Promises: each line is accepted or refused with its place and reason, never lost; all mistakes of a line are found at once; memory is
//! bounded by the lines asked for, whatever the input holds; no message repeats a value. Pure: must not know the engine, the network, or
//! what rows are there already (keys and owners are judged by `records`).

mod cell;
mod charset;
mod checks;
mod csv;
pub mod doubt;
mod form;
mod header;
mod intake;
mod json;
mod line;
mod ndjson;
mod once;
mod quote;
pub mod refusal;
pub mod repair;
mod spelling;
mod words;

pub use charset::{Charset, Looks};
pub use checks::{told_in_full, unfit};
pub use form::Form;
pub use header::Titles;
pub use intake::{Format, IngestError, Intake, Piece};
pub use json::{JsonError, Raw, parse_json};
pub use line::{Op, Refused, Skip, Submitted, SubmittedRow};
