//! The draft laid out as straight lines: what no output needs is left out, what a loop reads from outside becomes an import.

use super::draft::{Draft, LoopId, reads};
use super::node::{Node, NodeId, Output, Plan, Scope};
use super::options::Options;
use super::turn::turned;
use std::collections::{BTreeMap, BTreeSet};

/// The plan of a draft that gives out these nodes.
pub(super) fn lay_out(draft: &Draft, outputs: &[(Output, NodeId)], options: &Options) -> Plan {
    let live = live(draft, outputs);
    let mut outer = Outer {
        draft,
        options,
        live: &live,
        places: BTreeMap::new(),
        exports: used_exports(draft, &live),
        plan: Plan::default(),
    };
    for id in live.iter().copied().filter(|id| draft.facts(*id).level.is_none()) {
        outer.place(id);
    }
    let Outer { places, mut plan, .. } = outer;
    plan.outputs = outputs.iter().map(|(output, id)| (*output, places[id])).collect();
    plan.inputs.sort();
    plan.inputs.dedup();
    plan
}

/// Every node that an output reads, however indirectly, in the order of the draft (which is an order of evaluation).
fn live(draft: &Draft, outputs: &[(Output, NodeId)]) -> BTreeSet<NodeId> {
    let mut live = BTreeSet::new();
    let mut todo: Vec<NodeId> = outputs.iter().map(|(_, id)| *id).collect();
    while let Some(id) = todo.pop() {
        if live.insert(id) {
            todo.extend(reads(draft.node(id)));
        }
    }
    live
}

/// Of each loop, the exports that somebody reads.
fn used_exports(draft: &Draft, live: &BTreeSet<NodeId>) -> BTreeMap<NodeId, Vec<usize>> {
    let mut used: BTreeMap<NodeId, Vec<usize>> = BTreeMap::new();
    for id in live {
        if let Node::Export { fix, index } = draft.node(*id) {
            used.entry(*fix).or_default().push(*index);
        }
    }
    used.values_mut().for_each(|indexes| indexes.sort());
    used
}

struct Outer<'a> {
    draft: &'a Draft,
    options: &'a Options,
    live: &'a BTreeSet<NodeId>,
    /// Draft id to plan id.
    places: BTreeMap<NodeId, NodeId>,
    exports: BTreeMap<NodeId, Vec<usize>>,
    plan: Plan,
}

impl Outer<'_> {
    fn place(&mut self, id: NodeId) {
        let facts = self.draft.facts(id);
        let node = match self.draft.node(id) {
            Node::Fix(scope) => Node::Fix(self.scope(id, scope)),
            Node::Export { fix, index } => {
                let kept = self.exports[fix].iter().position(|i| i == index).expect("a live export is used");
                Node::Export { fix: self.places[fix], index: kept }
            }
            other => renamed(other, &mut |read| self.places[&read]),
        };
        if let Node::Input { relation } = &node {
            self.plan.inputs.push(*relation);
        }
        let place = NodeId(self.plan.nodes.len() as u32);
        self.places.insert(id, place);
        self.plan.nodes.push(node);
        self.plan.shapes.push((facts.columns, facts.key));
    }

    fn scope(&self, fix: NodeId, drafted: &Scope) -> Scope {
        let within = drafted.binds.iter().chain(&drafted.exports).find_map(|id| self.draft.facts(*id).level);
        let exports: Vec<NodeId> = self.exports[&fix].iter().map(|i| drafted.exports[*i]).collect();
        let inside: Vec<NodeId> = self.live.iter().copied().filter(|id| inner(self.draft, *id, within)).collect();
        let mut line = Inner { draft: self.draft, within, body: Vec::new(), places: BTreeMap::new(), imports: Vec::new() };
        let reads = inside.iter().flat_map(|id| reads(self.draft.node(*id)));
        let reads: Vec<NodeId> = reads.chain(drafted.binds.iter().copied()).chain(exports.iter().copied()).collect();
        reads.into_iter().for_each(|id| line.import(id));
        inside.iter().for_each(|id| line.place(*id));
        let scope = Scope {
            imports: line.imports.iter().map(|id| self.places[id]).collect(),
            variables: drafted.variables.clone(),
            binds: drafted.binds.iter().map(|id| line.places[id]).collect(),
            exports: exports.iter().map(|id| line.places[id]).collect(),
            body: line.body,
        };
        if self.options.turn { turned(scope) } else { scope }
    }
}

fn inner(draft: &Draft, id: NodeId, within: Option<LoopId>) -> bool {
    let level = draft.facts(id).level;
    level.is_some() && level == within
}

struct Inner<'a> {
    draft: &'a Draft,
    within: Option<LoopId>,
    body: Vec<Node>,
    places: BTreeMap<NodeId, NodeId>,
    imports: Vec<NodeId>,
}

impl Inner<'_> {
    /// Makes an import of what is read from outside.
    fn import(&mut self, id: NodeId) {
        if !inner(self.draft, id, self.within) && !self.places.contains_key(&id) {
            self.push(id, Node::Import(self.imports.len()));
            self.imports.push(id);
        }
    }

    fn place(&mut self, id: NodeId) {
        let node = renamed(self.draft.node(id), &mut |read| self.places[&read]);
        self.push(id, node);
    }

    fn push(&mut self, id: NodeId, node: Node) {
        self.places.insert(id, NodeId(self.body.len() as u32));
        self.body.push(node);
    }
}

/// The same node reading from other places. Loops and exports are placed by their own rules.
pub(super) fn renamed(node: &Node, to: &mut impl FnMut(NodeId) -> NodeId) -> Node {
    let mut node = node.clone();
    match &mut node {
        Node::Map { source, .. }
        | Node::Range { source, .. }
        | Node::Distinct { source }
        | Node::Reduce { source, .. }
        | Node::Pick { source, .. } => {
            *source = to(*source);
        }
        Node::Join { left, right, .. } | Node::Anti { left, right, .. } => {
            *left = to(*left);
            *right = to(*right);
        }
        Node::Agenda { opens, closes, clock, .. } => {
            opens.iter_mut().chain(closes).chain([clock]).for_each(|read| *read = to(*read));
        }
        Node::Concat { sources } => sources.iter_mut().for_each(|source| *source = to(*source)),
        Node::Input { .. } | Node::Constant { .. } | Node::Import(_) | Node::Variable(_) => {}
        Node::Fix(_) | Node::Export { .. } => unreachable!("placed by their own rules"),
    }
    node
}
