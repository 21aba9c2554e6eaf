//! The plan: a straight line of nodes, each naming earlier ones, recursion as a nested line. What a consumer would have to find out by
//! analysis is written down: order, keys, recursion.
//!
//! Rows are *born split*: every node says how many leading columns of its rows are the key (`key`), and picks the order of its columns
//! so that its consumer's key is that prefix. `Join` and `Anti` need both sides under keys of equal length.

use super::pick::Pick;
use crate::expr::{Compared, Expr, Fold, Test};
use crate::types::{Kind, RelId, Value};

/// Index of a node in its own line ([`Plan::nodes`] or [`Scope::body`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u32);

impl NodeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A column of what a node reads: the shared key, the left value, the right value. One-sided nodes use `Key` and `Left`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Src {
    Key(u16),
    Left(u16),
    Right(u16),
}

/// An expression over columns of what a node reads.
pub type Operand = Expr<Src>;

/// A condition on a row that is about to be made. An operand without a value makes any of them false, but `Fails` true.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Pred {
    Compare {
        op: Compared,
        kind: Kind,
        lhs: Operand,
        rhs: Operand,
    },
    Holds {
        test: Test,
        args: [Operand; 2],
        negated: bool,
    },
    /// The column holds the absent word of its kind.
    IsAbsent(Src, Kind),
    IsPresent(Src, Kind),
    /// The operand itself has no value though all its arguments have (a fault of this very functor).
    Fails(Operand),
}

/// One column of a row that is made.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Made {
    /// A row for which it has no value is not made.
    Operand(Operand),
    /// The absent word of this kind.
    Absent(Kind),
    /// The column, or the constant where it holds the absent word of this kind.
    Else(Src, Kind, Value),
}

/// What a node makes of what it reads: first the filter, then the columns, of which `key` lead.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Shape {
    pub filter: Vec<Pred>,
    pub columns: Vec<Made>,
    pub key: usize,
}

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Node {
    /// Rows of an input relation, all columns, as a set; key = all columns. Only in the outer line.
    Input {
        relation: RelId,
    },
    /// Rows of the program text, there from the first epoch on. Only in the outer line.
    Constant {
        rows: Vec<Vec<Value>>,
        kinds: Vec<Kind>,
        key: usize,
    },
    /// Inside a scope: the i-th import. It is used as an arrangement under its key.
    Import(usize),
    /// Inside a scope: the i-th variable, whatever the bound node gave in the round before.
    Variable(usize),
    Map {
        source: NodeId,
        shape: Shape,
    },
    /// At least one side is not an import.
    Join {
        left: NodeId,
        right: NodeId,
        shape: Shape,
    },
    /// Rows of `left` whose key no row of `right` has. `right` is distinct and has no value columns. The shape reads key and left.
    Anti {
        left: NodeId,
        right: NodeId,
        shape: Shape,
    },
    /// Rows during a span of time, as often as rows of `clock`, which has one column, stand in it: from the first column of `opens` on
    /// (without it, always), and before the first column of `closes` (without it, for ever). One of them is there. Where both are, they
    /// hold the same rows: in each both instants are the key, its own first, and the span is never empty. The shape reads `Left` alone.
    /// Only in the outer line.
    Agenda {
        opens: Option<NodeId>,
        closes: Option<NodeId>,
        clock: NodeId,
        shape: Shape,
    },
    /// Of each row of `source` one for each value of a range, which the shape reads as `Right(0)`.
    Range {
        source: NodeId,
        bounds: Bounds,
        shape: Shape,
    },
    Concat {
        sources: Vec<NodeId>,
    },
    /// Each row once, whole rows counted; keeps the key.
    Distinct {
        source: NodeId,
    },
    /// One row per key: the key, then the fold over the group's rows (`column`: which value column; `None` counts rows).
    /// The source is distinct.
    Reduce {
        source: NodeId,
        fold: Fold,
        column: Option<usize>,
    },
    /// Of the rows of each key, what follows from all of them.
    Pick {
        source: NodeId,
        pick: Pick,
    },
    /// A recursive stratum. Only in the outer line.
    Fix(Scope),
    /// The i-th export of a `Fix`.
    Export {
        fix: NodeId,
        index: usize,
    },
}

/// The ends of a range, over columns of what its node reads. Where one has no value there is no row.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Bounds {
    pub kind: Kind,
    pub from: Operand,
    pub to: Operand,
    pub step: Option<Operand>,
}

/// A recursive stratum: the least fixed point of its variables, starting from nothing.
///
/// A variable stands for the *proposals* (rule heads before `Distinct`), so a unary relation needs no arrangement beyond distinct's own.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Scope {
    /// Outer nodes, entered as arrangements under their key.
    pub imports: Vec<NodeId>,
    /// (columns, key) of each variable.
    pub variables: Vec<(usize, usize)>,
    pub body: Vec<Node>,
    /// The body node that each variable takes its next value from.
    pub binds: Vec<NodeId>,
    /// Body nodes that leave the scope.
    pub exports: Vec<NodeId>,
}

/// What a consolidated delta is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Output {
    Relation(RelId),
    /// Rows of five symbols: rule id, fault code, relation, key (values joined by `|`), agency.
    Faults,
}

#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub nodes: Vec<Node>,
    /// (columns, key) of each node's rows.
    pub shapes: Vec<(usize, usize)>,
    /// Each output is a set: its node is distinct, columns in declared order.
    pub outputs: Vec<(Output, NodeId)>,
    /// Input relations that the plan reads; changes of others need not be sent.
    pub inputs: Vec<RelId>,
}
