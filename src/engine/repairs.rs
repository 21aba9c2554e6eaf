//! [`Repairs`]: which cells of the lines that changed something were not spelled as they should be. A line whose row was there already
//! counts none. How many there are follows from the entry alone; what their columns are called, from the rules in force when it is asked:
//! an answer given again after other rules names fewer where a relation or a column is gone, and of an erased text the way is no longer
//! known exactly.

use crate::ingest::repair;
use crate::limits::{MAX_REPAIRS_TOLD, TOLD_CELL_BYTES};
use crate::program::Program;
use crate::storage::entry::NetChange;
use crate::types::Value;

/// How many, and the first of them by line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Repairs {
    pub count: u64,
    pub told: Box<[Repair]>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repair {
    pub line: u64,
    /// JSON pointer to the column.
    pub pointer: String,
    /// One of [`repair::CODES`].
    pub code: &'static str,
    /// As it was sent, and as it was read. Not of a personal column, nor of a long text.
    pub cell: Option<(String, Value)>,
}

impl Repairs {
    pub fn of<'c>(changes: impl IntoIterator<Item = &'c NetChange>, program: &Program) -> Repairs {
        let mut dirty: Vec<&NetChange> = changes.into_iter().filter(|change| !change.repaired.is_empty()).collect();
        dirty.sort_by_key(|change| change.line);
        let cells = dirty.iter().flat_map(|change| change.repaired.iter().map(move |cell| (*change, cell)));
        let told = cells.take(MAX_REPAIRS_TOLD).filter_map(|(change, (column, as_sent))| {
            let column = *column as usize;
            let relation = program.relation(program.find(&change.relation)?);
            let name = &relation.columns.get(column)?.name;
            let value = change.row.get(column)?;
            let code = repair::code(as_sent, value, relation, column);
            let is_told = change.personal.get(column) != Some(&true)
                && relation.record.as_ref().is_none_or(|r| !r.personal.contains(&column));
            let cell = (is_told && as_sent.len() <= TOLD_CELL_BYTES).then(|| (as_sent.clone(), value.clone()));
            Some(Repair { line: change.line, pointer: format!("/row/{name}"), code, cell })
        });
        Repairs { told: told.collect(), count: dirty.iter().map(|change| change.repaired.len() as u64).sum() }
    }
}
