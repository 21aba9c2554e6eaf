//! What is wrong now is for whom it concerns, in words; and it ends.

use super::client::NDJSON;
use super::doors::penalty;
use super::server::Server;
use serde_json::{Value, json};

fn seen(server: &Server, path: &str, agency: &str) -> Vec<Value> {
    let answer = server.client.send("GET", path, &[("Huiyan-Agency", agency), ("Accept-Language", "zh")], b"").expect(200);
    answer["items"].as_array().unwrap().clone()
}

fn batch(server: &Server, agency: &str, lines: &[Value]) -> Value {
    let body: Vec<String> = lines.iter().map(Value::to_string).collect();
    server.client.post("/v1/batches", &[NDJSON, ("Huiyan-Agency", agency)], &body.join("\n")).expect(200)
}

fn retract(agency: &str, no: &str) -> Value {
    json!({"relation": "penalty", "op": "retract", "row": {"organ": agency, "no": no}})
}

#[test]
fn an_agency_sees_its_own_and_who_supervises_sees_all() {
    let server = Server::new();
    batch(&server, "police:1", &[retract("police:1", "a")]);
    batch(&server, "police:2", &[penalty("insert", "police:1", "b", "1")]);
    for (speaker, path, whose) in [
        ("police:1", "/v1/faults", &["police:1"][..]),
        ("police:2", "/v1/faults", &["police:2"]),
        ("police:2", "/v1/faults?agency=police:2", &["police:2"]),
        ("court:1", "/v1/faults", &[]),
        ("procuratorate:1", "/v1/faults", &["police:1", "police:2"]),
        ("procuratorate:1", "/v1/faults?agency=police:2", &["police:2"]),
        ("operator:local", "/v1/faults", &["police:1", "police:2"]),
    ] {
        let faults = seen(&server, path, speaker);
        let agencies: Vec<&str> = faults.iter().map(|fault| fault["agency"].as_str().unwrap()).collect();
        assert_eq!(agencies, whose, "{speaker} {path}");
    }
    let other = server.client.send("GET", "/v1/faults?agency=police:1", &[("Huiyan-Agency", "police:2")], b"");
    assert!(other.status == 403 && other.body.contains("/problems/not-yours"), "{}", other.body);
    // In words, and with the code that was expected.
    assert_eq!(seen(&server, "/v1/faults", "police:1")[0]["message"], "没有可撤回的这一行");
    assert_eq!(seen(&server, "/v1/faults", "police:2")[0]["message"], "此列必须是报送机关自己的代码，即 police:2");
}

#[test]
fn a_retraction_of_nothing_is_over_when_the_right_row_is_taken_back_or_a_later_day_brings_rows() {
    let server = Server::new();
    let open = || seen(&server, "/v1/faults", "police:1").len();
    batch(&server, "police:1", &[penalty("insert", "police:1", "a", "1"), penalty("insert", "police:1", "b", "1")]);
    batch(&server, "police:1", &[retract("police:1", "aa")]);
    assert_eq!(open(), 1);
    batch(&server, "police:1", &[penalty("insert", "police:1", "c", "1")]);
    assert_eq!(open(), 1, "another row of the same day says nothing");
    batch(&server, "police:1", &[retract("police:1", "a"), retract("police:1", "zz")]);
    assert_eq!(open(), 2, "something was refused");
    batch(&server, "police:1", &[retract("police:1", "b")]);
    assert_eq!(open(), 0, "the right ones were found");

    batch(&server, "police:1", &[retract("police:1", "aa")]);
    server.client.clock("2022-07-16").expect(200);
    batch(&server, "police:1", &[penalty("insert", "police:1", "d", "1")]);
    assert_eq!(open(), 0, "a day later the table goes on without it");

    // A retraction whose row was another one ends with one that takes the row back.
    let wrong = json!({"relation": "penalty", "op": "retract", "row": {"organ": "police:1", "no": "d", "county": "9", "day": "2022-07-15"}});
    batch(&server, "police:1", &[wrong]);
    assert_eq!(open(), 1);
    batch(&server, "police:1", &[retract("police:1", "d")]);
    assert_eq!(open(), 0);
}
