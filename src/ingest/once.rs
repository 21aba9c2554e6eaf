//! [`Once`]: a file gives each key one row. What it gives twice is told and never taken in place of what came first.
//!
//! Promises: the same row again (merged and repeated lines are common in office files) is counted and means nothing; another row under a key
//! that stands on an earlier line is refused with the number of that line. Nothing is kept but hashes and numbers of lines, some 50 bytes a
//! line, until the part ends.
//!
//! Must not know: what is there already; changes of `/v1/batches`, where a later line may well change what an earlier one said.

use crate::program::RecordDecl;
use crate::types::Row;
use hashbrown::hash_map::Entry;
use hashbrown::{DefaultHashBuilder, HashMap};
use std::hash::{BuildHasher, Hasher};

#[derive(Default)]
pub(super) struct Once {
    first: HashMap<[u64; 2], First>,
    hashers: [DefaultHashBuilder; 2],
}

/// The first line under a key.
struct First {
    /// A hash of what does not belong to the key.
    rest: u64,
    line: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seen {
    /// No line before it has this key.
    First,
    /// A line before it has this very row, however its key is spelled.
    Again,
    /// This line before it has another row under this key.
    Other(u64),
}

impl Once {
    pub fn see(&mut self, record: &RecordDecl, line: u64, row: &Row) -> Seen {
        let key = record.meant(&row.project(&record.key));
        let [one, two] = self.hashers.each_ref().map(|hasher| hasher.hash_one(&key));
        let rest = self.rest(record, row);
        match self.first.entry([one, two]) {
            Entry::Vacant(vacant) => {
                vacant.insert(First { rest, line });
                Seen::First
            }
            Entry::Occupied(first) if first.get().rest == rest => Seen::Again,
            Entry::Occupied(first) => Seen::Other(first.get().line),
        }
    }

    /// What comes now is looked at for itself.
    pub fn forget(&mut self) {
        self.first.clear();
    }

    fn rest(&self, record: &RecordDecl, row: &Row) -> u64 {
        use std::hash::Hash;
        let mut state = self.hashers[0].build_hasher();
        let rest = row.values().iter().enumerate().filter(|(column, _)| !record.key.contains(column));
        rest.for_each(|(_, value)| value.hash(&mut state));
        state.finish()
    }
}
