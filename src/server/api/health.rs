//! `/healthz` and `/readyz`: is the process alive, can it do its work. Nothing personal, no counts.

use crate::engine::Phase;
use crate::server::app::App;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Not alive only after a failure that a restart must mend.
pub async fn alive(State(app): State<App>) -> Response {
    let failed = matches!(app.engine.phase(), Phase::Failed { .. });
    let status = if failed { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(json!({"status": if failed { "failed" } else { "ok" }}))).into_response()
}

/// Ready to take records and to answer. A suspended program is said so: records are taken, clues stand still.
pub async fn ready(State(app): State<App>) -> Response {
    let phase = app.engine.phase();
    let recovered = !matches!(phase, Phase::Recovering { .. });
    let writable = matches!(phase, Phase::Ready | Phase::Suspended { .. });
    let mut checks = vec![
        json!({"name": "recovery", "ok": recovered}),
        json!({"name": "journal", "ok": writable}),
        json!({"name": "rules", "ok": matches!(phase, Phase::Ready)}),
    ];
    let name = match &phase {
        Phase::Recovering { done, total } => {
            checks.push(json!({"name": "entries", "ok": false, "done": done, "total": total}));
            "recovering"
        }
        Phase::Ready => "ready",
        Phase::Suspended { code } => {
            checks.push(json!({"name": "suspended", "ok": false, "code": code}));
            "suspended"
        }
        Phase::Failed { .. } => "failed",
        Phase::Stopping => "stopping",
    };
    let answer = Json(json!({"ready": writable, "phase": name, "checks": checks}));
    if writable {
        answer.into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], answer).into_response()
    }
}
