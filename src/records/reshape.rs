//! Other rules come into force: rows move to the relations of the new program, column by name.

use super::chunk::AsSent;
use super::held::{Asserted, Held};
use super::shape::{ColumnShape, Shape};
use super::store::Records;
use super::table::Table;
use crate::program::Program;
use crate::types::{Said, Word, absent_word};
use std::collections::BTreeMap;

/// Why rows that are there cannot live under new rules.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReshapeError {
    #[error("column {column} of {relation} is of another kind than the rows that are there")]
    Kind { relation: String, column: String },
    #[error("column {column} of {relation} is new and must have a value, but there are rows without one; declare it optional")]
    Required { relation: String, column: String },
    #[error("the key of {relation} has changed, and two rows that are there would have the same one")]
    Key { relation: String },
}

impl ReshapeError {
    pub fn said(&self) -> Said {
        let zh = match self {
            ReshapeError::Kind { relation, column } => format!("{relation} 的列 {column} 与已有的行种类不同"),
            ReshapeError::Required { relation, column } => {
                format!("{relation} 的列 {column} 是新列且必须有值，但已有的行没有该值；请声明为可缺省")
            }
            ReshapeError::Key { relation } => format!("{relation} 的主键已改变，已有的两行将有同一主键"),
        };
        Said::new(self.to_string(), zh)
    }
}

impl Records {
    /// The same rows under another program. A relation that it does not declare is set aside until one does. Columns that are new are
    /// absent, columns that are no more are left out.
    pub fn reshape(&self, program: &Program) -> Result<Records, ReshapeError> {
        let mut new = Records::new(program, self.texts.clone());
        new.asserters = self.asserters.clone();
        let old = self.tables.values().map(|table| (table.shape.name.as_str(), table));
        let all: BTreeMap<&str, &Table> = self.parked.iter().map(|(name, table)| (name.as_str(), table)).chain(old).collect();
        for (name, from) in all {
            match new.tables.values_mut().find(|table| table.shape.name == name) {
                Some(to) => refill(from, to, self)?,
                None => {
                    let mut parked = Table::new(from.shape.clone(), &self.texts);
                    refill(from, &mut parked, self)?;
                    new.parked.insert(name.to_string(), parked);
                }
            }
        }
        Ok(new)
    }
}

/// Where the word of a column comes from.
enum From {
    Column(usize),
    Absent(Word),
}

fn refill(from: &Table, to: &mut Table, records: &Records) -> Result<(), ReshapeError> {
    if from.len() == 0 {
        return Ok(());
    }
    let sources: Vec<From> = to.shape.columns.iter().map(|column| source(column, &from.shape)).collect::<Result<_, _>>()?;
    to.written = marks(&sources, &from.shape, &to.shape);
    let same_key = to.shape.keyed;
    let move_row = |row: &[Word]| -> Box<[Word]> {
        let word = |from: &From| match from {
            From::Column(column) => row[*column],
            From::Absent(word) => *word,
        };
        sources.iter().map(word).collect()
    };
    let rank = |id| records.asserters.rank(id);
    let rows = from.rows().map(|(row, asserter)| Asserted { row: row.into(), asserter, rank: rank(asserter) });
    // Hidden rows come last: the operator's is then there to hide them.
    for one in rows.chain(from.hidden().cloned()) {
        let row = move_row(&one.row);
        let key = to.shape.key_of(&row);
        let mut held: Held = to.held(&key, rank);
        // Without a key, rows that differed only in what is left out become one.
        if !held.assert(Asserted { row, ..one }) && same_key {
            return Err(ReshapeError::Key { relation: to.shape.name.clone() });
        }
        to.set(&key, held);
    }
    keep_repaired(from, to, &sources, move_row);
    Ok(())
}

/// How the cells of rows that move are marked, if not as the new shape says.
fn marks(sources: &[From], from: &Shape, to: &Shape) -> Option<Vec<bool>> {
    let mark = |(source, now): (&From, &bool)| match source {
        From::Column(column) => from.personal[*column],
        From::Absent(_) => *now,
    };
    let marks: Vec<bool> = sources.iter().zip(&to.personal).map(mark).collect();
    (marks != to.personal).then_some(marks)
}

/// What was written otherwise goes along with its row, as far as its columns are still there.
fn keep_repaired(from: &Table, to: &mut Table, sources: &[From], move_row: impl Fn(&[Word]) -> Box<[Word]>) {
    let now = |old: u32| sources.iter().position(|source| matches!(source, From::Column(column) if *column == old as usize));
    for (slot, as_sent) in from.repaired(0) {
        let Some((row, _)) = from.row(slot) else { continue };
        let key = to.shape.key_of(&move_row(row));
        let kept: AsSent = as_sent.iter().filter_map(|(column, text)| Some((now(*column)? as u32, text.clone()))).collect();
        if !kept.is_empty() {
            to.note_repaired(&key, kept);
        }
    }
}

fn source(column: &ColumnShape, from: &Shape) -> Result<From, ReshapeError> {
    let names = || (from.name.clone(), column.name.clone());
    match from.columns.iter().position(|old| old.name == column.name) {
        Some(at) if from.columns[at].kind != column.kind => {
            let (relation, column) = names();
            Err(ReshapeError::Kind { relation, column })
        }
        // What was optional may have been absent.
        Some(at) if column.optional || !from.columns[at].optional => Ok(From::Column(at)),
        None if column.optional => Ok(From::Absent(absent_word(column.kind))),
        Some(_) | None => {
            let (relation, column) = names();
            Err(ReshapeError::Required { relation, column })
        }
    }
}
