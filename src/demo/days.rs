//! The year of the demo and its rest days, listed by hand: the truth must not lean on the pack's calendar.

use crate::types::{Day, weekday};

/// 2022-01-01
pub const FIRST_DAY: Day = 18_993;
/// 2022-12-31
pub const LAST_DAY: Day = 19_357;

/// Days of rest in Ningxia: 元旦, 春节, 清明, 劳动节, 端午, 古尔邦节 (07-11, 07-12), 中秋, 国庆, 元旦 and 春节 of 2023. 开斋节 fell on 劳动节.
const HOLIDAYS: [(Day, Day); 10] = [
    (18_993, 18_995),
    (19_023, 19_029),
    (19_085, 19_087),
    (19_112, 19_116),
    (19_146, 19_148),
    (19_184, 19_185),
    (19_245, 19_247),
    (19_266, 19_272),
    (19_357, 19_359),
    (19_378, 19_384),
];
/// Days at a weekend that are worked: 01-29, 01-30, 04-02, 04-24, 05-07, 10-08, 10-09, and 2023-01-28, 01-29.
const WORKED: [Day; 9] = [19_021, 19_022, 19_084, 19_106, 19_119, 19_273, 19_274, 19_385, 19_386];

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
        assert_eq!((date_text(FIRST_DAY), date_text(LAST_DAY)), ("2022-01-01".to_string(), "2022-12-31".to_string()));
        for (raw, due) in [
            ("2022-01-01", "2022-01-04"),
            ("2022-01-29", "2022-01-29"),
            ("2022-02-01", "2022-02-07"),
            ("2022-04-02", "2022-04-02"),
            ("2022-04-03", "2022-04-06"),
            ("2022-04-24", "2022-04-24"),
            ("2022-05-01", "2022-05-05"),
            ("2022-05-07", "2022-05-07"),
            ("2022-06-04", "2022-06-06"),
            ("2022-07-09", "2022-07-13"),
            ("2022-07-13", "2022-07-13"),
            ("2022-07-16", "2022-07-18"),
            ("2022-09-10", "2022-09-13"),
            ("2022-10-05", "2022-10-08"),
            ("2022-12-31", "2023-01-03"),
            ("2023-01-21", "2023-01-28"),
        ] {
            assert_eq!(date_text(roll(day(raw))), due, "{raw}");
        }
    }
}
