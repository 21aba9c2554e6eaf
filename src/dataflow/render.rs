//! A plan as an [`Outer`] line: what each node does, which nodes are one, whose rows are kept.
//!
//! A node that only takes other columns as its key is the node it reads: rows are sorted as a whole, and any leading columns find them.

use super::fold::Folding;
use super::line::Context;
use super::outer::{Outer, Rows, Source, Step};
use super::pick::Picking;
use super::range::Generator;
use super::shape::Program;
use super::stratum::Stratum;
use super::updates::Delta;
use crate::plan::{Node, NodeId, Plan, Scope as Recursion, Shape};
use crate::types::{Kind, RelId, Value};
use std::collections::HashMap;
use timely::worker::Worker;

/// All workers render the same plan, so that they share its recursions.
pub fn render(timely: &mut Worker, plan: &Plan, arities: &[usize], context: &Context) -> Outer {
    let mut rendering = Rendering {
        timely,
        arities,
        context,
        forms: Vec::new(),
        steps: Vec::new(),
        strata: Vec::new(),
        rows: Vec::new(),
        inputs: HashMap::new(),
        recursions: HashMap::new(),
        exports: HashMap::new(),
    };
    plan.nodes.iter().for_each(|node| rendering.node(node));
    let Rendering { forms, steps, strata, rows, inputs, .. } = rendering;
    let outputs = plan.outputs.iter().map(|(_, id)| forms[id.index()].node).collect();
    Outer::new(steps, strata, rows, inputs, outputs, context.clone())
}

/// Where the rows of a plan node are, and their columns.
#[derive(Clone, Copy)]
struct Form {
    node: usize,
    stride: usize,
    key: usize,
}

struct Rendering<'a> {
    timely: &'a mut Worker,
    arities: &'a [usize],
    context: &'a Context,
    /// Of each plan node so far.
    forms: Vec<Form>,
    steps: Vec<Step>,
    strata: Vec<Stratum>,
    rows: Vec<Rows>,
    inputs: HashMap<RelId, usize>,
    /// Of each recursion, columns and key of its exports.
    recursions: HashMap<NodeId, Vec<(usize, usize)>>,
    /// Those that are read.
    exports: HashMap<(NodeId, usize), Form>,
}

impl Rendering<'_> {
    fn form(&self, id: NodeId) -> Form {
        self.forms[id.index()]
    }

    fn source(&self, id: &NodeId) -> Source {
        let Form { node, key, .. } = self.form(*id);
        Source { node, key }
    }

    /// A node whose rows are looked up.
    fn kept(&mut self, id: &NodeId) -> Source {
        let source = self.source(id);
        self.rows[source.node].keep();
        source
    }

    fn program(&self, shape: &Shape) -> Program {
        Program::new(shape, &self.context.texts, &self.context.naming)
    }

    fn push(&mut self, step: Step, stride: usize, key: usize) {
        let node = self.steps.len();
        self.steps.push(step);
        self.rows.push(Rows::new(stride));
        self.forms.push(Form { node, stride, key });
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Input { relation } => self.input(*relation),
            Node::Constant { rows, kinds, key } => self.constant(rows, kinds, *key),
            Node::Map { source, shape } => self.map(source, shape),
            Node::Range { source, bounds, shape } => {
                let generator = Generator::new(bounds, shape, self.context);
                self.push(Step::Range(self.source(source), generator), shape.columns.len(), shape.key);
            }
            Node::Join { left, right, shape } => {
                let (left, right) = (self.kept(left), self.kept(right));
                self.push(Step::Join(left, right, self.program(shape)), shape.columns.len(), shape.key);
            }
            Node::Anti { left, right, shape } => {
                let (left, right) = (self.kept(left), self.kept(right));
                self.push(Step::Anti(left, right, self.program(shape)), shape.columns.len(), shape.key);
            }
            Node::Agenda { opens, closes, clock, shape } => {
                let mut kept = |id: &NodeId| self.kept(id);
                let (opens, closes, clock) = (opens.as_ref().map(&mut kept), closes.as_ref().map(&mut kept), kept(clock));
                let program = self.program(shape);
                self.push(Step::Agenda(opens, closes, clock, program), shape.columns.len(), shape.key);
            }
            Node::Concat { sources } => {
                let first = self.form(sources[0]);
                let sources = sources.iter().map(|id| self.source(id)).collect();
                self.push(Step::Concat(sources), first.stride, first.key);
            }
            Node::Distinct { source } => {
                let form = self.form(*source);
                let source = self.kept(source);
                self.push(Step::Distinct(source), form.stride, form.key);
            }
            Node::Reduce { source, fold, column } => {
                let source = self.kept(source);
                self.push(Step::Reduce(source, Folding::new(*fold, *column)), source.key + 1, source.key);
            }
            Node::Pick { source, pick } => {
                let form = self.form(*source);
                let source = self.kept(source);
                let step = Step::Pick(source, Picking::new(pick, self.context));
                self.push(step, pick.width(form.stride, form.key), form.key);
            }
            Node::Fix(recursion) => self.fix(recursion),
            Node::Export { fix, index } => self.export(*fix, *index),
            Node::Import(_) | Node::Variable(_) => unreachable!("only inside a recursion"),
        }
    }

    /// A relation is one node, however many read it.
    fn input(&mut self, relation: RelId) {
        let arity = self.arities[relation.index()];
        if let Some(&node) = self.inputs.get(&relation) {
            self.forms.push(Form { node, stride: arity, key: arity });
            return;
        }
        self.inputs.insert(relation, self.steps.len());
        self.push(Step::Input, arity, arity);
    }

    fn constant(&mut self, rows: &[Vec<Value>], kinds: &[Kind], key: usize) {
        let texts = &self.context.texts;
        let mut own = Delta::new(kinds.len(), key);
        for row in rows {
            let words: Vec<_> = row.iter().zip(kinds).map(|(value, kind)| texts.encode(value, *kind)).collect();
            own.push(&words, (), 1);
        }
        self.push(Step::Constant(own), kinds.len(), key);
    }

    fn map(&mut self, source: &NodeId, shape: &Shape) {
        let (form, program) = (self.form(*source), self.program(shape));
        if program.is_identity(form.key, form.stride) {
            self.forms.push(Form { key: shape.key, ..form });
            return;
        }
        let source = self.source(source);
        self.push(Step::Map(source, program), shape.columns.len(), shape.key);
    }

    fn fix(&mut self, recursion: &Recursion) {
        let imports: Vec<Form> = recursion.imports.iter().map(|id| self.form(*id)).collect();
        let columns: Vec<(usize, usize)> = imports.iter().map(|import| (import.stride, import.key)).collect();
        let stratum = Stratum::new(self.timely, recursion, &columns, self.context);
        self.recursions.insert(NodeId(self.forms.len() as u32), stratum.exports().to_vec());
        let sources = imports.iter().map(|import| Source { node: import.node, key: import.key }).collect();
        self.push(Step::Fix(sources, self.strata.len()), 0, 0);
        self.strata.push(stratum);
    }

    /// What a recursion exports is one node, however many read it.
    fn export(&mut self, fix: NodeId, index: usize) {
        if let Some(form) = self.exports.get(&(fix, index)) {
            self.forms.push(*form);
            return;
        }
        let (stride, key) = self.recursions[&fix][index];
        let node = self.steps.len();
        self.exports.insert((fix, index), Form { node, stride, key });
        self.push(Step::Export(self.form(fix).node, index), stride, key);
    }
}
