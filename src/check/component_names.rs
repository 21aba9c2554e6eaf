//! Names of components and of their instances: no component has the name of another one, of a type or of a relation, and no instance that of
//! another instance.

use super::report::{Report, say};
use crate::syntax::{Diagnostic, Span, ast};
use std::collections::{HashMap, HashSet};

/// Components have names beside those of types and relations; instances are named apart.
pub(super) fn check(tree: &ast::Program, report: &mut Report) {
    let items = &tree.items;
    let mut names: HashMap<&str, Span> = HashMap::new();
    for item in items {
        match item {
            ast::Item::Type(decl) => {
                names.entry(&decl.name.text).or_insert(decl.name.span);
            }
            ast::Item::Decl(decl) => decl.names.iter().for_each(|name| {
                names.entry(&name.text).or_insert(name.span);
            }),
            _ => {}
        }
    }
    let declared: HashSet<&str> = names.keys().copied().collect();
    let components = items.iter().filter_map(|item| match item {
        // A second component of one name is told of where components are written out.
        ast::Item::Component(component) => Some((&component.name, declared.contains(component.name.text.as_str()))),
        _ => None,
    });
    components.for_each(|(name, counts)| clash(name, counts, &mut names, report));
    // What an instance holds is called `a.R`: only another instance takes its name.
    let mut instances: HashMap<&str, Span> = HashMap::new();
    for item in items {
        if let ast::Item::Init(init) = item {
            clash(&init.name, true, &mut instances, report);
        }
    }
}

fn clash<'a>(name: &'a ast::Name, counts: bool, names: &mut HashMap<&'a str, Span>, report: &mut Report) {
    let first = *names.entry(&name.text).or_insert(name.span);
    if counts && first != name.span {
        let text = &name.text;
        let message = say(format!("`{text}` names two things"), format!("`{text}` 命名了两样东西"));
        let d = Diagnostic::error("E0317", name.span, message).also(first, say("the other one", "另一处在此"));
        report.add(d.help(say("rename one of them", "请将其中一个改名")));
    }
}
