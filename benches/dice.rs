//! Seeded numbers: a stream of them ([`Dice`]), one for each place ([`Mix`]), and a shuffled range ([`Shuffle`]).
//!
//! The last two need no memory: the value at a place follows from the place, so ten million different rows can be made, and made
//! again, without being kept.

#[inline]
fn scramble(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(scramble(seed.wrapping_add(STEP)))
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        part(scramble(self.0), sides)
    }

    /// Does what happens this often happen now?
    pub fn chance(&mut self, per_thousand: u64) -> bool {
        self.roll(1_000) < per_thousand
    }
}

/// The even share of `sides` that a random word stands for.
#[inline]
fn part(word: u64, sides: u64) -> u64 {
    ((u128::from(word) * u128::from(sides)) >> 64) as u64
}

/// A random number for each (place, question).
#[derive(Clone, Copy)]
pub struct Mix(pub u64);

impl Mix {
    pub fn roll(self, place: u64, question: u64, sides: u64) -> u64 {
        part(scramble(scramble(self.0 ^ question.wrapping_mul(STEP)) ^ place.wrapping_mul(STEP)), sides)
    }
}

/// The numbers below `size` in a random order: a Feistel network over the next power of four, walked until it falls inside.
#[derive(Clone, Copy)]
pub struct Shuffle {
    size: u64,
    half: u32,
    seed: u64,
}

impl Shuffle {
    pub fn new(size: u64, seed: u64) -> Shuffle {
        let bits = 64 - size.max(2).saturating_sub(1).leading_zeros();
        Shuffle { size, half: bits.div_ceil(2), seed: scramble(seed.wrapping_add(STEP)) }
    }

    pub fn at(&self, place: u64) -> u64 {
        let mut x = place;
        loop {
            x = self.round_trip(x);
            if x < self.size {
                return x;
            }
        }
    }

    fn round_trip(&self, x: u64) -> u64 {
        let mask = (1u64 << self.half) - 1;
        let (mut left, mut right) = (x >> self.half, x & mask);
        for round in 0..4 {
            let mixed = scramble(right ^ self.seed.wrapping_add(STEP.wrapping_mul(round + 1)));
            (left, right) = (right, (left ^ mixed) & mask);
        }
        (left << self.half) | right
    }
}
