//! The document of `/openapi.json` (OpenAPI 3.1.0): every route with what it takes and gives.
//!
//! Answers are made field by field (see [`super::show`]), so no type describes them; this does, and a test holds every real answer
//! against it, field for field, and the table of routes against its paths. `docs/openapi.json` is its golden copy: a change of the
//! interface is a change of that file.

mod following;
mod operations;
mod schemas;

use super::error::KINDS;
use operations::{Answer, Body, Operation, operations};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Problems that any request may meet.
const ALWAYS: [&str; 4] = ["bad-request", "unknown-parameter", "wrong-host", "internal"];
/// Problems of whatever needs the journal to have been read: it is being read, or could not be.
const RECOVERED: [&str; 2] = ["recovering", "failed"];
/// Problems of requests that are no mere reading.
const WRITING: [&str; 1] = ["wrong-origin"];

pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(&operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "huiyan 慧眼",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Records in, clues out, each change with its cause",
            "description": "docs/http.md tells the same with examples. 示例见 docs/http.md。",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas::all()},
    })
}

fn described(operation: &Operation) -> Value {
    let mut text = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": operation.parameters.iter().map(operations::Parameter::document).collect::<Vec<_>>(),
        "responses": responses(operation),
    });
    if let Some(Body { media, description }) = &operation.body {
        let content: Map<String, Value> =
            media.iter().map(|(media, schema)| (media.to_string(), json!({"schema": schema}))).collect();
        text["requestBody"] = json!({"required": true, "description": description, "content": content});
    }
    text
}

/// The answer, and each status with the problems it may tell of.
fn responses(operation: &Operation) -> Value {
    let mut responses = json!({});
    for Answer { status, description, media, schema } in &operation.answers {
        responses[status.to_string()] = json!({"description": description, "content": {*media: {"schema": schema}}});
    }
    let writes = if operation.method != "get" { &WRITING[..] } else { &[] };
    let needs = if operation.needs_journal { &RECOVERED[..] } else { &[] };
    let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    let codes = ALWAYS.iter().chain(writes).chain(needs).chain(&operation.problems);
    for kind in codes.filter_map(|code| KINDS.iter().find(|kind| kind.code == *code)) {
        by_status.entry(kind.status).or_default().push(kind.code);
    }
    for (status, codes) in by_status {
        let types: Vec<String> = codes.iter().map(|code| format!("/problems/{code}")).collect();
        let schema = json!({"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": {"type": {"enum": types}}}]});
        let content = json!({"application/problem+json": {"schema": schema}});
        let text = status.to_string();
        // Health answers with one status both as itself and as a problem.
        if responses[&text].is_null() {
            responses[&text] = json!({"description": codes.join(", "), "content": content});
        } else {
            responses[&text]["content"]["application/problem+json"] = content["application/problem+json"].clone();
        }
    }
    responses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_that_is_named_exists() {
        for operation in operations() {
            for code in operation.problems.iter().chain(&ALWAYS).chain(&RECOVERED).chain(&WRITING) {
                assert!(KINDS.iter().any(|kind| kind.code == *code), "{} {code}", operation.path);
            }
        }
    }

    #[test]
    fn every_problem_is_named_somewhere() {
        let named: Vec<&str> = operations().iter().flat_map(|operation| operation.problems.clone()).collect();
        for kind in KINDS {
            let code = kind.code;
            let known = [&ALWAYS[..], &RECOVERED, &WRITING].concat();
            // Of addresses that are no routes of ours.
            assert!(named.contains(&code) || known.contains(&code) || code == "method-not-allowed", "{code}");
        }
    }
}
