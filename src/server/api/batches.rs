//! `POST /v1/batches`: changes of any relations, one a line, all in one epoch.

use super::upload::{self, Bound, Taken, Upload};
use crate::engine::{BatchAnswer, OnReject};
use crate::ingest::Format;
use crate::limits::{MAX_BATCH_BYTES, MAX_REPAIRS_TOLD};
use crate::server::app::App;
use crate::server::ask::{self, Params};
use crate::server::error::Problem;
use crate::server::filter::Filter;
use crate::server::{show, tell};
use crate::types::{Epoch, Lang, Said};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub async fn submit(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let params = Params::of(&uri, &["on_reject", "wait"])?;
    let on_reject = on_reject(&params)?;
    let wait_clues = wait_clues(&params)?;
    if ask::media_type(&headers)?.is_some_and(|media| !is_ndjson(&media)) {
        return Err(Problem::new("unsupported-media-type"));
    }
    let upload = Upload {
        agency: ask::speaker(&headers)?,
        key: ask::idempotency_key(&headers)?,
        on_reject,
        replace: None,
        format: Format::Changes,
        meaning: format!("batches {on_reject:?}"),
        bound: Bound::Batch { bytes: MAX_BATCH_BYTES },
    };
    let program = app.program()?;
    let taken = upload::take(&app, program, upload, body).await?;
    let answers = &taken.answers;
    let mut receipt = receipt(&app, &taken, ask::language(&headers));
    if let (true, Some(answer), Value::Object(map)) = (wait_clues, answers.last(), &mut receipt) {
        map.insert("changes".to_string(), changes_of(&app, answer.epoch));
        if app.engine.read().stale {
            map.insert("stale".to_string(), true.into());
        }
    }
    Ok(respond(receipt, answers))
}

pub fn is_ndjson(media: &str) -> bool {
    ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json"]
        .contains(&media)
}

pub fn on_reject(params: &Params) -> Result<OnReject, Problem> {
    let read = |text: &str| match text {
        "skip" => Some(OnReject::Skip),
        "fail" => Some(OnReject::Fail),
        _ => None,
    };
    let given = params.parsed("on_reject", read, Said::new("skip or fail", "skip 或 fail"))?;
    Ok(given.unwrap_or(OnReject::Skip))
}

fn wait_clues(params: &Params) -> Result<bool, Problem> {
    let read = |text: &str| (text == "clues").then_some(true);
    Ok(params.parsed("wait", read, Said::new("clues", "clues"))?.unwrap_or(false))
}

/// The answer to a sender. `position` is that of the last epoch.
pub fn receipt(app: &App, taken: &Taken, lang: Lang) -> Value {
    let answers = taken.answers.as_slice();
    let sum = |of: fn(&BatchAnswer) -> u64| answers.iter().map(of).sum::<u64>();
    let repairs = answers.iter().flat_map(|a| show::repairs(&a.repairs, lang)).take(MAX_REPAIRS_TOLD);
    let doubts = answers.iter().flat_map(|a| show::doubts(&a.doubts, lang)).take(MAX_REPAIRS_TOLD);
    let rejected: Vec<Value> = answers.iter().flat_map(|a| show::rejected(&a.refused, lang)).collect();
    json!({
        "position": answers.last().map(|a| app.position(a.epoch)),
        "accepted": sum(|a| a.receipt.accepted),
        "changed": sum(|a| a.receipt.changed),
        "duplicates": taken.duplicates,
        "skipped": taken.skipped,
        "skips": show::skips(&taken.skips, lang),
        "repaired": sum(|a| a.repairs.count),
        "repairs": repairs.collect::<Vec<_>>(),
        "doubtful": sum(|a| a.doubts.count),
        "doubts": doubts.collect::<Vec<_>>(),
        "rejected": rejected,
        "replayed": answers.first().is_some_and(|a| a.replayed),
    })
}

pub fn respond(receipt: Value, answers: &[BatchAnswer]) -> Response {
    replayed(Json(receipt), answers.first().is_some_and(|a| a.replayed))
}

/// An answer, and whether it is that of an earlier request.
pub fn replayed(answer: Json<Value>, is: bool) -> Response {
    let mut response = answer.into_response();
    if is {
        let name = HeaderName::from_static("idempotent-replayed");
        response.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    response
}

/// What one epoch did to clues and outputs; `null` if it is no longer remembered.
fn changes_of(app: &App, epoch: Epoch) -> Value {
    let before = Epoch(epoch.0.saturating_sub(1));
    let Ok(found) = app.engine.read().feed.after(before, 1) else { return Value::Null };
    let own = found.iter().filter(|changes| changes.epoch == epoch);
    own.flat_map(|changes| tell::see(app, &Filter::default(), changes).collect::<Vec<_>>()).collect()
}
