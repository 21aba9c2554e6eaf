//! Is anything acknowledged lost when the disk fails at any operation?
//!
//! Figures of the gate are reached with `HUIYAN_SCALE=10`; a plain run does a tenth. Each test prints its seeds and counts.

mod cursors;
mod golden;
mod history;
mod parts;
mod snapshots;

use history::{DIR, Dice, History, Life, derived, live, record};
use huiyan::storage::disk::{Fate, Fault, FaultyDisk, MemoryDisk, Operation, When};
use huiyan::storage::entry::Entry;
use huiyan::storage::{JournalError, verify};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 1 unless told otherwise; the gate is 10.
fn scale() -> u64 {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// `HUIYAN_SEED=N` repeats one history.
fn seeds(base: u64, count: u64) -> Vec<u64> {
    match std::env::var("HUIYAN_SEED").ok().and_then(|text| text.parse().ok()) {
        Some(seed) => vec![seed],
        None => (base..base + count).collect(),
    }
}

fn small(seed: u64) -> History {
    History::seeded(seed, 16, 250)
}

/// The ways in which a machine can stop at an operation.
fn stops(operation: Operation) -> Vec<When> {
    if !operation.changes() {
        return vec![When::Before];
    }
    let torn = (1..=operation.tears()).map(When::Torn);
    [When::Before, When::After].into_iter().chain(torn).collect()
}

/// What the next process reads: a beginning of the history that holds all that was promised and nothing that was never tried.
fn check(history: &[Entry], before: &Life, after: &Life, place: &str) {
    let recovered = match (&after.recovered, &after.error) {
        (Some(recovered), None) => recovered,
        (_, error) => panic!("{place}: the next start failed: {error:?}"),
    };
    assert!(recovered.len() >= before.acknowledged, "{place}: {} acknowledged, {} found", before.acknowledged, recovered.len());
    assert!(recovered.len() <= before.attempted.max(before.acknowledged), "{place}: more found than was tried");
    assert!(recovered[..] == history[..recovered.len()], "{place}: not what was written");
    assert_eq!(after.acknowledged, history.len(), "{place}: it did not go on to the end");
}

/// Reads once more what the last process left.
fn check_rest(disk: &MemoryDisk, history: &[Entry], place: &str) {
    let mut found = Vec::new();
    let summary = verify(disk, Path::new(DIR), |recorded| found.push(recorded.entry));
    let summary = summary.unwrap_or_else(|e| panic!("{place}: {e}"));
    assert!(found == history && summary.unfinished == 0, "{place}: a rest remained");
}

#[test]
fn d1_a_crash_at_every_operation_loses_nothing_acknowledged() {
    let (mut points, seeds) = (0u64, seeds(1000, 20 * scale()));
    for &seed in &seeds {
        let history = small(seed);
        let entries = history.entries();
        let count = FaultyDisk::counting(MemoryDisk::seeded(seed));
        assert!(live(Arc::new(count.clone()), &history).error.is_none());
        for (at, operation) in count.operations().into_iter().enumerate() {
            for when in stops(operation) {
                let disk = FaultyDisk::failing(MemoryDisk::seeded(seed), at, Fault::Crash(when));
                let before = live(Arc::new(disk.clone()), &history);
                assert!(!before.lied && (before.error.is_some() || at + 1 == count.operations().len()));
                for fate in [Fate::Kept, Fate::Lost, Fate::Mixed(points)] {
                    let place = format!("HUIYAN_SEED={seed}, operation {at} {operation:?} {when:?} {fate:?}");
                    let next = disk.after_crash(fate);
                    check(&entries, &before, &live(Arc::new(next.clone()), &history), &place);
                    check_rest(&next, &entries, &place);
                    points += 1;
                }
            }
        }
    }
    println!("D1: seeds {}..={}, {points} crash points", seeds[0], seeds[seeds.len() - 1]);
    assert!(points > 400 * seeds.len() as u64, "the histories have become too small");
}

#[test]
fn d2_recovery_may_crash_at_every_operation_too() {
    let (mut pairs, seeds) = (0u64, seeds(2000, scale()));
    for &seed in &seeds {
        let (history, mut dice) = (small(seed), Dice(seed));
        let entries = history.entries();
        let count = FaultyDisk::counting(MemoryDisk::seeded(seed));
        live(Arc::new(count.clone()), &history);
        for (at, operation) in count.operations().into_iter().enumerate() {
            let stops = stops(operation);
            let when = stops[dice.below(stops.len() as u64) as usize];
            let first = FaultyDisk::failing(MemoryDisk::seeded(seed), at, Fault::Crash(when));
            let before = live(Arc::new(first.clone()), &history);
            let fate = [Fate::Kept, Fate::Lost, Fate::Mixed(pairs), Fate::Mixed(!pairs)][dice.below(4) as usize];
            let found = first.after_crash(fate);
            let recovery = FaultyDisk::counting(found.crash(Fate::Kept));
            live(Arc::new(recovery.clone()), &History::default());
            for (again, operation) in recovery.operations().into_iter().enumerate() {
                for when in self::stops(operation) {
                    let second = FaultyDisk::failing(found.crash(Fate::Kept), again, Fault::Crash(when));
                    let mut middle = live(Arc::new(second.clone()), &history);
                    middle.acknowledged = middle.acknowledged.max(before.acknowledged);
                    middle.attempted = middle.attempted.max(before.attempted);
                    let fate = [Fate::Kept, Fate::Lost, Fate::Mixed(pairs)][dice.below(3) as usize];
                    let place = format!("HUIYAN_SEED={seed}, operation {at}, then {again} {operation:?} {when:?} {fate:?}");
                    let last = second.after_crash(fate);
                    check(&entries, &middle, &live(Arc::new(last.clone()), &history), &place);
                    pairs += 1;
                }
            }
        }
    }
    println!("D2: seeds {}..={}, {pairs} pairs of crashes", seeds[0], seeds[seeds.len() - 1]);
    assert!(pairs > 250 * seeds.len() as u64, "the histories have become too small");
}

/// A random crash in a life that goes on from `disk`; what it knew, and what it leaves.
fn crash_once(disk: &MemoryDisk, history: &History, dice: &mut Dice) -> (Life, MemoryDisk, String) {
    let count = FaultyDisk::counting(disk.crash(Fate::Kept));
    live(Arc::new(count.clone()), history);
    let operations = count.operations();
    let at = dice.below(operations.len() as u64) as usize;
    let stops = stops(operations[at]);
    let when = stops[dice.below(stops.len() as u64) as usize];
    let fate = [Fate::Kept, Fate::Kept, Fate::Lost, Fate::Mixed(dice.below(1 << 40))][dice.below(4) as usize];
    let failing = FaultyDisk::failing(disk.crash(Fate::Kept), at, Fault::Crash(when));
    let life = live(Arc::new(failing.clone()), history);
    (life, failing.after_crash(fate), format!("{at} {:?} {when:?} {fate:?}", operations[at]))
}

#[test]
fn d2_any_number_of_crashes_in_a_row_loses_nothing() {
    let (mut rows, seeds) = (0u64, seeds(2500, 20 * scale()));
    for &seed in &seeds {
        // Short, so that most crashes hit a recovery.
        let (history, mut dice) = (History::seeded(seed, 3, 250), Dice(seed));
        let entries = history.entries();
        for _ in 0..50 {
            let (mut disk, mut known, mut place) = (MemoryDisk::seeded(seed), Life::default(), format!("HUIYAN_SEED={seed}"));
            for _ in 0..3 + dice.below(3) {
                let (life, next, what) = crash_once(&disk, &history, &mut dice);
                place = format!("{place}, {what}");
                if let Some(recovered) = &life.recovered {
                    assert!(recovered.len() >= known.acknowledged, "{place}: lost on the way");
                }
                known.acknowledged = known.acknowledged.max(life.acknowledged);
                known.attempted = known.attempted.max(life.attempted);
                disk = next;
            }
            check(&entries, &known, &live(Arc::new(disk), &history), &place);
            rows += 1;
        }
    }
    println!("D2: seeds {}..={}, {rows} rows of three to five crashes", seeds[0], seeds[seeds.len() - 1]);
}

#[test]
fn d3_after_a_failed_write_or_sync_nothing_more_is_acknowledged() {
    let (mut faults, mut refused, seeds) = (0u64, 0u64, seeds(3000, 5 * scale()));
    for &seed in &seeds {
        let history = small(seed);
        let entries = history.entries();
        let count = FaultyDisk::counting(MemoryDisk::seeded(seed));
        live(Arc::new(count.clone()), &history);
        for (at, operation) in count.operations().into_iter().enumerate() {
            for fault in [Fault::Error, Fault::Forgotten, Fault::Full, Fault::Short] {
                let place = format!("HUIYAN_SEED={seed}, operation {at} {operation:?} {fault:?}");
                let disk = FaultyDisk::failing(MemoryDisk::seeded(seed), at, fault);
                let before = live(Arc::new(disk.clone()), &history);
                assert!(!before.lied, "{place}: acknowledged after a failure");
                for later in &before.later {
                    assert!(matches!(later, JournalError::Poisoned), "{place}: {later}");
                    refused += 1;
                }
                for fate in [Fate::Kept, Fate::Lost, Fate::Mixed(faults)] {
                    let next = disk.after_crash(fate);
                    check(&entries, &before, &live(Arc::new(next.clone()), &history), &place);
                    // The power fails too, some time later: what the second process was told and told others is still there.
                    let last = next.crash(Fate::Lost);
                    check_rest(&last, &entries, &place);
                }
                faults += 1;
            }
        }
    }
    println!("D3: seeds {}..={}, {faults} faults, {refused} later attempts refused", seeds[0], seeds[seeds.len() - 1]);
    assert!(refused > 20 * seeds.len() as u64, "the fault did not bite");
}

/// The gate's figure: every bit of so many bytes.
const FLIPPED_BYTES: usize = 64 << 10;

/// Every bit of every file of small folders, until they hold as many bytes as the scale asks for: a flip costs a reading of its whole
/// folder, so a few small ones tell in half a minute what one as large would in minutes, and of several histories at that.
#[test]
fn d5_every_flipped_bit_is_named_or_harmless() {
    let (mut harmless, mut size, mut flipped) = (0, 0, Vec::new());
    for seed in seeds(77, 10 * scale()) {
        if size >= FLIPPED_BYTES * scale() as usize / 10 {
            break;
        }
        let (bytes, of_these) = flip_every_bit(seed);
        assert!(bytes > 5_000, "seed {seed}: the folder has become too small: {bytes} bytes");
        (size, harmless) = (size + bytes, harmless + of_these);
        flipped.push(seed);
    }
    println!("D5: seeds {flipped:?}, {} flips, {harmless} of them harmless (an empty mark, what is derived)", 8 * size);
}

/// How many bytes the seed's folder has, and how many of their bits can be flipped without harm.
fn flip_every_bit(seed: u64) -> (usize, usize) {
    let history = History::seeded(seed, 9, 120);
    let entries = history.entries();
    let past = (&entries[..], &derived(&entries)[..]);
    let disk = MemoryDisk::seeded(seed);
    assert!(live(Arc::new(disk.clone()), &history).error.is_none());
    assert_eq!(record(&disk, past.1).ok(), Some(0));
    let bits: Vec<(PathBuf, usize)> = disk
        .files()
        .into_iter()
        .flat_map(|file| {
            let bytes = disk.bytes(&file).expect("it was listed").len();
            (0..bytes * 8).map(move |bit| (file.clone(), bit))
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part =
        |bits: &[(PathBuf, usize)]| bits.iter().filter(|(file, bit)| flip_is_harmless(&disk, past, file, *bit, seed)).count();
    let harmless = std::thread::scope(|scope| {
        let parts: Vec<_> = bits.chunks(bits.len().div_ceil(threads)).map(|bits| scope.spawn(move || part(bits))).collect();
        parts.into_iter().map(|part| part.join().expect("a flip was not seen; the thread says which")).sum()
    });
    (bits.len() / 8, harmless)
}

/// Flips one bit; is the same past read, and the same derived from it, as if nothing had been? If not, it must be refused, and the file
/// named.
fn flip_is_harmless(disk: &MemoryDisk, (entries, derived): (&[Entry], &[String]), file: &Path, bit: usize, seed: u64) -> bool {
    let touched = disk.crash(Fate::Kept);
    let mut flipped = disk.bytes(file).expect("it was listed");
    flipped[bit / 8] ^= 1 << (bit % 8);
    touched.put(file, &flipped);
    let life = live(Arc::new(touched.clone()), &History::default());
    let place = format!("HUIYAN_SEED={seed}, bit {bit} of {}", file.display());
    match (life.error, life.recovered) {
        (Some(error), _) => {
            assert!(error.to_string().contains(&*file.to_string_lossy()), "{place}: {error}");
            false
        }
        (None, Some(found)) => {
            assert!(found == entries, "{place}: silently another past");
            assert!(!parts::has_ended(disk, file), "{place}: it has ended, so it is known to have been whole");
            if let Err(error) = record(&touched, derived) {
                assert!(error.to_string().contains(&*file.to_string_lossy()), "{place}: {error}");
            }
            true
        }
        (None, None) => panic!("{place}: neither read nor refused"),
    }
}

#[test]
fn d5_a_lost_end_is_noticed_by_the_chain_of_deltas() {
    let history = History::seeded(78, 5, 40);
    let entries = history.entries();
    let disk = MemoryDisk::seeded(78);
    live(Arc::new(disk.clone()), &history);
    record(&disk, &derived(&entries)).expect("the chain is new");
    let files = parts::files(&disk);
    assert!(files.len() > 1, "the history has become too small");
    for file in &files[..files.len() - 1] {
        let bytes = disk.bytes(file).expect("it was listed");
        for len in 0..bytes.len() {
            let touched = disk.crash(Fate::Kept);
            touched.put(file, &bytes[..len]);
            let life = live(Arc::new(touched), &History::default());
            assert!(life.error.is_some(), "{} cut at {len}", file.display());
        }
    }
    let file = files[files.len() - 1].clone();
    let bytes = disk.bytes(&file).expect("there is a journal");
    for len in 0..bytes.len() {
        let touched = disk.crash(Fate::Kept);
        touched.put(&file, &bytes[..len]);
        let life = live(Arc::new(touched.clone()), &History::default());
        match (life.error, life.recovered) {
            (Some(_), _) => {}
            (None, Some(found)) => {
                assert!(found == entries[..found.len()], "cut at {len}");
                assert_eq!(record(&touched, &derived(&found)).is_err(), found.len() < entries.len(), "cut at {len}");
            }
            (None, None) => panic!("cut at {len}: neither read nor refused"),
        }
    }
}

#[test]
fn d5_zeroed_and_swapped_sectors_never_give_another_past() {
    let history = History::seeded(79, 30, 400).in_one_part();
    let entries = history.entries();
    let disk = MemoryDisk::seeded(79);
    live(Arc::new(disk.clone()), &history);
    let file = Path::new(DIR).join("journal");
    let bytes = disk.bytes(&file).expect("there is a journal");
    let sectors = bytes.len() / 512;
    let last_group = last_append(&history);
    record(&disk, &derived(&entries)).expect("the chain is new");
    let mut dice = Dice(79);
    for _ in 0..500 * scale() {
        let (a, b) = (dice.below(sectors as u64) as usize * 512, dice.below(sectors as u64) as usize * 512);
        let mut touched_bytes = bytes.clone();
        match dice.below(3) {
            0 => touched_bytes[a..a + 512].fill(0),
            1 => touched_bytes.copy_within(a..a + 512, b),
            _ => {
                touched_bytes.copy_within(a..a + 512, b);
                touched_bytes[a..a + 512].copy_from_slice(&bytes[b..b + 512]);
            }
        }
        let touched = disk.crash(Fate::Kept);
        touched.put(&file, &touched_bytes);
        let life = live(Arc::new(touched.clone()), &History::default());
        match (life.error, life.recovered) {
            (Some(JournalError::Damaged { .. } | JournalError::NotAJournal { .. }), _) => assert!(touched_bytes != bytes),
            (None, Some(found)) if touched_bytes == bytes => assert!(found == entries),
            // The last sector was hit, with the end of the last group and its mark: it looks like the remains of a crash.
            (None, Some(found)) => {
                assert!(found == entries[..found.len()] && a.max(b) + 512 >= last_group, "sectors {a} and {b}");
                assert!(found.len() == entries.len() || record(&touched, &derived(&found)).is_err(), "sectors {a} and {b}");
            }
            (error, _) => panic!("sectors {a} and {b}: {error:?}"),
        }
    }
}

/// Where in the journal the last group begins.
fn last_append(history: &History) -> usize {
    let count = FaultyDisk::counting(MemoryDisk::seeded(79));
    live(Arc::new(count.clone()), history);
    let mut appends = count.operations().into_iter().filter_map(|operation| match operation {
        Operation::Append { at, bytes } if bytes > 32 => Some(at as usize),
        _ => None,
    });
    appends.next_back().unwrap_or(0)
}

#[test]
fn an_entry_of_many_frames_is_whole_or_absent() {
    let history = History::seeded(6, 4, 90_000);
    let entries = history.entries();
    let count = FaultyDisk::counting(MemoryDisk::seeded(6));
    live(Arc::new(count.clone()), &history);
    let operations = count.operations();
    let largest = operations.iter().map(|operation| operation.tears()).max().unwrap_or(0);
    assert!(largest > 400, "the entries have become too small: {largest} sectors");
    let mut dice = Dice(5);
    for (at, operation) in operations.into_iter().enumerate() {
        for _ in 0..operation.tears().min(8) {
            let when = When::Torn(1 + dice.below(operation.tears()));
            let disk = FaultyDisk::failing(MemoryDisk::seeded(6), at, Fault::Crash(when));
            let before = live(Arc::new(disk.clone()), &history);
            for fate in [Fate::Kept, Fate::Mixed(dice.below(1 << 40))] {
                let next = disk.after_crash(fate);
                check(&entries, &before, &live(Arc::new(next), &history), &format!("operation {at} {when:?} {fate:?}"));
            }
        }
    }
}
