//! [`agenda`]: rows that hold during a span of time, sorted by the instant at which that begins or ends. A tick touches those whose
//! instant lies between where the clock stood and where it stands; rows that come or go are asked where it stands.
//!
//! A clock is counted like any relation: none of its rows, or several, mean what they mean to a join. A row stands as often as clock rows
//! at or behind its beginning, less those at or behind its end.

use super::index::{Sorted, find};
use super::rows::OwnedRow;
use super::run::Run;
use super::steps::{Pairing, Read};
use super::updates::Delta;
use crate::types::Word;
use smallvec::SmallVec;

/// `opens` and `closes`: the rows by the instants at which they begin and end, of which one is there.
pub fn agenda(opens: Option<Read>, closes: Option<Read>, clock: Read, mut pairing: Pairing) -> Delta {
    let moved = Clock::of(clock.change);
    if let Some(opens) = opens {
        opens.before.runs().for_each(|run| moved.pass(run, |behind| behind, &mut pairing));
    }
    if let Some(closes) = closes {
        let all = if opens.is_some() { 0 } else { moved.total() };
        closes.before.runs().for_each(|run| moved.pass(run, |behind| all - behind, &mut pairing));
    }
    if let Some(rows) = opens.or(closes).map(|rows| rows.change).filter(|rows| !rows.is_empty()) {
        let mut stands = moved;
        clock.before.runs().for_each(|run| stands.add(run));
        let has = [opens.is_some(), closes.is_some()];
        for i in 0..rows.len() {
            let row = rows.row(i);
            let times = match has {
                [true, true] => stands.behind(row[0]) - stands.behind(row[1]),
                [true, false] => stands.behind(row[0]),
                [false, _] => stands.total() - stands.behind(row[0]),
            };
            if times != 0 {
                pairing.row(row, times * rows.diff(i));
            }
        }
    }
    pairing.made()
}

/// Rows of a clock, or how many more of them: each instant once, in order.
#[derive(Default)]
struct Clock(SmallVec<[(Word, i64); 4]>);

impl Clock {
    fn of(rows: &Delta) -> Clock {
        let mut clock = Clock::default();
        clock.add(rows);
        clock
    }

    fn add(&mut self, rows: &impl Sorted) {
        let mut room = OwnedRow::new();
        self.0.extend((0..rows.len()).map(|at| (rows.read(at, 1, &mut room)[0], rows.diff(at))));
        self.0.sort_unstable();
        self.0.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        self.0.retain(|(_, count)| *count != 0);
    }

    fn total(&self) -> i64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// How many stand at an instant or behind it.
    fn behind(&self, instant: Word) -> i64 {
        self.0.iter().filter(|(at, _)| *at >= instant).map(|(_, count)| count).sum()
    }

    /// Passes rows on, each as often as `times` says of how many stand at its first column or behind it. Between two instants that is the
    /// same for all, and where it is nothing no row is looked at.
    fn pass(&self, rows: &Run, times: impl Fn(i64) -> i64, pairing: &mut Pairing) {
        let mut room = OwnedRow::new();
        let (mut behind, mut from) = (self.total(), 0);
        let ends = self.0.iter().map(Some).chain([None]);
        for end in ends {
            let to = end.map_or(rows.len(), |(instant, _)| find(rows, from, 1, &[*instant], true));
            let times = times(behind);
            if times != 0 {
                for at in from..to {
                    pairing.row(rows.read(at, rows.stride(), &mut room), times * rows.diff(at));
                }
            }
            from = to;
            behind -= end.map_or(0, |(_, count)| *count);
        }
    }
}
