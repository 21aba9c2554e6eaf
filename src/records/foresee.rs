//! [`Foresight`]: what net changes will do to the rows, before they are done: the dataflow begins while the journal is still writing,
//! and readers see the records of the last published epoch until both are ready.

use super::held::{Asserted, Held, Rank};
use super::store::{Appeared, Inconsistent, Moves, Records};
use crate::storage::entry::NetChange;
use crate::types::{RelId, Word};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// What is under the keys that foreseen entries have touched. It belongs to one state of the records: once they are applied, begin anew.
#[derive(Default)]
pub struct Foresight {
    touched: HashMap<(RelId, Box<[Word]>), Held>,
}

/// Changes of another history than that of these records, sorted by whether they can follow on what is there.
#[derive(Default)]
pub struct Fitted {
    pub fitting: Vec<NetChange>,
    pub others: Vec<NetChange>,
}

impl Records {
    /// Of changes that were not judged against these records, those that can be applied, one after the other. Where a row goes that is
    /// there with other columns, what is there under its key goes in its place.
    pub fn fit(&self, before: &mut Foresight, changes: Vec<NetChange>) -> Fitted {
        let names: HashMap<&str, RelId> = self.tables.iter().map(|(id, table)| (table.shape.name.as_str(), *id)).collect();
        let mut fitted = Fitted::default();
        for mut change in changes {
            let table = names.get(change.relation.as_str()).map(|id| &self.tables[id]);
            let Some(table) = table.filter(|table| table.shape.arity() == change.row.len()) else {
                fitted.others.push(change);
                continue;
            };
            let row = table.shape.encode(&change.row, &self.texts);
            let key = table.shape.key_of(&row);
            let slot = before.touched.entry((table.shape.id, key));
            let held = slot.or_insert_with_key(|(_, key)| table.held(key, |id| self.asserters.rank(id)));
            let mut one = Asserted { row, asserter: self.asserters.find(&change.asserter), rank: Rank::of(&change.asserter) };
            if !change.insert
                && let Some(there) = held.all().find(|there| (there.asserter, there.rank) == (one.asserter, one.rank))
            {
                one = there.clone();
                change.row = table.shape.decode(&one.row, &self.texts).values().to_vec();
            }
            let fits = if change.insert { held.assert(one) } else { held.withdraw(&one) };
            if fits { fitted.fitting.push(change) } else { fitted.others.push(change) }
        }
        fitted
    }

    /// What [`Records::apply`] will return for these changes after those that were foreseen already.
    pub fn foresee(&self, before: &mut Foresight, changes: &[NetChange]) -> Result<Vec<Appeared>, Inconsistent> {
        let mut moves: BTreeMap<RelId, Moves> = BTreeMap::new();
        let names: HashMap<&str, RelId> = self.tables.iter().map(|(id, table)| (table.shape.name.as_str(), *id)).collect();
        for (number, change) in changes.iter().enumerate() {
            let inconsistent = || Inconsistent { relation: change.relation.clone(), number };
            let id = *names.get(change.relation.as_str()).ok_or_else(inconsistent)?;
            let table = &self.tables[&id];
            if table.shape.arity() != change.row.len() {
                return Err(inconsistent());
            }
            let row = table.shape.encode(&change.row, &self.texts);
            let key = table.shape.key_of(&row);
            let slot = before.touched.entry((id, key));
            let held = slot.or_insert_with_key(|(_, key)| table.held(key, |id| self.asserters.rank(id)));
            let was = held.top.as_ref().map(|top| top.row.clone());
            let asserter = self.asserters.find(&change.asserter);
            let one = Asserted { row, asserter, rank: Rank::of(&change.asserter) };
            if !(if change.insert { held.assert(one) } else { held.withdraw(&one) }) {
                return Err(inconsistent());
            }
            let is = held.top.as_ref().map(|top| top.row.clone());
            moves.entry(id).or_default().moved(was, is);
        }
        Ok(moves.into_iter().filter_map(|(id, moves)| moves.net(id)).collect())
    }
}
