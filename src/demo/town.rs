//! The county itself: its agencies, its numbers for papers, and the pile of what was sent.
//!
//! Codes here are those of the first county; what is sent has those of the county that is made.

use super::days::{FIRST_DAY, LAST_DAY};
use super::order::Kinds;
use super::penalty::PETTY_ACT;
use super::people::{Person, person};
use super::place::Place;
use super::record::{Sent, keys};
use super::rng::Rng;
use super::upkeep::Upkeep;
use crate::types::{Day, date_text, to_civil};
use std::collections::HashMap;

/// Does not exist: every identity number and agency of the demo is of this area.
pub const COUNTY: &str = "640299";
pub const PRISON_COUNTY: &str = "640288";
/// Where the intermediate court sits.
pub const HIGHER_COUNTY: &str = "640277";
/// Where people move to.
pub const NEIGHBOUR_COUNTY: &str = "640266";
pub const COURT: &str = "court:640299-01";
pub const POLICE: &str = "police:640299-01";
pub const JUSTICE: &str = "justice:640299-01";
pub const PROCURATORATE: &str = "procuratorate:640299-01";
pub const PRISON: &str = "prison:640288-01";
pub const STATIONS: [&str; 4] = ["police:640299-11", "police:640299-12", "police:640299-13", "police:640299-14"];
pub const HIGHER_COURT: &str = "court:640277-01";
pub const NEIGHBOUR_COURT: &str = "court:640266-01";
pub const NEIGHBOUR: &str = "justice:640266-01";
/// A station where one thing goes wrong again and again.
pub const NEW_STATION: &str = "police:640299-15";
const OPERATOR: &str = "operator:local";

/// Who says of which relations that they are complete. A parent's word holds for its children.
const COVERAGE: [(&str, &[&str]); 5] = [
    (COURT, &["judgment", "judgment_person"]),
    (POLICE, &["admin_penalty", "dpr_police_list", "custody", "document_receipt"]),
    (JUSTICE, &["correction_person", "document_receipt"]),
    (PROCURATORATE, &["document_receipt"]),
    (PRISON, &["dpr_release"]),
];
/// The same where every rule is asked for: of all tables, and of the kinds of paper and the columns that are spoken of by name.
const COVERAGE_OF_ALL: [(&str, &[&str]); 7] = [
    (COURT, &["judgment", "judgment_person", "revoked_case_no"]),
    (HIGHER_COURT, &["judgment", "judgment_person", "revoked_case_no"]),
    (
        POLICE,
        &[
            "admin_penalty",
            "coercive_measure",
            "dpr_police_list",
            "custody",
            "document_receipt",
            "contact",
            "stay",
            "announced_date",
            "expiry_notice_date",
        ],
    ),
    (
        JUSTICE,
        &[
            "correction_person",
            "document_receipt",
            "sanction",
            "proposal",
            "place_change",
            "leave",
            "contact",
            "medical_report",
            "death",
            "生效通知",
            "送达回执",
        ],
    ),
    (NEIGHBOUR, &["correction_person"]),
    (PROCURATORATE, &["document_receipt", "corrective", "解除通知", "终止通知", "奖惩抄送", "变更执行地文书", "其他文书"]),
    (PRISON, &["dpr_release"]),
];
/// Everything since 2016-01-01 is in the tables.
pub const COVERED_FROM: Day = 16_801;

/// What is being made.
pub struct Town {
    pub rng: Rng,
    pub sent: Vec<Sent>,
    pub place: Place,
    pub upkeep: Upkeep,
    kinds: Kinds,
    /// Where the row of a day, a relation and a key is.
    today: HashMap<(Day, &'static str, String), usize>,
    people: i64,
    papers: i64,
    turn: i64,
}

impl Town {
    pub fn new(place: Place, kinds: Kinds, seed: u64) -> Town {
        let mut rng = Rng::new(seed);
        let turn = rng.between(0, 18_000);
        Town { rng, sent: Vec::new(), place, upkeep: Upkeep::default(), kinds, today: HashMap::new(), people: 0, papers: 0, turn }
    }

    /// Whether every rule is asked for, so that every duty is kept but where it is planted that it is not.
    pub fn full(&self) -> bool {
        self.kinds == Kinds::All
    }

    /// Puts a record on the pile; empty cells are absent.
    pub fn send(&mut self, day: Day, agency: &str, relation: &'static str, cells: &[(&'static str, &str)]) {
        let cells = cells.iter().filter(|(_, text)| !text.is_empty());
        let cells = cells.map(|(column, text)| (*column, self.place.settle(text))).collect();
        let (day, agency) = (day.clamp(FIRST_DAY, LAST_DAY), self.place.settle(agency));
        let sent = Sent { day, agency, relation, cells, refused: false };
        if self.full() && !self.first_of_its_day(&sent) {
            return;
        }
        self.sent.push(sent);
    }

    /// A row that changes within a day is sent as it is in the end: a file has each key once.
    fn first_of_its_day(&mut self, sent: &Sent) -> bool {
        let key: Vec<&str> = keys(sent.relation).iter().filter_map(|column| sent.cells.get(column).map(String::as_str)).collect();
        let at = (sent.day, sent.relation, format!("{}|{}", sent.agency, key.join("|")));
        match self.today.get(&at) {
            Some(place) => self.sent[*place] = sent.clone(),
            None => drop(self.today.insert(at.clone(), self.sent.len())),
        }
        self.today[&at] == self.sent.len()
    }

    /// Somebody of whom an agency must hear, where that is asked for.
    pub fn keep(&mut self, person: &Person, agency: &str, from: Day, to: Day, every: i64) {
        if self.full() {
            self.upkeep.keep(person, agency, from, to, every);
        }
    }

    /// A new person.
    pub fn person(&mut self) -> Person {
        self.people += 1;
        person(&self.place.county, self.people, self.turn)
    }

    /// A running number for a paper.
    pub fn number(&mut self) -> i64 {
        self.papers += 1;
        self.papers
    }

    pub fn case_no(&mut self, made: Day) -> String {
        let number = self.number();
        format!("（{}）宁{}刑初{number}号", year(made), self.place.short())
    }

    pub fn decision_no(&mut self, made: Day) -> String {
        let number = self.number();
        format!("宁{}公（治）行罚决字〔{}〕第{number}号", self.place.short(), year(made))
    }

    pub fn measure_no(&mut self, taken: Day) -> String {
        let number = self.number();
        format!("宁{}公（刑）强字〔{}〕第{number}号", self.place.short(), year(taken))
    }

    /// Agencies, who is competent, what is petty: data of the operator, there before anything else.
    pub fn agencies(&mut self) {
        let mut rows = vec![
            (COURT, "{}县人民法院", COUNTY, "基层", ""),
            (POLICE, "{}县公安局", COUNTY, "县", ""),
            (JUSTICE, "{}县司法局社区矫正大队", COUNTY, "县", ""),
            (PROCURATORATE, "{}县人民检察院", COUNTY, "县", ""),
            (PRISON, "石城监狱", PRISON_COUNTY, "市", ""),
        ];
        let names = ["城关派出所", "{}派出所", "河东派出所", "矿山派出所"];
        rows.extend(STATIONS.iter().zip(names).map(|(code, name)| (*code, name, COUNTY, "所", POLICE)));
        if self.full() {
            rows.extend([
                (HIGHER_COURT, "{}地区中级人民法院", HIGHER_COUNTY, "中级", ""),
                (NEIGHBOUR_COURT, "{}邻县人民法院", NEIGHBOUR_COUNTY, "基层", ""),
                (NEIGHBOUR, "{}邻县司法局社区矫正大队", NEIGHBOUR_COUNTY, "县", ""),
                (NEW_STATION, "新区派出所", COUNTY, "所", POLICE),
            ]);
        }
        for (code, name, county, level, parent) in rows {
            let kind = code.split(':').next().unwrap_or("");
            let name = name.replace("{}", &self.place.name);
            let cells =
                [("code", code), ("name", &name), ("kind", kind), ("county", county), ("level", level), ("parent", parent)];
            self.send(FIRST_DAY, OPERATOR, "agency", &cells);
        }
        let mut competent = vec![
            ("社区矫正机构", COUNTY, JUSTICE),
            ("检察院", COUNTY, PROCURATORATE),
            ("公安机关", COUNTY, POLICE),
            ("法院", COUNTY, COURT),
        ];
        if self.full() {
            competent.push(("社区矫正机构", NEIGHBOUR_COUNTY, NEIGHBOUR));
        }
        for (role, county, agency) in competent {
            let cells = [("role", role), ("county", county), ("agency", agency), ("from_day", "2016-01-01")];
            self.send(FIRST_DAY, OPERATOR, "competent", &cells);
        }
        self.send(FIRST_DAY, OPERATOR, "petty", &[("act", PETTY_ACT)]);
        if self.full() {
            // What is wrong with the rows themselves is shown only to who asks for it.
            self.send(FIRST_DAY, OPERATOR, "setting", &[("rule", "quality"), ("name", "shown"), ("value", "1")]);
        }
    }

    /// Every agency says daily that its tables are complete to that day.
    pub fn coverage(&mut self) {
        let from = date_text(COVERED_FROM);
        let said: &[(&str, &[&str])] = if self.full() { &COVERAGE_OF_ALL } else { &COVERAGE };
        for day in FIRST_DAY..=LAST_DAY {
            let through = date_text(day);
            for &(agency, relations) in said {
                for &relation in relations {
                    let cells = [("agency", agency), ("relation", relation), ("from_day", &from), ("through", &through)];
                    self.send(day, agency, "coverage", &cells);
                }
            }
        }
    }
}

pub fn year(day: Day) -> i16 {
    to_civil(day).map_or(0, |date| date.year())
}
