//! [`Held`]: what uploads hold in memory because they must land as a whole, counted for each and for all.

use super::error::Problem;
use crate::limits::{MAX_HELD_BYTES, MAX_WHOLE_BYTES};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory of one upload, given back when it ends.
pub struct Held {
    all: Arc<AtomicUsize>,
    own: usize,
}

impl Held {
    pub fn of(all: Arc<AtomicUsize>) -> Held {
        Held { all, own: 0 }
    }

    /// So many bytes more; a problem if one upload may not hold so much, or all of them together.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        self.own += bytes;
        let all = self.all.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.own > MAX_WHOLE_BYTES {
            return Err(Problem::new("held-too-large"));
        }
        if all > MAX_HELD_BYTES { Err(Problem::new("busy")) } else { Ok(()) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.fetch_sub(self.own, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_uploads_hold_is_bounded_alone_and_together_and_given_back() {
        let all = Arc::new(AtomicUsize::new(0));
        let upload = || Held::of(all.clone());
        let mut first = upload();
        assert!(first.grow(MAX_WHOLE_BYTES).is_ok());
        assert_eq!(first.grow(1).unwrap_err().status(), 413);
        let (mut second, mut third) = (upload(), upload());
        drop(first);
        assert!(second.grow(MAX_WHOLE_BYTES).is_ok() && third.grow(MAX_HELD_BYTES - MAX_WHOLE_BYTES).is_ok());
        assert_eq!(upload().grow(1).unwrap_err().status(), 503);
        drop(second);
        assert!(upload().grow(MAX_WHOLE_BYTES).is_ok());
        drop(third);
        assert_eq!(all.load(Ordering::Relaxed), 0);
    }
}
