//! How many rows the arrangements of this worker hold, so that a program that grows without end can be stopped.
//!
//! Differential builds and drops batches inside its own merger, which has no place for a counter; so the count belongs to the thread,
//! of which each worker has its own. It counts rows in memory, rows under a merge twice, not the rows of the answer.

use std::cell::Cell;

thread_local! {
    static ROWS: Cell<i64> = const { Cell::new(0) };
    static TOLD: Cell<i64> = const { Cell::new(0) };
}

/// Rows held by this thread now.
#[cfg(test)]
pub fn rows_held() -> i64 {
    ROWS.get()
}

/// How many more (or less) than when this was last asked.
pub fn news() -> i64 {
    let now = ROWS.get();
    now - TOLD.replace(now)
}

#[inline(always)]
pub fn add(rows: i64) {
    ROWS.set(ROWS.get() + rows);
}

/// A share of the count, given back when it is dropped.
#[derive(Debug, Default)]
pub struct Held(i64);

impl Held {
    pub fn new(rows: usize) -> Held {
        add(rows as i64);
        Held(rows as i64)
    }
}

impl Clone for Held {
    fn clone(&self) -> Held {
        Held::new(self.0 as usize)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        add(-self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_no_longer_held() {
        let before = rows_held();
        let first = Held::new(3);
        let second = first.clone();
        assert_eq!(rows_held() - before, 6);
        drop(first);
        assert_eq!(rows_held() - before, 3);
        drop(second);
        assert_eq!(rows_held(), before);
    }

    #[test]
    fn news_are_told_once() {
        news();
        let held = Held::new(3);
        assert_eq!((news(), news()), (3, 0));
        drop(held);
        assert_eq!((news(), news()), (-3, 0));
    }
}
