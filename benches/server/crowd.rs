//! Thousands of subscribers while one client commits batches of one record: what an acknowledgement takes beside the same with nobody
//! listening, what a subscriber costs, and when the last of them has heard.

use crate::county;
use crate::machine::quantile;
use crate::server::Server;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Batches that are sent one by one, for the time until all have heard of each.
const SINGLE: usize = 20;
/// Connections that are opened before the server gets a moment.
const AT_ONCE: usize = 100;

/// Who listens.
#[derive(Clone, Copy)]
pub struct Crowd {
    pub name: &'static str,
    /// Hear everything, and read it.
    pub live: usize,
    /// Hear of one area, where nothing happens.
    pub idle: usize,
    /// Hear everything, and read some bytes a second.
    pub slow: usize,
    /// Hear everything, and read nothing.
    pub stopped: usize,
}

/// When each of the live ones last heard of a change, in microseconds from the beginning; 0: not yet.
struct Heard {
    began: Instant,
    last: Vec<AtomicU64>,
}

impl Heard {
    fn at(&self, n: usize) -> u64 {
        self.last[n].load(Ordering::Relaxed)
    }

    fn micros(&self, at: Instant) -> u64 {
        (at - self.began).as_micros() as u64
    }
}

/// They listen from `position` on; batches are numbered on from `next`.
pub fn measure(server: &Server, crowd: Crowd, seconds: f64, next: &AtomicU64, position: impl Fn(&Server) -> String) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut alone = acknowledged(server, seconds, next);
    let position = position(server);
    let all = crowd.live + crowd.idle + crowd.slow + crowd.stopped;
    let heard = Arc::new(Heard { began: Instant::now(), last: (0..crowd.live).map(|_| AtomicU64::new(0)).collect() });
    let (opened, memory) = (Instant::now(), server.memory_mib().0);
    let (stop, stopped) = watch::channel(());
    let listening = {
        let (addr, position, heard) = (server.addr, position, heard.clone());
        std::thread::spawn(move || runtime.block_on(listen(addr, position, crowd, heard, stopped)))
    };
    while server.metric("huiyan_subscribers") < all as f64 {
        std::thread::sleep(Duration::from_millis(100));
    }
    let opened = opened.elapsed().as_secs_f64();
    // What opening took besides is given back or not; it is counted here.
    std::thread::sleep(Duration::from_secs(2));
    let grown = server.memory_mib().0 - memory;
    let mut told = if crowd.live > 0 { one_by_one(server, &heard, next) } else { Vec::new() };
    let cpu = server.cpu_seconds();
    let mut among = acknowledged(server, seconds, next);
    let (cpu, end) = (server.cpu_seconds() - cpu, heard.micros(Instant::now()));
    let last = settled(&heard);
    let after = server.memory_mib().0 - memory;
    drop(stop);
    listening.join().expect("the listeners");
    let of = |values: &mut Vec<f64>, part| quantile(values, part).round();
    let slower = quantile(&mut among, 0.99) / quantile(&mut alone, 0.99);
    json!({
        "bench": "crowd", "crowd": crowd.name, "live": crowd.live, "idle": crowd.idle, "slow": crowd.slow, "stopped": crowd.stopped,
        "opened_s": tenth(opened), "kib_each": tenth(grown * 1024.0 / all as f64), "kib_each_after": tenth(after * 1024.0 / all as f64),
        "alone_ack_us_p50": of(&mut alone, 0.5), "alone_ack_us_p99": of(&mut alone, 0.99), "alone_batches": alone.len(),
        "ack_us_p50": of(&mut among, 0.5), "ack_us_p99": of(&mut among, 0.99), "batches": among.len(),
        "p99_of_alone": tenth(slower),
        "heard_ms_p50": of(&mut told, 0.5), "heard_ms_p99": of(&mut told, 0.99), "heard_ms_max": of(&mut told, 1.0),
        "last_heard_ms": last.saturating_sub(end) / 1000, "server_cpu_s": tenth(cpu), "seconds": seconds,
    })
}

/// One client in a closed loop; microseconds of each batch.
fn acknowledged(server: &Server, seconds: f64, next: &AtomicU64) -> Vec<f64> {
    let mut connection = server.connect();
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let mut took = Vec::new();
    while Instant::now() < until {
        let body = county::one_penalty(next.fetch_add(1, Ordering::Relaxed));
        let at = Instant::now();
        connection.post("/v1/batches", county::POLICE, "application/x-ndjson", &body);
        took.push(at.elapsed().as_secs_f64() * 1e6);
    }
    took
}

/// Milliseconds from the sending of a batch until each live subscriber has heard of it, of some batches with a pause between.
fn one_by_one(server: &Server, heard: &Heard, next: &AtomicU64) -> Vec<f64> {
    let mut connection = server.connect();
    let mut told = Vec::new();
    settled(heard);
    for _ in 0..SINGLE {
        let sent = heard.micros(Instant::now());
        connection.post(
            "/v1/batches",
            county::POLICE,
            "application/x-ndjson",
            &county::one_penalty(next.fetch_add(1, Ordering::Relaxed)),
        );
        let limit = Instant::now() + Duration::from_secs(30);
        while (0..heard.last.len()).any(|n| heard.at(n) < sent) {
            assert!(Instant::now() < limit, "every live subscriber hears of every batch");
            std::thread::sleep(Duration::from_millis(5));
        }
        told.extend((0..heard.last.len()).map(|n| (heard.at(n) - sent) as f64 / 1000.0));
        std::thread::sleep(Duration::from_millis(500));
    }
    told
}

/// Waits until nobody hears anything any more; when somebody last did.
fn settled(heard: &Heard) -> u64 {
    let last = || (0..heard.last.len()).map(|n| heard.at(n)).max().unwrap_or(0);
    let mut before = u64::MAX;
    while before != last() {
        before = last();
        std::thread::sleep(Duration::from_secs(2));
    }
    before
}

/// From a position on.
async fn listen(addr: SocketAddr, position: String, crowd: Crowd, heard: Arc<Heard>, mut stopped: watch::Receiver<()>) {
    let mut readers = tokio::task::JoinSet::new();
    let mut asleep = Vec::new();
    let all = crowd.live + crowd.idle + crowd.slow + crowd.stopped;
    for n in 0..all {
        let stream = TcpStream::connect(addr).await.expect("the server lets everybody in");
        let area = if (crowd.live..crowd.live + crowd.idle).contains(&n) { "&area=nowhere" } else { "" };
        ask(&stream, &format!("/v1/subscribe?after={position}{area}")).await.expect("it is asked");
        if n < crowd.live + crowd.idle {
            readers.spawn(read(stream, Some(n).filter(|n| *n < crowd.live), heard.clone()));
        } else if n < crowd.live + crowd.idle + crowd.slow {
            readers.spawn(read_slowly(stream));
        } else {
            asleep.push(stream);
        }
        if n % AT_ONCE == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    // An error is the end too.
    let _ = stopped.changed().await;
    readers.shutdown().await;
    drop(asleep);
}

async fn ask(stream: &TcpStream, path: &str) -> io::Result<()> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.writable().await?;
    stream.try_write(request.as_bytes()).map(|_| ())
}

async fn read(stream: TcpStream, live: Option<usize>, heard: Arc<Heard>) {
    let mut buffer = vec![0; 2 << 10];
    while stream.readable().await.is_ok() {
        let n = match stream.try_read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        };
        let change = b"event: change";
        if let Some(live) = live.filter(|_| buffer[..n].windows(change.len()).any(|part| part == change)) {
            heard.last[live].store(heard.micros(Instant::now()), Ordering::Relaxed);
        }
    }
}

async fn read_slowly(stream: TcpStream) {
    let mut buffer = [0; 64];
    loop {
        let _ = stream.try_read(&mut buffer);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn tenth(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}
