//! What rules read in `clue` is what people see: the same clues, under the same ids, in this folder and in no other.

use super::rig::*;
use huiyan::dataflow::Budget;
use huiyan::engine::Retold;
use huiyan::storage::disk::{Fate, MemoryDisk};
use huiyan::types::{Row, Value};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Clues that are read, and a clue for each of them under its id.
const LISTING: &str = r#"
.output clue
.decl watched(id: symbol, agency: AgencyCode)
.clue watched(title="跟踪", key="id", agency="agency", level="hint", basis="", reason="{agency}")
watched(i, a) :- clue(id: i, rule: "missing", agency: a), today(t), weekday(t) < 6.
"#;

fn setup(workers: usize) -> Setup {
    Setup { workers, ..Setup::with_rules(&format!("{RULES}{LISTING}")) }
}

/// Both sides, as rows of `clue`: what rules read, and what people see of the clues that stand in it.
fn both(rig: &Rig) -> (BTreeSet<Row>, BTreeSet<Row>) {
    let view = rig.handle.read();
    let read = view.rows.get(&view.program.find("clue").unwrap()).cloned().unwrap_or_default();
    let text = |text: Option<&str>| text.map_or(Value::Absent, Value::symbol);
    let seen = view.clues.open().filter(|clue| clue.rule == "missing").map(|clue| {
        let (id, due) = (clue.id.to_string(), clue.due.clone().unwrap_or(Value::Absent));
        let cells =
            [text(Some(&id)), text(Some(&clue.rule)), text(clue.agency.as_deref()), text(clue.person_key.as_deref()), due];
        Row::new(cells.to_vec())
    });
    (read, seen.collect())
}

/// A month in which clues open, change, go and come again. What is read agrees with what is seen after each step.
fn live(rig: &Rig) -> BTreeSet<Row> {
    let mut all = BTreeSet::new();
    let mut check = || {
        let (read, seen) = both(rig);
        assert_eq!(read, seen);
        all.extend(read);
    };
    rig.clock("2022-07-20").unwrap();
    for (no, part, level, day) in [
        ("7", 1, "hint", "2022-07-02"),
        ("8", 1, "hint", "2022-07-03"),
        ("7", 2, "violation", "2022-07-04"),
        ("7", 3, "hint", "2022-07-01"),
    ] {
        rig.send(POLICE, &penalty("insert", no, part, level, day)).unwrap();
        check();
    }
    for op in ["insert", "retract"] {
        rig.send(JUSTICE, &receipt(op, "8")).unwrap();
        check();
    }
    rig.send(POLICE, &penalty("retract", "7", 2, "violation", "2022-07-04")).unwrap();
    check();
    for day in ["2022-07-04", "2022-07-23", "2022-07-25"] {
        rig.clock(day).unwrap();
        check();
    }
    all
}

#[test]
fn rules_read_the_clues_that_people_see_under_their_ids() {
    for workers in [1, 3] {
        let rig = setup(workers).start(MemoryDisk::seeded(1));
        let all = live(&rig);
        // Of the two numbers 7 is shown by its least row, by that of its violation while it is there, and by the least again.
        let days: Vec<String> = all.iter().map(|row| row[4].to_string()).collect::<BTreeSet<_>>().into_iter().collect();
        assert_eq!(days, ["2022-07-04", "2022-07-05", "2022-07-06", "2022-07-07"]);
        assert_eq!(all.iter().map(|row| row[0].clone()).collect::<BTreeSet<_>>().len(), 2);
        let view = rig.handle.read();
        let watched = view.clues.open().filter(|clue| clue.rule == "watched");
        let under: BTreeSet<Value> = watched.map(|clue| clue.columns[0].1.clone()).collect();
        assert_eq!(under, both(&rig).0.iter().map(|row| row[0].clone()).collect(), "a clue of clues goes by their ids");
    }
}

#[test]
fn a_restart_and_a_replay_read_the_same_ids_and_another_folder_reads_others() {
    let disk = MemoryDisk::seeded(1);
    let (story, ids) = {
        let rig = setup(1).start(disk.clone());
        let all = live(&rig);
        rig.snapshot();
        rig.send(JUSTICE, &receipt("insert", "8")).unwrap();
        (rig.story(), all)
    };
    let rig = setup(3).start(disk.crash(Fate::Lost));
    assert_eq!(rig.state(), story.lines().filter(|line| is_state(line)).map(|line| format!("{line}\n")).collect::<String>());
    assert_eq!(both(&rig).0.len(), 1);
    drop(rig);

    let budget = Budget { iterations: 100, rows: 1_000_000, made: 1 << 30 };
    let retold = Retold { disk: Arc::new(disk.clone()), dir: PathBuf::from("data"), workers: 1, budget };
    let (past, handle) = retold.open().unwrap();
    let mut read = BTreeSet::new();
    past.run(|moment| {
        let rows = moment.changes.iter().flat_map(|changes| changes.rows.iter());
        read.extend(rows.filter(|(_, change)| change.row.values().len() == 5).map(|(_, change)| change.row.clone()));
        ControlFlow::Continue(())
    })
    .unwrap();
    drop(handle);
    assert_eq!(read, ids);

    let elsewhere = live(&setup(1).start(MemoryDisk::seeded(2)));
    let of = |rows: &BTreeSet<Row>| rows.iter().map(|row| row[0].clone()).collect::<BTreeSet<_>>();
    assert!(of(&elsewhere).is_disjoint(&of(&ids)));
}

/// A line of what holds now; the others tell how it came to be.
fn is_state(line: &str) -> bool {
    ["epoch ", "clue ", " step ", "rows ", "faults ", "refused ", "records "].iter().any(|begin| line.starts_with(begin))
}
