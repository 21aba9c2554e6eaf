//! A paper that somebody must receive, and its entry in the recipient's ledger.

use super::people::Person;
use super::row::Row;
use super::town::{JUSTICE, POLICE, PROCURATORATE, Town, year};
use crate::types::Day;

pub struct Papers<'a> {
    pub doc_kind: &'static str,
    pub re_kind: &'static str,
    pub re_no: &'a str,
    pub sender: &'static str,
    pub person: &'a Person,
}

impl<'a> Papers<'a> {
    pub fn of_penalty(re_no: &'a str, person: &'a Person) -> Papers<'a> {
        Papers { doc_kind: "处罚决定通知", re_kind: "penalty", re_no, sender: POLICE, person }
    }

    pub fn of_measure(re_no: &'a str, person: &'a Person) -> Papers<'a> {
        Papers { doc_kind: "强制措施通知", re_kind: "measure", re_no, sender: POLICE, person }
    }

    /// About somebody in correction, by the number in the register or of an act.
    pub fn of_correction(doc_kind: &'static str, re_no: &'a str, person: &'a Person) -> Papers<'a> {
        Papers { doc_kind, re_kind: "correction", re_no, sender: JUSTICE, person }
    }

    /// The procuratorate is told on a day, and enters it.
    pub fn tell(&self, town: &mut Town, day: Day) {
        self.row(town, PROCURATORATE, day, day).send(town, day);
    }

    /// Posted, received, and entered by the recipient. An agency of correction sends a receipt back on the day on which papers of a case came.
    pub fn send(&self, town: &mut Town, recipient: &str, posted: Day, received: Day, entered: Day) {
        let row = self.row(town, recipient, posted, received);
        let acknowledges = town.full() && self.re_kind == "case" && recipient == JUSTICE;
        row.day_if("ack_date", acknowledges.then_some(received)).put(town, entered);
    }

    /// The entry in the recipient's ledger.
    pub fn row(&self, town: &mut Town, recipient: &str, posted: Day, received: Day) -> Row {
        let number = format!("收{}-{}", year(received), town.number());
        Row::new("document_receipt", "recipient", recipient)
            .text("receipt_no", &number)
            .text("doc_kind", self.doc_kind)
            .text("re_kind", self.re_kind)
            .text("re_no", self.re_no)
            .who(self.person)
            .text("sender", self.sender)
            .day("posted_date", posted)
            .day("received_date", received)
            .text("channel", "邮寄")
            .text("complete", "是")
    }
}
