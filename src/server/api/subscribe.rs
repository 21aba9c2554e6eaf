//! `GET /v1/subscribe`: server-sent events, from a snapshot or from a position.

use crate::server::app::App;
use crate::server::ask::Params;
use crate::server::begin::Begin;
use crate::server::error::Problem;
use crate::server::stream::{self, Start};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};

const LAST_EVENT_ID: &str = "last-event-id";

pub async fn stream(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    app.program()?;
    let params = Params::of(&uri, &Begin::parameters())?;
    let Begin { filter, after, .. } = Begin::of(&app, &params, &headers, last_event_id(&headers)?)?;
    let start = after.map_or(Start::Snapshot, Start::After);
    let slot = app.stream_slot()?;
    let events = stream::start(app, filter, start, slot)?;
    let mut response = Body::from_stream(events).into_response();
    let fixed = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// What a browser remembers. An empty one is none: a `reset` makes it so.
fn last_event_id(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let id = value.to_str().map_err(|_| Problem::new("bad-position"))?;
    Ok(Some(id.to_string()).filter(|id| !id.is_empty()))
}
