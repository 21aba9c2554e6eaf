//! Identity and life of clues, their deltas, and the feed that subscriptions read.
//!
//! Promises: what a reader sees depends on the history alone. Must not know: the journal, threads, the network.

mod agencies;
mod card;
mod clue;
mod feed;
mod feed_frozen;
mod frozen;
mod judged;
mod store;
#[cfg(test)]
mod tests;
mod withdrawn;

pub use crate::security::ClueId;
pub use agencies::AgencyNames;
pub use card::{Level, is_person};
pub use clue::{Cause, Clue, ClueDelta, ClueOp, EpochChanges, Machine};
pub use feed::{Feed, TooOld};
pub use feed_frozen::{FrozenFeed, ThawingFeed};
pub use frozen::{FrozenClues, ThawingClues, number_of_state, state_of};
pub use judged::Cases;
pub use store::{ClueStore, Step, Turn, Turned};
