//! `POST /v1/clues/{id}/verdicts`: what people make of a clue. Procuratorates and the operator say it; what they write is told to nobody else.

use super::batches::replayed;
use crate::clues::ClueId;
use crate::engine::{EngineError, VerdictRequest};
use crate::ingest::Raw;
use crate::limits::VERDICT_NOTE_CHARS;
use crate::server::app::App;
use crate::server::ask::{self, Params};
use crate::server::error::Problem;
use crate::server::show;
use crate::types::{CaseState, Dismissal, Epoch, Said};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

pub async fn say(
    State(app): State<App>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let (agency, idempotency_key) = (ask::speaker(&headers)?, ask::idempotency_key(&headers)?);
    if !agency.may_judge() {
        return Err(Problem::new("procuratorate-only"));
    }
    let clue = ClueId::parse(&id).ok_or_else(|| Problem::new("not-found"))?;
    let verdict = Verdict::of(&app, &ask::object(&headers, body, &["state", "reason", "note", "position"]).await?)?;
    let body_hash = verdict.hash(&id);
    let Verdict { state, note, seen } = verdict;
    let request = VerdictRequest { agency, idempotency_key, body_hash, clue, state, note, seen };
    let (sender, answer) = oneshot::channel();
    let reply = move |result: Result<_, EngineError>| {
        // Whoever asked may have gone; what they said stands.
        let _ = sender.send(result);
    };
    app.engine.judge(request, Box::new(reply))?;
    let answer = answer.await.map_err(|_| Problem::new("stopping"))??;
    Ok(replayed(Json(show::verdict(&app, &clue, &answer)), answer.replayed))
}

/// What a body says.
struct Verdict {
    state: CaseState,
    note: Option<String>,
    seen: Option<Epoch>,
}

impl Verdict {
    fn of(app: &App, fields: &[(String, Raw)]) -> Result<Verdict, Problem> {
        let text = |name: &str| match fields.iter().find(|(field, _)| field == name) {
            None | Some((_, Raw::Null)) => Ok(None),
            Some((_, Raw::Text(text))) => Ok(Some(text.as_str())),
            Some(_) => Err(at(name, "bad-json", Said::new("a text is expected", "此处应为文本"))),
        };
        let state = text("state")?.filter(|name| CaseState::NAMES[1..].contains(name));
        let state = state.ok_or_else(|| at("state", "unknown-state", one_of(CaseState::NAMES[1..].iter().copied())))?;
        let reason = match text("reason")? {
            Some(name) => Some(Dismissal::of_name(name).ok_or_else(|| at("reason", "unknown-reason", reasons()))?),
            None => None,
        };
        let note = text("note")?.map(str::trim).filter(|note| !note.is_empty());
        if note.is_some_and(|note| note.chars().count() > VERDICT_NOTE_CHARS) {
            let (en, zh) = (format!("at most {VERDICT_NOTE_CHARS} characters"), format!("至多 {VERDICT_NOTE_CHARS} 个字符"));
            return Err(at("note", "note-too-long", Said::new(en, zh)));
        }
        if reason == Some(Dismissal::OtherWithNote) && note.is_none() {
            return Err(at("note", "note-needed", Said::new("this reason needs a note", "选择该理由须填写说明")));
        }
        let state = CaseState::of_name(state, reason).ok_or_else(|| match reason {
            None => at("reason", "reason-needed", reasons()),
            Some(_) => at("reason", "reason-unfit", Said::new("a reason stands with dismissed only", "只有排除时才有理由")),
        })?;
        let seen = text("position")?.map(|text| app.epoch(text)).transpose()?;
        Ok(Verdict { state, note: note.map(str::to_string), seen })
    }

    /// Of everything that decides what is said, however it was spelled.
    fn hash(&self, clue: &str) -> [u8; 32] {
        let reason = self.state.dismissal().map_or("", Dismissal::name);
        let seen = self.seen.map_or(String::new(), |epoch| epoch.0.to_string());
        let parts = ["verdict", clue, self.state.name(), reason, &seen, self.note.as_deref().unwrap_or("")];
        Sha256::digest(parts.join("\0")).into()
    }
}

fn at(field: &str, code: &'static str, said: Said) -> Problem {
    Problem::new("bad-json").at(format!("/{field}"), code, said)
}

fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> Said {
    let names: Vec<&str> = names.collect();
    Said::new(format!("one of {}", names.join(", ")), format!("应为其中之一：{}", names.join("、")))
}

fn reasons() -> Said {
    let told = |reason: Dismissal| {
        (format!("{} ({})", reason.name(), reason.titles().0), format!("{}（{}）", reason.name(), reason.titles().1))
    };
    let (en, zh): (Vec<String>, Vec<String>) = Dismissal::all().map(told).unzip();
    Said::new(format!("one of {}", en.join(", ")), format!("应为其中之一：{}", zh.join("、")))
}
