//! `GET /problems/{code}`: what the `type` of a problem document points at, and every other code that an answer may hold, as a small page in
//! both languages.

use crate::expr::FaultCode;
use crate::ingest::{doubt, refusal, repair};
use crate::server::error::{KINDS, PLACES, Problem};
use crate::types::Said;
use axum::extract::Path;
use axum::response::Html;

pub async fn page(Path(code): Path<String>) -> Result<Html<String>, Problem> {
    let (status, zh, en) = told(&code).ok_or_else(|| Problem::new("not-found"))?;
    let part = |lang: &str, (title, help): (String, String)| {
        format!("<section lang=\"{lang}\"><h1>{}</h1><p>{}</p></section>", plain(&title), plain(&help))
    };
    // Here it is one of ours.
    let head = format!("<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><title>{status}{code}</title>");
    Ok(Html(format!("{head}{}{}</html>", part("zh", zh), part("en", en))))
}

/// Is there a page for it?
pub fn has_page(code: &str) -> bool {
    told(code).is_some()
}

/// A title and its help.
type Told = (String, String);

/// Status, and what is told in Chinese and English.
fn told(code: &str) -> Option<(String, Told, Told)> {
    if let Some(kind) = KINDS.iter().find(|kind| kind.code == code) {
        let both = |(title, help): (&str, &str)| (title.to_string(), help.to_string());
        return Some((format!("{} ", kind.status), both(kind.zh), both(kind.en)));
    }
    let Said { en, zh } = sentence(code)?;
    Some((String::new(), (code.to_string(), zh), (code.to_string(), en)))
}

/// That of a code which stands with a place inside an answer.
fn sentence(code: &str) -> Option<Said> {
    let of = |codes: &[(&str, &str, &str)]| codes.iter().find(|(name, ..)| *name == code).map(|(_, en, zh)| Said::new(*en, *zh));
    let of_rule = || FaultCode::from_name(code).map(FaultCode::said);
    [refusal::CODES, repair::CODES, doubt::CODES, PLACES].into_iter().find_map(of).or_else(of_rule)
}

/// As text of a page.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
