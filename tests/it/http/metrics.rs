//! What an operator reads: are the numbers those of what happened, and does the page say what each means?

use super::client::{Client, NDJSON};
use super::doors::penalty;
use super::server::{Server, Setup, wait};
use huiyan::storage::disk::MemoryDisk;
use serde_json::json;
use std::collections::BTreeSet;

/// The value of a series; 0 if it is not there.
fn value(client: Client, series: &str) -> f64 {
    let page = client.get("/metrics");
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let line = page.body.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ').map(str::to_string));
    line.map_or(0.0, |text| text.parse().unwrap())
}

#[test]
fn numbers_are_those_of_what_happened() {
    let server = Server::new();
    let client = server.client;
    let police = ("Huiyan-Agency", "police:1");
    let lines = [penalty("insert", "police:1", "a", "1"), penalty("insert", "police:1", "b", "1"), json!({"relation": "none"})];
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    client.post("/v1/batches", &[NDJSON, police, ("Idempotency-Key", "k")], &body).expect(200);
    client.post("/v1/batches", &[NDJSON, police, ("Idempotency-Key", "k")], &body).expect(200);
    assert_eq!(value(client, "huiyan_clock_age_seconds"), 0.0, "it has not moved");
    client.clock("2022-07-19").expect(200);
    client.get("/v1/clues/no-such-clue");
    for (series, want) in [
        ("huiyan_lines_accepted_total{kind=\"police\"}", 2.0),
        ("huiyan_lines_refused_total{kind=\"police\"}", 1.0),
        ("huiyan_lines_accepted_total{kind=\"court\"}", 0.0),
        ("huiyan_batches_replayed_total", 1.0),
        ("huiyan_batch_lines_sum", 3.0),
        ("huiyan_group_requests_count", 2.0),
        ("huiyan_open_refusals", 1.0),
        ("huiyan_record_rows{relation=\"penalty\"}", 2.0),
        ("huiyan_record_rows{relation=\"notice\"}", 0.0),
        ("huiyan_clues{rule=\"missing\",level=\"violation\"}", 2.0),
        ("huiyan_phase{phase=\"ready\"}", 1.0),
        ("huiyan_phase{phase=\"failed\"}", 0.0),
        ("huiyan_queue_requests_limit", 64.0),
        ("huiyan_dataflow_rows_limit", 10_000_000.0),
        ("huiyan_http_requests_total{route=\"/v1/batches\",method=\"POST\",status=\"200\"}", 2.0),
        ("huiyan_http_requests_total{route=\"/v1/clues/{id}\",method=\"GET\",status=\"404\"}", 1.0),
    ] {
        assert_eq!(value(client, series), want, "{series}");
    }
    // Install, batch, four days.
    assert_eq!(value(client, "huiyan_epochs_total"), 6.0);
    assert_eq!(value(client, "huiyan_epochs_total"), server.handle.read().epoch.0 as f64);
    for series in ["huiyan_clock_age_seconds", "huiyan_dataflow_rows", "huiyan_journal_bytes", "huiyan_process_resident_bytes"] {
        assert!(value(client, series) > 0.0, "{series}");
    }
    // Commits: the installation, the batch, the walk of the clock.
    for timed in ["huiyan_commit_duration_seconds", "huiyan_journal_sync_seconds", "huiyan_evaluation_seconds"] {
        assert_eq!(value(client, &format!("{timed}_count")), 3.0, "{timed}");
        assert_eq!(value(client, &format!("{timed}_bucket{{le=\"+Inf\"}}")), 3.0, "{timed}");
    }
}

#[test]
fn a_reader_is_counted_while_it_reads() {
    let server = Server::new();
    let client = server.client;
    assert_eq!(value(client, "huiyan_subscribers"), 0.0);
    let mut events = client.subscribe("", None);
    events.next().unwrap();
    for name in ["huiyan_subscribers", "huiyan_streams"] {
        assert_eq!(value(client, name), 1.0, "{name}");
    }
    wait(|| value(client, "huiyan_feed_lag_epochs") == 0.0);
    drop(events);
    wait(|| value(client, "huiyan_subscribers") == 0.0);
}

#[test]
fn how_busy_others_are_is_not_for_agencies() {
    let server = Server::new();
    let answer = server.client.send("GET", "/metrics", &[("Huiyan-Agency", "police:1")], b"");
    assert_eq!((answer.status, answer.problem().as_str()), (403, "operator-only"));
}

/// Every metric there is, with the suffix of counters and without those of histograms.
fn names(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .filter_map(|rest| rest.split(' ').next())
        .map(str::to_string)
        .collect()
}

#[test]
fn the_page_of_operation_names_every_metric_and_no_other() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operation.md")).unwrap();
    let quoted = text.split('`').skip(1).step_by(2).filter(|code| code.starts_with("huiyan_"));
    let documented: BTreeSet<String> = quoted.map(|code| code.split('{').next().unwrap_or("").to_string()).collect();
    let server = Server::on(&MemoryDisk::new(), Setup::default());
    server.client.clock("2022-07-19").expect(200);
    let mut shown = names(&server.client.get("/metrics").body);
    // A disk in memory has no end, and this server is not starting any more.
    shown.extend(["huiyan_disk_free_bytes", "huiyan_replay_entries", "huiyan_replay_entries_done"].map(str::to_string));
    let difference: Vec<&String> = shown.symmetric_difference(&documented).collect();
    assert!(difference.is_empty(), "{difference:?}");
}
