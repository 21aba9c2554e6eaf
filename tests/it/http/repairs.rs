//! What is written otherwise than it should be: read where that is certain, told, kept as sent, and gone with its row.

use super::client::{CSV, NDJSON};
use super::server::{Server, Setup};
use huiyan::limits::{MAX_REPAIRS_TOLD, TOLD_CELL_BYTES};
use huiyan::storage::disk::MemoryDisk;
use serde_json::{Value, json};

const CLEAN: &str = "organ,no,county,day,days,id_no\npolice:1,a,1,2022-07-15,3,64029919900101001X\npolice:1,b,1,2022-07-16,,\n";
const DIRTY: &str =
    "organ,no,county,day,days,id_no\npolice:1, a,1,二〇二二年七月十五日,３,'640299 19900101 001x\npolice:1,b,1,44758,无,—\n";

fn send(server: &Server, path: &str, body: &str) -> Value {
    server.client.post(path, &[CSV, ("Huiyan-Agency", "police:1")], body).expect(200)
}

fn told(receipt: &Value) -> Vec<(u64, &str, &str)> {
    let repairs = receipt["repairs"].as_array().unwrap();
    repairs.iter().map(|r| (r["line"].as_u64().unwrap(), r["pointer"].as_str().unwrap(), r["code"].as_str().unwrap())).collect()
}

fn kept(server: &Server, agency: &str) -> Vec<Value> {
    let answer = server.client.send("GET", "/v1/relations/penalty/repairs", &[("Huiyan-Agency", agency)], b"").expect(200);
    answer["items"].as_array().unwrap().clone()
}

#[test]
fn dirty_rows_are_the_clean_ones_and_their_texts_are_kept() {
    let disk = MemoryDisk::new();
    let server = Server::on(&disk, Setup::default());
    let receipt = send(&server, "/v1/relations/penalty/rows", DIRTY);
    assert_eq!((&receipt["accepted"], &receipt["changed"], &receipt["repaired"]), (&json!(2), &json!(2), &json!(7)));
    assert_eq!(
        told(&receipt),
        [
            (2, "/row/no", "white-space"),
            (2, "/row/id_no", "identity-spelling"),
            (2, "/row/day", "date-spelling"),
            (2, "/row/days", "number-spelling"),
            (3, "/row/id_no", "no-value"),
            (3, "/row/day", "date-spelling"),
            (3, "/row/days", "no-value"),
        ]
    );
    assert!(!receipt.to_string().contains("640299"), "{receipt}");
    let rows = server.client.list("/v1/relations/penalty/rows");
    assert_eq!((rows[0]["no"].as_str(), rows[0]["day"].as_str(), &rows[0]["days"]), (Some("a"), Some("2022-07-15"), &json!(3)));
    assert_eq!((rows[0]["id_no"].as_str(), &rows[1]["id_no"]), (Some("64029919900101001X"), &Value::Null));

    let items = kept(&server, "police:1");
    assert_eq!(items.len(), 7);
    assert_eq!(items[2]["as_sent"], "二〇二二年七月十五日");
    assert_eq!((&items[2]["value"], &items[2]["key"]), (&json!("2022-07-15"), &json!({"organ": "police:1", "no": "a"})));
    assert_eq!(kept(&server, "police:2"), [] as [Value; 0], "another agency's");
    assert_eq!(kept(&server, "operator:local").len(), 7);

    // The same rows in another spelling change nothing, in a replacement too.
    for path in ["/v1/relations/penalty/rows", "/v1/relations/penalty/rows?mode=replace"] {
        let again = send(&server, path, CLEAN);
        assert_eq!((&again["accepted"], &again["changed"], &again["repaired"]), (&json!(2), &json!(0), &json!(0)), "{path}");
    }
    server.stop();
    let server = Server::on(&disk, Setup::default());
    assert_eq!(kept(&server, "police:1"), items, "a restart keeps them");

    // They go with their row.
    let corrected = CLEAN.replace("2022-07-15,3", "2022-07-15,4");
    assert_eq!(send(&server, "/v1/relations/penalty/rows?mode=replace", &corrected)["changed"], 2);
    assert_eq!(kept(&server, "police:1").len(), 3);
    assert_eq!(send(&server, "/v1/relations/penalty/rows?mode=replace&empty=yes", "organ,no,county,day\n")["changed"], 2);
    assert_eq!(kept(&server, "operator:local"), [] as [Value; 0]);
}

#[test]
fn a_repeated_request_is_told_the_same_repairs() {
    let disk = MemoryDisk::new();
    let headers = [CSV, ("Huiyan-Agency", "police:1"), ("Idempotency-Key", "k")];
    let server = Server::on(&disk, Setup::default());
    let first = server.client.post("/v1/relations/penalty/rows", &headers, DIRTY).expect(200);
    server.stop();
    let server = Server::on(&disk, Setup::default());
    let again = server.client.post("/v1/relations/penalty/rows", &headers, DIRTY).expect(200);
    assert_eq!((&again["replayed"], told(&again), &again["repaired"]), (&json!(true), told(&first), &json!(7)));
}

#[test]
fn a_refused_line_of_a_replacement_keeps_the_row_it_meant() {
    let server = Server::new();
    send(&server, "/v1/relations/penalty/rows", CLEAN);
    let body = "organ,no,county,day\npolice:1,a ,1,2022-07\npolice:1,c,1,2022-07-17\n";
    let receipt = send(&server, "/v1/relations/penalty/rows?mode=replace", body);
    let refused = &receipt["rejected"][0];
    assert_eq!(
        (&refused["line"], &refused["code"], &refused["pointer"]),
        (&json!(2), &json!("date-without-day"), &json!("/row/day"))
    );
    let numbers: Vec<Value> = server.client.list("/v1/relations/penalty/rows").iter().map(|row| row["no"].clone()).collect();
    assert!(numbers.contains(&json!("a")) && numbers.contains(&json!("c")) && !numbers.contains(&json!("b")), "{numbers:?}");
}

#[test]
fn a_retraction_finds_its_row_whatever_the_spelling_of_its_key() {
    let server = Server::new();
    send(&server, "/v1/relations/penalty/rows", CLEAN);
    let line = json!({"relation": "penalty", "op": "retract", "row": {"organ": "police:1", "no": "a\u{3000}"}});
    let receipt = server.client.post("/v1/batches", &[NDJSON], &line.to_string()).expect(200);
    assert_eq!((&receipt["accepted"], told(&receipt).as_slice()), (&json!(1), &[(1, "/row/no", "white-space")][..]));
    let half = json!({"relation": "penalty", "op": "retract", "row": {"no": "b"}});
    let wrong = json!({"relation": "penalty", "op": "take", "row": {"no": "b", "organ": "police:1"}});
    let receipt = server.client.batch(&[half, wrong]).expect(200);
    let pointers: Vec<&Value> = receipt["rejected"].as_array().unwrap().iter().map(|r| &r["pointer"]).collect();
    assert_eq!(pointers[..2], [&json!("/row/organ"), &json!("/op")], "{receipt}");
    let ops: Vec<Value> = server.client.list("/v1/faults").iter().map(|f| f["op"].clone()).collect();
    assert!(ops.contains(&json!("")) && !ops.contains(&json!("insert")), "{ops:?}");
}

#[test]
fn q5_repairs_are_named_up_to_a_number_and_short_texts_alone_are_repeated() {
    let server = Server::new();
    let row = |n: usize, no: &str| format!("police:1,{no}{n},1,二〇二二年七月十五日,3,\n");
    let body = |rows: usize| format!("organ,no,county,day,days,id_no\n{}", (0..rows).map(|n| row(n, "k")).collect::<String>());
    let receipt = send(&server, "/v1/relations/penalty/rows?mode=upsert", &body(MAX_REPAIRS_TOLD));
    assert_eq!((&receipt["repaired"], told(&receipt).len()), (&Value::from(MAX_REPAIRS_TOLD), MAX_REPAIRS_TOLD));
    let server = Server::new();
    let receipt = send(&server, "/v1/relations/penalty/rows", &body(MAX_REPAIRS_TOLD + 1));
    assert_eq!((&receipt["repaired"], told(&receipt).len()), (&Value::from(MAX_REPAIRS_TOLD + 1), MAX_REPAIRS_TOLD));
    // Blanks before the day: the text as it was sent is so long.
    let told_text = |bytes: usize, no: &str| {
        let text = format!("{}2022-07-15", " ".repeat(bytes - "2022-07-15".len()));
        let line =
            json!({"relation":"penalty","op":"insert","row":{"organ":"police:1","no":no,"county":"1","day":text,"days":3}});
        let receipt = server.client.batch(&[line]).expect(200);
        receipt["repairs"][0].get("as_sent").is_some_and(|text| !text.is_null())
    };
    assert_eq!((told_text(TOLD_CELL_BYTES, "a"), told_text(TOLD_CELL_BYTES + 1, "b")), (true, false));
}
