//! The record types and algebraic types that a program declares: their fields and branches. Names of branches are global.
//!
//! Must not know rules: which type a literal is of is inferred elsewhere.

use super::report::{Report, say};
use super::types::{TypeId, TypeTable};
use crate::program::{self, structure};
use crate::syntax::{Diagnostic, Span, ast};
use crate::types::Shape;
use std::collections::HashMap;

#[derive(Default)]
pub(super) struct Structures {
    of: HashMap<TypeId, Structure>,
    /// By name; where several types have one, the first of them.
    branches: HashMap<String, (TypeId, usize)>,
}

enum Structure {
    Record(Vec<Field>),
    Adt(Vec<Branch>),
}

pub(super) struct Field {
    pub name: String,
    /// `None`: unknown, which was reported.
    pub ty: Option<TypeId>,
}

struct Branch {
    name: String,
    span: Span,
    fields: Vec<Field>,
}

/// Fields and branches of all types, whose names are known by now.
pub(super) fn declare(tree: &ast::Program, types: &mut TypeTable, report: &mut Report) {
    let mut found = Structures::default();
    for item in &tree.items {
        let ast::Item::Type(decl) = item else { continue };
        let Some(ty) = types.find(&decl.name.text).filter(|ty| !found.of.contains_key(ty)) else { continue };
        let structure = match &decl.def {
            ast::TypeDef::Record(columns) => Structure::Record(fields(columns, types, report)),
            ast::TypeDef::Adt(branches) => Structure::Adt(found.branches(ty, branches, types, report)),
            _ => continue,
        };
        found.of.insert(ty, structure);
    }
    types.structures = found;
}

fn fields(columns: &[ast::Column], types: &TypeTable, report: &mut Report) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        let name = &column.name.text;
        if let Some(first) = columns[..i].iter().find(|c| c.name.text == *name) {
            let message = say(format!("two fields are called `{name}`"), format!("有两个字段都叫 `{name}`"));
            let d = Diagnostic::error("E0240", column.name.span, message)
                .also(first.name.span, say("the first one", "第一个在此"))
                .help(say("rename one of them", "请将其中一个改名"));
            report.add(d);
        }
        let meant = types.resolve(&column.ty, report);
        if meant.optional {
            let message = say(format!("the field `{name}` cannot be optional"), format!("字段 `{name}` 不能为可缺"));
            let help = say("take the `?` off; a record may be `nil` without it", "请去掉 `?`；记录本身即可为 `nil`");
            report.add(Diagnostic::error("E0242", column.ty.name.span, message).help(help));
        }
        fields.push(Field { name: name.clone(), ty: meant.ty });
    }
    fields
}

impl Structures {
    fn branches(&mut self, ty: TypeId, branches: &[ast::Branch], types: &TypeTable, report: &mut Report) -> Vec<Branch> {
        let mut own: Vec<Branch> = Vec::new();
        for branch in branches {
            let name = &branch.name.text;
            let first = own.iter().find(|b| b.name == *name).map(|b| b.span).or_else(|| self.span(name));
            if let Some(first) = first {
                let message = say(format!("branch `{name}` is declared twice"), format!("分支 `{name}` 重复声明"));
                let d = Diagnostic::error("E0241", branch.name.span, message)
                    .also(first, say("first declared here", "首次声明在此"))
                    .help(say("names of branches are global: rename one", "分支名在整个程序中须唯一：请改名"));
                report.add(d);
            } else {
                self.branches.insert(name.clone(), (ty, own.len()));
            }
            let fields = fields(&branch.fields, types, report);
            own.push(Branch { name: name.clone(), span: branch.name.span, fields });
        }
        own
    }

    fn span(&self, branch: &str) -> Option<Span> {
        let (ty, at) = self.branches.get(branch)?;
        match self.of.get(ty)? {
            Structure::Adt(branches) => Some(branches[*at].span),
            Structure::Record(_) => None,
        }
    }

    /// The fields of a record type.
    pub fn record(&self, ty: TypeId) -> Option<&[Field]> {
        match self.of.get(&ty)? {
            Structure::Record(fields) => Some(fields),
            Structure::Adt(_) => None,
        }
    }

    /// The type of a branch, and its fields.
    pub fn branch(&self, name: &str) -> Option<(TypeId, &[Field])> {
        let (ty, at) = self.branches.get(name)?;
        match self.of.get(ty)? {
            Structure::Adt(branches) => Some((*ty, &branches[*at].fields)),
            Structure::Record(_) => None,
        }
    }

    /// The branches of an enumeration (no branch has fields) in the order of their names: the place of each is its raw number.
    pub fn enumeration(&self, ty: TypeId) -> Option<Vec<&str>> {
        let Structure::Adt(branches) = self.of.get(&ty)? else { return None };
        let mut names: Vec<&str> = branches.iter().map(|branch| branch.name.as_str()).collect();
        names.sort_unstable();
        branches.iter().all(|branch| branch.fields.is_empty()).then_some(names)
    }

    pub fn branch_names(&self) -> impl Iterator<Item = &str> {
        self.branches.keys().map(String::as_str)
    }
}

/// What a value with these fields looks like; `None` if a field's type is unknown.
pub(super) fn shape(branch: Option<&str>, fields: &[Field], types: &TypeTable) -> Option<Shape> {
    let kinds = fields.iter().map(|field| field.ty.map(|ty| types.kind(ty))).collect::<Option<_>>()?;
    Some(Shape { branch: branch.map(Into::into), kinds })
}

/// The same for readers and writers of values.
pub(super) fn finished(types: &TypeTable) -> program::Structures {
    let declared = &types.structures;
    let mut ids: Vec<TypeId> = declared.of.keys().copied().collect();
    ids.sort();
    let places: HashMap<TypeId, usize> = ids.iter().enumerate().map(|(at, ty)| (*ty, at)).collect();
    let field = |field: &Field| {
        let ty = field.ty?;
        Some(structure::Field { name: field.name.clone(), kind: types.kind(ty), structure: places.get(&ty).copied() })
    };
    let fields = |fields: &[Field]| fields.iter().filter_map(field).collect();
    let one = |ty: &TypeId| match &declared.of[ty] {
        Structure::Record(columns) => structure::Structure::Record(fields(columns)),
        Structure::Adt(branches) => {
            structure::Structure::Adt(branches.iter().map(|branch| (branch.name.clone(), fields(&branch.fields))).collect())
        }
    };
    let names = types.names().filter_map(|(name, ty)| Some((name.to_string(), *places.get(&ty)?)));
    program::Structures { types: ids.iter().map(one).collect(), names: names.collect() }
}
