//! `POST /v1/clock`: moves a manual clock, day by day, one epoch each.

use crate::engine::{ClockTarget, EngineError};
use crate::ingest::Raw;
use crate::server::app::App;
use crate::server::ask::{self, Params};
use crate::server::error::Problem;
use crate::types::{Said, Value, parse_date, parse_datetime};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::json;
use tokio::sync::oneshot;

pub async fn set(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Body) -> Result<Json<serde_json::Value>, Problem> {
    Params::of(&uri, &[])?;
    let speaker = ask::speaker(&headers)?;
    if !speaker.is_operator() {
        return Err(Problem::new("operator-only"));
    }
    let fields = ask::object(&headers, body, &["now"]).await?;
    let to = match fields.first() {
        Some((_, Raw::Text(text))) => target(text),
        Some(_) | None => None,
    };
    let expected = Said::new("a date (YYYY-MM-DD) or a time with its zone", "日期（YYYY-MM-DD）或带时区的时间");
    let to = to.ok_or_else(|| Problem::new("bad-json").at("/now", "bad-json", expected))?;
    let (sender, answer) = oneshot::channel();
    let reply = move |result: Result<_, EngineError>| {
        // Whoever asked may have gone; the clock has moved.
        let _ = sender.send(result);
    };
    app.engine.set_clock(to, Box::new(reply))?;
    let epoch = answer.await.map_err(|_| Problem::new("stopping"))??;
    let now = match to {
        ClockTarget::Day(day) => Value::Date(day),
        ClockTarget::Instant(us) => Value::Datetime(us),
    };
    Ok(Json(json!({"position": app.position(epoch), "now": now.to_string()})))
}

fn target(text: &str) -> Option<ClockTarget> {
    parse_date(text).map(ClockTarget::Day).or_else(|_| parse_datetime(text).map(ClockTarget::Instant)).ok()
}
