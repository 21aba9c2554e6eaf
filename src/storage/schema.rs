//! [`Schema`]: what must be known of the relations that entries were written under, kept in the journal itself, so that rows can be
//! read, told apart by key, sealed and given out without the rules of their time, also where a later checker no longer takes their text.
//!
//! A row is matched to today's relation by column name; a column that came later reads as absent.

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
    /// Columns of the key by number, in the order of the declaration. Empty: no key is declared, the whole row is one.
    pub key: Vec<usize>,
    /// Kinds of agency that may write.
    pub owners: Vec<String>,
    /// The column that must name the speaking agency.
    pub by: Option<usize>,
    /// The date that coverage speaks of.
    pub since: Option<usize>,
    /// Holds the clock; moves by entries of its own.
    pub clock: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ColumnSchema {
    pub name: String,
    /// The declared type by name, without the mark of optional columns.
    pub type_name: String,
    pub kind: Kind,
    pub optional: bool,
    /// Its cells are sealed.
    pub personal: bool,
}

impl Schema {
    pub fn relation(&self, name: &str) -> Option<&RelationSchema> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// Do rows written under one of these read the same under the other? Who may write them is no part of that.
    pub fn fits(&self, other: &Schema) -> bool {
        let rows = |schema: &Schema| -> Vec<_> {
            let column = |c: &ColumnSchema| (c.name.clone(), c.kind, c.optional, c.personal);
            let relation =
                |r: &RelationSchema| (r.name.clone(), r.columns.iter().map(column).collect::<Vec<_>>(), r.key.clone(), r.clock);
            let mut rows: Vec<_> = schema.relations.iter().map(relation).collect();
            rows.sort();
            rows
        };
        rows(self) == rows(other)
    }
}
