//! `/healthz` and `/readyz`: is the process alive, can it do its work. Nothing personal, no counts; reasons name files.

use crate::engine::Phase;
use crate::server::app::App;
use crate::server::ask;
use crate::types::{Lang, Said};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::time::Duration;

/// Not alive only after a failure that a restart must mend.
pub async fn alive(State(app): State<App>) -> Response {
    let failed = matches!(app.engine.phase(), Phase::Failed { .. });
    let status = if failed { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(json!({"status": if failed { "failed" } else { "ok" }}))).into_response()
}

/// Ready to take records and to answer. With a disk or a memory that is full it only answers. A suspended program is said so: records are taken, clues stand still.
pub async fn ready(State(app): State<App>, headers: HeaderMap) -> Response {
    let (phase, lang) = (app.engine.phase(), ask::language(&headers));
    // A start that failed has read nothing that anybody could be shown; what fails later has.
    let (recovered, reason) = match &phase {
        Phase::Recovering { .. } => (false, None),
        Phase::Failed { reason } => (app.engine.program().is_some(), Some(reason)),
        Phase::Ready | Phase::Suspended { .. } | Phase::Stopping | Phase::Past => (true, None),
    };
    let unreadable = app.engine.subscriptions().unreadable();
    let journal = matches!(phase, Phase::Ready | Phase::Suspended { .. });
    let (disk, memory) = (app.engine.has_disk(), app.engine.has_memory());
    let writable = journal && disk && memory;
    let mut checks = vec![
        check("recovery", recovered, reason, lang),
        check("journal", journal, reason.filter(|_| recovered), lang),
        json!({"name": "disk", "ok": disk}),
        json!({"name": "memory", "ok": memory}),
        json!({"name": "rules", "ok": matches!(phase, Phase::Ready)}),
        // Without them everything else goes on: records are taken, and who reads by position reads.
        check("places", unreadable.is_none(), unreadable, lang),
    ];
    match &phase {
        Phase::Recovering { done, total } => checks.push(entries(*done, *total, app.engine.metrics().uptime())),
        Phase::Suspended { code } => checks.push(json!({"name": "suspended", "ok": false, "code": code})),
        Phase::Ready | Phase::Failed { .. } | Phase::Stopping | Phase::Past => {}
    }
    let answer = Json(json!({"ready": writable, "phase": phase.name(), "checks": checks}));
    if writable {
        answer.into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], answer).into_response()
    }
}

/// With the reason, where it is not as it should be and somebody knows why.
fn check(name: &str, ok: bool, reason: Option<&Said>, lang: Lang) -> Value {
    match reason.filter(|_| !ok) {
        Some(reason) => json!({"name": name, "ok": ok, "reason": reason.get(lang)}),
        None => json!({"name": name, "ok": ok}),
    }
}

/// How far the reading of the journal is, and what is left at the pace so far.
fn entries(done: u64, total: u64, since: Duration) -> Value {
    let mut check = json!({"name": "entries", "ok": false, "done": done, "total": total});
    if let Some(left) = seconds_left(done, total, since) {
        check["seconds_left"] = left.into();
    }
    check
}

fn seconds_left(done: u64, total: u64, since: Duration) -> Option<u64> {
    let left = total.checked_sub(done).filter(|_| done > 0)?;
    Some((since.as_secs_f64() * left as f64 / done as f64).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_from_what_is_done() {
        let ten = Duration::from_secs(10);
        assert_eq!(seconds_left(0, 100, ten), None);
        assert_eq!(seconds_left(25, 100, ten), Some(30));
        assert_eq!(seconds_left(100, 100, ten), Some(0));
    }
}
