//! [`Stratum`]: a recursion as a differential dataflow of its own, in a scope of rounds. Changes of its imports go in, changes of its
//! exports come out; between epochs in which nothing goes in it costs nothing.

use super::arrange::Rows;
use super::exchange::at_first;
use super::gather::limit_rounds;
use super::line::{Context, Line, Rendered};
use super::sink::Sink;
use super::source::Source;
use super::time::Round;
use super::updates::{Delta, Updates};
use crate::plan::{Node, NodeId, Scope as Recursion};
use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::operators::iterate::Variable;
use timely::dataflow::{ProbeHandle, Scope};
use timely::order::Product;
use timely::worker::Worker;

pub struct Stratum {
    sources: Vec<Source>,
    sinks: Vec<Sink>,
    probe: ProbeHandle<u64>,
    context: Context,
    exports: Vec<(usize, usize)>,
}

impl Stratum {
    /// `imports`: columns and key of each. All workers must build the same strata in the same order; what comes out arrives at the first.
    pub fn new(timely: &mut Worker, recursion: &Recursion, imports: &[(usize, usize)], context: &Context) -> Stratum {
        let several = timely.peers() > 1;
        timely.dataflow(|scope| {
            let mut sources = Vec::new();
            let mut rendered: Vec<Rendered<'_, u64>> = Vec::new();
            for &(stride, key) in imports {
                let (source, rows) = Source::new(scope, key);
                sources.push(source);
                rendered.push(Rendered::of_rows(rows, stride, key));
            }
            let probe = ProbeHandle::new();
            let (mut sinks, mut columns) = (Vec::new(), Vec::new());
            for mut export in exports(scope, recursion, rendered, context) {
                let rows = if several { at_first(export.rows()) } else { export.rows() };
                sinks.push(Sink::new(rows, export.stride, &probe));
                columns.push((export.stride, export.key));
            }
            Stratum { sources, sinks, probe, context: context.clone(), exports: columns }
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

    /// The changes of the exports in an epoch that changes the imports.
    pub fn evaluate(&mut self, timely: &mut Worker, epoch: u64, imports: &[&Delta]) -> Vec<Delta> {
        for (source, change) in self.sources.iter_mut().zip(imports) {
            source.advance_to(epoch);
            source.send(change, || {
                timely.step();
            });
            source.advance_to(epoch + 1);
        }
        while self.probe.less_than(&(epoch + 1)) {
            self.context.halt.account();
            self.context.halt.leave_if_stopped();
            timely.step_or_park(None);
        }
        self.sinks.iter().map(|sink| timeless(sink.take_before(epoch + 1))).collect()
    }
}

fn timeless(rows: Updates<u64>) -> Delta {
    let times = vec![(); rows.times.len()];
    Updates { words: rows.words, stride: rows.stride, key: rows.key, times, diffs: rows.diffs, sorted: rows.sorted }
}

/// The scope of rounds; what it exports, outside again.
fn exports<'s>(
    outside: Scope<'s, u64>,
    recursion: &Recursion,
    mut imports: Vec<Rendered<'s, u64>>,
    context: &Context,
) -> Vec<Rendered<'s, u64>> {
    let imports: Vec<_> = imports.iter_mut().map(|import| (import.by_key(1), import.stride, import.key)).collect();
    outside.iterative::<u32, _, _>(|inside| {
        let enter = |(arrangement, stride, key)| Rendered::of_outside(Arranged::enter(arrangement, inside), stride, key);
        let entered = imports.into_iter().map(enter).collect();
        let mut line = Line::new(&recursion.body, &[&recursion.binds[..], &recursion.exports].concat(), context.clone());
        let variables = render_body(inside, recursion, entered, &mut line);
        for ((variable, key), bound) in variables.into_iter().zip(&recursion.binds) {
            variable.set(limit_rounds(line.rows_under(*bound, key), context.halt.clone()));
        }
        let mut leave = |id: &NodeId| {
            let node = line.at(*id);
            Rendered::of_rows(node.rows().leave(outside), node.stride, node.key)
        };
        recursion.exports.iter().map(&mut leave).collect()
    })
}

type Proposals<'r> = Variable<'r, Round, Updates<Round>>;

/// Renders the body; its variables, each with its key, are still to be set.
fn render_body<'r>(
    scope: Scope<'r, Round>,
    recursion: &Recursion,
    imports: Vec<Rendered<'r, Round>>,
    line: &mut Line<'r, Round>,
) -> Vec<(Proposals<'r>, usize)> {
    let (mut variables, mut proposals) = (Vec::new(), Vec::new());
    for &(stride, key) in &recursion.variables {
        let (variable, rows): (Proposals<'r>, Rows<'r, Round>) = Variable::new(scope, Product::new(0, 1));
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
