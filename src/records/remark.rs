//! [`Records::remarked`]: rows of relations in which other rules call other columns personal. They stand in the journal under the old mark,
//! and what is sealed there must be taken out sealed, what is clear clear: else the two would no longer be equal once a key is taken away.
//! So an installation takes such rows out as they were written and brings them in again as they are to be.

use super::held::{Asserted, Held};
use super::store::Records;
use super::table::Table;
use crate::storage::entry::NetChange;

impl Records {
    /// What an installation has to write before anything else, between [`Records::reshape`] and its first change. Nothing appears or goes.
    pub fn remarked(&self) -> Vec<NetChange> {
        self.tables.values().flat_map(|table| self.remarked_in(table)).collect()
    }

    fn remarked_in(&self, table: &Table) -> Vec<NetChange> {
        let Some(before) = &table.written else { return Vec::new() };
        let mut changes = Vec::new();
        for (row, _) in table.rows() {
            let held: Held = table.held(&table.shape.key_of(row), |id| self.asserters.rank(id));
            let all: Vec<&Asserted> = held.all().collect();
            // What is on top goes first and comes last.
            changes.extend(all.iter().rev().map(|one| self.marked(table, one, false, before)));
            changes.extend(all.iter().map(|one| self.marked(table, one, true, &table.shape.personal)));
        }
        changes
    }

    fn marked(&self, table: &Table, one: &Asserted, insert: bool, personal: &[bool]) -> NetChange {
        NetChange {
            relation: table.shape.name.clone(),
            insert,
            row: table.shape.decode(&one.row, &self.texts).values().to_vec(),
            personal: personal.to_vec(),
            asserter: self.asserters.name(one.asserter).to_string(),
            line: 0,
            source: None,
            repaired: Vec::new(),
        }
    }
}
