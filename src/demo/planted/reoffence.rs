//! A new crime in the term; and one whose day was misread. Nobody revokes the probation.

use super::super::conviction::Conviction;
use super::super::sentence::Sentence;
use super::super::town::{COURT, Town};
use super::super::truth::Truth;
use super::some_day;

const REVOKED_WITHIN: i64 = 30;

pub fn plant(town: &mut Town, truth: &mut Vec<Truth>) {
    for misread in [false, true] {
        let who = Sentence::old(town);
        let effective = some_day(town, 60);
        let in_term = who.effective + town.rng.between(5, effective - who.effective - 25);
        let mut conviction = Conviction::new(town, effective, in_term);
        conviction.send(town, &who.person, effective);
        let key = format!("{COURT}|{}|1", conviction.case_no);
        let clue = Truth::violation("reoffended_in_correction", &key, effective);
        // Nobody revoked the probation, with which the judgment has a month.
        let unrevoked = Truth::violation("reoffended_not_revoked", &key, effective + REVOKED_WITHIN + 1);
        if !misread {
            truth.push(clue);
            truth.extend(town.full().then_some(unrevoked));
            continue;
        }
        // It was the year before: a crime that was not known then, no new one.
        let mended = effective + town.rng.between(3, 50);
        conviction.committed = who.effective - town.rng.between(40, 90);
        conviction.send_person(town, &who.person, mended);
        truth.push(clue.until(mended));
        if town.full() {
            let from = mended.max(unrevoked.opens);
            truth.extend((mended > unrevoked.opens).then(|| unrevoked.until(mended)));
            truth.push(Truth::violation("undisclosed_crime_not_revoked", &key, from));
        }
    }
}
