//! `POST /v1/relations/{name}/rows`: a file of one relation, NDJSON or CSV, of any length.

use super::batches::{is_ndjson, on_reject, receipt, respond};
use super::relations::find;
use super::upload::{self, Bound, Upload};
use crate::engine::{OnReject, Whole};
use crate::ingest::{Charset, Form, Format, Op, Titles};
use crate::limits::MAX_TITLES;
use crate::server::app::App;
use crate::server::ask::{self, Params};
use crate::server::error::Problem;
use crate::server::show;
use crate::types::Said;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::Value;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Insert,
    Upsert,
    Replace,
}

pub async fn submit(
    State(app): State<App>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let program = app.program()?;
    let relation = find(&program, &name)?;
    let form = Form::new(&program, relation);
    if !form.is_writable() {
        return Err(Problem::new("not-writable"));
    }
    let params = Params::of(&uri, &["mode", "on_reject", "columns", "ignore", "empty"])?;
    let (mode, on_reject) = (mode(&params)?, on_reject(&params)?);
    let (columns, ignore) = (params.one("columns")?.unwrap_or(""), params.one("ignore")?.unwrap_or(""));
    // In a replacement the lines are what is asserted; a row that is there already under the key gives way.
    let op = if mode == Mode::Insert { Op::Insert } else { Op::Upsert };
    let media = ask::media(&headers)?;
    let format = match media.kind.as_deref().unwrap_or("") {
        "text/csv" => Format::Csv { relation, op, charset: media.charset, titles: titles(columns, ignore, &form)? },
        _ if is_ndjson(&ask::media_type(&headers)?.unwrap_or_default()) && columns.is_empty() && ignore.is_empty() => {
            Format::Rows { relation, op }
        }
        _ => return Err(Problem::new("unsupported-media-type")),
    };
    let one_epoch = mode == Mode::Replace || on_reject == OnReject::Fail;
    let upload = Upload {
        agency: ask::speaker(&headers)?,
        key: ask::idempotency_key(&headers)?,
        on_reject,
        replace: (mode == Mode::Replace).then_some(Whole { relation, may_be_empty: may_be_empty(&params)? }),
        format,
        meaning: format!("rows {name} {mode:?} {on_reject:?} {columns}{}{}", charset_meant(media.charset), ignore_meant(ignore)),
        bound: if one_epoch { Bound::Whole } else { Bound::Pieces },
    };
    let taken = upload::take(&app, program, upload, body).await?;
    let answers = &taken.answers;
    let mut receipt = receipt(&app, &taken, ask::language(&headers));
    if let Value::Object(map) = &mut receipt {
        let positions = answers.iter().map(|a| Value::from(app.position(a.epoch))).collect();
        map.insert("positions".to_string(), positions);
        map.insert("ignored".to_string(), show::ignored(&taken.ignored).into());
    }
    Ok(respond(receipt, answers))
}

/// Nothing for UTF-8, so that keys of files that were sent before charsets were read keep their answers.
fn charset_meant(charset: Charset) -> &'static str {
    match charset {
        Charset::Utf8 => "",
        Charset::Gb18030 => " gb18030",
    }
}

/// Nothing where no column is left out, for the same reason.
fn ignore_meant(ignore: &str) -> String {
    if ignore.is_empty() { String::new() } else { format!(" without {ignore}") }
}

fn mode(params: &Params) -> Result<Mode, Problem> {
    let read = |text: &str| match text {
        "insert" => Some(Mode::Insert),
        "upsert" => Some(Mode::Upsert),
        "replace" => Some(Mode::Replace),
        _ => None,
    };
    let given = params.parsed("mode", read, Said::new("insert, upsert or replace", "insert、upsert 或 replace"))?;
    Ok(given.unwrap_or(Mode::Insert))
}

/// Of a replacement: a file without rows means that there are none any more.
fn may_be_empty(params: &Params) -> Result<bool, Problem> {
    let read = |text: &str| (text == "yes").then_some(true);
    Ok(params.parsed("empty", read, Said::new("yes", "yes"))?.unwrap_or(false))
}

/// `columns`: `column=title|title,column=title`, as `.record` writes it; `ignore`: `title,title`.
fn titles(columns: &str, ignore: &str, form: &Form) -> Result<Titles, Problem> {
    let ignored: Vec<String> =
        ignore.split(',').map(|title| title.trim().to_string()).filter(|title| !title.is_empty()).collect();
    if ignored.len() > MAX_TITLES {
        return Err(Problem::parameter("ignore", Said::new("title,title", "标题,标题")));
    }
    Ok(Titles { own: own_titles(columns, form)?, ignored })
}

/// By title.
fn own_titles(text: &str, form: &Form) -> Result<Vec<(String, String)>, Problem> {
    let unknown = || {
        let names = form.relation.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        Problem::parameter("columns", Said::new(format!("the columns are {names}"), format!("此关系的列：{names}")))
    };
    let bad = || Problem::parameter("columns", Said::new("column=title|title,column=title", "列=标题|标题,列=标题"));
    let mut titles = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (column, names) = part.split_once('=').ok_or_else(bad)?;
        form.titled(column).ok_or_else(unknown)?;
        titles.extend(names.split('|').map(|name| (name.trim().to_string(), column.trim().to_string())));
    }
    if titles.len() > MAX_TITLES { Err(bad()) } else { Ok(titles) }
}
