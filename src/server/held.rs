//! [`Held`]: what uploads hold in memory because they must land as a whole, counted for each and for all.

use super::error::Problem;
use crate::limits::{MAX_HELD_BYTES, MAX_WHOLE_BYTES};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory of one upload, given back when it ends.
pub struct Held {
    all: Arc<AtomicUsize>,
    /// Bytes that all may hold together.
    most: usize,
    own: usize,
}

impl Held {
    /// `memory`: bytes that the server may have. A quarter of them is the most that uploads hold.
    pub fn of(all: Arc<AtomicUsize>, memory: Option<u64>) -> Held {
        let most =
            memory.map_or(MAX_HELD_BYTES, |memory| MAX_HELD_BYTES.min(usize::try_from(memory / 4).unwrap_or(MAX_HELD_BYTES)));
        Held { all, most, own: 0 }
    }

    /// So many bytes more; a problem if one upload may not hold so much, or all of them together.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        self.own += bytes;
        let all = self.all.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if self.own > MAX_WHOLE_BYTES.min(self.most) {
            return Err(Problem::new("held-too-large"));
        }
        if all > self.most { Err(Problem::new("busy")) } else { Ok(()) }
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
        let upload = || Held::of(all.clone(), None);
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
        let mut small = Held::of(all.clone(), Some(400));
        assert!(small.grow(100).is_ok());
        assert_eq!(small.grow(1).unwrap_err().status(), 413);
    }
}
