//! [`Round`]: the time of a recursion, which epoch and which round of it. [`Time`]: what containers ask of a time.
//!
//! Promises: a time is two small integers and can be put together again from them, so that containers store each part compressed.

use differential_dataflow::lattice::Lattice;
use timely::order::Product;
use timely::progress::Timestamp;

/// Which epoch, which round. The empty part makes it a time that a dataflow can have without a scope inside a scope, each of which would
/// keep account of progress for itself.
pub type Round = Product<(), Product<u64, u32>>;

#[inline(always)]
pub fn round(epoch: u64, round: u32) -> Round {
    Product::new((), Product::new(epoch, round))
}

pub trait Time: Timestamp + Lattice + Copy {
    /// Epoch and round, as they are stored.
    fn parts(self) -> (i64, i64);
    fn from_parts(epoch: i64, round: i64) -> Self;
}

impl Time for Round {
    #[inline(always)]
    fn parts(self) -> (i64, i64) {
        (self.inner.outer as i64, i64::from(self.inner.inner))
    }

    #[inline(always)]
    fn from_parts(epoch: i64, number: i64) -> Round {
        round(epoch as u64, number as u32)
    }
}

/// Tests of containers get along with epochs.
#[cfg(test)]
impl Time for u64 {
    fn parts(self) -> (i64, i64) {
        (self as i64, 0)
    }

    fn from_parts(epoch: i64, _round: i64) -> u64 {
        epoch as u64
    }
}
