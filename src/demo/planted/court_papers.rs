//! Papers of the court: one kind never served on the correction agency, one late, one found later; none copied to the procuratorate.

use super::super::days::roll;
use super::super::sentence::{DOCUMENTS, Sentence};
use super::super::town::{COURT, JUSTICE, PROCURATORATE, Town};
use super::super::truth::Truth;
use super::{POSTAL_MARGIN, some_day};
use crate::types::Day;

const NOT_RECEIVED: &str = "docs_not_received_by_cca";
const LATE: &str = "docs_late_to_cca";
const NOT_COPIED: &str = "docs_not_copied_to_procuratorate";

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    never_served(town, truth);
    served_late(town, truth);
    late_until_another_is_found(town, truth);
    entered_late(town, truth);
    not_copied(town, None, truth);
    let late = town.rng.between(1, 25);
    not_copied(town, Some(late), truth);
}

/// Registered in time; of the papers, those that are `held` are not served.
pub fn sentence(town: &mut Town, room: i64, held: impl Fn(&str, &str) -> bool) -> Sentence {
    let effective = some_day(town, room);
    let years = town.rng.between(1, 3);
    let mut sentence = Sentence::new(town, effective, years, effective);
    sentence.papers_but(town, held);
    sentence.reported = effective + town.rng.between(2, 8);
    sentence.number = sentence.register(town, sentence.reported, sentence.reported);
    sentence
}

fn without(town: &mut Town, room: i64) -> (Sentence, &'static str) {
    let document = *town.rng.pick(&DOCUMENTS);
    (sentence(town, room, |recipient, kind| recipient == JUSTICE && kind == document), document)
}

fn due(sentence: &Sentence) -> Day {
    roll(sentence.effective + 10)
}

fn key(sentence: &Sentence, document: &str) -> String {
    format!("{COURT}|{}|1|{JUSTICE}|{document}", sentence.case_no)
}

fn missing(sentence: &Sentence, document: &str) -> Truth {
    Truth::missing(NOT_RECEIVED, &key(sentence, document), due(sentence), POSTAL_MARGIN)
}

fn never_served(town: &mut Town, truth: &mut Vec<Truth>) {
    let (who, document) = without(town, 60);
    truth.push(missing(&who, document));
}

fn served_late(town: &mut Town, truth: &mut Vec<Truth>) {
    let (who, document) = without(town, 80);
    let posted = due(&who) + town.rng.between(1, 30);
    who.paper(document).send(town, JUSTICE, posted, posted + 1, posted + 1);
    truth.push(missing(&who, document).until(posted + 1));
    truth.push(Truth::violation(LATE, &key(&who, document), posted + 1));
}

/// The late paper was a second copy: the first is found in another department.
fn late_until_another_is_found(town: &mut Town, truth: &mut Vec<Truth>) {
    let (who, document) = without(town, 100);
    let posted = due(&who) + town.rng.between(1, 20);
    who.paper(document).send(town, JUSTICE, posted, posted + 2, posted + 2);
    let found = posted + 2 + town.rng.between(1, 30);
    who.paper(document).send(town, JUSTICE, who.effective + 2, who.effective + 3, found);
    truth.push(missing(&who, document).until(posted + 2));
    truth.push(Truth::violation(LATE, &key(&who, document), posted + 2).until(found));
}

/// Posted in time, entered after the last day.
fn entered_late(town: &mut Town, truth: &mut Vec<Truth>) {
    let (who, document) = without(town, 60);
    let entered = due(&who) + town.rng.between(2, 30);
    who.paper(document).send(town, JUSTICE, who.effective + 8, who.effective + 10, entered);
    truth.push(missing(&who, document).until(entered));
}

/// Nothing at the procuratorate; or everything, in time, and entered `late` days after the clue opened.
fn not_copied(town: &mut Town, late: Option<i64>, truth: &mut Vec<Truth>) {
    let who = sentence(town, 60, |recipient, _| recipient == PROCURATORATE);
    let key = format!("{COURT}|{}|{PROCURATORATE}", who.case_no);
    let clue = Truth::missing(NOT_COPIED, &key, due(&who), POSTAL_MARGIN);
    let Some(late) = late else { return truth.push(clue) };
    let entered = due(&who) + 1 + late;
    for document in DOCUMENTS {
        who.paper(document).send(town, PROCURATORATE, who.effective + 1, who.effective + 2, entered);
    }
    truth.push(clue.until(entered));
}
