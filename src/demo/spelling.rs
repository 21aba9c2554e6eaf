//! Other spellings of one thing, as offices write them, and texts that no longer say what they said.

use super::rng::Rng;
use crate::types::{Day, date_text, to_civil};

/// One digit wrong, or two neighbours swapped: the number fails its check, as every such slip does.
pub fn slip(id: &str, rng: &mut Rng) -> String {
    let mut digits: Vec<u8> = id.bytes().collect();
    let at = rng.between(0, 16) as usize;
    if rng.chance(500) && digits[at + 1] != b'X' && digits[at] != digits[at + 1] {
        digits.swap(at, at + 1);
    } else {
        digits[at] = b'0' + (digits[at] - b'0' + 1 + rng.between(0, 8) as u8) % 10;
    }
    digits.into_iter().map(char::from).collect()
}

/// The form of before 1999: no century, no check digit.
pub fn of_15_digits(id: &str) -> String {
    format!("{}{}", &id[..6], &id[8..17])
}

/// Full-width digits and letters.
pub fn wide(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c }).collect()
}

/// Spaces between the characters, or another dot.
pub fn name(name: &str, rng: &mut Rng) -> String {
    if name.contains('·') {
        let dot = rng.pick(&[".", "•", " ", ""]);
        return name.replace('·', dot);
    }
    let space = *rng.pick(&[" ", "\u{3000}"]);
    let parts: Vec<String> = name.chars().map(String::from).collect();
    parts.join(space)
}

/// The same number of a case or paper: other brackets, spaces, width, zeros in front.
pub fn number(text: &str, rng: &mut Rng) -> String {
    match rng.between(0, 3) {
        0 => text.replace(['（', '〔'], "(").replace(['）', '〕'], ")"),
        1 => text.replace(['（', '〔'], "[").replace(['）', '〕'], "] "),
        2 => wide(text),
        _ => match text.rfind(|c: char| !c.is_ascii_digit() && c != '号') {
            // In front of the last number, which is the running one.
            Some(at) => {
                let after = at + text[at..].chars().next().map_or(0, char::len_utf8);
                format!("{}00{}", &text[..after], &text[after..])
            }
            None => text.to_string(),
        },
    }
}

/// A day as some office writes it; each style is one office's habit.
pub fn date(day: Day, style: u64) -> String {
    let Some(date) = to_civil(day) else { return date_text(day) };
    let (year, month, day_of_month) = (date.year(), date.month(), date.day());
    match style % 7 {
        0 => format!("{year}/{month}/{day_of_month}"),
        1 => format!("{year}.{month}.{day_of_month}"),
        2 => format!("{year}{month:02}{day_of_month:02}"),
        3 => format!("{year}年{month}月{day_of_month}日"),
        4 => format!("{}年{}月{}日", figures(year), count(month), count(day_of_month)),
        5 => format!("{} 00:00:00", date_text(day)),
        _ => (day + SERIAL_OF_1970).to_string(),
    }
}

/// A spreadsheet counts days from the end of 1899.
const SERIAL_OF_1970: Day = 25_569;
const FIGURES: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

fn figures(year: i16) -> String {
    year.to_string().bytes().map(|digit| FIGURES[usize::from(digit - b'0')]).collect()
}

/// 1 to 31: 七, 十, 十五, 二十, 三十一.
fn count(number: i8) -> String {
    let figure = |n: i8| if n == 0 { "" } else { FIGURES[n.unsigned_abs() as usize] };
    match number / 10 {
        0 => figure(number).to_string(),
        1 => format!("十{}", figure(number % 10)),
        tens => format!("{}十{}", figure(tens), figure(number % 10)),
    }
}

/// What a spreadsheet leaves of a number: fifteen digits and zeros, or a power of ten where the zeros would show nothing.
pub fn rounded(id: &str) -> String {
    let zeros = format!("{}000", &id[..15]);
    if zeros == id { format!("{}.{}E+17", &id[..1], &id[1..6]) } else { zeros }
}

/// Less than a day: a month, or the days from one to another.
pub fn no_day(day: Day, rng: &mut Rng) -> String {
    let text = date_text(day);
    if rng.chance(500) { text[..7].to_string() } else { format!("{text}至{}", date_text(day + 30)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_the_habits_of_seven_offices() {
        let written: Vec<String> = (0..7).map(|style| date(19_188, style)).collect();
        let expected =
            ["2022/7/15", "2022.7.15", "20220715", "2022年7月15日", "二〇二二年七月十五日", "2022-07-15 00:00:00", "44757"];
        assert_eq!(written, expected);
        for (number, text) in [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (31, "三十一")] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn a_rounded_number_is_another() {
        assert_eq!(rounded("640299198501010011"), "640299198501010000");
        assert_eq!(rounded("640299198501010000"), "6.40299E+17");
    }
}
