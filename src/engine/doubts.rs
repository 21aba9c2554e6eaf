//! [`Doubts`]: which cells that came in are unlikely, told to their sender and not refused. Only what a batch changed is looked at: a line
//! whose row was there already is not told of again.
//!
//! They follow from the changes, the day and the agencies that are known *when they are told*: an answer given again tells what is doubtful
//! by then. Nothing else depends on them.

use crate::clues::AgencyNames;
use crate::ingest::doubt::{DAY_AHEAD, UNKNOWN_AGENCY};
use crate::limits::{CLOCKS_DIFFER_DAYS, MAX_REPAIRS_TOLD};
use crate::program::{AGENCY_TYPE, Program, Relation};
use crate::security::Agency;
use crate::storage::entry::NetChange;
use crate::types::{Day, Value};
use std::collections::{HashMap, HashSet};

/// How many, and the first of them by line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Doubts {
    pub count: u64,
    pub told: Box<[Doubt]>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doubt {
    pub line: u64,
    /// JSON pointer to the column.
    pub pointer: String,
    /// One of [`crate::ingest::doubt::CODES`].
    pub code: &'static str,
}

/// What is looked at in a relation.
struct Watched<'p> {
    relation: &'p Relation,
    agencies: Vec<usize>,
    past: Vec<usize>,
}

impl<'p> Watched<'p> {
    /// `None` where nothing is.
    fn of(program: &'p Program, name: &str) -> Option<Watched<'p>> {
        let relation = program.relation(program.find(name)?);
        let record = relation.record.as_ref()?;
        let of_agencies = relation.columns.iter().enumerate().filter(|(_, column)| column.type_name == AGENCY_TYPE);
        let agencies: Vec<usize> = of_agencies.map(|(column, _)| column).collect();
        let watched = Watched { relation, agencies, past: record.past.clone() };
        (!watched.agencies.is_empty() || !watched.past.is_empty()).then_some(watched)
    }
}

impl Doubts {
    pub fn of(changes: &[NetChange], program: &Program, agencies: &AgencyNames, day: Day) -> Doubts {
        let brought = brought(changes, program);
        let is_known =
            |code: &str| agencies.knows(code) || brought.contains(code) || Agency::parse(code).is_none_or(|a| a.is_ours());
        // Where nobody is entered, nobody can be missed.
        let any = !agencies.is_empty() || !brought.is_empty();
        let mut relations: HashMap<&str, Option<Watched>> = HashMap::new();
        let mut found: Vec<(u64, usize, &str, &'static str)> = Vec::new();
        for change in changes.iter().filter(|change| change.insert) {
            let Some(watched) = relations.entry(&change.relation).or_insert_with(|| Watched::of(program, &change.relation))
            else {
                continue;
            };
            let relation: &Relation = watched.relation;
            let name = |column: usize| relation.columns[column].name.as_str();
            let unknown = |column: &&usize| change.row.get(**column).and_then(Value::as_text).is_some_and(|code| !is_known(code));
            let ahead =
                |column: &&usize| matches!(change.row.get(**column), Some(Value::Date(d)) if *d > day + CLOCKS_DIFFER_DAYS);
            found.extend(watched.past.iter().filter(ahead).map(|&c| (change.line, c, name(c), DAY_AHEAD)));
            if any {
                found.extend(watched.agencies.iter().filter(unknown).map(|&c| (change.line, c, name(c), UNKNOWN_AGENCY)));
            }
        }
        found.sort_unstable();
        let told = found.iter().take(MAX_REPAIRS_TOLD);
        let told = told.map(|&(line, _, name, code)| Doubt { line, pointer: format!("/row/{name}"), code });
        Doubts { count: found.len() as u64, told: told.collect() }
    }
}

/// Agencies that come along in the very batch.
fn brought<'c>(changes: &'c [NetChange], program: &Program) -> HashSet<&'c str> {
    let column = program.find(AgencyNames::RELATION).and_then(|id| program.relation(id).column(AgencyNames::CODE));
    let Some(column) = column else { return HashSet::new() };
    let rows = changes.iter().filter(|change| change.insert && change.relation == AgencyNames::RELATION);
    rows.filter_map(|change| change.row.get(column)?.as_text()).collect()
}
