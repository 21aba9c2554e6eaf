//! Which worker a row goes to: all rows of one key to one worker.
//!
//! The hash is over words, so where a text lands depends on its id; which worker evaluates a row is no part of an answer.

use super::feed::Pipe;
use super::time::Time;
use super::updates::Updates;
use crate::types::Word;
use timely::communication::Push;
use timely::dataflow::channels::Message;
use timely::dataflow::channels::pact::DistributorPact;
use timely::dataflow::channels::pushers::exchange::Distributor;
use timely::progress::Stamp;

/// Rows to the worker of their key.
pub type ByKey = DistributorPact<Box<dyn FnOnce(usize) -> KeyDistributor>>;

/// To the worker of the first `spread` columns that rows have once they went through `pipe`. They travel as they are.
pub fn by_key(pipe: Pipe, spread: usize) -> ByKey {
    DistributorPact(Box::new(move |_workers| KeyDistributor { pipe, spread }))
}

pub struct KeyDistributor {
    pipe: Pipe,
    spread: usize,
}

/// All rows to the first worker.
pub fn at_first() -> DistributorPact<impl FnOnce(usize) -> FirstDistributor> {
    DistributorPact(|_workers| FirstDistributor)
}

pub struct FirstDistributor;

impl<T: Time> Distributor<Updates<T>> for FirstDistributor {
    fn partition<S: Clone, P: Push<Message<S, Updates<T>>>>(
        &mut self,
        rows: &mut Updates<T>,
        stamp: &Stamp<S>,
        workers: &mut [P],
    ) {
        Message::push_at(rows, stamp.clone(), &mut workers[0]);
    }

    /// Nothing is kept back.
    fn flush<S: Clone, P: Push<Message<S, Updates<T>>>>(&mut self, _stamp: &Stamp<S>, _workers: &mut [P]) {}
}

/// Multiply and rotate, as fast hashes do, folded so that the low bits depend on all of them.
#[inline]
fn hash(key: &[Word]) -> u64 {
    let mixed = key.iter().fold(0u64, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95));
    mixed ^ (mixed >> 32)
}

fn split<T: Time>(rows: &Updates<T>, pipe: &Pipe, spread: usize, workers: usize) -> Vec<Updates<T>> {
    let part = || Updates { sorted: rows.sorted, ..Updates::new(rows.stride, rows.key) };
    let mut parts: Vec<Updates<T>> = (0..workers).map(|_| part()).collect();
    let mut scratch = [Vec::new(), Vec::new()];
    for i in 0..rows.len() {
        // A row that its reader leaves out still travels: timely counts those sent against those received.
        let to = pipe.row_of(rows.row(i), &mut scratch).map_or(0, |row| hash(&row[..spread]) % workers as u64);
        parts[to as usize].push_from(rows, i);
    }
    parts
}

impl<T: Time> Distributor<Updates<T>> for KeyDistributor {
    fn partition<S: Clone, P: Push<Message<S, Updates<T>>>>(
        &mut self,
        rows: &mut Updates<T>,
        stamp: &Stamp<S>,
        workers: &mut [P],
    ) {
        for (mut part, worker) in split(rows, &self.pipe, self.spread, workers.len()).into_iter().zip(workers) {
            if !part.is_empty() {
                Message::push_at(&mut part, stamp.clone(), worker);
            }
        }
    }

    /// Nothing is kept back.
    fn flush<S: Clone, P: Push<Message<S, Updates<T>>>>(&mut self, _stamp: &Stamp<S>, _workers: &mut [P]) {}
}

#[cfg(test)]
mod tests {
    use super::super::sort::consolidate;
    use super::super::sort::model::*;
    use super::*;
    use crate::types::word_of_number;
    use std::collections::BTreeMap;

    #[test]
    fn rows_of_one_key_stay_together_and_none_is_lost() {
        let mut dice = Dice(11);
        let mut rows = random(&mut dice, 3, 500);
        rows.key = 2;
        consolidate(&mut rows);
        let parts = split(&rows, &Pipe::plain(3), 2, 3);
        let mut home: BTreeMap<Vec<Word>, usize> = BTreeMap::new();
        let mut all = Net::new();
        for (worker, part) in parts.iter().enumerate() {
            assert!(is_consolidated(part) && part.sorted);
            add_to(&mut all, part);
            for i in 0..part.len() {
                assert_eq!(*home.entry(part.row(i)[..2].to_vec()).or_insert(worker), worker);
            }
        }
        assert_eq!(all, net(&rows));
    }

    #[test]
    fn the_usual_keys_spread_evenly() {
        for workers in 2..5 {
            for spread in [1, 2, 8, 1 << 20] {
                let mut rows: Updates<u64> = Updates::new(1, 1);
                (0..6_000i64).for_each(|i| rows.push(&[word_of_number(i * spread)], 0, 1));
                let parts = split(&rows, &Pipe::plain(1), 1, workers);
                assert!(parts.iter().all(|part| part.len() * workers * 10 > 6_000 * 9), "{workers} workers, every {spread}th");
            }
        }
    }
}
