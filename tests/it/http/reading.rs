//! Lists, single things, pages, the schema.

use super::client::{JSON, NDJSON};
use super::doors::penalty;
use super::server::{Server, Setup};
use huiyan::limits::PAGE_ITEMS;
use huiyan::storage::disk::MemoryDisk;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn texts<'a>(items: &'a [Value], field: &str) -> Vec<&'a str> {
    items.iter().map(|item| item[field].as_str().unwrap_or("null")).collect()
}

#[test]
fn clues_are_found_by_what_they_are() {
    let server = Server::new();
    let client = server.client;
    client.batch(&[penalty("insert", "police:1", "a", "1"), penalty("insert", "police:2", "b", "1")]).expect(200);
    client.clock("2022-07-19").expect(200);
    client.batch(&[penalty("insert", "police:1", "c", "2")]).expect(200);
    let numbers = |query: &str| {
        let items = client.list(&format!("/v1/clues{query}"));
        items.iter().map(|clue| clue["columns"]["no"].as_str().unwrap().to_string()).collect::<BTreeSet<_>>()
    };
    let set = |numbers: &str| numbers.chars().map(String::from).collect::<BTreeSet<_>>();
    for (query, want) in [
        ("", "abc"),
        ("?area=1", "ab"),
        ("?area=1&agency=police:1", "a"),
        ("?agency=police:1&agency=police:2", "abc"),
        ("?rule=missing&level=violation&state=new", "abc"),
        ("?level=hint", ""),
        ("?state=dismissed", ""),
        ("?due_before=2022-07-18", ""),
        ("?due_before=2022-07-19", "abc"),
    ] {
        assert_eq!(numbers(query), set(want), "{query}");
    }
    assert_eq!(client.list("/v1/clues")[0]["columns"]["no"], "c", "the newest first");
    let asked = client.post("/v1/clues/query", &[JSON], r#"{"area":["1","2"],"agency":"police:1"}"#).expect(200);
    assert_eq!(asked["items"].as_array().unwrap().len(), 2);

    let clue = &client.list("/v1/clues?area=2")[0];
    let id = clue["id"].as_str().unwrap();
    assert_eq!(client.get(&format!("/v1/clues/{id}")).expect(200), *clue);
    client
        .batch(&[json!({"relation": "notice", "op": "insert", "row": {"recipient": "justice:1", "no": "1", "re": "c"}})])
        .expect(200);
    assert_eq!(numbers(""), set("ab"));
    assert_eq!(client.get(&format!("/v1/clues/{id}")).expect(200)["machine"], "withdrawn");
    client.batch(&[json!({"relation": "notice", "op": "retract", "row": {"recipient": "justice:1", "no": "1"}})]).expect(200);
    client.clock("2022-07-15").expect(200);
    let history = client.list(&format!("/v1/clues/{id}/history"));
    assert_eq!(texts(&history, "op"), ["open", "withdraw", "reopen", "withdraw"]);
    assert_eq!(history[3]["cause"], json!({"kind": "clock", "now": "2022-07-15"}));
    assert_eq!(history[0]["cause"], json!({"kind": "batch", "agency": "operator:local"}));
    assert_eq!(texts(&history, "now"), ["2022-07-19", "2022-07-19", "2022-07-19", "2022-07-15"]);
    assert!(history.iter().all(|step| step["level"] == clue["level"]));
}

const PERSONS: &str = r#"
.type PersonId <: symbol
.decl person(no: symbol, id_no: symbol)
.record person(key="no", owner="police", personal="id_no", title="人员")
.decl wanted(person: PersonId, no: symbol)
.clue wanted(title="人", key="person", person="person", level="hint", basis="", reason="{person}")
wanted(as(id18(i), PersonId), n) :- person(n, i).
.decl named(person: PersonId)
.output named
named(p) :- wanted(p, _).
"#;

#[test]
fn a_person_is_found_by_number_in_a_body_and_shown_by_an_id() {
    let number = "640299198001011234";
    let server = Server::on(&MemoryDisk::new(), Setup { rules: PERSONS, ..Setup::default() });
    let client = server.client;
    let row = |no: &str, id: &str| json!({"relation": "person", "op": "insert", "row": {"no": no, "id_no": id}});
    let receipt =
        client.post("/v1/batches?wait=clues", &[NDJSON], &format!("{}\n{}", row("1", number), row("2", "640299198001015678")));
    let ask = |person: &str| client.post("/v1/clues/query", &[JSON], &json!({"person": person}).to_string());
    let found = ask(number).expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let id = found["items"][0]["person"].as_str().unwrap();
    assert_eq!(ask(id).expect(200)["items"], found["items"]);
    assert_eq!(ask("640299198001019999").expect(200)["items"], json!([]));
    let by_person = client.post("/v1/relations/named/query", &[JSON], &json!({"columns": {"person": id}}).to_string());
    assert_eq!(by_person.expect(200)["items"], json!([{"person": id}]));
    // Nowhere outside the records themselves does the number come out.
    let mut events = client.subscribe("", None);
    let mut all = vec![receipt.body, ask(number).body, by_person.body];
    while let Some(event) = events.next() {
        all.push(event.data.to_string());
        if event.name == "complete" {
            break;
        }
    }
    for path in ["/v1/clues", "/v1/relations/wanted/rows", "/v1/relations/named/rows", "/v1/relations", "/v1/faults"] {
        all.push(client.get(path).body);
    }
    assert!(all.iter().all(|text| !text.contains("64029919800101")), "{all:?}");
    let rows = client.post("/v1/relations/person/query", &[JSON], &json!({"columns": {"id_no": number}}).to_string()).expect(200);
    assert_eq!(rows["items"], json!([{"no": "1", "id_no": number}]));
}

#[test]
fn pages_hold_everything_once_also_while_rows_come_and_go() {
    let server = Server::new();
    let client = server.client;
    client.clock("2022-08-01").expect(200);
    let many: Vec<Value> = (0..PAGE_ITEMS * 2 + 7).map(|n| penalty("insert", "police:1", &format!("{n:05}"), "1")).collect();
    client.batch(&many).expect(200);
    for (path, field) in [("/v1/relations/penalty/rows", "no"), ("/v1/relations/missing/rows", "no"), ("/v1/clues", "id")] {
        let first = client.get(path);
        let link = first.header("link").unwrap().to_string();
        assert!(link.starts_with("</v1/") && link.ends_with("rel=\"next\""), "{link}");
        assert_eq!(first.expect(200)["items"].as_array().unwrap().len(), PAGE_ITEMS);
        let items = client.list(path);
        let distinct: BTreeSet<&str> = texts(&items, field).into_iter().collect();
        assert_eq!((items.len(), distinct.len()), (many.len(), many.len()), "{path}");
    }
    let first = client.get("/v1/relations/missing/rows").expect(200);
    client
        .batch(&[
            json!({"relation": "penalty", "op": "retract", "row": {"organ": "police:1", "no": "00199"}}),
            penalty("insert", "police:0", "new", "1"),
        ])
        .expect(200);
    let rest = client.list(first["next"].as_str().unwrap());
    assert_eq!(rest.len(), PAGE_ITEMS + 7, "the place is kept though the row at it is gone");
    let wrong = first["next"].as_str().unwrap().replace("missing", "penalty");
    assert_eq!(client.get(&wrong).problem(), "page-expired", "a page belongs to its list");

    let body = json!({"columns": {"county": "1", "id_no": null}}).to_string();
    let page = client.post("/v1/relations/penalty/query", &[JSON], &body).expect(200);
    let next = client.post(page["next"].as_str().unwrap(), &[JSON], &body).expect(200);
    assert_eq!(next["items"].as_array().unwrap().len(), PAGE_ITEMS);
}

#[test]
fn the_schema_says_what_may_be_sent() {
    let server = Server::new();
    let relations = server.client.list("/v1/relations");
    let of = |name: &str| relations.iter().find(|r| r["name"] == name).unwrap();
    let penalty = of("penalty");
    assert_eq!((&penalty["kind"], &penalty["writable"], &penalty["title"]), (&json!("record"), &json!(true), &json!("行政处罚")));
    assert_eq!((&penalty["key"], &penalty["owners"]), (&json!(["organ", "no"]), &json!(["police"])));
    assert_eq!((&penalty["by"], &penalty["since"]), (&json!("organ"), &json!("day")));
    assert_eq!(
        penalty["columns"][2],
        json!({"name": "id_no", "kind": "symbol", "type": "symbol", "optional": true, "personal": true, "identity": true, "titles": [], "words": null, "form": null, "checks": [], "past": false, "alike": null})
    );
    assert_eq!(penalty["columns"][1]["titles"], json!(["决定书文号", "文号"]));
    for (name, kind) in [("today", "clock"), ("missing", "clue"), ("per_county", "output"), ("step", "derived")] {
        assert_eq!((&of(name)["kind"], &of(name)["writable"]), (&json!(kind), &json!(false)), "{name}");
    }
}
