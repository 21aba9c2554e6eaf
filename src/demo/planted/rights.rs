//! Released people deprived of political rights: on no list, listed late, papers that did not come.

use super::super::days::roll;
use super::super::release::Release;
use super::super::town::{POLICE, PRISON, PROCURATORATE, STATIONS, Town};
use super::super::truth::Truth;
use super::{POSTAL_MARGIN, some_day};
use crate::types::Day;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    for _ in 0..2 {
        not_listed(town, None, truth);
    }
    let late = town.rng.between(1, 30);
    not_listed(town, Some(late), truth);
    listed_late(town, truth);
    for recipient in [POLICE, PROCURATORATE] {
        papers_missing(town, recipient, truth);
    }
}

fn released(town: &mut Town, room: i64) -> Release {
    let day = some_day(town, room);
    let years = town.rng.between(2, 4);
    Release::new(town, day, years)
}

fn key(release: &Release) -> String {
    format!("{PRISON}|{}", release.number)
}

/// The days in which one reports are law that nobody verified: a hint.
fn due(release: &Release) -> Day {
    roll(release.released + 10)
}

/// On no list; or listed in time, in a row entered `late` days after the clue opened.
fn not_listed(town: &mut Town, late: Option<i64>, truth: &mut Vec<Truth>) {
    let who = released(town, 60);
    who.papers(town);
    let clue = Truth::hint("dpr_not_listed", &key(&who), due(&who) + 1);
    let Some(late) = late else { return truth.push(clue) };
    let entered = due(&who) + 1 + late;
    let listed = who.released + town.rng.between(1, 9);
    who.list(town, listed, entered);
    truth.push(clue.until(entered));
}

/// On no list until weeks later; then the station finds that it wrote down the wrong day.
fn listed_late(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = released(town, 90);
    who.papers(town);
    let (station, number) = (*town.rng.pick(&STATIONS), format!("列{}", town.number()));
    let listed = due(&who) + town.rng.between(2, 30);
    who.list_as(town, station, &number, listed, listed);
    let mended = listed + town.rng.between(2, 30);
    who.list_as(town, station, &number, who.released + 4, mended);
    truth.push(Truth::hint("dpr_not_listed", &key(&who), due(&who) + 1).until(listed));
    truth.push(Truth::hint("dpr_listed_late", &key(&who), listed).until(mended));
}

/// One recipient has nothing on the day of release; the other, and the list, are in order. That papers come a month before is law that nobody
/// verified, so there is a hint at once. That the police have them on the day of release is law; that the procuratorate gets a copy is not.
fn papers_missing(town: &mut Town, recipient: &str, truth: &mut Vec<Truth>) {
    let who = released(town, 70);
    let other = if recipient == POLICE { PROCURATORATE } else { POLICE };
    who.papers_to(town, other);
    who.list(town, who.released + 5, who.released + 5);
    let entered = who.released + town.rng.between(2, 40);
    who.paper().send(town, recipient, entered - 1, entered, entered);
    let rule = if recipient == POLICE { "dpr_docs_not_sent_to_police" } else { "dpr_docs_not_sent_to_procuratorate" };
    let clue = Truth {
        accuses: (recipient == POLICE).then_some(who.released + POSTAL_MARGIN + 1),
        ..Truth::hint(rule, &format!("{}|{recipient}", key(&who)), who.released)
    };
    truth.push(clue.until(entered));
}
