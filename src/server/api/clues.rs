//! `/v1/clues`: the clues that hold, found by what they are; one of them; its life.

use crate::clues::{Clue, ClueId};
use crate::expr::id18;
use crate::ingest::Raw;
use crate::limits::PAGE_ITEMS;
use crate::security::Names;
use crate::server::api::STATES;
use crate::server::app::App;
use crate::server::ask::{self, Params, link};
use crate::server::error::Problem;
use crate::server::{filter, show};
use crate::types::{Epoch, Said, Value, day_of_datetime, parse_date};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::Value as Shown;
use std::cmp::Reverse;
use std::sync::Arc;

const FIELDS: [&str; 7] = ["rule", "area", "agency", "state", "level", "due_before", "page"];

/// Within one field any of the values, across fields all.
#[derive(Default)]
struct Wanted {
    rules: Vec<String>,
    areas: Vec<String>,
    agencies: Vec<String>,
    levels: Vec<String>,
    states: Vec<String>,
    due_before: Option<i64>,
    /// As an id outside, or an identity number.
    person: Option<String>,
    page: Option<String>,
}

pub async fn list(State(app): State<App>, uri: Uri) -> Result<Response, Problem> {
    app.program()?;
    let params = Params::of(&uri, &FIELDS)?;
    let due_before = params.parsed("due_before", |text| parse_date(text).ok(), Said::new("YYYY-MM-DD", "YYYY-MM-DD"))?;
    let wanted = Wanted {
        rules: params.all("rule"),
        areas: params.all("area"),
        agencies: params.all("agency"),
        levels: params.all("level"),
        states: params.all("state"),
        due_before,
        person: None,
        page: params.one("page")?.map(str::to_string),
    };
    if let Some(known) = unknown_rule(&app, &wanted.rules) {
        return Err(Problem::parameter("rule", known));
    }
    if wanted.states.iter().any(|state| !STATES.contains(&state.as_str())) {
        return Err(Problem::parameter("state", Said::new(STATES.join(", "), STATES.join("、"))));
    }
    page(&app, &wanted, "/v1/clues", params.without("page"))
}

/// The same with the fields in the body, where a person's number may stand.
pub async fn query(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    app.program()?;
    let params = Params::of(&uri, &["page"])?;
    let known = [&FIELDS[..], &["person"]].concat();
    let mut wanted = Wanted { page: params.one("page")?.map(str::to_string), ..Wanted::default() };
    for (name, raw) in ask::object(&headers, body, &known).await? {
        let bad = |en: &str, zh: &str| Problem::new("bad-json").at(format!("/{name}"), "bad-json", Said::new(en, zh));
        let texts = texts(&raw).ok_or_else(|| bad("text, or a list of texts", "文本或文本列表"))?;
        let one = || if texts.len() == 1 { Ok(texts[0].clone()) } else { Err(bad("one text", "一个文本")) };
        match name.as_str() {
            "rule" => match unknown_rule(&app, &texts) {
                Some(known) => return Err(Problem::new("bad-json").at("/rule", "bad-json", known)),
                None => wanted.rules = texts,
            },
            "area" => wanted.areas = texts,
            "agency" => wanted.agencies = texts,
            "level" => wanted.levels = texts,
            "state" if texts.iter().any(|state| !STATES.contains(&state.as_str())) => {
                return Err(bad(&STATES.join(", "), &STATES.join("、")));
            }
            "state" => wanted.states = texts,
            "person" => wanted.person = Some(one()?),
            "due_before" => {
                let day = parse_date(&one()?).map_err(|_| bad("YYYY-MM-DD", "YYYY-MM-DD"))?;
                wanted.due_before = Some(day);
            }
            _ => wanted.page = Some(one()?),
        }
    }
    page(&app, &wanted, "/v1/clues/query", Vec::new())
}

/// What to say if one of the names is no rule's.
fn unknown_rule(app: &App, rules: &[String]) -> Option<Said> {
    filter::unknown(rules, &filter::rules(&app.engine.read()))
}

fn texts(raw: &Raw) -> Option<Vec<String>> {
    let text = |raw: &Raw| if let Raw::Text(text) = raw { Some(text.clone()) } else { None };
    match raw {
        Raw::Text(text) => Some(vec![text.clone()]),
        Raw::List(items) => items.iter().map(text).collect(),
        Raw::Null | Raw::Bool(_) | Raw::Int(_) | Raw::Unsigned(_) | Raw::Float(_) | Raw::Object(_) => None,
    }
}

/// Newest first. A page token is the place of the last clue shown.
fn page(app: &App, wanted: &Wanted, path: &str, query: Vec<(&str, &str)>) -> Result<Response, Problem> {
    let after = match &wanted.page {
        Some(token) => Some(place(app, token).ok_or_else(|| Problem::new("page-expired"))?),
        None => None,
    };
    let (at, mut clues) = {
        let view = app.engine.read();
        let fits = |clue: &&Arc<Clue>| wanted.takes(clue, view.clues.names());
        (view.epoch, view.clues.open().filter(fits).cloned().collect::<Vec<_>>())
    };
    let order = |clue: &Clue| (Reverse(clue.opened), clue.id);
    clues.retain(|clue| after.is_none_or(|after| order(clue) > after));
    clues.sort_by_key(|clue| order(clue));
    let more = clues.len() > PAGE_ITEMS;
    clues.truncate(PAGE_ITEMS);
    let token = clues.last().filter(|_| more).map(|last| format!("{}.{}", app.position(last.opened), last.id));
    let next = token.map(|token| link(path, &[&query[..], &[("page", &token)]].concat()));
    let items = clues.iter().map(|clue| show::clue(app, clue)).collect();
    Ok(show::list(app, items, next, at))
}

fn place(app: &App, token: &str) -> Option<(Reverse<Epoch>, ClueId)> {
    let (position, id) = token.split_once('.')?;
    Some((Reverse(app.engine.positions().decode(position)?), ClueId::parse(id)?))
}

impl Wanted {
    fn takes(&self, clue: &Clue, names: &Names) -> bool {
        let within =
            |wanted: &[String], has: Option<&str>| wanted.is_empty() || has.is_some_and(|has| wanted.iter().any(|w| w == has));
        within(&self.rules, Some(&clue.rule))
            && within(&self.areas, clue.area.as_deref())
            && within(&self.agencies, clue.agency.as_deref())
            && within(&self.levels, Some(&clue.level))
            && within(&self.states, Some(STATES[0]))
            && self.due_before.is_none_or(|day| due(clue).is_some_and(|due| due < day))
            && self.person.as_ref().is_none_or(|person| is_about(clue, person, names))
    }
}

fn due(clue: &Clue) -> Option<i64> {
    match clue.due {
        Some(Value::Date(day)) => Some(day),
        Some(Value::Datetime(us)) => day_of_datetime(us),
        Some(Value::Absent | Value::Number(_) | Value::Unsigned(_) | Value::Float(_) | Value::Symbol(_)) | None => None,
    }
}

fn is_about(clue: &Clue, asked: &str, names: &Names) -> bool {
    let Some(person) = &clue.person else { return false };
    person == asked || *person == names.person(asked) || *person == names.person(&id18(asked))
}

/// Any clue that is remembered, withdrawn ones too.
pub async fn one(State(app): State<App>, Path(id): Path<String>, uri: Uri) -> Result<Json<Shown>, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let clue = ClueId::parse(&id).and_then(|id| app.engine.read().clues.get(&id).cloned());
    let clue = clue.ok_or_else(|| Problem::new("not-found"))?;
    Ok(Json(show::clue(&app, &clue)))
}

/// What happened to it, the oldest first.
pub async fn history(State(app): State<App>, Path(id): Path<String>, uri: Uri) -> Result<Response, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let id = ClueId::parse(&id).ok_or_else(|| Problem::new("not-found"))?;
    let (at, steps) = {
        let view = app.engine.read();
        view.clues.get(&id).ok_or_else(|| Problem::new("not-found"))?;
        (view.epoch, view.clues.history(&id))
    };
    Ok(show::list(&app, steps.iter().map(|step| show::step(&app, step)).collect(), None, at))
}
