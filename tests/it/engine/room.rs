//! A disk or a memory without room: records are refused before anything happens, nothing fails, and with room again they are taken.

use super::rig::{POLICE, Rig, Setup, penalty};
use huiyan::engine::{EngineError, Phase};
use huiyan::limits::DISK_RESERVE;
use huiyan::memory::Memory;
use huiyan::storage::disk::{Fate, MemoryDisk};
use std::sync::atomic::{AtomicU64, Ordering};

fn scale() -> u64 {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn used(disk: &MemoryDisk) -> u64 {
    disk.files().iter().map(|file| disk.bytes(file).unwrap().len() as u64).sum()
}

fn send(rig: &Rig, n: u32) -> Result<u64, EngineError> {
    rig.send(POLICE, &penalty("insert", &format!("p{n}"), 1, "violation", "2022-06-01")).map(|answer| answer.receipt.accepted)
}

#[test]
fn d4_a_full_disk_of_any_size_refuses_and_loses_nothing() {
    let sizes = 100 * scale();
    for step in 0..sizes {
        let disk = MemoryDisk::new();
        let rig = Setup::default().start(disk.clone());
        disk.set_size(used(&disk) + DISK_RESERVE + step * 4_000 / sizes);
        let taken = (0..100).take_while(|n| send(&rig, *n).is_ok()).count() as u32;
        assert!(taken < 10, "{taken}");
        let story = rig.story();
        assert_eq!(send(&rig, taken), Err(EngineError::DiskFull));
        // A tick is smaller than a record.
        disk.set_size(used(&disk) + DISK_RESERVE);
        assert_eq!(rig.clock("2022-07-02"), Err(EngineError::DiskFull));
        assert_eq!((rig.handle.phase(), rig.story()), (Phase::Ready, story), "nothing has happened");
        // The disk as it is when somebody starts it anew, and then with more room.
        drop(rig);
        let rig = Setup::default().start(disk.clone());
        assert_eq!(rig.handle.phase(), Phase::Ready);
        assert_eq!(rig.levels().len(), taken as usize);
        assert_eq!(send(&rig, taken), Err(EngineError::DiskFull));
        disk.set_size(u64::MAX);
        assert_eq!(send(&rig, taken), Ok(1));
        rig.clock("2022-07-02").unwrap();
        assert_eq!(rig.levels().len(), taken as usize + 1);
    }
}

/// A start that finds the disk full as a crash left it, to the last byte.
#[test]
fn a_start_on_a_full_disk_is_for_reading_until_there_is_room() {
    for (seed, room) in (0..20).flat_map(|seed| [0, 20, 60, 5_000].map(|room| (seed, room))) {
        let disk = MemoryDisk::new();
        let rig = Setup::default().start(disk.clone());
        (0..5).for_each(|n| assert_eq!(send(&rig, n), Ok(1)));
        let before = rig.plain_state();
        // The process is gone, and nothing of what it wrote but did not sync is lost; or some of it is, which nobody was told of.
        let after = disk.crash(if seed == 0 { Fate::Kept } else { Fate::Mixed(seed) });
        drop(rig);
        after.set_size(used(&after) + room);
        let rig = Setup::default().start(after.clone());
        assert_eq!((rig.handle.phase(), rig.plain_state()), (Phase::Ready, before.clone()));
        assert!(!rig.handle.has_disk());
        let lines = penalty("insert", "late", 1, "violation", "2022-06-01");
        assert_eq!(rig.ask(rig.request(POLICE, Some("k"), &lines)), Err(EngineError::DiskFull));
        assert_eq!(rig.clock("2022-07-02"), Err(EngineError::DiskFull));
        after.set_size(u64::MAX);
        rig.until(|rig| rig.ask(rig.request(POLICE, Some("k"), &lines)).is_ok());
        rig.clock("2022-07-02").unwrap();
        assert!(rig.handle.has_disk());
        drop(rig);
        let rig = Setup::default().start(after);
        assert_eq!(rig.levels().len(), 6, "seed {seed}, room {room}");
    }
}

/// Other rules wait for room, and what holds under those of before can be read.
#[test]
fn other_rules_wait_for_room() {
    let disk = MemoryDisk::new();
    let rig = Setup::default().start(disk.clone());
    assert_eq!(send(&rig, 0), Ok(1));
    let before = rig.state();
    drop(rig);
    disk.set_size(used(&disk));
    let rig = Setup { version: "2".to_string(), ..Setup::default() }.start(disk.clone());
    assert_eq!((rig.handle.phase(), rig.state()), (Phase::Ready, before));
    assert_eq!(send(&rig, 1), Err(EngineError::DiskFull));
    // Whoever ends it then is not kept waiting.
    drop(rig);
    let rig = Setup { version: "2".to_string(), ..Setup::default() }.start(disk.clone());
    disk.set_size(u64::MAX);
    rig.until(|rig| send(rig, 1).is_ok());
    assert_eq!(rig.levels().len(), 2);
}

#[test]
fn a_group_is_refused_as_a_whole_and_a_key_may_come_again() {
    let disk = MemoryDisk::new();
    let rig = Setup::default().start(disk.clone());
    disk.set_size(used(&disk));
    let lines = penalty("insert", "a", 1, "violation", "2022-06-01");
    assert_eq!(rig.ask(rig.request(POLICE, Some("k"), &lines)), Err(EngineError::DiskFull));
    disk.set_size(u64::MAX);
    assert!(!rig.ask(rig.request(POLICE, Some("k"), &lines)).unwrap().replayed);
    assert!(rig.ask(rig.request(POLICE, Some("k"), &lines)).unwrap().replayed);
}

/// What the test says that the process uses.
static USED: AtomicU64 = AtomicU64::new(0);

#[test]
fn q4_from_the_mark_on_records_are_refused_and_retractions_and_the_clock_are_not() {
    let memory = Memory::told(1_000 << 20, || Some(USED.load(Ordering::Relaxed)));
    let rig = Setup { memory, ..Setup::default() }.start(MemoryDisk::new());
    assert_eq!(send(&rig, 1), Ok(1));
    USED.store(850 << 20, Ordering::Relaxed);
    assert_eq!(send(&rig, 2), Ok(1), "the engine looks after each group");
    assert_eq!(send(&rig, 3), Err(EngineError::MemoryFull));
    assert_eq!((rig.handle.phase(), rig.levels().len()), (Phase::Ready, 2));
    rig.clock("2022-07-02").unwrap();
    let lines = penalty("retract", "p1", 1, "violation", "2022-06-01");
    assert_eq!(rig.send(POLICE, &lines).unwrap().receipt.changed, 1);
    USED.store(849 << 20, Ordering::Relaxed);
    assert_eq!(send(&rig, 3), Ok(1));
}
