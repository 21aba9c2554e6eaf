//! Optimisation: rows that cannot repeat need no `Distinct`. What is a set follows from what is read and which columns are kept.

use super::draft::Draft;
use super::node::{Made, Node, NodeId, Pred, Shape, Src};
use crate::expr::{Compared, Expr};

/// Can no row of this node stand twice? Says no when in doubt.
pub(super) fn is_set(draft: &Draft, node: &Node) -> bool {
    let all = |id: &NodeId| draft.facts(*id).set;
    match node {
        Node::Constant { .. } | Node::Distinct { .. } | Node::Reduce { .. } | Node::Pick { .. } => true,
        Node::Map { source, shape } => {
            let facts = draft.facts(*source);
            // The value of a reduce follows from its key.
            let decisive = if matches!(draft.node(*source), Node::Reduce { .. }) { facts.key } else { facts.columns };
            facts.set && (0..decisive).all(|i| keeps(shape, column_at(i, facts.key)))
        }
        Node::Anti { left, shape, .. } => {
            let facts = draft.facts(*left);
            facts.set && (0..facts.columns).all(|i| keeps(shape, column_at(i, facts.key)))
        }
        Node::Join { left, right, shape } => {
            let (l, r) = (draft.facts(*left), draft.facts(*right));
            all(left)
                && all(right)
                && (0..l.columns).all(|i| keeps(shape, column_at(i, l.key)))
                && (r.key..r.columns).all(|i| keeps(shape, Src::Right((i - r.key) as u16)))
        }
        Node::Range { source, shape, .. } => {
            let facts = draft.facts(*source);
            let kept = (0..facts.columns).all(|i| keeps(shape, column_at(i, facts.key)));
            facts.set && kept && keeps(shape, Src::Right(0))
        }
        Node::Concat { sources } => sources.len() == 1 && sources.iter().all(all),
        // A clock may have several rows.
        Node::Agenda { .. } => false,
        Node::Input { .. } | Node::Import(_) | Node::Variable(_) | Node::Fix(_) | Node::Export { .. } => false,
    }
}

/// The column that a one-sided node sees at place `i` of a row with `key` leading columns.
pub(super) fn column_at(i: usize, key: usize) -> Src {
    if i < key { Src::Key(i as u16) } else { Src::Left((i - key) as u16) }
}

/// The column that is passed on as it is.
pub(super) fn plain(made: &Made) -> Option<Src> {
    if let Made::Operand(Expr::Var(src)) = made { Some(*src) } else { None }
}

/// Is the column kept, or held to one value by the filter?
fn keeps(shape: &Shape, column: Src) -> bool {
    shape.columns.iter().any(|made| plain(made) == Some(column)) || shape.filter.iter().any(|pred| fixes(pred, column))
}

fn fixes(pred: &Pred, column: Src) -> bool {
    match pred {
        Pred::IsAbsent(src, _) => *src == column,
        Pred::Compare { op: Compared::Eq, lhs: Expr::Var(src), rhs: Expr::Const(_), .. }
        | Pred::Compare { op: Compared::Eq, lhs: Expr::Const(_), rhs: Expr::Var(src), .. } => *src == column,
        _ => false,
    }
}
