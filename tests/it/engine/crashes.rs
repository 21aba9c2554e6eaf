//! The whole engine over a disk that fails: nothing that was answered is lost, nothing is half there, and a failure is seen.
//!
//! A plain run takes every operation once; `HUIYAN_SCALE=10` also every sector and more seeds.

use super::rig::*;
use crate::verified::Spared;
use huiyan::engine::{EngineError, Phase, VerdictRequest};
use huiyan::storage::disk::{Fate, Fault, FaultyDisk, MemoryDisk, Operation, When};
use huiyan::types::{CaseState, Dismissal, Epoch};

/// What a small history asks for, in order. Each answers with the story after it.
const STEPS: usize = 8;

fn step(rig: &Rig, n: usize) -> Result<Epoch, EngineError> {
    match n {
        0 => rig.send(POLICE, &penalty("insert", "1", 1, "hint", "2022-07-01")).map(|answer| answer.epoch),
        1 => rig.clock("2022-07-04"),
        2 => rig.ask(rig.request(JUSTICE, Some("k"), &receipt("insert", "9"))).map(|answer| answer.epoch),
        3 => rig.clock("2022-07-06"),
        4 | 6 => {
            let clue = rig.handle.read().clues.open().next().map(|clue| clue.id).expect("a clue is open");
            let state = if n == 4 { CaseState::Dismissed(Dismissal::DataError) } else { CaseState::Confirmed };
            let request = VerdictRequest { note: Some(format!("as seen in step {n}")), ..rig.verdict(clue, state) };
            rig.judge(request).map(|answer| answer.epoch)
        }
        5 => rig.send(POLICE, &penalty("upsert", "1", 1, "violation", "2022-07-01")).map(|answer| answer.epoch),
        _ => rig.send(JUSTICE, &(receipt("insert", "1") + &receipt("retract", "8"))).map(|answer| answer.epoch),
    }
}

/// The epoch and the story after each step of a life without failures; the first is before any step.
fn right() -> Vec<(Epoch, String)> {
    let rig = Setup::default().start(MemoryDisk::seeded(7));
    let mut stories = vec![(rig.handle.read().epoch, rig.plain_story())];
    for n in 0..STEPS {
        let epoch = step(&rig, n).unwrap();
        assert_eq!(epoch, rig.handle.read().epoch);
        stories.push((epoch, rig.plain_story()));
    }
    stories
}

/// Lives until the disk fails; how many steps were answered, and how many were asked for.
fn live(disk: &FaultyDisk) -> (usize, usize) {
    let Ok(rig) = Setup::default().try_start(disk.clone()) else { return (0, 0) };
    let rig = rig.spare(Spared::Faulty);
    for n in 0..STEPS {
        if matches!(rig.handle.phase(), Phase::Failed { .. }) {
            return (n, n);
        }
        if step(&rig, n).is_err() {
            rig.until(|rig| matches!(rig.handle.phase(), Phase::Failed { .. }));
            assert!(step(&rig, n).is_err(), "taken after a failure");
            return (n, n + 1);
        }
    }
    (STEPS, STEPS)
}

/// The next engine holds all that was answered, at most what was asked for, each step wholly or not at all (a walking clock may stop on
/// its way); it goes on to the end of the history, and then nobody could tell.
fn check(disk: MemoryDisk, right: &[(Epoch, String)], answered: usize, asked: usize, place: &str) {
    let rig = Setup::default().start(disk.clone());
    assert_eq!(rig.handle.phase(), Phase::Ready, "{place}");
    let found = rig.handle.read().epoch;
    assert!(found >= right[answered].0, "{place}: {answered} answered, but only {found:?} is there");
    assert!(found <= right[asked].0, "{place}: {asked} asked for, but {found:?} is there");
    let from = right.iter().rposition(|(epoch, _)| *epoch <= found).unwrap();
    if right[from].0 == found {
        assert_eq!(rig.plain_story(), right[from].1, "{place}");
    }
    for n in from..STEPS {
        step(&rig, n).unwrap_or_else(|error| panic!("{place}: step {n}: {error}"));
    }
    assert_eq!(rig.plain_story(), right[STEPS].1, "{place}: at the end");
    drop(rig);
    assert_eq!(Setup::default().start(disk).plain_story(), right[STEPS].1, "{place}: once more");
}

fn scale() -> usize {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn operations() -> Vec<Operation> {
    let disk = FaultyDisk::counting(MemoryDisk::seeded(7));
    assert_eq!(live(&disk), (STEPS, STEPS));
    disk.operations()
}

#[test]
fn a_crash_at_any_operation_loses_nothing_that_was_answered() {
    let (right, operations) = (right(), operations());
    let mut points = 0;
    for (at, operation) in operations.iter().enumerate() {
        let torn = (1..=operation.tears()).map(When::Torn).take(if scale() > 1 { 64 } else { 1 });
        let changing = [When::After].into_iter().chain(torn);
        let stops: Vec<When> = [When::Before].into_iter().chain(changing.filter(|_| operation.changes())).collect();
        for when in stops {
            let disk = FaultyDisk::failing(MemoryDisk::seeded(7), at, Fault::Crash(when));
            let (answered, asked) = live(&disk);
            let seeds = (0..scale() as u64).map(|seed| Fate::Mixed(seed * 1000 + at as u64));
            for fate in [Fate::Kept, Fate::Lost].into_iter().chain(seeds) {
                let place = format!("operation {at} ({operation:?}) {when:?} {fate:?}");
                check(disk.after_crash(fate), &right, answered, asked, &place);
                points += 1;
            }
        }
    }
    println!("{points} crash points over {} operations", operations.len());
    assert!(points > 100);
}

#[test]
fn after_a_failed_operation_nothing_more_is_taken_and_a_restart_is_safe() {
    let (right, operations) = (right(), operations());
    let mut failed = 0;
    for (at, operation) in operations.iter().enumerate() {
        for fault in [Fault::Error, Fault::Full, Fault::Short] {
            let disk = FaultyDisk::failing(MemoryDisk::seeded(7), at, fault);
            let (answered, asked) = live(&disk);
            failed += usize::from(answered < STEPS);
            // A hash of results that could not be written is no failure: the life goes on, and the next start makes it again.
            let place = format!("operation {at} ({operation:?}) {fault:?}");
            check(disk.after_crash(Fate::Kept), &right, answered, asked, &place);
        }
    }
    println!("{failed} lives ended early of {}", operations.len() * 3);
    assert!(failed > 0);
}

#[test]
fn readers_go_on_after_a_failed_sync_and_see_nothing_of_it() {
    let operations = operations();
    let last_sync = operations.iter().rposition(|operation| *operation == Operation::Sync).unwrap();
    // The last sync belongs to the orderly end; the one before it to the last step.
    let sync = operations[..last_sync].iter().rposition(|operation| *operation == Operation::Sync).unwrap();
    let right = right();
    let disk = FaultyDisk::failing(MemoryDisk::seeded(7), sync, Fault::Error);
    let rig = Setup::default().start(disk);
    for n in 0..STEPS - 1 {
        step(&rig, n).unwrap();
    }
    assert_eq!(step(&rig, STEPS - 1), Err(EngineError::WriteFailed));
    rig.until(|rig| matches!(rig.handle.phase(), Phase::Failed { .. }));
    assert_eq!(rig.plain_story(), right[STEPS - 1].1);
    let Err(EngineError::NotReady(Phase::Failed { reason })) = step(&rig, 0) else { panic!("taken") };
    assert!(reason.en.contains("sync"), "{reason:?}");
}
