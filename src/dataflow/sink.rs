//! [`Sink`]: where rows of one export leave a recursion; they wait here until their epoch is complete.

use super::exchange::at_first;
use super::feed::Feed;
use super::sort::consolidate;
use super::time::Round;
use super::updates::{Delta, Updates};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::progress::Antichain;
use timely::progress::Timestamp;

pub struct Sink {
    arrived: Rc<RefCell<Arrived>>,
}

struct Arrived {
    /// Of each epoch: rounds are over.
    waiting: BTreeMap<u64, Delta>,
    /// Nothing before it will come.
    frontier: Antichain<Round>,
}

impl Sink {
    /// Of all that the feeds give. It comes to the first worker.
    pub fn new(feeds: &[Feed<'_, Round>]) -> Sink {
        let frontier = Antichain::from_elem(Round::minimum());
        let arrived = Rc::new(RefCell::new(Arrived { waiting: BTreeMap::new(), frontier }));
        let arriving = arrived.clone();
        let scope = feeds.first().expect("an export has at least one feed").rows.inner.scope();
        let mut builder = OperatorBuilder::new("Sink".to_string(), scope);
        let mut inputs = Vec::with_capacity(feeds.len());
        for feed in feeds {
            inputs.push((builder.new_input(feed.rows.inner.clone(), at_first()), feed.pipe.clone()));
        }
        builder.build(move |_capabilities| {
            move |frontiers| {
                let mut arrived = arriving.borrow_mut();
                for (input, pipe) in &mut inputs {
                    input.for_each(|_stamp, rows: &mut Updates<Round>| {
                        pipe.pass(rows);
                        keep(&mut arrived.waiting, std::mem::take(rows));
                    });
                }
                arrived.frontier.clear();
                for input in frontiers {
                    arrived.frontier.extend(input.frontier().iter().copied());
                }
            }
        });
        Sink { arrived }
    }

    /// Has all arrived that comes in this epoch or before it?
    pub fn is_past(&self, epoch: u64) -> bool {
        self.arrived.borrow().frontier.elements().iter().all(|time| time.inner.outer > epoch)
    }

    /// Takes the change of each epoch, consolidated.
    pub fn take(&self) -> BTreeMap<u64, Delta> {
        let mut all = std::mem::take(&mut self.arrived.borrow_mut().waiting);
        all.values_mut().for_each(consolidate);
        all
    }
}

/// Two rounds of one row become one time.
fn keep(waiting: &mut BTreeMap<u64, Delta>, rows: Updates<Round>) {
    let Some(epoch) = rows.times.first().map(|time| time.inner.outer) else { return };
    let form = || Delta::new(rows.stride, rows.key);
    if rows.times.iter().all(|time| time.inner.outer == epoch) {
        let times = vec![(); rows.len()];
        let all = waiting.entry(epoch).or_insert_with(form);
        all.merge(Delta { words: rows.words, stride: rows.stride, key: rows.key, times, diffs: rows.diffs, sorted: false });
        return;
    }
    for (i, time) in rows.times.iter().enumerate() {
        waiting.entry(time.inner.outer).or_insert_with(form).push(rows.row(i), (), rows.diffs[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sort::model::*;
    use super::super::time::round;
    use super::*;

    #[test]
    fn each_epoch_is_kept_by_itself() {
        for seed in 0..60 {
            let mut dice = Dice(seed);
            let stride = dice.roll(3) as usize;
            let (mut waiting, mut expected) = (BTreeMap::new(), Net::new());
            for _ in 0..4 {
                let many = dice.roll(30) as usize;
                let mut rows = random(&mut dice, stride, many);
                let epochs = 1 + dice.roll(3);
                rows.times.iter_mut().for_each(|time| *time %= epochs);
                add_to(&mut expected, &rows);
                let times = rows.times.iter().map(|epoch| round(*epoch, dice.roll(4) as u32)).collect();
                keep(&mut waiting, Updates { words: rows.words, stride, key: 0, times, diffs: rows.diffs, sorted: true });
            }
            let mut found = Net::new();
            for (epoch, mut rows) in waiting {
                consolidate(&mut rows);
                for i in 0..rows.len() {
                    *found.entry((rows.row(i).to_vec(), epoch)).or_default() += rows.diffs[i];
                }
            }
            assert_eq!(found, expected, "seed {seed}");
        }
    }
}
