//! Reading what was written otherwise: cells of rows that are there now, with the text as sent.

use super::store::Records;
use crate::types::{RelId, Row};

/// A cell that was not spelled as it should be when its row came.
#[derive(Clone, PartialEq, Debug)]
pub struct Repaired {
    pub row: Row,
    pub column: usize,
    pub as_sent: String,
}

/// Some of them, and where the next page begins.
#[derive(Clone, PartialEq, Debug)]
pub struct RepairedPage {
    pub items: Vec<Repaired>,
    pub next: Option<u64>,
}

impl Records {
    /// The cells of at most `limit` rows from a place that an earlier page gave, 0 for the first; only of rows that `asserter` asserts, if
    /// one is named.
    pub fn repaired(&self, relation: RelId, asserter: Option<&str>, from: u64, limit: usize) -> RepairedPage {
        let mut page = RepairedPage { items: Vec::new(), next: None };
        let (Some(table), Ok(first)) = (self.tables.get(&relation), u32::try_from(from)) else { return page };
        let wanted = asserter.map(|name| self.asserters.find(name));
        let rows = table.repaired(first).filter_map(|(slot, as_sent)| Some((slot, table.row(slot)?, as_sent)));
        let mut rows = rows.filter(|(_, (_, asserter), _)| wanted.is_none_or(|wanted| *asserter == wanted));
        for (_, (words, _), as_sent) in rows.by_ref().take(limit) {
            let row = table.shape.decode(words, &self.texts);
            page.items.extend(as_sent.iter().map(|(column, text)| Repaired {
                row: row.clone(),
                column: *column as usize,
                as_sent: text.to_string(),
            }));
        }
        page.next = rows.next().map(|(slot, ..)| slot as u64);
        page
    }
}
