//! The table of functors: one row per overload. To add one: a variant, a row here, an arm in `eval.rs`.

use super::pattern;
use crate::types::{Kind, Said};

/// Why an expression has no value. The code stands in fault rows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FaultCode {
    /// Integer division or remainder by zero.
    DivisionByZero,
    /// A text that is no number, or a float that no integer holds.
    Conversion,
    /// A day or an instant outside 0001-01-01 to 9999-12-31, or no day of the calendar.
    DateRange,
    /// A negative exponent or a power that 64 bits do not hold.
    Power,
}

impl FaultCode {
    const ALL: [FaultCode; 4] = [FaultCode::DivisionByZero, FaultCode::Conversion, FaultCode::DateRange, FaultCode::Power];

    pub fn from_name(name: &str) -> Option<FaultCode> {
        FaultCode::ALL.into_iter().find(|code| code.name() == name)
    }

    pub fn said(self) -> Said {
        match self {
            FaultCode::DivisionByZero => Said::new("division by zero", "除数为零"),
            FaultCode::Conversion => Said::new("the text or number cannot be converted", "无法转换"),
            FaultCode::DateRange => {
                Said::new("no such day or instant (years 1 to 9999)", "没有这样的日期或时刻（公元 1 至 9999 年）")
            }
            FaultCode::Power => Said::new("the power does not fit", "乘方超出范围"),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            FaultCode::DivisionByZero => "division-by-zero",
            FaultCode::Conversion => "conversion",
            FaultCode::DateRange => "date-range",
            FaultCode::Power => "power",
        }
    }
}

/// A functor with its overload chosen. `Add(Number)` and `Add(Float)` are two rows of the table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Functor {
    Neg(Kind),
    Add(Kind),
    Sub(Kind),
    Mul(Kind),
    Div(Kind),
    Mod(Kind),
    Pow(Kind),
    BitAnd(Kind),
    BitOr(Kind),
    BitXor(Kind),
    BitNot(Kind),
    ShiftLeft(Kind),
    ShiftRight(Kind),
    ShiftRightUnsigned(Kind),
    LogicAnd(Kind),
    LogicOr(Kind),
    LogicXor(Kind),
    LogicNot(Kind),
    /// Two or more of one kind; symbols by bytes.
    Min(Kind),
    Max(Kind),
    /// `range(a, b[, step])`, which has many values: no expression, but a literal of its own.
    Range(Kind),
    /// `(value, a, b[, step])`: 1 if the value is one of the range, else 0. Rule text has no name for it.
    IsInRange(Kind),
    /// Any number of symbols.
    Cat,
    StrLen,
    Substr,
    CharLen,
    CharSubstr,
    Lower,
    Upper,
    Trim,
    /// `replace(text, from, to)`
    Replace,
    /// Conversions: from the named kind.
    ToNumber(Kind),
    ToUnsigned(Kind),
    ToFloat(Kind),
    ToString(Kind),
    /// A value as fact files write it: what keys are said with. Rule text has no name for it and the next three.
    Written(Kind),
    /// The id of a clue: its relation, then the kind and the value of each column of its key. The folder's key makes it, so it is computed
    /// where expressions are compiled ([`super::Compiled`]) and nowhere else.
    ClueId,
    /// `place(text, one, other, …)`: at which of the others the text stands, from 0; their number if at none. Absent is none.
    Place,
    /// The day of an instant, absent for an absent one.
    DueDay,
    /// `date("2022-07-15")` of a symbol.
    DateOf,
    /// `datetime("2022-07-15T00:00:00+08:00")` of a symbol.
    DatetimeOf,
    /// `date_of(datetime)`
    DayOf,
    /// date + number, number + date (days).
    DateAdd,
    /// date - number.
    DateSubDays,
    /// date - date, in days.
    DateDiff,
    Year,
    Month,
    DayOfMonth,
    /// 1 = Monday.
    Weekday,
    AddMonths,
    AddYears,
    TermEnd,
    Id18,
    IdValid,
    /// `id_near(number, number)`: 1 or 0.
    IdNear,
    IdBirth,
    CaseNo,
    DocKey,
    DocLoose,
    NameKey,
    /// `ord(x)`: the raw number of a value. That of a symbol is its place in the order of first sight, that of a record or branch its word.
    Ord(Kind),
    /// A record or branch of its fields. Its first argument and that of the next two is the text of a shape; rule text has no name for them.
    Build,
    /// Is a value of this shape? 1 or 0.
    Is,
    /// The field at this place, which is of this kind; of a value of another shape something that means nothing.
    Field(u16, Kind),
}

/// A functor used as a condition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Test {
    /// `contains(part, text)`: the part comes first.
    Contains,
    /// `starts_with(text, part)`
    StartsWith,
    /// `ends_with(text, part)`
    EndsWith,
    /// `match(pattern, text)`: the pattern comes first, and the whole text must fit.
    Match,
}

/// One overload: the name in rule text, the kinds it takes and gives.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    pub name: &'static str,
    pub functor: Functor,
    /// For a variadic one the kind of every argument stands once.
    pub args: &'static [Kind],
    pub variadic: bool,
    pub result: Kind,
}

const N: Kind = Kind::Number;
const U: Kind = Kind::Unsigned;
const F: Kind = Kind::Float;
const S: Kind = Kind::Symbol;
const D: Kind = Kind::Date;
const T: Kind = Kind::Datetime;
const R: Kind = Kind::Record;
const A: Kind = Kind::Adt;

const fn row(name: &'static str, functor: Functor, args: &'static [Kind], result: Kind) -> Signature {
    Signature { name, functor, args, variadic: false, result }
}

const fn many(name: &'static str, functor: Functor, arg: &'static [Kind], result: Kind) -> Signature {
    Signature { name, functor, args: arg, variadic: true, result }
}

use Functor as X;

const TABLE: &[Signature] = &[
    row("-", X::Neg(N), &[N], N),
    row("-", X::Neg(F), &[F], F),
    row("+", X::Add(N), &[N, N], N),
    row("+", X::Add(U), &[U, U], U),
    row("+", X::Add(F), &[F, F], F),
    row("+", X::Cat, &[S, S], S),
    row("+", X::DateAdd, &[D, N], D),
    row("+", X::DateAdd, &[N, D], D),
    row("-", X::Sub(N), &[N, N], N),
    row("-", X::Sub(U), &[U, U], U),
    row("-", X::Sub(F), &[F, F], F),
    row("-", X::DateSubDays, &[D, N], D),
    row("-", X::DateDiff, &[D, D], N),
    row("*", X::Mul(N), &[N, N], N),
    row("*", X::Mul(U), &[U, U], U),
    row("*", X::Mul(F), &[F, F], F),
    row("/", X::Div(N), &[N, N], N),
    row("/", X::Div(U), &[U, U], U),
    row("/", X::Div(F), &[F, F], F),
    row("%", X::Mod(N), &[N, N], N),
    row("%", X::Mod(U), &[U, U], U),
    row("^", X::Pow(N), &[N, N], N),
    row("^", X::Pow(U), &[U, U], U),
    row("^", X::Pow(F), &[F, F], F),
    row("band", X::BitAnd(N), &[N, N], N),
    row("band", X::BitAnd(U), &[U, U], U),
    row("bor", X::BitOr(N), &[N, N], N),
    row("bor", X::BitOr(U), &[U, U], U),
    row("bxor", X::BitXor(N), &[N, N], N),
    row("bxor", X::BitXor(U), &[U, U], U),
    row("bnot", X::BitNot(N), &[N], N),
    row("bnot", X::BitNot(U), &[U], U),
    row("bshl", X::ShiftLeft(N), &[N, N], N),
    row("bshl", X::ShiftLeft(U), &[U, U], U),
    row("bshr", X::ShiftRight(N), &[N, N], N),
    row("bshr", X::ShiftRight(U), &[U, U], U),
    row("bshru", X::ShiftRightUnsigned(N), &[N, N], N),
    row("bshru", X::ShiftRightUnsigned(U), &[U, U], U),
    row("land", X::LogicAnd(N), &[N, N], N),
    row("land", X::LogicAnd(U), &[U, U], U),
    row("lor", X::LogicOr(N), &[N, N], N),
    row("lor", X::LogicOr(U), &[U, U], U),
    row("lxor", X::LogicXor(N), &[N, N], N),
    row("lxor", X::LogicXor(U), &[U, U], U),
    row("lnot", X::LogicNot(N), &[N], N),
    row("lnot", X::LogicNot(U), &[U], U),
    many("min", X::Min(N), &[N], N),
    many("min", X::Min(U), &[U], U),
    many("min", X::Min(F), &[F], F),
    many("min", X::Min(S), &[S], S),
    many("min", X::Min(D), &[D], D),
    many("min", X::Min(T), &[T], T),
    many("max", X::Max(N), &[N], N),
    many("max", X::Max(U), &[U], U),
    many("max", X::Max(F), &[F], F),
    many("max", X::Max(S), &[S], S),
    many("max", X::Max(D), &[D], D),
    many("max", X::Max(T), &[T], T),
    row("range", X::Range(N), &[N, N], N),
    row("range", X::Range(N), &[N, N, N], N),
    row("range", X::Range(U), &[U, U], U),
    row("range", X::Range(U), &[U, U, U], U),
    row("range", X::Range(F), &[F, F], F),
    row("range", X::Range(F), &[F, F, F], F),
    many("cat", X::Cat, &[S], S),
    row("strlen", X::StrLen, &[S], N),
    row("substr", X::Substr, &[S, N, N], S),
    row("char_len", X::CharLen, &[S], N),
    row("char_substr", X::CharSubstr, &[S, N, N], S),
    row("lower", X::Lower, &[S], S),
    row("upper", X::Upper, &[S], S),
    row("trim", X::Trim, &[S], S),
    row("replace", X::Replace, &[S, S, S], S),
    row("to_number", X::ToNumber(N), &[N], N),
    row("to_number", X::ToNumber(U), &[U], N),
    row("to_number", X::ToNumber(F), &[F], N),
    row("to_number", X::ToNumber(S), &[S], N),
    row("to_unsigned", X::ToUnsigned(N), &[N], U),
    row("to_unsigned", X::ToUnsigned(U), &[U], U),
    row("to_unsigned", X::ToUnsigned(F), &[F], U),
    row("to_unsigned", X::ToUnsigned(S), &[S], U),
    row("to_float", X::ToFloat(N), &[N], F),
    row("to_float", X::ToFloat(U), &[U], F),
    row("to_float", X::ToFloat(F), &[F], F),
    row("to_float", X::ToFloat(S), &[S], F),
    row("to_string", X::ToString(N), &[N], S),
    row("to_string", X::ToString(U), &[U], S),
    row("to_string", X::ToString(F), &[F], S),
    row("to_string", X::ToString(S), &[S], S),
    row("to_string", X::ToString(D), &[D], S),
    row("to_string", X::ToString(T), &[T], S),
    row("date", X::DateOf, &[S], D),
    row("datetime", X::DatetimeOf, &[S], T),
    row("date_of", X::DayOf, &[T], D),
    row("year", X::Year, &[D], N),
    row("month", X::Month, &[D], N),
    row("day", X::DayOfMonth, &[D], N),
    row("weekday", X::Weekday, &[D], N),
    row("add_months", X::AddMonths, &[D, N], D),
    row("add_years", X::AddYears, &[D, N], D),
    row("term_end", X::TermEnd, &[D, N, N], D),
    row("id18", X::Id18, &[S], S),
    row("id_valid", X::IdValid, &[S], N),
    row("id_near", X::IdNear, &[S, S], N),
    row("id_birth", X::IdBirth, &[S], S),
    row("case_no", X::CaseNo, &[S], S),
    row("doc_key", X::DocKey, &[S], S),
    row("doc_loose", X::DocLoose, &[S], S),
    row("name_key", X::NameKey, &[S], S),
    row("ord", X::Ord(N), &[N], N),
    row("ord", X::Ord(U), &[U], N),
    row("ord", X::Ord(F), &[F], N),
    row("ord", X::Ord(S), &[S], N),
    row("ord", X::Ord(D), &[D], N),
    row("ord", X::Ord(T), &[T], N),
    row("ord", X::Ord(R), &[R], N),
    row("ord", X::Ord(A), &[A], N),
];

/// Every overload; those of one name stand together in order of preference (number, unsigned, float, symbol, date).
pub fn signatures() -> &'static [Signature] {
    TABLE
}

impl Functor {
    /// Can it be without a value for some arguments?
    pub fn can_fail(self) -> bool {
        match self {
            X::Div(kind) | X::Mod(kind) | X::Pow(kind) => kind != Kind::Float,
            X::ToNumber(kind) | X::ToUnsigned(kind) => matches!(kind, Kind::Float | Kind::Symbol),
            X::ToFloat(kind) => kind == Kind::Symbol,
            X::DateOf | X::DatetimeOf | X::DayOf | X::DateAdd | X::DateSubDays | X::AddMonths | X::AddYears | X::TermEnd => true,
            _ => false,
        }
    }

    /// Does its value say nothing but how the process came to hold the values?
    pub fn is_of_the_process(self) -> bool {
        matches!(self, X::Ord(Kind::Symbol | Kind::Record | Kind::Adt))
    }

    /// The one code with which this functor fails, if it can.
    pub fn fault_code(self) -> Option<FaultCode> {
        if !self.can_fail() {
            return None;
        }
        Some(match self {
            X::Div(_) | X::Mod(_) => FaultCode::DivisionByZero,
            X::Pow(_) => FaultCode::Power,
            X::ToNumber(_) | X::ToUnsigned(_) | X::ToFloat(_) => FaultCode::Conversion,
            _ => FaultCode::DateRange,
        })
    }

    /// The name in rule text; of those that have none there, what people are shown.
    pub fn name(self) -> &'static str {
        match self {
            X::Written(_) => "written",
            X::ClueId => "clue_id",
            X::Place => "place",
            X::DueDay => "due_day",
            X::IsInRange(_) => "in_range",
            X::Build => "build",
            X::Is => "is",
            X::Field(..) => "field",
            _ => TABLE.iter().find(|row| row.functor == self).map_or("?", |row| row.name),
        }
    }
}

impl Test {
    /// By its name in rule text; all of them take two symbols.
    pub fn from_name(name: &str) -> Option<Test> {
        Some(match name {
            "contains" => Test::Contains,
            "starts_with" => Test::StartsWith,
            "ends_with" => Test::EndsWith,
            "match" => Test::Match,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Test::Contains => "contains",
            Test::StartsWith => "starts_with",
            Test::EndsWith => "ends_with",
            Test::Match => "match",
        }
    }

    /// `None`: neither it nor its negation holds, because the pattern is none.
    pub fn holds(self, a: &str, b: &str) -> Option<bool> {
        Some(match self {
            Test::Contains => b.contains(a),
            Test::StartsWith => a.starts_with(b),
            Test::EndsWith => a.ends_with(b),
            Test::Match => return pattern::fits(a, b),
        })
    }
}
