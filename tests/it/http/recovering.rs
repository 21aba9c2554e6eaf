//! While the journal is read: does every route say so, does `/readyz` show how far it is, is nothing taken? And with suspended rules?

use super::client::{Client, NDJSON};
use super::contract::described;
use super::doors::penalty;
use super::server::{FIRST_DAY, RULES, Server, Setup, wait};
use crate::verified::Spared;
use huiyan::engine::Phase;
use huiyan::limits::REPLAY_EPOCHS;
use huiyan::storage::disk::{LockGuard, MemoryDisk};
use huiyan::storage::{Disk, DiskFile};
use serde_json::{Value, json};
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// A disk whose journal is read by the engine's thread only as far as it is let.
#[derive(Clone)]
struct HeldDisk {
    disk: MemoryDisk,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    state: Mutex<Held>,
    moved: Condvar,
}

#[derive(Default)]
struct Held {
    /// Reads that may still go on; `None`: all.
    allowed: Option<u64>,
    waiting: bool,
}

impl Gate {
    fn pass(&self) {
        let mut held = self.state.lock().unwrap();
        while held.allowed == Some(0) {
            held.waiting = true;
            self.moved.notify_all();
            held = self.moved.wait(held).unwrap();
        }
        held.waiting = false;
        held.allowed = held.allowed.map(|allowed| allowed - 1);
    }

    fn set(&self, allowed: Option<u64>) {
        let mut held = self.state.lock().unwrap();
        (held.allowed, held.waiting) = (allowed, false);
        self.moved.notify_all();
    }

    /// Lets one read go on and waits until the next one wants to.
    fn step(&self) {
        self.set(Some(1));
        let held = self.state.lock().unwrap();
        drop(self.moved.wait_while(held, |held| !held.waiting).unwrap());
    }
}

struct HeldFile {
    file: Box<dyn DiskFile>,
    gate: Arc<Gate>,
}

impl DiskFile for HeldFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        if std::thread::current().name() == Some("engine") {
            self.gate.pass();
        }
        self.file.read_at(at, into)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.append(bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }
}

impl Disk for HeldDisk {
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.make_dir(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.disk.list(dir)
    }

    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create(file)
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        let opened = self.disk.open(file)?;
        let held = file.ends_with("journal");
        Ok(if held { Box::new(HeldFile { file: opened, gate: self.gate.clone() }) } else { opened })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.disk.remove(file)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.sync_dir(dir)
    }

    fn lock(&self, file: &Path) -> io::Result<LockGuard> {
        self.disk.lock(file)
    }

    fn random(&self, bytes: &mut [u8]) -> io::Result<()> {
        self.disk.random(bytes)
    }
}

/// More epochs than are evaluated between two waits, and more bytes than are read at once.
const EPOCHS: usize = REPLAY_EPOCHS + 300;

/// A folder that somebody worked on: how many penalties are in it.
fn worked_on() -> (HeldDisk, usize) {
    let held = HeldDisk { disk: MemoryDisk::new(), gate: Arc::default() };
    let server = Server::on(&held, Setup::default());
    for n in 0..EPOCHS {
        let no = format!("{n}-{}", "x".repeat(600));
        server.client.batch(&[penalty("insert", "police:1", &no, "1")]).expect(200);
    }
    server.stop();
    (held, EPOCHS)
}

/// The check of this name.
fn check(ready: &Value, name: &str) -> Value {
    let checks = ready["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}: {ready}")).clone()
}

/// Every route under `/v1` says "come back", and takes nothing; the others answer.
fn everybody_is_told_to_come_back(client: Client) {
    for (method, path) in described() {
        let line = penalty("insert", "police:1", "too early", "1").to_string();
        let body = match path.as_str() {
            "/v1/batches" => line,
            "/v1/clock" => format!("{{\"now\":\"{FIRST_DAY}\"}}"),
            "/v1/relations/{name}/rows" => {
                format!("{{\"organ\":\"police:1\",\"no\":\"b\",\"county\":\"1\",\"day\":\"{FIRST_DAY}\"}}")
            }
            _ => "{}".to_string(),
        };
        let at = path.replace("{name}", "penalty").replace("{id}", "0".repeat(32).as_str()).replace("{code}", "recovering");
        let media = if path == "/v1/batches" || path.ends_with("/rows") { NDJSON } else { ("Content-Type", "application/json") };
        let answer = client.send(&method.to_uppercase(), &at, &[media], if method == "post" { body.as_bytes() } else { b"" });
        match path.as_str() {
            "/readyz" => assert_eq!(answer.status, 503),
            path if path.starts_with("/v1/") => {
                assert_eq!((answer.status, answer.problem().as_str()), (503, "recovering"), "{method} {path}");
                let after = answer.header("retry-after").and_then(|text| text.parse::<u64>().ok());
                assert!(after.is_some_and(|seconds| (1..=60).contains(&seconds)), "{method} {path}: {:?}", answer.headers);
            }
            path => assert_eq!(answer.status, 200, "{method} {path}"),
        }
    }
    assert_eq!(client.get("/console/").status, 200);
}

#[test]
fn while_the_journal_is_read_everybody_hears_how_far_it_is_and_nothing_is_taken() {
    let (held, penalties) = worked_on();
    held.gate.set(Some(0));
    let server = Server::begin(&held, Setup::default());
    let client = server.client;

    // Nobody knows yet how much there is.
    let begun = client.get("/readyz");
    assert_eq!((begun.status, begun.header("retry-after")), (503, Some("1")));
    let ready = begun.json();
    assert_eq!((&ready["ready"], &ready["phase"]), (&json!(false), &json!("recovering")));
    assert_eq!(check(&ready, "entries"), json!({"name": "entries", "ok": false, "done": 0, "total": 0}));
    everybody_is_told_to_come_back(client);

    while !matches!(server.handle.phase(), Phase::Recovering { done, .. } if done > 0) {
        held.gate.step();
    }
    let ready = client.get("/readyz").expect(503);
    let entries = check(&ready, "entries");
    let (done, total) = (entries["done"].as_u64().unwrap(), entries["total"].as_u64().unwrap());
    // The installation is an entry too.
    assert_eq!(total, penalties as u64 + 1);
    assert!(done > 0 && done < total, "{entries}");
    assert!(entries["seconds_left"].is_u64(), "{entries}");
    for name in ["recovery", "journal", "rules"] {
        assert_eq!(check(&ready, name)["ok"], false, "{ready}");
    }
    assert_eq!(client.get("/healthz").expect(200)["status"], "ok");
    let metrics = client.get("/metrics").body;
    for line in [
        "huiyan_phase{phase=\"recovering\"} 1".to_string(),
        "huiyan_phase{phase=\"ready\"} 0".to_string(),
        format!("huiyan_replay_entries {total}"),
        format!("huiyan_replay_entries_done {done}"),
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    everybody_is_told_to_come_back(client);

    held.gate.set(None);
    wait(|| server.handle.phase() == Phase::Ready);
    let ready = client.get("/readyz").expect(200);
    assert_eq!(
        (&ready["ready"], &ready["phase"], check(&ready, "recovery")["ok"].clone()),
        (&json!(true), &json!("ready"), json!(true))
    );
    assert!(ready["checks"].as_array().unwrap().iter().all(|check| check["ok"] == true), "{ready}");
    assert_eq!(client.list("/v1/relations/penalty/rows").len(), penalties, "what was sent too early is not there");
    assert_eq!(client.batch(&[penalty("insert", "police:1", "in time", "1")]).expect(200)["changed"], 1);
}

#[test]
fn a_server_that_is_still_reading_ends_when_it_is_told_to() {
    let (held, penalties) = worked_on();
    held.gate.set(Some(0));
    let server = Server::begin(&held, Setup::default());
    assert_eq!(server.client.get("/readyz").status, 503);
    let gate = held.gate.clone();
    // The disk answers a while after the signal has come.
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        gate.set(None);
    });
    server.stop();
    late.join().unwrap();
    let again = Server::on(&held, Setup::default());
    assert_eq!(again.client.list("/v1/relations/penalty/rows").len(), penalties);
}

#[test]
fn a_start_that_failed_does_not_ask_anybody_to_wait() {
    let disk = MemoryDisk::new();
    let server = Server::on(&disk, Setup::default());
    server.client.batch(&[penalty("insert", "police:1", "a", "1")]).expect(200);
    server.stop();
    let journal = std::path::Path::new("/data/journal");
    let mut bytes = disk.bytes(journal).unwrap();
    bytes[500] ^= 1;
    disk.put(journal, &bytes);
    let server = Server::begin(&disk, Setup::default()).spare(Spared::Damaged);
    wait(|| server.client.get("/readyz").json()["phase"] == "failed");
    let answer = server.client.get("/v1/clues");
    assert_eq!((answer.status, answer.problem().as_str()), (503, "failed"));
    assert_eq!(server.client.get("/healthz").status, 503);
    let ready = server.client.get("/readyz").expect(503);
    let reason = check(&ready, "recovery")["reason"].to_string();
    assert!(reason.contains("/data/journal") && reason.contains("byte"), "{ready}");
    for (name, ok) in [("recovery", false), ("journal", false), ("places", true)] {
        assert_eq!(check(&ready, name)["ok"], ok, "{ready}");
    }
    let chinese = server.client.send("GET", "/readyz", &[("Accept-Language", "zh")], b"").expect(503);
    assert!(check(&chinese, "recovery")["reason"].as_str().unwrap().contains("字节"), "{chinese}");
}

/// Counts to a limit that comes from outside, beside the usual rules.
const COUNTS: &str = ".decl limit(n: number)\n.record limit(key=\"n\", owner=\"justice\")\n.decl up(n: number)\n.output up\n\
    up(1) :- limit(_).\nup(n + 1) :- up(n), limit(l), n < l.\n";

#[test]
fn suspended_rules_are_ready_and_said_so() {
    let rules = format!("{RULES}{COUNTS}");
    let server = Server::on(&MemoryDisk::new(), Setup { rules: &rules, ..Setup::default() });
    let client = server.client;
    let limit = |n: u32| json!({"relation": "limit", "op": "insert", "row": {"n": n}});
    client.batch(&[limit(3)]).expect(200);
    assert_eq!(client.list("/v1/relations/up/rows").len(), 3);
    // More rounds than the budget has.
    assert_eq!(client.batch(&[limit(1_000_000)]).expect(200)["accepted"], 1, "the record is taken all the same");
    let ready = client.get("/readyz").expect(200);
    assert_eq!((&ready["ready"], &ready["phase"]), (&json!(true), &json!("suspended")));
    for (name, ok) in [("recovery", true), ("journal", true), ("rules", false), ("suspended", false)] {
        assert_eq!(check(&ready, name)["ok"], ok, "{ready}");
    }
    assert_eq!(check(&ready, "suspended")["code"], "iterations");
    assert_eq!(client.get("/healthz").status, 200);
    assert!(client.get("/metrics").body.contains("huiyan_phase{phase=\"suspended\"} 1"));
    for path in ["/v1/clues", "/v1/faults", "/v1/relations/up/rows"] {
        assert_eq!(client.get(path).expect(200)["stale"], true, "{path}");
    }
    let kept = client.batch(&[penalty("insert", "police:1", "a", "1")]).expect(200);
    assert_eq!((&kept["accepted"], kept.get("stale")), (&json!(1), None));
    let told = client.post("/v1/batches?wait=clues", &[NDJSON], &penalty("insert", "police:1", "b", "1").to_string()).expect(200);
    assert_eq!(told["stale"], true);
    let mut events = client.subscribe("", None);
    let complete = std::iter::from_fn(|| events.next()).find(|event| event.name == "complete").unwrap();
    assert_eq!(complete.data["stale"], true);
    assert_eq!(client.list("/v1/relations/penalty/rows").len(), 2);
    assert_eq!(client.list("/v1/relations/up/rows").len(), 3, "as before");
}
