//! Breaches that nobody answers: reported late, penalised, warned twice, punished by the police, warned for breaking an injunction.

use super::super::acts::{self, admonish};
use super::super::days::roll;
use super::super::papers::Papers;
use super::super::penalty::{PETTY_ACT, Penalty};
use super::super::sentence::Sentence;
use super::super::town::{COUNTY, JUSTICE, POLICE, Town};
use super::super::truth::Truth;
use super::{register, some_day};
use crate::types::Day;

/// Days in which something should follow.
const WITHIN: i64 = 30;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    for answered in [None, Some(12)] {
        reported_late(town, answered, truth);
        penalised(town, answered, truth);
        warned_twice(town, answered, truth);
        punished(town, answered, truth);
        injunction_broken(town, answered, truth);
    }
    // On the last day on which it is in time.
    reported_late(town, Some(-1), truth);
    penalised(town, Some(-1), truth);
    warned_twice(town, Some(-1), truth);
    punished(town, Some(-1), truth);
    injunction_broken(town, Some(-1), truth);
}

/// A petty act after two warnings, which is no breach; and an act from before the term, of which the agency is told and asked nothing.
pub fn lawful(town: &mut Town) {
    let who = Sentence::old(town);
    let first = some_day(town, 60);
    for day in [first, first + 10] {
        acts::sanction(town, &who.person, "警告", day).send(town, day);
    }
    let petty = Penalty { act: PETTY_ACT, ..Penalty::new(town, "罚款", first + 20) };
    Penalty { act_day: first + 15, ..petty }.send(town, &who.person);

    let who = Sentence::old(town);
    let decided = some_day(town, 60);
    let penalty = Penalty { act_day: who.effective - 1, ..Penalty::new(town, "罚款", decided) };
    penalty.send(town, &who.person);
    Papers::of_penalty(&penalty.number, &who.person).send(town, JUSTICE, decided, decided + 1, decided + 1);
}

/// The clue, if the answer comes so many days after it opens, or never. An answer before that day leaves nothing to find.
fn until_answered(clue: Truth, answered: Option<i64>, truth: &mut Vec<Truth>) -> Option<Day> {
    let answer = answered.map(|days| clue.opens + days);
    match answer {
        None => truth.push(clue),
        Some(day) if day > clue.opens => truth.push(clue.until(day)),
        Some(_) => {}
    }
    answer
}

fn reported_late(town: &mut Town, answered: Option<i64>, truth: &mut Vec<Truth>) {
    let who = register::sentence(town, 110);
    let reported = roll(who.effective + 10) + town.rng.between(1, 4);
    who.register(town, reported, reported);
    let key = register::key(&who);
    truth.push(Truth::violation("reported_late", &key, reported));
    let clue = Truth::hint("reported_late_no_sanction", &key, reported + WITHIN + 1);
    if let Some(day) = until_answered(clue, answered, truth) {
        admonish(town, &who.person, day);
    }
}

/// Fined for something done in the term. Whoever is penalised is pointed out.
fn fined(town: &mut Town, who: &Sentence, act: &'static str, act_day: Day, truth: &mut Vec<Truth>) -> (String, Day) {
    let decided = act_day + town.rng.between(0, 3);
    let mut penalty = Penalty { amount: "500", act_day, ..Penalty::new(town, "罚款", decided) };
    if !act.is_empty() {
        penalty.act = act;
    }
    penalty.send(town, &who.person);
    let key = format!("{POLICE}|{}|{COUNTY}", penalty.number);
    truth.push(Truth::hint("penalised_in_correction", &key, decided));
    (penalty.number, decided)
}

/// The agency is told of a fine.
fn penalised(town: &mut Town, answered: Option<i64>, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let act = some_day(town, 90);
    let (number, decided) = fined(town, &who, "", act, truth);
    let told = decided + town.rng.between(1, 3);
    Papers::of_penalty(&number, &who.person).send(town, JUSTICE, decided, told, told);
    let clue = Truth::hint("penalised_no_sanction", &format!("{POLICE}|{number}|{COUNTY}"), told + WITHIN + 1);
    if let Some(day) = until_answered(clue, answered, truth) {
        admonish(town, &who.person, day);
    }
}

/// Warned twice, and then fined by the police for something new.
fn warned_twice(town: &mut Town, answered: Option<i64>, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let first = some_day(town, 130);
    let second = first + town.rng.between(10, 30);
    for day in [first, second] {
        acts::sanction(town, &who.person, "警告", day).send(town, day);
    }
    let act = second + town.rng.between(2, 20);
    fined(town, &who, "", act, truth);
    let clue = Truth::hint("two_warnings_no_proposal", &format!("{JUSTICE}|{}", who.number), act + WITHIN + 1);
    if let Some(day) = until_answered(clue, answered, truth) {
        acts::proposal_in_order(town, &who.person, "撤销缓刑", day);
    }
}

/// Fined for a breach of supervision, and again for something new.
fn punished(town: &mut Town, answered: Option<i64>, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let breach = some_day(town, 130);
    let (number, decided) = fined(town, &who, "违反社区矫正监督管理规定", breach, truth);
    let act = decided + town.rng.between(2, 30);
    fined(town, &who, "", act, truth);
    let key = format!("{POLICE}|{number}|{COUNTY}");
    let clue = Truth::hint("police_penalty_then_breach_no_proposal", &key, act + WITHIN + 1);
    if let Some(day) = until_answered(clue, answered, truth) {
        acts::proposal_in_order(town, &who.person, "撤销缓刑", day);
    }
}

/// Warned for breaking an injunction, for which the police should be asked.
fn injunction_broken(town: &mut Town, answered: Option<i64>, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let warned = some_day(town, 90);
    let row = acts::sanction(town, &who.person, "警告", warned).text("reason", "违反禁止令");
    row.send(town, warned);
    let key = format!("{JUSTICE}|{}|{COUNTY}", row.cell("sanction_no"));
    let clue = Truth::hint("breach_no_police_referral", &key, warned + WITHIN + 1);
    if let Some(day) = until_answered(clue, answered, truth) {
        acts::sanction(town, &who.person, "提请治安处罚", day).send(town, day);
    }
}
