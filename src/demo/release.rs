//! Somebody released from prison while deprived of political rights: the prison's row and papers, the list of the police.

use super::papers::Papers;
use super::people::Person;
use super::row::Row;
use super::town::{COUNTY, POLICE, PRISON, PROCURATORATE, STATIONS, Town};
use super::upkeep::SELDOM;
use crate::types::{Day, date_text, term_end};

pub struct Release {
    pub person: Person,
    pub number: String,
    pub released: Day,
    pub years: i64,
}

impl Release {
    /// The prison's row, sent on the day of release.
    pub fn new(town: &mut Town, released: Day, years: i64) -> Release {
        let release = Release { person: town.person(), number: format!("释{}", town.number()), released, years };
        let (day, years) = (date_text(released), years.to_string());
        let cells = [
            ("prison", PRISON),
            ("release_no", &release.number),
            ("id_no", &release.person.id_no),
            ("name", &release.person.name),
            ("dpr_years", &years),
            ("dpr_months", "0"),
            ("release_kind", "刑满"),
            ("release_date", &day),
            ("county", COUNTY),
        ];
        town.send(released, PRISON, "dpr_release", &cells);
        release
    }

    /// The prison's papers at both recipients, more than a month before the release.
    pub fn papers(&self, town: &mut Town) {
        for recipient in [POLICE, PROCURATORATE] {
            self.papers_to(town, recipient);
        }
    }

    pub fn papers_to(&self, town: &mut Town, recipient: &str) {
        let posted = self.released - town.rng.between(40, 70);
        self.paper().send(town, recipient, posted, posted + 2, posted + 2);
    }

    pub fn paper(&self) -> Papers<'_> {
        Papers {
            doc_kind: "刑满释放通知书", re_kind: "release", re_no: &self.number, sender: PRISON, person: &self.person
        }
    }

    /// On the list of a station, in a row sent on a day of its own. Gives the station and the number.
    pub fn list(&self, town: &mut Town, listed: Day, sent: Day) -> (&'static str, String) {
        let (station, number) = (*town.rng.pick(&STATIONS), format!("列{}", town.number()));
        self.list_as(town, station, &number, listed, sent);
        (station, number)
    }

    /// The row under a number it already has.
    pub fn list_as(&self, town: &mut Town, station: &str, number: &str, listed: Day, sent: Day) {
        self.listing(town, station, number, listed).put(town, sent);
        town.keep(&self.person, station, listed, self.end(), SELDOM);
    }

    /// The last day of the term.
    pub fn end(&self) -> Day {
        term_end(self.released, self.years, 0).unwrap_or(self.released)
    }

    /// The row of the station; the person was told on the day of listing.
    pub fn listing(&self, town: &Town, station: &str, number: &str, listed: Day) -> Row {
        Row::new("dpr_police_list", "station", station)
            .text("list_no", number)
            .who(&self.person)
            .day("listed_date", listed)
            .day("dpr_start", self.released)
            .day("dpr_end", self.end())
            .day_if("announced_date", town.full().then_some(listed))
    }

    /// The term is over, and the person was told so.
    pub fn told_of_end(&self, town: &mut Town, station: &str, number: &str, listed: Day, told: Day) {
        self.listing(town, station, number, listed).day("expiry_notice_date", told).send(town, told);
    }
}
