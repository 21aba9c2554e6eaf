//! `GET /v1/rules`: each rule with the clues that hold and what people found of them, so that a rule that is mostly wrong is seen.

use crate::clues::Cases;
use crate::engine::View;
use crate::server::app::App;
use crate::server::ask::{self, Params};
use crate::server::error::Problem;
use crate::server::show;
use crate::types::{CaseState, Dismissal, Lang};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

pub async fn list(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    app.program()?;
    Params::of(&uri, &[])?;
    let lang = ask::language(&headers);
    let (at, items) = {
        let view = app.engine.read();
        let mut found: BTreeMap<&str, Found> = view.clues.rules().into_iter().map(|rule| (rule, Found::default())).collect();
        view.clues.cases().for_each(|(rule, state, cases)| found.entry(rule).or_default().take(state, cases));
        (view.epoch, found.iter().map(|(rule, found)| found.shown(rule, title(&view, rule), lang)).collect())
    };
    Ok(show::list(&app, items, None, at))
}

/// Rules that are no more have none.
fn title<'v>(view: &'v View, rule: &str) -> Option<&'v str> {
    let relation = view.program.relation(view.program.find(rule)?);
    relation.clue.as_ref().map(|decl| decl.title.as_str())
}

/// What people found of the clues of one rule.
#[derive(Default)]
struct Found {
    /// Of those that hold.
    states: [usize; CaseState::NAMES.len()],
    /// Of those that were withdrawn since something was said of them.
    withdrawn: [usize; CaseState::NAMES.len()],
    /// Of those that were withdrawn since, too: a clue that was mended was right.
    confirmed: usize,
    dismissed: BTreeMap<Dismissal, usize>,
}

impl Found {
    fn take(&mut self, state: CaseState, cases: Cases) {
        self.states[usize::from(state.number())] += cases.open;
        self.withdrawn[usize::from(state.number())] += cases.withdrawn;
        let all = cases.open + cases.withdrawn;
        match (state.finding(), state.dismissal()) {
            (_, Some(reason)) => *self.dismissed.entry(reason).or_default() += all,
            (Some(true), None) => self.confirmed += all,
            (Some(false) | None, None) => {}
        }
    }

    fn shown(&self, rule: &str, title: Option<&str>, lang: Lang) -> Json {
        let dismissed: usize = self.dismissed.values().sum();
        let judged = self.confirmed + dismissed;
        let by_state = |counts: [usize; CaseState::NAMES.len()]| -> Map<String, Json> {
            CaseState::NAMES.iter().zip(counts).map(|(name, count)| (name.to_string(), count.into())).collect()
        };
        let reasons = self.dismissed.iter().map(|(reason, count)| {
            let (en, zh) = reason.titles();
            let title = if lang == Lang::Zh { zh } else { en };
            json!({"reason": reason.name(), "title": title, "count": count})
        });
        json!({
            "rule": rule,
            "title": title,
            "clues": self.states.iter().sum::<usize>(),
            "states": by_state(self.states),
            "withdrawn": by_state(self.withdrawn),
            "confirmed": self.confirmed,
            "dismissed": dismissed,
            "reasons": reasons.collect::<Vec<_>>(),
            "undecided": self.states[usize::from(CaseState::New.number())] + self.states[usize::from(CaseState::Checking.number())],
            "precision": (judged > 0).then(|| self.confirmed as f64 / judged as f64),
        })
    }
}
