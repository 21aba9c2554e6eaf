//! What leaves the server as JSON: values, rows, clues, changes, causes. The one place that decides what an outsider may see of them.

use super::app::App;
use super::filter::Seen;
use super::pieces::Piece;
use crate::clues::{Cause, Clue, ClueId, ClueOp, EpochChanges, Machine, Step, is_person};
use crate::engine::{Doubt, Doubts, Repair, Repairs, VerdictAnswer};
use crate::ingest::{Refused, Skip, doubt, refusal, repair};
use crate::program::Relation;
use crate::security::Names;
use crate::storage::Cursor;
use crate::types::{CaseState, Dismissal, Epoch, Lang, Row, Value, datetime_text};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json, json};

/// A named reader: where it goes on, and how.
pub fn subscription(app: &App, name: &str, cursor: &Cursor) -> Json {
    let state = match cursor.at {
        None => "snapshot",
        Some(at) if app.place(at).is_err() => "expired",
        Some(_) => "ready",
    };
    let filter: Map<String, Json> = cursor.filter.iter().map(|(field, values)| (field.clone(), json!(values))).collect();
    json!({"name": name, "filter": filter, "position": cursor.at.map(|at| app.engine.positions().encode_stamp(at)), "state": state})
}

/// Numbers as numbers, dates and datetimes as text, an absent value as `null`. A float that JSON cannot write goes as text.
pub fn value(value: &Value) -> Json {
    match value {
        Value::Absent => Json::Null,
        Value::Number(x) => (*x).into(),
        Value::Unsigned(x) => (*x).into(),
        Value::Float(x) => serde_json::Number::from_f64(x.get()).map_or_else(|| Json::String(value.to_string()), Json::Number),
        Value::Symbol(text) => Json::String(text.to_string()),
        Value::Date(_) | Value::Datetime(_) | Value::Record(_) | Value::Adt(_) => Json::String(value.to_string()),
    }
}

/// A row as an object. Identity numbers that rules made (`PersonId`) go as the person's id outside.
pub fn row(relation: &Relation, row: &Row, names: &Names) -> Json {
    let cells = relation.columns.iter().zip(row.values()).enumerate().map(|(i, (column, cell))| {
        let shown = match cell {
            Value::Symbol(number) if is_person(relation, i) => Json::String(names.person(number)),
            cell => value(cell),
        };
        (column.name.clone(), shown)
    });
    Json::Object(cells.collect())
}

/// A list, its next page in the body and as a `Link`.
pub fn list(app: &App, items: Vec<Json>, next: Option<String>, at: Epoch) -> Response {
    list_with(app, items, next, at, [])
}

/// The same with what else is to be said of it.
pub fn list_with<const N: usize>(
    app: &App,
    items: Vec<Json>,
    next: Option<String>,
    at: Epoch,
    more: [(&str, Json); N],
) -> Response {
    let mut body = json!({"items": items, "next": next, "position": app.position(at)});
    more.into_iter().for_each(|(name, value)| body[name] = value);
    if app.engine.read().stale {
        body["stale"] = true.into();
    }
    let mut response = axum::Json(body).into_response();
    if let Some(Ok(link)) = next.map(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\""))) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// A clue as it is. `state` is what people made of it.
pub fn clue(app: &App, clue: &Clue) -> Json {
    json!({
        "id": clue.id.to_string(),
        "rule": clue.rule,
        "title": clue.title,
        "person": clue.person,
        "agency": clue.agency,
        "area": clue.area,
        "level": clue.level,
        "basis": clue.basis,
        "due": clue.due.as_ref().map(value),
        "reason": clue.reason,
        "columns": columns(clue),
        "evidence": clue.evidence,
        "state": clue.state.name(),
        "dismissal": dismissal(clue.state),
        "machine": clue.machine.name(),
        "opened": app.position(clue.opened),
        "changed": app.position(clue.changed),
    })
}

fn columns(clue: &Clue) -> Map<String, Json> {
    clue.columns.iter().map(|(name, cell)| (name.clone(), value(cell))).collect()
}

pub fn cause(cause: &Cause) -> Json {
    match cause {
        Cause::Batch { agency } => json!({"kind": "batch", "agency": agency}),
        Cause::Clock { now } => json!({"kind": "clock", "now": now}),
        Cause::Rules { pack, version, hash } => rules(pack, version, hash),
        Cause::Verdict { agency, state } => said(agency, *state),
    }
}

/// What somebody said of a clue; a dismissal has a reason.
pub fn said(agency: &str, state: CaseState) -> Json {
    let mut cause = json!({"kind": "verdict", "agency": agency, "state": state.name()});
    if let Some(reason) = state.dismissal() {
        cause["reason"] = reason.name().into();
    }
    cause
}

fn dismissal(state: CaseState) -> Option<&'static str> {
    state.dismissal().map(Dismissal::name)
}

/// The answer to a verdict.
pub fn verdict(app: &App, clue: &ClueId, answer: &VerdictAnswer) -> Json {
    json!({
        "position": app.position(answer.epoch),
        "id": clue.to_string(),
        "state": answer.state.name(),
        "dismissal": dismissal(answer.state),
        "replayed": answer.replayed,
    })
}

/// One step of a clue's life. `now` is what the clock showed; the position alone tells a reader no day. What somebody wrote with a verdict is
/// shown to a `confidant` only.
pub fn step(app: &App, step: &Step, confidant: bool) -> Json {
    json!({
        "position": app.position(step.epoch),
        "now": Some(&*step.now).filter(|now| !now.is_empty()),
        "op": step.op.name(),
        "level": step.level,
        "state": step.state.name(),
        "dismissal": dismissal(step.state),
        "note": step.note.as_deref().filter(|_| confidant),
        "cause": cause(&step.cause),
    })
}

/// One change of one clue, as a reader sees it.
pub fn clue_change(app: &App, seen: &Seen) -> Json {
    let mut now = clue(app, seen.clue);
    if seen.op == ClueOp::Withdraw
        && let Json::Object(map) = &mut now
    {
        map.insert("machine".to_string(), Machine::Withdrawn.name().into());
    }
    let mut change = json!({"op": seen.op.name(), "clue": now});
    if let (Some(was), Json::Object(map)) = (seen.was, &mut change) {
        map.insert("was".to_string(), clue(app, was));
    }
    change
}

/// The same of what has not happened, which has no positions yet.
pub fn foreseen(app: &App, seen: &Seen) -> Json {
    let mut change = clue_change(app, seen);
    for of in ["clue", "was"] {
        if let Some(clue) = change.get_mut(of).and_then(Json::as_object_mut) {
            clue.remove("opened");
            clue.remove("changed");
        }
    }
    change
}

/// One row more or less of a relation that is no clue.
pub fn row_change(relation: &Relation, changed: &Row, diff: i64, names: &Names) -> Json {
    json!({"op": if diff > 0 { "+" } else { "-" }, "relation": relation.name, "row": row(relation, changed, names)})
}

/// An epoch with those of its changes that the reader sees.
pub fn epoch(app: &App, changes: &EpochChanges, seen: Vec<Json>) -> Json {
    let mut epoch = epoch_head(app, changes);
    epoch["changes"] = seen.into();
    epoch
}

/// Which rules began. The hash is left out where nobody knows it any more.
pub fn rules(pack: &str, version: &str, hash: &str) -> Json {
    let mut cause = json!({"kind": "rules", "pack": pack, "version": version});
    if !hash.is_empty() {
        cause["hash"] = hash.into();
    }
    cause
}

/// What stands before the changes of an epoch, or of a piece of it.
pub fn epoch_head(app: &App, changes: &EpochChanges) -> Json {
    json!({"position": app.position(changes.epoch), "at": datetime_text(changes.wall_us), "cause": cause(&changes.cause)})
}

/// The same of a snapshot: nothing changed, it is what holds.
pub fn snapshot_head(app: &App, at: Epoch) -> Json {
    json!({"position": app.position(at), "cause": {"kind": "snapshot"}})
}

/// The data of a `change` event. What is no whole epoch says so.
pub fn piece(head: &Json, piece: &Piece) -> String {
    let mut text = head.to_string();
    text.pop();
    text.push_str(if piece.more { ",\"more\":true,\"changes\":[" } else { ",\"changes\":[" });
    text.push_str(&piece.changes);
    text.push_str("]}");
    text
}

pub fn rejected(refused: &[Refused], lang: Lang) -> Vec<Json> {
    let one = |r: &Refused| json!({"line": r.line, "code": r.code, "message": r.message.get(lang), "pointer": r.pointer});
    refused.iter().map(one).collect()
}

/// Cells that were read otherwise than written, as their sender is told: where and how, and of no person from what to what.
pub fn repairs(repairs: &Repairs, lang: Lang) -> Vec<Json> {
    let one = |r: &Repair| {
        let said = repair::said(r.code);
        let (as_sent, read) = r.cell.as_ref().map_or((Json::Null, Json::Null), |(text, read)| (text.clone().into(), value(read)));
        json!({"line": r.line, "pointer": r.pointer, "code": r.code, "message": said.get(lang), "as_sent": as_sent, "value": read})
    };
    repairs.told.iter().map(one).collect()
}

/// Lines that were left out, because they are no records.
pub fn skips(skips: &[Skip], lang: Lang) -> Vec<Json> {
    let one = |Skip { line, code }: &Skip| {
        let said = refusal::known(code).map(|(_, said)| said).unwrap_or_default();
        json!({"line": line, "pointer": "", "code": code, "message": said.get(lang)})
    };
    skips.iter().map(one).collect()
}

/// Columns that the request left out: where in the header, and under which title of the request.
pub fn ignored(columns: &[(usize, String)]) -> Vec<Json> {
    columns.iter().map(|(place, title)| json!({"pointer": format!("/header/{place}"), "title": title})).collect()
}

/// Cells that came in and are unlikely, as their sender is told.
pub fn doubts(doubts: &Doubts, lang: Lang) -> Vec<Json> {
    let one = |d: &Doubt| {
        let said = doubt::said(d.code);
        json!({"line": d.line, "pointer": d.pointer, "code": d.code, "message": said.get(lang)})
    };
    doubts.told.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_kind() {
        for (cell, text) in [
            (Value::Absent, "null"),
            (Value::Number(i64::MIN + 1), "-9223372036854775807"),
            (Value::Unsigned(u64::MAX - 1), "18446744073709551614"),
            (Value::float(0.5), "0.5"),
            (Value::float(f64::NAN), "\"nan\""),
            (Value::symbol("吴\"\n"), "\"吴\\\"\\n\""),
            (Value::Date(19_188), "\"2022-07-15\""),
            (Value::Datetime(0), "\"1970-01-01T08:00:00+08:00\""),
        ] {
            assert_eq!(value(&cell).to_string(), text);
        }
    }
}
