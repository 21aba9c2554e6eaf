//! [`View`]: what readers see, always of one epoch. Only the engine changes it, between two epochs.

use super::Refusals;
use crate::clues::{ClueStore, Feed};
use crate::security::Names;
use crate::types::{Epoch, RelId, Row, Value};
use std::collections::{BTreeMap, BTreeSet};

pub struct View {
    pub epoch: Epoch,
    /// The clocks and what they say.
    pub now: Vec<(RelId, Value)>,
    pub clues: ClueStore,
    pub feed: Feed,
    /// Faults of rules that hold: rule, code, relation, key, agency.
    pub faults: BTreeSet<Row>,
    /// Refused lines that nobody mended yet.
    pub refused: Refusals,
    /// Outputs that are no clues.
    pub rows: BTreeMap<RelId, BTreeSet<Row>>,
    /// The program is suspended: clues, faults and rows stand still while records go on.
    pub stale: bool,
}

impl View {
    pub fn new(names: Names) -> View {
        View {
            epoch: Epoch::ZERO,
            now: Vec::new(),
            clues: ClueStore::new(names),
            feed: Feed::default(),
            faults: BTreeSet::new(),
            refused: Refusals::default(),
            rows: BTreeMap::new(),
            stale: false,
        }
    }
}
