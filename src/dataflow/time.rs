//! [`Time`]: the two times of the dataflow, the epoch outside recursion and (epoch, round) inside.
//!
//! Promises: a time is two small integers and can be put together again from them, so that containers store each part compressed.
//! Everything generic over it is compiled exactly twice.

use differential_dataflow::lattice::Lattice;
use timely::order::Product;
use timely::progress::Timestamp;

/// The time inside a recursive stratum: which epoch, which round.
pub type Round = Product<u64, u32>;

pub trait Time: Timestamp + Lattice + Copy {
    /// Epoch and round, as they are stored.
    fn parts(self) -> (i64, i64);
    fn from_parts(epoch: i64, round: i64) -> Self;
}

impl Time for u64 {
    #[inline(always)]
    fn parts(self) -> (i64, i64) {
        (self as i64, 0)
    }

    #[inline(always)]
    fn from_parts(epoch: i64, _round: i64) -> u64 {
        epoch as u64
    }
}

impl Time for Round {
    #[inline(always)]
    fn parts(self) -> (i64, i64) {
        (self.outer as i64, i64::from(self.inner))
    }

    #[inline(always)]
    fn from_parts(epoch: i64, round: i64) -> Round {
        Product::new(epoch as u64, round as u32)
    }
}
