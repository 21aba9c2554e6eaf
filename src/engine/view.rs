//! [`View`]: what readers see, always of one epoch. Only the engine changes it, between two epochs.

use super::{Judged, Refusals};
use crate::clues::{ClueStore, Feed};
use crate::program::Program;
use crate::records::Records;
use crate::security::Names;
use crate::types::{Epoch, Interner, RelId, Row, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub struct View {
    pub epoch: Epoch,
    /// The rules that every `RelId` in here belongs to.
    pub program: Arc<Program>,
    /// The clocks and what they say.
    pub now: Vec<(RelId, Value)>,
    pub clues: ClueStore,
    pub records: Records,
    pub feed: Feed,
    /// Faults of rules that hold: rule, code, relation, key, agency.
    pub faults: BTreeSet<Row>,
    /// Refused lines that nobody mended yet.
    pub refused: Refusals,
    /// What was last said of clues.
    pub said: Judged,
    /// Outputs that are no clues.
    pub rows: BTreeMap<RelId, BTreeSet<Row>>,
    /// The program is suspended: clues, faults and rows stand still while records go on.
    pub stale: bool,
}

impl View {
    /// Before everything.
    pub fn new(names: Names, texts: Arc<Interner>) -> View {
        let program = Arc::new(Program::default());
        View {
            epoch: Epoch::ZERO,
            records: Records::new(&program, texts),
            program,
            now: Vec::new(),
            clues: ClueStore::new(names),
            feed: Feed::default(),
            faults: BTreeSet::new(),
            refused: Refusals::default(),
            said: Judged::default(),
            rows: BTreeMap::new(),
            stale: false,
        }
    }
}
