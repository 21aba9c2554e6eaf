//! `/v1/snapshots`: takes a snapshot by hand, and tells which there are. For the operator: counts of records are nobody else's.

use crate::engine::{EngineError, SnapshotInfo, SnapshotState};
use crate::server::app::App;
use crate::server::ask::{self, Params};
use crate::server::error::Problem;
use crate::storage::snapshot::snapshot_name;
use crate::types::{Epoch, datetime_text};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// Begins one; the list tells when it is whole.
pub async fn take(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<(StatusCode, Json<Value>), Problem> {
    only_operator(&uri, &headers)?;
    let (sender, answer) = oneshot::channel();
    let reply = move |result: Result<Epoch, EngineError>| {
        // Whoever asked may have gone; the snapshot is taken.
        let _ = sender.send(result);
    };
    app.engine.snapshot(Box::new(reply))?;
    let epoch = answer.await.map_err(|_| Problem::new("stopping"))??;
    let known = app.engine.snapshots().into_iter().find(|one| one.epoch == epoch);
    // It may have ended, and even been followed by others.
    let info = known.unwrap_or(SnapshotInfo { epoch, wall_us: 0, bytes: 0, rows: 0, state: SnapshotState::Failed });
    Ok((StatusCode::ACCEPTED, Json(item(&app, &info))))
}

pub async fn list(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Json<Value>, Problem> {
    only_operator(&uri, &headers)?;
    app.program()?;
    let items: Vec<Value> = app.engine.snapshots().iter().map(|info| item(&app, info)).collect();
    Ok(Json(json!({"items": items, "next": null, "position": app.position(app.engine.read().epoch)})))
}

fn only_operator(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    Params::of(uri, &[])?;
    if ask::speaker(headers)?.is_operator() { Ok(()) } else { Err(Problem::new("operator-only")) }
}

fn item(app: &App, info: &SnapshotInfo) -> Value {
    json!({
        "position": app.position(info.epoch),
        "at": datetime_text(info.wall_us),
        "file": snapshot_name(info.epoch),
        "bytes": info.bytes,
        "records": info.rows,
        "state": info.state.name(),
    })
}
