//! Joins of two arrangements under a key that leads the rows of both. One instance of the code, however many rules there are.
//!
//! Differential does what times and frontiers ask for; which rows meet is found here: it knows neither the form of our batches nor that a
//! key may be a part of what they are arranged by.

use super::arrange::{Arrangement, Rows};
use super::batch::Batch;
use super::batcher::Chunk;
use super::halt::Halt;
use super::reader::Reader;
use super::shape::{Program, Sides};
use super::sort::consolidate;
use super::time::{Round, Time};
use super::updates::Updates;
use crate::limits::{CHUNK_ROWS, PAIRS_PER_LOOK};
use crate::types::Word;
use differential_dataflow::AsCollection;
use differential_dataflow::lattice::Lattice;
use differential_dataflow::operators::join::{Fresh, JoinTactic, join_with_tactic};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

/// Whether what joins is there, or is taken away from what else is there.
#[derive(Clone, Copy)]
pub enum Sign {
    Plus = 1,
    Minus = -1,
}

/// What a join makes of a pair.
#[derive(Clone)]
pub struct Pairing {
    pub program: Program,
    /// How many leading columns both sides share.
    pub key: usize,
    pub sign: Sign,
    pub halt: Arc<Halt>,
}

pub fn join<'s>(left: Arrangement<'s, Round>, right: Arrangement<'s, Round>, pairing: Pairing) -> Rows<'s, Round> {
    join_with_tactic(left, right, "Join", Pairs(Rc::new(pairing))).as_collection()
}

struct Pairs(Rc<Pairing>);

impl JoinTactic<Round, Rc<Batch<Round>>, Rc<Batch<Round>>, Updates<Round>> for Pairs {
    /// Rows that are fresh on one side against those that stand on the other, whose times before `meet` make no difference any more.
    fn prep(
        &mut self,
        left: Vec<Rc<Batch<Round>>>,
        right: Vec<Rc<Batch<Round>>>,
        fresh: Fresh,
        meet: Round,
    ) -> Box<dyn Iterator<Item = Updates<Round>>> {
        let readers = |batches: Vec<Rc<Batch<Round>>>| batches.into_iter().map(|batch| Reader::new(batch, self.0.key)).collect();
        let fresh_is_left = matches!(fresh, Fresh::Input0);
        let (fresh, standing) = if fresh_is_left { (left, right) } else { (right, left) };
        let (fresh, standing): (Vec<Reader>, Vec<Reader>) = (readers(fresh), readers(standing));
        let places = vec![0; standing.len()];
        Box::new(Work {
            pairing: self.0.clone(),
            fresh,
            at: 0,
            fresh_is_left,
            standing,
            places,
            meet,
            made: JoinOutput::default(),
        })
    }
}

/// A join that is done in parts.
struct Work {
    pairing: Rc<Pairing>,
    /// Read from the last one on, each to its end.
    fresh: Vec<Reader>,
    /// How far the last of them is read.
    at: usize,
    fresh_is_left: bool,
    standing: Vec<Reader>,
    /// How far each is read.
    places: Vec<usize>,
    meet: Round,
    made: JoinOutput<Round>,
}

impl Iterator for Work {
    type Item = Updates<Round>;

    fn next(&mut self) -> Option<Updates<Round>> {
        while let Some(fresh) = self.fresh.last() {
            let standing = &self.standing;
            // What stands under one key.
            let mut met: Vec<(&[Word], Round, i64)> = Vec::new();
            while !self.made.is_ready()
                && let Some(key) = fresh.key(self.at)
            {
                for (reader, place) in standing.iter().zip(&mut self.places) {
                    *place = reader.find(*place, key);
                    if reader.is_at(*place, key) {
                        let end = reader.end(*place);
                        reader.visit(*place..end, |value, time, diff| met.push((value, time.join(&self.meet), diff)));
                        *place = end;
                    }
                }
                if met.is_empty() {
                    let next = standing.iter().zip(&self.places).filter_map(|(reader, place)| reader.key(*place)).min();
                    let Some(next) = next else { break };
                    self.at = fresh.find(self.at, next);
                    continue;
                }
                let end = fresh.end(self.at);
                fresh.visit(self.at..end, |value, time, diff| {
                    for (other, since, times) in &met {
                        let (left, right) = if self.fresh_is_left { (value, *other) } else { (*other, value) };
                        self.made.add(&self.pairing, Sides { key, left, right }, time.join(since), diff * times);
                    }
                });
                self.at = end;
                met.clear();
            }
            if self.made.is_ready() {
                return self.made.take();
            }
            self.fresh.pop();
            self.at = 0;
            self.places.fill(0);
        }
        self.made.finish();
        self.made.take()
    }
}

/// What a join has made and not handed on. Full containers are consolidated here, so that duplicates die where they are made.
struct JoinOutput<T> {
    open: Updates<T>,
    /// All that one key gives waits here, be it never so much.
    ready: VecDeque<Chunk<T>>,
    /// Pairs looked at since the budget was.
    pairs: usize,
}

impl<T> Default for JoinOutput<T> {
    fn default() -> Self {
        JoinOutput { open: Updates::default(), ready: VecDeque::new(), pairs: 0 }
    }
}

impl<T: Time> JoinOutput<T> {
    #[inline]
    fn add(&mut self, pairing: &Pairing, sides: Sides, time: T, diff: i64) {
        let Pairing { program, sign, halt, .. } = pairing;
        self.pairs += 1;
        if self.pairs == PAIRS_PER_LOOK {
            self.pairs = 0;
            halt.account();
            halt.leave_if_stopped();
        }
        if program.make(sides, &mut self.open.words) {
            self.open.times.push(time);
            self.open.diffs.push(*sign as i64 * diff);
            (self.open.stride, self.open.key) = (program.stride(), program.key);
            if self.open.len() >= CHUNK_ROWS {
                self.fill();
            }
        }
    }

    #[cold]
    fn fill(&mut self) {
        consolidate(&mut self.open);
        if self.open.len() > CHUNK_ROWS / 2 {
            let next = Updates::with_capacity(self.open.stride, self.open.key, CHUNK_ROWS);
            self.ready.push_back(Chunk::new(std::mem::replace(&mut self.open, next)));
        }
        self.open.sorted = false;
    }

    #[inline(always)]
    fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    fn take(&mut self) -> Option<Updates<T>> {
        self.ready.pop_front().map(|chunk| chunk.rows)
    }

    /// What there is, is handed on.
    fn finish(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        consolidate(&mut open);
        if !open.is_empty() {
            self.ready.push_back(Chunk::new(open));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::BatchBuilder;
    use super::super::runtime::Budget;
    use super::super::sort::model::*;
    use super::*;
    use crate::expr::{Expr, Naming};
    use crate::plan::{Made, Shape, Src};
    use crate::types::Interner;
    use std::collections::BTreeSet;
    use timely::progress::Timestamp;

    #[test]
    fn output_is_consolidated_and_complete() {
        for seed in 0..10 {
            let mut dice = Dice(seed);
            let columns = [Src::Key(0), Src::Left(0), Src::Right(0)].map(|src| Made::Operand(Expr::Var(src))).to_vec();
            let program = Program::new(&Shape { filter: vec![], columns, key: 2 }, &Arc::new(Interner::new()), &Naming::none());
            let halt = Arc::new(Halt::new(Budget { iterations: 1, rows: 1 << 20, made: 1 << 30 }));
            let pairing = Pairing { program, key: 1, sign: Sign::Plus, halt };
            let range = 1 + dice.roll(60);
            let (mut expected, mut made) = (Net::new(), Net::new());
            let mut out: JoinOutput<u64> = JoinOutput::default();
            let mut check = |rows: &Updates<u64>| {
                assert!(is_consolidated(rows) && rows.sorted, "seed {seed}");
                assert_eq!((rows.stride, rows.key), (3, 2));
                add_to(&mut made, rows);
            };
            for _ in 0..dice.roll(40_000) {
                let row = [dice.roll(range), dice.roll(range), dice.roll(range)];
                let (time, diff) = (dice.roll(2), 1 - 2 * (dice.roll(2) as i64));
                *expected.entry((row.to_vec(), time)).or_default() += diff;
                out.add(&pairing, Sides { key: &row[..1], left: &row[1..2], right: &row[2..] }, time, diff);
                while let Some(rows) = out.take() {
                    check(&rows);
                }
            }
            out.finish();
            while let Some(rows) = out.take() {
                check(&rows);
            }
            expected.retain(|_, diff| *diff != 0);
            assert_eq!(made, expected, "seed {seed}");
        }
    }

    /// Batches of such rows, arranged by their first `key` columns.
    fn batches(rows: &[Vec<Word>], key: usize, parts: usize) -> Vec<Rc<Batch<Round>>> {
        let part = |part: usize| {
            let mut builder = BatchBuilder::default();
            let mine = rows.iter().skip(part).step_by(parts);
            mine.for_each(|row| builder.add(&row[..key], &row[key..], Round::minimum(), 1));
            builder.finish().map(Rc::new)
        };
        (0..parts).filter_map(part).collect()
    }

    #[test]
    fn rows_that_begin_alike_meet_however_they_are_arranged() {
        for seed in 0..60 {
            let mut dice = Dice(seed);
            let mut rows = |stride: usize| {
                let (many, range) = (dice.roll(60), 2 + dice.roll(6));
                let set: BTreeSet<Vec<Word>> = (0..many).map(|_| (0..stride).map(|_| dice.roll(range)).collect()).collect();
                Vec::from_iter(set)
            };
            let (left, right) = (rows(3), rows(2));
            let columns =
                [Src::Key(0), Src::Left(0), Src::Left(1), Src::Right(0)].map(|src| Made::Operand(Expr::Var(src))).to_vec();
            let program = Program::new(&Shape { filter: vec![], columns, key: 4 }, &Arc::new(Interner::new()), &Naming::none());
            let halt = Arc::new(Halt::new(Budget { iterations: 1, rows: 1 << 20, made: 1 << 30 }));
            let mut pairs = Pairs(Rc::new(Pairing { program, key: 1, sign: Sign::Plus, halt }));
            let pair =
                |l: &Vec<Word>| right.iter().filter(|r| r[0] == l[0]).map(|r| [&l[..], &r[1..]].concat()).collect::<Vec<_>>();
            let expected: BTreeSet<Vec<Word>> = left.iter().flat_map(pair).collect();
            for (keys, fresh) in
                [([1, 1], Fresh::Input0), ([3, 1], Fresh::Input1), ([1, 2], Fresh::Input0), ([3, 2], Fresh::Input1)]
            {
                let work = pairs.prep(batches(&left, keys[0], 2), batches(&right, keys[1], 3), fresh, Round::minimum());
                let made: Vec<Updates<Round>> = work.collect();
                let found = made.iter().flat_map(|rows| (0..rows.len()).map(|i| rows.row(i).to_vec())).collect::<BTreeSet<_>>();
                assert_eq!(found, expected, "seed {seed} {keys:?}");
                assert!(made.iter().flat_map(|rows| &rows.diffs).all(|diff| *diff == 1), "seed {seed} {keys:?}");
            }
        }
    }
}
