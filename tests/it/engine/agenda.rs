//! What the agenda tells is what then happens, if nothing else does.

use super::rig::*;
use crate::oracle::random::Rng;
use crate::oracle::setting;
use huiyan::clues::ClueDelta;
use huiyan::dataflow::Budget;
use huiyan::engine::{Agenda, ClockMode, EngineError, Foreseen};
use huiyan::limits::AGENDA_DAYS;
use huiyan::memory::Memory;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{Epoch, date_text, parse_date};
use std::ops::ControlFlow;

/// Clues that come and go with the days in each way there is: by windows, by a level that rises, by a weekday, by a count, with other clues.
const TASKS: &str = r#"
.type AgencyCode <: symbol
.decl today(day: date)
.clock today
.decl agency(code: AgencyCode, name: symbol)
.record agency(key="code", owner="operator,pack")
.decl task(organ: AgencyCode, no: symbol, day: date, days: number)
.record task(key="organ,no", owner="police", by="organ")
.decl done(no: symbol, day: date)
.record done(key="no", owner="justice")
.decl open_task(organ: AgencyCode, no: symbol, due: date)
open_task(o, n, d + k) :- task(o, n, d, k), !done(n, _).
.decl near(organ: AgencyCode, no: symbol, due: date)
.clue near(title="将到期", key="no", agency="organ", level="hint", basis="", due="due", reason="{organ}的{no}将于{due}到期")
near(o, n, u) :- open_task(o, n, u), today(t), t > u - 3, t <= u.
.decl late(organ: AgencyCode, no: symbol, level: symbol)
.clue late(title="逾期", key="no", agency="organ", level="level", basis="", reason="{organ}的{no}已逾期")
late(o, n, "hint") :- open_task(o, n, u), today(t), u < t, t - u <= 2.
late(o, n, "violation") :- open_task(o, n, u), today(t), t - 2 > u.
.decl monday(no: symbol)
.clue monday(title="周一", key="no", level="hint", basis="", reason="{no}")
monday(n) :- open_task(_, n, _), today(t), weekday(t) = 1.
.decl many(organ: AgencyCode, n: number)
.clue many(title="多项逾期", key="organ", agency="organ", level="hint", basis="", reason="{organ}有{n}项逾期")
many(o, n) :- late(o, _, _), n = count : { late(o, _, _) }, n >= 2.
.decl watched(id: symbol, rule: symbol)
.clue watched(title="跟踪", key="id", level="hint", basis="", reason="{rule}")
watched(i, x) :- clue(id: i, rule: x, agency: _), x != "monday".
"#;

const OTHERS: &str = "police:640299-02";

fn setup() -> Setup {
    Setup { data: vec![("agency".to_string(), format!("code,name\n{POLICE},甲局\n"))], ..Setup::with_rules(TASKS) }
}

fn day(text: &str) -> i64 {
    parse_date(text).unwrap()
}

/// All of a change that does not depend on the number of its epoch.
fn told(delta: &ClueDelta) -> String {
    let clue = |clue: &huiyan::clues::Clue| {
        let columns = format!("{:?} {} {}", clue.columns, clue.evidence, clue.machine.name());
        format!("{} {} {:?} {} {:?} {} {columns}", clue.id, clue.rule, clue.agency, clue.level, clue.due, clue.reason)
    };
    let was = delta.was.as_ref().map(|was| clue(was));
    format!("{} {} was {was:?}", delta.op.name(), clue(&delta.clue))
}

/// A day and what happens on it.
type Day = (String, Vec<String>);

/// Days on which something happens, with what it is.
fn agenda(rig: &Rig, until: i64) -> Result<(Agenda, Vec<Day>), EngineError> {
    let mut days = Vec::new();
    let agenda = rig.handle.agenda(until, |Foreseen { day: _, now, clues }| {
        if !clues.is_empty() {
            days.push((now, clues.iter().map(told).collect()));
        }
        ControlFlow::Continue(())
    })?;
    Ok((agenda, days))
}

/// What the stream said behind this epoch.
fn happened(rig: &Rig, after: Epoch) -> Vec<(String, Vec<String>)> {
    let epochs = rig.handle.read().feed.after(after, usize::MAX).unwrap();
    let day = |changes: &huiyan::clues::EpochChanges| match &changes.cause {
        huiyan::clues::Cause::Clock { now } => (now.clone(), changes.clues.iter().map(told).collect::<Vec<_>>()),
        other => panic!("nothing else comes: {other:?}"),
    };
    epochs.iter().map(|changes| day(changes)).filter(|(_, clues)| !clues.is_empty()).collect()
}

fn task(op: &str, organ: &str, no: usize, day: i64, days: i64) -> String {
    let more = if op == "retract" { String::new() } else { format!(r#","day":"{}","days":{days}"#, date_text(day)) };
    let row = format!(r#"{{"organ":"{organ}","no":"{no}"{more}}}"#);
    format!("{{\"relation\":\"task\",\"op\":\"{op}\",\"row\":{row}}}\n")
}

fn done(op: &str, no: usize, day: i64) -> String {
    let more = if op == "retract" { String::new() } else { format!(r#","day":"{}""#, date_text(day)) };
    format!("{{\"relation\":\"done\",\"op\":\"{op}\",\"row\":{{\"no\":\"{no}\"{more}}}}}\n")
}

/// A few changes, of tasks, of what was done, or of the day, which may also go back.
fn something(rig: &Rig, rng: &mut Rng, today: &mut i64) {
    match rng.below(5) {
        0 => {
            *today += rng.below(12) as i64 - 3;
            rig.clock(&date_text(*today)).unwrap();
        }
        1 => {
            let op = *rng.pick(&["upsert", "upsert", "retract"]);
            rig.send(JUSTICE, &done(op, rng.below(9), *today)).unwrap();
        }
        _ => {
            let organ = *rng.pick(&[POLICE, OTHERS]);
            let op = *rng.pick(&["upsert", "upsert", "retract"]);
            let lines =
                (0..1 + rng.below(4)).map(|_| task(op, organ, rng.below(9), *today - rng.below(9) as i64, rng.below(25) as i64));
            rig.send(organ, &lines.collect::<String>()).unwrap();
        }
    }
}

#[test]
fn what_was_told_happens() {
    let (mut seen, mut ops) = (0, std::collections::BTreeMap::<String, usize>::new());
    for seed in 0..12 * setting("HUIYAN_SCALE", 1) {
        let mut rng = Rng(seed + 77);
        let rig = setup().start(MemoryDisk::seeded(seed));
        let mut today = day("2022-07-01");
        for round in 0..4 {
            (0..1 + rng.below(12)).for_each(|_| something(&rig, &mut rng, &mut today));
            let until = today + rng.below(40) as i64;
            let before = rig.story();
            let (from, days) = agenda(&rig, until).unwrap();
            assert_eq!((rig.story(), from.epoch), (before, rig.handle.read().epoch), "nothing has moved");
            assert_eq!(from.now, date_text(today));
            rig.clock(&date_text(until)).unwrap();
            today = until;
            assert_eq!(days, happened(&rig, from.epoch), "seed {seed}, round {round}");
            seen += days.len();
            for change in days.iter().flat_map(|(_, clues)| clues) {
                *ops.entry(change.split(' ').next().unwrap().to_string()).or_default() += 1;
            }
        }
    }
    println!("{seen} days on which {ops:?} were told and happened");
    assert!(["open", "change", "withdraw", "reopen"].iter().all(|op| ops.get(*op).is_some_and(|n| *n > 20)), "{ops:?}");
}

/// Also after a start from a snapshot, whose clues know of their earlier lives.
#[test]
fn a_start_from_a_snapshot_tells_the_same() {
    let disk = MemoryDisk::seeded(3);
    let mut rng = Rng(5);
    let (mut today, until) = (day("2022-07-01"), day("2022-09-01"));
    let told = {
        let rig = setup().start(disk.clone());
        (0..30).for_each(|_| something(&rig, &mut rng, &mut today));
        rig.snapshot();
        agenda(&rig, until).unwrap().1
    };
    let rig = setup().start(disk);
    assert!(told.len() > 5);
    assert_eq!(agenda(&rig, until).unwrap().1, told);
}

#[test]
fn what_comes_meanwhile_is_taken_and_not_told() {
    let rig = setup().start(MemoryDisk::seeded(1));
    rig.send(POLICE, &task("insert", POLICE, 1, day("2022-07-01"), 5)).unwrap();
    let (until, mut days) = (day("2022-07-31"), 0);
    let from = rig.handle.agenda(until, |foreseen| {
        if days == 0 {
            rig.send(POLICE, &task("insert", POLICE, 2, day("2022-07-01"), 5)).unwrap();
            rig.clock("2022-07-03").unwrap();
            let second = rig.handle.agenda(until, |_| ControlFlow::Continue(()));
            assert_eq!(second.err(), Some(EngineError::AgendaRunning));
        }
        days += 1;
        let is_first = |delta: &ClueDelta| {
            delta.clue.rule == "watched" || delta.clue.columns.iter().any(|(name, no)| name == "no" && no.to_string() == "1")
        };
        assert!(foreseen.clues.iter().all(is_first));
        ControlFlow::Continue(())
    });
    assert_eq!((from.unwrap().now, days), ("2022-07-01".to_string(), 30));
    // The next one knows of it, and may begin.
    let (from, days) = agenda(&rig, until).unwrap();
    assert_eq!(from.now, "2022-07-03");
    assert!(days.iter().any(|(_, clues)| clues.iter().any(|change| change.contains("many"))), "{days:?}");
}

#[test]
fn it_looks_ahead_and_no_further_than_it_may() {
    let rig = setup().start(MemoryDisk::seeded(1));
    let today = day("2022-07-01");
    assert!(agenda(&rig, today).unwrap().1.is_empty());
    assert_eq!(agenda(&rig, today - 1).err(), Some(EngineError::AgendaRange));
    assert!(agenda(&rig, today + AGENDA_DAYS).unwrap().1.is_empty());
    assert_eq!(agenda(&rig, today + AGENDA_DAYS + 1).err(), Some(EngineError::AgendaRange));
    assert_eq!(agenda(&rig, i64::MAX).err(), Some(EngineError::AgendaRange));
    let late = Setup { clock: ClockMode::Manual(huiyan::types::DAY_MAX), ..setup() }.start(MemoryDisk::seeded(1));
    assert_eq!(agenda(&late, huiyan::types::DAY_MAX + 1).err(), Some(EngineError::AgendaRange));
    let rig = Setup::with_rules(".decl a(x: number)\n.output a\na(1).\n").start(MemoryDisk::seeded(1));
    assert_eq!(agenda(&rig, today).err(), Some(EngineError::NoClock));
}

#[test]
fn without_memory_or_rules_that_run_there_is_none() {
    let memory = Memory::told(20_000_000, || Some(16_800_000));
    let rig = Setup { memory, ..setup() }.start(MemoryDisk::seeded(1));
    assert!(agenda(&rig, day("2022-07-02")).is_ok());
    for from in (0..2_000).step_by(500) {
        let lines: String = (from..from + 500).map(|no| task("insert", POLICE, no, day("2022-07-01"), 5)).collect();
        rig.send(POLICE, &lines).unwrap();
    }
    assert_eq!(agenda(&rig, day("2022-07-02")).err(), Some(EngineError::NoRoomForAgenda));
    let budget = Budget { iterations: 100, rows: 200, made: 1 << 30 };
    let rig = Setup { budget, ..setup() }.start(MemoryDisk::seeded(1));
    let lines: String = (0..300).map(|no| task("insert", POLICE, no, day("2022-07-01"), 5)).collect();
    rig.send(POLICE, &lines).unwrap();
    assert_eq!(agenda(&rig, day("2022-07-02")).err(), Some(EngineError::NoAgendaNow));
}
