//! The outline of a document: what it declares, and its rules.

use super::index::{Index, What};
use super::place::Lines;
use crate::limits::LSP_ITEMS;
use crate::syntax::{FileId, Span};
use serde_json::{Value, json};

pub(super) fn of(index: &Index, file: FileId, lines: &Lines) -> Vec<Value> {
    let declared = index.seen.iter().filter(|seen| seen.declares && seen.span.file == file);
    let declared = declared.filter_map(|seen| Some((seen.span, seen.span, seen.name, kind(seen.what)?)));
    let rules = index.rules.iter().map(|(_, rule)| *rule).filter(|rule| rule.span.file == file);
    let rules = rules.filter_map(|rule| {
        let head = rule.heads.first()?;
        Some((rule.span, head.relation.span, head.relation.text.as_str(), FUNCTION))
    });
    let mut all: Vec<(Span, Span, &str, u8)> = declared.chain(rules).take(LSP_ITEMS).collect();
    all.sort_by_key(|(span, ..)| span.start);
    let range = |span: Span| lines.range(span.start as usize, span.end as usize);
    let symbol = |(span, own, name, kind): (Span, Span, &str, u8)| {
        let span = Span { start: span.start.min(own.start), end: span.end.max(own.end), ..span };
        json!({"name": name, "kind": kind, "range": range(span), "selectionRange": range(own)})
    };
    all.into_iter().map(symbol).collect()
}

const FUNCTION: u8 = 12;

fn kind(what: What) -> Option<u8> {
    Some(match what {
        What::Relation => 23,
        What::Type => 26,
        What::Component => 5,
        What::Instance => 19,
        What::Branch => 22,
        What::Functor | What::Variable | What::Column => return None,
    })
}
