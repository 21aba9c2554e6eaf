//! Does the law of the supervision pack hang together: a calendar without gaps, duties with articles, marks that are known?

use huiyan::pack::Pack;
use huiyan::program::Program;
use huiyan::types::{Row, Value, date_text, parse_date, weekday};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn rows(relation: &str) -> (Program, Vec<Row>) {
    let pack = Pack::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/supervision")).unwrap();
    let (program, _) = pack.check().unwrap();
    let id = program.find(relation).unwrap();
    let all = pack.rows(&program).unwrap();
    let (_, rows) = all.into_iter().find(|(found, _)| *found == id).unwrap();
    (program, rows)
}

fn texts(relation: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let (program, rows) = rows(relation);
    let relation = program.relation(program.find(relation).unwrap());
    let columns: Vec<usize> = columns.iter().map(|name| relation.column(name).unwrap()).collect();
    rows.iter().map(|row| columns.iter().map(|column| row[*column].to_string()).collect()).collect()
}

/// Day to (rest, sure) of a region.
fn calendar() -> BTreeMap<String, BTreeMap<i64, (bool, bool)>> {
    let mut regions: BTreeMap<String, BTreeMap<i64, (bool, bool)>> = BTreeMap::new();
    for row in rows("calendar").1 {
        let (Value::Symbol(region), Value::Date(day), Value::Number(rest), Value::Number(sure)) =
            (&row[0], &row[1], &row[2], &row[3])
        else {
            panic!("{row:?}")
        };
        assert!((0..=1).contains(rest) && (0..=1).contains(sure), "{row:?}");
        regions.entry(region.to_string()).or_default().insert(*day, (*rest == 1, *sure == 1));
    }
    regions
}

#[test]
fn the_national_calendar_has_every_day_and_ends_on_a_working_day() {
    let calendar = calendar();
    let nation = &calendar["cn"];
    let day = |text: &str| parse_date(text).unwrap();
    let (first, last) = (*nation.keys().next().unwrap(), *nation.keys().last().unwrap());
    assert_eq!((date_text(first).as_str(), date_text(last).as_str()), ("2007-01-01", "2028-12-29"));
    assert_eq!(nation.len() as i64, last - first + 1, "a day is missing");
    assert!(!nation[&last].0);
    for (date, (rest, sure)) in nation {
        assert_eq!(*sure, *date <= day("2026-12-31"), "{}", date_text(*date));
        assert!(*sure || *rest == (weekday(*date) >= 6), "provisional: {}", date_text(*date));
    }
    // Known from the notices: 国庆 2022 with its two working days at a weekend, 春节 2020 as it was made longer.
    for (text, rest) in [
        ("2022-10-07", true),
        ("2022-10-08", false),
        ("2022-10-09", false),
        ("2022-09-12", true),
        ("2020-02-02", true),
        ("2020-01-31", true),
        ("2020-01-19", false),
        ("2015-09-03", true),
        ("2026-01-02", true),
    ] {
        assert_eq!(nation[&day(text)].0, rest, "{text}");
    }
}

#[test]
fn a_province_has_only_the_days_on_which_it_differs() {
    let calendar = calendar();
    assert_eq!(calendar.keys().collect::<Vec<_>>(), ["64", "cn"]);
    for (day, (rest, sure)) in &calendar["64"] {
        let nation = calendar["cn"][day];
        assert!(*rest && !nation.0, "{} is a rest day of the whole nation", date_text(*day));
        assert!(!*sure || nation.1, "{} is surer than the nation's", date_text(*day));
    }
}

#[test]
fn duties_have_articles_recipients_and_known_marks() {
    let articles: BTreeSet<String> = texts("article", &["code"]).into_iter().flatten().collect();
    let roles = ["社区矫正机构", "检察院", "公安机关", "法院", "决定机关"];
    // "送达" is the period for an appeal: nobody is told.
    let triggers = ["处罚决定", "强制措施", "生效", "收到文书", "入矫", "释放", "送达", "解除", "终止", "抄送", "单处剥权"];
    // Steps that are no papers, from their event on.
    let steps =
        ["提请", "逮捕", "撤销收监", "病情复查", "变更执行地", "电子定位", "外出", "期满", "列管", "剥权期满", "纠正意见"];
    let marks = ["V", "V2", "M", "G"];
    for duty in texts("duty", &["id", "trigger", "recipient_role", "n", "unit", "roll", "basis", "verified"]) {
        let [id, trigger, role, n, unit, roll, basis, verified] = duty.as_slice() else { panic!("{duty:?}") };
        let step = steps.contains(&trigger.as_str());
        assert!(step || triggers.contains(&trigger.as_str()), "{id}: no rule reads it");
        assert!(roles.contains(&role.as_str()) || (trigger == "送达" && role.is_empty()), "{id}");
        let n: i64 = n.parse().unwrap();
        match trigger.as_str() {
            // Before the release, or on its day.
            "释放" if roll == "0" => assert!(n <= 0, "{id}"),
            // A setting has the days.
            "收到文书" | "解除" | "终止" | "抄送" if n == 0 => {
                assert!(unit == "日" && roll == "1" && ["G", "M"].contains(&verified.as_str()), "{id}")
            }
            _ if step => assert!(n >= 0 && ["日", "月", "时"].contains(&unit.as_str()), "{id}"),
            _ => assert!(n > 0 && unit == "日" && roll == "1", "{id}"),
        }
        assert!(articles.contains(basis), "{id}: {basis} is no article");
        assert!(marks.contains(&verified.as_str()), "{id}");
    }
    let marked: Vec<String> = texts("article", &["verified"]).into_iter().flatten().collect();
    assert!(marked.iter().all(|mark| marks.contains(&mark.as_str())));
}
