//! Collections to arrangements (rows indexed by key, shared by all who read them) and back.

use super::batch::RowSpine;
use super::batcher::Batcher;
use super::exchange::by_key;
use super::feed::Feed;
use super::rows::RowRef;
use super::time::Time;
use super::updates::Updates;
use crate::limits::CHUNK_ROWS;
use crate::types::Word;
use differential_dataflow::batcher::{Batcher as _, Extract};
use differential_dataflow::operators::arrange::{Arranged, TraceAgent, TraceWriter};
use differential_dataflow::trace::{Cursor, Description, Navigable, Span, SpanOf, Trace};
use differential_dataflow::{AsCollection, Collection};
use timely::container::NoopBuilder;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::dataflow::operators::generic::operator::Operator;
use timely::dataflow::operators::{Capability, CapabilitySet};
use timely::progress::{Antichain, Stamp};

pub type Rows<'s, T> = Collection<'s, T, Updates<T>>;
pub type Arrangement<'s, T> = Arranged<'s, TraceAgent<RowSpine<T>>>;

/// All that the feeds give, as one arrangement: one operator, however many they are. The first `spread` columns of a row say to which worker
/// it goes.
///
/// Differential's own operator for this takes one stream of finished rows. What they have in common is the contract: each advance of the
/// frontier is one batch of the trace, sent on if anybody's rows are in it.
pub fn arrange<'s, T: Time>(feeds: &[Feed<'s, T>], spread: usize) -> Arrangement<'s, T> {
    let scope = feeds.first().expect("an arrangement has at least one feed").rows.inner.scope();
    let mut builder = OperatorBuilder::new("Arrange".to_string(), scope);
    let info = builder.operator_info();
    let mut inputs = Vec::with_capacity(feeds.len());
    for feed in feeds {
        inputs.push((builder.new_input(feed.rows.inner.clone(), by_key(feed.pipe.clone(), spread)), feed.pipe.clone()));
    }
    let (mut output, stream) = builder.new_output::<Vec<SpanOf<RowSpine<T>>>>();
    let activator = scope.activator_for(info.address.clone());
    let spine = RowSpine::<T>::new(info.clone(), None, Some(activator));
    let (trace, writer) = TraceAgent::new(spine, info.clone(), None);
    let mut arranger = Arranger::new(Batcher::new(None, info.global_id), writer);
    builder.build(move |_capabilities| {
        move |frontiers| {
            for (input, pipe) in &mut inputs {
                input.for_each(|stamp, rows: &mut Updates<T>| {
                    pipe.pass(rows);
                    if !rows.is_empty() {
                        arranger.take(stamp.retain_stamp(0), rows);
                    }
                });
            }
            let mut frontier = Antichain::new();
            for input in frontiers {
                frontier.extend(input.frontier().iter().copied());
            }
            arranger.advance(frontier, |stamp, batch| output.activate().give(&stamp, &mut vec![batch]));
        }
    });
    Arranged { stream, trace }
}

/// Rows that wait for their times to be complete, and the trace that they go to.
struct Arranger<T: Time> {
    batcher: Batcher<T>,
    writer: TraceWriter<RowSpine<T>>,
    /// The right to send what waits.
    capabilities: Antichain<Capability<T>>,
    /// All before it is in the trace.
    frontier: Antichain<T>,
}

impl<T: Time> Arranger<T> {
    fn new(batcher: Batcher<T>, writer: TraceWriter<RowSpine<T>>) -> Self {
        Arranger { batcher, writer, capabilities: Antichain::new(), frontier: Antichain::from_elem(T::minimum()) }
    }

    fn take(&mut self, stamp: CapabilitySet<T>, rows: &mut Updates<T>) {
        for capability in stamp.iter() {
            self.capabilities.insert(capability.clone());
        }
        self.batcher.insert(rows);
    }

    /// Everything before `frontier` becomes a batch of the trace; if a row is in it, the batch is also sent.
    fn advance(&mut self, frontier: Antichain<T>, send: impl FnOnce(CapabilitySet<T>, SpanOf<RowSpine<T>>)) {
        if frontier != self.frontier {
            let waiting = self.capabilities.elements();
            let complete: CapabilitySet<T> = waiting.iter().filter(|c| !frontier.less_equal(c.time())).cloned().collect();
            if complete.is_empty() {
                self.writer.seal(frontier.clone());
            } else {
                let since = Antichain::from_elem(T::minimum());
                let description = Description::new(self.frontier.clone(), frontier.clone(), since);
                let (rows, later) = self.batcher.extract(frontier.borrow());
                let batch = Span::new(description, rows.map(Into::into));
                self.writer.insert(batch.clone(), complete.iter().map(|c| *c.time()).collect::<Stamp<T>>());
                send(complete, batch);
                self.capabilities = later.iter().map(|time| delayed(&self.capabilities, time)).collect();
            }
            self.frontier = frontier;
        }
        self.writer.exert();
    }
}

fn delayed<T: Time>(capabilities: &Antichain<Capability<T>>, time: &T) -> Capability<T> {
    let earlier = capabilities.elements().iter().find(|capability| capability.time().less_equal(time));
    earlier.expect("rows that wait came with a capability no later than they").delayed(time)
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
