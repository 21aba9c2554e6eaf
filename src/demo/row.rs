//! A row in the making, column by column.

use super::days::LAST_DAY;
use super::people::Person;
use super::town::Town;
use crate::types::{Day, date_text};

#[derive(Clone)]
pub struct Row {
    agency: String,
    relation: &'static str,
    cells: Vec<(&'static str, String)>,
}

impl Row {
    /// Of a relation, by the agency whose code stands in column `by`.
    pub fn new(relation: &'static str, by: &'static str, agency: &str) -> Row {
        Row { agency: agency.to_string(), relation, cells: vec![(by, agency.to_string())] }
    }

    pub fn who(self, person: &Person) -> Row {
        self.text("id_no", &person.id_no).text("name", &person.name)
    }

    pub fn text(mut self, column: &'static str, text: &str) -> Row {
        self.cells.retain(|(taken, _)| *taken != column);
        self.cells.push((column, text.to_string()));
        self
    }

    pub fn day(self, column: &'static str, day: Day) -> Row {
        self.text(column, &date_text(day))
    }

    /// A day that may be absent.
    pub fn day_if(self, column: &'static str, day: Option<Day>) -> Row {
        match day {
            Some(day) => self.day(column, day),
            None => self,
        }
    }

    /// What stands in a column.
    pub fn cell(&self, column: &str) -> &str {
        self.cells.iter().find(|(taken, _)| *taken == column).map_or("", |(_, text)| text)
    }

    /// As the agency has it on that day; what comes after the year is not sent.
    pub fn send(&self, town: &mut Town, day: Day) {
        if day <= LAST_DAY {
            self.put(town, day);
        }
    }

    /// On the last day of the year at the latest.
    pub fn put(&self, town: &mut Town, day: Day) {
        let cells: Vec<(&'static str, &str)> = self.cells.iter().map(|(column, text)| (*column, text.as_str())).collect();
        town.send(day, &self.agency, self.relation, &cells);
    }
}
