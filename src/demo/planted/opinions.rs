//! What becomes of the procuratorate's own opinions: unanswered, not mended, mended and again, and so many that they are a pattern.

use super::super::acts;
use super::super::days::{FIRST_DAY, LAST_DAY, roll};
use super::super::row::Row;
use super::super::town::{COURT, JUSTICE, POLICE, PRISON, PROCURATORATE, Town};
use super::super::truth::Truth;
use super::{POSTAL_MARGIN, some_day};
use crate::types::{Day, add_months};

const UNANSWERED: &str = "opinion_unanswered";
const NOTICE: &str = "纠正违法通知书";
const SUGGESTION: &str = "检察建议";
const ORAL: &str = "口头";
/// Days in which what was said by word of mouth is mended; months in which a suggestion is answered.
const MENDED: i64 = 7;
const MONTHS: i64 = 2;
/// What happens once more after the prison mended it: planted once a year, by the file on rights.
const AGAIN: &str = "dpr_docs_not_sent_to_procuratorate";

/// After everything else that is planted: what happens again is looked up there.
pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    for replied in [None, Some(0), Some(4), Some(12)] {
        notice_unanswered(town, replied, truth);
    }
    suggestion_unanswered(town, truth);
    for written in [None, Some(9)] {
        oral_not_mended(town, written, truth);
    }
    again(town, truth);
    pattern(town, truth);
}

/// Answered and mended on the last day.
pub fn lawful(town: &mut Town) {
    let issued = some_day(town, 60);
    let due = roll(issued + 15);
    let row = acts::opinion(town, NOTICE, POLICE, issued).day("reply_due", issued + 15);
    row.send(town, issued);
    row.day("replied", due).send(town, due);

    let row = acts::opinion(town, ORAL, COURT, issued);
    row.send(town, issued);
    let due = roll(issued + MENDED);
    row.day("rectified", due).send(town, due);
}

fn key(row: &Row) -> String {
    format!("{PROCURATORATE}|{}", row.cell("corrective_no"))
}

/// No reply; or one so many days after the last one, or in time and entered late if 0. Within the margin it may have been posted in time.
fn notice_unanswered(town: &mut Town, replied: Option<i64>, truth: &mut Vec<Truth>) {
    let issued = some_day(town, 70);
    let row = acts::opinion(town, NOTICE, POLICE, issued).day("reply_due", issued + 20);
    row.send(town, issued);
    let due = roll(issued + 20);
    let clue = Truth::missing(UNANSWERED, &key(&row), due, POSTAL_MARGIN);
    match replied {
        None => truth.push(clue),
        Some(0) => {
            let entered = due + town.rng.between(3, 20);
            row.day("replied", due).send(town, entered);
            truth.push(clue.until(entered));
        }
        Some(late) => {
            row.day("replied", due + late).send(town, due + late);
            truth.push(if late > POSTAL_MARGIN { clue } else { Truth::hint(UNANSWERED, &clue.key, due + 1) });
        }
    }
}

/// Two months are law that nobody verified.
fn suggestion_unanswered(town: &mut Town, truth: &mut Vec<Truth>) {
    let issued = some_day(town, 100);
    let row = acts::opinion(town, SUGGESTION, COURT, issued).day("received_date", issued + 3);
    row.send(town, issued + 3);
    let due = roll(add_months(issued + 3, MONTHS).unwrap_or(issued + 63));
    truth.push(Truth::hint(UNANSWERED, &key(&row), due + 1));
}

/// Not mended, and never put in writing; or put in writing so many days after the clue opens.
fn oral_not_mended(town: &mut Town, written: Option<i64>, truth: &mut Vec<Truth>) {
    let issued = some_day(town, 60);
    let row = acts::opinion(town, ORAL, JUSTICE, issued);
    row.send(town, issued);
    let clue = Truth::hint("oral_opinion_not_mended", &key(&row), roll(issued + MENDED) + 1);
    let Some(days) = written else { return truth.push(clue) };
    let day = clue.opens + days;
    acts::opinion(town, "纠正意见", JUSTICE, day).text("earlier_no", row.cell("corrective_no")).send(town, day);
    truth.push(clue.until(day));
}

/// The prison said that it mended its ways, and the same happens again: for as long as that clue holds.
fn again(town: &mut Town, truth: &mut Vec<Truth>) {
    let row = acts::opinion(town, NOTICE, PRISON, FIRST_DAY + 3).text("rule", AGAIN);
    row.clone().day("rectified", FIRST_DAY + 20).send(town, FIRST_DAY + 20);
    let again = truth.iter().filter(|clue| clue.rule == AGAIN).map(|clue| Truth {
        rule: "recurrence_after_correction",
        key: key(&row),
        accuses: None,
        ..clue.clone()
    });
    let again: Vec<Truth> = again.collect();
    truth.extend(again);
}

/// Three notices on one thing within the year, until a suggestion is made, which is answered.
fn pattern(town: &mut Town, truth: &mut Vec<Truth>) {
    const RULE: &str = "detention_notice_late";
    let first = some_day(town, 200);
    let days: [Day; 3] = [first, first + 10, first + 25];
    for day in days {
        acts::opinion(town, NOTICE, POLICE, day).text("rule", RULE).send(town, day);
    }
    let suggested = (days[2] + town.rng.between(5, 60)).min(LAST_DAY - 30);
    let row = acts::opinion(town, SUGGESTION, POLICE, suggested).text("rule", RULE).day("received_date", suggested);
    row.send(town, suggested);
    row.day("replied", suggested + 20).send(town, suggested + 20);
    truth.push(Truth::hint("agency_pattern", &format!("{POLICE}|{RULE}"), days[2]).until(suggested));
}
