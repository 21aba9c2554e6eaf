//! Everyday life: sentences handed over, people registered, papers served, penalties told, all inside the law.

use super::conviction::Conviction;
use super::days::{FIRST_DAY, LAST_DAY};
use super::papers::Papers;
use super::penalty::{PETTY_ACT, Penalty, measure};
use super::release::Release;
use super::sentence::Sentence;
use super::town::{JUSTICE, PROCURATORATE, Town};
use crate::types::Day;

/// Fills the tables by about `records` rows, in the proportions of a real county.
pub fn fill(town: &mut Town, records: usize) {
    let share = |per_thousand: usize| records * per_thousand / 1000;
    for _ in 0..share(42) {
        in_correction(town);
    }
    for _ in 0..share(24) {
        arrival(town);
    }
    for _ in 0..share(55) {
        imprisoned(town);
    }
    for _ in 0..share(130) {
        outsider_penalised(town);
    }
    for i in 0..share(8) {
        corrected_penalised(town, i % 4);
    }
    for _ in 0..share(10) {
        outsider_held(town);
    }
    for _ in 0..share(2) {
        corrected_held(town);
    }
    for _ in 0..share(9) {
        released(town);
    }
}

/// In correction since before the year began; some are through before it ends.
fn in_correction(town: &mut Town) {
    let (ago, years) = (town.rng.between(20, 340), town.rng.between(1, 3));
    registered(town, FIRST_DAY - ago, years);
}

/// Three weeks before the end nobody new: all that follows from a sentence lies inside the year.
fn arrival(town: &mut Town) {
    let effective = town.rng.between(FIRST_DAY, LAST_DAY - 21);
    let years = town.rng.between(1, 3);
    registered(town, effective, years);
}

fn registered(town: &mut Town, effective: Day, years: i64) -> Sentence {
    let who = Sentence::new(town, effective, years, effective);
    who.papers(town);
    let reported = effective + town.rng.between(1, 8);
    let sent = reported + town.rng.between(0, 2);
    let number = who.register(town, reported, sent);
    let end = who.end();
    if end < LAST_DAY {
        who.register_as(town, &number, reported, Some(end), end + 1);
        who.over(town, &number, end + 2);
    }
    who
}

fn imprisoned(town: &mut Town) {
    let effective = town.rng.between(FIRST_DAY - 200, LAST_DAY);
    let committed = effective - town.rng.between(60, 500);
    let person = town.person();
    Conviction::new(town, effective, committed).send(town, &person, effective);
}

fn outsider_penalised(town: &mut Town) {
    let person = town.person();
    let decided = town.rng.between(FIRST_DAY - 300, LAST_DAY);
    let kind = *town.rng.pick(&["警告", "罚款", "行政拘留", "吊证"]);
    Penalty::new(town, kind, decided).send(town, &person);
}

/// A penalty that points to nobody: petty, before the term, after it, or a detention for something done before it with both notices in time.
fn corrected_penalised(town: &mut Town, how: usize) {
    match how {
        0 => {
            let who = Sentence::old(town);
            let decided = town.rng.between(FIRST_DAY, LAST_DAY);
            Penalty { act: PETTY_ACT, amount: "200", ..Penalty::new(town, "罚款", decided) }.send(town, &who.person);
        }
        1 => {
            let who = Sentence::old(town);
            let decided = who.effective - town.rng.between(10, 200);
            Penalty::detention(town, decided, "5", "").send(town, &who.person);
        }
        2 => {
            let effective = FIRST_DAY - town.rng.between(60, 300);
            let who = registered(town, effective, 1);
            let decided = who.end() + town.rng.between(5, 55);
            Penalty::detention(town, decided, "10", "1000").send(town, &who.person);
        }
        _ => {
            let who = Sentence::old(town);
            let decided = town.rng.between(FIRST_DAY + 1, LAST_DAY);
            let act_day = who.effective - town.rng.between(10, 90);
            let penalty = Penalty { act_day, ..Penalty::detention(town, decided, "3", "") };
            penalty.send(town, &who.person);
            both_told(town, &Papers::of_penalty(&penalty.number, &who.person), decided);
        }
    }
}

fn outsider_held(town: &mut Town) {
    let person = town.person();
    let taken = town.rng.between(FIRST_DAY - 200, LAST_DAY);
    let kind = *town.rng.pick(&["拘传", "取保候审", "监视居住", "拘留", "逮捕"]);
    measure(town, &person, kind, "其他", taken);
}

/// Held for a crime from before the term, both notices in time.
fn corrected_held(town: &mut Town) {
    let who = Sentence::old(town);
    let taken = town.rng.between(FIRST_DAY + 1, LAST_DAY);
    let number = measure(town, &who.person, "取保候审", "漏罪", taken);
    both_told(town, &Papers::of_measure(&number, &who.person), taken);
}

fn both_told(town: &mut Town, papers: &Papers, decided: Day) {
    for recipient in [JUSTICE, PROCURATORATE] {
        let posted = decided + town.rng.between(0, 2);
        let received = posted + town.rng.between(0, 1);
        papers.send(town, recipient, posted, received, received);
    }
}

/// Released with political rights to be deprived, and listed by a station within a week.
fn released(town: &mut Town) {
    let day = town.rng.between(FIRST_DAY - 250, LAST_DAY - 10);
    let years = town.rng.between(1, 4);
    let who = Release::new(town, day, years);
    who.papers(town);
    let listed = day + town.rng.between(1, 7);
    let (station, number) = who.list(town, listed, listed);
    if town.full() {
        who.told_of_end(town, station, &number, listed, who.end() + 1);
    }
}
