//! Columns that take certain words: what is none of them does not come in, what certainly means one is read as it.

use super::client::{CSV, JSON, NDJSON};
use super::server::{RULES, Server, Setup};
use huiyan::storage::disk::MemoryDisk;
use serde_json::{Value, json};

/// A paper answers a penalty only if it says that it is about one; the rules of before took any text.
const FREE: &str = r#"
.decl paper(agency: symbol, no: symbol, about: symbol, whole: symbol?)
.record paper(key="agency,no", by="agency", owner="police", title="文书")
.decl answered(no: symbol)
.output answered
answered(n) :- paper(no: n, about: "penalty").
"#;

fn rules() -> String {
    let words = ", words=\"about=case|penalty:处罚:行政处罚,whole=是|否\")\n.decl answered";
    format!("{RULES}{}", FREE.replace(")\n.decl answered", words))
}

fn send(server: &Server, path: &str, body: &str) -> Value {
    server.client.post(path, &[CSV, ("Huiyan-Agency", "police:1")], body).expect(200)
}

fn papers(server: &Server) -> Vec<(Value, Value, Value)> {
    let rows = server.client.list("/v1/relations/paper/rows");
    rows.into_iter().map(|row| (row["no"].clone(), row["about"].clone(), row["whole"].clone())).collect()
}

#[test]
fn what_is_no_word_is_refused_and_told_with_the_words_but_never_with_what_was_sent() {
    let disk = MemoryDisk::new();
    let rules = rules();
    let setup = || Setup { rules: &rules, ..Setup::default() };
    let server = Server::on(&disk, setup());
    let body = "agency,no,about,whole\npolice:1,1,处 分,是\npolice:1,2,penalty,是的\npolice:1,3,,\npolice:1,4,penalty,\n";
    let headers = [CSV, ("Huiyan-Agency", "police:1"), ("Idempotency-Key", "k")];
    let receipt = server.client.post("/v1/relations/paper/rows", &headers, body).expect(200);
    let places = |receipt: &Value| -> Vec<Value> {
        let told = |r: &Value| json!([r["line"], r["code"], r["pointer"]]);
        receipt["rejected"].as_array().unwrap().iter().map(told).collect()
    };
    assert_eq!(
        places(&receipt),
        [
            json!([2, "unknown-word", "/row/about"]),
            json!([3, "unknown-word", "/row/whole"]),
            json!([4, "absent-required", "/row/about"]),
        ]
    );
    let message = receipt["rejected"][0]["message"].as_str().unwrap();
    assert!(message.contains("case") && message.contains("penalty") && !message.contains("处分"), "{message}");
    assert!(receipt["rejected"][1]["message"].as_str().unwrap().ends_with("是, 否"), "{receipt}");
    let chinese = [CSV, ("Huiyan-Agency", "police:1"), ("Accept-Language", "zh")];
    let chinese = server.client.post("/v1/relations/paper/rows", &chinese, body);
    assert!(chinese.expect(200)["rejected"][0]["message"].as_str().unwrap().ends_with("case、penalty"));
    assert_eq!(papers(&server), [(json!("4"), json!("penalty"), Value::Null)]);
    server.stop();
    let server = Server::on(&disk, setup());
    let again = server.client.post("/v1/relations/paper/rows", &headers, body).expect(200);
    assert_eq!((&again["replayed"], &again["rejected"]), (&json!(true), &receipt["rejected"]), "in the same words");
}

#[test]
fn what_means_a_word_is_read_as_it_and_told_as_a_repair() {
    let rules = rules();
    let server = Server::on(&MemoryDisk::new(), Setup { rules: &rules, ..Setup::default() });
    let body = "agency,no,about,whole\npolice:1,1,处罚,\u{3000}是\npolice:1,2, 行政 处罚,—\npolice:1,3,ＰＥＮＡＬＴＹ,否\n";
    let receipt = send(&server, "/v1/relations/paper/rows", body);
    let told: Vec<Value> =
        receipt["repairs"].as_array().unwrap().iter().map(|r| json!([r["line"], r["pointer"], r["code"]])).collect();
    assert_eq!(
        told,
        [
            json!([2, "/row/about", "word-spelling"]),
            json!([2, "/row/whole", "white-space"]),
            json!([3, "/row/about", "word-spelling"]),
            json!([3, "/row/whole", "no-value"]),
            json!([4, "/row/about", "word-spelling"]),
        ]
    );
    let penalty = || json!("penalty");
    assert_eq!(
        papers(&server),
        [(json!("1"), penalty(), json!("是")), (json!("2"), penalty(), Value::Null), (json!("3"), penalty(), json!("否"))]
    );
    assert_eq!(server.client.list("/v1/relations/answered/rows").len(), 3);
    // A whole row is taken back in the words in which it came.
    let row = json!({"agency": "police:1", "no": "1", "about": "处罚", "whole": "是"});
    let line = json!({"relation": "paper", "op": "retract", "row": row});
    assert_eq!(server.client.batch(&[line]).expect(200)["changed"], 1);
}

#[test]
fn rows_from_before_the_words_stay_can_be_asked_for_and_go() {
    let disk = MemoryDisk::new();
    let server = Server::on(&disk, Setup { rules: &format!("{RULES}{FREE}"), ..Setup::default() });
    send(&server, "/v1/relations/paper/rows", "agency,no,about\npolice:1,1,处分\npolice:1,2,处分\n");
    server.stop();
    let server = Server::on(&disk, Setup { rules: &rules(), ..Setup::default() });
    assert_eq!(papers(&server).len(), 2, "what is there is not judged");
    let query = json!({"columns": {"about": "处分"}}).to_string();
    assert_eq!(
        server.client.post("/v1/relations/paper/query", &[JSON], &query).expect(200)["items"].as_array().unwrap().len(),
        2
    );
    let whole = json!({"relation": "paper", "op": "retract", "row": {"agency": "police:1", "no": "1", "about": "处分"}});
    let key = json!({"relation": "paper", "op": "retract", "row": {"agency": "police:1", "no": "2"}});
    let lines = format!("{whole}\n{key}");
    let receipt = server.client.post("/v1/batches", &[NDJSON, ("Huiyan-Agency", "police:1")], &lines).expect(200);
    assert_eq!((&receipt["changed"], &receipt["rejected"]), (&json!(2), &json!([])), "{receipt}");
}

#[test]
fn the_schema_tells_the_words() {
    let rules = rules();
    let server = Server::on(&MemoryDisk::new(), Setup { rules: &rules, ..Setup::default() });
    let relations = server.client.list("/v1/relations");
    let paper = relations.iter().find(|relation| relation["name"] == "paper").unwrap();
    let words: Vec<&Value> = paper["columns"].as_array().unwrap().iter().map(|column| &column["words"]).collect();
    assert_eq!(words, [&Value::Null, &Value::Null, &json!(["case", "penalty"]), &json!(["是", "否"])]);
}
