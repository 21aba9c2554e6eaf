//! [`Reader`]: a batch read key by key, where the key may be fewer columns than the batch is arranged by: rows are sorted as a whole, so
//! those that begin alike stand together.

use super::batch::Batch;
use super::rows::{Keys, are_equal, compare_rows, first_not_before};
use super::time::Round;
use crate::types::Word;
use differential_dataflow::trace::implementations::BatchContainer;
use differential_dataflow::trace::implementations::ord_neu::val_batch::OrdValStorage;
use std::ops::Range;
use std::rc::Rc;

pub struct Reader {
    batch: Rc<Batch<Round>>,
    /// Leading columns that are the key.
    key: usize,
    /// Does nothing stand beside the keys of the batch?
    is_of_rows: bool,
}

impl Reader {
    pub fn new(batch: Rc<Batch<Round>>, key: usize) -> Reader {
        let is_of_rows = batch.storage.vals.vals.stride() == 0;
        Reader { batch, key, is_of_rows }
    }

    fn keys(&self) -> &Keys {
        &self.batch.storage.keys
    }

    /// The key at a place, if there is one.
    #[inline(always)]
    pub fn key(&self, at: usize) -> Option<&[Word]> {
        (at < self.keys().len()).then(|| &self.keys().row(at)[..self.key])
    }

    /// Is this the key at the place?
    #[inline(always)]
    pub fn is_at(&self, at: usize, key: &[Word]) -> bool {
        self.key(at).is_some_and(|found| are_equal(found, key))
    }

    /// The first place from `from` on whose key is not before this one.
    #[inline]
    pub fn find(&self, from: usize, key: &[Word]) -> usize {
        let keys = self.keys();
        match key {
            [word] => first_not_before(from, keys.len(), |at| keys.words()[at * keys.stride()] < *word),
            _ => first_not_before(from, keys.len(), |at| compare_rows(&keys.row(at)[..key.len()], key).is_lt()),
        }
    }

    /// Where the rows with the key that is at `from` end.
    #[inline]
    pub fn end(&self, from: usize) -> usize {
        let keys = self.keys();
        if keys.stride() == self.key {
            return from + 1;
        }
        let key = &keys.row(from)[..self.key];
        first_not_before(from + 1, keys.len(), |at| are_equal(&keys.row(at)[..self.key], key))
    }

    /// Every update at these places, with what stands behind the key.
    #[inline]
    pub fn visit<'a>(&'a self, places: Range<usize>, mut visit: impl FnMut(&'a [Word], Round, i64)) {
        let OrdValStorage { keys, vals, upds } = &self.batch.storage;
        let mut each = |value: &'a [Word], list: usize| {
            let (from, to) = upds.bounds(list);
            (from..to).for_each(|at| visit(value, upds.times.index(at), upds.diffs.at(at)));
        };
        for place in places {
            if self.is_of_rows {
                each(&keys.row(place)[self.key..], place);
            } else {
                let (from, to) = vals.bounds(place);
                (from..to).for_each(|at| each(vals.vals.row(at), at));
            }
        }
    }
}
