//! [`Line`]: the walk over the plan nodes of a recursion. Each node is kept in the forms its readers asked for: a collection, an
//! arrangement by its key, an arrangement by whole rows.
//!
//! The outer line, which has no rounds, is evaluated by `outer.rs`.

use super::arrange::{Arrangement, Entered, Rows, arrange, rows_of};
use super::feed::Feed;
use super::gather::gather;
use super::halt::Halt;
use super::join::{First, Side, Sign, join};
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
    /// Nothing where only arrangements are there.
    feeds: Vec<Feed<'s, T>>,
    by_key: Option<Arrangement<'s, T>>,
    by_row: Option<Arrangement<'s, T>>,
    outside: Option<Entered<'s, T>>,
}

impl<'s, T: Time + Refines<u64>> Rendered<'s, T> {
    fn of_feeds(feeds: Vec<Feed<'s, T>>, stride: usize, key: usize) -> Self {
        Rendered { stride, key, feeds, by_key: None, by_row: None, outside: None }
    }

    pub fn of_rows(rows: Rows<'s, T>, stride: usize, key: usize) -> Self {
        Rendered::of_feeds(vec![Feed::plain(rows, key)], stride, key)
    }

    pub fn of_outside(outside: Entered<'s, T>, stride: usize, key: usize) -> Self {
        Rendered { outside: Some(outside), ..Rendered::of_feeds(vec![], stride, key) }
    }

    fn of_key(by_key: Arrangement<'s, T>, stride: usize, key: usize) -> Self {
        Rendered { by_key: Some(by_key), ..Rendered::of_feeds(vec![], stride, key) }
    }

    fn of_row(by_row: Arrangement<'s, T>, stride: usize, key: usize) -> Self {
        let by_key = (stride == key).then(|| by_row.clone());
        Rendered { by_row: Some(by_row), by_key, ..Rendered::of_feeds(vec![], stride, key) }
    }

    pub fn rows(&mut self) -> Rows<'s, T> {
        let (stride, key) = (self.stride, self.key);
        let rows = match (self.feeds.as_slice(), &self.by_row, &self.by_key, &self.outside) {
            ([feed], ..) if feed.pipe.is_plain() && feed.pipe.key == key => return feed.rows.clone(),
            ([_, ..], ..) => gather(&self.feeds),
            (_, Some(batches), ..) | (_, _, Some(batches), _) => rows_of(batches.stream.clone(), stride, key),
            (.., Some(batches)) => rows_of(batches.stream.clone(), stride, key),
            ([], None, None, None) => unreachable!("a rendered node has at least one form"),
        };
        self.feeds = vec![Feed::plain(rows.clone(), key)];
        rows
    }

    /// For one of `readers` readers: each does what is still to be done itself, unless that is more than to do it once for all.
    fn feeds(&mut self, readers: usize) -> Vec<Feed<'s, T>> {
        if self.feeds.is_empty() || readers * self.feeds.len() > MOST_DONE_AGAIN {
            self.rows();
        }
        self.feeds.clone()
    }

    /// Arranged by its key, here.
    pub fn by_key(&mut self, readers: usize) -> Arrangement<'s, T> {
        if self.by_key.is_none() {
            self.by_key = Some(arrange(&self.feeds(readers)));
        }
        self.by_key.clone().expect("made just now")
    }

    fn is_outside(&self) -> bool {
        self.outside.is_some()
    }
}

/// Feeds times readers up to which readers do the work of a node each for itself.
const MOST_DONE_AGAIN: usize = 2;

pub struct Line<'s, T: Time + Refines<u64>> {
    nodes: Vec<Rendered<'s, T>>,
    /// How many will read each node's rows; its arrangement counts as one of them.
    readers: Vec<usize>,
    context: Context,
}

impl<'s, T: Time + Refines<u64>> Line<'s, T> {
    /// For these nodes, and what reads them from elsewhere.
    pub fn new(nodes: &[Node], elsewhere: &[NodeId], context: Context) -> Self {
        Line { nodes: Vec::new(), readers: readers(nodes, elsewhere), context }
    }

    /// The next node of the line, rendered elsewhere.
    pub fn push(&mut self, node: Rendered<'s, T>) {
        self.nodes.push(node);
    }

    pub fn at(&mut self, id: NodeId) -> &mut Rendered<'s, T> {
        &mut self.nodes[id.index()]
    }

    /// Renders the next node.
    pub fn render(&mut self, node: &Node) {
        let rendered = match node {
            Node::Map { source, shape } => self.map(*source, shape),
            Node::Join { left, right, shape } => {
                Rendered::of_rows(self.join(*left, *right, shape, Sign::Plus), shape.columns.len(), shape.key)
            }
            Node::Anti { left, right, shape } => self.anti(*left, *right, shape),
            Node::Concat { sources } => self.concat(sources),
            Node::Distinct { source } => self.distinct(*source),
            Node::Reduce { source, fold, column } => self.reduce(*source, *fold, *column),
            Node::Input { .. }
            | Node::Constant { .. }
            | Node::Import(_)
            | Node::Variable(_)
            | Node::Fix(_)
            | Node::Export { .. } => unreachable!("not inside a recursion, or rendered by its owner"),
        };
        self.push(rendered);
    }

    fn program(&self, shape: &Shape) -> Program {
        Program::new(shape, &self.context.texts)
    }

    fn feeds(&mut self, id: NodeId) -> Vec<Feed<'s, T>> {
        let readers = self.readers[id.index()];
        self.at(id).feeds(readers)
    }

    pub fn by_key(&mut self, id: NodeId) -> Arrangement<'s, T> {
        let readers = self.readers[id.index()];
        self.at(id).by_key(readers)
    }

    /// Arranged by its key, outside if it is there.
    fn side(&mut self, id: NodeId) -> Side<'s, T> {
        match &self.at(id).outside {
            Some(outside) => Side::Outside(outside.clone()),
            None => Side::Here(self.by_key(id)),
        }
    }

    fn map(&mut self, source: NodeId, shape: &Shape) -> Rendered<'s, T> {
        let program = self.program(shape);
        let feeds = self.feeds(source).into_iter().map(|feed| feed.then(program.clone())).collect();
        Rendered::of_feeds(feeds, shape.columns.len(), shape.key)
    }

    fn join(&mut self, left: NodeId, right: NodeId, shape: &Shape, sign: Sign) -> Rows<'s, T> {
        let (program, halt) = (self.program(shape), self.context.halt.clone());
        if self.at(left).is_outside() && !self.at(right).is_outside() {
            let (first, second) = (self.by_key(right), self.side(left));
            join(first, second, First::Right, program, sign, halt)
        } else {
            let (first, second) = (self.by_key(left), self.side(right));
            join(first, second, First::Left, program, sign, halt)
        }
    }

    /// Rows of `left` whose key `right` does not hold: all of them, less those that join.
    fn anti(&mut self, left: NodeId, right: NodeId, shape: &Shape) -> Rendered<'s, T> {
        let mut rendered = self.map(left, shape);
        let found = self.join(left, right, shape, Sign::Minus);
        rendered.feeds.push(Feed::plain(found, shape.key));
        rendered
    }

    fn concat(&mut self, sources: &[NodeId]) -> Rendered<'s, T> {
        let first = sources.first().expect("a plan concatenates at least one node");
        let (stride, key) = (self.at(*first).stride, self.at(*first).key);
        let mut feeds = Vec::new();
        for id in sources {
            feeds.extend(self.feeds_under(*id, key));
        }
        Rendered::of_feeds(feeds, stride, key)
    }

    fn distinct(&mut self, source: NodeId) -> Rendered<'s, T> {
        let (stride, key) = (self.at(source).stride, self.at(source).key);
        let all = if stride == key { self.by_key(source) } else { arrange(&self.feeds_under(source, stride)) };
        Rendered::of_row(distinct(all, &self.context), stride, key)
    }

    fn reduce(&mut self, source: NodeId, of: Fold, column: Option<usize>) -> Rendered<'s, T> {
        let (groups, key) = (self.by_key(source), self.at(source).key);
        Rendered::of_key(fold(groups, of, column, &self.context), key + 1, key)
    }

    /// What gives the rows of a node with their first `key` columns as key.
    fn feeds_under(&mut self, id: NodeId, key: usize) -> Vec<Feed<'s, T>> {
        self.feeds(id).into_iter().map(|feed| feed.under(key)).collect()
    }

    /// The rows of a node with their first `key` columns as key.
    pub fn rows_under(&mut self, id: NodeId, key: usize) -> Rows<'s, T> {
        if self.at(id).key == key { self.at(id).rows() } else { gather(&self.feeds_under(id, key)) }
    }
}

fn readers(nodes: &[Node], elsewhere: &[NodeId]) -> Vec<usize> {
    let mut rows = vec![0; nodes.len()];
    let mut arranged = vec![false; nodes.len()];
    for node in nodes {
        match node {
            Node::Map { source, .. } | Node::Distinct { source } => rows[source.index()] += 1,
            Node::Concat { sources } => sources.iter().for_each(|source| rows[source.index()] += 1),
            Node::Join { left, right, .. } => [left, right].into_iter().for_each(|side| arranged[side.index()] = true),
            Node::Anti { left, right, .. } => {
                rows[left.index()] += 1;
                [left, right].into_iter().for_each(|side| arranged[side.index()] = true);
            }
            Node::Reduce { source, .. } => arranged[source.index()] = true,
            Node::Fix(stratum) => stratum.imports.iter().for_each(|import| arranged[import.index()] = true),
            Node::Input { .. } | Node::Constant { .. } | Node::Import(_) | Node::Variable(_) | Node::Export { .. } => {}
        }
    }
    elsewhere.iter().for_each(|id| rows[id.index()] += 1);
    rows.into_iter().zip(arranged).map(|(rows, arranged)| rows + usize::from(arranged)).collect()
}
