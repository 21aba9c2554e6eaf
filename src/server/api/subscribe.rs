//! `GET /v1/subscribe`: server-sent events, from a snapshot or from a position.

use crate::limits::KEEP_ALIVE;
use crate::server::app::App;
use crate::server::ask::Params;
use crate::server::error::Problem;
use crate::server::filter::Filter;
use crate::server::stream::{self, Start};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};

const LAST_EVENT_ID: &str = "last-event-id";

pub async fn stream(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    app.program()?;
    let params = Params::of(&uri, &[&Filter::PARAMETERS[..], &["after"]].concat())?;
    let filter = Filter::of(&params, &app.engine.read())?;
    let start = match position(&headers, &params)? {
        Some(text) => Start::After(app.epoch(&text)?),
        None => Start::Snapshot,
    };
    let slot = app.stream_slot()?;
    let events = stream::start(app, filter, start, slot)?;
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    let fixed = [(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static("x-accel-buffering"), "no")];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// What a browser remembers beats what stands in its URL. An empty one is none: a `reset` makes it so.
fn position(headers: &HeaderMap, params: &Params) -> Result<Option<String>, Problem> {
    let last = match headers.get(LAST_EVENT_ID) {
        Some(value) => Some(value.to_str().map_err(|_| Problem::new("bad-position"))?.to_string()),
        None => None,
    };
    let after = params.one("after")?.map(str::to_string);
    Ok(last.filter(|id| !id.is_empty()).or(after))
}
