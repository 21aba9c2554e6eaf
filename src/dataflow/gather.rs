//! Rows without an order: feeds put together as one collection ([`gather`]), or brought into the next round ([`Again`]), which cuts off
//! a recursion that ran too many.

use super::arrange::Rows;
use super::feed::Feed;
use super::halt::Halt;
use super::time::{Round, Time, round};
use super::updates::Updates;
use differential_dataflow::AsCollection;
use std::sync::Arc;
use timely::dataflow::Scope;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::channels::pushers::Output;
use timely::dataflow::operators::CapabilitySet;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::progress::operate::FrontierInterest;
use timely::progress::{Antichain, PathSummary};

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

/// Where the proposals of a round come round: they are rows of the next one.
pub struct Again<'s> {
    builder: OperatorBuilder<'s, Round>,
    output: Output<Round, Updates<Round>>,
}

impl<'s> Again<'s> {
    /// It, and what comes out of it.
    pub fn new(scope: Scope<'s, Round>) -> (Again<'s>, Rows<'s, Round>) {
        let mut builder = OperatorBuilder::new("Again".to_string(), scope);
        let (output, stream) = builder.new_output();
        (Again { builder, output }, stream.as_collection())
    }

    /// Takes all that the feeds give in the first rounds. The first row beyond them is reported, and all such rows are dropped, so the
    /// recursion ends.
    pub fn take(self, feeds: &[Feed<'s, Round>], halt: Arc<Halt>) {
        let Again { mut builder, mut output } = self;
        let step = round(0, 1);
        let mut inputs = Vec::with_capacity(feeds.len());
        for (at, feed) in feeds.iter().enumerate() {
            let connection = [(0, Antichain::from_elem(step))];
            inputs.push((builder.new_input_connection(feed.rows.inner.clone(), Pipeline, connection), feed.pipe.clone()));
            builder.set_notify_for(at, FrontierInterest::Never);
        }
        builder.build(move |_capabilities| {
            move |_frontiers| {
                let limit = halt.budget().iterations;
                let mut output = output.activate();
                for (input, pipe) in &mut inputs {
                    input.for_each(|stamp, rows: &mut Updates<Round>| {
                        pipe.pass(rows);
                        cut(rows, limit, &halt);
                        rows.times.iter_mut().for_each(|time| time.inner.inner += 1);
                        if !rows.is_empty() {
                            let next = stamp.stamp().map_into(|time| step.results_in(time));
                            let right: CapabilitySet<Round> = next.iter().map(|time| stamp.delayed(time, 0)).collect();
                            output.give(&right, rows);
                        }
                    });
                }
            }
        });
    }
}

fn cut(rows: &mut Updates<Round>, limit: u32, halt: &Halt) {
    let beyond = |time: &Round| time.inner.inner >= limit;
    let Some(first) = rows.times.iter().find(|time| beyond(time)) else { return };
    halt.too_many_rounds(first.inner.outer);
    let mut kept = Updates::new(rows.stride, rows.key);
    (0..rows.len()).filter(|&i| !beyond(&rows.times[i])).for_each(|i| kept.push_from(rows, i));
    *rows = kept;
}
