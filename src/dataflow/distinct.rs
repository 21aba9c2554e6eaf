//! [`distinct`]: each row of an arrangement by whole rows once.
//!
//! Differential does what times and frontiers ask for, and says which changes are to be followed up now; what follows from them is found
//! here. Its own way goes by cursors and makes no use of the two things that are known of rows that are only counted: a row that never
//! was there before is there from its first time on, and within one epoch rounds are a line.

use super::arrange::Arrangement;
use super::batch::{Batch, BatchBuilder, RowSpine};
use super::halt::Halt;
use super::reader::Reader;
use super::time::Round;
use super::updates::Updates;
use crate::types::Word;
use differential_dataflow::lattice::Lattice;
use differential_dataflow::operators::reduce::{ReduceTactic, reduce_with_tactic};
use differential_dataflow::trace::{Description, Span};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use timely::PartialOrder;
use timely::progress::{Antichain, Timestamp};

/// `columns`: how many there are.
pub fn distinct<'s>(rows: Arrangement<'s, Round>, columns: usize, halt: &Arc<Halt>) -> Arrangement<'s, Round> {
    let presence = Presence { columns, halt: halt.clone(), due: Updates::new(columns, columns) };
    reduce_with_tactic::<_, RowSpine<Round>, _>(rows, "Distinct", presence)
}

struct Presence {
    columns: usize,
    halt: Arc<Halt>,
    /// Rows to look at again at a later time, in order of rows.
    due: Updates<Round>,
}

type Batches = Vec<Rc<Batch<Round>>>;

impl ReduceTactic<Round, Rc<Batch<Round>>, Rc<Batch<Round>>> for Presence {
    fn retire(
        &mut self,
        before: Batches,
        made: Batches,
        fresh: Batches,
        lower: &Antichain<Round>,
        upper: &Antichain<Round>,
        held: &Antichain<Round>,
    ) -> (Option<Span<Round, Rc<Batch<Round>>>>, Antichain<Round>) {
        if held.elements().iter().all(|time| upper.less_equal(time)) {
            return (None, held.clone());
        }
        self.halt.leave_if_stopped();
        let readers = |batches: Batches| batches.into_iter().map(|batch| Reader::new(batch, self.columns)).collect::<Vec<_>>();
        let (before, made, fresh) = (readers(before), readers(made), readers(fresh));
        let places = [&before, &made, &fresh].map(|readers| readers.iter().map(Place::first).collect());
        let rows = self.follow(places, upper);
        let frontier = self.due.times.iter().copied().collect();
        let description = Description::new(lower.clone(), upper.clone(), Antichain::from_elem(Round::minimum()));
        (Some(Span::new(description, rows.map(Rc::new))), frontier)
    }
}

impl Presence {
    /// What changes before `upper`; what may change later is due then.
    fn follow(&mut self, [mut before, mut made, mut fresh]: [Vec<Place>; 3], upper: &Antichain<Round>) -> Option<Batch<Round>> {
        let due = std::mem::replace(&mut self.due, Updates::new(self.columns, self.columns));
        let mut seen = 0;
        let mut builder = BatchBuilder::default();
        let mut history = History::default();
        loop {
            let waiting = (seen < due.len()).then(|| due.row(seen));
            let Some(row) = fresh.iter().filter_map(Place::row).chain(waiting).min() else { break };
            history.clear();
            fresh.iter_mut().for_each(|place| place.take(row, &mut history.counts));
            history.moments.extend(history.counts.iter().map(|(time, _)| *time));
            while seen < due.len() && due.row(seen) == row {
                let time = due.times[seen];
                let list = if upper.less_equal(&time) { &mut history.later } else { &mut history.moments };
                list.push(time);
                seen += 1;
            }
            if !history.moments.is_empty() {
                let known = history.counts.len();
                before.iter_mut().for_each(|place| place.seek(row, &mut history.counts));
                // Of what never was there nothing was made.
                if history.counts.len() > known {
                    made.iter_mut().for_each(|place| place.seek(row, &mut history.made));
                }
                history.changes(upper, |time, diff| builder.add(row, &[], time, diff));
            }
            history.later.sort_unstable();
            history.later.dedup();
            history.later.iter().for_each(|time| self.due.push(row, *time, 0));
        }
        builder.finish()
    }
}

/// A place in a batch.
struct Place<'a> {
    reader: &'a Reader,
    at: usize,
}

impl<'a> Place<'a> {
    fn first(reader: &'a Reader) -> Place<'a> {
        Place { reader, at: 0 }
    }

    #[inline(always)]
    fn row(&self) -> Option<&'a [Word]> {
        self.reader.key(self.at)
    }

    /// Reads this row, if it stands here, and goes behind it.
    #[inline]
    fn take(&mut self, row: &[Word], updates: &mut Vec<(Round, i64)>) {
        if self.reader.is_at(self.at, row) {
            self.reader.visit(self.at..self.at + 1, |_, time, diff| updates.push((time, diff)));
            self.at += 1;
        }
    }

    /// The same wherever it stands from here on.
    #[inline]
    fn seek(&mut self, row: &[Word], updates: &mut Vec<(Round, i64)>) {
        self.at = self.reader.find(self.at, row);
        self.take(row, updates);
    }
}

/// What is known of one row.
#[derive(Default)]
struct History {
    /// When something may change.
    moments: Vec<Round>,
    /// How often it stands: changes of that.
    counts: Vec<(Round, i64)>,
    /// Whether it was said to be there: changes of that.
    made: Vec<(Round, i64)>,
    /// When something may change that is not looked at now.
    later: Vec<Round>,
}

impl History {
    fn clear(&mut self) {
        self.moments.clear();
        self.counts.clear();
        self.made.clear();
        self.later.clear();
    }

    /// What changes before `upper`.
    fn changes(&mut self, upper: &Antichain<Round>, mut change: impl FnMut(Round, i64)) {
        if let ([(time, diff)], [], [moment]) = (&self.counts[..], &self.made[..], &self.moments[..])
            && time == moment
        {
            if *diff > 0 {
                change(*time, 1);
            }
            return;
        }
        let Some(first) = self.moments.iter().copied().reduce(|a, b| a.meet(&b)) else { return };
        // Before that time nothing is looked at.
        for (time, _) in self.counts.iter_mut().chain(&mut self.made) {
            time.join_assign(&first);
        }
        self.counts.sort_unstable();
        self.made.sort_unstable();
        self.moments.sort_unstable();
        let last = [self.counts.last().map(|c| c.0), self.made.last().map(|m| m.0), self.moments.last().copied()];
        if last.iter().flatten().all(|time| time.inner.outer == first.inner.outer) {
            self.along_rounds(upper, change);
        } else {
            self.across_epochs(upper, change);
        }
    }

    /// All is of one epoch. The first time that is not looked at is enough: from there it goes on.
    fn along_rounds(&mut self, upper: &Antichain<Round>, mut change: impl FnMut(Round, i64)) {
        let (mut counts, mut made, mut moments) = (&self.counts[..], &self.made[..], &self.moments[..]);
        let (mut count, mut stands) = (0, 0);
        let head = |list: &[(Round, i64)]| list.first().map(|(time, _)| *time);
        while let Some(time) = [head(counts), head(made), moments.first().copied()].into_iter().flatten().min() {
            if upper.less_equal(&time) {
                self.later.push(time);
                return;
            }
            count += add_up(&mut counts, time);
            stands += add_up(&mut made, time);
            while moments.first() == Some(&time) {
                moments = &moments[1..];
            }
            let wanted = i64::from(count > 0);
            if wanted != stands {
                change(time, wanted - stands);
                stands = wanted;
            }
        }
    }

    /// Whatever changes at a moment may change things at every time that is later than both it and something else.
    fn across_epochs(&mut self, upper: &Antichain<Round>, mut change: impl FnMut(Round, i64)) {
        let mut moments: BTreeSet<Round> = self.moments.iter().copied().collect();
        let mut looked_at: Vec<Round> = Vec::new();
        while let Some(time) = moments.pop_first() {
            if upper.less_equal(&time) {
                self.later.push(time);
                continue;
            }
            let sum =
                |list: &[(Round, i64)]| list.iter().filter(|(at, _)| at.less_equal(&time)).map(|(_, diff)| diff).sum::<i64>();
            let diff = i64::from(sum(&self.counts) > 0) - sum(&self.made);
            if diff != 0 {
                change(time, diff);
                self.made.push((time, diff));
            }
            let others = self.counts.iter().chain(&self.made).map(|(at, _)| at).chain(&looked_at);
            moments.extend(others.map(|at| at.join(&time)).filter(|at| *at != time));
            looked_at.push(time);
        }
    }
}

/// Of updates in order the sum of those at this time, which are taken away.
fn add_up(updates: &mut &[(Round, i64)], time: Round) -> i64 {
    let mut sum = 0;
    while let [(at, diff), rest @ ..] = updates
        && *at == time
    {
        sum += diff;
        *updates = rest;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::sort::model::Dice;
    use super::super::time::round;
    use super::*;

    const EPOCHS: u64 = 4;
    const ROUNDS: u32 = 5;

    fn times() -> impl Iterator<Item = Round> {
        (0..EPOCHS).flat_map(|epoch| (0..ROUNDS).map(move |number| round(epoch, number)))
    }

    /// Frontiers that a recursion may go through: epoch by epoch, or all epochs at once.
    fn frontiers(at_once: bool) -> Vec<Antichain<Round>> {
        let within = |epoch| move |number| Antichain::from_iter([round(epoch, number), round(epoch + 1, 0)]);
        let mut frontiers: Vec<Antichain<Round>> = if at_once {
            (1..ROUNDS).map(|number| Antichain::from_elem(round(0, number))).collect()
        } else {
            (0..EPOCHS).flat_map(|epoch| (1..=ROUNDS).map(within(epoch))).collect()
        };
        frontiers.push(Antichain::new());
        frontiers
    }

    fn sum(updates: &[(Round, i64)], time: Round) -> i64 {
        updates.iter().filter(|(at, _)| at.less_equal(&time)).map(|(_, diff)| diff).sum()
    }

    #[test]
    fn a_row_is_there_at_every_time_at_which_it_counts() {
        for seed in 0..400 {
            let mut dice = Dice(seed);
            let updates = 1 + dice.roll(10);
            let any = |dice: &mut Dice| round(dice.roll(EPOCHS), dice.roll(ROUNDS.into()) as u32);
            let counts: Vec<(Round, i64)> = (0..updates).map(|_| (any(&mut dice), dice.roll(4) as i64 - 1)).collect();
            for at_once in [false, true] {
                let (mut made, mut due): (Vec<(Round, i64)>, Vec<Round>) = Default::default();
                let mut lower = Antichain::from_elem(Round::minimum());
                for upper in frontiers(at_once) {
                    let is_fresh = |time: &Round| lower.less_equal(time) && !upper.less_equal(time);
                    let mut history = History {
                        moments: counts.iter().map(|(time, _)| *time).filter(is_fresh).collect(),
                        counts: counts.iter().copied().filter(|(time, _)| !upper.less_equal(time)).collect(),
                        made: made.clone(),
                        later: due.iter().copied().filter(|time| upper.less_equal(time)).collect(),
                    };
                    history.moments.extend(due.iter().copied().filter(is_fresh));
                    history.changes(&upper, |time, diff| made.push((time, diff)));
                    due = history.later;
                    lower = upper;
                }
                assert!(due.is_empty(), "seed {seed}");
                let wrong = times().find(|time| sum(&made, *time) != i64::from(sum(&counts, *time) > 0));
                assert_eq!(wrong, None, "seed {seed} {at_once} {counts:?} {made:?}");
            }
        }
    }
}
