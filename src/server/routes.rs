//! The whole table of routes, on one screen.

use super::api::{
    agenda, batches, changes, clock, clues, console, faults, health, history, metrics, openapi, problems, relations, repairs,
    rows, rules, snapshots, subscribe, subscriptions, verdicts,
};
use super::app::App;
use super::error::Problem;
use super::guard;
use super::rest;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

pub fn router(app: App) -> Router {
    let traffic = app.traffic.clone();
    Router::new()
        // Records in.
        .route("/v1/batches", post(batches::submit))
        .route("/v1/relations/{name}/rows", get(relations::rows).post(rows::submit))
        .route("/v1/clock", post(clock::set))
        .route("/v1/snapshots", get(snapshots::list).post(snapshots::take))
        // Clues and rows out.
        .route("/v1/clues", get(clues::list))
        .route("/v1/clues/query", post(clues::query))
        .route("/v1/clues/{id}", get(clues::one))
        .route("/v1/clues/{id}/history", get(clues::history))
        .route("/v1/clues/{id}/verdicts", post(verdicts::say))
        .route("/v1/rules", get(rules::list))
        .route("/v1/relations", get(relations::list))
        .route("/v1/relations/{name}/query", post(relations::query))
        .route("/v1/relations/{name}/repairs", get(repairs::list))
        .route("/v1/faults", get(faults::list))
        .route("/v1/agenda", get(agenda::list))
        // Changes out. No layer may hold back or cut these.
        .route("/v1/subscribe", get(subscribe::stream))
        .route("/v1/changes", get(changes::poll))
        .route("/v1/history", get(history::list))
        .route("/v1/subscriptions", get(subscriptions::list))
        .route("/v1/subscriptions/{name}", get(subscriptions::one).put(subscriptions::put).delete(subscriptions::remove))
        .route("/v1/subscriptions/{name}/ack", post(subscriptions::acknowledge))
        // Outside the prefix.
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/openapi.json", get(openapi::show))
        .route("/problems/{code}", get(problems::page))
        .route("/", get(console::home))
        .route("/console", get(console::home))
        .route("/console/", get(console::page))
        .route("/console/icon.svg", get(console::icon))
        .route("/console/{file}", get(console::part))
        .fallback(|| async { Problem::new("not-found") })
        .method_not_allowed_fallback(|| async { Problem::new("method-not-allowed") })
        .layer(CatchPanicLayer::custom(move |panic| guard::panicked(&traffic, panic)))
        .layer(from_fn_with_state(app.clone(), guard::around))
        .layer(from_fn(rest::hear_out))
        .with_state(app)
}
