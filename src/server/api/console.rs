//! `/console/`: a page that shows the clues live. Static files, embedded.

use crate::server::error::Problem;
use axum::extract::Path;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Redirect};

type File = ([(HeaderName, &'static str); 2], &'static str);

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

/// Everything that the page is made of.
const FILES: [(&str, &str, &str); 12] = [
    ("begun.js", SCRIPT, include_str!("../console/begun.js")),
    ("card.js", SCRIPT, include_str!("../console/card.js")),
    ("case.js", SCRIPT, include_str!("../console/case.js")),
    ("console.css", STYLE, include_str!("../console/console.css")),
    ("console.js", SCRIPT, include_str!("../console/console.js")),
    ("detail.js", SCRIPT, include_str!("../console/detail.js")),
    ("draw.js", SCRIPT, include_str!("../console/draw.js")),
    ("feed.js", SCRIPT, include_str!("../console/feed.js")),
    ("law.js", SCRIPT, include_str!("../console/law.js")),
    ("pack.js", SCRIPT, include_str!("../console/pack.js")),
    ("record.js", SCRIPT, include_str!("../console/record.js")),
    ("words.js", SCRIPT, include_str!("../console/words.js")),
];

pub async fn home() -> impl IntoResponse {
    Redirect::temporary("/console/")
}

pub async fn page() -> File {
    file(HTML, include_str!("../console/index.html"))
}

pub async fn icon() -> File {
    file(IMAGE, include_str!("../console/icon.svg"))
}

pub async fn part(Path(name): Path<String>) -> Result<File, Problem> {
    let known = FILES.iter().find(|(file, _, _)| *file == name);
    known.map(|(_, kind, text)| file(kind, text)).ok_or_else(|| Problem::new("not-found"))
}

/// Asked for anew each time: a new server brings a new page.
fn file(kind: &'static str, text: &'static str) -> File {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}
