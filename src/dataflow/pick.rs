//! [`Picking`]: what is made of the rows of one key where it follows from all of them which ones stay.
//!
//! A group is gone through whole whenever a row of it changes: what it gives is a function of its rows and of nothing else, so it is the
//! same however they came. Rows are compared by value, so text by its bytes.

use super::fold::Passing;
use super::halt::Halt;
use super::index::{Sorted, end};
use super::line::Context;
use super::rows::OwnedRow;
use super::shape::{Program, Sides};
use super::steps::Read;
use super::updates::Delta;
use crate::expr::compare;
use crate::plan::{Ordered, Pick};
use crate::types::{Interner, Word, absent_word, word_of_number};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

/// Rows of one key, without it, each with how often it stands.
pub type Group<'a> = Vec<(&'a [Word], i64)>;

#[derive(Clone)]
pub struct Picking {
    pick: Picked,
    texts: Arc<Interner>,
    halt: Arc<Halt>,
}

/// A [`Pick`] for rows of words.
#[derive(Clone)]
enum Picked {
    Choice { columns: Vec<Ordered>, domains: Vec<Vec<usize>> },
    Undominated { columns: Vec<Ordered>, dominates: Vec<Program> },
    Dominated { columns: Vec<Ordered> },
    Numbered { columns: Vec<Ordered> },
    AtLeast(u64),
}

impl Picking {
    pub fn new(pick: &Pick, context: &Context) -> Picking {
        let pick = match pick.clone() {
            Pick::Choice { columns, domains } => Picked::Choice { columns, domains },
            Pick::Undominated { columns, dominates } => {
                let program = |shape| Program::new(shape, &context.texts, &context.naming);
                Picked::Undominated { columns, dominates: dominates.iter().map(program).collect() }
            }
            Pick::Dominated { columns } => Picked::Dominated { columns },
            Pick::Numbered { columns } => Picked::Numbered { columns },
            Pick::AtLeast(n) => Picked::AtLeast(n),
        };
        Picking { pick, texts: context.texts.clone(), halt: context.halt.clone() }
    }

    /// What a key with these rows gives, without the key. All of them are there, each once.
    pub fn of(&self, key: &[Word], mut group: Group, give: &mut dyn FnMut(&[Word])) {
        match &self.pick {
            Picked::Choice { columns, domains } => {
                group.sort_unstable_by(|(a, _), (b, _)| a[0].cmp(&b[0]).then_with(|| self.by_value(columns, &a[1..], &b[1..])));
                choose(&group, domains, give);
            }
            Picked::Undominated { columns, dominates } => self.undominated(key, &group, columns, dominates, give),
            Picked::Dominated { columns } => {
                if self.is_dominated(key, &group, columns) {
                    give(&[]);
                }
            }
            Picked::Numbered { columns } => {
                group.sort_unstable_by(|(a, _), (b, _)| self.by_value(columns, a, b));
                for (number, (row, _)) in group.iter().enumerate() {
                    let mut numbered = OwnedRow::from_slice(row);
                    numbered.push(word_of_number(number as i64));
                    give(&numbered);
                }
            }
            Picked::AtLeast(least) => {
                let rows: i64 = group.iter().map(|(_, count)| count).sum();
                if u64::try_from(rows).is_ok_and(|rows| rows >= *least) {
                    give(&[]);
                }
            }
        }
    }

    fn by_value(&self, columns: &[Ordered], a: &[Word], b: &[Word]) -> Ordering {
        let order = |(&(kind, optional), (&a, &b)): (&Ordered, (&Word, &Word))| {
            let is_there = |word: Word| !optional || word != absent_word(kind);
            match (is_there(a), is_there(b)) {
                (true, true) => compare(kind, a, b, &self.texts),
                (a, b) => a.cmp(&b),
            }
        };
        columns.iter().zip(a.iter().zip(b)).map(order).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// A row that dominates one dominates others too, most often: it is tried earlier the next time.
    fn undominated(&self, key: &[Word], group: &Group, columns: &[Ordered], by: &[Program], give: &mut dyn FnMut(&[Word])) {
        let mut nothing = Vec::new();
        let mut dominates = |row: usize, other: usize| {
            let sides = Sides { key, left: group[row].0, right: group[other].0 };
            by.iter().any(|program| program.make(sides, &mut nothing))
        };
        let mut order: Vec<usize> = (0..group.len()).collect();
        for row in 0..group.len() {
            self.halt.leave_if_stopped();
            let mut falls_to = |other: usize| {
                let is_lesser = || self.by_value(columns, group[other].0, group[row].0).is_lt();
                other != row && dominates(row, other) && (!dominates(other, row) || is_lesser())
            };
            match order.iter().position(|other| falls_to(*other)) {
                Some(place) => order[..=place].rotate_right(1),
                None => give(group[row].0),
            }
        }
    }

    fn is_dominated(&self, key: &[Word], group: &Group, columns: &[Ordered]) -> bool {
        let [over, under] = [0, 1].map(|side| {
            let of_side = group.iter().filter(move |(row, _)| row[0] == word_of_number(side));
            of_side.map(|(row, _)| &row[1..]).filter(|row| *row != key).collect::<HashSet<&[Word]>>()
        });
        over.iter().any(|row| !under.contains(row) || self.by_value(columns, row, key).is_lt())
    }

    /// The change of what all keys give, in rows of `stride` columns. The source has so many leading columns as the key.
    pub fn changes(&self, source: Read, key: usize, stride: usize) -> Delta {
        let rows = source.change;
        let mut stood = Passing::through(source.before);
        let mut made = Delta::new(stride, key);
        let mut from = 0;
        while from < rows.diffs.len() {
            self.halt.leave_if_stopped();
            let leading = &rows.row(from)[..key];
            let to = end(rows, from, leading);
            let mut counted: Vec<(OwnedRow, i64)> = Vec::new();
            stood.rows_of(leading).for_each(|(run, range)| add(&mut counted, run, range, key));
            let before = self.given(leading, &mut counted);
            add(&mut counted, rows, from..to, key);
            let after = self.given(leading, &mut counted);
            difference(before, after, |row, diff| {
                made.words.extend_from_slice(leading);
                made.push(row, (), diff);
            });
            from = to;
        }
        made
    }

    fn given(&self, key: &[Word], counted: &mut Vec<(OwnedRow, i64)>) -> Vec<OwnedRow> {
        counted.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        counted.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let present: Group = counted.iter().filter(|(_, count)| *count > 0).map(|(row, count)| (&row[..], *count)).collect();
        let mut given = Vec::new();
        if !present.is_empty() {
            self.of(key, present, &mut |row| given.push(OwnedRow::from_slice(row)));
        }
        given.sort_unstable();
        given
    }
}

fn add(group: &mut Vec<(OwnedRow, i64)>, rows: &impl Sorted, range: std::ops::Range<usize>, key: usize) {
    let mut room = OwnedRow::new();
    group.extend(range.map(|at| {
        let row = OwnedRow::from_slice(&rows.read(at, rows.stride(), &mut room)[key..]);
        (row, rows.diff(at))
    }));
}

/// Of rows in order, those that are in one list and not in the other.
fn difference(before: Vec<OwnedRow>, after: Vec<OwnedRow>, mut change: impl FnMut(&[Word], i64)) {
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        if order.is_le()
            && let Some(row) = old.next()
            && order.is_lt()
        {
            change(row, -1);
        }
        if order.is_ge()
            && let Some(row) = new.next()
            && order.is_gt()
        {
            change(row, 1);
        }
    }
}

/// `group` is in order. The first column of a row says where it comes from.
fn choose(group: &Group, domains: &[Vec<usize>], give: &mut dyn FnMut(&[Word])) {
    let mut taken: Vec<HashSet<OwnedRow>> = vec![HashSet::new(); domains.len()];
    for (row, _) in group {
        let (from, row) = (row[0], &row[1..]);
        let at = |domain: &Vec<usize>| -> OwnedRow { domain.iter().map(|column| row[*column]).collect() };
        let stays = from == word_of_number(0) || !domains.iter().zip(&taken).any(|(domain, taken)| taken.contains(&at(domain)));
        if stays {
            domains.iter().zip(&mut taken).for_each(|(domain, taken)| {
                taken.insert(at(domain));
            });
            give(row);
        }
    }
}
