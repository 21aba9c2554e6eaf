//! What is sent: a county with twenty thousand people in correction, and penalties of a million people, two in a hundred of them these.
//!
//! A penalty of somebody in correction, decided in his term, opens a clue (`penalised_in_correction`); a detention of last year opens two
//! more, for nobody was told. A penalty of one of the clients is a detention of yesterday: it opens exactly one clue, at once.

use huiyan::demo::person;
use huiyan::types::date_text;
use serde_json::{Value, json};
use std::ops::Range;

pub const OPERATOR: &str = "operator:local";
pub const POLICE: &str = "police:640299-01";
pub const JUSTICE: &str = "justice:640299-01";
pub const PROCURATORATE: &str = "procuratorate:640299-01";
const AREA: &str = "640299";

/// The day that the clock of the rules shows, and days before it.
pub const TODAY: &str = "2022-12-28";
const YESTERDAY: &str = "2022-12-27";
/// 2022-01-01 as a day's number; penalties of the load are of the 330 days from it.
const NEW_YEAR: i64 = 18_993;

/// So many days after [`TODAY`].
pub fn day(ahead: u64) -> String {
    date_text(NEW_YEAR + 361 + ahead as i64)
}

pub const IN_CORRECTION: u64 = 20_000;
const PEOPLE: u64 = 1_000_000;
/// Prime to [`PEOPLE`], so that penalties are spread over them evenly.
const SPREAD: u64 = 7_919;

/// Agencies and who is competent: the operator's. Then each agency's word that its papers are all there.
pub fn ground() -> Vec<(&'static str, String)> {
    let agency = |code: &str, kind: &str| {
        json!({"relation": "agency", "op": "insert", "row":
        {"code": code, "name": code, "kind": kind, "county": AREA, "level": "县"}})
    };
    let competent = |role: &str, agency: &str| {
        json!({"relation": "competent", "op": "insert", "row":
        {"role": role, "county": AREA, "agency": agency, "from_day": "2020-07-01"}})
    };
    let covered = |agency: &str| {
        json!({"relation": "coverage", "op": "insert", "row":
        {"agency": agency, "relation": "document_receipt", "from_day": "2020-07-01", "through": "2022-12-31"}})
    };
    let operator = [
        agency(POLICE, "police"),
        agency(JUSTICE, "justice"),
        agency(PROCURATORATE, "procuratorate"),
        competent("公安机关", POLICE),
        competent("社区矫正机构", JUSTICE),
        competent("检察院", PROCURATORATE),
    ];
    vec![(OPERATOR, lines(operator)), (JUSTICE, lines([covered(JUSTICE)])), (PROCURATORATE, lines([covered(PROCURATORATE)]))]
}

/// Everybody who is in correction, as rows.
pub fn in_correction() -> String {
    lines((0..IN_CORRECTION).map(|n| {
        let who = person(AREA, n as i64, 0);
        json!({"agency": JUSTICE, "corr_no": format!("矫{n}"), "id_no": who.id_no, "name": who.name, "category": "缓刑",
            "term_start": "2021-12-01", "term_end": "2023-12-31", "report_date": "2021-12-05", "register_date": "2021-12-05",
            "exec_county": AREA, "status": "在矫"})
    }))
}

/// The columns of a penalty, in the order of [`penalty`].
const COLUMNS: [&str; 9] = ["organ", "decision_no", "id_no", "name", "kind", "act_date", "amount", "decision_date", "executed"];

/// The cells of the `n`th penalty of the load.
fn penalty(n: u64) -> [String; 9] {
    let who = person(AREA, (n * SPREAD % PEOPLE) as i64, 0);
    let kind = if n.is_multiple_of(3) { "行政拘留" } else { "罚款" };
    let day = NEW_YEAR + (n % 330) as i64;
    let (acted, decided) = (date_text(day - 2), date_text(day));
    let amount = (n % 10 * 100).to_string();
    [POLICE.to_string(), decision_no(n), who.id_no, who.name, kind.to_string(), acted, amount, decided, "已执行".to_string()]
}

fn decision_no(n: u64) -> String {
    format!("红公（治）行罚决字〔2022〕第{n}号")
}

/// The number of a penalty, from its decision's.
pub fn number_of(decision_no: &str) -> Option<u64> {
    decision_no.split('第').nth(1)?.trim_end_matches('号').parse().ok()
}

pub fn penalties_ndjson(numbers: Range<u64>) -> String {
    let row = |n| Value::Object(COLUMNS.iter().map(|column| column.to_string()).zip(penalty(n).map(Value::from)).collect());
    lines(numbers.map(row))
}

pub fn penalties_csv(numbers: Range<u64>) -> String {
    let rows = numbers.map(|n| penalty(n).join(",") + "\n");
    std::iter::once(COLUMNS.join(",") + "\n").chain(rows).collect()
}

/// A batch of one record, which opens one clue.
pub fn one_penalty(n: u64) -> String {
    let who = person(AREA, (n % IN_CORRECTION) as i64, 0);
    lines([json!({"relation": "admin_penalty", "op": "insert", "row": {"organ": POLICE, "decision_no": decision_no(n),
        "id_no": who.id_no, "name": who.name, "kind": "行政拘留", "days": 10, "amount": 500, "decision_date": YESTERDAY}})])
}

fn lines(values: impl IntoIterator<Item = Value>) -> String {
    values.into_iter().map(|value| value.to_string() + "\n").collect()
}
