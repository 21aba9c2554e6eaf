//! Synthetic counties: seeded agencies, persons, papers and faults of the agencies, with the truth beside them.
//!
//! [`county`] makes a year of records, each with the day on which its agency sends it, and the truth: every clue that must then hold, with
//! the days on which it opens, accuses and closes, worked out from what was planted and from a list of rest days of its own, never from the
//! rules. [`counties`] makes one, ten or a hundred of them, and plants what every rule asks for where an order says so. The same seed gives
//! the same bytes. All identity numbers have an area code that does not exist.

mod acts;
mod conviction;
mod days;
mod faults;
mod feed;
mod order;
mod papers;
mod penalty;
mod people;
mod place;
mod planted;
mod record;
mod release;
mod rng;
mod routine;
mod row;
mod rows;
mod sentence;
mod spelling;
mod town;
mod truth;
mod upkeep;
mod write;

pub use days::{FIRST_DAY, LAST_DAY};
pub use feed::{FeedError, feed};
pub use order::{Kinds, Order, Size};
pub use people::{Person, person};
pub use record::{Sent, columns};
pub use truth::Truth;
pub use write::{Written, csv_of, truth_csv, write};

use place::Place;
use town::Town;

/// What a county sent in a year, and what must be found in it.
pub struct County {
    /// Ordered by day, agency, relation.
    pub sent: Vec<Sent>,
    pub truth: Vec<Truth>,
}

/// The county of the demo: about `records` rows. What is planted does not depend on `records`.
pub fn county(records: usize, seed: u64) -> County {
    made(&Order { records, seed, size: Size::County, kinds: Kinds::Twelve }, 0)
}

/// The counties of an order one by one, so that a province need not be held at once.
pub fn counties(order: &Order) -> impl Iterator<Item = County> {
    (0..order.size.counties()).map(|number| made(order, number))
}

/// The counties of an order as one, to be fed together.
pub fn together(order: &Order) -> County {
    let mut all = County { sent: Vec::new(), truth: Vec::new() };
    for mut county in counties(order) {
        all.sent.append(&mut county.sent);
        all.truth.append(&mut county.truth);
    }
    all.in_order()
}

fn made(order: &Order, number: i64) -> County {
    let seed = order.seed_of(number);
    let mut town = Town::new(Place::of(number), order.kinds, seed);
    town.agencies();
    let mut truth = planted::plant(&mut town);
    if town.full() {
        // No fault touches it: a gap where the day of effect stood would leave a guess that may be earlier.
        (0..(order.records / 1_000).max(1)).for_each(|_| planted::lawful(&mut town));
    }
    let first = town.sent.len();
    routine::fill(&mut town, order.records.saturating_sub(first));
    upkeep::write(&mut town);
    let refusals = faults::strike(&mut town.sent, first, seed, order.kinds);
    town.coverage();
    let court = town.place.settle(town::COURT);
    for clue in &mut truth {
        clue.key = town.place.settle(&clue.key);
        for refusal in refusals.iter().filter(|refusal| refusal.softens(clue.rule, &court)) {
            clue.refused(refusal.day, refusal.mended);
        }
    }
    if town.full() {
        truth.extend(rows::truth(&town.sent, town::COVERED_FROM));
    }
    County { sent: town.sent, truth }.in_order()
}

impl County {
    fn in_order(mut self) -> County {
        self.sent.sort_by(|a, b| (a.day, &a.agency, a.relation).cmp(&(b.day, &b.agency, b.relation)));
        self.truth.sort();
        self
    }
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

    fn all_rules(seed: u64, size: Size) -> Order {
        Order { records: 1_000, seed, size, kinds: Kinds::All }
    }

    #[test]
    fn a_prefecture_is_ten_counties_of_their_own_and_the_first_is_the_county_itself() {
        let (order, alone) = (all_rules(5, Size::Prefecture), together(&all_rules(5, Size::County)));
        let ten: Vec<County> = counties(&order).collect();
        assert_eq!(ten.len(), 10);
        assert_eq!((&ten[0].sent, &ten[0].truth), (&alone.sent, &alone.truth));
        let mut senders = BTreeMap::new();
        for (number, county) in ten.iter().enumerate() {
            for sent in county.sent.iter().filter(|sent| !sent.agency.starts_with("operator")) {
                assert_eq!(*senders.entry(&sent.agency).or_insert(number), number, "{} sends for one county", sent.agency);
            }
        }
        let all = together(&order);
        assert_eq!(all.sent.len(), ten.iter().map(|county| county.sent.len()).sum::<usize>());
        let keys: std::collections::BTreeSet<_> = all.truth.iter().map(|t| (t.rule, &t.key, t.opens)).collect();
        assert_eq!(keys.len(), all.truth.len());
    }

    #[test]
    fn what_is_sent_has_a_column_of_its_file_and_a_key_stands_in_it_once() {
        let county = together(&all_rules(2, Size::County));
        for file in county.sent.chunk_by(|a, b| (a.day, &a.agency, a.relation) == (b.day, &b.agency, b.relation)) {
            let columns = columns(file[0].relation);
            assert!(file.iter().all(|sent| sent.cells.keys().all(|column| columns.contains(column))), "{}", file[0].relation);
            let mut rows: BTreeMap<Vec<Option<&String>>, &Sent> = BTreeMap::new();
            for sent in file {
                let key = record::keys(sent.relation).iter().map(|column| sent.cells.get(column)).collect();
                assert_eq!(rows.entry(key).or_insert(sent).cells, sent.cells, "{:?}", sent.cells);
            }
        }
    }

    /// Rules whose clues the pattern of an agency does not count, and the one that is planted as a pattern.
    const UNCOUNTED: [&str; 18] = [
        "agency_pattern",
        "case_unmatched",
        "dpr_off_supervision",
        "duplicate_row",
        "identity_broken",
        "impossible_date",
        "leave_overrun",
        "left_without_leave",
        "medical_recheck_overdue",
        "name_conflict",
        "off_supervision",
        "opinion_unanswered",
        "oral_opinion_not_mended",
        "penalised_in_correction",
        "recurrence_after_correction",
        "registered_but_dead",
        "registered_but_in_custody",
        "reported_late",
    ];

    #[test]
    fn with_all_rules_everything_lies_in_the_year_and_no_pattern_arises_but_those_planted() {
        for seed in 1..60 {
            let truth = together(&all_rules(seed, Size::County)).truth;
            let inside = |t: &Truth| t.opens <= LAST_DAY && t.closes.is_none_or(|c| t.opens < c && c <= LAST_DAY);
            let outside: Vec<&Truth> = truth.iter().filter(|t| !inside(t)).collect();
            assert!(outside.is_empty(), "seed {seed}: {outside:?}");
            for day in FIRST_DAY..=LAST_DAY {
                let mut held: BTreeMap<&str, usize> = BTreeMap::new();
                truth.iter().filter(|t| t.holds_on(day)).for_each(|t| *held.entry(t.rule).or_default() += 1);
                held.retain(|rule, count| *count > 4 && !UNCOUNTED.contains(rule));
                assert!(held.is_empty(), "seed {seed}, day {day}: {held:?}");
            }
        }
    }

    #[test]
    fn a_refused_judgment_softens_what_asks_for_it_until_it_is_mended() {
        let softened = (1..16).flat_map(|seed| together(&Order { records: 5_000, ..all_rules(seed, Size::County) }).truth);
        let softened: Vec<Truth> = softened.filter(|t| !t.softened.is_empty()).collect();
        let rules: std::collections::BTreeSet<&str> = softened.iter().map(|t| t.rule).collect();
        let asking = ["dpr_term_wrong", "reoffended_not_revoked", "undisclosed_crime_not_revoked"];
        assert!(rules.contains("reoffended_not_revoked") && rules.iter().all(|rule| asking.contains(rule)), "{rules:?}");
        for clue in &softened {
            assert_eq!(clue.level(), "violation");
            assert!(
                clue.softened
                    .iter()
                    .all(|(from, until)| (0..=31).contains(&(until - from)) && (from == until || clue.level_on(*from) == "hint"))
            );
            let last = clue.softened.iter().map(|(_, until)| *until).max().unwrap_or(LAST_DAY);
            assert_eq!(clue.level_on(last.max(clue.opens)), "violation");
        }
        // The twelve kinds have nothing that asks.
        assert!((1..10).flat_map(|seed| county(5_000, seed).truth).all(|t| t.softened.is_empty()));
    }

    #[test]
    fn the_same_seed_gives_the_same_records() {
        let (a, b, c) = (county(1_000, 3), county(1_000, 3), county(1_000, 4));
        assert_eq!(a.sent, b.sent);
        assert_ne!(a.sent, c.sent);
    }
}
