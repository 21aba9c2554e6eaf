//! Idempotency keys and the bounded queue.

use super::rig::*;
use huiyan::engine::{BatchAnswer, EngineError, Phase};
use huiyan::storage::disk::MemoryDisk;
use huiyan::storage::{Disk, JournalError, open};
use huiyan::types::Epoch;
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

#[test]
fn the_same_key_and_body_get_the_same_answer_for_ever() {
    let disk = MemoryDisk::seeded(1);
    let lines = penalty("insert", "7", 1, "hint", "2022-07-02") + &penalty("insert", "7", 1, "violation", "2022-07-02");
    let first = {
        let rig = Setup::default().start(disk.clone());
        let first = rig.ask(rig.request(POLICE, Some("k"), &lines)).unwrap();
        assert!(!first.replayed);
        let again = rig.ask(rig.request(POLICE, Some("k"), &lines)).unwrap();
        assert_eq!(again, BatchAnswer { replayed: true, ..first.clone() });
        let other = rig.request(POLICE, Some("k"), &penalty("insert", "8", 1, "hint", "2022-07-02"));
        assert_eq!(rig.ask(other).unwrap_err(), EngineError::KeyReused);
        // The key of one agency is nothing to another, and no key is no key.
        assert!(!rig.ask(rig.request("police:640299-02", Some("k"), &lines)).unwrap().replayed);
        assert!(!rig.ask(rig.request(POLICE, None, &lines)).unwrap().replayed);
        first
    };
    let rig = Setup::default().start(disk);
    let before = rig.handle.read().epoch;
    let again = rig.ask(rig.request(POLICE, Some("k"), &lines)).unwrap();
    assert_eq!(again, BatchAnswer { replayed: true, ..first });
    assert_eq!(rig.handle.read().epoch, before);
}

#[test]
fn an_answer_in_an_archived_part_is_said_to_be_there_until_the_part_is_back() {
    let (disk, part) = (MemoryDisk::seeded(1), Path::new("data/journal"));
    let lines = penalty("insert", "7", 1, "hint", "2022-07-02");
    let first = {
        let rig = Setup::default().start(disk.clone());
        rig.ask(rig.request(POLICE, Some("k"), &lines)).unwrap()
    };
    let past = open(Arc::new(disk.clone()), Path::new("data")).unwrap();
    let mut journal = past.replay(|_| Ok::<_, JournalError>(())).unwrap();
    journal.begin_part().unwrap();
    drop(journal);
    let rig = Setup::default().start(disk.clone());
    let whole = disk.bytes(part).unwrap();
    let mut damaged = whole.clone();
    // In the entry itself, before its commit frame and the mark.
    let inside = whole.len() - (32 + 64) - 5;
    damaged[inside] ^= 1;
    disk.remove(part).unwrap();
    let ask = || rig.ask(rig.request(POLICE, Some("k"), &lines));
    assert_eq!(ask().unwrap_err(), EngineError::Archived);
    disk.put(part, &damaged);
    assert_eq!(ask().unwrap_err(), EngineError::Archived);
    // Nothing else depends on it, and nobody's record is taken twice.
    let sent = rig.send(JUSTICE, &receipt("insert", "1")).unwrap();
    assert_eq!((rig.handle.phase(), sent.epoch), (Phase::Ready, first.epoch.next()));
    disk.put(part, &whole);
    assert_eq!(ask().unwrap(), BatchAnswer { replayed: true, ..first });
    assert_eq!(rig.handle.read().epoch, sent.epoch);
}

#[test]
fn a_key_that_is_running_is_refused_and_free_afterwards() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    let (gate, opened) = channel::<()>();
    let opened = Mutex::new(opened);
    rig.handle.on_advance(Box::new(move || {
        let _ = opened.lock().unwrap().recv();
    }));
    let (reply, answers) = channel();
    let lines = receipt("insert", "1");
    let send = |key: &str| {
        let reply = reply.clone();
        rig.handle.submit(rig.request(JUSTICE, Some(key), &lines), Box::new(move |answer| drop(reply.send(answer))))
    };
    // The first is held up by the listener; the second waits behind it under a key of its own.
    send("a").unwrap();
    send("b").unwrap();
    assert_eq!(send("a").unwrap_err(), EngineError::KeyRunning);
    assert_eq!(send("b").unwrap_err(), EngineError::KeyRunning);
    drop(gate);
    let epochs: Vec<Epoch> = answers.iter().take(2).map(|answer| answer.unwrap().epoch).collect();
    assert_eq!(epochs, [Epoch(2), Epoch(3)]);
    assert!(rig.ask(rig.request(JUSTICE, Some("b"), &lines)).unwrap().replayed);
}

#[test]
fn many_threads_with_one_key_make_one_entry() {
    // 64 at once; at the gate ten thousand in all.
    let rounds = 16 * super::snapshots::scale();
    let rig = Setup { queue: 1000, ..Setup::default() }.start(MemoryDisk::seeded(1));
    for round in 0..rounds {
        let (key, lines) = (format!("k{round}"), receipt("insert", &round.to_string()));
        let answers: Vec<Result<BatchAnswer, EngineError>> = std::thread::scope(|scope| {
            let ask = || rig.ask(rig.request(JUSTICE, Some(&key), &lines));
            let threads: Vec<_> = (0..64).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let fresh = answers.iter().filter(|answer| answer.as_ref().is_ok_and(|answer| !answer.replayed)).count();
        assert_eq!(fresh, 1, "{key}");
        assert!(answers.iter().all(|answer| match answer {
            Ok(answer) => answer.epoch == Epoch(2 + round),
            Err(error) => *error == EngineError::KeyRunning,
        }));
        assert_eq!(rig.handle.read().epoch, Epoch(2 + round));
    }
    println!("I6: {} requests under {rounds} keys", 64 * rounds);
}

#[test]
fn a_full_queue_says_so_at_once_and_forgets_nobody() {
    const LIMIT: usize = 4;
    let rig = Setup { queue: LIMIT, ..Setup::default() }.start(MemoryDisk::seeded(1));
    let (gate, opened) = channel::<()>();
    let (entered, engine_stands) = channel::<()>();
    let opened = Mutex::new(opened);
    rig.handle.on_advance(Box::new(move || {
        let _ = entered.send(());
        let _ = opened.lock().unwrap().recv();
    }));
    let (reply, answers) = channel();
    let send = |n: usize| {
        let reply = reply.clone();
        let request = rig.request(JUSTICE, Some(&n.to_string()), &receipt("insert", &n.to_string()));
        rig.handle.submit(request, Box::new(move |answer| drop(reply.send(answer))))
    };
    send(0).unwrap();
    engine_stands.recv().unwrap();
    (1..=LIMIT).for_each(|n| send(n).unwrap());
    assert_eq!(send(LIMIT + 1).unwrap_err(), EngineError::Busy);
    // The key of a request that did not get in is not taken.
    assert_eq!(send(LIMIT + 1).unwrap_err(), EngineError::Busy);
    drop(gate);
    assert_eq!(answers.iter().take(LIMIT + 1).filter(Result::is_ok).count(), LIMIT + 1);
    send(LIMIT + 1).unwrap();
}

#[test]
fn stopping_answers_what_waits_and_takes_nothing_more() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    let (reply, answers) = channel();
    for n in 0..20 {
        let (reply, request) = (reply.clone(), rig.request(JUSTICE, None, &receipt("insert", &n.to_string())));
        rig.handle.submit(request, Box::new(move |answer| reply.send(answer).unwrap())).unwrap();
    }
    drop(reply);
    rig.handle.stop();
    rig.handle.stop();
    assert_eq!(answers.iter().filter(Result::is_ok).count(), 20);
    assert_eq!(rig.handle.phase(), Phase::Stopping);
    assert_eq!(rig.send(JUSTICE, &receipt("insert", "x")).unwrap_err(), EngineError::NotReady(Phase::Stopping));
    assert_eq!(rig.clock("2023-01-01").unwrap_err(), EngineError::NotReady(Phase::Stopping));
}

#[test]
fn a_panic_in_the_engine_is_seen_and_nothing_is_taken_after_it() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    let request = rig.request(JUSTICE, None, &receipt("insert", "1"));
    rig.handle.submit(request, Box::new(|_| panic!("on purpose"))).unwrap();
    rig.until(|rig| matches!(rig.handle.phase(), Phase::Failed { .. }));
    let Phase::Failed { reason } = rig.handle.phase() else { panic!("{:?}", rig.handle.phase()) };
    // A panic may name values of records, so its text stays with the process.
    assert!(reason.en.contains("panicked") && !reason.en.contains("on purpose"), "{reason:?}");
    assert!(matches!(rig.send(JUSTICE, &receipt("insert", "2")), Err(EngineError::NotReady(Phase::Failed { .. }))));
}
