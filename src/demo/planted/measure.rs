//! Coercive measures against people in correction: one recipient never told, one told in time but entered late.

use super::super::days::roll;
use super::super::papers::Papers;
use super::super::penalty::measure;
use super::super::sentence::Sentence;
use super::super::town::{COUNTY, JUSTICE, POLICE, PROCURATORATE, Town};
use super::super::truth::Truth;
use super::{POSTAL_MARGIN, some_day};

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    one_told(town, "取保候审", None, truth);
    let late = town.rng.between(1, 25);
    one_told(town, "拘留", Some(late), truth);
}

/// The correction agency is told in time. The procuratorate's paper is never sent, or posted in time and entered `late` days after the last.
fn one_told(town: &mut Town, kind: &str, late: Option<i64>, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let taken = some_day(town, 50);
    let number = measure(town, &who.person, kind, "新罪", taken);
    let papers = Papers::of_measure(&number, &who.person);
    papers.send(town, JUSTICE, taken, taken + 1, taken + 1);
    let due = roll(taken + 3);
    let key = format!("{POLICE}|{number}|{PROCURATORATE}|{COUNTY}");
    let clue = Truth::missing("coercive_measure_notice_missing", &key, due, POSTAL_MARGIN);
    let Some(late) = late else { return truth.push(clue) };
    let entered = due + 1 + late;
    papers.send(town, PROCURATORATE, taken + 1, taken + 2, entered);
    truth.push(clue.until(entered));
}
