//! People who serve outside a prison (暂予监外执行): handed over in time, too late, or on the last day.

use super::super::acts;
use super::super::days::{FIRST_DAY, LAST_DAY, roll};
use super::super::papers::Papers;
use super::super::people::Person;
use super::super::row::Row;
use super::super::sentence::RECIPIENTS;
use super::super::town::{COUNTY, COURT, JUSTICE, Town};
use super::super::truth::Truth;
use super::super::upkeep::MONTHLY;
use super::some_day;
use crate::types::{Day, add_months};

/// Days in which who holds the person hands them over.
const HANDED_OVER: i64 = 10;

pub struct Outside {
    pub person: Person,
    /// In the register.
    pub number: String,
    case_no: String,
    /// When who holds the person got the decision.
    decided: Day,
    starts: Day,
    /// Held by the detention house until then.
    custody: Row,
}

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    let who = Outside::decided(town, 90);
    let due = roll(who.decided + HANDED_OVER);
    let came = due + town.rng.between(2, 30);
    let who = who.handed_over(town, came, "有期徒刑三年，怀孕");
    let key = format!("{COURT}|{}|1", who.case_no);
    truth.push(Truth::hint("handover_overdue", &key, due + 1).sure(came));
}

pub fn lawful(town: &mut Town) {
    let who = Outside::decided(town, 40);
    let due = roll(who.decided + HANDED_OVER);
    who.handed_over(town, due, "有期徒刑三年，哺乳");
}

impl Outside {
    /// Decided on in the year, and held.
    fn decided(town: &mut Town, room: i64) -> Outside {
        let day = some_day(town, room);
        Outside::new(town, day)
    }

    /// Outside for health since before the year began.
    pub fn before_the_year(town: &mut Town) -> Outside {
        let decided = FIRST_DAY - town.rng.between(20, 60);
        let who = Outside::new(town, decided);
        who.handed_over(town, decided + 3, "有期徒刑三年，保外就医")
    }

    fn new(town: &mut Town, decided: Day) -> Outside {
        let person = town.person();
        let made = decided - 3;
        let case_no = town.case_no(made);
        let custody = acts::custody(town, &person, made - 60);
        custody.put(town, made - 60);
        let who = Outside { person, number: format!("矫{}", town.number()), case_no, decided, starts: decided, custody };
        who.judged(town, made);
        who
    }

    fn judged(&self, town: &mut Town, made: Day) {
        let case =
            Row::new("judgment", "court", COURT).text("case_no", &self.case_no).text("level", "基层").text("instance", "1");
        case.text("doc_kind", "决定").day("made_date", made).text("appealed", "否").put(town, made);
        Row::new("judgment_person", "court", COURT)
            .text("case_no", &self.case_no)
            .text("defendant", "1")
            .who(&self.person)
            .text("category", "暂予监外执行")
            .text("crime", "诈骗")
            .text("main_penalty", "有期徒刑")
            .text("main_years", "3")
            .day("effective_date", made)
            .day("handover_received_date", self.decided)
            .text("exec_county", COUNTY)
            .put(town, self.decided);
        for recipient in RECIPIENTS {
            for doc_kind in ["决定书", "执行通知书"] {
                let paper = Papers { doc_kind, re_kind: "case", re_no: &self.case_no, sender: COURT, person: &self.person };
                paper.send(town, recipient, made + 1, made + 3, made + 3);
            }
        }
    }

    /// Out of custody and registered on a day, with what the register says of the penalty.
    fn handed_over(mut self, town: &mut Town, day: Day, penalty: &str) -> Outside {
        self.starts = day;
        self.custody.clone().day("out_date", day).put(town, day);
        Row::new("correction_person", "agency", JUSTICE)
            .text("corr_no", &self.number)
            .who(&self.person)
            .text("category", "暂予监外执行")
            .text("case_no", &self.case_no)
            .text("deciding_organ", COURT)
            .text("penalty_text", penalty)
            .day("term_start", day)
            .day("term_end", day + 700)
            .day("report_date", day)
            .day("register_date", day)
            .text("exec_county", COUNTY)
            .text("status", "在矫")
            .put(town, day);
        town.keep(&self.person, JUSTICE, day, day + 700, MONTHLY);
        self
    }

    /// Examinations of the year, each on the last lawful day but for the first two.
    pub fn examinations(&self, town: &mut Town) -> Vec<Day> {
        let mut days = vec![self.starts + town.rng.between(50, 80)];
        days.push(days[0] + town.rng.between(40, 85));
        while days[days.len() - 1] <= LAST_DAY {
            let last = days[days.len() - 1];
            days.push(roll(add_months(last, 3).unwrap_or(last + 89)));
        }
        days
    }
}
