//! Ends of correction: nobody is told, too early, too late; and people in the register who are inside or dead.

use super::super::acts;
use super::super::days::{FIRST_DAY, LAST_DAY, roll};
use super::super::papers::Papers;
use super::super::sentence::Sentence;
use super::super::town::{JUSTICE, PROCURATORATE, Town};
use super::super::truth::Truth;
use super::some_day;
use crate::types::Day;

/// Days that settings give: to tell, to let go, and in which a register need not know of custody and of death.
const TELL: i64 = 5;
const LET_GO: i64 = 5;
const INSIDE: i64 = 30;
const DEAD: i64 = 7;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    for told in [None, Some(10)] {
        end_not_told(town, told, truth);
        death_not_told(town, told, truth);
    }
    too_early(town, truth);
    too_late(town, true, truth);
    too_late(town, false, truth);
    inside(town, true, truth);
    inside(town, false, truth);
    dead(town, truth);
}

/// Told, let go, out and noted as dead on the last day.
pub fn lawful(town: &mut Town) {
    let who = ending(town, 40);
    let end = who.end();
    who.register_as(town, &who.number, who.reported, Some(end), end + 1);
    who.over(town, &who.number, roll(end + TELL));

    let who = ending(town, 40);
    let gone = roll(who.end() + LET_GO);
    who.register_as(town, &who.number, who.reported, Some(gone), gone);
    who.over(town, &who.number, gone + 1);

    let who = Sentence::old(town);
    let from = some_day(town, 60);
    let row = acts::custody(town, &who.person, from);
    row.send(town, from);
    row.day("out_date", from + INSIDE).send(town, from + INSIDE);

    let who = Sentence::old(town);
    let day = some_day(town, 40);
    acts::death(town, &who.person, day).send(town, day + 1);
    let noted = day + DEAD;
    who.leave_register(town, "终止", "死亡", day, noted);
    Papers::of_correction("终止通知", &who.number, &who.person).tell(town, roll(day + TELL));
}

/// A year of probation that ends so many days before the year does, or more.
fn ending(town: &mut Town, room: i64) -> Sentence {
    let end = town.rng.between(FIRST_DAY + 40, LAST_DAY - room);
    Sentence::until(town, end)
}

fn key(who: &Sentence) -> String {
    format!("{JUSTICE}|{}", who.number)
}

/// The procuratorate is told so many days after the clue opens, or never.
fn tell(town: &mut Town, who: &Sentence, doc_kind: &'static str, clue: Truth, told: Option<i64>) -> Truth {
    let Some(days) = told else { return clue };
    let day = clue.opens + days;
    Papers::of_correction(doc_kind, &who.number, &who.person).tell(town, day);
    clue.until(day)
}

fn end_not_told(town: &mut Town, told: Option<i64>, truth: &mut Vec<Truth>) {
    let who = ending(town, 60);
    let end = who.end();
    who.register_as(town, &who.number, who.reported, Some(end), end + 1);
    let clue = Truth::hint("release_docs_missing", &format!("{}|{PROCURATORATE}", key(&who)), roll(end + TELL) + 1);
    truth.push(tell(town, &who, "解除通知", clue, told));
}

fn death_not_told(town: &mut Town, told: Option<i64>, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let day = some_day(town, 60);
    acts::death(town, &who.person, day).send(town, day + 1);
    who.leave_register(town, "终止", "死亡", day, day + 1);
    let clue = Truth::hint("end_docs_missing", &format!("{}|{PROCURATORATE}", key(&who)), roll(day + TELL) + 1);
    truth.push(tell(town, &who, "终止通知", clue, told));
}

/// Let go months before the last day: a slip, as it turns out, for the term goes on.
fn too_early(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let day = some_day(town, 60);
    let row = who.register_row(&who.number, who.reported, Some(day));
    row.send(town, day + 1);
    who.over(town, &who.number, day + 2);
    let mended = day + town.rng.between(5, 30);
    who.register_as(town, &who.number, who.reported, None, mended);
    truth.push(Truth::violation("end_before_term", &key(&who), day + 1).until(mended));
}

/// Let go weeks after the last day; or in time, in a row that is entered late.
fn too_late(town: &mut Town, late: bool, truth: &mut Vec<Truth>) {
    let who = ending(town, 70);
    let due = roll(who.end() + LET_GO);
    let entered = due + town.rng.between(3, 30);
    let gone = if late { entered } else { due };
    who.register_as(town, &who.number, who.reported, Some(gone), entered);
    who.over(town, &who.number, gone.max(entered - 1));
    let clue = Truth::hint("end_after_term", &key(&who), due + 1);
    truth.push(if late { clue } else { clue.until(entered) });
}

/// Held for longer than the register need not know; let out, or not.
fn inside(town: &mut Town, let_out: bool, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let from = some_day(town, 90);
    let row = acts::custody(town, &who.person, from);
    row.send(town, from);
    let clue = Truth::quality("registered_but_in_custody", &key(&who), from + INSIDE + 1);
    if !let_out {
        return truth.push(clue);
    }
    let out: Day = clue.opens + town.rng.between(3, 40);
    row.day("out_date", out).send(town, out);
    // On the day itself the person was inside.
    truth.push(clue.until(out + 1));
}

/// Dead, of which the procuratorate is told, and in the register for weeks.
fn dead(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let day = some_day(town, 60);
    acts::death(town, &who.person, day).send(town, day + 1);
    Papers::of_correction("终止通知", &who.number, &who.person).tell(town, day + 2);
    let clue = Truth::quality("registered_but_dead", &key(&who), day + DEAD + 1);
    let noted = clue.opens + town.rng.between(3, 30);
    who.leave_register(town, "终止", "死亡", day, noted);
    truth.push(clue.until(noted));
}
