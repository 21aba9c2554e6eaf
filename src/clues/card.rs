//! [`Card`]: what a set of rows of one clue relation shows to people. Pure: the same rows and names give the same card.

use super::AgencyNames;
use crate::limits::REASON_CHARS;
use crate::program::{AGENCY_TYPE, ClueDecl, ColumnOrText, PERSON_TYPE, ReasonPart, Relation};
use crate::security::Names;
use crate::types::{Row, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is read off the rows of one clue.
#[derive(Clone, PartialEq)]
pub struct Card {
    pub title: String,
    pub person: Option<String>,
    pub person_key: Option<Arc<str>>,
    pub agency: Option<String>,
    pub area: Option<String>,
    pub level: String,
    pub basis: String,
    pub due: Option<Value>,
    pub reason: String,
    pub columns: Vec<(String, Value)>,
}

/// A mark of rules that contradict themselves: rows under one key that name two agencies, or two areas.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Split {
    Agency,
    Area,
}

impl Split {
    pub fn code(self) -> &'static str {
        match self {
            Split::Agency => "clue-agencies",
            Split::Area => "clue-areas",
        }
    }
}

/// How much a clue says, from the strongest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    Violation,
    Hint,
    Quality,
    /// A name that rules made up.
    Other,
}

impl Level {
    pub fn of(name: &str) -> Level {
        match name {
            "violation" => Level::Violation,
            "hint" => Level::Hint,
            "quality" => Level::Quality,
            _ => Level::Other,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Level::Violation => "violation",
            Level::Hint => "hint",
            Level::Quality => "quality",
            Level::Other => "other",
        }
    }
}

fn text_of(value: &Value) -> String {
    value.to_string()
}

fn column_or_text(source: Option<&ColumnOrText>, row: &Row) -> String {
    match source {
        Some(ColumnOrText::Column(c)) => text_of(&row[*c]),
        Some(ColumnOrText::Text(text)) => text.clone(),
        None => String::new(),
    }
}

/// The row that stands for the set: the least by value among those of the strongest level.
fn shown<'a>(decl: &ClueDecl, evidence: &'a BTreeSet<Row>) -> Option<&'a Row> {
    // Ties go to the first, and a set is in value order.
    evidence.iter().min_by_key(|row| Level::of(&column_or_text(decl.level.as_ref(), row)))
}

fn present(row: &Row, column: Option<usize>) -> Option<&Value> {
    column.map(|c| &row[c]).filter(|value| **value != Value::Absent)
}

/// What the rows of one clue show; `None` if there are none, or if the relation is no clue relation.
pub fn card(relation: &Relation, evidence: &BTreeSet<Row>, names: &Names, agencies: &AgencyNames) -> Option<Card> {
    let decl = relation.clue.as_ref()?;
    let row = shown(decl, evidence)?;
    let columns = relation.columns.iter().enumerate();
    let person_key = present(row, decl.person).map(|value| Arc::from(text_of(value)));
    Some(Card {
        title: decl.title.clone(),
        person: person_key.as_deref().map(|number| names.person(number)),
        person_key,
        agency: present(row, decl.agency).map(text_of),
        area: present(row, decl.area).map(text_of),
        level: column_or_text(decl.level.as_ref(), row),
        basis: column_or_text(decl.basis.as_ref(), row),
        due: present(row, decl.due).cloned(),
        reason: reason(relation, decl, row, names, agencies),
        columns: columns.map(|(c, column)| (column.name.clone(), outside(relation, c, &row[c], names))).collect(),
    })
}

/// Whether rows under one key disagree about whom they concern.
pub fn splits(decl: &ClueDecl, evidence: &BTreeSet<Row>) -> Vec<Split> {
    let differs = |column: Option<usize>| {
        let mut values = evidence.iter().filter_map(|row| column.map(|c| &row[c]));
        values.next().is_some_and(|first| values.any(|value| value != first))
    };
    let both = [(Split::Agency, decl.agency), (Split::Area, decl.area)];
    both.into_iter().filter(|(_, column)| differs(*column)).map(|(split, _)| split).collect()
}

/// A column in which rules put whom a row is about.
pub fn is_person(relation: &Relation, column: usize) -> bool {
    let clue_person = relation.clue.as_ref().and_then(|decl| decl.person);
    clue_person == Some(column) || relation.columns[column].type_name == PERSON_TYPE
}

/// A value as it may leave the server.
fn outside(relation: &Relation, column: usize, value: &Value, names: &Names) -> Value {
    if is_person(relation, column) && *value != Value::Absent {
        Value::symbol(&names.person(&text_of(value)))
    } else {
        value.clone()
    }
}

fn reason(relation: &Relation, decl: &ClueDecl, row: &Row, names: &Names, agencies: &AgencyNames) -> String {
    let mut text = String::new();
    for part in &decl.reason {
        match part {
            ReasonPart::Text(words) => text.push_str(words),
            ReasonPart::Column(c) => {
                let column = &relation.columns[*c];
                let value = text_of(&outside(relation, *c, &row[*c], names));
                let names_agency = decl.agency == Some(*c) || column.type_name == AGENCY_TYPE;
                text.push_str(if names_agency { agencies.of(&value) } else { &value });
            }
        }
    }
    cut(text)
}

fn cut(text: String) -> String {
    match text.char_indices().nth(REASON_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q5_a_reason_is_cut_behind_its_last_character() {
        let most = "甲".repeat(REASON_CHARS);
        assert_eq!(cut(most.clone()), most);
        assert_eq!(cut(format!("{most}乙")), format!("{most}…"));
    }
}
