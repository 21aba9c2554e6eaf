//! Does `/openapi.json` say what the server does? Every answer that any test of this module gets is held against it, field for field
//! (see [`check`]); the tests here walk every route and look for routes that nobody described.

use super::client::{Answer, CSV, Client, Event, JSON, NDJSON};
use super::doors::penalty;
use super::schema::mistakes;
use super::server::{RULES, Server, Setup};
use huiyan::storage::disk::MemoryDisk;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&std::fs::read_to_string(GOLDEN).unwrap_or("{}".to_string())).unwrap());

/// An answer that the document does not describe is a mistake of one of them.
pub fn check(method: &str, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap_or("");
    let media = answer.header("content-type").map(|text| text.split(';').next().unwrap_or("").to_string());
    let is_problem = media.as_deref() == Some("application/problem+json");
    let told = |what: &str| format!("{method} {path} {} {what}: {}", answer.status, answer.body);
    let Some(operation) = operation(method, path) else {
        // No route of ours, or a page for people.
        assert!(!is_problem || problem_fits(&answer.json()), "{}", told("is no problem document"));
        return;
    };
    let described = &operation["responses"][answer.status.to_string()];
    assert!(!described.is_null(), "{}", told("is no described status"));
    let schema = media.as_ref().map(|media| &described["content"][media]["schema"]).filter(|schema| !schema.is_null());
    let schema = schema.unwrap_or_else(|| panic!("{}", told(&format!("has no such content {media:?}"))));
    let body = if media.is_some_and(|media| media.ends_with("json")) { answer.json() } else { answer.body.clone().into() };
    let found = mistakes(&DOCUMENT, schema, &body);
    assert!(found.is_empty(), "{} {found:?}", told("is not as described"));
    let mut codes = BTreeSet::new();
    told_codes(&body, &mut codes);
    codes
        .iter()
        .for_each(|code| assert!(huiyan::server::has_page(code), "{}", told(&format!("has the code {code} without a page"))));
}

/// The codes that stand beside a sentence.
fn told_codes(value: &Value, codes: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let (Some(Value::String(code)), true) = (fields.get("code"), fields.contains_key("message")) {
                codes.insert(code.clone());
            }
            fields.values().for_each(|value| told_codes(value, codes));
        }
        Value::Array(items) => items.iter().for_each(|value| told_codes(value, codes)),
        _ => {}
    }
}

#[test]
fn every_code_has_its_page_in_both_languages() {
    let server = Server::new();
    let kinds = huiyan::server::KINDS.iter().map(|kind| kind.code);
    let tables = [huiyan::ingest::refusal::CODES, huiyan::ingest::repair::CODES, huiyan::ingest::doubt::CODES];
    let codes: Vec<&str> = kinds.chain(tables.into_iter().flatten().map(|(code, ..)| *code)).collect();
    assert!(codes.len() > 100, "{}", codes.len());
    for code in codes.into_iter().chain(["key-twice", "workbook", "division-by-zero", "reason-needed"]) {
        let answer = server.client.get(&format!("/problems/{code}"));
        assert_eq!(answer.status, 200, "{code}");
        for lang in ["zh", "en"] {
            let section =
                answer.body.split(&format!("<section lang=\"{lang}\">")).nth(1).unwrap_or_else(|| panic!("{code} {lang}"));
            assert!(section.split("</section>").next().unwrap().len() > 30, "{code} {lang}: {}", answer.body);
        }
    }
    assert_eq!(server.client.get("/problems/no-such-code").status, 404);
}

/// An event of a stream, by its name.
pub fn check_event(event: &Event) {
    let schema = &DOCUMENT["paths"]["/v1/subscribe"]["get"]["responses"]["200"]["content"]["text/event-stream"]["schema"]["x-events"]
        [&event.name];
    assert!(!schema.is_null(), "an event that is not described: {}", event.name);
    let found = mistakes(&DOCUMENT, schema, &event.data);
    assert!(found.is_empty(), "{}: {found:?}", event.name);
}

fn problem_fits(problem: &Value) -> bool {
    mistakes(&DOCUMENT, &json!({"$ref": "#/components/schemas/Problem"}), problem).is_empty()
}

/// The described operation of a path, whole parts in braces standing for anything.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let fits = |template: &str| {
        let (mine, theirs): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), template.split('/').collect());
        mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(a, b)| *a == b || b.starts_with('{'))
    };
    let paths = DOCUMENT["paths"].as_object()?;
    // A path of its own beats one with braces.
    let found = paths.get(path).or_else(|| paths.iter().find(|(template, _)| fits(template)).map(|(_, item)| item))?;
    found.get(method.to_ascii_lowercase())
}

/// Method and path of everything that is described.
pub fn described() -> BTreeSet<(String, String)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods: Vec<String> = item.as_object().unwrap().keys().cloned().collect();
        methods.into_iter().map(|method| (method, path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

/// Method and path of every route in the table of routes, but for the pages for people.
fn routed() -> BTreeSet<(String, String)> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/routes.rs")).unwrap();
    let mut found = BTreeSet::new();
    for rest in text.split(".route(").skip(1) {
        let path = rest.split('"').nth(1).unwrap().to_string();
        // Up to the closing bracket of the call, which ends its line.
        let call = rest.split(")\n").next().unwrap();
        for method in ["get", "post", "put", "delete", "patch"] {
            if call.contains(&format!("{method}(")) && path != "/" && !path.starts_with("/console") {
                found.insert((method.to_string(), path.clone()));
            }
        }
    }
    assert!(found.len() > 15, "{found:?}");
    found
}

#[test]
fn the_golden_copy_is_what_is_served() {
    let server = Server::new();
    let answer = server.client.get("/openapi.json");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    if std::env::var_os("HUIYAN_WRITE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &answer.body).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    assert!(golden == answer.body, "the interface has changed: look at it, then HUIYAN_WRITE_GOLDEN=1 writes docs/openapi.json");
}

#[test]
fn every_route_is_described_and_nothing_else() {
    assert_eq!(routed(), described());
}

/// Everything that a `$ref` points at is there, and everything that is there is pointed at.
#[test]
fn the_document_hangs_together() {
    let text = DOCUMENT.to_string();
    let named: BTreeSet<&str> =
        text.split("\"#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let there: BTreeSet<&str> = DOCUMENT["components"]["schemas"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(named, there);
    assert_eq!(DOCUMENT["openapi"], "3.1.0");
    let ids: Vec<&str> = text.split("\"operationId\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), described().len());
}

/// Sends it, and remembers which route answered what.
fn ask(client: Client, seen: &mut BTreeSet<(String, String, u16)>, route: (&str, &str), path: &str, body: Option<(&str, &str)>) {
    let (method, template) = route;
    let headers: Vec<(&str, &str)> = body.iter().map(|(media, _)| ("Content-Type", *media)).collect();
    let answer = client.send(&method.to_uppercase(), path, &headers, body.map_or("", |(_, text)| text).as_bytes());
    assert!(operation(method, path.split('?').next().unwrap()).is_some(), "{path}");
    seen.insert((method.to_string(), template.to_string(), answer.status));
}

#[test]
fn every_route_answers_as_it_is_described_well_and_badly() {
    let server = Server::on(&MemoryDisk::new(), Setup { rules: &format!("{RULES}{FAULTY}"), ..Setup::default() });
    let client = server.client;
    let mut seen = BTreeSet::new();
    let line = penalty("insert", "police:1", "a", "1").to_string();
    let bad = "{\"relation\":\"penalty\",\"op\":\"insert\",\"row\":{}}";
    let row = json!({"organ": "police:1", "no": "b", "county": "1", "day": "2022/7/15", "days": 3}).to_string();
    let (json, ndjson) = (JSON.1, NDJSON.1);

    let batches = ("post", "/v1/batches");
    ask(client, &mut seen, batches, "/v1/batches?wait=clues", Some((ndjson, &format!("{line}\n{bad}\n"))));
    ask(client, &mut seen, batches, "/v1/batches?on_reject=fail", Some((ndjson, bad)));
    ask(client, &mut seen, batches, "/v1/batches", Some((ndjson, "")));
    let rows = ("post", "/v1/relations/{name}/rows");
    ask(client, &mut seen, rows, "/v1/relations/penalty/rows", Some((ndjson, &row)));
    ask(client, &mut seen, rows, "/v1/relations/penalty/rows", Some((CSV.1, "organ,nonsense\n")));
    let left_out = "x,organ,no,county,day\n";
    ask(client, &mut seen, rows, "/v1/relations/penalty/rows?ignore=x", Some((CSV.1, left_out)));
    ask(client, &mut seen, rows, "/v1/relations/nothing/rows", Some((ndjson, &row)));
    let clock = ("post", "/v1/clock");
    ask(client, &mut seen, clock, "/v1/clock", Some((json, "{\"now\":\"2022-07-30\"}")));
    ask(client, &mut seen, clock, "/v1/clock", Some((json, "{\"now\":\"2022-07-32\"}")));
    ask(client, &mut seen, clock, "/v1/clock", Some((json, "{\"now\":\"9999-12-31\"}")));

    let snapshots = ("post", "/v1/snapshots");
    ask(client, &mut seen, snapshots, "/v1/snapshots", Some((json, "")));
    ask(client, &mut seen, snapshots, "/v1/snapshots?x=1", Some((json, "")));

    let clues = client.list("/v1/clues");
    assert_eq!(clues.len(), 2);
    let id = clues[0]["id"].as_str().unwrap();
    let reads = [
        ("/v1/clues", "/v1/clues?level=violation&due_before=2022-08-01".to_string()),
        ("/v1/clues", "/v1/clues?rule=misspelt".to_string()),
        ("/v1/clues/{id}", format!("/v1/clues/{id}")),
        ("/v1/clues/{id}", "/v1/clues/nothing".to_string()),
        ("/v1/clues/{id}/history", format!("/v1/clues/{id}/history")),
        ("/v1/clues/{id}/history", "/v1/clues/nothing/history".to_string()),
        ("/v1/rules", "/v1/rules".to_string()),
        ("/v1/rules", "/v1/rules?x=1".to_string()),
        ("/v1/agenda", "/v1/agenda?until=2022-09-01".to_string()),
        ("/v1/agenda", "/v1/agenda?until=2022-07-15".to_string()),
        ("/v1/relations", "/v1/relations".to_string()),
        ("/v1/relations", "/v1/relations?x=1".to_string()),
        ("/v1/relations/{name}/rows", "/v1/relations/penalty/rows".to_string()),
        ("/v1/relations/{name}/rows", "/v1/relations/missing/rows".to_string()),
        ("/v1/relations/{name}/rows", "/v1/relations/step/rows".to_string()),
        ("/v1/relations/{name}/repairs", "/v1/relations/penalty/repairs".to_string()),
        ("/v1/relations/{name}/repairs", "/v1/relations/missing_one/repairs".to_string()),
        ("/v1/snapshots", "/v1/snapshots".to_string()),
        ("/v1/snapshots", "/v1/snapshots?x=1".to_string()),
        ("/v1/faults", "/v1/faults".to_string()),
        ("/v1/faults", "/v1/faults?page=gone".to_string()),
        ("/v1/changes", format!("/v1/changes?after={}", server.handle.positions().encode(huiyan::types::Epoch(1)))),
        ("/v1/changes", "/v1/changes?after=nonsense".to_string()),
        ("/v1/history", "/v1/history".to_string()),
        ("/v1/history", "/v1/history?from=nonsense".to_string()),
        ("/healthz", "/healthz".to_string()),
        ("/readyz", "/readyz".to_string()),
        ("/metrics", "/metrics".to_string()),
        ("/metrics", "/metrics?x=1".to_string()),
        ("/problems/{code}", "/problems/busy".to_string()),
        ("/problems/{code}", "/problems/nothing".to_string()),
        ("/openapi.json", "/openapi.json".to_string()),
        ("/openapi.json", "/openapi.json?x=1".to_string()),
    ];
    reads.iter().for_each(|(template, path)| ask(client, &mut seen, ("get", template), path, None));
    let verdicts = ("post", "/v1/clues/{id}/verdicts");
    let dismissed = "{\"state\":\"dismissed\",\"reason\":\"data-error\"}";
    for body in [dismissed, "{\"state\":\"closed\"}", "{}"] {
        ask(client, &mut seen, verdicts, &format!("/v1/clues/{id}/verdicts"), Some((json, body)));
    }
    let query = ("post", "/v1/clues/query");
    ask(client, &mut seen, query, "/v1/clues/query", Some((json, "{\"rule\":[\"missing\"],\"person\":\"x\"}")));
    ask(client, &mut seen, query, "/v1/clues/query", Some((json, "{\"rule\":[\"misspelt\"]}")));
    let query = ("post", "/v1/relations/{name}/query");
    ask(client, &mut seen, query, "/v1/relations/penalty/query", Some((json, "{\"columns\":{\"no\":\"a\"}}")));
    ask(client, &mut seen, query, "/v1/relations/penalty/query", Some((json, "[]")));

    let named = |method: &'static str| (method, "/v1/subscriptions/{name}");
    let mut reader = |route, path: &str, body: Option<&str>| ask(client, &mut seen, route, path, body.map(|body| (json, body)));
    reader(named("put"), "/v1/subscriptions/r", Some("{\"from\":\"now\"}"));
    reader(named("put"), "/v1/subscriptions/r", Some("{\"filter\":{\"rule\":\"missing\"}}"));
    reader(named("put"), "/v1/subscriptions/r", Some("[]"));
    reader(named("get"), "/v1/subscriptions/r", None);
    reader(named("get"), "/v1/subscriptions/nothing", None);
    reader(("get", "/v1/subscriptions"), "/v1/subscriptions", None);
    reader(("get", "/v1/subscriptions"), "/v1/subscriptions?x=1", None);
    let position = server.handle.positions().encode(huiyan::types::Epoch(1));
    let acknowledge = ("post", "/v1/subscriptions/{name}/ack");
    reader(acknowledge, "/v1/subscriptions/r/ack", Some(&format!("{{\"position\":\"{position}\"}}")));
    reader(acknowledge, "/v1/subscriptions/r/ack", Some("{\"position\":\"x\"}"));
    reader(named("delete"), "/v1/subscriptions/r", None);
    reader(named("delete"), "/v1/subscriptions/r", None);

    let mut events = client.subscribe("?rule=missing", None);
    while events.next().is_some_and(|event| event.name != "complete") {}
    assert_eq!(client.subscribe("?rule=misspelt", None).refused().status, 400);
    seen.extend([200, 400].map(|status| ("get".to_string(), "/v1/subscribe".to_string(), status)));

    for (method, path) in described() {
        let of: Vec<u16> = seen.iter().filter(|(m, p, _)| (m, p) == (&method, &path)).map(|(_, _, status)| *status).collect();
        assert!(of.iter().any(|status| (200..300).contains(status)), "{method} {path} never went well: {of:?}");
        let only_well = ["/healthz", "/readyz"].contains(&path.as_str());
        assert!(only_well || of.iter().any(|status| *status >= 400), "{method} {path} never went badly");
        let answer = client.send("PATCH", &path.replace(['{', '}'], ""), &[], b"");
        assert_eq!((answer.status, answer.problem().as_str()), (405, "method-not-allowed"), "{path}");
    }
}

/// A rule with an instance that has no value.
const FAULTY: &str =
    ".decl shares(no: symbol, share: number)\n.output shares\nshares(n, 100 / (d - 3)) :- penalty(_, n, _, _, _, d).\n";

#[test]
fn a_problem_stands_in_the_document_with_its_meaning() {
    let types = &DOCUMENT["components"]["schemas"]["Problem"]["properties"]["type"];
    let meanings = types["description"].as_str().unwrap();
    for name in types["enum"].as_array().unwrap() {
        let code = name.as_str().unwrap().strip_prefix("/problems/").unwrap();
        assert!(meanings.contains(&format!("{code} (")), "{code}");
    }
}
