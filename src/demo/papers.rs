//! A paper that somebody must receive, and its entry in the recipient's ledger.

use super::people::Person;
use super::town::{POLICE, Town, year};
use crate::types::{Day, date_text};

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

    /// Posted, received, and entered by the recipient.
    pub fn send(&self, town: &mut Town, recipient: &str, posted: Day, received: Day, entered: Day) {
        let number = format!("收{}-{}", year(received), town.number());
        let (posted, received) = (date_text(posted), date_text(received));
        let cells = [
            ("recipient", recipient),
            ("receipt_no", &number),
            ("doc_kind", self.doc_kind),
            ("re_kind", self.re_kind),
            ("re_no", self.re_no),
            ("id_no", &self.person.id_no),
            ("name", &self.person.name),
            ("sender", self.sender),
            ("posted_date", &posted),
            ("received_date", &received),
            ("channel", "邮寄"),
            ("complete", "是"),
        ];
        town.send(entered, recipient, "document_receipt", &cells);
    }
}
