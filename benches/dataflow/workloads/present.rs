//! [`Present`]: the rows of one relation that are there, held as what differs from the load: a few rows, however many were loaded.

use crate::dice::Dice;
use huiyan::types::Word;
use std::collections::HashSet;

pub type Row = Vec<Word>;

/// The row that was loaded at a place; some places have none.
pub type Base = Box<dyn Fn(u64) -> Option<Row> + Send + Sync>;

pub struct Present {
    base: Base,
    places: u64,
    gone: HashSet<u64>,
    added: Vec<Row>,
    known: HashSet<Row>,
}

#[derive(Clone, Copy)]
pub enum Place {
    Loaded(u64),
    Added(usize),
}

impl Present {
    pub fn new(places: u64, base: Base) -> Present {
        Present { base, places, gone: HashSet::new(), added: Vec::new(), known: HashSet::new() }
    }

    pub fn places(&self) -> u64 {
        self.places
    }

    pub fn row(&self, place: u64) -> Option<Row> {
        (self.base)(place)
    }

    /// One of the rows that are there, each as likely.
    pub fn pick(&self, dice: &mut Dice) -> (Place, Row) {
        loop {
            let at = dice.roll(self.places + self.added.len() as u64);
            if at >= self.places {
                let at = (at - self.places) as usize;
                return (Place::Added(at), self.added[at].clone());
            }
            if let Some(row) = self.row(at).filter(|_| !self.gone.contains(&at)) {
                return (Place::Loaded(at), row);
            }
        }
    }

    pub fn remove(&mut self, place: Place) {
        match place {
            Place::Loaded(at) => {
                self.gone.insert(at);
            }
            Place::Added(at) => {
                let row = self.added.swap_remove(at);
                self.known.remove(&row);
            }
        }
    }

    pub fn add(&mut self, row: Row) {
        self.known.insert(row.clone());
        self.added.push(row);
    }

    /// Is it there? `loaded_at`: the only place where it can have been loaded.
    pub fn has(&self, row: &Row, loaded_at: Option<u64>) -> bool {
        let loaded = loaded_at.filter(|at| *at < self.places && !self.gone.contains(at));
        self.known.contains(row) || loaded.and_then(|at| self.row(at)).as_ref() == Some(row)
    }
}
