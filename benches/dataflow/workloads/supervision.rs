//! A county's supervision: persons, judgments, registrations, penalties and receipts of papers, as many of each; about one penalty and one
//! probation in a hundred breaks a rule.

use super::Records;
use super::present::{Place, Present, Row};
use crate::dice::{Dice, Mix};
use huiyan::types::{Interner, Word, number_of, word_of_number};

pub const RULES: &str = r#"
    .decl person(id: number, name: symbol, county: symbol, category: symbol, from: number, to: number) .input person
    .decl judgment(case_no: symbol, person: number, court: symbol, kind: symbol, day: number, county: symbol) .input judgment
    .decl registration(person: number, agency: symbol, day: number) .input registration
    .decl penalty(decision: symbol, person: number, agency: symbol, kind: symbol, day: number) .input penalty
    .decl receipt(doc: symbol, subject: symbol, receiver: symbol, day: number) .input receipt
    .decl on_time(decision: symbol)
    on_time(n) :- penalty(n, _, _, _, d), receipt(_, n, "procuratorate", r), r <= d + 3.
    .decl notice_missing(decision: symbol, person: number, agency: symbol) .output notice_missing
    notice_missing(n, p, a) :- penalty(n, p, a, _, d), person(p, _, _, _, s, e), s <= d, d <= e, !on_time(n).
    .decl notice_late(decision: symbol, person: number, agency: symbol) .output notice_late
    notice_late(n, p, a) :- penalty(n, p, a, _, d), person(p, _, _, _, s, e), s <= d, d <= e,
        receipt(_, n, "procuratorate", r), r > d + 3.
    .decl not_registered(case_no: symbol, person: number) .output not_registered
    not_registered(c, p) :- judgment(c, p, _, "probation", _, _), !registration(p, _, _).
    .decl flagged(agency: symbol, decision: symbol)
    flagged(a, n) :- notice_missing(n, _, a).
    flagged(a, n) :- notice_late(n, _, a).
    .decl agency_alert(agency: symbol, n: number) .output agency_alert
    agency_alert(a, n) :- flagged(a, _), n = count : { flagged(a, _) }, n >= 3.
"#;

const RELATIONS: &[&str] = &["person", "judgment", "registration", "penalty", "receipt"];
const PERSON: usize = 0;
const JUDGMENT: usize = 1;
const REGISTRATION: usize = 2;
const PENALTY: usize = 3;

/// Texts that rules name.
#[derive(Clone, Copy)]
struct Named {
    probation: Word,
    parole: Word,
    prison: Word,
    procuratorate: Word,
    police: Word,
}

/// How the county is made: all that a row depends on besides its number.
#[derive(Clone, Copy)]
struct County {
    mix: Mix,
    persons: u64,
    agencies: u64,
    counties: u64,
    courts: u64,
    named: Named,
}

/// A text that no rule names: of which sort, which one.
fn text(sort: u64, which: u64) -> Word {
    (1 << 50) + (sort << 40) + which
}

fn day(x: u64) -> Word {
    word_of_number(x as i64)
}

fn day_of(word: Word) -> u64 {
    number_of(word) as u64
}

impl County {
    fn person(&self, i: u64) -> Row {
        let roll = |question, sides| self.mix.roll(i, question, sides);
        let start = 18_000 + roll(0, 1_500);
        let end = start + 180 + roll(1, 1_500);
        let (county, category) = (text(1, roll(2, self.counties)), text(2, roll(3, 4)));
        vec![word_of_number(i as i64 + 1), text(0, i), county, category, day(start), day(end)]
    }

    fn judgment(&self, number: u64, person: &Row, court: u64, kind: u64) -> Row {
        let kind = match kind {
            0..700 => self.named.probation,
            700..800 => self.named.parole,
            _ => self.named.prison,
        };
        vec![text(3, number), person[0], text(4, court), kind, person[4], person[2]]
    }

    fn registration(&self, person: &Row, agency: u64, after: u64) -> Row {
        vec![person[0], text(5, agency), day(day_of(person[4]) + after)]
    }

    /// Nineteen of twenty within the person's term.
    fn penalty(&self, number: u64, person: &Row, mut roll: impl FnMut(u64) -> u64) -> Row {
        let (start, end) = (day_of(person[4]), day_of(person[5]));
        let on = if roll(1_000) < 950 { start + roll(end - start + 1) } else { end + 1 + roll(300) };
        vec![text(6, number), person[0], text(5, roll(self.agencies)), text(7, roll(4)), day(on)]
    }

    fn receipt(&self, number: u64, penalty: &Row, receiver: Word, after: u64) -> Row {
        vec![text(8, number), penalty[0], receiver, day(day_of(penalty[4]) + after)]
    }

    fn base_judgment(&self, i: u64) -> Row {
        self.judgment(i, &self.person(i), self.mix.roll(i, 10, self.courts), self.mix.roll(i, 11, 1_000))
    }

    fn base_registration(&self, i: u64) -> Option<Row> {
        let (agency, after) = (self.mix.roll(i, 21, self.agencies), self.mix.roll(i, 22, 10));
        (self.mix.roll(i, 20, 100) > 0).then(|| self.registration(&self.person(i), agency, after))
    }

    fn base_penalty(&self, i: u64) -> Row {
        let mut question = 31;
        let person = self.person(self.mix.roll(i, 30, self.persons));
        self.penalty(i, &person, |sides| {
            question += 1;
            self.mix.roll(i, question, sides)
        })
    }

    /// The receipts of the procuratorate first, then the few of the police.
    fn base_receipt(&self, place: u64) -> Option<Row> {
        let (police, i) = (place >= self.persons, place % self.persons);
        let kind = self.mix.roll(i, 40, 1_000);
        let after = if kind < 11 { 4 + self.mix.roll(i, 41, 30) } else { self.mix.roll(i, 42, 4) };
        let (there, receiver) = if police {
            (kind >= 11 && self.mix.roll(i, 43, 100) < 5, self.named.police)
        } else {
            (kind >= 6, self.named.procuratorate)
        };
        there.then(|| self.receipt(place, &self.base_penalty(i), receiver, after))
    }
}

pub struct Supervision {
    county: County,
    present: Vec<Present>,
    /// What the next new row of each relation is numbered.
    next: u64,
}

impl Supervision {
    pub fn new(records: u64, seed: u64, texts: &Interner) -> Supervision {
        let persons = records / 5;
        let [probation, parole, prison, procuratorate, police] =
            ["probation", "parole", "imprisonment", "procuratorate", "police"].map(|text| texts.intern(text));
        let named = Named { probation, parole, prison, procuratorate, police };
        let (counties, courts) = ((records / 400).clamp(5, 2_800), (records / 400).clamp(5, 3_500));
        let county = County { mix: Mix(seed), persons, agencies: (records / 2_000).max(8), counties, courts, named };
        let present = vec![
            Present::new(persons, Box::new(move |i| Some(county.person(i)))),
            Present::new(persons, Box::new(move |i| Some(county.base_judgment(i)))),
            Present::new(persons, Box::new(move |i| county.base_registration(i))),
            Present::new(persons, Box::new(move |i| Some(county.base_penalty(i)))),
            Present::new(persons * 2, Box::new(move |i| county.base_receipt(i))),
        ];
        Supervision { county, present, next: persons * 2 }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn any(&self, relation: usize, dice: &mut Dice) -> Row {
        self.present[relation].pick(dice).1
    }

    fn new_row(&mut self, relation: usize, dice: &mut Dice) -> Row {
        let (number, county) = (self.number(), self.county);
        match relation {
            PERSON => county.person(number),
            JUDGMENT => {
                let person = self.any(PERSON, dice);
                county.judgment(number, &person, dice.roll(county.courts), dice.roll(1_000))
            }
            REGISTRATION => {
                let person = self.any(PERSON, dice);
                county.registration(&person, dice.roll(county.agencies), dice.roll(10))
            }
            PENALTY => {
                let person = self.any(PERSON, dice);
                county.penalty(number, &person, |sides| dice.roll(sides))
            }
            _ => {
                let penalty = self.any(PENALTY, dice);
                let after = if dice.chance(300) { 4 + dice.roll(30) } else { dice.roll(4) };
                county.receipt(number, &penalty, county.named.procuratorate, after)
            }
        }
    }

    fn corrected(&self, relation: usize, old: &Row, dice: &mut Dice) -> Row {
        let mut new = old.clone();
        let shift = |word: &mut Word, by: &[i64], dice: &mut Dice| {
            *word = word_of_number(number_of(*word) + by[dice.roll(by.len() as u64) as usize]);
        };
        match relation {
            PERSON => shift(&mut new[5], &[-400, -30, 30, 400], dice),
            JUDGMENT => {
                let Named { probation, parole, .. } = self.county.named;
                new[3] = if old[3] == probation { parole } else { probation };
            }
            REGISTRATION => shift(&mut new[2], &[1], dice),
            PENALTY => shift(&mut new[4], &[-7, -2, -1, 1, 2, 7], dice),
            _ => shift(&mut new[3], &[-5, -2, 2, 5], dice),
        }
        new
    }

    /// Only a registration has no key of its own, and may be there already.
    fn has(&self, relation: usize, row: &Row) -> bool {
        relation == REGISTRATION && self.present[REGISTRATION].has(row, Some(day_of(row[0]) - 1))
    }
}

impl Records for Supervision {
    fn relations(&self) -> &'static [&'static str] {
        RELATIONS
    }

    fn present(&mut self) -> &mut [Present] {
        &mut self.present
    }

    /// In turn a new record, one less, and one corrected. What this transaction did already is left alone.
    fn change(&mut self, transaction: u64, dice: &mut Dice, changes: &mut Vec<(usize, Row, i64)>) {
        loop {
            let relation = dice.roll(RELATIONS.len() as u64) as usize;
            let picked: Option<(Place, Row)> = (!transaction.is_multiple_of(3)).then(|| self.present[relation].pick(dice));
            let new = match (&picked, transaction % 3) {
                (None, _) => Some(self.new_row(relation, dice)),
                (Some((_, old)), 2) => Some(self.corrected(relation, old, dice)),
                _ => None,
            };
            let touched = |row: &Row| changes.iter().any(|(other, known, _)| (*other, known) == (relation, row));
            let rows = picked.iter().map(|(_, old)| old).chain(&new);
            if rows.into_iter().any(touched) || new.as_ref().is_some_and(|new| self.has(relation, new)) {
                continue;
            }
            if let Some((place, old)) = picked {
                self.present[relation].remove(place);
                changes.push((relation, old, -1));
            }
            if let Some(new) = new {
                self.present[relation].add(new.clone());
                changes.push((relation, new, 1));
            }
            return;
        }
    }
}
