//! [`Pick`]: what is made of the rows of one key where it follows from all of them which ones stay.

use super::node::Shape;
use crate::types::Kind;

/// A column in whose order rows are compared by value: its kind, and whether it may be absent, which comes first.
pub type Ordered = (Kind, bool);

/// Columns are counted behind the key.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Pick {
    /// The first column is a number that says where a row comes from; it is dropped. Rows from 0 stay. The others, in order of it and then
    /// of their values, stay if in none of the domains they agree with one that stays.
    Choice { columns: Vec<Ordered>, domains: Vec<Vec<usize>> },
    /// Rows that no other one dominates: the filter of one of these shapes holds of the row (left) and the other (right). Of two that
    /// dominate each other the lesser by value stays.
    Undominated { columns: Vec<Ordered>, dominates: Vec<Shape> },
    /// The first column is a number: 0 before a row that dominates the key, 1 before one that the key dominates; `columns` are those of a
    /// row, and of the key. Gives keys that are dominated, in the same sense.
    Dominated { columns: Vec<Ordered> },
    /// All rows, each with its place in the order of values behind it, from 0.
    Numbered { columns: Vec<Ordered> },
    /// The key, if there are at least so many rows, those that stand several times counted so often.
    AtLeast(u64),
}

impl Pick {
    /// How many columns the rows have that it makes, of rows of so many with such a key.
    pub fn width(&self, columns: usize, key: usize) -> usize {
        match self {
            Pick::Choice { .. } => columns - 1,
            Pick::Undominated { .. } => columns,
            Pick::Dominated { .. } | Pick::AtLeast(_) => key,
            Pick::Numbered { .. } => columns + 1,
        }
    }
}
