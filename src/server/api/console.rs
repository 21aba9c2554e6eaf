//! `/console/`: a page that shows the clues live. Static files, embedded.

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Redirect};

type File = ([(HeaderName, &'static str); 2], &'static str);

pub async fn home() -> impl IntoResponse {
    Redirect::temporary("/console/")
}

pub async fn page() -> File {
    file("text/html; charset=utf-8", include_str!("../console/index.html"))
}

pub async fn script() -> File {
    file("text/javascript; charset=utf-8", include_str!("../console/console.js"))
}

pub async fn style() -> File {
    file("text/css; charset=utf-8", include_str!("../console/console.css"))
}

pub async fn icon() -> File {
    file("image/svg+xml", include_str!("../console/icon.svg"))
}

/// Asked for anew each time: a new server brings a new page.
fn file(kind: &'static str, text: &'static str) -> File {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}
