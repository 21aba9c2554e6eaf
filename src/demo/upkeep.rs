//! Who must be heard of: people in correction report to the agency every month, and those deprived of political rights to their station.
//!
//! Nobody is forgotten: whoever is put into a register is kept here, and at the end all reports of the year are written at once. A silence is
//! planted by saying from when to when nobody hears of the person.

use super::days::{FIRST_DAY, LAST_DAY};
use super::people::Person;
use super::row::Row;
use super::town::Town;
use crate::types::Day;
use std::collections::BTreeMap;

/// Days after which somebody in correction reports again at the latest; the law's practice is a month.
pub const MONTHLY: i64 = 27;
/// The same for who is deprived of political rights: well inside six months.
pub const SELDOM: i64 = 150;
const KINDS: [&str; 3] = ["到所报告", "电话", "走访"];

/// The last sign before a silence, its kind, and the first one after it.
#[derive(Clone)]
struct Silence {
    last: Day,
    kind: &'static str,
    again: Option<Day>,
}

#[derive(Clone)]
struct Kept {
    person: Person,
    agency: String,
    from: Day,
    to: Day,
    every: i64,
    silence: Option<Silence>,
}

/// By agency and identity number.
#[derive(Default)]
pub struct Upkeep(BTreeMap<(String, String), Kept>);

impl Upkeep {
    /// To be heard of from the first of the days that were ever said to the last that was said last.
    pub fn keep(&mut self, person: &Person, agency: &str, from: Day, to: Day, every: i64) {
        let kept = Kept { person: person.clone(), agency: agency.to_string(), from, to, every, silence: None };
        let entry = self.0.entry((agency.to_string(), person.id_no.clone())).or_insert(kept);
        entry.from = entry.from.min(from);
        entry.to = to;
    }

    /// Heard of on `last`, then not before `again`.
    pub fn silence(&mut self, person: &Person, last: Day, kind: &'static str, again: Option<Day>) {
        for kept in self.0.values_mut().filter(|kept| kept.person.id_no == person.id_no) {
            kept.silence = Some(Silence { last, kind, again });
        }
    }
}

/// Writes what was kept.
pub fn write(town: &mut Town) {
    for kept in std::mem::take(&mut town.upkeep).0.into_values() {
        one(town, &kept);
    }
}

fn one(town: &mut Town, kept: &Kept) {
    let last = kept.to.min(LAST_DAY);
    let mut silence = kept.silence.clone();
    let mut day = kept.from;
    loop {
        day += town.rng.between(kept.every - 7, kept.every);
        if let Some(quiet) = silence.clone().filter(|quiet| day >= quiet.last) {
            silence = None;
            contact(town, kept, quiet.last, quiet.kind, 0);
            match quiet.again {
                Some(again) if again <= last => contact(town, kept, again, KINDS[0], 0),
                _ => return,
            }
            day = quiet.again.unwrap_or(day);
            continue;
        }
        if day > last {
            return;
        }
        let (kind, delay) = (*town.rng.pick(&KINDS), town.rng.between(0, 1));
        contact(town, kept, day, kind, delay);
    }
}

fn contact(town: &mut Town, kept: &Kept, day: Day, kind: &str, delay: i64) {
    let number = format!("联{}", town.number());
    let row = Row::new("contact", "agency", &kept.agency).text("contact_no", &number).who(&kept.person);
    row.day("date", day).text("kind", kind).send(town, (day + delay).max(FIRST_DAY));
}
