//! How long a run took, for `--timings`: reading, load to the first fixed point, each transaction, peak memory.

use crate::memory;
use std::time::{Duration, Instant};

/// Times of one run. Readings are for people; no answer depends on them.
pub struct Timings {
    last: Instant,
    read: Duration,
    rows: usize,
    load: Duration,
    /// Resident memory before and after the load, in bytes, where the system tells.
    memory: [u64; 2],
    transactions: Vec<(String, Duration)>,
}

impl Timings {
    pub fn start() -> Timings {
        let none = Duration::ZERO;
        Timings { last: Instant::now(), read: none, rows: 0, load: none, memory: [0; 2], transactions: Vec::new() }
    }

    /// The inputs were read.
    pub fn read(&mut self, rows: usize) {
        self.read = self.last.elapsed();
        self.rows = rows;
        self.memory[0] = memory::resident().unwrap_or(0);
        self.last = Instant::now();
    }

    /// The first fixed point was reached.
    pub fn loaded(&mut self) {
        self.load = self.last.elapsed();
        self.memory[1] = memory::resident().unwrap_or(0);
    }

    pub fn transaction(&self) -> Instant {
        Instant::now()
    }

    pub fn done(&mut self, started: Instant, txn: &str) {
        self.transactions.push((txn.to_string(), started.elapsed()));
    }

    /// One line per transaction and a summary, on standard error.
    pub fn print(&self) {
        for (txn, took) in &self.transactions {
            eprintln!("txn\t{txn}\t{}", took.as_micros());
        }
        let mb = |bytes: u64| bytes >> 20;
        eprintln!(
            "read_s={:.3} rows={} load_s={:.3} rss_before_load_mb={} rss_after_load_mb={} peak_mb={}",
            self.read.as_secs_f64(),
            self.rows,
            self.load.as_secs_f64(),
            mb(self.memory[0]),
            mb(self.memory[1]),
            mb(memory::peak().unwrap_or(0)),
        );
        let mut sorted: Vec<u128> = self.transactions.iter().map(|(_, took)| took.as_micros()).collect();
        sorted.sort_unstable();
        let at = |share: f64| sorted.get((sorted.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or(0);
        eprintln!("txns={} p50_us={} p99_us={} max_us={}", sorted.len(), at(0.5), at(0.99), at(1.0));
    }
}
