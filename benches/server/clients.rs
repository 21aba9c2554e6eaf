//! Clients in a closed loop: each sends a batch of one record, waits for the acknowledgement, sends the next. One subscriber hears of the
//! clue that each batch opens.

use crate::county;
use crate::machine::{cpu_seconds, quantile};
use crate::server::Server;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::Shutdown;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The rule whose clues the subscriber hears of.
const RULE: &str = "penalised_in_correction";
/// After the last acknowledgement, the last event is a mistake if it takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// One batch: its number, when it was sent, when it was acknowledged.
struct Sent {
    number: u64,
    at: Instant,
    acknowledged: Instant,
}

/// What the server counts, before and after.
#[derive(Clone, Copy)]
struct Counted {
    groups: f64,
    syncs_s: f64,
    evaluations_s: f64,
    cpu_s: f64,
    journal: u64,
}

impl Counted {
    fn of(server: &Server) -> Counted {
        Counted {
            groups: server.metric("huiyan_group_requests_count"),
            syncs_s: server.metric("huiyan_journal_sync_seconds_sum"),
            evaluations_s: server.metric("huiyan_evaluation_seconds_sum"),
            cpu_s: server.cpu_seconds(),
            journal: server.journal_bytes(),
        }
    }
}

/// So many clients for so long; batches are numbered on from `next`.
pub fn measure(server: &Server, clients: usize, seconds: f64, next: &AtomicU64, position: &str) -> Value {
    let subscriber = server.connect();
    let socket = subscriber.socket().expect("a socket");
    let (hear, heard) = mpsc::channel();
    let following = {
        let position = position.to_string();
        // It ends with an error when its socket is shut down.
        std::thread::spawn(move || subscriber.follow(RULE, &position, |event, at| drop(hear.send((event, at)))))
    };
    let (before, own_cpu, began) = (Counted::of(server), cpu_seconds(), Instant::now());
    let until = began + Duration::from_secs_f64(seconds);
    let sent: Vec<Sent> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(|| client(server, until, next))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a client")).collect()
    });
    let wall = began.elapsed().as_secs_f64();
    let own_cpu = cpu_seconds() - own_cpu;
    let events = events(&heard, sent.len());
    let after = Counted::of(server);
    socket.shutdown(Shutdown::Both).ok();
    following.join().expect("the subscriber").ok();

    let micros = |from: Instant, to: Instant| (to - from).as_secs_f64() * 1e6;
    let mut acknowledged: Vec<f64> = sent.iter().map(|one| micros(one.at, one.acknowledged)).collect();
    let mut told: Vec<f64> = sent.iter().map(|one| micros(one.at, events[&one.number])).collect();
    let (batches, groups) = (sent.len() as f64, after.groups - before.groups);
    let of = |values: &mut Vec<f64>, part| quantile(values, part).round();
    json!({
        "bench": "clients", "clients": clients, "seconds": two(wall), "batches": sent.len(), "per_second": (batches / wall).round(),
        "ack_us_p50": of(&mut acknowledged, 0.5), "ack_us_p99": of(&mut acknowledged, 0.99),
        "event_us_p50": of(&mut told, 0.5), "event_us_p99": of(&mut told, 0.99),
        "batches_per_sync": two(batches / groups),
        "sync_us_mean": ((after.syncs_s - before.syncs_s) / groups * 1e6).round(),
        "evaluation_us_mean": ((after.evaluations_s - before.evaluations_s) / groups * 1e6).round(),
        "server_cpu_us_per_batch": ((after.cpu_s - before.cpu_s) / batches * 1e6).round(),
        "clients_cpu_us_per_batch": (own_cpu / batches * 1e6).round(),
        "journal_bytes_per_batch": ((after.journal - before.journal) as f64 / batches).round(),
    })
}

fn client(server: &Server, until: Instant, next: &AtomicU64) -> Vec<Sent> {
    let mut connection = server.connect();
    let mut sent = Vec::new();
    while Instant::now() < until {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let body = county::one_penalty(number);
        let at = Instant::now();
        let answer = connection.post("/v1/batches", county::POLICE, "application/x-ndjson", &body);
        sent.push(Sent { number, at, acknowledged: Instant::now() });
        assert_eq!(answer["changed"], 1, "{answer}");
    }
    sent
}

/// When each clue was heard of, by the number of its penalty.
fn events(heard: &mpsc::Receiver<(Value, Instant)>, count: usize) -> HashMap<u64, Instant> {
    let mut events = HashMap::new();
    while events.len() < count {
        let (event, at) = heard.recv_timeout(PATIENCE).expect("every batch opens a clue, and the subscriber hears of it");
        for change in event["changes"].as_array().into_iter().flatten() {
            let number = change["clue"]["columns"]["decision_no"].as_str().and_then(county::number_of);
            events.insert(number.expect("a clue of a penalty"), at);
        }
    }
    events
}

fn two(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}
