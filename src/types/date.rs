//! Civil days and instants: parsing, printing, months, and the term arithmetic of the criminal procedure law.
//!
//! A day is a count from 1970-01-01 between [`DAY_MIN`] (0001-01-01) and [`DAY_MAX`] (9999-12-31); what would leave that range has no
//! value. Instants are microseconds and are shown with `+08:00`, the one civil time of the country. Nothing here reads a clock.

use jiff::civil::Date;
use jiff::{ToSpan, Unit};

/// Days since 1970-01-01.
pub type Day = i64;

/// 0001-01-01.
pub const DAY_MIN: Day = -719_162;
/// 9999-12-31.
pub const DAY_MAX: Day = 2_932_896;

const US_PER_DAY: i64 = 86_400_000_000;
const CHINA_OFFSET_US: i64 = 8 * 3_600_000_000;

/// Why a text or a sum is no day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CivilError {
    #[error("not a date of the form YYYY-MM-DD")]
    Form,
    #[error("no such day in the calendar, or outside 0001-01-01 to 9999-12-31")]
    Range,
}

fn epoch() -> Date {
    jiff::civil::date(1970, 1, 1)
}

/// The civil date of a day, `None` outside the range.
pub fn to_civil(day: Day) -> Option<Date> {
    if !(DAY_MIN..=DAY_MAX).contains(&day) {
        return None;
    }
    epoch().checked_add(day.days()).ok()
}

/// The day of a civil date, `None` if there is none such.
pub fn day_from_civil(year: i64, month: i64, day: i64) -> Option<Day> {
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    if date.year() < 1 { None } else { day_of(date) }
}

fn day_of(date: Date) -> Option<Day> {
    let span = date.since((Unit::Day, epoch())).ok()?;
    let day = i64::from(span.get_days());
    (DAY_MIN..=DAY_MAX).contains(&day).then_some(day)
}

/// 1 = Monday to 7 = Sunday.
pub fn weekday(day: Day) -> i64 {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7) + 1
}

/// Exactly `YYYY-MM-DD`. Other spellings are the business of the door, not of the engine.
pub fn parse_date(text: &str) -> Result<Day, CivilError> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Result<i64, CivilError> {
        bytes[from..to]
            .iter()
            .try_fold(0i64, |n, b| if b.is_ascii_digit() { Ok(n * 10 + i64::from(b - b'0')) } else { Err(CivilError::Form) })
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(CivilError::Form);
    }
    day_from_civil(digits(0, 4)?, digits(5, 7)?, digits(8, 10)?).ok_or(CivilError::Range)
}

/// RFC 3339 with a zone (`2022-07-15T08:00:00+08:00`), or without one, then civil time of China. Microseconds since 1970 UTC.
pub fn parse_datetime(text: &str) -> Result<i64, CivilError> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(instant.as_microsecond());
    }
    let civil: jiff::civil::DateTime = text.parse().map_err(|_| CivilError::Form)?;
    let day = day_of(civil.date()).ok_or(CivilError::Range)?;
    let time = civil.time();
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    let us = seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1000;
    Ok(day * US_PER_DAY + us - CHINA_OFFSET_US)
}

/// `YYYY-MM-DD`; a day out of range prints its number, which no reader takes for a date.
pub fn date_text(day: Day) -> String {
    match to_civil(day) {
        Some(date) => format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
        None => format!("day({day})"),
    }
}

/// RFC 3339 with `+08:00`, microseconds only where there are some.
pub fn datetime_text(us: i64) -> String {
    let Some(local) = us.checked_add(CHINA_OFFSET_US) else { return format!("instant({us})") };
    let (day, rest) = (local.div_euclid(US_PER_DAY), local.rem_euclid(US_PER_DAY));
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 {
        format!("{}T{time}+08:00", date_text(day))
    } else {
        format!("{}T{time}.{fraction:06}+08:00", date_text(day))
    }
}

/// The civil day in China on which an instant falls; `None` outside the range of days.
pub fn day_of_datetime(us: i64) -> Option<Day> {
    let day = us.checked_add(CHINA_OFFSET_US)?.div_euclid(US_PER_DAY);
    (DAY_MIN..=DAY_MAX).contains(&day).then_some(day)
}

/// The same day of a later (or earlier) month; where it does not exist, the last day of that month.
pub fn add_months(day: Day, months: i64) -> Option<Day> {
    let date = to_civil(day)?;
    let index = (i64::from(date.year()) * 12 + i64::from(date.month()) - 1).checked_add(months)?;
    let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
    day_from_civil(year, month, i64::from(date.day()).min(days_in_month(year, month)?))
}

fn days_in_month(year: i64, month: i64) -> Option<i64> {
    let first = Date::new(year.try_into().ok()?, month.try_into().ok()?, 1).ok()?;
    Some(i64::from(first.days_in_month()))
}

/// Last day of a term (刑期, 考验期, 剥权期) that counts its first day: 刑诉法解释 202.
///
/// Years are added first, then months. The term ends the day before the same day of the last month; where that day does not exist, the
/// last day of that month takes its place. By months from a month's last day it runs to the day before the last month's last day.
pub fn term_end(start: Day, years: i64, months: i64) -> Option<Day> {
    if years < 0 || months < 0 {
        return None;
    }
    let after_years = add_months(start, years.checked_mul(12)?)?;
    if months == 0 {
        return after_years.checked_sub(1).filter(|d| *d >= DAY_MIN);
    }
    let date = to_civil(after_years)?;
    let anniversary = add_months(after_years, months)?;
    let from_last_day = date.day() == date.days_in_month();
    let end = if from_last_day {
        let last = to_civil(anniversary)?;
        anniversary + i64::from(last.days_in_month() - last.day())
    } else {
        anniversary
    };
    Some(end - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        parse_date(text).unwrap()
    }

    #[test]
    fn days_read_and_print() {
        assert_eq!(day("1970-01-01"), 0);
        assert_eq!((day("0001-01-01"), day("9999-12-31")), (DAY_MIN, DAY_MAX));
        for text in ["2022-07-15", "2024-02-29", "1969-12-31"] {
            assert_eq!(date_text(day(text)), text);
        }
        for (text, why) in [
            ("2023-02-29", CivilError::Range),
            ("2022-7-15", CivilError::Form),
            ("0000-01-01", CivilError::Range),
            ("2022-07-1é", CivilError::Form),
        ] {
            assert_eq!(parse_date(text), Err(why), "{text}");
        }
        assert_eq!(to_civil(DAY_MAX + 1), None);
        assert_eq!((weekday(day("2022-07-18")), weekday(day("2022-07-17"))), (1, 7));
    }

    #[test]
    fn instants_are_shown_in_china() {
        let us = parse_datetime("2022-07-14T16:00:00Z").unwrap();
        assert_eq!(datetime_text(us), "2022-07-15T00:00:00+08:00");
        assert_eq!(parse_datetime("2022-07-15T00:00:00").unwrap(), us);
        assert_eq!((day_of_datetime(us), day_of_datetime(us - 1)), (Some(day("2022-07-15")), Some(day("2022-07-14"))));
    }

    #[test]
    fn months_clamp_to_the_last_day() {
        for (from, months, to) in [
            ("2026-11-30", 3, "2027-02-28"),
            ("2023-11-30", 3, "2024-02-29"),
            ("2022-03-31", -1, "2022-02-28"),
            ("2022-01-15", 12, "2023-01-15"),
        ] {
            assert_eq!(add_months(day(from), months), Some(day(to)));
        }
        assert_eq!(add_months(0, i64::MAX), None);
    }

    #[test]
    fn terms_end_as_article_202_says() {
        for (start, years, months, end) in [
            ("2016-01-31", 2, 0, "2018-01-30"),
            ("2022-06-28", 2, 0, "2024-06-27"),
            ("2024-02-29", 1, 0, "2025-02-27"),
            ("2023-02-28", 0, 1, "2023-03-30"),
            ("2022-01-15", 1, 6, "2023-07-14"),
            ("2022-01-30", 0, 1, "2022-02-27"),
            ("2022-01-31", 0, 1, "2022-02-27"),
            ("2022-01-01", 0, 3, "2022-03-31"),
        ] {
            assert_eq!(term_end(day(start), years, months).map(date_text).as_deref(), Some(end), "{start} {years} {months}");
        }
        assert_eq!(term_end(0, -1, 0), None);
    }
}
