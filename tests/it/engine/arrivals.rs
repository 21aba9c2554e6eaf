//! R3: the same result however records arrive: one by one or all at once, in another order within a batch, with lines that take each other
//! back, and with any number of workers.
//!
//! `HUIYAN_SEED=N` repeats one history.

use super::rig::*;
use super::snapshots::{Dice, scale};
use huiyan::storage::disk::MemoryDisk;
use std::collections::BTreeMap;

/// Histories of a tenth of the gate: each is lived once as it is and in six other ways.
const HISTORIES: u64 = 84;

/// A line, and the row that it is about: lines about one row stay in order.
#[derive(Clone)]
struct Line {
    about: String,
    text: String,
}

/// Of each row that is there the line that wrote it: who takes it back names all of it.
type There = BTreeMap<String, String>;

/// What comes on a day, in batches, each of one agency.
type Day = Vec<(&'static str, Vec<Line>)>;

fn seeds() -> std::ops::Range<u64> {
    match std::env::var("HUIYAN_SEED").ok().and_then(|text| text.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None => 0..HISTORIES * scale(),
    }
}

/// No line is refused: what is taken back is there, and what comes anew is written over what is there.
fn history(dice: &mut Dice) -> Vec<Day> {
    let mut there = There::new();
    (0..5)
        .map(|day| {
            let batches = 1 + dice.below(4);
            (0..batches)
                .map(|_| if dice.below(3) == 0 { receipts(dice, &mut there) } else { penalties(dice, &mut there, day) })
                .collect()
        })
        .collect()
}

fn penalties(dice: &mut Dice, there: &mut There, day: u64) -> (&'static str, Vec<Line>) {
    let lines = 1 + dice.below(6);
    let line = |_| {
        let (no, part) = (dice.below(6).to_string(), dice.below(2) as u32);
        let about = format!("penalty {no} {part}");
        let text = match there.remove(&about) {
            Some(text) if dice.below(3) == 0 => text.replace("upsert", "retract"),
            _ => {
                let level = ["hint", "violation"][dice.below(2) as usize];
                let text = penalty("upsert", &no, part, level, &format!("2022-07-{:02}", day + 1));
                there.insert(about.clone(), text.clone());
                text
            }
        };
        Line { about, text }
    };
    (POLICE, (0..lines).map(line).collect())
}

fn receipts(dice: &mut Dice, there: &mut There) -> (&'static str, Vec<Line>) {
    let lines = 1 + dice.below(3);
    let line = |_| {
        let no = dice.below(6).to_string();
        let about = format!("receipt {no}");
        let text = there.remove(&about).map_or_else(
            || {
                let text = receipt("insert", &no);
                there.insert(about.clone(), text.clone());
                text
            },
            |text| text.replace("insert", "retract"),
        );
        Line { about, text }
    };
    (JUSTICE, (0..lines).map(line).collect())
}

/// Each line on its own.
fn split(day: &Day) -> Day {
    day.iter().flat_map(|(agency, lines)| lines.iter().map(|line| (*agency, vec![line.clone()]))).collect()
}

/// All of an agency at once.
fn merged(day: &Day) -> Day {
    let of = |agency| (agency, day.iter().filter(|(other, _)| *other == agency).flat_map(|(_, lines)| lines.clone()).collect());
    [of(POLICE), of(JUSTICE)].into_iter().filter(|(_, lines): &(&str, Vec<Line>)| !lines.is_empty()).collect()
}

/// In another order within each batch, but for lines about one row.
fn permuted(day: &Day, dice: &mut Dice) -> Day {
    let mut shuffled = |lines: &[Line]| {
        let mut left: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        lines.iter().rev().for_each(|line| left.entry(&line.about).or_default().push(line));
        let mut order = Vec::new();
        while !left.is_empty() {
            let about = *left.keys().nth(dice.below(left.len() as u64) as usize).unwrap();
            let of = left.get_mut(about).unwrap();
            order.extend(of.pop().cloned());
            if of.is_empty() {
                left.remove(about);
            }
        }
        order
    };
    day.iter().map(|(agency, lines)| (*agency, shuffled(lines))).collect()
}

/// With rows in each batch that come and go within it.
fn with_nothing(day: &Day) -> Day {
    let passing = |op: &str, agency| match agency {
        POLICE => penalty(op, "passing", 0, "hint", "2022-07-01"),
        _ => receipt(op, "passing"),
    };
    let around = |(agency, lines): &(&'static str, Vec<Line>)| {
        let line = |op: &str| Line { about: "passing".to_string(), text: passing(op, *agency) };
        (*agency, [vec![line("insert")], lines.clone(), vec![line("retract")]].concat())
    };
    day.iter().map(around).collect()
}

/// What each epoch told, and what held in the end.
struct Lived {
    told: String,
    holds: String,
}

fn lived(days: &[Day], workers: usize) -> Lived {
    let rig = Setup { workers, ..Setup::default() }.start(MemoryDisk::seeded(1));
    for (number, day) in days.iter().enumerate() {
        for (agency, lines) in day {
            let text: String = lines.iter().map(|line| line.text.as_str()).collect();
            let answer = rig.send(agency, &text).unwrap();
            assert_eq!(answer.receipt.accepted as usize, lines.len(), "a line was refused:\n{text}");
        }
        rig.clock(&format!("2022-07-{:02}", 3 * number + 2)).unwrap();
    }
    Lived { told: rig.plain_story(), holds: holds(&rig) }
}

/// Clues, rows and records, without how they came to be.
fn holds(rig: &Rig) -> String {
    let view = rig.handle.read();
    let mut clues: Vec<String> =
        view.clues.open().map(|clue| format!("{} {} {:?} {}", clue.level, clue.reason, clue.due, clue.evidence)).collect();
    clues.sort();
    let records = view.program.rel_ids().map(|id| {
        let mut rows: Vec<String> = view.records.rows(id).map(|row| format!("{row:?}")).collect();
        rows.sort();
        rows
    });
    format!("{clues:?} {:?} {:?}", view.rows, records.collect::<Vec<_>>())
}

#[test]
fn r3_records_that_arrive_otherwise_lead_to_the_same() {
    let (mut ways, mut opened) = (0, 0);
    for seed in seeds() {
        let mut dice = Dice(seed);
        let days = history(&mut dice);
        let as_it_is = lived(&days, 1);
        opened += as_it_is.told.matches(" open ").count();
        let place = |way: &str| format!("HUIYAN_SEED={seed}, {way}");
        let otherwise = |change: &mut dyn FnMut(&Day) -> Day| days.iter().map(change).collect::<Vec<Day>>();
        for (way, days) in [("split", otherwise(&mut split)), ("merged", otherwise(&mut merged))] {
            assert_eq!(lived(&days, 1).holds, as_it_is.holds, "{}", place(way));
            ways += 1;
        }
        let others = [
            ("permuted", otherwise(&mut |day| permuted(day, &mut dice)), 1),
            ("with rows that come and go", otherwise(&mut with_nothing), 1),
            ("three workers", days.clone(), 3),
            ("permuted, two workers", otherwise(&mut |day| permuted(day, &mut dice)), 2),
        ];
        for (way, days, workers) in others {
            assert_eq!(lived(&days, workers).told, as_it_is.told, "{}", place(way));
            ways += 1;
        }
    }
    println!("{ways} other ways, {opened} clues opened");
    assert!(opened > 0, "no clue ever opened");
}
