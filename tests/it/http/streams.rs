//! Is a subscription whole? Snapshot, changes, cuts at any byte, restarts, filters, slow readers, the end.

use super::client::{Event, Events, first_event};
use super::doors::penalty;
use super::model::Model;
use super::server::{Server, Setup};
use huiyan::clock::{Clock, WallClock};
use huiyan::limits::PIECE_CHANGES;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{Epoch, date_text, parse_date};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;

/// xorshift: the same history for the same seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

pub fn seed() -> u64 {
    let given = std::env::var("HUIYAN_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| WallClock.now_us() as u64 | 1);
    println!("HUIYAN_SEED={seed}");
    seed
}

/// Something happens: rows come, are corrected and go, the clock moves either way.
pub fn happen(server: &Server, dice: &mut Dice, times: usize) {
    let first = parse_date("2022-07-15").unwrap();
    for _ in 0..times {
        if dice.roll(8) == 0 {
            // Most of the time past the deadline.
            let day = first + 2 + dice.roll(6) as i64;
            server.client.clock(&date_text(day)).expect(200);
            continue;
        }
        let lines: Vec<Value> = (0..1 + dice.roll(4)).map(|_| line(dice)).collect();
        server.client.batch(&lines).expect(200);
    }
}

fn line(dice: &mut Dice) -> Value {
    let (organ, no) = (format!("police:{}", dice.roll(2)), dice.roll(6).to_string());
    match dice.roll(5) {
        0 => json!({"relation": "penalty", "op": "retract", "row": {"organ": organ, "no": no}}),
        1 => {
            json!({"relation": "notice", "op": "upsert", "row": {"recipient": "justice:1", "no": dice.roll(3).to_string(), "re": no}})
        }
        2 => json!({"relation": "notice", "op": "retract", "row": {"recipient": "justice:1", "no": dice.roll(3).to_string()}}),
        _ => penalty("upsert", &organ, &no, &dice.roll(3).to_string()),
    }
}

/// Reads on until everything that has happened is said to be complete.
pub fn follow(server: &Server, events: &mut Events, model: &mut Model) {
    let latest = server.handle.read().epoch.0;
    while model.through < latest || model.in_snapshot {
        let event = events.next().expect("the stream goes on");
        model.take(&event, |position| server.epoch(position));
    }
}

/// The model holds what the lists hold.
pub fn compare(server: &Server, model: &Model, place: &str) {
    let listed = server.client.list("/v1/clues");
    let told: Vec<&Value> = model.clues.values().collect();
    let mut sorted: Vec<&Value> = listed.iter().collect();
    sorted.sort_by_key(|clue| clue["id"].as_str().unwrap());
    assert_eq!(told, sorted, "{place}");
    let rows = server.client.list("/v1/relations/per_county/rows");
    let rows: BTreeSet<String> = rows.iter().map(|row| format!("\"per_county\" {row}")).collect();
    assert_eq!(model.rows, rows, "{place}");
}

fn whole(server: &Server) -> Model {
    let mut model = Model::default();
    follow(server, &mut server.client.subscribe("", None), &mut model);
    model
}

#[test]
fn s1_a_snapshot_and_its_changes_are_the_state_at_every_moment() {
    let server = Server::new();
    let mut dice = Dice(seed());
    happen(&server, &mut dice, 20);
    let mut events = server.client.subscribe("", None);
    let (status, headers) = events.head();
    assert_eq!(status, 200);
    for (name, value) in [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")] {
        assert!(headers.iter().any(|(n, v)| n == name && v == value), "{name}: {headers:?}");
    }
    let mut model = Model::default();
    for _ in 0..40 {
        follow(&server, &mut events, &mut model);
        compare(&server, &model, "live");
        happen(&server, &mut dice, 1);
    }
    follow(&server, &mut events, &mut model);
    compare(&server, &model, "at the end");
    let clues = whole(&server);
    assert_eq!((clues.clues, clues.rows), (model.clues, model.rows), "a later snapshot is what an earlier reader has");
    assert_eq!(model.seen["snapshot-begin"], 1);
}

/// A stream as it came, from a snapshot in the middle of a history to its end.
fn record(server: &Server, dice: &mut Dice, before: usize, after: usize) -> Vec<u8> {
    happen(server, dice, before);
    let mut events = server.client.subscribe("", None);
    events.read_until(|text| find(text, b"event: complete"));
    happen(server, dice, after);
    let last =
        format!("event: complete\ndata: {{\"position\":\"{}\"}}", server.handle.positions().encode(server.handle.read().epoch));
    let ends = |text: &[u8]| find(text, last.as_bytes()) && text.ends_with(b"\n\n");
    events.read_until(ends).to_vec()
}

fn find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|w| w == part)
}

/// What a reader knows that got so many bytes.
fn read(server: &Server, mut text: &[u8]) -> Model {
    let mut model = Model::default();
    while let Some((event, used)) = first_event(text) {
        if let Some(event) = event {
            model.take(&event, |position| server.epoch(position));
        }
        text = &text[used..];
    }
    model
}

pub fn resume(server: &Server, model: &mut Model) {
    let id = model.last_id.clone();
    let already = model.epochs.len();
    let mut events = server.client.subscribe("", id.as_deref());
    follow(server, &mut events, model);
    if id.is_some() {
        assert!(model.epochs.len() >= already && !model.in_snapshot);
    }
}

#[test]
fn s1_a_cut_at_any_byte_loses_and_repeats_nothing() {
    let disk = MemoryDisk::new();
    let server = Server::on(&disk, Setup::default());
    let mut dice = Dice(seed());
    server.client.clock("2022-07-20").expect(200);
    let text = record(&server, &mut dice, 15, 40);
    let whole = read(&server, &text);
    compare(&server, &whole, "uncut");
    // Around each end of an event every byte, elsewhere some; HUIYAN_SCALE=10 takes ten thousand, or every byte.
    let scale: usize = std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let step = if scale < 10 { 311 } else { (text.len() / 10_000).max(1) };
    let near_an_end = |at: usize| text[at.saturating_sub(2)..(at + 2).min(text.len())].windows(2).any(|w| w == b"\n\n");
    let cuts: Vec<usize> = (0..=text.len()).filter(|at| near_an_end(*at) || at % step == 0).collect();
    println!("{} bytes, {} cuts", text.len(), cuts.len());
    for cut in &cuts {
        let mut model = read(&server, &text[..*cut]);
        resume(&server, &mut model);
        assert_eq!((&model.clues, &model.rows), (&whole.clues, &whole.rows), "cut after {cut} bytes");
    }
    server.stop();

    let server = Server::on(&disk, Setup::default());
    for cut in cuts.iter().step_by(5) {
        let mut model = read(&server, &text[..*cut]);
        resume(&server, &mut model);
        compare(&server, &model, &format!("cut after {cut} bytes and a restart"));
    }
    happen(&server, &mut dice, 5);
    let mut model = whole;
    resume(&server, &mut model);
    compare(&server, &model, "and on after the restart");
}

#[test]
fn s1_a_resumed_stream_is_byte_for_byte_the_rest_of_the_first() {
    let server = Server::new();
    let mut dice = Dice(seed());
    server.client.clock("2022-07-20").expect(200);
    let text = record(&server, &mut dice, 5, 60);
    let changes = |mut text: &[u8]| {
        let mut events: Vec<Event> = Vec::new();
        while let Some((event, used)) = first_event(text) {
            events.extend(event.filter(|event| event.name == "change" && event.id.is_some()));
            text = &text[used..];
        }
        events
    };
    let all = changes(&text);
    assert!(all.len() > 5, "the history changes something");
    for (i, event) in all.iter().enumerate() {
        let mut events = server.client.subscribe("", event.id.as_deref());
        for expected in &all[i + 1..] {
            let next = std::iter::from_fn(|| events.next()).find(|event| event.name != "complete");
            assert_eq!(next.as_ref(), Some(expected));
        }
    }
}

#[test]
fn a_header_beats_the_url_and_an_empty_one_is_none() {
    let server = Server::new();
    server.client.clock("2022-07-30").expect(200);
    let before = server.handle.positions().encode(server.handle.read().epoch);
    server.client.batch(&[penalty("insert", "police:1", "a", "1")]).expect(200);
    let after = server.handle.positions().encode(server.handle.read().epoch);
    let first = |query: String, id: Option<&str>| server.client.subscribe(&query, id).next().unwrap().name;
    assert_eq!(first(format!("?after={before}"), None), "change");
    assert_eq!(first(String::new(), Some(&before)), "change");
    assert_eq!(first(format!("?after={after}"), Some(&before)), "change");
    assert_eq!(first(format!("?after={before}"), Some("")), "change");
    assert_eq!(first(String::new(), Some("")), "snapshot-begin");
}

#[test]
fn a_filtered_reader_has_exactly_what_lies_inside_and_is_paced() {
    let server = Server::new();
    let mut dice = Dice(seed());
    happen(&server, &mut dice, 15);
    let queries =
        ["?area=1", "?area=1&area=2&agency=police:1", "?rule=missing", "?relation=per_county", "?relation=missing&area=0"];
    let began = Instant::now();
    let mut readers: Vec<(&str, Events, Model)> =
        queries.iter().map(|query| (*query, server.client.subscribe(query, None), Model::default())).collect();
    happen(&server, &mut dice, 50);
    let all = whole(&server);
    for (query, events, model) in &mut readers {
        follow(&server, events, model);
        let area = |clue: &Value| clue["area"].as_str().unwrap().to_string();
        let inside = |clue: &Value| match *query {
            "?area=1" => area(clue) == "1",
            "?area=1&area=2&agency=police:1" => area(clue) != "0" && clue["agency"] == "police:1",
            "?rule=missing" => true,
            "?relation=per_county" => false,
            _ => area(clue) == "0",
        };
        let wanted: Vec<&Value> = all.clues.values().filter(|clue| inside(clue)).collect();
        assert_eq!(model.clues.values().collect::<Vec<_>>(), wanted, "{query}");
        let rows = if *query == "?relation=per_county" { all.rows.clone() } else { BTreeSet::new() };
        assert_eq!(model.rows, rows, "{query}");
        // One after the snapshot, one as the timer starts.
        let most = began.elapsed().as_secs() as usize + 3;
        assert!(model.seen["complete"] <= most, "progress marks come by the timer, not by what happens: {:?}", model.seen);
    }
}

#[test]
fn a_long_poll_gives_the_same_changes() {
    let server = Server::new();
    let mut dice = Dice(seed());
    happen(&server, &mut dice, 10);
    let mut model = whole(&server);
    let mut next = format!("/v1/changes?after={}", model.last_id.clone().unwrap());
    happen(&server, &mut dice, 30);
    loop {
        let answer = server.client.get(&next).expect(200);
        for change in answer["items"].as_array().unwrap() {
            let id = change["position"].as_str().map(str::to_string);
            model.take(&Event { name: "change".to_string(), data: change.clone(), id }, |p| server.epoch(p));
        }
        next = answer["next"].as_str().unwrap().to_string();
        if answer["items"] == json!([]) {
            assert_eq!(server.epoch(answer["position"].as_str().unwrap()), server.handle.read().epoch.0);
            break;
        }
    }
    compare(&server, &model, "polled");

    server.client.clock("2022-07-30").expect(200);
    let client = server.client;
    let waiting = std::thread::spawn(move || client.get("/v1/changes?wait=20&area=9").expect(200));
    std::thread::sleep(std::time::Duration::from_millis(200));
    server.client.batch(&[penalty("insert", "police:9", "x", "8")]).expect(200);
    server.client.batch(&[penalty("insert", "police:9", "y", "9")]).expect(200);
    let answer = waiting.join().unwrap();
    assert_eq!(answer["items"][0]["changes"][0]["clue"]["columns"]["no"], "y", "{answer}");
    assert!(answer["next"].as_str().unwrap().contains("area=9"));
}

#[test]
fn s2_many_readers_at_once_all_get_everything() {
    let server = Server::new();
    let seed = seed();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..40)
            .map(|n| {
                let server = &server;
                scope.spawn(move || {
                    let (mut model, mut dice) = (Model::default(), Dice(seed ^ (n + 1)));
                    let mut events = server.client.subscribe("", None);
                    // Some break off now and then and come back.
                    while model.clues.values().all(|clue| clue["columns"]["no"] != "last") {
                        let event = events.next().expect("the stream goes on");
                        model.take(&event, |position| server.epoch(position));
                        if dice.roll(10) == 0 {
                            events = server.client.subscribe("", model.last_id.as_deref());
                        }
                    }
                    model
                })
            })
            .collect();
        happen(&server, &mut Dice(seed), 60);
        server.client.clock("2022-07-30").expect(200);
        server.client.batch(&[penalty("insert", "police:1", "last", "1")]).expect(200);
        for reader in readers {
            let mut model = reader.join().unwrap();
            resume(&server, &mut model);
            compare(&server, &model, "one of many");
        }
    });
}

#[test]
fn q7_the_end_is_orderly_and_streams_are_told() {
    let disk = MemoryDisk::new();
    let server = Server::on(&disk, Setup::default());
    let mut dice = Dice(seed());
    happen(&server, &mut dice, 10);
    let mut events = server.client.subscribe("", None);
    let mut model = Model::default();
    follow(&server, &mut events, &mut model);
    let _silent = server.client.subscribe("", None);
    let positions = server.handle.positions().clone();
    let took = server.stop();
    assert!(took.as_secs() < 10, "{took:?}");
    while let Some(event) = events.next() {
        model.take(&event, |position| positions.decode(position).unwrap().epoch.0);
    }
    let server = Server::on(&disk, Setup::default());
    happen(&server, &mut dice, 10);
    resume(&server, &mut model);
    compare(&server, &model, "over the end");
}

/// One epoch a day, each of which changes an output.
pub const DAYS: &str = ".decl today(day: date)\n.clock today\n.decl now(day: date)\n.output now\nnow(d) :- today(d).\n";

fn days_from(day: &str) -> Server {
    let clock = huiyan::engine::ClockMode::Manual(parse_date(day).unwrap());
    Server::on(&MemoryDisk::new(), Setup { rules: DAYS, clock, ..Setup::default() })
}

#[test]
fn s3_a_reader_that_stops_holds_up_nobody_and_misses_nothing() {
    let server = days_from("0001-01-01");
    let mut events = server.client.subscribe("", None);
    let mut model = Model::default();
    follow(&server, &mut events, &mut model);
    let from = model.through;
    for year in ["0099-01-01", "0198-01-01"] {
        server.client.clock(year).expect(200);
    }
    let latest = server.handle.read().epoch.0;
    follow(&server, &mut events, &mut model);
    assert_eq!(model.epochs, (from + 1..=latest).collect::<Vec<_>>());
    assert!(model.seen.contains_key("lagging"), "it is told: {:?}", model.seen);
}

#[test]
fn s4_what_is_too_old_is_said_to_be_and_a_reader_left_behind_is_reset() {
    let server = days_from("0001-01-01");
    let old = server.handle.positions().encode(server.handle.read().epoch);
    let mut behind = server.client.subscribe("", None);
    behind.head();
    for year in ["0099-01-01", "0198-01-01", "0297-01-01", "0396-01-01"] {
        server.client.clock(year).expect(200);
    }
    for path in ["/v1/subscribe", "/v1/changes"] {
        let answer = server.client.get(&format!("{path}?after={old}"));
        assert_eq!((answer.status, answer.problem().as_str()), (410, "cursor-expired"), "{path}");
    }
    let refused = server.client.subscribe("", Some(&old)).refused();
    assert_eq!(refused.problem(), "cursor-expired");
    let oldest = server.handle.read().feed.oldest();
    for (epoch, status) in [(oldest, 200), (Epoch(oldest.0 - 1), 410)] {
        let position = server.handle.positions().encode(epoch);
        assert_eq!(server.client.get(&format!("/v1/changes?after={position}")).status, status);
    }
    let mut model = Model::default();
    while let Some(event) = behind.next() {
        model.take(&event, |position| server.epoch(position));
    }
    assert!(model.was_reset, "{:?}", model.seen);
    assert_eq!(model.last_id, None, "it begins again with a snapshot");
    let mut events = server.client.subscribe("", model.last_id.as_deref());
    follow(&server, &mut events, &mut model);
    assert_eq!(model.rows, BTreeSet::from(["\"now\" {\"day\":\"0396-01-01\"}".to_string()]));
}

#[test]
fn a_large_epoch_comes_in_pieces_and_a_cut_between_them_loses_and_repeats_nothing() {
    let server = Server::new();
    let many =
        |op: &str| -> Vec<Value> { (0..2 * PIECE_CHANGES + 7).map(|n| penalty(op, "police:1", &n.to_string(), "1")).collect() };
    server.client.batch(&many("insert")).expect(200);
    let mut model = Model::default();
    let mut events = server.client.subscribe("?relation=missing", None);
    follow(&server, &mut events, &mut model);
    let before = (model.last_id.clone(), server.handle.read().epoch.0);
    server.client.clock("2022-07-19").expect(200);
    let pieces = |events: &mut Events| -> Vec<(usize, bool)> {
        let mut found = Vec::new();
        loop {
            let event = events.next().unwrap();
            if event.name == "change" {
                found.push((event.data["changes"].as_array().unwrap().len(), event.id.is_some()));
                if event.id.is_some() {
                    return found;
                }
            }
        }
    };
    let want = pieces(&mut events);
    assert!(want.len() > 2 && want[..want.len() - 1].iter().all(|(_, ends)| !ends) && want[want.len() - 1].1, "{want:?}");
    assert_eq!(want.iter().map(|(changes, _)| changes).sum::<usize>(), many("insert").len());
    // A line that broke between them: the last id is still that of before, and all of them come again.
    assert_eq!(pieces(&mut server.client.subscribe("?relation=missing", before.0.as_deref())), want);
    resume(&server, &mut model);
    assert_eq!(model.clues.len(), many("insert").len());
    assert_eq!(model.epochs, [before.1 + 4], "one epoch, whole");
    // The poll gives it whole, and nothing with it.
    server.client.batch(&many("retract")).expect(200);
    let poll = server.client.get(&format!("/v1/changes?relation=missing&after={}", before.0.unwrap())).expect(200);
    let sizes: Vec<usize> =
        poll["items"].as_array().unwrap().iter().map(|item| item["changes"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [many("insert").len()]);
    let next = server.client.get(poll["next"].as_str().unwrap()).expect(200);
    assert_eq!(next["items"][0]["changes"].as_array().unwrap().len(), many("insert").len());
    // A snapshot is cut as well.
    server.client.batch(&many("insert")).expect(200);
    assert!(whole(&server).seen["change"] > 2);
}
