//! [`Batch`]: the immutable sorted form in which rows are held, differential's own with our columns in it; [`BatchBuilder`] fills it.
//!
//! Merging, cursors and compaction are differential's. Must not know: what rows mean, operators.

use super::batcher::Chunk;
use super::ints::{Ints, Times};
use super::offsets::Offsets;
use super::rows::{Keys, Vals, are_equal};
use super::time::Time;
use super::updates::Updates;
use crate::types::Word;
use differential_dataflow::batcher::merge::Sealer;
use differential_dataflow::trace::Builder;
use differential_dataflow::trace::implementations::ord_neu::val_batch::OrdValStorage;
use differential_dataflow::trace::implementations::ord_neu::{OrdValBatch, Upds, Vals as ValLists};
use differential_dataflow::trace::implementations::spine_fueled::Spine;
use differential_dataflow::trace::implementations::{BatchContainer, Layout};
use std::marker::PhantomData;
use std::rc::Rc;

/// Which container holds which part of a batch.
pub struct Columns<T>(PhantomData<T>);

impl<T: Time> Layout for Columns<T> {
    type KeyContainer = Keys;
    type ValContainer = Vals;
    type TimeContainer = Times<T>;
    type DiffContainer = Ints;
    type OffsetContainer = Offsets;
}

pub type Batch<T> = OrdValBatch<Columns<T>>;

/// What an arrangement holds.
pub type RowSpine<T> = Spine<Rc<Batch<T>>>;

/// Makes a batch of rows that come in order.
pub struct BatchBuilder<T: Time> {
    storage: OrdValStorage<Columns<T>>,
    /// Of the last value the only update, if there is but one; it is not written yet.
    single: Option<(T, i64)>,
    updates: usize,
}

impl<T: Time> Default for BatchBuilder<T> {
    fn default() -> Self {
        let storage =
            OrdValStorage { keys: Keys::with_capacity(0), vals: ValLists::with_capacity(0, 0), upds: Upds::with_capacity(0, 0) };
        BatchBuilder { storage, single: None, updates: 0 }
    }
}

impl<T: Time> BatchBuilder<T> {
    #[inline]
    pub fn add(&mut self, key: &[Word], val: &[Word], time: T, diff: i64) {
        let OrdValStorage { keys, vals, upds } = &mut self.storage;
        self.updates += 1;
        match keys.last_row() {
            None => keys.push(key),
            Some(last) if are_equal(last, key) => {
                if vals.vals.last_row().is_some_and(|last| are_equal(last, val)) {
                    write(self.single.take(), upds);
                    write(Some((time, diff)), upds);
                    return;
                }
                seal(self.single.take(), upds);
            }
            Some(_) => {
                seal(self.single.take(), upds);
                vals.offs.push_ref(vals.vals.len());
                keys.push(key);
            }
        }
        vals.vals.push(val);
        self.single = Some((time, diff));
    }

    fn add_all(&mut self, rows: &Updates<T>) {
        for i in 0..rows.len() {
            let (key, val) = rows.row(i).split_at(rows.key);
            self.add(key, val, rows.times[i], rows.diffs[i]);
        }
    }

    pub fn finish(mut self) -> Option<Batch<T>> {
        if self.storage.keys.is_empty() {
            return None;
        }
        seal(self.single.take(), &mut self.storage.upds);
        let vals = self.storage.vals.vals.len();
        self.storage.vals.offs.push_ref(vals);
        self.storage.keys.shrink();
        self.storage.vals.vals.shrink();
        Some(OrdValBatch { storage: self.storage, updates: self.updates })
    }
}

/// Updates of the values of a batch. Rows come consolidated, so each value has one at least.
type Lists<T> = Upds<Offsets, Times<T>, Ints>;

#[inline]
fn write<T: Time>(update: Option<(T, i64)>, lists: &mut Lists<T>) {
    if let Some((time, diff)) = update {
        lists.times.push_ref(time);
        lists.diffs.push_ref(diff);
    }
}

/// Ends the list of updates of one value. A single one that equals the one before it is not written again: differential reads an empty list
/// as that.
#[inline]
fn seal<T: Time>(single: Option<(T, i64)>, lists: &mut Lists<T>) {
    if single != lists.times.last().zip(lists.diffs.last()) {
        write(single, lists);
    }
    lists.offs.push_ref(lists.times.len());
}

impl<T: Time> Builder for BatchBuilder<T> {
    type Input = Updates<T>;
    type Time = T;
    type Output = Batch<T>;

    fn push(&mut self, rows: &mut Updates<T>) {
        self.add_all(rows);
    }

    fn done(self) -> Option<Batch<T>> {
        self.finish()
    }
}

impl<T: Time> Sealer<Chunk<T>> for BatchBuilder<T> {
    type Output = Batch<T>;

    fn seal(chain: &mut Vec<Chunk<T>>) -> Option<Batch<T>> {
        let mut builder = BatchBuilder::default();
        let rows: usize = chain.iter().map(|chunk| chunk.rows.len()).sum();
        if let Some(chunk) = chain.first() {
            builder.storage.vals.vals.reserve_words(rows * (chunk.rows.stride - chunk.rows.key));
        }
        for chunk in chain.drain(..) {
            builder.add_all(&chunk.rows);
        }
        builder.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::arrange::visit_batch;
    use super::super::sort::consolidate;
    use super::super::sort::model::*;
    use super::*;
    use differential_dataflow::trace::implementations::spine_fueled::{Merger, SpineBatch};
    use timely::progress::Antichain;

    fn build(rows: &Updates<u64>) -> Option<Batch<u64>> {
        let mut builder = BatchBuilder::default();
        builder.add_all(rows);
        builder.finish()
    }

    fn read(batch: &Batch<u64>) -> Net<u64> {
        let mut net = Net::new();
        visit_batch(batch, |key, val, time, diff| *net.entry(([key, val].concat(), time)).or_default() += diff);
        net
    }

    fn sorted(dice: &mut Dice, stride: usize, key: usize) -> Updates<u64> {
        let rows = 1 + dice.roll(60) as usize;
        let mut rows = random(dice, stride, rows);
        rows.key = key;
        consolidate(&mut rows);
        rows
    }

    #[test]
    fn what_is_built_can_be_read() {
        for seed in 0..120 {
            let mut dice = Dice(seed);
            let stride = dice.roll(5) as usize;
            let key = dice.roll(stride as u64 + 1) as usize;
            let rows = sorted(&mut dice, stride, key);
            let batch = build(&rows);
            assert_eq!(batch.as_ref().map_or(0, |batch| batch.updates), rows.len(), "seed {seed}");
            assert_eq!(batch.map(|batch| read(&batch)).unwrap_or_default(), net(&rows), "seed {seed} {stride} {key}");
        }
    }

    #[test]
    fn merged_batches_hold_the_sum() {
        for seed in 0..120 {
            let mut dice = Dice(seed);
            let stride = dice.roll(4) as usize;
            let key = dice.roll(stride as u64 + 1) as usize;
            let (a, b) = (sorted(&mut dice, stride, key), sorted(&mut dice, stride, key));
            let (Some(left), Some(right)) = (build(&a), build(&b)) else { continue };
            let start = Antichain::from_elem(0u64);
            let mut merger = <Batch<u64> as SpineBatch>::Merger::new(&left, &right, start.borrow());
            let mut fuel = 0;
            // Fuel that is left over says that the merge is complete.
            while fuel <= 0 {
                fuel = 5;
                merger.work(&left, &right, &mut fuel);
            }
            let mut expected = net(&a);
            add_to(&mut expected, &b);
            assert_eq!(merger.done().map(|batch| read(&batch)).unwrap_or_default(), expected, "seed {seed}");
        }
    }
}
