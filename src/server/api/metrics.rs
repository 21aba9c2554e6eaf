//! `GET /metrics`: what the server counts, for the operator.

use crate::server::app::App;
use crate::server::ask::{self, Params};
use crate::server::error::Problem;
use crate::server::metrics;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};

/// How busy others are is nothing an agency should know.
pub async fn show(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Params::of(&uri, &[])?;
    if !ask::speaker(&headers)?.is_operator() {
        return Err(Problem::new("operator-only"));
    }
    let text = metrics::text(&app).map_err(|_| Problem::new("internal"))?;
    Ok(([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response())
}
