//! [`Contestant`]: what is measured, the same for all; [`Seen`]: what came out of it, so that two can be compared.

use crate::workloads::Changes;
use huiyan::types::Word;

/// The outputs so far as a number of rows and a sum of hashes: equal for equal sets, in whatever order and pieces they came.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Seen {
    pub rows: i64,
    pub hash: u64,
}

impl Seen {
    #[inline]
    pub fn add(&mut self, output: u64, row: &[Word], diff: i64) {
        let mixed = row
            .iter()
            .fold(0x9e37u64.wrapping_add(output), |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95));
        self.rows += diff;
        self.hash = self.hash.wrapping_add((mixed ^ (mixed >> 32)).wrapping_mul(diff as u64));
    }
}

pub trait Contestant {
    /// Takes the changes of one epoch; evaluates them now or when it has to.
    fn submit(&mut self, changes: Vec<Changes>);
    /// Returns when everything submitted is evaluated and its outputs have been seen.
    fn settle(&mut self);
    /// Some moments without work, in which it may tidy up.
    fn rest(&mut self);
    fn seen(&self) -> Seen;
}
