//! Joins of two arrangements under one key. One instance of the code per kind of second side, however many rules there are.

use super::arrange::{Arrangement, Entered, Rows};
use super::batcher::Chunk;
use super::halt::Halt;
use super::rows::{Keys, RowRef};
use super::shape::{Program, Sides};
use super::sort::consolidate;
use super::time::Time;
use super::updates::Updates;
use crate::limits::{CHUNK_ROWS, PAIRS_PER_LOOK};
use differential_dataflow::AsCollection;
use differential_dataflow::operators::join::join_traces;
use std::collections::VecDeque;
use std::sync::Arc;
use timely::container::ContainerBuilder;
use timely::progress::timestamp::Refines;

/// The second side of a join.
#[derive(Clone)]
pub enum Side<'s, T: Time + Refines<u64>> {
    Here(Arrangement<'s, T>),
    Outside(Entered<'s, T>),
}

/// Which side of the plan's join the first one here is.
#[derive(Clone, Copy)]
pub enum First {
    Left,
    Right,
}

/// What a join has made and not handed on. Full containers are consolidated here, so that duplicates die where they are made.
pub struct JoinOutput<T> {
    open: Updates<T>,
    /// All that one key gives waits here, be it never so much.
    ready: VecDeque<Chunk<T>>,
    /// Pairs looked at since the budget was.
    pairs: usize,
    given: Updates<T>,
}

impl<T> Default for JoinOutput<T> {
    fn default() -> Self {
        JoinOutput { open: Updates::default(), ready: VecDeque::new(), pairs: 0, given: Updates::default() }
    }
}

impl<T: Time> JoinOutput<T> {
    #[inline]
    fn add(&mut self, program: &Program, halt: &Halt, sides: Sides, time: T, diff: i64) {
        self.pairs += 1;
        if self.pairs == PAIRS_PER_LOOK {
            self.pairs = 0;
            halt.account();
            halt.leave_if_stopped();
        }
        if program.make(sides, &mut self.open.words) {
            self.open.times.push(time);
            self.open.diffs.push(diff);
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
}

impl<T: Time> ContainerBuilder for JoinOutput<T> {
    type Container = Updates<T>;

    fn extract(&mut self) -> Option<&mut Updates<T>> {
        self.given = self.ready.pop_front()?.rows;
        Some(&mut self.given)
    }

    fn finish(&mut self) -> Option<&mut Updates<T>> {
        if !self.open.is_empty() {
            let mut open = self.open.take();
            consolidate(&mut open);
            if !open.is_empty() {
                self.ready.push_back(Chunk::new(open));
            }
        }
        self.extract()
    }
}

/// Whether what joins is there, or is taken away from what else is there.
#[derive(Clone, Copy)]
pub enum Sign {
    Plus = 1,
    Minus = -1,
}

/// One side is always from here: a join of two things from outside belongs outside.
pub fn join<'s, T: Time + Refines<u64>>(
    first: Arrangement<'s, T>,
    second: Side<'s, T>,
    order: First,
    program: Program,
    sign: Sign,
    halt: Arc<Halt>,
) -> Rows<'s, T> {
    let sign = sign as i64;
    let logic = move |key: RowRef, first: RowRef, second: RowRef, time: T, d1: &i64, d2: &i64, out: &mut JoinOutput<T>| {
        let (left, right) = match order {
            First::Left => (first.0, second.0),
            First::Right => (second.0, first.0),
        };
        out.add(&program, &halt, Sides { key: key.0, left, right }, time, sign * d1 * d2);
    };
    match second {
        Side::Here(second) => join_traces::<_, _, Keys, _, JoinOutput<T>>(first, second, "Join", logic),
        Side::Outside(second) => join_traces::<_, _, Keys, _, JoinOutput<T>>(first, second, "JoinOutside", logic),
    }
    .as_collection()
}

#[cfg(test)]
mod tests {
    use super::super::runtime::Budget;
    use super::super::sort::model::*;
    use super::*;
    use crate::expr::Expr;
    use crate::plan::{Made, Shape, Src};
    use crate::types::Interner;

    #[test]
    fn output_is_consolidated_and_complete() {
        for seed in 0..10 {
            let mut dice = Dice(seed);
            let columns = [Src::Key(0), Src::Left(0), Src::Right(0)].map(|src| Made::Operand(Expr::Var(src))).to_vec();
            let program = Program::new(&Shape { filter: vec![], columns, key: 2 }, &Arc::new(Interner::new()));
            let halt = Halt::new(Budget { iterations: 1, rows: 1 << 20 });
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
                out.add(&program, &halt, Sides { key: &row[..1], left: &row[1..2], right: &row[2..] }, time, diff);
                while let Some(rows) = out.extract() {
                    check(rows);
                }
            }
            while let Some(rows) = out.finish() {
                check(rows);
            }
            expected.retain(|_, diff| *diff != 0);
            assert_eq!(made, expected, "seed {seed}");
        }
    }
}
