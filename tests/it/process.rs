//! The real binary: run to its end, or serving on a free port until it is told to stop.

use super::http::client::{Client, PATIENCE};
use super::verified::{Spared, verify};
use huiyan::storage::ReadingDisk;
use huiyan::storage::disk::Disk;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A user's language, as the environment says it.
pub const ENGLISH: &str = "C.UTF-8";
pub const CHINESE: &str = "zh_CN.UTF-8";

pub fn huiyan(lang: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_huiyan"));
    command.args(args).env("LANG", lang).env_remove("LC_ALL").env_remove("LC_MESSAGES").stdin(Stdio::null());
    command
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    pub took: Duration,
}

/// Runs it to its end in a folder.
pub fn run(lang: &str, dir: &Path, args: &[&str]) -> Ended {
    let began = Instant::now();
    let output = huiyan(lang, args).current_dir(dir).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr), took: began.elapsed() }
}

/// A server. What it says goes to files.
pub struct Serving {
    child: Child,
    pub client: Client,
    out: PathBuf,
    err: PathBuf,
    /// The data folder, which is verified when it ends.
    data: Option<PathBuf>,
}

impl Serving {
    /// `huiyan serve` on a free port, as soon as it listens; `logs` is where what it says is kept, under `name`.
    pub fn start(lang: &str, logs: &Path, name: &str, args: &[&str]) -> Serving {
        Serving::command(lang, logs, name, &[&["serve", "--listen", "127.0.0.1:0"], args].concat())
    }

    /// Any command that serves.
    pub fn command(lang: &str, logs: &Path, name: &str, args: &[&str]) -> Serving {
        let served = Serving::of(huiyan(lang, args), logs, name);
        served.unwrap_or_else(|(ended, err)| panic!("it did not start: {ended:?} {err}"))
    }

    /// The same, run by another program that becomes it; `None` if that one could not (it then ends with 125 or is not there).
    pub fn within(by: &str, before: &[&str], lang: &str, logs: &Path, name: &str, args: &[&str]) -> Option<Serving> {
        let mut command = Command::new(by);
        command.args(before).arg(env!("CARGO_BIN_EXE_huiyan")).args(args).env("LANG", lang).stdin(Stdio::null());
        match Serving::of(command, logs, name) {
            Ok(serving) => Some(serving),
            Err((Some(1 | 125) | None, _)) => None,
            Err((ended, err)) => panic!("it did not start: {ended:?} {err}"),
        }
    }

    fn of(mut command: Command, logs: &Path, name: &str) -> Result<Serving, (Option<i32>, String)> {
        let [out, err] = ["out", "err"].map(|suffix| logs.join(format!("{name}.{suffix}")));
        command.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap()).env("RUST_LOG", "trace");
        let data = data_of(&command);
        let Ok(mut child) = command.spawn() else { return Err((None, String::new())) };
        let began = Instant::now();
        let addr = loop {
            let said = fs::read_to_string(&out).unwrap();
            if let Some((_, rest)) = said.split_once("http://") {
                break rest.split('/').next().unwrap().parse().unwrap();
            }
            if let Some(ended) = child.try_wait().unwrap() {
                return Err((ended.code(), fs::read_to_string(&err).unwrap()));
            }
            assert!(began.elapsed() < PATIENCE, "it does not listen");
            std::thread::sleep(Duration::from_millis(10));
        };
        Ok(Serving { child, client: Client { addr }, out, err, data })
    }

    /// Waits until its phase is this one.
    pub fn until(&self, phase: &str) {
        super::http::server::wait(|| self.client.get("/readyz").json()["phase"] == phase);
    }

    /// What it has said so far, on standard output and standard error.
    pub fn said(&self) -> [String; 2] {
        [&self.out, &self.err].map(|file| fs::read_to_string(file).unwrap())
    }

    /// The most memory it ever had.
    pub fn peak_mib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() >> 10
    }

    /// The test damages the folder while it runs.
    pub fn spare(mut self, _why: Spared) -> Serving {
        self.data = None;
        self
    }

    /// It has ended, however it did.
    fn verify(&mut self) {
        if let Some(dir) = self.data.take() {
            verify(&(Arc::new(ReadingDisk) as Arc<dyn Disk>), &dir);
        }
    }

    /// Sends a signal, by its name, and waits for the end.
    pub fn end(mut self, signal: &str) -> Ended {
        let began = Instant::now();
        let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(10)),
            }
            assert!(began.elapsed() < PATIENCE, "it does not end");
        };
        self.verify();
        let [out, err] = self.said();
        Ended { code: status.code(), out, err, took: began.elapsed() }
    }
}

/// What follows `--data`.
fn data_of(command: &Command) -> Option<PathBuf> {
    let mut args = command.get_args().skip_while(|arg| *arg != "--data");
    let dir = PathBuf::from(args.nth(1)?);
    Some(command.get_current_dir().map_or(dir.clone(), |current| current.join(dir)))
}

impl Drop for Serving {
    /// After a failed test; one that ended is gone already.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            self.verify();
        }
    }
}
