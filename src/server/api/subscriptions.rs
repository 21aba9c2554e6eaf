//! `/v1/subscriptions`: named readers of the speaker's own, each with a filter and the place up to which it has everything.

use crate::engine::{Begin, Kept, Say, SubscriptionError};
use crate::ingest::Raw;
use crate::limits::{MAX_FILTER_BYTES, MAX_PARAMETERS};
use crate::security::{Agency, ReaderName, Stamp};
use crate::server::app::App;
use crate::server::ask::{self, Params};
use crate::server::error::Problem;
use crate::server::filter::Filter;
use crate::server::show;
use crate::storage::Cursor;
use crate::types::Said;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::oneshot;

/// Those of the speaker, by name.
pub async fn list(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let own = app.engine.subscriptions().of(&ask::speaker(&headers)?)?;
    let items = own.iter().map(|(name, cursor)| show::subscription(&app, name, cursor)).collect();
    let at = app.engine.read().epoch;
    Ok(show::list(&app, items, None, at))
}

pub async fn one(State(app): State<App>, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> Result<Json<Value>, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let cursor = find(&app, &headers, &name)?;
    Ok(Json(show::subscription(&app, &name, &cursor)))
}

/// Makes one, or gives it another filter or another place.
pub async fn put(
    State(app): State<App>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let speaker = ask::speaker(&headers)?;
    let checked = ReaderName::parse(&name).ok_or_else(|| Problem::new("bad-name"))?;
    let fields = ask::object(&headers, body, &["filter", "after", "from"]).await?;
    let field = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, raw)| raw);
    let filter = filter(&app, field("filter"))?;
    let begin = match (field("after"), field("from")) {
        (None, None) => Begin::AsItWas,
        (Some(Raw::Text(position)), None) => Begin::After(kept(&app, position)?),
        (None, Some(Raw::Text(word))) if word == "snapshot" => Begin::Snapshot,
        (None, Some(Raw::Text(word))) if word == "now" => Begin::After(app.stamp(app.engine.read().epoch)),
        (Some(_), None) => return Err(bad("/after", Said::new("a position", "应为位置"))),
        (_, Some(_)) => {
            let said = Said::new("snapshot or now, and not together with after", "应为 snapshot 或 now，且不得与 after 同时给出");
            return Err(bad("/from", said));
        }
    };
    let Kept { cursor, new } = say(&app, &speaker, &checked, Say::Put { filter, begin }).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(show::subscription(&app, &name, &cursor))).into_response())
}

/// A position from which reading can go on: who has to begin again hears it now and not when it reads.
fn kept(app: &App, position: &str) -> Result<Stamp, Problem> {
    let stamp = app.stamp(app.epoch(position)?);
    app.place(stamp).map(|_| stamp).map_err(|code| {
        let said = Said::new(
            "nothing was changed; PUT it with \"from\":\"snapshot\", then read what holds now and all that follows",
            "未作改动；请以 \"from\":\"snapshot\" PUT，即可读取当前成立的内容及其后的变化",
        );
        Problem::new(code).at("/after", code, said)
    })
}

/// The reader has everything up to a position. An older one than it said before changes nothing; the answer tells which one holds.
pub async fn acknowledge(
    State(app): State<App>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let speaker = ask::speaker(&headers)?;
    let checked = ReaderName::parse(&name).ok_or_else(|| Problem::new("no-subscription"))?;
    let fields = ask::object(&headers, body, &["position"]).await?;
    let Some((_, Raw::Text(position))) = fields.first() else {
        return Err(bad("/position", Said::new("a position", "应为位置")));
    };
    let at = app.epoch(position)?;
    let kept = say(&app, &speaker, &checked, Say::Acknowledge(app.stamp(at))).await?;
    Ok(Json(show::subscription(&app, &name, &kept.cursor)))
}

/// Answers how it was.
pub async fn remove(
    State(app): State<App>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let speaker = ask::speaker(&headers)?;
    let checked = ReaderName::parse(&name).ok_or_else(|| Problem::new("no-subscription"))?;
    let kept = say(&app, &speaker, &checked, Say::Remove).await?;
    Ok(Json(show::subscription(&app, &name, &kept.cursor)))
}

/// The speaker's own of this name.
pub fn find(app: &App, headers: &HeaderMap, name: &str) -> Result<Cursor, Problem> {
    let speaker = ask::speaker(headers)?;
    let name = ReaderName::parse(name).ok_or_else(|| Problem::new("no-subscription"))?;
    Ok(app.engine.subscriptions().get(&speaker, &name)?)
}

async fn say(app: &App, speaker: &Agency, name: &ReaderName, say: Say) -> Result<Kept, Problem> {
    let (reply, answer) = oneshot::channel();
    // A sender that has gone does not want to know.
    app.engine.subscriptions().say(speaker, name, say, Box::new(move |kept| drop(reply.send(kept))));
    Ok(answer.await.unwrap_or(Err(SubscriptionError::WriteFailed))?)
}

/// The fields of a filter as they are kept.
fn filter(app: &App, raw: Option<&Raw>) -> Result<Vec<(String, Vec<String>)>, Problem> {
    let fields: &[(String, Raw)] = match raw {
        None => &[],
        Some(Raw::Object(fields)) => fields,
        Some(_) => return Err(bad("/filter", Said::new("an object of fields", "应为字段对象"))),
    };
    let mut filter = Filter::default();
    let (mut bytes, mut count) = (0, 0);
    for (i, (name, raw)) in fields.iter().enumerate() {
        if !Filter::FIELDS.contains(&name.as_str()) || fields[..i].iter().any(|(other, _)| other == name) {
            let known = Filter::FIELDS.join(", ");
            let said = Said::new(format!("known are, each once: {known}"), format!("可用的字段，各一次：{known}"));
            return Err(bad("/filter", said));
        }
        let place = format!("/filter/{name}");
        let texts = ask::texts(raw)
            .ok_or_else(|| bad(&place, Said::new("text, or a list of at least one text", "文本，或至少有一项的文本列表")))?;
        bytes += texts.iter().map(String::len).sum::<usize>();
        count += texts.len();
        filter.ask(name, texts, &app.engine.read()).map_err(|said| bad(&place, said))?;
    }
    if bytes > MAX_FILTER_BYTES || count > MAX_PARAMETERS {
        let said = Said::new(
            format!("at most {MAX_PARAMETERS} values of {MAX_FILTER_BYTES} bytes together"),
            format!("至多 {MAX_PARAMETERS} 个值，共 {MAX_FILTER_BYTES} 字节"),
        );
        return Err(bad("/filter", said));
    }
    Ok(filter.fields().into_iter().map(|(name, values)| (name.to_string(), values)).collect())
}

fn bad(pointer: &str, said: Said) -> Problem {
    Problem::new("bad-json").at(pointer, "bad-json", said)
}
