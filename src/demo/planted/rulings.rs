//! Proposals to revoke and to arrest, rulings on them, and who is not taken in afterwards.

use super::super::acts;
use super::super::days::roll;
use super::super::papers::Papers;
use super::super::row::Row;
use super::super::sentence::Sentence;
use super::super::town::{COURT, JUSTICE, POLICE, PROCURATORATE, Town};
use super::super::truth::Truth;
use super::{POSTAL_MARGIN, some_day};
use crate::types::Day;

const REVOKE: &str = "撤销缓刑";
/// Days in which a court rules, and decides on an arrest (48 hours); for which somebody is held before a ruling; and in which who was revoked
/// is inside.
const RULED: i64 = 30;
const DECIDED: i64 = 2;
const HELD: i64 = 30;
const INSIDE: i64 = 10;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    for ruled in [None, Some(0), Some(4), Some(15)] {
        not_ruled(town, ruled, truth);
    }
    for decided in [None, Some(0)] {
        arrest_not_decided(town, decided, truth);
        held_without_ruling(town, decided, truth);
    }
    for taken_in in [None, Some(0), Some(12)] {
        not_inside(town, taken_in, truth);
    }
}

/// Ruled, decided and taken in on the last day.
pub fn lawful(town: &mut Town) {
    let (who, row, received) = proposed(town, REVOKE, 60);
    let ruled = roll(received + RULED);
    row.day("ruled_date", ruled).text("result", "准许").send(town, ruled);
    let inside = roll(ruled + INSIDE);
    revoked(town, &who, ruled);
    acts::custody(town, &who.person, inside).send(town, inside);

    let (_, row, received) = proposed(town, "逮捕", 60);
    let decided = received + DECIDED;
    row.day("ruled_date", decided).text("result", "不准许").send(town, decided);
}

/// Sent, copied, and there two days later.
fn proposed(town: &mut Town, kind: &str, room: i64) -> (Sentence, Row, Day) {
    let who = Sentence::old(town);
    let sent = some_day(town, room);
    let row = acts::proposal(town, &who.person, kind, sent);
    row.send(town, sent);
    acts::copy_proposal(town, &who.person, &row, sent + 1);
    let received = sent + 2;
    let row = row.day("received_date", received);
    row.send(town, received);
    (who, row, received)
}

/// Gone from the register, and the procuratorate has the ruling.
fn revoked(town: &mut Town, who: &Sentence, day: Day) {
    who.leave_register(town, "终止", "撤销缓刑", day, day);
    let paper =
        Papers { doc_kind: "终止通知", re_kind: "correction", re_no: &who.number, sender: COURT, person: &who.person };
    paper.row(town, PROCURATORATE, day + 1, day + 2).send(town, day + 2);
}

/// No ruling; or one so many days after the last one, or in time and entered late if 0.
fn not_ruled(town: &mut Town, ruled: Option<i64>, truth: &mut Vec<Truth>) {
    let (_, row, received) = proposed(town, REVOKE, 80);
    let due = roll(received + RULED);
    let clue = Truth::missing("ruling_overdue", &format!("{JUSTICE}|{}", row.cell("proposal_no")), due, POSTAL_MARGIN);
    ruling_came(town, row, clue, due, ruled, truth);
}

fn arrest_not_decided(town: &mut Town, decided: Option<i64>, truth: &mut Vec<Truth>) {
    let (_, row, received) = proposed(town, "逮捕", 60);
    let due = received + DECIDED;
    let key = format!("{JUSTICE}|{}|逮捕决定", row.cell("proposal_no"));
    ruling_came(town, row, Truth::missing("arrest_decision_overdue", &key, due, POSTAL_MARGIN), due, decided, truth);
}

/// A ruling that is late accuses from the day on which it is known.
fn ruling_came(town: &mut Town, row: Row, clue: Truth, due: Day, ruled: Option<i64>, truth: &mut Vec<Truth>) {
    match ruled {
        None => truth.push(clue),
        Some(0) => {
            let entered = due + town.rng.between(3, 20);
            row.day("ruled_date", due).text("result", "不准许").send(town, entered);
            truth.push(clue.until(entered));
        }
        Some(late) => {
            row.day("ruled_date", due + late).text("result", "不准许").send(town, due + late);
            truth.push(clue.sure(due + late));
        }
    }
}

/// Arrested, and nobody rules on the proposal to revoke within thirty days; or somebody does, and that is entered late.
fn held_without_ruling(town: &mut Town, ruled: Option<i64>, truth: &mut Vec<Truth>) {
    let (who, row, received) = proposed(town, "逮捕", 90);
    let decided = received + 1;
    row.clone().day("ruled_date", decided).text("result", "准许").send(town, decided);
    let arrested = decided + 1;
    let number = town.measure_no(arrested);
    Row::new("coercive_measure", "organ", POLICE)
        .text("measure_no", &number)
        .who(&who.person)
        .text("kind", "逮捕")
        .day("date", arrested)
        .text("ground", "其他")
        .send(town, arrested);
    let due = arrested + HELD;
    let key = format!("{JUSTICE}|{}|撤销、收监的裁定决定", row.cell("proposal_no"));
    let clue = Truth::missing("arrest_decision_overdue", &key, due, POSTAL_MARGIN);
    if ruled.is_none() {
        return truth.push(clue);
    }
    // Proposed beside the arrest, and ruled on before the thirty days of both were over.
    let entered = due + town.rng.between(3, 20);
    let other = acts::proposal(town, &who.person, REVOKE, arrested);
    acts::copy_proposal(town, &who.person, &other, arrested + 1);
    let ruling = other.day("received_date", arrested + 1).day("ruled_date", due - 2).text("result", "不准许");
    ruling.send(town, entered);
    truth.push(clue.until(entered));
}

/// Revoked, and in no custody; or taken in so many days after the last one, or in time and entered late if 0.
fn not_inside(town: &mut Town, taken_in: Option<i64>, truth: &mut Vec<Truth>) {
    let (who, row, received) = proposed(town, REVOKE, 90);
    let ruled = received + 15;
    row.clone().day("ruled_date", ruled).text("result", "准许").send(town, ruled);
    revoked(town, &who, ruled);
    let due = roll(ruled + INSIDE);
    let clue = Truth::hint("revoked_not_in_custody", &format!("{JUSTICE}|{}|0", row.cell("proposal_no")), due + 1);
    match taken_in {
        None => truth.push(clue),
        Some(0) => {
            let entered = due + town.rng.between(3, 20);
            acts::custody(town, &who.person, due).send(town, entered);
            truth.push(clue.until(entered));
        }
        Some(late) => {
            acts::custody(town, &who.person, due + late).send(town, due + late);
            truth.push(clue);
        }
    }
}
