//! A journal in several parts: what is missing is named, what is archived is not needed, and no crash gets between two parts.

use super::history::{DIR, Dice, History, Life, derived, live, record};
use super::{check, check_rest, scale, seeds, small, stops};
use huiyan::storage::disk::{Disk, Fate, Fault, FaultyDisk, MemoryDisk};
use huiyan::storage::entry::Entry;
use huiyan::storage::{Base, Chronicle, Journal, JournalError, Recovered, examine, open, verify};
use huiyan::types::Epoch;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of the journal, in order.
pub fn files(disk: &MemoryDisk) -> Vec<PathBuf> {
    let dir = Path::new(DIR);
    let part = |file: &PathBuf| file.parent() == Some(dir) && file.to_string_lossy().contains("/journal");
    disk.files().into_iter().filter(part).collect()
}

/// Is it a part that others follow?
pub fn has_ended(disk: &MemoryDisk, file: &Path) -> bool {
    files(disk).iter().rev().skip(1).any(|part| part == file)
}

/// A disk after this history, and the link of each epoch's entry; before the first it is zero.
fn lived(seed: u64, history: &History) -> (MemoryDisk, Vec<Base>) {
    let disk = MemoryDisk::seeded(seed);
    let life = live(Arc::new(disk.clone()), history);
    assert!(life.error.is_none(), "seed {seed}: {:?}", life.error);
    let mut bases = vec![Base { epoch: Epoch::ZERO, chain: [0; 32] }];
    verify(&disk, Path::new(DIR), |recorded| bases.push(Base { epoch: recorded.entry.epoch, chain: recorded.chain }))
        .expect("it is whole");
    (disk, bases)
}

fn opened(disk: &MemoryDisk) -> Recovered {
    open(Arc::new(disk.clone()), Path::new(DIR)).expect("it is free")
}

fn read(past: Recovered) -> Result<(Vec<Entry>, Journal), JournalError> {
    let (mut found, mut outlined) = (Vec::new(), 0);
    past.outline(|_| outlined += 1)?;
    let journal = past.replay(|recorded| {
        assert!(recorded.done <= recorded.total);
        found.push(recorded.entry);
        Ok::<_, JournalError>(())
    })?;
    assert_eq!(outlined, found.len());
    Ok((found, journal))
}

/// Takes away what lies before this file.
fn archive(disk: &MemoryDisk, before: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let old = files(disk).into_iter().take_while(|file| file != before);
    let gone = old.map(|file| {
        let bytes = disk.bytes(&file).expect("it was listed");
        disk.remove(&file).expect("it is there");
        (file, bytes)
    });
    let gone = gone.collect();
    disk.sync_dir(Path::new(DIR)).expect("the disk is in memory");
    gone
}

#[test]
fn a_part_that_is_missing_is_named() {
    for seed in seeds(4000, 10) {
        let history = History::seeded(seed, 12, 100);
        let entries = history.entries();
        let (disk, _) = lived(seed, &history);
        let parts = opened(&disk).parts().to_vec();
        assert_eq!(parts.iter().map(|part| part.path.clone()).collect::<Vec<_>>(), files(&disk));
        let (last, ended) = parts.split_last().expect("there is a first part");
        for (part, next) in ended.iter().zip(&parts[1..]) {
            let without = disk.crash(Fate::Kept);
            without.remove(&part.path).expect("it is there");
            let error = read(opened(&without)).err();
            let named = |error: &JournalError| match error {
                JournalError::PartMissing { file, epoch } => *file == part.path && *epoch == part.first.0,
                _ => false,
            };
            assert!(error.as_ref().is_some_and(named), "seed {seed}: {error:?}");
            let mut found = Vec::new();
            match verify(&without, Path::new(DIR), |recorded| found.push(recorded.entry)) {
                // Nothing is before it: the others are read, and it is said from where on.
                Ok(summary) => {
                    assert!(part.first == Epoch(1) && summary.from == next.first && found == entries[next.first.0 as usize - 1..])
                }
                Err(error) => assert!(part.first > Epoch(1) && named(&error), "seed {seed}"),
            }
        }
        record(&disk, &derived(&entries)).expect("the chain is new");
        disk.remove(&last.path).expect("it is there");
        let lost = live(Arc::new(disk.clone()), &History::default()).recovered.expect("the others are whole");
        assert!(record(&disk, &derived(&lost)).is_err(), "seed {seed}: the last part is gone, and nobody says so");
    }
}

#[test]
fn a_part_of_another_journal_or_place_is_refused() {
    let mut history = History::seeded(4100, 12, 100);
    let disk = lived(4100, &history).0;
    // The same keys and salts, and the same parts, but something else was written first.
    history.groups[0].entries[0].wall_us += 1;
    let other = lived(4100, &history).0;
    for (n, file) in files(&disk).iter().enumerate() {
        let touched = disk.crash(Fate::Kept);
        touched.put(file, &other.bytes(file).expect("it has the same parts"));
        let error = read(opened(&touched)).map(|(found, _)| found.len()).unwrap_err();
        let at = &files(&disk)[n.max(1)];
        assert!(matches!(&error, JournalError::Damaged { file, offset: 24, .. } if file == at), "{error}");
    }
}

#[test]
fn a_start_from_a_base_needs_nothing_before_it_and_reads_the_same() {
    for seed in seeds(4200, 10) {
        let history = History::seeded(seed, 12, 100);
        let entries = history.entries();
        let (disk, bases) = lived(seed, &history);
        let parts = opened(&disk).parts().to_vec();
        for base in &bases {
            let disk = disk.crash(Fate::Kept);
            let holds = parts.iter().rposition(|part| part.first <= base.epoch.next()).expect("there is a first part");
            let gone = archive(&disk, &parts[holds].path);
            let mut past = opened(&disk);
            let wrong = Base { chain: [1; 32], ..*base };
            let refused = past.begin_after(wrong).and_then(|()| past.outline(|_| ()));
            assert!(matches!(refused, Err(JournalError::OtherPast { .. })), "seed {seed}, {base:?}: {refused:?}");
            drop(past);
            let mut past = opened(&disk);
            past.begin_after(*base).expect("its part is there");
            let (found, mut journal) = read(past).unwrap_or_else(|error| panic!("seed {seed}, {base:?}: {error}"));
            let after = base.epoch.0 as usize;
            assert!(found == entries[after..], "seed {seed}, {base:?}");
            assert_eq!((journal.epoch().0 as usize, journal.chain()), (entries.len(), bases[entries.len()].chain));
            asked_again(&disk, &mut journal, &entries, parts[holds].first, gone, seed);
        }
        let beyond = Base { epoch: Epoch(entries.len() as u64 + 1), chain: [0; 32] };
        let mut past = opened(&disk);
        past.begin_after(beyond).expect("its part would be the last one");
        assert!(matches!(read(past).err(), Some(JournalError::Short { .. })));
    }
}

/// Entries of parts that are gone are said to be archived; once the parts are back, they are read, in any order.
fn asked_again(
    disk: &MemoryDisk,
    journal: &mut Journal,
    entries: &[Entry],
    from: Epoch,
    gone: Vec<(PathBuf, Vec<u8>)>,
    seed: u64,
) {
    for entry in entries {
        match journal.entry(entry.epoch) {
            Ok(again) => assert!(entry.epoch >= from && again == *entry, "seed {seed}: {:?}", entry.epoch),
            Err(JournalError::Archived { epoch, .. }) => assert!(entry.epoch < from && epoch == entry.epoch.0),
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    // The last of them first: of the others it is still said which one it is.
    for (n, (file, bytes)) in gone.iter().enumerate().rev() {
        disk.put(file, bytes);
        assert_eq!(journal.entry(Epoch(1)).is_ok(), n == 0, "seed {seed}");
    }
    let mut dice = Dice(seed);
    for _ in 0..2 * entries.len() {
        let entry = &entries[dice.below(entries.len() as u64) as usize];
        assert!(journal.entry(entry.epoch).is_ok_and(|again| again == *entry), "seed {seed}: {:?}", entry.epoch);
    }
    if let Some((file, _)) = gone.get(1) {
        disk.remove(file).expect("it was put there");
        let epochs = entries.iter().filter(|entry| entry.epoch < from).map(|entry| entry.epoch);
        for epoch in epochs {
            match journal.entry(epoch) {
                Ok(_) => {}
                Err(JournalError::Archived { file: named, .. }) => assert_eq!(named, *file),
                Err(error) => panic!("seed {seed}: {error}"),
            }
        }
    }
}

#[test]
fn the_history_is_told_over_all_parts_from_the_first_that_is_there() {
    for seed in seeds(4500, 5) {
        let history = History::seeded(seed, 12, 100);
        let entries = history.entries();
        let (disk, _) = lived(seed, &history);
        let parts = opened(&disk).parts().to_vec();
        let mut chronicle = Chronicle::new(Arc::new(disk.clone()), Path::new(DIR));
        let last = Epoch(entries.len() as u64);
        for from in (1..=last.0).map(Epoch) {
            let told = chronicle.read(from, last, 1000).unwrap_or_else(|error| panic!("seed {seed}, {from:?}: {error}"));
            let told: Vec<_> = told.iter().map(|tally| (tally.epoch, tally.wall_us)).collect();
            let expected: Vec<_> = entries[from.0 as usize - 1..].iter().map(|entry| (entry.epoch, entry.wall_us)).collect();
            assert_eq!(told, expected, "seed {seed}");
            assert_eq!(chronicle.read(from, last, 2).map(|told| told.len()).ok(), Some(expected.len().min(2)));
        }
        let Some([first, second]) = parts[..parts.len() - 1].first_chunk() else { continue };
        disk.remove(&second.path).expect("it is there");
        let away = |epoch, error: Result<_, JournalError>| match error {
            Err(JournalError::Archived { file, epoch: of }) => (file, of) == (second.path.clone(), epoch),
            Ok(()) | Err(_) => false,
        };
        let mut ask = |epoch: Epoch| chronicle.read(epoch, epoch, 1).map(|_| ());
        assert!(away(second.first.0, ask(second.first)), "seed {seed}");
        assert!(ask(first.first).is_ok() && ask(last).is_ok(), "seed {seed}");
        disk.remove(&first.path).expect("it is there");
        assert!(matches!(ask(first.first), Err(JournalError::Archived { .. })), "seed {seed}");
        assert_eq!(chronicle.begins().ok(), Some(parts[2].first));
        let examined = examine(&disk, Path::new(DIR)).expect("it can be read");
        assert!(examined.is_whole() && examined.journal.is_some_and(|journal| journal.from == parts[2].first), "seed {seed}");
    }
}

#[test]
fn damage_to_an_archived_part_is_seen_when_it_is_asked_for() {
    let history = History::seeded(4300, 12, 60);
    let (disk, bases) = lived(4300, &history);
    let first = Path::new(DIR).join("journal");
    let bytes = disk.bytes(&first).expect("it is there");
    let ends = opened(&disk).parts()[1].first.0 as usize - 1;
    for bit in 0..bytes.len() * 8 {
        let touched = disk.crash(Fate::Kept);
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        touched.put(&first, &flipped);
        let mut past = opened(&touched);
        past.begin_after(bases[ends]).expect("the rest is whole");
        let (_, mut journal) = read(past).expect("the rest is whole");
        let error = journal.entry(Epoch(1)).err();
        assert!(error.is_some_and(|error| error.to_string().contains(&*first.to_string_lossy())), "bit {bit}");
    }
}

#[test]
fn d1_a_life_from_a_base_loses_nothing_when_it_crashes() {
    let (mut points, seeds) = (0u64, seeds(4400, 6 * scale()));
    for &seed in &seeds {
        let (disk, history, rest) = based(seed);
        let count = FaultyDisk::counting(disk.crash(Fate::Kept));
        assert!(live(Arc::new(count.clone()), &history).error.is_none());
        for (at, operation) in count.operations().into_iter().enumerate() {
            for when in stops(operation) {
                let faulty = FaultyDisk::failing(disk.crash(Fate::Kept), at, Fault::Crash(when));
                let before = live(Arc::new(faulty.clone()), &history);
                for fate in [Fate::Kept, Fate::Lost, Fate::Mixed(points)] {
                    let place = format!("HUIYAN_SEED={seed}, operation {at} {operation:?} {when:?} {fate:?}");
                    went_on(&faulty.after_crash(fate), &before, &history, &rest, &place);
                    points += 1;
                }
            }
            for fault in [Fault::Error, Fault::Forgotten, Fault::Full, Fault::Short] {
                let faulty = FaultyDisk::failing(disk.crash(Fate::Kept), at, fault);
                let before = live(Arc::new(faulty.clone()), &history);
                let place = format!("HUIYAN_SEED={seed}, operation {at} {operation:?} {fault:?}");
                assert!(!before.lied, "{place}: acknowledged after a failure");
                went_on(&faulty.after_crash(Fate::Lost), &before, &history, &rest, &place);
                points += 1;
            }
        }
    }
    println!("D1: seeds {}..={}, {points} crash points of lives from a base", seeds[0], seeds[seeds.len() - 1]);
    assert!(points > 200 * seeds.len() as u64, "the histories have become too small");
}

fn went_on(disk: &MemoryDisk, before: &Life, history: &History, rest: &[Entry], place: &str) {
    check(rest, before, &live(Arc::new(disk.clone()), history), place);
    check_rest(disk, rest, place);
}

/// A disk on which the second half of a history is still to come, the parts before its base taken away; the second half.
fn based(seed: u64) -> (MemoryDisk, History, Vec<Entry>) {
    let mut history = small(seed);
    let half = history.groups.len() / 2;
    history.groups[half].begins_part = true;
    let entries = history.entries();
    let mut groups = history.groups.split_off(half);
    let (disk, bases) = lived(seed, &history);
    let base = bases[bases.len() - 1];
    let (_, mut journal) = read(opened(&disk)).expect("it is whole");
    journal.begin_part().expect("the disk is in memory");
    journal.close().expect("the disk is in memory");
    let all = files(&disk);
    archive(&disk, &all[all.len() - 1]);
    // Another part begins on the way.
    groups[1].begins_part = true;
    (disk, History { groups, base: Some(base) }, entries[base.epoch.0 as usize..].to_vec())
}

#[test]
fn any_entry_is_read_again_as_it_was() {
    for (seed, longest) in [(8, 90_000), (9, 300)] {
        let (disk, history) = (MemoryDisk::seeded(seed), History::seeded(seed, 60, longest));
        let entries = history.entries();
        let read_all = |journal: &mut Journal, upto: usize| {
            for entry in &entries[..upto] {
                let again = journal.entry(entry.epoch).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                assert!(again == *entry, "seed {seed}: epoch {:?}", entry.epoch);
            }
            assert!(journal.entry(Epoch(upto as u64 + 1)).is_err());
        };
        let (_, mut journal) = read(opened(&disk)).expect("the folder is new");
        let mut upto = 0;
        for group in &history.groups {
            if group.begins_part {
                journal.begin_part().expect("the disk is in memory");
            }
            journal.set_schema(group.schema.clone()).expect("a schema can be encoded");
            journal.append(&group.entries).expect("the disk is in memory");
            upto += group.entries.len();
        }
        read_all(&mut journal, upto);
        // Without an orderly end, so that there is a tail to write again.
        drop(journal);
        let (_, mut journal) = read(opened(&disk)).expect("it is whole");
        read_all(&mut journal, upto);
        // Damage that came since is named.
        let file = Path::new(DIR).join("journal");
        let mut bytes = disk.bytes(&file).expect("it is there");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let mut open_too = disk.open(&file).expect("it is there");
        open_too.truncate(middle as u64).and_then(|()| open_too.append(&bytes[middle..])).expect("the disk is in memory");
        let broken = entries.iter().filter(|entry| journal.entry(entry.epoch).is_err()).count();
        assert!(broken > 0, "seed {seed}");
    }
}
