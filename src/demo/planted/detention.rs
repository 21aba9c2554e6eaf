//! Detentions of people in correction: nobody told, told late, told in time but entered late, annulled.

use super::super::acts::admonish;
use super::super::days::{LAST_DAY, roll};
use super::super::papers::Papers;
use super::super::penalty::Penalty;
use super::super::sentence::Sentence;
use super::super::town::{COUNTY, JUSTICE, POLICE, PROCURATORATE, Town};
use super::super::truth::Truth;
use super::{POSTAL_MARGIN, some_day};
use crate::types::Day;

/// 2022-07-13, a Wednesday: three days later is a Saturday, so the notice is due on Monday 07-18.
const WU_DECISION: Day = 19_186;
const MISSING: &str = "detention_notice_missing";
const LATE: &str = "detention_notice_late";

/// The room that a day needs after it. Where every rule is asked for, fewer than five of these clues hold at once: five are a pattern.
fn before_wu(town: &Town, room: i64) -> i64 {
    if town.full() { LAST_DAY - WU_DECISION + 70 } else { room }
}

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    wu(town, truth);
    late(town, truth);
    late_until_another_is_found(town, truth);
    entered_late(town, truth);
    annulled(town, truth);
}

fn key(number: &str, recipient: &str) -> String {
    format!("{POLICE}|{number}|{recipient}|{COUNTY}")
}

/// Whoever is penalised for something done in the term is pointed out, with no fault of anybody.
fn penalised(penalty: &Penalty) -> Truth {
    Truth::hint("penalised_in_correction", &format!("{POLICE}|{}|{COUNTY}", penalty.number), penalty.decided)
}

fn missing(penalty: &Penalty, recipient: &str) -> Truth {
    Truth::missing(MISSING, &key(&penalty.number, recipient), roll(penalty.decided + 3), POSTAL_MARGIN)
}

/// Detained for ten days and fined, and nobody sent the notice: one clue per recipient.
fn wu(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let penalty = Penalty::detention(town, WU_DECISION, "10", "500");
    penalty.send(town, &who.person);
    truth.extend([JUSTICE, PROCURATORATE].map(|recipient| missing(&penalty, recipient)));
    truth.push(penalised(&penalty));
}

/// The procuratorate is told in time, the correction agency weeks later: missing until then, late from then on.
fn late(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let decided = some_day(town, before_wu(town, 60));
    let penalty = Penalty::detention(town, decided, "5", "");
    penalty.send(town, &who.person);
    let papers = Papers::of_penalty(&penalty.number, &who.person);
    papers.send(town, PROCURATORATE, decided + 1, decided + 2, decided + 2);
    let came = roll(decided + 3) + POSTAL_MARGIN + town.rng.between(3, 25);
    papers.send(town, JUSTICE, came - 1, came, came);
    truth.push(missing(&penalty, JUSTICE).until(came));
    // The paper was posted the day before it came, long after the last day: no doubt that a margin could leave.
    truth.push(Truth::violation(LATE, &key(&penalty.number, JUSTICE), came));
    truth.push(penalised(&penalty));
    admonish(town, &who.person, came + 10);
}

/// The act lies before the term. The procuratorate's paper comes late; then an earlier one is found in another department.
fn late_until_another_is_found(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let decided = some_day(town, before_wu(town, 90));
    let penalty = Penalty { act_day: who.effective - town.rng.between(30, 90), ..Penalty::detention(town, decided, "15", "") };
    penalty.send(town, &who.person);
    let papers = Papers::of_penalty(&penalty.number, &who.person);
    papers.send(town, JUSTICE, decided, decided + 1, decided + 1);
    let came = roll(decided + 3) + town.rng.between(2, 20);
    let found = came + town.rng.between(1, 30);
    papers.send(town, PROCURATORATE, came, came + 1, came + 1);
    papers.send(town, PROCURATORATE, decided + 1, decided + 3, found + 1);
    truth.push(missing(&penalty, PROCURATORATE).until(came + 1));
    truth.push(Truth::violation(LATE, &key(&penalty.number, PROCURATORATE), came + 1).until(found + 1));
}

/// The act lies before the term. Both are told in time, but one of the papers is entered only later.
fn entered_late(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let decided = some_day(town, before_wu(town, 50));
    let penalty = Penalty { act_day: who.effective - town.rng.between(30, 90), ..Penalty::detention(town, decided, "7", "200") };
    penalty.send(town, &who.person);
    let papers = Papers::of_penalty(&penalty.number, &who.person);
    papers.send(town, JUSTICE, decided + 1, decided + 2, decided + 2);
    let due = roll(decided + 3);
    let entered = due + town.rng.between(2, 25);
    papers.send(town, PROCURATORATE, decided + 2, due + 2, entered);
    truth.push(missing(&penalty, PROCURATORATE).until(entered));
}

/// Nobody is told, and weeks later the decision is annulled: there was nothing to tell.
fn annulled(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let decided = if town.full() { town.rng.between(WU_DECISION + 20, LAST_DAY - 70) } else { some_day(town, 70) };
    let penalty = Penalty::detention(town, decided, "3", "");
    penalty.send(town, &who.person);
    let gone = roll(decided + 3) + town.rng.between(2, 40);
    penalty.send_as(town, &who.person, Some(gone), gone);
    truth.extend([JUSTICE, PROCURATORATE].map(|recipient| missing(&penalty, recipient).until(gone)));
    truth.push(penalised(&penalty).until(gone));
}
