//! `GET /v1/faults`: what is wrong now: refused lines that nobody mended, and rule instances whose expressions have no value. An agency sees
//! its own; the operator and procuratorates see all.

use crate::clues::is_person;
use crate::engine::View;
use crate::expr::FaultCode;
use crate::ingest::told_in_full;
use crate::limits::PAGE_ITEMS;
use crate::security::Agency;
use crate::server::app::App;
use crate::server::ask::{self, Params, link};
use crate::server::error::Problem;
use crate::server::pages::Place;
use crate::server::show;
use crate::types::{Lang, Row, Said, Value, date_text, key_text};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value as Shown, json};
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

const PATH: &str = "/v1/faults";

pub async fn list(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    app.program()?;
    let (speaker, lang) = (ask::speaker(&headers)?, ask::language(&headers));
    let params = Params::of(&uri, &["agency", "page"])?;
    let agencies = whose(&speaker, params.all("agency"))?;
    // A place of one agency's list is no place in another's.
    let own = format!("{PATH} {}", speaker.as_str());
    let from = match params.one("page")? {
        Some(token) => match app.pages.place(token, &own)? {
            Place::After(last) => Excluded(last),
            Place::Slot(_) => return Err(Problem::new("page-expired")),
        },
        None => Unbounded,
    };
    let (at, all) = {
        let view = app.engine.read();
        (view.epoch, all(&app, &view, &agencies, lang))
    };
    let mut rest = all.range((from, Unbounded));
    let page: Vec<(&Row, &Shown)> = rest.by_ref().take(PAGE_ITEMS).collect();
    let last = page.last().filter(|_| rest.next().is_some()).map(|(place, _)| Place::After((*place).clone()));
    let token = last.map(|place| app.pages.remember(&own, place));
    let next = token.map(|token| {
        let mut query = params.without("page");
        query.push(("page", &token));
        link(PATH, &query)
    });
    Ok(show::list(&app, page.into_iter().map(|(_, item)| item.clone()).collect(), next, at))
}

/// Whose faults are shown: nobody's in particular are all. Another agency's are not for an agency to see.
fn whose(speaker: &Agency, asked: Vec<String>) -> Result<Vec<String>, Problem> {
    if speaker.may_judge() {
        return Ok(asked);
    }
    let own = speaker.as_str();
    if asked.iter().any(|agency| agency != own) {
        return Err(Problem::new("not-yours"));
    }
    Ok(vec![own.to_string()])
}

/// Refusals first, then faults of rules, each in the order of its texts.
fn all(app: &App, view: &View, agencies: &[String], lang: Lang) -> BTreeMap<Row, Shown> {
    let of = |agency: &str| agencies.is_empty() || agencies.iter().any(|a| a == agency);
    let refusals = view.refused.iter().filter(|(agency, _, _)| of(agency)).map(|(agency, key, open)| {
        let told = key_text(key.key.values());
        let place = place("0", &[agency, &key.relation, &told, &key.op]);
        let relation = view.program.find(&key.relation).map(|id| view.program.relation(id));
        let (_, said) = told_in_full(&open.code, &open.pointer, relation, agency);
        let item = json!({
            "kind": "refused",
            "agency": agency,
            "relation": key.relation,
            "key": told,
            "op": key.op,
            "code": open.code,
            "message": said.get(lang),
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
        let said = FaultCode::from_name(code).map_or_else(|| Said::new(code, code), FaultCode::said);
        let message = said.get(lang);
        let item =
            json!({"kind": "rule", "rule": rule, "code": code, "message": message, "relation": relation, "key": key, "agency": agency});
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
    key.is_some_and(|key| key.iter().any(|c| is_person(relation, *c) || record.is_some_and(|r| r.personal.contains(c))))
}
