//! `GET /v1/faults`: what is wrong now: refused lines that nobody mended, and rule instances whose expressions have no value.

use crate::engine::View;
use crate::limits::PAGE_ITEMS;
use crate::server::app::App;
use crate::server::ask::{Params, link};
use crate::server::error::Problem;
use crate::server::pages::Place;
use crate::server::show;
use crate::types::{Row, Value, date_text, key_text};
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde_json::{Value as Shown, json};
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

const PATH: &str = "/v1/faults";

pub async fn list(State(app): State<App>, uri: Uri) -> Result<Response, Problem> {
    app.program()?;
    let params = Params::of(&uri, &["agency", "page"])?;
    let agencies = params.all("agency");
    let from = match params.one("page")? {
        Some(token) => match app.pages.find(token, PATH) {
            Some(Place::After(last)) => Excluded(last),
            Some(Place::Slot(_)) | None => return Err(Problem::new("page-expired")),
        },
        None => Unbounded,
    };
    let (at, all) = {
        let view = app.engine.read();
        (view.epoch, all(&app, &view, &agencies))
    };
    let mut rest = all.range((from, Unbounded));
    let page: Vec<(&Row, &Shown)> = rest.by_ref().take(PAGE_ITEMS).collect();
    let last = page.last().filter(|_| rest.next().is_some()).map(|(place, _)| Place::After((*place).clone()));
    let token = last.map(|place| app.pages.remember(PATH, place));
    let next = token.map(|token| {
        let mut query = params.without("page");
        query.push(("page", &token));
        link(PATH, &query)
    });
    Ok(show::list(&app, page.into_iter().map(|(_, item)| item.clone()).collect(), next, at))
}

/// Refusals first, then faults of rules, each in the order of its texts.
fn all(app: &App, view: &View, agencies: &[String]) -> BTreeMap<Row, Shown> {
    let of = |agency: &str| agencies.is_empty() || agencies.iter().any(|a| a == agency);
    let refusals = view.refused.iter().filter(|(agency, _, _)| of(agency)).map(|(agency, key, open)| {
        let told = key_text(key.key.values());
        let place = place("0", &[agency, &key.relation, &told, &key.op]);
        let item = json!({
            "kind": "refused",
            "agency": agency,
            "relation": key.relation,
            "key": told,
            "op": key.op,
            "code": open.code,
            "pointer": open.pointer,
            "line": open.line,
            "day": date_text(open.day),
            "position": app.position(open.epoch),
        });
        (place, item)
    });
    let faults = view.faults.iter().filter_map(|row| {
        let texts: Vec<&str> = row.values().iter().map(|value| value.as_text().unwrap_or("")).collect();
        let [rule, code, relation, key, agency] = texts[..] else { return None };
        let key = if key_is_personal(view, relation) { "" } else { key };
        let item = json!({"kind": "rule", "rule": rule, "code": code, "relation": relation, "key": key, "agency": agency});
        of(agency).then(|| (Row::new([&[Value::symbol("1")], row.values()].concat()), item))
    });
    refusals.chain(faults).collect()
}

fn place(first: &str, rest: &[&str]) -> Row {
    Row::new([first].iter().chain(rest).map(|text| Value::symbol(text)).collect())
}

/// Keys of records are document numbers; those of clues may be made of a person.
fn key_is_personal(view: &View, relation: &str) -> bool {
    let Some(id) = view.program.find(relation) else { return true };
    let relation = view.program.relation(id);
    let record = relation.record.as_ref();
    let key = record.map(|r| &r.key).or(relation.clue.as_ref().map(|c| &c.key));
    key.is_some_and(|key| key.iter().any(|c| show::is_person(relation, *c) || record.is_some_and(|r| r.personal.contains(c))))
}
