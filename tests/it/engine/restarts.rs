//! A restart tells the same story; so does any number of workers.

use super::rig::*;
use crate::verified::Spared;
use huiyan::engine::Phase;
use huiyan::limits::REPLAY_EPOCHS;
use huiyan::storage::disk::{Disk, Fate, MemoryDisk};
use huiyan::storage::{Check, State, examine};
use huiyan::types::{Epoch, date_text, parse_date};
use std::path::{Path, PathBuf};

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

/// Where the last entry of a part begins: behind the header of 64 bytes there are frames, each with its length and kind in front; 254 ends
/// an entry.
fn last_entry(part: &[u8]) -> usize {
    let (mut at, mut begins, mut last) = (64, 64, 64);
    while at < part.len() {
        let length = u32::from_le_bytes(part[at..at + 4].try_into().unwrap()) as usize;
        let kind = part[at + 4];
        at += 32 + length;
        match kind {
            254 => (last, begins) = (begins, at),
            255 => begins = at,
            _ => {}
        }
    }
    last
}

#[test]
fn d2_a_start_goes_on_with_a_rewrite_that_was_interrupted_anywhere() {
    let disk = MemoryDisk::seeded(1);
    let rig = Setup::default().start(disk.clone());
    live(&rig);
    let story = rig.story();
    drop(rig);
    let (path, aside) = (PathBuf::from("data/journal"), PathBuf::from("data/journal.tail"));
    let whole = disk.bytes(&path).unwrap();
    let from = last_entry(&whole);
    let rest = &whole[from..];
    let offset = (from as u64).to_le_bytes();
    let sum = crc32fast::hash(&[&offset, rest].concat()).to_le_bytes();
    let put_aside = [&offset, &sum[..], rest].concat();
    for kept in [0, 1, 31, 32, rest.len() / 2, rest.len() - 1, rest.len()] {
        let disk = disk.crash(Fate::Kept);
        disk.put(&path, &whole[..from + kept]);
        disk.put(&aside, &put_aside);
        verify_reads_it_as_if_it_had_ended(&disk, whole.len());
        let rig = Setup::default().start(disk.clone());
        assert_eq!((rig.handle.phase(), rig.story()), (Phase::Ready, story.clone()), "{kept} bytes were there again");
        assert!(disk.bytes(&aside).is_none(), "it is over");
    }
    // What was put aside and is not whole is named; nothing is cut off for it.
    let disk = disk.crash(Fate::Kept);
    disk.put(&aside, &put_aside[..put_aside.len() - 1]);
    let Err(error) = Setup::default().try_start(disk.clone()) else { panic!("it starts on a damaged rest") };
    assert!(error.to_string().contains("journal.tail"), "{error}");
    assert_eq!(disk.bytes(&path).unwrap(), whole);
}

fn verify_reads_it_as_if_it_had_ended(disk: &MemoryDisk, bytes: usize) {
    let before = disk.files();
    let examined = examine(disk, Path::new("data")).unwrap();
    let journal = examined.journal.as_ref().unwrap();
    assert_eq!((examined.is_whole(), journal.bytes), (true, bytes as u64));
    let told = |check: &Check| matches!(&check.state, State::Remark(said) if said.en.contains("a recovery was interrupted"));
    assert!(examined.checks.iter().any(told));
    assert_eq!(disk.files(), before);
}

#[test]
fn hashes_of_results_that_are_gone_are_made_again() {
    let disk = MemoryDisk::seeded(1);
    let rig = Setup::default().start(disk.clone());
    live(&rig);
    let story = rig.story();
    drop(rig);
    let deltas = disk.files().into_iter().find(|file| file.to_string_lossy().contains("deltas-")).unwrap();
    let bytes = disk.bytes(&deltas).unwrap();
    let without = disk.crash(Fate::Kept);
    without.remove(&deltas).unwrap();
    let rig = Setup::default().start(without.clone());
    assert_eq!((rig.handle.phase(), rig.story()), (Phase::Ready, story));
    drop(rig);
    assert_eq!(without.bytes(&deltas).unwrap(), bytes);
}

#[test]
fn positions_are_those_of_the_folder() {
    let disk = MemoryDisk::seeded(1);
    let position = Setup::default().start(disk.clone()).handle.positions().encode(Epoch(7));
    assert_eq!(Setup::default().start(disk).handle.positions().decode(&position).map(|stamp| stamp.epoch), Some(Epoch(7)));
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

#[test]
fn a_history_longer_than_a_replay_takes_at_once_is_told_the_same() {
    let disk = MemoryDisk::seeded(1);
    let story = {
        let rig = Setup::default().start(disk.clone());
        rig.send(POLICE, &penalty("insert", "1", 1, "hint", "2022-07-02")).unwrap();
        rig.send(POLICE, &penalty("insert", "2", 1, "hint", "2025-01-02")).unwrap();
        let last = parse_date("2022-07-01").unwrap() + REPLAY_EPOCHS as i64 + 10;
        assert_eq!(rig.clock(&date_text(last)).unwrap(), Epoch(REPLAY_EPOCHS as u64 + 13));
        assert_eq!(rig.levels().len(), 2);
        rig.story()
    };
    assert_eq!(Setup::default().start(disk).story(), story);
}

/// The hashes of what was derived, as the file that lies beside the journal.
fn hashes(disk: &MemoryDisk) -> (PathBuf, Vec<u8>) {
    let file = disk.files().into_iter().find(|file| file.to_string_lossy().contains("deltas-")).unwrap();
    let bytes = disk.bytes(&file).unwrap();
    (file, bytes)
}

#[test]
fn a_replay_that_derives_something_else_is_noticed() {
    let life = |level: &str, days: &str| {
        let disk = MemoryDisk::seeded(1);
        let rig = Setup::default().start(disk.clone());
        rig.send(POLICE, &penalty("insert", "1", 1, level, "2022-07-02")).unwrap();
        rig.clock(days).unwrap();
        disk
    };
    let disk = life("hint", "2022-07-10");
    for (other, why) in [(life("violation", "2022-07-10"), "other results"), (life("hint", "2022-07-11"), "its end is lost")] {
        let (file, bytes) = hashes(&other);
        let disk = disk.crash(Fate::Kept);
        disk.put(&file, &bytes);
        let rig = Setup::default().start(disk).spare(Spared::Damaged);
        let Phase::Failed { reason } = rig.handle.phase() else { panic!("not noticed: {why}") };
        assert!(reason.en.contains(why), "{reason:?}");
    }
}
