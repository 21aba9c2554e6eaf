//! Recursive strata. A loop's variables are the *proposals* of its relations; a relation inside is the distinct rows of what stands
//! outside (its base) and of its variable. Whatever does not depend on a variable ends up outside by itself: see [`super::super::draft`].
//!
//! Not all that was proposed stays where rows are chosen, subsumed or cut off. Then what was there in one round is there in the next:
//!
//! - A relation with a choice has a variable more, of the rows that it kept.
//! - Of a relation with subsumptions all rows go on, and those are read that no other dominates, also one that is dropped itself: so one stays
//!   though the rows that gave rise to it were dropped for it, one that was dropped never comes back, and the loop stands still. Other relations
//!   of the loop have read rows that were dropped later: they are derived once more from the rows that stayed.
//! - With a limit of rows, nothing is proposed from the round on in which there are so many.

use super::super::node::{Made, Node, NodeId, Shape, Src};
use super::super::pick::Pick;
use super::super::sets::column_at;
use super::Builder;
use super::choice::{KEPT, origin};
use super::flow::{Branch, Flow, Origin, column};
use super::steps::Closure;
use crate::program::{Stratum, read_by};
use crate::types::{RelId, RuleIx};
use std::collections::BTreeSet;

/// A relation inside a loop.
struct Member {
    id: RelId,
    /// All rows of a round.
    rows: NodeId,
    /// Those that no other dominates, which rules read.
    current: NodeId,
    /// Of a transitive relation.
    steps: Option<Steps>,
}

struct Steps {
    closure: Closure,
    node: NodeId,
    /// Whether other rules of the loop propose steps, which have a variable then, before that of the rows.
    grow: bool,
}

impl Builder<'_> {
    pub(super) fn recursive(&mut self, stratum: &Stratum) {
        self.looped(&stratum.relations.iter().copied().collect());
        let is_cut = stratum.relations.iter().any(|id| self.program.limits.contains_key(id));
        if is_cut || !stratum.relations.iter().any(|id| self.is_subsumed(*id)) {
            return;
        }
        let rest: BTreeSet<RelId> = stratum
            .relations
            .iter()
            .copied()
            .filter(|id| !self.is_subsumed(*id) && !self.program.choices.contains_key(id))
            .collect();
        if rest.iter().any(|id| self.rules_of(*id).into_iter().any(|ix| self.reads_any(ix, &rest))) {
            self.looped(&rest);
        } else {
            rest.into_iter().for_each(|id| self.plain(id));
        }
    }

    /// These relations, which depend on each other, together.
    fn looped(&mut self, relations: &BTreeSet<RelId>) {
        let within = self.draft.open_loop();
        let mut variables = Vec::new();
        let mut variable = |this: &mut Self, columns: usize| {
            variables.push((columns, columns));
            this.draft.variable(within, variables.len() - 1, columns)
        };
        let mut members = Vec::new();
        for &id in relations {
            let (base, _) = self.rules_apart(id, relations);
            let arity = self.program.relation(id).arity();
            let member = match self.program.choices.get(&id) {
                Some(domains) => {
                    let (proposed, kept) = (variable(self, arity + 1), variable(self, arity));
                    let outside = self.candidates(id, base, domains);
                    let proposed = self.with_origin(proposed, domains);
                    let kept = self.from(kept, &origin(KEPT), domains);
                    let candidates = self.together(outside, vec![proposed, kept]);
                    let rows = self.chosen(id, vec![candidates], domains);
                    Member { id, rows, current: rows, steps: None }
                }
                None => {
                    let mut outside: Vec<NodeId> = base.into_iter().map(|ix| self.head(ix)).collect();
                    outside.extend(self.given(id));
                    self.member(id, relations, outside, &mut variable)
                }
            };
            self.relations.insert(id, member.rows);
            members.push(member);
        }
        // Subsumptions read rows of which none is dropped yet.
        for member in &mut members {
            if self.is_subsumed(member.id) {
                member.current = self.undominated(member.id);
            }
        }
        for member in &members {
            self.relations.insert(member.id, member.current);
        }
        let binds = self.binds(&members, relations);
        let exports = members.iter().map(|member| member.current).collect();
        let fix = self.draft.close_loop(variables, binds, exports);
        for (index, id) in relations.iter().enumerate() {
            let node = self.draft.export(fix, index);
            self.relations.insert(*id, node);
        }
    }

    /// A relation of which all rows stay: what comes from outside and what was proposed.
    fn member(
        &mut self,
        id: RelId,
        relations: &BTreeSet<RelId>,
        mut outside: Vec<NodeId>,
        variable: &mut impl FnMut(&mut Self, usize) -> NodeId,
    ) -> Member {
        let arity = self.program.relation(id).arity();
        let mut inside = Vec::new();
        let steps = self.closure(id, relations).and_then(|closure| {
            let grow = !self.again(id, relations, Some(closure)).is_empty();
            if !grow && outside.is_empty() {
                return None;
            }
            let others = if grow { vec![variable(self, arity)] } else { Vec::new() };
            let proposed = self.together(std::mem::take(&mut outside), others);
            let node = self.steps(closure, proposed);
            inside.push(node);
            Some(Steps { closure, node, grow })
        });
        inside.push(variable(self, arity));
        let source = self.together(outside, inside);
        let rows = self.draft.add(Node::Distinct { source });
        Member { id, rows, current: rows, steps }
    }

    /// Rules of a relation that read some of these, but for those that its steps stand for.
    fn again(&self, id: RelId, relations: &BTreeSet<RelId>, closure: Option<Closure>) -> Vec<RuleIx> {
        let (_, mut again) = self.rules_apart(id, relations);
        again.retain(|ix| !closure.is_some_and(|closure| closure.stands_for(*ix)));
        again
    }

    /// Rules of a relation that read none of these, and those that do.
    fn rules_apart(&self, id: RelId, relations: &BTreeSet<RelId>) -> (Vec<RuleIx>, Vec<RuleIx>) {
        self.rules_of(id).into_iter().partition(|ix| !self.reads_any(*ix, relations))
    }

    fn reads_any(&self, ix: RuleIx, relations: &BTreeSet<RelId>) -> bool {
        let mut read = Vec::new();
        read_by(&self.program.rules[ix.index()].body, &mut read);
        read.iter().any(|id| relations.contains(id))
    }

    /// What stands outside is put together there.
    fn together(&mut self, outside: Vec<NodeId>, mut inside: Vec<NodeId>) -> NodeId {
        if !outside.is_empty() {
            inside.insert(0, self.draft.concat(outside));
        }
        self.draft.concat(inside)
    }

    /// What each variable becomes, in order of the variables.
    fn binds(&mut self, members: &[Member], relations: &BTreeSet<RelId>) -> Vec<NodeId> {
        let full = self.full(members);
        let accumulates = full.is_some() || members.iter().any(|member| member.current != member.rows);
        let mut binds = Vec::new();
        for member in members {
            let again = self.again(member.id, relations, member.steps.as_ref().map(|steps| steps.closure));
            if let Some(steps) = &member.steps {
                if steps.grow {
                    let heads = again.into_iter().map(|ix| self.head(ix)).collect();
                    binds.push(self.draft.concat(heads));
                }
                binds.push(self.reached(member.rows, steps.node));
                continue;
            }
            let is_chosen = self.program.choices.contains_key(&member.id);
            let heads = again.into_iter().map(|ix| {
                let head = self.head(ix);
                if is_chosen { self.signed(head, ix) } else { head }
            });
            let heads = heads.collect();
            let proposed = self.one_of(member.id, heads);
            let proposed = full.map_or(proposed, |full| self.unless(proposed, full));
            if is_chosen {
                binds.extend([proposed, member.current]);
            } else if accumulates {
                binds.push(self.draft.concat(vec![proposed, member.rows]));
            } else {
                binds.push(proposed);
            }
        }
        binds
    }

    /// Rows of a rule with a last column that says so.
    fn signed(&mut self, head: NodeId, ix: RuleIx) -> NodeId {
        let facts = self.draft.facts(head);
        let own = Made::Operand(self.origin_of(ix));
        let columns = (0..facts.columns).map(|i| column(column_at(i, facts.key))).chain([own]).collect();
        self.draft.map(head, Shape { filter: Vec::new(), columns, key: facts.columns + 1 })
    }

    /// A row without columns as soon as one of these has as many rows as it may.
    fn full(&mut self, members: &[Member]) -> Option<NodeId> {
        let limits = &self.program.limits;
        let limited = members.iter().filter_map(|member| Some((member.current, *limits.get(&member.id)?)));
        let nothing = || Shape { filter: Vec::new(), columns: Vec::new(), key: 0 };
        let full: Vec<NodeId> = limited
            .map(|(rows, limit)| {
                let counted = self.draft.map(rows, nothing());
                self.draft.add(Node::Pick { source: counted, pick: Pick::AtLeast(limit) })
            })
            .collect();
        if full.is_empty() {
            return None;
        }
        let full = self.draft.concat(full);
        Some(self.distinct(full))
    }

    fn unless(&mut self, rows: NodeId, full: NodeId) -> NodeId {
        let facts = self.draft.facts(rows);
        let columns = (0..facts.columns).map(|i| column(column_at(i, facts.key))).collect();
        let left = self.draft.map(rows, Shape { filter: Vec::new(), columns, key: 0 });
        let branch = Branch::of(Origin::Anti(left, full), Vec::new());
        let values = |_: &Branch| (0..facts.columns).map(|i| column(Src::Left(i as u16))).collect();
        Flow::of(branch).make(&mut self.draft, facts.key, values)
    }
}
