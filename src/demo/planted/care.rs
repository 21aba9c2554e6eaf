//! What the agency looks after while somebody serves outside: leave, the bracelet, health.

use super::super::acts::{self, CITY, OFFICE};
use super::super::days::{FIRST_DAY, LAST_DAY, roll};
use super::super::papers::Papers;
use super::super::people::Person;
use super::super::sentence::Sentence;
use super::super::town::{JUSTICE, Town};
use super::super::truth::Truth;
use super::outside::Outside;
use super::some_day;
use crate::types::{Day, add_months, date_text};

const OVERRUN: &str = "leave_overrun";
const BRACELET: &str = "monitor_over_limit";
/// Months for which a bracelet may be worn, and after which somebody ill is examined again.
const MONTHS: i64 = 3;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    for returned in [None, Some(9), Some(0)] {
        not_back(town, returned, truth);
    }
    granted_too_long(town, 8, OFFICE, "超过司法所可以批准的七日", truth);
    granted_too_long(town, 31, JUSTICE, "超过县级机构可以批准的三十日", truth);
    for off in [None, Some(10), Some(-2)] {
        bracelet(town, off, truth);
    }
    no_ground(town, truth);
    for late in [true, false] {
        not_examined(town, late, truth);
    }
}

/// Back, off and examined on the last lawful day.
pub fn lawful(town: &mut Town) {
    let who = Sentence::old(town);
    let from = some_day(town, 60);
    let to = from + 6;
    let row = acts::leave(town, &who.person, from, to, OFFICE);
    row.send(town, from);
    row.day("returned_date", roll(to)).send(town, roll(to));

    let who = Sentence::old(town);
    let on = some_day(town, 120);
    let row = acts::sanction(town, &who.person, "电子定位", on);
    row.send(town, on);
    let off = months_on(on);
    row.day("end_date", off).send(town, off);

    let who = Outside::before_the_year(town);
    let days = who.examinations(town);
    examine(town, &who.person, &days);
}

fn months_on(day: Day) -> Day {
    add_months(day, MONTHS).unwrap_or(day + 90)
}

/// Leave of five days, and no return; or one so many days after the last one, in time if 0 and then entered late.
fn not_back(town: &mut Town, returned: Option<i64>, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let from = some_day(town, 60);
    let due = roll(from + 4);
    let row = acts::leave(town, &who.person, from, from + 4, OFFICE);
    row.send(town, from);
    let clue = Truth::hint(OVERRUN, &format!("{JUSTICE}|{}|期满未见返回销假记录", row.cell("leave_no")), due + 1);
    match returned {
        None => truth.push(clue),
        Some(0) => {
            let entered = due + town.rng.between(2, 20);
            row.day("returned_date", due).send(town, entered);
            truth.push(clue.until(entered));
        }
        Some(late) => {
            row.day("returned_date", due + late).send(town, due + late);
            truth.push(clue);
        }
    }
}

/// For more days than who granted it may grant; back in time. The procuratorate has a copy of whatever is long.
fn granted_too_long(town: &mut Town, days: i64, approver: &str, what: &str, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let from = some_day(town, 80);
    let to = from + days - 1;
    let row = acts::leave(town, &who.person, from, to, approver);
    row.send(town, from);
    let number = row.cell("leave_no").to_string();
    Papers::of_correction("其他", &number, &who.person).tell(town, from + 1);
    row.day("returned_date", to).send(town, to);
    truth.push(Truth::hint(OVERRUN, &format!("{JUSTICE}|{number}|{what}"), from));
}

/// No day on which it came off; or one so many days after the last one: if that is before it, entered late.
fn bracelet(town: &mut Town, off: Option<i64>, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let on = some_day(town, 150);
    let row = acts::sanction(town, &who.person, "电子定位", on);
    row.send(town, on);
    let due = months_on(on);
    let clue = Truth::hint(BRACELET, &format!("{JUSTICE}|{}|超过期限", row.cell("sanction_no")), due + 1);
    match off {
        None => truth.push(clue),
        Some(late) if late > 0 => {
            row.day("end_date", due + late).send(town, due + late);
            truth.push(clue.sure(due + late));
        }
        Some(early) => {
            row.day("end_date", due + early).send(town, due + 9);
            truth.push(clue.until(due + 9));
        }
    }
}

/// Put on without a ground, which is entered weeks later.
fn no_ground(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let on = some_day(town, 60);
    let row = acts::sanction(town, &who.person, "电子定位", on).text("reason", "");
    row.send(town, on);
    let mended = on + town.rng.between(5, 30);
    let row = row.text("reason", "拟提请撤销缓刑");
    row.send(town, mended);
    row.clone().day("end_date", on + 60).send(town, on + 60);
    truth.push(Truth::hint(BRACELET, &format!("{JUSTICE}|{}|未载明五种法定情形之一", row.cell("sanction_no")), on).until(mended));
}

fn examine(town: &mut Town, person: &Person, days: &[Day]) {
    for day in days {
        acts::examined(town, person, *day).send(town, (*day).max(FIRST_DAY));
    }
}

/// One examination too late; or in time, in a row that is entered late.
fn not_examined(town: &mut Town, late: bool, truth: &mut Vec<Truth>) {
    let who = Outside::before_the_year(town);
    let mut days = who.examinations(town);
    let before = days[1];
    let due = roll(months_on(before));
    let entered = due + town.rng.between(3, 20);
    let done = if late { entered } else { due };
    days.truncate(2);
    examine(town, &who.person, &days);
    acts::examined(town, &who.person, done).send(town, entered);
    let mut next = done;
    while next <= LAST_DAY {
        next += 85;
        examine(town, &who.person, &[next]);
    }
    let clue = Truth::hint("medical_recheck_overdue", &format!("{JUSTICE}|{}|{}", who.number, date_text(before)), due + 1);
    truth.push(if late { clue } else { clue.until(entered) });
}

/// Leave of five weeks, which the city grants.
pub fn long_leave(town: &mut Town, person: &Person, from: Day) -> String {
    let to = from + 34;
    let row = acts::leave(town, person, from, to, CITY);
    row.send(town, from);
    row.clone().day("returned_date", to).send(town, to);
    row.cell("leave_no").to_string()
}
