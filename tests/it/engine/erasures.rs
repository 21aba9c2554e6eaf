//! A key is taken away: persons become strangers, the journal goes on being read, whatever comes after.

use super::rig::*;
use huiyan::engine::Phase;
use huiyan::storage::Disk;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::Value;
use std::path::Path;

/// A person's number is the key; a number and a text beside it may be absent.
const PEOPLE: &str = r#"
.decl person(id: symbol, name: symbol, age: number?, level: symbol)
.record person(key="id", owner="justice", personal="id,name,age")
.decl known(id: symbol, level: symbol)
.clue known(title="人员", key="id", level=level, reason="{id}")
known(i, l) :- person(i, _, _, l).
"#;

fn person(op: &str, id: &str, name: &str) -> String {
    let row = format!(r#"{{"id":"{id}","name":"{name}","age":41,"level":"hint"}}"#);
    format!("{{\"relation\":\"person\",\"op\":\"{op}\",\"row\":{row}}}\n")
}

fn erase(disk: &MemoryDisk, key: u32) {
    let file = |suffix: &str| Path::new("data/keys").join(format!("seal-{key}.{suffix}"));
    disk.remove(&file("key")).unwrap();
    disk.put(&file("erased"), b"");
}

fn people(rig: &Rig) -> Vec<Vec<Value>> {
    let view = rig.handle.read();
    let id = view.program.find("person").unwrap();
    let mut rows: Vec<Vec<Value>> = view.records.rows(id).map(|row| row.values().to_vec()).collect();
    rows.sort();
    rows
}

fn ready(setup: &Setup, disk: &MemoryDisk) -> Rig {
    let rig = setup.start(disk.clone());
    assert_eq!(rig.handle.phase(), Phase::Ready);
    rig
}

#[test]
fn a_person_may_be_erased_again_and_again_and_taken_out_in_between() {
    let (disk, setup) = (MemoryDisk::seeded(1), Setup::with_rules(PEOPLE));
    {
        let rig = ready(&setup, &disk);
        (0..3).for_each(|n| drop(rig.send(JUSTICE, &person("insert", &format!("64029919900101001{n}"), "吴某")).unwrap()));
    }
    erase(&disk, 1);
    let erased = {
        let rig = ready(&setup, &disk);
        let erased = people(&rig);
        assert_eq!(erased.len(), 3, "three strangers, not one");
        assert!(erased.iter().all(|row| row[2] == Value::Absent && row[3] == Value::symbol("hint")), "{erased:?}");
        assert_eq!(rig.levels().len(), 3);
        // One of them is taken out by the name that is left; somebody else comes.
        let gone = format!(r#"{{"relation":"person","op":"retract","row":{{"id":"{}"}}}}"#, erased[0][0]);
        assert_eq!(rig.send("operator:local", &(gone + "\n")).unwrap().receipt.changed, 1);
        rig.send(JUSTICE, &person("insert", "640299199001010018", "郑某")).unwrap();
        erased
    };
    let text: Vec<u8> = disk.bytes(Path::new("data/journal")).unwrap();
    assert!(!text.windows(8).any(|bytes| bytes == b"64029919"), "a personal value stands in the journal");
    for key in [2, 3] {
        erase(&disk, key);
        let rig = ready(&setup, &disk);
        let now = people(&rig);
        assert_eq!(now.len(), 3);
        assert!(erased[1..].iter().all(|row| now.contains(row)), "who was a stranger is the same stranger still");
        assert!(now.iter().all(|row| row[0].to_string().starts_with("erased:")));
    }
}

#[test]
fn a_mark_that_changes_takes_the_rows_with_it() {
    let marked = Setup::with_rules(PEOPLE);
    let bare = Setup::with_rules(&PEOPLE.replace("personal=\"id,name,age\"", "personal=\"id\""));
    let disk = MemoryDisk::seeded(1);
    ready(&marked, &disk).send(JUSTICE, &person("insert", "640299199001010017", "吴某")).unwrap();
    ready(&bare, &disk).send(JUSTICE, &person("insert", "640299199001010018", "郑某")).unwrap();
    // Both ways, and one person is taken out under the other mark than she came in under.
    let rig = ready(&marked, &disk);
    assert_eq!(rig.send(JUSTICE, &person("retract", "640299199001010018", "郑某")).unwrap().receipt.changed, 1);
    let story = rig.story();
    drop(rig);
    assert_eq!(ready(&marked, &disk).story(), story);
    erase(&disk, 1);
    let rig = ready(&marked, &disk);
    assert_eq!(people(&rig).len(), 1);
    assert!(people(&rig)[0][1].to_string().starts_with("erased:"), "written anew under the mark, it can be erased");
}
