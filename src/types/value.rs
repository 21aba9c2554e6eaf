//! [`Value`]: one cell, as people and files mean it. [`Kind`]: which of the primitive kinds it is.

use super::part::Part;
use std::cmp::Ordering;
use std::sync::Arc;

/// The primitive kinds. They decide every answer; subset types only reject programs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// 64-bit signed, wraps.
    Number,
    /// 64-bit unsigned, wraps.
    Unsigned,
    /// IEEE double in a total order; `-0.0 = 0.0`, one NaN (the largest value).
    Float,
    /// Text, compared by UTF-8 bytes.
    Symbol,
    /// A civil day, counted from 1970-01-01.
    Date,
    /// An instant in microseconds since 1970-01-01T00:00Z, shown with +08:00.
    Datetime,
    /// Of some record type; which one only the checker knows.
    Record,
    /// Of some algebraic type.
    Adt,
}

impl Kind {
    /// The word of the rule language.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Unsigned => "unsigned",
            Kind::Float => "float",
            Kind::Symbol => "symbol",
            Kind::Date => "date",
            Kind::Datetime => "datetime",
            Kind::Record => "record",
            Kind::Adt => "algebraic",
        }
    }

    /// Has it values of which one is less than the other?
    pub fn is_ordered(self) -> bool {
        !self.is_structured()
    }

    /// Is it made of other values?
    pub fn is_structured(self) -> bool {
        matches!(self, Kind::Record | Kind::Adt)
    }

    pub fn from_name(name: &str) -> Option<Kind> {
        Some(match name {
            "number" => Kind::Number,
            "unsigned" => Kind::Unsigned,
            "float" => Kind::Float,
            "symbol" => Kind::Symbol,
            "date" => Kind::Date,
            "datetime" => Kind::Datetime,
            "record" => Kind::Record,
            "algebraic" => Kind::Adt,
            _ => return None,
        })
    }
}

/// A double with a total order: `-0.0` is `0.0`, every NaN is one NaN and the largest.
#[derive(Clone, Copy, Debug)]
pub struct F64(f64);

impl F64 {
    pub fn new(x: f64) -> F64 {
        if x.is_nan() {
            F64(f64::NAN)
        } else if x == 0.0 {
            F64(0.0)
        } else {
            F64(x)
        }
    }

    pub fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for F64 {
    fn eq(&self, other: &F64) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for F64 {}

impl PartialOrd for F64 {
    fn partial_cmp(&self, other: &F64) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for F64 {
    fn cmp(&self, other: &F64) -> Ordering {
        // Both NaN are canonical and positive, so total_cmp puts NaN last and has one zero.
        self.0.total_cmp(&other.0)
    }
}

impl std::hash::Hash for F64 {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// One typed cell. The order is by kind, then by value; text by UTF-8 bytes; `Absent` first; structured ones part by part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Value {
    /// An optional column without a value (`nil`).
    Absent,
    Number(i64),
    Unsigned(u64),
    Float(F64),
    Symbol(Arc<str>),
    /// Days since 1970-01-01.
    Date(i64),
    /// Microseconds since 1970-01-01T00:00Z.
    Datetime(i64),
    /// `[1, [2, nil]]`: its parts from the outside in.
    Record(Arc<[Part]>),
    /// `$B(1, $A)`
    Adt(Arc<[Part]>),
}

impl Value {
    pub fn symbol(text: &str) -> Value {
        Value::Symbol(Arc::from(text))
    }

    pub fn float(x: f64) -> Value {
        Value::Float(F64::new(x))
    }

    /// `None` for an absent value.
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Value::Absent => return None,
            Value::Number(_) => Kind::Number,
            Value::Unsigned(_) => Kind::Unsigned,
            Value::Float(_) => Kind::Float,
            Value::Symbol(_) => Kind::Symbol,
            Value::Date(_) => Kind::Date,
            Value::Datetime(_) => Kind::Datetime,
            Value::Record(_) => Kind::Record,
            Value::Adt(_) => Kind::Adt,
        })
    }

    /// Is it the sentinel that stands for "absent" inside the engine? Such a value is refused at the door.
    pub fn is_reserved(&self) -> bool {
        match self {
            Value::Number(x) | Value::Date(x) | Value::Datetime(x) => *x == i64::MIN,
            Value::Unsigned(x) => *x == u64::MAX,
            Value::Absent | Value::Float(_) | Value::Symbol(_) | Value::Record(_) | Value::Adt(_) => false,
        }
    }

    /// What it holds in memory, roughly: texts by their length, everything else by its size.
    pub fn bytes(&self) -> usize {
        let held = match self {
            Value::Symbol(text) => text.len(),
            Value::Record(parts) | Value::Adt(parts) => parts.iter().map(Part::bytes).sum(),
            _ => 0,
        };
        size_of::<Value>() + held
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Symbol(text) => Some(text),
            _ => None,
        }
    }
}

/// The text of a fact file: symbols raw, floats as C++ prints them with 17 digits, dates as `YYYY-MM-DD`, absent as nothing.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Absent => Ok(()),
            Value::Number(x) => write!(f, "{x}"),
            Value::Unsigned(x) => write!(f, "{x}"),
            Value::Float(x) => f.write_str(&float_text(x.get())),
            Value::Symbol(text) => f.write_str(text),
            Value::Date(day) => f.write_str(&super::date_text(*day)),
            Value::Datetime(us) => f.write_str(&super::datetime_text(*us)),
            Value::Record(parts) | Value::Adt(parts) => super::part::write_parts(parts, f),
        }
    }
}

/// C++ `setprecision(17)` in the general (`%g`) style, which Soufflé writes: trailing zeros cut, exponent from 1e17 and below 1e-4.
fn float_text(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_string();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_string();
    }
    if x == 0.0 {
        return "0".to_string();
    }
    let scientific = format!("{x:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..17).contains(&exponent) {
        let mantissa = trim_zeros(mantissa);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let decimals = (16 - exponent).max(0) as usize;
    trim_zeros(&format!("{x:.decimals$}")).to_string()
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_souffle_prints_them() {
        for (x, text) in [
            (3.5, "3.5"),
            (1e20, "1e+20"),
            (0.1, "0.10000000000000001"),
            (100.0, "100"),
            (1e-5, "1.0000000000000001e-05"),
            (-0.0, "0"),
            (0.5, "0.5"),
        ] {
            assert_eq!(Value::float(x).to_string(), text);
        }
    }

    #[test]
    fn there_is_one_zero_and_one_nan_and_nan_is_last() {
        assert_eq!(Value::float(-0.0), Value::float(0.0));
        assert_eq!(Value::float(-f64::NAN), Value::float(f64::NAN));
        assert!(Value::float(f64::NAN) > Value::float(f64::INFINITY));
    }
}
