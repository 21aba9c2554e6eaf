//! [`Sink`]: where rows of one export leave a recursion; they wait here until their epoch is complete.

use super::arrange::Rows;
use super::sort::consolidate;
use super::updates::Updates;
use std::cell::RefCell;
use std::rc::Rc;
use timely::container::NoopBuilder;
use timely::dataflow::ProbeHandle;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Probe;
use timely::dataflow::operators::generic::operator::Operator;

pub struct Sink {
    waiting: Rc<RefCell<Updates<u64>>>,
}

impl Sink {
    /// The probe is behind the sink: what it says is complete has arrived here.
    pub fn new(rows: Rows<'_, u64>, stride: usize, probe: &ProbeHandle<u64>) -> Sink {
        let waiting = Rc::new(RefCell::new(Updates::new(stride, stride)));
        let arriving = waiting.clone();
        rows.inner
            .unary::<NoopBuilder<Updates<u64>>, _, _, _>(Pipeline, "Sink", move |_, _| {
                move |input, _output| {
                    input.for_each(|_stamp, rows: &mut Updates<u64>| arriving.borrow_mut().merge(std::mem::take(rows)));
                }
            })
            .probe_with(probe);
        Sink { waiting }
    }

    /// Takes the changes before `frontier`, consolidated.
    pub fn take_before(&self, frontier: u64) -> Updates<u64> {
        let mut waiting = self.waiting.borrow_mut();
        take_before(&mut waiting, frontier)
    }
}

fn take_before(waiting: &mut Updates<u64>, frontier: u64) -> Updates<u64> {
    let all = waiting.take();
    if all.times.iter().all(|time| *time < frontier) {
        return consolidated(all);
    }
    let mut ready = Updates::new(all.stride, all.key);
    for i in 0..all.len() {
        let to = if all.times[i] < frontier { &mut ready } else { &mut *waiting };
        to.push_from(&all, i);
    }
    consolidated(ready)
}

fn consolidated(mut rows: Updates<u64>) -> Updates<u64> {
    consolidate(&mut rows);
    rows
}

#[cfg(test)]
mod tests {
    use super::super::sort::model::*;
    use super::*;

    #[test]
    fn each_epoch_is_taken_once_and_consolidated() {
        for seed in 0..60 {
            let mut dice = Dice(seed);
            let stride = dice.roll(3) as usize;
            let mut waiting = Updates::new(stride, 0);
            let (mut expected, mut taken) = (Net::new(), Net::new());
            for frontier in 1..=3 {
                let rows = dice.roll(30) as usize;
                let mut rows = random(&mut dice, stride, rows);
                rows.times.iter_mut().for_each(|time| *time += frontier - 1);
                add_to(&mut expected, &rows);
                waiting.merge(rows);
                let ready = take_before(&mut waiting, frontier);
                assert!(is_consolidated(&ready) && ready.times.iter().all(|time| *time < frontier), "seed {seed}");
                add_to(&mut taken, &ready);
            }
            add_to(&mut taken, &take_before(&mut waiting, u64::MAX));
            assert_eq!(taken, expected, "seed {seed}");
            assert!(waiting.is_empty());
        }
    }
}
