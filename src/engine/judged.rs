//! [`Judged`]: what was last said of each clue. Rules read it as the relation `clue_state`.
//!
//! Promises: it follows from the verdicts alone, whatever became of the clues since: what rules make of clues cannot change what rules read.

use crate::security::Names;
use crate::storage::entry::Verdict;
use crate::types::{CaseState, Change, Day, Dismissal, HashName, Kind, Row, Shards, Value};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Relation and key of a clue.
type Key = (String, Row);

/// The last verdict on a clue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Last {
    pub state: CaseState,
    pub agency: String,
    pub day: Day,
}

#[derive(Clone, Default)]
pub struct Judged {
    /// Shared with a snapshot that is being written, and with readers.
    last: Shards<BTreeMap<Key, Last>>,
}

impl Judged {
    /// The relation that rules may declare as `.input` to read what was last said of clues: id, rule, state, reason, by, day.
    pub const RELATION: &str = "clue_state";
    pub const KINDS: [Kind; 6] = [Kind::Symbol, Kind::Symbol, Kind::Symbol, Kind::Symbol, Kind::Symbol, Kind::Date];

    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Last)> {
        self.last.iter().flatten()
    }

    /// As a snapshot has it.
    pub fn put(&mut self, key: Key, last: Last) {
        self.last.of_mut(&place(&key)).insert(key, last);
    }

    /// What a verdict changes of the relation.
    pub fn apply(&mut self, verdict: &Verdict, names: &Names) -> Vec<Change> {
        let key = (verdict.relation.clone(), verdict.key.clone());
        let last = Last { state: verdict.state, agency: verdict.agency.clone(), day: verdict.day };
        let new = Change { row: row(&key, &last, names), diff: 1 };
        match self.last.of_mut(&place(&key)).insert(key.clone(), last.clone()) {
            Some(before) if before == last => Vec::new(),
            Some(before) => vec![Change { row: row(&key, &before, names), diff: -1 }, new],
            None => vec![new],
        }
    }

    pub fn rows(&self, names: &Names) -> Vec<Row> {
        self.iter().map(|(key, last)| row(key, last, names)).collect()
    }
}

/// Where a key belongs among the parts.
fn place(key: &Key) -> HashName {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    u128::from(hasher.finish()).rotate_left(64).to_be_bytes()
}

fn row((rule, key): &Key, last: &Last, names: &Names) -> Row {
    let id = names.clue(rule, key).to_string();
    let reason = last.state.dismissal().map_or("", Dismissal::name);
    let texts = [id.as_str(), rule, last.state.name(), reason, &last.agency].map(Value::symbol);
    Row::new(texts.into_iter().chain([Value::Date(last.day)]).collect())
}
