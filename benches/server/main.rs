//! The whole server from outside: the shipped program on a folder of the disk, with the supervision pack. A bulk load as NDJSON and as CSV;
//! one, eight and sixty-four clients with a subscriber; one client among thousands of subscribers; `kill -9` and the start after it, from the
//! journal and from a snapshot; the bare disk before, between and after.
//!
//! `cargo bench --bench server -- [--records N] [--seconds S] [--subscribers N] [--packs yes] [--dir DIR]` prints a JSON line for each. 0
//! seconds: the load as NDJSON and the starts alone. With `--packs` it compares packs and does nothing else. What the figures mean is in `docs/performance.md`. `--dir` is where the disk is that is measured; without it
//! the target folder.

mod clients;
mod county;
mod crowd;
mod disk;
mod http;
#[path = "../machine.rs"]
mod machine;
mod packs;
mod server;

use crowd::Crowd;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use server::Server;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::time::Instant;

const CLIENTS: [usize; 3] = [1, 8, 64];
/// Records of one body of a bulk load.
const BODY: u64 = 1_000_000;

struct Asked {
    records: u64,
    /// Of each number of clients, and of each crowd.
    seconds: f64,
    subscribers: usize,
    packs: bool,
    dir: PathBuf,
}

fn main() {
    let asked = asked();
    // Each subscriber is an open file here too.
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files }).expect("as many files as there may be");
    std::fs::create_dir_all(&asked.dir).expect("the folder can be made");
    let scratch = tempfile::tempdir_in(&asked.dir).expect("the folder can be written");
    let dir = scratch.path();
    if asked.packs {
        let (first, whole) = (packs::first(dir), PathBuf::from(server::PACK));
        for (name, pack) in [("first", first), ("all", whole)] {
            print(packs::measure(name, &fresh(&dir.join(format!("{name}-data")), &pack), asked.records, asked.seconds));
        }
        return;
    }

    print(disk::bare(dir, "before all"));
    let data = dir.join("ndjson");
    let whole = Path::new(server::PACK);
    let server = fresh(&data, whole);
    print(bulk(&server, "ndjson", "application/x-ndjson", county::penalties_ndjson, asked.records));
    if asked.seconds > 0.0 {
        live(&server, &asked, dir);
    }
    let server = restart(server, &data, "journal");
    print(snapshot(&server));
    drop(restart(server, &data, "snapshot"));
    std::fs::remove_dir_all(&data).ok();

    if asked.seconds > 0.0 {
        let server = fresh(&dir.join("csv"), whole);
        print(bulk(&server, "csv", "text/csv", county::penalties_csv, asked.records));
    }
    print(disk::bare(dir, "after all"));
}

/// Clients and subscribers, on top of what was loaded.
fn live(server: &Server, asked: &Asked, dir: &Path) {
    let next = AtomicU64::new(asked.records);
    for clients in CLIENTS {
        print(disk::bare(dir, &format!("before {clients} clients")));
        print(clients::measure(server, clients, asked.seconds, &next, &position(server)));
    }
    for crowd in crowds(asked.subscribers) {
        print(crowd::measure(server, crowd, asked.seconds, &next, position));
    }
}

fn asked() -> Asked {
    let mut asked = Asked {
        records: 1_000_000,
        seconds: 10.0,
        subscribers: 10_000,
        packs: false,
        dir: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
    };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let value = args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--records" => asked.records = value.parse().expect("a number of records"),
            "--seconds" => asked.seconds = value.parse().expect("a number of seconds"),
            "--subscribers" => asked.subscribers = value.parse().expect("a number of subscribers"),
            "--packs" => asked.packs = value == "yes",
            "--dir" => asked.dir = PathBuf::from(value),
            other => panic!("{other}: known are --records, --seconds, --subscribers, --packs, --dir"),
        }
    }
    asked
}

fn print(line: Value) {
    println!("{line}");
}

/// Who listens while one client commits; none if nobody is to.
fn crowds(subscribers: usize) -> Vec<Crowd> {
    let some = |parts: usize| subscribers * parts / 20;
    let none = Crowd { name: "", live: 0, idle: 0, slow: 0, stopped: 0 };
    let crowds = [
        Crowd { name: "idle", idle: subscribers, ..none },
        Crowd { name: "idle and slow", idle: some(9), slow: some(1), ..none },
        Crowd { name: "half", live: some(10), ..none },
        Crowd { name: "all kinds", live: some(18), slow: some(1), stopped: some(1), ..none },
    ];
    crowds.into_iter().filter(|_| subscribers > 0).collect()
}

/// A server on an empty folder, with agencies and everybody who is in correction.
fn fresh(data: &Path, pack: &Path) -> Server {
    std::fs::create_dir_all(data).expect("a folder of its own");
    let server = Server::with_pack(data, pack);
    let mut connection = server.connect();
    for (agency, lines) in county::ground() {
        connection.post("/v1/batches", agency, "application/x-ndjson", &lines);
    }
    let path = "/v1/relations/correction_person/rows";
    let answer = connection.post(path, county::JUSTICE, "application/x-ndjson", &county::in_correction());
    assert_eq!(answer["accepted"], county::IN_CORRECTION, "{answer}");
    server
}

/// Penalties in bodies of up to a million records: bytes, and seconds from the first byte of each to the answer.
fn load(server: &Server, media: &str, body: impl Fn(Range<u64>) -> String, records: u64) -> (u64, f64) {
    let (mut bytes, mut wall) = (0, 0.0);
    for first in (0..records).step_by(BODY as usize) {
        let numbers = first..(first + BODY).min(records);
        let body = body(numbers.clone());
        let began = Instant::now();
        let answer = server.connect().post("/v1/relations/admin_penalty/rows", county::POLICE, media, &body);
        wall += began.elapsed().as_secs_f64();
        bytes += body.len() as u64;
        assert_eq!(answer["accepted"], numbers.end - numbers.start, "nothing is refused");
    }
    (bytes, wall)
}

fn bulk(server: &Server, format: &str, media: &str, body: impl Fn(Range<u64>) -> String, records: u64) -> Value {
    let (cpu, journal, before) = (server.cpu_seconds(), server.journal_bytes(), server.memory_mib().0);
    let (bytes, wall) = load(server, media, body, records);
    let (resident, peak) = server.memory_mib();
    assert!(server.metric("huiyan_dataflow_rows") > 0.0, "rules that were suspended cost nothing");
    json!({
        "bench": "bulk", "format": format, "records": records, "body_mib": mib(bytes), "wall_s": two(wall),
        "per_second": (records as f64 / wall).round(), "server_cpu_s": two(server.cpu_seconds() - cpu),
        "journal_mib": mib(server.journal_bytes() - journal), "before_mib": before.round(), "rss_mib": resident.round(),
        "peak_mib": peak.round(), "clues": server.metric("huiyan_clues"),
    })
}

/// A snapshot by hand, from the request until it is whole.
fn snapshot(server: &Server) -> Value {
    let before = server.memory_mib().0;
    let (bytes, took) = server.take_snapshot();
    json!({
        "bench": "snapshot", "records": server.metric("huiyan_record_rows"), "wall_s": two(took.as_secs_f64()),
        "snapshot_mib": mib(bytes), "before_mib": before.round(), "peak_mib": server.memory_mib().1.round(),
    })
}

/// A position of now, from which nothing is missed.
fn position(server: &Server) -> String {
    let (_, text) = server.connect().get("/v1/changes").expect("the server answers");
    let answer: Value = serde_json::from_str(&text).expect("answers are JSON");
    answer["position"].as_str().expect("every list has a position").to_string()
}

/// Kills it and starts it again, from a snapshot or from the journal alone. What was acknowledged must be there.
fn restart(server: Server, data: &Path, from: &str) -> Server {
    let held = |server: &Server| ["huiyan_record_rows", "huiyan_clues", "huiyan_epochs_total"].map(|name| server.metric(name));
    let (before, resident, journal) = (held(&server), server.memory_mib().0, server.journal_bytes());
    server.kill();
    if from == "journal" {
        Server::forget_snapshots(data);
    }
    let server = Server::start(data);
    let [records, clues, epochs] = held(&server);
    assert_eq!([records, clues, epochs], before, "the same as before the kill");
    let (after, peak) = server.memory_mib();
    print(json!({
        "bench": "restart", "from": from, "records": records, "clues": clues, "epochs": epochs, "journal_mib": mib(journal),
        "listening_s": two(server.listening.as_secs_f64()), "ready_s": two(server.ready.as_secs_f64()),
        "server_cpu_s": two(server.cpu_seconds()), "before_mib": resident.round(), "rss_mib": after.round(), "peak_mib": peak.round(),
    }));
    server
}

fn mib(bytes: u64) -> f64 {
    (bytes as f64 / (1u64 << 20) as f64).round()
}

fn two(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}
