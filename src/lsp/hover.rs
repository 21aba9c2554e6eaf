//! What is told of a name: how it is declared, what its comment says, what it is.

use super::index::{Declared, Index, Seen, What};
use super::project::Project;
use crate::expr::meaning;
use crate::syntax::Span;
use crate::syntax::ast::{Decl, DirectiveKind, TypeRef};
use crate::types::{Lang, Said};
use std::fmt::Write;

/// Characters of a declaration and of a comment that are shown.
const SHOWN: usize = 4_000;

/// As Markdown; `None` where nothing is known.
pub(super) fn text(index: &Index, project: &Project, seen: &Seen, lang: Lang) -> Option<String> {
    match seen.what {
        What::Functor => functor(seen.name, lang),
        What::Variable => variable(index, project, seen, lang),
        What::Column => {
            let (relation, which) = seen.of?;
            let (decl, number) = index.column(seen.scope, relation, which)?;
            Some(code(&format!("{relation}.{}: {}", decl.columns[number].name.text, type_text(&decl.columns[number].ty))))
        }
        _ => declared(index, project, seen, lang),
    }
}

fn functor(name: &str, lang: Lang) -> Option<String> {
    let (written, said) = meaning(name)?;
    Some(format!("{}\n{}", code(written), said.get(lang)))
}

fn declared(index: &Index, project: &Project, seen: &Seen, lang: Lang) -> Option<String> {
    let (_, declared) = index.declaration(seen.scope, seen.what, seen.name)?;
    let (span, roles) = match declared {
        Declared::Relation(decl) => (decl.span, roles(index, seen, decl, lang)),
        Declared::Type(decl) => (decl.span, String::new()),
        Declared::Component(component, _) => (component.name.span, String::new()),
        Declared::Instance(_, span) => (span, String::new()),
        Declared::Parameter => return Some(Said::new("parameter of a component", "组件的参数").get(lang).to_string()),
    };
    let written = match declared {
        Declared::Component(component, _) => format!(".comp {}", component.name.text),
        _ => first(project.written(span)).to_string(),
    };
    let mut text = code(&written);
    for more in [roles, comment_above(project.text(span.file), span.start as usize)] {
        if !more.is_empty() {
            let _ = write!(text, "\n{more}\n");
        }
    }
    Some(text)
}

/// What directives make of a relation.
fn roles(index: &Index, seen: &Seen, decl: &Decl, lang: Lang) -> String {
    let mut roles = Vec::new();
    let own = decl.span;
    for (scope, directive) in &index.directives {
        let is_meant = |span: Span| span == own;
        let of_it = directive.relations.iter().filter(|name| name.text.rsplit('.').next() == seen.name.rsplit('.').next());
        let mut meant = of_it.filter_map(|name| index.declaration(*scope, What::Relation, &name.text));
        if !meant.any(|(_, declared)| matches!(declared, Declared::Relation(decl) if is_meant(decl.span))) {
            continue;
        }
        let role = role(directive.kind).get(lang).to_string();
        let title = directive.params.iter().find(|param| param.key.text == "title");
        roles.push(title.map_or(role.clone(), |title| format!("{role} “{}”", first(&title.value))));
    }
    roles.join(", ")
}

fn role(kind: DirectiveKind) -> Said {
    match kind {
        DirectiveKind::Input => Said::new("input", "输入"),
        DirectiveKind::Output => Said::new("output", "输出"),
        DirectiveKind::PrintSize => Said::new("its size is printed", "打印行数"),
        DirectiveKind::LimitSize => Said::new("bounded", "限定行数"),
        DirectiveKind::Record => Said::new("record", "记录"),
        DirectiveKind::Clue => Said::new("clue", "线索"),
        DirectiveKind::Clock => Said::new("clock", "时钟"),
    }
}

/// The columns that it stands for say its type.
fn variable(index: &Index, project: &Project, seen: &Seen, lang: Lang) -> Option<String> {
    let mut found: Vec<(String, String)> = Vec::new();
    for one in index.of_variable(seen) {
        let Some((relation, which)) = one.of else { continue };
        let Some((decl, number)) = index.column(one.scope, relation, which) else { continue };
        let column = &decl.columns[number];
        let one = (type_text(&column.ty), format!("`{relation}.{}`", column.name.text));
        if !found.contains(&one) && found.len() < COLUMNS {
            found.push(one);
        }
    }
    let Some((ty, _)) = found.first() else {
        let said = Said::new("variable", "变量");
        return Some(format!("{}\n{}", code(first(project.written(seen.span))), said.get(lang)));
    };
    let columns: Vec<&str> = found.iter().map(|(_, column)| column.as_str()).collect();
    let said = Said::new("variable: a value of ", "变量，取值于 ");
    Some(format!("{}\n{}{}", code(&format!("{}: {ty}", seen.name)), said.get(lang), columns.join(", ")))
}

/// Columns that are named of one variable.
const COLUMNS: usize = 8;

pub(super) fn type_text(ty: &TypeRef) -> String {
    format!("{}{}", ty.name.text, if ty.optional { "?" } else { "" })
}

fn code(text: &str) -> String {
    format!("```dl\n{text}\n```\n")
}

fn first(text: &str) -> &str {
    text.char_indices().nth(SHOWN).map_or(text, |(cut, _)| &text[..cut])
}

/// The block of line comments right above a place, without its slashes.
fn comment_above(text: &str, at: usize) -> String {
    let line = text[..text.floor_char_boundary(at)].rfind('\n').map_or(0, |end| end + 1);
    let mut lines = Vec::new();
    for line in text[..line].lines().rev().map(str::trim).take_while(|line| line.starts_with("//")) {
        lines.push(line.trim_start_matches('/').trim_start_matches(['!', ' ']).to_string());
    }
    lines.reverse();
    // Two blanks end a line of Markdown.
    first(&lines.join("  \n")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_is_the_block_right_above() {
        let text = "// far\n\n/// near\n//? 误报：无\n.decl a()";
        assert_eq!(comment_above(text, text.find(".decl").unwrap_or(0)), "near  \n? 误报：无");
        assert_eq!(comment_above("罪.decl", 1), "");
    }
}
