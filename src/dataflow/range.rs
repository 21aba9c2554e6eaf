//! [`Generator`]: of each row as many as a range has values. A long range is left as soon as all are to stop.

use super::arrange::Rows;
use super::feed::Feed;
use super::halt::Halt;
use super::held::Held;
use super::line::Context;
use super::shape::{Program, Sides};
use super::time::Time;
use super::updates::Updates;
use crate::expr::{Compiled, Range};
use crate::limits::PAIRS_PER_LOOK;
use crate::plan::{Bounds, Shape, Src};
use crate::types::{Interner, Kind, Word};
use differential_dataflow::AsCollection;
use std::ops::ControlFlow;
use std::sync::Arc;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::progress::operate::FrontierInterest;

#[derive(Clone)]
pub struct Generator {
    kind: Kind,
    from: Compiled<Src>,
    to: Compiled<Src>,
    step: Option<Compiled<Src>>,
    program: Program,
    texts: Arc<Interner>,
    halt: Arc<Halt>,
}

impl Generator {
    pub fn new(bounds: &Bounds, shape: &Shape, context: &Context) -> Generator {
        let Context { texts, naming, halt } = context;
        let compiled = |operand| Compiled::new(operand, texts, naming);
        Generator {
            kind: bounds.kind,
            from: compiled(&bounds.from),
            to: compiled(&bounds.to),
            step: bounds.step.as_ref().map(compiled),
            program: Program::new(shape, texts, naming),
            texts: texts.clone(),
            halt: halt.clone(),
        }
    }

    /// What these rows, whose first `key` columns are the key, become.
    pub fn made<T: Copy>(&self, rows: &Updates<T>, key: usize) -> Updates<T> {
        let mut out = Updates::new(self.program.stride(), self.program.key);
        let (mut looked, mut _held) = (0, Held::default());
        for i in 0..rows.len() {
            let (key, left) = rows.row(i).split_at(key);
            let Some(range) = self.range(Sides { key, left, right: &[] }) else { continue };
            let _ = range.each(&mut |word| {
                looked += 1;
                if looked == PAIRS_PER_LOOK {
                    looked = 0;
                    _held = Held::new(out.diffs.len());
                    self.halt.looked_at(PAIRS_PER_LOOK as i64);
                    self.halt.account();
                    self.halt.leave_if_stopped();
                }
                if self.program.make(Sides { key, left, right: &[word] }, &mut out.words) {
                    out.times.push(rows.times[i]);
                    out.diffs.push(rows.diffs[i]);
                }
                ControlFlow::Continue(())
            });
        }
        out
    }

    /// `None` where an end has no value.
    fn range(&self, sides: Sides) -> Option<Range> {
        let word = |operand: &Compiled<Src>| -> Option<Word> { operand.eval(&|src| sides.get(src), &self.texts).ok() };
        let step = match &self.step {
            Some(step) => Some(word(step)?),
            None => None,
        };
        Some(Range { kind: self.kind, from: word(&self.from)?, to: word(&self.to)?, step })
    }
}

/// All that the generator makes of what the feeds give.
pub fn range<'s, T: Time>(feeds: &[Feed<'s, T>], generator: &Generator) -> Rows<'s, T> {
    let scope = feeds.first().expect("a collection has at least one feed").rows.inner.scope();
    let mut builder = OperatorBuilder::new("Range".to_string(), scope);
    let mut inputs = Vec::with_capacity(feeds.len());
    for (at, feed) in feeds.iter().enumerate() {
        inputs.push((builder.new_input(feed.rows.inner.clone(), Pipeline), feed.pipe.clone()));
        builder.set_notify_for(at, FrontierInterest::Never);
    }
    let (mut output, stream) = builder.new_output();
    let generator = generator.clone();
    builder.build(move |_capabilities| {
        move |_frontiers| {
            let mut output = output.activate();
            for (input, pipe) in &mut inputs {
                input.for_each(|stamp, rows: &mut Updates<T>| {
                    pipe.pass(rows);
                    let mut made = generator.made(rows, pipe.key);
                    if !made.is_empty() {
                        output.give(&stamp, &mut made);
                    }
                });
            }
        }
    });
    stream.as_collection()
}
