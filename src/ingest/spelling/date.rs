//! Dates as they are written: with any separator, in Chinese, in one run of digits, as a spreadsheet counts days, with a time of day.

use super::{Spelled, plain};
use crate::ingest::refusal;
use crate::types::{CivilError, Day, day_from_civil, is_space, parse_date, parse_datetime};

type Code = &'static str;

/// No spelling of a date is longer.
const MAX_CHARS: usize = 80;
/// Days that a spreadsheet counts from its own beginning up to 1970-01-01.
const SERIAL_OF_1970: i64 = 25_569;
/// 2000-01-01 to 2050-12-31. Outside, five digits are more likely a slip of the pen, as `20227` is.
const SERIALS: std::ops::RangeInclusive<i64> = 36_526..=55_153;
/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// The day, whatever the time of day.
pub fn day(text: &str) -> Result<Spelled<Day>, Code> {
    match parse_date(text) {
        Ok(day) => return Ok(Spelled::Clean(day)),
        Err(CivilError::Range) => return Err(refusal::NO_SUCH_DAY),
        Err(CivilError::Form) => {}
    }
    read(text).map(|moment| Spelled::Mended(moment.day))
}

/// Microseconds since 1970. A day alone is its midnight in China; what a spreadsheet counts is rounded and no instant.
pub fn instant(text: &str) -> Result<Spelled<i64>, Code> {
    if let Ok(us) = parse_datetime(text) {
        return Ok(Spelled::Clean(us));
    }
    let other = |code| if code == refusal::NOT_A_DATE { refusal::NOT_A_DATETIME } else { code };
    let narrow: String = if text.len() > MAX_CHARS * 4 { String::new() } else { plain(text).into_iter().collect() };
    if let Ok(us) = parse_datetime(&narrow) {
        return Ok(Spelled::Mended(us));
    }
    let Moment { day, us } = read(text).map_err(other)?;
    let us = us.ok_or(refusal::NOT_A_DATETIME)?;
    Ok(Spelled::Mended((day * 86_400 - 8 * 3600) * SECOND + us))
}

/// A day and the microseconds passed in it; `None` where they are not exact.
struct Moment {
    day: Day,
    us: Option<i64>,
}

fn read(text: &str) -> Result<Moment, Code> {
    if text.len() > MAX_CHARS * 4 {
        return Err(refusal::NOT_A_DATE);
    }
    let text = plain(text);
    if let Some(serial) = serial(&text) {
        return Ok(serial);
    }
    let civil = in_digits(&text).or_else(|| with_signs(&text)).ok_or_else(|| why(&text))?;
    let us = time_of_day(civil.rest).ok_or_else(|| why(&text))?;
    let day = day_from_civil(civil.year, civil.month, civil.day).ok_or(refusal::NO_SUCH_DAY)?;
    Ok(Moment { day, us })
}

/// Year, month and day as written, and what follows them.
struct Civil<'a> {
    year: i64,
    month: i64,
    day: i64,
    rest: &'a [char],
}

/// `44757`, `44757.375`
fn serial(text: &[char]) -> Option<Moment> {
    let whole = digits_at(text);
    let fraction = match &text[whole..] {
        [] => &[][..],
        ['.', fraction @ ..] if digits_at(fraction) == fraction.len() && !fraction.is_empty() => fraction,
        _ => return None,
    };
    let days = number(&text[..whole]).filter(|days| whole == 5 && SERIALS.contains(days))?;
    Some(Moment { day: days - SERIAL_OF_1970, us: fraction.iter().all(|c| *c == '0').then_some(0) })
}

/// `20220715`, with a time `20220715083000`.
fn in_digits(text: &[char]) -> Option<Civil<'_>> {
    if !matches!(digits_at(text), 8 | 12 | 14) {
        return None;
    }
    let part = |from: usize, to: usize| number(&text[from..to]);
    Some(Civil { year: part(0, 4)?, month: part(4, 6)?, day: part(6, 8)?, rest: &text[8..] })
}

/// `2022/7/15`, `2022. 7. 15`, `2022年7月15日`, `二〇二二年七月十五日`
fn with_signs(text: &[char]) -> Option<Civil<'_>> {
    let (year, text) = split_at_sign(text)?;
    let (sign, text) = text.split_first()?;
    let (month, text) = split_at_sign(text)?;
    let first_named = month.is_empty() && text.starts_with(&['元', '月']);
    let (second, text) = text[usize::from(first_named)..].split_first()?;
    let agree = match sign {
        '年' => *second == '月',
        '-' | '/' | '.' => second == sign,
        _ => false,
    };
    if !agree {
        return None;
    }
    let text = skip_spaces(text);
    let end = text.iter().take_while(|c| figure(**c).is_some()).count();
    let (day, rest) = text.split_at(end);
    let named = skip_spaces(rest);
    let rest = match named.first() {
        Some('日' | '号') if *sign == '年' => &named[1..],
        _ => rest,
    };
    let year = year_of(without_spaces(year))?;
    let month = if first_named { 1 } else { small(without_spaces(month))? };
    Some(Civil { year, month, day: small(day)?, rest })
}

/// Up to the first character that is no figure and no space, and from there.
fn split_at_sign(text: &[char]) -> Option<(&[char], &[char])> {
    let at = text.iter().position(|c| figure(*c).is_none() && !is_space(*c))?;
    Some(text.split_at(at))
}

fn skip_spaces(text: &[char]) -> &[char] {
    &text[text.iter().take_while(|c| is_space(**c)).count()..]
}

/// Without spaces around.
fn without_spaces(text: &[char]) -> &[char] {
    let text = skip_spaces(text);
    &text[..text.len() - text.iter().rev().take_while(|c| is_space(**c)).count()]
}

/// Four figures, one by one.
fn year_of(text: &[char]) -> Option<i64> {
    if text.len() != 4 {
        return None;
    }
    text.iter().try_fold(0, |year, c| Some(year * 10 + figure(*c).filter(|f| *f < 10)?))
}

/// A month or a day: `7`, `07`, `七`, `十五`, `二十一`, `廿一`, `〇七`.
fn small(text: &[char]) -> Option<i64> {
    let of = |c: &char| figure(*c);
    Some(match text {
        [one] => of(one)?,
        [tens, one] => match (of(tens)?, of(one)?) {
            (tens @ 0..10, one @ 0..10) => tens * 10 + one,
            (tens @ 1..10, 10) if !tens_is_ascii(text) => tens * 10,
            (round @ (10 | 20 | 30), one @ 1..10) => round + one,
            _ => return None,
        },
        [tens, ten, one] => match (of(tens)?, of(ten)?, of(one)?) {
            (tens @ 1..10, 10, one @ 1..10) if !tens_is_ascii(text) => tens * 10 + one,
            _ => return None,
        },
        _ => return None,
    })
}

/// `2十` is nobody's twenty.
fn tens_is_ascii(text: &[char]) -> bool {
    text[0].is_ascii_digit()
}

/// A figure of a date, 10, 20 and 30 for 十, 廿 and 卅. The letter O stands for 〇 in many a document.
fn figure(c: char) -> Option<i64> {
    Some(match c {
        '0'..='9' => i64::from(c as u32 - '0' as u32),
        '〇' | '○' | '零' | 'O' | '◯' => 0,
        '一' | '壹' => 1,
        '二' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        '十' | '拾' => 10,
        '廿' => 20,
        '卅' => 30,
        _ => return None,
    })
}

/// Nothing, `00:00:00`, `T08:30`, `8:30:00.0`, `083000`, `8时30分`, also `+08:00` behind it. Another zone could mean another day.
/// The outer `None`: it is no time of day. The inner: it is finer than a microsecond.
fn time_of_day(rest: &[char]) -> Option<Option<i64>> {
    let mut text: String = without_spaces(rest).iter().collect();
    if text.is_empty() {
        return Some(Some(0));
    }
    if let Some(bare) = ["+08:00", "+0800"].iter().find_map(|zone| text.strip_suffix(zone)) {
        text = bare.trim_end().to_string();
    }
    let text = text.strip_prefix(['T', 't']).unwrap_or(&text);
    let hours_named = text.contains('时');
    let unnamed: String = text.chars().filter(|c| *c != '秒').map(|c| if matches!(c, '时' | '分') { ':' } else { c }).collect();
    let unnamed = unnamed.trim_end_matches(':');
    if unnamed.bytes().all(|b| b.is_ascii_digit()) && matches!(unnamed.len(), 4 | 6) {
        let pairs = (0..unnamed.len() / 2).map(|i| &unnamed[2 * i..2 * i + 2]);
        return seconds_of(pairs).map(|seconds| Some(seconds * SECOND));
    }
    let (whole, fraction) = match unnamed.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit()) => (whole, fraction),
        Some(_) => return None,
        None => (unnamed, ""),
    };
    if !hours_named && !whole.contains(':') {
        return None;
    }
    let seconds = seconds_of(whole.split(':'))?;
    // A fraction of a minute or of an hour is nobody's spelling.
    if !fraction.is_empty() && whole.split(':').count() != 3 {
        return None;
    }
    Some(micros_of(fraction).map(|us| seconds * SECOND + us))
}

/// Digits behind the point of a second; `None` if there is something beyond the sixth.
fn micros_of(fraction: &str) -> Option<i64> {
    let beyond = fraction.bytes().skip(6).any(|digit| digit != b'0');
    let six = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    (!beyond).then(|| six.fold(0, |us, digit| us * 10 + i64::from(digit - b'0')))
}

/// Hours, minutes, seconds; what is left out is 0.
fn seconds_of<'a>(parts: impl Iterator<Item = &'a str>) -> Option<i64> {
    let mut units = [(3600, 24), (60, 60), (1, 60)].into_iter();
    let mut seconds = 0;
    for part in parts {
        let (unit, below) = units.next()?;
        let digits = !part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
        let count: i64 = part.parse().ok().filter(|n| digits && *n < below)?;
        seconds += count * unit;
    }
    Some(seconds)
}

/// Which mistake a text that is no date comes nearest to.
fn why(text: &[char]) -> Code {
    let runs: Vec<usize> = text
        .split(|c| figure(*c).is_none())
        .filter(|run| run.iter().any(|c| *c != 'O'))
        .map(|run| if run.iter().any(char::is_ascii_digit) { run.len() } else { run.len().min(4) })
        .collect();
    let joins = text.iter().any(|c| matches!(c, '至' | '到' | '~' | '～')) && runs.len() > 1;
    let clock = text.contains(&':');
    match runs.as_slice() {
        _ if joins => refusal::DATE_RANGE,
        [8, 8] | [6, 6] | [4, _, 4, _] | [4, _, _, 4, _, _] | [4, _, _, _, _] if !clock => refusal::DATE_RANGE,
        [4] | [4, 1 | 2] | [1 | 2, 4] => refusal::DATE_WITHOUT_DAY,
        [6] if is_month(text) => refusal::DATE_WITHOUT_DAY,
        [5] if digits_at(text) == text.len() => refusal::DATE_COUNT,
        [6] | [1 | 2, 1 | 2, 1 | 2, ..] => refusal::TWO_DIGIT_YEAR,
        [1 | 2, 1 | 2, 4, ..] => refusal::DAY_FIRST,
        _ => refusal::NOT_A_DATE,
    }
}

/// `202207`
fn is_month(text: &[char]) -> bool {
    digits_at(text) == 6
        && number(&text[..4]).is_some_and(|y| (1900..2100).contains(&y))
        && number(&text[4..6]).is_some_and(|m| (1..=12).contains(&m))
}

/// How many ASCII digits it begins with.
fn digits_at(text: &[char]) -> usize {
    text.iter().take_while(|c| c.is_ascii_digit()).count()
}

fn number(digits: &[char]) -> Option<i64> {
    digits.iter().try_fold(0i64, |n, c| n.checked_mul(10)?.checked_add(i64::from(c.to_digit(10)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Day = 19_188;

    #[test]
    fn one_day_in_many_spellings() {
        assert_eq!(day("2022-07-15"), Ok(Spelled::Clean(DAY)));
        for text in [
            "2022/7/15",
            "2022.7.15",
            "2022-7-15",
            "2022/07/15",
            "20220715",
            "2022年7月15日",
            "2022年07月15号",
            "2022年7月15",
            "二〇二二年七月十五日",
            "二零二二年七月十五日",
            "二○二二年07月一五日",
            "二OO二年七月十五日",
            "贰零贰贰年柒月拾伍日",
            "44757",
            "44757.0",
            "44757.375",
            "２０２２－０７－１５",
            "２０２２／７／１５",
            "2022 年 7 月 15 日",
            "2022. 7. 15",
            " 2022-07-15\u{3000}",
            "\u{feff}2022-07-15",
            "2022—07—15",
            "2022-07-15 00:00:00",
            "2022-07-15T08:30:00",
            "2022/7/15 0:00",
            "2022-07-15 23:59:59.999",
            "2022-07-15T00:00:00+08:00",
            "20220715000000",
            "2022年7月15日 8时30分",
            "2022年7月15日15时",
            "2022-07-15 ",
        ] {
            let want = if text.starts_with("二OO二") { DAY - 7305 } else { DAY };
            assert_eq!(day(text), Ok(Spelled::Mended(want)), "{text}");
        }
        for (text, last) in [("三十一", 31), ("廿一", 21), ("卅一", 31), ("二十", 20), ("十", 10), ("一十", 10), ("卅", 30)]
        {
            let want = day_from_civil(2022, 1, last).unwrap();
            assert_eq!(day(&format!("二〇二二年元月{text}日")), Ok(Spelled::Mended(want)), "{text}");
        }
    }

    #[test]
    fn what_is_not_certain_is_refused_with_its_own_reason() {
        for (text, code) in [
            ("2022-07", refusal::DATE_WITHOUT_DAY),
            ("2022年7月", refusal::DATE_WITHOUT_DAY),
            ("2022", refusal::DATE_WITHOUT_DAY),
            ("202207", refusal::DATE_WITHOUT_DAY),
            ("二〇二二年七月", refusal::DATE_WITHOUT_DAY),
            ("7/2022", refusal::DATE_WITHOUT_DAY),
            ("2016.01.31-2018.01.30", refusal::DATE_RANGE),
            ("2016年1月31日至2018年1月30日", refusal::DATE_RANGE),
            ("20160131-20180130", refusal::DATE_RANGE),
            ("2016-01-31~2018-01-30", refusal::DATE_RANGE),
            ("22-07-15", refusal::TWO_DIGIT_YEAR),
            ("22/7/15", refusal::TWO_DIGIT_YEAR),
            ("22年7月15日", refusal::TWO_DIGIT_YEAR),
            ("220715", refusal::TWO_DIGIT_YEAR),
            ("15/07/2022", refusal::DAY_FIRST),
            ("7-15-2022", refusal::DAY_FIRST),
            ("2023-02-29", refusal::NO_SUCH_DAY),
            ("2022/13/1", refusal::NO_SUCH_DAY),
            ("20220230", refusal::NO_SUCH_DAY),
            ("0000-00-00", refusal::NO_SUCH_DAY),
            ("二〇二二年二月三十日", refusal::NO_SUCH_DAY),
            ("不详", refusal::NOT_A_DATE),
            ("2022-07/15", refusal::NOT_A_DATE),
            ("99999", refusal::DATE_COUNT),
            ("20227", refusal::DATE_COUNT),
            ("36525", refusal::DATE_COUNT),
            ("55154", refusal::DATE_COUNT),
            ("9999", refusal::DATE_WITHOUT_DAY),
            ("2022-07-15Z", refusal::NOT_A_DATE),
            ("2022-07-14T16:00:00Z", refusal::NOT_A_DATE),
            ("2022-07-15 24:00:00", refusal::NOT_A_DATE),
            ("2022-07-15 x", refusal::NOT_A_DATE),
            ("农历七月十五", refusal::NOT_A_DATE),
            ("2022-07-155", refusal::NOT_A_DATE),
            ("1.5", refusal::NOT_A_DATE),
            ("44757.", refusal::NOT_A_DATE),
            ("-44757", refusal::NOT_A_DATE),
        ] {
            assert_eq!(day(text), Err(code), "{text}");
        }
        assert_eq!(day(&"2".repeat(100_000)), Err(refusal::NOT_A_DATE));
    }

    #[test]
    fn instants_too_but_not_from_a_count_of_days() {
        let us = (DAY * 86_400 + 30 * 60) * 1_000_000;
        assert_eq!(instant("2022-07-15T08:30:00+08:00"), Ok(Spelled::Clean(us)));
        for text in ["2022/7/15 8:30", "2022年7月15日8时30分0秒", "２０２２-07-15 08:30:00", "20220715083000"] {
            assert_eq!(instant(text), Ok(Spelled::Mended(us)), "{text}");
        }
        for (text, more) in
            [("2022/7/15 8:30:00.5", 500_000), ("2022.7.15 8:30:00.000001000", 1), ("2022年7月15日8时30分0.25秒", 250_000)]
        {
            assert_eq!(instant(text), Ok(Spelled::Mended(us + more)), "{text}");
        }
        assert_eq!(day("36526"), Ok(Spelled::Mended(day_from_civil(2000, 1, 1).unwrap())));
        assert_eq!(day("55153"), Ok(Spelled::Mended(day_from_civil(2050, 12, 31).unwrap())));
        for text in ["2022/7/15 8:30:00.0000001", "2022/7/15 8:30.5", "44757.354166667", "tomorrow", "1"] {
            assert_eq!(instant(text), Err(refusal::NOT_A_DATETIME), "{text}");
        }
        assert_eq!(instant("2022-07"), Err(refusal::DATE_WITHOUT_DAY));
    }
}
