//! [`Part`]: structured values (records and algebraic ones) as the flat list of their parts, from the outside in. A list of a hundred
//! thousand elements is that deep; flat, it is compared, copied, printed and dropped without a stack.
//!
//! Must not know which type a value is of: a part says how many of those after it are its fields.

use super::node::Shape;
use super::{Kind, Value};
use std::fmt::Write;
use std::sync::Arc;

/// One part. The fields of a record or branch follow it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Part {
    Nil,
    /// A record of so many fields.
    Record(usize),
    /// A branch of so many fields.
    Branch(Arc<str>, usize),
    /// A value that is not structured.
    Plain(Value),
}

impl Part {
    /// As [`Value::bytes`]. A plain one holds no other parts.
    pub(super) fn bytes(&self) -> usize {
        let text = match self {
            Part::Branch(name, _) => name.len(),
            Part::Plain(value) => value.as_text().map_or(0, str::len),
            Part::Nil | Part::Record(_) => 0,
        };
        size_of::<Part>() + text
    }

    /// How many of what follows are its fields.
    pub fn fields(&self) -> usize {
        match self {
            Part::Nil | Part::Plain(_) => 0,
            Part::Record(fields) | Part::Branch(_, fields) => *fields,
        }
    }
}

/// What a value of this shape begins with.
pub(super) fn opening(shape: &Shape) -> Part {
    match &shape.branch {
        Some(name) => Part::Branch(name.clone(), shape.kinds.len()),
        None => Part::Record(shape.kinds.len()),
    }
}

impl Value {
    /// The record that is none.
    pub fn nil() -> Value {
        Value::Record(Arc::from([Part::Nil]))
    }

    pub fn record(fields: &[Value]) -> Value {
        Value::Record(whole(Part::Record(fields.len()), fields))
    }

    /// Of an algebraic type.
    pub fn branch(name: &str, fields: &[Value]) -> Value {
        Value::Adt(whole(Part::Branch(Arc::from(name), fields.len()), fields))
    }

    /// The value that has this shape.
    pub fn of_shape(shape: &Shape, fields: &[Value]) -> Value {
        let parts = whole(opening(shape), fields);
        if shape.kind() == Kind::Adt { Value::Adt(parts) } else { Value::Record(parts) }
    }

    /// Of a structured value, its branch and its fields; `None` for all others and for `nil`.
    pub fn opened(&self) -> Option<(Option<&str>, Vec<Value>)> {
        let (Value::Record(parts) | Value::Adt(parts)) = self else { return None };
        let branch = match parts.first()? {
            Part::Record(_) => None,
            Part::Branch(name, _) => Some(&**name),
            Part::Nil | Part::Plain(_) => return None,
        };
        let (mut fields, mut rest) = (Vec::new(), &parts[1..]);
        while let Some(first) = rest.first() {
            let (field, after) = rest.split_at(length(rest));
            fields.push(match first {
                Part::Plain(value) => value.clone(),
                Part::Nil | Part::Record(_) => Value::Record(field.into()),
                Part::Branch(..) => Value::Adt(field.into()),
            });
            rest = after;
        }
        Some((branch, fields))
    }
}

fn whole(first: Part, fields: &[Value]) -> Arc<[Part]> {
    let mut parts = vec![first];
    for field in fields {
        match field {
            Value::Record(inner) | Value::Adt(inner) => parts.extend_from_slice(inner),
            plain => parts.push(Part::Plain(plain.clone())),
        }
    }
    parts.into()
}

/// How many parts the first value has.
fn length(parts: &[Part]) -> usize {
    let (mut open, mut at) = (1, 0);
    while open > 0 {
        open += parts[at].fields();
        open -= 1;
        at += 1;
    }
    at
}

/// As fact files have it: `[1, abc, [2, nil]]`, `$B(1, $A)`.
pub(super) fn write_parts(parts: &[Part], f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    // Of each value that is open how many fields are to come, whether one came, and what closes it.
    let mut open: Vec<(usize, bool, char)> = Vec::new();
    for part in parts {
        if let Some((left, began, _)) = open.last_mut() {
            f.write_str(if *began { ", " } else { "" })?;
            (*left, *began) = (*left - 1, true);
        }
        match part {
            Part::Nil => f.write_str("nil")?,
            Part::Plain(value) => write!(f, "{value}")?,
            Part::Record(fields) => {
                f.write_char('[')?;
                open.push((*fields, false, ']'));
            }
            Part::Branch(name, 0) => write!(f, "${name}")?,
            Part::Branch(name, fields) => {
                write!(f, "${name}(")?;
                open.push((*fields, false, ')'));
            }
        }
        while let Some((_, _, close)) = open.pop_if(|(left, ..)| *left == 0) {
            f.write_char(close)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_are_written_as_fact_files_have_them() {
        let list = Value::record(&[Value::Number(2), Value::nil()]);
        let record = Value::record(&[Value::Number(1), Value::symbol("abc"), list]);
        let leaf = Value::branch("A", &[]);
        assert_eq!(record.to_string(), "[1, abc, [2, nil]]");
        assert_eq!(Value::branch("B", &[Value::Number(1), leaf.clone()]).to_string(), "$B(1, $A)");
        assert_eq!((Value::nil().to_string(), Value::record(&[]).to_string()), ("nil".to_string(), "[]".to_string()));
        assert_eq!(record.opened().map(|(_, fields)| Value::record(&fields)), Some(record));
        assert_eq!(leaf.opened(), Some((Some("A"), Vec::new())));
    }

    #[test]
    fn their_order_is_by_value_part_by_part() {
        let pair = |a: i64, b: i64| Value::record(&[Value::Number(a), Value::Number(b)]);
        let mut values = [pair(2, 0), pair(1, 9), Value::nil(), pair(1, -1)];
        values.sort();
        assert_eq!(values, [Value::nil(), pair(1, -1), pair(1, 9), pair(2, 0)]);
    }
}
