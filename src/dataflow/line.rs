//! [`Line`]: the walk over a line of plan nodes, the same outside recursion and inside. Each node is kept in the forms its readers
//! asked for: a collection, an arrangement by its key, an arrangement by whole rows.
//!
//! What only stands in the outer line (inputs, constants, recursion) is in `render.rs`.

use super::arrange::{Arrangement, Entered, Rows, arrange, rows_of};
use super::halt::Halt;
use super::join::{First, Side, join};
use super::map::{map, rekey};
use super::reduce::{distinct, fold};
use super::shape::Program;
use super::time::Time;
use crate::expr::Fold;
use crate::plan::{Node, NodeId, Shape};
use crate::types::Interner;
use std::sync::Arc;
use timely::progress::timestamp::Refines;

/// What every node may need.
#[derive(Clone)]
pub struct Context {
    pub texts: Arc<Interner>,
    pub halt: Arc<Halt>,
}

/// A node that was rendered. At least one form is there; the others are made when they are asked for, and then shared.
#[derive(Clone)]
pub struct Rendered<'s, T: Time + Refines<u64>> {
    pub stride: usize,
    pub key: usize,
    rows: Option<Rows<'s, T>>,
    by_key: Option<Arrangement<'s, T>>,
    by_row: Option<Arrangement<'s, T>>,
    outside: Option<Entered<'s, T>>,
}

impl<'s, T: Time + Refines<u64>> Rendered<'s, T> {
    fn empty(stride: usize, key: usize) -> Self {
        Rendered { stride, key, rows: None, by_key: None, by_row: None, outside: None }
    }

    pub fn of_rows(rows: Rows<'s, T>, stride: usize, key: usize) -> Self {
        Rendered { rows: Some(rows), ..Rendered::empty(stride, key) }
    }

    pub fn of_outside(outside: Entered<'s, T>, stride: usize, key: usize) -> Self {
        Rendered { outside: Some(outside), ..Rendered::empty(stride, key) }
    }

    fn of_key(by_key: Arrangement<'s, T>, stride: usize, key: usize) -> Self {
        Rendered { by_key: Some(by_key), ..Rendered::empty(stride, key) }
    }

    fn of_row(by_row: Arrangement<'s, T>, stride: usize, key: usize) -> Self {
        let by_key = (stride == key).then(|| by_row.clone());
        Rendered { by_row: Some(by_row), by_key, ..Rendered::empty(stride, key) }
    }

    pub fn rows(&mut self) -> Rows<'s, T> {
        let (stride, key) = (self.stride, self.key);
        let rows = match (&self.rows, &self.by_row, &self.by_key, &self.outside) {
            (Some(rows), ..) => rows.clone(),
            (_, Some(batches), ..) | (_, _, Some(batches), _) => rows_of(batches.stream.clone(), stride, key),
            (.., Some(batches)) => rows_of(batches.stream.clone(), stride, key),
            (None, None, None, None) => unreachable!("a rendered node has at least one form"),
        };
        self.rows = Some(rows.clone());
        rows
    }

    /// Arranged by its key, here.
    pub fn by_key(&mut self) -> Arrangement<'s, T> {
        if self.by_key.is_none() {
            self.by_key = Some(arrange(self.rows()));
        }
        self.by_key.clone().expect("made just now")
    }

    /// Arranged by its key, outside if it is there.
    fn side(&mut self) -> Side<'s, T> {
        match &self.outside {
            Some(outside) => Side::Outside(outside.clone()),
            None => Side::Here(self.by_key()),
        }
    }

    fn is_outside(&self) -> bool {
        self.outside.is_some()
    }
}

pub struct Line<'s, T: Time + Refines<u64>> {
    nodes: Vec<Option<Rendered<'s, T>>>,
    context: Context,
}

impl<'s, T: Time + Refines<u64>> Line<'s, T> {
    pub fn new(context: Context) -> Self {
        Line { nodes: Vec::new(), context }
    }

    /// The next node of the line, rendered elsewhere; none for a node that has no rows of its own.
    pub fn push(&mut self, node: Option<Rendered<'s, T>>) {
        self.nodes.push(node);
    }

    pub fn at(&mut self, id: NodeId) -> &mut Rendered<'s, T> {
        self.nodes[id.index()].as_mut().expect("a plan reads only nodes that have rows")
    }

    /// Renders one of the nodes that both lines have, at the end of the line.
    pub fn render(&mut self, node: &Node) {
        let rendered = match node {
            Node::Map { source, shape } => self.map(*source, shape),
            Node::Join { left, right, shape } => self.join(*left, *right, shape),
            Node::Anti { left, right, shape } => self.anti(*left, *right, shape),
            Node::Concat { sources } => self.concat(sources),
            Node::Distinct { source } => self.distinct(*source),
            Node::Reduce { source, fold, column } => self.reduce(*source, *fold, *column),
            Node::Input { .. }
            | Node::Constant { .. }
            | Node::Import(_)
            | Node::Variable(_)
            | Node::Fix(_)
            | Node::Export { .. } => unreachable!("rendered by the owner of the line"),
        };
        self.push(Some(rendered));
    }

    fn program(&self, shape: &Shape) -> Program {
        Program::new(shape, &self.context.texts)
    }

    fn map(&mut self, source: NodeId, shape: &Shape) -> Rendered<'s, T> {
        let program = self.program(shape);
        let rows = map(self.at(source).rows(), program);
        Rendered::of_rows(rows, shape.columns.len(), shape.key)
    }

    fn join(&mut self, left: NodeId, right: NodeId, shape: &Shape) -> Rendered<'s, T> {
        let (program, halt) = (self.program(shape), self.context.halt.clone());
        let rows = if self.at(left).is_outside() && !self.at(right).is_outside() {
            let (first, second) = (self.at(right).by_key(), self.at(left).side());
            join(first, second, First::Right, program, halt)
        } else {
            let (first, second) = (self.at(left).by_key(), self.at(right).side());
            join(first, second, First::Left, program, halt)
        };
        Rendered::of_rows(rows, shape.columns.len(), shape.key)
    }

    /// Rows of `left` whose key `right` does not hold: all of them, less those that join.
    fn anti(&mut self, left: NodeId, right: NodeId, shape: &Shape) -> Rendered<'s, T> {
        let all = self.map(left, shape).rows();
        let found = self.join(left, right, shape).rows();
        Rendered::of_rows(all.concat(found.negate()), shape.columns.len(), shape.key)
    }

    fn concat(&mut self, sources: &[NodeId]) -> Rendered<'s, T> {
        let (first, rest) = sources.split_first().expect("a plan concatenates at least one node");
        let (stride, key) = (self.at(*first).stride, self.at(*first).key);
        let rest: Vec<Rows<'s, T>> = rest.iter().map(|id| self.rows_under(*id, key)).collect();
        Rendered::of_rows(self.at(*first).rows().concatenate(rest), stride, key)
    }

    fn distinct(&mut self, source: NodeId) -> Rendered<'s, T> {
        let (stride, key) = (self.at(source).stride, self.at(source).key);
        let all = if stride == key { self.at(source).by_key() } else { arrange(self.rows_under(source, stride)) };
        Rendered::of_row(distinct(all, &self.context), stride, key)
    }

    fn reduce(&mut self, source: NodeId, of: Fold, column: Option<usize>) -> Rendered<'s, T> {
        let (groups, key) = (self.at(source).by_key(), self.at(source).key);
        Rendered::of_key(fold(groups, of, column, &self.context), key + 1, key)
    }

    /// The rows of a node with their first `key` columns as key.
    pub fn rows_under(&mut self, id: NodeId, key: usize) -> Rows<'s, T> {
        let node = self.at(id);
        if node.key == key { node.rows() } else { rekey(node.rows(), key) }
    }
}
