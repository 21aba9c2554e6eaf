//! One cell as received becomes a value of its column's kind, or a code that says why not.
//!
//! Promises: the clean form of a value costs nothing more than reading it. What is spelled otherwise is read where it is certain what was
//! meant ([`super::spelling`]), and the reading says so. Whether a column may be without a value is the caller's to know.

use super::json::Raw;
use super::refusal;
use super::spelling::{self, Spelled, says_none, says_unknown, trimmed};
use crate::limits::MAX_CELL_BYTES;
use crate::types::{Kind, Value};

type Code = &'static str;

/// What is expected of a cell.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    pub kind: Kind,
    /// Text that is an identity number.
    pub identity: bool,
}

/// What a cell was read as.
#[derive(Clone, PartialEq, Debug)]
pub enum Read {
    /// The value, spelled as it should be.
    Clean(Value),
    /// The value, spelled otherwise.
    Mended(Value),
    /// A sign that there is none.
    NoValue,
}

/// The largest whole number up to which a double holds each one.
const EXACT: i64 = 1 << 53;

/// A cell of a JSON row. `null` is decided by the caller, who knows whether the column is optional.
pub fn of_json(raw: &Raw, expected: Expected) -> Result<Read, Code> {
    use Kind::{Date, Float, Number, Symbol, Unsigned};
    let clean = |value| admitted(Read::Clean(value));
    match (expected.kind, raw) {
        (_, Raw::Text(text)) => of_text(text, expected),
        (Number, Raw::Int(x)) => clean(Value::Number(*x)),
        (Unsigned, Raw::Int(x)) => clean(Value::Unsigned(u64::try_from(*x).map_err(|_| refusal::NOT_UNSIGNED)?)),
        (Unsigned, Raw::Unsigned(x)) => clean(Value::Unsigned(*x)),
        (Float, Raw::Int(x)) => clean(Value::float(*x as f64)),
        (Float, Raw::Unsigned(x)) => clean(Value::float(*x as f64)),
        (Float, Raw::Float(x)) => clean(Value::float(*x)),
        (Number, Raw::Unsigned(_)) => Err(refusal::OUT_OF_RANGE),
        (Number | Unsigned, Raw::Float(x)) => whole_float(*x, expected.kind),
        // A run of digits, or the days that a spreadsheet counts.
        (Date, Raw::Int(_) | Raw::Float(_)) => of_text(&written(raw), expected).map(mended),
        (Symbol, Raw::Int(x)) if expected.identity && (0..=EXACT).contains(x) => of_text(&x.to_string(), expected).map(mended),
        (Symbol, Raw::Int(_) | Raw::Unsigned(_) | Raw::Float(_)) if expected.identity => Err(refusal::IDENTITY_ROUNDED),
        _ => Err(other_kind(expected.kind)),
    }
}

/// A cell of a text file, or a text in JSON.
pub fn of_text(text: &str, expected: Expected) -> Result<Read, Code> {
    if text.len() > MAX_CELL_BYTES {
        return Err(refusal::TEXT_TOO_LONG);
    }
    if has_control(text) {
        return Err(refusal::CONTROL_CHARACTER);
    }
    if expected.kind == Kind::Symbol && !expected.identity {
        let bare = trimmed(text);
        let value = Value::symbol(bare);
        return Ok(if bare.len() == text.len() { Read::Clean(value) } else { Read::Mended(value) });
    }
    let looks_like_number = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    if expected.identity && !looks_like_number && (says_none(text) || says_unknown(text)) {
        return Ok(Read::NoValue);
    }
    let spelled = match expected.kind {
        Kind::Number => number_of(text).map(|n| n.map(Value::Number)),
        Kind::Unsigned => unsigned_of(text).map(|n| n.map(Value::Unsigned)),
        Kind::Float => spelling::float(text).map(|x| x.map(Value::float)),
        Kind::Symbol => spelling::identity(text).map(|id| id.map(|id| Value::symbol(&id))),
        Kind::Date => spelling::day(text).map(|day| day.map(Value::Date)),
        Kind::Datetime => spelling::instant(text).map(|us| us.map(Value::Datetime)),
        // The checker lets no record have them.
        Kind::Record | Kind::Adt => Err(other_kind(expected.kind)),
    };
    match spelled {
        Ok(Spelled::Clean(value)) => admitted(Read::Clean(value)),
        Ok(Spelled::Mended(value)) => admitted(Read::Mended(value)),
        Err(_) if says_none(text) => Ok(Read::NoValue),
        Err(code) => Err(code),
    }
}

/// A character that no text is written with: a file was damaged, or two systems did not agree. Tabs and line ends may stand in a text.
fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte == 0x7f || (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')))
}

/// The text of a cell of JSON, as far as it can still be told; of nothing that would not be read.
pub fn written(raw: &Raw) -> String {
    match raw {
        Raw::Text(text) => text.clone(),
        Raw::Int(x) => x.to_string(),
        Raw::Unsigned(x) => x.to_string(),
        Raw::Float(x) => format!("{x:?}"),
        Raw::Null | Raw::Bool(_) | Raw::List(_) | Raw::Object(_) => String::new(),
    }
}

fn mended(read: Read) -> Read {
    match read {
        Read::Clean(value) | Read::Mended(value) => Read::Mended(value),
        Read::NoValue => Read::NoValue,
    }
}

/// `3.0`, as a spreadsheet gives whole numbers.
fn whole_float(x: f64, kind: Kind) -> Result<Read, Code> {
    if x.fract() != 0.0 {
        return Err(refusal::FRACTION);
    }
    if x.abs() > EXACT as f64 {
        return Err(refusal::OUT_OF_RANGE);
    }
    let whole = x as i64;
    match kind {
        Kind::Unsigned => Ok(Read::Mended(Value::Unsigned(u64::try_from(whole).map_err(|_| refusal::NOT_UNSIGNED)?))),
        _ => Ok(Read::Mended(Value::Number(whole))),
    }
}

fn number_of(text: &str) -> Result<Spelled<i64>, Code> {
    if let Ok(value) = text.parse() {
        return Ok(if spelling::is_plain(text) { Spelled::Clean(value) } else { Spelled::Mended(value) });
    }
    let digits = spelling::whole(text)?;
    digits.parse().map(Spelled::Mended).map_err(|e| if overflows(&e) { refusal::OUT_OF_RANGE } else { refusal::NOT_A_NUMBER })
}

fn unsigned_of(text: &str) -> Result<Spelled<u64>, Code> {
    if let Ok(value) = text.parse() {
        return Ok(if spelling::is_plain(text) { Spelled::Clean(value) } else { Spelled::Mended(value) });
    }
    let other = |code| if code == refusal::NOT_A_NUMBER { refusal::NOT_UNSIGNED } else { code };
    let digits = spelling::whole(text).map_err(other)?;
    digits.parse().map(Spelled::Mended).map_err(|e| if overflows(&e) { refusal::OUT_OF_RANGE } else { refusal::NOT_UNSIGNED })
}

fn overflows(error: &std::num::ParseIntError) -> bool {
    matches!(error.kind(), std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow)
}

fn other_kind(kind: Kind) -> Code {
    match kind {
        Kind::Number => refusal::NOT_A_NUMBER,
        Kind::Unsigned => refusal::NOT_UNSIGNED,
        Kind::Float => refusal::NOT_A_FLOAT,
        Kind::Symbol | Kind::Record | Kind::Adt => refusal::NOT_TEXT,
        Kind::Date => refusal::NOT_A_DATE,
        Kind::Datetime => refusal::NOT_A_DATETIME,
    }
}

/// A value that stands for "absent" inside the engine does not come in.
fn admitted(read: Read) -> Result<Read, Code> {
    match &read {
        Read::Clean(value) | Read::Mended(value) if value.is_reserved() => Err(refusal::RESERVED_VALUE),
        _ => Ok(read),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(kind: Kind) -> Expected {
        Expected { kind, identity: false }
    }

    fn json(text: &str, expected: Expected) -> Result<Read, Code> {
        of_json(&super::super::parse_json(text.as_bytes()).unwrap(), expected)
    }

    #[test]
    fn json_cells_take_the_kind_of_their_column() {
        let (clean, mended) = (|value| Ok(Read::Clean(value)), |value| Ok(Read::Mended(value)));
        for (text, kind, want) in [
            ("7", Kind::Number, clean(Value::Number(7))),
            ("7.0", Kind::Number, mended(Value::Number(7))),
            ("7.5", Kind::Number, Err(refusal::FRACTION)),
            ("\"7\"", Kind::Number, clean(Value::Number(7))),
            ("\"7年\"", Kind::Number, Err(refusal::NUMBER_WITH_UNIT)),
            ("true", Kind::Number, Err(refusal::NOT_A_NUMBER)),
            ("9223372036854775808", Kind::Number, Err(refusal::OUT_OF_RANGE)),
            ("99999999999999999999999", Kind::Number, Err(refusal::OUT_OF_RANGE)),
            ("-9223372036854775808", Kind::Number, Err(refusal::RESERVED_VALUE)),
            ("-1", Kind::Unsigned, Err(refusal::NOT_UNSIGNED)),
            ("\"-1\"", Kind::Unsigned, Err(refusal::NOT_UNSIGNED)),
            ("-1.0", Kind::Unsigned, Err(refusal::NOT_UNSIGNED)),
            ("18446744073709551614", Kind::Unsigned, clean(Value::Unsigned(u64::MAX - 1))),
            ("18446744073709551615", Kind::Unsigned, Err(refusal::RESERVED_VALUE)),
            ("1", Kind::Float, clean(Value::float(1.0))),
            ("1", Kind::Symbol, Err(refusal::NOT_TEXT)),
            ("\"\"", Kind::Symbol, clean(Value::symbol(""))),
            ("\" 吴\"", Kind::Symbol, mended(Value::symbol("吴"))),
            ("\"2022-07-15\"", Kind::Date, clean(Value::Date(19_188))),
            ("\"2022-7-15\"", Kind::Date, mended(Value::Date(19_188))),
            ("\"2023-02-29\"", Kind::Date, Err(refusal::NO_SUCH_DAY)),
            ("20220715", Kind::Date, mended(Value::Date(19_188))),
            ("44757", Kind::Date, mended(Value::Date(19_188))),
            ("44757.0", Kind::Date, mended(Value::Date(19_188))),
            ("7", Kind::Date, Err(refusal::NOT_A_DATE)),
            ("\"\"", Kind::Date, Ok(Read::NoValue)),
            ("\"1970-01-01T08:00:00+08:00\"", Kind::Datetime, clean(Value::Datetime(0))),
            ("true", Kind::Symbol, Err(refusal::NOT_TEXT)),
        ] {
            assert_eq!(json(text, expected(kind)), want, "{text}");
        }
    }

    #[test]
    fn identity_numbers_in_json_are_text_or_a_number_that_json_holds() {
        let identity = Expected { kind: Kind::Symbol, identity: true };
        for (text, want) in [
            ("\"640299198501010011\"", Ok(Read::Clean(Value::symbol("640299198501010011")))),
            ("640299850101001", Ok(Read::Mended(Value::symbol("640299850101001")))),
            ("640299198501010011", Err(refusal::IDENTITY_ROUNDED)),
            ("6.40299198501010e17", Err(refusal::IDENTITY_ROUNDED)),
            ("12", Err(refusal::IDENTITY_LENGTH)),
            ("\"无\"", Ok(Read::NoValue)),
            ("\"不详\"", Ok(Read::NoValue)),
            ("\"6402991985O1010011\"", Err(refusal::IDENTITY_LETTERS)),
            ("[]", Err(refusal::NOT_TEXT)),
        ] {
            assert_eq!(json(text, identity), want, "{text}");
        }
    }

    #[test]
    fn text_cells_are_read_by_kind_and_bounded() {
        let of = |text: &str, kind| of_text(text, expected(kind));
        assert_eq!(of("12", Kind::Number), Ok(Read::Clean(Value::Number(12))));
        assert_eq!(of(" 12 ", Kind::Number), Ok(Read::Mended(Value::Number(12))));
        for (text, value) in [("007", 7), ("+10", 10), ("-0", 0), ("-07", -7), ("00", 0)] {
            assert_eq!(of(text, Kind::Number), Ok(Read::Mended(Value::Number(value))), "{text}");
        }
        for (text, value) in [("0", 0), ("-7", -7), ("100", 100)] {
            assert_eq!(of(text, Kind::Number), Ok(Read::Clean(Value::Number(value))), "{text}");
        }
        assert_eq!(of("+10", Kind::Unsigned), Ok(Read::Mended(Value::Unsigned(10))));
        assert_eq!(of("+1.5", Kind::Float), Ok(Read::Mended(Value::float(1.5))));
        for kind in [Kind::Symbol, Kind::Number, Kind::Date] {
            assert_eq!(of("1\0", kind), Err(refusal::CONTROL_CHARACTER));
            assert_eq!(of("\u{1b}a", kind), Err(refusal::CONTROL_CHARACTER));
        }
        assert_eq!(of("a\tb\r\nc", Kind::Symbol), Ok(Read::Clean(Value::symbol("a\tb\r\nc"))));
        assert_eq!(of("", Kind::Number), Ok(Read::NoValue));
        assert_eq!(of("9223372036854775808", Kind::Number), Err(refusal::OUT_OF_RANGE));
        assert_eq!(of("nan", Kind::Float), Err(refusal::NOT_A_FLOAT));
        assert_eq!(of(" 吴 ", Kind::Symbol), Ok(Read::Mended(Value::symbol("吴"))));
        assert_eq!(of("无", Kind::Symbol), Ok(Read::Clean(Value::symbol("无"))), "a text is what it says");
        assert_eq!(of("2022-07-15 ", Kind::Date), Ok(Read::Mended(Value::Date(19_188))));
        assert!(of(&"a".repeat(MAX_CELL_BYTES), Kind::Symbol).is_ok());
        for kind in [Kind::Symbol, Kind::Date, Kind::Number] {
            assert_eq!(of(&" ".repeat(MAX_CELL_BYTES + 1), kind), Err(refusal::TEXT_TOO_LONG));
        }
    }
}
