//! [`Feed`]: the last epochs' changes, for subscriptions to read at their own pace.
//!
//! Promises: memory is bounded by epochs, by changes and by what they hold; what it forgets depends on nothing but the history, so a replay
//! forgets the same. A reader asks; nobody waits for it.

use super::EpochChanges;
use crate::limits::{FEED_BYTES, FEED_CHANGES, FEED_EPOCHS};
use crate::types::Epoch;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The position is older than what is remembered: start again from a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the position is too old: nothing before {oldest:?} is remembered")]
pub struct TooOld {
    pub oldest: Epoch,
}

/// Epochs without any change are not kept; they are inside `latest` all the same.
#[derive(Clone, Default)]
pub struct Feed {
    pub(super) epochs: VecDeque<Arc<EpochChanges>>,
    changes: usize,
    /// What the changes hold.
    bytes: usize,
    oldest: Epoch,
    latest: Epoch,
    /// Outputs of earlier rules, and the last epoch that tells of their end.
    gone: BTreeMap<String, Epoch>,
}

impl Feed {
    /// Nothing is remembered before this epoch.
    pub fn beginning(epoch: Epoch) -> Feed {
        Feed { oldest: epoch, latest: epoch, ..Feed::default() }
    }

    /// As it was at `latest`: everything after `oldest`, in order.
    pub fn of_past(oldest: Epoch, latest: Epoch, epochs: Vec<EpochChanges>) -> Feed {
        let mut feed = Feed::beginning(oldest);
        epochs.into_iter().for_each(|changes| feed.push(changes));
        feed.latest = latest;
        feed
    }

    /// Single changes that are remembered.
    pub fn changes(&self) -> usize {
        self.changes
    }

    /// The oldest epoch from which a reader may go on.
    pub fn oldest(&self) -> Epoch {
        self.oldest
    }

    pub fn latest(&self) -> Epoch {
        self.latest
    }

    /// Outputs that there were, as far back as anybody can go on.
    pub fn gone(&self) -> impl Iterator<Item = &str> {
        self.gone.keys().map(String::as_str)
    }

    /// The epochs after `e` that changed something, in order, at most `max` of them.
    pub fn after(&self, e: Epoch, max: usize) -> Result<Vec<Arc<EpochChanges>>, TooOld> {
        if e < self.oldest {
            return Err(TooOld { oldest: self.oldest });
        }
        let start = self.epochs.partition_point(|changes| changes.epoch <= e);
        Ok(self.epochs.iter().skip(start).take(max).cloned().collect())
    }

    /// Takes in what one epoch changed. Epochs go up.
    pub fn push(&mut self, changes: EpochChanges) {
        self.latest = changes.epoch;
        if let Some(before) = &changes.before {
            let outputs = before.output_ids().into_iter().map(|id| before.relation(id).name.clone());
            self.gone.extend(outputs.map(|name| (name, changes.epoch)));
        }
        if !changes.is_empty() {
            self.changes += changes.len();
            self.bytes += changes.bytes();
            self.epochs.push_back(Arc::new(changes));
        }
        self.oldest = self.oldest.max(Epoch(self.latest.0.saturating_sub(FEED_EPOCHS)));
        while let Some(first) = self.epochs.front() {
            let over = (self.changes > FEED_CHANGES || self.bytes > FEED_BYTES) && self.epochs.len() > 1;
            if first.epoch > self.oldest && !over {
                break;
            }
            self.oldest = self.oldest.max(first.epoch);
            self.changes -= first.len();
            self.bytes -= first.bytes();
            self.epochs.pop_front();
        }
        let oldest = self.oldest;
        self.gone.retain(|_, told| *told > oldest);
    }

    /// An epoch that no reader sees anything of.
    pub fn pass(&mut self, epoch: Epoch) {
        self.latest = epoch;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clues::Cause;
    use crate::program::Program;
    use crate::types::{Change, RelId, Row, Value};

    fn changes(epoch: u64, rows: usize) -> EpochChanges {
        let change = (RelId(0), Change { row: Row::new(Vec::new()), diff: 1 });
        EpochChanges {
            epoch: Epoch(epoch),
            wall_us: 0,
            cause: Cause::Batch { agency: "police:1".to_string() },
            clues: Vec::new(),
            rows: vec![change; rows],
            gone: Vec::new(),
            before: None,
            program: Arc::new(Program::default()),
        }
    }

    fn epochs(feed: &Feed, after: u64, max: usize) -> Vec<u64> {
        feed.after(Epoch(after), max).unwrap().iter().map(|c| c.epoch.0).collect()
    }

    #[test]
    fn a_reader_gets_each_epoch_once_and_in_order() {
        let mut feed = Feed::default();
        for (epoch, rows) in [(1, 1), (2, 0), (3, 2), (4, 1)] {
            feed.push(changes(epoch, rows));
        }
        assert_eq!(epochs(&feed, 0, 10), [1, 3, 4]);
        assert_eq!(epochs(&feed, 2, 1), [3]);
        assert_eq!(epochs(&feed, 4, 10), Vec::<u64>::new());
        assert_eq!((feed.oldest(), feed.latest()), (Epoch(0), Epoch(4)));
    }

    #[test]
    fn the_last_epochs_are_kept_up_to_the_limit_and_not_one_more() {
        let mut feed = Feed::default();
        for epoch in 1..=FEED_EPOCHS {
            feed.push(changes(epoch, 1));
        }
        assert_eq!(epochs(&feed, 0, 1), [1]);
        feed.push(changes(FEED_EPOCHS + 1, 1));
        assert_eq!(feed.after(Epoch(0), 1).err(), Some(TooOld { oldest: Epoch(1) }));
        assert_eq!(epochs(&feed, 1, 1), [2]);
    }

    #[test]
    fn many_changes_push_old_epochs_out_but_never_the_last() {
        let mut feed = Feed::default();
        feed.push(changes(1, 1));
        feed.push(changes(2, FEED_CHANGES - 1));
        assert_eq!(feed.oldest(), Epoch(0));
        feed.push(changes(3, 1));
        assert_eq!((feed.oldest(), epochs(&feed, 1, 9)), (Epoch(1), vec![2, 3]));
        feed.push(changes(4, FEED_CHANGES + 1));
        assert_eq!(epochs(&feed, 3, 9), [4]);
    }

    #[test]
    fn long_texts_push_old_epochs_out_too() {
        let mut feed = Feed::default();
        let text = Value::symbol(&"x".repeat(1 << 20));
        let long = |epoch, mib| {
            let change = (RelId(0), Change { row: Row::new(vec![text.clone(); mib]), diff: 1 });
            EpochChanges { rows: vec![change], ..changes(epoch, 0) }
        };
        let most = (FEED_BYTES >> 20) - 1;
        feed.push(long(1, 1));
        feed.push(long(2, most - 1));
        assert_eq!(epochs(&feed, 0, 9), [1, 2]);
        feed.push(long(3, 1));
        assert_eq!((feed.oldest(), epochs(&feed, 1, 9)), (Epoch(1), vec![2, 3]));
        feed.push(long(4, most + 2));
        assert_eq!(epochs(&feed, 3, 9), [4], "one alone is always there");
    }
}
