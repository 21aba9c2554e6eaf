//! `GET /v1/agenda`: what will open, change or close on which day if nothing more comes.

use crate::clues::ClueDelta;
use crate::engine::{Agenda, EngineHandle, Foreseen};
use crate::limits::AGENDA_CHANGES;
use crate::server::app::App;
use crate::server::ask::Params;
use crate::server::error::Problem;
use crate::server::filter::Filter;
use crate::server::show;
use crate::types::{Day, Said, parse_date};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub async fn list(State(app): State<App>, uri: Uri) -> Result<Json<Value>, Problem> {
    app.program()?;
    let params = Params::of(&uri, &[&Filter::OF_CLUES[..], &["until"]].concat())?;
    let filter = Filter::of(&params, &Filter::OF_CLUES, &app.engine.read())?;
    let day = params.one("until")?.and_then(|text| parse_date(text).ok());
    let until = day.ok_or_else(|| Problem::parameter("until", Said::new("a day, YYYY-MM-DD", "日期，YYYY-MM-DD")))?;
    let gone = Gone::default();
    let (engine, stop) = (app.engine.clone(), gone.0.clone());
    let looked = tokio::task::spawn_blocking(move || look(&engine, until, &filter, &stop).map(|told| (told, filter)));
    let (told, filter) = looked.await.map_err(|_| Problem::new("internal"))??;
    let Told { agenda, through, days } = told;
    let shown = |delta: &ClueDelta| filter.change(delta).map(|seen| show::foreseen(&app, &seen));
    let day = |(now, clues): &(String, Vec<ClueDelta>)| json!({"now": now, "changes": clues.iter().filter_map(shown).collect::<Vec<_>>()});
    Ok(Json(json!({
        "items": days.iter().map(day).collect::<Vec<_>>(),
        "next": null,
        "position": app.position(agenda.epoch),
        "now": agenda.now,
        "through": through,
    })))
}

/// Set when nobody waits for the answer any more.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What the asker sees of an agenda.
struct Told {
    agenda: Agenda,
    /// The last day that is told, with all days before it.
    through: String,
    /// Those on which something happens.
    days: Vec<(String, Vec<ClueDelta>)>,
}

fn look(engine: &EngineHandle, until: Day, filter: &Filter, stop: &AtomicBool) -> Result<Told, Problem> {
    let (mut days, mut through, mut changes) = (Vec::new(), None, 0);
    let agenda = engine.agenda(until, |Foreseen { now, mut clues }| {
        clues.retain(|delta| filter.change(delta).is_some());
        changes += clues.len();
        if changes > AGENDA_CHANGES || stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        through = Some(now.clone());
        if !clues.is_empty() {
            days.push((now, clues));
        }
        ControlFlow::Continue(())
    })?;
    let through = through.unwrap_or_else(|| agenda.now.clone());
    Ok(Told { agenda, through, days })
}
