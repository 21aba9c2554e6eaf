//! `eqrel`: the rules that make a relation an equivalence of everything that stands in it.

use super::report::{Report, say};
use crate::syntax::{Diagnostic, Span, ast};
use std::borrow::Cow;

/// The program with three rules more for each relation that is declared `eqrel`.
pub(super) fn close<'t>(tree: Cow<'t, ast::Program>, report: &mut Report) -> Cow<'t, ast::Program> {
    let mut rules = Vec::new();
    for item in &tree.items {
        let ast::Item::Decl(decl) = item else { continue };
        if !decl.has_qualifier("eqrel") || !is_binary(decl, report) {
            continue;
        }
        rules.extend(decl.names.iter().flat_map(equivalence));
    }
    if rules.is_empty() {
        return tree;
    }
    let mut whole = tree.into_owned();
    whole.items.extend(rules.into_iter().map(ast::Item::Rule));
    Cow::Owned(whole)
}

fn is_binary(decl: &ast::Decl, report: &mut Report) -> bool {
    let message = match &decl.columns[..] {
        [first, second] if first.ty.name.text == second.ty.name.text && first.ty.optional == second.ty.optional => return true,
        [_, _] => say("the columns of an equivalence relation have two types", "等价关系的两列类型不同"),
        columns => say(
            format!("an equivalence relation has two columns, not {}", columns.len()),
            format!("等价关系应有两列，此处有 {} 列", columns.len()),
        ),
    };
    let help = say("declare two columns of one type", "请声明两个同类型的列");
    report.add(Diagnostic::error("E0316", decl.span, message).help(help));
    false
}

/// Symmetric, transitive, and so reflexive on whatever stands in it.
fn equivalence(name: &ast::Name) -> [ast::Rule; 2] {
    let span = name.span;
    let atom = |a: &str, b: &str| atom(name, [a, b], span);
    let rule = |head, body| ast::Rule {
        annotations: Vec::new(),
        heads: vec![head],
        subsumes: false,
        body: Some(ast::Body::And(body)),
        span,
    };
    [
        rule(atom("x", "y"), vec![ast::Body::Atom(atom("y", "x"))]),
        rule(atom("x", "z"), vec![ast::Body::Atom(atom("x", "y")), ast::Body::Atom(atom("y", "z"))]),
    ]
}

fn atom(relation: &ast::Name, columns: [&str; 2], span: Span) -> ast::Atom {
    let variable = |text: &str| ast::Term::Var(ast::Name { text: text.to_string(), span });
    ast::Atom { relation: relation.clone(), args: ast::Args::Positional(columns.map(variable).to_vec()), span }
}
