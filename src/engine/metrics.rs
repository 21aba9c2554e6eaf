//! [`Metrics`]: what the engine counts of itself, for an operator to see an overload coming. Plain atomics: counting waits for nobody,
//! and reading holds up nobody.
//!
//! Must not know: who reads, and in which format. Nothing here names a person, an agency or a value.

use crate::security::KINDS;
use crate::storage::entry::{Batch, EntryBody};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Upper ends of the buckets for times, in microseconds: from a sync of a good disk to what nobody waits for any more.
const TIME_BOUNDS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000,
    60_000_000,
];
/// Upper ends of the buckets for numbers of requests; the last is a full group.
const REQUEST_BOUNDS: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// Upper ends of the buckets for numbers of lines; the last is a whole file.
const LINE_BOUNDS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 200_000, 2_000_000];

/// Counts since the process began.
pub struct Metrics {
    began: Instant,
    /// Microseconds from `began` to the last move of the rules' clock, plus one; 0 is never.
    clock_moved: AtomicU64,
    /// From the beginning of a commit until readers see it.
    pub commit: Histogram,
    /// Syncs of the journal.
    pub sync: Histogram,
    /// From handing a group to the workers until they are through with it.
    pub evaluation: Histogram,
    /// Transactions that shared a sync.
    pub group_requests: Histogram,
    /// Lines of one transaction, good and bad.
    pub batch_lines: Histogram,
    /// Bytes of the journal.
    pub journal_bytes: AtomicU64,
    /// Bytes of the last snapshot; snapshots that became whole, and those that did not.
    pub snapshot_bytes: AtomicU64,
    pub snapshots: AtomicU64,
    pub snapshots_failed: AtomicU64,
    /// Rows that the dataflow holds, and how many it may before the rules are suspended.
    pub dataflow_rows: AtomicU64,
    pub dataflow_rows_limit: AtomicU64,
    /// Lines taken, by the kind of who sent them.
    pub accepted: ByKind,
    /// Lines refused.
    pub refused: ByKind,
    /// Cells whose text was repaired where that is certain.
    pub repaired: ByKind,
    /// Transactions answered from the receipt of their idempotency key.
    pub replayed: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            began: Instant::now(),
            clock_moved: AtomicU64::new(0),
            commit: Histogram::new(&TIME_BOUNDS),
            sync: Histogram::new(&TIME_BOUNDS),
            evaluation: Histogram::new(&TIME_BOUNDS),
            group_requests: Histogram::new(&REQUEST_BOUNDS),
            batch_lines: Histogram::new(&LINE_BOUNDS),
            journal_bytes: AtomicU64::new(0),
            snapshot_bytes: AtomicU64::new(0),
            snapshots: AtomicU64::new(0),
            snapshots_failed: AtomicU64::new(0),
            dataflow_rows: AtomicU64::new(0),
            dataflow_rows_limit: AtomicU64::new(0),
            accepted: ByKind::default(),
            refused: ByKind::default(),
            repaired: ByKind::default(),
            replayed: AtomicU64::new(0),
        }
    }
}

impl Metrics {
    /// How long the process has been at work.
    pub fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    /// How long ago the rules' clock moved last; `None` if it has not in this process.
    pub fn since_clock(&self) -> Option<Duration> {
        let moved = self.clock_moved.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.began.elapsed().saturating_sub(Duration::from_micros(moved)))
    }

    /// A snapshot of so many bytes, or a failed attempt at one.
    pub(super) fn wrote_snapshot(&self, bytes: Option<u64>) {
        match bytes {
            Some(bytes) => {
                self.snapshot_bytes.store(bytes, Ordering::Relaxed);
                self.snapshots.fetch_add(1, Ordering::Relaxed);
            }
            None => {
                self.snapshots_failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// An outcome that is durable and to be seen.
    pub(super) fn count(&self, body: &EntryBody) {
        match body {
            EntryBody::Clock(_) => self.clock_moved.store(micros(self.began.elapsed()) + 1, Ordering::Relaxed),
            EntryBody::Batch(batch) => self.count_batch(batch),
            EntryBody::Install(_) | EntryBody::Verdict(_) | EntryBody::Suspended { .. } | EntryBody::Resumed => {}
        }
    }

    fn count_batch(&self, batch: &Batch) {
        let (accepted, refused) = (batch.receipt.accepted, batch.receipt.refused);
        self.accepted.add(&batch.agency, accepted);
        self.refused.add(&batch.agency, refused);
        self.repaired.add(
            &batch.agency,
            batch.changes.iter().filter(|change| change.insert).map(|change| change.repaired.len() as u64).sum(),
        );
        self.batch_lines.observe(accepted + refused);
    }
}

/// How often something fell below each of a few bounds.
pub struct Histogram {
    bounds: &'static [u64],
    /// One for each bound, and one for what is above all of them.
    counts: Vec<AtomicU64>,
    sum: AtomicU64,
}

/// A histogram at one moment.
pub struct Reading {
    /// Upper ends, and how many were at or below each but above the one before.
    pub buckets: Vec<(u64, u64)>,
    pub count: u64,
    pub sum: u64,
}

impl Histogram {
    fn new(bounds: &'static [u64]) -> Histogram {
        Histogram { bounds, counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(), sum: AtomicU64::new(0) }
    }

    pub fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// In microseconds.
    pub fn observe_time(&self, took: Duration) {
        self.observe(micros(took));
    }

    pub fn read(&self) -> Reading {
        let counts: Vec<u64> = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let ends = self.bounds.iter().copied().chain([u64::MAX]);
        Reading { count: counts.iter().sum(), buckets: ends.zip(counts).collect(), sum: self.sum.load(Ordering::Relaxed) }
    }
}

/// One count for each kind of agency; never for an agency, of which there are thousands.
#[derive(Default)]
pub struct ByKind([AtomicU64; KINDS.len()]);

impl ByKind {
    /// `agency` is a code that was checked where it came in.
    fn add(&self, agency: &str, n: u64) {
        let kind = agency.split(':').next().unwrap_or("");
        if let Some(i) = KINDS.iter().position(|known| *known == kind) {
            self.0[i].fetch_add(n, Ordering::Relaxed);
        }
    }

    pub fn read(&self) -> impl Iterator<Item = (&'static str, u64)> {
        KINDS.into_iter().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_falls_into_the_first_bucket_that_holds_it() {
        let histogram = Histogram::new(&REQUEST_BOUNDS);
        [1, 2, 3, 256, 257].into_iter().for_each(|n| histogram.observe(n));
        let Reading { buckets, count, sum } = histogram.read();
        let filled: Vec<(u64, u64)> = buckets.into_iter().filter(|(_, n)| *n > 0).collect();
        assert_eq!(filled, [(1, 1), (2, 1), (4, 1), (256, 1), (u64::MAX, 1)]);
        assert_eq!((count, sum), (5, 519));
    }

    #[test]
    fn the_clock_has_not_moved_until_it_has() {
        let metrics = Metrics::default();
        assert_eq!(metrics.since_clock(), None);
        metrics.count(&EntryBody::Clock(Vec::new()));
        assert!(metrics.since_clock().is_some_and(|since| since < metrics.uptime() + Duration::from_micros(1)));
    }

    #[test]
    fn lines_are_counted_by_the_kind_of_who_sent_them() {
        let counts = ByKind::default();
        counts.add("police:640299-01", 2);
        counts.add("police:640299-02", 1);
        counts.add("army:1", 9);
        let found: Vec<(&str, u64)> = counts.read().filter(|(_, n)| *n > 0).collect();
        assert_eq!(found, [("police", 3)]);
    }
}
