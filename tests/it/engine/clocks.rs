//! The clock walks day by day, by request or with the wall.

use super::rig::*;
use super::snapshots::{Dice, scale};
use huiyan::clock::FixedClock;
use huiyan::engine::{ClockMode, ClockTarget, EngineError};
use huiyan::limits::CLOCK_WALK_DAYS;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::{Day, Epoch, Value, date_text, day_of_datetime, parse_date, parse_datetime};
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

/// Where the wall may be found: a bit before or after, a leap day off, at the ends of clocks.
fn jump(wall: i64, dice: &mut Dice) -> i64 {
    const DAY_US: i64 = 86_400_000_000;
    match dice.below(10) {
        0 => wall - 1_000_000,
        1 => wall + 1_000_000,
        2 => wall - DAY_US,
        3 | 4 => wall + DAY_US,
        5 => wall - 366 * DAY_US,
        6 => wall + 366 * DAY_US,
        7 => parse_datetime("1970-01-01T08:00:00").unwrap(),
        8 => parse_datetime("2038-01-19T11:14:08").unwrap(),
        _ => parse_datetime("9999-12-31T23:59:59").unwrap(),
    }
}

fn today(rig: &Rig) -> Day {
    let Value::Date(day) = rig.handle.read().now[0].1 else { panic!("a date clock") };
    day
}

/// Everything that was told after an epoch, a line each.
fn told_after(rig: &Rig, epoch: Epoch) -> Vec<String> {
    let feed = rig.handle.read().feed.after(epoch, usize::MAX).unwrap();
    feed.iter().map(|changes| format!("{:?} {}", changes.epoch, told(changes))).collect()
}

/// What the wall shows decides when a day begins, and nothing else: it is in the journal (promise T1). Days that were jumped over come one by
/// one, and none comes back (T2).
#[test]
fn t1_t2_the_wall_jumps_anywhere_and_changes_no_answer() {
    // Every day is told.
    let rules = RULES.to_string() + ".decl day(day: date)\n.output day\nday(d) :- today(d).\n";
    let at = |wall: i64, workers: usize| Setup {
        rules: rules.clone(),
        clock: ClockMode::Wall,
        wall: Arc::new(FixedClock::at(wall)),
        workers,
        ..Setup::default()
    };
    for seed in 0..2 * scale() {
        let (disk, mut dice) = (MemoryDisk::seeded(seed), Dice(seed));
        let mut wall = parse_datetime("2022-07-01T09:00:00").unwrap();
        let (mut lived, mut day, mut last) = (Vec::new(), parse_date("2022-07-01").unwrap(), Epoch(0));
        for _ in 0..10 {
            let rig = at(wall, 1).start(disk.clone());
            // Where the wall shows no day of the calendar, or one a century off, the rules' clock stands still.
            let shown = day_of_datetime(wall).filter(|shown| shown - day <= CLOCK_WALK_DAYS);
            let expected = shown.unwrap_or(day).max(day);
            assert_eq!(today(&rig), expected, "seed {seed}");
            let days: Vec<String> = (day + 1..=expected).map(|day| format!("Clock {{ now: \"{}\" }}", date_text(day))).collect();
            let told = told_after(&rig, last);
            let clocks: Vec<&String> = told.iter().filter(|line| line.contains("Clock")).collect();
            assert_eq!(clocks.len(), days.len(), "seed {seed}");
            assert!(days.iter().zip(&clocks).all(|(day, told)| told.contains(day.as_str())), "seed {seed}: {clocks:?}");
            let near = date_text(expected + dice.below(10) as i64 - 5);
            rig.send(POLICE, &penalty("upsert", &dice.below(9).to_string(), 1, "hint", &near)).unwrap();
            lived.extend(told_after(&rig, last));
            (day, last, wall) = (expected, rig.handle.read().epoch, jump(wall, &mut dice));
        }
        let story = at(parse_datetime("1970-01-01T08:00:00").unwrap(), 1).start(disk.clone()).story();
        for (wall, workers) in [("2000-02-29T12:00:00", 2), ("9999-12-31T23:59:59", 3)] {
            let rig = at(parse_datetime(wall).unwrap(), workers).start(disk.clone());
            assert_eq!(told_after(&rig, Epoch(0)), lived, "seed {seed}");
            assert_eq!(rig.story(), story, "seed {seed}");
        }
    }
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
