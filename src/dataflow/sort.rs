//! [`consolidate`]: rows of a container sorted by (row, time), equal ones added up, zeros gone.
//!
//! What is sorted are integers: the leading columns of each row, less what all rows have in common, and the row's number. Mostly the whole
//! row fits into one, and the rows are made of these integers again, so that nobody has to fetch them from all over the memory; where it
//! does not fit, rows that begin alike are compared. Few rows are compared right away, and rows in order stay where they are.

use super::rows::{are_equal, compare_rows, ranges_of_columns};
use super::updates::Updates;
use crate::types::Word;
use smallvec::SmallVec;
use std::cmp::Ordering;

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
        _ if is_in_order(updates) => {}
        _ => *updates = sorted(updates),
    }
    updates.sorted = true;
}

/// Nothing to do; mostly the first rows tell that it is not so.
fn is_in_order<T: Ord + Copy>(updates: &Updates<T>) -> bool {
    let pair = |a: usize, b: usize| {
        compare_rows(updates.row(a), updates.row(b)).then_with(|| updates.times[a].cmp(&updates.times[b])).is_lt()
    };
    (1..updates.len()).all(|i| pair(i - 1, i)) && updates.diffs.iter().all(|diff| *diff != 0)
}

/// Rows of which what they have in common is not worth a look.
const FEW: usize = 12;

/// Bits of a row's number.
const NUMBER: u32 = 32;

/// How the leading columns of some rows are packed before their numbers: as many bits as are left, so that the order stays.
struct Beginning {
    /// Of each column the least word, how many bits of what is above it are taken, and how many lower ones are not.
    columns: SmallVec<[(Word, u32, u32); 6]>,
    /// Is nothing left out?
    is_whole: bool,
}

impl Beginning {
    fn of<T>(rows: &Updates<T>) -> Beginning {
        let mut beginning = Beginning { columns: SmallVec::new(), is_whole: true };
        let mut left = u128::BITS - NUMBER;
        for (least, greatest) in ranges_of_columns(&rows.words, rows.stride) {
            let bits = Word::BITS - (greatest - least).leading_zeros();
            let taken = bits.min(left);
            left -= taken;
            if taken < bits {
                beginning.is_whole = false;
            }
            if taken == 0 && bits > 0 {
                break;
            }
            beginning.columns.push((least, taken, bits - taken));
        }
        beginning
    }

    #[inline(always)]
    fn pack(&self, row: &[Word], number: usize) -> u128 {
        let columns = self.columns.iter().zip(row);
        let packed =
            columns.fold(0, |packed, ((least, taken, lower), word)| (packed << taken) | u128::from((word - least) >> lower));
        (packed << NUMBER) | number as u128
    }

    /// Appends the row that was packed. Only of whole ones.
    #[inline(always)]
    fn unpack(&self, packed: u128, row: &mut Vec<Word>) {
        let mut left = self.columns.iter().map(|(_, taken, _)| taken).sum::<u32>() + NUMBER;
        row.extend(self.columns.iter().map(|(least, taken, _)| {
            // A column that is the same everywhere takes no bit, and there may be none above it.
            if *taken == 0 {
                return *least;
            }
            left -= taken;
            let mask = (1_u128 << taken) - 1;
            least + ((packed >> left) & mask) as Word
        }));
    }
}

fn sorted<T: Ord + Copy>(updates: &Updates<T>) -> Updates<T> {
    if updates.len() <= FEW {
        let mut order: SmallVec<[usize; FEW]> = (0..updates.len()).collect();
        let times = |a: usize, b: usize| updates.times[a].cmp(&updates.times[b]);
        order.sort_unstable_by(|a, b| compare_rows(updates.row(*a), updates.row(*b)).then_with(|| times(*a, *b)));
        return added_up(updates, order.into_iter());
    }
    let beginning = Beginning::of(updates);
    let mut order: Vec<u128> = (0..updates.len()).map(|i| beginning.pack(updates.row(i), i)).collect();
    let rest = |a: usize, b: usize| {
        let rows = if beginning.is_whole { Ordering::Equal } else { compare_rows(updates.row(a), updates.row(b)) };
        rows.then_with(|| updates.times[a].cmp(&updates.times[b]))
    };
    if beginning.is_whole && size_of::<T>() == 0 {
        // Equal ones are added up in whatever order.
        order.sort_unstable();
    } else {
        order.sort_unstable_by(|a, b| (a >> NUMBER).cmp(&(b >> NUMBER)).then_with(|| rest(number_of(*a), number_of(*b))));
    }
    if beginning.is_whole { unpacked(updates, &beginning, &order) } else { added_up(updates, order.into_iter().map(number_of)) }
}

fn number_of(packed: u128) -> usize {
    packed as u32 as usize
}

/// The rows in this order, neighbours of one row and time as one.
fn added_up<T: Ord + Copy>(updates: &Updates<T>, order: impl Iterator<Item = usize>) -> Updates<T> {
    let mut out = Updates::with_capacity(updates.stride, updates.key, updates.len());
    for i in order {
        match out.len().checked_sub(1) {
            Some(last) if out.times[last] == updates.times[i] && are_equal(out.row(last), updates.row(i)) => {
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

/// The same of rows that were packed whole.
fn unpacked<T: Ord + Copy>(updates: &Updates<T>, beginning: &Beginning, order: &[u128]) -> Updates<T> {
    let mut out = Updates::with_capacity(updates.stride, updates.key, updates.len());
    let mut before = None;
    for packed in order {
        let (row, i) = (packed >> NUMBER, number_of(*packed));
        match out.len().checked_sub(1) {
            Some(last) if before == Some(row) && out.times[last] == updates.times[i] => out.diffs[last] += updates.diffs[i],
            _ => {
                drop_last_zero(&mut out);
                beginning.unpack(*packed, &mut out.words);
                out.times.push(updates.times[i]);
                out.diffs.push(updates.diffs[i]);
            }
        }
        before = Some(row);
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

    /// Columns of all widths, so that a row fits, or its beginning ends within a column or at one.
    #[test]
    fn rows_of_wide_words_are_sorted_as_a_whole() {
        for seed in 0..300 {
            let mut dice = Dice(seed);
            let stride = 1 + dice.roll(4) as usize;
            let bits: Vec<u64> = (0..stride).map(|_| [0, 3, 16, 31, 32, 33, 63, 64][dice.roll(8) as usize]).collect();
            let mut before: Updates<u64> = Updates::new(stride, 0);
            for _ in 0..60 {
                // Few values of all sizes, so that many rows begin alike.
                let word = |bits: &u64| if *bits == 0 { 7 } else { (dice.roll(2) << (bits - 1)) ^ dice.roll(3) };
                let row: Vec<u64> = bits.iter().map(word).collect();
                before.push(&row, 1, 1);
            }
            let mut after = before.clone();
            consolidate(&mut after);
            assert!(is_consolidated(&after), "seed {seed}");
            assert_eq!(net(&after), net(&before), "seed {seed}");
        }
    }

    /// What is the same in all rows, before columns that take all the bits there are.
    #[test]
    fn columns_without_a_bit_stand_before_full_ones() {
        for full in [[64, 32], [32, 64], [64, 31], [64, 33]] {
            let mut before: Updates<u64> = Updates::new(4, 0);
            for i in (0..40_u64).rev() {
                let word = |bits: u32| if i == 0 { 0 } else { u64::MAX >> (64 - bits) >> (i % 7) };
                before.push(&[7, word(full[0]), word(full[1]), 9], 1, 1);
            }
            let mut after = before.clone();
            consolidate(&mut after);
            assert!(is_consolidated(&after), "{full:?}");
            assert_eq!(net(&after), net(&before), "{full:?}");
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
