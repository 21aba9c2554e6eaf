//! A server in this process: engine on a disk in memory, socket on a free port of loopback.

use super::client::{Client, PATIENCE};
use crate::verified::{Spared, verify};
use huiyan::clock::FixedClock;
use huiyan::dataflow::Budget;
use huiyan::engine::{self, ClockMode, EngineConfig, EngineHandle, Package, Phase};
use huiyan::server::Pace;
use huiyan::storage::Disk;
use huiyan::storage::disk::MemoryDisk;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Penalties, of which each needs a notice within three days.
pub const RULES: &str = r#"
.type AgencyCode <: symbol
.decl today(day: date)
.clock today
.decl penalty(organ: AgencyCode, no: symbol, id_no: symbol?, county: symbol, day: date, days: number?)
.record penalty(key="organ,no", by="organ", owner="police", since="day", personal="id_no", identity="id_no", title="行政处罚", columns="no=决定书文号|文号,day=决定日期")
.decl notice(recipient: AgencyCode, no: symbol, re: symbol)
.record notice(key="recipient,no", by="recipient", owner="justice", title="通知")
.decl missing(agency: AgencyCode, no: symbol, county: symbol, due: date)
.clue missing(title="未通知", key="agency,no", agency="agency", area="county", due="due", level="violation", basis="第三日", reason="{agency}应于{due}前通知")
missing(o, n, c, d + 3) :- penalty(o, n, _, c, d, _), today(t), t > d + 3, !notice(_, _, n).
.decl per_county(county: symbol, n: number)
.output per_county
per_county(c, n) :- missing(_, _, c, _), n = count : { missing(_, _, c, _) }.
.decl step(no: symbol)
step(n) :- penalty(_, n, _, _, _, _).
.decl stepped(no: symbol)
.output stepped
stepped(n) :- step(n), n = "nobody".
"#;

pub const FIRST_DAY: &str = "2022-07-15";

pub struct Server {
    pub handle: EngineHandle,
    pub client: Client,
    disk: Arc<dyn Disk>,
    spared: AtomicBool,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

pub struct Setup<'a> {
    pub rules: &'a str,
    pub queue: usize,
    pub clock: ClockMode,
    /// A reader that takes nothing for so long is cut off.
    pub stall: Duration,
    pub workers: usize,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        let day = huiyan::types::parse_date(FIRST_DAY).unwrap();
        Setup { rules: RULES, queue: 64, clock: ClockMode::Manual(day), stall: huiyan::limits::STREAM_STALL, workers: 1 }
    }
}

impl Server {
    pub fn new() -> Server {
        Server::on(&MemoryDisk::new(), Setup::default())
    }

    /// Up and ready.
    pub fn on(disk: &(impl Disk + Clone + 'static), setup: Setup) -> Server {
        let server = Server::begin(disk, setup);
        wait(|| !matches!(server.handle.phase(), Phase::Recovering { .. }));
        assert_eq!(server.handle.phase(), Phase::Ready);
        server
    }

    /// As soon as it listens, whatever the engine does.
    pub fn begin(disk: &(impl Disk + Clone + 'static), setup: Setup) -> Server {
        let config = EngineConfig {
            dir: PathBuf::from("/data"),
            workers: setup.workers,
            clock: setup.clock,
            queue: setup.queue,
            budget: Budget { iterations: 1_000, rows: 10_000_000, made: 1 << 30 },
            memory: huiyan::memory::Memory::of_process(),
            entry_bytes: huiyan::limits::JOURNAL_ENTRY_BYTES_MAX,
            snapshot_held: huiyan::limits::SNAPSHOT_HELD_BYTES,
        };
        let package = Package {
            name: "test".to_string(),
            version: "1".to_string(),
            hash: Sha256::digest(setup.rules).into(),
            files: vec![("main.dl".to_string(), setup.rules.to_string())],
            data: Vec::new(),
        };
        let disk: Arc<dyn Disk> = Arc::new(disk.clone());
        let handle = engine::start(config, package, disk.clone(), Arc::new(FixedClock::at(0))).unwrap();
        let (address, bound) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let (served, pace) = (handle.clone(), Pace { stall: setup.stall });
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let free = SocketAddr::from(([127, 0, 0, 1], 0));
                let server = huiyan::server::bind_paced(served, free, pace).await.unwrap();
                address.send(server.addr()).unwrap();
                server.run(async { drop(stopped.await) }).await;
            });
        });
        let client = Client { addr: bound.recv().unwrap() };
        Server { handle, client, disk, spared: AtomicBool::new(false), stop: Some(stop), thread: Some(thread) }
    }

    /// The folder is not verified at the end, and why.
    pub fn spare(self, _why: Spared) -> Server {
        self.spared.store(true, Ordering::Relaxed);
        self
    }

    /// Ends in order; how long it took.
    pub fn stop(mut self) -> Duration {
        let began = Instant::now();
        self.end();
        began.elapsed()
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
            if !self.spared.load(Ordering::Relaxed) {
                verify(&self.disk, Path::new("/data"));
            }
        }
    }

    pub fn epoch(&self, position: &str) -> u64 {
        self.handle.positions().decode(position).unwrap_or_else(|| panic!("no position: {position}")).epoch.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

/// Waits until something is so; not for ever.
pub fn wait(so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "it never came");
        std::thread::sleep(Duration::from_millis(2));
    }
}
