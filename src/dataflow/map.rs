//! Row by row: filter and make columns, change the key, cut what ran too many rounds.

use super::arrange::Rows;
use super::halt::Halt;
use super::shape::{Program, Sides};
use super::time::Time;
use super::updates::Updates;
use differential_dataflow::AsCollection;
use std::sync::Arc;
use timely::container::NoopBuilder;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::operator::Operator;

/// Each container through `change`, which may leave it empty.
fn each_container<'s, T: Time>(rows: Rows<'s, T>, name: &str, mut change: impl FnMut(&mut Updates<T>) + 'static) -> Rows<'s, T> {
    rows.inner
        .unary::<NoopBuilder<Updates<T>>, _, _, _>(Pipeline, name, move |_, _| {
            move |input, output| {
                input.for_each(|stamp, rows: &mut Updates<T>| {
                    change(rows);
                    if !rows.is_empty() {
                        output.session_with_builder(&stamp).give_container(rows);
                    }
                });
            }
        })
        .as_collection()
}

pub fn map<'s, T: Time>(rows: Rows<'s, T>, program: Program) -> Rows<'s, T> {
    each_container(rows, "Map", move |rows| *rows = mapped(rows, &program))
}

fn mapped<T: Time>(rows: &mut Updates<T>, program: &Program) -> Updates<T> {
    if program.is_identity(rows.key, rows.stride) {
        return Updates { key: program.key, ..std::mem::take(rows) };
    }
    let room = if program.has_filter() { 0 } else { rows.len() };
    let mut out = Updates::with_capacity(program.stride(), program.key, room);
    for i in 0..rows.len() {
        let (key, left) = rows.row(i).split_at(rows.key);
        if program.make(Sides { key, left, right: &[] }, &mut out.words) {
            out.times.push(rows.times[i]);
            out.diffs.push(rows.diffs[i]);
        }
    }
    out
}

/// The same rows with the first `key` columns as their key.
pub fn rekey<T: Time>(rows: Rows<'_, T>, key: usize) -> Rows<'_, T> {
    each_container(rows, "Rekey", move |rows| rows.key = key)
}

/// Lets rows of the first rounds pass. The first row beyond them is reported, and all such rows are dropped, so the recursion ends.
pub fn limit_rounds<'s, T: Time>(rows: Rows<'s, T>, halt: Arc<Halt>) -> Rows<'s, T> {
    let limit = i64::from(halt.budget().iterations);
    each_container(rows, "LimitRounds", move |rows| {
        let beyond = |time: &T| time.parts().1 >= limit;
        let Some(first) = rows.times.iter().find(|time| beyond(time)) else { return };
        halt.too_many_rounds(first.parts().0 as u64);
        let mut kept = Updates::new(rows.stride, rows.key);
        (0..rows.len()).filter(|&i| !beyond(&rows.times[i])).for_each(|i| kept.push_from(rows, i));
        *rows = kept;
    })
}
