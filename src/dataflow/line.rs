//! [`Line`]: the walk over the plan nodes of a recursion. Each node is kept in the forms its readers asked for: a collection, an
//! arrangement by its key, an arrangement by whole rows.
//!
//! The outer line, which has no rounds, is evaluated by `outer.rs`.

use super::arrange::{Arrangement, Rows, arrange, rows_of};
use super::distinct::distinct;
use super::feed::Feed;
use super::gather::gather;
use super::halt::Halt;
use super::join::{Pairing, Sign, join};
use super::pick::Picking;
use super::range::{Generator, range};
use super::reduce::{fold, pick};
use super::shape::Program;
use super::time::Round;
use crate::expr::{Fold, Naming};
use crate::plan::{Node, NodeId, Pick, Shape};
use crate::types::Interner;
use std::sync::Arc;

/// What every node may need.
#[derive(Clone)]
pub struct Context {
    pub texts: Arc<Interner>,
    pub naming: Naming,
    pub halt: Arc<Halt>,
}

/// A node that was rendered. At least one form is there; the others are made when they are asked for, and then shared.
#[derive(Clone)]
pub struct Rendered<'s> {
    pub stride: usize,
    pub key: usize,
    /// Nothing where only arrangements are there.
    feeds: Vec<Feed<'s, Round>>,
    by_key: Option<Arrangement<'s, Round>>,
    by_row: Option<Whole<'s>>,
}

/// Rows arranged as a whole. The first `spread` columns say at which worker they are, so joins by these read it too.
#[derive(Clone)]
struct Whole<'s> {
    arrangement: Arrangement<'s, Round>,
    spread: usize,
}

impl<'s> Rendered<'s> {
    fn of_feeds(feeds: Vec<Feed<'s, Round>>, stride: usize, key: usize) -> Self {
        Rendered { stride, key, feeds, by_key: None, by_row: None }
    }

    pub fn of_rows(rows: Rows<'s, Round>, stride: usize, key: usize) -> Self {
        Rendered::of_feeds(vec![Feed::plain(rows, key)], stride, key)
    }

    fn of_key(by_key: Arrangement<'s, Round>, stride: usize, key: usize) -> Self {
        Rendered { by_key: Some(by_key), ..Rendered::of_feeds(vec![], stride, key) }
    }

    fn of_row(by_row: Whole<'s>, stride: usize, key: usize) -> Self {
        Rendered { by_row: Some(by_row), ..Rendered::of_feeds(vec![], stride, key) }
    }

    /// The same rows with another number of leading columns as the key.
    fn under(&self, key: usize) -> Self {
        let feeds = self.feeds.iter().map(|feed| feed.clone().under(key)).collect();
        Rendered { feeds, key, by_key: None, ..self.clone() }
    }

    fn rows(&mut self) -> Rows<'s, Round> {
        let (stride, key) = (self.stride, self.key);
        let rows = match (self.feeds.as_slice(), &self.by_row, &self.by_key) {
            ([feed], ..) if feed.pipe.is_plain() && feed.pipe.key == key => return feed.rows.clone(),
            ([_, ..], ..) => gather(&self.feeds),
            (_, Some(whole), _) => rows_of(whole.arrangement.stream.clone(), stride, key),
            (.., Some(arrangement)) => rows_of(arrangement.stream.clone(), stride, key),
            ([], None, None) => unreachable!("a rendered node has at least one form"),
        };
        self.feeds = vec![Feed::plain(rows.clone(), key)];
        rows
    }

    /// For one of `readers` readers: each does what is still to be done itself, unless that is more than to do it once for all.
    fn feeds(&mut self, readers: usize) -> Vec<Feed<'s, Round>> {
        if self.feeds.is_empty() || readers * self.feeds.len() > MOST_DONE_AGAIN {
            self.rows();
        }
        self.feeds.clone()
    }

    /// Arranged by its key.
    fn by_key(&mut self, readers: usize) -> Arrangement<'s, Round> {
        if let Some(whole) = &self.by_row
            && whole.spread == self.stride
            && self.stride == self.key
        {
            return whole.arrangement.clone();
        }
        if self.by_key.is_none() {
            self.by_key = Some(arrange(&self.feeds(readers), self.key));
        }
        self.by_key.clone().expect("made just now")
    }

    /// Arranged so that the rows of a key stand together.
    fn side(&mut self, readers: usize) -> Arrangement<'s, Round> {
        match &self.by_row {
            Some(whole) if whole.spread == self.key => whole.arrangement.clone(),
            _ => self.by_key(readers),
        }
    }
}

/// Feeds times readers up to which readers do the work of a node each for itself.
const MOST_DONE_AGAIN: usize = 2;

pub struct Line<'s> {
    body: Vec<Node>,
    /// Those rendered so far.
    nodes: Vec<Rendered<'s>>,
    /// How many will read each node's rows; its arrangement counts as one of them.
    readers: Vec<usize>,
    wanted: Wanted,
    context: Context,
}

/// What nodes are wanted for, looked up once for all: a recursion may have as many nodes as a program has rules.
struct Wanted {
    /// Whether a node is a side of a join.
    joined: Vec<bool>,
    /// The maps that read a node.
    maps: Vec<Vec<usize>>,
}

impl Wanted {
    fn of(nodes: &[Node]) -> Self {
        let mut wanted = Wanted { joined: vec![false; nodes.len()], maps: vec![Vec::new(); nodes.len()] };
        for (i, node) in nodes.iter().enumerate() {
            match node {
                Node::Join { left, right, .. } | Node::Anti { left, right, .. } => {
                    [left, right].into_iter().for_each(|side| wanted.joined[side.index()] = true);
                }
                Node::Map { source, .. } => wanted.maps[source.index()].push(i),
                Node::Input { .. }
                | Node::Constant { .. }
                | Node::Import(_)
                | Node::Variable(_)
                | Node::Range { .. }
                | Node::Agenda { .. }
                | Node::Concat { .. }
                | Node::Distinct { .. }
                | Node::Reduce { .. }
                | Node::Pick { .. }
                | Node::Fix(_)
                | Node::Export { .. } => {}
            }
        }
        wanted
    }
}

impl<'s> Line<'s> {
    /// For these nodes, and what reads them from elsewhere.
    pub fn new(nodes: &[Node], elsewhere: &[NodeId], context: Context) -> Self {
        Line { body: nodes.to_vec(), nodes: Vec::new(), readers: readers(nodes, elsewhere), wanted: Wanted::of(nodes), context }
    }

    /// The next node of the line, rendered elsewhere.
    pub fn push(&mut self, node: Rendered<'s>) {
        self.nodes.push(node);
    }

    pub fn at(&mut self, id: NodeId) -> &mut Rendered<'s> {
        &mut self.nodes[id.index()]
    }

    /// Renders the next node.
    pub fn render(&mut self, node: &Node) {
        let rendered = match node {
            Node::Map { source, shape } => self.map(*source, shape),
            Node::Range { source, bounds, shape } => {
                let generator = Generator::new(bounds, shape, &self.context);
                Rendered::of_rows(range(&self.feeds(*source), &generator), shape.columns.len(), shape.key)
            }
            Node::Join { left, right, shape } => {
                Rendered::of_rows(self.join(*left, *right, shape, Sign::Plus), shape.columns.len(), shape.key)
            }
            Node::Anti { left, right, shape } => self.anti(*left, *right, shape),
            Node::Concat { sources } => self.concat(sources),
            Node::Distinct { source } => self.distinct(*source),
            Node::Reduce { source, fold, column } => self.reduce(*source, *fold, *column),
            Node::Pick { source, pick } => self.pick(*source, pick),
            Node::Input { .. }
            | Node::Constant { .. }
            | Node::Import(_)
            | Node::Variable(_)
            | Node::Agenda { .. }
            | Node::Fix(_)
            | Node::Export { .. } => unreachable!("not inside a recursion, or rendered by its owner"),
        };
        self.push(rendered);
    }

    fn program(&self, shape: &Shape) -> Program {
        Program::new(shape, &self.context.texts, &self.context.naming)
    }

    pub fn feeds(&mut self, id: NodeId) -> Vec<Feed<'s, Round>> {
        let readers = self.readers[id.index()];
        self.at(id).feeds(readers)
    }

    fn by_key(&mut self, id: NodeId) -> Arrangement<'s, Round> {
        let readers = self.readers[id.index()];
        self.at(id).by_key(readers)
    }

    fn side(&mut self, id: NodeId) -> Arrangement<'s, Round> {
        let readers = self.readers[id.index()];
        self.at(id).side(readers)
    }

    fn map(&mut self, source: NodeId, shape: &Shape) -> Rendered<'s> {
        let only_keys = self.program(shape).is_identity(self.at(source).key, self.at(source).stride);
        if only_keys && self.at(source).by_row.is_some() {
            return self.at(source).under(shape.key);
        }
        Rendered::of_feeds(self.mapped(source, shape), shape.columns.len(), shape.key)
    }

    fn mapped(&mut self, source: NodeId, shape: &Shape) -> Vec<Feed<'s, Round>> {
        let program = self.program(shape);
        self.feeds(source).into_iter().map(|feed| feed.then(program.clone())).collect()
    }

    fn join(&mut self, left: NodeId, right: NodeId, shape: &Shape, sign: Sign) -> Rows<'s, Round> {
        let pairing = Pairing { program: self.program(shape), key: self.at(left).key, sign, halt: self.context.halt.clone() };
        join(self.side(left), self.side(right), pairing)
    }

    /// Rows of `left` whose key `right` does not hold: all of them, less those that join.
    fn anti(&mut self, left: NodeId, right: NodeId, shape: &Shape) -> Rendered<'s> {
        let mut feeds = self.mapped(left, shape);
        feeds.push(Feed::plain(self.join(left, right, shape, Sign::Minus), shape.key));
        Rendered::of_feeds(feeds, shape.columns.len(), shape.key)
    }

    fn concat(&mut self, sources: &[NodeId]) -> Rendered<'s> {
        let first = sources.first().expect("a plan concatenates at least one node");
        let (stride, key) = (self.at(*first).stride, self.at(*first).key);
        let mut feeds = Vec::new();
        for id in sources {
            feeds.extend(self.feeds_under(*id, key));
        }
        Rendered::of_feeds(feeds, stride, key)
    }

    fn distinct(&mut self, source: NodeId) -> Rendered<'s> {
        let (stride, key) = (self.at(source).stride, self.at(source).key);
        let spread = self.spread(stride, key);
        let all = arrange(&self.feeds_under(source, stride), spread);
        Rendered::of_row(Whole { arrangement: distinct(all, stride, &self.context.halt), spread }, stride, key)
    }

    /// By how many leading columns the rows of the next node are joined, if they are: themselves, or through a node that only takes these
    /// as its key.
    fn spread(&self, stride: usize, key: usize) -> usize {
        let at = self.nodes.len();
        let under = |map: &usize| {
            let Node::Map { shape, .. } = &self.body[*map] else { return None };
            (self.wanted.joined[*map] && self.program(shape).is_identity(key, stride)).then_some(shape.key)
        };
        let own = self.wanted.joined[at].then_some(key);
        own.into_iter().chain(self.wanted.maps[at].iter().filter_map(under)).find(|key| *key > 0).unwrap_or(stride)
    }

    fn reduce(&mut self, source: NodeId, of: Fold, column: Option<usize>) -> Rendered<'s> {
        let (groups, key) = (self.by_key(source), self.at(source).key);
        Rendered::of_key(fold(groups, of, column, &self.context), key + 1, key)
    }

    fn pick(&mut self, source: NodeId, of: &Pick) -> Rendered<'s> {
        let (groups, stride, key) = (self.by_key(source), self.at(source).stride, self.at(source).key);
        let picking = Picking::new(of, &self.context);
        Rendered::of_key(pick(groups, picking, &self.context), of.width(stride, key), key)
    }

    /// What gives the rows of a node with their first `key` columns as key.
    pub fn feeds_under(&mut self, id: NodeId, key: usize) -> Vec<Feed<'s, Round>> {
        self.feeds(id).into_iter().map(|feed| feed.under(key)).collect()
    }
}

fn readers(nodes: &[Node], elsewhere: &[NodeId]) -> Vec<usize> {
    let mut rows = vec![0; nodes.len()];
    let mut arranged = vec![false; nodes.len()];
    for node in nodes {
        match node {
            Node::Map { source, .. } | Node::Range { source, .. } | Node::Distinct { source } => rows[source.index()] += 1,
            Node::Concat { sources } => sources.iter().for_each(|source| rows[source.index()] += 1),
            Node::Join { left, right, .. } => [left, right].into_iter().for_each(|side| arranged[side.index()] = true),
            Node::Anti { left, right, .. } => {
                rows[left.index()] += 1;
                [left, right].into_iter().for_each(|side| arranged[side.index()] = true);
            }
            Node::Reduce { source, .. } | Node::Pick { source, .. } => arranged[source.index()] = true,
            Node::Fix(stratum) => stratum.imports.iter().for_each(|import| arranged[import.index()] = true),
            Node::Input { .. }
            | Node::Constant { .. }
            | Node::Import(_)
            | Node::Variable(_)
            | Node::Agenda { .. }
            | Node::Export { .. } => {}
        }
    }
    elsewhere.iter().for_each(|id| rows[id.index()] += 1);
    rows.into_iter().zip(arranged).map(|(rows, arranged)| rows + usize::from(arranged)).collect()
}
