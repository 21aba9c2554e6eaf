//! A program that runs past its budget is suspended, visibly; records go on.

use super::rig::*;
use crate::verified::Spared;
use huiyan::dataflow::Budget;
use huiyan::engine::Phase;
use huiyan::storage::disk::{Fate, Fault, FaultyDisk, MemoryDisk, When};
use huiyan::storage::entry::EntryBody;
use huiyan::storage::{Disk, JournalError, open, verify};
use huiyan::types::{Epoch, Row, Value};
use std::path::Path;
use std::sync::Arc;

/// Counts up to a limit that comes from outside.
const COUNTS: &str = r#"
.decl limit(n: number)
.record limit(key="n", owner="justice")
.decl up(n: number)
.clue up(title="数", key="n", level="hint", reason="数到{n}")
up(1) :- limit(_).
up(n + 1) :- up(n), limit(l), n < l.
"#;

fn limit(op: &str, n: u32) -> String {
    format!("{{\"relation\":\"limit\",\"op\":\"{op}\",\"row\":{{\"n\":{n}}}}}\n")
}

fn setup() -> Setup {
    Setup { budget: Budget { iterations: 50, rows: 1_000_000, made: 1 << 30 }, ..Setup::with_rules(COUNTS) }
}

#[test]
fn clues_stand_still_and_records_go_on_also_after_a_restart() {
    let disk = MemoryDisk::seeded(1);
    let story = {
        let rig = setup().start(disk.clone());
        rig.send(JUSTICE, &limit("insert", 3)).unwrap();
        assert_eq!(rig.levels().len(), 3);
        let cut = rig.send(JUSTICE, &limit("insert", 1_000_000)).unwrap();
        assert_eq!((cut.epoch, cut.receipt.changed), (Epoch(3), 1));
        assert_eq!(rig.handle.phase(), Phase::Suspended { code: "iterations".to_string() });
        assert!(rig.handle.read().stale);
        assert_eq!((rig.levels().len(), rig.handle.read().epoch), (3, Epoch(4)));
        // Taking the cause away is a record like any other, and does not set the program going again.
        let after = rig.send(JUSTICE, &limit("retract", 1_000_000)).unwrap();
        assert_eq!((after.epoch, after.receipt.changed), (Epoch(5), 1));
        assert_eq!(rig.levels().len(), 3);
        rig.story()
    };
    // A restart tries the same rules again, since something changed.
    let story = {
        let rig = setup().start(disk.clone());
        assert!(rig.story().contains(&feed_of(&story)), "what was told before is told again");
        assert_eq!((rig.handle.phase(), rig.handle.read().stale), (Phase::Ready, false));
        assert_eq!((rig.levels().len(), rig.handle.read().epoch), (3, Epoch(6)));
        rig.send(JUSTICE, &limit("retract", 3)).unwrap();
        assert!(rig.told_at(Epoch(7)).contains("withdraw up"));
        rig.story()
    };
    assert_eq!(setup().start(disk).story(), story);
}

/// The lines of the feed.
fn feed_of(story: &str) -> String {
    story.lines().filter(|line| line.contains(" Batch {")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_restart_without_a_change_leaves_it_suspended_and_other_rules_set_it_going() {
    let disk = MemoryDisk::seeded(1);
    let story = {
        let rig = setup().start(disk.clone());
        rig.send(JUSTICE, &limit("insert", 3)).unwrap();
        rig.send(JUSTICE, &limit("insert", 1_000_000)).unwrap();
        rig.story()
    };
    let rig = setup().start(disk.clone());
    assert_eq!(rig.handle.phase(), Phase::Suspended { code: "iterations".to_string() });
    assert_eq!(rig.story(), story);
    // A change that does not help: the rules are tried, cut again, and that is written down.
    rig.send(JUSTICE, &limit("insert", 4)).unwrap();
    drop(rig);
    let again = setup().start(disk.clone());
    assert_eq!(again.handle.phase(), Phase::Suspended { code: "iterations".to_string() });
    assert_eq!((again.levels().len(), again.handle.read().epoch), (3, Epoch(7)));
    let story = again.story();
    drop(again);
    assert_eq!(setup().start(disk.clone()).story(), story);
    let other = Setup { version: "2".to_string(), ..Setup { rules: COUNTS.replace("n < l", "n < l, n < 2"), ..setup() } };
    let story = {
        let rig = other.start(disk.clone());
        assert_eq!((rig.handle.phase(), rig.handle.read().stale), (Phase::Ready, false));
        assert!(rig.told_at(Epoch(8)).contains("withdraw up hint 0 was=hint"));
        assert_eq!(rig.levels().len(), 2);
        rig.story()
    };
    assert_eq!(other.start(disk).story(), story);
}

#[test]
fn rules_that_run_away_at_once_leave_the_old_clues_standing() {
    let disk = MemoryDisk::seeded(1);
    {
        let rig = setup().start(disk.clone());
        rig.send(JUSTICE, &limit("insert", 3)).unwrap();
    }
    let bomb = Setup { version: "2".to_string(), ..Setup { rules: COUNTS.replace("n < l", "n >= 0, l > 0"), ..setup() } };
    let story = {
        let rig = bomb.start(disk.clone());
        assert_eq!(rig.handle.phase(), Phase::Suspended { code: "iterations".to_string() });
        assert_eq!(rig.levels().len(), 3);
        rig.story()
    };
    assert_eq!(bomb.start(disk.clone()).story(), story);
    let rig = Setup { version: "3".to_string(), ..setup() }.start(disk);
    assert_eq!((rig.handle.phase(), rig.levels().len()), (Phase::Ready, 3));
}

#[test]
fn a_process_that_ends_while_rules_run_away_is_made_up_for() {
    let life = |disk: FaultyDisk| {
        let Ok(rig) = setup().try_start(disk) else { return 0 };
        let rig = rig.spare(Spared::Faulty);
        if matches!(rig.handle.phase(), Phase::Failed { .. }) {
            return 0;
        }
        for (done, n) in [3, 4, 1_000_000].into_iter().enumerate() {
            if rig.send(JUSTICE, &limit("insert", n)).is_err() {
                return done;
            }
        }
        3
    };
    let count = FaultyDisk::counting(MemoryDisk::seeded(1));
    assert_eq!(life(count.clone()), 3);
    let (mut cut, operations) = (0, count.operations());
    for (at, operation) in operations.iter().enumerate() {
        let disk = FaultyDisk::failing(MemoryDisk::seeded(1), at, Fault::Crash(When::Before));
        let answered = life(disk.clone());
        for fate in [Fate::Kept, Fate::Lost] {
            let found = disk.after_crash(fate);
            let place = format!("operation {at} {operation:?} {fate:?}");
            let rig = setup().start(found.clone());
            let epoch = rig.handle.read().epoch;
            match rig.handle.phase() {
                Phase::Ready => assert!(answered < 3 && epoch <= Epoch(3), "{place}: runs at {epoch:?}"),
                Phase::Suspended { .. } => {
                    assert_eq!((epoch, rig.levels().len()), (Epoch(5), 4), "{place}");
                    cut += 1;
                }
                phase => panic!("{place}: {phase:?}"),
            }
            let story = rig.story();
            drop(rig);
            assert_eq!(setup().start(found).story(), story, "{place}");
        }
    }
    assert!(cut > 4, "the process ended {cut} times after the batch that runs away was written");
}

/// Rows of the product grow with each row; together the epochs hold more than one after the other.
const PAIRS: &str = r#"
.decl item(n: number)
.record item(key="n", owner="justice")
.decl pair(a: number, b: number)
.output pair
pair(a, b) :- item(a), item(b).
"#;

fn item(op: &str, n: u32) -> String {
    format!("{{\"relation\":\"item\",\"op\":\"{op}\",\"row\":{{\"n\":{n}}}}}\n")
}

/// Rows come and go, so that little is held at any time and much over all times.
fn come_and_go(rig: &Rig) {
    for n in 0..60 {
        rig.send(JUSTICE, &item("insert", n)).unwrap();
        if n >= 4 {
            rig.send(JUSTICE, &item("retract", n - 4)).unwrap();
        }
    }
}

/// Doubles a text as often as a record says.
const GROWS: &str = r#"
.decl limit(n: number)
.record limit(key="n", owner="justice")
.decl up(n: number, t: symbol)
.output up
up(0, "a") :- limit(_).
up(n + 1, cat(t, t)) :- up(n, t), limit(l), n < l.
"#;

#[test]
fn texts_that_grow_stop_the_rules_and_not_the_server() {
    let disk = MemoryDisk::seeded(1);
    let setup = || Setup { budget: Budget { iterations: 50, rows: 1_000_000, made: 1 << 20 }, ..Setup::with_rules(GROWS) };
    let story = {
        let rig = setup().start(disk.clone());
        rig.send(JUSTICE, &limit("insert", 3)).unwrap();
        assert_eq!(rig.handle.phase(), Phase::Ready);
        let cut = rig.send(JUSTICE, &limit("insert", 40)).unwrap();
        assert_eq!(cut.receipt.changed, 1, "the record is taken all the same");
        assert_eq!(rig.handle.phase(), Phase::Suspended { code: "made".to_string() });
        rig.send(JUSTICE, &limit("retract", 40)).unwrap();
        rig.story()
    };
    let rig = setup().start(disk.clone());
    assert!(rig.story().contains(&feed_of(&story)), "what was told before is told again");
    assert_eq!((rig.handle.phase(), rig.handle.read().stale), (Phase::Ready, false));
}

#[test]
fn a_budget_does_not_depend_on_how_many_epochs_are_read_together() {
    let with = |rows| Setup { budget: Budget { iterations: 50, rows, made: 1 << 30 }, ..Setup::with_rules(PAIRS) };
    let lives = |rows| {
        let disk = MemoryDisk::seeded(1);
        let rig = with(rows).start(disk.clone());
        come_and_go(&rig);
        (rig.handle.phase() == Phase::Ready).then(|| (disk, rig.story()))
    };
    // The smallest budget with which it lives.
    let rows = (5..).map(|n| n * 20).find(|rows| lives(*rows).is_some()).unwrap();
    let (disk, story) = lives(rows + 20).unwrap();
    for (disk, place) in [(&disk, "hashes are there"), (&without_hashes(&disk), "hashes are gone")] {
        let rig = with(rows + 20).start(disk.clone());
        assert_eq!(rig.handle.phase(), Phase::Ready, "{place}");
        assert_eq!(rig.story(), story, "{place}");
    }
}

fn without_hashes(disk: &MemoryDisk) -> MemoryDisk {
    let disk = disk.crash(Fate::Kept);
    let file = disk.files().into_iter().find(|file| file.to_string_lossy().contains("deltas-")).unwrap();
    disk.remove(&file).unwrap();
    disk
}

#[test]
fn rules_that_are_no_longer_taken_leave_the_rows_readable() {
    let disk = MemoryDisk::seeded(1);
    let epoch = {
        let rig = setup().start(disk.clone());
        rig.send(JUSTICE, &limit("insert", 3)).unwrap();
        rig.send(JUSTICE, &limit("insert", 4)).unwrap();
        rig.handle.read().epoch
    };
    let old = journal_of(&disk, |text| text.replace("up(1) :- limit(_).", "up(1) :- once_allowed(_)."));
    let rig = setup().start(old.clone());
    assert_eq!(rig.handle.phase(), Phase::Suspended { code: "rules".to_string() });
    {
        let view = rig.handle.read();
        let id = view.program.find("limit").unwrap();
        assert_eq!((view.records.count(id), view.stale, view.epoch), (2, true, epoch));
        assert!(view.records.get(id, &Row::new(vec![Value::Number(4)])).is_some(), "by its key");
    }
    assert_eq!(rig.send(JUSTICE, &limit("retract", 4)).unwrap().receipt.changed, 1);
    let stranger = rig.send(POLICE, &limit("insert", 5)).unwrap();
    assert_eq!(stranger.refused[0].code, "wrong-kind", "owners are known too");
    drop(rig);
    // A good text sets everything going.
    let rig = Setup { version: "2".to_string(), ..setup() }.start(old);
    assert_eq!((rig.handle.phase(), rig.levels().len()), (Phase::Ready, 3));
}

/// The same past with the text of its rules changed.
fn journal_of(disk: &MemoryDisk, change: impl Fn(&str) -> String) -> MemoryDisk {
    let (other, dir) = (MemoryDisk::seeded(1), Path::new("data"));
    let mut journal = open(Arc::new(other.clone()), dir).unwrap().replay(|_| Ok::<_, JournalError>(())).unwrap();
    verify(disk, dir, |recorded| {
        journal.set_schema((*recorded.schema).clone()).unwrap();
        let mut entry = recorded.entry;
        if let EntryBody::Install(install) = &mut entry.body {
            install.files.iter_mut().for_each(|(_, text)| *text = change(text));
        }
        journal.append([&entry]).unwrap();
    })
    .unwrap();
    journal.close().unwrap();
    for name in ["names", "positions"] {
        let file = dir.join(format!("keys/{name}.key"));
        other.put(&file, &disk.bytes(&file).unwrap());
    }
    other
}
