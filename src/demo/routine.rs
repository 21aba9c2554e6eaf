//! Everyday life: sentences handed over, people registered, papers served, penalties told, all inside the law.

use super::days::{FIRST_DAY, LAST_DAY};
use super::town::{COUNTY, COURT, JUSTICE, POLICE, PRISON, PROCURATORATE, Person, STATIONS, Town, year};
use crate::types::{Day, date_text, term_end};

/// Somebody sentenced to correction in this county.
pub struct Corrected {
    pub person: Person,
    pub case_no: String,
    effective: Day,
    years: i64,
    sent: Day,
}

impl Corrected {
    /// Sentenced with effect from a day; the court's rows are sent on `sent`.
    pub fn sentenced(town: &mut Town, effective: Day, sent: Day) -> Corrected {
        let person = town.person();
        let made = effective - town.rng.between(11, 14);
        let (case_no, years) = (town.case_no(made), town.rng.between(1, 3));
        let corrected = Corrected { person, case_no, effective, years, sent };
        corrected.judged(town, made);
        corrected
    }

    /// Somebody whose term began months ago and runs beyond the half year, registered in time.
    pub fn before(town: &mut Town) -> Corrected {
        let effective = FIRST_DAY - town.rng.between(20, 150);
        let who = Corrected::sentenced(town, effective, FIRST_DAY);
        who.papers(town);
        let reported = effective + town.rng.between(1, 9);
        who.register(town, reported, FIRST_DAY);
        who
    }

    fn judged(&self, town: &mut Town, made: Day) {
        let (day, years) = (date_text(made), self.years.to_string());
        let case = [
            ("court", COURT),
            ("case_no", &self.case_no),
            ("level", "基层"),
            ("instance", "1"),
            ("doc_kind", "判决"),
            ("made_date", &day),
            ("appealed", "否"),
        ];
        town.send(self.sent, COURT, "judgment", &case);
        let crime = *town.rng.pick(&CRIMES);
        let (effective, served) = (date_text(self.effective), date_text(made + 1));
        let person = [
            ("court", COURT),
            ("case_no", &self.case_no),
            ("defendant", "1"),
            ("id_no", &self.person.id_no),
            ("name", &self.person.name),
            ("category", "缓刑"),
            ("crime", crime),
            ("main_penalty", "有期徒刑"),
            ("main_months", "10"),
            ("probation_years", &years),
            ("served_date", &served),
            ("effective_date", &effective),
            ("exec_county", COUNTY),
        ];
        town.send(self.sent, COURT, "judgment_person", &person);
    }

    /// The court's papers, at every recipient within a week.
    pub fn papers(&self, town: &mut Town) {
        for recipient in [JUSTICE, PROCURATORATE, POLICE] {
            let posted = self.effective + town.rng.between(1, 5);
            let received = posted + town.rng.between(0, 2);
            let papers =
                Papers { doc_kind: "判决书", re_kind: "case", re_no: &self.case_no, sender: COURT, person: &self.person };
            papers.send(town, recipient, posted, received, received.max(self.sent));
        }
    }

    /// The row of the correction agency, sent on a day of its own.
    pub fn register(&self, town: &mut Town, reported: Day, sent: Day) {
        let number = format!("矫{}-{}", year(reported), town.number());
        let end = term_end(self.effective, self.years, 0).unwrap_or(self.effective);
        let (start, end, reported) = (date_text(self.effective), date_text(end), date_text(reported));
        let cells = [
            ("agency", JUSTICE),
            ("corr_no", &number),
            ("id_no", &self.person.id_no),
            ("name", &self.person.name),
            ("category", "缓刑"),
            ("case_no", &self.case_no),
            ("deciding_organ", COURT),
            ("term_start", &start),
            ("term_end", &end),
            ("report_date", &reported),
            ("register_date", &reported),
            ("exec_county", COUNTY),
            ("status", "在矫"),
        ];
        town.send(sent, JUSTICE, "correction_person", &cells);
    }
}

/// A decision of the county's police.
pub struct Penalty {
    pub kind: &'static str,
    pub days: &'static str,
    pub amount: &'static str,
    pub decided: Day,
}

impl Penalty {
    /// Gives the number of the decision.
    pub fn send(&self, town: &mut Town, person: &Person) -> String {
        let (number, day) = (town.decision_no(self.decided), date_text(self.decided));
        let act = *town.rng.pick(&ACTS);
        let act_day = date_text(self.decided - town.rng.between(0, 3));
        let cells = [
            ("organ", POLICE),
            ("decision_no", &number),
            ("id_no", &person.id_no),
            ("name", &person.name),
            ("kind", self.kind),
            ("act", act),
            ("act_date", &act_day),
            ("days", self.days),
            ("amount", self.amount),
            ("decision_date", &day),
            ("executed", "已执行"),
        ];
        town.send(self.decided, POLICE, "admin_penalty", &cells);
        number
    }
}

/// A paper that somebody must receive.
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

/// Fills the tables up to about `records` rows, in the proportions of a real county.
pub fn fill(town: &mut Town, records: usize) {
    let share = |per_thousand: usize| records * per_thousand / 1000;
    for _ in 0..share(80) {
        Corrected::before(town);
    }
    for _ in 0..share(35) {
        arrival(town);
    }
    for _ in 0..share(50) {
        imprisoned(town);
    }
    for _ in 0..share(150) {
        outsider_penalised(town);
    }
    for i in 0..share(8) {
        corrected_penalised(town, i % 3 == 0);
    }
    for _ in 0..share(8) {
        released(town);
    }
}

fn arrival(town: &mut Town) {
    let effective = FIRST_DAY + town.rng.between(0, LAST_DAY - FIRST_DAY - 12);
    let who = Corrected::sentenced(town, effective, effective);
    who.papers(town);
    let reported = effective + town.rng.between(1, 9);
    let sent = reported + town.rng.between(0, 3);
    who.register(town, reported, sent);
}

/// A sentence that is no business of correction.
fn imprisoned(town: &mut Town) {
    let made = FIRST_DAY + town.rng.between(-200, 160);
    let (person, case_no, day) = (town.person(), town.case_no(made), date_text(made));
    let case = [
        ("court", COURT),
        ("case_no", &case_no),
        ("level", "基层"),
        ("instance", "1"),
        ("doc_kind", "判决"),
        ("made_date", &day),
    ];
    town.send(made, COURT, "judgment", &case);
    let effective = date_text(made + 11);
    let cells = [
        ("court", COURT),
        ("case_no", &case_no),
        ("defendant", "1"),
        ("id_no", &person.id_no),
        ("name", &person.name),
        ("category", "监禁"),
        ("main_penalty", "有期徒刑"),
        ("main_years", "3"),
        ("effective_date", &effective),
        ("exec_county", COUNTY),
    ];
    town.send(made + 11, COURT, "judgment_person", &cells);
}

fn outsider_penalised(town: &mut Town) {
    let person = town.person();
    let decided = FIRST_DAY + town.rng.between(-300, LAST_DAY - FIRST_DAY);
    let kind = *town.rng.pick(&["警告", "罚款", "行政拘留", "吊证"]);
    Penalty { kind, days: "", amount: "", decided }.send(town, &person);
}

/// A person in correction is fined, or detained with both notices in time.
fn corrected_penalised(town: &mut Town, detained: bool) {
    let who = Corrected::before(town);
    let decided = FIRST_DAY + town.rng.between(1, LAST_DAY - FIRST_DAY);
    if !detained {
        Penalty { kind: "罚款", days: "", amount: "200", decided }.send(town, &who.person);
        return;
    }
    let number = Penalty { kind: "行政拘留", days: "3", amount: "", decided }.send(town, &who.person);
    for recipient in [JUSTICE, PROCURATORATE] {
        let posted = decided + town.rng.between(0, 2);
        let received = posted + town.rng.between(0, 1);
        Papers::of_penalty(&number, &who.person).send(town, recipient, posted, received, received);
    }
}

/// Released with political rights to be deprived, and listed by a station within a week.
fn released(town: &mut Town) {
    let released = FIRST_DAY + town.rng.between(-250, LAST_DAY - FIRST_DAY - 10);
    let (person, number, years) = (town.person(), format!("释{}", town.number()), town.rng.between(1, 4));
    let (day, end) = (date_text(released), date_text(term_end(released, years, 0).unwrap_or(released)));
    let years = years.to_string();
    let release = [
        ("prison", PRISON),
        ("release_no", &number),
        ("id_no", &person.id_no),
        ("name", &person.name),
        ("dpr_years", &years),
        ("dpr_months", "0"),
        ("release_kind", "刑满"),
        ("release_date", &day),
        ("county", COUNTY),
    ];
    town.send(released, PRISON, "dpr_release", &release);
    let station = *town.rng.pick(&STATIONS);
    let listed = released + town.rng.between(1, 7);
    let (list_no, listed_day) = (format!("列{}", town.number()), date_text(listed));
    let list = [
        ("station", station),
        ("list_no", &list_no),
        ("id_no", &person.id_no),
        ("name", &person.name),
        ("listed_date", &listed_day),
        ("dpr_start", &day),
        ("dpr_end", &end),
    ];
    town.send(listed, station, "dpr_police_list", &list);
    for recipient in [POLICE, PROCURATORATE] {
        let papers =
            Papers { doc_kind: "刑满释放通知书", re_kind: "release", re_no: &number, sender: PRISON, person: &person };
        let posted = released - town.rng.between(5, 30);
        papers.send(town, recipient, posted, posted + 2, posted + 2);
    }
}

const CRIMES: [&str; 8] = ["危险驾驶", "帮助信息网络犯罪活动", "诈骗", "故意伤害", "寻衅滋事", "开设赌场", "交通肇事", "盗窃"];
const ACTS: [&str; 6] = ["殴打他人", "赌博", "盗窃", "阻碍执行职务", "寻衅滋事", "饮酒驾驶"];
