//! One cell as received becomes a value of its column's kind, or a code that says why not.
//!
//! Nothing is guessed: numbers are numbers in JSON, dates have one spelling, an absent value is a matter of the column, not of the text.

use super::json::Raw;
use super::refusal;
use crate::limits::MAX_CELL_BYTES;
use crate::types::{CivilError, Kind, Value, parse_date, parse_datetime};

type Code = &'static str;

/// A cell of a JSON row. `null` is decided by the caller, who knows whether the column is optional.
pub fn of_json(raw: &Raw, kind: Kind) -> Result<Value, Code> {
    let value = match kind {
        Kind::Number => match raw {
            Raw::Int(x) => Value::Number(*x),
            Raw::Unsigned(_) => return Err(refusal::OUT_OF_RANGE),
            Raw::Float(x) if is_huge(*x) => return Err(refusal::OUT_OF_RANGE),
            _ => return Err(refusal::NOT_A_NUMBER),
        },
        Kind::Unsigned => match raw {
            Raw::Int(x) => Value::Unsigned(u64::try_from(*x).map_err(|_| refusal::NOT_UNSIGNED)?),
            Raw::Unsigned(x) => Value::Unsigned(*x),
            Raw::Float(x) if is_huge(*x) => return Err(refusal::OUT_OF_RANGE),
            _ => return Err(refusal::NOT_UNSIGNED),
        },
        Kind::Float => match raw {
            Raw::Int(x) => Value::float(*x as f64),
            Raw::Unsigned(x) => Value::float(*x as f64),
            Raw::Float(x) => Value::float(*x),
            _ => return Err(refusal::NOT_A_FLOAT),
        },
        Kind::Symbol => match raw {
            Raw::Text(text) => text_of(text)?,
            _ => return Err(refusal::NOT_TEXT),
        },
        Kind::Date => match raw {
            Raw::Text(text) => date_of(text)?,
            _ => return Err(refusal::NOT_A_DATE),
        },
        Kind::Datetime => match raw {
            Raw::Text(text) => datetime_of(text)?,
            _ => return Err(refusal::NOT_A_DATETIME),
        },
    };
    admitted(value)
}

/// A cell of a text file. White space around numbers and dates is not part of them; text is taken as it stands.
pub fn of_text(text: &str, kind: Kind) -> Result<Value, Code> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    let overflows = |e: &std::num::ParseIntError| matches!(e.kind(), PosOverflow | NegOverflow);
    let trimmed = text.trim();
    let value = match kind {
        Kind::Number => match trimmed.parse() {
            Ok(x) => Value::Number(x),
            Err(e) if overflows(&e) => return Err(refusal::OUT_OF_RANGE),
            Err(_) => return Err(refusal::NOT_A_NUMBER),
        },
        Kind::Unsigned => match trimmed.parse() {
            Ok(x) => Value::Unsigned(x),
            Err(e) if overflows(&e) => return Err(refusal::OUT_OF_RANGE),
            Err(_) => return Err(refusal::NOT_UNSIGNED),
        },
        Kind::Float => match trimmed.parse::<f64>() {
            Ok(x) if x.is_finite() => Value::float(x),
            _ => return Err(refusal::NOT_A_FLOAT),
        },
        Kind::Symbol => text_of(text)?,
        Kind::Date => date_of(trimmed)?,
        Kind::Datetime => datetime_of(trimmed)?,
    };
    admitted(value)
}

/// A whole number that JSON could only carry as a rounded double.
fn is_huge(x: f64) -> bool {
    x.fract() == 0.0 && x.abs() >= i64::MAX as f64
}

fn text_of(text: &str) -> Result<Value, Code> {
    if text.len() > MAX_CELL_BYTES {
        return Err(refusal::TEXT_TOO_LONG);
    }
    Ok(Value::symbol(text))
}

fn date_of(text: &str) -> Result<Value, Code> {
    match parse_date(text) {
        Ok(day) => Ok(Value::Date(day)),
        Err(CivilError::Form) => Err(refusal::NOT_A_DATE),
        Err(CivilError::Range) => Err(refusal::NO_SUCH_DAY),
    }
}

fn datetime_of(text: &str) -> Result<Value, Code> {
    parse_datetime(text).map(Value::Datetime).map_err(|_| refusal::NOT_A_DATETIME)
}

fn admitted(value: Value) -> Result<Value, Code> {
    if value.is_reserved() { Err(refusal::RESERVED_VALUE) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str, kind: Kind) -> Result<Value, Code> {
        of_json(&super::super::parse_json(text.as_bytes()).unwrap(), kind)
    }

    #[test]
    fn json_cells_take_the_kind_of_their_column_and_no_other() {
        for (text, kind, want) in [
            ("7", Kind::Number, Ok(Value::Number(7))),
            ("7.0", Kind::Number, Err(refusal::NOT_A_NUMBER)),
            ("\"7\"", Kind::Number, Err(refusal::NOT_A_NUMBER)),
            ("9223372036854775808", Kind::Number, Err(refusal::OUT_OF_RANGE)),
            ("99999999999999999999999", Kind::Number, Err(refusal::OUT_OF_RANGE)),
            ("-9223372036854775808", Kind::Number, Err(refusal::RESERVED_VALUE)),
            ("-1", Kind::Unsigned, Err(refusal::NOT_UNSIGNED)),
            ("18446744073709551614", Kind::Unsigned, Ok(Value::Unsigned(u64::MAX - 1))),
            ("18446744073709551615", Kind::Unsigned, Err(refusal::RESERVED_VALUE)),
            ("1", Kind::Float, Ok(Value::float(1.0))),
            ("1", Kind::Symbol, Err(refusal::NOT_TEXT)),
            ("\"\"", Kind::Symbol, Ok(Value::symbol(""))),
            ("\"2022-07-15\"", Kind::Date, Ok(Value::Date(19_188))),
            ("\"2022-7-15\"", Kind::Date, Err(refusal::NOT_A_DATE)),
            ("\"2023-02-29\"", Kind::Date, Err(refusal::NO_SUCH_DAY)),
            ("20220715", Kind::Date, Err(refusal::NOT_A_DATE)),
            ("\"1970-01-01T08:00:00+08:00\"", Kind::Datetime, Ok(Value::Datetime(0))),
            ("true", Kind::Symbol, Err(refusal::NOT_TEXT)),
        ] {
            assert_eq!(json(text, kind), want, "{text}");
        }
    }

    #[test]
    fn text_cells_are_read_by_kind_and_bounded() {
        assert_eq!(of_text(" 12 ", Kind::Number), Ok(Value::Number(12)));
        assert_eq!(of_text("", Kind::Number), Err(refusal::NOT_A_NUMBER));
        assert_eq!(of_text("9223372036854775808", Kind::Number), Err(refusal::OUT_OF_RANGE));
        assert_eq!(of_text("nan", Kind::Float), Err(refusal::NOT_A_FLOAT));
        assert_eq!(of_text(" 吴 ", Kind::Symbol), Ok(Value::symbol(" 吴 ")));
        assert_eq!(of_text("2022-07-15 ", Kind::Date), Ok(Value::Date(19_188)));
        assert!(of_text(&"a".repeat(MAX_CELL_BYTES), Kind::Symbol).is_ok());
        assert_eq!(of_text(&"a".repeat(MAX_CELL_BYTES + 1), Kind::Symbol), Err(refusal::TEXT_TOO_LONG));
    }
}
