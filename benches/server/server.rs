//! [`Server`]: the shipped program as a process of its own, and what can be seen of it from outside.

use crate::county::{OPERATOR, TODAY};
use crate::http::Connection;
use crate::machine::memory_mib;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The pack that is shipped.
pub const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/supervision");

/// Ticks of a second in /proc, on every Linux.
const TICKS: f64 = 100.0;

pub struct Server {
    process: Child,
    pub addr: SocketAddr,
    data: PathBuf,
    /// From the start of the process until it listened, and until it took records.
    pub listening: Duration,
    pub ready: Duration,
}

impl Server {
    /// On a data folder, with the pack; returns when it takes records.
    pub fn start(data: &Path) -> Server {
        Server::with_pack(data, Path::new(PACK))
    }

    pub fn with_pack(data: &Path, pack: &Path) -> Server {
        let began = Instant::now();
        let log = File::options().create(true).append(true).open(data.with_extension("log")).expect("a log beside the data");
        let mut process = Command::new(env!("CARGO_BIN_EXE_huiyan"))
            .args(["serve", "--listen", "127.0.0.1:0", "--clock", &format!("manual={TODAY}"), "--rules"])
            .arg(pack)
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let mut said = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut said).expect("it says where it listens");
        let addr = said.split("http://").nth(1).and_then(|rest| rest.split('/').next()?.parse().ok());
        let addr = addr.unwrap_or_else(|| panic!("no address in {said:?}"));
        let listening = began.elapsed();
        while !is_ready(addr) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Server { process, addr, data: data.to_path_buf(), listening, ready: began.elapsed() }
    }

    pub fn connect(&self) -> Connection {
        Connection::open(self.addr).expect("the server listens")
    }

    /// Resident memory and its peak, MiB.
    pub fn memory_mib(&self) -> (f64, f64) {
        memory_mib(&self.process.id().to_string())
    }

    pub fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        // Behind the name, which may hold anything; user and system time are the 14th and 15th of all.
        let fields = stat.rsplit(')').next().unwrap_or("").split_whitespace().skip(11).take(2);
        fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
    }

    /// Of all its parts.
    pub fn journal_bytes(&self) -> u64 {
        files(&self.data, |name| name == "journal" || name.starts_with("journal-"))
            .iter()
            .map(|file| file.metadata().map_or(0, |data| data.len()))
            .sum()
    }

    /// Takes a snapshot and waits until it is whole: its bytes, and how long that took. One that the server takes by itself ends first.
    pub fn take_snapshot(&self) -> (u64, Duration) {
        let mut connection = self.connect();
        let mut began = Instant::now();
        while connection.try_post("/v1/snapshots", OPERATOR, "application/json", "").0 == 409 {
            std::thread::sleep(Duration::from_millis(50));
            began = Instant::now();
        }
        loop {
            let (_, text) = connection.get("/v1/snapshots").expect("the server answers");
            let answer: Value = serde_json::from_str(&text).expect("answers are JSON");
            let newest = &answer["items"][0];
            match newest["state"].as_str() {
                Some("whole") => return (newest["bytes"].as_u64().expect("it has a size"), began.elapsed()),
                Some("writing") => std::thread::sleep(Duration::from_millis(50)),
                _ => panic!("no snapshot: {answer}"),
            }
        }
    }

    /// Removes the snapshots of a folder, which nobody has open.
    pub fn forget_snapshots(data: &Path) {
        files(data, |name| name.starts_with("snapshot-"))
            .iter()
            .for_each(|file| std::fs::remove_file(file).expect("a snapshot can be removed"));
    }

    /// The sum of a metric over all its labels.
    pub fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.connect().get("/metrics").expect("the server answers");
        let of = |line: &str| {
            let (key, value) = line.rsplit_once(' ')?;
            (key.split('{').next() == Some(name)).then(|| value.parse::<f64>().ok())?
        };
        text.lines().filter_map(of).sum()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killed already, or the measurement broke off.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn files(data: &Path, named: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let files = std::fs::read_dir(data).expect("the data folder can be read");
    files.flatten().filter(|file| named(&file.file_name().to_string_lossy())).map(|file| file.path()).collect()
}

fn is_ready(addr: SocketAddr) -> bool {
    Connection::open(addr).and_then(|mut connection| connection.get("/readyz")).is_ok_and(|(status, _)| status == 200)
}
