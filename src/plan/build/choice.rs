//! `choice-domain`: rows in the order in which they would come, each kept unless it agrees in a domain with one that is kept.
//!
//! First what comes from outside, which stays; then the facts of the text as they are written; then the rows of each rule, rules as they
//! are written. In a recursion all of a round comes before the next: what was kept in a round is there in the next like what comes from
//! outside.

use super::super::node::{Made, Node, NodeId, Operand, Shape};
use super::super::pick::Pick;
use super::super::sets::column_at;
use super::Builder;
use super::flow::column;
use super::relation::from_outside;
use crate::expr::Expr;
use crate::types::{Kind, RelId, RuleIx, Value};

/// What says that a row stays.
pub(super) const KEPT: i64 = 0;

impl Builder<'_> {
    /// Rows with their origin in front of what is not the key of the choice: from outside, of facts, of these rules.
    pub(super) fn candidates(&mut self, id: RelId, rules: Vec<RuleIx>, domains: &[Vec<usize>]) -> Vec<NodeId> {
        let program = self.program;
        let relation = program.relation(id);
        let mut candidates = Vec::new();
        if from_outside(relation) {
            let input = self.draft.input(id, relation.arity());
            candidates.push(self.from(input, &origin(KEPT), domains));
        }
        let facts = self.heads.facts[id.index()].iter().map(|row| row.values().to_vec());
        let facts: Vec<Vec<Value>> = facts
            .enumerate()
            .map(|(i, mut row)| {
                row.push(Value::Number(KEPT + 1 + i as i64));
                row
            })
            .collect();
        if !facts.is_empty() {
            let kinds = relation.kinds().into_iter().chain([Kind::Number]).collect();
            let facts = self.draft.add(Node::Constant { rows: facts, kinds, key: relation.arity() + 1 });
            candidates.push(self.with_origin(facts, domains));
        }
        for ix in rules {
            let head = self.head(ix);
            candidates.push(self.from(head, &self.origin_of(ix), domains));
        }
        candidates
    }

    /// Rules come after all facts.
    pub(super) fn origin_of(&self, ix: RuleIx) -> Operand {
        origin(KEPT + 1 + self.program.facts.len() as i64 + i64::from(ix.0))
    }

    /// Rows of a relation that come from one place.
    pub(super) fn from(&mut self, rows: NodeId, origin: &Operand, domains: &[Vec<usize>]) -> NodeId {
        let facts = self.draft.facts(rows);
        let shape = laid_out(facts.columns, facts.key, Made::Operand(origin.clone()), domains);
        self.draft.map(rows, shape)
    }

    /// Rows whose last column says where each comes from.
    pub(super) fn with_origin(&mut self, rows: NodeId, domains: &[Vec<usize>]) -> NodeId {
        let facts = self.draft.facts(rows);
        let arity = facts.columns - 1;
        let shape = laid_out(arity, facts.key, column(column_at(arity, facts.key)), domains);
        self.draft.map(rows, shape)
    }

    /// The rows that stay, their columns in declared order.
    pub(super) fn chosen(&mut self, id: RelId, candidates: Vec<NodeId>, domains: &[Vec<usize>]) -> NodeId {
        let relation = self.program.relation(id);
        let arity = relation.arity();
        let order = order(arity, domains);
        let key = shared(domains).len();
        let columns = order[key..].iter().map(|i| (relation.columns[*i].kind, relation.columns[*i].optional)).collect();
        let behind = |domain: &Vec<usize>| -> Vec<usize> {
            let place = |column: &usize| order[key..].iter().position(|held| held == column);
            domain.iter().filter_map(place).collect()
        };
        let pick = Pick::Choice { columns, domains: domains.iter().map(behind).collect() };
        let source = if candidates.is_empty() { self.no_candidate(id, domains) } else { self.draft.concat(candidates) };
        let node = self.draft.add(Node::Pick { source, pick });
        let held = |column: usize| order.iter().position(|held| *held == column).expect("every column is held");
        let columns = (0..arity).map(|i| self::column(column_at(held(i), key))).collect();
        self.draft.map(node, Shape { filter: Vec::new(), columns, key: arity })
    }

    fn no_candidate(&mut self, id: RelId, domains: &[Vec<usize>]) -> NodeId {
        let nothing = self.one_of(id, Vec::new());
        self.from(nothing, &origin(KEPT), domains)
    }
}

pub(super) fn origin(place: i64) -> Operand {
    Expr::Const(Value::Number(place))
}

/// Columns that all domains have: only rows that agree in them can meet.
fn shared(domains: &[Vec<usize>]) -> Vec<usize> {
    let (first, others) = domains.split_first().expect("a choice has a domain");
    first.iter().copied().filter(|column| others.iter().all(|domain| domain.contains(column))).collect()
}

/// Shared columns first.
fn order(arity: usize, domains: &[Vec<usize>]) -> Vec<usize> {
    let shared = shared(domains);
    let others = (0..arity).filter(|column| !shared.contains(column)).collect::<Vec<_>>();
    shared.into_iter().chain(others).collect()
}

/// Rows of `arity` columns, the first `key` of them the key, as the choice reads them.
fn laid_out(arity: usize, key: usize, origin: Made, domains: &[Vec<usize>]) -> Shape {
    let shared = shared(domains).len();
    let mut columns: Vec<Made> = order(arity, domains).into_iter().map(|i| column(column_at(i, key))).collect();
    columns.insert(shared, origin);
    Shape { filter: Vec::new(), columns, key: shared }
}
