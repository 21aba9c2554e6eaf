//! What follows from all rows of a key within a recursion: folds, and rows that are picked.

use super::arrange::Arrangement;
use super::batch::{BatchBuilder, RowSpine};
use super::halt::Halt;
use super::line::Context;
use super::pick::Picking;
use super::rows::{Keys, OwnedRow, RowRef};
use super::time::Time;
use super::updates::Updates;
use crate::expr::Fold;
use smallvec::smallvec;
use std::sync::Arc;

/// One row per key with a row: the fold over what stands in `column` of the value, or over the number of rows.
pub fn fold<'s, T: Time>(rows: Arrangement<'s, T>, fold: Fold, column: Option<usize>, context: &Context) -> Arrangement<'s, T> {
    let texts = context.texts.clone();
    reduce(rows, "Fold", context.halt.clone(), move |_, group, out| {
        let present = || group.iter().filter(|(_, count)| *count > 0);
        if present().next().is_none() {
            return;
        }
        let values = present().map(|(val, count)| (column.map_or(0, |column| val.0[column]), *count));
        if let Some(word) = fold.over(values, &texts) {
            out.push((smallvec![word], 1));
        }
    })
}

/// What follows from all rows of each key.
pub fn pick<'s, T: Time>(rows: Arrangement<'s, T>, picking: Picking, context: &Context) -> Arrangement<'s, T> {
    reduce(rows, "Pick", context.halt.clone(), move |key, group, out| {
        let present = group.iter().filter(|(_, count)| *count > 0).map(|(val, count)| (val.0, *count)).collect();
        picking.of(key.0, present, &mut |row| out.push((OwnedRow::from_slice(row), 1)));
    })
}

type Group<'a, 'b> = &'a [(RowRef<'b>, i64)];

fn reduce<'s, T: Time>(
    rows: Arrangement<'s, T>,
    name: &str,
    halt: Arc<Halt>,
    mut logic: impl FnMut(RowRef, Group, &mut Vec<(OwnedRow, i64)>) + 'static,
) -> Arrangement<'s, T> {
    let logic = move |key: RowRef, group: Group, out: &mut Vec<(OwnedRow, i64)>| {
        halt.leave_if_stopped();
        logic(key, group, out);
    };
    rows.reduce_abelian::<_, BatchBuilder<T>, RowSpine<T>, Keys, _>(name, logic, push_group)
}

/// The changes of one key, as the rows that the batch builder takes.
fn push_group<T: Time>(rows: &mut Updates<T>, key: RowRef, changes: &mut Vec<(OwnedRow, T, i64)>) {
    rows.clear();
    rows.key = key.0.len();
    for (val, time, diff) in changes.drain(..) {
        rows.stride = rows.key + val.len();
        rows.words.extend_from_slice(key.0);
        rows.push(&val, time, diff);
    }
}
