//! Somebody sentenced to correction in this county: the court's rows, its papers, the register.

use super::days::FIRST_DAY;
use super::papers::Papers;
use super::people::Person;
use super::row::Row;
use super::town::{COUNTY, COURT, JUSTICE, POLICE, PROCURATORATE, Town, year};
use super::upkeep::MONTHLY;
use crate::types::{Day, add_months, date_text, term_end};

/// The papers of a sentence, and who gets them: 社区矫正法20.
pub const DOCUMENTS: [&str; 2] = ["判决书", "执行通知书"];
pub const RECIPIENTS: [&str; 3] = [JUSTICE, PROCURATORATE, POLICE];

pub struct Sentence {
    pub person: Person,
    pub court: &'static str,
    pub case_no: String,
    pub effective: Day,
    /// Its number in the register and the day of the report, where that is in order.
    pub number: String,
    pub reported: Day,
    pub years: i64,
    /// When the court sends its rows.
    sent: Day,
}

impl Sentence {
    /// With effect from a day, for some years; the court's rows are sent on `sent`.
    pub fn new(town: &mut Town, effective: Day, years: i64, sent: Day) -> Sentence {
        Sentence::by(town, COURT, effective, years, sent)
    }

    /// By whichever court.
    pub fn by(town: &mut Town, court: &'static str, effective: Day, years: i64, sent: Day) -> Sentence {
        let person = town.person();
        let made = effective - town.rng.between(11, 14);
        let case_no = town.case_no(made);
        let sentence = Sentence::of(person, court, case_no, effective, years, sent);
        sentence.judged(town, made);
        sentence
    }

    /// Of a judgment whose rows are sent elsewhere.
    pub fn of(person: Person, court: &'static str, case_no: String, effective: Day, years: i64, sent: Day) -> Sentence {
        Sentence { person, court, case_no, effective, number: String::new(), reported: effective, years, sent }
    }

    /// In correction since before the year began and for long after it, with everything in time.
    pub fn old(town: &mut Town) -> Sentence {
        let (ago, years) = (town.rng.between(20, 150), town.rng.between(2, 3));
        Sentence::in_order(town, FIRST_DAY - ago, years)
    }

    /// Sentenced, papers served, registered, all in time.
    pub fn in_order(town: &mut Town, effective: Day, years: i64) -> Sentence {
        let mut sentence = Sentence::new(town, effective, years, effective);
        sentence.papers(town);
        let reported = effective + town.rng.between(1, 8);
        let sent = reported + town.rng.between(0, 2);
        sentence.number = sentence.register(town, reported, sent);
        sentence.reported = reported;
        sentence
    }

    /// In order, for a year that ends on that day.
    pub fn until(town: &mut Town, end: Day) -> Sentence {
        let effective = add_months(end + 1, -12).unwrap_or(end - 364);
        Sentence::in_order(town, effective, 1)
    }

    /// The last day of the term.
    pub fn end(&self) -> Day {
        term_end(self.effective, self.years, 0).unwrap_or(self.effective)
    }

    /// The rows of the court, sent on its day.
    pub fn judged(&self, town: &mut Town, made: Day) {
        let (day, years) = (date_text(made), self.years.to_string());
        let case = [
            ("court", self.court),
            ("case_no", &self.case_no),
            ("level", "基层"),
            ("instance", "1"),
            ("doc_kind", "判决"),
            ("made_date", &day),
            ("appealed", "否"),
        ];
        town.send(self.sent, self.court, "judgment", &case);
        let (crime, months) = (*town.rng.pick(&CRIMES), *town.rng.pick(&["6", "8", "10"]));
        let (effective, served) = (date_text(self.effective), date_text(made + 1));
        let began = made - town.rng.between(90, 400);
        let (began, ended) = (date_text(began), date_text(began + town.rng.between(0, 30)));
        let person = [
            ("court", self.court),
            ("case_no", &self.case_no),
            ("defendant", "1"),
            ("id_no", &self.person.id_no),
            ("name", &self.person.name),
            ("category", "缓刑"),
            ("crime", crime),
            ("main_penalty", "有期徒刑"),
            ("main_months", months),
            ("probation_years", &years),
            ("crime_start", &began),
            ("crime_end", &ended),
            ("served_date", &served),
            ("effective_date", &effective),
            ("exec_county", COUNTY),
        ];
        town.send(self.sent, self.court, "judgment_person", &person);
    }

    /// All papers at every recipient, within a week.
    pub fn papers(&self, town: &mut Town) {
        self.papers_but(town, |_, _| false);
    }

    /// The papers at every recipient within a week, but for those that are `held` back.
    pub fn papers_but(&self, town: &mut Town, held: impl Fn(&str, &str) -> bool) {
        for recipient in RECIPIENTS {
            let mut posted = self.effective + town.rng.between(1, 5);
            if town.full() {
                // Nothing else tells the agency that there is a judgment: the papers are there in five days.
                posted = posted.min(self.effective + 3);
            }
            let received = posted + town.rng.between(0, 2);
            for document in DOCUMENTS.iter().filter(|document| !held(recipient, document)) {
                self.paper(document).send(town, recipient, posted, received, received.max(self.sent));
            }
        }
    }

    pub fn paper(&self, doc_kind: &'static str) -> Papers<'_> {
        Papers { doc_kind, re_kind: "case", re_no: &self.case_no, sender: self.court, person: &self.person }
    }

    /// The row of the correction agency, sent on a day of its own. Gives its number.
    pub fn register(&self, town: &mut Town, reported: Day, sent: Day) -> String {
        let number = format!("矫{}-{}", year(reported), town.number());
        self.register_as(town, &number, reported, None, sent);
        number
    }

    /// The row under a number it already has: a correction of it, or the end of the term.
    pub fn register_as(&self, town: &mut Town, number: &str, reported: Day, ended: Option<Day>, sent: Day) {
        self.register_row(number, reported, ended).put(town, sent);
        town.keep(&self.person, JUSTICE, reported, ended.unwrap_or(self.end()), MONTHLY);
    }

    /// The row as it stands while the term runs, or after its end.
    pub fn register_row(&self, number: &str, reported: Day, ended: Option<Day>) -> Row {
        let row = Row::new("correction_person", "agency", JUSTICE)
            .text("corr_no", number)
            .who(&self.person)
            .text("category", "缓刑")
            .text("case_no", &self.case_no)
            .text("deciding_organ", self.court)
            .day("term_start", self.effective)
            .day("term_end", self.end())
            .day("report_date", reported)
            .day("register_date", reported)
            .text("exec_county", COUNTY);
        match ended {
            None => row.text("status", "在矫"),
            Some(day) => row.text("status", "解矫").day("end_date", day).text("end_reason", "期满"),
        }
    }

    /// Gone from the register on a day for another reason than that the term is over, in a row sent on a day of its own.
    pub fn leave_register(&self, town: &mut Town, status: &str, reason: &str, day: Day, sent: Day) {
        let row = self.register_row(&self.number, self.reported, Some(day)).text("status", status).text("end_reason", reason);
        row.send(town, sent);
        let heard = if reason == "死亡" { day } else { sent };
        town.keep(&self.person, JUSTICE, self.reported, heard, MONTHLY);
    }

    /// The term is over and the procuratorate is told.
    pub fn over(&self, town: &mut Town, number: &str, told: Day) {
        if town.full() {
            Papers::of_correction("解除通知", number, &self.person).tell(town, told);
        }
    }
}

pub const CRIMES: [&str; 8] =
    ["危险驾驶", "帮助信息网络犯罪活动", "诈骗", "故意伤害", "寻衅滋事", "开设赌场", "交通肇事", "盗窃"];
