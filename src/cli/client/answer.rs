//! What a server answers, and what to make of an answer that is no success.

use super::connection::{Connection, Trouble};
use super::failure::Failure;
use super::plain;
use crate::types::Said;
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper::{Response, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: Bytes,
}

/// A problem document (RFC 9457).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub detail: String,
    pub line: Option<u64>,
    pub accepted: u64,
    pub errors: Vec<Place>,
}

/// What is wrong where.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    pub line: u64,
    pub code: String,
    pub message: String,
    pub pointer: String,
}

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct Page {
    pub items: Vec<serde_json::Value>,
    pub next: Option<String>,
    /// The rules are suspended.
    #[serde(default)]
    pub stale: bool,
}

impl Place {
    /// Where it is, for people. What stands in a header is not repeated: in a file without one it would be somebody's name.
    fn shown(&self) -> Said {
        let pointer = &self.pointer;
        let of_header = pointer.strip_prefix("/header/").and_then(|i| i.parse::<usize>().ok());
        match (of_header, pointer.strip_prefix("/row/")) {
            (Some(i), _) => Said::new(format!("column {} of the header", i + 1), format!("表头第 {} 列", i + 1)),
            (None, Some(column)) => Said::new(column, column),
            (None, None) => Said::new(pointer.clone(), pointer.clone()),
        }
    }
}

impl Problem {
    pub fn code(&self) -> &str {
        self.kind.strip_prefix("/problems/").unwrap_or("")
    }

    /// In one sentence. The server speaks the language it was asked in.
    pub fn said(&self) -> Said {
        let told = || Said::new(format!("{}: {}", self.title, self.detail), format!("{}：{}", self.title, self.detail));
        let Said { mut en, mut zh } = plain::of(self.code()).unwrap_or_else(told);
        for place in &self.errors {
            let at = place.shown();
            en.push_str(&format!("\n  {}: {}", at.en, place.message));
            zh.push_str(&format!("\n  {}：{}", at.zh, place.message));
        }
        Said::new(en, zh)
    }
}

impl Answer {
    /// Reads an answer to its end.
    pub(super) async fn whole(response: Response<Incoming>, connection: &Connection) -> Result<Answer, Trouble> {
        let (status, retry_after) = (response.status().as_u16(), retry_after(&response));
        let body = connection.unless_silent(response.into_body().collect()).await?;
        Ok(Answer { status, retry_after, body: body.to_bytes() })
    }

    /// Is it worth to ask again, and after which time at the earliest?
    pub(super) fn comes_back(&self) -> Option<Duration> {
        let passing = match self.status {
            503 if self.is_archived() => false,
            408 | 425 | 429 | 502 | 503 | 504 | 507 => true,
            400 => self.problem().is_some_and(|problem| problem.code() == "broken-body"),
            409 => self.problem().is_some_and(|problem| problem.code() == "key-running"),
            _ => false,
        };
        passing.then(|| self.retry_after.unwrap_or_default())
    }

    /// Itself if it is a success or a problem that the sender of records mends.
    pub(super) fn good(self) -> Result<Answer, Failure> {
        match self.status {
            200..=299 | 400..=499 => Ok(self),
            503 if self.is_archived() => Ok(self),
            _ => Err(Failure::machine(self.said())),
        }
    }

    /// The first answer to this very sending is out of the server's reach: no waiting mends that, somebody must.
    fn is_archived(&self) -> bool {
        self.problem().is_some_and(|problem| problem.code() == "archived")
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn problem(&self) -> Option<Problem> {
        serde_json::from_slice(&self.body).ok().filter(|problem: &Problem| !problem.code().is_empty())
    }

    /// What it says of a failure.
    pub(super) fn said(&self) -> Said {
        self.problem().map_or_else(|| foreign(self.status), |problem| problem.said())
    }

    /// A success, read as what was asked for.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        if !self.is_success() {
            return Err(self.refusal());
        }
        serde_json::from_slice(&self.body).map_err(|_| Failure::machine(foreign(self.status)))
    }

    /// A failure that no waiting mends.
    pub fn refusal(&self) -> Failure {
        match self.problem() {
            Some(problem) => Failure::input(problem.said()),
            None => Failure::machine(foreign(self.status)),
        }
    }
}

fn retry_after(response: &Response<Incoming>) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Something else answered than a server of ours.
fn foreign(status: u16) -> Said {
    if matches!(status, 429 | 502..=504) {
        return Said::new("the server or a gateway before it is busy or away", "服务器或其网关繁忙或不可用");
    }
    Said::new(
        "the answer is none that huiyan gives: is the address that of a huiyan server, with nothing behind the port?",
        "所得应答不是慧眼的应答：请核对服务器地址，端口之后不要带其他内容",
    )
}
