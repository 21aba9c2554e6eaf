//! [`Derived`]: hashes of what each epoch derived, beside the journal, so that a replay that derives something else is noticed; and a sum of
//! hashes of all that holds, so that an evaluation from a snapshot is.

use super::evaluation::Evaluated;
use super::failure::Failure;
use crate::plan::Output;
use crate::program::Program;
use crate::storage::snapshot::Held;
use crate::storage::{DeltaChain, DeltaError, Disk};
use crate::types::{Epoch, Row, Value};
use sha2::{Digest, Sha256};
use std::path::Path;

/// What the file is named after: another engine may derive (and print) things differently.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub struct Derived {
    /// `None` once it could not be written: what it holds can be derived again, so that is no reason to stop.
    chain: Option<DeltaChain>,
    held: Sum,
}

impl Derived {
    /// After an erasure persons have other names, and with them the results: that is a file of its own.
    pub fn open(disk: &dyn Disk, dir: &Path, erasures: u32) -> Result<Derived, Failure> {
        let chain = match DeltaChain::open(disk, dir, &name(erasures)) {
            Err(error) if error.is_full() => {
                tracing::warn!(%error, "hashes of results are not kept; the next start makes them");
                None
            }
            opened => Some(opened?),
        };
        Ok(Derived { chain, held: Sum::default() })
    }

    /// The same, to compare with and not to be written; where this version has published nothing yet, there is nothing to compare with.
    pub fn look(disk: &dyn Disk, dir: &Path, erasures: u32) -> Result<Derived, Failure> {
        Ok(Derived { chain: DeltaChain::look(disk, dir, &name(erasures))?, held: Sum::default() })
    }

    /// Neither remembers nor compares.
    pub fn none() -> Derived {
        Derived { chain: None, held: Sum::default() }
    }

    /// How many epochs were compared with what was published before.
    pub fn compared(&self) -> u64 {
        self.chain.as_ref().map_or(0, DeltaChain::compared)
    }

    /// Link of the chain and sum of all that holds, as of the last epoch; `None` where the chain is not kept.
    pub fn now(&self) -> Option<([u8; 32], Held)> {
        self.chain.as_ref().map(|chain| (chain.link(), self.held.bytes()))
    }

    /// Goes on from the results of an epoch that a snapshot tells of; `all` is what an evaluation gave.
    pub fn resume(&mut self, epoch: Epoch, link: [u8; 32], program: &Program, all: &Evaluated) -> Result<Held, Failure> {
        self.held = Sum::default();
        self.held.take(program, Some(all));
        match self.chain.as_mut().map_or(Ok(()), |chain| chain.resume(epoch, link)) {
            Err(error @ DeltaError::Io { .. }) => {
                tracing::warn!(%error, "hashes of results are no longer kept; the next start makes them again");
                self.chain = None;
            }
            other => other?,
        }
        Ok(self.held.bytes())
    }

    /// Compares with what was derived before, or remembers.
    pub fn record(&mut self, epoch: Epoch, program: &Program, evaluated: Option<&Evaluated>) -> Result<(), Failure> {
        self.held.take(program, evaluated);
        let Some(chain) = &mut self.chain else { return Ok(()) };
        match chain.record(epoch, &bytes(program, evaluated)) {
            Ok(()) => Ok(()),
            Err(error @ DeltaError::Io { .. }) => {
                tracing::warn!(%error, "hashes of results are no longer kept; the next start makes them again");
                self.chain = None;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Was what this epoch gave published by this version, as far as is remembered?
    pub fn knows(&self, epoch: Epoch) -> bool {
        self.chain.as_ref().is_some_and(|chain| chain.knows(epoch))
    }

    /// The journal is read to its end: does it still hold all that was published?
    pub fn finish(&mut self) -> Result<(), Failure> {
        match self.chain.as_mut().map_or(Ok(None), DeltaChain::finish) {
            Err(error @ DeltaError::Io { .. }) => {
                tracing::warn!(%error, "hashes of results cannot be read");
                self.chain = None;
                Ok(())
            }
            Ok(Some(Epoch(published))) => {
                tracing::warn!(
                    published,
                    "this folder is a copy made while its server ran: the journal ends earlier than its results"
                );
                Ok(())
            }
            other => Ok(other.map(|_| ())?),
        }
    }
}

fn name(erasures: u32) -> String {
    if erasures == 0 { VERSION.to_string() } else { format!("{VERSION}-erased-{erasures}") }
}

/// A sum of hashes over rows, which follows what comes and goes, in four parts that do not carry over.
#[derive(Clone, Copy, Default)]
struct Sum([u64; 4]);

impl Sum {
    fn take(&mut self, program: &Program, evaluated: Option<&Evaluated>) {
        match evaluated {
            None => {}
            Some(Evaluated::Step(deltas)) => {
                for (output, changes) in deltas {
                    changes.iter().for_each(|change| self.add(program, *output, &change.row, change.diff));
                }
            }
            Some(Evaluated::Fresh(all)) => {
                *self = Sum::default();
                for (output, rows) in all {
                    rows.iter().for_each(|row| self.add(program, *output, row, 1));
                }
            }
        }
    }

    fn add(&mut self, program: &Program, output: Output, row: &Row, times: i64) {
        let mut bytes = Vec::new();
        put(&mut bytes, program, output, row, 1);
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        for (part, bytes) in self.0.iter_mut().zip(hash.chunks(8)) {
            let word = bytes.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
            *part = part.wrapping_add(word.wrapping_mul(times.cast_unsigned()));
        }
    }

    fn bytes(&self) -> Held {
        let mut bytes = [0; 32];
        bytes.chunks_mut(8).zip(self.0).for_each(|(into, part)| into.copy_from_slice(&part.to_le_bytes()));
        bytes
    }
}

/// One form for one result: outputs by name, rows in value order, every text with its length.
fn bytes(program: &Program, evaluated: Option<&Evaluated>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match evaluated {
        None => {}
        Some(Evaluated::Step(deltas)) => {
            for (output, changes) in deltas {
                changes.iter().for_each(|change| put(&mut bytes, program, *output, &change.row, change.diff));
            }
        }
        Some(Evaluated::Fresh(all)) => {
            for (output, rows) in all {
                rows.iter().for_each(|row| put(&mut bytes, program, *output, row, 1));
            }
        }
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, program: &Program, output: Output, row: &Row, diff: i64) {
    let name = match output {
        Output::Relation(id) => program.relation(id).name.as_str(),
        Output::Faults => "",
    };
    text(bytes, name);
    bytes.extend_from_slice(&diff.to_le_bytes());
    bytes.extend_from_slice(&(row.values().len() as u64).to_le_bytes());
    row.values().iter().for_each(|value| cell(bytes, value));
}

fn cell(bytes: &mut Vec<u8>, value: &Value) {
    let (tag, word) = match value {
        Value::Absent => (0, 0),
        Value::Number(x) => (1, x.cast_unsigned()),
        Value::Unsigned(x) => (2, *x),
        Value::Float(x) => (3, x.get().to_bits()),
        Value::Symbol(words) => {
            bytes.push(4);
            return text(bytes, words);
        }
        Value::Date(day) => (5, day.cast_unsigned()),
        Value::Datetime(us) => (6, us.cast_unsigned()),
        Value::Record(_) | Value::Adt(_) => {
            bytes.push(7);
            return text(bytes, &value.to_string());
        }
    };
    bytes.push(tag);
    bytes.extend_from_slice(&word.to_le_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}
