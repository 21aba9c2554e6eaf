//! What functors mean, over values, for the judge. Written apart from the engine's: wide integers, text by text, days by counting.

use huiyan::expr::{FaultCode, Functor, case_no, doc_key, doc_loose, id_birth, id_near, id_valid, id18, name_key};
use huiyan::security::Names;
use huiyan::types::{Kind, Row, Value};

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

/// The values of a range, by the definition: one step after the other.
pub fn range(ends: &[Value]) -> Vec<Value> {
    let (from, to) = (&ends[0], &ends[1]);
    if let Value::Float(_) = from {
        let step = ends.get(2).map_or(if float(from) <= float(to) { 1.0 } else { -1.0 }, float);
        let (mut at, mut values) = (float(from), Vec::new());
        while step > 0.0 && at < float(to) || step < 0.0 && at > float(to) || step == 0.0 && at != float(to) && values.is_empty()
        {
            values.push(Value::float(at));
            if at + step == at {
                break;
            }
            at += step;
        }
        return values;
    }
    let kind = if matches!(from, Value::Unsigned(_)) { Kind::Unsigned } else { Kind::Number };
    let step = ends.get(2).map_or(if int(from) <= int(to) { 1 } else { -1 }, int);
    let (mut at, mut values) = (int(from), Vec::new());
    while step > 0 && at < int(to) || step < 0 && at > int(to) || step == 0 && at != int(to) && values.is_empty() {
        values.push(wrap(kind, at));
        at += step;
    }
    values
}

/// Functors that random programs and the supervision pack use; the others have tables of their own, and so have the forms of numbers and
/// names, which are taken as they are.
pub fn apply(functor: Functor, args: &[Value]) -> Outcome {
    let number = |x: i128| Ok(Value::Number(x as i64));
    match functor {
        Functor::IsInRange(_) => number(i128::from(range(&args[1..]).contains(&args[0]))),
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
        Functor::Replace if text(&args[1]).is_empty() => Ok(args[0].clone()),
        Functor::Replace => Ok(Value::symbol(&text(&args[0]).split(text(&args[1])).collect::<Vec<_>>().join(text(&args[2])))),
        Functor::StrLen => number(text(&args[0]).len() as i128),
        Functor::CharLen => number(text(&args[0]).chars().count() as i128),
        Functor::ToString(_) | Functor::Written(_) => Ok(Value::symbol(&args[0].to_string())),
        Functor::ToNumber(Kind::Symbol) => to_number(text(&args[0])),
        Functor::CharSubstr => Ok(Value::symbol(&char_substr(text(&args[0]), int(&args[1]), int(&args[2])))),
        Functor::AddMonths => add_months(&args[0], int(&args[1])),
        Functor::AddYears => add_months(&args[0], 12 * int(&args[1])),
        Functor::DateOf => date_of(text(&args[0])),
        Functor::TermEnd => term_end(&args[0], int(&args[1]), int(&args[2])),
        Functor::Id18 => Ok(Value::symbol(&id18(text(&args[0])))),
        Functor::IdValid => number(i128::from(id_valid(text(&args[0])))),
        Functor::IdNear => number(i128::from(id_near(text(&args[0]), text(&args[1])))),
        Functor::IdBirth => Ok(Value::symbol(&id_birth(text(&args[0])))),
        Functor::CaseNo => Ok(Value::symbol(&case_no(text(&args[0])))),
        Functor::DocKey => Ok(Value::symbol(&doc_key(text(&args[0])))),
        Functor::DocLoose => Ok(Value::symbol(&doc_loose(text(&args[0])))),
        Functor::NameKey => Ok(Value::symbol(&name_key(text(&args[0])))),
        Functor::ClueId => {
            let key = Row::new(args[1..].chunks(2).map(|pair| pair[1].clone()).collect());
            Ok(Value::symbol(&Names::of_no_folder().clue(text(&args[0]), &key).to_string()))
        }
        Functor::Place => number((1..args.len()).take_while(|i| args[*i] != args[0]).count() as i128),
        Functor::DueDay if args[0] == Value::Absent => Ok(Value::Absent),
        // China is eight hours ahead.
        Functor::DueDay => day((int(&args[0]) + 8 * 3_600_000_000).div_euclid(86_400_000_000)),
        Functor::Build => {
            let (branch, _) = shape(&args[0]);
            Ok(if branch.is_empty() { Value::record(&args[1..]) } else { Value::branch(branch, &args[1..]) })
        }
        Functor::Is => number(i128::from(fields(&args[0], &args[1]).is_some())),
        // Of another shape it means nothing, and nothing comes of it.
        Functor::Field(at, kind) => {
            Ok(fields(&args[0], &args[1]).map_or_else(|| nothing(kind), |all| all[usize::from(at)].clone()))
        }
        other => panic!("judged programs do not use {other:?}"),
    }
}

/// Branch and kinds, as the checker writes them: `B(number, symbol)`.
fn shape(written: &Value) -> (&str, Vec<&str>) {
    let (branch, kinds) = text(written).trim_end_matches(')').split_once('(').expect("a shape has brackets");
    (branch, kinds.split(", ").filter(|kind| !kind.is_empty()).collect())
}

/// The fields of a value of this shape.
fn fields(written: &Value, value: &Value) -> Option<Vec<Value>> {
    let (branch, kinds) = shape(written);
    let (own, fields) = value.opened()?;
    let same = fields.iter().map(|field| field.kind().expect("no field is absent").name()).eq(kinds);
    (own.unwrap_or("") == branch && same).then_some(fields)
}

fn nothing(kind: Kind) -> Value {
    match kind {
        Kind::Number => Value::Number(0),
        Kind::Symbol => Value::symbol(""),
        Kind::Record => Value::nil(),
        _ => Value::branch("?", &[]),
    }
}

fn char_substr(text: &str, from: i128, count: i128) -> String {
    let rest = text.chars().skip(usize::try_from(from).unwrap_or(usize::MAX));
    // A length below zero: to the end.
    if count < 0 { rest.collect() } else { rest.take(count as usize).collect() }
}

/// The same day so many months on or back; a day that the month does not have is its last.
fn add_months(start: &Value, months: i128) -> Outcome {
    let (year, month, day_of_month) = civil(start);
    let ahead = i128::from(year) * 12 + i128::from(month) - 1 + months;
    let (year, month) = (ahead.div_euclid(12) as i64, ahead.rem_euclid(12) as i64 + 1);
    if !(1..=9999).contains(&year) {
        return Err(Failure(FaultCode::DateRange));
    }
    day(day_number(year, month, day_of_month.min(days_in_month(year, month))))
}

/// The last day of a term: the day before the one of the same number, so many years and then months on. A day that a month does not have
/// is its last; months counted from the last day of a month lead to the last day of a month.
fn term_end(start: &Value, years: i128, months: i128) -> Outcome {
    if years < 0 || months < 0 {
        return Err(Failure(FaultCode::DateRange));
    }
    let (year, month, day_of_month) = civil(start);
    let year = i128::from(year) + years;
    if year + months / 12 + 1 > 9999 {
        return Err(Failure(FaultCode::DateRange));
    }
    let after_years = day_of_month.min(days_in_month(year as i64, month));
    let was_last = after_years == days_in_month(year as i64, month);
    let ahead = i128::from(month) - 1 + months;
    let (year, month) = ((year + ahead / 12) as i64, (ahead % 12) as i64 + 1);
    let last = days_in_month(year, month);
    let anniversary = if months > 0 && was_last { last } else { after_years.min(last) };
    day(day_number(year, month, anniversary) - 1)
}

/// From the first day on by counting: years, months, days.
fn day_number(year: i64, month: i64, day_of_month: i64) -> i128 {
    let days_before = |y: i64| 365 * (y - 1) + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400;
    let months_before: i64 = (1..month).map(|m| days_in_month(year, m)).sum();
    FIRST_DAY + i128::from(days_before(year) + months_before + day_of_month - 1)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A day as `2022-07-15`; whatever else is no day.
fn date_of(text: &str) -> Outcome {
    let parts: Vec<i64> = text.split('-').map_while(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [year @ 1..=9999, month @ 1..=12, nth] if (1..=days_in_month(*year, *month)).contains(nth) => {
            day(day_number(*year, *month, *nth))
        }
        _ => Err(Failure(FaultCode::DateRange)),
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
    let mut month = 1;
    while rest >= days_in_month(year, month) {
        rest -= days_in_month(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}
