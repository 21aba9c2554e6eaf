//! Is a place that a named reader was told to be kept there after any crash, and damage told from the remains of one?

use super::history::{DIR, Dice};
use super::{scale, seeds, stops};
use huiyan::security::{Stamp, Timeline};
use huiyan::storage::disk::{Disk, Fate, Fault, FaultyDisk, MemoryDisk};
use huiyan::storage::{Cursor, CursorChange, CursorError, CursorFile, CursorKey, Cursors};
use huiyan::types::Epoch;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn path() -> PathBuf {
    Path::new(DIR).join("cursors")
}

fn key(dice: &mut Dice) -> CursorKey {
    (format!("police:{}", dice.below(2)), format!("reader-{}", dice.below(3)))
}

fn stamp(epoch: u64) -> Stamp {
    Stamp { epoch: Epoch(epoch), timeline: Timeline(0x0102_0300 + epoch as u32) }
}

fn change(dice: &mut Dice, epoch: u64) -> CursorChange {
    match dice.below(6) {
        0 => CursorChange::Gone(key(dice)),
        1 | 2 => {
            let values = (0..dice.below(3)).map(|n| format!("{n}").repeat(1 + dice.below(300) as usize)).collect();
            let at = Some(stamp(epoch)).filter(|_| dice.below(2) == 0);
            CursorChange::Put(key(dice), Cursor { filter: vec![("area".to_string(), values)], at })
        }
        _ => CursorChange::Acknowledged(key(dice), stamp(epoch)),
    }
}

/// Groups of changes.
fn history(seed: u64) -> Vec<Vec<CursorChange>> {
    let mut dice = Dice(seed);
    (1..=12u64).map(|group| (0..1 + dice.below(3)).map(|n| change(&mut dice, group * 10 + n)).collect()).collect()
}

fn after(cursors: &Cursors, group: &[CursorChange]) -> Cursors {
    let mut after = cursors.clone();
    group.iter().cloned().for_each(|change| change.apply(&mut after));
    after
}

/// A process that commits what it can. What it was promised, and what it may find besides: the group of a failure, if any.
struct Life {
    kept: Cursors,
    or: Vec<Cursors>,
    opened: bool,
}

fn live(disk: &Arc<dyn Disk>, history: &[Vec<CursorChange>], found: &Cursors) -> Life {
    let Ok((mut file, kept)) = CursorFile::open(disk.clone(), Path::new(DIR)) else {
        return Life { kept: found.clone(), or: Vec::new(), opened: false };
    };
    let mut life = Life { kept, or: Vec::new(), opened: true };
    for group in history {
        match file.commit(&life.kept, group) {
            // What was promised later stands instead of whatever failed before.
            Ok(()) => life = Life { kept: after(&life.kept, group), or: Vec::new(), opened: true },
            // Each change stands for itself: those before the torn one may be there.
            Err(_) => life.or.extend((1..=group.len()).map(|n| after(&life.kept, &group[..n]))),
        }
    }
    life
}

fn check(life: &Life, disk: MemoryDisk, place: &str) -> MemoryDisk {
    let next: Arc<dyn Disk> = Arc::new(disk.clone());
    let (_, found) = CursorFile::open(next, Path::new(DIR)).unwrap_or_else(|e| panic!("{place}: {e}"));
    assert!(found == life.kept || life.or.contains(&found), "{place}: {found:?} is neither {:?} nor {:?}", life.kept, life.or);
    disk
}

#[test]
fn a_place_that_was_kept_is_there_after_a_crash_at_every_operation() {
    let (mut points, seeds) = (0u64, seeds(7000, 12 * scale()));
    for &seed in &seeds {
        let history = history(seed);
        let (first, second) = history.split_at(6);
        let start = MemoryDisk::seeded(seed);
        start.make_dir(Path::new(DIR)).unwrap();
        // Half of it belongs to an earlier process, so that the file is there and is written anew.
        let before = live(&(Arc::new(start.clone()) as Arc<dyn Disk>), first, &Cursors::new()).kept;
        let start = start.crash(Fate::Kept);
        let count = FaultyDisk::counting(start.crash(Fate::Kept));
        assert!(live(&(Arc::new(count.clone()) as Arc<dyn Disk>), second, &before).or.is_empty());
        for (at, operation) in count.operations().into_iter().enumerate() {
            let crashes = stops(operation).into_iter().map(Fault::Crash);
            for fault in crashes.chain([Fault::Error, Fault::Forgotten, Fault::Full, Fault::Short]) {
                for fate in [Fate::Kept, Fate::Lost, Fate::Mixed(points)] {
                    let disk = FaultyDisk::failing(start.crash(Fate::Kept), at, fault);
                    let life = live(&(Arc::new(disk.clone()) as Arc<dyn Disk>), second, &before);
                    let place = format!("HUIYAN_SEED={seed}, operation {at} {operation:?} {fault:?} {fate:?}");
                    let next = check(&life, disk.after_crash(fate), &place);
                    // The next process goes on, and so does the one after it.
                    let again: Arc<dyn Disk> = Arc::new(next.crash(Fate::Kept));
                    let went_on = live(&again, second, &life.kept);
                    assert!(went_on.opened && went_on.or.is_empty(), "{place}");
                    points += 1;
                }
            }
        }
    }
    println!("cursors: seeds {}..={}, {points} crash points", seeds[0], seeds[seeds.len() - 1]);
    assert!(points > 200 * seeds.len() as u64, "the histories have become too small: {points}");
}

#[test]
fn a_failed_write_does_not_keep_the_next_one_from_being_kept() {
    let seed = 7;
    let disk = MemoryDisk::seeded(seed);
    disk.make_dir(Path::new(DIR)).unwrap();
    let history = history(seed);
    let count = FaultyDisk::counting(disk.crash(Fate::Kept));
    live(&(Arc::new(count.clone()) as Arc<dyn Disk>), &history, &Cursors::new());
    for at in 0..count.operations().len() {
        let faulty = FaultyDisk::failing(disk.crash(Fate::Kept), at, Fault::Error);
        let life = live(&(Arc::new(faulty.clone()) as Arc<dyn Disk>), &history, &Cursors::new());
        let failed = usize::from(!life.opened);
        assert!(failed == 1 || life.or.len() <= 3, "operation {at}: one fault fails one commit");
        check(&life, faulty.after_crash(Fate::Lost), &format!("operation {at}"));
    }
}

#[test]
fn what_was_synced_and_has_changed_is_named() {
    let disk = MemoryDisk::seeded(3);
    disk.make_dir(Path::new(DIR)).unwrap();
    let as_disk = || Arc::new(disk.clone()) as Arc<dyn Disk>;
    let history = history(3);
    let (mut file, mut kept) = CursorFile::open(as_disk(), Path::new(DIR)).unwrap();
    let (mut lengths, mut states) = (Vec::new(), Vec::new());
    for group in &history {
        file.commit(&kept, group).unwrap();
        kept = after(&kept, group);
        lengths.push(disk.bytes(&path()).unwrap().len());
        states.push(kept.clone());
    }
    let bytes = disk.bytes(&path()).unwrap();
    let vouched = lengths[lengths.len() - 2];
    for at in 0..bytes.len() {
        let touched = disk.crash(Fate::Kept);
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        touched.put(&path(), &changed);
        match CursorFile::open(Arc::new(touched), Path::new(DIR)).map(|(_, found)| found) {
            Err(CursorError::Damaged { .. } | CursorError::Newer { .. }) => {}
            Err(other) => panic!("byte {at}: {other}"),
            // In the last group it looks like the remains of a crash.
            Ok(found) => assert!(at >= vouched && found != kept, "byte {at} of {vouched}"),
        }
    }
    // Cut anywhere behind what a later frame vouches for, it is what it was before the last group.
    let cut = disk.crash(Fate::Kept);
    cut.put(&path(), &bytes[..bytes.len() - 1]);
    let (_, found) = CursorFile::open(Arc::new(cut), Path::new(DIR)).unwrap();
    assert!(states.contains(&found) || found != kept);
}

/// The bytes of a small file, for ever.
#[test]
fn the_file_of_places_has_these_bytes() {
    let disk = MemoryDisk::seeded(1);
    disk.make_dir(Path::new(DIR)).unwrap();
    let (mut file, none) = CursorFile::open(Arc::new(disk.clone()), Path::new(DIR)).unwrap();
    let key = ("police:1".to_string(), "a".to_string());
    let cursor = Cursor { filter: vec![("rule".to_string(), vec!["missing".to_string()])], at: None };
    let put = [CursorChange::Put(key.clone(), cursor)];
    file.commit(&none, &put).unwrap();
    let kept = after(&none, &put);
    file.commit(&kept, &[CursorChange::Acknowledged(key.clone(), stamp(7)), CursorChange::Gone(key)]).unwrap();
    let bytes = disk.bytes(&path()).unwrap();
    // Without salt and checksums, which another salt changes.
    assert_eq!(bytes[..12], *b"huiyanC\n\x02\x00\x01\x00");
    let frames = [
        (4u8, &b"\x08police:1\x01a\x01\x04rule\x01\x07missing\x00"[..], 0u64),
        (255, b"", 20 + 32 + 27),
        (5, b"\x08police:1\x01a\x07\xfc\x07\x03\x02\x01", 20 + 32 + 27 + 32),
        (3, b"\x08police:1\x01a", 20 + 32 + 27 + 32),
    ];
    let mut at = 20;
    for (n, (kind, payload, synced)) in frames.into_iter().enumerate() {
        let mut head = (payload.len() as u32).to_le_bytes().to_vec();
        head.extend([kind, 1, 0, 0]);
        head.extend((n as u64 + 1).to_le_bytes());
        head.extend(synced.to_le_bytes());
        assert_eq!(bytes[at..at + 24], head[..], "frame {n}");
        assert_eq!(bytes[at + 32..at + 32 + payload.len()], *payload, "frame {n}");
        at += 32 + payload.len();
    }
    assert_eq!(at, bytes.len());
}

/// Version 1 had no timelines: what it kept is of the time before there were any.
#[test]
fn the_file_of_places_of_version_1_is_read() {
    let salt = 0x0403_0201u32;
    let mut bytes = b"huiyanC\n\x01\x00\x01\x00".to_vec();
    bytes.extend(salt.to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    let frames = [
        (1u8, &b"\x08police:1\x01a\x01\x04rule\x01\x07missing\x00"[..]),
        (1, b"\x08police:1\x01b\x00\x01\x05"),
        (2, b"\x08police:1\x01a\x07"),
    ];
    for (n, (kind, payload)) in frames.into_iter().enumerate() {
        let mut head = (payload.len() as u32).to_le_bytes().to_vec();
        head.extend([kind, 1, 0, 0]);
        head.extend((n as u64 + 1).to_le_bytes());
        head.extend(0u64.to_le_bytes());
        head.extend(crc32fast::hash(payload).to_le_bytes());
        let salted = [&salt.to_le_bytes()[..], &head].concat();
        head.extend(crc32fast::hash(&salted).to_le_bytes());
        bytes.extend(head.into_iter().chain(payload.iter().copied()));
    }
    let disk = MemoryDisk::seeded(1);
    disk.make_dir(Path::new(DIR)).unwrap();
    disk.put(&path(), &bytes);
    let (_, found) = CursorFile::open(Arc::new(disk), Path::new(DIR)).unwrap();
    let at = |name: &str| found[&("police:1".to_string(), name.to_string())].at;
    let before = |epoch| Some(Stamp { epoch: Epoch(epoch), timeline: Timeline(0) });
    assert_eq!((at("a"), at("b")), (before(7), before(5)));
}
