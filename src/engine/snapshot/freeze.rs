//! [`FrozenWorld`]: everything that a snapshot holds, as of one epoch, while the world goes on.
//!
//! Not in it, because an evaluation of the rows gives it: rows of outputs and behind clues, faults, names of agencies, the clock's view.

use crate::clues::{FrozenClues, FrozenFeed, number_of_state};
use crate::engine::derived::VERSION;
use crate::engine::failure::Failure;
use crate::engine::install::InForce;
use crate::engine::judged::Judged;
use crate::engine::refusals::Refusals;
use crate::engine::rules::Rules;
use crate::engine::world::World;
use crate::limits::SNAPSHOT_ITEMS;
use crate::program::Program;
use crate::records::Frozen;
use crate::storage::snapshot::{self as file, SnapshotError, SnapshotHeader, SnapshotWriter};
use crate::storage::{Cell, CodecError, Journal, JournalError, schema_bytes};
use crate::types::{Epoch, HashName};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub struct FrozenWorld {
    pub header: SnapshotHeader,
    in_force: InForce,
    files: Arc<[(String, String)]>,
    schema: Vec<u8>,
    records: Frozen,
    clues: FrozenClues,
    receipts: VecDeque<Arc<HashMap<HashName, Epoch>>>,
    refusals: Refusals,
    said: Judged,
    feed: FrozenFeed,
    /// Of which the feed tells.
    told: Vec<Rules>,
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    #[error(transparent)]
    File(#[from] SnapshotError),
    #[error("the schema of earlier rules cannot be written: {0}")]
    Rules(CodecError),
    #[error("{0} bytes of what changed meanwhile would have to be held for it")]
    TooMuchHeld(usize),
    #[error("the engine stops")]
    Stopped,
    #[error("the writing thread panicked")]
    Panicked,
}

impl World {
    /// What is there between two groups. `None` where nothing could be gone on from.
    pub fn freeze(&self, journal: &Journal) -> Result<Option<FrozenWorld>, Failure> {
        let (Some(rules), Some(in_force), Some((deltas, held))) = (self.rules(), &self.in_force, self.derived.now()) else {
            return Ok(None);
        };
        let epoch = journal.epoch();
        let schema = schema_bytes(&journal.schema()).map_err(|source| JournalError::Encode { epoch: epoch.0, source })?;
        let view = self.shared.read();
        let (records, feed) = (view.records.freeze(), view.feed.freeze());
        let told = self.told.iter().filter(|rules| feed.tells_of(&rules.program)).cloned().collect();
        let header = SnapshotHeader {
            epoch,
            wall_us: self.wall_us,
            erasures: journal.keys().erased(),
            chain: journal.chain(),
            deltas,
            held,
            rows: records.rows() as u64,
            engine: VERSION.to_string(),
        };
        Ok(Some(FrozenWorld {
            header,
            in_force: in_force.clone(),
            files: rules.files.clone(),
            schema,
            records,
            clues: view.clues.freeze(),
            receipts: self.receipts.freeze(),
            refusals: self.refusals.clone(),
            said: self.said.clone(),
            feed,
            told,
        }))
    }
}

impl FrozenWorld {
    /// Writes all of it, letting go of what is written. Given up when `stop` is set, or when more than `most` bytes have to be held.
    pub fn write(self, to: &mut SnapshotWriter, stop: &AtomicBool, most: usize) -> Result<(), NotWritten> {
        let FrozenWorld {
            header: _,
            in_force: InForce { pack, version, hash },
            files,
            schema,
            records,
            clues,
            receipts,
            refusals,
            said,
            feed,
            told,
        } = self;
        let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        to.put(&file::Installed { pack: &pack, version: &version, hash, files, schema: &schema })?;
        let go_on = |held: usize| match held {
            _ if stop.load(Ordering::Relaxed) => Err(NotWritten::Stopped),
            held if held > most => Err(NotWritten::TooMuchHeld(held)),
            _ => Ok(()),
        };
        records.write(to, |records| go_on(records.held() + clues.held()))?;
        // What the rules read stands before all else, so that a start evaluates them while it reads on.
        write_refusals(to, &refusals)?;
        write_said(to, &said)?;
        clues.write(to, |clues| go_on(clues.held()))?;
        write_receipts(to, receipts)?;
        write_rules(to, &told)?;
        let programs: Vec<Arc<Program>> = told.iter().map(|rules| rules.program.clone()).collect();
        feed.write(to, &programs, || go_on(0))
    }
}

fn write_receipts(to: &mut SnapshotWriter, mut shards: VecDeque<Arc<HashMap<HashName, Epoch>>>) -> Result<(), SnapshotError> {
    let mut next: Vec<(HashName, u64)> = Vec::new();
    while let Some(shard) = shards.pop_front() {
        let from = next.len();
        next.extend(shard.iter().map(|(name, epoch)| (*name, epoch.0)));
        // One state has one form.
        next[from..].sort();
        while next.len() >= SNAPSHOT_ITEMS || (shards.is_empty() && !next.is_empty()) {
            to.put(&file::ReceiptsPart(next.drain(..next.len().min(SNAPSHOT_ITEMS)).collect()))?;
        }
    }
    Ok(())
}

/// In the order in which the feed counts them.
fn write_rules(to: &mut SnapshotWriter, told: &[Rules]) -> Result<(), NotWritten> {
    for rules in told {
        let schema = schema_bytes(&rules.schema()).map_err(NotWritten::Rules)?;
        let files = rules.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        to.put(&file::FeedRules { files, schema: &schema })?;
    }
    Ok(())
}

fn write_said(to: &mut SnapshotWriter, said: &Judged) -> Result<(), SnapshotError> {
    let all: Vec<_> = said.iter().collect();
    // Also where nothing was said: behind the last one all is there that rules read.
    let parts = all.chunks(SNAPSHOT_ITEMS).chain(all.is_empty().then_some(&[][..]));
    for some in parts {
        let wire = some.iter().map(|((rule, key), last)| file::SaidWire {
            rule,
            key: key.values().iter().map(Cell::of).collect(),
            state: number_of_state(last.state),
            agency: &last.agency,
            day: last.day,
        });
        to.put(&file::SaidPart(wire.collect()))?;
    }
    Ok(())
}

fn write_refusals(to: &mut SnapshotWriter, refusals: &Refusals) -> Result<(), SnapshotError> {
    for agency in refusals.agencies() {
        let open: Vec<_> = refusals.of_agency(agency).collect();
        for some in open.chunks(SNAPSHOT_ITEMS) {
            let wire = some.iter().map(|(key, refusal)| file::OpenWire {
                relation: &key.relation,
                key: key.key.values().iter().map(Cell::of).collect(),
                op: &key.op,
                code: &refusal.code,
                pointer: &refusal.pointer,
                line: refusal.line,
                day: refusal.day,
                epoch: refusal.epoch.0,
            });
            to.put(&file::RefusalsPart { agency, refusals: wire.collect() })?;
        }
    }
    Ok(())
}
