//! Collections to arrangements (rows indexed by key, shared by all who read them) and back.

use super::batch::RowSpine;
use super::batcher::Batcher;
use super::exchange::by_key;
use super::rows::RowRef;
use super::time::Time;
use super::updates::Updates;
use crate::limits::CHUNK_ROWS;
use crate::types::Word;
use differential_dataflow::operators::arrange::arrangement::arrange_core;
use differential_dataflow::operators::arrange::{Arranged, TraceAgent};
use differential_dataflow::trace::wrappers::enter::TraceEnter;
use differential_dataflow::trace::{Cursor, Navigable, Span};
use differential_dataflow::{AsCollection, Collection};
use timely::container::NoopBuilder;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::operator::Operator;

pub type Rows<'s, T> = Collection<'s, T, Updates<T>>;
pub type Arrangement<'s, T> = Arranged<'s, TraceAgent<RowSpine<T>>>;
/// An arrangement from outside a recursion, seen inside.
pub type Entered<'s, T> = Arranged<'s, TraceEnter<TraceAgent<RowSpine<u64>>, T>>;

pub fn arrange<'s, T: Time>(rows: Rows<'s, T>) -> Arrangement<'s, T> {
    arrange_core::<_, _, Batcher<T>, RowSpine<T>>(rows.inner, by_key(), "Arrange", Batcher::new)
}

/// Calls `visit` with every (key, value, time, diff) of a batch, in order.
pub fn visit_batch<B: Navigable, T>(batch: &B, mut visit: impl FnMut(&[Word], &[Word], T, i64))
where
    for<'a> B::Cursor: Cursor<Key<'a> = RowRef<'a>, Val<'a> = RowRef<'a>, Time = T, Diff = i64>,
{
    let mut cursor = batch.cursor();
    while let Some(key) = cursor.get_key(batch) {
        while let Some(val) = cursor.get_val(batch) {
            cursor.map_times(batch, |time, diff| {
                visit(key.0, val.0, <B::Cursor as Cursor>::owned_time(time), <B::Cursor as Cursor>::owned_diff(diff));
            });
            cursor.step_val(batch);
        }
        cursor.step_key(batch);
    }
}

/// The rows of an arrangement as a collection whose first `key` columns are the key.
pub fn rows_of<'s, T: Time, B: Navigable + 'static>(
    batches: Stream<'s, T, Vec<Span<T, B>>>,
    stride: usize,
    key: usize,
) -> Rows<'s, T>
where
    for<'a> B::Cursor: Cursor<Key<'a> = RowRef<'a>, Val<'a> = RowRef<'a>, Time = T, Diff = i64>,
{
    batches
        .unary::<NoopBuilder<Updates<T>>, _, _, _>(Pipeline, "RowsOf", move |_, _| {
            move |input, output| {
                input.for_each(|stamp, spans| {
                    let mut session = output.session_with_builder(&stamp);
                    for batch in spans.drain(..).filter_map(|span| span.inner) {
                        let mut rows = Updates { sorted: true, ..Updates::new(stride, key) };
                        visit_batch(&batch, |key, val, time, diff| {
                            rows.words.extend_from_slice(key);
                            rows.push(val, time, diff);
                            if rows.len() >= CHUNK_ROWS {
                                give_sorted(&mut rows, |full| session.give_container(full));
                            }
                        });
                        if !rows.is_empty() {
                            session.give_container(&mut rows);
                        }
                    }
                });
            }
        })
        .as_collection()
}

fn give_sorted<T>(rows: &mut Updates<T>, give: impl FnOnce(&mut Updates<T>)) {
    let mut full = rows.take();
    rows.sorted = true;
    give(&mut full);
}
