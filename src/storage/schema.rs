//! [`Schema`]: names and kinds of the columns that entries were written under, kept in the journal itself, so that it can be read
//! without the rules of its time. A row is matched to today's relation by column name; a column that came later reads as absent.

use crate::types::Kind;

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Schema {
    /// Input relations, in any fixed order.
    pub relations: Vec<RelationSchema>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RelationSchema {
    pub name: String,
    pub columns: Vec<ColumnSchema>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnSchema {
    pub name: String,
    pub kind: Kind,
    pub optional: bool,
}

impl Schema {
    pub fn relation(&self, name: &str) -> Option<&RelationSchema> {
        self.relations.iter().find(|relation| relation.name == name)
    }
}
