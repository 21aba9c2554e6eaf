//! Recursive strata. A loop's variables are the *proposals* of its relations; a relation inside is the distinct rows of what stands
//! outside (its base) and of its variable. Whatever does not depend on a variable ends up outside by itself: see [`super::super::draft`].

use super::super::node::{Node, NodeId};
use super::Builder;
use crate::program::{Rule, Stratum};
use crate::types::RelId;

impl Builder<'_> {
    pub(super) fn recursive(&mut self, stratum: &Stratum) {
        let program = self.program;
        let within = self.draft.open_loop();
        let rules = |id: RelId| program.rules.iter().filter(move |rule| rule.head == id);
        let again = |rule: &Rule| reads_any(rule, &stratum.relations);
        for (index, id) in stratum.relations.iter().enumerate() {
            let mut base: Vec<NodeId> = rules(*id).filter(|rule| !again(rule)).map(|rule| self.head(rule)).collect();
            base.extend(self.given(*id));
            let variable = self.draft.variable(within, index, program.relation(*id).arity());
            let source = if base.is_empty() {
                variable
            } else {
                let outside = self.draft.concat(base);
                self.draft.concat(vec![outside, variable])
            };
            let node = self.draft.add(Node::Distinct { source });
            self.relations.insert(*id, node);
        }
        let binds: Vec<NodeId> = stratum
            .relations
            .iter()
            .map(|id| {
                let proposals = rules(*id).filter(|rule| again(rule)).map(|rule| self.head(rule)).collect();
                self.one_of(*id, proposals)
            })
            .collect();
        let variables =
            stratum.relations.iter().map(|id| (program.relation(*id).arity(), program.relation(*id).arity())).collect();
        let exports = stratum.relations.iter().map(|id| self.relations[id]).collect();
        let fix = self.draft.close_loop(variables, binds, exports);
        for (index, id) in stratum.relations.iter().enumerate() {
            let node = self.draft.export(fix, index);
            self.relations.insert(*id, node);
        }
    }
}

fn reads_any(rule: &Rule, relations: &[RelId]) -> bool {
    let mut read = Vec::new();
    crate::program::read_by(&rule.body, &mut read);
    read.iter().any(|id| relations.contains(id))
}
