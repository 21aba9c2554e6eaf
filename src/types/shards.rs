//! [`Shards`]: a map in many small parts, by the first bits of names that are hashes. The parts are shared with a snapshot that is being
//! written, and one that changes meanwhile is copied first: nobody waits for the snapshot, and it does not see what comes after it.

use crate::limits::SHARDS;
use std::collections::VecDeque;
use std::sync::Arc;

/// A name that is a hash.
pub type HashName = [u8; 16];

#[derive(Clone)]
pub struct Shards<T>(Vec<Arc<T>>);

impl<T: Clone + Default> Shards<T> {
    /// Where a name belongs.
    pub fn of(&self, name: &HashName) -> &T {
        &self.0[shard(name)]
    }

    pub fn of_mut(&mut self, name: &HashName) -> &mut T {
        Arc::make_mut(&mut self.0[shard(name)])
    }

    /// All parts, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|part| &**part)
    }

    /// What is there now, whatever becomes of it.
    pub fn freeze(&self) -> VecDeque<Arc<T>> {
        self.0.iter().cloned().collect()
    }
}

impl<T: Default> Default for Shards<T> {
    fn default() -> Shards<T> {
        Shards(vec![Arc::default(); SHARDS])
    }
}

fn shard(name: &HashName) -> usize {
    usize::from(u16::from_be_bytes([name[0], name[1]])) % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn what_was_frozen_stays_and_only_what_changes_is_copied() {
        let mut shards: Shards<BTreeMap<HashName, u32>> = Shards::default();
        let (one, other) = ([1; 16], [2; 16]);
        shards.of_mut(&one).insert(one, 1);
        shards.of_mut(&other).insert(other, 1);
        let frozen = shards.freeze();
        shards.of_mut(&one).insert(one, 2);
        assert_eq!(shards.of(&one)[&one], 2);
        let seen: Vec<u32> = frozen.iter().flat_map(|part| part.values().copied()).collect();
        assert_eq!(seen, [1, 1]);
        let alone = frozen.iter().filter(|part| Arc::strong_count(part) == 1).count();
        assert_eq!(alone, 1, "the other one is still shared");
    }
}
