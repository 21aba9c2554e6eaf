//! Other rules, other data: one epoch, exactly the difference.

use super::rig::*;
use huiyan::engine::Phase;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{Epoch, RelId};

fn with_clues(disk: &MemoryDisk) -> Rig {
    let rig = Setup::default().start(disk.clone());
    let lines: String = ["1", "2", "3"].iter().map(|no| penalty("insert", no, 1, "hint", "2022-07-02")).collect();
    rig.send(POLICE, &lines).unwrap();
    rig.clock("2022-07-10").unwrap();
    rig
}

#[test]
fn the_same_pack_is_no_entry() {
    let disk = MemoryDisk::seeded(1);
    let before = with_clues(&disk).story();
    assert_eq!(Setup::default().start(disk).story(), before);
}

#[test]
fn other_rules_emit_the_difference_in_one_epoch_and_survive_a_restart() {
    let disk = MemoryDisk::seeded(1);
    let last = with_clues(&disk).handle.read().epoch;
    // A relation more at the front moves every number; the rule spares number 2 and sharpens number 3.
    let rules = format!(
        ".decl first(x: number)\n.output first\nfirst(1).\n{}",
        RULES.replace("missing(p, o, n, l, d + 3) :- penalty(o, n, _, p, l, d),", "missing(p, o, n, m, d + 3) :- penalty(o, n, _, p, l, d), n != \"2\", ( n = \"3\", m = \"violation\" ; n != \"3\", m = l ),")
    );
    let setup = Setup { version: "2".to_string(), ..Setup::with_rules(&rules) };
    let story = {
        let rig = setup.start(disk.clone());
        assert_eq!(rig.handle.phase(), Phase::Ready);
        assert_eq!(rig.handle.read().epoch, last.next());
        let told = rig.told_at(last.next());
        let hash = told.split('"').nth(5).unwrap();
        assert_eq!(
            told.replace(hash, "…"),
            r#"Rules { pack: "test", version: "2", hash: "…" } withdraw missing hint 0 was=hint change missing violation 1 was=hint +1 RelId(0) Row([Number(1)])"#
        );
        let view = rig.handle.read();
        let missing = view.program.find("missing").unwrap();
        assert!(view.clues.open().all(|clue| clue.relation == missing));
        assert_eq!(view.now[0].0, view.program.find("today").unwrap());
        drop(view);
        rig.clock("2022-07-11").unwrap();
        rig.send(POLICE, &penalty("insert", "9", 1, "hint", "2022-07-02")).unwrap();
        assert_eq!(rig.levels(), ["hint", "violation", "hint"]);
        rig.story()
    };
    assert_eq!(setup.start(disk.clone()).story(), story);
    // And back again, with the rest of history.
    let rig = Setup { version: "3".to_string(), ..Setup::default() }.start(disk);
    let told = rig.told_at(Epoch(last.0 + 4));
    assert!(told.contains("reopen missing hint 1") && told.contains("change missing hint 1 was=violation"), "{told}");
    assert!(told.contains("-1 first Row([Number(1)])"), "{told}");
}

#[test]
fn data_of_the_pack_come_and_go_with_it_and_the_operator_overrules_them() {
    let disk = MemoryDisk::seeded(1);
    let csv = |names: &[&str]| names.iter().fold("code,name\n".to_string(), |csv, name| csv + &format!("{POLICE},{name}\n"));
    let setup = |version: &str, names: &[&str]| Setup {
        version: version.to_string(),
        data: vec![("agency".to_string(), csv(names))],
        ..Setup::default()
    };
    let names = |rig: &Rig| -> Vec<String> {
        // What the rules read is what the records show, hidden rows or not.
        let view = rig.handle.read();
        let named = view.rows.get(&view.program.find("named").unwrap()).cloned().unwrap_or_default();
        assert_eq!(view.records.rows(RelId(1)).collect::<Vec<_>>(), named.into_iter().collect::<Vec<_>>());
        view.records.rows(RelId(1)).map(|row| row[1].to_string()).collect()
    };
    let operator =
        |op: &str| format!("{{\"relation\":\"agency\",\"op\":\"{op}\",\"row\":{{\"code\":\"{POLICE}\",\"name\":\"手写\"}}}}\n");
    {
        let rig = setup("1", &["一"]).start(disk.clone());
        assert_eq!(names(&rig), ["一"]);
        rig.send("operator:local", &operator("upsert")).unwrap();
        assert_eq!(names(&rig), ["手写"]);
    }
    {
        let rig = setup("2", &["二"]).start(disk.clone());
        assert_eq!((names(&rig), rig.handle.read().epoch), (vec!["手写".to_string()], Epoch(3)));
        rig.send("operator:local", &operator("retract")).unwrap();
        assert_eq!(names(&rig), ["二"]);
        rig.clock("2022-07-20").unwrap();
        rig.send(POLICE, &penalty("insert", "1", 1, "hint", "2022-07-02")).unwrap();
        assert!(rig.handle.read().clues.open().all(|clue| clue.reason.starts_with("二应于")));
    }
    let rig = setup("3", &[]).start(disk.clone());
    assert_eq!(names(&rig), Vec::<String>::new());
    let story = rig.story();
    drop(rig);
    assert_eq!(setup("3", &[]).start(disk).story(), story);
}

#[test]
fn rules_and_data_that_do_not_fit_fail_visibly_and_leave_the_journal_as_it_was() {
    let disk = MemoryDisk::seeded(1);
    let story = with_clues(&disk).story();
    // An agency wrote the row that the pack now brings: nobody hides an agency's row.
    let data = vec![("penalty".to_string(), format!("organ,no,part,person,level,day\n{POLICE},1,1,x,hint,2022-07-02\n"))];
    let rules = RULES.replace("owner=\"police\"", "owner=\"police,pack\"");
    let rig = Setup { data, ..Setup::with_rules(&rules) }.start(disk.clone());
    let Phase::Failed { reason } = rig.handle.phase() else { panic!("{:?}", rig.handle.phase()) };
    assert!(reason.en.contains("row 1") && reason.en.contains("penalty"), "{reason:?}");
    drop(rig);
    // A column of another kind cannot hold the rows that are there.
    let other = RULES.replace("part: number", "part: symbol");
    let rig = Setup::with_rules(&other).start(disk.clone());
    assert!(matches!(rig.handle.phase(), Phase::Failed { .. }), "{:?}", rig.handle.phase());
    drop(rig);
    assert_eq!(Setup::default().start(disk).story(), story);
}
