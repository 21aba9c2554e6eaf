//! Rows without an order: feeds put together as one collection, and recursion that ran too many rounds cut off.

use super::arrange::Rows;
use super::feed::Feed;
use super::halt::Halt;
use super::time::Time;
use super::updates::Updates;
use differential_dataflow::AsCollection;
use std::sync::Arc;
use timely::container::NoopBuilder;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::dataflow::operators::generic::operator::Operator;
use timely::progress::operate::FrontierInterest;

/// All that the feeds give. One operator, however many they are.
pub fn gather<'s, T: Time>(feeds: &[Feed<'s, T>]) -> Rows<'s, T> {
    let scope = feeds.first().expect("a collection has at least one feed").rows.inner.scope();
    let mut builder = OperatorBuilder::new("Gather".to_string(), scope);
    let mut inputs = Vec::with_capacity(feeds.len());
    for (at, feed) in feeds.iter().enumerate() {
        inputs.push((builder.new_input(feed.rows.inner.clone(), Pipeline), feed.pipe.clone()));
        builder.set_notify_for(at, FrontierInterest::Never);
    }
    let (mut output, stream) = builder.new_output();
    builder.build(move |_capabilities| {
        move |_frontiers| {
            let mut output = output.activate();
            for (input, pipe) in &mut inputs {
                input.for_each(|stamp, rows: &mut Updates<T>| {
                    pipe.pass(rows);
                    if !rows.is_empty() {
                        output.give(&stamp, rows);
                    }
                });
            }
        }
    });
    stream.as_collection()
}

/// Lets rows of the first rounds pass. The first row beyond them is reported, and all such rows are dropped, so the recursion ends.
pub fn limit_rounds<'s, T: Time>(rows: Rows<'s, T>, halt: Arc<Halt>) -> Rows<'s, T> {
    rows.inner
        .unary::<NoopBuilder<Updates<T>>, _, _, _>(Pipeline, "LimitRounds", move |_, _| {
            move |input, output| {
                let limit = i64::from(halt.budget().iterations);
                input.for_each(|stamp, rows: &mut Updates<T>| {
                    cut(rows, limit, &halt);
                    if !rows.is_empty() {
                        output.session_with_builder(&stamp).give_container(rows);
                    }
                });
            }
        })
        .as_collection()
}

fn cut<T: Time>(rows: &mut Updates<T>, limit: i64, halt: &Halt) {
    let beyond = |time: &T| time.parts().1 >= limit;
    let Some(first) = rows.times.iter().find(|time| beyond(time)) else { return };
    halt.too_many_rounds(first.parts().0 as u64);
    let mut kept = Updates::new(rows.stride, rows.key);
    (0..rows.len()).filter(|&i| !beyond(&rows.times[i])).for_each(|i| kept.push_from(rows, i));
    *rows = kept;
}
