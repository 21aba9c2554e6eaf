//! What the agencies got wrong, and what must therefore be found.
//!
//! On the last day twenty clues of correction and two of political rights hold; others came and went on the way, because a paper turned up, a
//! row was corrected, a decision annulled. A file for each family of rules. Every person here is nobody else's, and no fault of the data
//! touches their rows. Everything that must happen does so before the year ends.

mod care;
mod copies;
mod court_papers;
mod detention;
mod discipline;
mod endings;
mod measure;
mod moves;
mod notices;
mod opinions;
mod outside;
mod quality;
mod register;
mod reoffence;
mod rights;
mod rulings;
mod terms;
mod watch;
mod whereabouts;

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
    if town.full() {
        PARTS.iter().for_each(|(plant, _)| plant(town, &mut truth));
    }
    truth
}

type Plant = fn(&mut Town, &mut Vec<Truth>);
type Live = fn(&mut Town);

/// What the twelve kinds do not know: what is planted, and the same on the last day on which it is lawful.
const PARTS: [(Plant, Live); 13] = [
    (notices::plant, notices::lawful),
    (whereabouts::plant, whereabouts::lawful),
    (discipline::plant, discipline::lawful),
    (care::plant, care::lawful),
    (copies::plant, copies::lawful),
    (moves::plant, moves::lawful),
    (endings::plant, endings::lawful),
    (rulings::plant, rulings::lawful),
    (watch::plant, watch::lawful),
    (outside::plant, outside::lawful),
    (terms::plant, terms::lawful),
    (quality::plant, quality::lawful),
    // Last: it looks at what else is planted.
    (opinions::plant, opinions::lawful),
];

/// A round of what the twelve kinds do not know, each thing done on the last day on which it is lawful: nothing may be found.
pub fn lawful(town: &mut Town) {
    PARTS.iter().for_each(|(_, lawful)| lawful(town));
}

/// A day so far into the year that what leads to it lies inside, and that leaves `room` days before the end.
fn some_day(town: &mut Town, room: i64) -> Day {
    town.rng.between(FIRST_DAY + 30, LAST_DAY - room)
}
