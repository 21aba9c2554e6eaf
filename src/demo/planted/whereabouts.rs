//! People of whom nobody hears, and people seen where they may not be.

use super::super::acts::{self, OFFICE};
use super::super::days::{LAST_DAY, roll};
use super::super::sentence::Sentence;
use super::super::town::{COUNTY, JUSTICE, POLICE, Town};
use super::super::truth::Truth;
use super::{POSTAL_MARGIN, register, some_day};
use crate::types::{Day, date_text};

const SILENT: &str = "off_supervision";
const MONTH_OFF: &str = "off_over_month_no_proposal";
/// Days that are usual after a report, and after a device was heard of; days that make a month; days in which something should follow.
const USUAL: i64 = 31;
const LOCATED: i64 = 1;
const MONTH: i64 = 31;
const WITHIN: i64 = 30;
/// Another city, and the county's own.
const ELSEWHERE: &str = "659999";

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    silent(town, truth);
    device(town, truth);
    month_off(town, false, truth);
    month_off(town, true, truth);
    month_late(town, truth);
    stayed(town, "住宿", None, truth);
    let late = town.rng.between(10, 20);
    stayed(town, "出行", Some(late), truth);
    stayed(town, "定位", None, truth);
}

/// Heard of on the last day that is usual; elsewhere on the last day of leave.
pub fn lawful(town: &mut Town) {
    let who = Sentence::old(town);
    let last = some_day(town, 60);
    town.upkeep.silence(&who.person, last, "电话", Some(last + USUAL));

    let who = Sentence::old(town);
    let day = some_day(town, 40);
    acts::leave(town, &who.person, day - 4, day, OFFICE).day("returned_date", day).send(town, day);
    acts::stay(town, &who.person, ELSEWHERE, day, "住宿").send(town, day + 1);
    acts::stay(town, &who.person, COUNTY, day + 10, "住宿").send(town, day + 11);
}

fn key(who: &Sentence, since: Day) -> String {
    format!("{JUSTICE}|{}|{}", who.number, date_text(since))
}

/// Nobody hears of one for up to two months, of another to the end of the year.
fn silent(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let last = some_day(town, 120);
    let again = last + town.rng.between(USUAL + 9, USUAL + MONTH);
    town.upkeep.silence(&who.person, last, "走访", Some(again));
    truth.push(Truth::hint(SILENT, &key(&who, last), last + USUAL + 1).until(again));

    let who = Sentence::old(town);
    let last = town.rng.between(LAST_DAY - USUAL - MONTH - WITHIN, LAST_DAY - 45);
    town.upkeep.silence(&who.person, last, "走访", None);
    truth.push(Truth::hint(SILENT, &key(&who, last), last + USUAL + 1));
}

/// The last sign is that of a device, after which a day is usual.
fn device(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let last = some_day(town, 60);
    let again = last + town.rng.between(5, 19);
    town.upkeep.silence(&who.person, last, "电子定位", Some(again));
    truth.push(Truth::hint(SILENT, &key(&who, last), last + LOCATED + 1).until(again));
}

/// Silent for more than a month over what is usual, and nobody proposes to revoke; or somebody does, after a while.
fn month_off(town: &mut Town, proposed: bool, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let last = some_day(town, 170);
    let opens = last + USUAL + MONTH + WITHIN + 1;
    let again = opens + town.rng.between(5, 30);
    town.upkeep.silence(&who.person, last, "电话", Some(again));
    truth.push(Truth::hint(SILENT, &key(&who, last), last + USUAL + 1).until(again));
    let clue = Truth::hint(MONTH_OFF, &key(&who, last), opens);
    if !proposed {
        return truth.push(clue);
    }
    let sent = opens + town.rng.between(3, 20);
    acts::proposal_in_order(town, &who.person, "撤销缓刑", sent);
    truth.push(clue.until(sent));
}

/// Late with the report for more than a month; warned for it, and not proposed.
fn month_late(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = register::sentence(town, 100);
    let due = roll(who.effective + 10);
    let reported = due + town.rng.between(MONTH + 1, MONTH + 10);
    let number = who.register(town, reported, reported);
    acts::sanction(town, &who.person, "警告", reported + 2).send(town, reported + 2);
    let case = register::key(&who);
    truth.push(Truth::violation("never_registered", &case, due + register::GRACE + 1).until(reported));
    truth.push(Truth::violation("reported_late", &case, reported));
    truth.push(Truth::hint(MONTH_OFF, &format!("{JUSTICE}|{number}|{}", date_text(due)), reported + WITHIN + 1));
}

/// In another city without leave; or with leave that is entered `late` days after. A place that a device reported never accuses.
fn stayed(town: &mut Town, kind: &str, late: Option<i64>, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let day = some_day(town, 40);
    let row = acts::stay(town, &who.person, ELSEWHERE, day, kind);
    row.send(town, day + 1);
    let key = format!("{POLICE}|{}|{COUNTY}", row.cell("stay_no"));
    let clue = match kind {
        "定位" => Truth::hint("left_without_leave", &key, day + 1),
        _ => Truth::missing("left_without_leave", &key, day, POSTAL_MARGIN),
    };
    let Some(late) = late else { return truth.push(clue) };
    acts::leave(town, &who.person, day - 2, day + 2, OFFICE).day("returned_date", day + 2).send(town, day + late);
    truth.push(clue.until(day + late));
}
