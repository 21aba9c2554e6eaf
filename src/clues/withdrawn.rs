//! [`Withdrawn`]: withdrawn clues of which nobody has said anything, in the order in which they will be forgotten.
//!
//! Promises: bounded by their number and by their bytes; what is forgotten depends on nothing but the history. Must not know what a clue is.

use crate::limits::{WITHDRAWN_BYTES, WITHDRAWN_CLUES};
use crate::security::ClueId;
use crate::types::Epoch;
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Withdrawn {
    /// What each holds, by the epoch of its withdrawal.
    each: BTreeMap<(Epoch, ClueId), usize>,
    bytes: usize,
}

impl Withdrawn {
    /// `bytes`: what is held of it.
    pub fn insert(&mut self, epoch: Epoch, id: ClueId, bytes: usize) {
        self.bytes += bytes;
        self.bytes -= self.each.insert((epoch, id), bytes).unwrap_or(0);
    }

    pub fn remove(&mut self, epoch: Epoch, id: ClueId) {
        self.bytes -= self.each.remove(&(epoch, id)).unwrap_or(0);
    }

    /// One of which only the id is to stay, as long as there are too many. One alone may be of any size.
    pub fn next_over(&mut self) -> Option<ClueId> {
        let over = self.each.len() > WITHDRAWN_CLUES || (self.bytes > WITHDRAWN_BYTES && self.each.len() > 1);
        let ((_, id), bytes) = if over { self.each.pop_first()? } else { return None };
        self.bytes -= bytes;
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> ClueId {
        ClueId::of_bytes([n; 16])
    }

    #[test]
    fn the_first_to_be_withdrawn_are_forgotten_once_all_together_hold_too_much() {
        let mut withdrawn = Withdrawn::default();
        withdrawn.insert(Epoch(2), id(1), WITHDRAWN_BYTES / 2);
        withdrawn.insert(Epoch(1), id(2), WITHDRAWN_BYTES / 4);
        withdrawn.insert(Epoch(3), id(3), WITHDRAWN_BYTES / 4);
        assert_eq!(withdrawn.next_over(), None, "at the limit");
        withdrawn.insert(Epoch(4), id(4), 1);
        assert_eq!((withdrawn.next_over(), withdrawn.next_over()), (Some(id(2)), None));
        withdrawn.remove(Epoch(2), id(1));
        withdrawn.insert(Epoch(5), id(5), WITHDRAWN_BYTES / 2);
        assert_eq!(withdrawn.next_over(), None);
        withdrawn.insert(Epoch(6), id(6), WITHDRAWN_BYTES + 1);
        let forgotten: Vec<_> = std::iter::from_fn(|| withdrawn.next_over()).collect();
        assert_eq!((forgotten, withdrawn.bytes), (vec![id(3), id(4), id(5)], WITHDRAWN_BYTES + 1), "the last one stays");
    }
}
