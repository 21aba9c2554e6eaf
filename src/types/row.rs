//! [`Row`]: one tuple of values. [`Change`]: one row more or less.

use super::Value;
use std::sync::Arc;

/// A tuple, cheap to clone. Ordered by value, column by column: every fixed order in an answer is this one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Row(Arc<[Value]>);

impl Row {
    pub fn new(values: Vec<Value>) -> Row {
        Row(values.into())
    }

    pub fn values(&self) -> &[Value] {
        &self.0
    }

    /// What it holds in memory, roughly: texts by their length, everything else by its size.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(Value::bytes).sum()
    }

    /// The values of some columns, in the order asked for.
    pub fn project(&self, columns: &[usize]) -> Row {
        Row(columns.iter().map(|&c| self.0[c].clone()).collect())
    }
}

/// The values of a key as one text, joined by `|`. A `|` or `\` inside of one stands behind a `\`, and a single empty one is `\` alone, so
/// different keys have different texts and no key has the empty one.
pub fn key_text(values: &[Value]) -> String {
    let text = |value: &Value| value.to_string().replace('\\', "\\\\").replace('|', "\\|");
    match values.iter().map(text).collect::<Vec<_>>().join("|") {
        empty if empty.is_empty() && !values.is_empty() => "\\".to_string(),
        text => text,
    }
}

impl Default for Row {
    /// Without columns.
    fn default() -> Row {
        Row::new(Vec::new())
    }
}

impl std::ops::Index<usize> for Row {
    type Output = Value;
    fn index(&self, column: usize) -> &Value {
        &self.0[column]
    }
}

/// One row of a relation that appears (`+1`) or goes (`-1`) in an epoch. In a consolidated delta no row stands twice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    pub row: Row,
    pub diff: i64,
}
