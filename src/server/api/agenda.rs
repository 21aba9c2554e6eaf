//! `GET /v1/agenda`: what will open, change or close on which day if nothing more comes.

use crate::clues::ClueDelta;
use crate::engine::{Agenda, EngineHandle, Foreseen};
use crate::limits::AGENDA_CHANGES;
use crate::points::{self, Point};
use crate::server::app::App;
use crate::server::ask::{Params, link};
use crate::server::caught::aside;
use crate::server::error::Problem;
use crate::server::filter::Filter;
use crate::server::show;
use crate::types::{Day, Said, date_text, parse_date};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const PATH: &str = "/v1/agenda";

/// Which days are looked at, and which of them are told.
struct Wanted {
    until: Day,
    /// Only later ones.
    after: Option<Day>,
}

pub async fn list(State(app): State<App>, uri: Uri) -> Result<Json<Value>, Problem> {
    app.program()?;
    let params = Params::of(&uri, &[&Filter::OF_CLUES[..], &["until", "after"]].concat())?;
    let filter = Filter::of(&params, &Filter::OF_CLUES, &app.engine.read())?;
    let expected = |name| Problem::parameter(name, Said::new("a day, YYYY-MM-DD", "日期，YYYY-MM-DD"));
    let day = |name| params.one(name)?.map(|text| parse_date(text).map_err(|_| expected(name))).transpose();
    let wanted = Wanted { until: day("until")?.ok_or_else(|| expected("until"))?, after: day("after")? };
    let until = wanted.until;
    let gone = Gone::default();
    let (engine, stop) = (app.engine.clone(), gone.0.clone());
    let looked = aside(&app, move || {
        points::pass(Point::Agenda);
        look(&engine, &wanted, &filter, &stop).map(|told| (told, filter))
    });
    let (told, filter) = looked.await??;
    let Told { agenda, through, days } = told;
    let shown = |delta: &ClueDelta| filter.change(delta).map(|seen| show::foreseen(&app, &seen));
    let day = |(now, clues): &(String, Vec<ClueDelta>)| json!({"now": now, "changes": clues.iter().filter_map(shown).collect::<Vec<_>>()});
    let next = (through < until).then(|| {
        let after = date_text(through);
        link(PATH, &[&params.without("after")[..], &[("after", &after)]].concat())
    });
    Ok(Json(json!({
        "items": days.iter().map(day).collect::<Vec<_>>(),
        "next": next,
        "position": app.position(agenda.epoch),
        "now": agenda.now,
        "through": date_text(through),
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
    through: Day,
    /// Those on which something happens.
    days: Vec<(String, Vec<ClueDelta>)>,
}

fn look(engine: &EngineHandle, wanted: &Wanted, filter: &Filter, stop: &AtomicBool) -> Result<Told, Problem> {
    let (mut days, mut through, mut changes) = (Vec::new(), wanted.until, 0);
    let agenda = engine.agenda(wanted.until, |Foreseen { day, now, mut clues }| {
        clues.retain(|delta| filter.change(delta).is_some());
        if stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        if clues.is_empty() || wanted.after.is_some_and(|after| day <= after) {
            return ControlFlow::Continue(());
        }
        changes += clues.len();
        if changes > AGENDA_CHANGES && !days.is_empty() {
            through = day - 1;
            return ControlFlow::Break(());
        }
        days.push((now, clues));
        ControlFlow::Continue(())
    })?;
    Ok(Told { agenda, through, days })
}
