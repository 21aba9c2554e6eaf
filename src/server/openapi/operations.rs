//! The routes as the document tells of them. A test compares with the table of routes.

use super::following;
use super::schemas::{list, reference};
use serde_json::{Value, json};

pub struct Operation {
    pub path: &'static str,
    pub method: &'static str,
    pub id: &'static str,
    pub summary: &'static str,
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub answers: Vec<Answer>,
    /// Besides those that any request may meet.
    pub problems: Vec<&'static str>,
    /// 503 `recovering` until the journal is read.
    pub needs_journal: bool,
}

#[derive(Clone)]
pub struct Parameter {
    name: &'static str,
    place: &'static str,
    description: &'static str,
    schema: Value,
}

pub struct Body {
    pub description: &'static str,
    pub media: Vec<(&'static str, Value)>,
}

pub struct Answer {
    pub status: u16,
    pub description: &'static str,
    pub media: &'static str,
    pub schema: Value,
}

impl Parameter {
    pub fn document(&self) -> Value {
        json!({
            "name": self.name,
            "in": self.place,
            "required": self.place == "path",
            "description": self.description,
            "schema": self.schema,
        })
    }
}

pub fn operations() -> Vec<Operation> {
    let all = [records(), snapshots(), clues(), relations(), following::changes(), following::subscriptions(), health()];
    all.into_iter().flatten().collect()
}

pub(super) fn get(path: &'static str, id: &'static str, summary: &'static str, answer: Value) -> Operation {
    Operation {
        path,
        method: "get",
        id,
        summary,
        parameters: Vec::new(),
        body: None,
        answers: vec![json_answer(answer)],
        problems: vec![],
        needs_journal: true,
    }
}

pub(super) fn post(path: &'static str, id: &'static str, summary: &'static str, body: Body, answer: Value) -> Operation {
    Operation { method: "post", body: Some(body), ..get(path, id, summary, answer) }
}

pub(super) fn json_answer(schema: Value) -> Answer {
    Answer { status: 200, description: "OK", media: "application/json", schema }
}

pub(super) fn query(name: &'static str, description: &'static str, schema: Value) -> Parameter {
    Parameter { name, place: "query", description, schema }
}

/// May be repeated; any of the values.
pub(super) fn any_of(name: &'static str, description: &'static str) -> Parameter {
    query(name, description, json!({"type": "array", "items": {"type": "string"}}))
}

pub(super) fn text(name: &'static str, description: &'static str) -> Parameter {
    query(name, description, json!({"type": "string"}))
}

fn choice(name: &'static str, description: &'static str, of: &[&str]) -> Parameter {
    query(name, description, json!({"enum": of}))
}

pub(super) fn in_path(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, place: "path", description, schema: json!({"type": "string"}) }
}

pub(super) fn header(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, place: "header", description, schema: json!({"type": "string"}) }
}

pub(super) fn speaker() -> Parameter {
    header("Huiyan-Agency", "Who speaks, kind:code; without it the operator")
}

fn key() -> Parameter {
    header("Idempotency-Key", "1 to 200 visible ASCII characters; the same key and body get the same answer")
}

pub(super) fn object(description: &'static str, schema: Value) -> Body {
    Body { description, media: vec![("application/json", schema)] }
}

pub(super) fn page() -> Parameter {
    text("page", "From the next of the page before")
}

/// What clues are filtered by, the same for lists and for changes.
pub(super) fn of_clues() -> Vec<Parameter> {
    vec![
        any_of("rule", "Rules that there are or were"),
        any_of("area", "Area codes"),
        any_of("agency", "Whom it concerns"),
        any_of("level", "violation, hint, quality, or what the rules call it"),
        any_of("person", "Whom it is about: the id that answers carry, never a number"),
        query("due_before", "Only clues due before this day", json!({"type": "string", "format": "date"})),
    ]
}

const TAKING: &[&str] = &[
    "bad-parameter",
    "bad-agency",
    "bad-idempotency-key",
    "empty-body",
    "not-utf8",
    "broken-body",
    "key-running",
    "too-large",
    "line-too-long",
    "held-too-large",
    "entry-too-large",
    "unsupported-media-type",
    "refused",
    "key-reused",
    "busy",
    "archived",
    "memory-full",
    "disk-full",
    "stopping",
    "past",
];

fn records() -> Vec<Operation> {
    let on_reject = || choice("on_reject", "Take the good lines, or all or nothing", &["skip", "fail"]);
    let batches = Operation {
        parameters: vec![speaker(), key(), on_reject(), choice("wait", "Adds what it did to clues", &["clues"])],
        problems: TAKING.to_vec(),
        ..post(
            "/v1/batches",
            "sendBatch",
            "Changes of any relations, one a line, all in one epoch",
            Body {
                description: "One change a line",
                media: vec![
                    ("application/x-ndjson", reference("ChangeLine")),
                    ("application/ndjson", reference("ChangeLine")),
                    ("application/jsonl", reference("ChangeLine")),
                    ("application/json", reference("ChangeLine")),
                ],
            },
            reference("Receipt"),
        )
    };
    let rows = Operation {
        parameters: vec![
            in_path("name", "The relation"),
            speaker(),
            key(),
            on_reject(),
            choice("mode", "insert is the default; replace: the file is the whole", &["insert", "upsert", "replace"]),
            choice("empty", "With replace: a file without rows is meant, and withdraws all", &["yes"]),
            text("columns", "Further titles of columns: column=title|title,column=title"),
            text(
                "ignore",
                "Columns of the file that are left out, by their titles: title,title; what of them was there is in ignored",
            ),
        ],
        problems: [
            TAKING,
            &[
                "wrong-charset",
                "open-quote",
                "unknown-relation",
                "not-writable",
                "bad-header",
                "replaces-with-nothing",
                "taken-in-part",
            ],
        ]
        .concat(),
        ..post(
            "/v1/relations/{name}/rows",
            "sendRows",
            "A file of one relation, of any length",
            Body {
                description: "CSV with a header (UTF-8, or with charset=gb18030), or one row a line",
                media: vec![("text/csv", json!({"type": "string"})), ("application/x-ndjson", reference("Row"))],
            },
            reference("Receipt"),
        )
    };
    let clock = Operation {
        parameters: vec![speaker()],
        problems: vec![
            "bad-agency",
            "bad-json",
            "broken-body",
            "too-large",
            "unsupported-media-type",
            "operator-only",
            "wall-clock",
            "no-clock",
            "clock-range",
            "disk-full",
            "busy",
            "stopping",
            "past",
        ],
        ..post(
            "/v1/clock",
            "setClock",
            "Moves a manual clock; forward day by day, one epoch each",
            object("Where to", reference("ClockMove")),
            reference("ClockAnswer"),
        )
    };
    vec![batches, rows, clock]
}

fn snapshots() -> Vec<Operation> {
    let take = Operation {
        method: "post",
        parameters: vec![speaker()],
        answers: vec![Answer {
            status: 202,
            description: "Begun, or whole already where nothing has happened since",
            media: "application/json",
            schema: reference("Snapshot"),
        }],
        problems: vec!["bad-agency", "operator-only", "snapshot-running", "no-snapshot-now", "disk-full", "busy", "stopping"],
        ..get("/v1/snapshots", "takeSnapshot", "Takes a snapshot; the list tells when it is whole", Value::Null)
    };
    let all = Operation {
        parameters: vec![speaker()],
        problems: vec!["bad-agency", "operator-only"],
        ..get("/v1/snapshots", "listSnapshots", "The snapshots of the data folder, the newest first", list("Snapshot"))
    };
    vec![all, take]
}

/// What only a list of clues has.
fn of_lists() -> Vec<Parameter> {
    vec![
        any_of("state", "What people made of it; without it all that are not dismissed"),
        any_of("machine", "What became of it; withdrawn: those of which somebody has said something; without it those that hold"),
        page(),
    ]
}

fn clues() -> Vec<Operation> {
    let clue = Operation {
        parameters: vec![in_path("id", "Of the clue")],
        problems: vec!["not-found"],
        ..get("/v1/clues/{id}", "getClue", "One clue, a withdrawn one too", reference("Clue"))
    };
    let history = Operation {
        parameters: vec![in_path("id", "Of the clue"), speaker()],
        problems: vec!["not-found", "bad-agency"],
        ..get("/v1/clues/{id}/history", "getClueHistory", "What happened to a clue, and why", list("ClueStep"))
    };
    let all = Operation {
        parameters: [of_clues(), of_lists()].concat(),
        problems: vec!["bad-parameter", "page-expired"],
        ..get("/v1/clues", "listClues", "The clues that hold, the newest first", list("Clue"))
    };
    let asked = Operation {
        parameters: vec![page()],
        problems: vec!["bad-parameter", "bad-json", "broken-body", "too-large", "unsupported-media-type", "page-expired"],
        ..post(
            "/v1/clues/query",
            "queryClues",
            "The same fields in a body, and a person",
            object("Texts, or lists of texts", reference("ClueQuery")),
            list("Clue"),
        )
    };
    let rules = get("/v1/rules", "listRules", "Each rule with its clues and what people found of them", list("Rule"));
    let mut agenda = Operation {
        parameters: of_clues(),
        problems: vec![
            "bad-parameter",
            "no-clock",
            "agenda-range",
            "agenda-running",
            "no-agenda-now",
            "no-room-for-agenda",
            "stopping",
            "past",
        ],
        ..get(
            "/v1/agenda",
            "getAgenda",
            "What will open, change or close on which day if nothing more comes",
            reference("Agenda"),
        )
    };
    let until = query(
        "until",
        "The last day that is looked at, 366 days ahead at most. Needed",
        json!({"type": "string", "format": "date"}),
    );
    agenda.parameters.insert(0, until);
    agenda.parameters.push(query(
        "after",
        "Only days after this one: from the next of the page before",
        json!({"type": "string", "format": "date"}),
    ));
    vec![all, asked, clue, history, verdict(), rules, agenda]
}

fn verdict() -> Operation {
    Operation {
        parameters: vec![in_path("id", "Of the clue"), speaker(), key()],
        problems: vec![
            "bad-agency",
            "bad-idempotency-key",
            "procuratorate-only",
            "bad-json",
            "bad-position",
            "other-history",
            "broken-body",
            "too-large",
            "unsupported-media-type",
            "not-found",
            "clue-changed",
            "clue-withdrawn",
            "verdict-out-of-order",
            "key-running",
            "key-reused",
            "archived",
            "disk-full",
            "busy",
            "stopping",
            "past",
        ],
        ..post(
            "/v1/clues/{id}/verdicts",
            "sayVerdict",
            "What people make of a clue; procuratorates and the operator",
            object("The state from now on, and why", reference("VerdictSaid")),
            reference("VerdictAnswer"),
        )
    }
}

fn relations() -> Vec<Operation> {
    let schema = get("/v1/relations", "listRelations", "The schema", list("Relation"));
    let rows = Operation {
        parameters: vec![in_path("name", "The relation"), page()],
        problems: vec!["bad-parameter", "unknown-relation", "rows-not-kept", "page-expired"],
        ..get("/v1/relations/{name}/rows", "listRows", "Rows of records, clocks, outputs and clue relations", list("Row"))
    };
    let asked = Operation {
        parameters: vec![in_path("name", "The relation"), page()],
        problems: vec![
            "bad-parameter",
            "bad-json",
            "broken-body",
            "too-large",
            "unsupported-media-type",
            "unknown-relation",
            "rows-not-kept",
            "page-expired",
        ],
        ..post(
            "/v1/relations/{name}/query",
            "queryRows",
            "Rows with given values; the same body goes to next",
            object("Columns and values", reference("RowQuery")),
            list("Row"),
        )
    };
    let repairs = Operation {
        parameters: vec![in_path("name", "The relation"), page(), speaker()],
        problems: vec!["bad-parameter", "bad-agency", "unknown-relation", "page-expired"],
        ..get(
            "/v1/relations/{name}/repairs",
            "listRepairs",
            "Cells of rows that are there and were written otherwise, as they were sent: the speaker's own, the operator all",
            list("Repair"),
        )
    };
    let faults = Operation {
        parameters: vec![any_of("agency", "Whose"), page(), speaker()],
        problems: vec!["bad-parameter", "bad-agency", "not-yours", "page-expired"],
        ..get(
            "/v1/faults",
            "listFaults",
            "Refused lines that nobody mended, and instances of rules without a value: the speaker's own, the operator and procuratorates all",
            list("Fault"),
        )
    };
    vec![schema, rows, asked, repairs, faults]
}

fn health() -> Vec<Operation> {
    let both = |schema: Value| {
        vec![json_answer(schema.clone()), Answer { status: 503, description: "Not now", media: "application/json", schema }]
    };
    let alive = Operation {
        answers: both(reference("Health")),
        needs_journal: false,
        ..get("/healthz", "health", "Does the process live", Value::Null)
    };
    let ready = Operation {
        answers: both(reference("Readiness")),
        needs_journal: false,
        ..get("/readyz", "readiness", "Does it take records, and if not, why", Value::Null)
    };
    let text_answer =
        |media: &'static str| vec![Answer { status: 200, description: "OK", media, schema: json!({"type": "string"}) }];
    let metrics = Operation {
        parameters: vec![speaker()],
        answers: text_answer("text/plain"),
        problems: vec!["bad-agency", "operator-only"],
        needs_journal: false,
        ..get("/metrics", "metrics", "What the server counts, for the operator", Value::Null)
    };
    let problem = Operation {
        parameters: vec![in_path("code", "Of the problem")],
        answers: text_answer("text/html"),
        problems: vec!["not-found"],
        needs_journal: false,
        ..get("/problems/{code}", "problem", "What the type of a problem means", Value::Null)
    };
    let own = Operation {
        answers: vec![json_answer(json!({"type": "object"}))],
        needs_journal: false,
        ..get("/openapi.json", "openapi", "This document", Value::Null)
    };
    vec![alive, ready, metrics, problem, own]
}
