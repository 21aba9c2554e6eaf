//! A synthetic county: seeded agencies, persons, papers and faults of the agencies, with the truth beside them.
//!
//! [`county`] makes a year of records, each with the day on which its agency sends it, and the truth: every clue that must then hold, with
//! the days on which it opens, accuses and closes, worked out from what was planted and from a list of rest days of its own, never from the
//! rules. The same seed gives the same bytes. All identity numbers have an area code that does not exist.

mod conviction;
mod days;
mod faults;
mod feed;
mod papers;
mod penalty;
mod people;
mod planted;
mod record;
mod release;
mod rng;
mod routine;
mod sentence;
mod spelling;
mod town;
mod truth;
mod write;

pub use days::{FIRST_DAY, LAST_DAY};
pub use feed::{FeedError, feed};
pub use people::{Person, person};
pub use record::{Sent, columns};
pub use truth::Truth;
pub use write::{csv_of, truth_csv, write};

use town::Town;

/// What a county sent in a year, and what must be found in it.
pub struct County {
    /// Ordered by day, agency, relation.
    pub sent: Vec<Sent>,
    pub truth: Vec<Truth>,
}

/// About `records` rows. What is planted does not depend on `records`.
pub fn county(records: usize, seed: u64) -> County {
    let mut town = Town::new(seed);
    town.agencies();
    let mut truth = planted::plant(&mut town);
    let first = town.sent.len();
    routine::fill(&mut town, records.saturating_sub(first));
    faults::strike(&mut town.sent, first, seed);
    town.coverage();
    let mut sent = town.sent;
    sent.sort_by(|a, b| (a.day, &a.agency, a.relation).cmp(&(b.day, &b.agency, b.relation)));
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
    fn twenty_two_clues_hold_on_the_last_day_and_every_rule_that_can_has_closed_some() {
        for seed in 1..50 {
            let truth = county(1_000, seed).truth;
            let count = |holds: fn(&Truth) -> bool| {
                let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
                truth.iter().filter(|t| holds(t)).for_each(|t| *by_rule.entry(t.rule).or_default() += 1);
                by_rule.into_iter().collect::<Vec<_>>()
            };
            let last = [
                ("coercive_measure_notice_missing", 1),
                ("detention_notice_late", 1),
                ("detention_notice_missing", 2),
                ("docs_late_to_cca", 1),
                ("docs_not_copied_to_procuratorate", 1),
                ("docs_not_received_by_cca", 1),
                ("dpr_not_listed", 2),
                ("never_registered", 9),
                ("penalised_in_correction", 2),
                ("reoffended_in_correction", 1),
                ("reported_late", 1),
            ];
            assert_eq!(count(|t| t.closes.is_none()), last, "seed {seed}");
            let closed = [
                ("coercive_measure_notice_missing", 1),
                ("detention_notice_late", 1),
                ("detention_notice_missing", 5),
                ("docs_late_to_cca", 1),
                ("docs_not_copied_to_procuratorate", 1),
                ("docs_not_received_by_cca", 3),
                ("dpr_docs_not_sent_to_police", 1),
                ("dpr_docs_not_sent_to_procuratorate", 1),
                ("dpr_listed_late", 1),
                ("dpr_not_listed", 2),
                ("never_registered", 2),
                ("penalised_in_correction", 1),
                ("reoffended_in_correction", 1),
                ("reported_late", 1),
            ];
            assert_eq!(count(|t| t.closes.is_some()), closed, "seed {seed}");
            let inside = |t: &Truth| t.opens <= LAST_DAY && t.closes.is_none_or(|c| t.opens < c && c <= LAST_DAY);
            assert!(truth.iter().all(inside), "seed {seed}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_records() {
        let (a, b, c) = (county(1_000, 3), county(1_000, 3), county(1_000, 4));
        assert_eq!(a.sent, b.sent);
        assert_ne!(a.sent, c.sent);
    }
}
