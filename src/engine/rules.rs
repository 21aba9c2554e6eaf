//! [`Rules`]: rule text made ready to run. The same text gives the same rules, today and at every replay.

use crate::plan::{self, Plan};
use crate::program::{Column, Io, Program, RecordDecl, Relation};
use crate::storage::{ColumnSchema, RelationSchema, Schema};
use crate::syntax::{Diagnostic, SourceFile, Sources, Span, has_errors};
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
    /// The text is not taken any more: only the relations of its rows are known.
    pub unread: bool,
}

impl Rules {
    /// From the text that an entry holds (or is going to hold).
    pub fn of_text(files: &[(String, String)]) -> Result<Rules, Vec<Diagnostic>> {
        let file = |(name, text): &(String, String)| SourceFile { name: name.clone(), text: Arc::from(text.as_str()) };
        let sources = Sources { files: files.iter().map(file).collect(), ..Sources::default() };
        let (tree, mut diagnostics) = crate::syntax::parse(&sources);
        let (program, found) = crate::check::check(&tree, &sources);
        diagnostics.extend(found);
        diagnostics.extend(program.iter().flat_map(crate::check::served));
        let program = program.filter(|_| !has_errors(&diagnostics)).ok_or(diagnostics)?;
        let plan = Arc::new(plan::plan(&program));
        Ok(Rules { program: Arc::new(program), plan, files: files.into(), unread: false })
    }

    /// Of a program that is in force.
    pub fn of_program(program: Arc<Program>) -> Rules {
        Rules { plan: Arc::new(plan::plan(&program)), program, files: Arc::default(), unread: false }
    }

    /// As an entry of the past installed them. If today's checker refuses the text, or reads rows out of it that are not those of the
    /// schema stored with them, then only what the rows need is there, from that schema; such rules do not run.
    pub fn of_past(files: &[(String, String)], schema: &Schema) -> Rules {
        Rules::of_text(files).ok().filter(|rules| rules.schema().fits(schema)).unwrap_or_else(|| {
            let program = program_of(schema);
            let plan = Arc::new(plan::plan(&program));
            Rules { program: Arc::new(program), plan, files: files.into(), unread: true }
        })
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

/// Relations without a rule.
fn program_of(schema: &Schema) -> Program {
    let relations: Vec<Relation> = schema.relations.iter().map(relation_of).collect();
    let clocks = (0..relations.len()).filter(|number| relations[*number].clock).map(|number| RelId(number as u32)).collect();
    Program { relations, clocks, ..Program::default() }
}

fn relation_of(schema: &RelationSchema) -> Relation {
    let column =
        |c: &ColumnSchema| Column { name: c.name.clone(), kind: c.kind, optional: c.optional, type_name: c.type_name.clone() };
    let personal = schema.columns.iter().enumerate().filter(|(_, column)| column.personal).map(|(number, _)| number);
    let record = RecordDecl {
        key: schema.key.clone(),
        owners: schema.owners.clone(),
        by: schema.by,
        since: schema.since,
        personal: personal.collect(),
        identity: Vec::new(),
        title: schema.name.clone(),
        titles: Vec::new(),
        words: Vec::new(),
        alike: Vec::new(),
        checks: Vec::new(),
        past: Vec::new(),
    };
    Relation {
        name: schema.name.clone(),
        columns: schema.columns.iter().map(column).collect(),
        input: (!schema.clock).then(Io::default),
        outputs: Vec::new(),
        printsize: false,
        record: (!schema.key.is_empty()).then_some(record),
        clue: None,
        clock: schema.clock,
        span: Span::default(),
    }
}

fn relation_schema(relation: &Relation) -> RelationSchema {
    let record = relation.record.as_ref();
    let column = |(number, c): (usize, &Column)| ColumnSchema {
        name: c.name.clone(),
        type_name: c.type_name.clone(),
        kind: c.kind,
        optional: c.optional,
        personal: record.is_some_and(|record| record.personal.contains(&number)),
    };
    RelationSchema {
        name: relation.name.clone(),
        columns: relation.columns.iter().enumerate().map(column).collect(),
        key: record.map(|record| record.key.clone()).unwrap_or_default(),
        owners: record.map(|record| record.owners.clone()).unwrap_or_default(),
        by: record.and_then(|record| record.by),
        since: record.and_then(|record| record.since),
        clock: relation.clock,
    }
}
