//! What is wrong with real data, done to everyday rows: slips of the pen, other spellings, gaps, doubles, and rows that the door refuses
//! until they are mended.
//!
//! None of it may hide or make a clue: a spelling is the same thing, and a refusal touches only relations whose rows nobody misses. What a
//! refusal softens is told.

use super::days::LAST_DAY;
use super::order::Kinds;
use super::record::Sent;
use super::rng::Rng;
use super::spelling;
use crate::types::{Day, parse_date};
use std::collections::BTreeSet;

/// Out of a thousand rows that have such a column.
const SLIPS: u64 = 5;
const OLD_NUMBERS: u64 = 3;
const WIDE: u64 = 3;
const NAMES: u64 = 10;
const DATES: u64 = 100;
const CASES: u64 = 150;
const GAPS: u64 = 100;
const DOUBLES: u64 = 20;
const REFUSED: u64 = 4;

/// No rule looks for a row that is missing here. Some ask whether a refused row may be the one that would excuse (`softens`).
const MISSED_BY_NOBODY: [&str; 4] = ["judgment_person", "admin_penalty", "coercive_measure", "dpr_release"];

/// A row that the door refused, until it was mended.
pub struct Refusal {
    pub agency: String,
    pub relation: &'static str,
    pub day: Day,
    pub mended: Day,
}

impl Refusal {
    /// Whether a violation of the rule, planted at the county's own court, is a hint meanwhile. The twelve kinds have none of these.
    pub fn softens(&self, rule: &str, court: &str) -> bool {
        match self.relation {
            "judgment_person" => {
                self.agency == court && ["reoffended_not_revoked", "undisclosed_crime_not_revoked"].contains(&rule)
            }
            "dpr_release" => rule == "dpr_term_wrong",
            _ => false,
        }
    }
}

/// Of those relations, the columns of dates.
const DATED: [&str; 5] = ["served_date", "effective_date", "decision_date", "date", "release_date"];
const NUMBERS: [&str; 6] = ["days", "amount", "main_years", "main_months", "probation_years", "dpr_years"];

/// Every row from `first` on may be hit, by more than one fault.
pub fn strike(sent: &mut Vec<Sent>, first: usize, seed: u64, kinds: Kinds) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut rng = Rng::new(seed ^ 0x6661_756c_7473);
    let (mut more, mut slipped) = (Vec::new(), BTreeSet::new());
    for row in &mut sent[first..] {
        identity(row, &mut slipped, &mut rng);
        respell(row, &mut rng);
        if row.relation == "judgment_person" && rng.chance(GAPS) {
            row.cells.remove("effective_date");
        }
        if MISSED_BY_NOBODY.contains(&row.relation) && rng.chance(REFUSED) {
            let mended = refused(row, &mut rng);
            refusals.push(Refusal { agency: row.agency.clone(), relation: row.relation, day: row.day, mended: mended.day });
            more.push(mended);
        } else if rng.chance(DOUBLES) {
            more.push(double(row, kinds, &mut rng));
        }
    }
    sent.append(&mut more);
    refusals
}

/// One slip for each person: of a number that is wrong everywhere nobody could say whose it is.
fn identity(row: &mut Sent, slipped: &mut BTreeSet<String>, rng: &mut Rng) {
    let Some(id) = row.cells.get_mut("id_no") else { return };
    if rng.chance(SLIPS) {
        // One that ends in zeros would be taken for what a spreadsheet leaves of a number.
        let wrong = spelling::slip(id, rng);
        if !wrong.ends_with("000") && slipped.insert(id.clone()) {
            *id = wrong;
        }
    } else if rng.chance(OLD_NUMBERS) {
        *id = spelling::of_15_digits(id);
    } else if rng.chance(WIDE) {
        *id = spelling::wide(id);
    }
}

fn respell(row: &mut Sent, rng: &mut Rng) {
    if let Some(name) = row.cells.get_mut("name").filter(|_| rng.chance(NAMES)) {
        *name = spelling::name(name, rng);
    }
    if rng.chance(DATES) {
        let style = rng.next();
        for text in row.cells.values_mut() {
            if let Ok(day) = parse_date(text) {
                *text = spelling::date(day, style);
            }
        }
    }
    for column in NUMBERS {
        if let Some(text) = row.cells.get_mut(column).filter(|_| rng.chance(WIDE)) {
            *text = spelling::wide(text);
        }
    }
    for column in ["case_no", "re_no"] {
        if let Some(text) = row.cells.get_mut(column).filter(|_| rng.chance(CASES)) {
            *text = spelling::number(text, rng);
        }
    }
}

/// The row turns into one that is refused; what mends it comes days later.
fn refused(row: &mut Sent, rng: &mut Rng) -> Sent {
    let mut mended = row.clone();
    mended.day = (row.day + rng.between(1, 20)).min(LAST_DAY);
    spoil(row, rng);
    row.refused = true;
    mended
}

/// The number as a spreadsheet rounds it, or no day where one is asked for.
fn spoil(row: &mut Sent, rng: &mut Rng) {
    let rounds = rng.chance(500);
    if let Some(id) = row.cells.get_mut("id_no").filter(|id| rounds && id.len() == 18) {
        *id = spelling::rounded(id);
        return;
    }
    let day = row.day - rng.between(0, 20);
    let dated = DATED.iter().find(|column| row.cells.contains_key(*column)).unwrap_or(&DATED[0]);
    row.cells.insert(dated, spelling::no_day(day, rng));
}

/// The same row again, soon; a paper may also be entered twice, under two numbers. Where rows change from day to day, it is the same day: an
/// old row that came again would undo what is new.
fn double(row: &Sent, kinds: Kinds, rng: &mut Rng) -> Sent {
    let mut again = row.clone();
    let later = rng.between(0, 3);
    if kinds == Kinds::Twelve {
        again.day = (row.day + later).min(LAST_DAY);
    }
    if let Some(number) = again.cells.get_mut("receipt_no").filter(|_| rng.chance(500)) {
        number.push_str("-2");
    }
    again
}
