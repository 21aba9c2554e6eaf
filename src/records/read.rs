//! Reading records: one by key, pages in a stable order, all with given values.

use super::shape::word_if_known;
use super::store::Records;
use super::table::Table;
use crate::types::{RelId, Row, Value, Word};
use std::sync::Arc;

/// A row that is there, and who asserts it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Present {
    pub row: Row,
    pub asserter: Arc<str>,
}

/// Some rows, and where the next page begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    pub items: Vec<Present>,
    pub next: Option<u64>,
}

impl Records {
    /// How many rows a relation has; 0 for one that does not come from outside.
    pub fn count(&self, relation: RelId) -> usize {
        self.tables.get(&relation).map_or(0, Table::len)
    }

    /// How many rows there are in all.
    pub fn len(&self) -> usize {
        self.tables.values().map(Table::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether this asserter has a row in a relation.
    pub fn has_of(&self, relation: RelId, asserter: &str) -> bool {
        let id = self.asserters.find(asserter);
        self.tables.get(&relation).is_some_and(|table| table.rows().any(|(_, of)| of == id))
    }

    /// All rows of a relation, in the order of [`Records::page`].
    pub fn rows(&self, relation: RelId) -> impl Iterator<Item = Row> {
        let tables = self.tables.get(&relation).into_iter();
        tables.flat_map(|table| table.rows().map(|(words, _)| table.shape.decode(words, &self.texts)))
    }

    /// The row under a key: values of the key columns in the order of the declaration, all of them where no key is declared.
    pub fn get(&self, relation: RelId, key: &Row) -> Option<Present> {
        let table = self.tables.get(&relation)?;
        let key = table.shape.look_up_key(key, &self.texts)?;
        self.present(table, table.find(&key)?)
    }

    /// At most `limit` rows from a place that an earlier page gave, 0 for the first. A row keeps its place for as long as it is there;
    /// one that comes meanwhile may take a place already passed.
    pub fn page(&self, relation: RelId, from: u64, limit: usize) -> Page {
        self.find(relation, &[], from, limit)
    }

    /// The same for rows that have these values in these columns.
    pub fn find(&self, relation: RelId, wanted: &[(usize, Value)], from: u64, limit: usize) -> Page {
        let none = Page { items: Vec::new(), next: None };
        let Some(table) = self.tables.get(&relation) else { return none };
        let word = |(column, value): &(usize, Value)| {
            let kind = table.shape.columns.get(*column)?.kind;
            Some((*column, word_if_known(value, kind, &self.texts)?))
        };
        // A text that was never seen stands in no row.
        let Some(wanted) = wanted.iter().map(word).collect::<Option<Vec<(usize, Word)>>>() else { return none };
        let first = usize::try_from(from).unwrap_or(usize::MAX);
        let fits =
            |slot: &usize| table.row(*slot).is_some_and(|(words, _)| wanted.iter().all(|(column, word)| words[*column] == *word));
        let mut slots = (first..table.slots()).filter(fits);
        let items = slots.by_ref().take(limit).filter_map(|slot| self.present(table, slot)).collect();
        Page { items, next: slots.next().map(|slot| slot as u64) }
    }

    fn present(&self, table: &Table, slot: usize) -> Option<Present> {
        let (words, asserter) = table.row(slot)?;
        Some(Present { row: table.shape.decode(words, &self.texts), asserter: self.asserters.name(asserter).clone() })
    }
}
