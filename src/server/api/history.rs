//! `GET /v1/history`: what happened, epoch by epoch, from the journal: when, why, how many rows came and went, how many clues it moved.
//! No value of a row but what the clock showed.

use crate::clues::{ClueOp, EpochChanges};
use crate::engine::EngineHandle;
use crate::limits::{HISTORY_ENTRIES, PAGE_ITEMS};
use crate::points::{self, Point};
use crate::server::app::App;
use crate::server::ask::{Params, link};
use crate::server::caught::aside;
use crate::server::error::Problem;
use crate::server::pages;
use crate::server::show;
use crate::storage::{JournalError, Tally, What};
use crate::types::{Epoch, Said, Value, datetime_text, parse_datetime, short_hash};
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const PATH: &str = "/v1/history";

/// A bound, which belongs to the page: a position of this server, or an instant of the wall.
#[derive(Clone, Copy)]
enum Edge {
    Epoch(Epoch),
    Instant(i64),
}

/// Which epochs are looked at, and which of them are told.
struct Wanted {
    /// Else from the first that is there.
    from: Option<Epoch>,
    until: Epoch,
    since_us: i64,
    to_us: i64,
}

/// Oldest first. A time is the wall's; positions are exact.
pub async fn list(State(app): State<App>, uri: Uri) -> Result<Response, Problem> {
    app.program()?;
    let params = Params::of(&uri, &["from", "to", "page"])?;
    let latest = app.engine.read().epoch;
    let mut wanted = Wanted { from: None, until: latest, since_us: i64::MIN, to_us: i64::MAX };
    match edge(&app, &params, "from")? {
        Some(Edge::Epoch(epoch)) => wanted.from = Some(epoch.max(Epoch(1))),
        Some(Edge::Instant(us)) => wanted.since_us = us,
        None => {}
    }
    match edge(&app, &params, "to")? {
        Some(Edge::Epoch(epoch)) => wanted.until = epoch,
        Some(Edge::Instant(us)) => wanted.to_us = us,
        None => {}
    }
    if let Some(token) = params.one("page")? {
        wanted.from = Some(page(&app, token)?);
    }
    let until = wanted.until;
    let engine = app.engine.clone();
    let read = aside(&app, move || {
        points::pass(Point::History);
        read(&engine, &wanted)
    });
    let read = read.await?;
    let Read { told, through, begins } = read?;
    let clues = clues(&app, &told);
    let items = told.iter().map(|tally| item(&app, tally, &clues)).collect();
    let next = (through < until).then(|| {
        let token = app.position(through.next());
        let mut query = params.without("page");
        query.push(("page", &token));
        link(PATH, &query)
    });
    let more = [("begins", app.position(begins).into()), ("archived", (begins > Epoch(1)).into())];
    Ok(show::list_with(&app, items, next, latest, more))
}

/// A page begins with an epoch, so it is there as long as the history is: who reads slowly loses nothing.
fn page(app: &App, token: &str) -> Result<Epoch, Problem> {
    let stamp = app.engine.positions().decode(token).ok_or_else(|| pages::gone(false))?;
    app.epoch_of(stamp).ok_or_else(|| Problem::new("other-history"))
}

fn edge(app: &App, params: &Params, name: &str) -> Result<Option<Edge>, Problem> {
    let Some(text) = params.one(name)? else { return Ok(None) };
    // A position has no colon, an instant has.
    if text.contains(':') {
        let instant = parse_datetime(text).map_err(|_| Problem::parameter(name, expected()))?;
        return Ok(Some(Edge::Instant(instant)));
    }
    // Nor does it begin with a digit, as a day does.
    if text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(Problem::parameter(name, expected()));
    }
    app.epoch(text)
        .map(|epoch| Some(Edge::Epoch(epoch)))
        .map_err(|problem| problem.at(format!("/query/{name}"), "bad-position", expected()))
}

/// Whoever writes a day means it by the wall; but of which of its instants?
fn expected() -> Said {
    Said::new(
        "a position, or an instant of the wall with its zone, such as 2026-03-01T08:00:00+08:00 (in a URL: 2026-03-01T08:00:00%2B08:00); a day alone is no instant",
        "位置，或带时区的时刻，例如 2026-03-01T08:00:00+08:00（在 URL 中写作 2026-03-01T08:00:00%2B08:00）；仅有日期不是时刻",
    )
}

/// What is found of the wanted epochs.
struct Read {
    told: Vec<Tally>,
    /// Up to where was looked.
    through: Epoch,
    /// The first epoch that is here.
    begins: Epoch,
}

/// What of the wanted epochs is told on one page, and up to where that is.
fn read(engine: &EngineHandle, wanted: &Wanted) -> Result<Read, Problem> {
    let begins = engine.history_begins().map_err(unread)?;
    let from = wanted.from.unwrap_or(begins);
    let (mut told, mut through, mut looked) = (Vec::new(), Epoch(from.0 - 1), 0);
    while told.len() < PAGE_ITEMS && looked < HISTORY_ENTRIES && through < wanted.until {
        let read = engine.history(through.next(), wanted.until, PAGE_ITEMS - told.len()).map_err(unread)?;
        let Some(last) = read.last() else { break };
        (through, looked) = (last.epoch, looked + read.len());
        told.extend(read.into_iter().filter(|tally| (wanted.since_us..=wanted.to_us).contains(&tally.wall_us)));
    }
    Ok(Read { told, through, begins })
}

fn unread(error: JournalError) -> Problem {
    tracing::error!(%error, "the history cannot be read");
    // Whatever is wrong with a part of the journal, the operator puts it back as it was.
    let of_a_part = match error {
        JournalError::Archived { .. }
        | JournalError::PartMissing { .. }
        | JournalError::Damaged { .. }
        | JournalError::NotAJournal { .. }
        | JournalError::Newer { .. }
        | JournalError::NewerEntry { .. }
        | JournalError::OtherPast { .. } => true,
        JournalError::Io { .. }
        | JournalError::Locked { .. }
        | JournalError::Missing { .. }
        | JournalError::Short { .. }
        | JournalError::Interrupted { .. }
        | JournalError::KeyMissing { .. }
        | JournalError::KeyDamaged { .. }
        | JournalError::KeyBack { .. }
        | JournalError::TimelinesDamaged { .. }
        | JournalError::Poisoned
        | JournalError::Encode { .. } => false,
    };
    Problem::new(if of_a_part { "archived" } else { "internal" })
}

/// What the feed still has of these epochs, and from where on it knows.
struct Known {
    after: Epoch,
    epochs: BTreeMap<Epoch, Arc<EpochChanges>>,
}

fn clues(app: &App, told: &[Tally]) -> Known {
    let view = app.engine.read();
    let after = view.feed.oldest();
    let (Some(first), Some(last)) = (told.first(), told.last()) else { return Known { after, epochs: BTreeMap::new() } };
    let begin = Epoch(first.epoch.0 - 1).max(after);
    let most = (last.epoch.0 - begin.0.min(last.epoch.0)) as usize;
    let epochs = view.feed.after(begin, most).unwrap_or_default();
    Known { after, epochs: epochs.into_iter().map(|changes| (changes.epoch, changes)).collect() }
}

impl Known {
    /// How many clues an epoch moved; `null` where nobody remembers.
    fn of(&self, epoch: Epoch) -> Json {
        if epoch <= self.after {
            return Json::Null;
        }
        let clues = self.epochs.get(&epoch).map_or(&[][..], |changes| &changes.clues);
        let count = |op: ClueOp| clues.iter().filter(|delta| delta.op == op).count();
        json!({
            "open": count(ClueOp::Open),
            "change": count(ClueOp::Change),
            "withdraw": count(ClueOp::Withdraw),
            "reopen": count(ClueOp::Reopen),
        })
    }
}

fn item(app: &App, tally: &Tally, known: &Known) -> Json {
    let rows = tally.moved.iter().map(|(relation, moved)| json!({"relation": relation, "came": moved.came, "went": moved.went}));
    json!({
        "position": app.position(tally.epoch),
        "at": datetime_text(tally.wall_us),
        "cause": cause(&tally.what),
        "rows": rows.collect::<Vec<_>>(),
        "refused": tally.refused,
        "clues": known.of(tally.epoch),
    })
}

fn cause(what: &What) -> Json {
    match what {
        What::Batch { agency } => json!({"kind": "batch", "agency": agency}),
        What::Clock { now } => json!({"kind": "clock", "now": now.as_ref().map(Value::to_string).unwrap_or_default()}),
        What::Rules { pack, version, hash } => show::rules(pack, version, &short_hash(hash)),
        What::Suspended { code } => json!({"kind": "suspended", "code": code}),
        What::Resumed => json!({"kind": "resumed"}),
        What::Verdict { agency, state } => show::said(agency, *state),
    }
}
