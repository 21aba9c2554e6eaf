//! [`Timelines`]: which history an epoch belongs to. A folder that is put back as it was goes on with other epochs under the numbers of those
//! that are lost. So whoever opens a folder to write begins a *timeline* with the next epoch, under a random name; and what names an
//! epoch to the outside, or keeps one for a reader, names its timeline too ([`Stamp`]).
//!
//! Must not know: where the list is kept.

use crate::types::Epoch;
use std::sync::OnceLock;

/// The name of a timeline; 0 for epochs from before there were any.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Timeline(pub u32);

/// An epoch of one history and no other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    pub epoch: Epoch,
    pub timeline: Timeline,
}

/// The timelines of a folder, each with its first epoch.
#[derive(Default, Debug)]
pub struct Timelines {
    /// As they were found. First epochs go up; those behind the end of the journal are of a future that is lost.
    known: Vec<(Epoch, Timeline)>,
    /// That of this process, once the journal is read to its end.
    present: OnceLock<(Epoch, Timeline)>,
}

impl Timelines {
    pub fn new(known: Vec<(Epoch, Timeline)>) -> Timelines {
        Timelines { known, present: OnceLock::new() }
    }

    /// As they were found.
    pub fn known(&self) -> &[(Epoch, Timeline)] {
        &self.known
    }

    /// From this epoch on, which does not exist yet, it is another one. Only the first call counts.
    pub fn begin(&self, first: Epoch, timeline: Timeline) {
        let _ = self.present.set((first, timeline));
    }

    /// That of an epoch that exists.
    pub fn of(&self, epoch: Epoch) -> Timeline {
        if let Some((_, timeline)) = self.present.get().filter(|(first, _)| *first <= epoch) {
            return *timeline;
        }
        let after = self.known.partition_point(|(first, _)| *first <= epoch);
        after.checked_sub(1).map_or(Timeline::default(), |last| self.known[last].1)
    }

    pub fn stamp(&self, epoch: Epoch) -> Stamp {
        Stamp { epoch, timeline: self.of(epoch) }
    }

    /// Is it of this history?
    pub fn has(&self, stamp: Stamp) -> bool {
        self.of(stamp.epoch) == stamp.timeline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_of_the_timeline_that_was_begun_last_before_it() {
        let timelines = Timelines::new(vec![(Epoch(3), Timeline(7)), (Epoch(9), Timeline(8))]);
        let all = |timelines: &Timelines| (0..12).map(|epoch| timelines.of(Epoch(epoch)).0).collect::<Vec<_>>();
        assert_eq!(all(&timelines), [0, 0, 0, 7, 7, 7, 7, 7, 7, 8, 8, 8]);
        // The journal was put back to epoch 5: what was begun with 9 is no more.
        timelines.begin(Epoch(6), Timeline(2));
        assert_eq!(all(&timelines), [0, 0, 0, 7, 7, 7, 2, 2, 2, 2, 2, 2]);
        timelines.begin(Epoch(1), Timeline(1));
        assert_eq!(timelines.of(Epoch(1)), Timeline(0));
        let lost = Stamp { epoch: Epoch(6), timeline: Timeline(7) };
        assert!(!timelines.has(lost) && timelines.has(Stamp { epoch: Epoch(5), ..lost }));
        assert!(timelines.has(timelines.stamp(Epoch(10))));
    }
}
