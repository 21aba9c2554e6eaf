//! The half year of the demo and its rest days, listed by hand: the truth must not lean on the pack's calendar.

use crate::types::{Day, weekday};

/// 2022-07-01
pub const FIRST_DAY: Day = 19_174;
/// 2022-12-31
pub const LAST_DAY: Day = 19_357;

/// 中秋节 2022-09-10 to 09-12, 国庆节 10-01 to 10-07, 元旦 2022-12-31 to 2023-01-02, and 春节 2023-01-21 to 01-27.
const HOLIDAYS: [(Day, Day); 4] = [(19_245, 19_247), (19_266, 19_272), (19_357, 19_359), (19_378, 19_384)];
/// Days at a weekend that are worked: 2022-10-08, 10-09, 2023-01-28, 01-29.
const WORKED: [Day; 4] = [19_273, 19_274, 19_385, 19_386];

fn rests(day: Day) -> bool {
    HOLIDAYS.iter().any(|(from, to)| (*from..=*to).contains(&day)) || (weekday(day) >= 6 && !WORKED.contains(&day))
}

/// The day itself, or the next one that is worked.
pub fn roll(day: Day) -> Day {
    (day..).find(|d| !rests(*d)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{date_text, parse_date};

    #[test]
    fn due_days_of_the_known_cases() {
        let day = |text: &str| parse_date(text).unwrap_or_default();
        assert_eq!((date_text(FIRST_DAY), date_text(LAST_DAY)), ("2022-07-01".to_string(), "2022-12-31".to_string()));
        for (raw, due) in [
            ("2022-07-16", "2022-07-18"),
            ("2022-10-05", "2022-10-08"),
            ("2022-09-10", "2022-09-13"),
            ("2022-07-13", "2022-07-13"),
        ] {
            assert_eq!(date_text(roll(day(raw))), due);
        }
    }
}
