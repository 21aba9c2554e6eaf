//! Many readers at once, and readers over restarts: who is slow holds up nobody, is bounded, told and can come back; who comes back after a
//! restart, with the same rules or others, misses nothing and gets nothing twice.

use super::client::Events;
use super::doors::penalty;
use super::model::Model;
use super::server::{RULES, Server, Setup, wait};
use super::streams::{DAYS, Dice, compare, follow, happen, resume, seed};
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{Epoch, parse_date};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn scale() -> usize {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// The same rules but for one more output, or one that is called otherwise.
fn other_rules(n: u64) -> String {
    let more = format!(".decl extra{n}(no: symbol)\n.output extra{n}\nextra{n}(no) :- penalty(_, no, _, _, _, _).\n");
    let days = ["3", "2"][(n % 2) as usize];
    RULES.replace("missing(o, n, c, d + 3) :-", &format!("missing(o, n, c, d + {days}) :-")) + &more
}

#[test]
fn s4_a_reader_goes_on_over_restarts_between_any_two_events_and_over_other_rules() {
    let disk = MemoryDisk::new();
    let mut dice = Dice(seed());
    let packs: Vec<String> = (0..3).map(other_rules).collect();
    let mut rules = 0;
    let start = |rules: usize| Server::on(&disk, Setup { rules: &packs[rules], ..Setup::default() });
    let mut server = start(rules);
    server.client.clock("2022-07-20").expect(200);
    let mut model = Model::default();
    follow(&server, &mut server.client.subscribe("", None), &mut model);
    // One that wants an output which some of the packs do not have.
    let mut extra = Model::default();
    follow(&server, &mut server.client.subscribe("?relation=extra0", None), &mut extra);
    let (mut changed, rounds) = (0, 100 * scale());
    for round in 0..rounds {
        let times = 1 + dice.roll(2) as usize;
        happen(&server, &mut dice, times);
        if dice.roll(2) == 0 {
            resume(&server, &mut model);
        }
        server.stop();
        if dice.roll(3) == 0 {
            let other = dice.roll(3) as usize;
            changed += usize::from(other != rules);
            rules = other;
        }
        server = start(rules);
        resume(&server, &mut model);
        let mut listed = server.client.list("/v1/clues");
        listed.sort_by_key(|clue| clue["id"].as_str().map(str::to_string));
        assert_eq!(model.clues.values().collect::<Vec<_>>(), listed.iter().collect::<Vec<_>>(), "round {round}");
        let mut events = server.client.subscribe("?relation=extra0", extra.last_id.as_deref());
        follow(&server, &mut events, &mut extra);
        let held = if rules == 0 { server.client.list("/v1/relations/extra0/rows").len() } else { 0 };
        assert_eq!(extra.rows.len(), held, "round {round}: rows of an output that goes and comes again");
    }
    let rows = |name: &str| model.rows.iter().filter(|row| row.starts_with(&format!("\"{name}\""))).count();
    assert_eq!(rows("per_county"), server.client.list("/v1/relations/per_county/rows").len());
    assert!(changed > 2, "other rules were in force {changed} times");
    assert_eq!(model.seen["rules-changed"], changed, "each of them is told in the same stream");
    assert_eq!(model.seen["snapshot-begin"], 1, "nobody had to begin again");
}

#[test]
fn s4_at_the_edge_of_what_is_remembered() {
    let clock = huiyan::engine::ClockMode::Manual(parse_date("0001-01-01").unwrap());
    let server = Server::on(&MemoryDisk::new(), Setup { rules: DAYS, clock, ..Setup::default() });
    for year in ["0099-01-01", "0198-01-01", "0297-01-01"] {
        server.client.clock(year).expect(200);
    }
    let oldest = server.handle.read().feed.oldest();
    let latest = server.handle.read().epoch;
    assert!(oldest > Epoch(1));
    let at = |epoch: Epoch| server.handle.positions().encode(epoch);
    assert_eq!(server.client.subscribe("", Some(&at(Epoch(oldest.0 - 1)))).refused().problem(), "cursor-expired");
    for first in [oldest, Epoch(oldest.0 + 1), Epoch(latest.0 - 1)] {
        let mut events = server.client.subscribe("", Some(&at(first)));
        let next = std::iter::from_fn(|| events.next()).find(|event| event.name == "change").unwrap();
        assert_eq!(server.epoch(next.data["position"].as_str().unwrap()), first.0 + 1, "the very next one");
    }
}

/// How long each of so many batches of one record takes, the shortest first.
fn commits(server: &Server, name: &str, count: usize) -> Vec<Duration> {
    let one = |n: usize| {
        let began = Instant::now();
        server.client.batch(&[penalty("insert", "police:1", &format!("{name}-{n}"), "1")]).expect(200);
        began.elapsed()
    };
    let mut took: Vec<Duration> = (0..count).map(one).collect();
    took.sort();
    took
}

/// A reader that asks, and reads nothing by itself.
fn asking(server: &Server) -> TcpStream {
    let mut stream = server.client.connect();
    stream.write_all(b"GET /v1/subscribe HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    stream
}

/// Waits until so many streams are read.
fn until_readers(server: &Server, count: usize) {
    wait(|| server.client.get("/metrics").body.contains(&format!("huiyan_subscribers {count}\n")));
}

/// Large epochs, so that what the system holds for a reader fills up. After each, `meanwhile`.
fn large(server: &Server, mut meanwhile: impl FnMut()) {
    for n in 0..150 {
        let lines: Vec<Value> = (0..40).map(|m| penalty("upsert", "police:1", &format!("large-{m}"), &n.to_string())).collect();
        server.client.batch(&lines).expect(200);
        meanwhile();
    }
}

#[test]
fn s3_readers_of_every_kind_hold_up_no_commit_are_cut_off_and_come_back() {
    let server = Server::on(&MemoryDisk::new(), Setup { stall: Duration::from_secs(3), ..Setup::default() });
    server.client.clock("2022-08-20").expect(200);
    let each = 10 * scale();
    let alone = commits(&server, "alone", 100);
    // Idle ones, whose filter lets nothing through; such as never read; such as read a little now and then; live ones.
    let idle: Vec<Events> = (0..2 * each).map(|_| server.client.subscribe("?area=9", None)).collect();
    let mut never: Vec<TcpStream> = (0..each).map(|_| asking(&server)).collect();
    let mut slow: Vec<TcpStream> = (0..each).map(|_| asking(&server)).collect();
    std::thread::scope(|scope| {
        let live: Vec<_> = (0..each)
            .map(|_| {
                let (mut events, server) = (server.client.subscribe("", None), &server);
                scope.spawn(move || {
                    let mut model = Model::default();
                    while model.clues.values().all(|clue| clue["columns"]["no"] != "last") {
                        model.take(&events.next().expect("the stream goes on"), |position| server.epoch(position));
                    }
                    model
                })
            })
            .collect();
        until_readers(&server, 5 * each);
        let among = commits(&server, "among", 200);
        large(&server, || slow.iter_mut().for_each(|stream| drop(stream.read(&mut [0; 16]))));
        server.client.batch(&[penalty("insert", "police:1", "last", "1")]).expect(200);
        for reader in live {
            compare(&server, &reader.join().unwrap(), "a live reader among slow ones");
        }
        let p50 = |took: &[Duration]| took[took.len() / 2];
        println!("{:?} alone, {:?} among {} readers", p50(&alone), p50(&among), 5 * each);
        // All tests share the machine, so only what is out of all proportion is a mistake.
        assert!(p50(&among) < 20 * p50(&alone) + Duration::from_millis(50), "commits are held up");
    });
    // Those who take nothing are cut off; the idle ones, for whom nothing fills up, are not.
    until_readers(&server, 2 * each);
    // Whoever was cut off finds the end of what it was sent, and goes on from the last id in it.
    let mut text = Vec::new();
    let _ = never[0].read_to_end(&mut text);
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().expect("it was sent something");
    let mut events = server.client.subscribe("", Some(last));
    let mut model = Model::default();
    follow(&server, &mut events, &mut model);
    assert!(!model.epochs.is_empty() && !model.seen.contains_key("snapshot-begin"));
    drop((idle, never, slow));
}

#[test]
fn s5_all_come_back_at_once_after_a_restart() {
    let disk = MemoryDisk::new();
    let server = Server::on(&disk, Setup::default());
    let mut dice = Dice(seed());
    server.client.clock("2022-07-20").expect(200);
    happen(&server, &mut dice, 10);
    let mut first = Model::default();
    follow(&server, &mut server.client.subscribe("", None), &mut first);
    happen(&server, &mut dice, 10);
    server.stop();

    let server = Server::on(&disk, Setup::default());
    let (readers, began) = (100 * scale(), Instant::now());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4usize)
            .map(|part| {
                let (server, first) = (&server, &first);
                scope.spawn(move || {
                    let id = |n: usize| first.last_id.as_deref().filter(|_| !n.is_multiple_of(3));
                    let streams: Vec<Events> = (0..readers / 4).map(|n| server.client.subscribe("", id(n))).collect();
                    for (n, mut events) in streams.into_iter().enumerate() {
                        let mut model = if id(n).is_some() { first.clone() } else { Model::default() };
                        follow(server, &mut events, &mut model);
                        compare(server, &model, "one of those who came back");
                        assert_eq!(server.client.get("/readyz").status, 200);
                    }
                    part
                })
            })
            .collect();
        assert_eq!(threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>(), 6);
    });
    assert!(began.elapsed() < Duration::from_secs(60), "{readers} readers took {:?}", began.elapsed());
}
