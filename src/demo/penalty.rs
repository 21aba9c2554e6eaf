//! Decisions of the county's police against a person: penalties and coercive measures.

use super::people::Person;
use super::town::{POLICE, Town};
use crate::types::{Day, date_text};

/// An act that the list `petty` names: nobody is asked about it.
pub const PETTY_ACT: &str = "机动车违规停放";
pub const ACTS: [&str; 6] = ["殴打他人", "赌博", "盗窃", "阻碍执行职务", "寻衅滋事", "饮酒驾驶"];

#[derive(Clone)]
pub struct Penalty {
    pub number: String,
    pub kind: &'static str,
    pub act: &'static str,
    pub act_day: Day,
    pub days: &'static str,
    pub amount: &'static str,
    pub decided: Day,
}

impl Penalty {
    /// For something done within the last days.
    pub fn new(town: &mut Town, kind: &'static str, decided: Day) -> Penalty {
        let (number, act) = (town.decision_no(decided), *town.rng.pick(&ACTS));
        let act_day = decided - town.rng.between(0, 3);
        Penalty { number, kind, act, act_day, days: "", amount: "", decided }
    }

    /// A detention for some days, and a fine beside it.
    pub fn detention(town: &mut Town, decided: Day, days: &'static str, amount: &'static str) -> Penalty {
        Penalty { days, amount, ..Penalty::new(town, "行政拘留", decided) }
    }

    pub fn send(&self, town: &mut Town, person: &Person) {
        self.send_as(town, person, None, self.decided);
    }

    /// As it stands on a day, when it may have been annulled.
    pub fn send_as(&self, town: &mut Town, person: &Person, annulled: Option<Day>, sent: Day) {
        let (day, act_day) = (date_text(self.decided), date_text(self.act_day));
        let annulled = annulled.map(date_text).unwrap_or_default();
        let cells = [
            ("organ", POLICE),
            ("decision_no", &self.number),
            ("id_no", &person.id_no),
            ("name", &person.name),
            ("kind", self.kind),
            ("act", self.act),
            ("act_date", &act_day),
            ("days", self.days),
            ("amount", self.amount),
            ("decision_date", &day),
            ("executed", "已执行"),
            ("annulled_date", &annulled),
        ];
        town.send(sent, POLICE, "admin_penalty", &cells);
    }
}

/// A coercive measure for a crime that is new or was not known. Gives its number.
pub fn measure(town: &mut Town, person: &Person, kind: &str, ground: &str, taken: Day) -> String {
    let (number, day) = (town.measure_no(taken), date_text(taken));
    let cells = [
        ("organ", POLICE),
        ("measure_no", &number),
        ("id_no", &person.id_no),
        ("name", &person.name),
        ("kind", kind),
        ("date", &day),
        ("ground", ground),
    ];
    town.send(taken, POLICE, "coercive_measure", &cells);
    number
}
