//! Sentences in force, papers at every recipient, and a register that does not know of it, or that shows a report after the last day.

use super::super::acts::admonish;
use super::super::days::{FIRST_DAY, roll};
use super::super::sentence::Sentence;
use super::super::town::{COURT, Town};
use super::super::truth::Truth;
use super::some_day;

/// Days after the last one up to which a missing registration may still be on its way.
pub const GRACE: i64 = 5;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    // Where every rule is asked for, fewer than five hold at once: five are a pattern.
    let (never, later) = if town.full() { (1, 1) } else { (9, 2) };
    for _ in 0..never {
        never_registered(town, None, truth);
    }
    for _ in 0..later {
        let late = town.rng.between(1, 20);
        never_registered(town, Some(late), truth);
    }
    reported_late(town, truth);
    misread(town, truth);
    mended_row(town);
}

pub fn key(sentence: &Sentence) -> String {
    format!("{COURT}|{}|1", sentence.case_no)
}

pub fn sentence(town: &mut Town, room: i64) -> Sentence {
    let effective = some_day(town, room);
    let years = town.rng.between(1, 3);
    let sentence = Sentence::new(town, effective, years, effective);
    sentence.papers(town);
    sentence
}

/// No registration; or one dated in time and sent `late` days after the clue opened.
fn never_registered(town: &mut Town, late: Option<i64>, truth: &mut Vec<Truth>) {
    let who = sentence(town, 60);
    let opens = roll(who.effective + 10) + GRACE + 1;
    let clue = Truth::violation("never_registered", &key(&who), opens);
    let Some(late) = late else { return truth.push(clue) };
    who.register(town, who.effective + 6, opens + late);
    truth.push(clue.until(opens + late));
}

/// Registered within the grace, with a report after the last day.
fn reported_late(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = sentence(town, 40);
    let reported = roll(who.effective + 10) + town.rng.between(1, 4);
    who.register(town, reported, reported);
    truth.push(Truth::violation("reported_late", &key(&who), reported));
    admonish(town, &who.person, reported + 9);
}

/// A report in time, misread as a month later by whoever typed it in, and set right. Once the last day is over it hints, and accuses only when
/// the day that was typed has come.
fn misread(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = sentence(town, 60);
    let reported = who.effective + town.rng.between(2, 8);
    let sent = reported + town.rng.between(0, 3);
    let number = format!("矫{}", town.number());
    who.register_as(town, &number, reported + 30, None, sent);
    let opens = sent.max(roll(who.effective + 10) + 1);
    let mended = (sent + town.rng.between(2, 40)).max(opens + 1);
    who.register_as(town, &number, reported, None, mended);
    let accuses = Some(reported + 30);
    truth.push(Truth { accuses, ..Truth::hint("reported_late", &key(&who), opens) }.until(mended));
}

/// In the first days the door refuses a row of the register, and the agency mends it: what a refusal softens is over before anything here
/// is missing.
fn mended_row(town: &mut Town) {
    let who = Sentence::new(town, FIRST_DAY - 3, 2, FIRST_DAY);
    who.papers(town);
    let number = format!("矫{}", town.number());
    let first = town.sent.len();
    who.register_as(town, &number, FIRST_DAY + 1, None, FIRST_DAY + 1);
    town.sent[first].cells.insert("register_date", "2022-01".to_string());
    town.sent[first].refused = true;
    let mended = FIRST_DAY + town.rng.between(3, 7);
    who.register_as(town, &number, FIRST_DAY + 1, None, mended);
}
