//! What more rules cost: the same records, the same changes and the same days under the first rules there were, and under all of them.

use crate::clients;
use crate::county::{self, OPERATOR};
use crate::machine::quantile;
use crate::server::{PACK, Server};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::time::Instant;

/// The fourteen rules that were there first, and what they rest on.
const FIRST: [&str; 18] = [
    "schema",
    "identity",
    "days",
    "coverage",
    "law",
    "duty",
    "papers",
    "steps",
    "correction",
    "sentence",
    "notice",
    "handover",
    "acknowledge",
    "register",
    "report",
    "conduct",
    "rights",
    "release",
];

/// Days that the clock goes on.
const DAYS: u64 = 20;

/// The pack with its first rules alone, in a folder of its own.
pub fn first(dir: &Path) -> PathBuf {
    let pack = dir.join("first");
    copy(Path::new(PACK), &pack);
    let main = FIRST.map(|file| format!(".include \"{file}.dl\"\n")).concat();
    std::fs::write(pack.join("main.dl"), main).expect("the folder can be written");
    pack
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder can be made");
    for entry in std::fs::read_dir(from).expect("the pack can be read").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_name().to_str() {
            Some("cases") => {}
            _ if from.is_dir() => copy(&from, &to),
            _ => drop(std::fs::copy(&from, &to).expect("a file of the pack can be copied")),
        }
    }
}

/// One pack: the load, one client, and the clock day by day.
pub fn measure(name: &str, server: &Server, records: u64, seconds: f64) -> Value {
    let (before, cpu) = (server.memory_mib().0, server.cpu_seconds());
    crate::load(server, "application/x-ndjson", county::penalties_ndjson, records);
    let cpu = server.cpu_seconds() - cpu;
    let next = AtomicU64::new(records);
    let one = clients::measure(server, 1, seconds, &next, &crate::position(server));
    let mut ticks = ticks(server);
    // By now what the load took for itself is given back.
    let resident = server.memory_mib().0;
    json!({
        "bench": "pack", "rules": name, "records": records, "clues": server.metric("huiyan_clues"),
        "load_cpu_us_per_record": (cpu / records as f64 * 1e7).round() / 10.0,
        "bytes_per_record": ((resident - before) * 1048576.0 / records as f64).round(), "rss_mib": resident.round(),
        "ack_us_p50": one["ack_us_p50"], "ack_us_p99": one["ack_us_p99"], "server_cpu_us_per_batch": one["server_cpu_us_per_batch"],
        "tick_us_p50": quantile(&mut ticks, 0.5).round(), "tick_us_max": quantile(&mut ticks, 1.0).round(),
    })
}

/// Microseconds of each day, from asking for it until it is over and published.
fn ticks(server: &Server) -> Vec<f64> {
    let mut connection = server.connect();
    let mut tick = |day: u64| {
        let began = Instant::now();
        let (status, answer) =
            connection.try_post("/v1/clock", OPERATOR, "application/json", &json!({"now": county::day(day)}).to_string());
        assert_eq!(status, 200, "{answer}");
        began.elapsed().as_secs_f64() * 1e6
    };
    (1..=DAYS).map(&mut tick).collect()
}
