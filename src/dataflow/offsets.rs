//! [`Offsets`]: the bounds of lists in a batch, in no bytes where every list has one length, and few otherwise.
//!
//! Stored as an arithmetic run (0, s, 2s, ..), then repeats of its last number, then plain numbers of 32 bits and at last of 64. One
//! value per key and one update per value stay in the run.

use differential_dataflow::trace::implementations::BatchContainer;

#[derive(Default)]
pub struct Offsets {
    step: usize,
    run: usize,
    repeats: usize,
    short: Vec<u32>,
    long: Vec<u64>,
}

impl Offsets {
    fn in_run(&mut self, x: usize) -> bool {
        if self.repeats > 0 {
            return false;
        }
        match self.run {
            0 if x == 0 => {}
            1 if x > 0 => self.step = x,
            n if n > 1 && x == n * self.step => {}
            _ => return false,
        }
        self.run += 1;
        true
    }
}

impl BatchContainer for Offsets {
    type Owned = usize;
    type ReadItem<'a> = usize;

    fn into_owned(item: usize) -> usize {
        item
    }

    #[inline]
    fn push_ref(&mut self, x: usize) {
        if self.short.is_empty() && self.long.is_empty() {
            if self.in_run(x) {
                return;
            }
            if self.run > 0 && x == (self.run - 1) * self.step {
                self.repeats += 1;
                return;
            }
        }
        match u32::try_from(x) {
            Ok(x) if self.long.is_empty() => self.short.push(x),
            _ => self.long.push(x as u64),
        }
    }

    fn push_own(&mut self, item: &usize) {
        self.push_ref(*item);
    }

    fn clear(&mut self) {
        *self = Offsets::default();
    }

    fn with_capacity(_size: usize) -> Self {
        Offsets::default()
    }

    fn merge_capacity(_a: &Self, _b: &Self) -> Self {
        Offsets::default()
    }

    fn reborrow<'b, 'a: 'b>(item: usize) -> usize {
        item
    }

    #[inline(always)]
    fn index(&self, at: usize) -> usize {
        if at < self.run {
            return at * self.step;
        }
        if at < self.run + self.repeats {
            return (self.run - 1) * self.step;
        }
        let at = at - self.run - self.repeats;
        match self.short.get(at) {
            Some(&x) => x as usize,
            None => self.long[at - self.short.len()] as usize,
        }
    }

    fn len(&self) -> usize {
        self.run + self.repeats + self.short.len() + self.long.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_comes_back() {
        let big = 1usize << 33;
        let sequences: [&[usize]; 9] = [
            &[],
            &[0],
            &[0, 0, 0],
            &[0, 3, 6, 9],
            &[0, 1, 2, 2, 2],
            &[0, 1, 2, 2, 3, 3],
            &[0, 0, 5, 10],
            &[5, 6],
            &[0, 2, 4, big, 7, big + 1],
        ];
        for sequence in sequences {
            let mut offsets = Offsets::default();
            sequence.iter().for_each(|&x| offsets.push_ref(x));
            let back: Vec<usize> = (0..offsets.len()).map(|i| offsets.index(i)).collect();
            assert_eq!(back, sequence);
        }
    }

    #[test]
    fn regular_lists_cost_nothing() {
        let mut offsets = Offsets::default();
        (0..1000).for_each(|i| offsets.push_ref(i * 2));
        (0..1000).for_each(|_| offsets.push_ref(1998));
        assert_eq!((offsets.len(), offsets.short.len(), offsets.long.len()), (2000, 0, 0));
    }
}
