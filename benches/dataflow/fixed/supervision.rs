//! The supervision program: receipts are arranged once for two rules, penalties once by person and once by number.

use super::Building;
use differential_dataflow::operators::{CountTotal, ThresholdTotal};
use huiyan::types::word_of_number;
use timely::dataflow::Scope;

type Person = (u64, u64, u64, u64, u64, u64);
type Judgment = (u64, u64, u64, u64, u64, u64);
type Registration = (u64, u64, u64);
type Penalty = (u64, u64, u64, u64, u64);
type Receipt = (u64, u64, u64, u64);

pub fn build(scope: Scope<'_, u64>, building: &mut Building, [probation, procuratorate]: [u64; 2]) {
    let persons = building.input::<Person>(scope);
    let judgments = building.input::<Judgment>(scope);
    let registrations = building.input::<Registration>(scope);
    let penalties = building.input::<Penalty>(scope);
    let receipts = building.input::<Receipt>(scope);

    let terms = persons.map(|(id, _, _, _, from, to)| (id, (from, to))).arrange_by_key();
    let probations = judgments.filter(move |row| row.3 == probation).map(|(case, person, ..)| (person, case));
    let registered = registrations.map(|(person, ..)| person).distinct_total().arrange_by_self();
    let by_person = penalties.clone().map(|(number, person, agency, _, day)| (person, (number, agency, day))).arrange_by_key();
    let days = penalties.map(|(number, _, _, _, day)| (number, day)).arrange_by_key();
    let received = receipts.filter(move |row| row.2 == procuratorate).map(|(_, number, _, day)| (number, day)).arrange_by_key();

    // Words of numbers are ordered as numbers are.
    let on_time = days.join_core(received.clone(), |number, day, got| (*got <= *day + 3).then_some(*number));
    let on_time = on_time.distinct_total().arrange_by_self();
    let in_term = by_person.join_core(terms, |person, (number, agency, day), (from, to)| {
        (from <= day && day <= to).then_some((*number, (*person, *agency, *day)))
    });
    let in_term_by_number = in_term.clone().arrange_by_key();
    let noticed =
        in_term_by_number.clone().join_core(on_time, |number, (person, agency, _), ()| Some((*number, *person, *agency)));
    let missing = in_term.map(|(number, (person, agency, _))| (number, person, agency)).concat(noticed.negate()).distinct_total();
    let late = in_term_by_number
        .join_core(received, |number, (person, agency, day), got| (*got > *day + 3).then_some((*number, *person, *agency)));
    let late = late.distinct_total();
    let flagged = missing.clone().concat(late.clone()).map(|(number, _, agency)| (agency, number)).distinct_total();
    let alerts = flagged.map(|(agency, _)| agency).count_total().filter(|(_, count)| *count >= 3);
    let found = probations.clone().arrange_by_key().join_core(registered, |person, case, ()| Some((*case, *person)));
    let unregistered = probations.map(|(person, case)| (case, person)).concat(found.negate()).distinct_total();

    building.output(0, missing, |(number, person, agency)| [*number, *person, *agency]);
    building.output(1, late, |(number, person, agency)| [*number, *person, *agency]);
    building.output(2, unregistered, |(case, person)| [*case, *person]);
    building.output(3, alerts, |(agency, count)| [*agency, word_of_number(*count as i64)]);
}
