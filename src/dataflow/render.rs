//! A plan as a running dataflow: the outer line of nodes, recursion as nested scopes, outputs.

use super::arrange::Rows;
use super::gather::limit_rounds;
use super::line::{Context, Line, Rendered};
use super::sink::Sink;
use super::source::Source;
use super::time::Round;
use crate::plan::{Node, NodeId, Plan, Scope as Stratum};
use crate::types::RelId;
use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::operators::iterate::Variable;
use std::collections::HashMap;
use timely::dataflow::{ProbeHandle, Scope};
use timely::order::Product;

/// What a worker needs of the dataflow it built: where changes go in, where they come out, how far it is.
pub struct Rendering {
    pub inputs: HashMap<RelId, Source>,
    /// Rows of the program text, sent by one worker in the first epoch; then these sources close.
    pub constants: Vec<Source>,
    /// In the order of the plan's outputs.
    pub sinks: Vec<Sink>,
    pub probe: ProbeHandle<u64>,
}

pub fn render(scope: Scope<'_, u64>, plan: &Plan, arities: &[usize], context: &Context) -> Rendering {
    let mut outer = Outer {
        scope,
        line: Line::new(&plan.nodes, &plan.outputs.iter().map(|(_, id)| *id).collect::<Vec<_>>(), context.clone()),
        context,
        exports: HashMap::new(),
        inputs: HashMap::new(),
        constants: Vec::new(),
    };
    for (at, node) in plan.nodes.iter().enumerate() {
        outer.render(NodeId(at as u32), node, arities);
    }
    let probe = ProbeHandle::new();
    let sinks = plan.outputs.iter().map(|(_, id)| Sink::new(outer.line.at(*id), &probe)).collect();
    let inputs = outer.inputs.into_iter().map(|(relation, (source, _))| (relation, source)).collect();
    Rendering { inputs, constants: outer.constants, sinks, probe }
}

struct Outer<'s, 'c> {
    scope: Scope<'s, u64>,
    line: Line<'s, u64>,
    context: &'c Context,
    exports: HashMap<NodeId, Vec<Rendered<'s, u64>>>,
    /// Each source, and the first node that reads it.
    inputs: HashMap<RelId, (Source, NodeId)>,
    constants: Vec<Source>,
}

impl<'s> Outer<'s, '_> {
    fn render(&mut self, id: NodeId, node: &Node, arities: &[usize]) {
        let rendered = match node {
            Node::Input { relation } => Some(self.input(id, *relation, arities[relation.index()])),
            Node::Constant { rows, kinds, key } => {
                let words = rows.iter().flat_map(|row| row.iter().zip(kinds));
                let words = words.map(|(value, kind)| self.context.texts.encode(value, *kind)).collect();
                let (source, stream) = Source::with_rows(self.scope, kinds.len(), *key, words, rows.len());
                self.constants.push(source);
                Some(Rendered::of_rows(stream, kinds.len(), *key))
            }
            Node::Fix(stratum) => {
                let exports = self.fix(stratum);
                self.exports.insert(id, exports);
                None
            }
            Node::Export { fix, index } => Some(self.exports[fix][*index].clone()),
            node => return self.line.render(node),
        };
        self.line.push(rendered);
    }

    /// A relation has one source, however many nodes read it.
    fn input(&mut self, id: NodeId, relation: RelId, arity: usize) -> Rendered<'s, u64> {
        if let Some((_, first)) = self.inputs.get(&relation) {
            return self.line.at(*first).clone();
        }
        let (source, rows) = Source::new(self.scope, arity, arity);
        self.inputs.insert(relation, (source, id));
        Rendered::of_rows(rows, arity, arity)
    }

    /// A recursive stratum as a scope of rounds; what it exports, outside again.
    fn fix(&mut self, stratum: &Stratum) -> Vec<Rendered<'s, u64>> {
        let imports: Vec<_> = stratum.imports.iter().map(|id| (self.line.by_key(*id), self.form(*id))).collect();
        let (outside, context) = (self.scope, self.context);
        self.scope.iterative::<u32, _, _>(|inside| {
            let entered = imports
                .into_iter()
                .map(|(arrangement, (stride, key))| Rendered::of_outside(Arranged::enter(arrangement, inside), stride, key))
                .collect();
            let mut line = Line::new(&stratum.body, &[&stratum.binds[..], &stratum.exports].concat(), context.clone());
            let variables = render_body(inside, stratum, entered, &mut line);
            for ((variable, key), bound) in variables.into_iter().zip(&stratum.binds) {
                variable.set(limit_rounds(line.rows_under(*bound, key), context.halt.clone()));
            }
            let mut leave = |id: &NodeId| {
                let node = line.at(*id);
                Rendered::of_rows(node.rows().leave(outside), node.stride, node.key)
            };
            stratum.exports.iter().map(&mut leave).collect()
        })
    }

    fn form(&mut self, id: NodeId) -> (usize, usize) {
        let node = self.line.at(id);
        (node.stride, node.key)
    }
}

type Proposals<'r> = Variable<'r, Round, super::updates::Updates<Round>>;

/// Renders the body; its variables, each with its key, are still to be set.
fn render_body<'r>(
    scope: Scope<'r, Round>,
    stratum: &Stratum,
    imports: Vec<Rendered<'r, Round>>,
    line: &mut Line<'r, Round>,
) -> Vec<(Proposals<'r>, usize)> {
    let (mut variables, mut proposals) = (Vec::new(), Vec::new());
    for &(stride, key) in &stratum.variables {
        let (variable, rows): (Proposals<'r>, Rows<'r, Round>) = Variable::new(scope, Product::new(0, 1));
        variables.push((variable, key));
        proposals.push(Rendered::of_rows(rows, stride, key));
    }
    for node in &stratum.body {
        match node {
            Node::Import(i) => line.push(Some(imports[*i].clone())),
            Node::Variable(i) => line.push(Some(proposals[*i].clone())),
            node => line.render(node),
        }
    }
    variables
}
