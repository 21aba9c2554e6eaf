//! [`Rules`]: rule text made ready to run. The same text gives the same rules, today and at every replay.

use crate::plan::{self, Plan};
use crate::program::{Program, Relation};
use crate::storage::{ColumnSchema, RelationSchema, Schema};
use crate::syntax::{Diagnostic, SourceFile, Sources, has_errors};
use crate::types::{Kind, RelId};
use std::sync::Arc;

use super::walk::Clocks;

/// A checked program and its plan. Cheap to clone.
#[derive(Clone)]
pub struct Rules {
    pub program: Arc<Program>,
    pub plan: Arc<Plan>,
    /// Name and text, main file first, as the journal holds them.
    pub files: Arc<[(String, String)]>,
}

impl Rules {
    /// From the text that an entry holds (or is going to hold).
    pub fn of_text(files: &[(String, String)]) -> Result<Rules, Vec<Diagnostic>> {
        let file = |(name, text): &(String, String)| SourceFile { name: name.clone(), text: Arc::from(text.as_str()) };
        let sources = Sources { files: files.iter().map(file).collect() };
        let (tree, mut diagnostics) = crate::syntax::parse(&sources);
        let (program, found) = crate::check::check(&tree, &sources);
        diagnostics.extend(found);
        let program = program.filter(|_| !has_errors(&diagnostics)).ok_or(diagnostics)?;
        let plan = Arc::new(plan::plan(&program));
        Ok(Rules { program: Arc::new(program), plan, files: files.into() })
    }

    /// Names and kinds of what comes from outside, for the journal to be readable without the rules.
    pub fn schema(&self) -> Schema {
        let inputs = self.program.relations.iter().filter(|relation| relation.input.is_some() || relation.clock);
        Schema { relations: inputs.map(relation_schema).collect() }
    }

    pub fn arities(&self) -> Vec<usize> {
        self.program.relations.iter().map(Relation::arity).collect()
    }

    pub fn clocks(&self) -> Clocks {
        let kind = |id: &RelId| self.program.relation(*id).columns[0].kind;
        match self.program.clocks.iter().map(kind).max_by_key(|kind| *kind == Kind::Datetime) {
            None => Clocks::None,
            Some(Kind::Datetime) => Clocks::Datetime,
            Some(_) => Clocks::Date,
        }
    }
}

fn relation_schema(relation: &Relation) -> RelationSchema {
    let columns = relation.columns.iter().map(|c| ColumnSchema { name: c.name.clone(), kind: c.kind, optional: c.optional });
    RelationSchema { name: relation.name.clone(), columns: columns.collect() }
}
