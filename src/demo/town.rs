//! The county itself: its agencies, its people, its numbers for papers, and the pile of what was sent.

use super::days::{FIRST_DAY, LAST_DAY};
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

#[derive(Clone)]
pub struct Person {
    pub id_no: String,
    pub name: String,
}

/// What is being made.
pub struct Town {
    pub rng: Rng,
    pub sent: Vec<Sent>,
    people: i64,
    papers: i64,
}

impl Town {
    pub fn new(seed: u64) -> Town {
        Town { rng: Rng::new(seed), sent: Vec::new(), people: 0, papers: 0 }
    }

    /// Puts a record on the pile; empty cells are absent.
    pub fn send(&mut self, day: Day, agency: &str, relation: &'static str, cells: &[(&'static str, &str)]) {
        let cells = cells.iter().filter(|(_, text)| !text.is_empty()).map(|(column, text)| (*column, text.to_string())).collect();
        self.sent.push(Sent { day: day.clamp(FIRST_DAY, LAST_DAY), agency: agency.to_string(), relation, cells });
    }

    /// A new person; nobody else in this county has the number.
    pub fn person(&mut self) -> Person {
        self.people += 1;
        // Births spread over 1960 to 1999; the running number keeps them apart.
        let birth =
            to_civil(-3_652 + (self.people * 7919) % 14_600).map(|d| format!("{:04}{:02}{:02}", d.year(), d.month(), d.day()));
        let body = format!("{COUNTY}{}{:03}", birth.unwrap_or_default(), 100 + (self.people / 14_600) % 900);
        let surname = self.rng.pick(&SURNAMES).to_string();
        let given = format!("{}{}", self.rng.pick(&GIVEN), if self.rng.chance(700) { *self.rng.pick(&GIVEN) } else { "" });
        Person { id_no: format!("{body}{}", check_digit(&body)), name: surname + &given }
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

    /// Agencies and who is competent: data of the operator, there before anything else.
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

/// ISO 7064 MOD 11-2 over the first 17 digits (GB 11643).
fn check_digit(body: &str) -> char {
    let sum: u32 = body.bytes().enumerate().map(|(i, b)| u32::from(b - b'0') * ((1u32 << (17 - i)) % 11)).sum();
    ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize]
}

const SURNAMES: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "林", "郭", "何", "高", "罗", "郑",
    "梁", "谢", "宋",
];
const GIVEN: [&str; 28] = [
    "伟", "芳", "娜", "敏", "静", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平", "刚", "桂", "英",
    "华", "玉", "兰", "红", "建", "国", "文",
];
