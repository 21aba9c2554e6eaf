//! What is wrong with the rows themselves, read off what was sent: numbers that fail their check, and cases of the register that no court has
//! sent. Everyday slips and refused rows make them, whoever else plants them.

use super::days::LAST_DAY;
use super::people;
use super::record::{Sent, keys};
use super::truth::Truth;
use crate::types::{Day, parse_date};
use std::collections::BTreeMap;

/// Tables whose numbers are looked at, and the column by which a clue names a row.
const NUMBERED: [(&str, &str); 7] = [
    ("correction_person", "corr_no"),
    ("judgment_person", "case_no"),
    ("admin_penalty", "decision_no"),
    ("coercive_measure", "measure_no"),
    ("dpr_release", "release_no"),
    ("dpr_police_list", "list_no"),
    ("custody", "custody_no"),
];
/// A judgment is looked for from so many days before the term on.
const BEFORE_THE_TERM: i64 = 366;

/// `covered_from`: the day from which the courts' tables are complete.
pub fn truth(sent: &[Sent], covered_from: Day) -> Vec<Truth> {
    let mut truth = Vec::new();
    for (relation, number) in NUMBERED {
        for versions in rows_of(sent, relation).values() {
            let broken = |row: &Sent| row.cells.get("id_no").is_some_and(|id| !people::passes(id));
            let no = match versions[0].cells.get("defendant") {
                Some(defendant) => format!("{}第{defendant}名", cell(versions[0], number)),
                None => cell(versions[0], number).to_string(),
            };
            let key = format!("{relation}|{}|{no}", versions[0].agency);
            truth.extend(while_so(versions, broken).map(|(from, to)| interval("identity_broken", &key, from, to)));
        }
    }
    truth.extend(unmatched(sent, covered_from));
    truth
}

fn cell<'a>(row: &'a Sent, column: &str) -> &'a str {
    row.cells.get(column).map_or("", String::as_str)
}

fn interval(rule: &'static str, key: &str, from: Day, to: Day) -> Truth {
    let clue = Truth::quality(rule, key, from);
    if to > LAST_DAY { clue } else { clue.until(to) }
}

/// The rows of a relation that the door took, by key, each as it stood day by day.
fn rows_of<'a>(sent: &'a [Sent], relation: &str) -> BTreeMap<Vec<&'a str>, Vec<&'a Sent>> {
    let mut rows: BTreeMap<Vec<&str>, Vec<&Sent>> = BTreeMap::new();
    for row in sent.iter().filter(|row| row.relation == relation && !row.refused) {
        let key = keys(row.relation).iter().map(|column| cell(row, column)).collect();
        rows.entry(key).or_default().push(row);
    }
    rows.values_mut().for_each(|versions| versions.sort_by_key(|row| row.day));
    rows
}

/// From which day to before which a row is so. Of a day's versions the last one counts.
fn while_so(versions: &[&Sent], so: impl Fn(&Sent) -> bool) -> impl Iterator<Item = (Day, Day)> {
    let mut intervals: Vec<(Day, Day)> = Vec::new();
    for (at, row) in versions.iter().enumerate() {
        let until = versions.get(at + 1).map_or(LAST_DAY + 1, |next| next.day);
        if until > row.day && so(row) {
            match intervals.last_mut() {
                Some(last) if last.1 == row.day => last.1 = until,
                _ => intervals.push((row.day, until)),
            }
        }
    }
    intervals.into_iter()
}

/// Rows of the register whose case no court has sent yet.
fn unmatched(sent: &[Sent], covered_from: Day) -> Vec<Truth> {
    let judged = judged(sent);
    let mut truth = Vec::new();
    for versions in rows_of(sent, "correction_person").values() {
        let first = versions[0];
        let (case, organ) = (cell(first, "case_no"), cell(first, "deciding_organ"));
        let known = judged.get(&figures(case)).copied().unwrap_or(LAST_DAY + 1);
        let starts = parse_date(cell(first, "term_start")).unwrap_or(Day::MAX);
        if organ.starts_with("court:") && starts - BEFORE_THE_TERM >= covered_from && known > first.day {
            let key = format!("{}|{}", first.agency, cell(first, "corr_no"));
            truth.push(interval("case_unmatched", &key, first.day, known));
        }
    }
    truth
}

/// The day on which a court first sent somebody's sentence to correction in a case.
fn judged(sent: &[Sent]) -> BTreeMap<Vec<String>, Day> {
    let mut judged: BTreeMap<Vec<String>, Day> = BTreeMap::new();
    let elsewhere = ["监禁", "单处剥权", "其他"];
    for row in sent.iter().filter(|row| row.relation == "judgment_person" && !row.refused) {
        if !elsewhere.contains(&cell(row, "category")) {
            let day = judged.entry(figures(cell(row, "case_no"))).or_insert(row.day);
            *day = (*day).min(row.day);
        }
    }
    judged
}

/// What tells cases apart however they are spelled: their figures, without zeros in front.
fn figures(case_no: &str) -> Vec<String> {
    let plain = people::narrow(case_no);
    let runs = plain.split(|c: char| !c.is_ascii_digit()).map(|run| run.trim_start_matches('0').to_string());
    runs.filter(|run| !run.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_told_apart_by_their_figures_alone() {
        let plain = figures("（2022）宁0299刑初6号");
        for spelled in ["(2022)宁0299刑初006号", "[2022] 宁0299刑初6号", "（２０２２）宁０２９９刑初６号"]
        {
            assert_eq!(figures(spelled), plain, "{spelled}");
        }
        assert_ne!(figures("（2022）宁0299刑初7号"), plain);
    }

    #[test]
    fn a_row_is_broken_from_the_version_that_is_to_the_one_that_is_not() {
        let row = |day, id: &str| Sent {
            day,
            agency: "police:640299-01".to_string(),
            relation: "custody",
            cells: [("agency", "police:640299-01"), ("custody_no", "押1"), ("id_no", id)].map(|(c, t)| (c, t.to_string())).into(),
            refused: false,
        };
        let (right, wrong) = ("640299198501010011", "640299198501010012");
        let sent = [row(19_000, wrong), row(19_003, wrong), row(19_007, right), row(19_009, wrong), row(19_009, right)];
        let found = truth(&sent, 0);
        assert_eq!(found, [Truth::quality("identity_broken", "custody|police:640299-01|押1", 19_000).until(19_007)]);
        assert!(truth(&[Sent { refused: true, ..row(19_000, wrong) }], 0).is_empty());
    }
}
