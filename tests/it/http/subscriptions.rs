//! Named readers: does what was acknowledged stay, belong to its speaker, and lead on from where it was?

use super::super::process::{ENGLISH, Serving};
use super::client::{Answer, Client, Events, JSON};
use super::doors::penalty;
use super::model::Model;
use super::server::{RULES, Server, Setup};
use super::streams::{DAYS, Dice, follow, happen, seed};
use crate::verified::Spared;
use huiyan::engine::{Begin, Say, SubscriptionError};
use huiyan::limits::{MAX_FILTER_BYTES, MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_EACH};
use huiyan::security::{Agency, ReaderName};
use huiyan::storage::disk::{Disk, DiskFile, LockGuard, MemoryDisk};
use huiyan::types::parse_date;
use serde_json::{Value, json};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

const OFFICE: (&str, &str) = ("Huiyan-Agency", "justice:1");

/// An office that names its readers.
#[derive(Clone, Copy)]
pub struct Office(pub Client);

impl Office {
    fn ask(&self, method: &str, name: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers: &[(&str, &str)] = if body.is_empty() { &[OFFICE] } else { &[OFFICE, JSON] };
        self.0.send(method, &format!("/v1/subscriptions/{name}"), headers, body.as_bytes())
    }

    pub fn put(&self, name: &str, body: Value) -> Answer {
        self.ask("PUT", name, body)
    }

    pub fn get(&self, name: &str) -> Answer {
        self.ask("GET", name, Value::Null)
    }

    pub fn acknowledge(&self, name: &str, position: &str) -> Answer {
        self.ask("POST", &format!("{name}/ack"), json!({"position": position}))
    }

    pub fn read(&self, name: &str, last: Option<&str>) -> Events {
        self.0.subscribe_as(OFFICE.1, &format!("?subscription={name}"), last)
    }

    pub fn poll(&self, query: &str) -> Answer {
        self.0.send("GET", &format!("/v1/changes?{query}"), &[OFFICE], b"")
    }
}

pub fn now(server: &Server) -> String {
    server.handle.positions().encode(server.handle.read().epoch)
}

#[test]
fn a_named_reader_begins_goes_on_and_ends() {
    let server = Server::new();
    let office = Office(server.client);
    server.client.clock("2022-07-30").expect(200);
    server.client.batch(&[penalty("insert", "police:1", "a", "1"), penalty("insert", "police:1", "b", "2")]).expect(200);
    let made = office.put("evening", json!({"filter": {"area": ["1"], "rule": "missing"}})).expect(201);
    let begun = json!({"name": "evening", "filter": {"rule": ["missing"], "area": ["1"]}, "position": null, "state": "snapshot"});
    assert_eq!(made, begun);
    assert_eq!(office.put("evening", json!({"filter": {"rule": ["missing"], "area": ["1"]}})).expect(200), begun);
    assert_eq!(office.poll("subscription=evening").problem(), "not-begun");

    let mut model = Model::default();
    follow(&server, &mut office.read("evening", None), &mut model);
    assert_eq!((model.seen["snapshot-begin"], model.clues.len()), (1, 1), "it has its filter");
    let first = model.last_id.clone().unwrap();
    let kept = office.acknowledge("evening", &first).expect(200);
    assert_eq!((&kept["position"], &kept["state"]), (&json!(first), &json!("ready")));
    assert_eq!(office.get("evening").expect(200), kept);

    server.client.batch(&[penalty("insert", "police:1", "c", "1")]).expect(200);
    server.client.batch(&[penalty("insert", "police:1", "d", "2")]).expect(200);
    // Two readers of one name see the same, and so does one that did not acknowledge.
    for _ in 0..2 {
        let mut again = model.clone();
        follow(&server, &mut office.read("evening", None), &mut again);
        assert_eq!((again.clues.len(), again.seen["snapshot-begin"], again.epochs.len()), (2, 1, 1));
    }
    let polled = office.poll("subscription=evening").expect(200);
    assert_eq!(polled["items"][0]["changes"][0]["clue"]["columns"]["no"], "c");
    assert_eq!(office.poll(polled["next"].as_str().unwrap().split_once('?').unwrap().1).expect(200)["items"], json!([]));

    // Forward only.
    let second = now(&server);
    assert_eq!(office.acknowledge("evening", &second).expect(200)["position"], second);
    assert_eq!(office.acknowledge("evening", &first).expect(200)["position"], second);
    assert_eq!(office.poll("subscription=evening").expect(200)["items"], json!([]));
    // What the reader itself gives goes before: a browser comes back with its last id.
    assert_eq!(office.poll(&format!("subscription=evening&after={first}")).expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(office.read("evening", Some(&first)).next().unwrap().name, "change");
    // Back only when it is said outright, and with another filter from the beginning.
    let back = json!({"filter": {"area": "1", "rule": "missing"}, "after": first});
    assert_eq!(office.put("evening", back).expect(200)["position"], first);
    let other = office.put("evening", json!({"filter": {"area": "2"}})).expect(200);
    assert_eq!((&other["position"], &other["state"]), (&Value::Null, &json!("snapshot")));
    assert_eq!(office.put("evening", json!({"filter": {"area": "2"}, "from": "now"})).expect(200)["position"], now(&server));
    assert_eq!(office.put("evening", json!({"filter": {"area": "2"}, "from": "snapshot"})).expect(200)["position"], Value::Null);

    office.put("second", json!({})).expect(201);
    let list = server.client.send("GET", "/v1/subscriptions", &[OFFICE], b"").expect(200);
    let names: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["evening", "second"]);
    assert_eq!(office.ask("DELETE", "evening", Value::Null).expect(200)["name"], "evening");
    for gone in [office.get("evening"), office.ask("DELETE", "evening", Value::Null), office.acknowledge("evening", &first)] {
        assert_eq!((gone.status, gone.problem().as_str()), (404, "no-subscription"));
    }
    assert_eq!(office.read("evening", None).refused().problem(), "no-subscription");
}

#[test]
fn a_subscription_is_its_speakers_own_and_what_is_wrong_is_said() {
    let server = Server::new();
    let office = Office(server.client);
    office.put("own", json!({})).expect(201);
    let here = now(&server);
    for path in ["/v1/subscriptions/own", "/v1/changes?subscription=own", "/v1/subscribe?subscription=own"] {
        for headers in [&[][..], &[("Huiyan-Agency", "justice:2")]] {
            assert_eq!(server.client.send("GET", path, headers, b"").problem(), "no-subscription", "{path}");
        }
    }
    assert_eq!(server.client.get("/v1/subscriptions").expect(200)["items"], json!([]));
    assert_eq!(server.client.send("GET", "/v1/subscriptions", &[("Huiyan-Agency", "x")], b"").problem(), "bad-agency");

    for name in ["1st", "a%20b", "%E5%90%B4", "p640299198001011234", &"x".repeat(65)] {
        assert_eq!(office.put(name, json!({})).problem(), "bad-name", "{name}");
        assert_eq!(office.get(name).problem(), "no-subscription", "{name}");
    }
    for (body, pointer) in [
        (json!({"filter": {"rule": "misspelt"}}), "/filter/rule"),
        (json!({"filter": {"person": "640299198001011234"}}), "/filter/person"),
        (json!({"filter": {"due_before": "soon"}}), "/filter/due_before"),
        (json!({"filter": {"colour": "red"}}), "/filter"),
        (json!({"filter": ["rule"]}), "/filter"),
        (json!({"filter": {"area": 3}}), "/filter/area"),
        (json!({"from": "yesterday"}), "/from"),
        (json!({"from": "now", "after": here}), "/from"),
        (json!({"after": 3}), "/after"),
        (json!({"position": here}), ""),
        (json!([]), ""),
    ] {
        let answer = office.put("own", body.clone());
        assert_eq!((answer.problem().as_str(), &answer.json()["errors"][0]["pointer"]), ("bad-json", &json!(pointer)), "{body}");
        assert!(!answer.body.contains("640299198001011234"));
    }
    let ahead = server.handle.positions().encode(server.handle.read().epoch.next());
    for bad in [&ahead, "", "nonsense"] {
        assert_eq!(office.acknowledge("own", bad).problem(), "bad-position", "{bad}");
        assert_eq!(office.put("own", json!({"after": bad})).problem(), "bad-position", "{bad}");
    }
    assert_eq!(office.ask("POST", "own/ack", json!({})).problem(), "bad-json");
    assert_eq!(office.get("own").expect(200)["position"], Value::Null, "none of this changed anything");
    let both = office.poll("subscription=own&area=1");
    assert_eq!((both.problem().as_str(), &both.json()["errors"][0]["pointer"]), ("bad-parameter", &json!("/query/area")));
}

#[test]
fn q5_subscriptions_are_bounded_each_and_together_and_so_are_their_filters() {
    let server = Server::new();
    let office = Office(server.client);
    let filled = |bytes: usize| json!({"filter": {"area": ["x".repeat(bytes - 3), "yyy"]}});
    office.put("r0", filled(MAX_FILTER_BYTES)).expect(201);
    assert_eq!(office.put("r1", filled(MAX_FILTER_BYTES + 1)).problem(), "bad-json");
    let many: Vec<String> = (0..257).map(|n| n.to_string()).collect();
    assert_eq!(office.put("r1", json!({"filter": {"area": many}})).problem(), "bad-json");
    (1..MAX_SUBSCRIPTIONS_EACH).for_each(|n| drop(office.put(&format!("r{n}"), json!({})).expect(201)));
    let over = office.put("one-more", json!({}));
    assert_eq!((over.status, over.problem().as_str()), (422, "too-many-subscriptions"));
    office.put("r7", json!({"from": "now"})).expect(200);

    // The others, past the network.
    let (sender, answers) = mpsc::channel();
    let say = |speaker: usize, name: usize| {
        let (agency, name) =
            (Agency::parse(&format!("police:{speaker}")).unwrap(), ReaderName::parse(&format!("r{name}")).unwrap());
        let sender = sender.clone();
        let say = Say::Put { filter: Vec::new(), begin: Begin::Snapshot };
        server.handle.subscriptions().say(&agency, &name, say, Box::new(move |kept| sender.send(kept.map(|_| ())).unwrap()));
    };
    for speaker in 1..MAX_SUBSCRIPTIONS / MAX_SUBSCRIPTIONS_EACH {
        (0..MAX_SUBSCRIPTIONS_EACH).for_each(|name| say(speaker, name));
        (0..MAX_SUBSCRIPTIONS_EACH).for_each(|_| assert_eq!(answers.recv().unwrap(), Ok(())));
    }
    assert_eq!(server.handle.subscriptions().len(), MAX_SUBSCRIPTIONS);
    say(9_999, 0);
    assert_eq!(answers.recv().unwrap(), Err(SubscriptionError::TooMany));
    office.ask("DELETE", "r9", Value::Null).expect(200);
    say(9_999, 0);
    assert_eq!(answers.recv().unwrap(), Ok(()));
}

#[test]
fn s1_a_reader_that_acknowledges_and_breaks_off_anywhere_has_everything_once() {
    let disk = MemoryDisk::new();
    let mut server = Server::on(&disk, Setup::default());
    let mut dice = Dice(seed());
    happen(&server, &mut dice, 5);
    Office(server.client).put("r", json!({"filter": {"rule": "missing"}})).expect(201);
    // What the reader keeps: its model as of what it acknowledged.
    let mut kept = Model::default();
    for _ in 0..12 {
        happen(&server, &mut dice, 6);
        let office = Office(server.client);
        let mut model = kept.clone();
        let mut events = office.read("r", None);
        for _ in 0..dice.roll(12) {
            model.take(&events.next().expect("the stream goes on"), |position| server.epoch(position));
        }
        if model.is_whole() && dice.roll(3) > 0 && !model.in_snapshot {
            office.acknowledge("r", &model.last_id.clone().unwrap()).expect(200);
            kept = model;
        }
        if dice.roll(2) == 0 {
            server.stop();
            server = Server::on(&disk, Setup::default());
        }
    }
    follow(&server, &mut Office(server.client).read("r", None), &mut kept);
    let mut listed = server.client.list("/v1/clues");
    listed.sort_by_key(|clue| clue["id"].as_str().map(str::to_string));
    assert_eq!(kept.clues.values().collect::<Vec<_>>(), listed.iter().collect::<Vec<_>>());
}

#[test]
fn s4_a_place_that_is_too_old_is_said_to_be_with_the_way_back() {
    let clock = huiyan::engine::ClockMode::Manual(parse_date("0001-01-01").unwrap());
    let disk = MemoryDisk::new();
    let setup = || Setup { rules: DAYS, clock, ..Setup::default() };
    let server = Server::on(&disk, setup());
    let office = Office(server.client);
    office.put("left", json!({"from": "now"})).expect(201);
    let mut live = office.read("left", None);
    live.head();
    for year in ["0099-01-01", "0198-01-01", "0297-01-01", "0396-01-01"] {
        server.client.clock(year).expect(200);
    }
    let expired = |office: Office| {
        assert_eq!(office.get("left").expect(200)["state"], "expired");
        for answer in [office.poll("subscription=left"), office.read("left", None).refused()] {
            assert_eq!((answer.status, answer.problem().as_str()), (410, "cursor-expired"));
            assert!(answer.json()["errors"][0]["message"].as_str().unwrap().contains("\"from\":\"snapshot\""));
        }
    };
    expired(office);
    let mut model = Model::default();
    while let Some(event) = live.next() {
        model.take(&event, |position| server.epoch(position));
    }
    assert!(model.was_reset, "a live reader of it is reset: {:?}", model.seen);
    server.stop();

    let server = Server::on(&disk, setup());
    let office = Office(server.client);
    expired(office);
    assert_eq!(office.put("left", json!({"from": "snapshot"})).expect(200)["state"], "snapshot");
    let mut model = Model::default();
    follow(&server, &mut office.read("left", None), &mut model);
    assert_eq!(model.rows.len(), 1);
}

/// A disk on which the file of places cannot be written while it is said so.
#[derive(Clone)]
struct Failing {
    inner: MemoryDisk,
    fails: Arc<AtomicBool>,
}

struct FailingFile {
    inner: Box<dyn DiskFile>,
    fails: Arc<AtomicBool>,
}

fn refuse(fails: &AtomicBool) -> io::Result<()> {
    if fails.load(Ordering::Relaxed) { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
}

impl Failing {
    fn file(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        let is_ours = path.file_stem().is_some_and(|name| name == "cursors");
        if is_ours { Box::new(FailingFile { inner: file, fails: self.fails.clone() }) } else { file }
    }
}

impl Disk for Failing {
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        self.inner.make_dir(dir)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.inner.list(dir)
    }
    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(file, self.inner.create(file)?))
    }
    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.file(file, self.inner.open(file)?))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)
    }
    fn remove(&self, file: &Path) -> io::Result<()> {
        self.inner.remove(file)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.inner.sync_dir(dir)
    }
    fn lock(&self, file: &Path) -> io::Result<LockGuard> {
        self.inner.lock(file)
    }
    fn random(&self, bytes: &mut [u8]) -> io::Result<()> {
        self.inner.random(bytes)
    }
}

impl DiskFile for FailingFile {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read_at(at, into)
    }
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        refuse(&self.fails).and_then(|()| self.inner.append(bytes))
    }
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.inner.truncate(len)
    }
    fn sync(&mut self) -> io::Result<()> {
        refuse(&self.fails).and_then(|()| self.inner.sync())
    }
}

#[test]
fn a_place_that_cannot_be_written_fails_the_one_who_asks_and_nothing_else() {
    let disk = Failing { inner: MemoryDisk::new(), fails: Arc::default() };
    let server = Server::on(&disk, Setup::default());
    let office = Office(server.client);
    let kept = office.put("r", json!({"from": "now"})).expect(201);
    server.client.batch(&[penalty("insert", "police:1", "a", "1")]).expect(200);
    disk.fails.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        let answer = office.acknowledge("r", &now(&server));
        assert_eq!((answer.status, answer.problem().as_str()), (503, "not-kept"));
        assert!(answer.header("retry-after").is_some());
        assert_eq!(office.put("other", json!({})).problem(), "not-kept");
        assert_eq!(office.ask("DELETE", "r", Value::Null).problem(), "not-kept");
    }
    assert_eq!(office.get("r").expect(200), kept, "the former place holds");
    assert_eq!(office.acknowledge("r", kept["position"].as_str().unwrap()).expect(200), kept, "nothing new needs no disk");
    server.client.batch(&[penalty("insert", "police:1", "b", "1")]).expect(200);
    assert_eq!(server.client.get("/readyz").status, 200);
    disk.fails.store(false, Ordering::Relaxed);
    let last = now(&server);
    assert_eq!(office.acknowledge("r", &last).expect(200)["position"], last);
    server.stop();

    let server = Server::on(&disk, Setup::default());
    assert_eq!(Office(server.client).get("r").expect(200)["position"], last);
    assert_eq!(Office(server.client).get("other").problem(), "no-subscription");
    server.stop();

    // A file that cannot be read is not written over, and keeps nobody from reading otherwise.
    let path = Path::new("/data/cursors");
    let mut bytes = disk.inner.bytes(path).unwrap();
    bytes[30] ^= 1;
    disk.inner.put(path, &bytes);
    let server = Server::on(&disk, Setup::default()).spare(Spared::Damaged);
    let office = Office(server.client);
    for answer in [office.get("r"), office.put("r", json!({})), office.acknowledge("r", &last), office.poll("subscription=r")] {
        assert_eq!((answer.status, answer.problem().as_str()), (503, "places-unreadable"));
    }
    server.client.batch(&[penalty("insert", "police:1", "c", "1")]).expect(200);
    assert_eq!(server.client.get(&format!("/v1/changes?after={last}")).status, 200);
    // Said before anybody asks, and no reason to take the server out of service.
    let ready = server.client.get("/readyz").expect(200);
    let places = ready["checks"].as_array().unwrap().iter().find(|check| check["name"] == "places").unwrap();
    assert_eq!(places["ok"], false);
    assert!(places["reason"].as_str().unwrap().contains("/data/cursors is damaged at byte 20"), "{places}");
    server.stop();
    assert_eq!(disk.inner.bytes(path).unwrap(), bytes);
}

#[test]
fn what_was_acknowledged_is_there_after_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    std::fs::write(path("rules.dl"), RULES).unwrap();
    let (data, rules) = (path("data"), path("rules.dl"));
    let args = ["--data", &data, "--rules", &rules, "--clock", "manual=2022-07-30"];
    let mut last = Value::Null;
    for life in 0..3 {
        let server = Serving::start(ENGLISH, dir.path(), &format!("life-{life}"), &args);
        server.until("ready");
        let office = Office(server.client);
        if life == 0 {
            office.put("r", json!({"from": "now"})).expect(201);
        } else {
            assert_eq!(office.get("r").expect(200)["position"], last, "life {life}");
        }
        for n in 0..10 {
            let receipt = server.client.batch(&[penalty("insert", "police:1", &format!("{life}-{n}"), "1")]).expect(200);
            last = office.acknowledge("r", receipt["position"].as_str().unwrap()).expect(200)["position"].clone();
            assert_eq!(last, receipt["position"]);
        }
        server.end("KILL");
    }
}
