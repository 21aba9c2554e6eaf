//! What surrounds every request: a trace id, the check of the host, the catch of a panic, headers for browsers, one line in the
//! operator's log. Neither paths nor queries are logged, only which route was asked: they could hold somebody's data.

use super::app::App;
use super::ask;
use super::error::{self, Problem};
use super::traffic::{self, Traffic};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Nothing from elsewhere, nothing inline, nowhere in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The outermost layer.
pub async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let lang = ask::language(request.headers());
    let trace = trace_id(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", |path| path.as_str()).to_string();
    let response = if foreign_host(&app, request.headers()) {
        Problem::new("wrong-host").into_response()
    } else if !method.is_safe() && foreign_origin(request.headers()) {
        Problem::new("wrong-origin").into_response()
    } else {
        next.run(request).await
    };
    // Read while half of an epoch was to be seen; who asks how the server is hears that.
    let torn = app.engine.is_torn() && route.starts_with("/v1/");
    let response = if torn { Problem::from(app.engine.phase()).into_response() } else { response };
    let mut response = error::finish(response, lang, &trace);
    browser_headers(response.headers_mut());
    let (status, took) = (response.status().as_u16(), began.elapsed());
    app.traffic.answered(&route, &method, status, took);
    tracing::info!(method = traffic::known(&method), route, status, us = took.as_micros() as u64, trace, "request");
    response
}

/// A panic in a handler is an answer, and a line in the log without what the panic said.
pub fn panicked(traffic: &Traffic, _: Box<dyn Any + Send + 'static>) -> Response {
    traffic.panics.fetch_add(1, Ordering::Relaxed);
    tracing::error!("a handler panicked");
    Problem::new("internal").into_response()
}

/// A page elsewhere may point a name of its own at this machine; on loopback only loopback's names are answered.
fn foreign_host(app: &App, headers: &HeaderMap) -> bool {
    app.loopback && headers.get(header::HOST).is_some_and(|host| !host.to_str().is_ok_and(is_loopback_name))
}

/// A browser names the page that sends; only a page of this very server may write.
fn foreign_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    authority.is_none() || authority != headers.get(header::HOST).and_then(|host| host.to_str().ok())
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    matches!(name, "localhost" | "127.0.0.1" | "::1") || name.strip_prefix("127.").is_some_and(is_digits_and_dots)
}

fn is_digits_and_dots(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn browser_headers(headers: &mut HeaderMap) {
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The caller's, if it sent a `traceparent` of the W3C form, else one of ours.
fn trace_id(headers: &HeaderMap) -> String {
    let given = headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(|text| text.split('-').nth(1));
    let hex = |id: &&str| id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    given.filter(hex).map_or_else(new_trace_id, str::to_string)
}

fn new_trace_id() -> String {
    static SECRET: OnceLock<RandomState> = OnceLock::new();
    static GIVEN: AtomicU64 = AtomicU64::new(0);
    let secret = SECRET.get_or_init(RandomState::new);
    let n = GIVEN.fetch_add(1, Ordering::Relaxed);
    format!("{:016x}{:016x}", secret.hash_one((n, 0u8)), secret.hash_one((n, 1u8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_loopback() {
        for good in ["localhost", "localhost:7070", "127.0.0.1:1", "[::1]:7070", "127.0.0.2"] {
            assert!(is_loopback_name(good), "{good}");
        }
        for bad in ["example.com", "localhost.example.com:7070", "127.0.0.1.example.com", "10.0.0.1", ""] {
            assert!(!is_loopback_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_page_elsewhere_may_not_write() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:7070"));
        assert!(!foreign_origin(&headers));
        for (origin, foreign) in
            [("http://127.0.0.1:7070", false), ("http://example.com", true), ("http://127.0.0.1:80", true), ("null", true)]
        {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            assert_eq!(foreign_origin(&headers), foreign, "{origin}");
        }
    }

    #[test]
    fn a_trace_id_is_the_callers_if_it_is_one() {
        let mut headers = HeaderMap::new();
        assert_eq!(trace_id(&headers).len(), 32);
        assert_ne!(trace_id(&headers), trace_id(&headers));
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        headers.insert("traceparent", HeaderValue::from_str(&format!("00-{id}-00f067aa0ba902b7-01")).unwrap());
        assert_eq!(trace_id(&headers), id);
        headers.insert("traceparent", HeaderValue::from_static("00-<script>-x"));
        assert_eq!(trace_id(&headers).len(), 32);
    }
}
