//! What must be found: each interval in which a clue holds, from what was planted and the demo's own list of days, never from the rules.

use super::days::LAST_DAY;
use crate::types::Day;

/// Days for which a refusal softens.
const SOFTENS: i64 = 30;

/// An interval in which a clue holds, judged at the end of each day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Truth {
    /// Name of the clue relation.
    pub rule: &'static str,
    /// Key values in key order, joined by `|`.
    pub key: String,
    /// First day at whose end it holds.
    pub opens: Day,
    /// First day at whose end it is a violation; before it, or without it, it is `mild`.
    pub accuses: Option<Day>,
    /// hint, or quality.
    pub mild: &'static str,
    /// First day at whose end it no longer holds.
    pub closes: Option<Day>,
    /// From a day to before another a fault of the data makes it mild, though it would accuse.
    pub softened: Vec<(Day, Day)>,
}

impl Truth {
    /// A row is missing after its last day, and beyond doubt `margin` days later.
    pub fn missing(rule: &'static str, key: &str, due: Day, margin: i64) -> Truth {
        Truth { accuses: Some(due + margin + 1), ..Truth::hint(rule, key, due + 1) }.within_the_year()
    }

    /// What never accuses.
    pub fn hint(rule: &'static str, key: &str, opens: Day) -> Truth {
        Truth { rule, key: key.to_string(), opens, accuses: None, mild: "hint", closes: None, softened: Vec::new() }
    }

    /// Something is wrong with the rows themselves.
    pub fn quality(rule: &'static str, key: &str, opens: Day) -> Truth {
        Truth { mild: "quality", ..Truth::hint(rule, key, opens) }
    }

    pub fn violation(rule: &'static str, key: &str, opens: Day) -> Truth {
        Truth { accuses: Some(opens), ..Truth::hint(rule, key, opens) }
    }

    /// Beyond doubt from an earlier or another day.
    pub fn sure(mut self, accuses: Day) -> Truth {
        self.accuses = Some(self.accuses.map_or(accuses, |day| day.min(accuses)));
        self.within_the_year()
    }

    pub fn until(mut self, closes: Day) -> Truth {
        self.closes = Some(closes);
        self.within_the_year()
    }

    fn within_the_year(mut self) -> Truth {
        let ends = self.closes.unwrap_or(LAST_DAY + 1);
        self.accuses = self.accuses.filter(|day| *day < ends);
        self
    }

    pub fn holds_on(&self, day: Day) -> bool {
        self.opens <= day && self.closes.is_none_or(|closes| day < closes)
    }

    pub fn level_on(&self, day: Day) -> &'static str {
        let soft = self.softened.iter().any(|(from, until)| (*from..*until).contains(&day));
        if !soft && self.accuses.is_some_and(|from| from <= day) { "violation" } else { self.mild }
    }

    /// The strongest level it reaches.
    pub fn level(&self) -> &'static str {
        let ends = self.closes.unwrap_or(LAST_DAY + 1);
        let accuses = (self.opens..ends).any(|day| self.level_on(day) == "violation");
        if accuses { "violation" } else { self.mild }
    }

    /// A row was refused that may be the one that is missing: nobody is accused until it is mended, or the refusal is old.
    pub fn refused(&mut self, from: Day, mended: Day) {
        self.softened.push((from, mended.min(from + SOFTENS + 1)));
    }
}
