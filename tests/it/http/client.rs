//! A small HTTP client over a socket: requests one at a time, and an open stream of events.

use super::contract;
use super::model::Model;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A machine under load is slow; only what never comes is a mistake.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The JSON of an answer of this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.json()
    }

    /// The code of a problem document, which it must be.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{} {}", self.status, self.body);
        let document = self.json();
        assert_eq!(document["status"], self.status);
        for member in ["title", "detail", "trace_id"] {
            assert!(document[member].as_str().is_some_and(|text| !text.is_empty()), "{document}");
        }
        document["type"].as_str().and_then(|text| text.strip_prefix("/problems/")).expect("a type").to_string()
    }
}

#[derive(Clone, Copy)]
pub struct Client {
    pub addr: SocketAddr,
}

pub const NDJSON: (&str, &str) = ("Content-Type", "application/x-ndjson");
pub const CSV: (&str, &str) = ("Content-Type", "text/csv; charset=utf-8");
pub const JSON: (&str, &str) = ("Content-Type", "application/json");

impl Client {
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.addr).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send("POST", path, headers, body.as_bytes())
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(&head(method, path, headers, Some(body.len()))).unwrap();
        // A server that has heard enough may close before the end.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let answer = read_answer(&bytes);
        contract::check(method, path, &answer);
        answer
    }

    /// A batch of lines.
    pub fn batch(&self, lines: &[Value]) -> Answer {
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.post("/v1/batches", &[NDJSON], &body)
    }

    pub fn clock(&self, now: &str) -> Answer {
        self.post("/v1/clock", &[JSON], &format!("{{\"now\":\"{now}\"}}"))
    }

    /// All items of a list, page by page.
    pub fn list(&self, path: &str) -> Vec<Value> {
        let (mut items, mut next) = (Vec::new(), Some(path.to_string()));
        while let Some(path) = next {
            let page = self.get(&path).expect(200);
            items.extend(page["items"].as_array().unwrap().clone());
            next = page["next"].as_str().map(str::to_string);
        }
        items
    }

    pub fn subscribe(&self, query: &str, last_event_id: Option<&str>) -> Events {
        let headers: Vec<(&str, &str)> = last_event_id.iter().map(|id| ("Last-Event-ID", *id)).collect();
        self.open(query, &headers)
    }

    pub fn subscribe_as(&self, agency: &str, query: &str, last_event_id: Option<&str>) -> Events {
        let id = last_event_id.iter().map(|id| ("Last-Event-ID", *id));
        self.open(query, &id.chain([("Huiyan-Agency", agency)]).collect::<Vec<_>>())
    }

    fn open(&self, query: &str, headers: &[(&str, &str)]) -> Events {
        let mut stream = self.connect();
        stream.write_all(&head("GET", &format!("/v1/subscribe{query}"), headers, None)).unwrap();
        Events { stream, raw: Vec::new(), text: Vec::new(), head: None, model: Model::default(), positions: HashMap::new() }
    }
}

fn head(method: &str, path: &str, headers: &[(&str, &str)], length: Option<usize>) -> Vec<u8> {
    let host = if headers.iter().any(|(name, _)| *name == "Host") { "" } else { "Host: localhost\r\n" };
    let mut text = format!("{method} {path} HTTP/1.1\r\n{host}Connection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(length) = length {
        text.push_str(&format!("Content-Length: {length}\r\n"));
    }
    (text + "\r\n").into_bytes()
}

/// Status, headers, and how many bytes they take.
type Head = (u16, Vec<(String, String)>, usize);

fn read_head(bytes: &[u8]) -> Option<Head> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_ascii_lowercase(), v.to_string())).collect();
    Some((status, headers, end + 4))
}

pub fn read_answer(bytes: &[u8]) -> Answer {
    let (status, headers, start) = read_head(bytes).unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { unchunk(&bytes[start..]).0 } else { bytes[start..].to_vec() };
    Answer { status, headers, body: String::from_utf8(body).unwrap() }
}

/// The data of the whole chunks, and how many bytes they took.
fn unchunk(bytes: &[u8]) -> (Vec<u8>, usize) {
    let (mut data, mut at) = (Vec::new(), 0);
    while let Some(line) = bytes[at..].windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[at..at + line]).unwrap(), 16).unwrap();
        let start = at + line + 2;
        if bytes.len() < start + size + 2 {
            break;
        }
        data.extend_from_slice(&bytes[start..start + size]);
        at = start + size + 2;
    }
    (data, at)
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    pub name: String,
    pub data: Value,
    /// `None`: no `id` field.
    pub id: Option<String>,
}

/// An open stream of events.
pub struct Events {
    stream: TcpStream,
    raw: Vec<u8>,
    text: Vec<u8>,
    head: Option<(u16, Vec<(String, String)>)>,
    /// Checks what comes, whoever reads it.
    model: Model,
    /// Those that came, by their order. Who has no key can tell nothing else of them.
    positions: HashMap<String, u64>,
}

impl Events {
    /// Status and headers, waiting for them.
    pub fn head(&mut self) -> (u16, Vec<(String, String)>) {
        while self.head.is_none() {
            assert!(self.read_more(), "the stream ended before its head");
        }
        self.head.clone().unwrap()
    }

    /// The answer to a stream that was refused.
    pub fn refused(mut self) -> Answer {
        let mut bytes = Vec::new();
        let _ = self.stream.read_to_end(&mut bytes);
        read_answer(&[self.raw, bytes].concat())
    }

    /// The next event; `None` when the stream has ended.
    pub fn next(&mut self) -> Option<Event> {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "only comments came");
            if let Some((event, used)) = first_event(&self.text) {
                self.text.drain(..used);
                match event {
                    Some(event) => {
                        contract::check_event(&event);
                        self.check(&event);
                        return Some(event);
                    }
                    None => continue,
                }
            }
            if !self.read_more() {
                return None;
            }
        }
    }

    fn check(&mut self, event: &Event) {
        let next = self.positions.len() as u64 + 1;
        if let Some(position) = event.data["position"].as_str() {
            self.positions.entry(position.to_string()).or_insert(next);
        }
        let positions = &self.positions;
        self.model.take(event, |position| positions[position]);
        let first = self.model.seen.values().sum::<usize>() == 1;
        assert!(event.name != "snapshot-begin" || first, "a snapshot begins a stream: {:?}", self.model.seen);
    }

    /// The text as it came, up to a moment without news.
    pub fn read_until(&mut self, done: impl Fn(&[u8]) -> bool) -> &[u8] {
        while !done(&self.text) {
            assert!(self.read_more(), "the stream ended: {}", String::from_utf8_lossy(&self.text));
        }
        &self.text
    }

    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        let n = match self.stream.read(&mut buffer) {
            Ok(n) => n,
            Err(error) => panic!("nothing came: {error}; so far {}", String::from_utf8_lossy(&self.text)),
        };
        self.raw.extend_from_slice(&buffer[..n]);
        if self.head.is_none()
            && let Some((status, headers, start)) = read_head(&self.raw)
        {
            self.head = Some((status, headers));
            self.raw.drain(..start);
        }
        if self.head.is_some() {
            let (data, used) = unchunk(&self.raw);
            self.text.extend_from_slice(&data);
            self.raw.drain(..used);
        }
        n > 0
    }
}

/// The first whole block of a stream of events, `None` for a mere comment, and its length.
pub fn first_event(text: &[u8]) -> Option<(Option<Event>, usize)> {
    let end = text.windows(2).position(|w| w == b"\n\n")?;
    let mut event = Event::default();
    let mut any = false;
    for line in std::str::from_utf8(&text[..end]).unwrap().lines() {
        match line.split_once(':') {
            Some(("event", value)) => (event.name, any) = (value.trim_start().to_string(), true),
            Some(("data", value)) => (event.data, any) = (serde_json::from_str(value).unwrap(), true),
            Some(("id", value)) => (event.id, any) = (Some(value.trim_start().to_string()), true),
            Some(_) | None => {}
        }
    }
    Some((any.then_some(event), end + 2))
}
