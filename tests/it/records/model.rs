//! What records should do, said once more with ordered maps of values and nothing of the product but its types.

use super::county::{CALENDAR, EDGE, NOTE, PENALTY};
use huiyan::types::{RelId, Row, Value};
use std::collections::{BTreeMap, BTreeSet};

pub type Key = (RelId, Row);
/// Row and asserter.
pub type Said = (Row, String);

#[derive(Clone, Default, PartialEq, Debug)]
pub struct Model {
    pub seen: BTreeMap<Key, Said>,
    /// The pack's rows under the operator's.
    pub under: BTreeMap<Key, Said>,
}

#[derive(Clone, Debug)]
pub enum Ask {
    Insert(Row),
    Upsert(Row),
    Retract(Row),
    RetractKey(Row),
}

pub fn key_columns(relation: RelId) -> &'static [usize] {
    match relation {
        PENALTY | EDGE => &[0, 1],
        CALENDAR | NOTE => &[0],
        other => panic!("{other:?} has no key"),
    }
}

fn may_write(relation: RelId, kind: &str) -> bool {
    kind == "operator"
        || match relation {
            PENALTY => ["police", "court"].contains(&kind),
            NOTE => ["police", "justice"].contains(&kind),
            _ => false,
        }
}

fn is_pack(asserter: &str) -> bool {
    asserter.starts_with("pack:")
}

impl Model {
    pub fn ask(&mut self, speaker: &str, relation: RelId, ask: &Ask) -> Result<(), &'static str> {
        let operator = speaker.starts_with("operator:");
        if !may_write(relation, speaker.split(':').next().unwrap()) {
            return Err("wrong-kind");
        }
        let whole = match ask {
            Ask::Insert(row) | Ask::Upsert(row) | Ask::Retract(row) => Some(row),
            Ask::RetractKey(_) => None,
        };
        if whole.is_some_and(|row| row.values().contains(&Value::Number(i64::MIN))) {
            return Err("reserved-value");
        }
        let key = match ask {
            Ask::RetractKey(_) if relation == EDGE => return Err("no-key"),
            Ask::RetractKey(key) => key.clone(),
            Ask::Insert(row) | Ask::Upsert(row) | Ask::Retract(row) => row.project(key_columns(relation)),
        };
        if relation == PENALTY && !operator && key[0] != Value::symbol(speaker) {
            return Err("not-yourself");
        }
        let at = (relation, key);
        let present = self.seen.get(&at).cloned();
        // Where a column names the owner, it alone decides.
        let mine = |asserter: &str| operator || relation == PENALTY || asserter == speaker;
        match (ask, present) {
            (Ask::Insert(row) | Ask::Upsert(row), Some((there, _))) if there == *row => Ok(()),
            (Ask::Insert(_), Some(_)) => Err("key-present"),
            (Ask::Insert(row) | Ask::Upsert(row), None) => {
                self.seen.insert(at, (row.clone(), speaker.to_string()));
                Ok(())
            }
            (Ask::Upsert(_), Some((_, asserter))) if !mine(&asserter) => Err("foreign-owner"),
            (Ask::Upsert(row), Some(there)) => {
                if operator && is_pack(&there.1) {
                    self.under.insert(at.clone(), there);
                } else if !operator {
                    self.under.remove(&at);
                }
                self.seen.insert(at, (row.clone(), speaker.to_string()));
                Ok(())
            }
            (Ask::Retract(_) | Ask::RetractKey(_), None) => Err("absent"),
            (Ask::Retract(row), Some((there, _))) if there != *row => Err("row-differs"),
            (Ask::Retract(_) | Ask::RetractKey(_), Some((_, asserter))) if !mine(&asserter) => Err("foreign-owner"),
            (Ask::Retract(_) | Ask::RetractKey(_), Some(_)) => {
                self.seen.remove(&at);
                self.seen.extend(self.under.remove(&at).map(|back| (at, back)));
                Ok(())
            }
        }
    }

    pub fn replace(&mut self, speaker: &str, relation: RelId, rows: &[Row]) -> Vec<Result<(), &'static str>> {
        let mut first: BTreeMap<Row, Row> = BTreeMap::new();
        let outcomes = rows.iter().map(|row| {
            let key = row.project(key_columns(relation));
            if first.entry(key).or_insert(row.clone()) != row {
                return Err("key-twice");
            }
            self.ask(speaker, relation, &Ask::Upsert(row.clone()))
        });
        let outcomes: Vec<Result<(), &str>> = outcomes.collect();
        // Who names another agency means a row of its own.
        let own_key = |row: &Row| Row::new(vec![Value::symbol(speaker), row.project(key_columns(relation))[1].clone()]);
        let misnamed = rows.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Err("not-yourself"));
        let misnamed: BTreeSet<Row> = misnamed.map(|(row, _)| own_key(row)).collect();
        let kept = |key: &Row| first.contains_key(key) || misnamed.contains(key);
        let own = self.seen.iter().filter(|((of, key), (_, who))| *of == relation && who == speaker && !kept(key));
        for at in own.map(|(at, _)| at.clone()).collect::<Vec<_>>() {
            self.seen.remove(&at);
            self.seen.extend(self.under.remove(&at).map(|back| (at, back)));
        }
        outcomes
    }

    pub fn install(&mut self, pack: &str, data: &[(RelId, Vec<Row>)]) -> Vec<Result<(), &'static str>> {
        let mut outcomes = Vec::new();
        let mut first: BTreeMap<Key, Row> = BTreeMap::new();
        for (relation, row) in data.iter().flat_map(|(relation, rows)| rows.iter().map(move |row| (*relation, row))) {
            let at = (relation, row.project(key_columns(relation)));
            if first.entry(at.clone()).or_insert(row.clone()) != row {
                outcomes.push(Err("key-twice"));
                continue;
            }
            let new = (row.clone(), pack.to_string());
            outcomes.push(match self.seen.get(&at) {
                Some((_, who)) if who.starts_with("operator:") => {
                    self.under.insert(at, new);
                    Ok(())
                }
                Some((_, who)) if !is_pack(who) => Err("key-present"),
                Some(_) | None => {
                    self.seen.insert(at, new);
                    Ok(())
                }
            });
        }
        let keep = |at: &Key, (_, who): &mut Said| !is_pack(who) || first.contains_key(at);
        self.seen.retain(keep);
        self.under.retain(keep);
        outcomes
    }

    pub fn rows(&self, relation: RelId) -> BTreeSet<Said> {
        self.seen.iter().filter(|((of, _), _)| *of == relation).map(|(_, said)| said.clone()).collect()
    }
}
