//! Plans written by hand.

use huiyan::expr::Expr;
use huiyan::plan::{Made, Node, NodeId, Output, Plan, Pred, Scope, Shape, Src};
use huiyan::types::RelId;

pub fn k(i: u16) -> Src {
    Src::Key(i)
}

pub fn l(i: u16) -> Src {
    Src::Left(i)
}

pub fn r(i: u16) -> Src {
    Src::Right(i)
}

pub fn n(i: u32) -> NodeId {
    NodeId(i)
}

/// The first `key` columns of `columns` are the key.
pub fn shape(key: usize, columns: &[Src]) -> Shape {
    Shape { filter: vec![], columns: columns.iter().map(|src| Made::Operand(Expr::Var(*src))).collect(), key }
}

pub fn plan(nodes: Vec<Node>, outputs: &[(u32, u32)]) -> Plan {
    Plan {
        nodes,
        outputs: outputs.iter().map(|(relation, id)| (Output::Relation(RelId(*relation)), n(*id))).collect(),
        ..Plan::default()
    }
}

pub fn input(relation: u32) -> Node {
    Node::Input { relation: RelId(relation) }
}

pub fn map(source: u32, shape: Shape) -> Node {
    Node::Map { source: n(source), shape }
}

pub fn join(left: u32, right: u32, shape: Shape) -> Node {
    Node::Join { left: n(left), right: n(right), shape }
}

pub fn anti(left: u32, right: u32, shape: Shape) -> Node {
    Node::Anti { left: n(left), right: n(right), shape }
}

pub fn concat(sources: &[u32]) -> Node {
    Node::Concat { sources: sources.iter().map(|id| n(*id)).collect() }
}

pub fn distinct(source: u32) -> Node {
    Node::Distinct { source: n(source) }
}

/// 1(y, x) from 0(x, y).
pub fn swap() -> Plan {
    plan(vec![input(0), map(0, shape(2, &[k(1), k(0)])), distinct(1)], &[(1, 2)])
}
