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
            return self.holds_float(float_of(value));
        }
        let ((from, to, step), value) = (self.integers(), self.integer(value));
        match step {
            0 => value == from && from != to,
            _ if step < 0 => value <= from && value > to && (from - value) % step == 0,
            _ => value >= from && value < to && (value - from) % step == 0,
        }
    }

    /// As [`Range::each_float`] walks, but over many steps at once: it goes on where the value may be one of the next ones.
    fn holds_float(&self, value: f64) -> bool {
        let (from, to) = (float_of(self.from), float_of(self.to));
        let step = self.step.map_or(if from <= to { 1.0 } else { -1.0 }, float_of);
        let is_within = |x: f64| if step < 0.0 { x > to } else { x < to };
        if step == 0.0 {
            return value == from && from != to;
        }
        let mut at = from;
        while is_within(at) && at != value && (at < value) == (step > 0.0) {
            let next = at + step;
            if next == at {
                return false;
            }
            at = leap(next, step, value);
        }
        is_within(at) && at == value
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

/// Takes many steps at once, never past the value: as long as the exponent stays, each step changes the number by the same count of its last
/// places, in whatever way it is rounded. Stays where that is not sure.
fn leap(at: f64, step: f64, value: f64) -> f64 {
    let (next, after) = (at + step, at + step + step);
    let exponent = |x: f64| x.abs().to_bits() >> (f64::MANTISSA_DIGITS - 1);
    let is_alike = |x: f64| exponent(x) == exponent(at) && x.is_sign_negative() == at.is_sign_negative();
    let places = |x: f64| x.abs().to_bits() as i64;
    let (now, by) = (places(at), places(next) - places(at));
    // A half is rounded to the even neighbour: the step after that one shows whether this goes on.
    if by == 0 || !is_alike(next) || !is_alike(after) || places(after) - places(next) != by {
        return at;
    }
    let least = (exponent(at) << (f64::MANTISSA_DIGITS - 1)) as i64;
    let most = least + (1 << (f64::MANTISSA_DIGITS - 1)) - 1;
    // Not to the border: there it is rounded otherwise.
    let mut room = if by > 0 { most - now } else { now - least };
    if is_alike(value) {
        room = room.min((places(value) - now).abs());
    }
    let steps = (room / by.abs() - 2).max(0);
    let far = f64::from_bits((now + steps * by) as u64);
    if at.is_sign_negative() { -far } else { far }
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

    /// Every value that is walked to is held, and its neighbours only if they are walked to as well; in no time where nobody could walk.
    #[test]
    fn a_float_range_holds_what_it_walks_to() {
        let f = word_of_float;
        let range = |from, to, step: f64| Range { kind: Kind::Float, from: f(from), to: f(to), step: Some(f(step)) };
        let steps = [0.1, 0.3, 1.0, 7.7, 1e-3, 0.015625, 3.0000000000000004, 1.5e-5];
        for (i, (from, to)) in
            [(0.0, 9.0), (-3.3, 2.1), (1e15, 1e15 + 700.0), (-70.0, -60.0), (1e-300, 0.01)].into_iter().enumerate()
        {
            for step in steps.into_iter().filter(|step| (to - from) / step < 700_000.0) {
                for range in [range(from, to, step), range(to, from, -step)] {
                    let given = values(range);
                    let all: std::collections::HashSet<Word> = given.iter().copied().collect();
                    for word in given.iter().copied().step_by(1 + given.len() / 300) {
                        let x = float_of(word);
                        for near in
                            [x, f64::from_bits(x.to_bits() + 1), f64::from_bits(x.to_bits().wrapping_sub(1)), x + step / 2.0, to]
                        {
                            assert_eq!(range.holds(f(near)), all.contains(&f(near)), "{near} in {range:?} ({i})");
                        }
                    }
                }
            }
        }
        assert!(range(0.0, 1e18, 1.0).holds(f(9e15)) && !range(0.0, 1e18, 1.0).holds(f(9.1e15)));
        assert!(!range(0.0, f64::INFINITY, 1e-9).holds(f(1e300)));
        assert!(range(-1e15, 1e15, 0.5).holds(f(123_456_789.5)) && !range(-1e15, 1e15, 0.5).holds(f(0.25)));
    }
}
