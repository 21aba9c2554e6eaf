//! Names of components and of their instances: none of them is another's, a type's or a relation's.

use super::report::{Report, say};
use crate::syntax::{Diagnostic, Span, ast};
use std::collections::{HashMap, HashSet};

/// Components and their instances have names beside those of types and relations.
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
    let instances =
        items.iter().filter_map(|item| if let ast::Item::Init(init) = item { Some((&init.name, true)) } else { None });
    for (name, counts) in components.chain(instances) {
        let first = *names.entry(&name.text).or_insert(name.span);
        if counts && first != name.span {
            let text = &name.text;
            let message = say(format!("`{text}` names two things"), format!("`{text}` 命名了两样东西"));
            let d = Diagnostic::error("E0317", name.span, message).also(first, say("the other one", "另一处在此"));
            report.add(d.help(say("rename one of them", "请将其中一个改名")));
        }
    }
}
