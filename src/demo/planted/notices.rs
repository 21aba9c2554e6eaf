//! Papers of the court of which the twelve kinds say nothing: copies for the police, notices of effect, receipts, papers from another place.

use super::super::days::roll;
use super::super::papers::Papers;
use super::super::sentence::{DOCUMENTS, Sentence};
use super::super::town::{COURT, JUSTICE, NEIGHBOUR_COURT, POLICE, PROCURATORATE, Town};
use super::super::truth::Truth;
use super::court_papers::sentence;
use super::{POSTAL_MARGIN, some_day};
use crate::types::{Day, date_text};

/// Days that a notice of effect, a receipt and the forwarding of papers take at most.
const NOTICE: i64 = 5;
const RECEIPT: i64 = 5;
const FORWARDING: i64 = 10;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    not_copied(town, None, truth);
    let late = town.rng.between(1, 25);
    not_copied(town, Some(late), truth);
    told_late(town, None, truth);
    let found = town.rng.between(4, 20);
    told_late(town, Some(found), truth);
    unacknowledged(town, None, truth);
    let late = town.rng.between(3, 20);
    unacknowledged(town, Some(late), truth);
    forwarded(town, 20, Some(truth));
}

/// Everything on the last lawful day.
pub fn lawful(town: &mut Town) {
    let who = sentence(town, 40, |recipient, _| recipient == POLICE);
    let due = roll(who.effective + 10);
    who.paper(DOCUMENTS[0]).send(town, POLICE, due, due + 1, due + 1);

    let who = late_papers(town);
    let due = roll(who.effective + NOTICE);
    notice(&who).send(town, JUSTICE, due, due, due);

    let who = sentence(town, 40, |recipient, _| recipient == JUSTICE);
    let received = who.effective + 3;
    let [row, _] = DOCUMENTS.map(|document| {
        let row = who.paper(document).row(town, JUSTICE, received - 1, received);
        row.send(town, received);
        row
    });
    let due = roll(received + RECEIPT);
    row.day("ack_date", due).send(town, due);

    forwarded(town, 0, None);
}

/// Nothing at the police; or everything, in time, and entered `late` days after the clue opened.
fn not_copied(town: &mut Town, late: Option<i64>, truth: &mut Vec<Truth>) {
    let who = sentence(town, 60, |recipient, _| recipient == POLICE);
    let due = roll(who.effective + 10);
    let key = format!("{COURT}|{}|{POLICE}", who.case_no);
    let clue = Truth::missing("docs_not_copied_to_police", &key, due, POSTAL_MARGIN);
    let Some(late) = late else { return truth.push(clue) };
    let entered = due + 1 + late;
    who.paper(DOCUMENTS[0]).send(town, POLICE, who.effective + 1, who.effective + 2, entered);
    truth.push(clue.until(entered));
}

/// The papers come the day after the last one for a notice, and in time as papers.
fn late_papers(town: &mut Town) -> Sentence {
    loop {
        let who = sentence(town, 60, |recipient, _| recipient == JUSTICE);
        let came = roll(who.effective + NOTICE) + 1;
        let in_time = came <= who.effective + 10;
        // Days of rest may push the notice to the last day for papers: then the papers come before it, and another sentence is taken.
        let came = if in_time { came } else { who.effective + NOTICE };
        for document in DOCUMENTS {
            who.paper(document).send(town, JUSTICE, came, came, came);
        }
        if in_time {
            return who;
        }
    }
}

fn notice(who: &Sentence) -> Papers<'_> {
    Papers { doc_kind: "生效通知", ..who.paper(DOCUMENTS[0]) }
}

/// No notice; or one that came in time and is found days later.
fn told_late(town: &mut Town, found: Option<i64>, truth: &mut Vec<Truth>) {
    let who = late_papers(town);
    let opens = roll(who.effective + NOTICE) + 1;
    let clue = Truth::hint("effective_notice_late", &format!("{COURT}|{}|1|{JUSTICE}", who.case_no), opens);
    let Some(found) = found else { return truth.push(clue) };
    notice(&who).send(town, JUSTICE, who.effective + 1, who.effective + 2, opens + found);
    truth.push(clue.until(opens + found));
}

/// No receipt for the papers of a case; or one that is entered days after the clue opened.
fn unacknowledged(town: &mut Town, late: Option<i64>, truth: &mut Vec<Truth>) {
    let who = sentence(town, 60, |recipient, _| recipient == JUSTICE);
    let received = who.effective + 4;
    let rows = DOCUMENTS.map(|document| who.paper(document).row(town, JUSTICE, received - 1, received));
    rows.iter().for_each(|row| row.send(town, received));
    let key = format!("{JUSTICE}|{COURT}|{}|{}", who.case_no, date_text(received));
    let clue = Truth::hint("receipt_not_returned", &key, roll(received + RECEIPT) + 1);
    let Some(late) = late else { return truth.push(clue) };
    let back = clue.opens + late;
    let [row, _] = rows;
    row.day("ack_date", back).send(town, back);
    truth.push(clue.until(back));
}

/// A court elsewhere sends its papers to the agency, which forwards them to the police in time and to the procuratorate `late` days after the
/// last one.
fn forwarded(town: &mut Town, late: i64, truth: Option<&mut Vec<Truth>>) {
    let effective: Day = some_day(town, 60);
    let who = Sentence::by(town, NEIGHBOUR_COURT, effective, 2, effective);
    let (received, reported) = (effective + 4, effective + 5);
    for document in DOCUMENTS {
        who.paper(document).send(town, JUSTICE, effective + 2, received, received);
    }
    let number = who.register(town, reported, reported);
    who.register_row(&number, reported, None).day("docs_received_date", received).send(town, reported);
    let due = roll(received + FORWARDING);
    let forward = Papers { sender: JUSTICE, ..who.paper(DOCUMENTS[0]) };
    forward.send(town, POLICE, due, due, due);
    forward.send(town, PROCURATORATE, due + late, due + late, due + late);
    if let Some(truth) = truth {
        let key = format!("{NEIGHBOUR_COURT}|{}|{PROCURATORATE}", who.case_no);
        truth.push(Truth::hint("docs_not_copied_to_procuratorate", &key, due + 1).until(due + late));
    }
}
