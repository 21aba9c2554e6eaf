//! A restart tells the same story; so does any number of workers.

use super::rig::*;
use huiyan::storage::disk::{Fate, MemoryDisk};
use huiyan::types::Epoch;

/// Half a month of all that can happen.
fn live(rig: &Rig) {
    for n in 0..12u32 {
        let day = format!("2022-07-{:02}", n + 1);
        let no = (n % 5).to_string();
        let _ = rig.clock(&day).unwrap();
        rig.send(POLICE, &penalty(if n % 3 == 0 { "upsert" } else { "insert" }, &no, n % 2, "hint", &day)).unwrap();
        rig.send(JUSTICE, &receipt(if n % 4 == 3 { "retract" } else { "insert" }, &(n % 3).to_string())).unwrap();
        if n % 5 == 4 {
            rig.send(POLICE, &penalty("retract", &no, n % 2, "hint", &day)).unwrap();
        }
    }
    rig.clock("2022-07-20").unwrap();
    rig.clock("2022-07-07").unwrap();
    rig.clock("2022-07-12").unwrap();
}

#[test]
fn a_restart_tells_the_same_story_and_goes_on() {
    let disk = MemoryDisk::seeded(1);
    let before = {
        let rig = Setup::default().start(disk.clone());
        live(&rig);
        rig.story()
    };
    for feature in [" open ", " change ", " withdraw ", " reopen ", "refused police", "clue "] {
        assert!(before.contains(feature), "the history has no {feature:?}:\n{before}");
    }
    let rig = Setup { workers: 3, ..Setup::default() }.start(disk.clone());
    assert_eq!(rig.story(), before);
    let next = rig.send(JUSTICE, &receipt("insert", "new")).unwrap().epoch;
    let story = rig.story();
    drop(rig);
    // Once more after the machine stopped, with what it had not synced lost.
    let rig = Setup::default().start(disk.crash(Fate::Lost));
    assert_eq!(rig.story(), story);
    assert_eq!(rig.handle.read().epoch, next);
}

#[test]
fn positions_are_those_of_the_folder() {
    let disk = MemoryDisk::seeded(1);
    let position = Setup::default().start(disk.clone()).handle.positions().encode(Epoch(7));
    assert_eq!(Setup::default().start(disk).handle.positions().decode(&position), Some(Epoch(7)));
    assert_eq!(Setup::default().start(MemoryDisk::seeded(2)).handle.positions().decode(&position), None);
}

#[test]
fn one_worker_and_three_tell_the_same_story() {
    let story = |workers| {
        let rig = Setup { workers, ..Setup::default() }.start(MemoryDisk::seeded(1));
        live(&rig);
        rig.story()
    };
    assert_eq!(story(1), story(3));
}

#[test]
fn a_folder_has_one_server() {
    let disk = MemoryDisk::seeded(1);
    let rig = Setup::default().start(disk.clone());
    assert!(Setup::default().try_start(disk.clone()).is_err());
    drop(rig);
    assert!(Setup::default().try_start(disk).is_ok());
}
