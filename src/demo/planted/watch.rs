//! People on the list of the police: never announced, never visited, for the wrong time, not told that it is over; and those sentenced to
//! nothing else, of whom the court tells nobody. At one station the same thing goes wrong again and again.

use super::super::days::{FIRST_DAY, LAST_DAY, roll};
use super::super::papers::Papers;
use super::super::people::Person;
use super::super::release::Release;
use super::super::row::Row;
use super::super::town::{COUNTY, COURT, NEW_STATION, POLICE, PROCURATORATE, STATIONS, Town};
use super::super::truth::Truth;
use super::super::upkeep::SELDOM;
use super::{POSTAL_MARGIN, some_day};
use crate::types::{Day, add_months};

const OFF: &str = "dpr_off_supervision";
/// Days in which the person is told of the deprivation, and of its end; months in which somebody reports or visits.
const ANNOUNCED: i64 = 30;
const TOLD: i64 = 10;
const MONTHS: i64 = 6;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    never_announced(town, STATIONS[0], false, truth);
    never_announced(town, STATIONS[1], true, truth);
    not_visited(town, truth);
    wrong_term(town, false, truth);
    wrong_term(town, true, truth);
    end_not_told(town, false, truth);
    end_not_told(town, true, truth);
    nothing_else(town, PROCURATORATE, false, truth);
    nothing_else(town, POLICE, true, truth);
    pattern(town, truth);
}

/// Announced, visited and told on the last day; papers on the last day.
pub fn lawful(town: &mut Town) {
    let (who, listed) = listed_in_year(town, 70);
    let number = format!("列{}", town.number());
    let row = who.listing(town, STATIONS[2], &number, listed).text("announced_date", "");
    row.send(town, listed);
    let due = roll(listed + ANNOUNCED);
    row.day("announced_date", due).send(town, due);
    town.keep(&who.person, STATIONS[2], listed, who.end(), SELDOM);

    let (who, number, listed) = ending(town, STATIONS[3]);
    who.told_of_end(town, STATIONS[3], &number, listed, roll(who.end() + TOLD));

    let (case_no, person, effective) = sole(town, 40);
    let due = roll(effective + 10);
    for recipient in [POLICE, PROCURATORATE] {
        of_case(&case_no, &person).send(town, recipient, due, due + 1, due + 1);
    }
}

/// Released in the year with all papers, and listed within a week.
fn listed_in_year(town: &mut Town, room: i64) -> (Release, Day) {
    let released = some_day(town, room);
    let who = Release::new(town, released, 3);
    who.papers(town);
    (who, released + town.rng.between(2, 6))
}

fn key(station: &str, number: &str, what: &str) -> String {
    format!("{station}|{number}|{what}")
}

/// Not told of it; or told in time, in a row that is entered late.
fn never_announced(town: &mut Town, station: &str, entered_late: bool, truth: &mut Vec<Truth>) {
    let (who, listed) = listed_in_year(town, 90);
    let number = format!("列{}", town.number());
    let row = who.listing(town, station, &number, listed).text("announced_date", "");
    row.send(town, listed);
    town.keep(&who.person, station, listed, who.end(), SELDOM);
    let due = roll(listed + ANNOUNCED);
    let clue = Truth::hint(OFF, &key(station, &number, "宣布"), due + 1);
    if !entered_late {
        return truth.push(clue);
    }
    let entered = due + town.rng.between(3, 30);
    row.day("announced_date", due - 2).send(town, entered);
    truth.push(clue.until(entered));
}

/// Neither a report nor a visit for more than six months, and then one.
fn not_visited(town: &mut Town, truth: &mut Vec<Truth>) {
    let released = FIRST_DAY - town.rng.between(10, 60);
    let who = Release::new(town, released, 3);
    who.papers(town);
    let (listed, number) = (released + 4, format!("列{}", town.number()));
    who.list_as(town, STATIONS[2], &number, listed, listed);
    let last = FIRST_DAY + town.rng.between(20, 60);
    let due = roll(add_months(last, MONTHS).unwrap_or(last + 184));
    let again = due + town.rng.between(5, 40);
    town.upkeep.silence(&who.person, last, "走访", Some(again));
    truth.push(Truth::hint(OFF, &key(STATIONS[2], &number, "报告或者走访"), due + 1).until(again));
}

/// The list has a day that does not follow from the release; it is set right, or not.
fn wrong_term(town: &mut Town, mended: bool, truth: &mut Vec<Truth>) {
    let (who, listed) = listed_in_year(town, 60);
    let number = format!("列{}", town.number());
    let right = who.listing(town, STATIONS[0], &number, listed);
    right.clone().day("dpr_end", who.end() + 366).send(town, listed);
    town.keep(&who.person, STATIONS[0], listed, who.end(), SELDOM);
    let clue = Truth::violation("dpr_term_wrong", &format!("{}|{number}", STATIONS[0]), listed);
    if !mended {
        return truth.push(clue);
    }
    let day = listed + town.rng.between(5, 40);
    right.send(town, day);
    truth.push(clue.until(day));
}

/// Deprived for a year that ends in this one.
fn ending(town: &mut Town, station: &str) -> (Release, String, Day) {
    let end = town.rng.between(FIRST_DAY + 40, LAST_DAY - 60);
    let released = add_months(end + 1, -12).unwrap_or(end - 364);
    let who = Release::new(town, released, 1);
    who.papers(town);
    let (listed, number) = (released + 3, format!("列{}", town.number()));
    who.list_as(town, station, &number, listed, listed);
    (who, number, listed)
}

/// Nobody tells the person that it is over; or somebody does in time, in a row that is entered late.
fn end_not_told(town: &mut Town, entered_late: bool, truth: &mut Vec<Truth>) {
    let (who, number, listed) = ending(town, STATIONS[1]);
    let due = roll(who.end() + TOLD);
    let clue = Truth::missing("dpr_expiry_notice_missing", &format!("{}|{number}", STATIONS[1]), due, POSTAL_MARGIN);
    if !entered_late {
        return truth.push(clue);
    }
    let entered = due + town.rng.between(3, 30);
    who.listing(town, STATIONS[1], &number, listed).day("expiry_notice_date", due).send(town, entered);
    truth.push(clue.until(entered));
}

/// Sentenced to deprivation alone.
fn sole(town: &mut Town, room: i64) -> (String, Person, Day) {
    let effective = some_day(town, room);
    let (person, made) = (town.person(), effective - 12);
    let case_no = town.case_no(made);
    let case = Row::new("judgment", "court", COURT).text("case_no", &case_no).text("level", "基层").text("instance", "1");
    case.text("doc_kind", "判决").day("made_date", made).text("appealed", "否").send(town, effective);
    Row::new("judgment_person", "court", COURT)
        .text("case_no", &case_no)
        .text("defendant", "1")
        .who(&person)
        .text("category", "单处剥权")
        .text("crime", "寻衅滋事")
        .text("dpr_years", "1")
        .day("served_date", made + 1)
        .day("effective_date", effective)
        .text("exec_county", COUNTY)
        .send(town, effective);
    (case_no, person, effective)
}

fn of_case<'a>(case_no: &'a str, person: &'a Person) -> Papers<'a> {
    Papers { doc_kind: "判决书", re_kind: "case", re_no: case_no, sender: COURT, person }
}

/// One recipient has no papers; or late ones.
fn nothing_else(town: &mut Town, recipient: &str, late: bool, truth: &mut Vec<Truth>) {
    let (case_no, person, effective) = sole(town, 60);
    let other = if recipient == POLICE { PROCURATORATE } else { POLICE };
    let paper = of_case(&case_no, &person);
    paper.send(town, other, effective + 2, effective + 3, effective + 3);
    let due = roll(effective + 10);
    let clue = Truth::missing("dpr_sole_docs_late", &format!("{COURT}|{case_no}|1|{recipient}"), due, POSTAL_MARGIN);
    if !late {
        return truth.push(clue);
    }
    let came = due + town.rng.between(3, 20);
    paper.send(town, recipient, came - 1, came, came);
    truth.push(clue.sure(came));
}

/// At the new station nobody is ever told: five of six. The days for telling and for visiting are twelve events, five of which went wrong.
fn pattern(town: &mut Town, truth: &mut Vec<Truth>) {
    let mut fifth = 0;
    for n in 0..6 {
        let released = FIRST_DAY + 40 + 15 * n + town.rng.between(0, 9);
        let who = Release::new(town, released, 3);
        who.papers(town);
        let (listed, number) = (released + 3, format!("列{}", town.number()));
        let row = who.listing(town, NEW_STATION, &number, listed);
        town.keep(&who.person, NEW_STATION, listed, who.end(), SELDOM);
        if n == 0 {
            row.send(town, listed);
            continue;
        }
        row.text("announced_date", "").send(town, listed);
        fifth = roll(listed + ANNOUNCED) + 1;
        truth.push(Truth::hint(OFF, &key(NEW_STATION, &number, "宣布"), fifth));
    }
    truth.push(Truth::hint("agency_pattern", &format!("{NEW_STATION}|{OFF}"), fifth));
}
