//! How a clock gets from one moment to another: forward day by day, back in one step. Pure.

use super::EngineError;
use crate::limits::CLOCK_WALK_DAYS;
use crate::types::{Day, Kind, RelId, Value, day_of_datetime};

const DAY_US: i64 = 86_400_000_000;
const MINUTE_US: i64 = 60_000_000;
/// 00:00 in China lies so long before 00:00 UTC.
const CHINA_US: i64 = 8 * 3_600_000_000;

/// Which clocks the rules declare. Both are always set from one instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clocks {
    None,
    /// Only a date: between two midnights nothing moves.
    Date,
    /// A datetime, with or without a date.
    Datetime,
}

/// 00:00 +08:00 of a day.
pub fn midnight(day: Day) -> i64 {
    day * DAY_US - CHINA_US
}

/// What clocks show, as an instant; `None` if there are none.
pub fn instant_of(now: &[(RelId, Value)]) -> Option<i64> {
    let instants = now.iter().filter_map(|(_, value)| match value {
        Value::Datetime(us) => Some((true, *us)),
        Value::Date(day) => Some((false, midnight(*day))),
        _ => None,
    });
    // The datetime says more than the day.
    instants.max().map(|(_, instant)| instant)
}

/// What a clock of this kind says at an instant; `None` outside the calendar.
pub fn value_at(kind: Kind, instant: i64) -> Option<Value> {
    let day = day_of_datetime(instant)?;
    Some(if kind == Kind::Datetime { Value::Datetime(instant) } else { Value::Date(day) })
}

/// The instant that a clock of the wall shows: the minute, or midnight if there is nothing finer than a date.
pub fn shown_by_wall(clocks: Clocks, wall_us: i64) -> i64 {
    match clocks {
        Clocks::Datetime => wall_us.div_euclid(MINUTE_US) * MINUTE_US,
        Clocks::Date | Clocks::None => (wall_us + CHINA_US).div_euclid(DAY_US) * DAY_US - CHINA_US,
    }
}

/// Microseconds from this instant until the wall's clock shows something else.
pub fn until_next(clocks: Clocks, wall_us: i64) -> i64 {
    let step = if clocks == Clocks::Datetime { MINUTE_US } else { DAY_US };
    shown_by_wall(clocks, wall_us) + step - wall_us
}

/// The instants at which the clock stops on its way, in order, one epoch each: every midnight and then the goal; a single one back; none
/// if it is there already.
pub fn steps(clocks: Clocks, from: i64, to: i64) -> Result<Vec<i64>, EngineError> {
    let day = |instant| day_of_datetime(instant).ok_or(EngineError::ClockRange);
    let (first, last) = (day(from)?, day(to)?);
    let goal = match clocks {
        Clocks::None => return Err(EngineError::NoClock),
        Clocks::Date => midnight(last),
        Clocks::Datetime => to,
    };
    // Back as far as forward: from further back nobody would come home within the feed.
    if (last - first).abs() > CLOCK_WALK_DAYS {
        return Err(EngineError::ClockRange);
    }
    if goal < from {
        return Ok(vec![goal]);
    }
    let mut stops: Vec<i64> = (first + 1..=last).map(midnight).collect();
    if goal > from && stops.last() != Some(&goal) {
        stops.push(goal);
    }
    Ok(stops)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{DAY_MAX, parse_date, parse_datetime};

    fn day(text: &str) -> i64 {
        midnight(parse_date(text).unwrap())
    }

    fn at(text: &str) -> i64 {
        parse_datetime(text).unwrap()
    }

    #[test]
    fn a_date_clock_stops_at_each_midnight_and_nowhere_else() {
        let stops = steps(Clocks::Date, day("2023-02-27"), at("2023-03-01T17:30:00")).unwrap();
        assert_eq!(stops, [day("2023-02-28"), day("2023-03-01")]);
        assert_eq!(steps(Clocks::Date, day("2023-02-27"), at("2023-02-27T23:59:59")).unwrap(), [0i64; 0]);
        assert_eq!(steps(Clocks::Date, day("2023-02-27"), at("2022-01-05T12:00:00")).unwrap(), [day("2022-01-05")]);
    }

    #[test]
    fn a_datetime_clock_stops_at_each_midnight_and_at_its_goal() {
        let from = at("2023-02-27T10:00:00");
        let stops = steps(Clocks::Datetime, from, at("2023-03-01T17:30:00")).unwrap();
        assert_eq!(stops, [day("2023-02-28"), day("2023-03-01"), at("2023-03-01T17:30:00")]);
        assert_eq!(steps(Clocks::Datetime, from, day("2023-02-28")).unwrap(), [day("2023-02-28")]);
        assert_eq!(steps(Clocks::Datetime, from, from).unwrap(), [0i64; 0]);
        assert_eq!(steps(Clocks::Datetime, from, from - 1).unwrap(), [from - 1]);
    }

    #[test]
    fn a_walk_has_an_end_and_stays_in_the_calendar() {
        let from = day("2023-01-01");
        assert_eq!(steps(Clocks::Date, from, from + CLOCK_WALK_DAYS * DAY_US).unwrap().len(), CLOCK_WALK_DAYS as usize);
        assert_eq!(steps(Clocks::Date, from, from + (CLOCK_WALK_DAYS + 1) * DAY_US), Err(EngineError::ClockRange));
        assert_eq!(steps(Clocks::Date, from, midnight(DAY_MAX) + DAY_US), Err(EngineError::ClockRange));
        assert_eq!(steps(Clocks::Date, from, i64::MAX), Err(EngineError::ClockRange));
        assert_eq!(steps(Clocks::None, from, from + 1), Err(EngineError::NoClock));
    }

    #[test]
    fn the_wall_shows_minutes_or_days_of_china() {
        let wall = at("2023-03-01T00:00:30");
        assert_eq!(shown_by_wall(Clocks::Date, wall), day("2023-03-01"));
        assert_eq!(shown_by_wall(Clocks::Datetime, wall + 1), day("2023-03-01"));
        assert_eq!(shown_by_wall(Clocks::Date, day("2023-03-01") - 1), day("2023-02-28"));
        assert_eq!((until_next(Clocks::Datetime, wall), until_next(Clocks::Date, day("2023-03-01"))), (30_000_000, DAY_US));
    }
}
