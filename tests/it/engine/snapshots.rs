//! A snapshot and the rest of the journal are the same as the whole journal: in state, in the order of lists, in the lives of clues, and in
//! everything that comes after (promise D7).

use super::rig::*;
use crate::verified::Spared;
use huiyan::clues::{Clue, Step};
use huiyan::engine::{EngineError, Phase, SnapshotState};
use huiyan::limits::SNAPSHOTS_KEPT;
use huiyan::security::{Agency, ClueId};
use huiyan::storage::disk::{Disk, Fate, MemoryDisk};
use huiyan::types::{Epoch, date_text, parse_date};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Numbers that follow from a seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

pub fn scale() -> u64 {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

pub fn setup(workers: usize) -> Setup {
    let names = "code,name\npolice:640299-01,一所\njustice:640299-01,一局\nprison:640299-01,一监\n";
    Setup { workers, data: vec![("agency".to_string(), names.to_string())], ..Setup::default() }
}

/// One thing that happens: rows that come, go, are corrected, refused, written otherwise, hidden; the clock, to and fro.
pub fn happens(rig: &Rig, dice: &mut Dice) -> Epoch {
    let (no, part) = (dice.below(40).to_string(), dice.below(2) as u32);
    let day = format!("2022-07-{:02}", 1 + dice.below(20));
    let level = ["hint", "violation", "quality"][dice.below(3) as usize];
    let answer = match dice.below(12) {
        0..=3 => rig.send(POLICE, &penalty(["insert", "upsert"][dice.below(2) as usize], &no, part, level, &day)),
        4 => rig.send(POLICE, &penalty("retract", &no, part, level, &day)),
        5 | 6 => rig.send(JUSTICE, &receipt(["insert", "retract"][dice.below(2) as usize], &no)),
        7 => {
            // The key says its body: the same again is answered as before, another body would be refused.
            let key = format!("k{}-{no}", dice.below(25));
            rig.ask(rig.request(JUSTICE, Some(&key), &receipt("insert", &(no + "-k"))))
        }
        8 => rig.send(POLICE, &penalty("upsert", &no, part, level, &day.replace('-', "/"))),
        9 => {
            let (op, name) = (["upsert", "retract"][dice.below(2) as usize], dice.below(3));
            let row = format!(r#"{{"code":"police:640299-01","name":"改名{name}"}}"#);
            rig.send(Agency::operator().as_str(), &format!("{{\"relation\":\"agency\",\"op\":\"{op}\",\"row\":{row}}}\n"))
        }
        _ => return rig.clock(&date_text(parse_date("2022-07-01").unwrap() + dice.below(25) as i64)).unwrap(),
    };
    match answer {
        Ok(answer) => answer.epoch,
        Err(error) => panic!("{error}"),
    }
}

pub fn lives(rig: &Rig, dice: &mut Dice, times: u64) {
    (0..times).for_each(|_| {
        happens(rig, dice);
    });
}

/// All there is to be seen: what a reader can still come back for, lists in their order, and the lives of these clues.
pub type Seen = (String, Vec<String>, Vec<(Option<Clue>, Vec<Step>)>);

pub fn seen(rig: &Rig, clues: &BTreeSet<ClueId>) -> Seen {
    let view = rig.handle.read();
    let lists = view.program.rel_ids().flat_map(|id| {
        let page = view.records.page(id, 0, usize::MAX);
        let repaired = view.records.repaired(id, None, 0, usize::MAX);
        [format!("{page:?}"), format!("{repaired:?}")]
    });
    let lives = clues.iter().map(|id| (view.clues.get(id).map(|clue| (**clue).clone()), view.clues.history(id)));
    let counts: Vec<_> = view.clues.counts().map(|(rule, level, count)| format!("{rule} {level:?} {count}")).collect();
    let (lists, lives) = (lists.chain(counts).collect(), lives.collect());
    drop(view);
    (rig.story(), lists, lives)
}

/// The clues that were ever told of.
pub fn clues(rig: &Rig) -> BTreeSet<ClueId> {
    let view = rig.handle.read();
    let epochs = view.feed.after(view.feed.oldest(), usize::MAX).unwrap();
    epochs.iter().flat_map(|changes| &changes.clues).map(|delta| delta.clue.id).collect()
}

pub fn snapshot_files(disk: &MemoryDisk) -> Vec<PathBuf> {
    let is_one = |file: &PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snapshot-"));
    disk.files().into_iter().filter(is_one).collect()
}

pub fn without_snapshots(disk: &MemoryDisk) -> MemoryDisk {
    let disk = disk.crash(Fate::Kept);
    snapshot_files(&disk).iter().for_each(|file| disk.remove(file).unwrap());
    disk
}

/// How the engine began.
pub fn began_at(rig: &Rig) -> Epoch {
    rig.handle.went_on_from()
}

#[test]
fn a_snapshot_and_the_rest_are_the_same_as_the_whole_journal() {
    let mut hidden = 0;
    for seed in 0..10 * scale() {
        let (disk, mut dice) = (MemoryDisk::seeded(seed), Dice(seed));
        let rig = setup(1).start(disk.clone());
        let (before, between) = (20 + dice.below(60), dice.below(30));
        lives(&rig, &mut dice, before);
        let first = rig.snapshot();
        lives(&rig, &mut dice, between);
        let second = rig.snapshot();
        let rest = dice.below(30);
        lives(&rig, &mut dice, rest);
        let (known, last) = (clues(&rig), seen(&rig, &clues(&rig)));
        hidden += usize::from(last.0.contains("改名"));
        drop(rig);
        let whole = setup(1).start(without_snapshots(&disk));
        assert_eq!(began_at(&whole), Epoch(0));
        let next = dice.0;
        let workers = [1, 2, 3, 4, 8][(seed % 5) as usize];
        let there = disk.crash(Fate::Kept);
        if seed % 4 == 3 {
            let deltas = there.files().into_iter().find(|file| file.to_string_lossy().contains("deltas-")).unwrap();
            there.remove(&deltas).unwrap();
        }
        let from = setup(workers).start(there);
        assert_eq!(began_at(&from), second, "seed {seed}: {:?}", from.handle.phase());
        let again = |rig: &Rig| seen(rig, &known);
        assert_eq!(again(&whole), last, "seed {seed}: the journal");
        assert_eq!(again(&from), last, "seed {seed}: the snapshot");
        let (mut one, mut other) = (Dice(next), Dice(next));
        for n in 0..30 {
            let (a, b) = (happens(&whole, &mut one), happens(&from, &mut other));
            assert_eq!((a, whole.told_at(a)), (b, from.told_at(b)), "seed {seed}: {n} after it");
        }
        assert_eq!(seen(&from, &known), seen(&whole, &known), "seed {seed}: at the end");
        // Receipts: the same key and body gets the same answer, another body is told so.
        for n in 0..1000 {
            let ask = |rig: &Rig| rig.ask(rig.request(JUSTICE, Some(&format!("k{n}")), &receipt("insert", "0-k")));
            if n % 50 == 0 {
                assert_eq!(ask(&from), ask(&whole), "seed {seed}: key {n}");
            }
        }
        assert!(first <= second);
    }
    assert!(hidden > 0, "no row was hidden");
}

#[test]
fn the_newest_two_are_kept_and_the_older_one_serves_where_the_newest_cannot() {
    let disk = MemoryDisk::seeded(1);
    let rig = setup(1).start(disk.clone());
    let mut dice = Dice(1);
    let mut taken = Vec::new();
    for _ in 0..=SNAPSHOTS_KEPT {
        lives(&rig, &mut dice, 10);
        taken.push(rig.snapshot());
    }
    assert_eq!(rig.snapshot(), taken[2], "nothing has happened since");
    let path = |epoch: Epoch| Path::new("data").join(format!("snapshot-{:016}", epoch.0));
    assert_eq!(snapshot_files(&disk), [path(taken[1]), path(taken[2])]);
    happens(&rig, &mut dice);
    let story = rig.state();
    drop(rig);
    let mut bytes = disk.bytes(&path(taken[2])).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    disk.put(&path(taken[2]), &bytes);
    let rig = setup(1).start(disk.clone()).spare(Spared::Damaged);
    assert_eq!((began_at(&rig), rig.state()), (taken[1], story.clone()));
    assert_eq!(rig.snapshot_state(taken[2]), Some(SnapshotState::Unusable));
    // Parts that only the lost one had not needed are not needed by the other one either.
    drop(rig);
    disk.remove(&Path::new("data").join("journal")).unwrap();
    let rig = setup(1).start(disk.clone()).spare(Spared::Damaged);
    assert_eq!((began_at(&rig), rig.state()), (taken[1], story));
    drop(rig);
    // Without any of them the missing part is named, and why each of them does not serve.
    disk.remove(&path(taken[1])).unwrap();
    let failed = setup(1).start(disk).spare(Spared::Damaged);
    let Phase::Failed { reason } = failed.handle.phase() else { panic!("begun without a beginning") };
    assert!(reason.en.contains("data/journal is missing") && reason.en.contains("is damaged at byte"), "{reason:?}");
}

#[test]
fn a_suspended_program_has_no_snapshot_and_one_at_a_time_is_written() {
    let disk = MemoryDisk::seeded(1);
    let rules = format!("{RULES}\n.decl n(x: number)\n.output n\nn(0) :- receipt(\"boom\").\nn(x + 1) :- n(x), x < 1000.\n");
    let setup = Setup { rules, ..Setup::default() };
    let rig = setup.start(disk.clone());
    rig.send(JUSTICE, &receipt("insert", "1")).unwrap();
    let epoch = rig.snapshot();
    rig.send(JUSTICE, &receipt("insert", "boom")).unwrap();
    rig.until(|rig| matches!(rig.handle.phase(), Phase::Suspended { .. }));
    assert_eq!(rig.begin_snapshot(), Err(EngineError::NoSnapshotNow));
    let story = rig.state();
    drop(rig);
    let rig = setup.start(disk.clone());
    assert_eq!(began_at(&rig), epoch);
    assert!(matches!(rig.handle.phase(), Phase::Suspended { .. }));
    assert_eq!(rig.state(), story);
    drop(rig);
    // Once it runs again there is one.
    let rig = setup.start(disk.clone());
    rig.send(JUSTICE, &receipt("retract", "boom")).unwrap();
    drop(rig);
    let rig = setup.start(disk);
    assert_eq!(rig.handle.phase(), Phase::Ready);
    rig.snapshot();
}

#[test]
fn other_rules_after_a_snapshot_come_from_the_journal() {
    let disk = MemoryDisk::seeded(1);
    let rig = setup(1).start(disk.clone());
    let mut dice = Dice(5);
    lives(&rig, &mut dice, 40);
    let epoch = rig.snapshot();
    lives(&rig, &mut dice, 10);
    let known = clues(&rig);
    drop(rig);
    // A relation is set aside, a column comes, levels turn.
    let fewer = RULES
        .replace(".decl receipt(no: symbol)\n.record receipt(key=\"no\", owner=\"justice\")\n", "")
        .replace(", !receipt(n)", "")
        .replace("title=\"未按期通知\"", "title=\"未通知\"");
    let other = |rules: &str| Setup { rules: rules.to_string(), version: "2".to_string(), ..setup(2) };
    let rig = other(&fewer).start(disk.clone());
    assert_eq!((rig.handle.phase(), began_at(&rig)), (Phase::Ready, epoch));
    rig.send(POLICE, &penalty("upsert", "77", 0, "hint", "2022-07-01")).unwrap();
    // Rows that are set aside are in it too.
    let parked = rig.snapshot();
    let state = seen(&rig, &known);
    drop(rig);
    let rig = other(&fewer).start(disk.clone());
    assert_eq!((began_at(&rig), seen(&rig, &known)), (parked, state));
    drop(rig);
    let (back, whole) = (setup(1).start(disk.clone()), setup(1).start(without_snapshots(&disk)));
    assert!(back.state().contains("records"), "{}", back.state());
    assert_eq!(seen(&back, &known), seen(&whole, &known));
}

#[test]
fn every_touched_bit_of_a_snapshot_is_found_and_named() {
    let disk = MemoryDisk::seeded(1);
    let rig = setup(1).start(disk.clone());
    let mut dice = Dice(9);
    lives(&rig, &mut dice, 30);
    rig.snapshot();
    let state = rig.state();
    drop(rig);
    let file = snapshot_files(&disk).remove(0);
    let bytes = disk.bytes(&file).unwrap();
    // The first part of the journal is away, so that there is nothing to fall back on.
    disk.remove(&Path::new("data").join("journal")).unwrap();
    let reader = |bytes: &[u8]| {
        let disk = disk.crash(Fate::Kept);
        disk.put(&file, bytes);
        let rig = setup(1).start(disk).spare(Spared::Damaged);
        (rig.handle.phase(), rig.state())
    };
    assert_eq!(reader(&bytes), (Phase::Ready, state));
    let bits = bytes.len() as u64 * 8;
    let step = (bits / (60 * scale())).max(1);
    for bit in (0..bits).step_by(step as usize).chain([8 * 8 + 1, bits - 1]) {
        let mut touched = bytes.clone();
        touched[bit as usize / 8] ^= 1 << (bit % 8);
        let (phase, _) = reader(&touched);
        let Phase::Failed { reason } = phase else { panic!("bit {bit}: {phase:?}") };
        assert!(reason.en.contains("snapshot-"), "bit {bit}: {reason:?}");
    }
    for cut in [0, 7, 100, 256, 300, bytes.len() / 2, bytes.len() - 1] {
        let (phase, _) = reader(&bytes[..cut]);
        assert!(matches!(phase, Phase::Failed { .. }), "cut at {cut}: {phase:?}");
    }
}

#[test]
fn no_name_of_a_person_is_readable_in_a_snapshot() {
    let disk = MemoryDisk::seeded(1);
    let rig = setup(1).start(disk.clone());
    rig.send(POLICE, &penalty("insert", "1", 1, "hint", "2022-07-02")).unwrap();
    rig.clock("2022-07-20").unwrap();
    assert_eq!(rig.levels().len(), 1);
    rig.snapshot();
    let bytes = disk.bytes(&snapshot_files(&disk)[0]).unwrap();
    for text in [PERSON, &PERSON[..6], "应于", "hint"] {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
}

#[test]
fn after_an_erasure_the_journal_counts_and_not_the_snapshot() {
    let disk = MemoryDisk::seeded(1);
    let rig = setup(1).start(disk.clone());
    rig.send(POLICE, &penalty("insert", "1", 1, "hint", "2022-07-02")).unwrap();
    rig.clock("2022-07-20").unwrap();
    let old = rig.snapshot();
    drop(rig);
    let keys = Path::new("data/keys");
    disk.remove(&keys.join("seal-1.key")).unwrap();
    disk.put(&keys.join("seal-1.erased"), b"");
    let rig = setup(1).start(disk.clone());
    assert_eq!((rig.handle.phase(), began_at(&rig)), (Phase::Ready, Epoch(0)));
    assert_eq!(rig.snapshot_state(old), Some(SnapshotState::Unusable));
    assert!(!rig.state().contains(PERSON));
    rig.send(JUSTICE, &receipt("insert", "2")).unwrap();
    let new = rig.snapshot();
    let state = rig.state();
    drop(rig);
    disk.remove(&Path::new("data").join("journal")).unwrap();
    let rig = setup(3).start(disk.clone());
    assert_eq!((began_at(&rig), rig.state()), (new, state));
    drop(rig);
    disk.remove(&Path::new("data").join(format!("snapshot-{:016}", new.0))).unwrap();
    let Phase::Failed { reason } = setup(1).start(disk).handle.phase() else { panic!("begun without a beginning") };
    assert!(reason.en.contains("before an erasure") && reason.en.contains("data/journal is missing"), "{reason:?}");
}

#[test]
fn a_day_after_the_last_one_there_is_another_if_anything_happened() {
    let disk = MemoryDisk::seeded(1);
    let setup = setup(1);
    let wall = Arc::clone(&setup.wall);
    let day = 86_400_000_000;
    let begin = 1_656_600_000_000_000;
    let rig = setup.start(disk.clone());
    wall.set(begin + day - 1);
    rig.send(JUSTICE, &receipt("insert", "1")).unwrap();
    assert_eq!(rig.handle.snapshots(), []);
    // The engine may look at the wall just before the next record comes.
    wall.set(begin + day);
    rig.send(JUSTICE, &receipt("insert", "2")).unwrap();
    let is_whole = |rig: &Rig| rig.handle.snapshots().first().is_some_and(|one| one.state == SnapshotState::Whole);
    rig.until(is_whole);
    rig.send(JUSTICE, &receipt("insert", "3")).unwrap();
    let told = rig.handle.snapshots();
    assert!(told.len() == 1 && (5..=6).contains(&told[0].rows) && told[0].bytes > 0, "{told:?}");
    assert!((begin + day - 1..=begin + day).contains(&told[0].wall_us), "{told:?}");
}
