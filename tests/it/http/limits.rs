//! At each bound and one over it; nothing that comes in ends the process or is taken in part without a word.

use super::client::{CSV, JSON, NDJSON, read_answer};
use super::doors::penalty;
use super::server::{Server, wait};
use huiyan::limits::{
    MAX_ASK_BYTES, MAX_BATCH_BYTES, MAX_BATCH_LINES, MAX_HEAD_BYTES, MAX_HEADERS, MAX_LINE_BYTES, MAX_PARAMETERS, MAX_TITLES,
    MAX_UPLOADS, MAX_WAIT, REFUSED_BODY_BYTES, SMALL_UPLOAD_BYTES,
};
use serde_json::Value;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn lines_of_a_batch_are_counted_and_longer_files_land_in_pieces() {
    let server = Server::new();
    let client = server.client;
    let row = |n: usize| format!("{{\"recipient\":\"justice:1\",\"no\":\"{n}\",\"re\":\"x\"}}\n");
    let line = |n: usize| format!("{{\"relation\":\"notice\",\"op\":\"upsert\",\"row\":{}}}\n", row(n).trim_end());
    let body: String = (0..=MAX_BATCH_LINES).map(line).collect();
    let answer = client.post("/v1/batches", &[NDJSON], &body);
    assert_eq!((answer.status, answer.problem().as_str()), (413, "too-large"));
    assert_eq!(client.get("/v1/relations/notice/rows").expect(200)["items"].as_array().unwrap().len(), 0);
    let most = &body[..body.trim_end().rfind('\n').unwrap()];
    assert_eq!(client.post("/v1/batches", &[NDJSON], most).expect(200)["accepted"], MAX_BATCH_LINES);

    let rows: String = (1..=MAX_BATCH_LINES + 5).map(row).collect();
    let receipt = client.post("/v1/relations/notice/rows?mode=upsert", &[NDJSON], &rows).expect(200);
    assert_eq!((&receipt["accepted"], &receipt["changed"]), (&Value::from(MAX_BATCH_LINES + 5), &Value::from(6)));
    let positions: Vec<u64> =
        receipt["positions"].as_array().unwrap().iter().map(|p| server.epoch(p.as_str().unwrap())).collect();
    assert_eq!(positions.len(), 2);
    assert!(positions[0] < positions[1] && receipt["position"] == receipt["positions"][1]);

    let keyed = |body: &str| client.post("/v1/relations/notice/rows?mode=upsert", &[NDJSON, ("Idempotency-Key", "long")], body);
    let first = keyed(&rows).expect(200);
    let again = keyed(&rows).expect(200);
    assert_eq!((&again["positions"], &again["replayed"]), (&first["positions"], &Value::from(true)));
    let other = keyed(&(rows.clone() + &row(0)));
    assert_eq!((other.status, other.problem().as_str()), (422, "key-reused"), "the first piece is the same, the body is not");
}

#[test]
fn long_lines_deep_lines_and_open_quotes_are_named() {
    let server = Server::new();
    let client = server.client;
    let good = penalty("insert", "police:1", "a", "1").to_string();
    let long = format!("{good}{}", " ".repeat(MAX_LINE_BYTES));
    let deep = "[".repeat(1 << 20);
    let receipt = client.post("/v1/batches", &[NDJSON], &format!("{long}\n{deep}\n{good}\n")).expect(200);
    let codes: Vec<&Value> = receipt["rejected"].as_array().unwrap().iter().map(|r| &r["code"]).collect();
    assert_eq!((codes, &receipt["accepted"]), (vec![&Value::from("line-too-long"), &Value::from("too-deep")], &Value::from(1)));

    let quote = format!("recipient,no,re\njustice:1,1,x\njustice:1,2,\"{}", "y\n".repeat(MAX_LINE_BYTES));
    let answer = client.post("/v1/relations/notice/rows", &[CSV], &quote);
    assert_eq!((answer.status, answer.problem().as_str(), &answer.json()["line"]), (422, "open-quote", &Value::from(3)));
    let wide = format!("recipient,no,re\njustice:1,1,x\njustice:1,2,{}", "y".repeat(2 * MAX_LINE_BYTES));
    let answer = client.post("/v1/relations/notice/rows", &[CSV], &wide);
    assert_eq!((answer.status, answer.problem().as_str(), &answer.json()["line"]), (413, "line-too-long", &Value::from(3)));
    assert_eq!(client.list("/v1/relations/notice/rows").len(), 0);

    let ask = format!("{{\"rule\":\"{}\"}}", "x".repeat(MAX_ASK_BYTES));
    assert_eq!(client.post("/v1/clues/query", &[JSON], &ask).problem(), "too-large");
    let nested = format!("{{\"rule\":{}", "[".repeat(10_000));
    assert_eq!(client.post("/v1/clues/query", &[JSON], &nested).problem(), "bad-json");
}

/// Nobody waits for what is announced to be too long.
#[test]
fn a_body_that_is_announced_as_too_long_is_refused_before_it_comes() {
    let server = Server::new();
    for (path, media, length) in
        [("/v1/batches", NDJSON.1, MAX_BATCH_BYTES + 1), ("/v1/clues/query", JSON.1, MAX_ASK_BYTES as u64 + 1)]
    {
        let mut stream = server.client.connect();
        write!(stream, "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n")
            .unwrap();
        let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
        while !answer.windows(9).any(|part| part == b"too-large") {
            let n = stream.read(&mut buffer).unwrap();
            assert!(n > 0, "{}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&buffer[..n]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
    }
}

/// While the engine has one piece of a file, the next one is read and no more: the sender waits, not the memory.
#[test]
fn a_file_in_pieces_is_not_read_further_than_it_is_taken() {
    let server = Server::new();
    let line = |n: usize| format!("justice:1,{n:08},{}\n", "x".repeat(100));
    let mut body = "recipient,no,re\n".to_string();
    (0..5 * MAX_BATCH_LINES / 2).for_each(|n| body.push_str(&line(n)));
    let piece = MAX_BATCH_LINES * line(0).len();
    let (mut stream, written) = (server.client.connect(), Arc::new(AtomicUsize::new(0)));
    let sender = {
        let _reading = server.handle.read();
        let count = written.clone();
        let sender = std::thread::spawn(move || {
            let head = format!(
                "POST /v1/relations/notice/rows HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/csv\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            for part in body.as_bytes().chunks(64 << 10) {
                stream.write_all(part).unwrap();
                count.fetch_add(part.len(), Ordering::Relaxed);
            }
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            read_answer(&answer)
        });
        // Until nothing moves any more: one piece is with the engine, and what the sockets hold besides.
        let mut seen = 0;
        while seen < piece || written.load(Ordering::Relaxed) > seen {
            assert!(!sender.is_finished());
            seen = written.load(Ordering::Relaxed);
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        assert!(seen < 2 * piece, "{seen} bytes of pieces of {piece}");
        sender
    };
    let receipt = sender.join().unwrap().expect(200);
    assert_eq!(
        (&receipt["accepted"], receipt["positions"].as_array().unwrap().len()),
        (&Value::from(5 * MAX_BATCH_LINES / 2), 3)
    );
}

#[test]
fn a_file_that_is_taken_in_part_does_not_promise_that_nothing_was() {
    let server = Server::new();
    let line = |n: usize| format!("justice:1,{n},x\n");
    let mut body = "recipient,no,re\n".to_string();
    (0..=MAX_BATCH_LINES).for_each(|n| body.push_str(&line(n)));
    let mut stream = server.client.connect();
    let rest = line(MAX_BATCH_LINES + 1);
    let head = format!(
        "POST /v1/relations/notice/rows HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/csv\r\nContent-Length: {}\r\n\r\n",
        body.len() + rest.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let taken = || {
        let view = server.handle.read();
        view.records.count(view.program.find("notice").unwrap())
    };
    wait(|| taken() == MAX_BATCH_LINES);
    server.handle.stop();
    stream.write_all(rest.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let answer = read_answer(&bytes);
    assert_eq!((answer.status, answer.problem().as_str(), answer.header("retry-after")), (503, "taken-in-part", Some("1")));
    let document = answer.json();
    assert_eq!(
        (&document["accepted"], &document["errors"][0]["code"]),
        (&Value::from(MAX_BATCH_LINES), &Value::from("stopping"))
    );
    assert_eq!(document["positions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_body_that_breaks_off_is_not_taken() {
    let server = Server::new();
    let line = penalty("insert", "police:1", "a", "1").to_string();
    let mut stream = server.client.connect();
    let head = format!(
        "POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
        2 * line.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(format!("{line}\n").as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Both).unwrap();
    drop(stream);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(server.client.list("/v1/relations/penalty/rows").len(), 0);
    assert_eq!(server.client.batch(&[penalty("insert", "police:1", "a", "1")]).expect(200)["accepted"], 1);
}

/// The answer is there before the body is; it must not be lost in a connection closed under the writer's hands.
#[test]
fn whoever_still_writes_hears_why_it_is_refused() {
    let server = Server::new();
    let body = vec![b'x'; REFUSED_BODY_BYTES as usize];
    for (path, status) in [("/v1/nothing", 404), ("/v1/relations/none/rows", 404), ("/healthz", 405)] {
        let mut stream = server.client.connect();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(100));
        for part in body.chunks(1 << 16) {
            stream.write_all(part).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answers = Vec::new();
        stream.read_to_end(&mut answers).unwrap();
        let text = String::from_utf8(answers).unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")) && text.contains("HTTP/1.1 200 OK"), "{path}: {text}");
    }
}

#[test]
fn q5_parameters_and_titles_of_a_request_are_counted() {
    let server = Server::new();
    let client = server.client;
    let parameters = |n: usize| client.get(&format!("/v1/clues?{}", vec!["area=1"; n].join("&")));
    assert_eq!(parameters(MAX_PARAMETERS).status, 200);
    let more = parameters(MAX_PARAMETERS + 1);
    assert_eq!((more.status, more.problem().as_str()), (400, "bad-request"));
    assert!(more.body.contains(&MAX_PARAMETERS.to_string()), "{}", more.body);

    let titles = |n: usize| {
        let path = format!("/v1/relations/notice/rows?ignore={}", vec!["a"; n].join(","));
        client.post(&path, &[CSV], "recipient,no,re\njustice:1,1,x\n")
    };
    assert_eq!((titles(MAX_TITLES).status, titles(MAX_TITLES + 1).status), (200, 400));
}

#[test]
fn q5_a_poll_waits_no_longer_than_it_may() {
    let server = Server::new();
    let client = server.client;
    let before = client.get("/v1/clues").expect(200)["position"].as_str().unwrap().to_string();
    client.post("/v1/batches", &[NDJSON], &penalty("insert", "police:1", "a", "1").to_string()).expect(200);
    // There is something to tell already.
    let poll = |seconds: u64| client.get(&format!("/v1/changes?after={before}&wait={seconds}"));
    assert_eq!((poll(MAX_WAIT.as_secs()).status, poll(MAX_WAIT.as_secs() + 1).status), (200, 400));
}

#[test]
fn q5_the_head_of_a_request_is_bounded() {
    let server = Server::new();
    // Who is refused early may not get to write all, nor to hear of it.
    let is_taken = |headers: String| {
        let mut stream = server.client.connect();
        let head = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        let _ = stream.write_all(head.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer.starts_with(b"HTTP/1.1 200")
    };
    let headers = |n: usize| is_taken("A: b\r\n".repeat(n - 2));
    assert_eq!((headers(MAX_HEADERS), headers(MAX_HEADERS + 1)), (true, false));
    // It is looked at as it comes, in pieces: twice as much never gets in.
    let bytes = |n: usize| is_taken(format!("A: {}\r\n", "b".repeat(n)));
    assert_eq!((bytes(MAX_HEAD_BYTES - 1_000), bytes(2 * MAX_HEAD_BYTES)), (true, false));
    assert_eq!(server.client.get("/healthz").status, 200);
}

#[test]
fn small_batches_get_in_while_large_ones_fill_their_slots() {
    let server = Server::new();
    let head = |bytes: u64| {
        let kind = "Host: localhost\r\nContent-Type: application/x-ndjson";
        format!("POST /v1/batches HTTP/1.1\r\n{kind}\r\nContent-Length: {bytes}\r\n\r\n")
    };
    let begin = |bytes| {
        let mut stream = server.client.connect();
        stream.write_all(head(bytes).as_bytes()).unwrap();
        stream
    };
    let large: Vec<_> = (0..MAX_UPLOADS).map(|_| begin(SMALL_UPLOAD_BYTES + 1)).collect();
    let small: Vec<_> = (0..2 * MAX_UPLOADS).map(|_| begin(SMALL_UPLOAD_BYTES)).collect();
    let metric = |name: &str| {
        let page = server.client.get("/metrics").body;
        page.lines().find_map(|line| line.strip_prefix(&format!("huiyan_{name} "))).unwrap().parse::<usize>().unwrap()
    };
    while metric("uploads") < large.len() || metric("small_uploads") < small.len() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let batch = |length: u64| {
        let line = penalty("insert", "police:1", "a", "1").to_string();
        server.client.post("/v1/batches", &[NDJSON], &format!("{line}{}", " ".repeat(length as usize - line.len())))
    };
    assert_eq!((batch(SMALL_UPLOAD_BYTES + 1).status, batch(SMALL_UPLOAD_BYTES).status), (503, 200));
    drop(large);
    while metric("uploads") > 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(batch(SMALL_UPLOAD_BYTES + 1).status, 200);
}

#[test]
fn what_is_no_http_is_answered_or_dropped() {
    let server = Server::new();
    let big_header = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(1_000));
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        big_header.as_bytes(),
        many.as_bytes(),
    ] {
        let mut stream = server.client.connect();
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        if !answer.is_empty() {
            assert!((400..=505).contains(&read_answer(&answer).status));
        }
    }
    assert_eq!(server.client.get("/healthz").status, 200);
}
