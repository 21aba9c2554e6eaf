//! Record types and algebraic types of a program: who reads a value from text, or gives its fields their names, has to know them.
//! Everything else goes by kinds.

use crate::types::Kind;
use std::collections::BTreeMap;

/// Every record and algebraic type under each of its names.
#[derive(Clone, Default, Debug)]
pub struct Structures {
    pub types: Vec<Structure>,
    pub names: BTreeMap<String, usize>,
}

#[derive(Clone, Debug)]
pub enum Structure {
    Record(Vec<Field>),
    /// Branches by name.
    Adt(Vec<(String, Vec<Field>)>),
}

/// A field of a record or branch.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// Of a structured one its place in [`Structures::types`].
    pub structure: Option<usize>,
}

impl Structures {
    /// The type of a column, by the name that its declaration gives.
    pub fn of(&self, type_name: &str) -> Option<&Structure> {
        self.names.get(type_name).map(|at| &self.types[*at])
    }

    pub fn of_field(&self, field: &Field) -> Option<&Structure> {
        field.structure.map(|at| &self.types[at])
    }
}

impl Structure {
    /// The fields of a record, or of the branch of this name.
    pub fn fields(&self, branch: Option<&str>) -> Option<&[Field]> {
        match (self, branch) {
            (Structure::Record(fields), None) => Some(fields),
            (Structure::Adt(branches), Some(name)) => {
                branches.iter().find(|(branch, _)| branch == name).map(|(_, fields)| &fields[..])
            }
            (Structure::Record(_), Some(_)) | (Structure::Adt(_), None) => None,
        }
    }
}
