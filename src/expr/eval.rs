//! What each functor computes, over words. Arithmetic never touches text; text functors go through the interner.

use super::functor::{FaultCode, Functor};
use super::identity;
use super::range::Range;
use super::structure;
use crate::types::{
    ABSENT_TEXT, DAY_MAX, DAY_MIN, Interner, Kind, Value, Word, absent_word, add_months, day_of_datetime, float_of, has_room,
    number_of, parse_date, parse_datetime, term_end, to_civil, weekday, word_of_float, word_of_number,
};
use std::cmp::Ordering;

type Outcome = Result<Word, FaultCode>;

/// The comparison operators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Compared {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Compared {
    pub fn accepts(self, order: Ordering) -> bool {
        match self {
            Compared::Eq => order == Ordering::Equal,
            Compared::Ne => order != Ordering::Equal,
            Compared::Lt => order == Ordering::Less,
            Compared::Le => order != Ordering::Greater,
            Compared::Gt => order == Ordering::Greater,
            Compared::Ge => order != Ordering::Less,
        }
    }

    /// Every kind has a total order, so that a comparison that does not hold is another one that does.
    pub fn opposite(self) -> Compared {
        match self {
            Compared::Eq => Compared::Ne,
            Compared::Ne => Compared::Eq,
            Compared::Lt => Compared::Ge,
            Compared::Ge => Compared::Lt,
            Compared::Gt => Compared::Le,
            Compared::Le => Compared::Gt,
        }
    }

    pub fn symbol(self) -> &'static str {
        match self {
            Compared::Eq => "=",
            Compared::Ne => "!=",
            Compared::Lt => "<",
            Compared::Le => "<=",
            Compared::Gt => ">",
            Compared::Ge => ">=",
        }
    }
}

/// Order of two words of one kind by value; text by bytes, through the interner.
#[inline]
pub fn compare(kind: Kind, a: Word, b: Word, texts: &Interner) -> Ordering {
    match kind {
        Kind::Symbol => texts.compare(a, b),
        Kind::Number | Kind::Unsigned | Kind::Float | Kind::Date | Kind::Datetime => a.cmp(&b),
        Kind::Record | Kind::Adt if a == b => Ordering::Equal,
        // No program can ask for it; where rows are chosen by value it must not follow who was built first.
        Kind::Record | Kind::Adt => texts.compare_built(a, b),
    }
}

impl Functor {
    /// The value for these arguments, as words of the kinds its signature names.
    #[inline]
    pub fn eval(self, args: &[Word], texts: &Interner) -> Outcome {
        match self {
            Functor::Neg(Kind::Float) => Ok(word_of_float(-float_of(args[0]))),
            Functor::Neg(_) => Ok(word_of_number(number_of(args[0]).wrapping_neg())),
            Functor::Add(kind) => Ok(arithmetic(kind, args, i64::wrapping_add, u64::wrapping_add, |a, b| a + b)),
            Functor::Sub(kind) => Ok(arithmetic(kind, args, i64::wrapping_sub, u64::wrapping_sub, |a, b| a - b)),
            Functor::Mul(kind) => Ok(arithmetic(kind, args, i64::wrapping_mul, u64::wrapping_mul, |a, b| a * b)),
            Functor::DateAdd | Functor::DateSubDays => date_shift(self, args),
            Functor::DateDiff => Ok(word_of_number(number_of(args[0]).wrapping_sub(number_of(args[1])))),
            Functor::Min(kind) => Ok(extreme(kind, args, Ordering::Less, texts)),
            Functor::Max(kind) => Ok(extreme(kind, args, Ordering::Greater, texts)),
            Functor::Div(kind) => divide(kind, args),
            Functor::Mod(kind) => remainder(kind, args),
            Functor::Pow(kind) => power(kind, args),
            Functor::BitAnd(_)
            | Functor::BitOr(_)
            | Functor::BitXor(_)
            | Functor::BitNot(_)
            | Functor::ShiftLeft(_)
            | Functor::ShiftRight(_)
            | Functor::ShiftRightUnsigned(_)
            | Functor::LogicAnd(_)
            | Functor::LogicOr(_)
            | Functor::LogicXor(_)
            | Functor::LogicNot(_) => Ok(bitwise(self, args)),
            Functor::Year
            | Functor::Month
            | Functor::DayOfMonth
            | Functor::Weekday
            | Functor::AddMonths
            | Functor::AddYears
            | Functor::TermEnd
            | Functor::DayOf => civil(self, args),
            Functor::Cat
            | Functor::StrLen
            | Functor::Substr
            | Functor::CharLen
            | Functor::CharSubstr
            | Functor::Lower
            | Functor::Upper
            | Functor::Trim
            | Functor::Replace
            | Functor::Id18
            | Functor::IdValid
            | Functor::IdNear
            | Functor::IdBirth
            | Functor::CaseNo
            | Functor::DocKey
            | Functor::DocLoose
            | Functor::NameKey => Ok(text(self, args, texts)),
            Functor::Build | Functor::Is | Functor::Field(..) => Ok(structure::eval(self, args, texts)),
            Functor::Ord(kind) => Ok(word_of_number(structure::ord(kind, args[0]))),
            Functor::ClueId => unreachable!("ids of clues are made where expressions are compiled"),
            Functor::Range(_) => unreachable!("ranges are literals of their own"),
            Functor::IsInRange(kind) => {
                let range = Range { kind, from: args[1], to: args[2], step: args.get(3).copied() };
                Ok(word_of_number(i64::from(range.holds(args[0]))))
            }
            Functor::Place => Ok(place(args)),
            Functor::DueDay => Ok(day_of_datetime(number_of(args[0])).map_or(absent_word(Kind::Date), word_of_number)),
            Functor::ToNumber(_)
            | Functor::ToUnsigned(_)
            | Functor::ToFloat(_)
            | Functor::ToString(_)
            | Functor::Written(_)
            | Functor::DateOf
            | Functor::DatetimeOf => convert(self, args, texts),
        }
    }
}

#[inline]
fn arithmetic(
    kind: Kind,
    args: &[Word],
    number: fn(i64, i64) -> i64,
    unsigned: fn(u64, u64) -> u64,
    float: fn(f64, f64) -> f64,
) -> Word {
    match kind {
        Kind::Float => word_of_float(float(float_of(args[0]), float_of(args[1]))),
        Kind::Unsigned => unsigned(args[0], args[1]),
        Kind::Number | Kind::Symbol | Kind::Date | Kind::Datetime | Kind::Record | Kind::Adt => {
            word_of_number(number(number_of(args[0]), number_of(args[1])))
        }
    }
}

fn extreme(kind: Kind, args: &[Word], wanted: Ordering, texts: &Interner) -> Word {
    args[1..].iter().fold(args[0], |best, &x| if compare(kind, x, best, texts) == wanted { x } else { best })
}

fn date_shift(functor: Functor, args: &[Word]) -> Outcome {
    let (a, b) = (number_of(args[0]), number_of(args[1]));
    let day = if functor == Functor::DateAdd { a.checked_add(b) } else { a.checked_sub(b) };
    day_word(day)
}

fn day_word(day: Option<i64>) -> Outcome {
    match day {
        Some(day) if (DAY_MIN..=DAY_MAX).contains(&day) => Ok(word_of_number(day)),
        _ => Err(FaultCode::DateRange),
    }
}

fn divide(kind: Kind, args: &[Word]) -> Outcome {
    match kind {
        Kind::Float => Ok(word_of_float(float_of(args[0]) / float_of(args[1]))),
        Kind::Unsigned => args[0].checked_div(args[1]).ok_or(FaultCode::DivisionByZero),
        Kind::Number | Kind::Symbol | Kind::Date | Kind::Datetime | Kind::Record | Kind::Adt => match number_of(args[1]) {
            0 => Err(FaultCode::DivisionByZero),
            b => Ok(word_of_number(number_of(args[0]).wrapping_div(b))),
        },
    }
}

fn remainder(kind: Kind, args: &[Word]) -> Outcome {
    match kind {
        Kind::Unsigned => args[0].checked_rem(args[1]).ok_or(FaultCode::DivisionByZero),
        _ => match number_of(args[1]) {
            0 => Err(FaultCode::DivisionByZero),
            b => Ok(word_of_number(number_of(args[0]).wrapping_rem(b))),
        },
    }
}

/// Through doubles, as Soufflé does; what 64 bits do not hold, and a power that is no number, has no value.
fn power(kind: Kind, args: &[Word]) -> Outcome {
    let fit = |x: f64, low: f64, high: f64| if x >= low && x < high { Ok(x.trunc()) } else { Err(FaultCode::Power) };
    match kind {
        Kind::Float => Ok(word_of_float(float_of(args[0]).powf(float_of(args[1])))),
        Kind::Unsigned => Ok(fit((args[0] as f64).powf(args[1] as f64), 0.0, 18_446_744_073_709_551_616.0)? as u64),
        _ => {
            let x = (number_of(args[0]) as f64).powf(number_of(args[1]) as f64);
            Ok(word_of_number(fit(x, -9_223_372_036_854_775_808.0, 9_223_372_036_854_775_808.0)? as i64))
        }
    }
}

/// On the plain 64 bits of the number or unsigned; shift counts are masked; logical ones give 0 or 1.
fn bitwise(functor: Functor, args: &[Word]) -> Word {
    let (Functor::BitAnd(kind)
    | Functor::BitOr(kind)
    | Functor::BitXor(kind)
    | Functor::BitNot(kind)
    | Functor::ShiftLeft(kind)
    | Functor::ShiftRight(kind)
    | Functor::ShiftRightUnsigned(kind)
    | Functor::LogicAnd(kind)
    | Functor::LogicOr(kind)
    | Functor::LogicXor(kind)
    | Functor::LogicNot(kind)) = functor
    else {
        unreachable!("only the bitwise and logical functors come here")
    };
    let bits = |word: Word| if kind == Kind::Number { number_of(word) as u64 } else { word };
    let a = bits(args[0]);
    let b = args.get(1).map_or(0, |&word| bits(word));
    let count = (b & 63) as u32;
    let result = match functor {
        Functor::BitAnd(_) => a & b,
        Functor::BitOr(_) => a | b,
        Functor::BitXor(_) => a ^ b,
        Functor::BitNot(_) => !a,
        Functor::ShiftLeft(_) => a << count,
        Functor::ShiftRight(Kind::Number) => ((a as i64) >> count) as u64,
        Functor::ShiftRight(_) | Functor::ShiftRightUnsigned(_) => a >> count,
        Functor::LogicAnd(_) => u64::from(a != 0 && b != 0),
        Functor::LogicOr(_) => u64::from(a != 0 || b != 0),
        Functor::LogicXor(_) => u64::from((a != 0) != (b != 0)),
        _ => u64::from(a == 0),
    };
    if kind == Kind::Number { word_of_number(result as i64) } else { result }
}

fn civil(functor: Functor, args: &[Word]) -> Outcome {
    let first = number_of(args[0]);
    match functor {
        Functor::AddMonths => day_word(add_months(first, number_of(args[1]))),
        Functor::AddYears => day_word(number_of(args[1]).checked_mul(12).and_then(|months| add_months(first, months))),
        Functor::TermEnd => day_word(term_end(first, number_of(args[1]), number_of(args[2]))),
        Functor::DayOf => day_word(day_of_datetime(first)),
        Functor::Weekday => Ok(word_of_number(weekday(first))),
        _ => {
            let date = to_civil(first).ok_or(FaultCode::DateRange)?;
            Ok(word_of_number(match functor {
                Functor::Year => i64::from(date.year()),
                Functor::Month => i64::from(date.month()),
                _ => i64::from(date.day()),
            }))
        }
    }
}

fn text(functor: Functor, args: &[Word], texts: &Interner) -> Word {
    let s = texts.text(args[0]);
    let number = |i: usize| number_of(args[i]);
    match functor {
        Functor::Cat => {
            let rest: Vec<_> = args[1..].iter().map(|more| texts.text(*more)).collect();
            let bytes = s.len() + rest.iter().map(|more| more.len()).sum::<usize>();
            if has_room(bytes) { texts.make(&rest.iter().fold(s.to_string(), |all, more| all + more)) } else { args[0] }
        }
        Functor::StrLen => word_of_number(s.len() as i64),
        Functor::CharLen => word_of_number(s.chars().count() as i64),
        Functor::Substr => texts.make(byte_substr(&s, number(1), number(2))),
        Functor::CharSubstr => texts.make(&char_substr(&s, number(1), number(2))),
        Functor::Lower => texts.make(&s.to_lowercase()),
        Functor::Upper => texts.make(&s.to_uppercase()),
        Functor::Trim => texts.make(s.trim()),
        Functor::Replace => {
            let (from, to) = (texts.text(args[1]), texts.text(args[2]));
            if from.is_empty() {
                return args[0];
            }
            let bytes = if to.len() > from.len() { s.matches(&*from).count().saturating_mul(to.len()) } else { 0 };
            if has_room(bytes.saturating_add(s.len())) { texts.make(&s.replace(&*from, &to)) } else { args[0] }
        }
        Functor::Id18 => form(args[0], &s, &identity::id18(&s), texts),
        Functor::IdValid => word_of_number(i64::from(identity::id_valid(&s))),
        Functor::IdNear => word_of_number(i64::from(identity::id_near(&s, &texts.text(args[1])))),
        Functor::IdBirth => texts.make(&identity::id_birth(&s)),
        Functor::CaseNo => form(args[0], &s, &identity::case_no(&s), texts),
        Functor::DocKey => form(args[0], &s, &identity::doc_key(&s), texts),
        Functor::DocLoose => form(args[0], &s, &identity::doc_loose(&s), texts),
        Functor::NameKey => form(args[0], &s, &identity::name_key(&s), texts),
        _ => unreachable!("only text functors come here"),
    }
}

/// The word of a text's one form, which mostly is the text itself.
fn form(word: Word, text: &str, form: &str, texts: &Interner) -> Word {
    if form == text && word != ABSENT_TEXT { word } else { texts.make(form) }
}

/// By bytes, as Soufflé does; a cut inside a character moves back to its start, so that text stays text.
fn byte_substr(s: &str, from: i64, len: i64) -> &str {
    let Ok(from) = usize::try_from(from) else { return "" };
    if from >= s.len() {
        return "";
    }
    let to = match usize::try_from(len) {
        Ok(len) => from.saturating_add(len).min(s.len()),
        Err(_) => s.len(),
    };
    let floor = |mut i: usize| {
        while !s.is_char_boundary(i) {
            i -= 1;
        }
        i
    };
    &s[floor(from)..floor(to)]
}

fn char_substr(s: &str, from: i64, len: i64) -> String {
    let Ok(from) = usize::try_from(from) else { return String::new() };
    let rest = s.chars().skip(from);
    match usize::try_from(len) {
        Ok(len) => rest.take(len).collect(),
        Err(_) => rest.collect(),
    }
}

/// Equal texts are one word.
fn place(args: &[Word]) -> Word {
    let others = &args[1..];
    let at = others.iter().position(|other| *other == args[0]).unwrap_or(others.len());
    word_of_number(at as i64)
}

fn convert(functor: Functor, args: &[Word], texts: &Interner) -> Outcome {
    let word = args[0];
    match functor {
        Functor::ToNumber(Kind::Number)
        | Functor::ToUnsigned(Kind::Unsigned)
        | Functor::ToFloat(Kind::Float)
        | Functor::ToString(Kind::Symbol) => Ok(word),
        Functor::ToNumber(Kind::Unsigned) => Ok(word_of_number(word as i64)),
        Functor::ToUnsigned(Kind::Number) => Ok(number_of(word) as u64),
        Functor::ToFloat(Kind::Number) => Ok(word_of_float(number_of(word) as f64)),
        Functor::ToFloat(Kind::Unsigned) => Ok(word_of_float(word as f64)),
        Functor::ToNumber(Kind::Float) => {
            float_to(float_of(word), -9_223_372_036_854_775_808.0, 9_223_372_036_854_775_808.0).map(|x| word_of_number(x as i64))
        }
        Functor::ToUnsigned(Kind::Float) => float_to(float_of(word), 0.0, 18_446_744_073_709_551_616.0).map(|x| x as u64),
        Functor::ToNumber(_) => leading_integer(&texts.text(word))
            .and_then(|x| i64::try_from(x).ok())
            .map(word_of_number)
            .ok_or(FaultCode::Conversion),
        Functor::ToUnsigned(_) => {
            leading_integer(&texts.text(word)).and_then(|x| u64::try_from(x).ok()).ok_or(FaultCode::Conversion)
        }
        Functor::ToFloat(_) => leading_float(&texts.text(word)).map(word_of_float).ok_or(FaultCode::Conversion),
        Functor::ToString(Kind::Float) => Ok(texts.make(&format!("{:.6}", float_of(word)))),
        Functor::ToString(kind) | Functor::Written(kind) => {
            let value: Value = texts.decode(word, kind, false);
            Ok(texts.make(&value.to_string()))
        }
        Functor::DateOf => parse_date(&texts.text(word)).map(word_of_number).map_err(|_| FaultCode::DateRange),
        Functor::DatetimeOf => parse_datetime(&texts.text(word)).map(word_of_number).map_err(|_| FaultCode::DateRange),
        _ => unreachable!("only conversions come here"),
    }
}

fn float_to(x: f64, low: f64, high: f64) -> Result<f64, FaultCode> {
    let x = x.trunc();
    if x >= low && x < high { Ok(x) } else { Err(FaultCode::Conversion) }
}

/// `std::stoll` and its `0x`, `0b` forms: leading blanks, a sign, digits; what follows is accepted.
fn leading_integer(text: &str) -> Option<i128> {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = if let Some(hex) = digits.strip_prefix("0x") {
        (16, hex)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        (2, binary)
    } else {
        (10, digits)
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    if end == 0 || end > 70 {
        return None;
    }
    let value = i128::from_str_radix(&digits[..end], radix).ok()?;
    Some(if negative { -value } else { value })
}

/// `std::stod`: leading blanks, a sign, digits or `0x` with hexadecimal ones, `inf`, `nan`; what follows is accepted.
fn leading_float(text: &str) -> Option<f64> {
    let text = text.trim_start();
    if let Some(value) = leading_hex_float(text) {
        return Some(value);
    }
    // The longest prefix that reads as a float; such prefixes are short.
    let prefixes = text.char_indices().take(64).map(|(i, c)| &text[..i + c.len_utf8()]);
    prefixes.filter_map(|prefix| prefix.parse().ok()).last()
}

/// `-0x1A.8p3`.
fn leading_hex_float(text: &str) -> Option<f64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X"))?;
    let (mut value, mut scale, mut digits, mut rest) = (0.0, None, 0, rest);
    while let Some(c) = rest.chars().next() {
        match (c.to_digit(16), scale) {
            (Some(digit), None) => value = value * 16.0 + f64::from(digit),
            (Some(digit), Some(of)) => {
                value += f64::from(digit) * of;
                scale = Some(of / 16.0);
            }
            (None, None) if c == '.' => scale = Some(1.0 / 16.0),
            (None, _) => break,
        }
        digits += usize::from(c != '.');
        rest = &rest[c.len_utf8()..];
    }
    let power = rest.strip_prefix(['p', 'P']).and_then(leading_integer).unwrap_or(0).clamp(-5_000, 5_000);
    // A `0x` without digits is the zero before it.
    Some(if digits == 0 { 0.0 } else { sign * value * 2f64.powi(power as i32) })
}
