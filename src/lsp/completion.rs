//! What may stand where somebody writes. The text before the place decides, for a sentence that is being written cannot be read yet; names
//! come from the rest of the program.

use super::hover::type_text;
use super::index::{Index, What};
use crate::expr::{meaning, named};
use crate::limits::LSP_ITEMS;
use crate::syntax::ast::Decl;
use crate::types::{Kind, Lang};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Bytes before a place that are looked at.
const BEFORE: usize = 8 << 10;

const DIRECTIVES: &[&str] = &[
    "clock",
    "clue",
    "comp",
    "decl",
    "include",
    "init",
    "input",
    "limitsize",
    "once",
    "output",
    "override",
    "plan",
    "pragma",
    "printsize",
    "record",
    "type",
];

/// Where somebody writes.
#[derive(PartialEq, Eq, Debug)]
enum Where<'a> {
    /// Behind the dot that begins a line.
    Directive,
    Type,
    /// The name of a relation in `.output` and its like.
    Relation,
    /// A name that is being declared, or a text or a comment.
    Nothing,
    /// Within the brackets of this name.
    Arguments(&'a str),
    Rule,
}

/// `snippets`: does the editor take places to fill in?
pub(super) fn items(index: &Index, text: &str, offset: usize, snippets: bool, lang: Lang) -> Vec<Value> {
    let before = &text[text.floor_char_boundary(offset.saturating_sub(BEFORE))..text.floor_char_boundary(offset)];
    let mut items = match place(before) {
        Where::Nothing => Vec::new(),
        Where::Directive => DIRECTIVES.iter().map(|word| json!({"label": word, "kind": KEYWORD})).collect(),
        Where::Type => types(index),
        Where::Relation => relations(index, false),
        Where::Rule => relations(index, snippets).into_iter().chain(functors(lang)).collect(),
        Where::Arguments(name) => {
            let columns = index.relations().find(|(own, _)| *own == name).map_or(Vec::new(), |(_, decl)| columns(decl));
            columns.into_iter().chain(functors(lang)).chain(relations(index, snippets)).collect()
        }
    };
    items.truncate(LSP_ITEMS);
    items
}

const FUNCTION: u8 = 3;
const FIELD: u8 = 5;
const CLASS: u8 = 7;
const KEYWORD: u8 = 14;
const STRUCT: u8 = 22;

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '?')
}

fn place(before: &str) -> Where<'_> {
    let line = before.rsplit('\n').next().unwrap_or("");
    if line.contains("//") || line.matches('"').count() % 2 == 1 {
        return Where::Nothing;
    }
    let head = before.trim_end_matches(is_of_name);
    let behind_dot = line.trim_start().strip_prefix('.');
    if behind_dot.is_some_and(|rest| rest.chars().all(is_of_name)) {
        return Where::Directive;
    }
    let head = head.trim_end();
    let within = open_bracket(head);
    let sentence = within.map_or(line, |at| head[..at].rsplit('\n').next().unwrap_or(""));
    match directive(sentence) {
        Some("decl") if head.ends_with(':') => Where::Type,
        Some("type") if head.ends_with(['=', '|', ':']) && !head.ends_with("::") => Where::Type,
        Some("input" | "output" | "printsize" | "limitsize" | "record" | "clue" | "clock") if within.is_none() => Where::Relation,
        Some(_) => Where::Nothing,
        None => within.and_then(|at| name_before(&head[..at])).map_or(Where::Rule, Where::Arguments),
    }
}

/// The word of a line that begins with a directive.
fn directive(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('.')?;
    let word = &rest[..rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len())];
    // What follows a finished declaration on its line is a rule.
    (DIRECTIVES.contains(&word) && !line.contains(":-")).then_some(word)
}

/// The bracket that is open at the end, in the sentence there.
fn open_bracket(text: &str) -> Option<usize> {
    let (mut depth, mut in_text, mut next) = (0usize, false, ' ');
    for (at, c) in text.char_indices().rev() {
        match c {
            '"' => in_text = !in_text,
            _ if in_text => {}
            ')' => depth += 1,
            '(' if depth == 0 => return Some(at),
            '(' => depth -= 1,
            '.' if next == '\n' || next == '\r' => return None,
            _ => {}
        }
        next = c;
    }
    None
}

fn name_before(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let name = &text[text.trim_end_matches(|c| is_of_name(c) || c == '.').len()..];
    (!name.is_empty()).then_some(name)
}

fn columns_text(decl: &Decl) -> String {
    let columns: Vec<String> = decl.columns.iter().map(|c| format!("{}: {}", c.name.text, type_text(&c.ty))).collect();
    format!("({})", columns.join(", "))
}

fn relations(index: &Index, snippets: bool) -> Vec<Value> {
    let item = |(name, decl): (&str, &Decl)| {
        let mut item = json!({"label": name, "kind": STRUCT, "detail": columns_text(decl)});
        if snippets {
            let filled: Vec<String> =
                decl.columns.iter().enumerate().map(|(n, column)| format!("${{{}:{}}}", n + 1, column.name.text)).collect();
            item["insertText"] = json!(format!("{name}({})", filled.join(", ")));
            item["insertTextFormat"] = json!(2);
        }
        item
    };
    index.relations().take(LSP_ITEMS).map(item).collect()
}

fn columns(decl: &Decl) -> Vec<Value> {
    let item = |(n, column): (usize, &crate::syntax::ast::Column)| {
        let name = &column.name.text;
        json!({
            "label": name, "kind": FIELD, "detail": type_text(&column.ty), "insertText": format!("{name}: "),
            "sortText": format!("0{n:04}"),
        })
    };
    decl.columns.iter().enumerate().map(item).collect()
}

fn types(index: &Index) -> Vec<Value> {
    let own = index.seen.iter().filter(|seen| seen.declares && seen.what == What::Type).map(|seen| seen.name);
    let built_in = [Kind::Number, Kind::Unsigned, Kind::Float, Kind::Symbol, Kind::Date, Kind::Datetime].map(Kind::name);
    let names: BTreeSet<&str> = own.take(LSP_ITEMS).chain(built_in).collect();
    names.into_iter().map(|name| json!({"label": name, "kind": CLASS})).collect()
}

fn functors(lang: Lang) -> Vec<Value> {
    let item = |name: &str| {
        let (written, said) = meaning(name)?;
        let word = name.trim_end_matches(" :");
        Some(json!({"label": word, "kind": FUNCTION, "detail": written, "documentation": said.get(lang)}))
    };
    named().filter_map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_before_says_what_may_stand_there() {
        for (before, expected) in [
            ("a(1).\n.", Where::Directive),
            (".de", Where::Directive),
            (".decl p(x:", Where::Type),
            (".decl p(\n  x: num", Where::Type),
            (".decl p(x", Where::Nothing),
            (".type A <: s", Where::Type),
            (".output p", Where::Relation),
            (".decl p(x: number)\nq(x) :- ", Where::Rule),
            ("q(x) :- p(", Where::Arguments("p")),
            ("q(x) :- p(f(x), a.罪(no: n, ", Where::Arguments("a.罪")),
            ("q(x) :- p(x), ( r(x) ; ", Where::Rule),
            ("q(x) :- p(\"", Where::Nothing),
            ("broken( .\nq(x) :- ", Where::Rule),
            ("// q(", Where::Nothing),
            ("", Where::Rule),
        ] {
            assert_eq!(place(before), expected, "{before}");
        }
    }
}
