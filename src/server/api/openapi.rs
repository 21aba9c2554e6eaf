//! `GET /openapi.json`: what the server says of itself. The same from the first moment on.

use crate::server::ask::Params;
use crate::server::error::Problem;
use crate::server::openapi;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", openapi::document()));

pub async fn show(uri: Uri) -> Result<Response, Problem> {
    Params::of(&uri, &[])?;
    Ok(([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response())
}
