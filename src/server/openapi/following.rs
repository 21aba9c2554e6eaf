//! The routes by which changes are followed: streams, polls, named readers.

use super::operations::{
    Answer, Operation, any_of, get, header, in_path, json_answer, object, of_clues, page, post, query, speaker, text,
};
use super::schemas::{self, list, reference};
use serde_json::{Value, json};

pub fn changes() -> Vec<Operation> {
    let filter = || [vec![any_of("relation", "Clue relations and outputs")], of_clues()].concat();
    let mut parameters = filter();
    parameters.push(text("after", "A position"));
    parameters.push(header("Last-Event-ID", "A position; it beats after"));
    parameters.extend([text("subscription", "Filter and place of a named one"), speaker()]);
    let stream = Operation {
        parameters,
        answers: vec![Answer {
            status: 200,
            description: "Server-sent events: snapshot-begin, change, snapshot-end, complete, rules-changed, lagging, reset. The data \
                of each is a schema of that name.",
            media: "text/event-stream",
            schema: json!({
                "type": "string",
                "x-events": {
                    "snapshot-begin": reference("Progress"),
                    "change": reference("EpochChanges"),
                    "snapshot-end": reference("Progress"),
                    "complete": reference("Progress"),
                    "rules-changed": reference("RulesChanged"),
                    "lagging": reference("Progress"),
                    "reset": reference("Reset"),
                },
            }),
        }],
        problems: READING.to_vec(),
        ..get("/v1/subscribe", "subscribe", "What holds, and every change from then on", Value::Null)
    };
    let mut parameters = filter();
    parameters.push(text("after", "A position; without it, from now"));
    parameters.extend([text("subscription", "Filter and place of a named one"), speaker()]);
    parameters.push(query(
        "wait",
        "Seconds to wait if there is nothing yet",
        json!({"type": "integer", "minimum": 0, "maximum": 50}),
    ));
    let poll = Operation {
        parameters,
        problems: [READING, &["not-begun"]].concat(),
        ..get("/v1/changes", "pollChanges", "The same changes as a long poll", list("EpochChanges"))
    };
    let history = Operation {
        parameters: vec![
            text("from", "A position, or an instant of the wall (RFC 3339); inclusive"),
            text("to", "A position, or an instant of the wall (RFC 3339); inclusive"),
            page(),
        ],
        problems: vec!["bad-parameter", "bad-position", "other-history", "page-expired", "archived"],
        ..get(
            "/v1/history",
            "listHistory",
            "What happened, epoch by epoch, the oldest first; no values of rows",
            schemas::history("Happened"),
        )
    };
    vec![stream, poll, history]
}

/// Problems of whoever reads changes.
const READING: &[&str] = &[
    "bad-parameter",
    "bad-agency",
    "bad-position",
    "no-subscription",
    "cursor-expired",
    "other-history",
    "too-many-streams",
    "places-unreadable",
    "past",
    "stopping",
];

pub fn subscriptions() -> Vec<Operation> {
    let body_problems = ["bad-json", "broken-body", "too-large", "unsupported-media-type"];
    let kept = ["busy", "not-kept"];
    let named = |operation: Operation, problems: &[&'static str]| Operation {
        parameters: vec![in_path("name", "Of one of the speaker's own"), speaker()],
        problems: [&["bad-agency", "places-unreadable", "past", "stopping"], problems].concat(),
        ..operation
    };
    let one = || get("/v1/subscriptions/{name}", "getSubscription", "A named reader and where it is", reference("Subscription"));
    let list = Operation {
        parameters: vec![speaker()],
        problems: vec!["bad-agency", "places-unreadable", "past", "stopping"],
        ..get("/v1/subscriptions", "listSubscriptions", "The speaker's own named readers", list("Subscription"))
    };
    let put = Operation {
        method: "put",
        id: "putSubscription",
        summary: "Makes a named reader, or gives it another filter or place",
        body: Some(object("All of it optional", reference("SubscriptionPut"))),
        answers: [200, 201].map(|status| Answer { status, ..json_answer(reference("Subscription")) }).into(),
        ..one()
    };
    let remove = Operation { method: "delete", id: "removeSubscription", summary: "Forgets a named reader", ..one() };
    let acknowledge = post(
        "/v1/subscriptions/{name}/ack",
        "acknowledge",
        "The reader has everything up to a position; an older one than before changes nothing",
        object("Up to where", reference("Acknowledgement")),
        reference("Subscription"),
    );
    vec![
        list,
        named(one(), &["no-subscription"]),
        named(
            put,
            &[
                &body_problems[..],
                &kept,
                &["bad-name", "bad-position", "other-history", "cursor-expired", "too-many-subscriptions"],
            ]
            .concat(),
        ),
        named(remove, &[&kept[..], &["no-subscription"]].concat()),
        named(acknowledge, &[&body_problems[..], &kept, &["bad-position", "other-history", "no-subscription"]].concat()),
    ]
}
