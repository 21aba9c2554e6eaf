//! A disk without room: records are refused before anything is written, nothing fails, and with room again they are taken.

use super::rig::{POLICE, Rig, Setup, penalty};
use huiyan::engine::{EngineError, Phase};
use huiyan::limits::DISK_RESERVE;
use huiyan::storage::disk::MemoryDisk;

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
