//! Copies for the procuratorate of what is done while somebody is supervised: of a reward, an admonition, long leave, a move, a proposal.

use super::super::acts;
use super::super::days::{FIRST_DAY, LAST_DAY, roll};
use super::super::papers::Papers;
use super::super::row::Row;
use super::super::sentence::Sentence;
use super::super::town::{JUSTICE, PROCURATORATE, Town};
use super::super::truth::Truth;
use super::{care, moves, some_day};
use crate::types::Day;

/// Days that a setting gives where the law says 及时.
const GRACE: i64 = 5;

/// Fewer than five hold at once: five are a pattern.
pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let day = some_day(town, 40);
    let row = uncopied(town, &who, "表扬", day);
    truth.push(clue("奖惩决定", row.cell("sanction_no"), day));

    let who = Sentence::old(town);
    let day = town.rng.between(FIRST_DAY + 30, FIRST_DAY + 90);
    let row = uncopied(town, &who, "训诫", day);
    copied_late(town, &who, ("奖惩决定", "奖惩抄送"), row.cell("sanction_no"), day, truth);

    let who = Sentence::old(town);
    let day = town.rng.between(FIRST_DAY + 130, FIRST_DAY + 190);
    let number = care::long_leave(town, &who.person, day);
    copied_late(town, &who, ("三十日以上请假", "其他"), &number, day, truth);

    let who = Sentence::old(town);
    let day = town.rng.between(FIRST_DAY + 225, FIRST_DAY + 250);
    let number = moves::in_order(town, &who, day);
    copied_late(town, &who, ("变更执行地决定", "变更执行地文书"), &number, day, truth);

    let who = Sentence::old(town);
    let day = town.rng.between(FIRST_DAY + 285, LAST_DAY - 45);
    let row = acts::proposal(town, &who.person, "撤销缓刑", day);
    row.send(town, day);
    let row = row.day("received_date", day + 2);
    row.send(town, day + 2);
    row.clone().day("ruled_date", day + 20).text("result", "不准许").send(town, day + 20);
    copied_late(town, &who, ("提请撤销、收监建议", "其他"), row.cell("proposal_no"), day, truth);
}

/// Copied on the last day; leave of thirty days, which needs no copy.
pub fn lawful(town: &mut Town) {
    let who = Sentence::old(town);
    let day = some_day(town, 60);
    let row = uncopied(town, &who, "表扬", day);
    Papers::of_correction("奖惩抄送", row.cell("sanction_no"), &who.person).tell(town, roll(day + GRACE));

    let who = Sentence::old(town);
    let leave = acts::leave(town, &who.person, day, day + 29, acts::CITY);
    leave.send(town, day);
    leave.day("returned_date", day + 29).send(town, day + 29);
}

fn uncopied(town: &mut Town, who: &Sentence, kind: &str, day: Day) -> Row {
    let row = acts::sanction(town, &who.person, kind, day).text("copied_date", "");
    row.send(town, day);
    row
}

fn clue(what: &str, number: &str, day: Day) -> Truth {
    Truth::hint("supervision_docs_missing", &format!("{JUSTICE}|{what}|{number}|{PROCURATORATE}"), roll(day + GRACE) + 1)
}

fn copied_late(
    town: &mut Town,
    who: &Sentence,
    (what, doc_kind): (&str, &'static str),
    number: &str,
    day: Day,
    truth: &mut Vec<Truth>,
) {
    let clue = clue(what, number, day);
    let copied = clue.opens + town.rng.between(2, 20);
    Papers::of_correction(doc_kind, number, &who.person).tell(town, copied);
    truth.push(clue.until(copied));
}
