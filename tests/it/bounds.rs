//! Does the real server keep within the memory that it was given, whatever comes at once? Records that come by many, readers that take
//! nothing, rules that pair everything with everything.

use super::http::client::Client;
use super::http::server::{RULES, wait};
use super::kills::penalty;
use super::process::{ENGLISH, Serving};
use serde_json::Value;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

fn scale() -> usize {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn serve(dir: &tempfile::TempDir, rules: &str, memory: Option<&str>) -> Serving {
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_string();
    let (data, text) = (path("data"), path("rules.dl"));
    std::fs::write(&text, rules).unwrap();
    // Every penalty is late on this day: each opens a clue.
    let mut args = vec!["--data", &data, "--rules", &text, "--clock", "manual=2022-09-01"];
    args.extend(memory.iter().flat_map(|mib| ["--memory", mib]));
    let serving = Serving::start(ENGLISH, dir.path(), "bounds", &args);
    serving.until("ready");
    serving
}

fn lines(name: &str, count: usize) -> Vec<Value> {
    (0..count).map(|n| penalty(&format!("{name}-{n}-{}", "x".repeat(100)))).collect()
}

#[test]
fn q4_large_batches_at_once_are_refused_before_they_use_up_the_memory() {
    let dir = tempfile::tempdir().unwrap();
    let serving = serve(&dir, RULES, Some("300"));
    let client = serving.client;
    let send = |client: Client, sender: usize| {
        let taken = (0..4).map(|n| client.batch(&lines(&format!("{sender}-{n}"), 40_000)));
        taken.take_while(|answer| answer.status == 200).count()
    };
    let senders: Vec<_> = (0..4).map(|sender| std::thread::spawn(move || send(client, sender))).collect();
    let taken: usize = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
    assert!((1..8).contains(&taken), "{taken} batches were taken");
    assert!(serving.peak_mib() < 300, "{} MiB", serving.peak_mib());
    let large = client.batch(&lines("large", 100_000));
    assert_eq!((large.status, large.problem().as_str(), large.header("retry-after")), (503, "memory-full", Some("60")));
    // Nothing has failed: reading goes on, and so do records where so many were taken that there is room for some.
    let small = client.batch(&lines("small", 10));
    assert!(small.status == 200 || small.problem() == "memory-full", "{}", small.body);
    let ready = client.get("/readyz");
    assert_eq!((ready.status, &ready.json()["phase"]), (small.status, &Value::from("ready")));
    client.get("/v1/clues").expect(200);
}

/// So many KiB of memory that may be written to. Who asks for more gets none, and the process would end by it, as it would by the kernel's
/// killer in a control group. Such a group is the machine's to give and not a test's; that its bound is read is a test of `memory.rs`, and what
/// is done with a bound is the same whoever says it.
const HARD: &str = "ulimit -d \"$1\" || exit 125; shift; exec \"$@\"";

/// Stacks and what the allocator has set aside are not records, and count here too.
const BESIDE_MIB: u64 = 200;

#[test]
fn q4_under_a_hard_limit_records_are_refused_before_it_and_nothing_ends() {
    for (fill, batch, senders) in [("slowly", 500, 1), ("fast", 40_000, 4)] {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_string();
        let (data, rules) = (path("data"), path("rules.dl"));
        std::fs::write(&rules, RULES).unwrap();
        let (allowed, hard) = (300, ((300 + BESIDE_MIB) << 10).to_string());
        let mib = allowed.to_string();
        let args = ["serve", "--listen", "127.0.0.1:0", "--data", &data, "--rules", &rules, "--clock", "manual=2022-09-01"];
        let args = [&args[..], &["--memory", &mib]].concat();
        let within = Serving::within("sh", &["-c", HARD, "sh", &hard], ENGLISH, dir.path(), "hard", &args);
        let serving = within.expect("a process may bound itself");
        serving.until("ready");
        let (client, refused) = (serving.client, AtomicUsize::new(0));
        // Each until it has heard no a few times: what is answered between makes room for some.
        let send = |sender: usize| {
            let (mut n, mut no) = (0, 0);
            while no < 3 {
                let answer = client.batch(&lines(&format!("{sender}-{n}"), batch));
                n += 1;
                if answer.status != 200 {
                    assert_eq!((answer.status, answer.problem().as_str()), (503, "memory-full"), "{fill}: {}", answer.body);
                    assert_eq!(answer.header("retry-after"), Some("60"));
                    no += 1;
                }
            }
            refused.fetch_add(no, Ordering::Relaxed);
            n - no
        };
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..senders).map(|sender| scope.spawn(move || send(sender))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        println!("{fill}: {taken} batches of {batch} taken, {} refused, peak {} MiB", refused.into_inner(), serving.peak_mib());
        assert!(taken > 0, "{fill}");
        // It is there, reads, and a start within the same limit has everything.
        assert_eq!(client.get("/readyz").json()["phase"], "ready", "{fill}");
        client.get("/v1/clues").expect(200);
        assert_eq!(serving.end("TERM").code, Some(0), "{fill}");
    }
}

#[test]
fn q4_a_start_that_has_used_up_its_memory_takes_no_records() {
    let dir = tempfile::tempdir().unwrap();
    let serving = serve(&dir, RULES, None);
    for n in 0..3 {
        serving.client.batch(&lines(&n.to_string(), 20_000)).expect(200);
    }
    serving.end("KILL");
    let serving = serve(&dir, RULES, Some("80"));
    let refused = serving.client.batch(&lines("more", 1));
    assert_eq!((refused.status, refused.problem().as_str()), (503, "memory-full"));
    assert_eq!(serving.client.get("/readyz").expect(503)["phase"], "ready");
}

/// Every penalty with every other: six thousand of them are thirty-six million rows, far from the most that there may be by number.
const PAIRS: &str = ".decl pair(a: symbol, b: symbol, c: symbol)\n.output pair\n\
    pair(a, b, c) :- penalty(_, a, _, c, _, _), penalty(_, b, _, _, _, _).\n";

#[test]
fn q2_rules_that_would_use_up_the_memory_are_suspended_before_they_do() {
    let dir = tempfile::tempdir().unwrap();
    let serving = serve(&dir, &format!("{RULES}{PAIRS}"), Some("400"));
    serving.client.batch(&lines("p", 6_000)).expect(200);
    serving.until("suspended");
    // The step that is over is let go of, and with it what it was about to sort: a third more, where without a bound it is gigabytes.
    assert!(serving.peak_mib() < 540, "{} MiB", serving.peak_mib());
    // What they held is given back, and records go on.
    wait(|| serving.client.batch(&lines("more", 1)).status == 200);
}

#[test]
fn s3_readers_that_take_nothing_hold_little() {
    let dir = tempfile::tempdir().unwrap();
    let serving = serve(&dir, RULES, None);
    serving.client.batch(&lines("clue", 20_000)).expect(200);
    // Memory comes by pieces of two MiB: among few readers one of them would count.
    let (before, readers) = (serving.peak_mib(), 400 * scale().min(5));
    let asking = |_| {
        let mut stream: TcpStream = serving.client.connect();
        stream.write_all(b"GET /v1/subscribe HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        stream
    };
    // What stands is some fifteen MiB of text, more than the system takes for anybody.
    let asked: Vec<TcpStream> = (0..readers).map(asking).collect();
    let counted = format!("huiyan_subscribers {readers}\n");
    wait(|| serving.client.get("/metrics").body.contains(&counted));
    std::thread::sleep(std::time::Duration::from_secs(2));
    let each = (serving.peak_mib() - before) * 1024 / readers as u64;
    println!("{each} KiB for each of {readers} readers");
    assert!(each < 128, "{each} KiB for each of {readers} readers");
    drop(asked);
}
