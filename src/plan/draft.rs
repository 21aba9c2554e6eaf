//! [`Draft`]: the plan while it is being built. Nodes of all lines stand in one list, each after what it reads, and each knows on its
//! own whether it changes within a loop (its *level*). So nothing that stays the same is ever computed inside a scope: a node is inner
//! exactly if it reads a variable, directly or not.
//!
//! Here ids count in the draft. [`super::lines`] turns it into the straight lines of a [`super::Plan`].

use super::node::{Node, NodeId, Scope, Shape};
use super::sets;
use super::share::Shared;
use crate::types::RelId;

/// Which recursive stratum a node is inside of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct LoopId(pub u32);

/// What is known of a node beside what it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub columns: usize,
    pub key: usize,
    pub level: Option<LoopId>,
    /// No row of it can stand twice.
    pub set: bool,
}

pub(super) struct Draft {
    pub nodes: Vec<Node>,
    pub facts: Vec<Facts>,
    shared: Shared,
    loops: u32,
}

impl Draft {
    pub fn new(sharing: bool) -> Draft {
        Draft { nodes: Vec::new(), facts: Vec::new(), shared: Shared::new(sharing), loops: 0 }
    }

    pub fn facts(&self, id: NodeId) -> Facts {
        self.facts[id.index()]
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub fn input(&mut self, relation: RelId, arity: usize) -> NodeId {
        self.push(Node::Input { relation }, Facts { columns: arity, key: arity, level: None, set: true })
    }

    /// A loop that variables can be made for.
    pub fn open_loop(&mut self) -> LoopId {
        self.loops += 1;
        LoopId(self.loops - 1)
    }

    /// The proposals of a relation in the round before; key = all columns.
    pub fn variable(&mut self, within: LoopId, index: usize, arity: usize) -> NodeId {
        self.push(Node::Variable(index), Facts { columns: arity, key: arity, level: Some(within), set: false })
    }

    /// Ends a loop: what each variable becomes, what leaves. Ids are of the draft; the body is found when lines are made.
    pub fn close_loop(&mut self, variables: Vec<(usize, usize)>, binds: Vec<NodeId>, exports: Vec<NodeId>) -> NodeId {
        let scope = Scope { imports: Vec::new(), variables, body: Vec::new(), binds, exports };
        self.push(Node::Fix(scope), Facts { columns: 0, key: 0, level: None, set: false })
    }

    pub fn export(&mut self, fix: NodeId, index: usize) -> NodeId {
        let Node::Fix(scope) = self.node(fix) else { unreachable!("exports are of loops") };
        let inner = self.facts(scope.exports[index]);
        self.push(Node::Export { fix, index }, Facts { level: None, ..inner })
    }

    /// Any other node; what is known of it follows from what it reads.
    pub fn add(&mut self, node: Node) -> NodeId {
        let level = reads(&node).into_iter().filter_map(|id| self.facts(id).level).max();
        let (columns, key) = self.shape_of(&node);
        let set = sets::is_set(self, &node);
        self.push(node, Facts { columns, key, level, set })
    }

    /// One node out of several; of one alone, itself.
    pub fn concat(&mut self, mut sources: Vec<NodeId>) -> NodeId {
        if sources.len() == 1 { sources.remove(0) } else { self.add(Node::Concat { sources }) }
    }

    /// Rows of `source` made anew; `source` itself if that would change nothing.
    pub fn map(&mut self, source: NodeId, shape: Shape) -> NodeId {
        if is_identity(&shape, self.facts(source)) { source } else { self.add(Node::Map { source, shape }) }
    }

    fn shape_of(&self, node: &Node) -> (usize, usize) {
        let of = |id: &NodeId| (self.facts(*id).columns, self.facts(*id).key);
        match node {
            Node::Constant { kinds, key, .. } => (kinds.len(), *key),
            Node::Map { shape, .. }
            | Node::Join { shape, .. }
            | Node::Anti { shape, .. }
            | Node::Agenda { shape, .. }
            | Node::Range { shape, .. } => (shape.columns.len(), shape.key),
            Node::Concat { sources } => sources.first().map_or((0, 0), of),
            Node::Distinct { source } => of(source),
            Node::Reduce { source, .. } => (of(source).1 + 1, of(source).1),
            Node::Pick { source, pick } => {
                let (columns, key) = of(source);
                (pick.width(columns, key), key)
            }
            Node::Input { .. } | Node::Import(_) | Node::Variable(_) | Node::Fix(_) | Node::Export { .. } => {
                unreachable!("made by a method of its own, or only when lines are made")
            }
        }
    }

    fn push(&mut self, node: Node, facts: Facts) -> NodeId {
        if let Some(known) = self.shared.find(&node, facts.level) {
            return known;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.shared.remember(&node, facts.level, id);
        self.nodes.push(node);
        self.facts.push(facts);
        id
    }
}

/// What a node reads directly; of a loop, what leaves it and what comes round.
pub(super) fn reads(node: &Node) -> Vec<NodeId> {
    match node {
        Node::Input { .. } | Node::Constant { .. } | Node::Import(_) | Node::Variable(_) => Vec::new(),
        Node::Map { source, .. }
        | Node::Range { source, .. }
        | Node::Distinct { source }
        | Node::Reduce { source, .. }
        | Node::Pick { source, .. } => {
            vec![*source]
        }
        Node::Join { left, right, .. } | Node::Anti { left, right, .. } => vec![*left, *right],
        Node::Agenda { opens, closes, clock, .. } => opens.iter().chain(closes).chain([clock]).copied().collect(),
        Node::Concat { sources } => sources.clone(),
        Node::Fix(scope) => scope.binds.iter().chain(&scope.exports).copied().collect(),
        Node::Export { fix, .. } => vec![*fix],
    }
}

fn is_identity(shape: &Shape, source: Facts) -> bool {
    shape.filter.is_empty()
        && shape.key == source.key
        && shape.columns.len() == source.columns
        && shape.columns.iter().enumerate().all(|(i, made)| sets::plain(made) == Some(sets::column_at(i, source.key)))
}
