//! `GET /v1/relations/{name}/repairs`: cells of rows that are there now and were not spelled as they should be, with the text as sent.
//! Each agency sees its own; the operator sees all.

use super::relations::find;
use crate::engine::View;
use crate::ingest::repair;
use crate::limits::PAGE_ITEMS;
use crate::program::Relation;
use crate::records::Repaired;
use crate::server::app::App;
use crate::server::ask::{self, Params, link};
use crate::server::error::Problem;
use crate::server::pages::Place;
use crate::server::show;
use crate::types::Lang;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Map, Value as Shown, json};

pub async fn list(State(app): State<App>, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    find(&*app.program()?, &name)?;
    let (speaker, lang) = (ask::speaker(&headers)?, ask::language(&headers));
    let path = format!("/v1/relations/{name}/repairs");
    // A place of one agency's list is no place in another's.
    let own = format!("{path} {}", speaker.as_str());
    let from = match Params::of(&uri, &["page"])?.one("page")? {
        None => 0,
        Some(token) => match app.pages.place(token, &own)? {
            Place::Slot(slot) => slot,
            Place::After(_) => return Err(Problem::new("page-expired")),
        },
    };
    let (at, items, next) = {
        let view = app.engine.read();
        let id = find(&view.program, &name)?;
        let asserter = (!speaker.is_operator()).then(|| speaker.as_str());
        let page = view.records.repaired(id, asserter, from, PAGE_ITEMS);
        let relation = view.program.relation(id);
        let items: Vec<Shown> = page.items.iter().map(|item| shown(&view, relation, item, lang)).collect();
        (view.epoch, items, page.next)
    };
    let next = next.map(|slot| app.pages.remember(&own, Place::Slot(slot))).map(|token| link(&path, &[("page", &token)]));
    Ok(show::list(&app, items, next, at))
}

fn shown(view: &View, relation: &Relation, item: &Repaired, lang: Lang) -> Shown {
    let row = show::row(relation, &item.row, view.clues.names());
    let key = relation.record.as_ref().map(|record| record.key.clone()).unwrap_or_else(|| (0..relation.arity()).collect());
    let key = key.into_iter().map(|column| &relation.columns[column].name);
    let key: Map<String, Shown> = key.map(|name| (name.clone(), row[name].clone())).collect();
    let column = &relation.columns[item.column].name;
    let code = repair::code(&item.as_sent, &item.row[item.column], relation, item.column);
    json!({
        "key": key,
        "column": column,
        "as_sent": item.as_sent,
        "value": row[column],
        "code": code,
        "message": repair::said(code).get(lang),
    })
}
