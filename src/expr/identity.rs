//! One form of identity numbers, case numbers, document numbers and names. Pure and total; all give "" for "".
//!
//! What they leave out is what people write differently for one and the same thing: the width of characters, spaces, the kind of
//! bracket, leading zeros. What they keep is what makes it another thing. None of them repairs a mistake, and none knows a table of areas.

use crate::types::{day_from_civil, is_space, narrow};
use smallvec::SmallVec;
use std::borrow::Cow;

/// The characters of a number, which seldom has more.
type Chars = SmallVec<[char; 64]>;

/// Years in which a holder of an identity number can be born: the first numbers were given out in 1984, to people alive then.
const BIRTH_YEARS: std::ops::RangeInclusive<i64> = 1860..=2099;

/// An identity number in one 18-digit form: from 15 or 18 digits in any width, with spaces, with a small x. A number of 15 digits gets
/// its century (19) and its check digit. What is neither is given back as it came.
pub fn id18(text: &str) -> Cow<'_, str> {
    eighteen(text).unwrap_or(Cow::Borrowed(text))
}

/// True for a right check digit and a real date of birth, judged on the 18-digit form; of a 15-digit number only the date can be judged.
pub fn id_valid(text: &str) -> bool {
    eighteen(text).is_some_and(|id| {
        let (body, check) = id.split_at(17);
        check_digit(body) == check.chars().next() && born(body)
    })
}

/// True if two identity numbers, each as it was written, differ in one character or in one swap of neighbours: what a slip of the hand
/// does. Neither need be right. A number of 15 digits is laid beside the short form of the other.
pub fn id_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (plain(a).chars().collect(), plain(b).chars().collect());
    match (a.len(), b.len()) {
        (18, 18) | (15, 15) => one_slip(&a, &b),
        (15, 18) => short_form(&b).is_some_and(|b| one_slip(&a, &b)),
        (18, 15) => short_form(&a).is_some_and(|a| one_slip(&a, &b)),
        _ => false,
    }
}

/// The date of birth inside an identity number as eight digits, "" where there is none. The number need not be right: mistyped or cut
/// off after the date it still says who might be meant.
pub fn id_birth(text: &str) -> String {
    let plain = plain(text);
    let digits = plain.chars().take_while(char::is_ascii_digit).count();
    let birth = match plain.chars().count() {
        15 if digits == 15 => format!("19{}", &plain[6..12]),
        16..=18 if digits >= 14 => plain[6..14].to_string(),
        _ => return String::new(),
    };
    if is_day(&birth) { birth } else { String::new() }
}

/// The 15 digits of old, for those born in the years that had them.
fn short_form(eighteen: &[char]) -> Option<Vec<char>> {
    eighteen[6..8].starts_with(&['1', '9']).then(|| [&eighteen[..6], &eighteen[8..17]].concat())
}

/// Two texts of one length: one character is another, or two neighbours changed places.
fn one_slip(a: &[char], b: &[char]) -> bool {
    let differ: Vec<usize> = (0..a.len()).filter(|at| a[*at] != b[*at]).collect();
    match differ.as_slice() {
        [_] => true,
        [i, j] => *j == i + 1 && a[*i] == b[*j] && a[*j] == b[*i],
        _ => false,
    }
}

/// Narrow, without spaces, with a large X.
fn plain(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'X') {
        return Cow::Borrowed(text);
    }
    text.chars().map(narrow).filter(|c| !is_space(*c)).map(|c| if c == 'x' { 'X' } else { c }).collect()
}

/// The 18 characters, if there are as many digits as a number must have.
fn eighteen(text: &str) -> Option<Cow<'_, str>> {
    let plain = plain(text);
    let digits = plain.chars().take_while(char::is_ascii_digit).count();
    match (digits, plain.chars().count()) {
        (15, 15) => {
            let body = format!("{}19{}", &plain[..6], &plain[6..]);
            check_digit(&body).map(|check| Cow::Owned(format!("{body}{check}")))
        }
        (18, 18) => Some(plain),
        (17, 18) if plain.ends_with('X') => Some(plain),
        _ => None,
    }
}

/// ISO 7064 MOD 11-2 over 17 digits (GB 11643): weights are powers of two.
pub fn check_digit(body: &str) -> Option<char> {
    let sum = body.chars().try_fold(0u32, |sum, c| Some((sum + c.to_digit(10)?) * 2 % 11))?;
    "10X98765432".chars().nth(sum as usize)
}

/// Digits 7 to 14 are a day of the calendar.
fn born(body: &str) -> bool {
    is_day(&body[6..14])
}

/// Eight digits are a day on which a holder can be born.
fn is_day(digits: &str) -> bool {
    let number = |from: usize, to: usize| digits[from..to].parse::<i64>().ok();
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(4, 6), number(6, 8)) else { return false };
    BIRTH_YEARS.contains(&year) && day_from_civil(year, month, day).is_some()
}

/// One form of a court's case number: width, the kind of bracket, spaces, 第, 字 and leading zeros of the serial do not matter, nor how the
/// year is dressed, nor what stands around the number. The court's code keeps its zeros, and 之一 stays: it is another paper. A number without
/// its 号 may have been cut off, so it is not completed.
pub fn case_no(text: &str) -> String {
    let plain: Chars = numbered(text).into_iter().filter(|c| !matches!(c, '第' | '字')).collect();
    without_zeros(&plain, |next| matches!(next, None | Some('号')))
}

/// One form of any document number: width, the kind of bracket, spaces and leading zeros of a run of digits do not matter.
pub fn doc_key(text: &str) -> String {
    let plain: Chars = bare(text).collect();
    without_zeros(&plain, |_| true)
}

/// What is left of a document's or a case's number where people leave out more than they may: as `doc_key`, and how the year is dressed, what
/// stands around the number, 第, 字 and 号 do not matter either. By it a paper may be taken for another one's, so it is for what speaks in
/// somebody's favour: nothing is identified by it.
pub fn doc_loose(text: &str) -> String {
    let plain: Chars = numbered(text).into_iter().filter(|c| !matches!(c, '第' | '字' | '号')).collect();
    without_zeros(&plain, |_| true)
}

/// A name without variants of width, dot and space. The dot between the parts of a name is often written as a space or left out, so it
/// is left out here.
pub fn name_key(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    text.chars().map(narrow).filter(|c| !is_space(*c) && !is_dot(*c)).collect()
}

/// Most of what numbers and names are written with: it has no variants.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// Narrow characters, no spaces.
fn tight(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter_map(|c| {
        if is_plain(c) {
            return Some(c);
        }
        let c = narrow(c);
        (!is_space(c)).then_some(c)
    })
}

/// Narrow characters, one kind of bracket, no spaces.
fn bare(text: &str) -> impl Iterator<Item = char> + '_ {
    tight(text).map(bracket)
}

/// A number as every reader reads it: without the marks of a quotation or a title around it and the name of the paper behind it
/// (判决书), 號 as 号, the letter O among digits as zero, and the year at its head in brackets and in digits.
fn numbered(text: &str) -> Chars {
    let quoted: Chars = tight(text).collect();
    let mut number = unquoted(&quoted);
    loop {
        let shorter = unquoted(without_paper(number));
        if shorter.len() == number.len() {
            break;
        }
        number = shorter;
    }
    let mut plain: Chars = number.iter().map(|c| if *c == '號' { '号' } else { bracket(*c) }).collect();
    zeros_for_letters(&mut plain);
    match year_ahead(&plain) {
        Some((year, rest)) => format!("({year})").chars().chain(plain[rest..].iter().copied()).collect(),
        None => plain,
    }
}

/// Without the marks of a quotation or a title at either end.
fn unquoted(text: &[char]) -> &[char] {
    let mark = |c: &char| matches!(c, '"' | '\'' | '“' | '”' | '‘' | '’' | '「' | '」' | '『' | '』' | '《' | '》');
    let from = text.iter().take_while(|c| mark(c)).count();
    let until = text[from..].iter().rev().take_while(|c| mark(c)).count();
    &text[from..text.len() - until]
}

/// Without the name of the paper that bears the number, where that stands behind its 号.
fn without_paper(text: &[char]) -> &[char] {
    for paper in ["刑事判决书", "刑事裁定书", "刑事决定书", "判决书", "裁定书", "决定书"] {
        let (rest, end) = text.split_at(text.len().saturating_sub(paper.chars().count()));
        if end.iter().copied().eq(paper.chars()) && rest.iter().any(|c| matches!(c, '号' | '號')) {
            return rest;
        }
    }
    text
}

/// In runs that hold a digit, letters and signs that look like a zero are one.
fn zeros_for_letters(text: &mut [char]) {
    let zero = |c: &char| matches!(c, 'O' | 'o' | '〇' | '○');
    if !text.iter().any(zero) {
        return;
    }
    for run in text.chunk_by_mut(|a, b| [a, b].iter().all(|c| c.is_ascii_digit() || zero(c))) {
        if run.iter().any(char::is_ascii_digit) {
            run.iter_mut().filter(|c| zero(c)).for_each(|c| *c = '0');
        }
    }
}

/// The year at the head of a number, in digits of either kind, in brackets, in half of them or in none, with or without 年; and where the
/// rest begins. Without both brackets it is a year only if a Chinese character follows.
fn year_ahead(text: &[char]) -> Option<(u32, usize)> {
    let open = usize::from(text.first() == Some(&'('));
    let digit = |c: &char| c.to_digit(10).or_else(|| "〇一二三四五六七八九".chars().position(|d| d == *c).map(|d| d as u32));
    let mut digits = text.get(open..open + 4)?.iter().map(|c| if matches!(c, '○' | '零') { Some(0) } else { digit(c) });
    let year = digits.try_fold(0, |year, digit| Some(year * 10 + digit?))?;
    let is = |at: usize, c: char| usize::from(text.get(at) == Some(&c));
    let said = open + 4 + is(open + 4, '年');
    let closed = said + is(said, ')');
    let rest = if closed > said { closed + is(closed, '年') } else { closed };
    let bracketed = open == 1 && closed > said;
    let goes_on = text.get(rest).is_some_and(|c| !c.is_ascii() && c.is_alphabetic());
    ((1949..=2099).contains(&year) && (bracketed || goes_on)).then_some((year, rest))
}

/// The text without leading zeros in those runs of digits that `wanted` takes, by the character after the run. A run of nothing but
/// zeros is one zero.
fn without_zeros(text: &[char], wanted: impl Fn(Option<char>) -> bool) -> String {
    let mut result = String::with_capacity(text.len() * 3);
    let mut at = 0;
    while at < text.len() {
        let run = text[at..].iter().take_while(|c| c.is_ascii_digit()).count();
        if run == 0 {
            result.push(text[at]);
            at += 1;
            continue;
        }
        let zeros = text[at..at + run - 1].iter().take_while(|c| **c == '0').count();
        let skip = if wanted(text.get(at + run).copied()) { zeros } else { 0 };
        result.extend(&text[at + skip..at + run]);
        at += run;
    }
    result
}

fn bracket(c: char) -> char {
    match c {
        '[' | '{' | '<' | '〔' | '【' | '〖' | '〘' | '〚' | '〈' | '《' | '﹙' | '﹝' | '⟨' => '(',
        ']' | '}' | '>' | '〕' | '】' | '〗' | '〙' | '〛' | '〉' | '》' | '﹚' | '﹞' | '⟩' => ')',
        _ => c,
    }
}

fn is_dot(c: char) -> bool {
    matches!(c, '.' | '·' | '•' | '・' | '･' | '‧' | '⋅' | '∙' | '\u{0387}' | '。' | '｡')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_15_and_18_digits_in_any_width_have_one_form() {
        for (text, form) in [
            ("640299198501010011", "640299198501010011"),
            ("640299850101001", "640299198501010011"),
            ("６４０２９９８５０１０１００１", "640299198501010011"),
            (" 640299 19850101 0011\u{3000}", "640299198501010011"),
            ("64029919850101002x", "64029919850101002X"),
            ("64029919850101002Ｘ", "64029919850101002X"),
            ("64029919850101002ｘ", "64029919850101002X"),
            // Hopeless: as it came.
            ("护照 E1234567", "护照 E1234567"),
            ("6402998501010", "6402998501010"),
            ("64029985010100x", "64029985010100x"),
            ("6402991985010100111", "6402991985010100111"),
            ("6402991985010１001y", "6402991985010１001y"),
            ("", ""),
        ] {
            assert_eq!(id18(text), form, "{text}");
            assert_eq!(id18(&id18(text)), form, "twice: {text}");
        }
    }

    #[test]
    fn check_digit_and_date_decide() {
        // 11010519491231002X is the example of GB 11643 itself.
        for good in [
            "11010519491231002X",
            "11010519491231002x",
            "640299198501010011",
            "640299850101001",
            "６４０２９９８５０１０１００１",
        ] {
            assert!(id_valid(good), "{good}");
        }
        let dated = |date: &str| {
            let body = format!("640299{date}001");
            format!("{body}{}", check_digit(&body).unwrap())
        };
        for (date, valid) in [
            ("20000229", true),
            ("19000229", false),
            ("19850230", false),
            ("19851301", false),
            ("19850100", false),
            ("18591231", false),
            ("18600101", true),
            ("21000101", false),
        ] {
            assert_eq!(id_valid(&dated(date)), valid, "{date}");
        }
        // A wrong check digit; the last digits rounded away by a spreadsheet; 15 digits with a date that is none; not a number.
        for bad in ["640299198501010012", "640299198501010000", "640299850230001", "护照 E1234567", "64029919850101001", ""] {
            assert!(!id_valid(bad), "{bad}");
        }
    }

    #[test]
    fn every_digit_of_a_number_counts_in_its_check() {
        let good = "640299198501010011";
        for at in 0..18 {
            let mut digits: Vec<u8> = good.bytes().collect();
            digits[at] = if digits[at] == b'9' { b'0' } else { digits[at] + 1 };
            assert!(!id_valid(std::str::from_utf8(&digits).unwrap()), "digit {at}");
        }
    }

    #[test]
    fn near_is_one_digit_or_one_swap_of_neighbours() {
        let good = "640299198501010011";
        for near in [
            "640299198501010012",
            "640299198501010911",
            "640299198501100011",
            "６４０２９９１９８５０１０１００１９",
            "64O299198501010011",
            "640299 19850101 001x",
            // 15 digits beside the short form.
            "640299850101007",
            "640299850110001",
        ] {
            assert!(id_near(near, good) && id_near(good, near), "{near}");
        }
        for far in [
            good,
            "640299850101001",
            "640299198501010022",
            "640299189501010012",
            "640299198510100011",
            // Rounded by a spreadsheet; a digit too few, one too many.
            "640299198501010000",
            "64029919850101001",
            "6402991985010100111",
            "640299850101070",
            "",
        ] {
            assert!(!id_near(far, good) && !id_near(good, far), "{far}");
        }
        // Nobody born in 2000 has 15 digits.
        assert!(!id_near("640299000101001", "640299200001010017"));
        assert!(id_near("640299850101001", "640299850101002") && !id_near("", ""));
    }

    #[test]
    fn a_birth_is_read_from_numbers_that_are_not_right() {
        for (text, birth) in [
            ("640299198501010011", "19850101"),
            ("640299198501010000", "19850101"),
            ("640299850101001", "19850101"),
            (" ６４０２９９１９８５０１０１００Ｘ１", "19850101"),
            ("6402991985010100", "19850101"),
            ("640299198502300011", ""),
            ("640299198501010", ""),
            ("6402991985010100111", ""),
            ("64029919850l010011", ""),
            ("护照 E1234567", ""),
            ("", ""),
        ] {
            assert_eq!(id_birth(text), birth, "{text}");
        }
    }

    #[test]
    fn case_numbers_written_in_many_ways_are_one() {
        let form = "(2022)宁0205刑初123号";
        for text in [
            "（2022）宁0205刑初123号",
            "(2022)宁0205刑初123号",
            "〔2022〕宁0205刑初123号",
            "[2022] 宁 0205 刑初 123 号",
            "【２０２２】宁０２０５刑初１２３号",
            "（2022）宁0205刑初字第123号",
            "（2022）宁0205刑初字第00123号",
            // The year in no brackets or in half of them, with 年, in Chinese digits.
            "2022宁0205刑初123号",
            "2022年宁0205刑初123号",
            "（2022年）宁0205刑初字第123号",
            "（2022）年宁0205刑初123号",
            "(2022宁0205刑初123号",
            "2022）宁0205刑初123号",
            "（二〇二二）宁0205刑初123号",
            "二○二二年宁0205刑初123号",
            "（二零二二）宁0205刑初123号",
            // An old 号, a letter among digits, what stands around the number.
            "（2022）宁0205刑初123號",
            "（2O22）宁o2Ｏ5刑初123号",
            "“（2022）宁0205刑初123号”",
            "《（2022）宁0205刑初123号》",
            "《2022》宁0205刑初123号",
            "（2022）宁0205刑初123号判决书",
            "（2022）宁0205刑初123号刑事裁定书",
            "《（2022）宁0205刑初123号》刑事判决书",
            "「（2022）宁0205刑初123号决定书」",
        ] {
            assert_eq!(case_no(text), form, "{text}");
            assert_eq!(case_no(&case_no(text)), form, "twice: {text}");
            assert_eq!(doc_loose(&case_no(text)), doc_loose(text), "{text}");
        }
        assert_eq!(case_no("（2012）惠刑初字第0009号"), "(2012)惠刑初9号");
        assert_eq!(case_no("（2022）宁0205刑初00123"), "(2022)宁0205刑初123");
        // Another paper, another court, another serial, another year.
        for other in [
            "（2022）宁0205刑初123号之一",
            "（2022）宁0205刑初123号之一裁定书",
            "（2022）宁205刑初123号",
            "（2022）宁0205刑初1230号",
            "（2021）宁0205刑初123号",
            // No reader would know what is meant: they stay what they are.
            "宁0205刑初123号",
            "（22）宁0205刑初123号",
            "（2022）宁0205形初123号",
            "（2022）宁0205刑初l23号",
            "20222宁0205刑初123号",
        ] {
            assert_ne!(case_no(other), form, "{other}");
        }
        // What only looks like a year, a letter or a paper.
        for same in ["20220001", "CO-OP", "决定书", "2022-1", "3022宁1号", "判决书1"] {
            assert_eq!(case_no(same), same, "{same}");
        }
        assert_eq!(case_no("（2022）宁0205刑初0123号之一"), "(2022)宁0205刑初123号之一");
        assert_eq!((case_no("000"), case_no("")), ("0".to_string(), String::new()));
    }

    #[test]
    fn document_numbers_written_in_many_ways_are_one() {
        let form = "石惠公(红)行罚决字(2022)第123号";
        for text in [
            "石惠公(红)行罚决字〔2022〕第123号",
            "石惠公（红）行罚决字[2022]第０１２３号",
            "石惠公【红】行罚决字（2022）第 000123 号",
        ] {
            assert_eq!(doc_key(text), form, "{text}");
        }
        for other in ["石惠公(红)行罚决字〔2022〕123号", "石惠公(红)行罚决字〔2022〕第1230号", "石惠公行罚决字〔2022〕第123号"]
        {
            assert_ne!(doc_key(other), form, "{other}");
        }
        assert_eq!((doc_key("A-007-00-10"), doc_key("")), ("A-7-0-10".to_string(), String::new()));
    }

    #[test]
    fn loosely_a_number_may_lack_what_people_leave_out() {
        let form = "红公(治)行罚决(2022)7";
        for text in [
            "红公（治）行罚决字〔2022〕第7号",
            "红公（治）行罚决字〔2022〕7号",
            "红公(治)行罚决[2022] 第 007",
            "红公（治）行罚决〔２０２２〕７号",
        ] {
            assert_eq!(doc_loose(text), form, "{text}");
            assert_eq!(doc_loose(&doc_key(text)), form, "{text}");
        }
        for other in
            ["红公（治）行罚决字〔2022〕第70号", "红公（治）行罚决字〔2021〕第7号", "红公（治）行罚决字〔2022〕第7号之一"]
        {
            assert_ne!(doc_loose(other), form, "{other}");
        }
        // Of a case number too, in whichever form.
        for text in ["（2022）宁0205刑初123号", "(2022)宁0205刑初字第0123号", "（2022）宁0205刑初123"] {
            assert_eq!(doc_loose(text), "(2022)宁205刑初123", "{text}");
            assert_eq!(doc_loose(&case_no(text)), doc_loose(text), "{text}");
        }
        assert_eq!(doc_loose(""), "");
    }

    #[test]
    fn names_differ_by_characters_only() {
        for text in [
            "阿卜杜·某",
            "阿卜杜•某",
            "阿卜杜・某",
            "阿卜杜．某",
            "阿卜杜.某",
            "阿卜杜 某",
            "阿卜杜\u{3000}某 ",
            "阿卜杜\u{200b}某",
        ] {
            assert_eq!(name_key(text), "阿卜杜某", "{text}");
        }
        assert_eq!(name_key("Ａｌｉ Bek"), "AliBek");
        assert_ne!(name_key("吴某甲"), name_key("吴某乙"));
        assert_eq!(name_key(""), "");
    }
}
