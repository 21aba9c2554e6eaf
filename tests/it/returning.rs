//! S5: after a restart all subscribers come back in the same second, and everybody hears everything. The real binary, ended by force, with
//! writers at work meanwhile and somebody who asks whether it is ready.

use super::http::client::{Client, Events};
use super::http::model::Model;
use super::http::server::RULES;
use super::kills::penalty;
use super::process::{ENGLISH, Serving};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What is promised.
const ALL_COMPLETE: Duration = Duration::from_secs(60);
/// Who read before the end by force, each at a place of its own.
const PLACES: usize = 20;
const THREADS: usize = 4;

fn readers() -> usize {
    let scale: usize = std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    100 * scale
}

/// A subscriber: what it knows, and the order in which it heard of positions. It has no key to tell anything else of them.
#[derive(Clone, Default)]
struct Reader {
    model: Model,
    order: HashMap<String, u64>,
}

impl Reader {
    /// Reads until it knows of this penalty.
    fn follow(&mut self, events: &mut Events, last: &str) {
        while self.model.in_snapshot || !self.numbers().contains(last) {
            let event = events.next().expect("the stream goes on");
            let next = self.order.len() as u64 + 1;
            if let Some(position) = event.data["position"].as_str() {
                self.order.entry(position.to_string()).or_insert(next);
            }
            let order = &self.order;
            self.model.take(&event, |position| order[position]);
        }
    }

    fn numbers(&self) -> BTreeSet<&str> {
        numbers(self.model.clues.values())
    }
}

fn numbers<'a>(clues: impl Iterator<Item = &'a Value>) -> BTreeSet<&'a str> {
    clues.map(|clue| clue["columns"]["no"].as_str().unwrap()).collect()
}

fn serve(dir: &Path, name: &str) -> Serving {
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let (data, rules) = (path("data"), path("rules.dl"));
    // Every penalty is late on this day: each opens a clue.
    let serving = Serving::start(ENGLISH, dir, name, &["--data", &data, "--rules", &rules, "--clock", "manual=2022-09-01"]);
    serving.until("ready");
    serving
}

/// Set when it is dropped.
struct Enough<'a>(&'a AtomicBool);

impl Drop for Enough<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks without a pause until it is told to stop; how often, and whatever it heard but yes.
fn ask(client: Client, enough: &AtomicBool) -> (usize, Vec<String>) {
    let (mut asked, mut red) = (0, Vec::new());
    while !enough.load(Ordering::Relaxed) {
        let ready = client.get("/readyz");
        asked += 1;
        red.extend((ready.status != 200).then_some(ready.body));
        std::thread::sleep(Duration::from_millis(5));
    }
    (asked, red)
}

#[test]
fn s5_all_subscribers_of_the_real_server_come_back_in_the_same_second() {
    // Each subscriber is an open file here too.
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files }).unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("rules.dl"), RULES).unwrap();
    let serving = serve(dir.path(), "first");
    let mut places: Vec<Reader> = Vec::new();
    let mut streams = Vec::new();
    for n in 0..PLACES {
        serving.client.batch(&[penalty(&format!("before-{n}"))]).expect(200);
        let mut reader = Reader::default();
        let mut events = serving.client.subscribe("", None);
        reader.follow(&mut events, &format!("before-{n}"));
        places.push(reader);
        streams.push(events);
    }
    serving.client.batch(&[penalty("missed")]).expect(200);
    serving.end("KILL");
    drop(streams);

    let serving = serve(dir.path(), "second");
    let (client, all) = (serving.client, readers());
    let (together, enough) = (Barrier::new(THREADS + 1), AtomicBool::new(false));
    let (came, heard, asked) = std::thread::scope(|scope| {
        // Also where somebody panics: who asks would go on for ever.
        let enough_then = Enough(&enough);
        let asking = scope.spawn(|| ask(client, &enough));
        let returning: Vec<_> = (0..THREADS)
            .map(|part| {
                let (places, together) = (&places, &together);
                scope.spawn(move || {
                    together.wait();
                    let began = Instant::now();
                    let own = (0..all).filter(|n| n % THREADS == part);
                    // A third of them know nothing any more.
                    let mut back: Vec<(Reader, Events)> = own
                        .map(|n| {
                            let reader = if n % 3 == 0 { Reader::default() } else { places[n % PLACES].clone() };
                            let events = client.subscribe("", reader.model.last_id.as_deref());
                            (reader, events)
                        })
                        .collect();
                    let came = began.elapsed();
                    back.iter_mut().for_each(|(reader, events)| reader.follow(events, "after-9"));
                    let known: Vec<_> = back.iter().map(|(reader, _)| reader.model.clues.clone()).collect();
                    (came, began.elapsed(), known)
                })
            })
            .collect();
        together.wait();
        (0..10).for_each(|n| drop(client.batch(&[penalty(&format!("after-{n}"))]).expect(200)));
        let back: Vec<_> = returning.into_iter().map(|thread| thread.join().unwrap()).collect();
        drop(enough_then);
        let listed = client.list("/v1/clues");
        let expected = numbers(listed.iter());
        for known in back.iter().flat_map(|(_, _, known)| known) {
            assert_eq!(numbers(known.values()), expected, "one of those who came back");
        }
        let longest = |of: fn(&(Duration, Duration, Vec<_>)) -> Duration| back.iter().map(of).max().unwrap();
        (longest(|one| one.0), longest(|one| one.1), asking.join().unwrap())
    });
    let (asked, red) = asked;
    println!(
        "{all} subscribers asked within {came:?} and knew everything after {heard:?}; ready all of {asked} times that somebody asked"
    );
    assert!(heard < ALL_COMPLETE, "{heard:?}");
    assert!(red.is_empty() && asked > 0, "not ready {} of {asked} times: {:?}", red.len(), red.first());
}
