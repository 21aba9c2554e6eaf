//! [`Repairs`]: which cells of the lines that changed something were not spelled as they should be. A line whose row was there already
//! counts none. How many there are follows from the entry alone; what their columns are called, from the rules in force when it is asked:
//! an answer given again after other rules names fewer where a relation or a column is gone, and of an erased text the way is no longer
//! known exactly.

use crate::ingest::repair;
use crate::limits::MAX_REPAIRS_TOLD;
use crate::program::Program;
use crate::storage::entry::NetChange;

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
}

impl Repairs {
    pub fn of(changes: &[NetChange], program: &Program) -> Repairs {
        let mut dirty: Vec<&NetChange> = changes.iter().filter(|change| !change.repaired.is_empty()).collect();
        dirty.sort_by_key(|change| change.line);
        let cells = dirty.iter().flat_map(|change| change.repaired.iter().map(move |cell| (*change, cell)));
        let told = cells.take(MAX_REPAIRS_TOLD).filter_map(|(change, (column, as_sent))| {
            let column = *column as usize;
            let relation = program.relation(program.find(&change.relation)?);
            let name = &relation.columns.get(column)?.name;
            let code = repair::code(as_sent, change.row.get(column)?, relation, column);
            Some(Repair { line: change.line, pointer: format!("/row/{name}"), code })
        });
        Repairs { told: told.collect(), count: dirty.iter().map(|change| change.repaired.len() as u64).sum() }
    }
}
