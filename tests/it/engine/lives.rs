//! Clues, rows and refusals as records come, are corrected and go.

use super::rig::*;
use huiyan::clues::{Cause, ClueOp, Machine};
use huiyan::engine::{EngineError, OnReject, Whole};
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{Epoch, Value, key_text};
use std::sync::{Arc, Mutex};

#[test]
fn a_clue_opens_changes_is_withdrawn_and_reopens_each_with_its_cause() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    let sent = rig.send(POLICE, &penalty("insert", "7", 1, "hint", "2022-07-02")).unwrap();
    assert_eq!((sent.epoch, sent.receipt.accepted, sent.receipt.changed), (Epoch(2), 1, 1));
    assert_eq!(
        rig.told_at(Epoch(2)),
        r#"Batch { agency: "police:640299-01" } -1 RelId(7) Row([Number(0)]) +1 RelId(7) Row([Number(1)])"#
    );
    // Due on the 5th; the clue opens on the 6th and on no other day.
    assert_eq!(rig.clock("2022-07-05").unwrap(), Epoch(6));
    assert_eq!(rig.levels(), Vec::<String>::new());
    assert_eq!(rig.clock("2022-07-06").unwrap(), Epoch(7));
    assert_eq!(rig.told_at(Epoch(7)), r#"Clock { now: "2022-07-06" } open missing hint 1 was="#);
    let changed = rig.send(POLICE, &penalty("insert", "7", 2, "violation", "2022-07-02")).unwrap().epoch;
    assert!(rig.told_at(changed).contains("change missing violation 2 was=hint"), "{}", rig.told_at(changed));
    let withdrawn = rig.send(JUSTICE, &receipt("insert", "7")).unwrap().epoch;
    assert_eq!(rig.told_at(withdrawn), r#"Batch { agency: "justice:640299-01" } withdraw missing violation 0 was=violation"#);
    let reopened = rig.send(JUSTICE, &receipt("retract", "7")).unwrap().epoch;
    assert_eq!(rig.told_at(reopened), r#"Batch { agency: "justice:640299-01" } reopen missing violation 2 was=violation"#);
    let view = rig.handle.read();
    let clue = view.clues.open().next().unwrap();
    assert_eq!((clue.machine, clue.opened), (Machine::Reopened, reopened));
    assert_eq!(clue.reason, "police:640299-01应于2022-07-05前通知，至今未收到。");
    let history: Vec<_> = view.clues.history(&clue.id);
    assert_eq!(
        history.iter().map(|step| step.op).collect::<Vec<_>>(),
        [ClueOp::Open, ClueOp::Change, ClueOp::Withdraw, ClueOp::Reopen]
    );
    assert_eq!(*history[0].cause, Cause::Clock { now: "2022-07-06".to_string() });
}

#[test]
fn nothing_that_readers_get_holds_an_identity_number() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    rig.clock("2022-07-20").unwrap();
    rig.send(POLICE, &penalty("insert", "7", 1, "hint", "2022-07-02")).unwrap();
    let view = rig.handle.read();
    let clue = view.clues.open().next().unwrap();
    assert_eq!(clue.person_key.as_deref(), Some(PERSON));
    let shown = format!("{clue:?} {:?} {:?} {}", clue.columns, clue.person, clue.reason);
    assert!(!shown.contains(PERSON), "{shown}");
    assert!(clue.columns.iter().any(|(name, value)| name == "person" && value.as_text() == clue.person.as_deref()));
}

#[test]
fn the_name_of_an_agency_is_the_one_of_its_time() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    let name = |op: &str, name: &str| {
        format!("{{\"relation\":\"agency\",\"op\":\"{op}\",\"row\":{{\"code\":\"{POLICE}\",\"name\":\"{name}\"}}}}\n")
    };
    rig.send("operator:local", &name("insert", "某县公安局")).unwrap();
    rig.clock("2022-07-20").unwrap();
    rig.send(POLICE, &penalty("insert", "7", 1, "hint", "2022-07-02")).unwrap();
    rig.send("operator:local", &name("upsert", "新县公安局")).unwrap();
    rig.send(POLICE, &penalty("insert", "8", 1, "hint", "2022-07-02")).unwrap();
    let reasons: Vec<String> = rig.handle.read().clues.open().map(|clue| clue.reason.clone()).collect();
    assert_eq!(reasons, ["某县公安局应于2022-07-05前通知，至今未收到。", "新县公安局应于2022-07-05前通知，至今未收到。"]);
}

#[test]
fn refusals_are_facts_until_they_are_mended() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    rig.send(POLICE, &penalty("insert", "7", 1, "hint", "2022-07-02")).unwrap();
    let refused = rig.send(POLICE, &(penalty("insert", "7", 1, "violation", "2022-07-02") + &receipt("insert", "1"))).unwrap();
    assert_eq!((refused.receipt.accepted, refused.receipt.changed, refused.receipt.refused), (0, 0, 2));
    let told: Vec<_> = refused.refused.iter().map(|r| (r.line, r.code, key_text(r.key.values()))).collect();
    let keys = ["police:640299-01|7|1", "1"].map(str::to_string);
    assert_eq!(told, [(1, "key-present", keys[0].clone()), (2, "wrong-kind", keys[1].clone())]);
    assert!(rig.told_at(refused.epoch).contains(r#"+1 RelId(6) Row([Symbol("police:640299-01"), Date(19174)])"#));
    // A retraction that is accepted mends nothing; a row that is there already does.
    rig.send(POLICE, &penalty("insert", "9", 1, "hint", "2022-07-02")).unwrap();
    rig.send(POLICE, &penalty("retract", "9", 1, "hint", "2022-07-02")).unwrap();
    assert_eq!(rig.handle.read().refused.len(), 2);
    let same = rig.send(POLICE, &penalty("insert", "7", 1, "hint", "2022-07-02")).unwrap();
    assert_eq!((same.receipt.accepted, same.receipt.changed), (1, 0));
    assert!(rig.told_at(same.epoch).contains(r#"-1 RelId(6) Row([Symbol("police:640299-01"), Date(19174)])"#));
    assert_eq!(rig.handle.read().refused.len(), 1);
}

#[test]
fn all_or_nothing_takes_nothing_and_remembers_why() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    let lines = penalty("insert", "7", 1, "hint", "2022-07-02") + &penalty("retract", "8", 1, "hint", "2022-07-02");
    let mut request = rig.request(POLICE, Some("k"), &lines);
    request.on_reject = OnReject::Fail;
    let Err(EngineError::Refused(first)) = rig.ask(request.clone()) else { panic!("taken") };
    assert_eq!((first.receipt.accepted, first.receipt.changed, first.receipt.refused), (0, 0, 1));
    assert_eq!(first.refused.iter().map(|r| (r.line, r.code)).collect::<Vec<_>>(), [(2, "absent")]);
    let program = rig.handle.program().unwrap();
    assert_eq!(rig.handle.read().records.count(program.find("penalty").unwrap()), 0);
    assert_eq!(rig.handle.read().refused.len(), 1);
    let Err(EngineError::Refused(again)) = rig.ask(request) else { panic!("taken") };
    assert!(again.replayed && again.refused == first.refused && again.epoch == first.epoch);
}

#[test]
fn a_whole_table_is_replaced_by_its_difference() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    let two = penalty("insert", "7", 1, "hint", "2022-07-02") + &penalty("insert", "8", 1, "hint", "2022-07-02");
    rig.send(POLICE, &two).unwrap();
    let refused = rig.send(POLICE, &penalty("insert", "7", 1, "violation", "2022-07-02")).unwrap();
    assert_eq!((refused.receipt.refused, rig.handle.read().refused.len()), (1, 1));
    let mut request = rig.request(
        POLICE,
        None,
        &(penalty("insert", "8", 1, "hint", "2022-07-02") + &penalty("insert", "9", 1, "hint", "2022-07-02")),
    );
    request.replace = Some(Whole { relation: rig.handle.program().unwrap().find("penalty").unwrap(), may_be_empty: false });
    let answer = rig.ask(request).unwrap();
    assert_eq!((answer.receipt.accepted, answer.receipt.changed), (2, 2));
    assert!(rig.handle.read().refused.is_empty());
}

#[test]
fn listeners_hear_of_every_group_after_it_can_be_seen() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    let heard: Arc<Mutex<Vec<Epoch>>> = Arc::default();
    let (seen, handle) = (heard.clone(), rig.handle.clone());
    rig.handle.on_advance(Box::new(move || seen.lock().unwrap().push(handle.read().epoch)));
    let epochs: Vec<Epoch> = (1..4).map(|n| rig.send(JUSTICE, &receipt("insert", &n.to_string())).unwrap().epoch).collect();
    assert_eq!(*heard.lock().unwrap(), epochs);
    assert_eq!(epochs, [Epoch(2), Epoch(3), Epoch(4)]);
}

#[test]
fn batches_that_wait_together_see_each_other() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    // While a listener holds the engine up, more requests gather; they touch the same key and follow on each other.
    let (gate, opened) = std::sync::mpsc::channel::<()>();
    let opened = Mutex::new(opened);
    rig.handle.on_advance(Box::new(move || {
        let _ = opened.lock().unwrap().recv();
    }));
    let (reply, answers) = std::sync::mpsc::channel();
    let lines = [
        penalty("insert", "7", 1, "hint", "2022-07-02"),
        penalty("upsert", "7", 1, "violation", "2022-07-02"),
        penalty("insert", "7", 1, "hint", "2022-07-02"),
        penalty("retract", "7", 1, "violation", "2022-07-02"),
        penalty("retract", "7", 1, "violation", "2022-07-02"),
    ];
    for (n, lines) in lines.iter().enumerate() {
        let (reply, request) = (reply.clone(), rig.request(POLICE, None, lines));
        rig.handle.submit(request, Box::new(move |answer| reply.send((n, answer.unwrap())).unwrap())).unwrap();
    }
    drop((gate, reply));
    let answers: Vec<_> = answers.iter().collect();
    assert_eq!(
        answers.iter().map(|(n, answer)| (*n, answer.epoch.0)).collect::<Vec<_>>(),
        [(0, 2), (1, 3), (2, 4), (3, 5), (4, 6)]
    );
    let codes: Vec<&str> = answers.iter().map(|(_, answer)| answer.refused.first().map_or("", |r| r.code)).collect();
    assert_eq!(codes, ["", "", "key-present", "", "absent"]);
    let view = rig.handle.read();
    let penalties = view.program.find("penalties").unwrap();
    assert_eq!(view.rows[&penalties].iter().map(|row| row[0].clone()).collect::<Vec<_>>(), [Value::Number(0)]);
}
