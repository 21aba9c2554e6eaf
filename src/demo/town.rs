//! The county itself: its agencies, its numbers for papers, and the pile of what was sent.

use super::days::{FIRST_DAY, LAST_DAY};
use super::penalty::PETTY_ACT;
use super::people::{Person, person};
use super::record::Sent;
use super::rng::Rng;
use crate::types::{Day, date_text, to_civil};

/// Does not exist: every identity number and agency of the demo is of this area.
pub const COUNTY: &str = "640299";
const PRISON_COUNTY: &str = "640288";
pub const COURT: &str = "court:640299-01";
pub const POLICE: &str = "police:640299-01";
pub const JUSTICE: &str = "justice:640299-01";
pub const PROCURATORATE: &str = "procuratorate:640299-01";
pub const PRISON: &str = "prison:640288-01";
pub const STATIONS: [&str; 4] = ["police:640299-11", "police:640299-12", "police:640299-13", "police:640299-14"];
const OPERATOR: &str = "operator:local";

/// Who says of which relations that they are complete. A parent's word holds for its children.
const COVERAGE: [(&str, &[&str]); 5] = [
    (COURT, &["judgment", "judgment_person"]),
    (POLICE, &["admin_penalty", "dpr_police_list", "custody", "document_receipt"]),
    (JUSTICE, &["correction_person", "document_receipt"]),
    (PROCURATORATE, &["document_receipt"]),
    (PRISON, &["dpr_release"]),
];
/// Everything since 2016-01-01 is in the tables.
const COVERED_FROM: Day = 16_801;

/// What is being made.
pub struct Town {
    pub rng: Rng,
    pub sent: Vec<Sent>,
    people: i64,
    papers: i64,
    turn: i64,
}

impl Town {
    pub fn new(seed: u64) -> Town {
        let mut rng = Rng::new(seed);
        let turn = rng.between(0, 18_000);
        Town { rng, sent: Vec::new(), people: 0, papers: 0, turn }
    }

    /// Puts a record on the pile; empty cells are absent.
    pub fn send(&mut self, day: Day, agency: &str, relation: &'static str, cells: &[(&'static str, &str)]) {
        let cells = cells.iter().filter(|(_, text)| !text.is_empty()).map(|(column, text)| (*column, text.to_string())).collect();
        self.sent.push(Sent { day: day.clamp(FIRST_DAY, LAST_DAY), agency: agency.to_string(), relation, cells, refused: false });
    }

    /// A new person.
    pub fn person(&mut self) -> Person {
        self.people += 1;
        person(self.people, self.turn)
    }

    /// A running number for a paper.
    pub fn number(&mut self) -> i64 {
        self.papers += 1;
        self.papers
    }

    pub fn case_no(&mut self, made: Day) -> String {
        format!("（{}）宁0299刑初{}号", year(made), self.number())
    }

    pub fn decision_no(&mut self, made: Day) -> String {
        format!("宁0299公（治）行罚决字〔{}〕第{}号", year(made), self.number())
    }

    pub fn measure_no(&mut self, taken: Day) -> String {
        format!("宁0299公（刑）强字〔{}〕第{}号", year(taken), self.number())
    }

    /// Agencies, who is competent, what is petty: data of the operator, there before anything else.
    pub fn agencies(&mut self) {
        let mut rows = vec![
            (COURT, "红果县人民法院", COUNTY, "基层", ""),
            (POLICE, "红果县公安局", COUNTY, "县", ""),
            (JUSTICE, "红果县司法局社区矫正大队", COUNTY, "县", ""),
            (PROCURATORATE, "红果县人民检察院", COUNTY, "县", ""),
            (PRISON, "石城监狱", PRISON_COUNTY, "市", ""),
        ];
        let names = ["城关派出所", "红果派出所", "河东派出所", "矿山派出所"];
        rows.extend(STATIONS.iter().zip(names).map(|(code, name)| (*code, name, COUNTY, "所", POLICE)));
        for (code, name, county, level, parent) in rows {
            let kind = code.split(':').next().unwrap_or("");
            let cells =
                [("code", code), ("name", name), ("kind", kind), ("county", county), ("level", level), ("parent", parent)];
            self.send(FIRST_DAY, OPERATOR, "agency", &cells);
        }
        for (role, agency) in [("社区矫正机构", JUSTICE), ("检察院", PROCURATORATE), ("公安机关", POLICE), ("法院", COURT)]
        {
            let cells = [("role", role), ("county", COUNTY), ("agency", agency), ("from_day", "2016-01-01")];
            self.send(FIRST_DAY, OPERATOR, "competent", &cells);
        }
        self.send(FIRST_DAY, OPERATOR, "petty", &[("act", PETTY_ACT)]);
    }

    /// Every agency says daily that its tables are complete to that day.
    pub fn coverage(&mut self) {
        let from = date_text(COVERED_FROM);
        for day in FIRST_DAY..=LAST_DAY {
            let through = date_text(day);
            for (agency, relations) in COVERAGE {
                for relation in relations {
                    let cells = [("agency", agency), ("relation", *relation), ("from_day", &from), ("through", &through)];
                    self.send(day, agency, "coverage", &cells);
                }
            }
        }
    }
}

pub fn year(day: Day) -> i16 {
    to_civil(day).map_or(0, |date| date.year())
}
