//! [`Naming`]: what ids of clues are made with. Whoever runs rules has it from the keys of the data folder and gives it to those who compile
//! their expressions, so that a rule sees the id that people see. Must not know: keys.

use crate::types::Row;
use std::sync::Arc;

type Name = dyn Fn(&str, &Row) -> String + Send + Sync;

/// The id of a clue, from its relation and the values of its key.
#[derive(Clone)]
pub struct Naming(Arc<Name>);

impl Naming {
    /// The same relation and key give the same id, always.
    pub fn new(name: impl Fn(&str, &Row) -> String + Send + Sync + 'static) -> Naming {
        Naming(Arc::new(name))
    }

    /// For what reads no clues.
    #[cfg(test)]
    pub fn none() -> Naming {
        Naming::new(|_, _| String::new())
    }

    pub fn clue(&self, relation: &str, key: &Row) -> String {
        self.0(relation, key)
    }
}

impl std::fmt::Debug for Naming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Naming")
    }
}
