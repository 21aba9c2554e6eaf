//! People who move to the neighbouring county: the file that is not sent, the person whom nobody takes in, or whom both keep.

use super::super::acts;
use super::super::days::roll;
use super::super::papers::Papers;
use super::super::row::Row;
use super::super::sentence::Sentence;
use super::super::town::{JUSTICE, NEIGHBOUR, NEIGHBOUR_COUNTY, Town};
use super::super::truth::Truth;
use super::some_day;
use crate::types::Day;

const GAP: &str = "place_change_gap";
/// Days in which the file is sent and the person reports at the new place, and for which both may keep the person.
const FILE: i64 = 5;
const REPORT: i64 = 7;
const BOTH: i64 = 30;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    file_not_sent(town, true, truth);
    file_not_sent(town, false, truth);
    not_taken_in(town, truth);
    kept_by_both(town, truth);
}

/// The file, the report and the end in the old register each on the last lawful day.
pub fn lawful(town: &mut Town) {
    let (who, decided) = moving(town, 70);
    let row = change(town, &who, decided);
    copied(town, &who, &row, decided);
    let sent = roll(decided + FILE);
    row.day("sent_date", sent).send(town, sent);
    let reported = roll(decided + REPORT);
    taken_in(town, &who, reported, reported);
    who.leave_register(town, "解矫", "变更执行地", reported + BOTH, reported + BOTH);
}

/// All in good time but for the copy for the procuratorate. Gives the number of the decision.
pub fn in_order(town: &mut Town, who: &Sentence, decided: Day) -> String {
    let row = change(town, who, decided);
    let number = row.cell("change_no").to_string();
    row.day("sent_date", decided + 2).send(town, decided + 2);
    taken_in(town, who, decided + 5, decided + 5);
    who.leave_register(town, "解矫", "变更执行地", decided + 5, decided + 5);
    number
}

fn moving(town: &mut Town, room: i64) -> (Sentence, Day) {
    let who = Sentence::old(town);
    (who, some_day(town, room))
}

fn change(town: &mut Town, who: &Sentence, decided: Day) -> Row {
    let row = acts::change_of_place(town, &who.person, decided);
    row.send(town, decided);
    row
}

fn copied(town: &mut Town, who: &Sentence, row: &Row, decided: Day) {
    Papers::of_correction("变更执行地文书", row.cell("change_no"), &who.person).tell(town, decided + 1);
}

fn taken_in(town: &mut Town, who: &Sentence, reported: Day, sent: Day) {
    let number = format!("迁{}", town.number());
    let row = who.register_row(&number, reported, None);
    let mut moved = Row::new("correction_person", "agency", NEIGHBOUR);
    for column in ["category", "case_no", "deciding_organ", "term_start", "term_end", "report_date", "register_date", "status"] {
        moved = moved.text(column, row.cell(column));
    }
    moved.text("corr_no", &number).who(&who.person).text("exec_county", NEIGHBOUR_COUNTY).send(town, sent);
}

fn key(row: &Row, stage: &str) -> String {
    format!("{JUSTICE}|{}|{stage}", row.cell("change_no"))
}

/// The file is sent late; or in time, in a row that is entered late.
fn file_not_sent(town: &mut Town, late: bool, truth: &mut Vec<Truth>) {
    let (who, decided) = moving(town, 70);
    let row = change(town, &who, decided);
    copied(town, &who, &row, decided);
    taken_in(town, &who, decided + 5, decided + 5);
    who.leave_register(town, "解矫", "变更执行地", decided + 5, decided + 5);
    let due = roll(decided + FILE);
    let entered = due + town.rng.between(3, 25);
    row.clone().day("sent_date", if late { entered } else { due }).send(town, entered);
    let clue = Truth::hint(GAP, &key(&row, "档案移交"), due + 1);
    truth.push(if late { clue } else { clue.until(entered) });
}

/// The person reports at the new place in time, and is entered there weeks later.
fn not_taken_in(town: &mut Town, truth: &mut Vec<Truth>) {
    let (who, decided) = moving(town, 70);
    let row = change(town, &who, decided);
    copied(town, &who, &row, decided);
    row.clone().day("sent_date", decided + 1).send(town, decided + 1);
    let due = roll(decided + REPORT);
    let entered = due + town.rng.between(3, 20);
    taken_in(town, &who, due, entered);
    who.leave_register(town, "解矫", "变更执行地", due, entered);
    truth.push(Truth::hint(GAP, &key(&row, "接收登记"), due + 1).until(entered));
}

/// Taken in, and not let go.
fn kept_by_both(town: &mut Town, truth: &mut Vec<Truth>) {
    let (who, decided) = moving(town, 90);
    let row = change(town, &who, decided);
    copied(town, &who, &row, decided);
    row.clone().day("sent_date", decided + 1).send(town, decided + 1);
    let reported = decided + 4;
    taken_in(town, &who, reported, reported);
    let opens = reported + BOTH + 1;
    let gone = opens + town.rng.between(3, 30);
    who.leave_register(town, "解矫", "变更执行地", gone, gone);
    truth.push(Truth::hint(GAP, &key(&row, "移出登记"), opens).until(gone));
}
