//! Numbers as they are written: in any width, with thousands set apart, with a fraction of nothing.

use super::{Spelled, plain};
use crate::ingest::refusal;

type Code = &'static str;

/// No spelling of a number is longer.
const MAX_CHARS: usize = 80;

/// The sign and digits of a whole number, for the kind that takes it to parse; not of the one clean form, which was tried before.
pub fn whole(text: &str) -> Result<String, Code> {
    let text = unmarked(text, refusal::NOT_A_NUMBER)?;
    let (number, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
    if !is_digits(digits) || !is_digits(fraction) {
        return Err(why(&text, refusal::NOT_A_NUMBER));
    }
    if fraction.bytes().any(|b| b != b'0') {
        return Err(refusal::FRACTION);
    }
    Ok(number.to_string())
}

pub fn float(text: &str) -> Result<Spelled<f64>, Code> {
    if let Some(value) = parsed(text) {
        return Ok(if is_plain(text) { Spelled::Clean(value) } else { Spelled::Mended(value) });
    }
    let text = unmarked(text, refusal::NOT_A_FLOAT)?;
    parsed(&text).map(Spelled::Mended).ok_or_else(|| why(&text, refusal::NOT_A_FLOAT))
}

/// Of a text that is a number: without a sign or zeros that say nothing.
pub fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.as_bytes() {
        [b'+', ..] => false,
        [b'0'] => digits.len() == text.len(),
        [b'0', next, ..] => !next.is_ascii_digit(),
        _ => true,
    }
}

/// Not what Rust calls a float besides: `inf`, `nan`.
fn parsed(text: &str) -> Option<f64> {
    let signs = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E');
    text.parse().ok().filter(|x: &f64| x.is_finite() && text.bytes().all(signs))
}

/// Narrow, and without commas where they set thousands apart.
fn unmarked(text: &str, code: Code) -> Result<String, Code> {
    if text.len() > MAX_CHARS * 4 {
        return Err(code);
    }
    let text: String = plain(text).into_iter().collect();
    if !text.contains(',') {
        return Ok(text);
    }
    let (number, fraction) = match text.split_once('.') {
        Some((number, fraction)) => (number, Some(fraction)),
        None => (text.as_str(), None),
    };
    let mut groups = number.split(',');
    let first = groups.next().unwrap_or("");
    let unsigned = first.strip_prefix(['-', '+']).unwrap_or(first);
    let in_thousands = is_digits(unsigned) && unsigned.len() <= 3 && groups.all(|group| group.len() == 3 && is_digits(group));
    // Commas elsewhere are no thousands; what stays is refused by them.
    let joined = if in_thousands { number.replace(',', "") } else { number.to_string() };
    Ok(fraction.map_or(joined.clone(), |fraction| format!("{joined}.{fraction}")))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Which mistake a text that is no number comes nearest to. `text` is narrow.
fn why(text: &str, otherwise: Code) -> Code {
    let number = text.trim_start_matches(['¥', '￥', '$', '-', '+', ' ']);
    let marked = number.len() != text.trim_start_matches(['-', '+', ' ']).len();
    let rest = number.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    let digits = number.len() - rest.len();
    match rest.trim_start().chars().next() {
        Some('/') if digits > 0 => refusal::FRACTION,
        // A letter of the number's own: `1e5`, `0x10`.
        Some(c) if digits > 0 && c.is_alphabetic() && !c.is_ascii() => refusal::NUMBER_WITH_UNIT,
        Some('%' | '°' | '℃') if digits > 0 => refusal::NUMBER_WITH_UNIT,
        None if marked && digits > 0 => refusal::NUMBER_WITH_UNIT,
        _ => otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_in_many_spellings() {
        for (text, want) in [
            ("１２", "12"),
            ("1,234", "1234"),
            ("1，234，567", "1234567"),
            ("3.0", "3"),
            ("-1,000.00", "-1000"),
            ("－３", "-3"),
            ("−3", "-3"),
            (" 7 ", "7"),
            ("007", "007"),
        ] {
            assert_eq!(whole(text).as_deref(), Ok(want), "{text}");
        }
        for (text, code) in [
            ("3年", refusal::NUMBER_WITH_UNIT),
            ("10 日", refusal::NUMBER_WITH_UNIT),
            ("500元", refusal::NUMBER_WITH_UNIT),
            ("￥500", refusal::NUMBER_WITH_UNIT),
            ("¥500.00", refusal::NUMBER_WITH_UNIT),
            ("3.5年", refusal::NUMBER_WITH_UNIT),
            ("50%", refusal::NUMBER_WITH_UNIT),
            ("3.5", refusal::FRACTION),
            ("1/2", refusal::FRACTION),
            ("0.50", refusal::FRACTION),
            ("1,23", refusal::NOT_A_NUMBER),
            ("1234,567", refusal::NOT_A_NUMBER),
            (",123", refusal::NOT_A_NUMBER),
            ("1,234,", refusal::NOT_A_NUMBER),
            ("十五", refusal::NOT_A_NUMBER),
            ("1e5", refusal::NOT_A_NUMBER),
            ("3.", refusal::NOT_A_NUMBER),
            (".5", refusal::NOT_A_NUMBER),
            ("1 2", refusal::NOT_A_NUMBER),
            ("--3", refusal::NOT_A_NUMBER),
            ("", refusal::NOT_A_NUMBER),
            ("1.000,00", refusal::NOT_A_NUMBER),
        ] {
            assert_eq!(whole(text), Err(code), "{text}");
        }
    }

    #[test]
    fn floats_too() {
        assert_eq!(float("1.5"), Ok(Spelled::Clean(1.5)));
        for (text, want) in [("1,234.5", 1234.5), ("１．５", 1.5), ("-1，000", -1000.0)] {
            assert_eq!(float(text), Ok(Spelled::Mended(want)), "{text}");
        }
        for (text, code) in [
            ("nan", refusal::NOT_A_FLOAT),
            ("inf", refusal::NOT_A_FLOAT),
            ("1.5元", refusal::NUMBER_WITH_UNIT),
            ("1e999", refusal::NOT_A_FLOAT),
            ("1,2.5", refusal::NOT_A_FLOAT),
        ] {
            assert_eq!(float(text), Err(code), "{text}");
        }
    }
}
