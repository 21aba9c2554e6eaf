//! What cannot be does not come in; what is unlikely comes in and is told.

use super::client::{CSV, JSON, NDJSON};
use super::server::{Server, Setup};
use huiyan::limits::CLOCKS_DIFFER_DAYS;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{date_text, parse_date};
use serde_json::{Value, json};

/// Papers of agencies that are entered or not, in counties, over days.
const RULES: &str = r#"
.type AgencyCode <: symbol
.decl today(day: date)
.clock today
.decl agency(code: AgencyCode, name: symbol, county: symbol)
.record agency(key="code", owner="operator,pack", title="机关", checks="county=######")
.decl paper(agency: AgencyCode, no: symbol, county: symbol, sender: AgencyCode?, from_day: date, through: date?, days: number?)
.record paper(key="agency,no", by="agency", owner="police", title="文书", past="from_day",
    checks="county=######,days>=0,days<=15,from_day<=through", columns="through=截止日期,county=执行地")
"#;

/// The same before anything was checked.
fn free() -> String {
    RULES
        .lines()
        .filter(|line| !line.contains("checks=\"county=######,days"))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("past=\"from_day\",", "past=\"from_day\")")
        .replace(", checks=\"county=######\"", "")
}

fn on(disk: &MemoryDisk, rules: &str) -> Server {
    Server::on(disk, Setup { rules, ..Setup::default() })
}

fn send(server: &Server, lang: &str, lines: &str) -> Value {
    let headers = [CSV, ("Huiyan-Agency", "police:1"), ("Accept-Language", lang), ("Idempotency-Key", lang)];
    let body = format!("agency,no,county,sender,from_day,through,days\n{lines}");
    server.client.post("/v1/relations/paper/rows", &headers, &body).expect(200)
}

fn places(list: &Value) -> Vec<(u64, &str, &str)> {
    let told = list.as_array().unwrap().iter();
    told.map(|r| (r["line"].as_u64().unwrap(), r["code"].as_str().unwrap(), r["pointer"].as_str().unwrap())).collect()
}

#[test]
fn what_cannot_be_is_refused_by_its_column_in_words_of_the_rules() {
    let disk = MemoryDisk::new();
    let server = on(&disk, RULES);
    let lines = "police:1,a,64029,,2022-07-14,2022-07-15,3\n\
        police:1,b,红果县,,2022-07-14,,\n\
        police:1,c,640299,,2022-07-14,2022-07-13,3\n\
        police:1,d,640299,,2022-07-14,,-5\n\
        police:1,e,640299,,2022-07-14,,16\n\
        police:1,f,６４０ 299,,2022-07-14,2022-07-14,15\n\
        police:1,g,640299,,2022-07-14,,0\n";
    let receipt = send(&server, "en", lines);
    assert_eq!(
        places(&receipt["rejected"]),
        [
            (2, "wrong-form", "/row/county"),
            (3, "wrong-form", "/row/county"),
            (4, "out-of-bounds", "/row/from_day"),
            (5, "out-of-bounds", "/row/days"),
            (6, "out-of-bounds", "/row/days"),
        ]
    );
    let said = |receipt: &Value, i: usize| receipt["rejected"][i]["message"].as_str().unwrap().to_string();
    assert!(said(&receipt, 0).contains("6 digits") && said(&receipt, 2).ends_with("may not be after through"), "{receipt}");
    assert!(said(&receipt, 3).ends_with("less than 0 or more than 15"), "{receipt}");
    assert_eq!(places(&receipt["repairs"]), [(7, "code-spelling", "/row/county")]);
    let chinese = send(&server, "zh", lines);
    assert!(said(&chinese, 0).contains("6 位数字") && said(&chinese, 2).contains("不得晚于“截止日期”"), "{chinese}");
    let counties: Vec<Value> = server.client.list("/v1/relations/paper/rows").iter().map(|row| row["county"].clone()).collect();
    assert_eq!(counties, [json!("640299"), json!("640299")]);
    // Told again in the same words.
    let again = send(&server, "en", lines);
    assert_eq!((&again["replayed"], &again["rejected"]), (&json!(true), &receipt["rejected"]));
}

#[test]
fn rows_from_before_the_checks_stay_and_can_be_taken_back() {
    let disk = MemoryDisk::new();
    let server = on(&disk, &free());
    send(&server, "en", "police:1,a,红果县,,2022-07-14,2022-07-13,-5\npolice:1,b,红果县,,2022-07-14,,\n");
    server.stop();
    let server = on(&disk, RULES);
    assert_eq!(server.client.list("/v1/relations/paper/rows").len(), 2);
    let row = json!({"agency": "police:1", "no": "b", "county": "红果县", "from_day": "2022-07-14"});
    let whole = json!({"relation": "paper", "op": "retract", "row": row});
    let key = json!({"relation": "paper", "op": "retract", "row": {"agency": "police:1", "no": "a"}});
    let receipt = server.client.post("/v1/batches", &[NDJSON, ("Huiyan-Agency", "police:1")], &format!("{whole}\n{key}"));
    assert_eq!(receipt.expect(200)["changed"], 2);
    // A table of reference may leave the code out.
    let agency = json!({"relation": "agency", "op": "insert", "row": {"code": "court:1", "name": "院", "county": ""}});
    assert_eq!(server.client.batch(&[agency]).expect(200)["changed"], 1);
}

#[test]
fn a_day_ahead_and_an_agency_that_nobody_knows_are_taken_and_told() {
    let server = on(&MemoryDisk::new(), RULES);
    let day = |ahead: i64| date_text(parse_date("2022-07-15").unwrap() + ahead);
    let (elsewhere, ahead) = (day(CLOCKS_DIFFER_DAYS), day(CLOCKS_DIFFER_DAYS + 1));
    let lines = &format!(
        "police:1,a,640299,court:1,{elsewhere},,\npolice:1,b,640299,court:2,{ahead},,\npolice:1,c,640299,,2022-07-15,,\n"
    );
    // Where no agency is entered nobody can be missed; tomorrow may be today elsewhere.
    let receipt = send(&server, "en", lines);
    assert_eq!((&receipt["accepted"], &receipt["doubtful"]), (&json!(3), &json!(1)));
    assert_eq!(places(&receipt["doubts"]), [(3, "day-ahead", "/row/from_day")]);
    let agency =
        |code: &str| json!({"relation": "agency", "op": "insert", "row": {"code": code, "name": code, "county": "640299"}});
    let paper = json!({"relation": "paper", "op": "upsert", "row":
        {"agency": "police:1", "no": "d", "county": "640299", "sender": "court:1", "from_day": "2022-07-15"}});
    let strange = json!({"relation": "paper", "op": "upsert", "row":
        {"agency": "police:1", "no": "e", "county": "640299", "sender": "court:10", "from_day": "2022-07-15"}});
    let receipt = server.client.batch(&[paper, strange, agency("police:1"), agency("court:1")]).expect(200);
    assert_eq!(places(&receipt["doubts"]), [(2, "unknown-agency", "/row/sender")], "what comes along is known");
    // Rows that are there already are not told of again, and once the day has come it is no doubt.
    let again = server.client.post(
        "/v1/relations/paper/rows",
        &[CSV, ("Huiyan-Agency", "police:1")],
        &format!("agency,no,county,sender,from_day,through,days\n{lines}"),
    );
    assert_eq!(again.expect(200)["doubtful"], 0);
    server.client.clock("2022-07-20").expect(200);
    let replayed = send(&server, "en", lines);
    assert_eq!((&replayed["replayed"], places(&replayed["doubts"])), (&json!(true), vec![(3, "unknown-agency", "/row/sender")]));
}

#[test]
fn the_schema_shows_what_is_checked() {
    let server = on(&MemoryDisk::new(), RULES);
    let relations = server.client.list("/v1/relations");
    let paper = relations.iter().find(|relation| relation["name"] == "paper").unwrap();
    let column = |name: &str| paper["columns"].as_array().unwrap().iter().find(|column| column["name"] == name).unwrap().clone();
    assert_eq!((&column("county")["form"], &column("no")["form"]), (&json!("######"), &Value::Null));
    assert_eq!(column("days")["checks"], json!([">= 0", "<= 15"]));
    assert_eq!((&column("from_day")["checks"], &column("from_day")["past"]), (&json!(["<= through"]), &json!(true)));
    let query = json!({"columns": {"county": "640299"}}).to_string();
    server.client.post("/v1/relations/paper/query", &[JSON], &query).expect(200);
}
