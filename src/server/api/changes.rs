//! `GET /v1/changes`: the same changes as a long poll, for what cannot hold a stream.

use crate::limits::{MAX_WAIT, PIECE_CHANGES, STREAM_EPOCHS};
use crate::server::app::App;
use crate::server::ask::{Params, link};
use crate::server::begin::Begin;
use crate::server::error::Problem;
use crate::server::filter::Filter;
use crate::server::stream::{self, Pulled};
use crate::server::{show, tell};
use crate::types::{Epoch, Said};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// Without `after`: what comes from now on. Answers at once when there is something, else when the wait is over.
pub async fn poll(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Json<Value>, Problem> {
    app.program()?;
    let params = Params::of(&uri, &[Begin::parameters(), vec!["wait"]].concat())?;
    let Begin { filter, after, named } = Begin::of(&app, &params, &headers, None)?;
    let mut cursor = match after {
        Some(after) => after,
        // What holds comes by stream or list, and then the changes to it.
        None if named => return Err(Problem::new("not-begun")),
        None => app.engine.read().epoch,
    };
    let seconds = |text: &str| text.parse().ok().map(Duration::from_secs).filter(|wait| *wait <= MAX_WAIT);
    let most = MAX_WAIT.as_secs();
    let expected = Said::new(format!("seconds from 0 to {most}"), format!("0 至 {most} 之间的秒数"));
    let wait = params.parsed("wait", seconds, expected)?.unwrap_or_default();
    let until = Instant::now() + wait;
    let _slot = app.stream_slot()?;
    let mut seat = app.hall.seat(&filter);
    let mut over = wait.is_zero();
    let items = loop {
        seat.settle();
        let pulled = stream::pull(&app, cursor, STREAM_EPOCHS).map_err(|_| Problem::new("cursor-expired"))?;
        let (items, through) = page(&app, &filter, &pulled);
        let more = through > cursor;
        cursor = through;
        if !items.is_empty() {
            break items;
        }
        if more {
            // Nothing of this stretch shows; there may be more behind it.
            continue;
        }
        if over {
            break Vec::new();
        }
        tokio::select! {
            // Once more: what was not to be seen has moved the position all the same.
            () = tokio::time::sleep_until(until) => over = true,
            () = app.stopped() => break Vec::new(),
            () = seat.rung() => {}
        }
    };
    let position = app.position(cursor);
    let mut query = params.without("after");
    query.push(("after", &position));
    Ok(Json(json!({"items": items, "next": link("/v1/changes", &query), "position": position})))
}

/// What of the epochs shows, and how far that is: an epoch is given whole, however large, but then no other with it.
fn page(app: &App, filter: &Filter, pulled: &Pulled) -> (Vec<Value>, Epoch) {
    let (mut items, mut count) = (Vec::new(), 0);
    for changes in &pulled.epochs {
        let seen: Vec<Value> = tell::see(app, filter, changes).collect();
        count += seen.len();
        if !seen.is_empty() || tell::is_told(changes) {
            items.push(show::epoch(app, changes, seen));
        }
        if count >= PIECE_CHANGES {
            return (items, changes.epoch);
        }
    }
    (items, pulled.through)
}
