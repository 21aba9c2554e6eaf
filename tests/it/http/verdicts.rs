//! What people say of clues, over the network: who may, what is refused and why, who sees what of it.

use super::client::{Answer, Client, JSON, NDJSON};
use super::doors::penalty;
use super::server::{Server, Setup};
use huiyan::limits::VERDICT_NOTE_CHARS;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{CaseState, Dismissal};
use serde_json::{Value, json};

const PROSECUTOR: (&str, &str) = ("Huiyan-Agency", "procuratorate:640299-01");
const POLICE: (&str, &str) = ("Huiyan-Agency", "police:1");
const NOTE: &str = "当面问过张三";

/// Two clues, of decisions a and b.
fn server(disk: &MemoryDisk) -> Server {
    let server = Server::on(disk, Setup::default());
    server.client.batch(&[penalty("insert", "police:1", "a", "1"), penalty("insert", "police:1", "b", "1")]).expect(200);
    server.client.clock("2022-07-19").expect(200);
    server
}

/// The clue of a decision, whatever its state.
fn clue(client: Client, no: &str) -> Value {
    let every: Vec<String> = CaseState::NAMES.iter().map(|name| format!("state={name}")).collect();
    let all = client.list(&format!("/v1/clues?{}", every.join("&")));
    all.into_iter().find(|clue| clue["columns"]["no"] == no).unwrap_or_else(|| panic!("there is no clue of {no}"))
}

fn say(client: Client, no: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let path = format!("/v1/clues/{}/verdicts", clue(client, no)["id"].as_str().unwrap());
    client.post(&path, &[&[JSON], headers].concat(), &body.to_string())
}

/// What is told of the first mistake.
fn first_error(answer: &Answer) -> (u16, String, String) {
    let problem = answer.json();
    let text = |name: &str| problem["errors"][0][name].as_str().unwrap_or("").to_string();
    (answer.status, text("code"), text("pointer"))
}

#[test]
fn a_verdict_is_answered_listed_streamed_and_remembered() {
    let server = server(&MemoryDisk::seeded(1));
    let client = server.client;
    let seen = clue(client, "a");
    assert_eq!((&seen["state"], &seen["dismissal"]), (&json!("new"), &Value::Null));
    let after = client.get("/v1/clues").expect(200)["position"].as_str().unwrap().to_string();
    let body = json!({"state": "dismissed", "reason": "data-error", "note": format!("  {NOTE}\n"), "position": seen["changed"]});
    let answer = say(client, "a", &[PROSECUTOR], &body).expect(200);
    assert_eq!((&answer["id"], &answer["state"]), (&seen["id"], &json!("dismissed")));
    assert_eq!((&answer["dismissal"], &answer["replayed"]), (&json!("data-error"), &json!(false)));

    // The stream has it as an epoch of its own, without the note.
    let told = client.get(&format!("/v1/changes?after={after}")).expect(200);
    let [epoch] = &told["items"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!(epoch["position"], answer["position"]);
    let cause = json!({"kind": "verdict", "agency": PROSECUTOR.1, "state": "dismissed", "reason": "data-error"});
    assert_eq!(epoch["cause"], cause);
    let change = &epoch["changes"][0];
    assert_eq!(
        (&change["op"], &change["clue"]["state"], &change["was"]["state"]),
        (&json!("change"), &json!("dismissed"), &json!("new"))
    );
    assert_eq!((&change["clue"]["machine"], &change["clue"]["changed"]), (&seen["machine"], &answer["position"]));
    assert!(!told.to_string().contains("张三"));

    // What was put aside is in the list for who asks for it.
    let listed = |query: &str| client.list(&format!("/v1/clues{query}")).len();
    assert_eq!(
        (listed(""), listed("?state=dismissed"), listed("?state=new"), listed("?state=new&state=dismissed")),
        (1, 1, 1, 2)
    );
    let asked = client.post("/v1/clues/query", &[JSON], "{\"state\":[\"dismissed\"]}").expect(200);
    assert_eq!(asked["items"].as_array().unwrap().len(), 1);
    assert_eq!(client.get("/v1/clues?state=forgotten").problem(), "bad-parameter");

    // Its life: with the note for those whose business it is.
    let history = |headers: &[(&str, &str)]| {
        let path = format!("/v1/clues/{}/history", seen["id"].as_str().unwrap());
        client.send("GET", &path, headers, b"").expect(200)["items"].as_array().unwrap().last().unwrap().clone()
    };
    let step = history(&[PROSECUTOR]);
    assert_eq!((&step["now"], &step["op"], &step["cause"]), (&json!("2022-07-19"), &json!("change"), &cause));
    assert_eq!((&step["state"], &step["dismissal"], &step["note"]), (&json!("dismissed"), &json!("data-error"), &json!(NOTE)));
    assert_eq!(history(&[])["note"], NOTE, "the operator");
    assert_eq!((&history(&[POLICE])["note"], &history(&[POLICE])["state"]), (&Value::Null, &json!("dismissed")));
    assert_eq!(client.list("/v1/history").last().unwrap()["cause"], cause);

    // Other rows: it is all open again, and the stream says from what.
    client.batch(&[penalty("upsert", "police:1", "a", "2")]).expect(200);
    let told = client.get(&format!("/v1/changes?after={}", answer["position"].as_str().unwrap())).expect(200);
    let change = &told["items"][0]["changes"].as_array().unwrap().iter().find(|change| change["op"] == "change").unwrap().clone();
    assert_eq!((&change["clue"]["state"], &change["was"]["dismissal"]), (&json!("new"), &json!("data-error")));
    assert_eq!((&history(&[])["state"], &history(&[])["note"]), (&json!("new"), &Value::Null));
    assert_eq!(listed(""), 2);
}

#[test]
fn only_those_whose_office_it_is_say_what_becomes_of_a_clue() {
    let server = server(&MemoryDisk::seeded(1));
    let client = server.client;
    let checking = json!({"state": "checking"});
    for other in ["police:1", "court:1", "prison:1", "justice:1"] {
        assert_eq!(say(client, "a", &[("Huiyan-Agency", other)], &checking).problem(), "procuratorate-only", "{other}");
    }
    assert_eq!(say(client, "a", &[("Huiyan-Agency", "pack:test")], &checking).problem(), "bad-agency");
    say(client, "a", &[], &checking).expect(200);
    say(client, "a", &[PROSECUTOR], &checking).expect(200);
}

#[test]
fn what_is_wrong_with_a_verdict_is_told_by_name() {
    let server = server(&MemoryDisk::seeded(1));
    let client = server.client;
    let long = "长".repeat(VERDICT_NOTE_CHARS + 1);
    for (body, code, pointer) in [
        (json!({}), "unknown-state", "/state"),
        (json!({"state": "new"}), "unknown-state", "/state"),
        (json!({"state": "ended"}), "unknown-state", "/state"),
        (json!({"state": 3}), "bad-json", "/state"),
        (json!({"state": "dismissed"}), "reason-needed", "/reason"),
        (json!({"state": "dismissed", "reason": "张三"}), "unknown-reason", "/reason"),
        (json!({"state": "confirmed", "reason": "data-error"}), "reason-unfit", "/reason"),
        (json!({"state": "dismissed", "reason": "other-with-note"}), "note-needed", "/note"),
        (json!({"state": "dismissed", "reason": "other-with-note", "note": " \n"}), "note-needed", "/note"),
        (json!({"state": "checking", "note": long}), "note-too-long", "/note"),
        (json!({"state": "checking", "evidence": 1}), "bad-json", ""),
    ] {
        let answer = say(client, "a", &[PROSECUTOR], &body);
        assert_eq!(first_error(&answer), (400, code.to_string(), pointer.to_string()), "{}", answer.body);
        assert!(!answer.body.contains("张三"), "{}", answer.body);
        assert_eq!(client.get(&format!("/problems/{code}")).status, 200, "{code}");
    }
    let told = say(client, "a", &[("Accept-Language", "zh")], &json!({"state": "dismissed"})).json();
    let message = told["errors"][0]["message"].as_str().unwrap();
    assert!(Dismissal::all().all(|reason| message.contains(reason.name()) && message.contains(reason.titles().1)), "{message}");
    let limit = "长".repeat(VERDICT_NOTE_CHARS);
    say(client, "a", &[PROSECUTOR], &json!({"state": "checking", "note": limit, "reason": null})).expect(200);

    let nobody = format!("/v1/clues/{}/verdicts", "0".repeat(32));
    for path in ["/v1/clues/nothing/verdicts", &nobody] {
        assert_eq!(client.post(path, &[JSON], "{\"state\":\"checking\"}").problem(), "not-found");
    }
    assert_eq!(say(client, "a", &[], &json!({"state": "checking", "position": "x"})).problem(), "bad-position");
    let refused = say(client, "a", &[("Accept-Language", "en")], &json!({"state": "replied"}));
    assert_eq!((refused.problem().as_str(), first_error(&refused).2.as_str()), ("verdict-out-of-order", "/state"));
    let said = refused.json()["errors"][0]["message"].as_str().unwrap().to_string();
    assert!(said.contains("checking, confirmed, dismissed") && refused.header("retry-after").is_none(), "{said}");

    // Somebody else was quicker, or a record was.
    let seen = clue(client, "b");
    say(client, "b", &[PROSECUTOR], &json!({"state": "confirmed"})).expect(200);
    let late = json!({"state": "dismissed", "reason": "data-error", "position": seen["changed"]});
    assert_eq!(say(client, "b", &[], &late).problem(), "clue-changed");
    let now = client.get("/v1/clues").expect(200)["position"].clone();
    say(client, "b", &[], &json!({"state": "dismissed", "reason": "data-error", "position": now})).expect(200);
    // A withdrawn one is remembered: a case that was begun goes on, another is none.
    let on =
        |id: &str, state: &str| client.post(&format!("/v1/clues/{id}/verdicts"), &[JSON], &format!("{{\"state\":\"{state}\"}}"));
    client.batch(&[penalty("insert", "police:1", "c", "1")]).expect(200);
    let (begun, new) = (seen["id"].as_str().unwrap().to_string(), clue(client, "c")["id"].as_str().unwrap().to_string());
    for no in ["b", "c"] {
        client.batch(&[json!({"relation": "penalty", "op": "retract", "row": {"organ": "police:1", "no": no}})]).expect(200);
    }
    on(&begun, "confirmed").expect(200);
    on(&begun, "closed").expect(200);
    let (open, closed) = (client.get("/v1/clues").expect(200), client.get(&format!("/v1/clues/{begun}")).expect(200));
    assert_eq!((&closed["state"], &closed["machine"]), (&json!("closed"), &json!("withdrawn")));
    let has = |list: &Value| list["items"].as_array().unwrap().iter().any(|clue| clue["id"] == closed["id"]);
    let listed = |query: &str| has(&client.get(&format!("/v1/clues?{query}")).expect(200));
    assert!(!has(&open) && listed("machine=withdrawn") && listed("machine=open&machine=withdrawn&state=closed"));
    assert!(!listed("machine=open&state=closed") && !listed("machine=withdrawn&state=confirmed"));
    assert_eq!(client.get("/v1/clues?machine=gone").problem(), "bad-parameter");
    let asked = client.post("/v1/clues/query", &[JSON], "{\"machine\":\"withdrawn\",\"state\":[\"closed\"]}").expect(200);
    assert!(has(&asked));
    let rules = client.get("/v1/rules").expect(200);
    assert!(rules["items"].as_array().unwrap().iter().any(|rule| rule["withdrawn"]["closed"] == 1), "{rules}");
    let answer = on(&new, "checking");
    assert_eq!((answer.status, answer.problem().as_str()), (409, "clue-withdrawn"));
}

#[test]
fn the_same_key_gets_the_same_answer_also_after_a_restart() {
    let disk = MemoryDisk::seeded(1);
    let server = server(&disk);
    let key = [PROSECUTOR, ("Idempotency-Key", "k1")];
    let body = json!({"state": "dismissed", "reason": "already-handled", "note": NOTE});
    let first = say(server.client, "a", &key, &body).expect(200);
    say(server.client, "a", &[], &json!({"state": "confirmed"})).expect(200);
    drop(server);
    let server = Server::on(&disk, Setup::default());
    let again = say(server.client, "a", &key, &body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let mut expected = first;
    expected["replayed"] = true.into();
    assert_eq!(again.expect(200), expected);
    assert_eq!(clue(server.client, "a")["state"], "confirmed");
    assert_eq!(say(server.client, "a", &key, &json!({"state": "checking"})).problem(), "key-reused");
    assert_eq!(say(server.client, "b", &key, &body).problem(), "key-reused");
    let line = format!("{}\n", penalty("upsert", "police:1", "a", "1"));
    assert_eq!(server.client.post("/v1/batches", &[NDJSON, key[0], key[1]], &line).problem(), "key-reused");
}

#[test]
fn how_often_a_rule_was_right_is_counted() {
    let server = server(&MemoryDisk::seeded(1));
    let client = server.client;
    let rule = || client.list("/v1/rules")[0].clone();
    let untouched = rule();
    assert_eq!((&untouched["rule"], &untouched["title"], &untouched["clues"]), (&json!("missing"), &json!("未通知"), &json!(2)));
    assert_eq!((&untouched["undecided"], &untouched["precision"]), (&json!(2), &Value::Null));
    say(client, "a", &[], &json!({"state": "dismissed", "reason": "identity-mistaken"})).expect(200);
    say(client, "b", &[], &json!({"state": "confirmed"})).expect(200);
    say(client, "b", &[], &json!({"state": "rectified"})).expect(200);
    // What was mended was right.
    client.batch(&[json!({"relation": "penalty", "op": "retract", "row": {"organ": "police:1", "no": "b"}})]).expect(200);
    let judged = rule();
    assert_eq!((&judged["clues"], &judged["undecided"]), (&json!(1), &json!(0)));
    assert_eq!((&judged["confirmed"], &judged["dismissed"], &judged["precision"]), (&json!(1), &json!(1), &json!(0.5)));
    assert_eq!(judged["states"]["dismissed"], 1);
    assert_eq!(judged["reasons"], json!([{"reason": "identity-mistaken", "title": "It is another person", "count": 1}]));
    let metrics = client.get("/metrics").body;
    for (state, count) in [("dismissed", 1), ("new", 0), ("rectified", 0)] {
        assert!(metrics.contains(&format!("huiyan_clue_states{{state=\"{state}\"}} {count}\n")), "{state}");
    }
}
