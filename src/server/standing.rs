//! [`Standing`]: what stands at one epoch inside a filter, as a reader hears it that begins without a position.
//!
//! Promises: readers that begin at the same epoch with the same filter share one, so that thousands who come at once neither copy nor sort
//! what stands for each of them. Must not know connections.

use super::app::App;
use super::filter::{Filter, Seen};
use super::show;
use crate::clues::{Clue, ClueOp};
use crate::program::Program;
use crate::security::Names;
use crate::types::{Epoch, RelId, Row};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Not yet written out; what it holds are counted references.
pub struct Standing {
    pub at: Epoch,
    clues: Vec<Arc<Clue>>,
    rows: Vec<(RelId, Vec<Row>)>,
    program: Arc<Program>,
    names: Names,
}

/// Those that somebody is being told, the latest of each filter.
#[derive(Default)]
pub struct Standings {
    told: Mutex<HashMap<Filter, Weak<Standing>>>,
}

impl Standings {
    /// What stands now.
    pub fn of(&self, app: &App, filter: &Filter) -> Arc<Standing> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let known = told.get(filter).and_then(Weak::upgrade);
        if let Some(known) = known.filter(|standing| standing.at == app.engine.read().epoch) {
            return known;
        }
        told.retain(|_, standing| standing.strong_count() > 0);
        let standing = Arc::new(Standing::take(app, filter));
        told.insert(filter.clone(), Arc::downgrade(&standing));
        standing
    }
}

impl Standing {
    /// Under one lock, so that it is of one epoch.
    fn take(app: &App, filter: &Filter) -> Standing {
        let view = app.engine.read();
        let mut clues: Vec<Arc<Clue>> = view.clues.open().filter(|clue| filter.sees(clue)).cloned().collect();
        // As they came: a reader that puts the latest on top is right from the start.
        clues.sort_by_key(|clue| (clue.opened, clue.id));
        let wanted = view.rows.iter().filter(|(id, _)| filter.sees_rows_of(&view.program.relation(**id).name));
        let rows = wanted.map(|(id, rows)| (*id, rows.iter().cloned().collect())).collect();
        Standing { at: view.epoch, clues, rows, program: view.program.clone(), names: view.clues.names().clone() }
    }

    /// Made as they are asked for.
    pub fn changes<'a>(&'a self, app: &'a App) -> impl Iterator<Item = Json> + Send + 'a {
        let opened = self.clues.iter().map(|clue| show::clue_change(app, &Seen { op: ClueOp::Open, clue, was: None }));
        let rows = self.rows.iter().flat_map(|(id, rows)| rows.iter().map(|row| (self.program.relation(*id), row)));
        opened.chain(rows.map(|(relation, row)| show::row_change(relation, row, 1, &self.names)))
    }
}
