//! Other spellings of one thing, as offices write them, and texts that no longer say what they said.

use super::rng::Rng;
use crate::types::{Day, date_text, to_civil};
use std::collections::BTreeMap;

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

/// A day as some office writes it.
pub fn date(day: Day, style: u64) -> String {
    let Some(date) = to_civil(day) else { return date_text(day) };
    let _ = (date, style);
    date_text(day)
}

/// A row that says too little: a month where a day is asked for, or a number that a spreadsheet has rounded.
pub fn spoil(cells: &mut BTreeMap<&'static str, String>, _rng: &mut Rng) {
    for column in ["effective_date", "decision_date", "date", "release_date", "made_date", "served_date"] {
        if let Some(text) = cells.get_mut(column) {
            text.replace_range(.., "2022-07");
            return;
        }
    }
}
