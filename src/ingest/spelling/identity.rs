//! Identity numbers (GB 11643) as they are written, and what spreadsheets leave of them.
//!
//! A number whose check digit fails is taken as it is: that is a mistake of its office, which rules can see. A number that was rounded is
//! nobody's any more and is refused where that shows, which is for ten of eleven: the check digit of one in eleven is right by chance, and
//! that one is taken. Refused is also one that hides some of its digits: it would join people who have nothing in common.

use super::{Spelled, plain, trimmed};
use crate::expr::check_digit;
use crate::ingest::refusal;
use crate::types::is_space;
use std::borrow::Cow;

type Code = &'static str;

/// Digits of a passport or of a permit without a letter.
const OTHER_PAPERS: std::ops::RangeInclusive<usize> = 7..=10;
/// No identity paper has a longer number.
const MAX_CHARS: usize = 80;

/// A number of 15 or 18 digits in its one form; the number of another paper as it is written.
pub fn identity(text: &str) -> Result<Spelled<Cow<'_, str>>, Code> {
    if is_number(text) {
        return if is_rounded(text) { Err(refusal::IDENTITY_ROUNDED) } else { Ok(Spelled::Clean(text.into())) };
    }
    if text.len() > MAX_CHARS * 4 {
        return Err(refusal::IDENTITY_LENGTH);
    }
    let narrow = plain(unquoted(trimmed(text)));
    let mut bare: String = narrow.iter().filter(|c| !is_space(**c) && **c != '-').collect();
    if bare.len() == 18 && bare.ends_with('x') {
        bare.replace_range(17.., "X");
    }
    if is_number(&bare) {
        return if is_rounded(&bare) { Err(refusal::IDENTITY_ROUNDED) } else { Ok(Spelled::Mended(bare.into())) };
    }
    match mistake(&bare) {
        Some(code) => Err(code),
        None => Ok(as_written(text)),
    }
}

fn as_written(text: &str) -> Spelled<Cow<'_, str>> {
    let bare = unquoted(trimmed(text));
    if bare.len() == text.len() { Spelled::Clean(bare.into()) } else { Spelled::Mended(bare.into()) }
}

/// Without what people put around digits to make a spreadsheet keep them: `'640…`, `="640…"`.
fn unquoted(text: &str) -> &str {
    let formula = text.strip_prefix("=\"").and_then(|inner| inner.strip_suffix('"'));
    formula.or_else(|| text.strip_prefix(['\'', '’', '‘', '`'])).unwrap_or(text)
}

fn is_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes {
        [body @ .., last] if bytes.len() == 18 => body.iter().all(u8::is_ascii_digit) && (last.is_ascii_digit() || *last == b'X'),
        _ => bytes.len() == 15 && bytes.iter().all(u8::is_ascii_digit),
    }
}

/// A spreadsheet keeps 15 digits of a number and fills up with zeros. One that ends so by right has the right check digit; so has one in
/// eleven of those that were rounded.
fn is_rounded(number: &str) -> bool {
    number.len() == 18 && number.ends_with("000") && check_digit(&number[..17]) != Some('0')
}

/// What is wrong with what is neither a number nor the number of another paper.
fn mistake(bare: &str) -> Option<Code> {
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    let body = bare.strip_suffix(['X', 'x']).unwrap_or(bare);
    if bare.contains(['*', '＊', '×', '●', '■']) || (digits >= 4 && bare.to_ascii_uppercase().contains("XXX")) {
        Some(refusal::IDENTITY_MASKED)
    } else if has_letters_for_digits(bare) {
        Some(refusal::IDENTITY_LETTERS)
    } else if is_scientific(bare) {
        Some(refusal::IDENTITY_ROUNDED)
    } else if digits >= 15 || bare.is_empty() || (digits > 0 && digits == body.len() && !OTHER_PAPERS.contains(&bare.len())) {
        Some(refusal::IDENTITY_LENGTH)
    } else {
        None
    }
}

/// It would be a number if letters that look like digits were digits: `6402991985O1010011`, or `х` of the Cyrillic alphabet at its end.
fn has_letters_for_digits(bare: &str) -> bool {
    let digit = |c| match c {
        'O' | 'o' | 'О' | 'о' | 'Ο' | 'ο' => '0',
        'l' | 'I' | 'i' | '|' => '1',
        'х' | 'Х' | 'χ' | 'Χ' => 'X',
        other => other,
    };
    is_number(&bare.chars().map(digit).collect::<String>())
}

/// `6.40299E+17`, `640299198501010000.0`
fn is_scientific(bare: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (number, exponent) = bare.split_once(['e', 'E']).unwrap_or((bare, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let signed = bare.contains(['.', '+']);
    signed && digits(whole) && digits(fraction) && digits(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form_and_other_papers_keep_theirs() {
        for clean in [
            "640299198501010011",
            "64029919850101002X",
            "640299850101001",
            "E12345678",
            "护照 E1234567",
            "H0123456700",
            "01234567",
            "640299198501010012",
        ] {
            assert_eq!(identity(clean), Ok(Spelled::Clean(clean.into())), "{clean}");
        }
        for (text, form) in [
            ("６４０２９９１９８５０１０１００１１", "640299198501010011"),
            (" 640299 19850101 0011\u{3000}", "640299198501010011"),
            ("640299-19850101-0011", "640299198501010011"),
            ("64029919850101002x", "64029919850101002X"),
            ("64029919850101002ｘ", "64029919850101002X"),
            ("'640299198501010011", "640299198501010011"),
            ("=\"640299198501010011\"", "640299198501010011"),
            ("\t640299850101001", "640299850101001"),
            (" E12345678 ", "E12345678"),
        ] {
            assert_eq!(identity(text), Ok(Spelled::Mended(form.into())), "{text}");
        }
    }

    #[test]
    fn what_a_spreadsheet_or_a_mask_took_away_is_refused() {
        // This one ends in three zeros by right.
        let bodies = (1..=28).flat_map(|day| (0..10).map(move |n| format!("640299198501{day:02}{n}00")));
        let body = bodies.into_iter().find(|body| check_digit(body) == Some('0')).expect("one in eleven does");
        assert!(matches!(identity(&format!("{body}0")), Ok(Spelled::Clean(_))));
        for (text, code) in [
            ("640299198501010000", refusal::IDENTITY_ROUNDED),
            ("６40299198501010000", refusal::IDENTITY_ROUNDED),
            ("6.40299E+17", refusal::IDENTITY_ROUNDED),
            ("6.40299198501010E+17", refusal::IDENTITY_ROUNDED),
            ("640299198501010000.0", refusal::IDENTITY_ROUNDED),
            ("64029919850101001", refusal::IDENTITY_LENGTH),
            ("6402991985010100111", refusal::IDENTITY_LENGTH),
            ("123", refusal::IDENTITY_LENGTH),
            ("640299198501010011（本人）", refusal::IDENTITY_LENGTH),
            ("6402991985010100X", refusal::IDENTITY_LENGTH),
            ("6402991985O1O10011", refusal::IDENTITY_LETTERS),
            ("64029919850l0l0011", refusal::IDENTITY_LETTERS),
            ("64029919850101002х", refusal::IDENTITY_LETTERS),
            ("640299********0011", refusal::IDENTITY_MASKED),
            ("640299xxxxxxxx0011", refusal::IDENTITY_MASKED),
        ] {
            assert_eq!(identity(text), Err(code), "{text}");
        }
        assert!(identity(&"9".repeat(100_000)).is_err());
    }
}
