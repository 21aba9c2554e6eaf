//! Terms that are wrong: in the register, in the judgment, and probation for who may not have it.

use super::super::days::FIRST_DAY;
use super::super::papers::Papers;
use super::super::people::Person;
use super::super::row::Row;
use super::super::sentence::{DOCUMENTS, RECIPIENTS, Sentence};
use super::super::town::{COUNTY, COURT, JUSTICE, Town};
use super::super::truth::Truth;
use super::super::upkeep::MONTHLY;
use super::some_day;
use crate::types::{Day, add_months};

const WRONG: &str = "term_miscalculated";
/// Years after a term in which a new crime makes a recidivist.
const YEARS: i64 = 5;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    wrong_in_register(town, "届满", None, truth);
    wrong_in_register(town, "届满", Some(20), truth);
    wrong_in_register(town, "起算", Some(30), truth);
    out_of_range(town, truth);
    recidivist(town, None, truth);
    recidivist(town, Some(25), truth);
}

/// Probation as short as the law allows; a crime on the day after the fifth anniversary.
pub fn lawful(town: &mut Town) {
    let who = sentenced(town, "12", 1, FIRST_DAY - 400);
    who.register(town);
    let crime = FIRST_DAY - 500;
    let who = sentenced(town, "10", 2, crime);
    who.register(town);
    served_before(town, &who.sentence.person, add_months(crime - 1, -12 * YEARS).unwrap_or(crime));
}

/// The register counts ten days too many, or from three days too late; it is set right after some days, or not.
fn wrong_in_register(town: &mut Town, what: &str, mended: Option<i64>, truth: &mut Vec<Truth>) {
    let effective = some_day(town, 70);
    let who = Sentence::new(town, effective, 2, effective);
    who.papers(town);
    let (reported, number) = (effective + 4, format!("矫{}", town.number()));
    let right = who.register_row(&number, reported, None);
    let wrong = match what {
        "届满" => right.clone().day("term_end", who.end() + 10),
        // Its end follows from its beginning.
        _ => right.clone().day("term_start", effective + 3).day("term_end", who.end() + 3),
    };
    wrong.send(town, reported);
    town.keep(&who.person, JUSTICE, reported, who.end(), MONTHLY);
    let key = format!("{COURT}|{}|1|{JUSTICE}|{what}", who.case_no);
    let clue = if what == "届满" { Truth::violation(WRONG, &key, reported) } else { Truth::hint(WRONG, &key, reported) };
    let Some(days) = mended else { return truth.push(clue) };
    right.send(town, reported + days);
    truth.push(clue.until(reported + days));
}

/// A sentence to probation of which every number is chosen.
struct Chosen {
    sentence: Sentence,
    row: Row,
}

/// By the court of the county, for fraud begun and ended on a day, with effect in the year.
fn sentenced(town: &mut Town, months: &str, years: i64, crime: Day) -> Chosen {
    let effective = some_day(town, 70);
    let (person, made) = (of_age(town), effective - 12);
    let case_no = town.case_no(made);
    let sentence = Sentence::of(person, COURT, case_no, effective, years, effective);
    let row = judged(town, &sentence.case_no, &sentence.person, made, crime)
        .text("category", "缓刑")
        .text("main_months", months)
        .text("probation_years", &years.to_string())
        .day("served_date", made + 1)
        .day("effective_date", effective);
    row.put(town, effective);
    for recipient in RECIPIENTS {
        for doc_kind in DOCUMENTS {
            let re_no = &sentence.case_no;
            let paper = Papers { doc_kind, re_kind: "case", re_no, sender: COURT, person: &sentence.person };
            paper.send(town, recipient, effective + 1, effective + 2, effective + 2);
        }
    }
    Chosen { sentence, row }
}

/// Somebody who was of age at any crime that is planted.
fn of_age(town: &mut Town) -> Person {
    loop {
        let person = town.person();
        if &person.id_no[6..10] < "1990" {
            return person;
        }
    }
}

/// The case, and the beginning of the row of the person.
fn judged(town: &mut Town, case_no: &str, person: &Person, made: Day, crime: Day) -> Row {
    let case = Row::new("judgment", "court", COURT).text("case_no", case_no).text("level", "基层").text("instance", "1");
    case.text("doc_kind", "判决").day("made_date", made).text("appealed", "否").put(town, made + 12);
    Row::new("judgment_person", "court", COURT)
        .text("case_no", case_no)
        .text("defendant", "1")
        .who(person)
        .text("crime", "诈骗")
        .text("main_penalty", "有期徒刑")
        .day("crime_start", crime)
        .day("crime_end", crime)
        .text("exec_county", COUNTY)
}

impl Chosen {
    fn register(&self, town: &mut Town) {
        let reported = self.sentence.effective + 3;
        self.sentence.register(town, reported, reported);
    }

    fn key(&self) -> String {
        format!("{COURT}|{}|1", self.sentence.case_no)
    }
}

/// Probation shorter than the term that it suspends; the court sends the right number of years later.
fn out_of_range(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = sentenced(town, "18", 1, FIRST_DAY - 400);
    who.register(town);
    let mended = who.sentence.effective + town.rng.between(5, 30);
    who.row.clone().text("main_months", "8").send(town, mended);
    let key = format!("{}|{COURT}|幅度", who.key());
    truth.push(Truth::violation(WRONG, &key, who.sentence.effective).until(mended));
}

/// Three years for theft, served to that day.
fn served_before(town: &mut Town, person: &Person, released: Day) -> Row {
    let made = released - 900;
    let case_no = town.case_no(made);
    let row = judged(town, &case_no, person, made, made - 100)
        .text("crime", "盗窃")
        .text("category", "监禁")
        .text("main_years", "3")
        .day("served_date", made + 1)
        .day("effective_date", made + 12)
        .day("released_date", released);
    row.put(town, made);
    row
}

/// Out of prison for four years at the day of the new crime; as it turns out, for six.
fn recidivist(town: &mut Town, mended: Option<i64>, truth: &mut Vec<Truth>) {
    let crime = FIRST_DAY - town.rng.between(300, 500);
    let who = sentenced(town, "10", 2, crime);
    who.register(town);
    let old = served_before(town, &who.sentence.person, crime - 4 * 365);
    let clue = Truth::violation("recidivist_probation", &who.key(), who.sentence.effective);
    let Some(days) = mended else { return truth.push(clue) };
    let day = who.sentence.effective + days;
    old.day("released_date", crime - 6 * 366).send(town, day);
    truth.push(clue.until(day));
}
