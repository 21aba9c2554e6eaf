//! What functors mean, over values, for the judge. Written apart from the engine's: wide integers, text by text, days by counting.

use huiyan::expr::{FaultCode, Functor};
use huiyan::types::{Kind, Value};

/// No value, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failure(pub FaultCode);

type Outcome = Result<Value, Failure>;

const FIRST_DAY: i128 = -719_162;
const LAST_DAY: i128 = 2_932_896;

fn int(value: &Value) -> i128 {
    match value {
        Value::Number(x) | Value::Date(x) | Value::Datetime(x) => i128::from(*x),
        Value::Unsigned(x) => i128::from(*x),
        other => panic!("{other:?} is no integer"),
    }
}

fn float(value: &Value) -> f64 {
    let Value::Float(x) = value else { panic!("{value:?} is no float") };
    x.get()
}

fn text(value: &Value) -> &str {
    value.as_text().expect("a symbol")
}

/// An integer brought back into 64 bits, wrapping.
fn wrap(kind: Kind, x: i128) -> Value {
    match kind {
        Kind::Unsigned => Value::Unsigned(x as u64),
        _ => Value::Number(x as i64),
    }
}

fn day(x: i128) -> Outcome {
    if (FIRST_DAY..=LAST_DAY).contains(&x) { Ok(Value::Date(x as i64)) } else { Err(Failure(FaultCode::DateRange)) }
}

/// Functors that random programs use; the others have tables of their own.
pub fn apply(functor: Functor, args: &[Value]) -> Outcome {
    let number = |x: i128| Ok(Value::Number(x as i64));
    match functor {
        Functor::Neg(Kind::Float) => Ok(Value::float(-float(&args[0]))),
        Functor::Neg(_) => number(-int(&args[0])),
        Functor::Add(Kind::Float) => Ok(Value::float(float(&args[0]) + float(&args[1]))),
        Functor::Sub(Kind::Float) => Ok(Value::float(float(&args[0]) - float(&args[1]))),
        Functor::Mul(Kind::Float) => Ok(Value::float(float(&args[0]) * float(&args[1]))),
        Functor::Div(Kind::Float) => Ok(Value::float(float(&args[0]) / float(&args[1]))),
        Functor::Add(kind) => Ok(wrap(kind, int(&args[0]) + int(&args[1]))),
        Functor::Sub(kind) => Ok(wrap(kind, int(&args[0]) - int(&args[1]))),
        Functor::Mul(kind) => Ok(wrap(kind, int(&args[0]).wrapping_mul(int(&args[1])))),
        Functor::Div(_) | Functor::Mod(_) if int(&args[1]) == 0 => Err(Failure(FaultCode::DivisionByZero)),
        Functor::Div(kind) => Ok(wrap(kind, int(&args[0]) / int(&args[1]))),
        Functor::Mod(kind) => Ok(wrap(kind, int(&args[0]) % int(&args[1]))),
        Functor::Min(_) => Ok(args.iter().min().expect("at least one argument").clone()),
        Functor::Max(_) => Ok(args.iter().max().expect("at least one argument").clone()),
        Functor::DateAdd => day(int(&args[0]) + int(&args[1])),
        Functor::DateSubDays => day(int(&args[0]) - int(&args[1])),
        Functor::DateDiff => number(int(&args[0]) - int(&args[1])),
        Functor::Year => number(i128::from(civil(&args[0]).0)),
        Functor::Month => number(i128::from(civil(&args[0]).1)),
        Functor::DayOfMonth => number(i128::from(civil(&args[0]).2)),
        Functor::Cat => Ok(Value::symbol(&args.iter().map(text).collect::<String>())),
        Functor::StrLen => number(text(&args[0]).len() as i128),
        Functor::CharLen => number(text(&args[0]).chars().count() as i128),
        Functor::ToString(_) | Functor::Written(_) => Ok(Value::symbol(&args[0].to_string())),
        Functor::ToNumber(Kind::Symbol) => to_number(text(&args[0])),
        other => panic!("random programs do not use {other:?}"),
    }
}

/// Digits with a sign in front; what follows them does not matter.
fn to_number(text: &str) -> Outcome {
    let (sign, digits) = if let Some(rest) = text.strip_prefix('-') { (-1, rest) } else { (1, text) };
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse::<i64>() {
        Ok(x) => Ok(Value::Number(sign * x)),
        Err(_) => Err(Failure(FaultCode::Conversion)),
    }
}

/// Year, month, day, by walking the calendar from 1970.
fn civil(date: &Value) -> (i64, i64, i64) {
    let mut rest = int(date) as i64;
    let leap = |y: i64| (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    let mut year = 1970;
    while rest < 0 {
        year -= 1;
        rest += if leap(year) { 366 } else { 365 };
    }
    while rest >= if leap(year) { 366 } else { 365 } {
        rest -= if leap(year) { 366 } else { 365 };
        year += 1;
    }
    let months = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while rest >= months[month] {
        rest -= months[month];
        month += 1;
    }
    (year, month as i64 + 1, rest + 1)
}
