//! [`Stratum`]: a recursion as a dataflow of its own, whose time is the round. Changes of its imports go in, changes of its exports come
//! out; between epochs in which nothing goes in it costs nothing.

use super::gather::Again;
use super::line::{Context, Line, Rendered};
use super::sink::Sink;
use super::source::Source;
use super::time::Round;
use super::updates::Delta;
use crate::plan::{Node, Scope as Recursion};
use std::collections::HashMap;
use timely::dataflow::Scope;
use timely::worker::Worker;

pub struct Stratum {
    sources: Vec<Source>,
    sinks: Vec<Sink>,
    context: Context,
    exports: Vec<(usize, usize)>,
}

impl Stratum {
    /// `imports`: columns and key of each. All workers must build the same strata in the same order; what comes out arrives at the first.
    pub fn new(timely: &mut Worker, recursion: &Recursion, imports: &[(usize, usize)], context: &Context) -> Stratum {
        timely.dataflow(|scope| {
            let mut sources = Vec::new();
            let mut entered = Vec::new();
            for &(stride, key) in imports {
                let (source, rows) = Source::new(scope, key);
                sources.push(source);
                entered.push(Rendered::of_rows(rows, stride, key));
            }
            let mut line = Line::new(&recursion.body, &[&recursion.binds[..], &recursion.exports].concat(), context.clone());
            let variables = render_body(scope, recursion, entered, &mut line);
            for ((variable, key), bound) in variables.into_iter().zip(&recursion.binds) {
                variable.take(&line.feeds_under(*bound, key), context.halt.clone());
            }
            let (mut sinks, mut exports) = (Vec::new(), Vec::new());
            for id in &recursion.exports {
                let feeds = line.feeds(*id);
                let node = line.at(*id);
                sinks.push(Sink::new(&feeds));
                exports.push((node.stride, node.key));
            }
            Stratum { sources, sinks, context: context.clone(), exports }
        })
    }

    /// Columns and key of each export.
    pub fn exports(&self) -> &[(usize, usize)] {
        &self.exports
    }

    /// This worker feeds nothing: it does its share of what the first one feeds.
    pub fn close(&mut self) {
        self.sources.clear();
    }

    /// The changes of the exports in each of these epochs, which change the imports.
    pub fn evaluate(&mut self, timely: &mut Worker, epochs: &[(u64, Vec<Delta>)]) -> HashMap<u64, Vec<Delta>> {
        for (epoch, imports) in epochs {
            for (source, change) in self.sources.iter_mut().zip(imports) {
                source.advance_to(*epoch);
                source.send(change, || {
                    timely.step();
                });
            }
        }
        let Some(&(last, _)) = epochs.last() else { return HashMap::new() };
        self.sources.iter_mut().for_each(|source| source.advance_to(last + 1));
        while !self.sinks.iter().all(|sink| sink.is_past(last)) {
            self.context.halt.account();
            self.context.halt.leave_if_stopped();
            timely.step_or_park(None);
        }
        let nothing = || self.exports.iter().map(|(stride, key)| Delta::new(*stride, *key)).collect();
        let mut changes: HashMap<u64, Vec<Delta>> = epochs.iter().map(|(epoch, _)| (*epoch, nothing())).collect();
        for (at, sink) in self.sinks.iter().enumerate() {
            for (epoch, change) in sink.take() {
                changes.entry(epoch).or_insert_with(nothing)[at] = change;
            }
        }
        changes
    }
}

/// Renders the body; its variables, each with its key, are still to be set.
fn render_body<'r>(
    scope: Scope<'r, Round>,
    recursion: &Recursion,
    imports: Vec<Rendered<'r>>,
    line: &mut Line<'r>,
) -> Vec<(Again<'r>, usize)> {
    let (mut variables, mut proposals) = (Vec::new(), Vec::new());
    for &(stride, key) in &recursion.variables {
        let (variable, rows) = Again::new(scope);
        variables.push((variable, key));
        proposals.push(Rendered::of_rows(rows, stride, key));
    }
    for node in &recursion.body {
        match node {
            Node::Import(i) => line.push(imports[*i].clone()),
            Node::Variable(i) => line.push(proposals[*i].clone()),
            node => line.render(node),
        }
    }
    variables
}
