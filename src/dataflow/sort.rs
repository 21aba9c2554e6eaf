//! [`consolidate`]: rows of a container sorted by (row, time), equal ones added up, zeros gone.
//!
//! Rows of up to two words are packed with their number into one integer each and sorted as integers; wider ones sort their numbers.

use super::rows::compare_rows;
use super::updates::Updates;

pub fn consolidate<T: Ord + Copy>(updates: &mut Updates<T>) {
    if updates.sorted {
        return;
    }
    match (updates.len(), updates.stride) {
        (0, _) => {}
        (1, _) => {
            if updates.diffs[0] == 0 {
                updates.pop();
            }
        }
        (_, 0 | 1) => *updates = sorted_by(updates, |row| row.first().copied().unwrap_or(0)),
        (_, 2) => *updates = sorted_by(updates, |row| (u128::from(row[0]) << 64) | u128::from(row[1])),
        _ => *updates = sorted_wide(updates),
    }
    updates.sorted = true;
}

fn sorted_by<T: Ord + Copy, P: Ord>(updates: &Updates<T>, pack: impl Fn(&[u64]) -> P) -> Updates<T> {
    let mut order: Vec<(P, u32)> = (0..updates.len()).map(|i| (pack(updates.row(i)), i as u32)).collect();
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| time_of(updates, a.1).cmp(&time_of(updates, b.1))));
    added_up(updates, order.into_iter().map(|(_, i)| i as usize))
}

fn sorted_wide<T: Ord + Copy>(updates: &Updates<T>) -> Updates<T> {
    let mut order: Vec<u32> = (0..updates.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| {
        compare_rows(updates.row(a as usize), updates.row(b as usize)).then_with(|| time_of(updates, a).cmp(&time_of(updates, b)))
    });
    added_up(updates, order.into_iter().map(|i| i as usize))
}

fn time_of<T: Ord + Copy>(updates: &Updates<T>, at: u32) -> T {
    updates.times[at as usize]
}

/// The rows in this order, neighbours of one row and time as one.
fn added_up<T: Ord + Copy>(updates: &Updates<T>, order: impl Iterator<Item = usize>) -> Updates<T> {
    let mut out = Updates::with_capacity(updates.stride, updates.key, updates.len());
    for i in order {
        match out.len().checked_sub(1) {
            Some(last) if out.times[last] == updates.times[i] && out.row(last) == updates.row(i) => {
                out.diffs[last] += updates.diffs[i];
            }
            _ => {
                drop_last_zero(&mut out);
                out.push_from(updates, i);
            }
        }
    }
    drop_last_zero(&mut out);
    out
}

fn drop_last_zero<T: Ord + Copy>(updates: &mut Updates<T>) {
    if updates.diffs.last() == Some(&0) {
        updates.pop();
    }
}

/// A small repeatable source of numbers and the naive model, for the tests of this folder.
#[cfg(test)]
pub mod model {
    use super::super::time::Time;
    use super::*;
    use std::collections::BTreeMap;

    pub struct Dice(pub u64);

    impl Dice {
        pub fn roll(&mut self, sides: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % sides
        }
    }

    pub type Net<T> = BTreeMap<(Vec<u64>, T), i64>;

    pub fn random(dice: &mut Dice, stride: usize, rows: usize) -> Updates<u64> {
        let mut updates = Updates::new(stride, stride / 2);
        for _ in 0..rows {
            let row: Vec<u64> = (0..stride).map(|_| dice.roll(5)).collect();
            updates.push(&row, dice.roll(3), dice.roll(3) as i64 - 1);
        }
        updates
    }

    pub fn add_to<T: Time>(net: &mut Net<T>, updates: &Updates<T>) {
        for i in 0..updates.len() {
            *net.entry((updates.row(i).to_vec(), updates.times[i])).or_default() += updates.diffs[i];
        }
        net.retain(|_, diff| *diff != 0);
    }

    pub fn net<T: Time>(updates: &Updates<T>) -> Net<T> {
        let mut net = Net::new();
        add_to(&mut net, updates);
        net
    }

    /// Is it in order, with no pair twice and no zero?
    pub fn is_consolidated<T: Time>(updates: &Updates<T>) -> bool {
        let pair = |i: usize| (updates.row(i), updates.times[i]);
        updates.diffs.iter().all(|diff| *diff != 0) && (1..updates.len()).all(|i| pair(i - 1) < pair(i))
    }
}

#[cfg(test)]
mod tests {
    use super::model::*;
    use super::*;

    #[test]
    fn consolidation_keeps_the_sum_at_every_stride() {
        for seed in 0..60 {
            let mut dice = Dice(seed);
            for stride in 0..5 {
                let rows = dice.roll(80) as usize;
                let before = random(&mut dice, stride, rows);
                let mut after = before.clone();
                consolidate(&mut after);
                assert!(is_consolidated(&after), "seed {seed} stride {stride}");
                assert_eq!(net(&after), net(&before), "seed {seed} stride {stride}");
                assert_eq!((after.stride, after.key), (before.stride, before.key));
            }
        }
    }

    #[test]
    fn large_words_keep_their_order() {
        let mut updates = Updates::new(2, 1);
        [[u64::MAX, 0], [0, u64::MAX], [1, 0], [0, 1]].iter().for_each(|row| updates.push(row, 0u64, 1));
        consolidate(&mut updates);
        assert_eq!(updates.words, [0, 1, 0, u64::MAX, 1, 0, u64::MAX, 0]);
    }
}
