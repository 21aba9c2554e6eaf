//! `GET /problems/{code}`: what the `type` of a problem document points at, as a small page in both languages.

use crate::server::error::{KINDS, Problem};
use axum::extract::Path;
use axum::response::Html;

pub async fn page(Path(code): Path<String>) -> Result<Html<String>, Problem> {
    let kind = KINDS.iter().find(|kind| kind.code == code).ok_or_else(|| Problem::new("not-found"))?;
    // All texts are constants of the program and hold nothing that HTML would read as a mark.
    let part =
        |lang: &str, (title, help): (&str, &str)| format!("<section lang=\"{lang}\"><h1>{title}</h1><p>{help}</p></section>");
    let head = format!("<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><title>{} {}</title>", kind.status, kind.code);
    Ok(Html(format!("{head}{}{}</html>", part("zh", kind.zh), part("en", kind.en))))
}
