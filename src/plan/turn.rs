//! Optimisation: a recursion holds the rows of a relation in the order of columns in which it looks them up. What makes each row once then
//! finds them too: rows that are sorted as a whole are sorted by their first columns. In the declared order they would be held twice.
//!
//! What is proposed is made in that order, so only what comes from outside and what leaves is turned.

use super::draft::reads;
use super::lines::renamed;
use super::node::{Made, Node, NodeId, Scope, Shape, Src};
use super::sets::plain;
use crate::expr::Expr;

/// Each column of the rows as they are held: which declared one it is.
type Order = Vec<usize>;

/// The same recursion, every relation held as it is looked up.
pub(super) fn turned(mut scope: Scope) -> Scope {
    loop {
        let read = Readers::of(&scope);
        let wanted = |id| Some((id, wanted(&scope, &read, id)?));
        let Some((at, order)) = (0..scope.body.len()).map(|i| NodeId(i as u32)).find_map(wanted) else { return scope };
        let mut turning = Turning { order, added: Vec::new(), scope };
        turning.turn(at);
        scope = turning.laid_out();
    }
}

/// Who reads each node, looked up once for all of them: a recursion may have as many nodes as a program has rules.
struct Readers {
    of: Vec<Vec<NodeId>>,
    bound: Vec<bool>,
    /// Reads by what is bound and what leaves.
    elsewhere: Vec<usize>,
}

impl Readers {
    fn of(scope: &Scope) -> Readers {
        let count = scope.body.len();
        let mut readers = Readers { of: vec![Vec::new(); count], bound: vec![false; count], elsewhere: vec![0; count] };
        for (at, node) in scope.body.iter().enumerate() {
            for read in reads(node) {
                let of = &mut readers.of[read.index()];
                if of.last().is_none_or(|last| last.index() != at) {
                    of.push(NodeId(at as u32));
                }
            }
        }
        scope.binds.iter().for_each(|id| readers.bound[id.index()] = true);
        scope.binds.iter().chain(&scope.exports).for_each(|id| readers.elsewhere[id.index()] += 1);
        readers
    }

    fn is_one(&self, id: NodeId) -> bool {
        self.of[id.index()].len() + self.elsewhere[id.index()] == 1
    }
}

/// The order in which this node is looked up, if it is a relation whose rows are only looked up in another order than they are held in.
fn wanted(scope: &Scope, read: &Readers, id: NodeId) -> Option<Order> {
    let Node::Distinct { source } = scope.body[id.index()] else { return None };
    // What is proposed as it stands, by a rule that only copies it, is wanted in the declared order.
    if read.bound[id.index()] {
        return None;
    }
    let columns = width(scope, source)?;
    // What looks it up without some of its columns would leave them out of the order.
    let order_of = |reader: &NodeId| order_of(&scope.body[reader.index()]).filter(|(order, _)| order.len() == columns);
    let orders = read.of[id.index()].iter().map(order_of).collect::<Option<Vec<(Order, usize)>>>()?;
    let is_declared = |(order, _): &(Order, usize)| order.iter().enumerate().all(|(i, column)| i == *column);
    let (order, _) = orders.iter().find(|(order, key)| *key > 0 && *key < order.len())?;
    let is_proposed = |source: NodeId| match scope.body[source.index()] {
        Node::Variable(_) => read.is_one(source),
        _ => true,
    };
    let sources = sources_of(scope, source);
    (!orders.iter().any(is_declared) && read.is_one(source) && sources.into_iter().all(is_proposed)).then(|| order.clone())
}

/// How many columns the rows of a node have, where the node itself says so.
fn width(scope: &Scope, id: NodeId) -> Option<usize> {
    match &scope.body[id.index()] {
        Node::Map { shape, .. } | Node::Join { shape, .. } | Node::Anti { shape, .. } | Node::Range { shape, .. } => {
            Some(shape.columns.len())
        }
        Node::Variable(variable) => Some(scope.variables[*variable].0),
        Node::Concat { sources } => sources.iter().find_map(|source| width(scope, *source)),
        Node::Distinct { source } => width(scope, *source),
        Node::Input { .. }
        | Node::Constant { .. }
        | Node::Import(_)
        | Node::Agenda { .. }
        | Node::Reduce { .. }
        | Node::Pick { .. }
        | Node::Fix(_)
        | Node::Export { .. } => None,
    }
}

/// What a relation is put together of.
fn sources_of(scope: &Scope, source: NodeId) -> Vec<NodeId> {
    match &scope.body[source.index()] {
        Node::Concat { sources } => sources.clone(),
        _ => vec![source],
    }
}

/// The nodes that read it.
fn readers(scope: &Scope, id: NodeId) -> impl Iterator<Item = NodeId> {
    let reads_it = move |(at, node): (usize, &Node)| reads(node).contains(&id).then_some(NodeId(at as u32));
    scope.body.iter().enumerate().filter_map(reads_it)
}

fn is_read_once(scope: &Scope, id: NodeId) -> bool {
    let elsewhere = scope.binds.iter().chain(&scope.exports).filter(|read| **read == id).count();
    readers(scope, id).count() + elsewhere == 1
}

/// The order of columns in which a node gives the rows of one whose key are all of them, and how many of them are the key now, if that is
/// all that it does.
fn order_of(node: &Node) -> Option<(Order, usize)> {
    let Node::Map { shape, .. } = node else { return None };
    let column = |made: &Made| match plain(made) {
        Some(Src::Key(column)) => Some(usize::from(column)),
        _ => None,
    };
    let order: Order = shape.columns.iter().map(column).collect::<Option<_>>()?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    (shape.filter.is_empty() && sorted.into_iter().eq(0..order.len())).then_some((order, shape.key))
}

struct Turning {
    order: Order,
    scope: Scope,
    /// Nodes beside those of the scope, with the ids that follow.
    added: Vec<Node>,
}

impl Turning {
    fn turn(&mut self, relation: NodeId) {
        let Node::Distinct { source } = self.scope.body[relation.index()] else { unreachable!("only relations are turned") };
        let order = self.order.clone();
        let place = |column: usize| order.iter().position(|held| *held == column).expect("an order has all columns");
        // What reads it finds each column in its new place.
        for reader in readers(&self.scope, relation).collect::<Vec<_>>() {
            let (declared, _) =
                order_of(&self.scope.body[reader.index()]).expect("a relation is turned for what gives its rows in an order");
            if let Node::Map { shape, .. } = &mut self.scope.body[reader.index()] {
                shape.columns = declared.into_iter().map(|column| taken(place(column))).collect();
            }
        }
        if self.scope.exports.contains(&relation) {
            let back = (0..order.len()).map(place).collect();
            let back = self.add_map(relation, back);
            self.scope.exports.iter_mut().filter(|id| **id == relation).for_each(|id| *id = back);
        }
        let source = self.turned_source(source);
        self.scope.body[relation.index()] = Node::Distinct { source };
    }

    fn turned_source(&mut self, source: NodeId) -> NodeId {
        match self.scope.body[source.index()].clone() {
            Node::Concat { sources } => {
                let sources = sources.into_iter().map(|source| self.turned_source(source)).collect();
                self.scope.body[source.index()] = Node::Concat { sources };
                source
            }
            Node::Variable(variable) => {
                self.scope.binds[variable] = self.turned_proposals(self.scope.binds[variable]);
                source
            }
            _ => self.add_map(source, self.order.clone()),
        }
    }

    /// The same rows in the new order: made so where nobody else reads them.
    fn turned_proposals(&mut self, id: NodeId) -> NodeId {
        if !is_read_once(&self.scope, id) {
            return self.add_map(id, self.order.clone());
        }
        let order = self.order.clone();
        match &mut self.scope.body[id.index()] {
            Node::Map { shape, .. } | Node::Join { shape, .. } | Node::Anti { shape, .. } | Node::Range { shape, .. } => {
                shape.columns = order.iter().map(|column| shape.columns[*column].clone()).collect();
                id
            }
            Node::Concat { sources } => {
                let sources = sources.clone().into_iter().map(|source| self.turned_proposals(source)).collect();
                self.scope.body[id.index()] = Node::Concat { sources };
                id
            }
            _ => self.add_map(id, order),
        }
    }

    fn add_map(&mut self, source: NodeId, order: Order) -> NodeId {
        let key = order.len();
        let columns = order.into_iter().map(taken).collect();
        self.added.push(Node::Map { source, shape: Shape { filter: Vec::new(), columns, key } });
        NodeId((self.scope.body.len() + self.added.len() - 1) as u32)
    }

    /// Every node after what it reads.
    fn laid_out(self) -> Scope {
        let Turning { mut scope, added, .. } = self;
        let nodes: Vec<Node> = std::mem::take(&mut scope.body).into_iter().chain(added).collect();
        let mut places = vec![None; nodes.len()];
        (0..nodes.len()).for_each(|at| {
            place(&nodes, at, &mut places, &mut scope.body);
        });
        let placed = |id: &mut NodeId| *id = places[id.index()].expect("every node is placed");
        scope.binds.iter_mut().chain(&mut scope.exports).for_each(placed);
        scope
    }
}

fn place(nodes: &[Node], at: usize, places: &mut Vec<Option<NodeId>>, body: &mut Vec<Node>) -> NodeId {
    if let Some(placed) = places[at] {
        return placed;
    }
    let node = renamed(&nodes[at], &mut |read| place(nodes, read.index(), places, body));
    let id = NodeId(body.len() as u32);
    body.push(node);
    places[at] = Some(id);
    id
}

fn taken(column: usize) -> Made {
    Made::Operand(Expr::Var(Src::Key(column as u16)))
}
