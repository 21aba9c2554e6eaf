//! A snapshot that is written while everything goes on; one that fails, or is given up; one that is copied; one whose process dies.

use super::rig::*;
use super::snapshots::*;
use crate::verified::Spared;
use huiyan::engine::{EngineError, Phase, SnapshotState};
use huiyan::storage::disk::{Disk, DiskFile, Fate, Fault, FaultyDisk, LockGuard, MemoryDisk, Operation, When};
use huiyan::storage::verify;
use huiyan::types::Epoch;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

/// A disk on which the writing of snapshots stands still while it is told to, or fails.
#[derive(Clone)]
struct SlowDisk {
    disk: MemoryDisk,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    /// Appends to a snapshot that may still go on; and whether the next one fails.
    state: Mutex<(Option<u64>, bool)>,
    moved: Condvar,
}

impl Gate {
    fn set(&self, allowed: Option<u64>, fails: bool) {
        *self.state.lock().unwrap() = (allowed, fails);
        self.moved.notify_all();
    }

    fn pass(&self) -> io::Result<()> {
        let state = self.state.lock().unwrap();
        let mut state = self.moved.wait_while(state, |(allowed, _)| *allowed == Some(0)).unwrap();
        state.0 = state.0.map(|allowed| allowed - 1);
        if state.1 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

struct SlowFile {
    file: Box<dyn DiskFile>,
    gate: Arc<Gate>,
}

impl DiskFile for SlowFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(at, into)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.gate.pass()?;
        self.file.append(bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }
}

impl Disk for SlowDisk {
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.make_dir(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        self.disk.list(dir)
    }

    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        let made = self.disk.create(file)?;
        let slow = file.to_string_lossy().contains("snapshot-");
        Ok(if slow { Box::new(SlowFile { file: made, gate: self.gate.clone() }) } else { made })
    }

    fn open(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, file: &Path) -> io::Result<()> {
        self.disk.remove(file)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.sync_dir(dir)
    }

    fn lock(&self, file: &Path) -> io::Result<LockGuard> {
        self.disk.lock(file)
    }

    fn random(&self, bytes: &mut [u8]) -> io::Result<()> {
        self.disk.random(bytes)
    }
}

fn slow(seed: u64) -> (SlowDisk, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    (SlowDisk { disk: MemoryDisk::seeded(seed), gate: gate.clone() }, gate)
}

#[test]
fn what_happens_while_a_snapshot_is_written_is_not_in_it_and_not_lost() {
    for seed in 0..4 * scale() {
        let ((disk, gate), mut dice) = (slow(seed), Dice(seed));
        let rig = setup(1).start(disk.clone());
        lives(&rig, &mut dice, 80);
        let before = seen(&rig, &clues(&rig));
        // Some of it is written before anything changes, some after.
        gate.set(Some(dice.below(12)), false);
        let epoch = rig.begin_snapshot().unwrap();
        assert_eq!(rig.begin_snapshot(), Err(EngineError::SnapshotRunning));
        lives(&rig, &mut dice, 60);
        assert_eq!(rig.snapshot_state(epoch), Some(SnapshotState::Writing), "seed {seed}");
        gate.set(None, false);
        rig.until(|rig| rig.snapshot_state(epoch) == Some(SnapshotState::Whole));
        let (known, after) = (clues(&rig), seen(&rig, &clues(&rig)));
        drop(rig);
        let from = setup(2).start(disk.disk.crash(Fate::Kept));
        assert_eq!((began_at(&from), seen(&from, &known)), (epoch, after), "seed {seed}");
        drop(from);
        // The snapshot alone is what was there when it began: the journal goes on with an empty part.
        let alone = disk.disk.crash(Fate::Kept);
        let later = Path::new("data").join(format!("journal-{:016}", epoch.0 + 1));
        alone.put(&later, &alone.bytes(&later).unwrap()[..64]);
        let deltas = alone.files().into_iter().find(|file| file.to_string_lossy().contains("deltas-")).unwrap();
        alone.remove(&deltas).unwrap();
        let rig = setup(1).start(alone);
        let known = before.2.iter().filter_map(|(clue, _)| clue.as_ref().map(|clue| clue.id)).collect();
        assert_eq!(seen(&rig, &known), before, "seed {seed}: the snapshot alone");
    }
}

#[test]
fn a_snapshot_that_would_hold_too_much_is_given_up_and_nothing_stays() {
    let (disk, gate) = slow(1);
    let setup = Setup { snapshot_held: 1_000, ..setup(1) };
    let (rig, mut dice) = (setup.start(disk.clone()), Dice(1));
    lives(&rig, &mut dice, 40);
    gate.set(Some(4), false);
    let epoch = rig.begin_snapshot().unwrap();
    lives(&rig, &mut dice, 100);
    gate.set(None, false);
    rig.until(|rig| rig.snapshot_state(epoch) == Some(SnapshotState::Failed));
    assert_eq!(snapshot_files(&disk.disk), [] as [&Path; 0]);
    assert_eq!(rig.handle.phase(), Phase::Ready);
    rig.snapshot();
}

#[test]
fn a_snapshot_that_fails_is_no_failure_of_the_server() {
    let (disk, gate) = slow(1);
    let (rig, mut dice) = (setup(1).start(disk.clone()), Dice(1));
    lives(&rig, &mut dice, 20);
    for allowed in 0..4 {
        gate.set(Some(allowed), true);
        gate.set(None, true);
        let epoch = rig.begin_snapshot().unwrap();
        rig.until(|rig| rig.snapshot_state(epoch) == Some(SnapshotState::Failed));
        assert_eq!(snapshot_files(&disk.disk), [] as [&Path; 0]);
        lives(&rig, &mut dice, 5);
        assert_eq!(rig.handle.phase(), Phase::Ready);
    }
    gate.set(None, false);
    let epoch = rig.snapshot();
    let told = rig.handle.snapshots();
    assert_eq!(told.iter().map(|one| one.epoch).collect::<Vec<_>>(), [epoch], "the failed ones are forgotten");
    // A server that stops does not wait for it, and leaves nothing of it.
    lives(&rig, &mut dice, 5);
    gate.set(Some(3), false);
    rig.begin_snapshot().unwrap();
    let opener = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        gate.set(None, false);
    });
    drop(rig);
    opener.join().unwrap();
    assert!(disk.disk.files().iter().all(|file| !file.to_string_lossy().ends_with(".new")));
}

/// Copies a folder as a person would: the files that there are, one after the other in some order, while all goes on. `deltas-*` is left
/// out. A snapshot, or the part of the journal that grows, may be caught at some length; whether the journal was.
fn copied(from: &MemoryDisk, dice: &mut Dice, mut meanwhile: impl FnMut(&mut Dice)) -> (MemoryDisk, bool) {
    let (copy, mut files, mut caught) = (MemoryDisk::seeded(99), from.files(), false);
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    let last = files.iter().filter(|file| name(file).starts_with("journal")).max().unwrap().clone();
    while !files.is_empty() {
        let file = files.swap_remove(dice.below(files.len() as u64) as usize);
        if let Some(bytes) = from.bytes(&file).filter(|_| !name(&file).starts_with("deltas-")) {
            let grows = file == last || name(&file).starts_with("snapshot-");
            let cut = if grows && dice.below(3) == 0 { dice.below(bytes.len() as u64 / 8) as usize } else { 0 };
            caught |= file == last && cut > 0;
            copy.put(&file, &bytes[..bytes.len() - cut]);
        }
        meanwhile(dice);
    }
    (copy, caught)
}

#[test]
fn d10_a_copy_in_any_order_at_any_moment_starts_and_is_a_beginning_of_the_history() {
    let mut snapshots = 0;
    for seed in 0..10 * scale() {
        let (disk, mut dice) = (MemoryDisk::seeded(seed), Dice(seed));
        let rig = setup(1).start(disk.clone());
        for _ in 0..dice.below(4) {
            let times = dice.below(20);
            lives(&rig, &mut dice, times);
            rig.snapshot();
        }
        lives(&rig, &mut dice, 10);
        let least = rig.handle.read().epoch;
        let (copy, caught) = copied(&disk, &mut dice, |dice| {
            lives(&rig, dice, 3);
            if dice.below(4) == 0 {
                rig.snapshot();
            }
        });
        let place = format!("seed {seed}: {:?}", copy.files());
        // Cut shorter than any snapshot is ever to be seen.
        let restored = setup(2).start(copy.clone()).spare(Spared::Damaged);
        assert_eq!(restored.handle.phase(), Phase::Ready, "{place}");
        let (epoch, state) = (restored.handle.read().epoch, restored.state());
        snapshots += usize::from(began_at(&restored) > Epoch(0));
        assert!(epoch <= rig.handle.read().epoch && (caught || least <= epoch), "{place}: {epoch:?} of {least:?}");
        drop(restored);
        // Byte for byte what the journal says up to there.
        let mut entries = 0;
        verify(&copy, Path::new("data"), |_| entries += 1).unwrap();
        assert!(entries > 0, "{place}");
        let whole = setup(1).start(without_snapshots(&copy));
        assert_eq!((whole.handle.read().epoch, whole.state()), (epoch, state), "{place}");
    }
    assert!(snapshots > 0, "no copy began with a snapshot");
}

/// What a life with two snapshots asks for.
const STEPS: u64 = 9;

fn step(rig: &Rig, n: u64) -> Result<Epoch, EngineError> {
    match n {
        3 | 6 | 8 => {
            let epoch = rig.begin_snapshot()?;
            let ended = |rig: &Rig| {
                rig.snapshot_state(epoch) != Some(SnapshotState::Writing) || matches!(rig.handle.phase(), Phase::Failed { .. })
            };
            rig.until(ended);
            Ok(epoch)
        }
        0 => rig.send(POLICE, &penalty("insert", "1", 1, "hint", "2022-07-01")).map(|answer| answer.epoch),
        1 => rig.clock("2022-07-06"),
        2 => rig.ask(rig.request(JUSTICE, Some("k"), &receipt("insert", "9"))).map(|answer| answer.epoch),
        4 => rig.send(POLICE, &penalty("upsert", "1", 1, "violation", "2022-07-01")).map(|answer| answer.epoch),
        5 => rig.send(JUSTICE, &(receipt("insert", "1") + &receipt("retract", "8"))).map(|answer| answer.epoch),
        _ => rig.clock("2022-07-08"),
    }
}

/// The epoch and the state after each step of a life without failures; the first is before any step.
fn right() -> Vec<(Epoch, String)> {
    let rig = Setup::default().start(MemoryDisk::seeded(7));
    let now = |rig: &Rig| (rig.handle.read().epoch, rig.plain_state());
    let mut states = vec![now(&rig)];
    for n in 0..STEPS {
        step(&rig, n).unwrap();
        states.push(now(&rig));
    }
    states
}

/// Lives until the disk fails; how many steps were answered, and how many were asked for.
fn live(disk: &FaultyDisk) -> (usize, usize) {
    let Ok(rig) = Setup::default().try_start(disk.clone()) else { return (0, 0) };
    let rig = rig.spare(Spared::Faulty);
    for n in 0..STEPS {
        if matches!(rig.handle.phase(), Phase::Failed { .. }) {
            return (n as usize, n as usize);
        }
        if step(&rig, n).is_err() {
            return (n as usize, n as usize + 1);
        }
    }
    (STEPS as usize, STEPS as usize)
}

#[test]
fn a_crash_at_any_operation_of_snapshots_and_parts_loses_nothing() {
    let right = right();
    let counting = FaultyDisk::counting(MemoryDisk::seeded(7));
    assert_eq!(live(&counting), (STEPS as usize, STEPS as usize));
    let operations = counting.operations();
    let mut points = 0;
    for (at, operation) in operations.iter().enumerate() {
        let stops: &[Fault] = match operation {
            operation if !operation.changes() => &[Fault::Crash(When::Before), Fault::Error],
            Operation::Append { .. } => &[Fault::Crash(When::Before), Fault::Crash(When::After), Fault::Full, Fault::Short],
            _ => &[Fault::Crash(When::Before), Fault::Crash(When::After), Fault::Error, Fault::Forgotten],
        };
        for fault in stops {
            let disk = FaultyDisk::failing(MemoryDisk::seeded(7), at, *fault);
            let (answered, asked) = live(&disk);
            let mixed = (0..scale()).map(|seed| Fate::Mixed(seed * 1000 + at as u64));
            let fates = [Fate::Kept, Fate::Lost].into_iter().chain(mixed);
            for fate in fates.take(if matches!(fault, Fault::Crash(_)) { usize::MAX } else { 1 }) {
                let place = format!("operation {at} ({operation:?}) {fault:?} {fate:?}");
                check(disk.after_crash(fate), &right, answered, asked, &place);
                points += 1;
            }
        }
    }
    println!("{points} points over {} operations", operations.len());
    assert!(points > 100);
}

/// The next engine holds all that was answered and at most what was asked for, and goes on to the end; and so does one that has only the
/// journal.
fn check(disk: MemoryDisk, right: &[(Epoch, String)], answered: usize, asked: usize, place: &str) {
    let rig = Setup::default().start(disk.clone());
    assert_eq!(rig.handle.phase(), Phase::Ready, "{place}");
    let found = rig.handle.read().epoch;
    assert!(found >= right[answered].0, "{place}: {answered} answered, but only {found:?} is there");
    assert!(found <= right[asked].0, "{place}: {asked} asked for, but {found:?} is there");
    let from = right.iter().rposition(|(epoch, _)| *epoch <= found).unwrap();
    if right[from].0 == found {
        assert_eq!(rig.plain_state(), right[from].1, "{place}");
    }
    assert!(disk.files().iter().all(|file| !file.to_string_lossy().contains("snapshot-") || !file.ends_with(".new")), "{place}");
    for n in from as u64..STEPS {
        step(&rig, n).unwrap_or_else(|error| panic!("{place}: step {n}: {error}"));
    }
    assert_eq!(rig.plain_state(), right[STEPS as usize].1, "{place}: at the end");
    drop(rig);
    assert_eq!(Setup::default().start(disk).plain_state(), right[STEPS as usize].1, "{place}: once more");
}
