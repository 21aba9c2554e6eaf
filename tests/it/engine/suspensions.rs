//! A program that runs past its budget is suspended, visibly; records go on.

use super::rig::*;
use huiyan::dataflow::Budget;
use huiyan::engine::Phase;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::Epoch;

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
    Setup { budget: Budget { iterations: 50, rows: 1_000_000 }, ..Setup::with_rules(COUNTS) }
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
    let rig = setup().start(disk.clone());
    assert_eq!(rig.handle.phase(), Phase::Suspended { code: "iterations".to_string() });
    assert_eq!(rig.story(), story);
    drop(rig);
    // Other rules set it going, with all the records that came meanwhile.
    let other = Setup { version: "2".to_string(), ..Setup { rules: COUNTS.replace("n < l", "n < l, n < 2"), ..setup() } };
    let story = {
        let rig = other.start(disk.clone());
        assert_eq!(rig.handle.phase(), Phase::Ready);
        assert!(!rig.handle.read().stale);
        assert!(rig.told_at(Epoch(6)).contains("withdraw up hint 0 was=hint"));
        assert_eq!(rig.levels().len(), 2);
        rig.send(JUSTICE, &limit("retract", 3)).unwrap();
        assert_eq!(rig.levels().len(), 0);
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
