//! What `huiyan verify` finds.

use super::folder::{Folder, all_of};
use crate::engine::rig::{JUSTICE, POLICE, Setup, penalty, receipt};
use crate::process::{CHINESE, run};
use huiyan::storage::disk::{Fate, MemoryDisk};
use huiyan::storage::{Check, Cursor, CursorChange, CursorFile, RealDisk, State, examine};
use std::fs;
use std::path::Path;
use std::sync::Arc;

#[test]
fn a_whole_folder_is_whole_and_stays_untouched() {
    let folder = Folder::lived();
    let before = all_of(&folder.data());
    let whole = folder.run(&["verify", "data"]);
    assert_eq!((whole.code, whole.err.as_str()), (Some(0), ""), "{}", whole.out);
    assert!(whole.out.lines().all(|line| line.ends_with("whole")), "{}", whole.out);
    assert!(whole.out.contains("keys") && whole.out.contains("journal") && whole.out.contains("replay"), "{}", whole.out);
    let chinese = run(CHINESE, folder.dir.path(), &["verify", "data", "--workers", "3"]);
    assert!(chinese.code == Some(0) && chinese.out.contains("日志") && chinese.out.contains("完好"), "{}", chinese.out);
    name_a_reader(&folder.copy("named"));
    let named = folder.run(&["verify", "named"]);
    assert!(named.code == Some(0) && named.out.contains("1 named readers") && named.out.contains("timelines"), "{}", named.out);
    let quick = folder.run(&["verify", "data", "--quick"]);
    assert!(quick.code == Some(0) && quick.out.contains("not checked"), "{}", quick.out);
    assert_eq!(all_of(&folder.data()), before, "verify changed the folder");
}

/// The simulation found one that was called damaged, for want of keys that nothing is sealed with.
#[test]
fn a_folder_whose_first_start_was_interrupted_is_whole() {
    let folder = Folder::lived();
    let begun = folder.dir.path().join("begun");
    fs::create_dir(&begun).unwrap();
    // The head of a journal, and nothing else yet.
    fs::write(begun.join("journal"), &fs::read(folder.data().join("journal")).unwrap()[..64]).unwrap();
    let ended = folder.run(&["verify", "begun"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{}", ended.out);
    assert!(ended.out.contains("0 epochs") && !ended.out.contains("DAMAGED"), "{}", ended.out);
}

/// Flips one bit of a file.
fn flip(file: &Path, byte: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[byte] ^= 1;
    fs::write(file, bytes).unwrap();
}

fn name_a_reader(dir: &Path) {
    let (mut file, kept) = CursorFile::open(Arc::new(RealDisk), dir).unwrap();
    let key = ("justice:1".to_string(), "evening".to_string());
    file.commit(&kept, &[CursorChange::Put(key, Cursor { filter: Vec::new(), at: None })]).unwrap();
}

/// A name, what is done to a copy of the folder, and what must be said of it.
type Case<'a> = (&'a str, &'a dyn Fn(&Path), &'a [&'a str]);

#[test]
fn damage_is_named_with_file_offset_and_epoch() {
    let folder = Folder::lived();
    let deltas = format!("deltas-{}", env!("CARGO_PKG_VERSION"));
    let cases: [Case<'_>; 8] = [
        ("journal", &|dir| flip(&dir.join("journal"), 9_000), &["journal is damaged at byte ", ", in epoch "]),
        ("key", &|dir| flip(&dir.join("keys/seal-1.key"), 20), &["the key ", "seal-1.key is damaged"]),
        ("position", &|dir| flip(&dir.join("keys/positions.key"), 20), &["positions.key is damaged"]),
        ("deltas", &|dir| flip(&dir.join(&deltas), 64 + 3 * 44 + 10), &["is not whole at byte 196, in the record of epoch 4"]),
        (
            "places",
            &|dir| {
                // Damaged in the frame of the reader, behind which a mark says that it was synced.
                name_a_reader(dir);
                flip(&dir.join("cursors"), 40);
            },
            &["cursors is damaged at byte 20"],
        ),
        ("timelines", &|dir| flip(&dir.join("timelines"), 17), &["timelines is damaged", "may be moved away"]),
        ("header", &|dir| flip(&dir.join(&deltas), 3), &["deltas-", "is damaged"]),
        ("tail", &|dir| fs::write(dir.join("journal.tail"), b"something").unwrap(), &["journal.tail is damaged at byte 0"]),
    ];
    for (name, damage, named) in cases {
        let copy = folder.copy(name);
        damage(&copy);
        let before = all_of(&copy);
        let ended = folder.run(&["verify", name]);
        assert_eq!(ended.code, Some(1), "{name}: {}", ended.out);
        assert!(ended.out.contains("DAMAGED"), "{name}: {}", ended.out);
        named.iter().for_each(|part| assert!(ended.out.contains(part), "{name}: {part}: {}", ended.out));
        assert_eq!(all_of(&copy), before, "{name}");
    }
}

/// Of a copy that was made while its server ran, what was published may be copied later than the journal; of the folder itself it may not
/// (`kills::d5_a_lost_end_is_no_copy`).
#[test]
fn a_copy_whose_journal_ends_earlier_than_its_results_is_told_to_be_one() {
    let folder = Folder::lived();
    let copy = folder.copy("earlier");
    let bytes = fs::read(copy.join("journal")).unwrap();
    fs::write(copy.join("journal"), &bytes[..bytes.len() - 2_000]).unwrap();
    let before = all_of(&copy);
    let told = folder.run(&["verify", "earlier"]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert!(told.out.contains("with a remark") && told.out.contains("this folder is a copy"), "{}", told.out);
    assert_eq!(all_of(&copy), before);
}

#[test]
fn an_end_that_a_crash_tore_is_no_damage_and_is_told() {
    let folder = Folder::lived();
    let copy = folder.copy("torn");
    let mut bytes = fs::read(copy.join("journal")).unwrap();
    bytes.extend([7; 50]);
    fs::write(copy.join("journal"), bytes).unwrap();
    let torn = folder.run(&["verify", "torn"]);
    assert_eq!(torn.code, Some(0), "{}", torn.out);
    assert!(torn.out.contains("with a remark") && torn.out.contains("ends with 50 bytes of an unfinished group"), "{}", torn.out);
}

#[test]
fn without_keys_the_rest_is_checked_and_with_other_keys_it_is_said() {
    let folder = Folder::lived();
    let copy = folder.copy("bare");
    fs::remove_dir_all(copy.join("keys")).unwrap();
    let bare = folder.run(&["verify", "bare"]);
    assert_eq!(bare.code, Some(0), "{}", bare.out);
    assert!(bare.out.contains("sealed cells are not opened") && bare.out.contains("it needs the keys"), "{}", bare.out);
    flip(&copy.join("journal"), 9_000);
    assert_eq!(folder.run(&["verify", "bare"]).code, Some(1));
    let swapped = folder.copy("swapped");
    let other = Folder::lived();
    fs::copy(other.data().join("keys/seal-1.key"), swapped.join("keys/seal-1.key")).unwrap();
    let ended = folder.run(&["verify", "swapped"]);
    assert!(ended.code == Some(1) && ended.out.contains("are these the keys of this journal?"), "{}", ended.out);
}

#[test]
fn a_history_that_gives_something_else_than_was_published_is_found() {
    let life = |level: &str| {
        let disk = MemoryDisk::seeded(1);
        let rig = Setup::default().start(disk.clone());
        rig.send(POLICE, &penalty("insert", "1", 1, level, "2022-07-02")).unwrap();
        rig.clock("2022-07-10").unwrap();
        disk
    };
    let (disk, other) = (life("hint"), life("violation"));
    let dir = tempfile::tempdir().unwrap();
    for file in disk.files() {
        let source = if file.to_string_lossy().contains("deltas-") { &other } else { &disk };
        let to = dir.path().join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, source.bytes(&file).unwrap()).unwrap();
    }
    let ended = run("C", dir.path(), &["verify", "data"]);
    assert_eq!(ended.code, Some(1), "{}", ended.out);
    assert!(ended.out.contains("epoch 7 gives other results than were published"), "{}", ended.out);
    assert_eq!(run("C", dir.path(), &["verify", "data", "--quick"]).code, Some(0));
    let replayed = run("C", dir.path(), &["replay", "data"]);
    assert_eq!(replayed.code, Some(3), "a replay that gives something else says so");
}

#[test]
fn a_folder_whose_older_parts_were_put_away_is_not_damaged() {
    let disk = MemoryDisk::seeded(1);
    let rig = Setup::default().start(disk.clone());
    for n in ["1", "2"] {
        rig.send(POLICE, &penalty("insert", n, 1, "hint", "2022-07-02")).unwrap();
        rig.snapshot();
    }
    drop(rig);
    let dir = tempfile::tempdir().unwrap();
    for file in disk.files().into_iter().filter(|file| !file.ends_with("journal")) {
        let to = dir.path().join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, disk.bytes(&file).unwrap()).unwrap();
    }
    let ended = run("C", dir.path(), &["verify", "data"]);
    assert_eq!(ended.code, Some(0), "{}", ended.out);
    assert!(ended.out.contains("earlier parts of the journal were put away"), "{}", ended.out);
}

/// 1 unless told otherwise; the gate is 10.
fn scale() -> usize {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Is the file named by something that is not simply whole?
fn is_named(checks: &[Check], file: &Path) -> bool {
    checks.iter().any(|check| match &check.state {
        State::Whole => false,
        State::Remark(said) | State::Unchecked(said) | State::Damaged(said) => said.en.contains(&*file.to_string_lossy()),
    })
}

/// All bits at the gate, each tenth in a plain run.
#[test]
fn every_flipped_bit_of_a_small_folder_is_found_and_named() {
    let step = (10 / scale()).max(1);
    let disk = MemoryDisk::seeded(3);
    {
        let rig = Setup::default().start(disk.clone());
        rig.send(POLICE, &penalty("insert", "1", 1, "hint", "2022-07-02")).unwrap();
        rig.send(JUSTICE, &receipt("insert", "1")).unwrap();
        rig.clock("2022-07-04").unwrap();
    }
    let dir = Path::new("data");
    let whole = examine(&disk, dir).unwrap();
    assert!(whole.is_whole() && whole.checks.iter().all(|check| check.state == State::Whole), "{:?}", whole.checks);
    let (mut flips, mut remarks) = (0, 0);
    for file in disk.files() {
        let bytes = disk.bytes(&file).unwrap();
        for bit in (flips as usize % step..bytes.len() * 8).step_by(step) {
            let touched = disk.crash(Fate::Kept);
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            touched.put(&file, &flipped);
            let found = examine(&touched, dir).unwrap();
            assert!(is_named(&found.checks, &file), "bit {bit} of {} is not named: {:?}", file.display(), found.checks);
            flips += 1;
            remarks += u64::from(found.is_whole());
        }
    }
    println!("verify: {flips} flips, each found and named; {remarks} of them look like the end of a crash");
    assert!(flips > 20_000 / step as u64 && remarks < flips / 10, "{flips} flips, {remarks} remarks");
}
