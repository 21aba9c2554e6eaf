//! Is anything lost that was acknowledged, or taken twice? The real binary on the machine's disk is ended under load, again and again,
//! and held against what its clients were told.
//!
//! Each client notes what it sends before it sends it, and what it heard. What it did not hear of may be there or not, but wholly; sent
//! again under its key it is there once.

use super::http::client::{Client, Events, PATIENCE, read_answer};
use super::http::server::{RULES, wait};
use super::process::{ENGLISH, Ended, Serving, run};
use super::verified::Spared;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const WRITERS: u64 = 4;
/// Batches of one writer in one life of the server.
const BATCHES: u64 = 200;

/// A batch by its key.
#[derive(Clone, Debug)]
struct Sent {
    rows: Vec<String>,
    body: String,
    /// What its sender was told, once it was.
    position: Option<String>,
}

type Expected = Arc<Mutex<BTreeMap<String, Sent>>>;

fn scale() -> u64 {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// A folder, and what its senders believe.
struct House {
    dir: tempfile::TempDir,
    lives: u64,
    expected: Expected,
}

impl House {
    fn new() -> House {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("rules.dl"), RULES).unwrap();
        House { dir, lives: 0, expected: Expected::default() }
    }

    fn serve(&mut self) -> Serving {
        self.lives += 1;
        let path = |name: &str| self.dir.path().join(name).to_str().unwrap().to_string();
        let (data, rules) = (path("data"), path("rules.dl"));
        // Every penalty is late on this day: each opens a clue.
        let args = ["--data", &data, "--rules", &rules, "--clock", "manual=2022-09-01"];
        let serving = Serving::start(ENGLISH, self.dir.path(), &format!("life-{}", self.lives), &args);
        serving.until("ready");
        serving
    }

    /// Writers at work, until the server is gone or they have sent enough.
    fn load(&self, client: Client) -> (Vec<std::thread::JoinHandle<()>>, Arc<AtomicBool>) {
        let enough = Arc::new(AtomicBool::new(false));
        let writer = |writer: u64| {
            let (expected, enough, life) = (self.expected.clone(), enough.clone(), self.lives);
            std::thread::spawn(move || {
                for n in 0..BATCHES {
                    if enough.load(Ordering::Relaxed) {
                        return;
                    }
                    let key = format!("{life}-{writer}-{n}");
                    let rows: Vec<String> = (0..1 + n % 3).map(|row| format!("{key}-{row}")).collect();
                    let body: String = rows.iter().map(|no| format!("{}\n", penalty(no))).collect();
                    let sent = Sent { rows, body, position: None };
                    expected.lock().unwrap().insert(key.clone(), sent.clone());
                    let Some(answer) = post(client, &key, &sent.body) else { return };
                    if answer["rejected"] == json!([]) {
                        let position = answer["position"].as_str().unwrap().to_string();
                        expected.lock().unwrap().get_mut(&key).unwrap().position = Some(position);
                    }
                }
            })
        };
        ((0..WRITERS).map(writer).collect(), enough)
    }

    /// What is there now, against what was told; then whatever nobody heard of is sent again.
    fn check(&self, client: Client) {
        let there: BTreeSet<String> =
            client.list("/v1/relations/penalty/rows").iter().map(|row| row["no"].as_str().unwrap().to_string()).collect();
        let clues = client.list("/v1/clues").len();
        assert_eq!(clues, there.len(), "each row has its clue");
        let mut expected = self.expected.lock().unwrap();
        let mut known = 0;
        for (key, sent) in expected.iter_mut() {
            let here = sent.rows.iter().filter(|no| there.contains(*no)).count();
            known += here;
            assert!(here == 0 || here == sent.rows.len(), "{key} is there in part");
            assert!(sent.position.is_none() || here > 0, "{key} was acknowledged and is lost");
            if sent.position.is_none() || key.ends_with("-7") {
                let again = post(client, key, &sent.body).expect("an answer");
                assert_eq!((&again["replayed"], &again["rejected"]), (&json!(here > 0), &json!([])), "{key}");
                let position = again["position"].as_str().unwrap();
                assert!(sent.position.as_deref().is_none_or(|told| told == position), "{key} has another receipt");
                sent.position = Some(position.to_string());
            }
        }
        assert_eq!(known, there.len(), "rows that nobody sent");
    }
}

pub fn penalty(no: &str) -> Value {
    let row = json!({"organ": "police:1", "no": no, "county": "c", "day": "2022-07-15"});
    json!({"relation": "penalty", "op": "insert", "row": row})
}

/// The answer, if one came whole.
fn post(client: Client, key: &str, body: &str) -> Option<Value> {
    let mut stream = TcpStream::connect(client.addr).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let head = format!(
        "POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\n\
         Huiyan-Agency: police:1\r\nIdempotency-Key: {key}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let answer = bytes.windows(4).any(|w| w == b"\r\n\r\n").then(|| read_answer(&bytes))?;
    let length: usize = answer.header("content-length")?.parse().ok()?;
    (answer.status == 200 && answer.body.len() == length).then(|| answer.json())
}

#[test]
fn d6_a_server_killed_under_load_loses_nothing_and_takes_nothing_twice() {
    let mut dice = Dice(20_220_715);
    let mut house = House::new();
    for _ in 0..5 * scale() {
        let serving = house.serve();
        house.check(serving.client);
        let (writers, _) = house.load(serving.client);
        std::thread::sleep(Duration::from_millis(dice.below(200)));
        serving.end("KILL");
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    }
    let serving = house.serve();
    house.check(serving.client);
    // The second look finds everything acknowledged, by answers that were given before.
    house.check(serving.client);
    let expected = house.expected.lock().unwrap();
    assert!(expected.len() as u64 > house.lives, "hardly anything was sent");
}

#[test]
fn q7_a_server_told_to_stop_under_load_ends_in_order() {
    let mut dice = Dice(7);
    let mut house = House::new();
    for _ in 0..2 * scale() {
        let serving = house.serve();
        house.check(serving.client);
        let mut stream = serving.client.subscribe("", None);
        stream.head();
        let (writers, enough) = house.load(serving.client);
        std::thread::sleep(Duration::from_millis(20 + dice.below(100)));
        let Ended { code, took, .. } = serving.end("TERM");
        enough.store(true, Ordering::Relaxed);
        assert_eq!(code, Some(0));
        assert!(took < Duration::from_secs(10), "{took:?}");
        told_to_stop(stream);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    }
    let serving = house.serve();
    house.check(serving.client);
}

/// Every file of a folder and those below it, in an order that the dice say; `last` is copied at the end, and `meanwhile` happens before it.
fn copied(from: &Path, to: &Path, dice: &mut Dice, last: &str, meanwhile: impl FnOnce()) {
    let mut names: Vec<PathBuf> = [from.to_path_buf(), from.join("keys")]
        .iter()
        .flat_map(|dir| std::fs::read_dir(dir).unwrap())
        .map(|item| item.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.strip_prefix(from).unwrap().to_path_buf())
        .collect();
    names.sort();
    std::fs::create_dir_all(to.join("keys")).unwrap();
    for name in std::mem::take(&mut names) {
        names.insert(dice.below(names.len() as u64 + 1) as usize, name);
    }
    let is_last = |name: &PathBuf| name.to_str().unwrap().starts_with(last);
    names.sort_by_key(is_last);
    let mut meanwhile = Some(meanwhile);
    for name in names {
        if is_last(&name) {
            meanwhile.take().into_iter().for_each(|meanwhile| meanwhile());
        }
        std::thread::sleep(Duration::from_millis(dice.below(15)));
        match std::fs::copy(from.join(&name), to.join(&name)) {
            Ok(_) => {}
            // A snapshot that was written or let go meanwhile.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{name:?}"),
        }
    }
}

#[test]
fn d10_a_folder_copied_under_load_is_whole_and_serves_what_was_acknowledged_before() {
    let mut dice = Dice(10);
    let mut house = House::new();
    for n in 0..2 * scale() {
        let serving = house.serve();
        let (writers, enough) = house.load(serving.client);
        std::thread::sleep(Duration::from_millis(20 + dice.below(50)));
        serving.client.post("/v1/snapshots", &[], "");
        let before = house.expected.lock().unwrap().clone();
        let copy = house.dir.path().join(format!("copy-{n}"));
        // Hashes of results are copied with the rest; what is copied first must not be held against what is copied last.
        let last = ["deltas-", "journal", "snapshot-", "lock"][n as usize % 4];
        let meanwhile = || drop(serving.client.batch(&[penalty(&format!("meanwhile-{n}"))]).expect(200));
        copied(&house.dir.path().join("data"), &copy, &mut dice, last, meanwhile);
        enough.store(true, Ordering::Relaxed);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        serving.end("KILL");
        let copy = copy.to_str().unwrap();
        let verified = run(ENGLISH, house.dir.path(), &["verify", copy]);
        assert_eq!(verified.code, Some(0), "{} {}", verified.out, verified.err);
        let rules = house.dir.path().join("rules.dl");
        let args = ["--data", copy, "--rules", rules.to_str().unwrap(), "--clock", "manual=2022-09-01"];
        for life in 0..2 {
            let restored = Serving::start(ENGLISH, house.dir.path(), &format!("copy-{n}-{life}"), &args);
            restored.until("ready");
            let there: BTreeSet<String> = restored
                .client
                .list("/v1/relations/penalty/rows")
                .iter()
                .map(|row| row["no"].as_str().unwrap().to_string())
                .collect();
            for (key, sent) in before.iter().filter(|(_, sent)| sent.position.is_some()) {
                assert!(sent.rows.iter().all(|no| there.contains(no)), "{key} was acknowledged before the copy and is not in it");
            }
            // What comes now stands in place of what is lost, and a second start finds nothing strange in it.
            restored.client.batch(&[penalty(&format!("restored-{n}-{life}"))]).expect(200);
            restored.end("KILL");
        }
        let verified = run(ENGLISH, house.dir.path(), &["verify", copy]);
        assert_eq!(verified.code, Some(0), "{} {}", verified.out, verified.err);
    }
}

#[test]
fn d5_a_lost_end_is_no_copy() {
    let mut house = House::new();
    let serving = house.serve();
    for n in 0..5 {
        serving.client.batch(&[penalty(&n.to_string())]).expect(200);
    }
    serving.end("TERM");
    let journal = house.dir.path().join("data/journal");
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 200]).unwrap();
    let data = house.dir.path().join("data");
    let verified = run(ENGLISH, house.dir.path(), &["verify", data.to_str().unwrap()]);
    assert!(verified.code == Some(1) && (verified.out + &verified.err).contains("its end is lost"));
    let rules = house.dir.path().join("rules.dl");
    let args = ["--data", data.to_str().unwrap(), "--rules", rules.to_str().unwrap(), "--clock", "manual=2022-09-01"];
    let serving = Serving::start(ENGLISH, house.dir.path(), "lost", &args).spare(Spared::Damaged);
    serving.until("failed");
}

/// The last thing a reader hears.
fn told_to_stop(mut stream: Events) {
    let text = stream.read_until(|text| text.windows(8).any(|w| w == b"stopping"));
    assert!(text.ends_with(b"stopping\n\n"), "{}", String::from_utf8_lossy(text));
}

/// A small disk of its own for a server, and a file that fills it until it is told to go.
const FULL: &str = r#"
mount -t tmpfs -o size=8m tmpfs "$1" || exit 125
head -c 6m /dev/zero > "$1/filler"
(while [ ! -e "$2" ] && kill -0 $$; do sleep 0.02; done; rm "$1/filler") &
shift 2
exec "$@"
"#;

#[test]
fn d4_a_disk_that_is_really_full_refuses_records_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_string();
    let (disk, data, rules, room) = (path("disk"), path("disk/data"), path("rules.dl"), path("room"));
    std::fs::create_dir(&disk).unwrap();
    std::fs::write(&rules, RULES).unwrap();
    let within = ["-rm", "sh", "-c", FULL, "sh", &disk, &room];
    let args = ["serve", "--listen", "127.0.0.1:0", "--data", &data, "--rules", &rules, "--clock", "manual=2022-09-01"];
    let Some(serving) = Serving::within("unshare", &within, ENGLISH, dir.path(), "full", &args) else {
        // A machine may forbid to make a mount of one's own; the disk in memory of the engine's tests is full there too.
        eprintln!("not run: no small disk can be made here");
        return;
    };
    serving.until("ready");
    let client = serving.client;
    let wide = "x".repeat(4_000);
    let send = |n: u32| {
        let row = json!({"organ": "police:1", "no": format!("{n}"), "county": wide, "day": "2022-07-15"});
        client.batch(&[json!({"relation": "penalty", "op": "insert", "row": row})])
    };
    let taken = (0..1_000).take_while(|n| send(*n).status == 200).count();
    assert!((1..1_000).contains(&taken), "{taken}");
    let full = send(1_000);
    assert_eq!((full.status, full.problem().as_str(), full.header("retry-after")), (507, "disk-full", Some("60")));
    assert_eq!(client.get("/readyz").expect(503)["phase"], "ready", "no records are taken, and nothing has failed");
    assert_eq!(client.list("/v1/clues").len(), taken, "reading goes on");
    assert_eq!(client.subscribe("", None).next().unwrap().name, "snapshot-begin");
    std::fs::write(&room, "").unwrap();
    wait(|| send(1_000).status == 200);
    client.clock("2022-09-02").expect(200);
    assert_eq!(client.list("/v1/clues").len(), taken + 1);
    assert_eq!(serving.end("TERM").code, Some(0));
}

#[test]
fn q4_a_server_filled_as_fast_as_it_takes_refuses_before_its_memory_is_used_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_string();
    let (data, rules) = (path("data"), path("rules.dl"));
    std::fs::write(&rules, RULES).unwrap();
    let args = ["--data", &data, "--rules", &rules, "--clock", "manual=2022-07-15", "--memory", "128"];
    let serving = Serving::start(ENGLISH, dir.path(), "fill", &args);
    serving.until("ready");
    let client = serving.client;
    let send = |n: u32| {
        let no = |row: u32| format!("{n}-{row}-{}", "x".repeat(100));
        let lines: Vec<Value> = (0..2_000).map(|row| penalty(&no(row))).collect();
        client.batch(&lines)
    };
    let taken = (0..1_000).take_while(|n| send(*n).status == 200).count();
    assert!((10..1_000).contains(&taken), "{taken}");
    let full = send(1_000);
    assert_eq!((full.status, full.problem().as_str(), full.header("retry-after")), (503, "memory-full", Some("60")));
    assert!(serving.peak_mib() < 128, "{} MiB", serving.peak_mib());
    assert_eq!(client.get("/readyz").expect(503)["phase"], "ready", "no records are taken, and nothing has failed");
    assert_eq!(client.get("/v1/relations/penalty/rows").expect(200)["items"].as_array().unwrap().len(), 200);
    let retract =
        json!({"relation": "penalty", "op": "retract", "row": {"organ": "police:1", "no": format!("0-0-{}", "x".repeat(100))}});
    assert_eq!(client.batch(&[retract]).expect(200)["changed"], 1);
}
