//! A sentence to prison: no business of correction, but for the day of the crime.

use super::people::Person;
use super::sentence::CRIMES;
use super::town::{COUNTY, COURT, Town};
use crate::types::{Day, date_text};

pub struct Conviction {
    pub case_no: String,
    pub committed: Day,
    crime: &'static str,
    made: Day,
    effective: Day,
}

impl Conviction {
    pub fn new(town: &mut Town, effective: Day, committed: Day) -> Conviction {
        let (made, crime) = (effective - town.rng.between(11, 14), *town.rng.pick(&CRIMES));
        Conviction { case_no: town.case_no(made), committed, crime, made, effective }
    }

    pub fn send(&self, town: &mut Town, person: &Person, sent: Day) {
        let day = date_text(self.made);
        let case = [
            ("court", COURT),
            ("case_no", &self.case_no),
            ("level", "基层"),
            ("instance", "1"),
            ("doc_kind", "判决"),
            ("made_date", &day),
            ("appealed", "否"),
        ];
        town.send(sent, COURT, "judgment", &case);
        self.send_person(town, person, sent);
    }

    pub fn send_person(&self, town: &mut Town, person: &Person, sent: Day) {
        let (committed, served, effective) = (date_text(self.committed), date_text(self.made + 1), date_text(self.effective));
        let cells = [
            ("court", COURT),
            ("case_no", &self.case_no),
            ("defendant", "1"),
            ("id_no", &person.id_no),
            ("name", &person.name),
            ("category", "监禁"),
            ("crime", self.crime),
            ("main_penalty", "有期徒刑"),
            ("main_years", "3"),
            ("crime_start", &committed),
            ("crime_end", &committed),
            ("served_date", &served),
            ("effective_date", &effective),
            ("exec_county", COUNTY),
        ];
        town.send(sent, COURT, "judgment_person", &cells);
    }
}
