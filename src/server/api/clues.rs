//! `/v1/clues`: the clues that hold, and the cases of those that did, found by what they are; one of them; its life.

use crate::clues::{Clue, ClueId, Machine};
use crate::expr::id18;
use crate::limits::PAGE_ITEMS;
use crate::security::Names;
use crate::server::app::App;
use crate::server::ask::{self, Params, link};
use crate::server::error::Problem;
use crate::server::filter::Filter;
use crate::server::pages;
use crate::server::show;
use crate::types::{CaseState, Epoch, Said};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::Value as Shown;
use std::cmp::Reverse;
use std::sync::Arc;

/// A filter, and what only a list has.
#[derive(Default)]
struct Wanted {
    filter: Filter,
    states: Vec<String>,
    /// On the machine's axis; none for those that hold.
    machines: Vec<String>,
    page: Option<String>,
}

pub async fn list(State(app): State<App>, uri: Uri) -> Result<Response, Problem> {
    app.program()?;
    let params = Params::of(&uri, &[&Filter::OF_CLUES[..], &["state", "machine", "page"]].concat())?;
    let filter = Filter::of(&params, &Filter::OF_CLUES, &app.engine.read())?;
    let (states, machines) = (params.all("state"), params.all("machine"));
    let wanted = Wanted { filter, states, machines, page: params.one("page")?.map(str::to_string) };
    if !are_among(&wanted.states, &CaseState::NAMES) {
        return Err(Problem::parameter("state", list_of(&CaseState::NAMES)));
    }
    if !are_among(&wanted.machines, &Machine::NAMES) {
        return Err(Problem::parameter("machine", list_of(&Machine::NAMES)));
    }
    page(&app, &wanted, "/v1/clues", params.without("page"))
}

/// The same with the fields in the body, where a person's number may stand.
pub async fn query(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    app.program()?;
    let params = Params::of(&uri, &["page"])?;
    let known = [&Filter::OF_CLUES[..], &["state", "machine", "page"]].concat();
    let mut wanted = Wanted { page: params.one("page")?.map(str::to_string), ..Wanted::default() };
    for (name, raw) in ask::object(&headers, body, &known).await? {
        let bad = |said: Said| Problem::new("bad-json").at(format!("/{name}"), "bad-json", said);
        let texts = ask::texts(&raw)
            .ok_or_else(|| bad(Said::new("text, or a list of at least one text", "文本，或至少有一项的文本列表")))?;
        let one = || match &texts[..] {
            [text] => Ok(text.clone()),
            _ => Err(bad(Said::new("one text", "一个文本"))),
        };
        match name.as_str() {
            "state" if !are_among(&texts, &CaseState::NAMES) => return Err(bad(list_of(&CaseState::NAMES))),
            "state" => wanted.states = texts,
            "machine" if !are_among(&texts, &Machine::NAMES) => return Err(bad(list_of(&Machine::NAMES))),
            "machine" => wanted.machines = texts,
            "person" => wanted.filter.about(ids(&one()?, app.engine.read().clues.names())),
            "page" => wanted.page = Some(one()?),
            field => wanted.filter.ask(field, texts, &app.engine.read()).map_err(bad)?,
        }
    }
    page(&app, &wanted, "/v1/clues/query", Vec::new())
}

fn are_among(names: &[String], all: &[&str]) -> bool {
    names.iter().all(|name| all.contains(&name.as_str()))
}

fn list_of(names: &[&str]) -> Said {
    Said::new(names.join(", "), names.join("、"))
}

/// What somebody may be called outside who is asked for by number, as it was sent or as it is mended, or by id.
fn ids(asked: &str, names: &Names) -> Vec<String> {
    vec![asked.to_string(), names.person(asked), names.person(&id18(asked))]
}

/// Newest first. A page token is the place of the last clue shown.
fn page(app: &App, wanted: &Wanted, path: &str, query: Vec<(&str, &str)>) -> Result<Response, Problem> {
    let after = match &wanted.page {
        Some(token) => Some(place(app, token)?),
        None => None,
    };
    let (at, mut clues) = {
        let view = app.engine.read();
        let fits = |clue: &&Arc<Clue>| wanted.takes(clue);
        (view.epoch, view.clues.open().chain(view.clues.gone()).filter(fits).cloned().collect::<Vec<_>>())
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

fn place(app: &App, token: &str) -> Result<(Reverse<Epoch>, ClueId), Problem> {
    let read = |(position, id)| Some((app.engine.positions().decode(position)?, ClueId::parse(id)?));
    let (stamp, id) = token.split_once('.').and_then(read).ok_or_else(|| pages::gone(false))?;
    Ok((Reverse(app.epoch_of(stamp).ok_or_else(|| pages::gone(true))?), id))
}

impl Wanted {
    /// Who does not say in which state wants what is still to be done something about, or was: not what people have put aside.
    fn takes(&self, clue: &Clue) -> bool {
        let state = match &self.states[..] {
            [] => clue.state.dismissal().is_none(),
            states => states.iter().any(|state| state == clue.state.name()),
        };
        let machine = match &self.machines[..] {
            [] => clue.machine != Machine::Withdrawn,
            machines => machines.iter().any(|machine| machine == clue.machine.name()),
        };
        state && machine && self.filter.sees(clue)
    }
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
pub async fn history(State(app): State<App>, Path(id): Path<String>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let confidant = ask::speaker(&headers)?.may_judge();
    let id = ClueId::parse(&id).ok_or_else(|| Problem::new("not-found"))?;
    let (at, steps) = {
        let view = app.engine.read();
        view.clues.get(&id).ok_or_else(|| Problem::new("not-found"))?;
        (view.epoch, view.clues.history(&id))
    };
    Ok(show::list(&app, steps.iter().map(|step| show::step(&app, step, confidant)).collect(), None, at))
}
