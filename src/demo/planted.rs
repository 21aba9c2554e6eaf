//! What the agencies got wrong, and what must therefore be found: nine people never registered, a detention nobody was told of, a notice
//! that came late, two released people on no list; and two failures that only looked like it until the record came.

use super::Truth;
use super::days::{FIRST_DAY, roll};
use super::routine::{Corrected, Papers, Penalty};
use super::town::{COUNTY, COURT, JUSTICE, POLICE, PRISON, PROCURATORATE, Town};
use crate::types::{Day, date_text};

/// 2022-07-13, a Wednesday: three days later is a Saturday, so the notice is due on Monday 07-18.
const WU_DECISION: Day = 19_186;
/// Days after the due day up to which a missing registration may still be on its way.
const GRACE: i64 = 5;
/// A paper on its way is not missing beyond doubt for so many days.
const POSTAL_MARGIN: i64 = 7;

pub fn plant(town: &mut Town) -> Vec<Truth> {
    let mut truth = Vec::new();
    wu(town, &mut truth);
    late_notice(town, &mut truth);
    entered_late(town, &mut truth);
    for _ in 0..9 {
        never_registered(town, None, &mut truth);
    }
    let late = town.rng.between(3, 20);
    never_registered(town, Some(late), &mut truth);
    for _ in 0..2 {
        not_listed(town, &mut truth);
    }
    truth
}

/// A day of decision well inside the half year, so that all that follows from it happens before the end.
fn some_day(town: &mut Town, last: i64) -> Day {
    FIRST_DAY + town.rng.between(14, last)
}

/// Detained for ten days and fined, and nobody sent the notice: one clue per recipient.
fn wu(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Corrected::before(town);
    let penalty = Penalty { kind: "行政拘留", days: "10", amount: "500", decided: WU_DECISION };
    let number = penalty.send(town, &who.person);
    let opens = roll(WU_DECISION + 3) + 1;
    for recipient in [JUSTICE, PROCURATORATE] {
        truth.push(notice("detention_notice_missing", &number, recipient, opens, None));
    }
}

fn notice(rule: &'static str, number: &str, recipient: &str, opens: Day, closes: Option<Day>) -> Truth {
    Truth { rule, key: format!("{POLICE}|{number}|{recipient}|{COUNTY}"), level: "violation", opens, closes }
}

/// The procuratorate is told in time, the correction agency weeks later: missing until then, late from then on.
fn late_notice(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Corrected::before(town);
    let decided = some_day(town, 110);
    let penalty = Penalty { kind: "行政拘留", days: "5", amount: "", decided };
    let number = penalty.send(town, &who.person);
    let due = roll(decided + 3);
    Papers::of_penalty(&number, &who.person).send(town, PROCURATORATE, decided + 1, decided + 2, decided + 2);
    let came = due + POSTAL_MARGIN + town.rng.between(3, 25);
    Papers::of_penalty(&number, &who.person).send(town, JUSTICE, came - 1, came, came);
    truth.push(notice("detention_notice_missing", &number, JUSTICE, due + 1, Some(came)));
    truth.push(notice("detention_notice_late", &number, JUSTICE, came, None));
}

/// Both are told in time, but one of the papers is entered only later: missing until then, and nobody's fault in the end.
fn entered_late(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Corrected::before(town);
    let decided = some_day(town, 110);
    let penalty = Penalty { kind: "行政拘留", days: "7", amount: "200", decided };
    let number = penalty.send(town, &who.person);
    let due = roll(decided + 3);
    Papers::of_penalty(&number, &who.person).send(town, JUSTICE, decided + 1, decided + 2, decided + 2);
    let entered = due + POSTAL_MARGIN + town.rng.between(2, 20);
    Papers::of_penalty(&number, &who.person).send(town, PROCURATORATE, decided + 2, due + 2, entered);
    truth.push(notice("detention_notice_missing", &number, PROCURATORATE, due + 1, Some(entered)));
}

/// A sentence in force with its papers at every recipient, and no registration; or one dated in time and sent `late` days too late.
fn never_registered(town: &mut Town, late: Option<i64>, truth: &mut Vec<Truth>) {
    let effective = some_day(town, 140);
    let due = roll(effective + 10);
    let who = Corrected::sentenced(town, effective, effective);
    who.papers(town);
    let opens = due + GRACE + 1;
    let closes = late.map(|days| opens + days);
    if let Some(day) = closes {
        who.register(town, effective + 6, day);
    }
    let key = format!("{COURT}|{}|1", who.case_no);
    truth.push(Truth { rule: "never_registered", key, level: "violation", opens, closes });
}

/// Released with political rights still to be deprived for years, and on no list of the police. The limit is law that nobody verified:
/// a hint.
fn not_listed(town: &mut Town, truth: &mut Vec<Truth>) {
    let released = some_day(town, 150);
    let (person, number) = (town.person(), format!("释{}", town.number()));
    let day = date_text(released);
    let cells = [
        ("prison", PRISON),
        ("release_no", &number),
        ("id_no", &person.id_no),
        ("name", &person.name),
        ("dpr_years", if town.rng.chance(500) { "2" } else { "3" }),
        ("dpr_months", "0"),
        ("release_kind", "刑满"),
        ("release_date", &day),
        ("county", COUNTY),
    ];
    town.send(released, PRISON, "dpr_release", &cells);
    let key = format!("{PRISON}|{number}");
    truth.push(Truth { rule: "dpr_not_listed", key, level: "hint", opens: roll(released + 10) + 1, closes: None });
}
