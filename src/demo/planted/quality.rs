//! What is wrong with the rows themselves, which the operator of the wider year asks to be shown: one number under two names, one matter
//! under two numbers, days that cannot be. Numbers that fail their check and cases that no court knows are planted here, too, but told by
//! `rows`, which reads everyday slips beside them.

use super::super::acts;
use super::super::penalty::{PETTY_ACT, Penalty};
use super::super::people::{Person, passes};
use super::super::release::Release;
use super::super::row::Row;
use super::super::sentence::Sentence;
use super::super::spelling;
use super::super::town::{COURT, JUSTICE, POLICE, STATIONS, Town};
use super::super::truth::Truth;
use super::some_day;
use crate::types::{Day, parse_date};

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    slipped(town);
    nobodys(town);
    court_behind(town);
    for mended in [true, false] {
        two_names(town, mended, truth);
        penalised_twice(town, mended, truth);
        listed_twice(town, mended, truth);
        measure_ends_before_it_begins(town, mended, truth);
    }
    registered_twice(town, truth);
    penalised_before_the_act(town, truth);
    of_another_century(town, truth);
}

/// As near to it as rows may come: the days of a measure and of an act are one, two penalties of one day are of two kinds, a number has
/// the form of before 1999, and the court's rows come on the day of the register's.
pub fn lawful(town: &mut Town) {
    let held = some_day(town, 60);
    let person = town.person();
    measure(town, &person, held, held).send(town, held);

    let who = Sentence::old(town);
    let decided = some_day(town, 60);
    for kind in ["罚款", "警告"] {
        petty(town, kind, decided).send(town, &who.person);
    }

    let effective = some_day(town, 60);
    let who = Sentence::in_order(town, effective, 2);
    let row = who.register_row(&who.number, who.reported, None);
    row.text("id_no", &spelling::of_15_digits(&who.person.id_no)).send(town, who.reported + 10);
}

/// The register's number is a slip away from the right one, until it is mended.
fn slipped(town: &mut Town) {
    let who = Sentence::old(town);
    let wrong = some_day(town, 60);
    let row = who.register_row(&who.number, who.reported, None);
    row.clone().text("id_no", &slip(town, &who.person.id_no)).send(town, wrong);
    let mended = wrong + town.rng.between(3, 40);
    row.send(town, mended);
}

/// Two slips in a number that stands nowhere else: nobody can say who is held.
fn nobodys(town: &mut Town) {
    let person = town.person();
    let once = slip(town, &person.id_no);
    let day = some_day(town, 30);
    acts::custody(town, &person, day).text("id_no", &twice(town, &once)).send(town, day);
}

fn slip(town: &mut Town, id_no: &str) -> String {
    loop {
        // One that ends in zeros would be taken for what a spreadsheet leaves of a number.
        let slipped = spelling::slip(id_no, &mut town.rng);
        if !slipped.ends_with("000") {
            return slipped;
        }
    }
}

/// A second slip may mend what the first one broke.
fn twice(town: &mut Town, once: &str) -> String {
    loop {
        let slipped = slip(town, once);
        if !passes(&slipped) {
            return slipped;
        }
    }
}

/// The court sends what it judged weeks after the agency registered the person.
fn court_behind(town: &mut Town) {
    let person = town.person();
    let effective = some_day(town, 60);
    let made = effective - 12;
    let case_no = town.case_no(made);
    let entered = effective + town.rng.between(15, 40);
    let who = Sentence::of(person, COURT, case_no, effective, 2, entered);
    who.papers(town);
    who.register(town, effective + 4, effective + 4);
    who.judged(town, made);
}

fn petty(town: &mut Town, kind: &'static str, decided: Day) -> Penalty {
    Penalty { act: PETTY_ACT, ..Penalty::new(town, kind, decided) }
}

/// Fined under another name for what nobody is asked about; or the police find out who it was.
fn two_names(town: &mut Town, mended: bool, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let other = Person { name: town.person().name, ..who.person.clone() };
    let decided = some_day(town, 60);
    let penalty = petty(town, "罚款", decided);
    penalty.send(town, &other);
    let clue = Truth::quality("name_conflict", &format!("{JUSTICE}|{}", who.number), decided);
    if !mended {
        return truth.push(clue);
    }
    let found = decided + town.rng.between(2, 40);
    penalty.send_as(town, &who.person, None, found);
    truth.push(clue.until(found));
}

/// The second of two numbers, as a clue names it.
fn double(relation: &str, agency: &str, one: &str, other: &str, opens: Day) -> Truth {
    Truth::quality("duplicate_row", &format!("{relation}|{agency}|{}", one.max(other)), opens)
}

/// One fine under two numbers; or one of them is annulled.
fn penalised_twice(town: &mut Town, mended: bool, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let decided = some_day(town, 60);
    let first = petty(town, "罚款", decided);
    let second = Penalty { number: town.decision_no(decided), ..first.clone() };
    first.send(town, &who.person);
    let again = decided + town.rng.between(0, 9);
    second.send_as(town, &who.person, None, again);
    let clue = double("admin_penalty", POLICE, &first.number, &second.number, again);
    if !mended {
        return truth.push(clue);
    }
    let annulled = again + town.rng.between(2, 40);
    second.send_as(town, &who.person, Some(annulled), annulled);
    truth.push(clue.until(annulled));
}

/// One term under two numbers of a list; or one of them is struck off.
fn listed_twice(town: &mut Town, mended: bool, truth: &mut Vec<Truth>) {
    let released = some_day(town, 90);
    let who = Release::new(town, released, 3);
    who.papers(town);
    let (station, again) = (STATIONS[0], released + town.rng.between(10, 30));
    let numbers = [format!("列{}", town.number()), format!("列{}", town.number())];
    who.list_as(town, station, &numbers[0], released + 3, released + 3);
    who.list_as(town, station, &numbers[1], released + 3, again);
    let clue = double("dpr_police_list", station, &numbers[0], &numbers[1], again);
    if !mended {
        return truth.push(clue);
    }
    let struck = again + town.rng.between(2, 40);
    who.listing(town, station, &numbers[1], released + 3).day("removed_date", struck).send(town, struck);
    truth.push(clue.until(struck));
}

/// One sentence under two numbers of the register.
fn registered_twice(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Sentence::old(town);
    let again = some_day(town, 30);
    let other = who.register(town, who.reported, again);
    truth.push(double("correction_person", JUSTICE, &who.number, &other, again));
}

/// Of somebody who is not in correction.
fn measure(town: &mut Town, person: &Person, from: Day, to: Day) -> Row {
    let number = town.measure_no(from);
    let row = Row::new("coercive_measure", "organ", POLICE).text("measure_no", &number).who(person).text("kind", "拘留");
    row.day("date", from).day("end_date", to).text("ground", "其他")
}

fn impossible(relation: &str, agency: &str, no: &str, what: &str, opens: Day) -> Truth {
    Truth::quality("impossible_date", &format!("{relation}|{agency}|{no}|{what}"), opens)
}

fn measure_ends_before_it_begins(town: &mut Town, mended: bool, truth: &mut Vec<Truth>) {
    let person = town.person();
    let taken = some_day(town, 60);
    let row = measure(town, &person, taken, taken - 1);
    row.send(town, taken);
    let clue = impossible("coercive_measure", POLICE, row.cell("measure_no"), "采取日期晚于解除日期", taken);
    if !mended {
        return truth.push(clue);
    }
    let found = taken + town.rng.between(2, 40);
    row.day("end_date", taken).send(town, found);
    truth.push(clue.until(found));
}

fn penalised_before_the_act(town: &mut Town, truth: &mut Vec<Truth>) {
    let person = town.person();
    let decided = some_day(town, 30);
    let penalty = Penalty { act_day: decided + 1, ..Penalty::new(town, "罚款", decided) };
    penalty.send(town, &person);
    truth.push(impossible("admin_penalty", POLICE, &penalty.number, "违法日期晚于决定日期", decided));
}

/// Held since 1922, until somebody looks at the row again.
fn of_another_century(town: &mut Town, truth: &mut Vec<Truth>) {
    let person = town.person();
    let held = some_day(town, 60);
    let row = acts::custody(town, &person, held);
    row.clone().day("in_date", parse_date("1922-03-04").unwrap_or_default()).send(town, held);
    let found = held + town.rng.between(2, 40);
    row.send(town, found);
    truth.push(impossible("custody", POLICE, row.cell("custody_no"), "入所日期不可能", held).until(found));
}
