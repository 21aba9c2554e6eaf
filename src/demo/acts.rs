//! Rows of what is done while somebody is supervised, each as it is when it is in order and with a number of its own.

use super::papers::Papers;
use super::people::Person;
use super::row::Row;
use super::town::{COUNTY, COURT, JUSTICE, NEIGHBOUR_COUNTY, POLICE, PROCURATORATE, Town};
use crate::types::Day;

/// Who grants leave of a week at most, and who grants any.
pub const OFFICE: &str = "城关司法所";
pub const CITY: &str = "石城市司法局";

/// 表扬, 训诫, 警告, 提请治安处罚 and the like, copied to the procuratorate on the day.
pub fn sanction(town: &mut Town, person: &Person, kind: &str, day: Day) -> Row {
    let number = format!("奖惩{}", town.number());
    let row = Row::new("sanction", "agency", JUSTICE).text("sanction_no", &number).who(person).text("kind", kind);
    row.day("date", day).text("reason", "表现考核").day("copied_date", day)
}

/// The agency answers what was done wrong, where somebody asks whether it did.
pub fn admonish(town: &mut Town, person: &Person, day: Day) {
    if town.full() {
        sanction(town, person, "训诫", day).send(town, day);
    }
}

/// Leave of some days from one on.
pub fn leave(town: &mut Town, person: &Person, from: Day, to: Day, approver: &str) -> Row {
    let number = format!("假{}", town.number());
    let row = Row::new("leave", "agency", JUSTICE).text("leave_no", &number).who(person);
    row.day("from_date", from).day("to_date", to).text("approver", approver)
}

pub fn stay(town: &mut Town, person: &Person, place: &str, day: Day, kind: &str) -> Row {
    let number = format!("宿{}", town.number());
    let row = Row::new("stay", "agency", POLICE).text("stay_no", &number).who(person);
    row.text("place", place).day("from_day", day).text("kind", kind)
}

pub fn custody(town: &mut Town, person: &Person, from: Day) -> Row {
    let number = format!("押{}", town.number());
    Row::new("custody", "agency", POLICE).text("custody_no", &number).who(person).day("in_date", from).text("kind", "看守所")
}

pub fn death(town: &mut Town, person: &Person, day: Day) -> Row {
    let number = format!("亡{}", town.number());
    Row::new("death", "agency", JUSTICE).text("death_no", &number).who(person).day("date", day)
}

pub fn examined(town: &mut Town, person: &Person, day: Day) -> Row {
    let number = format!("诊{}", town.number());
    Row::new("medical_report", "agency", JUSTICE).text("report_no", &number).who(person).day("date", day)
}

/// To the court, of which the procuratorate has no copy yet.
pub fn proposal(town: &mut Town, person: &Person, kind: &str, sent: Day) -> Row {
    let number = format!("提请{}", town.number());
    let row = Row::new("proposal", "agency", JUSTICE).text("proposal_no", &number).who(person).text("kind", kind);
    row.day("sent_date", sent).text("to_organ", COURT)
}

/// A copy of a proposal at the procuratorate.
pub fn copy_proposal(town: &mut Town, person: &Person, row: &Row, day: Day) {
    Papers::of_correction("其他", row.cell("proposal_no"), person).tell(town, day);
}

/// A proposal that is copied, arrives, and is turned down within the thirty days.
pub fn proposal_in_order(town: &mut Town, person: &Person, kind: &str, sent: Day) {
    let row = proposal(town, person, kind, sent);
    row.send(town, sent);
    copy_proposal(town, person, &row, sent + 2);
    let row = row.day("received_date", sent + 2);
    row.send(town, sent + 2);
    row.day("ruled_date", sent + 20).text("result", "不准许").send(town, sent + 20);
}

/// To the neighbouring county.
pub fn change_of_place(town: &mut Town, person: &Person, decided: Day) -> Row {
    let number = format!("变更{}", town.number());
    let row = Row::new("place_change", "agency", JUSTICE).text("change_no", &number).who(person);
    row.text("from_county", COUNTY).text("to_county", NEIGHBOUR_COUNTY).day("decided_date", decided)
}

/// An opinion of the procuratorate to an agency.
pub fn opinion(town: &mut Town, kind: &str, agency: &str, issued: Day) -> Row {
    let number = format!("检纠〔{}〕{}号", super::town::year(issued), town.number());
    let row = Row::new("corrective", "procuratorate", PROCURATORATE).text("corrective_no", &number);
    row.text("kind", kind).text("agency", agency).day("issued", issued)
}
