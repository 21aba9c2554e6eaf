//! The clock walks day by day, by request or with the wall.

use super::rig::*;
use huiyan::clock::FixedClock;
use huiyan::engine::{ClockMode, ClockTarget, EngineError};
use huiyan::limits::CLOCK_WALK_DAYS;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{Epoch, Value, parse_date, parse_datetime};
use std::sync::Arc;
use std::sync::mpsc::channel;

/// Says on which day something began to be over.
const TWO_CLOCKS: &str = r#"
.decl today(day: date)
.clock today
.decl now(at: datetime)
.clock now
.decl over(day: date)
.output over
over(d) :- today(d), now(t), date_of(t) = d, d > date("2022-07-02").
"#;

fn nows(rig: &Rig) -> Vec<String> {
    rig.handle.read().now.iter().map(|(_, value)| value.to_string()).collect()
}

fn to_instant(rig: &Rig, text: &str) -> Result<Epoch, EngineError> {
    let (reply, answer) = channel();
    let to = ClockTarget::Instant(parse_datetime(text).unwrap());
    rig.handle.set_clock(to, Box::new(move |given| reply.send(given).unwrap()))?;
    answer.recv().unwrap()
}

#[test]
fn a_walk_is_one_epoch_a_day_and_a_step_back_is_one() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    rig.send(POLICE, &(penalty("insert", "1", 1, "hint", "2022-07-02") + &penalty("insert", "2", 1, "hint", "2022-07-04")))
        .unwrap();
    assert_eq!(rig.clock("2022-07-31").unwrap(), Epoch(2 + 30));
    let opened: Vec<String> = (3..=32).map(|n| rig.told_at(Epoch(n))).filter(|told| !told.is_empty()).collect();
    assert_eq!(
        opened,
        [r#"Clock { now: "2022-07-06" } open missing hint 1 was="#, r#"Clock { now: "2022-07-08" } open missing hint 1 was="#]
    );
    assert_eq!(rig.clock("2022-07-31").unwrap(), Epoch(32));
    assert_eq!(rig.clock("2022-07-01").unwrap(), Epoch(33));
    assert_eq!(rig.told_at(Epoch(33)).matches("withdraw").count(), 2);
    assert_eq!(nows(&rig), ["2022-07-01"]);
}

#[test]
fn both_clocks_are_set_from_one_instant() {
    let rig = Setup::with_rules(TWO_CLOCKS).start(MemoryDisk::seeded(1));
    assert_eq!(nows(&rig), ["2022-07-01", "2022-07-01T00:00:00+08:00"]);
    assert_eq!(to_instant(&rig, "2022-07-03T10:30:00").unwrap(), Epoch(4));
    assert_eq!(nows(&rig), ["2022-07-03", "2022-07-03T10:30:00+08:00"]);
    // The date clock stands still inside a day; every midnight was passed on the way.
    assert!(rig.told_at(Epoch(3)).contains("+1 RelId(2)"));
    assert_eq!(rig.told_at(Epoch(4)), "");
    assert_eq!(to_instant(&rig, "2022-07-03T10:31:00").unwrap(), Epoch(5));
    assert_eq!(to_instant(&rig, "2022-07-02T23:00:00").unwrap(), Epoch(6));
    assert_eq!(nows(&rig), ["2022-07-02", "2022-07-02T23:00:00+08:00"]);
}

#[test]
fn a_clock_goes_no_further_than_a_century_and_not_without_one() {
    let rig = Setup::default().start(MemoryDisk::seeded(1));
    let too_far = parse_date("2022-07-01").unwrap() + CLOCK_WALK_DAYS + 1;
    let (reply, answer) = channel();
    rig.handle.set_clock(ClockTarget::Day(too_far), Box::new(move |given| reply.send(given).unwrap())).unwrap();
    assert_eq!(answer.recv().unwrap(), Err(EngineError::ClockRange));
    let (reply, answer) = channel();
    rig.handle.set_clock(ClockTarget::Day(i64::MAX), Box::new(move |given| reply.send(given).unwrap())).unwrap();
    assert_eq!(answer.recv().unwrap(), Err(EngineError::ClockRange));
    let rig = Setup::with_rules(".decl a(x: number)\n.output a\na(1).\n").start(MemoryDisk::seeded(1));
    assert_eq!(rig.clock("2022-07-02"), Err(EngineError::NoClock));
}

#[test]
fn a_wall_clock_catches_up_day_by_day_and_never_goes_back() {
    let disk = MemoryDisk::seeded(1);
    let wall = |text: &str| Arc::new(FixedClock::at(parse_datetime(text).unwrap()));
    let setup = |text: &str| Setup { clock: ClockMode::Wall, wall: wall(text), ..Setup::default() };
    {
        let rig = setup("2022-07-01T09:00:00").start(disk.clone());
        assert_eq!(nows(&rig), ["2022-07-01"]);
        rig.send(POLICE, &penalty("insert", "1", 1, "hint", "2022-07-02")).unwrap();
        assert_eq!(rig.clock("2022-07-02"), Err(EngineError::WallClock));
    }
    {
        // Ten days later, in the evening.
        let rig = setup("2022-07-11T20:00:00").start(disk.clone());
        assert_eq!((rig.handle.read().epoch, nows(&rig)), (Epoch(12), vec!["2022-07-11".to_string()]));
        assert_eq!(rig.told_at(Epoch(7)), r#"Clock { now: "2022-07-06" } open missing hint 1 was="#);
    }
    // The wall was set back: the rules' clock stays. Then midnight passes while it runs.
    let back = setup("2022-07-05T12:00:00");
    let rig = back.start(disk);
    assert_eq!((rig.handle.read().epoch, nows(&rig)), (Epoch(12), vec!["2022-07-11".to_string()]));
    back.wall.set(parse_datetime("2022-07-11T23:59:59").unwrap());
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(rig.handle.read().epoch, Epoch(12));
    back.wall.set(parse_datetime("2022-07-12T00:00:00").unwrap());
    rig.until(|rig| rig.handle.read().epoch == Epoch(13));
    assert_eq!(nows(&rig), ["2022-07-12"]);
}

#[test]
fn a_minute_is_a_tick_where_rules_have_a_datetime_clock() {
    let wall = Arc::new(FixedClock::at(parse_datetime("2022-07-01T09:00:30").unwrap()));
    let setup = Setup { clock: ClockMode::Wall, wall: wall.clone(), ..Setup::with_rules(TWO_CLOCKS) };
    let rig = setup.start(MemoryDisk::seeded(1));
    assert_eq!(nows(&rig), ["2022-07-01", "2022-07-01T09:00:00+08:00"]);
    wall.set(parse_datetime("2022-07-01T09:05:10").unwrap());
    rig.until(|rig| rig.handle.read().epoch == Epoch(2));
    assert_eq!(nows(&rig), ["2022-07-01", "2022-07-01T09:05:00+08:00"]);
}

#[test]
fn a_manual_clock_stays_where_it_was_over_a_restart() {
    let disk = MemoryDisk::seeded(1);
    Setup::default().start(disk.clone()).clock("2022-09-01").unwrap();
    let rig = Setup::default().start(disk);
    assert_eq!(rig.handle.read().now[0].1, Value::Date(parse_date("2022-09-01").unwrap()));
}
