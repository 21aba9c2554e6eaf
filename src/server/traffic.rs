//! [`Traffic`]: what the network side counts of itself: requests by route and status, and how far behind the readers are.
//!
//! Promises: labels are routes of the table and statuses, never paths; as many series as the table has routes.

use crate::types::Epoch;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Default)]
pub struct Traffic {
    requests: Mutex<BTreeMap<(String, &'static str, u16), Answered>>,
    readers: Mutex<BTreeMap<u64, Arc<AtomicU64>>>,
    readers_ever: AtomicU64,
    /// Readers that were told to begin again, their place being forgotten.
    pub resets: AtomicU64,
    /// Connections that are open.
    pub connections: AtomicU64,
    /// Handlers that panicked.
    pub panics: AtomicU64,
}

/// Requests of one kind.
#[derive(Clone, Copy, Default)]
pub struct Answered {
    pub count: u64,
    pub time: Duration,
}

impl Traffic {
    pub fn answered(&self, route: &str, method: &axum::http::Method, status: u16, took: Duration) {
        let mut requests = lock(&self.requests);
        let sum = requests.entry((route.to_string(), known(method), status)).or_default();
        sum.count += 1;
        sum.time += took;
    }

    /// Route and method, status, how many.
    pub fn requests(&self) -> Vec<((String, &'static str), u16, Answered)> {
        let requests = lock(&self.requests);
        requests.iter().map(|((route, method, status), sum)| ((route.clone(), *method), *status, *sum)).collect()
    }

    /// A reader begins at an epoch.
    pub fn reader(self: &Arc<Traffic>, at: Epoch) -> Follows {
        let number = self.readers_ever.fetch_add(1, Ordering::Relaxed);
        let at = Arc::new(AtomicU64::new(at.0));
        lock(&self.readers).insert(number, at.clone());
        Follows { traffic: self.clone(), number, at }
    }

    /// How many readers there are, and the epoch that the last of them has reached.
    pub fn readers(&self) -> (usize, Option<Epoch>) {
        let readers = lock(&self.readers);
        (readers.len(), readers.values().map(|at| Epoch(at.load(Ordering::Relaxed))).min())
    }
}

/// Where one reader is, for as long as it reads.
pub struct Follows {
    traffic: Arc<Traffic>,
    number: u64,
    at: Arc<AtomicU64>,
}

impl Follows {
    pub fn reached(&self, epoch: Epoch) {
        self.at.store(epoch.0, Ordering::Relaxed);
    }
}

impl Drop for Follows {
    fn drop(&mut self) {
        lock(&self.traffic.readers).remove(&self.number);
    }
}

/// A method that somebody made up is none of ours.
pub fn known(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_the_readers_is_known_while_it_reads() {
        let traffic = Arc::new(Traffic::default());
        assert_eq!(traffic.readers(), (0, None));
        let (slow, fast) = (traffic.reader(Epoch(3)), traffic.reader(Epoch(3)));
        fast.reached(Epoch(9));
        assert_eq!(traffic.readers(), (2, Some(Epoch(3))));
        drop(slow);
        assert_eq!(traffic.readers(), (1, Some(Epoch(9))));
    }

    #[test]
    fn what_is_asked_is_counted_by_route_and_never_by_a_word_of_the_caller() {
        let traffic = Traffic::default();
        let made_up = axum::http::Method::from_bytes(b"WUMOUMOU").unwrap();
        for method in [&axum::http::Method::GET, &axum::http::Method::GET, &made_up] {
            traffic.answered("/v1/clues", method, 200, Duration::from_micros(5));
        }
        let found: Vec<(&str, u64)> = traffic.requests().iter().map(|((_, method), _, sum)| (*method, sum.count)).collect();
        assert_eq!(found, [("GET", 2), ("other", 1)]);
    }
}
