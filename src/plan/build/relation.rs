//! Relations outside recursion: what their rules propose, the facts of the text and the rows from outside, each row once.

use super::super::node::{Node, NodeId};
use super::Builder;
use crate::program::Relation;
use crate::types::{RelId, RuleIx};

impl Builder<'_> {
    /// The node of a relation. One without rules is made when it is first read.
    pub fn relation(&mut self, id: RelId) -> NodeId {
        if let Some(node) = self.relations.get(&id) {
            return *node;
        }
        self.plain(id);
        self.relations[&id]
    }

    pub(super) fn plain(&mut self, id: RelId) {
        let program = self.program;
        if let Some(domains) = program.choices.get(&id) {
            let candidates = self.candidates(id, self.rules_of(id), domains);
            let node = self.chosen(id, candidates, domains);
            self.relations.insert(id, node);
            return;
        }
        let mut sources: Vec<NodeId> = self.rules_of(id).into_iter().map(|rule| self.head(rule)).collect();
        sources.extend(self.given(id));
        let all = self.one_of(id, sources);
        let node = self.distinct(all);
        self.relations.insert(id, node);
        if self.is_subsumed(id) {
            let node = self.undominated(id);
            self.relations.insert(id, node);
        }
    }

    pub(super) fn rules_of(&self, id: RelId) -> Vec<RuleIx> {
        self.heads.rules[id.index()].clone()
    }

    /// Rows that no rule makes: from outside, and facts.
    pub(super) fn given(&mut self, id: RelId) -> Vec<NodeId> {
        let relation = self.program.relation(id);
        let mut given = Vec::new();
        if from_outside(relation) {
            given.push(self.draft.input(id, relation.arity()));
        }
        if !self.heads.facts[id.index()].is_empty() {
            given.push(self.facts(id));
        }
        given
    }

    /// All sources together; an empty constant if there is none.
    pub(super) fn one_of(&mut self, id: RelId, mut sources: Vec<NodeId>) -> NodeId {
        if sources.is_empty() {
            sources.push(self.facts(id));
        }
        self.draft.concat(sources)
    }

    fn facts(&mut self, id: RelId) -> NodeId {
        let relation = self.program.relation(id);
        let mut rows: Vec<_> = self.heads.facts[id.index()].iter().map(|row| row.values().to_vec()).collect();
        rows.sort();
        rows.dedup();
        self.draft.add(Node::Constant { rows, kinds: relation.kinds(), key: relation.arity() })
    }
}

pub(super) fn from_outside(relation: &Relation) -> bool {
    relation.input.is_some() || relation.record.is_some() || relation.clock
}
