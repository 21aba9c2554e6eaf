//! One paper in several spellings of its number is one row; what one file says twice is told.

use super::client::{CSV, NDJSON};
use super::server::{RULES, Server, Setup};
use huiyan::storage::disk::MemoryDisk;
use serde_json::{Value, json};

const POLICE: (&str, &str) = ("Huiyan-Agency", "police:1");

const DECISIONS: &str = r#"
.decl decision(organ: symbol, no: symbol, days: number?)
.record decision(key="organ,no", by="organ", owner="police", title="决定", alike="no=doc_key")
.decl too_long(organ: symbol, no: symbol, days: number)
.clue too_long(title="过长", key="organ,no", agency="organ", level="hint", basis="第一条", reason="{no}")
too_long(o, n, d) :- decision(o, n, d), d > 10.
"#;

/// What an office writes, its clerk, its other program and its scanner.
const SPELLINGS: [&str; 4] = ["石公〔2022〕第012号", "石公（2022）第12号", "石公[２０２２]第０１２号", "石公 (2022) 第 12 号"];

fn on(disk: &MemoryDisk) -> Server {
    let rules = format!("{RULES}{DECISIONS}");
    Server::on(disk, Setup { rules: &rules, ..Setup::default() })
}

fn send(server: &Server, mode: &str, rows: &[(&str, &str)]) -> Value {
    let lines: String = rows.iter().map(|(no, days)| format!("police:1,{no},{days}\n")).collect();
    let path = format!("/v1/relations/decision/rows?mode={mode}");
    server.client.post(&path, &[CSV, POLICE], &format!("organ,no,days\n{lines}")).expect(200)
}

fn rows(server: &Server) -> Vec<(String, Value)> {
    let rows = server.client.list("/v1/relations/decision/rows");
    rows.into_iter().map(|row| (row["no"].as_str().unwrap().to_string(), row["days"].clone())).collect()
}

fn told(list: &Value) -> Vec<Value> {
    list.as_array().unwrap().iter().map(|one| json!([one["line"], one["code"], one["pointer"]])).collect()
}

#[test]
fn a_paper_that_comes_in_four_spellings_is_one_row_and_one_clue() {
    let disk = MemoryDisk::new();
    let server = on(&disk);
    let mut clues = Vec::new();
    for (i, spelling) in SPELLINGS.iter().enumerate() {
        let receipt = send(&server, "upsert", &[(spelling, &format!("{}", 11 + i))]);
        let expected = if i == 0 { vec![] } else { vec![json!([2, "same-number", "/row/no"])] };
        assert_eq!(told(&receipt["repairs"]), expected, "{receipt}");
        assert_eq!(rows(&server), [(SPELLINGS[0].to_string(), json!(11 + i))], "the first spelling stands");
        clues.push(server.client.list("/v1/clues").iter().map(|clue| clue["id"].clone()).collect::<Vec<_>>());
    }
    assert!(clues.iter().all(|ids| ids.len() == 1 && *ids == clues[0]), "{clues:?}");
    let repairs = server.client.list("/v1/relations/decision/repairs");
    assert_eq!((repairs.len(), &repairs[0]["as_sent"], &repairs[0]["value"]), (1, &json!(SPELLINGS[3]), &json!(SPELLINGS[0])));

    // A refusal in one spelling ends with a row in another.
    assert_eq!(told(&send(&server, "insert", &[(SPELLINGS[1], "3")])["rejected"]), [json!([2, "key-present", ""])]);
    assert_eq!(server.client.list("/v1/faults").len(), 1);
    assert_eq!(told(&send(&server, "upsert", &[(SPELLINGS[2], "drei")])["rejected"]), [json!([2, "not-a-number", "/row/days"])]);
    assert_eq!(server.client.list("/v1/faults").len(), 2);
    assert_eq!(send(&server, "upsert", &[(SPELLINGS[3], "15")])["changed"], 2);
    assert_eq!(server.client.list("/v1/faults"), [] as [Value; 0]);

    // A table whose file is spelled otherwise now is the same table, and says so.
    for mode in ["replace", "upsert", "insert"] {
        let same = send(&server, mode, &[(SPELLINGS[2], "15")]);
        assert_eq!((&same["changed"], told(&same["repairs"])), (&json!(0), vec![json!([2, "same-number", "/row/no"])]), "{mode}");
        assert_eq!((&same["repaired"], &same["repairs"][0]["as_sent"]), (&json!(1), &json!(SPELLINGS[2])));
    }
    server.stop();
    let server = on(&disk);
    assert_eq!(rows(&server), [(SPELLINGS[0].to_string(), json!(15))], "after a restart too");
    let broken = send(&server, "replace", &[(SPELLINGS[1], "x")]);
    assert_eq!((&broken["changed"], rows(&server).len()), (&json!(0), 1), "a slip of the pen withdraws nothing");
    let whole = json!({"relation": "decision", "op": "retract", "row": {"organ": "police:1", "no": SPELLINGS[1], "days": 15}});
    let key = json!({"relation": "decision", "op": "retract", "row": {"organ": "police:1", "no": SPELLINGS[2]}});
    let receipt = server.client.post("/v1/batches", &[NDJSON, POLICE], &format!("{whole}\n{key}")).expect(200);
    assert_eq!((&receipt["changed"], told(&receipt["rejected"])), (&json!(1), vec![json!([2, "absent", ""])]));
    assert_eq!(told(&receipt["repairs"]), [json!([1, "same-number", "/row/no"])]);
    assert_eq!(server.client.list("/v1/clues"), [] as [Value; 0]);
    // Then the next spelling is the first.
    send(&server, "insert", &[(SPELLINGS[3], "1")]);
    assert_eq!(rows(&server), [(SPELLINGS[3].to_string(), json!(1))]);
}

#[test]
fn rows_from_before_stay_until_they_are_taken_back_by_their_very_spelling() {
    let disk = MemoryDisk::new();
    let rules = format!("{RULES}{}", DECISIONS.replace(", alike=\"no=doc_key\"", ""));
    let server = Server::on(&disk, Setup { rules: &rules, ..Setup::default() });
    send(&server, "insert", &[(SPELLINGS[0], "11"), (SPELLINGS[1], "12")]);
    server.stop();
    let server = on(&disk);
    assert_eq!(rows(&server).len(), 2);
    send(&server, "upsert", &[(SPELLINGS[1], "21")]);
    send(&server, "upsert", &[(SPELLINGS[2], "22")]);
    let both = [(SPELLINGS[0].to_string(), json!(22)), (SPELLINGS[1].to_string(), json!(21))];
    assert_eq!(rows(&server), both, "its own row; another spelling: the first in the order of values");
    server.stop();
    let server = on(&disk);
    assert_eq!(rows(&server), both);
    send(&server, "upsert", &[(SPELLINGS[3], "23")]);
    assert_eq!(rows(&server)[0], (SPELLINGS[0].to_string(), json!(23)));
    // A file that is the whole names the paper once.
    assert_eq!(send(&server, "replace", &[(SPELLINGS[2], "24")])["changed"], 3);
    assert_eq!(rows(&server), [(SPELLINGS[0].to_string(), json!(24))]);
}

#[test]
fn what_a_file_says_twice_is_counted_or_refused_with_the_line_of_the_first() {
    let disk = MemoryDisk::new();
    let server = on(&disk);
    let same = SPELLINGS.map(|no| (no, "11"));
    let receipt = send(&server, "insert", &same);
    assert_eq!(receipt["rejected"], json!([]), "{receipt}");
    let counts = |receipt: &Value| json!([receipt["accepted"], receipt["changed"], receipt["duplicates"]]);
    assert_eq!(counts(&receipt), json!([4, 1, 3]));
    for mode in ["insert", "upsert", "replace"] {
        let receipt = send(&server, mode, &[("1", "1"), (SPELLINGS[1], "11"), ("1", "2"), (SPELLINGS[2], "12"), ("01", "1")]);
        let twice = [json!([4, "key-twice", "/lines/2"]), json!([5, "key-twice", "/lines/3"])];
        assert_eq!(told(&receipt["rejected"]), twice, "{mode}");
        assert_eq!((&receipt["duplicates"], &receipt["accepted"]), (&json!(1), &json!(3)), "{mode}");
        assert!(receipt["rejected"][0]["message"].as_str().unwrap().contains("line 2 "), "{receipt}");
        assert_eq!(rows(&server), [(SPELLINGS[0].to_string(), json!(11)), ("1".to_string(), json!(1))], "{mode}");
    }
    assert_eq!(server.client.list("/v1/faults").len(), 1, "the last line on the other paper says what the first did");
    assert_eq!(send(&server, "replace", &[("1", "2")])["changed"], 3);
    assert_eq!(server.client.list("/v1/faults"), [] as [Value; 0]);

    // Told again as it was told.
    let body = "organ,no,days\npolice:1,7,1\npolice:1,7,2\npolice:1,7,1\n";
    let headers = [CSV, POLICE, ("Idempotency-Key", "k")];
    let first = server.client.post("/v1/relations/decision/rows", &headers, body).expect(200);
    server.stop();
    let server = on(&disk);
    let mut again = server.client.post("/v1/relations/decision/rows", &headers, body).expect(200);
    assert_eq!(again["replayed"].take(), json!(true));
    again["replayed"] = json!(false);
    (again["position"], again["positions"]) = (first["position"].clone(), first["positions"].clone());
    assert_eq!(again, first);

    // Rows as NDJSON are a file too; changes are taken in their order.
    let ndjson = "{\"organ\":\"police:1\",\"no\":\"8\",\"days\":1}\n{\"organ\":\"police:1\",\"no\":\"8\",\"days\":2}\n";
    let receipt = server.client.post("/v1/relations/decision/rows", &[NDJSON, POLICE], ndjson).expect(200);
    assert_eq!(told(&receipt["rejected"]), [json!([2, "key-twice", "/lines/1"])]);
    let change = |days| json!({"relation": "decision", "op": "upsert", "row": {"organ": "police:1", "no": "9", "days": days}});
    let receipt = server.client.batch(&[change(1), change(2)]).expect(200);
    assert_eq!(json!([receipt["accepted"], receipt["changed"], receipt["duplicates"]]), json!([2, 1, 0]));
    assert!(rows(&server).contains(&("9".to_string(), json!(2))));
}

#[test]
fn the_schema_tells_which_numbers_have_several_spellings() {
    let server = on(&MemoryDisk::new());
    let relations = server.client.list("/v1/relations");
    let decision = relations.iter().find(|relation| relation["name"] == "decision").unwrap();
    let alike: Vec<&Value> = decision["columns"].as_array().unwrap().iter().map(|column| &column["alike"]).collect();
    assert_eq!(alike, [&Value::Null, &json!("doc_key"), &Value::Null]);
}
