//! The types of a program: the primitive kinds, the subset types over them, a forest in which each type knows its parent, and unions, which
//! know the types they are made of.
//!
//! Kinds decide every answer; subset types only reject programs. A program's own `date` or `datetime` beats the built-in one.

use super::report::{Report, say};
use super::structures::{self, Structures};
use crate::limits::MAX_UNION_MEMBERS;
use crate::syntax::{Diagnostic, Span, ast};
use crate::types::Kind;
use std::collections::{HashMap, HashSet};

/// Index into [`TypeTable`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct TypeId(u32);

struct TypeInfo {
    name: String,
    kind: Kind,
    parent: Option<TypeId>,
    /// Of a union the types that it comes down to, none of them a union.
    members: Option<Vec<TypeId>>,
}

pub(super) struct TypeTable {
    types: Vec<TypeInfo>,
    /// `None`: declared, but broken; that was reported.
    by_name: HashMap<String, Option<TypeId>>,
    /// What record and algebraic types are made of.
    pub structures: Structures,
}

/// What a type in type position means.
pub(super) struct Meant {
    /// `None`: unknown or broken; that was reported.
    pub ty: Option<TypeId>,
    pub optional: bool,
    pub name: String,
}

const PRIMITIVES: [Kind; 6] = [Kind::Number, Kind::Unsigned, Kind::Float, Kind::Symbol, Kind::Date, Kind::Datetime];

/// Soufflé's own four cannot be declared again; the words we added can.
const RESERVED: [&str; 4] = ["number", "unsigned", "float", "symbol"];

impl TypeTable {
    pub fn build(tree: &ast::Program, report: &mut Report) -> TypeTable {
        let mut table = TypeTable { types: Vec::new(), by_name: HashMap::new(), structures: Structures::default() };
        for kind in PRIMITIVES {
            let id = table.push(kind.name(), kind, None);
            table.by_name.insert(kind.name().to_string(), Some(id));
        }
        let declared = table.first_declarations(tree, report);
        for decl in declared.values() {
            table.by_name.remove(&decl.name.text);
        }
        for item in &tree.items {
            if let ast::Item::Type(decl) = item
                && declared.contains_key(decl.name.text.as_str())
            {
                table.define(decl, &declared, report);
            }
        }
        table.unite(declared.values().copied(), report);
        structures::declare(tree, &mut table, report);
        table
    }

    /// The first declaration of each name; the others are reported.
    fn first_declarations<'a>(&self, tree: &'a ast::Program, report: &mut Report) -> HashMap<&'a str, &'a ast::TypeDecl> {
        let mut declared: HashMap<&str, &ast::TypeDecl> = HashMap::new();
        for item in &tree.items {
            let ast::Item::Type(decl) = item else { continue };
            let name = decl.name.text.as_str();
            if RESERVED.contains(&name) {
                let message = say(format!("`{name}` is a built-in type"), format!("`{name}` 是内置类型"));
                let help = say("choose another name", "请换一个名字");
                report.add(Diagnostic::error("E0206", decl.name.span, message).help(help));
            } else if let Some(first) = declared.get(name) {
                let message = say(format!("type `{name}` is declared twice"), format!("类型 `{name}` 重复声明"));
                let d = Diagnostic::error("E0205", decl.name.span, message)
                    .also(first.name.span, say("first declared here", "首次声明在此"))
                    .help(say("remove one of them or rename it", "请删除其中一个或改名"));
                report.add(d);
            } else {
                declared.insert(name, decl);
            }
        }
        declared
    }

    /// Follows a declaration down to a known type, then defines the whole chain.
    fn define(&mut self, decl: &ast::TypeDecl, declared: &HashMap<&str, &ast::TypeDecl>, report: &mut Report) {
        let mut chain = vec![decl];
        let mut names: HashSet<&str> = HashSet::new();
        let mut base: Option<TypeId> = loop {
            let top = *chain.last().expect("a chain starts with its declaration");
            if let Some(known) = self.by_name.get(&top.name.text) {
                chain.pop();
                break *known;
            }
            names.insert(&top.name.text);
            let of = match &top.def {
                ast::TypeDef::Subset(of) | ast::TypeDef::Alias(of) => of,
                ast::TypeDef::Bare => break self.primitive(Kind::Symbol),
                ast::TypeDef::Union(_) => {
                    let union = self.push(&top.name.text, Kind::Number, None);
                    self.types[union.0 as usize].members = Some(Vec::new());
                    break Some(union);
                }
                ast::TypeDef::Record(_) => break Some(self.push(&top.name.text, Kind::Record, None)),
                ast::TypeDef::Adt(_) => break Some(self.push(&top.name.text, Kind::Adt, None)),
            };
            if let Some(known) = self.by_name.get(&of.text) {
                break *known;
            }
            let Some(next) = declared.get(of.text.as_str()) else {
                self.undefined(of, report);
                break None;
            };
            if names.contains(of.text.as_str()) {
                let message = say(format!("type `{}` is defined by itself", of.text), format!("类型 `{}` 由自身定义", of.text));
                let help =
                    say("let one of the types in the circle derive from a built-in type", "请让循环中的某个类型派生自内置类型");
                report.add(Diagnostic::error("E0209", of.span, message).help(help));
                break None;
            }
            chain.push(next);
        };
        while let Some(link) = chain.pop() {
            if let (Some(parent), ast::TypeDef::Subset(of)) = (base, &link.def)
                && let Some(message) = self.no_base(parent, of)
            {
                report.add(message);
                base = None;
            }
            if let (Some(parent), ast::TypeDef::Subset(_) | ast::TypeDef::Bare) = (base, &link.def) {
                base = Some(self.push(&link.name.text, self.kind(parent), Some(parent)));
            }
            self.by_name.insert(link.name.text.clone(), base);
        }
    }

    /// Why a type can have no subsets, if it cannot.
    fn no_base(&self, parent: TypeId, of: &ast::Name) -> Option<Diagnostic> {
        let name = &of.text;
        let (message, help) = if self.types[parent.0 as usize].members.is_some() {
            (
                say(format!("a subset cannot derive from the union `{name}`"), format!("子集类型不能派生自联合类型 `{name}`")),
                say("derive it from one of the union's members", "请派生自该联合的某个成员"),
            )
        } else if self.kind(parent).is_structured() {
            (
                say(
                    format!("a subset cannot derive from `{name}`, a record or algebraic type"),
                    format!("子集类型不能派生自记录或代数类型 `{name}`"),
                ),
                say(format!("give it another name: `= {name}`"), format!("若只需别名，请写 `= {name}`")),
            )
        } else {
            return None;
        };
        Some(Diagnostic::error("E0211", of.span, message).help(help))
    }

    /// Gives each union its members and its kind. They are known only when every type has a name.
    fn unite<'a>(&mut self, declared: impl Iterator<Item = &'a ast::TypeDecl>, report: &mut Report) {
        let mut unions: Vec<(TypeId, &ast::TypeDecl, Vec<TypeId>)> = Vec::new();
        for decl in declared {
            let (ast::TypeDef::Union(names), Some(Some(union))) = (&decl.def, self.by_name.get(&decl.name.text)) else {
                continue;
            };
            let (union, mut members) = (*union, Vec::new());
            for name in names {
                match self.by_name.get(&name.text) {
                    Some(Some(member)) => members.push(*member),
                    Some(None) => report.reported_before(),
                    None => self.undefined(name, report),
                }
            }
            unions.push((union, decl, members));
        }
        unions.sort_by_key(|(union, ..)| union.0);
        let direct: HashMap<TypeId, &[TypeId]> = unions.iter().map(|(union, _, members)| (*union, &members[..])).collect();
        // One more is too many.
        let mut most = MAX_UNION_MEMBERS + 1;
        for (union, decl, _) in &unions {
            let leaves = leaves(*union, &direct, &mut most);
            let kinds: HashSet<Kind> = leaves.iter().map(|leaf| self.kind(*leaf)).collect();
            let structured = kinds.iter().any(|kind| kind.is_structured());
            let name = &decl.name.text;
            let (code, message) = match kinds.len() {
                _ if most == 0 => {
                    let en = format!("unions come down to more than {MAX_UNION_MEMBERS} types");
                    ("E0212", say(en, format!("各联合类型展开后超过 {MAX_UNION_MEMBERS} 个类型")))
                }
                _ if structured => {
                    let en = format!("the union `{name}` holds a record or algebraic type");
                    ("E0212", say(en, format!("联合类型 `{name}` 含有记录或代数类型")))
                }
                0 => ("E0209", say(format!("type `{name}` is defined by itself"), format!("类型 `{name}` 由自身定义"))),
                1 => {
                    let info = &mut self.types[union.0 as usize];
                    (info.kind, info.members) = (kinds.into_iter().next().unwrap_or(Kind::Number), Some(leaves));
                    continue;
                }
                _ => {
                    let mut names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                    names.sort_unstable();
                    let names = names.join(", ");
                    let en = format!("the union `{name}` is over several kinds: {names}");
                    ("E0212", say(en, format!("联合类型 `{name}` 含有多种基本类型：{names}")))
                }
            };
            let help = say("let all members derive from one built-in type", "请使各成员派生自同一内置类型");
            report.add(Diagnostic::error(code, decl.name.span, message).help(help));
            // Under its other names too.
            self.by_name.values_mut().filter(|ty| **ty == Some(*union)).for_each(|ty| *ty = None);
            if most == 0 {
                return;
            }
        }
    }

    fn push(&mut self, name: &str, kind: Kind, parent: Option<TypeId>) -> TypeId {
        self.types.push(TypeInfo { name: name.to_string(), kind, parent, members: None });
        TypeId(self.types.len() as u32 - 1)
    }

    fn undefined(&self, name: &ast::Name, report: &mut Report) {
        let message = say(format!("undefined type `{}`", name.text), format!("未定义的类型 `{}`", name.text));
        let mut d = Diagnostic::error("E0207", name.span, message);
        let known = self.by_name.keys().map(String::as_str);
        let help = report.near(&name.text, known).unwrap_or_else(|| {
            let line = format!(".type {} <: symbol", name.text);
            say(format!("declare it, for example `{line}`"), format!("请先声明，例如 `{line}`"))
        });
        d = d.help(help);
        report.add(d);
    }

    /// A type where one is used. A declared type whose very name ends in `?` beats the mark.
    pub fn resolve(&self, used: &ast::TypeRef, report: &mut Report) -> Meant {
        if used.optional
            && let Some(ty) = self.by_name.get(&format!("{}?", used.name.text))
        {
            return Meant { ty: *ty, optional: false, name: format!("{}?", used.name.text) };
        }
        let ty = match self.by_name.get(&used.name.text) {
            Some(ty) => *ty,
            None => {
                self.undefined(&used.name, report);
                None
            }
        };
        Meant { ty, optional: used.optional, name: used.name.text.clone() }
    }

    /// Every name of every type.
    pub fn names(&self) -> impl Iterator<Item = (&str, TypeId)> {
        self.by_name.iter().filter_map(|(name, ty)| Some((name.as_str(), (*ty)?)))
    }

    pub fn find(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied().flatten()
    }

    pub fn primitive(&self, kind: Kind) -> Option<TypeId> {
        PRIMITIVES.iter().position(|k| *k == kind).map(|i| TypeId(i as u32))
    }

    pub fn kind(&self, ty: TypeId) -> Kind {
        self.types[ty.0 as usize].kind
    }

    pub fn name(&self, ty: TypeId) -> &str {
        &self.types[ty.0 as usize].name
    }

    /// Is every value of `low` one of `high`?
    pub fn is_subtype(&self, low: TypeId, high: TypeId) -> bool {
        if low == high {
            return true;
        }
        if let Some(members) = &self.types[low.0 as usize].members {
            return members.iter().all(|member| self.is_subtype(*member, high));
        }
        let wanted = self.types[high.0 as usize].members.as_deref().unwrap_or_default();
        let mut at = Some(low);
        while let Some(ty) = at {
            if ty == high || wanted.contains(&ty) {
                return true;
            }
            at = self.types[ty.0 as usize].parent;
        }
        false
    }

    /// The greatest common subtype: the lower of the two if one lies below the other. Of two unions that share some members it is the first of
    /// these.
    pub fn meet(&self, a: TypeId, b: TypeId) -> Option<TypeId> {
        if self.is_subtype(a, b) {
            return Some(a);
        }
        if self.is_subtype(b, a) {
            return Some(b);
        }
        let below = |a: TypeId, b: TypeId| {
            self.types[a.0 as usize].members.iter().flatten().copied().find(|member| self.is_subtype(*member, b))
        };
        below(a, b).or_else(|| below(b, a))
    }
}

/// What a union comes down to. Unions may name each other. `most`: steps that are left.
fn leaves(union: TypeId, direct: &HashMap<TypeId, &[TypeId]>, most: &mut usize) -> Vec<TypeId> {
    let (mut seen, mut next, mut leaves) = (HashSet::from([union]), vec![union], Vec::new());
    while let Some(ty) = next.pop() {
        *most = most.saturating_sub(1);
        if *most == 0 {
            break;
        }
        match direct.get(&ty) {
            Some(members) => next.extend(members.iter().copied().filter(|member| seen.insert(*member))),
            None => leaves.push(ty),
        }
    }
    leaves.sort_unstable_by_key(|leaf| leaf.0);
    leaves
}

/// Reports a type that has the name of a relation.
pub(super) fn name_clash(name: &str, type_span: Span, relation_span: Span, report: &mut Report) {
    let message = say(format!("`{name}` names a type and a relation"), format!("`{name}` 既是类型又是关系"));
    let d = Diagnostic::error("E0204", relation_span, message)
        .also(type_span, say("the type", "此处是类型"))
        .help(say("rename one of them", "请将其中一个改名"));
    report.add(d);
}
