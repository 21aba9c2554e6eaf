//! Each way in: what is taken, what is refused, and whether the answer says what to do.

use super::client::{CSV, JSON, NDJSON};
use super::server::{FIRST_DAY, Server, Setup, wait};
use huiyan::engine::ClockMode;
use huiyan::storage::disk::{Fault, FaultyDisk, MemoryDisk};
use serde_json::{Value, json};

pub fn penalty(op: &str, organ: &str, no: &str, county: &str) -> Value {
    json!({"relation": "penalty", "op": op, "row": {"organ": organ, "no": no, "county": county, "day": FIRST_DAY}})
}

/// Identity number of nobody: its area does not exist.
const CANARY: &str = "640299198001011234";

fn codes(receipt: &Value) -> Vec<(u64, &str, &str)> {
    let rejected = receipt["rejected"].as_array().unwrap();
    rejected.iter().map(|r| (r["line"].as_u64().unwrap(), r["code"].as_str().unwrap(), r["pointer"].as_str().unwrap())).collect()
}

#[test]
fn a_batch_lands_in_one_epoch_and_each_bad_line_is_told() {
    let server = Server::new();
    let client = server.client;
    let lines = [
        penalty("insert", "police:1", "a", "1"),
        json!({"relation": "penalty", "op": "insert", "row": {"organ": "police:1", "no": "b", "day": CANARY, "county": 1, "id_no": CANARY}}),
        penalty("insert", "police:1", "a", "2"),
        penalty("insert", "police:1", "a", "1"),
        json!({"relation": "penalty", "op": "retract", "row": {"organ": "police:1", "no": "zz"}}),
        json!({"relation": "nothing", "op": "insert", "row": {}}),
        penalty("upsert", "police:1", "c", "1"),
    ];
    let receipt = client.batch(&lines).expect(200);
    assert_eq!((&receipt["accepted"], &receipt["changed"], &receipt["replayed"]), (&json!(3), &json!(2), &json!(false)));
    assert_eq!(
        codes(&receipt),
        [
            (2, "not-text", "/row/county"),
            (2, "not-a-date", "/row/day"),
            (3, "key-present", ""),
            (5, "absent", ""),
            (6, "unknown-relation", "/relation"),
        ]
    );
    assert!(!receipt.to_string().contains(CANARY));
    assert_eq!(client.list("/v1/relations/penalty/rows").len(), 2);
    let faults = client.list("/v1/faults");
    assert!(
        faults.iter().any(|f| f["code"] == "absent" && f["key"] == "police:1|zz" && f["agency"] == "operator:local"),
        "{faults:?}"
    );
    assert_eq!(client.list("/v1/faults?agency=police:1").len(), 0);

    let chinese = client.post("/v1/batches", &[NDJSON, ("Accept-Language", "zh-CN")], "{}").expect(200);
    assert_eq!(chinese["rejected"][0]["message"], "缺少此字段；每行须有 relation、op、row");
}

#[test]
fn the_speaker_writes_its_own_rows_and_no_others() {
    let client = Server::new();
    let client = &client.client;
    let speak = |agency: &str, line: &Value| client.post("/v1/batches", &[NDJSON, ("Huiyan-Agency", agency)], &line.to_string());
    let own = penalty("insert", "police:1", "a", "1");
    assert_eq!(codes(&speak("police:2", &own).expect(200)), [(1, "not-yourself", "/row/organ")]);
    assert_eq!(codes(&speak("justice:1", &own).expect(200))[0].1, "wrong-kind");
    assert_eq!(speak("police:1", &own).expect(200)["accepted"], 1);
    assert_eq!(
        client.batch(&[penalty("upsert", "police:1", "a", "9")]).expect(200)["changed"],
        2,
        "the operator may: one row goes, one comes"
    );
    for bad in ["", "police", "army:1", "police:吴", "pack:test"] {
        let answer = speak(bad, &own);
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad-agency"), "{bad}");
    }
}

#[test]
fn all_or_nothing_takes_nothing_and_says_why() {
    let server = Server::new();
    let client = server.client;
    let body = format!(
        "{}\n{}\n",
        penalty("insert", "police:1", "a", "1"),
        json!({"relation": "penalty", "op": "insert", "row": {"organ": "police:1"}})
    );
    let answer = client.post("/v1/batches?on_reject=fail", &[NDJSON], &body);
    assert_eq!((answer.status, answer.problem().as_str()), (422, "refused"));
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    assert!(errors.iter().all(|e| e["line"] == 2 && e["code"] == "missing-column"), "{errors:?}");
    assert_eq!(client.list("/v1/relations/penalty/rows").len(), 0);
    let good = client.post("/v1/batches?on_reject=fail", &[NDJSON], &penalty("insert", "police:1", "a", "1").to_string());
    assert_eq!(good.expect(200)["accepted"], 1);
}

#[test]
fn a_key_gives_the_same_answer_for_ever_and_belongs_to_its_agency() {
    let disk = MemoryDisk::new();
    let server = Server::on(&disk, Setup::default());
    let body = format!("{}\n{{}}\n", penalty("insert", "police:1", "a", "1"));
    let send = |server: &Server, path: &str, agency: &str, body: &str| {
        server.client.post(path, &[NDJSON, ("Idempotency-Key", "k1"), ("Huiyan-Agency", agency)], body)
    };
    let first = send(&server, "/v1/batches", "police:1", &body).expect(200);
    let again = send(&server, "/v1/batches", "police:1", &body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let told = |receipt: &Value| {
        let mut receipt = receipt.clone();
        receipt["replayed"] = json!(null);
        receipt
    };
    assert_eq!(told(&again.expect(200)), told(&first));
    assert_eq!((&first["replayed"], &again.json()["replayed"]), (&json!(false), &json!(true)));
    for (path, body) in [("/v1/batches", "{}\n"), ("/v1/batches?on_reject=fail", body.as_str())] {
        let other = send(&server, path, "police:1", body);
        assert_eq!((other.status, other.problem().as_str()), (422, "key-reused"), "{path}");
    }
    let elsewhere = send(&server, "/v1/batches", "police:2", "{}\n").expect(200);
    assert_eq!(elsewhere["replayed"], false);
    server.stop();
    let server = Server::on(&disk, Setup::default());
    assert_eq!(told(&send(&server, "/v1/batches", "police:1", &body).expect(200)), told(&first));
    for bad in ["a b", &"k".repeat(201)] {
        let answer = server.client.post("/v1/batches", &[NDJSON, ("Idempotency-Key", bad)], &body);
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad-idempotency-key"));
    }
}

#[test]
fn a_file_goes_in_by_names_or_titles_and_a_replacement_is_the_whole() {
    let server = Server::new();
    let client = server.client;
    let police = ("Huiyan-Agency", "police:1");
    let file = "决定日期,organ,文号,县,days\n2022-07-15,police:1,a,1,\n2022-07-15,police:1,b,1,x\n2022-07-16,police:1,c,1,5\n";
    let path = "/v1/relations/penalty/rows?mode=upsert&columns=county=%E5%8E%BF";
    let receipt = client.post(path, &[CSV, police], file).expect(200);
    assert_eq!((&receipt["accepted"], receipt["positions"].as_array().unwrap().len()), (&json!(2), 1));
    assert_eq!(codes(&receipt), [(3, "not-a-number", "/row/days")]);
    client.batch(&[penalty("insert", "police:2", "z", "1")]).expect(200);

    let rows = "{\"organ\":\"police:1\",\"no\":\"c\",\"county\":\"1\",\"day\":\"2022-07-16\",\"days\":6}\n";
    let replaced = client.post("/v1/relations/penalty/rows?mode=replace", &[NDJSON, police], rows).expect(200);
    assert_eq!((&replaced["accepted"], &replaced["changed"]), (&json!(1), &json!(3)), "a goes, c is another row");
    let left = client.list("/v1/relations/penalty/rows");
    let mut numbers: Vec<(&str, &Value)> = left.iter().map(|r| (r["no"].as_str().unwrap(), &r["days"])).collect();
    numbers.sort_by_key(|(no, _)| *no);
    assert_eq!(numbers, [("c", &json!(6)), ("z", &Value::Null)]);

    let header = client.post("/v1/relations/penalty/rows", &[CSV, police], "吴某,no\nx,y\n");
    assert_eq!((header.status, header.problem().as_str()), (422, "bad-header"));
    assert_eq!(header.json()["errors"][0]["pointer"], "/header/0");
    assert!(!header.body.contains("吴某"));
    let gbk = client.send("POST", "/v1/relations/penalty/rows", &[CSV, police], b"\xc8\xd5\xc6\xda,no\n");
    assert_eq!((gbk.status, gbk.problem().as_str()), (400, "not-utf8"));
    for (name, code, status) in
        [("missing", "not-writable", 422), ("today", "not-writable", 422), ("nobody", "unknown-relation", 404)]
    {
        let answer = client.post(&format!("/v1/relations/{name}/rows"), &[CSV], "a\n");
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{name}");
    }
}

#[test]
fn what_is_no_good_request_gets_an_answer_that_says_so() {
    let server = Server::new();
    let client = server.client;
    let line = penalty("insert", "police:1", "a", "1").to_string();
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for (method, path, headers, body, status, code) in [
        ("POST", "/v1/batches", &[("Content-Type", "text/csv")][..], line.as_str(), 415, "unsupported-media-type"),
        ("POST", "/v1/batches", &[("Content-Type", "text/plain")], &line, 415, "unsupported-media-type"),
        ("POST", "/v1/batches", &[NDJSON, ("Origin", "http://evil.example")], &line, 403, "wrong-origin"),
        ("POST", "/v1/batches", &[NDJSON, ("Origin", "null")], &line, 403, "wrong-origin"),
        ("POST", "/v1/relations/penalty/rows", &[form], &line, 415, "unsupported-media-type"),
        ("POST", "/v1/relations/penalty/rows", &[], &line, 415, "unsupported-media-type"),
        ("POST", "/v1/batches", &[NDJSON, ("Content-Encoding", "gzip")], &line, 415, "unsupported-media-type"),
        ("POST", "/v1/batches", &[("Content-Type", "application/x-ndjson; charset=gbk")], &line, 415, "unsupported-media-type"),
        ("POST", "/v1/batches", &[NDJSON], "", 400, "empty-body"),
        ("POST", "/v1/batches", &[NDJSON], "\n \n", 400, "empty-body"),
        ("POST", "/v1/batches?on_reject=maybe", &[NDJSON], &line, 400, "bad-parameter"),
        ("POST", "/v1/batches?wait=forever", &[NDJSON], &line, 400, "bad-parameter"),
        ("POST", "/v1/batches?on_rejekt=fail", &[NDJSON], &line, 400, "unknown-parameter"),
        ("POST", "/v1/relations/penalty/rows?mode=delete", &[NDJSON], &line, 400, "bad-parameter"),
        ("POST", "/v1/relations/penalty/rows?mode=insert&mode=upsert", &[NDJSON], &line, 400, "bad-parameter"),
        ("POST", "/v1/clock", &[JSON], "{\"now\":\"tomorrow\"}", 400, "bad-json"),
        ("POST", "/v1/clock", &[JSON], "{\"now\":\"2022-07-16\",\"then\":1}", 400, "bad-json"),
        ("POST", "/v1/clock", &[JSON], "{\"now\":\"2022-07-16\",\"now\":\"2022-07-17\"}", 400, "bad-json"),
        ("POST", "/v1/clock", &[JSON], "{", 400, "bad-json"),
        ("POST", "/v1/clock", &[NDJSON], "{\"now\":\"2022-07-16\"}", 415, "unsupported-media-type"),
        ("POST", "/v1/clock", &[JSON, ("Huiyan-Agency", "police:1")], "{\"now\":\"2022-07-16\"}", 403, "operator-only"),
        ("POST", "/v1/clock", &[JSON], "{\"now\":\"9999-01-01\"}", 422, "clock-range"),
        ("GET", "/v1/clues?level=hint&colour=red", &[], "", 400, "unknown-parameter"),
        ("GET", "/v1/clues?due_before=soon", &[], "", 400, "bad-parameter"),
        ("GET", "/v1/clues?state=lost", &[], "", 400, "bad-parameter"),
        ("GET", "/v1/clues?page=nonsense", &[], "", 400, "bad-parameter"),
        ("GET", "/v1/clues/00000000000000000000000000000000", &[], "", 404, "not-found"),
        ("GET", "/v1/clues/640299198001011234/history", &[], "", 404, "not-found"),
        ("GET", "/v1/relations/penalty/rows?page=nonsense", &[], "", 400, "bad-parameter"),
        ("GET", "/v1/relations/penalty/rows?page=00000000000000000000000000000000", &[], "", 410, "page-expired"),
        ("GET", "/v1/relations/step/rows", &[], "", 404, "rows-not-kept"),
        ("GET", "/v1/relations/nobody/rows", &[], "", 404, "unknown-relation"),
        ("POST", "/v1/relations/penalty/query", &[JSON], "{\"columns\":{\"no\":1}}", 400, "bad-json"),
        ("POST", "/v1/relations/penalty/query", &[JSON], "{\"columns\":{\"nein\":\"1\"}}", 400, "bad-json"),
        ("POST", "/v1/relations/penalty/query", &[JSON], "{}", 400, "bad-json"),
        ("POST", "/v1/clues/query", &[JSON], "{\"person\":[\"a\",\"b\"]}", 400, "bad-json"),
        ("GET", "/v1/subscribe?after=nonsense", &[], "", 400, "bad-position"),
        ("GET", "/v1/subscribe", &[("Last-Event-ID", "17")], "", 400, "bad-position"),
        ("GET", "/v1/subscribe?relation=penalty", &[], "", 400, "bad-parameter"),
        ("GET", "/v1/changes?wait=3600", &[], "", 400, "bad-parameter"),
        ("GET", "/v1/changes?after=nonsense", &[], "", 400, "bad-position"),
        ("DELETE", "/v1/clues", &[], "", 405, "method-not-allowed"),
        ("GET", "/v1/batches", &[], "", 405, "method-not-allowed"),
        ("GET", "/v1/nothing", &[], "", 404, "not-found"),
        ("GET", "/v0/clues", &[], "", 404, "not-found"),
        ("GET", "/problems/made-up", &[], "", 404, "not-found"),
        ("GET", "/v1/clues", &[("Host", "evil.example")], "", 403, "wrong-host"),
    ] {
        let answer = client.send(method, path, headers, body.as_bytes());
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{method} {path} {headers:?} {}", answer.body);
        assert!(answer.header("x-content-type-options").is_some() && answer.header("content-security-policy").is_some());
    }
    for headers in [&[form][..], &[], &[NDJSON, ("Origin", "http://localhost")], &[("Content-Type", "application/json")]] {
        let taken = client.post("/v1/batches", headers, &penalty("insert", "police:1", "curl", "1").to_string());
        assert_eq!(taken.expect(200)["accepted"], 1, "{headers:?}");
    }
    client.batch(&[penalty("retract", "police:1", "curl", "1")]).expect(200);
    let future = server.handle.positions().encode(huiyan::types::Epoch(1_000));
    assert_eq!(client.get(&format!("/v1/subscribe?after={future}")).problem(), "bad-position");
    assert_eq!(client.list("/v1/relations/penalty/rows").len(), 0, "nothing of all this was taken");
    assert_eq!(client.send("GET", "/v1/clues?x=1", &[("Accept-Language", "zh")], b"").json()["title"], "未知的查询参数");
    let page = client.get("/problems/key-reused");
    assert!(
        page.status == 200 && page.body.contains("此 Idempotency-Key 已用于其他内容") && page.body.contains("Take a new key")
    );
}

#[test]
fn a_full_queue_says_come_back_and_takes_nothing() {
    let server = Server::on(&MemoryDisk::new(), Setup { queue: 1, ..Setup::default() });
    let client = server.client;
    let mut senders = Vec::new();
    let answer = {
        // While somebody reads, the engine cannot publish: the first stays under way, the second waits, the next finds no room. On a busy
        // machine they may take a while to get there.
        let _reading = server.handle.read();
        loop {
            let line = penalty("insert", "police:1", &senders.len().to_string(), "1").to_string();
            senders.push(std::thread::spawn(move || client.post("/v1/batches", &[NDJSON], &line)));
            std::thread::sleep(std::time::Duration::from_millis(200));
            if let Some(at) = senders.iter().position(|sender| sender.is_finished()) {
                break senders.swap_remove(at).join().unwrap();
            }
            assert!(senders.len() < 50, "nobody is turned away");
        }
    };
    assert_eq!((answer.status, answer.problem().as_str(), answer.header("retry-after")), (503, "busy", Some("1")));
    let answers: Vec<_> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
    let (accepted, turned_away): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert!(accepted.len() >= 2 && turned_away.iter().all(|answer| answer.problem() == "busy"));
    assert_eq!(client.list("/v1/relations/penalty/rows").len(), accepted.len());
}

#[test]
fn a_key_under_way_is_a_conflict() {
    let server = Server::new();
    let client = server.client;
    let line = penalty("insert", "police:1", "a", "1").to_string();
    let send = move |line: String| client.post("/v1/batches", &[NDJSON, ("Idempotency-Key", "k")], &line);
    let sender = || {
        let line = line.clone();
        std::thread::spawn(move || send(line))
    };
    let first = {
        // Nothing is published while somebody reads: whoever comes first stays under way, and the other one is told so.
        let _reading = server.handle.read();
        let (one, other) = (sender(), sender());
        let told = std::time::Instant::now();
        while !one.is_finished() && !other.is_finished() {
            assert!(told.elapsed().as_secs() < 60, "nobody is told that the key is under way");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let (second, first) = if one.is_finished() { (one, other) } else { (other, one) };
        let second = second.join().unwrap();
        assert_eq!((second.status, second.problem().as_str()), (409, "key-running"));
        first
    };
    assert_eq!(first.join().unwrap().expect(200)["accepted"], 1);
    assert_eq!(send(line).expect(200)["replayed"], true);
}

#[test]
fn the_clock_walks_and_a_wall_clock_is_not_moved() {
    let server = Server::new();
    let client = server.client;
    client.batch(&[penalty("insert", "police:1", "a", "1")]).expect(200);
    let moved = client.clock("2022-07-20").expect(200);
    assert_eq!(moved["now"], "2022-07-20");
    assert_eq!(client.list("/v1/relations/today/rows"), [json!({"day": "2022-07-20"})]);
    assert_eq!(client.list("/v1/clues").len(), 1);
    client.clock("2022-07-16").expect(200);
    assert_eq!(client.list("/v1/clues").len(), 0, "a manual clock may go back");

    let wall = Server::on(&MemoryDisk::new(), Setup { clock: ClockMode::Wall, ..Setup::default() });
    let answer = wall.client.clock("2022-07-20");
    assert_eq!((answer.status, answer.problem().as_str()), (409, "wall-clock"));
    let none = Server::on(&MemoryDisk::new(), Setup { rules: ".decl r(x: number)\n.input r\n", ..Setup::default() });
    assert_eq!(none.client.clock("2022-07-20").problem(), "no-clock");
}

#[test]
fn waiting_for_clues_shows_what_the_batch_caused() {
    let server = Server::new();
    let client = server.client;
    client.clock("2022-07-30").expect(200);
    let line = penalty("insert", "police:1", "a", "1").to_string();
    let send = || client.post("/v1/batches?wait=clues", &[NDJSON, ("Idempotency-Key", "w")], &line).expect(200);
    let first = send();
    let ops: Vec<&Value> = first["changes"].as_array().unwrap().iter().map(|c| &c["op"]).collect();
    assert_eq!(ops, ["open", "+"]);
    assert_eq!(first["changes"][0]["clue"]["reason"], "police:1应于2022-07-18前通知");
    assert_eq!(send()["changes"], first["changes"], "a repeated request sees the same");
    let without = client.batch(&[penalty("insert", "police:1", "b", "1")]).expect(200);
    assert_eq!(without.get("changes"), None);
}

#[test]
fn d3_a_disk_that_fails_is_seen_and_reading_goes_on() {
    let healthy = FaultyDisk::counting(MemoryDisk::new());
    let at = {
        let server = Server::on(&healthy, Setup::default());
        server.client.batch(&[penalty("insert", "police:1", "a", "1")]).expect(200);
        healthy.operations().len()
    };
    let server = Server::on(&FaultyDisk::failing(MemoryDisk::new(), at, Fault::Error), Setup::default());
    let client = server.client;
    client.batch(&[penalty("insert", "police:1", "a", "1")]).expect(200);
    assert_eq!((client.get("/healthz").status, client.get("/readyz").expect(200)["phase"].clone()), (200, json!("ready")));
    for no in ["b", "c"] {
        let answer = client.batch(&[penalty("insert", "police:1", no, "1")]);
        assert_eq!((answer.status, answer.problem().as_str()), (503, "failed"), "{no}");
    }
    let ready = client.get("/readyz");
    assert_eq!((ready.status, &ready.json()["phase"], client.get("/healthz").status), (503, &json!("failed"), 503));
    assert_eq!(client.list("/v1/relations/penalty/rows").len(), 1, "what was not acknowledged is not shown");
    assert_eq!(client.subscribe("", None).next().unwrap().name, "snapshot-begin");
}

#[test]
fn a_stopped_engine_takes_nothing_more() {
    let server = Server::new();
    server.handle.stop();
    wait(|| server.handle.phase() == huiyan::engine::Phase::Stopping);
    let answer = server.client.batch(&[penalty("insert", "police:1", "b", "1")]);
    assert_eq!((answer.status, answer.problem().as_str()), (503, "stopping"));
    let ready = server.client.get("/readyz");
    assert_eq!((ready.status, ready.json()["ready"].clone()), (503, json!(false)));
}
