//! What records should do, said once more with ordered maps of values and nothing of the product but its types.

use super::county::{CALENDAR, EDGE, NOTE, PAPER, PENALTY};
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
    /// Numbers of papers in several spellings are one.
    pub alike: bool,
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
        PENALTY | EDGE | PAPER => &[0, 1],
        CALENDAR | NOTE => &[0],
        other => panic!("{other:?} has no key"),
    }
}

fn may_write(relation: RelId, kind: &str) -> bool {
    kind == "operator"
        || match relation {
            PENALTY => ["police", "court"].contains(&kind),
            NOTE => ["police", "justice"].contains(&kind),
            PAPER => kind == "police",
            _ => false,
        }
}

fn is_pack(asserter: &str) -> bool {
    asserter.starts_with("pack:")
}

/// What the number of a paper says.
fn number(text: &str) -> u32 {
    let digits = text
        .chars()
        .filter_map(|c| "０１２３４５６７８９".chars().position(|wide| wide == c).or(c.to_digit(10).map(|d| d as usize)));
    digits.fold(0, |number, digit| number * 10 + digit as u32)
}

impl Model {
    /// The key in the spelling under which it is there.
    fn spelling(&self, relation: RelId, key: Row) -> Row {
        if relation != PAPER || !self.alike || self.seen.contains_key(&(relation, key.clone())) {
            return key;
        }
        let says = |key: &Row| (key[0].clone(), number(key[1].as_text().unwrap()));
        let there =
            self.seen.keys().filter(|(of, other)| *of == PAPER && says(other) == says(&key)).map(|(_, other)| other.clone());
        there.min().unwrap_or(key)
    }

    /// The row with its key in that spelling.
    fn respelled(&self, relation: RelId, row: &Row) -> Row {
        let key = self.spelling(relation, row.project(key_columns(relation)));
        let mut values = row.values().to_vec();
        key_columns(relation).iter().zip(key.values()).for_each(|(column, value)| values[*column] = value.clone());
        Row::new(values)
    }

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
        let at = (relation, self.spelling(relation, key));
        let respelled = match ask {
            Ask::Insert(row) => Ask::Insert(self.respelled(relation, row)),
            Ask::Upsert(row) => Ask::Upsert(self.respelled(relation, row)),
            Ask::Retract(row) => Ask::Retract(self.respelled(relation, row)),
            Ask::RetractKey(key) => Ask::RetractKey(key.clone()),
        };
        let ask = &respelled;
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
        let mut given: BTreeSet<Row> = BTreeSet::new();
        let outcomes = rows.iter().map(|row| {
            let outcome = self.ask(speaker, relation, &Ask::Upsert(row.clone()));
            given.insert(self.spelling(relation, row.project(key_columns(relation))));
            outcome
        });
        let outcomes: Vec<Result<(), &str>> = outcomes.collect();
        // Who names another agency means a row of its own.
        let own_key = |row: &Row| Row::new(vec![Value::symbol(speaker), row.project(key_columns(relation))[1].clone()]);
        let misnamed = rows.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Err("not-yourself"));
        let misnamed: BTreeSet<Row> = misnamed.map(|(row, _)| own_key(row)).collect();
        let kept = |key: &Row| given.contains(key) || misnamed.contains(key);
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
            if row.values().contains(&Value::Number(i64::MIN)) {
                outcomes.push(Err("reserved-value"));
                continue;
            }
            let row = &self.respelled(relation, row);
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
