//! The declared relations and their columns: what names in rules and directives refer to.

use super::report::{Report, say};
use super::types::{TypeId, TypeTable, name_clash};
use crate::limits::MAX_COLUMNS;
use crate::program::{Column, Relation};
use crate::syntax::{Diagnostic, Span, ast};
use crate::types::{Kind, RelId};
use std::collections::{BTreeSet, HashMap};

pub(super) struct Schema {
    pub types: TypeTable,
    pub relations: Vec<Relation>,
    /// The type of each column; `None` if it is unknown, which was reported.
    column_types: Vec<Vec<Option<TypeId>>>,
    by_name: HashMap<String, RelId>,
    /// Declared `inline`: their rules are written in where they are read.
    pub inline: BTreeSet<RelId>,
}

impl Schema {
    pub fn build(tree: &ast::Program, report: &mut Report) -> Schema {
        let types = TypeTable::build(tree, report);
        let mut schema =
            Schema { types, relations: Vec::new(), column_types: Vec::new(), by_name: HashMap::new(), inline: BTreeSet::new() };
        for item in &tree.items {
            if let ast::Item::Decl(decl) = item {
                schema.declare(decl, report);
            }
        }
        for item in &tree.items {
            if let ast::Item::Type(decl) = item
                && let Some(id) = schema.find(&decl.name.text)
            {
                name_clash(&decl.name.text, decl.name.span, schema.relation(id).span, report);
            }
        }
        schema
    }

    fn declare(&mut self, decl: &ast::Decl, report: &mut Report) {
        if decl.columns.len() > MAX_COLUMNS {
            let (n, most) = (decl.columns.len(), MAX_COLUMNS);
            let message = say(format!("{n} columns, at most {most} are possible"), format!("共 {n} 列，最多允许 {most} 列"));
            report.error("E0210", decl.span, message);
            return;
        }
        let (columns, types) = self.columns(decl, report);
        for name in &decl.names {
            if let Some(&first) = self.by_name.get(&name.text) {
                let message =
                    say(format!("relation `{}` is declared twice", name.text), format!("关系 `{}` 重复声明", name.text));
                let d = Diagnostic::error("E0202", name.span, message)
                    .also(self.relation(first).span, say("first declared here", "首次声明在此"))
                    .help(say("remove one of them or rename it", "请删除其中一个或改名"));
                report.add(d);
                continue;
            }
            let id = self.push(&name.text, columns.clone(), types.clone(), name.span);
            if decl.has_qualifier("inline") {
                self.inline.insert(id);
            }
        }
    }

    /// A relation that no text declares. Its columns have the types they name, as far as there are such and they are of that kind.
    pub fn give(&mut self, name: &str, columns: Vec<Column>, span: Span) -> RelId {
        let types = columns.iter().map(|column| {
            let declared = self.types.find(&column.type_name).filter(|ty| self.types.kind(*ty) == column.kind);
            declared.or_else(|| self.types.primitive(column.kind))
        });
        let types = types.collect();
        self.push(name, columns, types, span)
    }

    fn push(&mut self, name: &str, columns: Vec<Column>, types: Vec<Option<TypeId>>, span: Span) -> RelId {
        let id = RelId(self.relations.len() as u32);
        self.by_name.insert(name.to_string(), id);
        self.relations.push(Relation {
            name: name.to_string(),
            columns,
            input: None,
            outputs: Vec::new(),
            printsize: false,
            record: None,
            clue: None,
            clock: false,
            span,
        });
        self.column_types.push(types);
        id
    }

    fn columns(&self, decl: &ast::Decl, report: &mut Report) -> (Vec<Column>, Vec<Option<TypeId>>) {
        let mut columns: Vec<Column> = Vec::new();
        let mut types = Vec::new();
        for (i, column) in decl.columns.iter().enumerate() {
            let name = &column.name.text;
            if columns.iter().any(|c| c.name == *name) {
                let message = say(format!("two columns are called `{name}`"), format!("有两列都叫 `{name}`"));
                let first = decl.columns[..i].iter().find(|c| c.name.text == *name).map_or(decl.span, |c| c.name.span);
                let d = Diagnostic::error("E0208", column.name.span, message)
                    .also(first, say("the first one", "第一列在此"))
                    .help(say("rename one of them", "请将其中一列改名"));
                report.add(d);
            }
            let meant = self.types.resolve(&column.ty, report);
            let kind = meant.ty.map_or(Kind::Number, |ty| self.types.kind(ty));
            let optional = meant.optional && !kind.is_structured();
            if meant.optional && !optional {
                let of = &meant.name;
                let message = say(
                    format!("a column of the record or algebraic type `{of}` cannot be optional"),
                    format!("记录或代数类型 `{of}` 的列不能为可缺列"),
                );
                let help = say("take the `?` off; a record may be `nil` without it", "请去掉 `?`；记录本身即可为 `nil`");
                report.add(Diagnostic::error("E0242", column.ty.name.span, message).help(help));
            }
            columns.push(Column { name: name.clone(), kind, optional, type_name: meant.name });
            types.push(meant.ty);
        }
        (columns, types)
    }

    pub fn find(&self, name: &str) -> Option<RelId> {
        self.by_name.get(name).copied()
    }

    /// A relation that must exist.
    pub fn expect(&self, name: &ast::Name, report: &mut Report) -> Option<RelId> {
        let found = self.find(&name.text);
        if found.is_none() {
            self.undefined(&name.text, name.span, report);
        }
        found
    }

    fn undefined(&self, name: &str, span: Span, report: &mut Report) {
        let message = say(format!("undefined relation `{name}`"), format!("未定义的关系 `{name}`"));
        let help = report
            .near(name, self.relations.iter().map(|r| r.name.as_str()))
            .unwrap_or_else(|| say(format!("declare it: `.decl {name}(…)`"), format!("请先声明：`.decl {name}(…)`")));
        report.add(Diagnostic::error("E0201", span, message).help(help));
    }

    pub fn relation(&self, id: RelId) -> &Relation {
        &self.relations[id.index()]
    }

    pub fn relation_mut(&mut self, id: RelId) -> &mut Relation {
        &mut self.relations[id.index()]
    }

    pub fn column_type(&self, id: RelId, column: usize) -> Option<TypeId> {
        self.column_types[id.index()][column]
    }
}
