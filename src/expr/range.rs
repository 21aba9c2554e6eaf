//! `range(a, b)` and `range(a, b, step)`: the values from `a` up to `b` and without it, or down to it.
//!
//! Without a step it is 1, or -1 where `b` is less. A step of nothing gives `a` alone, if `a` is not `b`.

use crate::types::{Kind, Word, float_of, number_of, word_of_float, word_of_number};
use std::ops::ControlFlow;

/// A range whose ends are known.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub kind: Kind,
    pub from: Word,
    pub to: Word,
    pub step: Option<Word>,
}

impl Range {
    /// Every value, in order, until somebody has enough.
    pub fn each(&self, visit: &mut impl FnMut(Word) -> ControlFlow<()>) -> ControlFlow<()> {
        if self.kind == Kind::Float {
            return self.each_float(visit);
        }
        let (from, to, step) = self.integers();
        let mut at = from;
        while if step < 0 { at > to } else { at < to || step == 0 && at != to } {
            visit(self.word(at))?;
            if step == 0 {
                break;
            }
            at += step;
            if !self.fits(at) {
                break;
            }
        }
        ControlFlow::Continue(())
    }

    fn each_float(&self, visit: &mut impl FnMut(Word) -> ControlFlow<()>) -> ControlFlow<()> {
        let (from, to) = (float_of(self.from), float_of(self.to));
        let step = self.step.map_or(if from <= to { 1.0 } else { -1.0 }, float_of);
        let mut at = from;
        while if step < 0.0 { at > to } else { at < to || step == 0.0 && at != to } {
            visit(word_of_float(at))?;
            let next = at + step;
            // Too small a step changes nothing.
            if next == at {
                break;
            }
            at = next;
        }
        ControlFlow::Continue(())
    }

    /// Is it one of the values?
    pub fn holds(&self, value: Word) -> bool {
        if self.kind == Kind::Float {
            return self
                .each(&mut |other| if other == value { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
                .is_break();
        }
        let ((from, to, step), value) = (self.integers(), self.integer(value));
        match step {
            0 => value == from && from != to,
            _ if step < 0 => value <= from && value > to && (from - value) % step == 0,
            _ => value >= from && value < to && (value - from) % step == 0,
        }
    }

    /// In so many bits that no step overflows.
    fn integers(&self) -> (i128, i128, i128) {
        let (from, to) = (self.integer(self.from), self.integer(self.to));
        let step = self.step.map_or(if from <= to { 1 } else { -1 }, |step| self.integer(step));
        (from, to, step)
    }

    fn integer(&self, word: Word) -> i128 {
        if self.kind == Kind::Unsigned { i128::from(word) } else { i128::from(number_of(word)) }
    }

    fn word(&self, x: i128) -> Word {
        if self.kind == Kind::Unsigned { x as u64 } else { word_of_number(x as i64) }
    }

    fn fits(&self, x: i128) -> bool {
        if self.kind == Kind::Unsigned { u64::try_from(x).is_ok() } else { i64::try_from(x).is_ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(range: Range) -> Vec<Word> {
        let mut values = Vec::new();
        let _ = range.each(&mut |word| {
            values.push(word);
            ControlFlow::Continue(())
        });
        values
    }

    #[test]
    fn a_range_holds_what_it_gives() {
        for (from, to, step) in
            [(0, 4, None), (4, 0, None), (0, 9, Some(4)), (9, 0, Some(-4)), (3, 3, None), (3, 5, Some(0)), (0, 3, Some(-1))]
        {
            let n = word_of_number;
            let range = Range { kind: Kind::Number, from: n(from), to: n(to), step: step.map(n) };
            let given = values(range);
            for x in -2..12 {
                assert_eq!(range.holds(n(x)), given.contains(&n(x)), "{x} in {range:?}");
            }
        }
        let n = word_of_number;
        let numbers = |from, to, step: Option<i64>| {
            values(Range { kind: Kind::Number, from: n(from), to: n(to), step: step.map(n) })
                .into_iter()
                .map(number_of)
                .collect::<Vec<_>>()
        };
        assert_eq!(numbers(0, 3, None), [0, 1, 2]);
        assert_eq!(numbers(3, 0, None), [3, 2, 1]);
        assert_eq!(numbers(0, 7, Some(3)), [0, 3, 6]);
        assert_eq!(numbers(7, 7, Some(0)), Vec::<i64>::new());
        assert_eq!(numbers(7, 8, Some(0)), [7]);
        assert_eq!(numbers(i64::MAX - 2, i64::MAX, Some(2)), [i64::MAX - 2]);
        assert_eq!(values(Range { kind: Kind::Unsigned, from: 2, to: 0, step: None }), [2, 1]);
    }

    #[test]
    fn floats_end_where_a_step_changes_nothing() {
        let f = word_of_float;
        let range = |from, to, step: Option<f64>| Range { kind: Kind::Float, from: f(from), to: f(to), step: step.map(f) };
        assert_eq!(values(range(0.0, 1.0, Some(0.5))), [f(0.0), f(0.5)]);
        assert_eq!(values(range(1.5, 0.0, None)), [f(1.5), f(0.5)]);
        assert_eq!(values(range(1e300, 2e300, None)), [f(1e300)]);
        assert!(values(range(0.0, f64::NAN, None)).is_empty());
    }
}
