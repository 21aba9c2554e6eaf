//! Q6: a panic in any thread leads to `failed` in less than a second, never to a half-living server.
//!
//! Every point at which the program can be told to panic is passed in a server that works. What breaks more than one request fails the engine:
//! writes are refused, what can be read is of one epoch, streams go on or say that they end, and the next start has everything that was
//! acknowledged. What breaks a request, a stream or a connection of its own is answered, counted, and nobody else's affair.

use super::client::{Events, NDJSON};
use super::server::{RULES, Server, Setup, wait};
use super::subscriptions::Office;
use huiyan::engine::Phase;
use huiyan::limits::{HALL_INLINE_CHANGES, ROWS_SIDE_BY_SIDE, SMALL_UPLOAD_BYTES};
use huiyan::points::{self, Point};
use huiyan::storage::disk::MemoryDisk;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::panic::catch_unwind;
use std::process::Command;
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What is promised.
const SOON: Duration = Duration::from_secs(1);

/// When the last point broke.
static BROKE: Mutex<Option<Instant>> = Mutex::new(None);

/// A point that is armed breaks whoever passes first, so they have a process to themselves.
#[test]
fn a_panic_at_any_point_is_seen_within_a_second_and_nothing_acknowledged_is_lost() {
    let own = std::env::current_exe().unwrap();
    let run = Command::new(own).args(["--exact", "http::points::every_point", "--ignored", "--nocapture"]).output().unwrap();
    let [out, err] = [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(run.status.success() && out.contains("1 passed"), "{out}\n{err}");
    println!("{out}");
}

/// What becomes of a panic.
enum Ends {
    /// The server fails when this is done to it.
    Failed(Trigger),
    /// A start fails, on a folder that has a snapshot and a rest of the journal, or the journal alone.
    NoStart { snapshot: bool },
    /// This one request is answered 500.
    Answered(Trigger),
    /// One stream says that it ends.
    Stream,
    /// One connection closes.
    Connection,
}

#[derive(Clone, Copy)]
enum Trigger {
    Batch,
    /// So many records at once.
    Large(usize),
    Clock,
    Snapshot,
    Place,
    Get(&'static str),
}

/// A point that is new does not compile until somebody has said what it does.
fn ends(point: Point) -> Ends {
    match point {
        Point::Taken | Point::Staged | Point::Durable | Point::Publishing | Point::Published => Ends::Failed(Trigger::Batch),
        Point::Evaluating | Point::Sharing | Point::Resting => Ends::Failed(Trigger::Batch),
        Point::Further | Point::Task => Ends::Failed(Trigger::Large(ROWS_SIDE_BY_SIDE + 1_000)),
        Point::Clock => Ends::Failed(Trigger::Clock),
        Point::Freezing => Ends::Failed(Trigger::Snapshot),
        Point::ReadingAhead | Point::Summing => Ends::NoStart { snapshot: true },
        Point::Recovering => Ends::NoStart { snapshot: false },
        Point::Places => Ends::Failed(Trigger::Place),
        Point::Hall | Point::Phases => Ends::Failed(Trigger::Batch),
        // On a thread beside the hall's.
        Point::Telling => Ends::Failed(Trigger::Large(2 * HALL_INLINE_CHANGES)),
        Point::Reader => Ends::Stream,
        Point::Handler => Ends::Answered(Trigger::Get("/v1/clues")),
        Point::Upload => Ends::Answered(Trigger::Large(SMALL_UPLOAD_BYTES as usize / 50)),
        Point::Agenda => Ends::Answered(Trigger::Get("/v1/agenda?until=2022-09-01")),
        Point::History => Ends::Answered(Trigger::Get("/v1/history")),
        Point::Connection => Ends::Connection,
    }
}

#[test]
#[ignore = "needs the process to itself; the test above starts it in one"]
fn every_point() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref::<String>().is_some_and(|text| text.starts_with("on purpose, at ")) {
            *BROKE.lock().unwrap() = Some(Instant::now());
        } else {
            usual(panic);
        }
    }));
    let mut wrong: Vec<Point> = Vec::new();
    for point in Point::ALL {
        let tried = catch_unwind(|| try_at(*point));
        points::disarm();
        wrong.extend(tried.is_err().then_some(*point));
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    // An evaluation beside the server's own is one request's affair, though its threads are like those of the server.
    World::begin().answers(Point::Evaluating, Trigger::Get("/v1/agenda?until=2022-09-01"));
    println!("{} points broke, and one beside the server's own evaluation", Point::ALL.len());
}

fn try_at(point: Point) {
    *BROKE.lock().unwrap() = None;
    let world = World::begin();
    match ends(point) {
        Ends::Failed(trigger) => world.fails(point, trigger),
        Ends::NoStart { snapshot } => world.does_not_start(point, snapshot),
        Ends::Answered(trigger) => world.answers(point, trigger),
        Ends::Stream => world.ends_a_stream(point),
        Ends::Connection => world.closes_a_connection(point),
    }
}

/// With a recursion, so that all workers have something to do.
const LINKS: &str = "
.decl step_of(a: symbol, b: symbol)
step_of(a, b) :- notice(_, a, b).
.decl linked(a: symbol, b: symbol)
.output linked
linked(a, b) :- step_of(a, b).
linked(a, c) :- linked(a, b), step_of(b, c).
";

/// A server with a past, a stream, and what was acknowledged.
struct World {
    disk: MemoryDisk,
    server: Server,
    acknowledged: BTreeSet<String>,
}

fn start(disk: &MemoryDisk, rules: &str) -> Server {
    Server::begin(disk, Setup { rules, workers: 2, ..Setup::default() })
}

fn rules() -> String {
    format!("{RULES}{LINKS}")
}

/// Penalties of these numbers, overdue from the second day on, and a notice that leads from one number to the next.
fn lines(nos: &[String]) -> String {
    let one = |no: &String| {
        let penalty = json!({"organ": "police:1", "no": no, "county": "1", "day": "2022-07-01"});
        let notice = json!({"recipient": "police:1", "no": no, "re": format!("{no}+")});
        let line = |relation: &str, row| json!({"relation": relation, "op": "insert", "row": row});
        format!("{}\n{}\n", line("penalty", penalty), line("notice", notice))
    };
    nos.iter().map(one).collect()
}

fn numbers(of: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{of}{n}")).collect()
}

impl World {
    fn begin() -> World {
        let (disk, mut acknowledged) = (MemoryDisk::new(), BTreeSet::new());
        let server = start(&disk, &rules());
        wait(|| server.handle.phase() == Phase::Ready);
        for nos in ["a", "b", "c"].map(|of| numbers(of, 2)) {
            server.client.post("/v1/batches", &[NDJSON], &lines(&nos)).expect(200);
            acknowledged.extend(nos);
        }
        World { disk, server, acknowledged }
    }

    /// Whoever asks waits in a thread of its own; the status it gets, and the numbers of what it sent.
    fn pull(&self, trigger: Trigger) -> (JoinHandle<u16>, Vec<String>) {
        let client = self.server.client;
        let sent = match trigger {
            Trigger::Batch => numbers("x", 3),
            Trigger::Large(rows) => numbers("x", rows / 2),
            _ => Vec::new(),
        };
        let body = lines(&sent);
        let asking = std::thread::spawn(move || match trigger {
            Trigger::Batch | Trigger::Large(_) => client.post("/v1/batches", &[NDJSON], &body).status,
            Trigger::Clock => client.clock("2022-08-01").status,
            Trigger::Snapshot => client.post("/v1/snapshots", &[], "").status,
            Trigger::Place => Office(client).put("evening", json!({})).status,
            Trigger::Get(path) => client.get(path).status,
        });
        (asking, sent)
    }

    fn fails(mut self, point: Point, trigger: Trigger) {
        let before = self.clues();
        let mut stream = self.server.client.subscribe("", None);
        until(&mut stream, "complete");
        points::arm(point);
        let (asking, sent) = self.pull(trigger);
        self.has_failed(point);
        let ready = self.server.client.get("/readyz");
        let took = broke().elapsed();
        assert!(took < SOON, "{point:?}: {took:?}");
        assert!(!points::disarm(), "{point:?} was not passed");
        assert_eq!((ready.status, &ready.json()["phase"]), (503, &json!("failed")), "{point:?}");
        assert!(!ready.body.contains("on purpose"), "what a panic says is not told: {}", ready.body);
        assert_eq!(self.server.client.get("/healthz").status, 503, "{point:?}");

        let status = asking.join().unwrap();
        assert!([200, 202, 503].contains(&status), "{point:?}: {status}");
        let epoch = self.server.handle.read().epoch;
        self.refuses_writes(point);
        self.reads_whole(point, &before, &sent);
        if status == 200 && !sent.is_empty() {
            until(&mut stream, "change");
            self.acknowledged.extend(sent.iter().cloned());
        }
        assert_eq!(self.server.handle.read().epoch, epoch, "{point:?}: it goes on");
        println!("{point:?}: failed {took:?} after the panic, whoever asked was told {status}");
        self.recovers(point, &sent);
    }

    /// The panic may be long in coming; what follows it may not.
    fn has_failed(&self, point: Point) {
        let failed = || matches!(self.server.handle.phase(), Phase::Failed { .. });
        wait(|| failed() || BROKE.lock().unwrap().is_some_and(|broke| broke.elapsed() > 2 * SOON));
        assert!(failed(), "{point:?}: nobody noticed, it is {}", self.server.handle.phase().name());
    }

    fn refuses_writes(&self, point: Point) {
        let client = self.server.client;
        let refused = [
            client.post("/v1/batches", &[NDJSON], &lines(&numbers("late", 1))),
            client.clock("2022-09-01"),
            client.post("/v1/snapshots", &[], ""),
        ];
        for answer in refused {
            assert_eq!((answer.status, answer.problem().as_str()), (503, "failed"), "{point:?}: {}", answer.body);
        }
        if point == Point::Places {
            let answer = Office(client).put("morning", json!({}));
            assert_eq!(answer.status, 503, "{point:?}: {}", answer.body);
        }
    }

    /// Either what was there before, or all of what was sent; where only half could be shown, nothing is.
    fn reads_whole(&self, point: Point, before: &BTreeSet<String>, sent: &[String]) {
        let client = self.server.client;
        if point == Point::Publishing {
            for path in ["/v1/clues", "/v1/relations/penalty/rows", "/v1/history", "/v1/subscribe", "/v1/changes"] {
                assert_eq!((client.get(path).status, client.get(path).problem().as_str()), (503, "failed"), "{path}");
            }
            return;
        }
        let shown = self.clues();
        let all = before.iter().cloned().chain(sent.iter().cloned()).collect();
        assert!(shown == *before || shown == all, "{point:?}: {} clues", shown.len());
        let rows: BTreeSet<String> = self.rows().into_iter().filter(|no| !before.contains(no)).collect();
        assert!(rows.is_empty() || rows.len() == sent.len(), "{point:?}");
        let mut other = client.subscribe("", None);
        until(&mut other, "snapshot-end");
    }

    fn does_not_start(self, point: Point, snapshot: bool) {
        let World { disk, server, acknowledged } = self;
        if snapshot {
            server.client.post("/v1/snapshots", &[], "").expect(202);
            wait(|| server.client.get("/v1/snapshots").json()["items"][0]["state"] == "whole");
        }
        server.client.post("/v1/batches", &[NDJSON], &lines(&numbers("d", 1))).expect(200);
        server.stop();
        points::arm(point);
        let server = start(&disk, &rules());
        let world = World { disk, server, acknowledged: acknowledged.into_iter().chain(numbers("d", 1)).collect() };
        world.has_failed(point);
        let took = broke().elapsed();
        assert!(took < SOON && !points::disarm(), "{point:?}: {took:?}");
        assert_eq!(world.server.client.get("/readyz").status, 503, "{point:?}");
        world.refuses_writes(point);
        assert_eq!(world.server.client.get("/v1/clues").problem(), "failed", "{point:?}");
        println!("{point:?}: the start failed {took:?} after the panic");
        world.recovers(point, &[]);
    }

    fn answers(self, point: Point, trigger: Trigger) {
        points::arm(point);
        let (asking, sent) = self.pull(trigger);
        assert_eq!(asking.join().unwrap(), 500, "{point:?}");
        self.goes_on(point, !matches!((point, trigger), (Point::Evaluating, _)));
        assert!(self.rows().iter().all(|no| !sent.contains(no)), "{point:?}");
        println!("{point:?}: that request was answered 500");
        self.recovers(point, &sent);
    }

    fn ends_a_stream(self, point: Point) {
        let mut other = self.server.client.subscribe("", None);
        until(&mut other, "complete");
        points::arm(point);
        let mut stream = self.server.client.subscribe("", None);
        stream.read_until(|text| String::from_utf8_lossy(text).contains(": broken\n\n"));
        assert_eq!(stream.next(), None, "{point:?}");
        self.goes_on(point, true);
        until(&mut other, "change");
        println!("{point:?}: that stream said that it ended");
        self.recovers(point, &[]);
    }

    fn closes_a_connection(self, point: Point) {
        points::arm(point);
        let mut connection = self.server.client.connect();
        let _ = connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let read = connection.read(&mut [0; 64]);
        assert!(matches!(read, Ok(0) | Err(_)), "{point:?}: {read:?}");
        self.goes_on(point, true);
        println!("{point:?}: that connection closed");
        self.recovers(point, &[]);
    }

    /// Nobody else has noticed, but the operator can.
    fn goes_on(&self, point: Point, counted: bool) {
        assert!(!points::disarm(), "{point:?} was not passed");
        assert_eq!(self.server.handle.phase(), Phase::Ready, "{point:?}");
        self.server.client.post("/v1/batches", &[NDJSON], &lines(&numbers("later", 1))).expect(200);
        let metrics = self.server.client.get("/metrics").body;
        let count = metrics.lines().find_map(|line| line.strip_prefix("huiyan_handler_panics_total ")).unwrap();
        assert_eq!(count == "1", counted, "{point:?}: {count}");
    }

    /// The next server has all that was acknowledged; of anything else all or nothing.
    fn recovers(self, point: Point, sent: &[String]) {
        let World { disk, server, acknowledged } = self;
        server.stop();
        let server = start(&disk, &rules());
        wait(|| server.handle.phase() == Phase::Ready);
        let world = World { disk, server, acknowledged };
        let rows = world.rows();
        assert!(world.acknowledged.is_subset(&rows), "{point:?}: lost {:?}", world.acknowledged.difference(&rows).next());
        let there = sent.iter().filter(|no| rows.contains(*no)).count();
        assert!(there == 0 || there == sent.len(), "{point:?}: {there} of {}", sent.len());
        // What follows from the records that are there, and nothing else.
        assert_eq!(world.clues().len(), rows.len(), "{point:?}");
        world.server.client.post("/v1/batches", &[NDJSON], &lines(&numbers("after", 1))).expect(200);
    }

    fn rows(&self) -> BTreeSet<String> {
        let view = self.server.handle.read();
        let id = view.program.find("penalty").unwrap();
        view.records.rows(id).map(|row| row[1].to_string()).collect()
    }

    /// The numbers of those that are open.
    fn clues(&self) -> BTreeSet<String> {
        let view = self.server.handle.read();
        let no = |clue: &huiyan::clues::Clue| clue.columns.iter().find(|(name, _)| name == "no").unwrap().1.to_string();
        view.clues.open().map(|clue| no(clue)).collect()
    }
}

fn broke() -> Instant {
    BROKE.lock().unwrap().take().expect("a point broke")
}

/// Reads until an event of this name.
fn until(stream: &mut Events, name: &str) {
    while stream.next().expect("the stream goes on").name != name {}
}
