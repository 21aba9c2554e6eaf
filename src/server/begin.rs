//! [`Begin`]: what a reader of changes asks for: a filter and a place, in its URL or kept under a name.

use super::api::subscriptions;
use super::app::App;
use super::ask::Params;
use super::error::Problem;
use super::filter::Filter;
use crate::types::{Epoch, Said};
use axum::http::HeaderMap;

const SUBSCRIPTION: &str = "subscription";

pub struct Begin {
    pub filter: Filter,
    /// `None`: nothing was read yet.
    pub after: Option<Epoch>,
    /// It goes by a name.
    pub named: bool,
}

impl Begin {
    pub fn parameters() -> Vec<&'static str> {
        [&Filter::FIELDS[..], &["after", SUBSCRIPTION]].concat()
    }

    /// A position that the reader itself gives (`last`, or `after` in the URL) beats the one that it acknowledged.
    pub fn of(app: &App, params: &Params, headers: &HeaderMap, last: Option<String>) -> Result<Begin, Problem> {
        let given = match last.as_deref().or(params.one("after")?) {
            Some(text) => Some(app.epoch(text)?),
            None => None,
        };
        let Some(name) = params.one(SUBSCRIPTION)? else {
            let filter = Filter::of(params, &Filter::FIELDS, &app.engine.read())?;
            return Ok(Begin { filter, after: given, named: false });
        };
        if let Some(field) = Filter::FIELDS.iter().find(|field| !params.all(field).is_empty()) {
            let said = Said::new(
                "a subscription has its filter; PUT /v1/subscriptions/{name} changes it",
                "订阅已有过滤条件；可用 PUT /v1/subscriptions/{name} 修改",
            );
            return Err(Problem::parameter(field, said));
        }
        let cursor = subscriptions::find(app, headers, name)?;
        let filter = Filter::kept(&cursor.filter).ok_or_else(|| Problem::new("internal"))?;
        let kept = || cursor.at.map(|at| app.place(at).map_err(expired)).transpose();
        let after = given.map_or_else(kept, |given| Ok(Some(given)))?;
        Ok(Begin { filter, after, named: true })
    }
}

fn expired(code: &'static str) -> Problem {
    let said = Said::new(
        "the subscription is kept; PUT it again with \"from\":\"snapshot\", then read what holds now and all that follows",
        "订阅仍在；请以 \"from\":\"snapshot\" 重新 PUT，即可读取当前成立的内容及其后的变化",
    );
    Problem::new(code).at("/query/subscription", code, said)
}
