//! What the agencies got wrong, and what must therefore be found.
//!
//! On the last day twenty clues of correction and two of political rights hold; others came and went on the way, because a paper turned up, a
//! row was corrected, a decision annulled. A file for each family of rules. Every person here is nobody else's, and no fault of the data
//! touches their rows. Everything that must happen does so before the year ends.

mod court_papers;
mod detention;
mod measure;
mod register;
mod reoffence;
mod rights;

use super::days::{FIRST_DAY, LAST_DAY};
use super::town::Town;
use super::truth::Truth;
use crate::types::Day;

/// A paper on its way is not missing beyond doubt for so many days.
const POSTAL_MARGIN: i64 = 7;

pub fn plant(town: &mut Town) -> Vec<Truth> {
    let mut truth = Vec::new();
    detention::plant(town, &mut truth);
    measure::plant(town, &mut truth);
    register::plant(town, &mut truth);
    court_papers::plant(town, &mut truth);
    reoffence::plant(town, &mut truth);
    rights::plant(town, &mut truth);
    truth
}

/// A day so far into the year that what leads to it lies inside, and that leaves `room` days before the end.
fn some_day(town: &mut Town, room: i64) -> Day {
    town.rng.between(FIRST_DAY + 30, LAST_DAY - room)
}
