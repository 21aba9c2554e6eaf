//! From a stream of containers to sorted chains that differential carves into batches: the chunker and the merger of its
//! [`MergeBatcher`].
//!
//! Containers that come sorted and large go through untouched; small ones are collected first. Rows waiting here count as held.

use super::batch::BatchBuilder;
use super::held::Held;
use super::rows::compare_rows;
use super::sort::consolidate;
use super::time::Time;
use super::updates::Updates;
use crate::limits::CHUNK_ROWS;
use differential_dataflow::batcher::merge::{Extractor, MergeBatcher, Merger};
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::marker::PhantomData;
use timely::Accountable;
use timely::container::{ContainerBuilder, PushInto};
use timely::progress::Antichain;
use timely::progress::frontier::AntichainRef;

pub type Batcher<T> = MergeBatcher<Chunker<T>, ChunkMerger<T>, BatchBuilder<T>>;

/// Sorted rows that wait, and count as held.
#[derive(Clone, Debug)]
pub struct Chunk<T> {
    pub rows: Updates<T>,
    _held: Held,
}

impl<T> Default for Chunk<T> {
    fn default() -> Self {
        Chunk { rows: Updates::default(), _held: Held::default() }
    }
}

impl<T> Chunk<T> {
    pub fn new(mut rows: Updates<T>) -> Self {
        rows.sorted = true;
        let _held = Held::new(rows.len());
        Chunk { rows, _held }
    }
}

impl<T> Accountable for Chunk<T> {
    fn record_count(&self) -> i64 {
        self.rows.record_count()
    }
}

pub struct Chunker<T> {
    open: Updates<T>,
    ready: VecDeque<Updates<T>>,
    given: Chunk<T>,
}

impl<T> Default for Chunker<T> {
    fn default() -> Self {
        Chunker { open: Updates::default(), ready: VecDeque::new(), given: Chunk::default() }
    }
}

impl<T: Time> Chunker<T> {
    fn close(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        consolidate(&mut open);
        if !open.is_empty() {
            self.ready.push_back(open);
        }
    }
}

impl<T: Time> PushInto<&mut Updates<T>> for Chunker<T> {
    fn push_into(&mut self, rows: &mut Updates<T>) {
        if rows.is_empty() {
            return;
        }
        if rows.sorted && rows.len() >= CHUNK_ROWS / 4 {
            self.ready.push_back(std::mem::take(rows));
            return;
        }
        self.open.merge(std::mem::take(rows));
        if self.open.len() >= CHUNK_ROWS {
            consolidate(&mut self.open);
            // What shrank that much has room for more.
            if self.open.len() > CHUNK_ROWS / 2 {
                self.close();
            }
        }
    }
}

impl<T: Time> ContainerBuilder for Chunker<T> {
    type Container = Chunk<T>;

    fn extract(&mut self) -> Option<&mut Chunk<T>> {
        self.given = Chunk::new(self.ready.pop_front()?);
        Some(&mut self.given)
    }

    fn finish(&mut self) -> Option<&mut Chunk<T>> {
        if !self.open.is_empty() {
            self.close();
        }
        self.extract()
    }
}

pub struct ChunkMerger<T>(PhantomData<T>);

impl<T> Default for ChunkMerger<T> {
    fn default() -> Self {
        ChunkMerger(PhantomData)
    }
}

impl<T: Time> Merger for ChunkMerger<T> {
    type Chunk = Chunk<T>;

    fn len(chunk: &Chunk<T>) -> usize {
        chunk.rows.len()
    }

    fn merge(&mut self, left: Vec<Chunk<T>>, right: Vec<Chunk<T>>, out: &mut Vec<Chunk<T>>, _stash: &mut Vec<Chunk<T>>) {
        let total: usize = left.iter().chain(&right).map(|chunk| chunk.rows.len()).sum();
        let (mut left, mut right) = (Chain::new(left), Chain::new(right));
        let mut merged = Merged { open: None, room: total.min(CHUNK_ROWS), out };
        while left.refill() && right.refill() {
            merged.take_lesser(&mut left, &mut right);
        }
        merged.take_rest(left);
        merged.take_rest(right);
        merged.close();
    }
}

/// A chain being read: the chunk in hand and how far it is read.
struct Chain<T> {
    head: Chunk<T>,
    at: usize,
    rest: std::vec::IntoIter<Chunk<T>>,
}

impl<T: Time> Chain<T> {
    fn new(chunks: Vec<Chunk<T>>) -> Self {
        Chain { head: Chunk::default(), at: 0, rest: chunks.into_iter() }
    }

    /// Is there another row? Takes up the next chunk where the one in hand is used up.
    fn refill(&mut self) -> bool {
        while self.at == self.head.rows.len() {
            match self.rest.next() {
                Some(chunk) => (self.head, self.at) = (chunk, 0),
                None => return false,
            }
        }
        true
    }
}

/// A chain being written.
struct Merged<'a, T> {
    open: Option<Updates<T>>,
    /// Rows to make room for in a new chunk; little for a merge of few rows.
    room: usize,
    out: &'a mut Vec<Chunk<T>>,
}

impl<T: Time> Merged<'_, T> {
    /// Moves rows over, lesser first, until one of the chunks in hand is used up.
    fn take_lesser(&mut self, left: &mut Chain<T>, right: &mut Chain<T>) {
        let (a, b) = (&left.head.rows, &right.head.rows);
        let room = self.room;
        let mut open = self.open.take().unwrap_or_else(|| Updates::with_capacity(a.stride, a.key, room));
        while left.at < a.len() && right.at < b.len() {
            match compare_rows(a.row(left.at), b.row(right.at)).then_with(|| a.times[left.at].cmp(&b.times[right.at])) {
                Ordering::Less => {
                    open.push_from(a, left.at);
                    left.at += 1;
                }
                Ordering::Greater => {
                    open.push_from(b, right.at);
                    right.at += 1;
                }
                Ordering::Equal => {
                    let diff = a.diffs[left.at] + b.diffs[right.at];
                    if diff != 0 {
                        open.push(a.row(left.at), a.times[left.at], diff);
                    }
                    left.at += 1;
                    right.at += 1;
                }
            }
            if open.len() >= CHUNK_ROWS {
                let next = Updates::with_capacity(a.stride, a.key, room);
                self.out.push(Chunk::new(std::mem::replace(&mut open, next)));
            }
        }
        self.open = Some(open);
    }

    /// What is left of a chain after the other one ended; whole chunks are moved.
    fn take_rest(&mut self, chain: Chain<T>) {
        let Chain { head, at, rest } = chain;
        if at < head.rows.len() {
            let open = self.open.get_or_insert_with(|| Updates::new(head.rows.stride, head.rows.key));
            open.append(&head.rows, at..head.rows.len());
        }
        for chunk in rest {
            self.close();
            self.out.push(chunk);
        }
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take().filter(|open| !open.is_empty()) {
            self.out.push(Chunk::new(open));
        }
    }
}

impl<T: Time> Extractor for ChunkMerger<T> {
    type Time = T;

    fn extract(
        &mut self,
        chain: Vec<Chunk<T>>,
        upper: AntichainRef<T>,
        frontier: &mut Antichain<T>,
        ready: &mut Vec<Chunk<T>>,
        kept: &mut Vec<Chunk<T>>,
        _stash: &mut Vec<Chunk<T>>,
    ) {
        for chunk in chain {
            let rows = &chunk.rows;
            let early = rows.times.iter().filter(|time| upper.less_equal(time)).count();
            if early == 0 {
                ready.push(chunk);
                continue;
            }
            let mut now = Updates::with_capacity(rows.stride, rows.key, rows.len() - early);
            let mut later = Updates::with_capacity(rows.stride, rows.key, early);
            for i in 0..rows.len() {
                if upper.less_equal(&rows.times[i]) {
                    frontier.insert_ref(&rows.times[i]);
                    later.push_from(rows, i);
                } else {
                    now.push_from(rows, i);
                }
            }
            if !now.is_empty() {
                ready.push(Chunk::new(now));
            }
            kept.push(Chunk::new(later));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::held::rows_held;
    use super::super::sort::model::*;
    use super::*;

    fn chain(dice: &mut Dice, stride: usize) -> Vec<Chunk<u64>> {
        let rows = dice.roll(40) as usize;
        let mut rows = random(dice, stride, rows);
        consolidate(&mut rows);
        let mut chunks = Vec::new();
        let mut at = 0;
        while at < rows.len() {
            let to = rows.len().min(at + 1 + dice.roll(9) as usize);
            let mut part = Updates::new(rows.stride, rows.key);
            part.append(&rows, at..to);
            chunks.push(Chunk::new(part));
            at = to;
        }
        chunks
    }

    fn joined(chunks: &[Chunk<u64>]) -> Updates<u64> {
        let mut all = chunks.first().map(|chunk| Updates::new(chunk.rows.stride, chunk.rows.key)).unwrap_or_default();
        chunks.iter().for_each(|chunk| all.append(&chunk.rows, 0..chunk.rows.len()));
        all
    }

    #[test]
    fn merged_chains_are_in_order_and_keep_the_sum() {
        for seed in 0..200 {
            let mut dice = Dice(seed);
            let stride = dice.roll(4) as usize;
            let (left, right) = (chain(&mut dice, stride), chain(&mut dice, stride));
            let mut expected = net(&joined(&left));
            add_to(&mut expected, &joined(&right));
            let mut out = Vec::new();
            ChunkMerger::default().merge(left, right, &mut out, &mut Vec::new());
            let merged = joined(&out);
            assert!(is_consolidated(&merged), "seed {seed}");
            assert_eq!(net(&merged), expected, "seed {seed}");
        }
    }

    #[test]
    fn a_chain_is_carved_by_time() {
        for seed in 0..100 {
            let mut dice = Dice(seed);
            let chunks = chain(&mut dice, 2);
            let all = net(&joined(&chunks));
            let (mut frontier, mut ready, mut kept) = (Antichain::new(), Vec::new(), Vec::new());
            let upper = Antichain::from_elem(1u64);
            ChunkMerger::default().extract(chunks, upper.borrow(), &mut frontier, &mut ready, &mut kept, &mut Vec::new());
            let (ready, kept) = (net(&joined(&ready)), net(&joined(&kept)));
            assert!(ready.keys().all(|(_, time)| *time < 1) && kept.keys().all(|(_, time)| *time >= 1), "seed {seed}");
            assert_eq!(frontier.elements().first(), kept.keys().map(|(_, time)| time).min(), "seed {seed}");
            let mut both = ready;
            both.extend(kept);
            assert_eq!(both, all, "seed {seed}");
        }
    }

    #[test]
    fn the_chunker_gives_all_back_sorted_and_counts_it() {
        for seed in 0..40 {
            let mut dice = Dice(seed);
            let before = rows_held();
            let mut chunker: Chunker<u64> = Chunker::default();
            let (mut expected, mut chunks) = (Net::new(), Vec::new());
            for _ in 0..dice.roll(6) {
                let rows = dice.roll(2 * CHUNK_ROWS as u64) as usize;
                let mut rows = random(&mut dice, 3, rows);
                if dice.roll(2) == 0 {
                    consolidate(&mut rows);
                }
                add_to(&mut expected, &rows);
                chunker.push_into(&mut rows);
                while let Some(chunk) = chunker.extract() {
                    chunks.push(std::mem::take(chunk));
                }
            }
            while let Some(chunk) = chunker.finish() {
                chunks.push(std::mem::take(chunk));
            }
            assert!(chunks.iter().all(|chunk| is_consolidated(&chunk.rows)), "seed {seed}");
            assert_eq!(net(&joined(&chunks)), expected, "seed {seed}");
            let rows: usize = chunks.iter().map(|chunk| chunk.rows.len()).sum();
            assert_eq!(rows_held() - before, rows as i64, "seed {seed}");
        }
    }
}
