//! A synthetic county: seeded agencies, persons, papers and faults of the agencies, with the truth beside them.
//!
//! [`county`] makes half a year of records, each with the day on which its agency sends it, and the truth: every clue that must then hold,
//! with the days on which it opens and closes, worked out from what was planted and from a list of rest days of its own, never from the
//! rules. The same seed gives the same bytes. All identity numbers have an area code that does not exist.

mod days;
mod feed;
mod planted;
mod record;
mod rng;
mod routine;
mod town;
mod write;

pub use days::{FIRST_DAY, LAST_DAY};
pub use feed::{FeedError, feed};
pub use record::{Sent, columns};
pub use write::{csv_of, truth_csv, write};

use crate::types::Day;
use town::Town;

/// An interval in which a clue holds, judged at the end of each day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Truth {
    /// Name of the clue relation.
    pub rule: &'static str,
    /// Key values in key order, joined by `|`.
    pub key: String,
    /// The strongest level it reaches.
    pub level: &'static str,
    /// First day at whose end it holds.
    pub opens: Day,
    /// First day at whose end it no longer holds.
    pub closes: Option<Day>,
}

/// What a county sent in half a year, and what must be found in it.
pub struct County {
    /// Ordered by day, agency, relation.
    pub sent: Vec<Sent>,
    pub truth: Vec<Truth>,
}

/// About `records` rows. What is planted does not depend on `records`.
pub fn county(records: usize, seed: u64) -> County {
    let mut town = Town::new(seed);
    town.agencies();
    let truth = planted::plant(&mut town);
    routine::fill(&mut town, records);
    town.coverage();
    let mut sent = town.sent;
    sent.sort_by(|a, b| (a.day, &a.agency, a.relation).cmp(&(b.day, &b.agency, b.relation)));
    let mut truth = truth;
    truth.sort();
    County { sent, truth }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_county_has_about_the_rows_asked_for_and_the_planted_clues_whatever_they_are() {
        let small = county(2_000, 7);
        let usual = county(7_000, 7);
        assert_eq!(small.truth, usual.truth);
        for (county, asked) in [(small, 2_000i64), (usual, 7_000)] {
            let rows = county.sent.iter().filter(|sent| sent.relation != "coverage").count() as i64;
            assert!((rows - asked).abs() < asked / 10 + 150, "{rows} rows for {asked}");
        }
    }

    #[test]
    fn fourteen_clues_hold_on_the_last_day_and_three_have_come_and_gone() {
        for seed in 1..50 {
            let truth = county(1_000, seed).truth;
            let mut open: BTreeMap<&str, usize> = BTreeMap::new();
            truth.iter().filter(|t| t.closes.is_none()).for_each(|t| *open.entry(t.rule).or_default() += 1);
            let expected =
                [("detention_notice_late", 1), ("detention_notice_missing", 2), ("dpr_not_listed", 2), ("never_registered", 9)];
            assert_eq!(open.into_iter().collect::<Vec<_>>(), expected, "seed {seed}");
            assert_eq!(truth.iter().filter(|t| t.closes.is_some()).count(), 3, "seed {seed}");
            assert!(
                truth.iter().all(|t| t.opens <= LAST_DAY && t.closes.is_none_or(|c| t.opens < c && c <= LAST_DAY)),
                "seed {seed}"
            );
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_records() {
        let (a, b, c) = (county(1_000, 3), county(1_000, 3), county(1_000, 4));
        assert_eq!(a.sent, b.sent);
        assert_ne!(a.sent, c.sent);
    }
}
