//! [`Feed`]: rows on their way to who reads them, with what is still to be made of them. A node that only filters, makes columns or puts
//! rows together is no operator of its own: its readers do it as the rows come in.
//!
//! What an epoch costs is the number of operators far more than the number of rows, so an operator that can be saved is.

use super::arrange::Rows;
use super::shape::{Program, Sides};
use super::time::Time;
use super::updates::Updates;
use crate::types::Word;

/// What is made of each row, step by step, and how many leading columns of the outcome are the key.
#[derive(Clone)]
pub struct Pipe {
    /// Each with how many leading columns of what it reads are the key.
    steps: Vec<(usize, Program)>,
    pub key: usize,
}

/// Rows and what is to be made of them.
#[derive(Clone)]
pub struct Feed<'s, T: Time> {
    pub rows: Rows<'s, T>,
    pub pipe: Pipe,
}

impl<'s, T: Time> Feed<'s, T> {
    /// The rows as they are.
    pub fn plain(rows: Rows<'s, T>, key: usize) -> Self {
        Feed { rows, pipe: Pipe::plain(key) }
    }

    /// One step more.
    pub fn then(mut self, program: Program) -> Self {
        let key = std::mem::replace(&mut self.pipe.key, program.key);
        self.pipe.steps.push((key, program));
        self
    }

    /// With another number of leading columns as the key.
    pub fn under(mut self, key: usize) -> Self {
        self.pipe.key = key;
        self
    }
}

impl Pipe {
    pub fn plain(key: usize) -> Pipe {
        Pipe { steps: Vec::new(), key }
    }

    pub fn is_plain(&self) -> bool {
        self.steps.is_empty()
    }

    /// Makes of a container what it is read as. Filters may leave it empty.
    pub fn pass<T: Time>(&self, rows: &mut Updates<T>) {
        for (key, step) in &self.steps {
            if !step.is_identity(*key, rows.stride) {
                *rows = made(rows, *key, step);
            }
        }
        rows.key = self.key;
    }

    /// What a row becomes, in `scratch`; `None` if it is left out.
    pub fn row_of<'a>(&self, row: &'a [Word], scratch: &'a mut [Vec<Word>; 2]) -> Option<&'a [Word]> {
        let [current, next] = scratch;
        for (i, (key, step)) in self.steps.iter().enumerate() {
            let (key, left) = if i == 0 { row.split_at(*key) } else { current.split_at(*key) };
            next.clear();
            if !step.make(Sides { key, left, right: &[] }, next) {
                return None;
            }
            std::mem::swap(current, next);
        }
        Some(if self.steps.is_empty() { row } else { current })
    }
}

/// So many rows show how many a filter lets pass.
const SAMPLE: usize = 4_096;

/// The rows that the program makes of these, whose first `key` columns it takes as the key.
pub fn made<T: Copy>(rows: &Updates<T>, key: usize, program: &Program) -> Updates<T> {
    let room = if program.has_filter() { 0 } else { rows.len() };
    let mut out = Updates::with_capacity(program.stride(), program.key, room);
    for i in 0..rows.len() {
        if i == SAMPLE && program.has_filter() {
            out.reserve((rows.len() - SAMPLE) / SAMPLE * out.len());
        }
        let (key, left) = rows.row(i).split_at(key);
        if program.make(Sides { key, left, right: &[] }, &mut out.words) {
            out.times.push(rows.times[i]);
            out.diffs.push(rows.diffs[i]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Expr, Naming};
    use crate::plan::{Made, Shape, Src};
    use crate::types::Interner;
    use std::sync::Arc;

    /// A node that only takes another key is no step; the one behind it reads by that key.
    #[test]
    fn a_step_reads_by_the_key_before_it() {
        let columns = vec![Made::Operand(Expr::Var(Src::Left(0))), Made::Operand(Expr::Var(Src::Key(0)))];
        let program = Program::new(&Shape { filter: vec![], columns, key: 2 }, &Arc::new(Interner::new()), &Naming::none());
        let pipe = Pipe { steps: vec![(1, program.clone())], key: 1 };
        let mut rows: Updates<u64> = Updates::new(2, 2);
        rows.push(&[7, 8], 0, 1);
        assert_eq!(pipe.row_of(rows.row(0), &mut [Vec::new(), Vec::new()]), Some(&[8, 7][..]));
        pipe.pass(&mut rows);
        assert_eq!((&rows.words[..], rows.key), (&[8, 7][..], 1));
    }
}
